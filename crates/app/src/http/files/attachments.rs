//! Files of a task.

use actix_web::{HttpRequest, delete, get, post, web::Payload};
use files::{
    file::Attached,
    values::{FileKind, Visibility},
};
use tasks::TaskId;

use super::{
    dto::{self, FileBody, PictureForm},
    form::{self, Fixed},
};
use crate::http::{
    call::Call,
    problem::Answer,
    reply::{self, Done, Envelope, PageEnvelope},
};

/// List what is attached to a task
///
/// Oldest first, for whoever sees the task.
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_attachments_list",
    responses((status = 200, description = "A page of files", body = PageEnvelope<FileBody>)),
    extensions(("x-alveole" = json!({"permission": "files:read", "paged": true})))
)]
#[get("/tasks/{id}/attachments")]
pub(crate) async fn list(call: Call) -> Answer {
    let actor = call.actor()?;
    let task: TaskId = call.id("id")?;
    let mut query = call.query();
    let request = query.page_spelled("uploaded_at", 1);
    query.finish()?;
    let page = call.state().files.attachments(&actor, task.get(), request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|file| FileBody::from(&file))))
}

/// Attach a file to a task
///
/// Whoever sees the task may. The file is the caller's; whoever sees the task may download it.
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_attachments_create",
    request_body(content = PictureForm, content_type = "multipart/form-data"),
    responses((status = 201, description = "The new file", body = Envelope<FileBody>)),
    extensions(("x-alveole" = json!({"permission": "files:write", "idempotent": true})))
)]
#[post("/tasks/{id}/attachments")]
pub(crate) async fn attach(call: Call, request: HttpRequest, payload: Payload) -> Answer {
    let actor = call.actor()?;
    let task: TaskId = call.id("id")?;
    let once = reply::once_of(&call, &[], dto::created)?;
    let fixed = Fixed {
        kind: Some(FileKind::Attachment),
        visibility: Some(Visibility::Private),
        attached: Some(Attached::Task(task.get())),
    };
    let upload = form::receive(&call, &request, payload, &actor, fixed).await?;
    let settled = call.state().files.complete(upload, once).await?;
    reply::settled(settled, dto::created)
}

/// Delete what is attached to a task
///
/// Who attached it, the task's owner, `files:manage` or `tasks:manage`.
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_attachments_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "files:write"})))
)]
#[delete("/tasks/{id}/attachments/{file_id}")]
pub(crate) async fn detach(call: Call) -> Answer {
    let actor = call.actor()?;
    let task: TaskId = call.id("id")?;
    let id = call.id("file_id")?;
    call.no_query()?;
    call.state().files.detach(&actor, task.get(), id).await?;
    Ok(reply::done("Attachment deleted."))
}
