#![doc = include_str!("../README.md")]

pub mod attachments;
pub mod avatar;
pub mod codes;
pub mod documents;
pub mod documents_codes;
pub mod dto;
mod form;
pub mod handlers;
mod module;
pub mod owned;
mod send;
pub mod shares;
pub mod uploads;
pub mod variants;

use actix_web::http::{StatusCode, header::HeaderName};
use files::FileError;
use kernel::Permission;
use rest::{etag, problem::Problem, rules::RequestRule};
use utoipa_actix_web::service_config::ServiceConfig;

pub use module::{description, module};

/// Registers the operations.
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
        .service(handlers::update)
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
        .service(avatar::remove)
        .service(documents::handlers::generate_pdf);
}

/// Uploaded content gets no script, style or frame in a browser, and no origin of ours.
const CONTENT: &str = "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; \
                       form-action 'none'; object-src 'none'";

/// What the routes ask of the code around their handlers. Uploads may last as long as bytes keep
/// coming.
pub const RULES: &[RequestRule] = &[
    RequestRule::new("/files").method("POST").no_deadline(),
    RequestRule::new("/tasks/{id}/attachments").method("POST").no_deadline(),
    RequestRule::new("/products/{id}/files").method("POST").no_deadline(),
    RequestRule::new("/users/me/avatar").method("PUT").no_deadline(),
    RequestRule::new("/files/uploads").method_override().describe(uploads::describe),
    RequestRule::new("/files/uploads/{id}").method_override().describe(uploads::describe),
    RequestRule::new("/files/uploads/{id}").method("PATCH").no_deadline(),
    RequestRule::new("/files/{id}/download").content_security(CONTENT),
    RequestRule::new("/files/{id}/shared").content_security(CONTENT),
    RequestRule::new("/files/{id}/variant").content_security(CONTENT),
    // A document of ten thousand rows is longer than other bodies.
    RequestRule::new("/generate-pdf").max_body(8 << 20),
];

rest::failure!(FileError, present);

/// A stale delete gets the current state.
fn present(error: FileError) -> Problem {
    let problem = Problem::from_error(&error);
    match &error {
        FileError::MissingPermission(permission) => problem.with_permission(permission),
        FileError::Forbidden { .. } => problem.with_permission(Permission::FilesManage.as_str()),
        // tus has no name for this status but the number.
        FileError::ChecksumMismatch => match StatusCode::from_u16(460) {
            Ok(status) => problem.with_status(status),
            Err(_) => problem,
        },
        FileError::WrongOffset(end) => {
            problem.with_header(HeaderName::from_static("upload-offset"), &end.to_string())
        }
        FileError::Stale(file) => {
            problem.with_current(dto::FileBody::from(file.as_ref()), etag::of(file.version, ""))
        }
        _ => problem,
    }
}
