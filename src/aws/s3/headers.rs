//! Puts an object's headers on a request. PutObject and CreateMultipartUpload take the same ones, but
//! their builders are different types of the SDK's, so this is a macro over both.

use aws_smithy_types::DateTime;
use std::collections::{BTreeMap, HashMap};
use time::OffsetDateTime;

use aws_sdk_s3::types::ServerSideEncryption;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use deploy_core::object::headers::Encryption;

/// `time` as the SDK wants it.
pub(super) fn date_time(time: OffsetDateTime) -> DateTime {
    DateTime::from_secs(time.unix_timestamp())
}

/// `request` with everything that `headers` sets.
macro_rules! with_headers {
    ($request:expr, $headers:expr) => {{
        let headers: &deploy_core::object::headers::ObjectHeaders = $headers;
        crate::aws::s3::headers::with_keeping!($request, headers)
            .set_content_type(headers.content_type.clone())
            .set_cache_control(headers.cache_control.clone())
            .set_content_disposition(headers.content_disposition.clone())
            .set_content_encoding(headers.content_encoding.clone())
            .set_content_language(headers.content_language.clone())
            .set_expires(headers.expires.map(crate::aws::s3::headers::date_time))
            .set_metadata(crate::aws::s3::headers::metadata(&headers.metadata))
            .set_tagging(crate::aws::s3::headers::tagging(&headers.tags))
    }};
}

/// `request` with what `headers` says of how the object is kept, which no copy takes from its source.
macro_rules! with_keeping {
    ($request:expr, $headers:expr) => {{
        let headers: &deploy_core::object::headers::ObjectHeaders = $headers;
        let encryption = headers.encryption.as_ref();
        $request
            .set_website_redirect_location(headers.website_redirect.clone())
            .set_acl(
                headers
                    .acl
                    .as_deref()
                    .map(aws_sdk_s3::types::ObjectCannedAcl::from),
            )
            .set_storage_class(
                headers
                    .storage_class
                    .as_deref()
                    .map(aws_sdk_s3::types::StorageClass::from),
            )
            .set_server_side_encryption(encryption.map(crate::aws::s3::headers::encryption))
            .set_ssekms_key_id(crate::aws::s3::headers::kms_key(encryption))
    }};
}

pub(super) use {with_headers, with_keeping};

pub(super) fn encryption(encryption: &Encryption) -> ServerSideEncryption {
    match encryption {
        Encryption::S3 => ServerSideEncryption::Aes256,
        Encryption::Kms(_) => ServerSideEncryption::AwsKms,
    }
}

pub(super) fn kms_key(encryption: Option<&Encryption>) -> Option<String> {
    match encryption {
        Some(Encryption::Kms(key)) => key.clone(),
        _ => None,
    }
}

pub(super) fn metadata(metadata: &BTreeMap<String, String>) -> Option<HashMap<String, String>> {
    let pairs = metadata
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()));
    (!metadata.is_empty()).then(|| pairs.collect())
}

/// Tags as the header wants them: a URL query.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
pub(super) fn tagging(tags: &BTreeMap<String, String>) -> Option<String> {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> = tags
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    (!pairs.is_empty()).then(|| pairs.join("&"))
}
