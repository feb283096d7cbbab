//! Files: parse, call, present.

use std::sync::Arc;

use actix_web::{
    HttpRequest, delete, get, post, route,
    web::{Data, Payload},
};
use files::{
    FileError, Files,
    query::{DEFAULT_ORDER, FileSort},
    service::Edition,
};
use rest::{
    call::{Body, Call},
    etag,
    reply::{self, Done, Envelope, PageEnvelope},
};

use super::{
    dto::{self, FileBody, FilterParams, UpdateFileBody, UploadForm},
    form::{self, Fixed},
    send,
};
use crate::Answer;

/// List files
///
/// The caller's own; with `files:manage`, everybody's.
#[utoipa::path(
    tag = "files",
    operation_id = "files_list",
    params(FilterParams),
    responses((status = 200, description = "A page of files", body = PageEnvelope<FileBody>)),
    extensions(("x-alveole" = json!({"permission": "files:read", "paged": true})))
)]
#[get("/files")]
pub(crate) async fn list(call: Call, files: Data<Files>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let filter = dto::filter(&call, &mut query)?;
    let order = query.order(&FileSort::ALL, &DEFAULT_ORDER);
    let request = query.page(&order, &FileSort::ALL);
    query.finish()?;
    let page = files.list(&actor, filter, order, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|file| FileBody::from(&file))))
}

/// Upload a file
///
/// Streamed. Its format is found out by its content, which must be one that the type takes and that
/// the name and the declared media type do not contradict. Text is kept under the `text/*` that was
/// declared. Pictures are drawn anew: upright, in sRGB, without metadata; of one that moves the first
/// frame is kept, and `warnings` says so. `type` and `visibility` may also stand in the query.
#[utoipa::path(
    tag = "files",
    operation_id = "files_upload",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, description = "The new file", body = Envelope<FileBody>)),
    extensions(("x-alveole" = json!({"permission": "files:write", "idempotent": true, "tagged": true})))
)]
#[post("/files")]
pub(crate) async fn upload(
    call: Call,
    files: Data<Files>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let actor = call.actor()?;
    let idempotent = reply::idempotent_for(&call, &[], dto::created)?;
    let fixed = Fixed { kind: None, visibility: None, attached: None };
    let upload = form::receive(&call, &files, &request, payload, &actor, fixed).await?;
    let outcome = files.complete(upload, idempotent).await?;
    reply::outcome(outcome, dto::created)
}

/// Read what is known of a file
#[utoipa::path(
    tag = "files",
    operation_id = "files_read",
    responses((status = 200, description = "The file", body = Envelope<FileBody>)),
    extensions(("x-alveole" = json!({"permission": "files:read", "conditional": "read"})))
)]
#[get("/files/{id}")]
pub(crate) async fn read(call: Call, files: Data<Files>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let file = files.get(&actor, id).await?;
    reply::tagged_unless_known(&call, FileBody::from(&file), &etag::of(file.version, ""))
}

/// Change a file
///
/// Its name, type or visibility; an absent field stays. The content never changes.
#[utoipa::path(
    tag = "files",
    operation_id = "files_update",
    request_body = UpdateFileBody,
    responses((status = 200, description = "The file as it is now", body = Envelope<FileBody>)),
    extensions(("x-alveole" = json!({"permission": "files:write", "conditional": "write"})))
)]
#[route("/files/{id}", method = "PUT", method = "PATCH")]
pub(crate) async fn update(call: Call, files: Data<Files>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let update = dto::update(&body)?;
    let file = files.update(&actor, id, call.expected()?, update).await?;
    Ok(reply::tagged(FileBody::from(&file), &etag::of(file.version, "")))
}

/// Delete a file
///
/// Its content goes with the last file that has it.
#[utoipa::path(
    tag = "files",
    operation_id = "files_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "files:write", "conditional": "write"})))
)]
#[delete("/files/{id}")]
pub(crate) async fn remove(call: Call, files: Data<Files>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    files.remove(&actor, id, call.expected()?).await?;
    Ok(reply::done("File deleted."))
}

/// Download a file
///
/// Public files need no sign-in. `Range` and conditions as RFC 9110 has them; the strong `ETag` is the
/// SHA-256 of what is sent. Always as an attachment, and under a policy that lets a browser do nothing
/// with it.
#[utoipa::path(
    tag = "files",
    operation_id = "files_download",
    params(
        ("variant" = inline(Option<dto::VariantWord>), Query, nullable = false, description = "A smaller edition of a picture"),
        ("Range" = Option<String>, Header, nullable = false, description = "Parts of it", example = "bytes=0-1023")
    ),
    responses(
        (status = 200, description = "The content", content((dto::ContentBytes = "application/octet-stream"), (dto::ContentBytes = "*/*"))),
        (status = 206, description = "The parts asked for", content((dto::ContentBytes = "application/octet-stream"), (dto::ContentBytes = "*/*"))),
        (status = 304, description = "The client's copy is current"),
        (status = 412, description = "`If-Match` names another content"),
        (status = 416, description = "No part asked for is within the content")
    ),
    extensions(("x-alveole" = json!({"permission": "files:read", "optional": true, "tagged": true})))
)]
#[get("/files/{id}/download")]
pub(crate) async fn download(call: Call, files: Data<Files>) -> Answer {
    // Who is refused may still have what is public; when it is not, the refusal stands.
    let (actor, refusal) = match call.actor() {
        Ok(actor) => (Some(actor), None),
        Err(refusal) => (None, Some(refusal)),
    };
    let id = call.id("id")?;
    let mut query = call.query();
    let edition = query.optional("variant", dto::edition).unwrap_or(Edition::Original);
    query.finish()?;
    match (files.content(actor.as_ref(), id, edition).await, refusal) {
        (Err(FileError::NotSignedIn), Some(refusal)) => Err(refusal.into()),
        (content, _) => send::send(&call, Arc::clone(&files), content?).await,
    }
}
