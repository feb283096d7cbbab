//! The routes of signing in and out.

pub mod browser;
pub mod external;
pub mod factors;
pub mod handlers;
pub mod links;
pub mod setup;
pub mod token;
pub mod tokens;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::ErrorKind;
use rest::{call::Call, problem::Problem, rules::RequestRule};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::audited;

/// The rate-limit policy of sign-in routes, and of those that send emails or redeem what emails show.
const SIGN_IN: &str = "auth";

const fn sign_in(template: &'static str) -> RequestRule {
    RequestRule::new(template).rate_limit(SIGN_IN)
}

/// What the routes ask of the code around their handlers.
pub const RULES: &[RequestRule] = &[
    sign_in("/auth/login"),
    sign_in("/auth/register"),
    sign_in("/auth/setup"),
    sign_in("/auth/refresh"),
    sign_in("/auth/token"),
    sign_in("/auth/2fa/verify"),
    sign_in("/auth/password/forgot"),
    sign_in("/auth/password/reset"),
    sign_in("/auth/email/verify"),
    sign_in("/auth/email/resend"),
    sign_in("/auth/email/confirm"),
    sign_in("/auth/restore-account"),
    sign_in("/auth/{provider}/callback"),
    audited("POST", "/auth/logout", "auth.logout"),
    audited("POST", "/auth/logout-all", "auth.logout_all"),
    audited("POST", "/auth/ticket", "auth.ticket"),
    audited("DELETE", "/auth/sessions/{id}", "auth.session_ended"),
    audited("POST", "/auth/tokens", "auth.token_created"),
    audited("DELETE", "/auth/tokens/{id}", "auth.token_deleted"),
    audited("POST", "/auth/link/{provider}", "auth.linked"),
    audited("DELETE", "/auth/link/{provider}", "auth.unlinked"),
    audited("POST", "/auth/2fa/setup", "auth.two_factor_set_up"),
    audited("POST", "/auth/2fa/enable", "auth.two_factor_enabled"),
    audited("POST", "/auth/2fa/disable", "auth.two_factor_disabled"),
    audited("POST", "/auth/2fa/recovery-codes", "auth.recovery_codes_renewed"),
];

/// Registers the operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(handlers::register)
        .service(setup::state)
        .service(setup::set_up)
        .service(handlers::login)
        .service(handlers::me)
        .service(handlers::refresh)
        .service(handlers::logout)
        .service(handlers::logout_all)
        .service(handlers::check)
        .service(handlers::ticket)
        .service(handlers::sessions)
        .service(handlers::end_session)
        .service(links::forgot_password)
        .service(links::reset_password)
        .service(links::verify_email)
        .service(links::resend_email)
        .service(links::confirm_email)
        .service(links::restore_account)
        .service(tokens::list)
        .service(tokens::make)
        .service(tokens::delete)
        .service(factors::verify)
        .service(factors::set_up)
        .service(factors::enable)
        .service(factors::disable)
        .service(factors::renew_codes)
        .service(token::token)
        .service(external::providers)
        .service(external::identities)
        .service(external::link)
        .service(external::unlink)
        // A provider's name stands where other words do: last.
        .service(external::callback)
        .service(external::authorize);
}

/// A SHA-256 in base64url, as challenges are (RFC 7636 §4.2).
fn challenge(raw: &str) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(raw).ok()?.try_into().ok()
}

/// Counts a call about one account, wherever it comes from: emails to an address, and tries at the
/// password of a caller who is signed in. Sign-ins are counted by the users domain, when they are
/// judged.
pub async fn within_account_limit(call: &Call, account: &str) -> Result<(), Problem> {
    // Keyed: shared limits lie in Redis, and addresses can be guessed.
    let key = call.state().digests.digest("call limit", &[account.as_bytes()]);
    let decision = call.state().limiter.check("account", &URL_SAFE_NO_PAD.encode(key)).await;
    if decision.allowed {
        return Ok(());
    }
    metrics::counter!("alveole_rate_limited_total", "policy" => "account").increment(1);
    let seconds = decision.retry_after.as_secs() + 1;
    Err(Problem::new(
        ErrorKind::TooMany,
        "rate_limit.exceeded",
        format!("Too many tries at this account; try again in {seconds} s."),
    )
    .with_header(actix_web::http::header::RETRY_AFTER, &seconds.to_string()))
}
