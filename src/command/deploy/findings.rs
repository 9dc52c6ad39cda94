//! The files that stopped a deploy, for its report; and where the repository has what it deploys.

use std::path::{self, Path};

use super::error::DeployError;
use crate::report::Finding;
use crate::source::{Fault, SourceError};
use deploy_core::tree::Source;

/// Files that reports name.
const FINDINGS_MAX: usize = 10_000;

/// The files that `error` is about.
pub(super) fn findings(error: &DeployError) -> Vec<Finding> {
    match error {
        DeployError::Secrets(leaks) => {
            let leaks = leaks.iter().map(|leak| Finding {
                kind: "secret",
                path: leak.name.clone(),
                message: leak.reason.to_owned(),
            });
            leaks.take(FINDINGS_MAX).collect()
        }
        DeployError::Source(SourceError {
            fault: Fault::Names(faults),
            ..
        }) => {
            let faults = faults.iter().map(|(name, fault)| Finding {
                kind: "name",
                path: name.clone(),
                message: fault.to_string(),
            });
            faults.take(FINDINGS_MAX).collect()
        }
        _ => Vec::new(),
    }
}

/// `source` as a path inside the repository at `root`; as it is where it lies elsewhere.
pub(super) fn in_repository(source: &Source, root: Option<&Path>) -> Source {
    let inside = |path: &Path| {
        let absolute = path::absolute(path).ok();
        let inside = absolute.as_deref().zip(root);
        let inside = inside.and_then(|(path, root)| path.strip_prefix(root).ok());
        inside.unwrap_or(path).to_owned()
    };
    match source {
        Source::Folder(folder) => Source::Folder(inside(folder)),
        Source::File(file) => Source::File(inside(file)),
    }
}

#[cfg(test)]
mod tests {
    use super::in_repository;
    use deploy_core::tree::Source;
    use std::path::Path;

    #[test]
    fn paths_are_those_of_the_repository() {
        let root = Path::new("/build");
        for (path, root, expected) in [
            ("/build/dist", Some(root), "dist"),
            ("/build", Some(root), ""),
            ("/elsewhere", Some(root), "/elsewhere"),
            ("dist", None, "dist"),
        ] {
            let found = in_repository(&Source::Folder(path.into()), root);
            assert_eq!(found.path(), Path::new(expected), "{path}");
        }
    }
}
