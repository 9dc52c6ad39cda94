//! Names that other pipes, actions and scripts have for what the pipe's variables do.

use super::Meant;

/// Names that are made for deploys to S3: in each row the variable that is meant, or in brackets what
/// to do without one, and behind it what others call it.
pub(super) const FOREIGN: &str = "
    ACL: AWS_S3_ACL S3_ACL
    AWS_ACCESS_KEY_ID: AWS_ACCESS_KEY AWS_KEY_ID
    AWS_DEFAULT_REGION: AWS_S3_REGION S3_BUCKET_REGION S3_REGION
    AWS_ENDPOINT_URL_S3: AWS_S3_ENDPOINT S3_ENDPOINT S3_ENDPOINT_URL
    AWS_OIDC_ROLE_ARN: AWS_ASSUME_ROLE_ARN AWS_IAM_ROLE AWS_IAM_ROLE_ARN AWS_OIDC_ARN
    AWS_OIDC_ROLE_ARN: AWS_OIDC_ROLE AWS_ROLE AWS_ROLE_ARN AWS_ROLE_TO_ASSUME IAM_ROLE_ARN
    AWS_OIDC_ROLE_ARN: OIDC_ROLE OIDC_ROLE_ARN ROLE_TO_ASSUME
    AWS_SECRET_ACCESS_KEY: AWS_SECRET AWS_SECRET_ACCESS_KEY_ID AWS_SECRET_KEY
    CLOUDFRONT_DISTRIBUTION_ID: AWS_CF_DISTRIBUTION_ID AWS_CLOUDFRONT_DISTRIBUTION_ID
    CLOUDFRONT_DISTRIBUTION_ID: AWS_CLOUDFRONT_ID AWS_DISTRIBUTION_ID CDN_DISTRIBUTION_ID
    CLOUDFRONT_DISTRIBUTION_ID: CF_DISTRIBUTION_ID CF_DIST_ID CLOUDFRONT_DISTRIBUTION
    CLOUDFRONT_DISTRIBUTION_ID: CLOUDFRONT_DIST_ID CLOUDFRONT_ID DISTRIBUTION_ID DISTRIBUTION_IDS
    DELETE_FLAG: S3_DELETE
    DRY_RUN: DRYRUN
    EXCLUDE: S3_EXCLUDE
    EXTRA_ARGS: AWS_CLI_ARGS S3_ARGS S3_SYNC_ARGS SYNC_ARGS
    INVALIDATION_PATHS: AWS_CLOUDFRONT_PATHS CLOUDFRONT_INVALIDATION CLOUDFRONT_INVALIDATION_PATHS
    INVALIDATION_PATHS: CLOUDFRONT_PATHS INVALIDATE_PATHS PATHS
    LOCAL_PATH: SOURCE_DIR
    METADATA: S3_METADATA
    S3_BUCKET: AWS_BUCKET AWS_BUCKET_NAME AWS_S3_BUCKET AWS_S3_BUCKET_NAME S3_BUCKET_NAME
    S3_BUCKET: S3_DESTINATION S3_TARGET S3_URI S3_URL
    SSE: S3_SSE
    (always): CLOUDFRONT_INVALIDATE
    (prefix): AWS_S3_PATH AWS_S3_PREFIX S3_BUCKET_PATH S3_BUCKET_PREFIX S3_DIR S3_FOLDER
    (prefix): S3_KEY_PREFIX S3_PATH S3_PREFIX
    (script): PRE_EXECUTION_SCRIPT
";

