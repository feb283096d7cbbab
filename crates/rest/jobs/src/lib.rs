#![doc = include_str!("../README.md")]

pub mod codes;
pub mod dto;
pub mod handlers;
pub mod schedules;

mod module;

use jobs::JobsError;
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
        .service(handlers::update_queue)
        .service(schedules::list)
        .service(schedules::preview)
        .service(schedules::run)
        .service(schedules::read)
        .service(schedules::change);
}

rest::failure!(JobsError, present);

/// A stale write gets the current state.
fn present(error: JobsError) -> Problem {
    let problem = Problem::from_error(&error);
    match &error {
        JobsError::MissingPermission(permission) => problem.with_permission(permission),
        JobsError::Stale(settings) => {
            problem.with_current(dto::QueueBody::from(settings.as_ref()), dto::queue_etag(settings))
        }
        JobsError::ScheduleStale(schedule) => problem.with_current(
            schedules::ScheduleBody::from(schedule.as_ref()),
            schedules::schedule_etag(schedule),
        ),
        _ => problem,
    }
}
