//! Files of something that the caller owns.

use actix_web::{
    HttpRequest, get, post,
    web::{Data, Payload},
};
use files::{Files, file::Attached, values::Visibility};
use kernel::OwnedId;
use rest::{
    call::Call,
    reply::{self, Envelope, PageEnvelope},
};

use super::{
    dto::{self, FileBody, OwnedFileForm},
    form::{self, Fixed},
};
use crate::Answer;

/// List the files of something one owns
///
/// Oldest first. `id` is that of the thing, as `GET /user-products` shows it.
#[utoipa::path(
    tag = "products",
    operation_id = "products_files_list",
    responses((status = 200, description = "A page of files", body = PageEnvelope<FileBody>)),
    extensions(("x-alveole" = json!({"permission": "files:read", "paged": true})))
)]
#[get("/products/{id}/files")]
pub(crate) async fn list(call: Call, files: Data<Files>) -> Answer {
    let actor = call.actor()?;
    let owned: OwnedId = call.id("id")?;
    let mut query = call.query();
    let request = query.page_in_order("uploaded_at", 1);
    query.finish()?;
    let page = files.of_owned(&actor, owned, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|file| FileBody::from(&file))))
}

/// Attach a file to something one owns
///
/// A manual, a warranty, an invoice, a picture … of it; `id` is that of the thing, as
/// `GET /user-products` shows it. While it has files it cannot be deleted.
#[utoipa::path(
    tag = "products",
    operation_id = "products_files_create",
    request_body(content = OwnedFileForm, content_type = "multipart/form-data"),
    responses((status = 201, description = "The new file", body = Envelope<FileBody>)),
    extensions(("x-alveole" = json!({"permission": "files:write", "idempotent": true, "tagged": true})))
)]
#[post("/products/{id}/files")]
pub(crate) async fn attach(
    call: Call,
    files: Data<Files>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let actor = call.actor()?;
    let owned: OwnedId = call.id("id")?;
    let idempotent = reply::idempotent_for(&call, &[], dto::created)?;
    let fixed = Fixed {
        kind: None,
        visibility: Some(Visibility::Private),
        attached: Some(Attached::Owned(owned)),
    };
    let upload = form::receive(&call, &files, &request, payload, &actor, fixed).await?;
    let outcome = files.complete(upload, idempotent).await?;
    reply::outcome(outcome, dto::created)
}
