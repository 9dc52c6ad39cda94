//! Says why AWS refused an identity: joins what a run knows with `identity::explain`, and prints it.

use std::time::SystemTime;

use crate::aws::{AwsError, Kind, Operation};
use crate::config::SignIn;
use crate::console;
use deploy_core::identity::Identity;
use deploy_core::identity::claims::Claims;
use deploy_core::identity::explain::{Explanation, Refusal, explain};

/// Where one of the two servers is AWS's, and the other is not.
const APART: &str = "one of S3 and STS is AWS's, and the other is not: no server knows the sessions of another's STS, so set AWS_ENDPOINT_URL for both, or use the server's own keys";

/// The explanation of `error`, if it is a refusal of the identity that was to sign in, of its role or
/// of its session. `claims` are those of its token, once that is there.
pub(super) fn explanation(
    sign_in: &SignIn,
    claims: Option<&Claims>,
    error: &AwsError,
) -> Option<Explanation> {
    // What a role of the chain refuses is between two roles: no token is looked at.
    if error.kind != Kind::Identity || error.operation == Operation::AssumeRole {
        return None;
    }
    // What helps with keys is a hint like others.
    let Identity::Role(web_identity) = &sign_in.identity else {
        return None;
    };
    let explanation = explain(&Refusal {
        code: error.code.as_deref(),
        message: &error.message,
        claims,
        web_identity,
        step: &sign_in.step,
        region: &sign_in.region,
        now: SystemTime::now(),
    });
    if error.operation == Operation::AssumeRoleWithWebIdentity {
        // Some servers refuse without a code that says why: what the token says helps then, too.
        let is_told = !explanation.causes.is_empty() || matches!(error.status, Some(400 | 403));
        return is_told.then_some(explanation);
    }
    // The role was assumed: neither token nor trust policy are the matter.
    let network = &sign_in.network;
    let mut causes = explanation.causes;
    if network.has_aws_sts() != network.has_aws_s3() {
        causes.insert(0, APART.to_owned());
    }
    (!causes.is_empty()).then(|| Explanation {
        causes,
        ..Explanation::default()
    })
}

/// Prints everything but the causes, which are hints like others.
pub(super) fn say(explanation: &Explanation) {
    for line in explanation.claims.iter().chain(&explanation.evaluation) {
        tracing::info!("{line}");
    }
    if let Some(help) = &explanation.heading {
        tracing::info!("{help}");
        console::excerpt(&explanation.statement);
    }
}
