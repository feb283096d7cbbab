#![doc = include_str!("../README.md")]

pub mod codes;
pub mod deliveries;
pub mod dto;
pub mod handlers;

mod document;
mod module;

use rest::problem::Problem;
use utoipa_actix_web::service_config::ServiceConfig;
use webhooks::WebhookError;

pub use module::{description, module};

/// Registers the operations; fixed paths before those with an id.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(deliveries::types)
        .service(handlers::list)
        .service(handlers::create)
        .service(handlers::read)
        .service(handlers::update)
        .service(handlers::remove)
        .service(handlers::enable)
        .service(handlers::disable)
        .service(handlers::rotate)
        .service(deliveries::test)
        .service(deliveries::replay)
        .service(deliveries::list)
        .service(deliveries::read)
        .service(deliveries::retry);
}

rest::failure!(WebhookError, present);

/// A stale write gets the current state.
fn present(error: WebhookError) -> Problem {
    let problem = Problem::from_error(&error);
    match &error {
        WebhookError::MissingPermission(permission) => problem.with_permission(permission),
        WebhookError::Gap(gap) => problem.with_gap(*gap),
        WebhookError::Stale(endpoint) => {
            let body = dto::EndpointBody::stale(endpoint);
            let etag = dto::etag_of(&body);
            problem.with_current(body, etag)
        }
        _ => problem,
    }
}
