//! Files of a task.

use actix_web::{
    HttpRequest, delete, get, post,
    web::{Data, Payload},
};
use files::{
    Files,
    file::Attached,
    values::{FileKind, Visibility},
};
use kernel::TaskId;
use rest::{
    call::Call,
    reply::{self, Done, Envelope, PageEnvelope},
};

use super::{
    dto::{self, FileBody, TaskFileForm},
    form::{self, Fixed},
};
use crate::Answer;

/// List what is attached to a task
///
/// Oldest first, for whoever sees the task.
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_attachments_list",
    responses((status = 200, description = "A page of files", body = PageEnvelope<FileBody>)),
    extensions(("x-alveole" = json!({"permission": "files:read", "also": ["tasks:read"], "paged": true})))
)]
#[get("/tasks/{id}/attachments")]
pub(crate) async fn list(call: Call, files: Data<Files>) -> Answer {
    let actor = call.actor()?;
    let task: TaskId = call.id("id")?;
    let mut query = call.query();
    let request = query.page_in_order("uploaded_at", 1);
    query.finish()?;
    let page = files.attachments(&actor, task.get(), request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|file| FileBody::from(&file))))
}

/// Attach a file to a task
///
/// Whoever sees the task may. The file is the caller's; whoever sees the task may download it.
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_attachments_create",
    request_body(content = TaskFileForm, content_type = "multipart/form-data"),
    responses((status = 201, description = "The new file", body = Envelope<FileBody>)),
    extensions(("x-alveole" = json!({"permission": "files:write", "also": ["tasks:read"], "idempotent": true, "tagged": true})))
)]
#[post("/tasks/{id}/attachments")]
pub(crate) async fn attach(
    call: Call,
    files: Data<Files>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let actor = call.actor()?;
    let task: TaskId = call.id("id")?;
    let idempotent = reply::idempotent_for(&call, &[], dto::created)?;
    let fixed = Fixed {
        kind: Some(FileKind::Attachment),
        visibility: Some(Visibility::Private),
        attached: Some(Attached::Task(task.get())),
    };
    let upload = form::receive(&call, &files, &request, payload, &actor, fixed).await?;
    let outcome = files.complete(upload, idempotent).await?;
    reply::outcome(outcome, dto::created)
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
pub(crate) async fn detach(call: Call, files: Data<Files>) -> Answer {
    let actor = call.actor()?;
    let task: TaskId = call.id("id")?;
    let id = call.id("file_id")?;
    call.no_query()?;
    files.detach(&actor, task.get(), id).await?;
    Ok(reply::done("Attachment deleted."))
}
