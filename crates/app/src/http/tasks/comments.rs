//! Comments on tasks: parse, call, present.

use actix_web::{delete, get, post, put};
use tasks::query::COMMENT_ORDER;

use super::dto::{self, CommentBody, ContentBody};
use crate::http::{
    call::{Body, Call},
    etag,
    problem::Answer,
    reply::{self, Done, Envelope, PageEnvelope},
};

/// List the comments on a task
///
/// Oldest first.
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_comments_list",
    responses((status = 200, description = "A page of comments", body = PageEnvelope<CommentBody>)),
    extensions(("x-alveole" = json!({"permission": "tasks:read", "paged": true})))
)]
#[get("/tasks/{id}/comments")]
pub(crate) async fn list(call: Call) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    let mut query = call.query();
    let request = query.page_spelled(COMMENT_ORDER.text, COMMENT_ORDER.directions.len());
    query.finish()?;
    let page = call.state().tasks.comments(&actor, id, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|comment| CommentBody::from(&comment))))
}

/// Comment on a task
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_comments_create",
    request_body = ContentBody,
    responses((status = 201, description = "The new comment", body = Envelope<CommentBody>)),
    extensions(("x-alveole" = json!({"permission": "tasks:write", "idempotent": true})))
)]
#[post("/tasks/{id}/comments")]
pub(crate) async fn create(call: Call, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let content = dto::content(&body)?;
    let once = reply::once(&call, &body, dto::commented)?;
    let settled = call.state().tasks.comment(&actor, once, id, content).await?;
    reply::settled(settled, dto::commented)
}

/// Read a comment
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_comments_read",
    responses((status = 200, description = "The comment", body = Envelope<CommentBody>)),
    extensions(("x-alveole" = json!({"permission": "tasks:read", "conditional": "read"})))
)]
#[get("/tasks/{id}/comments/{comment_id}")]
pub(crate) async fn read(call: Call) -> Answer {
    let actor = call.actor()?;
    let (task, id) = (call.id("id")?, call.id("comment_id")?);
    call.no_query()?;
    let comment = call.state().tasks.read_comment(&actor, task, id).await?;
    let tag = etag::of(comment.version, "");
    reply::tagged_unless_known(&call, CommentBody::from(&comment), &tag)
}

/// Change a comment
///
/// Its author only.
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_comments_update",
    request_body = ContentBody,
    responses((status = 200, description = "The comment as it is now", body = Envelope<CommentBody>)),
    extensions(("x-alveole" = json!({"permission": "tasks:write", "conditional": "write"})))
)]
#[put("/tasks/{id}/comments/{comment_id}")]
pub(crate) async fn edit(call: Call, body: Body) -> Answer {
    let actor = call.actor()?;
    let (task, id) = (call.id("id")?, call.id("comment_id")?);
    call.no_query()?;
    let content = dto::content(&body)?;
    let expected = call.expected()?;
    let comment = call.state().tasks.edit_comment(&actor, task, id, expected, content).await?;
    Ok(reply::tagged(CommentBody::from(&comment), &etag::of(comment.version, "")))
}

/// Delete a comment
///
/// Its author, the task's owner, or `tasks:manage`.
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_comments_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "tasks:write", "conditional": "write"})))
)]
#[delete("/tasks/{id}/comments/{comment_id}")]
pub(crate) async fn remove(call: Call) -> Answer {
    let actor = call.actor()?;
    let (task, id) = (call.id("id")?, call.id("comment_id")?);
    call.no_query()?;
    call.state().tasks.remove_comment(&actor, task, id, call.expected()?).await?;
    Ok(reply::done("Comment deleted."))
}
