//! Second factors: parse, call, present.

use actix_web::{HttpResponse, post, web::Data};
use rest::{
    call::{Body, Call},
    fields::{Reason, string},
    problem::Problem,
    reply::{self, Done, Envelope},
};
use serde::Serialize;
use users::{
    Users,
    factor::FactorCode,
    signin::{Asked, Entry},
    values::Password,
};
use utoipa::ToSchema;

use super::browser::{self, SessionWord, TokenKeeper};
use crate::{
    Answer,
    accounts::{
        dto::{TokensBody, tried_password},
        handlers::guard_account,
    },
};

/// What a sign-in gives: a pair of tokens, or the question for the second factor.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = auth::LoginAnswer)]
pub enum LoginAnswer {
    /// In.
    Tokens(Box<TokensBody>),
    /// Asked for the second factor.
    Factor(AskedBody),
}

/// The question for the second factor.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::SecondFactorRequired)]
pub struct AskedBody {
    /// Always true.
    #[schema(example = true)]
    mfa_required: bool,
    /// For `POST /auth/2fa/verify`; for nothing else.
    #[schema(example = "kT…")]
    mfa_token: String,
    /// Its life in seconds.
    #[schema(example = 300)]
    expires_in: u64,
}

/// The answer of every door: here, and nowhere else, an entry becomes one.
pub fn entered(call: &Call, keeper: TokenKeeper, entry: Entry) -> HttpResponse {
    match entry {
        Entry::Open(signed_in) => browser::signed_in(call, keeper, *signed_in),
        Entry::Factor(Asked { token, expires_in }) => {
            reply::secret(LoginAnswer::Factor(AskedBody {
                mfa_required: true,
                mfa_token: token,
                expires_in: expires_in.as_secs(),
            }))
        }
    }
}

/// The answer to the question for the second factor.
#[derive(Debug, ToSchema)]
#[schema(as = auth::VerifySecondFactor, example = json!({"mfa_token": "kT…", "code": "492039"}))]
pub struct VerifyBody {
    /// As the sign-in gave it.
    pub mfa_token: String,
    /// Six digits from the device, or a recovery code.
    pub code: String,
    /// For pages of a browser, as at the sign-in.
    #[schema(nullable = false)]
    pub session: Option<SessionWord>,
}

/// A code.
#[derive(Debug, ToSchema)]
#[schema(as = auth::EnableSecondFactor, example = json!({"code": "492039"}))]
pub struct CodeBody {
    /// Six digits from the device.
    pub code: String,
}

/// The password once more.
#[derive(Debug, ToSchema)]
#[schema(as = auth::SetUpSecondFactor, example = json!({"current_password": "correct horse battery staple"}))]
pub struct SetUpBody {
    /// The present password; an account without one leaves it out.
    #[schema(format = Password, nullable = false)]
    pub current_password: Option<String>,
}

/// The password once more, and a code.
#[derive(Debug, ToSchema)]
#[schema(as = auth::ConfirmSecondFactor, example = json!({
    "current_password": "correct horse battery staple", "code": "492039"
}))]
pub struct ConfirmBody {
    /// The present password; an account without one leaves it out.
    #[schema(format = Password, nullable = false)]
    pub current_password: Option<String>,
    /// Six digits from the device, or a recovery code.
    pub code: String,
}

/// What a device is told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::SecondFactorSetup)]
pub struct SetupBody {
    /// To be typed into the device.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// The same as a URL (RFC 6238 with SHA-1, six digits, 30 s).
    #[schema(example = "otpauth://totp/alveole:ada?secret=GEZD…&issuer=alveole")]
    otpauth_url: String,
    /// The URL as a QR code: a PNG as `data:` URL.
    #[schema(example = "data:image/png;base64,iVBORw0KGgo…")]
    qr_png: String,
}

/// Recovery codes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::RecoveryCodes)]
pub struct RecoveryBody {
    /// Each works once instead of a code from the device. They are not shown again.
    #[schema(min_items = 10, max_items = 10, example = json!([
        "7kq2m-x9d4t", "c2w8n-4hj6p", "m9t3x-q7v2d", "r4k6z-8ynb5", "w3g9s-2pfe7",
        "b8d5j-k4mt6", "n6v2h-x3wq9", "t5y7c-9rgk2", "z4p8f-6sdj3", "h7m3e-w2xn8"
    ]))]
    recovery_codes: Vec<String>,
}

fn code(raw: &str) -> Result<FactorCode, Reason> {
    FactorCode::parse(raw).map_err(|error| ("auth.code_malformed", error.to_string()))
}

/// A code from a device; a recovery code is none.
fn device_code(raw: &str) -> Result<FactorCode, Reason> {
    let malformed = || ("auth.code_malformed", "must be the six digits of your device".to_owned());
    let code = FactorCode::parse(raw).map_err(|_| malformed())?;
    if matches!(code, FactorCode::Device(_)) { Ok(code) } else { Err(malformed()) }
}

fn confirmation(body: &Body) -> Result<(Option<Password>, FactorCode), Problem> {
    let mut fields = body.fields()?;
    let password = fields.keep("current_password", string(tried_password));
    let code = fields.required("code", string(code));
    fields.finish(code.map(|code| (password, code)))
}

