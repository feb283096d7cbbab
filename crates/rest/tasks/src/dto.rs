//! Tasks as clients see and send them.

mod bulk;
mod comments;
mod stats;

use kernel::{FieldError, Patch, SearchQuery, Timestamp, UserId, text::TextError};
use serde::Serialize;
use serde_json::Value;
use tasks::{
    Comment, Task, TaskId,
    commands::{BULK_MAX, BulkOperation, CreateTask, UpdateTask},
    query::{TaskFilter, Visibility},
    service::{BulkResult, DayStats, TaskStats},
    values::{CommentText, Description, Priority, Status, Tag, Tags, Title},
};
use utoipa::{IntoParams, ToSchema};

pub use self::{bulk::*, comments::*, stats::*};

use rest::{
    call::{Body, Call},
    etag,
    fields::{Fields, Misread, Reason, TextCodes, integer, search, string, strings},
    problem::Problem,
    query::Query,
    reply::Reply,
};

/// A task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = tasks::Task)]
pub struct TaskBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// What is to be done.
    #[schema(min_length = 1, max_length = 200, example = "Write the report")]
    pub title: String,
    /// In more words.
    #[schema(max_length = 10000, example = "Two pages, with figures.")]
    pub description: String,
    /// How far it has come.
    #[schema(value_type = StatusWord)]
    pub status: &'static str,
    /// How much it matters.
    #[schema(value_type = PriorityWord)]
    pub priority: &'static str,
    /// When it should be done.
    #[schema(format = DateTime, example = "2026-12-01T09:00:00Z")]
    pub due_date: Option<String>,
    /// Whose it is.
    #[schema(minimum = 1, example = 1)]
    pub user_id: i64,
    /// Who is to do it.
    #[schema(minimum = 1, example = 1)]
    pub assignee_id: Option<i64>,
    /// Labels.
    #[schema(max_items = 20, example = json!(["work"]))]
    pub tags: Vec<String>,
    /// When it was completed.
    #[schema(format = DateTime)]
    pub completed_at: Option<String>,
    /// When it was made.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub updated_at: String,
    /// Counts the changes; the `ETag` without its quotes.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

/// How far a task has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = tasks::TaskStatus)]
pub enum StatusWord {
    /// Not begun.
    Pending,
    /// Begun.
    InProgress,
    /// Done.
    Completed,
}

/// How much a task matters.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = tasks::TaskPriority)]
pub enum PriorityWord {
    /// Can wait.
    Low,
    /// The default.
    Medium,
    /// First.
    High,
}

impl From<&Task> for TaskBody {
    fn from(task: &Task) -> Self {
        Self {
            id: task.id.get(),
            title: task.title.as_str().to_owned(),
            description: task.description.as_str().to_owned(),
            status: task.status.as_str(),
            priority: task.priority.as_str(),
            due_date: task.due.map(|due| due.to_string()),
            user_id: task.owner.get(),
            assignee_id: task.assignee.map(UserId::get),
            tags: task.tags.as_slice().iter().map(|tag| tag.as_str().to_owned()).collect(),
            completed_at: task.completed_at.map(|at| at.to_string()),
            created_at: task.created_at.to_string(),
            updated_at: task.updated_at.to_string(),
            version: task.version,
        }
    }
}

/// The tag of a task's representation.
pub fn task_etag(task: &Task) -> String {
    etag::of(task.version, "")
}

/// `201` for a new task.
pub fn created(task: &Task) -> Reply {
    Reply::created(
        TaskBody::from(task),
        format!("/api/v1/tasks/{}", task.id),
        Some(task_etag(task)),
    )
}

/// A new task.
#[derive(Debug, ToSchema)]
#[schema(as = tasks::CreateTask, example = json!({
    "title": "Write the report", "description": "Two pages, with figures.",
    "priority": "high", "due_date": "2026-12-01T09:00:00Z", "tags": ["work"]
}))]
pub struct CreateTaskBody {
    /// What is to be done; trimmed.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub title: String,
    /// In more words.
    #[schema(max_length = 10000)]
    pub description: Option<String>,
    /// How far it has come; `pending` when not said.
    pub status: Option<StatusWord>,
    /// How much it matters; `medium` when not said.
    pub priority: Option<PriorityWord>,
    /// When it should be done.
    #[schema(format = DateTime)]
    pub due_date: Option<String>,
    /// Who is to do it: an active user.
    #[schema(minimum = 1)]
    pub assignee_id: Option<i64>,
    /// Labels, 1 to 50 characters each.
    #[schema(max_items = 20)]
    pub tags: Option<Vec<String>>,
}

