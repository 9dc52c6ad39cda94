//! Why LOCAL_PATH cannot be deployed as it is: one error for all that reads it.

use std::io;
use std::path::{Path, PathBuf};

use deploy_core::base::text::NotText;
use deploy_core::base::units::Count;
use deploy_core::object::key::KeyFault;

/// What could not be done with LOCAL_PATH. `Display` never repeats the fault.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing}")]
pub struct SourceError {
    doing: &'static str,
    /// Why.
    #[source]
    pub fault: Fault,
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Names that cannot be deployed, as relative paths.
    #[error("{} below LOCAL_PATH cannot be deployed", Count(.0.len(), "name"))]
    Names(Vec<(String, NameFault)>),
    /// The disk refused.
    #[error("cannot read `{}`", .path.display())]
    Read {
        /// What was read.
        path: PathBuf,
        /// The I/O error.
        source: io::Error,
    },
    /// A file that rules the deploy is no text.
    #[error("cannot read `{}`", .path.display())]
    NotText {
        /// What was read.
        path: PathBuf,
        /// Why it is none.
        source: NotText,
    },
    /// More than 4 GiB of names.
    #[error("LOCAL_PATH has more names than fit into 4 GiB")]
    TooMany,
    /// A signal came.
    #[error("interrupted")]
    Interrupted,
}

/// Why a name below LOCAL_PATH cannot be deployed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// The name cannot be a key.
    #[error("{0}")]
    Key(KeyFault),
    /// A link that leads back to a folder it is in.
    #[error("is a link that leads back into itself")]
    LinkCycle,
    /// A link to something outside LOCAL_PATH.
    #[error("is a link to `{}`, outside LOCAL_PATH", .0.display())]
    LinkOutside(PathBuf),
    /// A link to something inside LOCAL_PATH that is never deployed, as a repository's history.
    #[error("is a link to `{}`, which is never deployed", .0.display())]
    LinkToHidden(PathBuf),
    /// A link to nothing.
    #[error("is a link to nothing")]
    LinkBroken,
    /// A socket, pipe or device.
    #[error("is neither a file nor a folder")]
    Special,
}

impl Fault {
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    /// The error of what was being done.
    pub(crate) fn doing(self, doing: &'static str) -> SourceError {
        SourceError { doing, fault: self }
    }
}

impl SourceError {
    /// The names that it is about, with what is wrong with each.
    pub fn names(&self) -> Vec<String> {
        let faults = match &self.fault {
            Fault::Names(faults) => faults.as_slice(),
            _ => &[],
        };
        let faults = faults.iter();
        faults
            .map(|(name, fault)| format!("`{name}` {fault}"))
            .collect()
    }
}
