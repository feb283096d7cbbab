//! Tasks: parse, call, present.

use actix_web::{delete, get, post, route, web::Data};
use kernel::{Date, Page};
use rest::{
    call::{Body, Call},
    reply::{self, Done, Envelope, PageEnvelope},
};
use tasks::Tasks;
use tasks::query::{DEFAULT_ORDER, TaskSort};

use super::dto::{
    self, AssignBody, BulkBody, BulkResultsBody, CreateTaskBody, FilterParams, StatsBody, TaskBody,
    UpdateTaskBody, task_etag,
};
use crate::Answer;

/// List tasks
///
/// Those the caller owns or is assigned to; with `tasks:manage`, everybody's.
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_list",
    params(FilterParams),
    responses((status = 200, description = "A page of tasks", body = PageEnvelope<TaskBody>)),
    extensions(("x-alveole" = json!({"permission": "tasks:read", "paged": true})))
)]
#[get("/tasks")]
pub(crate) async fn list(call: Call, tasks: Data<Tasks>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let filter = dto::filter(&call, &mut query)?;
    let order = query.order(&TaskSort::ALL, &DEFAULT_ORDER);
    let request = query.page(&order, &TaskSort::ALL);
    query.finish()?;
    let page: Page<_> = tasks.list(&actor, filter, order, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|task| TaskBody::from(&task))))
}

/// Create a task
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_create",
    request_body = CreateTaskBody,
    responses((status = 201, description = "The new task", body = Envelope<TaskBody>)),
    extensions(("x-alveole" = json!({"permission": "tasks:write", "idempotent": true, "tagged": true})))
)]
#[post("/tasks")]
pub(crate) async fn create(call: Call, tasks: Data<Tasks>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let command = dto::create(&body)?;
    let idempotent = reply::idempotent(&call, &body, dto::created)?;
    let outcome = tasks.create(&actor, idempotent, command).await?;
    reply::outcome(outcome, dto::created)
}

/// Do many things to tasks at once
///
/// Up to 500 operations, in order, all or none. A fault names its operation.
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_bulk",
    request_body = BulkBody,
    responses(
        (status = 200, description = "What was done", body = Envelope<BulkResultsBody>),
        (status = 404, description = "An operation names a task that is not there"),
        (status = 409, description = "The tasks were changed by somebody else at the same moment"),
        (status = 412, description = "An operation names an old version")
    ),
    extensions(("x-alveole" = json!({"permission": "tasks:write", "idempotent": true})))
)]
#[post("/tasks/bulk")]
pub(crate) async fn bulk(call: Call, tasks: Data<Tasks>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let operations = dto::bulk(&body)?;
    let idempotent = reply::idempotent(&call, &body, dto::bulk_done)?;
    let outcome = tasks.bulk(&actor, idempotent, operations).await?;
    reply::outcome(outcome, dto::bulk_done)
}

/// Count tasks
///
/// Totals of the tasks in sight, and each day from `from` to `to` (UTC; the last 30 days when not
/// said, at most 366).
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_stats",
    params(
        ("from" = Option<String>, Query, format = Date, nullable = false, description = "The first day", example = "2026-11-01"),
        ("to" = Option<String>, Query, format = Date, nullable = false, description = "The last day", example = "2026-11-30")
    ),
    responses((status = 200, description = "The statistics", body = Envelope<StatsBody>)),
    extensions(("x-alveole" = json!({"permission": "tasks:read"})))
)]
#[get("/tasks/stats")]
pub(crate) async fn stats(call: Call, tasks: Data<Tasks>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let date = |raw: &str| Date::parse(raw).map_err(|e| ("tasks.date_invalid", e.to_string()));
    let (from, to) = (query.optional("from", date), query.optional("to", date));
    query.finish()?;
    let to = to.unwrap_or_else(|| call.state().clock.now().date());
    let from = from.unwrap_or_else(|| to.offset(-29));
    let stats = tasks.stats(&actor, from, to).await?;
    Ok(reply::ok(StatsBody::from(stats)))
}

/// Read a task
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_read",
    responses((status = 200, description = "The task", body = Envelope<TaskBody>)),
    extensions(("x-alveole" = json!({"permission": "tasks:read", "conditional": "read"})))
)]
#[get("/tasks/{id}")]
pub(crate) async fn read(call: Call, tasks: Data<Tasks>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let task = tasks.get(&actor, id).await?;
    reply::tagged_unless_known(&call, TaskBody::from(task.as_ref()), &task_etag(&task))
}

/// Change a task
///
/// A merge patch: what is absent stays, null clears. The assignee may change the status only.
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_update",
    request_body = UpdateTaskBody,
    responses((status = 200, description = "The task as it is now", body = Envelope<TaskBody>)),
    extensions(("x-alveole" = json!({"permission": "tasks:write", "conditional": "write"})))
)]
#[route("/tasks/{id}", method = "PUT", method = "PATCH")]
pub(crate) async fn update(call: Call, tasks: Data<Tasks>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let update = dto::update(&body)?;
    let task = tasks.update(&actor, id, call.expected()?, update).await?;
    Ok(reply::tagged(TaskBody::from(&task), &task_etag(&task)))
}

/// Delete a task
///
/// It vanishes at once and can be restored until it is purged (30 days).
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "tasks:write", "conditional": "write"})))
)]
#[delete("/tasks/{id}")]
pub(crate) async fn remove(call: Call, tasks: Data<Tasks>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    tasks.remove(&actor, id, call.expected()?).await?;
    Ok(reply::done("Task deleted."))
}

/// Restore a deleted task
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_restore",
    responses(
        (status = 200, description = "The task", body = Envelope<TaskBody>),
        (status = 409, description = "The task is not deleted")
    ),
    extensions(("x-alveole" = json!({"permission": "tasks:write", "tagged": true, "codes": ["tasks.not_deleted"]})))
)]
#[post("/tasks/{id}/restore")]
pub(crate) async fn restore(call: Call, tasks: Data<Tasks>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let task = tasks.restore(&actor, id).await?;
    Ok(reply::tagged(TaskBody::from(&task), &task_etag(&task)))
}

/// Assign a task
///
/// Null takes the assignment back. The assignee hears of it by a live event.
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_assign",
    request_body = AssignBody,
    responses((status = 200, description = "The task as it is now", body = Envelope<TaskBody>)),
    extensions(("x-alveole" = json!({"permission": "tasks:write", "conditional": "write"})))
)]
#[route("/tasks/{id}/assignee", method = "PUT", method = "PATCH")]
pub(crate) async fn assign(call: Call, tasks: Data<Tasks>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let assignee = dto::assign(&body)?;
    let task = tasks.assign(&actor, id, call.expected()?, assignee).await?;
    Ok(reply::tagged(TaskBody::from(&task), &task_etag(&task)))
}
