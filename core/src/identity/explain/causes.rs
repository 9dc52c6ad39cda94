//! The likely causes of a refusal, the likeliest first: one function per kind of answer for which the
//! token is looked into, and for the others the table.
//!
//! Codes and messages are STS's, the causes those that users found behind them.

use super::Refusal;
use super::table::{self, quoted};
use crate::identity::TokenSource;
use crate::identity::claims::Claims;
use crate::identity::provider::{Provider, Subject};
use crate::identity::trust;
use crate::identity::trust_policy::{Evaluation, Outcome, provider_arn};

/// Whether the trust policy, or what it trusts, may be what refused. A refusal without a code may be
/// about anything.
pub(super) fn may_be_about_trust(refusal: &Refusal<'_>) -> bool {
    let is_of_trust = matches!(
        refusal.code,
        None | Some("AccessDenied" | "InvalidIdentityToken" | "IDPRejectedClaim")
    );
    is_of_trust && beyond_trust(refusal.message).is_none()
}

/// The policy beside the trust policy that refused, if the message names one.
fn beyond_trust(message: &str) -> Option<&str> {
    let policy = ["with an explicit deny in ", "because no "]
        .iter()
        .find_map(|words| message.split_once(words))
        .map(|(_, policy)| policy.split(" allows ").next().unwrap_or(policy));
    policy.filter(|policy| !policy.contains("trust") && !policy.contains("resource-based"))
}

pub(super) fn causes(refusal: &Refusal<'_>, evaluation: Option<&Evaluation>) -> Vec<String> {
    let message = refusal.message;
    match refusal.code.unwrap_or_default() {
        "AccessDenied" => access_denied(refusal, evaluation),
        "InvalidIdentityToken" if message.contains("audience") => audience(refusal),
        "InvalidIdentityToken" if message.contains("No OpenIDConnect provider") => {
            no_provider(refusal)
        }
        "ExpiredTokenException" | "ExpiredToken" => expired(refusal),
        _ => table::causes(refusal),
    }
}

fn access_denied(refusal: &Refusal<'_>, evaluation: Option<&Evaluation>) -> Vec<String> {
    let role = &refusal.web_identity.role;
    if let Some(policy) = beyond_trust(refusal.message) {
        return vec![format!(
            "{policy} does not let the role be assumed like this, and no trust policy helps: ask who owns it"
        )];
    }
    let mut causes: Vec<String> = Vec::new();
    if let Some(claims) = refusal.claims {
        causes.extend(trust::session_actions(claims).map(|(claim, action)| {
            format!("the token has the claim `{claim}`: does the trust policy allow `{action}` beside `sts:AssumeRoleWithWebIdentity`?")
        }));
    }
    causes.extend(evaluation.map(by_policy));
    if let Some(claims) = refusal.claims {
        causes.extend(subject_causes(claims));
        causes.extend(audience_slip(claims));
        if claims.audiences().len() > 1 {
            causes.push("the token has several audiences: does the policy compare `aud` with `ForAnyValue:StringEquals`?".to_owned());
        }
        causes.push("does the policy have a `*` below `StringEquals`? `StringEquals` takes it literally; use `StringLike`".to_owned());
        causes
            .push("is every letter of `sub` and `aud` in the same case in the policy?".to_owned());
        causes.push(format!(
            "is the policy's Principal `{}`, the provider in the role's own account?",
            provider_arn(role, claims)
        ));
    }
    causes.push(format!(
        "is `{role}` spelled right? STS answers the same for a role that is not there, and for one that was made or changed a moment ago"
    ));
    causes
}

fn by_policy(evaluation: &Evaluation) -> String {
    let cause = match evaluation.outcome {
        Outcome::Accepted => {
            "TRUST_POLICY_FILE accepts this token: is it the policy that the role has now?"
        }
        Outcome::Denied => {
            "TRUST_POLICY_FILE denies this token: the lines below show by which statement"
        }
        Outcome::NotAllowed => {
            "TRUST_POLICY_FILE does not accept this token: the lines below show which condition is not met"
        }
        Outcome::Unknown => {
            "whether TRUST_POLICY_FILE accepts this token depends on the conditions below that cannot be told here: are they met?"
        }
    };
    cause.to_owned()
}

/// What the form of `sub` lets one expect of a policy that does not match it.
fn subject_causes(claims: &Claims) -> Vec<String> {
    let Some(subject) = Subject::of(claims) else {
        return vec!["does the policy's condition on `sub` match the one below?".to_owned()];
    };
    let part = |name| subject.part(name);
    let text = |name| part(name).unwrap_or_default();
    match subject.provider {
        Provider::Bitbucket => {
            let repository = text("repository");
            vec![match part("environment") {
                Some(environment) => format!(
                    "the step has a `deployment:`, so that `sub` has its environment in the middle: a policy for `{repository}:STEP` or another environment cannot match; `{repository}:{environment}:*` does, and `{repository}:*` for every environment and none"
                ),
                None => format!(
                    "the step has no `deployment:`, so that `sub` has no environment: a policy that expects one cannot match; is it missing on the step? `{repository}:*` matches with and without"
                ),
            }]
        }
        Provider::GitHub => github_causes(&subject),
        Provider::CircleCi => vec![match part("origin") {
            Some(_) => "CIRCLE_OIDC_TOKEN_V2 has origin and ref in `sub`: does the policy end in `/user/*`, which matches both versions of the token, or name this ref?",
            None => "CIRCLE_OIDC_TOKEN has no origin and ref in `sub`: does the policy expect those of CIRCLE_OIDC_TOKEN_V2?",
        }.to_owned()],
        Provider::GitLab => vec![format!(
            "does the policy accept the {} `{}` of `{}`, or another one only?",
            text("ref type"), text("ref"), text("project")
        )],
    }
}

