//! The commit that a report belongs to, and how it gets there.

use deploy_core::base::endpoint::Endpoint;

/// How the report gets to the commit.
#[derive(Clone, Debug)]
pub struct Insights {
    /// Bitbucket's proxy.
    pub proxy: Endpoint,
    /// The commit; none where the step does not tell, as outside Bitbucket.
    pub commit: Option<Commit>,
}

/// A commit, and the build that deploys it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Workspace of the repository.
    pub workspace: String,
    /// Its slug.
    pub repository: String,
    /// The commit's hash.
    pub hash: String,
    /// Number of the build.
    pub build_number: Option<String>,
}
