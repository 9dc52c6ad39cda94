//! Names that other pipes, actions and scripts have for what the pipe's variables do.

use super::Meant::{self, Otherwise, Variable};

const DISTRIBUTION: Meant = Variable("CLOUDFRONT_DISTRIBUTION_ID");
const ROLE: Meant = Variable("AWS_OIDC_ROLE_ARN");
const BUCKET: Meant = Variable("S3_BUCKET");
const ENDPOINT: Meant = Variable("AWS_ENDPOINT_URL_S3");
const PREFIX: Meant =
    Otherwise("write the prefix behind the bucket, for example `S3_BUCKET: 'my-bucket/docs'`");
const SCRIPT: Meant = Otherwise(
    "nothing is run before a deploy: put the commands into the step's `script`, above the pipe",
);
const TYPE: Meant = Otherwise(
    "set it per pattern in RULES_FILE, or for all files with `--content-type` in EXTRA_ARGS",
);

/// Names that are made for deploys to S3.
pub(super) const FOREIGN: &[(&str, Meant)] = &[
    ("AWS_ACCESS_KEY", Variable("AWS_ACCESS_KEY_ID")),
    ("AWS_ASSUME_ROLE_ARN", ROLE),
    ("AWS_BUCKET", BUCKET),
    ("AWS_BUCKET_NAME", BUCKET),
    ("AWS_CLOUDFRONT_DISTRIBUTION_ID", DISTRIBUTION),
    ("AWS_CLOUDFRONT_ID", DISTRIBUTION),
    ("AWS_ROLE", ROLE),
    ("AWS_ROLE_ARN", ROLE),
    ("AWS_ROLE_TO_ASSUME", ROLE),
    ("AWS_S3_BUCKET", BUCKET),
    ("AWS_S3_BUCKET_NAME", BUCKET),
    ("AWS_S3_ENDPOINT", ENDPOINT),
    ("AWS_S3_REGION", Variable("AWS_DEFAULT_REGION")),
    ("AWS_SECRET_KEY", Variable("AWS_SECRET_ACCESS_KEY")),
    ("CF_DISTRIBUTION_ID", DISTRIBUTION),
    ("CLOUDFRONT_DIST_ID", DISTRIBUTION),
    ("CLOUDFRONT_DISTRIBUTION", DISTRIBUTION),
    ("CLOUDFRONT_ID", DISTRIBUTION),
    ("CLOUDFRONT_PATHS", Variable("INVALIDATION_PATHS")),
    ("DISTRIBUTION_ID", DISTRIBUTION),
    ("DISTRIBUTION_IDS", DISTRIBUTION),
    ("DRYRUN", Variable("DRY_RUN")),
    ("INVALIDATE_PATHS", Variable("INVALIDATION_PATHS")),
    ("OIDC_ROLE_ARN", ROLE),
    ("PATHS", Variable("INVALIDATION_PATHS")),
    ("PRE_EXECUTION_SCRIPT", SCRIPT),
    ("ROLE_TO_ASSUME", ROLE),
    ("S3_BUCKET_NAME", BUCKET),
    ("S3_ENDPOINT", ENDPOINT),
    ("S3_ENDPOINT_URL", ENDPOINT),
    ("S3_PREFIX", PREFIX),
    ("S3_REGION", Variable("AWS_DEFAULT_REGION")),
    ("SOURCE_DIR", Variable("LOCAL_PATH")),
];

/// Names that mean other things elsewhere, and are told only where they were declared for the pipe.
pub(super) const GENERIC: &[(&str, Meant)] = &[
    ("ARGS", Variable("EXTRA_ARGS")),
    ("BUCKET", BUCKET),
    ("BUCKET_NAME", BUCKET),
    ("CONTENT_TYPE", TYPE),
    ("DELETE", Variable("DELETE_FLAG")),
    ("DELETE_REMOVED", Variable("DELETE_FLAG")),
    ("DEST_DIR", PREFIX),
    ("DESTINATION", BUCKET),
    ("DESTINATION_DIR", PREFIX),
    ("DIR", Variable("LOCAL_PATH")),
    ("DIST_DIR", Variable("LOCAL_PATH")),
    ("DISTRIBUTION", DISTRIBUTION),
    ("ENDPOINT", ENDPOINT),
    ("ENDPOINT_URL", ENDPOINT),
    ("FLAGS", Variable("EXTRA_ARGS")),
    ("FOLDER", Variable("LOCAL_PATH")),
    ("GZIP", Variable("COMPRESS")),
    ("KMS_KEY_ID", Variable("SSE_KMS_KEY_ID")),
    ("LOCAL_DIR", Variable("LOCAL_PATH")),
    ("LOCAL_FOLDER", Variable("LOCAL_PATH")),
    ("MAX_CONCURRENCY", Variable("CONCURRENCY")),
    ("PREFIX", PREFIX),
    ("REGION", Variable("AWS_DEFAULT_REGION")),
    ("ROLE_ARN", ROLE),
    ("ROLE_SESSION_NAME", Variable("AWS_ROLE_SESSION_NAME")),
    ("SESSION_DURATION", Variable("AWS_ROLE_DURATION_SECONDS")),
    ("SOURCE", Variable("LOCAL_PATH")),
    ("SOURCE_PATH", Variable("LOCAL_PATH")),
    ("TAGS", Variable("TAGGING")),
];
