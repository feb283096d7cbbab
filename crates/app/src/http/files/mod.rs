//! The routes of files.

pub mod attachments;
pub mod avatar;
pub mod dto;
mod form;
pub mod handlers;
pub mod owned;
mod send;
pub mod shares;
pub mod uploads;
pub mod variants;

use actix_web::http::{Method, StatusCode, header::HeaderName};
use files::FileError;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{problem::Problem, reply::etag};

/// Registers the room's routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        // `/files/uploads` goes before `/files/{id}`.
        .service(uploads::create)
        .service(uploads::read)
        .service(uploads::resume)
        .service(uploads::terminate)
        .service(handlers::list)
        .service(handlers::upload)
        .service(handlers::read)
        .service(handlers::remove)
        .service(handlers::download)
        .service(shares::shared)
        .service(shares::share)
        .service(shares::list)
        .service(shares::unshare)
        .service(variants::sign)
        .service(variants::draw)
        .service(attachments::list)
        .service(attachments::attach)
        .service(attachments::detach)
        .service(owned::list)
        .service(owned::attach)
        .service(avatar::replace)
        .service(avatar::remove);
}

/// True where bytes of any number come: such a call may last as long as bytes keep coming.
pub fn is_upload(method: &Method, path: &str) -> bool {
    let Some(path) = path.strip_prefix("/api/v1/") else { return false };
    match *method {
        Method::POST => {
            path == "files"
                || (path.starts_with("tasks/") && path.ends_with("/attachments"))
                || (path.starts_with("products/") && path.ends_with("/files"))
        }
        Method::PUT => path == "users/me/avatar",
        Method::PATCH => path.starts_with("files/uploads/"),
        _ => false,
    }
}

/// True where content of others is sent, which no browser may take for a page of ours.
pub fn is_download(path: &str) -> bool {
    path.starts_with("/api/v1/files/")
        && ["/download", "/shared", "/variant"].iter().any(|end| path.ends_with(end))
}

/// This room's failures; a stale delete is told the current state.
impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        let problem = Self::from_fault(&error);
        match &error {
            FileError::MissingPermission(permission) => problem.with_permission(permission),
            // tus has no name for this status but the number.
            FileError::ChecksumMismatch => match StatusCode::from_u16(460) {
                Ok(status) => problem.with_status(status),
                Err(_) => problem,
            },
            FileError::WrongOffset(end) => {
                problem.with_header(HeaderName::from_static("upload-offset"), &end.to_string())
            }
            FileError::Stale(file) => {
                problem.with_current(dto::FileBody::from(file.as_ref()), etag(file.version, ""))
            }
            _ => problem,
        }
    }
}
