//! What happened, as values: a tally of events, and the report that is made of it.

mod annotations;
mod changes;
mod commit;
mod counts;
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
mod telling;
mod trouble;
mod variables;

pub use annotations::annotations;
pub use commit::Commit;
pub use counts::{Changes, Counts};
pub use ending::{Ending, Facts, Goal, Live, Written};
pub use insights::insights;
pub use json::{Finding, Report, RunInfo, SCHEMA_VERSION};
pub use progress::{Activity, Large, Stage, Work};
pub use pulse::Pulse;
pub use tally::{Cause, Failure, Status, StepTally, Tally};
pub use telling::Telling;
pub use trouble::Trouble;
pub use variables::variables;
