//! The items of a plan one by one, and what events call them by.

use super::{Action, Invalidation, Plan, Upload};

/// Which item of a plan something is about. Only a plan makes one, of an item that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ItemId {
    step: usize,
    index: usize,
}

impl ItemId {
    /// Index of its step in the plan.
    pub fn step(self) -> usize {
        self.step
    }

    /// Its own index in that step.
    pub fn index(self) -> usize {
        self.index
    }
}

/// One thing that a plan does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item<'a> {
    /// Put this file.
    Upload(&'a Upload),
    /// Delete this key, relative to the prefix.
    Delete(&'a str),
    /// Have this distribution forget what changed.
    Invalidate(&'a Invalidation),
}

impl<'a> Item<'a> {
    /// The word that lines and reports use for what it does.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Upload(_) => "upload",
            Self::Delete(_) => "delete",
            Self::Invalidate(_) => "invalidate",
        }
    }

    /// The same as a noun.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Upload(_) => "upload",
            Self::Delete(_) => "deletion",
            Self::Invalidate(_) => "invalidation",
        }
    }

    /// Its key relative to the prefix; of an invalidation the id of the distribution.
    pub fn key(self) -> &'a str {
        match self {
            Self::Upload(upload) => &upload.key,
            Self::Delete(key) => key,
            Self::Invalidate(invalidation) => &invalidation.distribution,
        }
    }
}

impl Action {
    /// The item at `index`; `None` past the end.
    pub fn item(&self, index: usize) -> Option<Item<'_>> {
        match self {
            Self::Upload(uploads) => uploads.get(index).map(Item::Upload),
            Self::Delete(deletions) => deletions.get(index).map(|it| Item::Delete(&it.key)),
            Self::Invalidate(invalidations) => invalidations.get(index).map(Item::Invalidate),
        }
    }

    /// All items, in order.
    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        (0..self.len()).filter_map(|index| self.item(index))
    }
}

impl Plan {
    /// Every item, in order.
    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        self.steps.iter().flat_map(|step| step.action.items())
    }

    /// The item at `index` of step `step`, and its id; `None` past the end of either.
    pub fn at(&self, step: usize, index: usize) -> Option<(ItemId, Item<'_>)> {
        let item = self.steps.get(step)?.action.item(index)?;
        Some((ItemId { step, index }, item))
    }

    /// The item that `id`, an id of this plan, stands for.
    ///
    /// # Panics
    /// Never with an id that this plan made, which is the only way to come by one.
    #[expect(
        clippy::indexing_slicing,
        reason = "`at` is the only maker of ids, and makes them of items that are there"
    )]
    pub fn item(&self, id: ItemId) -> Item<'_> {
        match &self.steps[id.step].action {
            Action::Upload(uploads) => Item::Upload(&uploads[id.index]),
            Action::Delete(deletions) => Item::Delete(&deletions[id.index].key),
            Action::Invalidate(invalidations) => Item::Invalidate(&invalidations[id.index]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Item, Plan};
    use crate::plan::{Phase, Step};

    #[test]
    fn an_id_stands_for_its_item() {
        let keys = vec!["a".into(), "b".into()];
        let step = Step {
            phase: Phase::StaleAssets,
            action: Action::Delete(keys),
        };
        let plan = Plan {
            steps: vec![step],
            ..Plan::default()
        };
        let (id, item) = plan.at(0, 1).unwrap();
        assert_eq!((id.step(), id.index()), (0, 1));
        assert_eq!(item, Item::Delete("b"));
        assert_eq!(plan.item(id), item);
        assert_eq!((item.verb(), item.key()), ("delete", "b"));
        assert_eq!((plan.at(0, 2), plan.at(1, 0)), (None, None));
    }
}
