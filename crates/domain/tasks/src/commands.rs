//! What can be asked of this room, made only of parsed values.

use kernel::{Patch, Timestamp, UserId};

use crate::values::{Description, Priority, Status, Tags, TaskId, Title};

/// A new task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateTask {
    /// What is to be done.
    pub title: Title,
    /// In more words.
    pub description: Description,
    /// How far it has come; `pending` when not said.
    pub status: Status,
    /// How much it matters; `medium` when not said.
    pub priority: Priority,
    /// When it should be done.
    pub due: Option<Timestamp>,
    /// Who is to do it.
    pub assignee: Option<UserId>,
    /// Labels.
    pub tags: Tags,
}

impl CreateTask {
    /// A pending task of medium priority with nothing but a title.
    pub fn titled(title: Title) -> Self {
        Self {
            title,
            description: Description::empty(),
            status: Status::Pending,
            priority: Priority::Medium,
            due: None,
            assignee: None,
            tags: Tags::default(),
        }
    }
}

/// A partial update; what is `None` or `Keep` stays. The HTTP layer turns `null` for a description
/// into the empty one and for tags into none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateTask {
    /// A new title.
    pub title: Option<Title>,
    /// A new description.
    pub description: Option<Description>,
    /// A new status.
    pub status: Option<Status>,
    /// A new priority.
    pub priority: Option<Priority>,
    /// A new due date, or none.
    pub due: Patch<Timestamp>,
    /// A new assignee, or none.
    pub assignee: Patch<UserId>,
    /// New labels.
    pub tags: Option<Tags>,
}

impl UpdateTask {
    /// True when nothing but the status is touched (all that an assignee may do). A new field does
    /// not compile until it is named here.
    pub const fn is_status_only(&self) -> bool {
        let Self { title, description, status: _, priority, due, assignee, tags } = self;
        title.is_none()
            && description.is_none()
            && priority.is_none()
            && due.is_keep()
            && assignee.is_keep()
            && tags.is_none()
    }
}

/// One operation of a bulk request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkOperation {
    /// Make a task.
    Create(CreateTask),
    /// Change a task, only at `version` when that is said.
    Update {
        /// Which.
        id: TaskId,
        /// The version it must have.
        version: Option<i64>,
        /// How.
        update: UpdateTask,
    },
    /// Delete a task, only at `version` when that is said.
    Delete {
        /// Which.
        id: TaskId,
        /// The version it must have.
        version: Option<i64>,
    },
}

/// The most operations of one bulk request.
pub const BULK_MAX: usize = 500;
