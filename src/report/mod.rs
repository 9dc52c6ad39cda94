//! What happened, as values: a tally of events, and the report that is made of it.

mod annotations;
mod changes;
mod commit;
mod ending;
pub mod html;
mod insights;
mod json;
pub mod lines;
mod progress;
mod pulse;
pub mod reporter;
mod retries;
pub mod summary;
mod tally;
mod trouble;
mod variables;

pub use annotations::annotations;
pub use commit::Commit;
pub use ending::{Ending, Facts, Goal, Live, Written};
pub use insights::insights;
pub use json::{Finding, Report, RunInfo, SCHEMA_VERSION, by_reason};
pub use progress::{Activity, Large, Stage, Work};
pub use pulse::Pulse;
pub use tally::{Cause, Changes, Counts, Failure, Status, StepTally, Tally};
pub use trouble::Trouble;
pub use variables::variables;
