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

use super::{call::Call, problem::Problem, rules::RequestRule};

const fn audited(
    method: &'static str,
    template: &'static str,
    action: &'static str,
) -> RequestRule {
    RequestRule::new(template).method(method).audit(action)
}

/// The account in the path goes into the record.
const fn aimed(method: &'static str, template: &'static str, action: &'static str) -> RequestRule {
    RequestRule::new(template).method(method).audit_of_account(action)
}

/// What the routes ask of the code around their handlers: how a refused caller is recorded.
pub const RULES: &[RequestRule] = &[
    audited("PUT", "/users/me", "users.updated"),
    audited("DELETE", "/users/me", "users.deleted"),
    audited("PUT", "/users/password", "auth.password_changed"),
    audited("POST", "/users/me/email", "auth.email_change_asked"),
    audited("GET", "/users/me/export", "users.exported"),
    aimed("PUT", "/users/{id}", "users.updated"),
    aimed("DELETE", "/users/{id}", "users.deleted"),
    aimed("DELETE", "/users/{id}/2fa", "users.two_factor_reset"),
    audited("GET", "/admin/users", "users.listed"),
    aimed("PUT", "/admin/users/{id}", "users.role_changed"),
    aimed("GET", "/admin/users/{id}/roles", "roles.listed"),
    aimed("PUT", "/admin/users/{id}/roles", "users.roles_assigned"),
    audited("GET", "/admin/roles", "roles.listed"),
    audited("POST", "/admin/roles", "roles.created"),
    audited("GET", "/admin/roles/{name}", "roles.listed"),
    audited("PUT", "/admin/roles/{name}", "roles.updated"),
    audited("DELETE", "/admin/roles/{name}", "roles.deleted"),
    audited("GET", "/admin/service-accounts", "users.listed"),
    audited("POST", "/admin/service-accounts", "users.service_account_created"),
    aimed("DELETE", "/admin/service-accounts/{id}", "users.deleted"),
    aimed("GET", "/admin/service-accounts/{id}/tokens", "auth.tokens_listed"),
    aimed("POST", "/admin/service-accounts/{id}/tokens", "auth.token_created"),
    aimed("DELETE", "/admin/service-accounts/{id}/tokens/{token_id}", "auth.token_deleted"),
    audited("GET", "/admin/audit", "audit.read"),
    audited("GET", "/admin/audit/export", "audit.exported"),
];

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
                problem.with_header(actix_web::http::header::RETRY_AFTER, &seconds)
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
