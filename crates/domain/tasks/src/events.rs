//! What other domains and clients hear. The JSON is public: its shape is versioned by the event's name
//! and kept in `tests/events/`.

use kernel::{Actor, Audience, NewEvent, Permission, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    task::{Change, Comment, Reminder, Task},
    values::{CommentId, Priority, Status, TaskId},
};

kernel::event_types! {
    /// A task was created.
    CREATED = "task.created.v1": TaskSnapshot,
    /// A task changed, and no other event of tasks says how.
    UPDATED = "task.updated.v1": TaskSnapshot,
    /// A task was completed.
    COMPLETED = "task.completed.v1": TaskSnapshot,
    /// A task has another assignee, or none.
    ASSIGNED = "task.assigned.v1": AssignedSnapshot,
    /// A task was deleted.
    DELETED = "task.deleted.v1": TaskSnapshot,
    /// A deleted task is back.
    RESTORED = "task.restored.v1": TaskSnapshot,
    /// Someone commented on a task.
    COMMENTED = "task.commented.v1": CommentedSnapshot,
    /// A task is due soon. It happens once for each due time.
    DUE_SOON = "task.due_soon.v1": TaskSnapshot,
    /// A task is overdue. It happens once for each due time.
    OVERDUE = "task.overdue.v1": TaskSnapshot,
}

/// How the names of these events begin.
pub const PREFIX: &str = "task.";

/// A task as events show it: the shape of the REST task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskSnapshot {
    /// The task.
    #[schemars(with = "TaskId")]
    pub id: i64,
    /// What is to be done.
    pub title: String,
    /// More about it.
    pub description: String,
    /// How far it has come.
    #[schemars(with = "Status")]
    pub status: String,
    /// How much it matters.
    #[schemars(with = "Priority")]
    pub priority: String,
    /// When it is to be completed.
    #[schemars(with = "Option<Timestamp>")]
    pub due_date: Option<String>,
    /// Its owner.
    #[schemars(with = "UserId")]
    pub user_id: i64,
    /// The account that is to do it.
    #[schemars(with = "Option<UserId>")]
    pub assignee_id: Option<i64>,
    /// Its labels.
    pub tags: Vec<String>,
    /// When it was completed.
    #[schemars(with = "Option<Timestamp>")]
    pub completed_at: Option<String>,
    /// When it was created.
    #[schemars(with = "Timestamp")]
    pub created_at: String,
    /// When it last changed.
    #[schemars(with = "Timestamp")]
    pub updated_at: String,
    /// Counts the changes, from 1.
    #[schemars(range(min = 1))]
    pub version: i64,
}

impl From<&Task> for TaskSnapshot {
    fn from(task: &Task) -> Self {
        let Task {
            id,
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
            updated_at,
            deleted_at: _,
            version,
        } = task;
        Self {
            id: id.get(),
            title: title.as_str().to_owned(),
            description: description.as_str().to_owned(),
            status: status.as_str().to_owned(),
            priority: priority.as_str().to_owned(),
            due_date: due.map(|due| due.to_string()),
            user_id: owner.get(),
            assignee_id: assignee.map(UserId::get),
            tags: tags.as_slice().iter().map(|tag| tag.as_str().to_owned()).collect(),
            completed_at: completed_at.map(|at| at.to_string()),
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
            version: *version,
        }
    }
}

/// A comment as events show it: the shape of the REST comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommentSnapshot {
    /// The comment.
    #[schemars(with = "CommentId")]
    pub id: i64,
    /// The task it is on.
    #[schemars(with = "TaskId")]
    pub task_id: i64,
    /// Its author.
    #[schemars(with = "UserId")]
    pub user_id: i64,
    /// Its text.
    pub content: String,
    /// When it was written.
    #[schemars(with = "Timestamp")]
    pub created_at: String,
    /// When it last changed.
    #[schemars(with = "Timestamp")]
    pub updated_at: String,
    /// Counts the changes, from 1.
    #[schemars(range(min = 1))]
    pub version: i64,
}

impl From<&Comment> for CommentSnapshot {
    fn from(comment: &Comment) -> Self {
        let Comment { id, task, author, content, created_at, updated_at, version } = comment;
        Self {
            id: id.get(),
            task_id: task.get(),
            user_id: author.get(),
            content: content.as_str().to_owned(),
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
            version: *version,
        }
    }
}

