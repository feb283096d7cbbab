//! The task and the comment, and how they change. Pure: time is an argument.

use kernel::{Timestamp, UserId};

use crate::{
    commands::{CreateTask, UpdateTask},
    values::{CommentId, CommentText, Description, Priority, Status, Tags, TaskId, Title},
};

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Given by the store.
    pub id: TaskId,
    /// What is to be done.
    pub title: Title,
    /// In more words; may be empty.
    pub description: Description,
    /// How far it has come.
    pub status: Status,
    /// How much it matters.
    pub priority: Priority,
    /// When it should be done.
    pub due: Option<Timestamp>,
    /// Whose it is.
    pub owner: UserId,
    /// Who is to do it, if that is somebody in particular.
    pub assignee: Option<UserId>,
    /// Labels.
    pub tags: Tags,
    /// When it was completed; set exactly while the status is `completed`.
    pub completed_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was deleted; such a task is on no route but `restore`.
    pub deleted_at: Option<Timestamp>,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// A task that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// See [`Task::title`].
    pub title: Title,
    /// See [`Task::description`].
    pub description: Description,
    /// See [`Task::status`].
    pub status: Status,
    /// See [`Task::priority`].
    pub priority: Priority,
    /// See [`Task::due`].
    pub due: Option<Timestamp>,
    /// See [`Task::owner`].
    pub owner: UserId,
    /// See [`Task::assignee`].
    pub assignee: Option<UserId>,
    /// See [`Task::tags`].
    pub tags: Tags,
    /// See [`Task::completed_at`].
    pub completed_at: Option<Timestamp>,
    /// See [`Task::created_at`]; also the time of its last change.
    pub created_at: Timestamp,
}

/// What an update did, besides the change itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing is different.
    Nothing,
    /// Something is different.
    Updated,
    /// It became completed (and perhaps more).
    Completed,
}

impl NewTask {
    /// A task of `owner` as the command describes it.
    pub fn from_command(command: &CreateTask, owner: UserId, now: Timestamp) -> Self {
        let CreateTask { title, description, status, priority, due, assignee, tags } = command;
        Self {
            title: title.clone(),
            description: description.clone(),
            status: *status,
            priority: *priority,
            due: *due,
            owner,
            assignee: *assignee,
            tags: tags.clone(),
            completed_at: (*status == Status::Completed).then_some(now),
            created_at: now,
        }
    }

    /// The task that it becomes under its id.
    pub fn stored(&self, id: TaskId) -> Task {
        let Self {
            title,
            description,
            status,
            priority,
            due,
            owner,
            assignee,
            tags,
            completed_at,
            created_at,
        } = self;
        Task {
            id,
            title: title.clone(),
            description: description.clone(),
            status: *status,
            priority: *priority,
            due: *due,
            owner: *owner,
            assignee: *assignee,
            tags: tags.clone(),
            completed_at: *completed_at,
            created_at: *created_at,
            updated_at: *created_at,
            deleted_at: None,
            version: 1,
        }
    }
}

impl Task {
    /// Applies a partial update; says what came of it.
    pub fn update(&mut self, update: &UpdateTask, now: Timestamp) -> Change {
        let UpdateTask { title, description, status, priority, due, assignee, tags } = update;
        let before = self.clone();
        if let Some(title) = title {
            self.title = title.clone();
        }
        if let Some(description) = description {
            self.description = description.clone();
        }
        if let Some(status) = status {
            self.set_status(*status, now);
        }
        if let Some(priority) = priority {
            self.priority = *priority;
        }
        due.apply(&mut self.due);
        assignee.apply(&mut self.assignee);
        if let Some(tags) = tags {
            self.tags = tags.clone();
        }
        if *self == before {
            return Change::Nothing;
        }
        self.updated_at = now;
        if self.status == Status::Completed && before.status != Status::Completed {
            Change::Completed
        } else {
            Change::Updated
        }
    }

    /// Moves to `status`; the time of completion follows.
    fn set_status(&mut self, status: Status, now: Timestamp) {
        if status == self.status {
            return;
        }
        self.status = status;
        self.completed_at = (status == Status::Completed).then_some(now);
    }

    /// True when it should be done by now and is not.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.status != Status::Completed && self.due.is_some_and(|due| due < now)
    }
}

kernel::words!(
    /// What was said of a due time. Stores keep the number.
    Reminder {
        /// It comes soon.
        DueSoon = 0 "due_soon",
        /// It is over.
        Overdue = 1 "overdue",
    }
);

