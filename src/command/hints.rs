//! The likely cause of a failure, as a question or a cure, and what to do before the next run. Pure functions of the error.

use crate::aws::{AwsError, Kind, Operation, ProxyRefusal};
use deploy_core::object::destination::Destination;

/// After a session policy that cannot be had.
pub(super) const SESSION_POLICY_HINT: &str = "a shorter prefix or fewer names shorten the session policy; SESSION_POLICY=none sends none, and the session may then do all that the role may";

/// What to look at first after `error`, if it tells.
#[must_use]
pub(super) fn hint(error: &AwsError, destination: &Destination) -> Option<String> {
    let bucket = &destination.bucket;
    if let Some(hint) = of_session_policy(error).or_else(|| of_named_action(error)) {
        return Some(hint);
    }
    let hint = match (error.operation, error.code.as_deref(), error.kind) {
        (_, Some("PackedPolicyTooLarge" | "MalformedPolicyDocument"), _) => SESSION_POLICY_HINT.to_owned(),
        (Operation::AssumeRole, Some("AccessDenied"), _) => {
            "does the trust policy of that role accept the role before it in the chain, and may the role before it do sts:AssumeRole on it?".to_owned()
        }
        (Operation::AssumeRole, Some("ValidationError"), _) => {
            "does that role allow sessions as long as AWS_ROLE_DURATION_SECONDS asks for?".to_owned()
        }
        (_, Some("InvalidBucketName"), _) => "names of buckets have lower-case letters, digits, dots and hyphens: is S3_BUCKET spelled right?".to_owned(),
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
        (Operation::ListObjectsV2, _, Kind::Denied) => {
            format!("does the role's policy allow s3:ListBucket on the bucket `{bucket}` (and, if set, is EXPECTED_BUCKET_OWNER its account)?")
        }
        (
            Operation::PutObject
            | Operation::CreateMultipartUpload
            | Operation::UploadPart
            | Operation::CompleteMultipartUpload,
            _,
            Kind::Denied,
        ) => format!(
            "does the role's policy allow s3:PutObject on `{destination}*` (s3:PutObjectAcl too if ACL is set, s3:PutObjectTagging if TAGGING is, and kms:GenerateDataKey if the bucket encrypts with a KMS key)?"
        ),
        (Operation::HeadObject, _, Kind::Denied) => format!(
            "does the role's policy allow s3:GetObject on `{destination}*` (and kms:Decrypt, if the bucket encrypts with a KMS key)? `COMPARE_HEADERS: 'true'` needs it"
        ),
        (Operation::AbortMultipartUpload, _, Kind::Denied) => {
            format!("does the role's policy allow s3:AbortMultipartUpload on `{destination}*`?")
        }
        (Operation::DeleteObjects | Operation::DeleteObject, _, Kind::Denied) => {
            format!("does the role's policy allow s3:DeleteObject on `{destination}*`?")
        }
        (Operation::CreateInvalidation | Operation::GetInvalidation, _, Kind::Denied) => {
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

/// That a bucket is in the region `there`, and was looked for in `here`.
#[must_use]
pub(super) fn other_region(there: &str, here: &str) -> String {
    format!("the bucket is in `{there}`, not in `{here}`: write AWS_DEFAULT_REGION: '{there}'")
}

/// Hints that no bucket is needed for.
#[must_use]
pub(super) fn general(error: &AwsError) -> Option<String> {
    let hint = match (error.operation, error.kind) {
        // What STS refuses is explained at length, by `refusal`.
        (Operation::AssumeRoleWithWebIdentity, Kind::Identity) => return None,
        (Operation::OidcToken, Kind::Identity) if error.status.is_some() => {
            "are ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN those of the job that runs now, and does it have `permissions: id-token: write`?"
        }
        (Operation::OidcToken, Kind::Identity) => {
            "is the file still there, and does something renew it?"
        }
        (_, Kind::Identity) => {
            "are the credentials still valid? A role session can be renewed only while the step's token is valid"
        }
        (_, Kind::Proxy(ProxyRefusal::WantsUser)) => {
            "the proxy of HTTPS_PROXY wants a user: is `http://user:password@host:port` right, with special characters percent-encoded?"
        }
        (_, Kind::Proxy(ProxyRefusal::NoTunnel)) => {
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

/// AWS says which kind of policy denies; that of the session is this pipe's.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
fn of_session_policy(error: &AwsError) -> Option<String> {
    let is_ours = error.message.contains("no session policy allows");
    is_ours.then(|| {
        "the pipe's own session policy denies this, which is a fault of the pipe: please report it; SESSION_POLICY: 'none' goes on without it".to_owned()
    })
}

/// Where AWS names the action and the resource, so does the hint.
fn of_named_action(error: &AwsError) -> Option<String> {
    let (_, rest) = error.message.split_once("not authorized to perform: ")?;
    let (action, rest) = rest.split_once(" on resource: ")?;
    let resource = rest.split_whitespace().next()?.trim_matches('"');
    (error.kind == Kind::Denied).then(|| {
        format!("does the role's policy allow `{action}` on `{resource}`, and does no other policy deny it?")
    })
}

/// What to do about a permanent `error` before the next run, as a clause.
#[must_use]
pub(super) fn fix(error: &AwsError) -> &'static str {
    match (error.code.as_deref().unwrap_or_default(), error.kind) {
        ("NoSuchBucket" | "InvalidBucketName", _) => "Fix S3_BUCKET",
        ("AccessControlListNotSupported", _) => "Unset ACL",
        (
            "PermanentRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException",
            _,
        ) => "Fix AWS_DEFAULT_REGION",
        ("NoSuchDistribution", _) => "Fix CLOUDFRONT_DISTRIBUTION_ID",
        ("RequestTimeTooSkewed", _) => "Set the clock of this machine",
        ("PreconditionFailed", _) => "Look at what another deploy put meanwhile",
        (code, _) if code.starts_with("KMS.") => "Fix the KMS key",
        (_, Kind::Denied) => "Fix the permissions",
        (_, Kind::Proxy(_)) => "Fix HTTPS_PROXY",
        (_, Kind::Garbled) => "Fix what answers in the server's place",
        _ => "Fix the cause above",
    }
}

#[cfg(test)]
mod tests {
    use super::hint;
    use crate::aws::{AwsError, Kind, Operation};
    use deploy_core::object::destination::Destination;

    #[test]
    fn common_refusals_have_their_question() {
        let destination = Destination::parse("my-bucket/docs").unwrap();
        for (operation, code, kind, expected) in [
            (
                Operation::ListObjectsV2,
                "AccessDenied",
                Kind::Denied,
                "s3:ListBucket",
            ),
            (
                Operation::ListObjectsV2,
                "NoSuchBucket",
                Kind::NotFound,
                "spelled right",
            ),
            (
                Operation::ListObjectsV2,
                "PermanentRedirect",
                Kind::Refused,
                "AWS_DEFAULT_REGION",
            ),
            (
                Operation::PutObject,
                "AccessDenied",
                Kind::Denied,
                "s3:PutObject on `s3://my-bucket/docs/*`",
            ),
            (
                Operation::PutObject,
                "AccessControlListNotSupported",
                Kind::Refused,
                "ACL",
            ),
            (
                Operation::PutObject,
                "ExpiredToken",
                Kind::Identity,
                "still valid",
            ),
            (
                Operation::PutObject,
                "PreconditionFailed",
                Kind::Refused,
                "NO_OVERWRITE",
            ),
            (
                Operation::DeleteObjects,
                "AccessDenied",
                Kind::Denied,
                "s3:DeleteObject",
            ),
            (
                Operation::OidcToken,
                "",
                Kind::Identity,
                "`permissions: id-token: write`",
            ),
            (
                Operation::AssumeRoleWithWebIdentity,
                "PackedPolicyTooLarge",
                Kind::Identity,
                "SESSION_POLICY=none",
            ),
            (
                Operation::AssumeRole,
                "AccessDenied",
                Kind::Identity,
                "before it in the chain",
            ),
            (
                Operation::AssumeRole,
                "ValidationError",
                Kind::Identity,
                "AWS_ROLE_DURATION_SECONDS",
            ),
        ] {
            let error = AwsError {
                code: Some(code.to_owned()),
                status: Some(403),
                ..AwsError::local(operation, kind, "")
            };
            let found = hint(&error, &destination).unwrap_or_default();
            assert!(found.contains(expected), "{operation} {code}: {found}");
        }
    }

    #[test]
    fn the_policy_that_aws_names_is_the_one_to_look_at() {
        let destination = Destination::parse("my-bucket").unwrap();
        let user =
            "User: arn:aws:sts::123456789012:assumed-role/deploy/x is not authorized to perform:";
        for (said, expected) in [
            (
                "kms:GenerateDataKey on resource: arn:aws:kms:us-east-1:123456789012:key/k because no identity-based policy allows the kms:GenerateDataKey action",
                "allow `kms:GenerateDataKey` on `arn:aws:kms:us-east-1:123456789012:key/k`",
            ),
            (
                "s3:PutObject on resource: \"arn:aws:s3:::my-bucket/a\" because no session policy allows the s3:PutObject action",
                "SESSION_POLICY: 'none'",
            ),
        ] {
            let message = format!("{user} {said}");
            let error = AwsError::local(Operation::PutObject, Kind::Denied, message);
            let found = hint(&error, &destination).unwrap_or_default();
            assert!(found.contains(expected), "{found}");
        }
    }
}
