//! Links that open a file without signing in.

use std::{sync::Arc, time::Duration};

use actix_web::{delete, get, post, web::Data};
use files::{
    Files,
    file::Share,
    service::{Edition, SHARE_LONGEST, SHARE_SHORTEST},
    values::ShareId,
};
use kernel::{Idempotent, Outcome, Timestamp};
use rest::{
    call::{Body, Call},
    fields::integer,
    reply::{self, Done, Envelope},
};

use super::{
    dto::{self, ContentBytes, NewShareBody, ShareBody, ShareRequestBody},
    send,
};
use crate::Answer;

/// Share a file
///
/// The link needs no sign-in, and is good until it ends or is taken back. It is closed while the account
/// of the file's owner is suspended or closed.
#[utoipa::path(
    tag = "files",
    operation_id = "files_share",
    request_body = ShareRequestBody,
    responses((status = 201, description = "The link", body = Envelope<NewShareBody>)),
    extensions(("x-alveole" = json!({"permission": "files:write", "idempotent": true})))
)]
#[post("/files/{id}/share")]
pub(crate) async fn share(call: Call, files: Data<Files>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id: files::FileId = call.id("id")?;
    call.no_query()?;
    let mut fields = body.fields()?;
    let span = SHARE_SHORTEST.as_secs()..=SHARE_LONGEST.as_secs();
    let lasts = fields.required(
        "expires_in",
        integer(|raw| {
            let seconds = u64::try_from(raw).ok().filter(|seconds| span.contains(seconds));
            let message = || format!("must be {} to {} seconds", span.start(), span.end());
            seconds.map(Duration::from_secs).ok_or_else(|| ("files.expires_in_invalid", message()))
        }),
    );
    let lasts = fields.finish(lasts)?;
    let key = reply::idempotency_key(&call, body.bytes())?;
    let encode = |share: &Share| {
        serde_json::to_vec(&(share.id.get(), share.expires_at.micros())).unwrap_or_default()
    };
    let idempotent = key.map(|key| Idempotent { key, encode: Arc::new(encode) });
    // What is kept of the answer opens nothing: the signature is made anew.
    let (share, expires_at, replayed) = match files.share(&actor, idempotent, id, lasts).await? {
        Outcome::Executed(share) => (share.id, share.expires_at, false),
        Outcome::Replayed(kept) => {
            let (share, expires_at) = read_kept(&kept).ok_or_else(reply::unreadable)?;
            (share, expires_at, true)
        }
    };
    let path = format!("/api/v1/files/{id}/shared");
    let signature = files.link_signature(&path, share, expires_at);
    let exp = expires_at.seconds();
    let data = NewShareBody {
        id: share.get(),
        url: format!("{}{path}?exp={exp}&sig={signature}", call.state().base_url),
        expires_at: expires_at.to_string(),
    };
    let mut made = reply::secret_made(data, &format!("/api/v1/files/{id}/shares"));
    if replayed {
        reply::mark_replayed(&mut made);
    }
    Ok(made)
}

/// The link of an answer that was given before.
fn read_kept(kept: &[u8]) -> Option<(ShareId, Timestamp)> {
    let (id, expires_at): (i64, i64) = serde_json::from_slice(kept).ok()?;
    Some((ShareId::parse(id).ok()?, Timestamp::from_micros(expires_at).ok()?))
}

/// List the links of a file
///
/// Those that are not over, without what opens the file.
#[utoipa::path(
    tag = "files",
    operation_id = "files_shares_list",
    responses((status = 200, description = "The links", body = Envelope<Vec<ShareBody>>)),
    extensions(("x-alveole" = json!({"permission": "files:read"})))
)]
#[get("/files/{id}/shares")]
pub(crate) async fn list(call: Call, files: Data<Files>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let shares = files.shares(&actor, id).await?;
    Ok(reply::ok(shares.iter().map(ShareBody::from).collect::<Vec<_>>()))
}

/// Take a link back
#[utoipa::path(
    tag = "files",
    operation_id = "files_shares_delete",
    responses((status = 200, description = "It opens nothing any more", body = Done)),
    extensions(("x-alveole" = json!({"permission": "files:write"})))
)]
#[delete("/files/{id}/shares/{share_id}")]
pub(crate) async fn unshare(call: Call, files: Data<Files>) -> Answer {
    let actor = call.actor()?;
    let (id, link) = (call.id("id")?, call.id("share_id")?);
    call.no_query()?;
    files.unshare(&actor, id, link).await?;
    Ok(reply::done("Link taken back."))
}

/// Download a shared file
///
/// By the link that `POST /files/{id}/share` gave; with `variant`, a smaller edition of a picture. As
/// `GET /files/{id}/download` otherwise.
#[utoipa::path(
    tag = "files",
    operation_id = "files_shared",
    params(
        ("exp" = i64, Query, description = "As in the link"),
        ("sig" = String, Query, description = "As in the link"),
        ("variant" = inline(Option<dto::VariantWord>), Query, nullable = false, description = "A smaller edition of a picture")
    ),
    responses(
        (status = 200, description = "The content", content((ContentBytes = "application/octet-stream"), (ContentBytes = "*/*"))),
        (status = 206, description = "The parts asked for", content((ContentBytes = "application/octet-stream"), (ContentBytes = "*/*"))),
        (status = 304, description = "The client's copy is current"),
        (status = 403, description = "The link is not valid, or not any more"),
        (status = 412, description = "`If-Match` names another content"),
        (status = 416, description = "No part asked for is within the content")
    ),
    extensions(("x-alveole" = json!({"permission": "public", "tagged": true, "codes": ["files.bad_link"]})))
)]
#[get("/files/{id}/shared")]
pub(crate) async fn shared(call: Call, files: Data<Files>) -> Answer {
    let id: files::FileId = call.id("id")?;
    let mut query = call.query();
    let number = |raw: &str| {
        raw.parse::<i64>().map_err(|_| ("request.value", "must be a number".to_owned()))
    };
    let exp = query.optional("exp", number);
    let sig = query.optional("sig", |raw| Ok(raw.to_owned()));
    let edition = query.optional("variant", dto::edition).unwrap_or(Edition::Original);
    query.finish()?;
    let (Some(exp), Some(sig)) = (exp, sig) else {
        return Err(files::FileError::BadLink.into());
    };
    let path = format!("/api/v1/files/{id}/shared");
    let content = files.shared(id, &path, exp, &sig, edition).await?;
    send::send(&call, files.into_inner(), content).await
}
