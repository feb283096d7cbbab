//! The stored forms of this domain's aggregates: the only code that takes one apart to keep it and
//! rebuilds it.

use kernel::{
    Timestamp, UserId,
    record::{CorruptColumn, Record, known, moment, read, read_option, user},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    task::{Comment, Task},
    values::{CommentId, CommentText, Description, Priority, Status, Tag, Tags, TaskId, Title},
};

/// Of all forms in this file; any change of one of them raises it.
pub const VERSION: u32 = 2;

/// A task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the task's field of that name")]
pub struct TaskRecord {
    pub id: i64,
    pub title: String,
    pub description: String,
    pub status: i16,
    pub priority: i16,
    pub due: Option<i64>,
    pub user_id: i64,
    pub assignee_id: Option<i64>,
    /// A JSON list, see [`tags_json`].
    pub tags: String,
    pub completed_at: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub deleted_at: Option<i64>,
    pub version: i64,
}

impl Record for TaskRecord {
    const NAME: &'static str = "tasks";
    const VERSION: u32 = VERSION;
}

/// Tags as they are kept: a JSON list of their texts.
pub fn tags_json(tags: &Tags) -> String {
    match tags.as_slice() {
        [] => "[]".to_owned(),
        tags => tags.iter().map(Tag::as_str).collect::<Value>().to_string(),
    }
}

fn tags_of(json: &str) -> Option<Tags> {
    if json == "[]" {
        return Some(Tags::default());
    }
    let raw: Vec<String> = serde_json::from_str(json).ok()?;
    let tags: Result<Vec<Tag>, _> = raw.iter().map(|tag| Tag::parse(tag)).collect();
    Tags::parse(tags.ok()?).ok()
}

impl From<&Task> for TaskRecord {
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
            deleted_at,
            version,
        } = task;
        Self {
            id: id.get(),
            title: title.as_str().to_owned(),
            description: description.as_str().to_owned(),
            status: status.rank(),
            priority: priority.rank(),
            due: due.map(Timestamp::micros),
            user_id: owner.get(),
            assignee_id: assignee.map(UserId::get),
            tags: tags_json(tags),
            completed_at: completed_at.map(Timestamp::micros),
            created_at: created_at.micros(),
            updated_at: updated_at.micros(),
            deleted_at: deleted_at.map(Timestamp::micros),
            version: *version,
        }
    }
}

impl TryFrom<TaskRecord> for Task {
    type Error = CorruptColumn;

    fn try_from(r: TaskRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            id: read("id", TaskId::parse(r.id))?,
            title: read("title", Title::parse(&r.title))?,
            description: read("description", Description::parse(&r.description))?,
            status: known("status", Status::from_rank(r.status))?,
            priority: known("priority", Priority::from_rank(r.priority))?,
            due: read_option("due", r.due, Timestamp::from_micros)?,
            owner: user("user_id", r.user_id)?,
            assignee: read_option("assignee_id", r.assignee_id, UserId::parse)?,
            tags: known("tags", tags_of(&r.tags))?,
            completed_at: read_option("completed_at", r.completed_at, Timestamp::from_micros)?,
            created_at: moment("created_at", r.created_at)?,
            updated_at: moment("updated_at", r.updated_at)?,
            deleted_at: read_option("deleted_at", r.deleted_at, Timestamp::from_micros)?,
            version: r.version,
        })
    }
}

/// A comment. It is in no shared cache, so it has no serialized form.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the comment's field of that name")]
pub struct CommentRecord {
    pub id: i64,
    pub task_id: i64,
    pub user_id: i64,
    pub content: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

impl TryFrom<CommentRecord> for Comment {
    type Error = CorruptColumn;

    fn try_from(r: CommentRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            id: read("id", CommentId::parse(r.id))?,
            task: read("task_id", TaskId::parse(r.task_id))?,
            author: user("user_id", r.user_id)?,
            content: read("content", CommentText::parse(&r.content))?,
            created_at: moment("created_at", r.created_at)?,
            updated_at: moment("updated_at", r.updated_at)?,
            version: r.version,
        })
    }
}
