//! What of a deploy's configuration can be read whatever else is wrong with it: enough to report that it
//! is refused. What is wrong is told by the reader of the whole.

use super::reporting::{self, Reporting};
use super::variables::Input;
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

pub(super) fn read(input: &Input) -> Outline {
    input.problems.apart(|| Outline {
        reporting: reporting::read(input),
        destination: input
            .s3_bucket()
            .parse(values::expanded(Destination::parse)),
        region: servers::region(input),
        dry_run: input.dry_run().switch() || input.args.dry_run,
        part: deploy::part(input, None),
    })
}
