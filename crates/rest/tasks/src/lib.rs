#![doc = include_str!("../README.md")]

pub mod codes;
pub mod comments;
pub mod dto;
pub mod events;
pub mod export;
pub mod handlers;

mod module;

use kernel::Permission;
use rest::{etag, problem::Problem};
use tasks::TaskError;
use utoipa_actix_web::service_config::ServiceConfig;

pub use module::{description, module};

/// Registers the operations; fixed paths before those with an id.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(handlers::list)
        .service(handlers::create)
        .service(handlers::bulk)
        .service(handlers::stats)
        .service(export::export)
        .service(events::events)
        .service(handlers::read)
        .service(handlers::update)
        .service(handlers::remove)
        .service(handlers::restore)
        .service(handlers::assign)
        .service(comments::list)
        .service(comments::create)
        .service(comments::read)
        .service(comments::edit)
        .service(comments::remove);
}

rest::failure!(TaskError, present);

/// A stale write gets the current state.
fn present(error: TaskError) -> Problem {
    let problem = Problem::from_error(&error);
    match &error {
        TaskError::MissingPermission(permission) => problem.with_permission(permission),
        TaskError::Forbidden { .. } => problem.with_permission(Permission::TasksManage.as_str()),
        TaskError::Stale(task) => {
            problem.with_current(dto::TaskBody::from(task.as_ref()), dto::task_etag(task))
        }
        TaskError::CommentStale(comment) => problem
            .with_current(dto::CommentBody::from(comment.as_ref()), etag::of(comment.version, "")),
        _ => problem,
    }
}
