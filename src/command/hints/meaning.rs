//! What an answer of a server means: the section of the documents on it, what to do before the next run,
//! and where its code tells the likely cause, that. Pure.

use super::{Asked, SESSION_POLICY_HINT, denial, servers};
use crate::aws::{AwsError, Kind, Operation};
use crate::report::Trouble;

/// Where nothing better is known.
const FIX: &str = "Fix the cause";

/// The section on `error`, and what to do before the next run where it is permanent, as a clause.
pub(in crate::command) fn meaning(error: &AwsError) -> (Trouble, &'static str) {
    match of_code(error) {
        Some((trouble, fix, _)) => (trouble, fix),
        None => of_kind(error),
    }
}

/// What to look at first after `error`, whatever the request was.
pub(super) fn hint(error: &AwsError, asked: &Asked<'_>, bucket: &str) -> Option<String> {
    let hint = match error.code.as_deref().unwrap_or_default() {
        "PermanentRedirect" | "TemporaryRedirect" if !asked.is_aws => {
            "are the endpoint and AWS_DEFAULT_REGION those of the region that `{bucket}` is in?"
        }
        "InvalidStorageClass" if !asked.is_aws => {
            "the server has other storage classes: unset STORAGE_CLASS, or name one that it has"
        }
        _ => of_code(error)?.2,
    };
    Some(hint.replace("{bucket}", bucket))
}

/// What a code tells: section, fix and hint.
fn of_code(error: &AwsError) -> Option<(Trouble, &'static str, &'static str)> {
    let (trouble, fix) = of_kind(error);
    Some(match error.code.as_deref().unwrap_or_default() {
        "RequestTimeTooSkewed" => (
            Trouble::Clock,
            "Set the clock of this machine",
            "is the clock of the machine that runs this step right?",
        ),
        "NoSuchBucket" => (
            Trouble::NoBucket,
            "Fix S3_BUCKET",
            "is `{bucket}` spelled right, and in the account and region that you mean?",
        ),
        "InvalidBucketName" => (
            Trouble::NoBucket,
            "Fix S3_BUCKET",
            "names of buckets have lower-case letters, digits, dots and hyphens: is S3_BUCKET spelled right?",
        ),
        "PermanentRedirect"
        | "AuthorizationHeaderMalformed"
        | "IllegalLocationConstraintException" => (
            Trouble::Region,
            "Fix AWS_DEFAULT_REGION",
            "is AWS_DEFAULT_REGION the region of `{bucket}`?",
        ),
        "InvalidRegionName" => (
            trouble,
            "Fix AWS_DEFAULT_REGION",
            "is AWS_DEFAULT_REGION a region of this server, such as `auto`?",
        ),
        "AccessControlListNotSupported" => (
            Trouble::Acl,
            "Unset ACL",
            "the bucket has ACLs disabled, as new buckets do: unset ACL, and give access by a bucket policy",
        ),
        "InvalidStorageClass" => (
            trouble,
            "Fix STORAGE_CLASS",
            "does this kind of bucket have the class that STORAGE_CLASS or a rule asks for?",
        ),
        "AllAccessDisabled" | "AccountProblem" | "NotSignedUp" => (
            trouble,
            "Put the AWS account in order",
            "this is about the AWS account, and no policy helps: its owner sees why in the AWS Health Dashboard and under Billing, or asks AWS Support",
        ),
        "KMS.NotFoundException" => (
            Trouble::Kms,
            fix,
            "is the key in the region of the bucket, and spelled right? SSE_KMS_KEY_ID names it, and without that the bucket's default encryption does; an alias is looked up in the account that deploys",
        ),
        "KMS.DisabledException" | "KMS.KMSInvalidStateException" => (
            Trouble::Kms,
            fix,
            "the key is disabled, or about to be deleted: enable it, or name another one in SSE_KMS_KEY_ID or in the bucket's default encryption",
        ),
        "PackedPolicyTooLarge" | "MalformedPolicyDocument" => {
            (Trouble::SessionPolicy, fix, SESSION_POLICY_HINT)
        }
        "PreconditionFailed" | "ConditionalRequestConflict" => (
            Trouble::Overtaken,
            "Look at what another deploy put meanwhile",
            "did another deploy put the object meanwhile? With NO_OVERWRITE it stays as it is; running the pipe again compares with it",
        ),
        "NoSuchUpload" => (
            Trouble::Overtaken,
            fix,
            "did a lifecycle rule or another deploy end the upload meanwhile? Running the pipe again sends the file anew",
        ),
        "InvalidPart" | "InvalidPartOrder" => (
            Trouble::Overtaken,
            fix,
            "the server does not know the parts that it took: running the pipe again sends the file anew; if that fails alike, is what answers really S3?",
        ),
        "BadDigest" => (
            trouble,
            fix,
            "something on the way, or the server itself, changes what is sent: running the pipe again sends it anew; if it fails alike, look at proxies before the server, and at its disks",
        ),
        "NoSuchDistribution" => (
            Trouble::Distribution,
            "Fix CLOUDFRONT_DISTRIBUTION_ID",
            "is CLOUDFRONT_DISTRIBUTION_ID the distribution's id (not its domain name), and in the account that you mean?",
        ),
        "TooManyInvalidationsInProgress" => (
            trouble,
            fix,
            "CloudFront is busy with other invalidations of this distribution: wait some minutes",
        ),
        _ => return of_more(error),
    })
}

