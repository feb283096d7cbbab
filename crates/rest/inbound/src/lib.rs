#![doc = include_str!("../README.md")]

pub mod codes;
pub mod dto;
pub mod events;
pub mod payments;
pub mod receive;
pub mod sources;

mod module;

use inbound::InboundError;
use rest::problem::Problem;
use utoipa_actix_web::service_config::ServiceConfig;

pub use module::{description, module};

/// Registers the operations. Those of outbound webhooks with fixed paths below `/webhooks` stand before them.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(sources::list)
        .service(sources::read)
        .service(sources::put)
        .service(sources::update)
        .service(sources::remove)
        .service(events::list)
        .service(events::read)
        .service(events::retry)
        .service(payments::list)
        .service(payments::read)
        .service(receive::receive);
}

rest::failure!(InboundError, present);

/// A stale write gets the current state.
fn present(error: InboundError) -> Problem {
    let problem = Problem::from_error(&error);
    match &error {
        InboundError::MissingPermission(permission) => problem.with_permission(permission),
        InboundError::Stale(source) => {
            problem.with_current(dto::SourceBody::from(source.as_ref()), dto::source_etag(source))
        }
        _ => problem,
    }
}
