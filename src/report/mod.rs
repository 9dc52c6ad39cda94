//! What happened, as values: a tally of events, and the report that is made of it.

mod annotations;
mod changes;
mod commit;
mod ending;
mod insights;
mod json;
pub mod reporter;
pub mod summary;
mod tally;
mod variables;

pub use annotations::annotations;
pub use commit::Commit;
pub use ending::{Ending, Goal, Written};
pub use insights::insights;
pub use json::{Finding, Report, RunInfo, SCHEMA_VERSION, by_reason};
pub use tally::{Cause, Counts, Failure, Status, StepTally, Tally};
pub use variables::variables;
