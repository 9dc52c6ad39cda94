//! What to know beside the documents, as lines for people. Pure.

use super::facts::{Facts, Format};
use super::provider::Vendor;
use super::subject::Subject;
use super::{json, trust};
use crate::base::printable::Printable;
use crate::iam::document::Node;

/// Characters of a trust policy that every account may have; up to 8192 on request.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const TRUST_CHARACTERS_DEFAULT: usize = 2048;

/// What the set-up is for, on one line without anything that could end a comment.
pub(super) fn purpose(facts: &Facts) -> String {
    let vendor = match facts.provider.vendor {
        Vendor::Bitbucket => "Bitbucket Pipelines",
        Vendor::CircleCi => "CircleCI",
        Vendor::GitHub => "GitHub Actions",
        Vendor::GitLab => "GitLab CI/CD",
        Vendor::Other => "the pipelines",
    };
    let destination = facts.destination.to_string();
    format!(
        "Lets {vendor} deploy to {} with short-lived credentials.",
        Printable(&destination)
    )
}

/// The lines for stderr.
#[must_use]
pub fn notes(facts: &Facts, format: Format) -> Vec<String> {
    let provider = &facts.provider;
    let mut notes = vec![format!("identity provider: {}", provider.url())];
    for audience in &provider.audiences {
        notes.push(format!("audience (client id): {}", audience.as_str()));
    }
    notes.push(
        "thumbprint: not needed; IAM verifies the provider's certificate itself, or fetches the thumbprint when the provider is made"
            .to_owned(),
    );
    notes.push(match &facts.subject {
        Subject::Any => "the role accepts every token of the provider".to_owned(),
        Subject::Like(pattern) => {
            format!("the role accepts tokens whose subject is like {pattern}")
        }
    });
    if facts.provider.vendor == Vendor::Bitbucket && facts.allowed_ip_ranges.is_empty() {
        notes.push(
            "the role may be assumed from any address; ALLOWED_IP_RANGES limits it. Atlassian publishes the addresses of Bitbucket Pipelines at https://ip-ranges.atlassian.com/"
                .to_owned(),
        );
    } else if !facts.allowed_ip_ranges.is_empty() {
        notes.push(
            "address ranges change: follow their publisher (Atlassian: https://ip-ranges.atlassian.com/), or deploys will be refused"
                .to_owned(),
        );
    }
    let size = characters(&trust::policy(facts));
    if size > TRUST_CHARACTERS_DEFAULT {
        notes.push(format!(
            "the trust policy has {size} characters, and an account takes {TRUST_CHARACTERS_DEFAULT} unless its quota \"Role trust policy length\" was raised"
        ));
    }
    notes.push(how_to_use(format).to_owned());
    notes.push(
        "then give the step AWS_OIDC_ROLE_ARN, the ARN of the role, and its token (Bitbucket: `oidc: true`)"
            .to_owned(),
    );
    notes
}

/// What counts for the quota: everything but white space.
fn characters(policy: &Node) -> usize {
    let text = policy.print(&json::dialect("123456789012"));
    let counts = text.chars().filter(|character| !character.is_whitespace());
    counts.count()
}

/// What to do with the text.
fn how_to_use(format: Format) -> &'static str {
    match format {
        Format::Json => "make the provider and the role from these documents",
        Format::Cli => "run it with bash and the credentials of an administrator",
        Format::CloudFormation => {
            "save it as setup.json and run: aws cloudformation deploy --template-file setup.json --stack-name deploy-role --capabilities CAPABILITY_NAMED_IAM (with --parameter-overrides CreateProvider=false if the account has the identity provider)"
        }
        Format::Terraform => {
            "save it as a .tf file and apply it (with create_provider = false if the account has the identity provider)"
        }
    }
}