/// Names that mean other things elsewhere, and are told only where they were declared for the pipe.
pub(super) const GENERIC: &str = "
    ACL: CANNED_ACL PERMISSION PERMISSIONS PUBLIC_READ
    AWS_ACCESS_KEY_ID: ACCESS_KEY ACCESS_KEY_ID
    AWS_DEFAULT_REGION: REGION
    AWS_ENDPOINT_URL_S3: ENDPOINT ENDPOINT_URL
    AWS_OIDC_ROLE_ARN: ASSUME_ROLE ASSUME_ROLE_ARN ROLE ROLE_ARN
    AWS_ROLE_DURATION_SECONDS: ROLE_DURATION_SECONDS SESSION_DURATION
    AWS_ROLE_SESSION_NAME: AWS_SESSION_NAME ROLE_SESSION_NAME SESSION_NAME
    AWS_SECRET_ACCESS_KEY: SECRET_ACCESS_KEY SECRET_KEY
    CACHE_CONTROL: CACHE CACHE_HEADERS CACHE_MAX_AGE MAX_AGE
    CLOUDFRONT_DISTRIBUTION_ID: DISTRIBUTION
    COMPRESS: COMPRESSION GZIP
    CONCURRENCY: MAX_CONCURRENCY NUM_WORKERS PARALLEL THREADS WORKERS
    DEBUG: DEBUG_MODE LOG_LEVEL VERBOSE
    DELETE_FLAG: CLEAN DELETE DELETE_OLD DELETE_REMOVED PRUNE REMOVE
    DRY_RUN: DRY NOOP SIMULATE
    EXCLUDE: EXCLUDE_PATTERN EXCLUDE_PATTERNS FILTER IGNORE IGNORE_FILES
    EXTRA_ARGS: ADDITIONAL_ARGS ARGS AWS_ARGS CLI_ARGS COMMAND_ARGS EXTRA_ARGUMENTS EXTRA_FLAGS
    EXTRA_ARGS: EXTRA_OPTIONS EXTRA_PARAMS FLAGS OPTIONS
    INCLUDE: INCLUDE_PATTERN INCLUDE_PATTERNS
    INVALIDATION_WAIT: WAIT
    LOCAL_PATH: DEPLOY_DIR DIR DIRECTORY DIST DIST_DIR DIST_FOLDER DIST_PATH FILES FOLDER
    LOCAL_PATH: LOCAL_DIR LOCAL_FOLDER OUTPUT_DIR PUBLIC_DIR PUBLISH_DIR SOURCE SOURCE_FOLDER
    LOCAL_PATH: SOURCE_PATH SRC SRC_DIR
    S3_BUCKET: BUCKET BUCKET_NAME DEST DESTINATION DESTINATION_BUCKET TARGET_BUCKET
    S3_FORCE_PATH_STYLE: FORCE_PATH_STYLE PATH_STYLE
    SSE: ENCRYPTION SERVER_SIDE_ENCRYPTION SSE_ALGORITHM
    SSE_KMS_KEY_ID: KMS_KEY_ID
    TAGGING: TAGS
    (always): INVALIDATE INVALIDATE_CACHE INVALIDATE_CLOUDFRONT INVALIDATION
    (links): FOLLOW_SYMLINKS
    (oidc): OIDC
    (prefix): BUCKET_PATH BUCKET_PREFIX DESTINATION_DIR DESTINATION_PATH DESTINATION_PREFIX
    (prefix): DEST_DIR KEY_PREFIX PREFIX REMOTE_PATH TARGET_DIR
    (redirects): REDIRECTS
    (type): CONTENT_TYPE CONTENT_TYPES MIME_TYPE MIME_TYPES
";

/// What to do where no variable is meant.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "(always)",
        "leave it out: set CLOUDFRONT_DISTRIBUTION_ID, and what changed is invalidated",
    ),
    (
        "(links)",
        "links are followed; `--no-follow-symlinks` in EXTRA_ARGS leaves them out",
    ),
    (
        "(oidc)",
        "write `oidc: true` on the step itself, beside its `script`",
    ),
    (
        "(prefix)",
        "write the prefix behind the bucket, for example `S3_BUCKET: 'my-bucket/docs'`",
    ),
    (
        "(redirects)",
        "write them into a file `_redirects` in LOCAL_PATH",
    ),
    (
        "(script)",
        "nothing is run before a deploy: put the commands into the step's `script`, above the pipe",
    ),
    (
        "(type)",
        "set it per pattern in RULES_FILE, or for all files with `--content-type` in EXTRA_ARGS",
    ),
];

/// What `table` says of `name`.
pub(super) fn entry(table: &'static str, name: &str) -> Option<Meant> {
    let (meant, _) = rows(table).find(|(_, foreign)| *foreign == name)?;
    let otherwise = OTHERWISE.iter().find(|(key, _)| *key == meant);
    Some(otherwise.map_or(Meant::Variable(meant), |(_, cure)| Meant::Otherwise(cure)))
}

/// What is meant, and a name for it, for every name of `table`.
pub(super) fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let rows = table.lines().filter_map(|row| row.trim().split_once(": "));
    rows.flat_map(|(meant, names)| names.split(' ').map(move |name| (meant, name)))
}
