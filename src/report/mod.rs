//! What happened, as values: a tally of events, and the report that is made of it.

mod commit;
mod insights;
mod json;
pub mod reporter;
pub mod summary;
mod tally;
mod variables;

pub use commit::{Commit, Insights};
pub use insights::insights;
pub use json::{Circumstances, Report, SCHEMA_VERSION, by_reason, outcome};
pub use tally::{Counts, Failure, Status, StepTally, Tally};
pub use variables::variables;