/// A change of a task, as a merge patch: what is absent stays, null clears.
#[derive(Debug, ToSchema)]
#[schema(as = tasks::UpdateTask, example = json!({
    "status": "in_progress", "due_date": null
}))]
pub struct UpdateTaskBody {
    /// A new title.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub title: Option<String>,
    /// A new description; null empties it.
    #[schema(max_length = 10000)]
    pub description: Option<String>,
    /// A new status.
    #[schema(nullable = false)]
    pub status: Option<StatusWord>,
    /// A new priority.
    #[schema(nullable = false)]
    pub priority: Option<PriorityWord>,
    /// A new due date; null removes it.
    #[schema(format = DateTime)]
    pub due_date: Option<String>,
    /// A new assignee; null removes it.
    #[schema(minimum = 1)]
    pub assignee_id: Option<i64>,
    /// New labels; null removes all.
    #[schema(max_items = 20)]
    pub tags: Option<Vec<String>>,
}

/// Who is to do a task.
#[derive(Debug, ToSchema)]
#[schema(as = tasks::AssignTask, example = json!({"user_id": 1}))]
pub struct AssignBody {
    /// An active user, or null for nobody.
    #[schema(minimum = 1, required = true)]
    pub user_id: Option<i64>,
}

const TITLE: TextCodes = TextCodes { empty: "tasks.title_empty", too_long: "tasks.title_too_long" };
const DESCRIPTION: TextCodes =
    TextCodes { empty: "tasks.description_too_long", too_long: "tasks.description_too_long" };
const TAG: TextCodes = TextCodes { empty: "tasks.tag_empty", too_long: "tasks.tag_too_long" };
const CONTENT: TextCodes =
    TextCodes { empty: "tasks.content_empty", too_long: "tasks.content_too_long" };

fn text<T>(
    parse: fn(&str) -> Result<T, TextError>,
    codes: &TextCodes,
) -> impl Fn(&str) -> Result<T, Reason> {
    move |raw| parse(raw).map_err(|error| codes.reason(error))
}

/// Reads a status.
pub fn status(raw: &str) -> Result<Status, Reason> {
    let message = || "must be pending, in_progress or completed".to_owned();
    Status::parse(raw).ok_or_else(|| ("tasks.status_unknown", message()))
}

/// Reads a priority.
pub fn priority(raw: &str) -> Result<Priority, Reason> {
    let message = || "must be low, medium or high".to_owned();
    Priority::parse(raw).ok_or_else(|| ("tasks.priority_unknown", message()))
}

fn moment(raw: &str) -> Result<Timestamp, Reason> {
    Timestamp::parse(raw).map_err(|error| ("tasks.due_date_invalid", error.to_string()))
}

fn person(raw: i64) -> Result<UserId, Reason> {
    UserId::parse(raw).map_err(|error| ("id.invalid", error.to_string()))
}

fn tags(value: Value) -> Result<Tags, Misread> {
    let tags = strings(text(Tag::parse, &TAG))(value)?;
    Tags::parse(tags).map_err(|error| Misread::Reason(("tasks.too_many_tags", error.to_string())))
}

/// Reads the fields of a new task.
pub fn read_create(fields: &mut Fields) -> Option<CreateTask> {
    let title = fields.required("title", string(text(Title::parse, &TITLE)));
    let description =
        fields.optional("description", string(text(Description::parse, &DESCRIPTION)));
    let status = fields.optional("status", string(status));
    let priority = fields.optional("priority", string(priority));
    let due = fields.optional("due_date", string(moment));
    let assignee = fields.optional("assignee_id", integer(person));
    let tags = fields.optional("tags", tags);
    Some(CreateTask {
        title: title?,
        description: description.unwrap_or(Description::empty()),
        status: status.unwrap_or(Status::Pending),
        priority: priority.unwrap_or(Priority::Medium),
        due,
        assignee,
        tags: tags.unwrap_or_default(),
    })
}

