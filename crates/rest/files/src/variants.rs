//! Pictures in sizes that somebody asks for.

use std::sync::Arc;

use actix_web::{get, post, web::Data};
use files::{
    FileError, FileId, Files,
    outbound::{Fit, PictureFormat},
    service::{Edge, Wanted},
};
use rest::{
    call::{Body, Call},
    fields::{Reason, integer, string},
    reply::{self, Envelope},
    url,
};

use super::{
    dto::{ContentBytes, FitWord, FormatWord, VariantLinkBody, VariantRequestBody},
    send,
};
use crate::Answer;

fn path_of(id: FileId) -> String {
    format!("/api/v1/files/{id}/variant")
}

fn edge(raw: i64) -> Result<Edge, Reason> {
    Edge::parse(raw)
        .ok_or_else(|| ("files.edge_invalid", format!("must be 1 to {}", Edge::LONGEST)))
}

fn edge_word(raw: &str) -> Result<Edge, Reason> {
    raw.parse().map_err(|_| ("request.value", "must be a number".to_owned())).and_then(edge)
}

fn fit(raw: &str) -> Result<Fit, Reason> {
    let found = Fit::ALL.into_iter().find(|fit| fit.as_str() == raw);
    found.ok_or_else(|| ("files.fit_unknown", "must be inside or cover".to_owned()))
}

fn format(raw: &str) -> Result<PictureFormat, Reason> {
    let found = PictureFormat::WRITTEN.into_iter().find(|format| format.as_str() == raw);
    found.ok_or_else(|| ("files.format_unknown", "must be jpeg, png or webp".to_owned()))
}

/// Ask for a picture in another size
///
/// The link draws it whenever it is fetched, and does not end. It opens nothing: who fetches it needs
/// the same right as for a download, so only links to public pictures work for everybody.
#[utoipa::path(
    tag = "files",
    operation_id = "files_variants_sign",
    request_body = VariantRequestBody,
    responses((status = 200, description = "The link", body = Envelope<VariantLinkBody>)),
    extensions(("x-alveole" = json!({"permission": "files:read"})))
)]
#[post("/files/{id}/variants")]
pub(crate) async fn sign(call: Call, files: Data<Files>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id: FileId = call.id("id")?;
    call.no_query()?;
    let mut fields = body.fields()?;
    let width = fields.required("width", integer(edge));
    let height = fields.required("height", integer(edge));
    let fit = fields.required("fit", string(fit));
    let format = fields.optional("format", string(format));
    let wanted = width.zip(height).zip(fit);
    let wanted = wanted.map(|((width, height), fit)| Wanted { width, height, fit, format });
    let wanted = fields.finish(wanted)?;
    let path = path_of(id);
    let signature = files.sign_variant(&actor, id, wanted, &path).await?;
    let mut pairs = vec![
        ("w", wanted.width.get().to_string()),
        ("h", wanted.height.get().to_string()),
        ("fit", wanted.fit.as_str().to_owned()),
    ];
    pairs.extend(wanted.format.map(|format| ("format", format.as_str().to_owned())));
    pairs.push(("sig", signature));
    let query = url::encode_pairs(&pairs);
    Ok(reply::ok(VariantLinkBody { url: format!("{}{path}?{query}", call.state().base_url) }))
}

/// Draw a picture in another size
///
/// By the link that `POST /files/{id}/variants` gave; nothing in it can be changed. As
/// `GET /files/{id}/download` otherwise: public files need no sign-in. The strong `ETag` is known
/// before anything is drawn.
#[utoipa::path(
    tag = "files",
    operation_id = "files_variant",
    params(
        ("w" = Option<i64>, Query, nullable = false, minimum = 1, maximum = 2048, description = "As in the link"),
        ("h" = Option<i64>, Query, nullable = false, minimum = 1, maximum = 2048, description = "As in the link"),
        ("fit" = Option<FitWord>, Query, nullable = false, description = "As in the link"),
        ("format" = Option<FormatWord>, Query, nullable = false, description = "As in the link"),
        ("sig" = Option<String>, Query, nullable = false, description = "As in the link"),
        ("Range" = Option<String>, Header, nullable = false, description = "Parts of it", example = "bytes=0-1023")
    ),
    responses(
        (status = 200, description = "The picture", content((ContentBytes = "application/octet-stream"), (ContentBytes = "image/*"))),
        (status = 206, description = "The parts asked for", content((ContentBytes = "application/octet-stream"), (ContentBytes = "image/*"))),
        (status = 304, description = "The client's copy is current"),
        (status = 403, description = "The link is not valid, or a permission is missing"),
        (status = 412, description = "`If-Match` names another content"),
        (status = 416, description = "No part asked for is within the content"),
        (status = 422, description = "The picture cannot be read under the limits of this server")
    ),
    extensions(("x-alveole" = json!({"permission": "files:read", "optional": true, "tagged": true, "codes": ["files.bad_picture"]})))
)]
#[get("/files/{id}/variant")]
pub(crate) async fn draw(call: Call, files: Data<Files>) -> Answer {
    // Who is refused may still have what is public; when it is not, the refusal stands.
    let (actor, refusal) = match call.actor() {
        Ok(actor) => (Some(actor), None),
        Err(refusal) => (None, Some(refusal)),
    };
    let id: FileId = call.id("id")?;
    let mut query = call.query();
    let width = query.optional("w", edge_word);
    let height = query.optional("h", edge_word);
    let fit = query.optional("fit", fit);
    let format = query.optional("format", format);
    let signature = query.optional("sig", |raw| Ok(raw.to_owned()));
    query.finish()?;
    let link =
        width.zip(height).zip(fit).zip(signature).map(|(((width, height), fit), signature)| {
            (Wanted { width, height, fit, format }, signature)
        });
    match (files.derivative(actor.as_ref(), id, &path_of(id), link).await, refusal) {
        (Err(FileError::NotSignedIn), Some(refusal)) => Err(refusal.into()),
        (derivative, _) => {
            let derivative = derivative?;
            match send::precondition(&call, &derivative.file, &derivative.name, derivative.hash)? {
                Some(answer) => Ok(answer),
                None => {
                    let drawn = files.drawn(derivative).await?;
                    send::send(&call, Arc::clone(&files), drawn).await
                }
            }
        }
    }
}
