//! The operations that are asked of servers, by their names.

use std::fmt;

/// One operation of AWS, or what stands in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Obtaining the step's OIDC token: no operation of AWS.
    OidcToken,
    /// STS: the token for a session of its role.
    AssumeRoleWithWebIdentity,
    /// STS: from one role to the next.
    AssumeRole,
    /// STS: whose credentials these are.
    GetCallerIdentity,
    /// S3: the session that a directory bucket is asked with.
    CreateSession,
    /// S3: one page of a listing.
    ListObjectsV2,
    /// S3: what an object is stored with.
    HeadObject,
    /// S3: reads an object.
    GetObject,
    /// S3: which tags an object has.
    GetObjectTagging,
    /// S3: who may read an object.
    GetObjectAcl,
    /// S3: a whole object.
    PutObject,
    /// S3: a copy inside the bucket.
    CopyObject,
    /// S3: one page of a listing of versions.
    ListObjectVersions,
    /// S3: begins an upload in parts.
    CreateMultipartUpload,
    /// S3: one part.
    UploadPart,
    /// S3: one part, out of the bucket.
    UploadPartCopy,
    /// S3: makes an object of the parts.
    CompleteMultipartUpload,
    /// S3: removes the parts.
    AbortMultipartUpload,
    /// S3: a batch of keys.
    DeleteObjects,
    /// S3: one key.
    DeleteObject,
    /// CloudFront: an invalidation.
    CreateInvalidation,
    /// CloudFront: whether an invalidation is completed.
    GetInvalidation,
}

impl Operation {
    /// Whether a deploy does it only after the same keys have listed the bucket.
    pub(super) fn follows_a_listing(self) -> bool {
        matches!(
            self,
            Self::HeadObject
                | Self::PutObject
                | Self::CreateMultipartUpload
                | Self::UploadPart
                | Self::CompleteMultipartUpload
                | Self::AbortMultipartUpload
                | Self::DeleteObjects
                | Self::DeleteObject
        )
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OidcToken => formatter.write_str("the step's OIDC token"),
            // AWS's documents and policies name it as its variant.
            operation => write!(formatter, "{operation:?}"),
        }
    }
}
