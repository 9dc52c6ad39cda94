//! Lines of items, as many of each kind as a person reads.

use super::counts::Counts;
use super::lines;
use crate::console::{self, Level, Line};
use deploy_core::plan::{Item, Plan};

/// Items of a kind that get a line of their own; beyond them progress is counted.
const ITEM_LINES_MAX: usize = 200;

/// How many items of each kind have been told.
#[derive(Debug)]
pub struct Telling {
    planned: Counts,
    told: Counts,
}

impl Telling {
    /// Nothing of `plan` has been told.
    pub fn of(plan: &Plan) -> Self {
        Self {
            planned: Counts::of(plan.items()),
            told: Counts::default(),
        }
    }

    /// Says the `line` of the next `item`, if it is one of the first of its kind.
    pub fn tell(&mut self, item: Item<'_>, line: impl FnOnce(Item<'_>) -> Line) {
        let all = *self.planned.of_kind(item);
        let told = self.told.of_kind(item);
        *told += 1;
        if *told <= ITEM_LINES_MAX {
            console::say(line(item));
        } else if console::shows(Level::Debug) {
            console::say(line(item).of(Level::Debug));
        }
        if *told == ITEM_LINES_MAX && all > ITEM_LINES_MAX {
            console::say(lines::unshown(all - ITEM_LINES_MAX, item.noun()));
        }
    }
}
