//! What to know beside the documents, as lines for people. Pure.

use super::facts::{Facts, Format};
use super::{acting_policy, json, role_arn, trust_policy};
use crate::base::printable::Printable;
use crate::iam::document::{ACCOUNT, Node};
use crate::iam::permissions::{ObjectAction, excess};
use crate::iam::statement::compact;
use crate::identity::provider::Provider;

/// Characters of a trust policy that every account may have; up to 8192 on request.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const TRUST_CHARACTERS_DEFAULT: usize = 2048;

/// What the set-up is for, on one line without anything that could end a comment.
pub(super) fn purpose(facts: &Facts) -> String {
    let vendor = facts
        .issuer
        .provider
        .map_or("the pipelines", |provider| provider.vendor().name);
    let destination = facts.destination.to_string();
    format!(
        "Lets {vendor} deploy to {} with short-lived credentials.",
        Printable(&destination)
    )
}

/// The lines for stderr.
pub fn notes(facts: &Facts, format: Format) -> Vec<String> {
    let mut notes = vec![format!("identity provider: {}", facts.issuer.url())];
    for audience in facts.issuer.audiences() {
        notes.push(format!("audience (client id): {audience}"));
    }
    notes.push(
        "thumbprint: not needed; IAM verifies the provider's certificate itself, or fetches the thumbprint when the provider is made"
            .to_owned(),
    );
    notes.push(match facts.subject.condition() {
        None => "the role accepts every token of the provider".to_owned(),
        Some((operator, pattern)) => {
            let is = if operator == "StringLike" {
                "is like"
            } else {
                "is"
            };
            format!("the role accepts tokens whose subject {is} {pattern}")
        }
    });
    if let Some(excess) = excess(&facts.needs) {
        notes.push(format!("the role may reach {excess}"));
    }
    if facts.needs.objects.is_empty() {
        notes.push("DRY_RUN is set: the role can list, and change nothing".to_owned());
    }
    if facts.issuer.provider == Some(Provider::Bitbucket) && facts.allowed_ip_ranges.is_empty() {
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
    let size = characters(&trust_policy(facts));
    if size > TRUST_CHARACTERS_DEFAULT {
        notes.push(format!(
            "the trust policy has {size} characters, and an account takes {TRUST_CHARACTERS_DEFAULT} unless its quota \"Role trust policy length\" was raised"
        ));
    }
    if let Some((role, statements)) = acting_policy(facts) {
        notes.push(format!(
            "AWS_ROLE_CHAIN: this role may only assume the next one; each of the others has to trust the one before it, and `{role}`, which deploys, needs this policy: {}",
            compact(&statements)
        ));
    }
    if facts.needs.objects.contains(&ObjectAction::ReadVersions) {
        notes.extend(versions(facts));
    }
    notes.push(how_to_use(facts, format));
    notes.push("then give the deploying step the role:".to_owned());
    let account = facts.role.account.as_deref().unwrap_or("ACCOUNT");
    notes.extend(step(facts, account).lines().map(str::to_owned));
    notes
}

/// Days that a version stays after it was replaced.
const VERSION_DAYS: u32 = 30;

/// What a bucket needs that is to be rolled back. Not a part of the script: it would replace the rules
/// that the bucket has.
fn versions(facts: &Facts) -> Vec<String> {
    let bucket = &facts.destination.bucket;
    let bucket = if bucket.starts_with("arn:") {
        "BUCKET"
    } else {
        bucket
    };
    let prefix = Node::text(facts.destination.prefix()).compact();
    // The one sign of ASCII that JSON leaves as it is and a terminal does not.
    let prefix = prefix.replace('\u{7f}', "\\u007f");
    let kept = facts.releases.max(1);
    vec![
        format!(
            "a rollback needs versions: aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled"
        ),
        format!(
            "and a lifecycle rule, beside those that the bucket has, so that versions do not stay for ever: {{\"ID\": \"aws-oidc-s3-deploy-versions\", \"Status\": \"Enabled\", \"Filter\": {{\"Prefix\": {prefix}}}, \"NoncurrentVersionExpiration\": {{\"NoncurrentDays\": {VERSION_DAYS}, \"NewerNoncurrentVersions\": {kept}}}, \"Expiration\": {{\"ExpiredObjectDeleteMarker\": true}}}}"
        ),
    ]
}

/// The step that deploys, in YAML that ends in a line break; `account` stands for the account's
/// number. Other CI systems run the image with the same variables.
pub(super) fn step(facts: &Facts, account: &str) -> String {
    let role = role_arn(facts).replace(ACCOUNT, account);
    let role = ("AWS_OIDC_ROLE_ARN", format!("'{role}'"));
    let variables = std::iter::once(&role).chain(&facts.variables);
    if facts.issuer.provider != Some(Provider::Bitbucket) {
        let lines = variables.map(|(name, value)| format!("{name}: {value}\n"));
        return lines.collect();
    }
    let lines = variables.map(|(name, value)| format!("          {name}: {value}\n"));
    format!(
        "- step:\n    oidc: true\n    script:\n      - pipe: docker://{}\n        variables:\n{}",
        facts.image,
        lines.collect::<String>()
    )
}

/// What counts for the quota: everything but white space.
fn characters(policy: &Node) -> usize {
    let text = policy.print(&json::dialect("123456789012"));
    let counts = text.chars().filter(|character| !character.is_whitespace());
    counts.count()
}

/// What to do with the text. A stack is named after its role, so that it takes no other one away.
fn how_to_use(facts: &Facts, format: Format) -> String {
    match format {
        Format::Json => "make the provider and the role from these documents".to_owned(),
        Format::Cli => {
            "run it with bash and the credentials of an administrator, for example in AWS CloudShell"
                .to_owned()
        }
        Format::CloudFormation => {
            let name = facts.role.name.chars();
            let stack: String = name
                .map(|it| if it.is_ascii_alphanumeric() { it } else { '-' })
                .collect();
            format!(
                "save it as setup.json and run: aws cloudformation deploy --template-file setup.json --stack-name role-{stack} --capabilities CAPABILITY_NAMED_IAM (with --parameter-overrides CreateProvider=false if the account has the identity provider)"
            )
        }
        Format::Terraform => {
            "save it as a .tf file and apply it (with create_provider = false if the account has the identity provider)".to_owned()
        }
    }
}
