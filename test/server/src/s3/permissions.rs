//! Which IAM actions a request needs, and whether its session's policy allows them.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>

use crate::operation::query_of;
use crate::sts::session_policy::{self, Wish};
use percent_encoding::percent_decode_str;
use s3s::access::S3AccessContext;

/// The policy of the session that signed a request; `None` allows everything.
#[derive(Clone, Debug)]
pub(crate) struct SessionPolicy(pub(crate) Option<String>);

impl SessionPolicy {
    /// Whether `action` may be done to `resource` by a request with this query.
    pub(crate) fn allows(&self, action: &str, resource: &str, query: Option<&str>) -> bool {
        let query = query_of(query);
        let context: Vec<(&str, &str)> = query
            .iter()
            .filter(|(name, _)| *name == "prefix")
            .map(|(_, value)| ("s3:prefix", value.as_str()))
            .collect();
        session_policy::allows(
            self.0.as_deref(),
            Wish {
                action,
                resource,
                context: &context,
            },
        )
    }

    /// Whether the key may be deleted, if it is so on the condition of an ETag; `DeleteObjects` asks for
    /// each of its keys.
    pub(crate) fn allows_deletion(
        &self,
        bucket: &str,
        key: &str,
        is_version: bool,
        has_etag: bool,
    ) -> bool {
        let action = if is_version {
            "s3:DeleteObjectVersion"
        } else {
            "s3:DeleteObject"
        };
        let arn = object_arn(bucket, key);
        self.allows(action, &arn, None) && (!has_etag || self.allows("s3:GetObject", &arn, None))
    }
}

/// Actions with their resources. What an operation that is not listed needs is no policy's to give.
pub(crate) fn needed(context: &S3AccessContext<'_>) -> Vec<(&'static str, String)> {
    let path = context.s3_path();
    let bucket = path.get_bucket_name().unwrap_or_default();
    let key = path.as_object().map(|(_, key)| key).unwrap_or_default();
    let (on_bucket, on_object) = (format!("arn:aws:s3:::{bucket}"), object_arn(bucket, key));
    let has = |name: &str| context.headers().contains_key(name);
    let writes = || {
        let mut all = vec![("s3:PutObject", on_object.clone())];
        all.extend(has("x-amz-acl").then(|| ("s3:PutObjectAcl", on_object.clone())));
        all.extend(has("x-amz-tagging").then(|| ("s3:PutObjectTagging", on_object.clone())));
        all
    };
    let of_version = query_of(context.uri().query()).contains_key("versionId");
    match context.s3_op().name() {
        "PutObject" | "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" => {
            writes()
        }
        "CopyObject" | "UploadPartCopy" => {
            let source = context.headers().get("x-amz-copy-source");
            let source = source
                .and_then(|source| source.to_str().ok())
                .unwrap_or_default();
            let (source, version) = source
                .split_once("?versionId=")
                .map_or((source, None), |(source, version)| (source, Some(version)));
            let source = percent_decode_str(source.trim_start_matches('/')).decode_utf8_lossy();
            let action = match version {
                Some(_) => "s3:GetObjectVersion",
                None => "s3:GetObject",
            };
            let mut all = writes();
            all.push((action, format!("arn:aws:s3:::{source}")));
            all
        }
        "AbortMultipartUpload" => vec![("s3:AbortMultipartUpload", on_object)],
        "DeleteObject" if of_version => vec![("s3:DeleteObjectVersion", on_object)],
        "DeleteObject" if has("if-match") => vec![
            ("s3:DeleteObject", on_object.clone()),
            ("s3:GetObject", on_object),
        ],
        "DeleteObject" => vec![("s3:DeleteObject", on_object)],
        // Each key is asked about when it is deleted.
        "DeleteObjects" => Vec::new(),
        "GetObject" | "HeadObject" if of_version => vec![("s3:GetObjectVersion", on_object)],
        "GetObject" | "HeadObject" => vec![("s3:GetObject", on_object)],
        "GetObjectAcl" => vec![("s3:GetObjectAcl", on_object)],
        "GetObjectTagging" => vec![("s3:GetObjectTagging", on_object)],
        "PutObjectTagging" => vec![("s3:PutObjectTagging", on_object)],
        "ListObjectsV2" | "HeadBucket" => vec![("s3:ListBucket", on_bucket)],
        "ListObjectVersions" => vec![("s3:ListBucketVersions", on_bucket)],
        "GetBucketVersioning" => vec![("s3:GetBucketVersioning", on_bucket)],
        "PutBucketVersioning" => vec![("s3:PutBucketVersioning", on_bucket)],
        "ListMultipartUploads" => vec![("s3:ListBucketMultipartUploads", on_bucket)],
        "CreateBucket" => vec![("s3:CreateBucket", on_bucket)],
        _ => vec![("s3:Unknown", on_bucket)],
    }
}

fn object_arn(bucket: &str, key: &str) -> String {
    format!("arn:aws:s3:::{bucket}/{key}")
}
