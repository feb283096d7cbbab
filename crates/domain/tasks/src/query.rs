//! How tasks are looked for.

use kernel::{
    SearchQuery, SortKey, Timestamp, UserId,
    page::{Direction, FixedOrder, SortValue},
    search::SearchDocument,
};

use crate::{
    task::Task,
    values::{Description, Priority, Status, Tag, Title},
};

/// Whose tasks are in sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody's.
    All,
    /// Those that this person owns or is assigned to.
    Of(UserId),
}

/// Which tasks; every field that is set must match. Deleted tasks never match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFilter {
    /// Whose.
    pub visible: Visibility,
    /// In this state.
    pub status: Option<Status>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// Assigned to this person.
    pub assignee: Option<UserId>,
    /// Owned by this person.
    pub owner: Option<UserId>,
    /// Carrying this label.
    pub tag: Option<Tag>,
    /// Title and description have these words; see [`searched`].
    pub text: Option<SearchQuery>,
    /// Due strictly before.
    pub due_before: Option<Timestamp>,
    /// Due strictly after.
    pub due_after: Option<Timestamp>,
    /// `Some(true)`: overdue at `now`; `Some(false)`: not overdue at `now`.
    pub overdue: Option<bool>,
    /// The moment `overdue` is judged at.
    pub now: Timestamp,
}

impl TaskFilter {
    /// Everything in sight.
    pub const fn all(visible: Visibility, now: Timestamp) -> Self {
        Self {
            visible,
            status: None,
            priority: None,
            assignee: None,
            owner: None,
            tag: None,
            text: None,
            due_before: None,
            due_after: None,
            overdue: None,
            now,
        }
    }

    /// True when `task` is one of them.
    pub fn matches(&self, task: &Task) -> bool {
        let seen = match self.visible {
            Visibility::All => true,
            Visibility::Of(user) => task.owner == user || task.assignee == Some(user),
        };
        seen && task.deleted_at.is_none()
            && self.status.is_none_or(|s| s == task.status)
            && self.priority.is_none_or(|p| p == task.priority)
            && self.assignee.is_none_or(|a| task.assignee == Some(a))
            && self.owner.is_none_or(|o| o == task.owner)
            && self.tag.as_ref().is_none_or(|t| task.tags.as_slice().contains(t))
            && self.text.as_ref().is_none_or(|q| q.finds(&searched(&task.title, &task.description)))
            && self.due_before.is_none_or(|t| task.due.is_some_and(|due| due < t))
            && self.due_after.is_none_or(|t| task.due.is_some_and(|due| due > t))
            && self.overdue.is_none_or(|wanted| task.is_overdue(self.now) == wanted)
    }
}

/// What `q` looks into: both, and inside of words only in the title.
pub fn searched(title: &Title, description: &Description) -> SearchDocument {
    SearchDocument::default().name(title.as_str()).text(description.as_str())
}

/// What tasks can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskSort {
    /// When it was made.
    CreatedAt,
    /// When it last changed.
    UpdatedAt,
    /// When it should be done; tasks without come last.
    DueDate,
    /// Low to high.
    Priority,
    /// Pending to completed.
    Status,
    /// By the bytes of its UTF-8.
    Title,
    /// By number.
    Id,
}

impl TaskSort {
    /// Every field, as the contract names it.
    pub const ALL: [(&'static str, Self); 7] = [
        ("created_at", Self::CreatedAt),
        ("updated_at", Self::UpdatedAt),
        ("due_date", Self::DueDate),
        ("priority", Self::Priority),
        ("status", Self::Status),
        ("title", Self::Title),
        ("id", Self::Id),
    ];

    /// The value a task is sorted by.
    pub fn sort_value(self, task: &Task) -> SortValue {
        match self {
            Self::CreatedAt => SortValue::Number(task.created_at.micros()),
            Self::UpdatedAt => SortValue::Number(task.updated_at.micros()),
            Self::DueDate => {
                task.due.map_or(SortValue::Nothing, |due| SortValue::Number(due.micros()))
            }
            Self::Priority => SortValue::Number(task.priority.rank().into()),
            Self::Status => SortValue::Number(task.status.rank().into()),
            Self::Title => SortValue::Text(task.title.as_str().to_owned()),
            Self::Id => SortValue::Number(task.id.get()),
        }
    }
}

/// Comments of a task: the oldest first.
pub const COMMENT_ORDER: FixedOrder = FixedOrder::BY_CREATION;

/// The order when nobody says otherwise: newest first.
pub const DEFAULT_ORDER: [SortKey<TaskSort>; 1] =
    [SortKey { field: TaskSort::CreatedAt, direction: Direction::Descending }];

/// What the store counts for the statistics.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskCounts {
    /// By [`Status::rank`].
    pub by_status: [u64; 3],
    /// By [`Priority::rank`].
    pub by_priority: [u64; 3],
    /// Due before now and not completed.
    pub overdue: u64,
}

/// What a person has to do, and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Agenda {
    /// Open tasks that are due later on the day.
    pub due: u64,
    /// Open tasks that were due before.
    pub overdue: u64,
    /// Tasks that were completed lately.
    pub done: u64,
}

/// One task's life, for the statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskInterval {
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was completed, if it is.
    pub completed_at: Option<Timestamp>,
}

/// How a person is tied to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The task is theirs.
    Owner,
    /// The task is another person's and assigned to them.
    Assignee,
}
