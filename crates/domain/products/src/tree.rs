//! The categories as a tree. It is small by rule, so that it is looked at as a whole.

use std::collections::{BTreeMap, BTreeSet};

use crate::{product::Category, values::CategoryId};

/// The most categories.
pub const CATEGORIES_MAX: usize = 2000;
/// How many may lie below one another.
pub const DEPTH_MAX: usize = 8;

/// Why a category cannot be below another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    /// There is no such category.
    #[error("must be a category that is there")]
    Unknown,
    /// It is itself, or below itself.
    #[error("must not be the category itself or one below it")]
    Cycle,
    /// Too many would lie below one another.
    #[error("would put more than 8 categories below one another")]
    TooDeep,
}

/// Which category is below which.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    parents: BTreeMap<CategoryId, Option<CategoryId>>,
}

impl Tree {
    /// The tree of these.
    pub fn of(categories: &[Category]) -> Self {
        Self { parents: categories.iter().map(|one| (one.id, one.parent)).collect() }
    }

    /// True when there is such a category.
    pub fn has(&self, id: CategoryId) -> bool {
        self.parents.contains_key(&id)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    /// True when some are below this one.
    pub fn is_above(&self, id: CategoryId) -> bool {
        self.parents.values().any(|parent| *parent == Some(id))
    }

    /// This one and those below it, sorted; none when it is not there.
    pub fn below(&self, id: CategoryId) -> Vec<CategoryId> {
        let mut found: BTreeSet<CategoryId> = BTreeSet::new();
        let mut level: Vec<CategoryId> = if self.has(id) { vec![id] } else { Vec::new() };
        while !level.is_empty() {
            // What was found before is not looked at again, so that this ends whatever is stored.
            level.retain(|one| found.insert(*one));
            let under =
                |parent: &Option<CategoryId>| parent.is_some_and(|one| level.contains(&one));
            let children = self.parents.iter().filter(|(_, parent)| under(parent));
            level = children.map(|(id, _)| *id).collect();
        }
        found.into_iter().collect()
    }

    /// Whether `id` (none yet: a new one) may be put below `parent`.
    pub fn may_hold(&self, parent: CategoryId, id: Option<CategoryId>) -> Result<(), Misplaced> {
        if !self.has(parent) {
            return Err(Misplaced::Unknown);
        }
        let mut above = 0;
        let mut at = Some(parent);
        while let Some(one) = at {
            if Some(one) == id {
                return Err(Misplaced::Cycle);
            }
            above += 1;
            if above >= DEPTH_MAX {
                return Err(Misplaced::TooDeep);
            }
            at = self.parents.get(&one).copied().flatten();
        }
        let height = id.map_or(1, |id| self.height(id));
        if above + height > DEPTH_MAX { Err(Misplaced::TooDeep) } else { Ok(()) }
    }

    /// How many lie below one another, this one included.
    fn height(&self, id: CategoryId) -> usize {
        let mut height = 0;
        let mut level = vec![id];
        while !level.is_empty() && height <= DEPTH_MAX {
            height += 1;
            let under =
                |parent: &Option<CategoryId>| parent.is_some_and(|one| level.contains(&one));
            let children = self.parents.iter().filter(|(_, parent)| under(parent));
            level = children.map(|(id, _)| *id).collect();
        }
        height
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: i64) -> CategoryId {
        CategoryId::parse(number).unwrap()
    }

    /// 1 ← 2 ← 3 … ← 7, and 10 beside them.
    fn chain() -> Tree {
        let mut tree = Tree::default();
        for number in 1..=7 {
            tree.parents.insert(id(number), (number > 1).then(|| id(number - 1)));
        }
        tree.parents.insert(id(10), None);
        tree
    }

    #[test]
    fn below_are_the_category_itself_and_all_under_it() {
        assert_eq!(chain().below(id(5)), [5, 6, 7].map(id));
        assert_eq!(chain().below(id(10)), [id(10)]);
        assert_eq!(chain().below(id(99)), []);
    }

    #[test]
    fn a_tree_stays_a_tree_of_bounded_depth() {
        let tree = chain();
        assert_eq!(tree.may_hold(id(3), Some(id(2))), Err(Misplaced::Cycle));
        assert_eq!(tree.may_hold(id(2), Some(id(2))), Err(Misplaced::Cycle));
        assert_eq!(tree.may_hold(id(99), None), Err(Misplaced::Unknown));
        assert_eq!(tree.may_hold(id(7), None), Ok(()));
        assert_eq!(tree.may_hold(id(10), Some(id(1))), Ok(()), "7 below 1 are 8");
        let mut deep = tree;
        deep.parents.insert(id(8), Some(id(7)));
        assert_eq!(deep.may_hold(id(8), None), Err(Misplaced::TooDeep));
        assert_eq!(deep.may_hold(id(10), Some(id(1))), Err(Misplaced::TooDeep));
        assert_eq!(deep.may_hold(id(10), Some(id(2))), Ok(()));
    }
}