fn github_causes(subject: &Subject<'_>) -> Vec<String> {
    let mut causes = Vec::new();
    if subject
        .part("repository")
        .is_some_and(|repository| repository.contains('@'))
    {
        causes.push("`sub` has the ids of owner and repository, as repositories made or moved since July 2026 have: does the policy expect it without?".to_owned());
    }
    causes.push(if let Some(name) = subject.part("environment") {
        format!(
            "the job has `environment: {name}`, so that `sub` has no branch: a policy for `ref:` cannot match"
        )
    } else if let Some(reference) = subject.part("ref") {
        format!(
            "does the policy accept `ref:{reference}`? A policy for `environment:` matches only jobs that have one"
        )
    } else if subject.part("event").is_some() {
        "the job runs for a pull request, so that `sub` ends in `pull_request`: a policy for a branch cannot match".to_owned()
    } else {
        "the owner has set a template for `sub`: is the policy written for that form?".to_owned()
    });
    causes
}

fn audience(refusal: &Refusal<'_>) -> Vec<String> {
    let Some(claims) = refusal.claims else {
        return Vec::new();
    };
    let mut causes: Vec<String> = audience_slip(claims).into_iter().collect();
    causes.extend(claims.text("azp").map(|party| {
        format!("the token has `azp`: STS then looks for `{party}`, and not for `aud`, among the client ids")
    }));
    let arn = provider_arn(&refusal.web_identity.role, claims);
    for audience in claims.audiences().into_iter().filter(|it| !is_slip(it)) {
        causes.push(format!(
            "is `{audience}` among the client ids (audiences) of the provider? `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn {} --client-id {}` adds it",
            quoted(&arn),
            quoted(audience)
        ));
    }
    causes.push(match Provider::of(claims) {
        Some(Provider::Bitbucket) => "does the step ask for audiences of its own (`oidc: audiences:`)? The workspace's is on the repository's page OpenID Connect, without braces".to_owned(),
        Some(Provider::CircleCi) => "is the provider's client id the id of the organization?".to_owned(),
        Some(Provider::GitHub) => "is OIDC_AUDIENCE the audience that the provider has?".to_owned(),
        Some(Provider::GitLab) => "is `aud` of the job's `id_tokens` the audience that the provider has?".to_owned(),
        None => "is the token asked for with the audience that the provider has?".to_owned(),
    });
    causes
}

/// A spelling that is often seen.
fn audience_slip(claims: &Claims) -> Option<String> {
    let mut audiences = claims.audiences().into_iter();
    let audience = audiences.find(|audience| is_slip(audience))?;
    Some(format!(
        "the audience is `{audience}`: AWS's name is `sts.amazonaws.com`"
    ))
}

fn is_slip(audience: &str) -> bool {
    audience.contains("sts.amazon.com")
}

fn no_provider(refusal: &Refusal<'_>) -> Vec<String> {
    let role = &refusal.web_identity.role;
    let Some(claims) = refusal.claims else {
        return Vec::new();
    };
    let issuer = claims.issuer().unwrap_or_default();
    let client = claims.audiences().first().copied().unwrap_or_default();
    let slip = match Provider::of(claims) {
        Some(Provider::Bitbucket) => "was the workspace renamed? Its name is part of the URL",
        _ => "has the provider's URL a `/` at its end, or other letters in upper case?",
    };
    vec![
        format!(
            "does the role's account, {}, have an identity provider with exactly this URL? `aws iam create-open-id-connect-provider --url {} --client-id-list {}` makes it",
            role.account(),
            quoted(issuer),
            quoted(client)
        ),
        format!("is `{role}` in the account that you mean? The provider must be in the same one"),
        slip.to_owned(),
    ]
}

fn expired(refusal: &Refusal<'_>) -> Vec<String> {
    let is_file = matches!(refusal.web_identity.token, TokenSource::File(_));
    let causes = [
        (
            refusal.message.contains("too old"),
            "STS takes tokens for some time after they were issued only, whatever their expiry",
        ),
        (
            true,
            "did the step run longer than its token is valid? Deploy in a step of its own, or earlier in this one",
        ),
        (
            is_file,
            "does something renew the file of AWS_WEB_IDENTITY_TOKEN_FILE? It is read anew each time",
        ),
        (
            true,
            "is the clock of the machine that runs this step right?",
        ),
    ];
    let likely = causes.into_iter().filter(|(is_likely, _)| *is_likely);
    likely.map(|(_, cause)| cause.to_owned()).collect()
}
