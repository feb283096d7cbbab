//! The routes of accounts, of administrators' work on them, and of the audit trail.

pub mod admin;
pub mod audit;
pub mod dto;
pub mod export;
pub mod handlers;
pub mod phone;
pub mod roles;
pub mod service_accounts;

use kernel::DomainError as _;
use rest::{call::Call, problem::Problem, rules::RequestRule};
use users::UserError;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{aimed, audited, present};

/// What the routes ask of the code around their handlers: how a refused caller is recorded.
pub const RULES: &[RequestRule] = &[
    audited("PUT", "/users/me", "users.updated"),
    audited("DELETE", "/users/me", "users.deleted"),
    audited("PUT", "/users/password", "auth.password_changed"),
    audited("POST", "/users/me/email", "auth.email_change_asked"),
    audited("POST", "/users/me/phone", "auth.phone_asked"),
    audited("POST", "/users/me/phone/confirm", "auth.phone_changed"),
    audited("DELETE", "/users/me/phone", "auth.phone_removed"),
    audited("GET", "/users/me/export", "users.exported"),
    aimed("PUT", "/users/{id}", "users.updated"),
    aimed("DELETE", "/users/{id}", "users.deleted"),
    aimed("DELETE", "/users/{id}/2fa", "users.two_factor_reset"),
    audited("GET", "/admin/users", "users.listed"),
    aimed("PUT", "/admin/users/{id}", "users.role_changed"),
    aimed("GET", "/admin/users/{id}/sessions", "auth.sessions_listed"),
    aimed("DELETE", "/admin/users/{id}/sessions", "auth.sessions_ended"),
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
    audited("GET", "/admin/audit/verify", "audit.read"),
    audited("GET", "/admin/audit/export", "audit.exported"),
];

/// Registers the operations; fixed paths before those with an id.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(handlers::list)
        .service(handlers::list_others)
        .service(handlers::me)
        .service(handlers::update_me)
        .service(handlers::remove_me)
        .service(handlers::change_email)
        .service(phone::confirm)
        .service(phone::ask)
        .service(phone::remove)
        .service(export::export_me)
        .service(handlers::change_password)
        .service(handlers::read)
        .service(admin::update)
        .service(admin::remove)
        .service(admin::list)
        .service(admin::administer)
        .service(admin::sessions)
        .service(admin::end_sessions)
        .service(service_accounts::make)
        .service(service_accounts::list)
        .service(service_accounts::remove)
        .service(service_accounts::make_token)
        .service(service_accounts::tokens)
        .service(service_accounts::delete_token)
        .service(roles::list)
        .service(roles::make)
        .service(roles::read)
        .service(roles::change)
        .service(roles::remove)
        .service(roles::of_user)
        .service(roles::assign)
        .service(admin::reset_factor)
        .service(audit::audit)
        .service(audit::verify)
        .service(audit::export);
}

/// The problem of an error; a stale write gets the current state, as the caller may see it.
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
    debug_assert!(current.is_some() || error.kind() != kernel::ErrorKind::Stale);
    let problem = present(error);
    match current {
        Some((current, etag)) => problem.with_current(current, etag),
        None => problem,
    }
}
