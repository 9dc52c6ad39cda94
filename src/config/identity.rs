//! Which identity the variables ask for.

use super::environment::Variables;
use super::problem::Problems;
use super::{disk, token, values};
use deploy_core::base::invalid::{self, Invalid};
use deploy_core::base::secret::Secret;
use deploy_core::base::unexpanded;
use deploy_core::iam::RoleArn;
use deploy_core::identity::{
    AllowedAccounts, CHAINED_DURATION_SECS_MAX, Identity, SessionName, SessionScope, StaticKeys,
    Step, TokenSource, WebIdentity,
};

/// The identity that the variables ask for, and what an explanation wants to know about the step.
pub(super) fn read(variables: &Variables, problems: &mut Problems) -> (Option<Identity>, Step) {
    let step = Step {
        system: token::system(variables),
        environment: variables.bitbucket_deployment_environment().owned(),
        trust_policy: variables
            .trust_policy_file()
            .parse(disk::trust_policy, problems),
    };
    (choose(variables, problems), step)
}

/// The role wins over static keys; without a token for it the keys are the fallback, as in the
/// official pipes. Ambient configuration of the machine is never looked at.
fn choose(variables: &Variables, problems: &mut Problems) -> Option<Identity> {
    let keys = static_keys(variables, problems);
    let role = variables.aws_oidc_role_arn();
    let web_identity = WebIdentityOptions::read(variables, problems);
    if !role.is_set() {
        if matches!(keys, Ok(None)) {
            let help = "set it to the ARN of the role to assume, and `oidc: true` on the step";
            let missing = role.missing("neither a role nor static keys are set", help);
            problems.push(role.name, missing);
        }
        return keys.ok()?.map(Identity::Keys);
    }
    let arn = role.parse(values::expanded(RoleArn::parse), problems);
    match (token::source(variables, problems).ok()?, keys) {
        (Some(token), _) => web_identity.with(arn?, token).map(Identity::Role),
        (None, Ok(Some(keys))) => Some(Identity::FallbackKeys(keys)),
        (None, Ok(None)) => {
            let vendor = token::system(variables).vendor();
            problems.push(
                role.name,
                Invalid::new(vendor.missing_token, vendor.question),
            );
            None
        }
        (None, Err(_)) => None,
    }
}

/// What a role's session is asked for with, beside the role and the token. A value that was a mistake
/// is none.
struct WebIdentityOptions {
    session_name: Option<SessionName>,
    duration_secs: Option<i32>,
    chain: Option<Vec<RoleArn>>,
    reach: SessionScope,
}

impl WebIdentityOptions {
    fn read(variables: &Variables, problems: &mut Problems) -> Self {
        let duration_secs = variables
            .aws_role_duration_seconds()
            .parse(values::role_duration, problems);
        let chain = chain(variables, duration_secs, problems);
        let reach = variables.session_policy().parse(reach, problems);
        let name = variables.aws_role_session_name();
        let session_name = if name.is_set() {
            name.parse(SessionName::parse, problems)
        } else {
            Some(SessionName::for_build(
                variables.bitbucket_workspace().text(),
                variables.bitbucket_repo_slug().text(),
                variables.bitbucket_build_number().text(),
            ))
        };
        Self {
            session_name,
            duration_secs,
            chain,
            reach: reach.unwrap_or_default(),
        }
    }

    fn with(self, role: RoleArn, token: TokenSource) -> Option<WebIdentity> {
        Some(WebIdentity {
            role,
            token,
            session_name: self.session_name?,
            duration_secs: self.duration_secs,
            chain: self.chain?,
            reach: self.reach,
        })
    }
}

/// Accounts to compare with, where there are some. A role's ARN tells its account before anything is
/// sent; static keys have to be asked about.
pub(super) fn allowed_accounts(
    variables: &Variables,
    identity: Option<&Identity>,
    problems: &mut Problems,
) -> Option<AllowedAccounts> {
    let list = variables.aws_allowed_account_ids();
    let ids = list.each(values::account, problems)?;
    let allowed = (!ids.is_empty()).then_some(AllowedAccounts(ids))?;
    if let Some(Identity::Role(web_identity)) = identity {
        let account = web_identity.acting_role().account();
        if let Err(other) = allowed.check(account) {
            problems.push(
                list.name,
                Invalid::new(
                    format!("the role `{}` is of {other}", web_identity.acting_role()),
                    "add its account, or deploy as a role of an account in the list",
                ),
            );
        }
    }
    Some(allowed)
}

/// Roles to assume one after the other, which needs the first to be assumed. AWS takes no longer
/// sessions of a role that was assumed by another.
fn chain(
    variables: &Variables,
    duration_secs: Option<i32>,
    problems: &mut Problems,
) -> Option<Vec<RoleArn>> {
    let list = variables.aws_role_chain();
    if !list.is_set() {
        return Some(Vec::new());
    }
    let chain = list.each(|role| values::expanded(RoleArn::parse)(role), problems);
    let role = variables.aws_oidc_role_arn();
    if !(role.is_set() && variables.bitbucket_step_oidc_token().is_set()) {
        problems.push(
            list.name,
            Invalid::new(
                "static keys assume no roles",
                "set AWS_OIDC_ROLE_ARN, and `oidc: true` on the step",
            ),
        );
    }
    if duration_secs > Some(CHAINED_DURATION_SECS_MAX) {
        problems.push(
            variables.aws_role_duration_seconds().name,
            Invalid::new(
                "too long for a session of AWS_ROLE_CHAIN",
                format!("use {CHAINED_DURATION_SECS_MAX} seconds at most"),
            ),
        );
    }
    chain
}

fn reach(value: &str) -> Result<SessionScope, Invalid> {
    let choices = [
        ("scoped", SessionScope::Deploy),
        ("none", SessionScope::Role),
    ];
    invalid::choose(value, &choices)
}

/// A half of a key pair was noted as a problem.
#[derive(Debug)]
struct Incomplete;

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

fn static_keys(
    variables: &Variables,
    problems: &mut Problems,
) -> Result<Option<StaticKeys>, Incomplete> {
    let (id, secret) = (
        variables.aws_access_key_id(),
        variables.aws_secret_access_key(),
    );
    let missing = match (id.owned(), secret.owned()) {
        (None, None) => return Ok(None),
        (Some(access_key_id), Some(secret)) => {
            problems.check(id.name, check_keys(&access_key_id, &secret));
            let session = variables.aws_session_token();
            let servers = [
                variables.aws_endpoint_url(),
                variables.aws_endpoint_url_s3(),
            ];
            let is_aws = !servers.iter().any(|server| server.is_set());
            if is_aws && access_key_id.starts_with("ASIA") && !session.is_set() {
                let reason = "not set, but AWS_ACCESS_KEY_ID begins with `ASIA`, as those of temporary keys do";
                let help = "set the session token that came with the keys";
                problems.push(session.name, session.missing(reason, help));
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
    problems.push(
        missing.name,
        missing.missing("not set, but its other half is", help),
    );
    Err(Incomplete)
}
