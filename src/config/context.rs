//! The names of what the CI system sets, beside the table of the pipe's own variables.

/// What the pipe reads of the step beside its own variables: where the token is, which CI system it
/// is, which build the session's name tells of, which parallel step this is, where results go, and
/// whose tokens `setup` is about.
/// Set by the CI system; by hand only for `setup` on another machine.
pub(super) const CONTEXT: &[&str] = &[
    "AWS_REGION",
    "BITBUCKET_STEP_OIDC_TOKEN",
    "BITBUCKET_WORKSPACE",
    "BITBUCKET_REPO_SLUG",
    "BITBUCKET_BUILD_NUMBER",
    "BITBUCKET_COMMIT",
    "BITBUCKET_PARALLEL_STEP",
    "BITBUCKET_PARALLEL_STEP_COUNT",
    "BITBUCKET_PIPELINES_VARIABLES_PATH",
    "BITBUCKET_PIPE_STORAGE_DIR",
    "BITBUCKET_WORKSPACE_UUID",
    "BITBUCKET_REPO_OWNER_UUID",
    "BITBUCKET_REPO_UUID",
    "BITBUCKET_DEPLOYMENT_ENVIRONMENT_UUID",
    "BITBUCKET_DEPLOYMENT_ENVIRONMENT",
    "CIRCLE_OIDC_TOKEN_V2",
    "CIRCLE_OIDC_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "CIRCLECI",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
];
