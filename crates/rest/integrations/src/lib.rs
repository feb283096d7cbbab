#![doc = include_str!("../README.md")]

pub mod codes;
pub mod dto;
pub mod handlers;

mod module;

use actix_web::http::header::RETRY_AFTER;
use integrations::IntegrationsError;
use rest::problem::Problem;
use utoipa_actix_web::service_config::ServiceConfig;

pub use module::{description, module};

/// Registers the operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(handlers::weather)
        .service(handlers::crypto)
        .service(handlers::translate_short)
        .service(handlers::translate)
        .service(handlers::status);
}

rest::failure!(IntegrationsError, present);

/// A provider that is away says when it is worth trying again.
fn present(error: IntegrationsError) -> Problem {
    let problem = Problem::from_error(&error);
    match &error {
        IntegrationsError::MissingPermission(permission) => problem.with_permission(permission),
        IntegrationsError::Unavailable { retry_after } => {
            let seconds = retry_after.as_millis().div_ceil(1000).to_string();
            problem.with_header(RETRY_AFTER, &seconds)
        }
        _ => problem,
    }
}
