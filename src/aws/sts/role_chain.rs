//! From one role to the next: AssumeRole, signed with the credentials of the role before.

use aws_credential_types::Credentials;
use aws_sdk_sts::Client;

use super::exchange::{Assumed, Request, assumed};
use crate::aws::error::AwsError;
use crate::aws::operation::Operation;
use deploy_core::iam::{RoleArn, session_policy};
use deploy_core::identity::WebIdentity;

const OPERATION: Operation = Operation::AssumeRole;

/// Lifetime of a session that is there only to assume the next role: the shortest that AWS gives.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
const HOP_DURATION_SECS: i32 = 900;

/// The requests for the roles of `web_identity`, first to last. `policy` narrows the last session;
/// with it, each one before is narrowed to assuming the next role.
pub(super) fn requests<'a>(
    web_identity: &'a WebIdentity,
    policy: Option<&str>,
) -> Vec<Request<'a>> {
    let roles: Vec<&RoleArn> = std::iter::once(&web_identity.role)
        .chain(&web_identity.chain)
        .collect();
    let request = |(index, role): (usize, &&'a RoleArn)| match roles.get(index + 1) {
        Some(next) => Request {
            role,
            policy: policy.map(|_| session_policy::hop(next)),
            duration_secs: Some(HOP_DURATION_SECS),
        },
        None => Request {
            role,
            policy: policy.map(str::to_owned),
            duration_secs: web_identity.duration_secs,
        },
    };
    roles.iter().enumerate().map(request).collect()
}

/// One AssumeRole as whom `credentials` belong to.
pub(super) async fn assume(
    client: &Client,
    web_identity: &WebIdentity,
    credentials: Credentials,
    request: &Request<'_>,
) -> Result<Assumed, AwsError> {
    let config = client.config().to_builder();
    let client = Client::from_conf(config.credentials_provider(credentials).build());
    let answer = client
        .assume_role()
        .role_arn(request.role.as_str())
        .role_session_name(web_identity.session_name.as_str())
        .set_policy(request.policy.clone())
        .set_duration_seconds(request.duration_secs)
        .send()
        .await;
    let output = answer.map_err(|error| {
        let error = AwsError::from_sdk(OPERATION, &error).about_identity();
        AwsError {
            message: format!(
                "{} (for `{}` of AWS_ROLE_CHAIN)",
                error.message, request.role
            ),
            ..error
        }
    })?;
    assumed(OPERATION, output.credentials, output.assumed_role_user)
}

#[cfg(test)]
mod tests {
    use super::requests;
    use deploy_core::base::secret::Secret;
    use deploy_core::iam::RoleArn;
    use deploy_core::identity::token_source::TokenSource;
    use deploy_core::identity::{SessionName, SessionScope, WebIdentity};

    fn role(name: &str) -> RoleArn {
        RoleArn::parse(&format!("arn:aws:iam::123456789012:role/{name}")).unwrap()
    }

    fn chain(names: &[&str]) -> WebIdentity {
        WebIdentity {
            role: role("first"),
            token: TokenSource::Variable {
                name: "TOKEN".to_owned(),
                token: Secret::new(String::new()),
            },
            session_name: SessionName::for_build(None, None, None),
            duration_secs: Some(1800),
            chain: names.iter().map(|name| role(name)).collect(),
            reach: SessionScope::Deploy,
        }
    }

    #[test]
    fn the_last_session_gets_the_policy_and_the_others_may_go_on_to_the_next_role() {
        let (alone, three) = (chain(&[]), chain(&["second", "third"]));
        let shown = |web_identity, policy| {
            let requests = requests(web_identity, policy).into_iter().map(|request| {
                let policy = request.policy.unwrap_or_default();
                let next = policy
                    .split("role/")
                    .nth(1)
                    .and_then(|rest| rest.split('"').next());
                let policy = next.map_or(policy.clone(), |next| format!("may assume {next}"));
                let seconds = request.duration_secs.unwrap_or_default();
                format!(
                    "{} {seconds} {policy}",
                    request.role.as_str().rsplit('/').next().unwrap()
                )
            });
            requests.collect::<Vec<_>>()
        };
        assert_eq!(shown(&alone, Some("{}")), ["first 1800 {}"]);
        assert_eq!(shown(&alone, None), ["first 1800 "]);
        assert_eq!(
            shown(&three, Some("{}")),
            [
                "first 900 may assume second",
                "second 900 may assume third",
                "third 1800 {}"
            ]
        );
        assert_eq!(
            shown(&three, None),
            ["first 900 ", "second 900 ", "third 1800 "]
        );
    }
}
