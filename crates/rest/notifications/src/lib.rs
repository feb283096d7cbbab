#![doc = include_str!("../README.md")]

pub mod codes;
pub mod dto;
pub mod handlers;
pub mod settings;
pub mod settings_dto;

mod module;
mod pages;

use notifications::NotificationError;
use rest::problem::Problem;
use utoipa_actix_web::service_config::ServiceConfig;

pub use module::{description, module};
pub use pages::with_pages;

/// Registers the operations; fixed paths before those with an id.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(handlers::list)
        .service(handlers::count)
        .service(handlers::read_all)
        .service(settings::preferences)
        .service(settings::choose)
        .service(settings::quiet_hours)
        .service(settings::be_quiet)
        .service(settings::unsubscribe)
        .service(handlers::show)
        .service(handlers::update)
        .service(handlers::remove);
}

rest::failure!(NotificationError, present);

fn present(error: NotificationError) -> Problem {
    let problem = Problem::from_error(&error);
    match &error {
        NotificationError::MissingPermission(permission) => problem.with_permission(permission),
        NotificationError::PreferencesStale(settings) => problem.with_current(
            settings_dto::PreferencesBody::from(&settings.preferences),
            settings_dto::settings_etag(settings),
        ),
        NotificationError::QuietHoursStale(settings) => problem.with_current(
            settings_dto::QuietHoursBody::from(&settings.quiet),
            settings_dto::settings_etag(settings),
        ),
        _ => problem,
    }
}
