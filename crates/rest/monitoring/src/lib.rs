#![doc = include_str!("../README.md")]

pub mod charts;
pub mod codes;
pub mod dto;
pub mod handlers;
pub mod live;

mod module;

use monitoring::MonitoringError;
use rest::problem::Problem;
use utoipa_actix_web::service_config::ServiceConfig;

pub use module::{description, module};

/// Registers the operations; fixed paths before those with an id.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(charts::list_series)
        .service(charts::read_metrics)
        .service(charts::export_metrics)
        .service(handlers::list_rules)
        .service(handlers::create_rule)
        .service(handlers::read_rule)
        .service(handlers::update_rule)
        .service(handlers::remove_rule)
        .service(handlers::list_alerts)
        .service(handlers::acknowledge)
        .service(handlers::silence)
        .service(live::open_socket);
}

rest::failure!(MonitoringError, present);

/// A stale write gets the current state.
fn present(error: MonitoringError) -> Problem {
    let problem = Problem::from_error(&error);
    match &error {
        MonitoringError::MissingPermission(permission) => problem.with_permission(permission),
        MonitoringError::Stale(rule) => {
            problem.with_current(dto::RuleBody::from(rule.as_ref()), dto::etag_of(rule))
        }
        _ => problem,
    }
}
