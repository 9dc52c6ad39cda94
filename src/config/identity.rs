//! Who the variables ask to sign in, and where.

use super::problem::Noted;
use super::variables::Input;
use super::{disk, token, values};
use crate::aws::Network;
use deploy_core::base::invalid::Invalid;
use deploy_core::base::secret::Secret;
use deploy_core::base::unexpanded;
use deploy_core::iam::RoleArn;
use deploy_core::identity::{
    AllowedAccounts, CHAINED_DURATION_SECS_MAX, Identity, SessionName, SessionScope, StaticKeys,
    Step, WebIdentity,
};

/// Who is to sign in, where, and what is known about that.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// How credentials are had.
    pub identity: Identity,
    /// Accounts that they may be of; `None` for any.
    pub allowed_accounts: Option<AllowedAccounts>,
    /// What the variables say about the step.
    pub step: Step,
    /// The region of the bucket, whose STS is asked.
    pub region: String,
    /// How servers are reached.
    pub network: Network,
}

/// Reads who signs in at these servers.
pub(super) fn sign_in(input: &Input, region: Option<String>, network: Network) -> Option<SignIn> {
    let identity = identity(input);
    let allowed_accounts = allowed_accounts(input, identity.as_ref());
    let step = Step {
        system: token::system(input),
        environment: input.bitbucket_deployment_environment().owned(),
        trust_policy: input.trust_policy_file().parse(disk::trust_policy),
    };
    Some(SignIn {
        identity: identity?,
        allowed_accounts,
        step,
        region: region?,
        network,
    })
}

/// The role wins over static keys; without a token for it the keys are the fallback, as in the
/// official pipes. Ambient configuration of the machine is never looked at.
fn identity(input: &Input) -> Option<Identity> {
    let keys = static_keys(input);
    let session_name = session_name(input);
    let duration_secs = input
        .aws_role_duration_seconds()
        .parse(values::role_duration);
    let chain = chain(input, duration_secs);
    let reach = input.session_policy().one_of(&[
        ("scoped", SessionScope::Deploy),
        ("none", SessionScope::Role),
    ]);
    let role = input.aws_oidc_role_arn();
    if !role.is_set() {
        if matches!(keys, Ok(None)) {
            let help = "set it to the ARN of the role to assume, and `oidc: true` on the step";
            role.miss("neither a role nor static keys are set", help);
        }
        return keys.ok()?.map(Identity::Keys);
    }
    let arn = role.parse(values::expanded(RoleArn::parse));
    match (token::source(input).ok()?, keys.ok()) {
        (Some(token), _) => Some(Identity::Role(WebIdentity {
            role: arn?,
            token,
            session_name: session_name?,
            duration_secs,
            chain: chain?,
            reach: reach.unwrap_or_default(),
        })),
        (None, Some(Some(keys))) => Some(Identity::FallbackKeys(keys)),
        (None, Some(None)) => {
            let vendor = token::system(input).vendor();
            role.refuse(vendor.missing_token, vendor.question);
            None
        }
        (None, None) => None,
    }
}

fn session_name(input: &Input) -> Option<SessionName> {
    let name = input.aws_role_session_name();
    if name.is_set() {
        return name.parse(SessionName::parse);
    }
    Some(SessionName::for_build(
        input.bitbucket_workspace().text(),
        input.bitbucket_repo_slug().text(),
        input.bitbucket_build_number().text(),
    ))
}

/// Accounts to compare with, where there are some. A role's ARN tells its account before anything is
/// sent; static keys have to be asked about.
fn allowed_accounts(input: &Input, identity: Option<&Identity>) -> Option<AllowedAccounts> {
    let list = input.aws_allowed_account_ids();
    let ids = list.each(values::account)?;
    let allowed = (!ids.is_empty()).then_some(AllowedAccounts(ids))?;
    if let Some(Identity::Role(web_identity)) = identity {
        let role = web_identity.acting_role();
        if let Err(other) = allowed.check(role.account()) {
            list.refuse(
                format!("the role `{role}` is of {other}"),
                "add its account, or deploy as a role of an account in the list",
            );
        }
    }
    Some(allowed)
}

/// Roles to assume one after the other, which needs the first to be assumed. AWS takes no longer
/// sessions of a role that was assumed by another.
fn chain(input: &Input, duration_secs: Option<i32>) -> Option<Vec<RoleArn>> {
    let list = input.aws_role_chain();
    if !list.is_set() {
        return Some(Vec::new());
    }
    let chain = list.each(|role| values::expanded(RoleArn::parse)(role));
    if !(input.aws_oidc_role_arn().is_set() && input.bitbucket_step_oidc_token().is_set()) {
        list.refuse(
            "static keys assume no roles",
            "set AWS_OIDC_ROLE_ARN, and `oidc: true` on the step",
        );
    }
    if duration_secs > Some(CHAINED_DURATION_SECS_MAX) {
        input.aws_role_duration_seconds().refuse(
            "too long for a session of AWS_ROLE_CHAIN",
            format!("use {CHAINED_DURATION_SECS_MAX} seconds at most"),
        );
    }
    chain
}

/// Refuses pairs that no server can have given out. Neither half is repeated: they may be in each
/// other's place.
fn check_keys(id: &str, secret: &str) -> Result<(), Invalid> {
    let as_shown = "copy it from IAM again, for example `AKIAIOSFODNN7EXAMPLE`";
    let is_id = |text: &str| {
        text.len() == 20
            && ["AKIA", "ASIA"].iter().any(|start| text.starts_with(start))
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    if unexpanded::is_reference(id) || unexpanded::is_reference(secret) {
        return Err(Invalid::new(
            "it, or its secret, is the name of a variable, which was not replaced by its value",
            "is the variable defined, and does what sets this one replace it?",
        ));
    }
    if is_id(secret) && !is_id(id) {
        return Err(Invalid::new(
            "it is in the place of AWS_SECRET_ACCESS_KEY, and that in its own",
            "exchange the two",
        ));
    }
    let is_quoted = id.contains(['\'', '"', '`', '“', '”']);
    if is_quoted || id.contains(|letter: char| !letter.is_ascii_graphic()) {
        return Err(Invalid::new("it holds quotes or blanks", as_shown));
    }
    Ok(())
}

fn static_keys(input: &Input) -> Result<Option<StaticKeys>, Noted> {
    let id = input.aws_access_key_id();
    let secret = input.aws_secret_access_key();
    let missing = match (id.owned(), secret.owned()) {
        (None, None) => return Ok(None),
        (Some(access_key_id), Some(secret)) => {
            id.check(check_keys(&access_key_id, &secret));
            let session = input.aws_session_token();
            let servers = [input.aws_endpoint_url(), input.aws_endpoint_url_s3()];
            let is_aws = !servers.iter().any(|server| server.is_set());
            if is_aws && access_key_id.starts_with("ASIA") && !session.is_set() {
                session.miss(
                    "not set, but AWS_ACCESS_KEY_ID begins with `ASIA`, as those of temporary keys do",
                    "set the session token that came with the keys",
                );
            }
            return Ok(Some(StaticKeys {
                access_key_id,
                secret_access_key: Secret::new(secret),
                session_token: session.owned().map(Secret::new),
            }));
        }
        (Some(_), None) => secret,
        (None, Some(_)) => id,
    };
    let help = "set both, or neither and use AWS_OIDC_ROLE_ARN";
    missing.miss("not set, but its other half is", help);
    Err(Noted)
}
