//! The likely cause of an error that its code alone tells. A pure function of the error.

use super::{Asked, SESSION_POLICY_HINT, servers};
use crate::aws::AwsError;

/// What helps after `error`, whatever the request was.
pub(super) fn hint(error: &AwsError, asked: &Asked<'_>) -> Option<String> {
    let bucket = &asked.destination.bucket;
    let hint = match error.code.as_deref()? {
        "PackedPolicyTooLarge" | "MalformedPolicyDocument" => SESSION_POLICY_HINT,
        "InvalidBucketName" => {
            "names of buckets have lower-case letters, digits, dots and hyphens: is S3_BUCKET spelled right?"
        }
        "NoSuchBucket" => {
            return Some(format!(
                "is `{bucket}` spelled right, and in the account and region that you mean?"
            ));
        }
        "PermanentRedirect" | "TemporaryRedirect" if !asked.is_aws => {
            return Some(format!(
                "are the endpoint and AWS_DEFAULT_REGION those of the region that `{bucket}` is in?"
            ));
        }
        "PermanentRedirect"
        | "AuthorizationHeaderMalformed"
        | "IllegalLocationConstraintException" => {
            return Some(format!("is AWS_DEFAULT_REGION the region of `{bucket}`?"));
        }
        "InvalidRegionName" => "is AWS_DEFAULT_REGION a region of this server, such as `auto`?",
        "AccessControlListNotSupported" => {
            "the bucket has ACLs disabled, as new buckets do: unset ACL, and give access by a bucket policy"
        }
        "InvalidStorageClass" if !asked.is_aws => {
            "the server has other storage classes: unset STORAGE_CLASS, or name one that it has"
        }
        "InvalidStorageClass" => {
            "does this kind of bucket have the class that STORAGE_CLASS or a rule asks for?"
        }
        "AllAccessDisabled" | "AccountProblem" | "NotSignedUp" => {
            "this is about the AWS account, and no policy helps: its owner sees why in the AWS Health Dashboard and under Billing, or asks AWS Support"
        }
        "KMS.NotFoundException" => {
            "is the key in the region of the bucket, and spelled right? SSE_KMS_KEY_ID names it, and without that the bucket's default encryption does; an alias is looked up in the account that deploys"
        }
        "KMS.DisabledException" | "KMS.KMSInvalidStateException" => {
            "the key is disabled, or about to be deleted: enable it, or name another one in SSE_KMS_KEY_ID or in the bucket's default encryption"
        }
        "InvalidRequest" if error.message.contains("Content-MD5") => {
            "the server wants a checksum with each upload, as for Object Lock: leave CHECKSUM at `auto`"
        }
        "PreconditionFailed" | "ConditionalRequestConflict" => {
            "did another deploy put the object meanwhile? With NO_OVERWRITE it stays as it is; running the pipe again compares with it"
        }
        "RequestTimeTooSkewed" => "is the clock of the machine that runs this step right?",
        "NoSuchUpload" => {
            "did a lifecycle rule or another deploy end the upload meanwhile? Running the pipe again sends the file anew"
        }
        "InvalidPart" | "InvalidPartOrder" => {
            "the server does not know the parts that it took: running the pipe again sends the file anew; if that fails alike, is what answers really S3?"
        }
        "BadDigest" => {
            "something on the way, or the server itself, changes what is sent: running the pipe again sends it anew; if it fails alike, look at proxies before the server, and at its disks"
        }
        "NoSuchDistribution" => {
            "is CLOUDFRONT_DISTRIBUTION_ID the distribution's id (not its domain name), and in the account that you mean?"
        }
        "TooManyInvalidationsInProgress" => {
            "CloudFront is busy with other invalidations of this distribution: wait some minutes"
        }
        "InvalidArgument" if error.message.contains("access key") => {
            "is AWS_ACCESS_KEY_ID the id of a key of this server, whole and without quotes?"
        }
        code if servers::wants_bucket_in_host(code) => {
            "this server wants the bucket in the host's name: set S3_FORCE_PATH_STYLE: 'false'"
        }
        _ if error.is_of_room() => {
            "the server, the bucket or its owner has no room left: raise the quota, or remove what is not needed"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}