/// Reads the fields of a change.
pub fn read_update(fields: &mut Fields) -> UpdateTask {
    UpdateTask {
        title: fields.keep("title", string(text(Title::parse, &TITLE))),
        description: match fields
            .patch("description", string(text(Description::parse, &DESCRIPTION)))
        {
            Patch::Keep => None,
            Patch::Clear => Some(Description::empty()),
            Patch::Set(description) => Some(description),
        },
        status: fields.keep("status", string(status)),
        priority: fields.keep("priority", string(priority)),
        due: fields.patch("due_date", string(moment)),
        assignee: fields.patch("assignee_id", integer(person)),
        tags: match fields.patch("tags", tags) {
            Patch::Keep => None,
            Patch::Clear => Some(Tags::default()),
            Patch::Set(tags) => Some(tags),
        },
    }
}

/// `POST /tasks`.
pub fn create(body: &Body) -> Result<CreateTask, Problem> {
    let mut fields = body.fields()?;
    let command = read_create(&mut fields);
    fields.finish(command)
}

/// `PUT` and `PATCH /tasks/{id}`.
pub fn update(body: &Body) -> Result<UpdateTask, Problem> {
    let mut fields = body.fields()?;
    let update = read_update(&mut fields);
    fields.finish(Some(update))
}

/// `PUT /tasks/{id}/assignee`.
pub fn assign(body: &Body) -> Result<Option<UserId>, Problem> {
    let mut fields = body.fields()?;
    let user = fields.patch("user_id", integer(person));
    if user.is_keep() {
        // Absent and faulty look alike here; a fault is already noted.
        let faults = fields.close();
        return Err(if faults.is_empty() {
            Problem::field("/user_id", "request.missing_field", "must be given (null for nobody)")
        } else {
            Problem::invalid(faults)
        });
    }
    fields.finish(Some(match user {
        Patch::Set(user) => Some(user),
        _ => None,
    }))
}

/// Which tasks.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterParams {
    /// In this state.
    #[param(nullable = false)]
    pub status: Option<StatusWord>,
    /// Of this priority.
    #[param(nullable = false)]
    pub priority: Option<PriorityWord>,
    /// Assigned to this user.
    #[param(minimum = 1, nullable = false)]
    pub assignee_id: Option<i64>,
    /// Owned by this user.
    #[param(minimum = 1, nullable = false)]
    pub user_id: Option<i64>,
    /// Carrying this label.
    #[param(min_length = 1, max_length = 50, nullable = false)]
    pub tag: Option<String>,
    /// Words that begin words of the title or the description, or from three characters on are inside
    /// of words of the title, in any order.
    #[param(min_length = 1, max_length = 200, nullable = false)]
    pub q: Option<String>,
    /// Due before this moment.
    #[param(format = DateTime, nullable = false)]
    pub due_before: Option<String>,
    /// Due after this moment.
    #[param(format = DateTime, nullable = false)]
    pub due_after: Option<String>,
    /// Overdue now, or not.
    #[param(nullable = false)]
    pub overdue: Option<bool>,
    /// `created_at, updated_at, due_date, priority, status, title, id`, separated by commas, `-` in
    /// front for descending; ties go by id. Default `-created_at`.
    #[param(nullable = false, example = "-created_at")]
    pub sort: Option<String>,
}

/// Reads the filter; sight and time are the service's.
pub fn filter(call: &Call, query: &mut Query) -> Result<TaskFilter, Problem> {
    let me = call.actor()?.user;
    let person =
        |raw: &str| raw.parse().map_err(|error: kernel::IdError| ("id.invalid", error.to_string()));
    let text = |q: &str| -> Result<SearchQuery, Reason> { search("tasks.search_invalid")(q) };
    Ok(TaskFilter {
        status: query.optional("status", status),
        priority: query.optional("priority", priority),
        assignee: query.optional("assignee_id", person),
        owner: query.optional("user_id", person),
        tag: query.optional("tag", |raw| Tag::parse(raw).map_err(|error| TAG.reason(error))),
        text: query.optional("q", text),
        due_before: query.optional("due_before", moment),
        due_after: query.optional("due_after", moment),
        overdue: query.optional("overdue", |raw| match raw {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(("request.value", "must be true or false".to_owned())),
        }),
        ..TaskFilter::all(Visibility::Of(me), call.state().clock.now())
    })
}
