//! What servers that are not AWS's refuse because they do not know it, and what goes on without it. Pure
//! functions of the error.

use crate::aws::AwsError;

/// Codes of servers that take no bucket in the path: those of Alibaba, Tencent, Huawei and Volcengine.
const OF_PATHS: &[&str] = &[
    "InvalidPathAccess",
    "PathStyleDomainForbidden",
    "SecondLevelDomainForbidden",
    "VirtualHostDomainRequired",
];

/// Headers that servers may not know, by how they begin, and the variable that goes on without.
const HEADERS: &[(&str, &str)] = &[
    ("x-amz-acl", "unset ACL"),
    ("canned acl", "unset ACL"),
    ("legacy acl", "unset ACL"),
    ("x-amz-checksum", "set CHECKSUM: 'auto'"),
    ("x-amz-expected-bucket-owner", "unset EXPECTED_BUCKET_OWNER"),
    (
        "x-amz-server-side-encryption",
        "unset SSE and SSE_KMS_KEY_ID",
    ),
    ("server side encryption", "unset SSE and SSE_KMS_KEY_ID"),
    ("x-amz-storage-class", "unset STORAGE_CLASS"),
    ("x-amz-tagging", "unset TAGGING"),
    (
        "x-amz-website-redirect",
        "leave redirects to another server: EXCLUDE `_redirects`",
    ),
    ("content-md5", "set CHECKSUM: 'off'"),
    ("if-none-match", "unset NO_OVERWRITE"),
];

/// Whether `code` says that a bucket belongs into the host's name.
pub(super) fn wants_bucket_in_host(code: &str) -> bool {
    OF_PATHS.contains(&code)
}

/// What to do about a header that `error` says is not known, or may be what is not known.
pub(super) fn unknown_header(error: &AwsError) -> Option<String> {
    let message = error.message.to_ascii_lowercase();
    let is_unknown = error.status == Some(501) || error.code.as_deref() == Some("NotImplemented");
    let is_named = ["cannot", "unsupported", "not implemented", "not supported"];
    if !is_unknown && !is_named.iter().any(|words| message.contains(words)) {
        return None;
    }
    let named = HEADERS.iter().find(|(name, _)| message.contains(name));
    match named {
        Some((_, cure)) => Some(format!("this server does not know what is asked of it: {cure}")),
        None => is_unknown.then(|| {
            "this server does not know all that is asked of it: do ACL, TAGGING, STORAGE_CLASS, SSE, NO_OVERWRITE or redirects ask for it? Unset the one it does not know".to_owned()
        }),
    }
}
