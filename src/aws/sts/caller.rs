//! Asks STS who the credentials belong to.

use super::exchange;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

use crate::aws::Network;
use crate::aws::error::AwsError;
use crate::aws::wire::client::Clients;

const OPERATION: &str = "GetCallerIdentity";

/// Whom AWS takes the caller for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerIdentity {
    /// Number of the account.
    pub account: String,
    /// ARN of the role session or user.
    pub arn: String,
}

/// One GetCallerIdentity, which needs no permission.
///
/// # Errors
/// When STS does not accept the credentials, or cannot be reached.
pub async fn caller_identity(
    clients: &Clients,
    network: &Network,
    credentials: impl ProvideCredentials + 'static,
) -> Result<CallerIdentity, AwsError> {
    let config = exchange::config(clients, network)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    let answer = aws_sdk_sts::Client::from_conf(config)
        .get_caller_identity()
        .send()
        .await;
    // Everyone may ask this, so that a refusal is about the credentials.
    let output =
        answer.map_err(|error| exchange::refusal(AwsError::from_sdk(OPERATION, &error)))?;
    Ok(CallerIdentity {
        account: output.account.unwrap_or_default(),
        arn: output.arn.unwrap_or_default(),
    })
}
