#![doc = include_str!("../README.md")]

pub mod accounts;
pub mod auth;
pub mod auth_codes;
pub mod authz;
pub mod codes;
pub mod keys;
mod module;
mod pages;

use std::sync::Arc;

use actix_web::http::header::RETRY_AFTER;
use kernel::ErrorKind;
use rest::{call::Call, problem::Problem, rules::RequestRule};
use users::{UserError, error::seconds_up, signin::Caller};

pub use module::{description, module, shown};
pub use pages::with_pages;

/// Records a refused caller under `action`.
const fn audited(
    method: &'static str,
    template: &'static str,
    action: &'static str,
) -> RequestRule {
    RequestRule::new(template).method(method).audit(action)
}

/// The same, aimed at the account that the path names by `{id}`.
const fn aimed(method: &'static str, template: &'static str, action: &'static str) -> RequestRule {
    RequestRule::new(template).method(method).audit_of_account(action)
}

rest::failure!(UserError, present);

/// What the error of a use case looks like to a client.
pub fn present(error: UserError) -> Problem {
    let problem = Problem::from_error(&error);
    match error {
        UserError::TooSoon(left) => {
            problem.with_header(RETRY_AFTER, &(left.as_secs() + 1).to_string())
        }
        UserError::MissingPermission(permission) => problem.with_permission(permission),
        UserError::TooManyTexts(wait) => {
            problem.with_header(RETRY_AFTER, &seconds_up(wait).max(1).to_string())
        }
        UserError::SlowDown(wait) => {
            metrics::counter!("alveole_rate_limited_total", "policy" => "tries").increment(1);
            let seconds = seconds_up(wait).to_string();
            problem.with_header(RETRY_AFTER, &seconds)
        }
        UserError::AccountLimit(wait) => {
            metrics::counter!("alveole_rate_limited_total", "policy" => "account").increment(1);
            problem.with_header(RETRY_AFTER, &seconds_up(wait).to_string())
        }
        UserError::Overloaded(wait) => {
            problem.with_header(RETRY_AFTER, &seconds_up(wait).max(1).to_string())
        }
        _ => problem,
    }
}

/// The caller as this domain knows them; the caller must be signed in.
fn caller(call: &Call) -> Result<Arc<Caller>, Problem> {
    known(&*call.caller()?)
}

/// The same, also when the caller still lacks the second factor that their role requires.
fn caller_without_factor(call: &Call) -> Result<Arc<Caller>, Problem> {
    known(&*call.caller_without_factor()?)
}

fn known(caller: &kernel::Caller) -> Result<Arc<Caller>, Problem> {
    Arc::clone(&caller.detail).downcast().map_err(|_| {
        tracing::error!("the caller was not authenticated by this domain");
        Problem::new(ErrorKind::Internal, "internal", "Something went wrong on our side.")
    })
}
