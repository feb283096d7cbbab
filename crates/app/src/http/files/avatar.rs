//! The picture of an account.

use actix_web::{HttpRequest, delete, put, web::Payload};
use files::{
    FileError, FileId,
    values::{FileKind, Visibility},
};
use kernel::{Actor, Kind, Settled};

use super::{
    dto::PictureForm,
    form::{self, Fixed},
};
use crate::http::{
    call::Call,
    problem::{Answer, Problem},
    reply::{self, Done, Envelope},
    users::dto::{UserBody, user_etag},
};

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
        (status = 200, description = "The account as it is now", body = Envelope<UserBody>),
        (status = 422, description = "The picture cannot be read, or there is no room for it")
    ),
    extensions(("x-alveole" = json!({"permission": "files:write"})))
)]
#[put("/users/me/avatar")]
pub(crate) async fn replace(call: Call, request: HttpRequest, payload: Payload) -> Answer {
    let actor = call.actor()?;
    let fixed = Fixed {
        kind: Some(FileKind::Avatar),
        visibility: Some(Visibility::Public),
        attached: None,
    };
    let upload = form::receive(&call, &request, payload, &actor, fixed).await?;
    let Settled::Fresh(file) = call.state().files.complete(upload, None).await? else {
        let words = "Something went wrong on our side.";
        return Err(Problem::new(Kind::Internal, "internal", words));
    };
    let address = format!("{}{}{}", AROUND.0, file.id, AROUND.1);
    match call.state().users.set_avatar(&actor, Some(address)).await {
        Ok((user, former)) => {
            discard(&call, &actor, former).await;
            let tag = user_etag(&actor, &user);
            Ok(reply::tagged(UserBody::own(&user), &tag))
        }
        Err(error) => {
            let _ = call.state().files.remove(&actor, file.id, None).await;
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
pub(crate) async fn remove(call: Call) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let (_, former) = call.state().users.set_avatar(&actor, None).await?;
    discard(&call, &actor, former).await;
    Ok(reply::done("Picture removed."))
}

/// Deletes the former picture, if it was one of ours.
async fn discard(call: &Call, actor: &Actor, former: Option<String>) {
    let id = former.as_deref().and_then(|url| {
        let id = url.strip_prefix(AROUND.0)?.strip_suffix(AROUND.1)?;
        id.parse::<FileId>().ok()
    });
    let Some(id) = id else { return };
    match call.state().files.remove(actor, id, None).await {
        Ok(()) | Err(FileError::NotFound(_)) => {}
        Err(error) => tracing::warn!(%error, file = id.get(), "a former picture was left"),
    }
}
