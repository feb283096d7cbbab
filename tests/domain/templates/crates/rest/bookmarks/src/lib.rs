#![doc = include_str!("../README.md")]

pub mod codes;
pub mod dto;
pub mod handlers;

mod module;

use bookmarks::BookmarkError;
use rest::problem::Problem;
use utoipa_actix_web::service_config::ServiceConfig;

pub use module::{description, module};

/// Registers the operations; fixed paths before those with an id.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(handlers::list)
        .service(handlers::create)
        .service(handlers::read)
        .service(handlers::update)
        .service(handlers::remove);
}

rest::failure!(BookmarkError, present);

/// A stale write gets the current state.
fn present(error: BookmarkError) -> Problem {
    let problem = Problem::from_error(&error);
    match &error {
        BookmarkError::MissingPermission(permission) => problem.with_permission(permission),
        BookmarkError::Stale(bookmark) => {
            problem.with_current(dto::BookmarkBody::from(bookmark.as_ref()), dto::etag_of(bookmark))
        }
        _ => problem,
    }
}
