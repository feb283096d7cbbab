#![doc = include_str!("../README.md")]

pub mod codes;
pub mod dto;
pub mod handlers;

mod module;

use jobs::JobsError;
use kernel::DomainError as _;
use rest::problem::Problem;
use utoipa_actix_web::service_config::ServiceConfig;

pub use module::{description, module};

/// Registers the operations; fixed paths before those with an id.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(handlers::list)
        .service(handlers::enqueue)
        .service(handlers::kinds)
        .service(handlers::stats)
        .service(handlers::retry_all)
        .service(handlers::read)
        .service(handlers::retry)
        .service(handlers::cancel)
        .service(handlers::queue)
        .service(handlers::update_queue);
}

rest::failure!(JobsError, present);

/// A stale write gets the current state.
fn present(error: JobsError) -> Problem {
    let problem = Problem::from_error(&error);
    match &error {
        JobsError::MissingPermission(permission) => problem.with_permission(permission),
        // Under the code that the document names for 412.
        JobsError::Stale(settings) => Problem::new(error.kind(), "jobs.stale", error.to_string())
            .with_current(dto::QueueBody::from(settings.as_ref()), dto::queue_etag(settings)),
        _ => problem,
    }
}
