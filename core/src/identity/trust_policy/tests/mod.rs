//! The evaluation of trust policies as tables. Here is what the files below share.

mod conditions;
mod documents;
mod near_misses;
mod statements;

use super::{Caller, Outcome, TrustPolicy};
use crate::iam::RoleArn;
use crate::identity::SessionName;
use crate::identity::claims::Claims;
use serde_json::{Value, json};

const P: &str = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
const AUDIENCE: &str = "ari:w";

fn claims(value: &Value) -> Claims {
    Claims::from(value.as_object().cloned().unwrap())
}

/// The tokens of the tables.
#[derive(Clone, Copy, Debug)]
enum Token {
    /// Of a step without a deployment environment.
    Step,
    /// Of a step with one.
    Deployment,
    /// Of a step that asked for a second audience.
    Audiences,
}

impl Token {
    fn claims(self) -> Claims {
        let (aud, sub) = match self {
            Self::Step => (json!(AUDIENCE), "{r}:{s}"),
            Self::Deployment => (json!(AUDIENCE), "{r}:{e}:{s}"),
            Self::Audiences => (json!([AUDIENCE, "sts.amazonaws.com"]), "{r}:{s}"),
        };
        let iss = format!("https://{P}");
        claims(&json!({ "iss": iss, "aud": aud, "sub": sub, "branchName": "main" }))
    }
}

fn step() -> Claims {
    Token::Step.claims()
}

fn deployment() -> Claims {
    Token::Deployment.claims()
}

fn lines(document: &Value, claims: &Claims) -> (Outcome, Vec<String>) {
    let policy = TrustPolicy::parse(&document.to_string()).unwrap();
    let role = RoleArn::parse("arn:aws:iam::123456789012:role/deploy").unwrap();
    let session_name = SessionName::parse("acme-site-42").unwrap();
    let evaluation = policy.evaluate(&Caller {
        claims,
        role: &role,
        session_name: &session_name,
    });
    (evaluation.outcome, evaluation.lines())
}

fn statement(condition: &Value) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": { "Federated": format!("arn:aws:iam::123456789012:oidc-provider/{P}") },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    })
}

fn policy(statements: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// `{"OPERATOR": {"PROVIDER:sub": VALUE}}`
fn sub(operator: &str, value: &str) -> Value {
    json!({ operator: { format!("{P}:sub"): value } })
}
