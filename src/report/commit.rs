//! The commit that a report belongs to.

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

impl Commit {
    /// Where Bitbucket shows the build.
    pub fn build_url(&self) -> Option<String> {
        let Self {
            workspace,
            repository,
            build_number,
            ..
        } = self;
        let number = build_number.as_ref()?;
        Some(format!(
            "https://bitbucket.org/{workspace}/{repository}/pipelines/results/{number}"
        ))
    }
}
