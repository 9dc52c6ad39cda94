//! Asks STS who the credentials belong to.

use super::exchange;
use aws_credential_types::provider::SharedCredentialsProvider;

use crate::aws::Network;
use crate::aws::error::AwsError;
use crate::aws::operation::Operation;
use crate::aws::wire::client::Clients;

const OPERATION: Operation = Operation::GetCallerIdentity;

/// Whom AWS takes the caller for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerIdentity {
    /// Number of the account.
    pub account: String,
    /// ARN of the role session or user.
    pub arn: String,
}

/// One GetCallerIdentity, which needs no permission at AWS.
///
/// # Errors
/// When STS does not accept the credentials, cannot be reached, or, where it is not AWS's, does not
/// know or allow the operation.
pub async fn caller_identity(
    clients: &Clients,
    network: &Network,
    credentials: SharedCredentialsProvider,
) -> Result<CallerIdentity, AwsError> {
    let config = exchange::config(clients, network)
        .credentials_provider(credentials)
        .build();
    let answer = aws_sdk_sts::Client::from_conf(config)
        .get_caller_identity()
        .send()
        .await;
    let output = answer.map_err(|error| AwsError::from_sdk(OPERATION, &error))?;
    Ok(CallerIdentity {
        account: output.account.unwrap_or_default(),
        arn: output.arn.unwrap_or_default(),
    })
}
