//! The routes of accounts, of administrators' work on them, and of the audit trail.

pub mod admin;
pub mod audit;
pub mod dto;
pub mod export;
pub mod handlers;
pub mod machines;
pub mod roles;

use actix_web::http::header::RETRY_AFTER;
use kernel::Fault as _;
use users::{UserError, error::seconds_up};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{call::Call, problem::Problem};

/// Registers the room's routes; fixed paths before those with an id.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(handlers::list)
        .service(handlers::list_others)
        .service(handlers::me)
        .service(handlers::update_me)
        .service(handlers::remove_me)
        .service(handlers::change_email)
        .service(export::export_me)
        .service(handlers::change_password)
        .service(handlers::read)
        .service(admin::update)
        .service(admin::remove)
        .service(admin::list)
        .service(admin::govern)
        .service(machines::make)
        .service(machines::list)
        .service(machines::remove)
        .service(machines::make_token)
        .service(machines::tokens)
        .service(machines::delete_token)
        .service(roles::list)
        .service(roles::make)
        .service(roles::read)
        .service(roles::change)
        .service(roles::remove)
        .service(roles::of_user)
        .service(roles::assign)
        .service(admin::reset_factor)
        .service(audit::audit)
        .service(audit::export);
}

/// This room's failures.
impl From<UserError> for Problem {
    fn from(error: UserError) -> Self {
        let problem = Self::from_fault(&error);
        match error {
            UserError::TooSoon(left) => {
                problem.with_header(RETRY_AFTER, &(left.as_secs() + 1).to_string())
            }
            UserError::MissingPermission(permission) => problem.with_permission(permission),
            UserError::SlowDown(wait) => {
                metrics::counter!("rate_limited_total", "policy" => "tries").increment(1);
                let seconds = seconds_up(wait).to_string();
                problem.with_header(RETRY_AFTER, &seconds)
            }
            UserError::AccountLimit(wait) => {
                metrics::counter!("rate_limited_total", "policy" => "account").increment(1);
                problem.with_header(RETRY_AFTER, &seconds_up(wait).to_string())
            }
            UserError::Overloaded(wait) => {
                problem.with_header(RETRY_AFTER, &seconds_up(wait).max(1).to_string())
            }
            _ => problem,
        }
    }
}

/// Tells a stale write the current state, as the caller may see it.
pub fn explain(call: &Call, error: UserError) -> Problem {
    let current = match (&error, call.actor()) {
        (UserError::Stale(user), Ok(actor)) => {
            let body = serde_json::to_value(dto::UserBody::seen_by(&actor, user));
            Some((body.unwrap_or_default(), dto::user_etag(&actor, user)))
        }
        (UserError::RoleStale(role), _) => {
            let body = serde_json::to_value(roles::RoleBody::from(&**role));
            Some((body.unwrap_or_default(), roles::role_etag(role)))
        }
        _ => None,
    };
    debug_assert!(current.is_some() || error.kind() != kernel::Kind::Stale);
    let problem = Problem::from(error);
    match current {
        Some((current, etag)) => problem.with_current(current, etag),
        None => problem,
    }
}
