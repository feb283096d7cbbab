//! The picture of an account.

use std::{borrow::Cow, sync::Arc};

use actix_web::{
    HttpRequest, delete, route,
    web::{Data, Payload},
};
use files::{
    FileError, FileId, Files,
    file::Uploaded,
    values::{FileKind, Visibility},
};
use kernel::{Actor, BoxFuture, ErrorKind, Outcome};
use rest::{
    call::Call,
    problem::Problem,
    reply::{self, Done},
};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Ref, RefOr, Schema},
};

use super::{
    dto::PictureForm,
    form::{self, Fixed},
};
use crate::Answer;

/// An account after its picture changed.
#[derive(Debug)]
pub struct Changed {
    /// The account as its owner sees it.
    pub account: serde_json::Value,
    /// Its entity tag.
    pub etag: String,
    /// The address of the picture before.
    pub former: Option<String>,
}

/// Gives the caller's account the picture at an address, or none. The domain that keeps accounts
/// provides it.
pub type SetAvatar = Arc<
    dyn Fn(Actor, Option<String>) -> BoxFuture<'static, Result<Changed, Problem>> + Send + Sync,
>;

/// The answer with an account, whose schema another module describes.
#[derive(Debug, Serialize)]
pub struct Account(serde_json::Value);

impl PartialSchema for Account {
    fn schema() -> RefOr<Schema> {
        RefOr::Ref(Ref::from_schema_name(Self::name()))
    }
}

impl ToSchema for Account {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Envelope_users.User")
    }
}

/// What stands around the number in the address of a picture.
const AROUND: (&str, &str) = ("/api/v1/files/", "/download?variant=thumb");

/// Set one's picture
///
/// JPEG, PNG, WebP or GIF. It is public, and takes the place of the former one.
#[utoipa::path(
    tag = "users",
    operation_id = "users_avatar_replace",
    request_body(content = PictureForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "The account as it is now", body = Account),
        (status = 422, description = "The picture cannot be read, or there is no room for it")
    ),
    extensions(("x-alveole" = json!({"permission": "files:write", "tagged": true, "codes": ["files.bad_picture"]})))
)]
#[route("/users/me/avatar", method = "PUT", method = "PATCH")]
pub(crate) async fn replace(
    call: Call,
    files: Data<Files>,
    set_avatar: Data<SetAvatar>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let actor = call.actor()?;
    let fixed = Fixed {
        kind: Some(FileKind::Avatar),
        visibility: Some(Visibility::Public),
        attached: None,
    };
    let upload = form::receive(&call, &files, &request, payload, &actor, fixed).await?;
    let Outcome::Executed(Uploaded { file, .. }) = files.complete(upload, None).await? else {
        let words = "Something went wrong on our side.";
        return Err(Problem::new(ErrorKind::Internal, "internal", words).into());
    };
    let address = format!("{}{}{}", AROUND.0, file.id, AROUND.1);
    match (**set_avatar)(actor.clone(), Some(address)).await {
        Ok(Changed { account, etag, former }) => {
            discard(&files, &actor, former).await;
            Ok(reply::tagged(account, &etag))
        }
        Err(error) => {
            let _ = files.remove(&actor, file.id, None).await;
            Err(error.into())
        }
    }
}

/// Remove one's picture
#[utoipa::path(
    tag = "users",
    operation_id = "users_avatar_delete",
    responses((status = 200, description = "There is none any more", body = Done)),
    extensions(("x-alveole" = json!({"permission": "files:write"})))
)]
#[delete("/users/me/avatar")]
pub(crate) async fn remove(call: Call, files: Data<Files>, set_avatar: Data<SetAvatar>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let changed = (**set_avatar)(actor.clone(), None).await?;
    discard(&files, &actor, changed.former).await;
    Ok(reply::done("Picture removed."))
}

/// Deletes the former picture, if it was one of ours.
async fn discard(files: &Files, actor: &Actor, former: Option<String>) {
    let id = former.as_deref().and_then(|url| {
        let id = url.strip_prefix(AROUND.0)?.strip_suffix(AROUND.1)?;
        id.parse::<FileId>().ok()
    });
    let Some(id) = id else { return };
    match files.remove(actor, id, None).await {
        Ok(()) | Err(FileError::NotFound(_)) => {}
        Err(error) => tracing::warn!(%error, file = id.get(), "a former picture was left"),
    }
}