/// A remark on a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Given by the store.
    pub id: CommentId,
    /// The task it is on.
    pub task: TaskId,
    /// Who wrote it.
    pub author: UserId,
    /// What it says.
    pub content: CommentText,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// A comment that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewComment {
    /// The task it is on.
    pub task: TaskId,
    /// Who writes it.
    pub author: UserId,
    /// What it says.
    pub content: CommentText,
    /// Now.
    pub created_at: Timestamp,
}

impl NewComment {
    /// The comment that it becomes under its id.
    pub fn stored(&self, id: CommentId) -> Comment {
        let Self { task, author, content, created_at } = self;
        Comment {
            id,
            task: *task,
            author: *author,
            content: content.clone(),
            created_at: *created_at,
            updated_at: *created_at,
            version: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kernel::Patch;
    use proptest::prelude::*;

    use super::*;

    fn moment(seconds: u64) -> Timestamp {
        Timestamp::parse("2026-11-21T00:00:00Z").unwrap().plus(Duration::from_secs(seconds))
    }

    fn user(id: i64) -> UserId {
        UserId::parse(id).unwrap()
    }

    fn task() -> Task {
        Task {
            id: TaskId::parse(7).unwrap(),
            title: Title::parse("t").unwrap(),
            description: Description::empty(),
            status: Status::Pending,
            priority: Priority::Medium,
            due: Some(moment(100)),
            owner: user(1),
            assignee: None,
            tags: Tags::default(),
            completed_at: None,
            created_at: moment(0),
            updated_at: moment(0),
            deleted_at: None,
            version: 1,
        }
    }

    fn status(status: Status) -> UpdateTask {
        UpdateTask { status: Some(status), ..UpdateTask::default() }
    }

    #[test]
    fn a_task_made_completed_is_completed_when_it_is_made() {
        let mut command = CreateTask::titled(Title::parse("t").unwrap());
        assert_eq!(NewTask::from_command(&command, user(1), moment(1)).completed_at, None);
        command.status = Status::Completed;
        let task = NewTask::from_command(&command, user(1), moment(1));
        assert_eq!((task.completed_at, task.created_at), (Some(moment(1)), moment(1)));
    }

    #[test]
    fn completing_twice_changes_nothing() {
        let mut task = task();
        assert_eq!(task.update(&status(Status::Completed), moment(1)), Change::Completed);
        let done = task.clone();
        assert_eq!(task.update(&status(Status::Completed), moment(2)), Change::Nothing);
        assert_eq!(task, done);
        assert_eq!(task.completed_at, Some(moment(1)));
    }

    #[test]
    fn what_is_cleared_is_gone_and_what_is_kept_stays() {
        let mut task = task();
        let update = UpdateTask {
            due: Patch::Clear,
            assignee: Patch::Set(user(2)),
            ..UpdateTask::default()
        };
        assert_eq!(task.update(&update, moment(5)), Change::Updated);
        assert_eq!((task.due, task.assignee), (None, Some(user(2))));
        assert_eq!((task.updated_at, task.version), (moment(5), 1), "versions are the store's");
    }

    #[test]
    fn a_task_is_overdue_after_its_moment_unless_it_is_done() {
        let mut task = task();
        assert!(!task.is_overdue(moment(100)));
        assert!(task.is_overdue(moment(101)));
        task.update(&status(Status::Completed), moment(200));
        assert!(!task.is_overdue(moment(201)));
        task.update(&UpdateTask { due: Patch::Clear, ..status(Status::Pending) }, moment(202));
        assert!(!task.is_overdue(moment(203)));
    }

    fn any_status() -> impl Strategy<Value = Option<Status>> {
        proptest::option::of(proptest::sample::select(Status::ALL))
    }

    proptest! {
        #[test]
        fn completed_at_is_set_exactly_while_completed(
            statuses in proptest::collection::vec(any_status(), 0..12),
        ) {
            let mut task = task();
            for (turn, status) in statuses.into_iter().enumerate() {
                let now = moment(turn as u64 + 1);
                let before = task.clone();
                let change = task.update(&UpdateTask { status, ..UpdateTask::default() }, now);
                prop_assert_eq!(task.completed_at.is_some(), task.status == Status::Completed);
                prop_assert_eq!(change == Change::Nothing, task == before);
                prop_assert_eq!(
                    change == Change::Completed,
                    task.completed_at == Some(now)
                );
            }
        }
    }
}