/// The same, where the code alone does not tell it.
fn of_more(error: &AwsError) -> Option<(Trouble, &'static str, &'static str)> {
    let (trouble, fix) = of_kind(error);
    Some(match error.code.as_deref().unwrap_or_default() {
        "SignatureDoesNotMatch" if error.kind == Kind::Refused => (
            trouble,
            "Rename the files above",
            "the same credentials listed the bucket, so that it is about this name or these headers: does the server, or a proxy before it, decode or rewrite them on the way? Another name, or another server, takes the file",
        ),
        "InvalidRequest" if error.message.contains("Content-MD5") => (
            trouble,
            fix,
            "the server wants a checksum with each upload, as for Object Lock: leave CHECKSUM at `auto`",
        ),
        "InvalidArgument" if error.message.contains("access key") => (
            trouble,
            fix,
            "is AWS_ACCESS_KEY_ID the id of a key of this server, whole and without quotes?",
        ),
        code if servers::wants_bucket_in_host(code) => (
            trouble,
            "Set S3_FORCE_PATH_STYLE: 'false'",
            "this server wants the bucket in the host's name: set S3_FORCE_PATH_STYLE: 'false'",
        ),
        _ if error.is_of_room() => (
            trouble,
            "Make room",
            "the server, the bucket or its owner has no room left: raise the quota, or remove what is not needed",
        ),
        _ => return None,
    })
}

/// What the kind of `error` tells: section and fix.
fn of_kind(error: &AwsError) -> (Trouble, &'static str) {
    let code = error.code.as_deref().unwrap_or_default();
    match error.kind {
        _ if code.starts_with("KMS.") => (Trouble::Kms, "Fix the KMS key"),
        Kind::Identity if error.operation == Operation::OidcToken => (Trouble::NoToken, FIX),
        Kind::Identity => (Trouble::Identity, FIX),
        Kind::Denied if denial::is_of_acl(error) => (Trouble::Denied, "Unset ACL"),
        Kind::Denied if error.message.contains("perform: kms:") => {
            (Trouble::Kms, "Fix the permissions")
        }
        Kind::Denied => (Trouble::Denied, "Fix the permissions"),
        Kind::NotFound | Kind::Refused => (Trouble::Refused, FIX),
        Kind::Unreachable => (Trouble::Unreachable, FIX),
        Kind::Proxy(_) => (Trouble::Proxy, "Fix HTTPS_PROXY"),
        Kind::Tls(_) => (Trouble::Tls, "Fix the certificate or the endpoint"),
        Kind::IdleTimeout => (Trouble::Stalled, FIX),
        Kind::Unavailable => (Trouble::Unavailable, FIX),
        Kind::Malformed => (Trouble::Malformed, "Fix what answers in the server's place"),
    }
}
