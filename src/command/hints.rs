//! The likely cause of a failure, as a question or a cure. Pure functions of the error.

use crate::aws::sts::{session as sts, token};
use crate::aws::{AwsError, Kind};
use deploy_core::object::destination::Destination;

/// After a session policy that cannot be had.
pub(super) const SESSION_POLICY_HINT: &str = "a shorter prefix or fewer names shorten the session policy; SESSION_POLICY=none sends none, and the session may then do all that the role may";

/// What to look at first after `error`, if it tells.
#[must_use]
pub(super) fn hint(error: &AwsError, destination: &Destination) -> Option<String> {
    let bucket = &destination.bucket;
    let hint = match (error.operation, error.code.as_deref(), error.kind) {
        (_, Some("PackedPolicyTooLarge" | "MalformedPolicyDocument"), _) => SESSION_POLICY_HINT.to_owned(),
        ("AssumeRole", Some("AccessDenied"), _) => {
            "does the trust policy of that role accept the role before it in the chain, and may the role before it do sts:AssumeRole on it?".to_owned()
        }
        ("AssumeRole", Some("ValidationError"), _) => {
            "does that role allow sessions as long as AWS_ROLE_DURATION_SECONDS asks for?".to_owned()
        }
        (_, Some("NoSuchBucket"), _) => format!("is `{bucket}` spelled right, and in the account and region that you mean?"),
        (_, Some("AccessControlListNotSupported"), _) => {
            "the bucket has ACLs disabled, as new buckets do: unset ACL, and give access by a bucket policy".to_owned()
        }
        (_, Some("PreconditionFailed" | "ConditionalRequestConflict"), _) => {
            "did another deploy put the object meanwhile? With NO_OVERWRITE it stays as it is; running the pipe again compares with it".to_owned()
        }
        (_, Some("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException"), _) => {
            format!("is AWS_DEFAULT_REGION the region of `{bucket}`?")
        }
        (_, Some("RequestTimeTooSkewed"), _) => "is the clock of the machine that runs this step right?".to_owned(),
        (_, Some("NoSuchUpload"), _) => {
            "did a lifecycle rule or another deploy end the upload meanwhile? Running the pipe again sends the file anew".to_owned()
        }
        (_, Some("InvalidPart" | "InvalidPartOrder"), _) => {
            "the server does not know the parts that it took: running the pipe again sends the file anew; if that fails alike, is what answers really S3?".to_owned()
        }
        ("ListObjectsV2", _, Kind::Denied) => {
            format!("does the role's policy allow s3:ListBucket on the bucket `{bucket}` (and, if set, is EXPECTED_BUCKET_OWNER its account)?")
        }
        ("PutObject" | "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload", _, Kind::Denied) => format!(
            "does the role's policy allow s3:PutObject on `{destination}*` (s3:PutObjectAcl too if ACL is set, s3:PutObjectTagging if TAGGING is, and kms:GenerateDataKey if the bucket encrypts with a KMS key)?"
        ),
        ("HeadObject", _, Kind::Denied) => format!(
            "does the role's policy allow s3:GetObject on `{destination}*` (and kms:Decrypt, if the bucket encrypts with a KMS key)? COMPARE_HEADERS needs it"
        ),
        ("AbortMultipartUpload", _, Kind::Denied) => {
            format!("does the role's policy allow s3:AbortMultipartUpload on `{destination}*`?")
        }
        ("DeleteObjects" | "DeleteObject", _, Kind::Denied) => {
            format!("does the role's policy allow s3:DeleteObject on `{destination}*`?")
        }
        ("CreateInvalidation" | "GetInvalidation", _, Kind::Denied) => {
            "does the role's policy allow cloudfront:CreateInvalidation and cloudfront:GetInvalidation on the distribution?".to_owned()
        }
        (_, Some("NoSuchDistribution"), _) => {
            "is CLOUDFRONT_DISTRIBUTION_ID the distribution's id (not its domain name), and in the account that you mean?".to_owned()
        }
        (_, Some("TooManyInvalidationsInProgress"), _) => {
            "CloudFront is busy with other invalidations of this distribution: wait some minutes".to_owned()
        }
        _ => return general(error),
    };
    Some(hint)
}