/// Answer the question for the second factor
///
/// With the six digits of the device, or a recovery code; either works once. The token ends after five
/// wrong codes, after five minutes, and when the password is changed. After five wrong codes in a row the
/// account takes none for 30 seconds, then for twice as long each time, at most 15 minutes.
#[utoipa::path(
    tag = "second factor",
    operation_id = "auth_two_factor_verify",
    request_body = VerifyBody,
    responses(
        (status = 200, description = "A pair of tokens", body = Envelope<TokensBody>),
        (status = 401, description = "The code is wrong or was used, or the token is over or void"),
        (status = 403, description = "The account is suspended, or the page may not have a session"),
        (status = 409, description = "This server is not set up for second factors")
    ),
    extensions(("x-alveole" = json!({"permission": "public", "codes": ["auth.bad_code", "auth.suspended", "auth.two_factor_unavailable", "auth.page_refused"]})))
)]
#[post("/auth/2fa/verify")]
pub(crate) async fn verify(call: Call, users: Data<Users>, body: Body) -> Answer {
    call.no_query()?;
    let mut fields = body.fields()?;
    let token = fields.required("mfa_token", string(|raw| Ok::<_, Reason>(raw.to_owned())));
    let code = fields.required("code", string(code));
    let keeper = TokenKeeper::of(&mut fields);
    let (token, code) = fields.finish(token.zip(code))?;
    keeper.check(&call)?;
    let signed_in = users.verify_factor(&token, code, call.origin()).await?;
    Ok(browser::signed_in(&call, keeper, signed_in))
}

/// Set a second factor up
///
/// Asks for the password (an account without one must have signed in within ten minutes) and shows a new
/// secret, this once. Nothing is asked for at sign-in before `POST /auth/2fa/enable`, within ten minutes; until
/// then, a repetition replaces the secret.
#[utoipa::path(
    tag = "second factor",
    operation_id = "auth_two_factor_set_up",
    request_body = SetUpBody,
    responses(
        (status = 200, description = "The secret for the device", body = Envelope<SetupBody>),
        (status = 409, description = "There is a second factor already, or this server is not set up for them")
    ),
    extensions(("x-alveole" = json!({"permission": "session", "without_factor": true, "codes": ["auth.two_factor_on"]})))
)]
#[post("/auth/2fa/setup")]
pub(crate) async fn set_up(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.caller_without_factor()?.actor.clone();
    call.no_query()?;
    let mut fields = body.fields()?;
    let password = fields.keep("current_password", string(tried_password));
    fields.finish(Some(()))?;
    guard_account(&call, actor.user).await?;
    let setup = users.set_up_factor(&actor, password, call.origin()).await?;
    Ok(reply::secret(SetupBody {
        secret: setup.secret,
        otpauth_url: setup.url,
        qr_png: setup.picture,
    }))
}

/// Turn the second factor on
///
/// With a code of the device that has the secret. Shows ten recovery codes, this once. Every other session
/// ends.
#[utoipa::path(
    tag = "second factor",
    operation_id = "auth_two_factor_enable",
    request_body = CodeBody,
    responses(
        (status = 200, description = "It is on", body = Envelope<RecoveryBody>),
        (status = 409, description = "It is on already, or was not set up within ten minutes")
    ),
    extensions(("x-alveole" = json!({"permission": "session", "without_factor": true, "codes": ["auth.two_factor_on"]})))
)]
#[post("/auth/2fa/enable")]
pub(crate) async fn enable(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.caller_without_factor()?.actor.clone();
    call.no_query()?;
    let mut fields = body.fields()?;
    let code = fields.required("code", string(device_code));
    let code = fields.finish(code)?;
    let recovery_codes = users.enable_factor(&actor, code, call.origin()).await?;
    Ok(reply::secret(RecoveryBody { recovery_codes }))
}

/// Turn the second factor off
///
/// With the password and a code. Every other session ends.
#[utoipa::path(
    tag = "second factor",
    operation_id = "auth_two_factor_disable",
    request_body = ConfirmBody,
    responses(
        (status = 200, description = "It is off", body = Done),
        (status = 409, description = "There is no second factor")
    ),
    extensions(("x-alveole" = json!({"permission": "session", "codes": ["auth.two_factor_off"]})))
)]
#[post("/auth/2fa/disable")]
pub(crate) async fn disable(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let (password, code) = confirmation(&body)?;
    guard_account(&call, actor.user).await?;
    users.disable_factor(&actor, password, code, call.origin()).await?;
    Ok(reply::done("Second factor disabled."))
}

/// Get new recovery codes
///
/// With the password and a code. The old ones work no more.
#[utoipa::path(
    tag = "second factor",
    operation_id = "auth_two_factor_recovery_codes",
    request_body = ConfirmBody,
    responses(
        (status = 200, description = "The new ones", body = Envelope<RecoveryBody>),
        (status = 409, description = "There is no second factor")
    ),
    extensions(("x-alveole" = json!({"permission": "session", "codes": ["auth.two_factor_off"]})))
)]
#[post("/auth/2fa/recovery-codes")]
pub(crate) async fn renew_codes(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let (password, code) = confirmation(&body)?;
    guard_account(&call, actor.user).await?;
    let recovery_codes = users.renew_recovery_codes(&actor, password, code, call.origin()).await?;
    Ok(reply::secret(RecoveryBody { recovery_codes }))
}
