//! Which files look like secrets: one table of names, and of what the beginnings of those in doubt
//! hold.

mod content;
mod names;

pub use content::Question;
pub use names::{Judgement, RULES, Rule, judge};