/// Hints that no bucket is needed for.
#[must_use]
pub(super) fn general(error: &AwsError) -> Option<String> {
    let hint = match (error.operation, error.kind) {
        // What STS refuses is explained at length, by `refusal`.
        (sts::OPERATION, Kind::Identity) => return None,
        (token::OPERATION, Kind::Identity) if error.status.is_some() => {
            "are ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN those of the job that runs now, and has it `permissions: id-token: write`?"
        }
        (token::OPERATION, Kind::Identity) => {
            "is the file still there, and does something renew it?"
        }
        (_, Kind::Identity) => {
            "are the credentials still valid? A role session can be renewed only while the step's token is valid"
        }
        // The words are those of the HTTP client.
        (_, Kind::Unreachable) if error.message.contains("proxy authorization required") => {
            "the proxy of HTTPS_PROXY wants a user: is `http://user:password@host:port` right, with special characters percent-encoded?"
        }
        (_, Kind::Unreachable) if error.message.contains("tunnel error: unsuccessful") => {
            "the proxy of HTTPS_PROXY opens no tunnel to the server: does it allow this host, or should NO_PROXY name it?"
        }
        (_, Kind::Unreachable) => {
            "can this step reach the server? Look at the region, AWS_ENDPOINT_URL, HTTPS_PROXY and AWS_CA_BUNDLE"
        }
        (_, Kind::Stalled) => {
            "does a proxy or firewall between this step and the server swallow requests or answers? If they are only slow, `--cli-read-timeout` in EXTRA_ARGS waits longer"
        }
        (_, Kind::Unavailable) => {
            "the server is busy or has trouble of its own: a lower CONCURRENCY asks for less at a time, a higher AWS_MAX_ATTEMPTS waits longer for it, and running the pipe again goes on where this ended"
        }
        (_, Kind::Garbled) => {
            "is it the server itself that answers, and not a proxy or a login page before it? Look at AWS_ENDPOINT_URL and HTTPS_PROXY"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::hint;
    use crate::aws::sts::token;
    use crate::aws::{AwsError, Kind};
    use deploy_core::object::destination::Destination;

    #[test]
    fn common_refusals_have_their_question() {
        let destination = Destination::parse("my-bucket/docs").unwrap();
        for (operation, code, kind, expected) in [
            (
                "ListObjectsV2",
                "AccessDenied",
                Kind::Denied,
                "s3:ListBucket",
            ),
            (
                "ListObjectsV2",
                "NoSuchBucket",
                Kind::NotFound,
                "spelled right",
            ),
            (
                "ListObjectsV2",
                "PermanentRedirect",
                Kind::Refused,
                "AWS_DEFAULT_REGION",
            ),
            (
                "PutObject",
                "AccessDenied",
                Kind::Denied,
                "s3:PutObject on `s3://my-bucket/docs/*`",
            ),
            (
                "PutObject",
                "AccessControlListNotSupported",
                Kind::Refused,
                "ACL",
            ),
            ("PutObject", "ExpiredToken", Kind::Identity, "still valid"),
            (
                "PutObject",
                "PreconditionFailed",
                Kind::Refused,
                "NO_OVERWRITE",
            ),
            (
                "DeleteObjects",
                "AccessDenied",
                Kind::Denied,
                "s3:DeleteObject",
            ),
            (
                token::OPERATION,
                "",
                Kind::Identity,
                "`permissions: id-token: write`",
            ),
            (
                "AssumeRoleWithWebIdentity",
                "PackedPolicyTooLarge",
                Kind::Identity,
                "SESSION_POLICY=none",
            ),
            (
                "AssumeRole",
                "AccessDenied",
                Kind::Identity,
                "before it in the chain",
            ),
            (
                "AssumeRole",
                "ValidationError",
                Kind::Identity,
                "AWS_ROLE_DURATION_SECONDS",
            ),
        ] {
            let error = AwsError {
                operation,
                kind,
                code: Some(code.to_owned()),
                message: String::new(),
                status: Some(403),
                request_id: None,
            };
            let found = hint(&error, &destination).unwrap_or_default();
            assert!(found.contains(expected), "{operation} {code}: {found}");
        }
    }
}
