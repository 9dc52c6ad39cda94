//! The likely cause of a failure, as a question or a cure, and what to do before the next run. Pure
//! functions of the error.

mod connection;
mod denial;
mod meaning;
mod servers;
#[cfg(test)]
mod tests;

use crate::aws::{AwsError, Kind, Operation, ProxyRefusal};
use crate::config::Config;
use connection::{of_keys, of_tls};
use denial::Denial;
use deploy_core::iam::permissions::Needs;
use deploy_core::identity::Identity;
use deploy_core::object::destination::Destination;
use deploy_core::record;

pub(super) use meaning::meaning;

/// After a session policy that cannot be had.
pub(super) const SESSION_POLICY_HINT: &str = "a shorter prefix or fewer names shorten the session policy; SESSION_POLICY=none sends none, and the session may then do all that the role may";

/// After a refusal of the credentials of which nothing more is known.
pub(super) const IDENTITY_QUESTION: &str = "are the credentials still valid? A role session can be renewed only while the step's token is valid";

/// What helps: questions and cures, and a statement to paste into a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Help {
    pub(super) lines: Vec<String>,
    /// The statement's lines; none where there is none.
    pub(super) statement: Vec<String>,
}

impl Help {
    /// Nothing but `lines`.
    pub(super) fn lines(lines: Vec<String>) -> Self {
        Self {
            lines,
            ..Self::default()
        }
    }
}

/// What a deploy asked for, as far as hints tell of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// Where the objects go, if that is known.
    pub(super) destination: Option<&'a Destination>,
    /// What its session has to be allowed, where that is known.
    pub(super) needs: Option<&'a Needs>,
    /// Name of the role; static keys have none.
    pub(super) role: Option<&'a str>,
    /// Whether AWS has the bucket, and not another server.
    pub(super) is_aws: bool,
}

impl<'a> Asked<'a> {
    pub(super) fn of(config: &'a Config) -> Self {
        Self {
            destination: Some(&config.destination),
            needs: Some(&config.needs),
            role: role(&config.sign_in.identity),
            is_aws: config.sign_in.network.has_aws_s3(),
        }
    }

    /// How a question begins whether what acts may do something.
    fn may(&self) -> &'static str {
        match self.role {
            Some(_) => "does the role's policy allow",
            None => "do the keys allow",
        }
    }

    /// Whose policy a statement belongs into.
    fn policy(&self) -> String {
        match self.role {
            Some(role) => format!("a policy of the role `{role}`"),
            None => "a policy of the user whose keys these are".to_owned(),
        }
    }
}

/// The name of the role that acts; static keys have none.
pub(super) fn role(identity: &Identity) -> Option<&str> {
    match identity {
        Identity::Role(web_identity) => Some(web_identity.acting_role().name()),
        Identity::Keys(_) | Identity::FallbackKeys(_) => None,
    }
}

/// What helps after `error`, if anything is known.
pub(super) fn help(error: &AwsError, asked: &Asked<'_>) -> Help {
    let named = Denial::of(error).map(|denial| denial.help(asked));
    named.unwrap_or_else(|| Help::lines(hint(error, asked).into_iter().collect()))
}

