//! Reads a role's trust policy from IAM, for an explanation only.

use crate::aws::credentials_of;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::error::AwsError;
use super::wire::client::Clients;
use crate::aws::Network;
use deploy_core::base::endpoint::Endpoint;
use deploy_core::iam::RoleArn;
use deploy_core::identity::StaticKeys;

/// The operation, as errors name it.
const OPERATION: &str = "GetRole";

/// The document as IAM answers it: URL-encoded JSON. One GetRole, signed with `keys`.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>
///
/// # Errors
/// When `keys` may not read the role, which most may not, or IAM cannot be reached.
pub async fn trust_policy(
    clients: &Clients,
    network: &Network,
    keys: &StaticKeys,
    role: &RoleArn,
) -> Result<Option<String>, AwsError> {
    let endpoint = network.iam_endpoint.as_ref().map(Endpoint::as_str);
    let mut builder = aws_sdk_iam::config::Builder::from(&clients.sdk)
        .credentials_provider(SharedCredentialsProvider::new(credentials_of(keys)))
        .interceptor(clients.requests.clone());
    builder.set_endpoint_url(endpoint.map(str::to_owned));
    let answer = aws_sdk_iam::Client::from_conf(builder.build())
        .get_role()
        .role_name(role.name())
        .send()
        .await;
    let output = answer.map_err(|error| AwsError::from_sdk(OPERATION, &error))?;
    // Keys of another account find a role of the same name there.
    let found = output.role.filter(|found| found.arn == role.as_str());
    Ok(found.and_then(|found| found.assume_role_policy_document))
}
