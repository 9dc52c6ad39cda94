//! What of a deploy's configuration can be read whatever else is wrong with it: enough to report that it
//! is refused. What is wrong is told by the reader of the whole.

use super::environment::Variables;
use super::extra_args::ExtraArgs;
use super::problem::Problems;
use super::reporting::{self, Reporting};
use super::{deploy, servers, values};
use deploy_core::object::destination::Destination;
use deploy_core::plan::Part;

/// A deploy, as far as it can be told of one that is refused.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// Where results go.
    pub reporting: Reporting,
    /// Where the objects would have gone.
    pub destination: Option<Destination>,
    /// Region of the bucket.
    pub region: Option<String>,
    /// Whether nothing was to be written.
    pub dry_run: bool,
    /// What part of the deploy the run was to be.
    pub part: Part,
}

pub(super) fn read(variables: &Variables, args: &ExtraArgs) -> Outline {
    let told_elsewhere = &mut Problems::default();
    Outline {
        reporting: reporting::read(variables, told_elsewhere),
        destination: variables
            .s3_bucket()
            .parse(values::expanded(Destination::parse), told_elsewhere),
        region: servers::region(variables, args, told_elsewhere),
        dry_run: variables.dry_run().is_on() || args.dry_run,
        part: deploy::part(variables, None, told_elsewhere),
    }
}
