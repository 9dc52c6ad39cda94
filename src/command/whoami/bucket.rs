//! Whether the bucket of S3_BUCKET can be listed, which is how a deploy begins. Writes nothing.

use super::WhoAmIError;
use crate::aws::{Bucket, Clients, ListError};
use crate::command::hints::other_region;
use crate::command::sign_in::SignedInAs;
use crate::config::WhoAmI;

/// One listing of one key, again in the bucket's own region where that is another one.
pub(super) async fn try_listing(
    config: &WhoAmI,
    clients: &Clients,
    credentials: SignedInAs,
) -> Result<(), WhoAmIError> {
    let Some(tried) = &config.bucket else {
        return Ok(());
    };
    let options = config.bucket_options(tried);
    let bucket = match credentials {
        SignedInAs::Role(session) => Bucket::new(clients, options, session),
        SignedInAs::Keys(keys, _) => Bucket::with_keys(clients, options, &keys),
    };
    let listed = match bucket.try_listing(&tried.prefix).await {
        Err(ListError::OtherRegion { region, .. }) => {
            tracing::warn!("{}", other_region(&region, &config.sign_in.region));
            let bucket = bucket.moved_to(clients, options, &region);
            bucket.try_listing(&tried.prefix).await
        }
        listed => listed,
    };
    let url = &tried.destination;
    listed.map_err(|source| WhoAmIError::Bucket {
        url: url.to_string(),
        source,
    })?;
    tracing::info!(
        event = "bucket",
        "bucket: {url} can be listed; whether it can be written to was not tried"
    );
    Ok(())
}