/// What to look at first after `error`, if it tells.
fn hint(error: &AwsError, asked: &Asked<'_>) -> Option<String> {
    let Some(destination) = asked.destination else {
        return general(error);
    };
    let bucket = &destination.bucket;
    let may = asked.may();
    if let Some(hint) = meaning::hint(error, asked, bucket) {
        return Some(hint);
    }
    let hint = match (error.operation, error.code.as_deref(), error.kind) {
        (Operation::AssumeRole, Some("AccessDenied"), _) => {
            "does the trust policy of that role accept the role before it in the chain, and may the role before it do sts:AssumeRole on it?".to_owned()
        }
        (Operation::AssumeRole, Some("ValidationError"), _) => {
            "does that role allow sessions as long as AWS_ROLE_DURATION_SECONDS asks for?".to_owned()
        }
        (Operation::CreateSession, _, Kind::Denied) => {
            format!("{may} s3express:CreateSession on the bucket `{bucket}`?")
        }
        (_, _, Kind::Refused) if let Some(cure) = servers::unknown_header(error) => cure,
        (Operation::ListObjectsV2, _, Kind::Denied) if !asked.is_aws && asked.role.is_none() => {
            format!("are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY right? Ceph, Garage and others say no more than this of a wrong key. If they are, may they list `{bucket}`?")
        }
        (Operation::ListObjectsV2, _, Kind::Denied) => {
            let account = asked.needs.and_then(|needs| needs.place.account.as_deref());
            let account = account.map(|account| format!(" {account}")).unwrap_or_default();
            format!("S3 gives no reason, as for a bucket of another account: is `{bucket}` in the account{account} that deploys? If it is, {may} s3:ListBucket on it (and, if set, is EXPECTED_BUCKET_OWNER its account)?")
        }
        (
            Operation::PutObject
            | Operation::CreateMultipartUpload
            | Operation::UploadPart
            | Operation::CompleteMultipartUpload,
            _,
            Kind::Denied,
        ) => format!(
            "{may} s3:PutObject on `{destination}*` (s3:PutObjectAcl too if ACL is set, s3:PutObjectTagging if TAGGING is, and kms:GenerateDataKey if the bucket encrypts with a KMS key)?"
        ),
        (Operation::HeadObject, _, Kind::Denied) => format!(
            "{may} s3:GetObject on `{destination}*` (and kms:Decrypt, if the bucket encrypts with a KMS key)? `COMPARE_HEADERS: 'true'` needs it"
        ),
        (Operation::GetObject, _, Kind::Denied) => format!(
            "does the role's policy allow s3:GetObject on the deploy record `{}`, and does no policy of the bucket deny it?",
            destination.url(record::KEY)
        ),
        (Operation::ListObjectVersions, _, Kind::Denied) => {
            format!("{may} s3:ListBucketVersions on the bucket `{bucket}`? `COMMAND: 'setup'` with RELEASE prints what a rollback needs")
        }
        (Operation::CopyObject | Operation::UploadPartCopy, _, Kind::Denied) => {
            format!("{may} s3:GetObjectVersion and s3:PutObject on `{destination}*` (s3:GetObjectVersionTagging and s3:PutObjectTagging too if the objects have tags)? `COMMAND: 'setup'` with RELEASE prints what a rollback needs")
        }
        (Operation::AbortMultipartUpload, _, Kind::Denied) => {
            format!("{may} s3:AbortMultipartUpload on `{destination}*`?")
        }
        (Operation::DeleteObjects | Operation::DeleteObject, _, Kind::Denied) => {
            format!("{may} s3:DeleteObject on `{destination}*`?")
        }
        (Operation::CreateInvalidation | Operation::GetInvalidation, _, Kind::Denied) => {
            format!("{may} cloudfront:CreateInvalidation and cloudfront:GetInvalidation on the distribution?")
        }
        _ => return general(error),
    };
    Some(hint)
}

/// That a bucket is in the region `there`, and was looked for in `here`.
pub(super) fn other_region(there: &str, here: &str) -> String {
    format!("the bucket is in `{there}`, not in `{here}`: write AWS_DEFAULT_REGION: '{there}'")
}

/// Hints that no bucket is needed for.
fn general(error: &AwsError) -> Option<String> {
    let hint = match (error.operation, error.kind) {
        // What STS refuses is explained at length, by `refusal`.
        (Operation::AssumeRoleWithWebIdentity, Kind::Identity) => return None,
        (Operation::OidcToken, Kind::Identity) if error.status.is_some() => {
            "are ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN those of the job that runs now, and does it have `permissions: id-token: write`?"
        }
        (Operation::OidcToken, Kind::Identity) => {
            "is the file still there, and does something renew it?"
        }
        (Operation::GetCallerIdentity, Kind::Identity)
            if error.code.as_deref() == Some("AccessDenied")
                || matches!(error.status, Some(404 | 405 | 501)) =>
        {
            "does this server's STS tell who asks (GetCallerIdentity)? If it does not, AWS_ALLOWED_ACCOUNT_IDS cannot be checked there: unset it"
        }
        (_, Kind::Identity) => of_keys(error).unwrap_or(IDENTITY_QUESTION),
        (_, Kind::Tls(fault)) => of_tls(fault),
        (_, Kind::Proxy(ProxyRefusal::WantsUser)) => {
            "the proxy of HTTPS_PROXY wants a user: is `http://user:password@host:port` right, with special characters percent-encoded?"
        }
        (_, Kind::Proxy(ProxyRefusal::NoTunnel)) => {
            "the proxy of HTTPS_PROXY opens no tunnel to the server: does it allow this host, or should NO_PROXY name it?"
        }
        (_, Kind::Unreachable) => {
            "can this step reach the server? Look at the region, AWS_ENDPOINT_URL, HTTPS_PROXY and AWS_CA_BUNDLE"
        }
        (_, Kind::IdleTimeout) => {
            "does a proxy or firewall between this step and the server swallow requests or answers? If they are only slow, `--cli-read-timeout` in EXTRA_ARGS waits longer"
        }
        (_, Kind::Refused) if error.status == Some(405) => {
            "is the endpoint that of S3's API? Those of websites (`s3-website`) only serve pages: look at AWS_ENDPOINT_URL"
        }
        (_, Kind::Unavailable) => {
            "the server is busy or has trouble of its own: a lower CONCURRENCY asks for less at a time, a higher AWS_MAX_ATTEMPTS waits longer for it, and running the pipe again goes on where this ended"
        }
        (_, Kind::Malformed) => {
            "is it the server itself that answers, and not a proxy or a login page before it? Look at AWS_ENDPOINT_URL and HTTPS_PROXY"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}
