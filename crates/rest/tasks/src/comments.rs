//! Comments on tasks: parse, call, present.

use actix_web::{delete, get, post, route, web::Data};
use rest::{
    call::{Body, Call},
    etag,
    reply::{self, Done, Envelope, PageEnvelope},
};
use tasks::{Tasks, query::COMMENT_ORDER};

use super::dto::{self, CommentBody, ContentBody};
use crate::Answer;

/// List the comments on a task
///
/// Oldest first.
#[utoipa::path(
    tag = "comments",
    operation_id = "tasks_comments_list",
    responses((status = 200, description = "A page of comments", body = PageEnvelope<CommentBody>)),
    extensions(("x-alveole" = json!({"permission": "tasks:read", "paged": true})))
)]
#[get("/tasks/{id}/comments")]
pub(crate) async fn list(call: Call, tasks: Data<Tasks>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    let mut query = call.query();
    let request = query.page_in_order(COMMENT_ORDER.text, COMMENT_ORDER.directions.len());
    query.finish()?;
    let page = tasks.comments(&actor, id, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|comment| CommentBody::from(&comment))))
}

/// Comment on a task
#[utoipa::path(
    tag = "comments",
    operation_id = "tasks_comments_create",
    request_body = ContentBody,
    responses((status = 201, description = "The new comment", body = Envelope<CommentBody>)),
    extensions(("x-alveole" = json!({"permission": "tasks:write", "idempotent": true, "tagged": true})))
)]
#[post("/tasks/{id}/comments")]
pub(crate) async fn create(call: Call, tasks: Data<Tasks>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let content = dto::content(&body)?;
    let idempotent = reply::idempotent(&call, &body, dto::commented)?;
    let outcome = tasks.comment(&actor, idempotent, id, content).await?;
    reply::outcome(outcome, dto::commented)
}

/// Read a comment
#[utoipa::path(
    tag = "comments",
    operation_id = "tasks_comments_read",
    responses((status = 200, description = "The comment", body = Envelope<CommentBody>)),
    extensions(("x-alveole" = json!({"permission": "tasks:read", "conditional": "read"})))
)]
#[get("/tasks/{id}/comments/{comment_id}")]
pub(crate) async fn read(call: Call, tasks: Data<Tasks>) -> Answer {
    let actor = call.actor()?;
    let (task, id) = (call.id("id")?, call.id("comment_id")?);
    call.no_query()?;
    let comment = tasks.read_comment(&actor, task, id).await?;
    let tag = etag::of(comment.version, "");
    reply::tagged_unless_known(&call, CommentBody::from(&comment), &tag)
}

/// Change a comment
///
/// Its author only.
#[utoipa::path(
    tag = "comments",
    operation_id = "tasks_comments_update",
    request_body = ContentBody,
    responses((status = 200, description = "The comment as it is now", body = Envelope<CommentBody>)),
    extensions(("x-alveole" = json!({"permission": "tasks:write", "conditional": "write"})))
)]
#[route("/tasks/{id}/comments/{comment_id}", method = "PUT", method = "PATCH")]
pub(crate) async fn edit(call: Call, tasks: Data<Tasks>, body: Body) -> Answer {
    let actor = call.actor()?;
    let (task, id) = (call.id("id")?, call.id("comment_id")?);
    call.no_query()?;
    let content = dto::content(&body)?;
    let expected = call.expected()?;
    let comment = tasks.edit_comment(&actor, task, id, expected, content).await?;
    Ok(reply::tagged(CommentBody::from(&comment), &etag::of(comment.version, "")))
}

/// Delete a comment
///
/// Its author, the task's owner, or `tasks:manage`.
#[utoipa::path(
    tag = "comments",
    operation_id = "tasks_comments_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "tasks:write", "conditional": "write"})))
)]
#[delete("/tasks/{id}/comments/{comment_id}")]
pub(crate) async fn remove(call: Call, tasks: Data<Tasks>) -> Answer {
    let actor = call.actor()?;
    let (task, id) = (call.id("id")?, call.id("comment_id")?);
    call.no_query()?;
    tasks.remove_comment(&actor, task, id, call.expected()?).await?;
    Ok(reply::done("Comment deleted."))
}
