//! CloudFront, as far as a deploy needs it: making invalidations, and asking how far they are.

use super::wire::Network;

use aws_config::Region;
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::operation::create_invalidation::CreateInvalidationError;
use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};
use aws_smithy_runtime_api::client::retries::classifiers::RetryAction;

use super::error::{AwsError, Kind};
use super::operation::Operation;
use super::s3::bucket::Bucket;
use super::wire::client::{Clients, configured};
use super::wire::retries::RetryOn;
use deploy_core::plan::Invalidation;

/// A connection to CloudFront with the bucket's credentials.
#[derive(Clone)]
pub struct CloudFront {
    client: Client,
}

/// An invalidation that CloudFront has taken.
#[derive(Clone, Debug)]
pub struct Created {
    /// CloudFront's id of it.
    pub id: String,
    /// Whether it is completed already.
    pub is_completed: bool,
}

impl CloudFront {
    /// CloudFront, with the credentials that `bucket` is spoken to with.
    pub fn new(clients: &Clients, network: &Network, region: &str, bucket: &Bucket) -> Self {
        let endpoint = network.cloudfront_endpoint.as_ref();
        let mut builder = configured!(aws_sdk_cloudfront, clients, endpoint)
            .retry_classifier(TOO_MANY)
            .region(Region::new(global_region(region)));
        builder.set_credentials_provider(Some(bucket.credentials.clone()));
        Self {
            client: Client::from_conf(builder.build()),
        }
    }

    /// Asks for `invalidation`. Asked again with the same reference, CloudFront answers with the
    /// one that it has.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn create(&self, invalidation: &Invalidation) -> Result<Created, AwsError> {
        const OPERATION: Operation = Operation::CreateInvalidation;
        let quantity = i32::try_from(invalidation.paths.len()).unwrap_or(i32::MAX);
        let paths = Paths::builder()
            .quantity(quantity)
            .set_items(Some(invalidation.paths.to_vec()))
            .build();
        let batch = paths.and_then(|paths| {
            InvalidationBatch::builder()
                .paths(paths)
                .caller_reference(&invalidation.reference)
                .build()
        });
        let batch = batch.map_err(|error| failure(OPERATION, &error.to_string()))?;
        let answer = self
            .client
            .create_invalidation()
            .distribution_id(&*invalidation.distribution)
            .invalidation_batch(batch)
            .send()
            .await
            .map_err(|error| AwsError::from_sdk(OPERATION, &error))?;
        let created = answer
            .invalidation
            .ok_or_else(|| failure(OPERATION, "the answer does not name the invalidation"))?;
        Ok(Created {
            is_completed: is_completed(&created.status),
            id: created.id,
        })
    }

    /// Whether the invalidation `id` of `distribution` is completed.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn is_completed(&self, distribution: &str, id: &str) -> Result<bool, AwsError> {
        let answer = self
            .client
            .get_invalidation()
            .distribution_id(distribution)
            .id(id)
            .send()
            .await
            .map_err(|error| AwsError::from_sdk(Operation::GetInvalidation, &error))?;
        let status = answer.invalidation.map(|invalidation| invalidation.status);
        Ok(status.is_some_and(|status| is_completed(&status)))
    }
}

/// CloudFront writes `Completed`, other servers write it in capitals.
fn is_completed(status: &str) -> bool {
    status.eq_ignore_ascii_case("Completed")
}

fn failure(operation: Operation, message: &str) -> AwsError {
    AwsError::local(operation, Kind::Refused, message)
}

/// The region that signs for CloudFront, which is one service for each partition of AWS. The SDK
/// knows it too, but only for AWS's own endpoints. GovCloud has no CloudFront of its own; accounts
/// there use the one of the standard partition.
/// <https://docs.aws.amazon.com/general/latest/gr/cf_region.html>
fn global_region(region: &str) -> String {
    let global = if region.starts_with("cn-") {
        "cn-northwest-1"
    } else if region.starts_with("eusc-") {
        "eusc-de-east-1"
    } else {
        "us-east-1"
    };
    global.to_owned()
}

/// Too many invalidations in progress is a 400 that passes by itself.
const TOO_MANY: RetryOn<CreateInvalidationError> = RetryOn {
    is_meant: CreateInvalidationError::is_too_many_invalidations_in_progress,
    action: RetryAction::throttling_error,
};

#[cfg(test)]
mod tests {
    use super::global_region;

    #[test]
    fn cloudfront_has_one_region_per_partition() {
        for (region, global) in [
            ("eu-west-1", "us-east-1"),
            ("us-gov-west-1", "us-east-1"),
            ("cn-north-1", "cn-northwest-1"),
            ("eusc-de-east-1", "eusc-de-east-1"),
        ] {
            assert_eq!(global_region(region), global);
        }
    }
}
