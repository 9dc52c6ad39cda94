//! Where a deploy goes: the destination, and the key of a single file.

use super::error::DeployError;
use crate::config::Config;
use crate::source::{NameFault, WalkError};
use deploy_core::object::destination::Destination;
use deploy_core::object::key::{KeyFault, RelativeKey};
use deploy_core::tree::Source;

/// The destination, and the name of a single file in it.
pub(super) fn target(config: &Config) -> Result<(Destination, RelativeKey), DeployError> {
    let path = config.source.path();
    let own_name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    match &config.source {
        Source::Folder(_) => {
            // Not looked at for a folder; any key will do.
            let name = RelativeKey::parse("folder").map_err(|fault| name_fault("folder", fault))?;
            Ok((config.destination.clone(), name))
        }
        Source::File(_) => {
            let name =
                RelativeKey::parse(&own_name).map_err(|fault| name_fault(&own_name, fault))?;
            Ok(config.destination.clone().for_single_file(name))
        }
    }
}

fn name_fault(name: &str, fault: KeyFault) -> DeployError {
    let fault = NameFault::Key(fault);
    DeployError::Walk(WalkError::Names(vec![(name.to_owned(), fault)]))
}
