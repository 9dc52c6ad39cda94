//! Where a deploy goes: the destination, and the key of a single file.

use super::error::DeployError;
use crate::config::Config;
use crate::source::look::own_name;
use deploy_core::object::destination::Destination;
use deploy_core::object::key::RelativeKey;
use deploy_core::tree::Source;

/// The destination, and the name of a single file in it.
pub(super) fn target(config: &Config) -> Result<(Destination, RelativeKey), DeployError> {
    let (destination, name) = (config.destination.clone(), own_name(&config.source)?);
    Ok(match config.source {
        Source::Folder(_) => (destination, name),
        Source::File(_) => destination.for_single_file(name),
    })
}
