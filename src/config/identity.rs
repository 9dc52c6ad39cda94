//! Which identity the variables ask for.

use super::environment::Environment;
use super::problem::Problems;
use super::raw::Raw;
use super::{disk, token, values};
use deploy_core::base::invalid::Invalid;
use deploy_core::base::secret::Secret;
use deploy_core::iam::RoleArn;
use deploy_core::identity::{
    AllowedAccounts, CHAINED_DURATION_SECS_MAX, Identity, Reach, SessionName, StaticKeys, Step,
    WebIdentity,
};

/// The role wins over static keys; without a token for it the keys are the fallback, as in the
/// official pipes. Ambient configuration of the machine is never looked at.
pub(super) fn choose(
    environment: &Environment,
    raw: &Raw,
    problems: &mut Problems,
) -> Option<Identity> {
    let keys = static_keys(raw, problems);
    let duration_secs = problems.parse(
        "AWS_ROLE_DURATION_SECONDS",
        raw.aws_role_duration_seconds.as_deref(),
        values::role_duration,
    );
    let chain = chain(environment, duration_secs, problems);
    let reach = problems.parse("SESSION_POLICY", raw.session_policy.as_deref(), reach);
    let session_name = match raw.aws_role_session_name.as_deref() {
        Some(name) => problems.check("AWS_ROLE_SESSION_NAME", SessionName::parse(name)),
        None => Some(SessionName::for_build(
            raw.bitbucket_workspace.as_deref(),
            raw.bitbucket_repo_slug.as_deref(),
            raw.bitbucket_build_number.as_deref(),
        )),
    };
    let has_token = raw.aws_oidc_role_arn.is_some() && raw.bitbucket_step_oidc_token.is_some();
    if !has_token && chain.as_ref().is_some_and(|chain| !chain.is_empty()) {
        problems.push(
            "AWS_ROLE_CHAIN",
            Invalid::new(
                "static keys assume no roles",
                "set AWS_OIDC_ROLE_ARN, and `oidc: true` on the step",
            ),
        );
    }
    let Some(role) = raw.aws_oidc_role_arn.as_deref() else {
        if matches!(keys, Ok(None)) {
            problems.push(
                "AWS_OIDC_ROLE_ARN",
                Invalid::new(
                    "neither a role nor static keys are set",
                    "set it to the ARN of the role to assume, and `oidc: true` on the step",
                ),
            );
        }
        return keys.ok()?.map(Identity::Keys);
    };
    let role = problems.check("AWS_OIDC_ROLE_ARN", RoleArn::parse(role));
    match (token::source(environment, raw, problems).ok()?, keys) {
        (Some(token), _) => Some(Identity::Role(WebIdentity {
            role: role?,
            token,
            session_name: session_name?,
            duration_secs,
            chain: chain?,
            reach: reach.unwrap_or_default(),
        })),
        (None, Ok(Some(keys))) => Some(Identity::FallbackKeys(keys)),
        (None, Ok(None)) => {
            let missing = token::system(raw).missing_token();
            problems.push(
                "AWS_OIDC_ROLE_ARN",
                Invalid::new(missing.why, missing.question),
            );
            None
        }
        (None, Err(_)) => None,
    }
}

/// Accounts to compare with, where there are some. A role's ARN tells its account before anything is
/// sent; static keys have to be asked about.
pub(super) fn allowed_accounts(
    environment: &Environment,
    identity: Option<&Identity>,
    problems: &mut Problems,
) -> Option<AllowedAccounts> {
    const NAME: &str = "AWS_ALLOWED_ACCOUNT_IDS";
    let ids = environment.list(NAME);
    let ids: Vec<String> = ids
        .iter()
        .filter_map(|id| problems.check(NAME, values::account(id)))
        .collect();
    let allowed = (!ids.is_empty()).then_some(AllowedAccounts(ids))?;
    if let Some(Identity::Role(web_identity)) = identity {
        let account = web_identity.acting_role().account();
        if let Err(other) = allowed.check(account) {
            problems.push(
                NAME,
                Invalid::new(
                    format!("the role `{}` is of {other}", web_identity.acting_role()),
                    "add its account, or deploy as a role of an account in the list",
                ),
            );
        }
    }
    Some(allowed)
}

/// AWS takes no longer sessions of a role that was assumed by another.
fn chain(
    environment: &Environment,
    duration_secs: Option<i32>,
    problems: &mut Problems,
) -> Option<Vec<RoleArn>> {
    const NAME: &str = "AWS_ROLE_CHAIN";
    let roles = environment.list(NAME);
    let parsed = roles
        .iter()
        .map(|role| problems.check(NAME, RoleArn::parse(role)));
    let parsed: Vec<Option<RoleArn>> = parsed.collect();
    if !roles.is_empty() && duration_secs > Some(CHAINED_DURATION_SECS_MAX) {
        problems.push(
            "AWS_ROLE_DURATION_SECONDS",
            Invalid::new(
                "too long for a session of AWS_ROLE_CHAIN",
                format!("use {CHAINED_DURATION_SECS_MAX} seconds at most"),
            ),
        );
    }
    parsed.into_iter().collect()
}

fn reach(value: &str) -> Result<Reach, Invalid> {
    match value.to_ascii_lowercase().as_str() {
        "scoped" => Ok(Reach::Deploy),
        "none" => Ok(Reach::Role),
        _ => Err(Invalid::choice(value, &["scoped", "none"])),
    }
}

/// What an explanation wants to know about the step.
pub(super) fn step(raw: &Raw, problems: &mut Problems) -> Step {
    Step {
        system: token::system(raw),
        environment: raw.bitbucket_deployment_environment.clone(),
        trust_policy: problems.parse(
            "TRUST_POLICY_FILE",
            raw.trust_policy_file.as_deref(),
            disk::trust_policy,
        ),
    }
}

/// A half of a key pair was noted as a problem.
#[derive(Debug, PartialEq)]
struct Incomplete;

fn static_keys(raw: &Raw, problems: &mut Problems) -> Result<Option<StaticKeys>, Incomplete> {
    let missing = match (&raw.aws_access_key_id, &raw.aws_secret_access_key) {
        (None, None) => return Ok(None),
        (Some(id), Some(secret)) => {
            return Ok(Some(StaticKeys {
                access_key_id: id.clone(),
                secret_access_key: Secret::new(secret.clone()),
                session_token: raw.aws_session_token.clone().map(Secret::new),
            }));
        }
        (Some(_), None) => "AWS_SECRET_ACCESS_KEY",
        (None, Some(_)) => "AWS_ACCESS_KEY_ID",
    };
    problems.push(
        missing,
        Invalid::new(
            "not set, but its other half is",
            "set both, or neither and use AWS_OIDC_ROLE_ARN",
        ),
    );
    Err(Incomplete)
}