/// A task and the new comment on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommentedSnapshot {
    /// The task it is on.
    #[serde(flatten)]
    pub task: TaskSnapshot,
    /// The comment.
    pub comment: CommentSnapshot,
}

/// A task and its former assignee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AssignedSnapshot {
    /// The task as it is now.
    #[serde(flatten)]
    pub task: TaskSnapshot,
    /// The former assignee.
    #[serde(default)]
    #[schemars(with = "Option<UserId>")]
    pub former_assignee_id: Option<i64>,
}

/// Who caused an event, when, and by which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    actor: Option<UserId>,
    request_id: Option<String>,
    at: Timestamp,
}

impl Cause {
    /// A caller's doing.
    pub fn by(actor: &Actor, at: Timestamp) -> Self {
        let request_id = actor.request_id.as_deref().map(str::to_owned);
        Self { actor: Some(actor.user), request_id, at }
    }

    /// Nobody's doing: background work.
    pub const fn nobody(at: Timestamp) -> Self {
        Self { actor: None, request_id: None, at }
    }

    /// The event `name` of `task`; whoever used to be its assignee hears of it once more.
    fn event(&self, name: &'static str, task: &Task, former: Option<UserId>) -> NewEvent {
        let mut people = vec![task.owner];
        for person in [task.assignee, former].into_iter().flatten() {
            if !people.contains(&person) {
                people.push(person);
            }
        }
        let mut audience: Vec<Audience> = people.into_iter().map(Audience::person).collect();
        audience.push(Audience::holders(Permission::TasksManage));
        NewEvent {
            name,
            at: self.at,
            actor: self.actor,
            subject: task.id.get(),
            audience,
            payload: json!(TaskSnapshot::from(task)),
            request_id: self.request_id.clone(),
        }
    }

    /// A task was made. Its assignee, if any, reads it here: there is no second event.
    pub fn created(&self, task: &Task) -> NewEvent {
        self.event(CREATED, task, None)
    }

    /// What an update did: one event that says it best, and [`ASSIGNED`] besides when it changed
    /// more than the assignee.
    pub fn changed(&self, before: &Task, after: &Task, change: Change) -> Vec<NewEvent> {
        let reassigned = before.assignee != after.assignee;
        let former = before.assignee.filter(|_| reassigned);
        let mut names = Vec::with_capacity(2);
        match change {
            Change::Nothing => return Vec::new(),
            Change::Completed => names.push(COMPLETED),
            Change::Updated if reassigned && only_reassigned(before, after) => {}
            Change::Updated => names.push(UPDATED),
        }
        if reassigned {
            names.push(ASSIGNED);
        }
        let event = |name| match name {
            ASSIGNED => self.assigned(after, former),
            _ => self.event(name, after, former),
        };
        names.into_iter().map(event).collect()
    }

    /// A task has another assignee.
    pub fn assigned(&self, task: &Task, former: Option<UserId>) -> NewEvent {
        let former_assignee_id = former.map(UserId::get);
        let payload = json!(AssignedSnapshot { task: task.into(), former_assignee_id });
        NewEvent { payload, ..self.event(ASSIGNED, task, former) }
    }

    /// A task was deleted.
    pub fn deleted(&self, task: &Task) -> NewEvent {
        self.event(DELETED, task, None)
    }

    /// A deleted task is back.
    pub fn restored(&self, task: &Task) -> NewEvent {
        self.event(RESTORED, task, None)
    }

    /// What is said of the due time of a task.
    pub fn reminder(&self, task: &Task, said: Reminder) -> NewEvent {
        let name = match said {
            Reminder::DueSoon => DUE_SOON,
            Reminder::Overdue => OVERDUE,
        };
        self.event(name, task, None)
    }

    /// Somebody remarked on a task.
    pub fn commented(&self, task: &Task, comment: &Comment) -> NewEvent {
        let payload = json!(CommentedSnapshot { task: task.into(), comment: comment.into() });
        NewEvent { payload, ..self.event(COMMENTED, task, None) }
    }
}

fn only_reassigned(before: &Task, after: &Task) -> bool {
    let expected = Task {
        assignee: after.assignee,
        updated_at: after.updated_at,
        version: after.version,
        ..before.clone()
    };
    expected == *after
}
