//! What is done by one-time links, and having a closed account back: parse, call, present.

use actix_web::{post, web::Data};
use rest::{
    call::{Body, Call},
    fields::{Reason, string},
    problem::Problem,
    reply::{self, Done, Envelope},
};
use serde::Serialize;
use users::{
    UserError, Users,
    service::{Confirmed, Opener, Verified},
    values::{EmailAddress, Password},
};
use utoipa::ToSchema;

use super::within_account_limit;
use crate::{
    Answer,
    accounts::dto::{self, RestoreBody},
    present,
};

/// Whom a letter is for.
#[derive(Debug, ToSchema)]
#[schema(as = auth::RequestEmail, example = json!({"email": "ada@example.com"}))]
pub struct AddressBody {
    /// The mail address.
    #[schema(format = Email, max_length = 254)]
    pub email: String,
}

/// What a letter showed.
#[derive(Debug, ToSchema)]
#[schema(as = auth::RedeemEmailLink, example = json!({"token": "nQ…"}))]
pub struct LinkTokenBody {
    /// The token of the link, as the letter shows it.
    pub token: String,
}

/// What an email showed, and whose the account is.
#[derive(Debug, ToSchema)]
#[schema(as = auth::VerifyEmail, example = json!({
    "token": "nQ…", "password": "correct horse battery staple"
}))]
pub struct VerifyEmailBody {
    /// The token of the link, as the email shows it.
    pub token: String,
    /// The password of the account; not needed while signed in to it.
    #[schema(format = Password, max_length = 128, nullable = false)]
    pub password: Option<String>,
}

/// What became of the account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::EmailVerification)]
pub struct EmailVerifiedBody {
    /// Whether the account has lost its password, so that a new one must be set.
    #[schema(example = false)]
    password_required: bool,
    /// For `POST /auth/password/reset`; only when a password is required. It works once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reset_token: Option<String>,
    /// How long `reset_token` works, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expires_in: Option<u64>,
}

impl From<Verified> for EmailVerifiedBody {
    fn from(verified: Verified) -> Self {
        match verified {
            Verified::Kept => {
                Self { password_required: false, reset_token: None, expires_in: None }
            }
            Verified::Claimed { reset_token, expires_in } => Self {
                password_required: true,
                reset_token: Some(reset_token),
                expires_in: Some(expires_in.as_secs()),
            },
        }
    }
}

/// A new password, by link.
#[derive(Debug, ToSchema)]
#[schema(as = auth::ResetPassword, example = json!({
    "token": "nQ…", "new_password": "a better horse, a newer staple"
}))]
pub struct ResetPasswordBody {
    /// The token of the link, as the letter shows it.
    pub token: String,
    /// 8 to 128 characters.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    pub new_password: String,
}

const SENT: &str = "If there is something to send to this address, a letter is on its way.";

fn any(raw: &str) -> Result<String, Reason> {
    Ok(raw.to_owned())
}

fn address(body: &Body) -> Result<EmailAddress, Problem> {
    let mut fields = body.fields()?;
    let email = fields.required("email", string(dto::email));
    fields.finish(email)
}

fn token(body: &Body) -> Result<String, Problem> {
    let mut fields = body.fields()?;
    let token = fields.required("token", string(any));
    fields.finish(token)
}

fn reset(body: &Body) -> Result<(String, Password), Problem> {
    let mut fields = body.fields()?;
    let token = fields.required("token", string(any));
    let new = fields.required("new_password", string(dto::new_password));
    fields.finish(token.zip(new))
}

/// Ask for a new password
///
/// Sends a letter with a link that lets set a new password, once and for an hour; links from before
/// no longer work. The answer is the same whether there is such an account or not. An account gets one
/// such letter a minute, and an address ten emails with links a day.
#[utoipa::path(
    tag = "account recovery",
    operation_id = "auth_password_forgot",
    request_body = AddressBody,
    responses((status = 200, description = "Sent, if there is somebody to send to", body = Done)),
    extensions(("x-alveole" = json!({"permission": "public"})))
)]
#[post("/auth/password/forgot")]
pub(crate) async fn forgot_password(call: Call, users: Data<Users>, body: Body) -> Answer {
    call.no_query()?;
    let address = address(&body)?.key();
    within_account_limit(&call, &format!("email:{address}")).await?;
    users.forgot_password(&address, call.origin()).await?;
    Ok(reply::done(SENT))
}

/// Set a new password by link
///
/// `token` is what the letter shows. Ends every session, deletes every personal access token and proves
/// the mail address; it does not sign in. Where the address had never been confirmed, the second factor
/// and linked providers go as well. A password that is not taken does not use the link up.
#[utoipa::path(
    tag = "account recovery",
    operation_id = "auth_password_reset",
    request_body = ResetPasswordBody,
    responses(
        (status = 200, description = "It is set", body = Done),
        (status = 422, description = "The link is not valid")
    ),
    extensions(("x-alveole" = json!({"permission": "public", "codes": ["auth.bad_link"]})))
)]
#[post("/auth/password/reset")]
pub(crate) async fn reset_password(call: Call, users: Data<Users>, body: Body) -> Answer {
    call.no_query()?;
    let (token, new) = reset(&body)?;
    users.reset_password(&token, new, call.origin()).await?;
    Ok(reply::done("Password set. Sign in with it."))
}

/// Confirm a mail address
///
/// `token` is what the email shows that came after the registration. Anyone can register with anyone's
/// address, so say that the account is yours: call while signed in to it, or send its `password`. Then
/// everything stays. Otherwise everything that was set up before ends (sessions, personal access tokens,
/// second factor, linked providers and the password); the answer has `password_required: true` and a
/// `reset_token`, with which `POST /auth/password/reset` sets a new password.
#[utoipa::path(
    tag = "account recovery",
    operation_id = "auth_email_verify",
    request_body = VerifyEmailBody,
    responses(
        (status = 200, description = "It is confirmed", body = Envelope<EmailVerifiedBody>),
        (status = 401, description = "The access token has ended: refresh it first"),
        (status = 403, description = "The password is wrong, or the caller came with a personal access token"),
        (status = 422, description = "The link is not valid")
    ),
    extensions(("x-alveole" = json!({"permission": "public", "codes": ["auth.token_expired", "auth.wrong_password", "auth.bad_link"]})))
)]
#[post("/auth/email/verify")]
pub(crate) async fn verify_email(call: Call, users: Data<Users>, body: Body) -> Answer {
    call.no_query()?;
    // A caller with a bad token would lose everything by mistake.
    let actor = call.caller_if_signed_in()?.map(|caller| caller.actor.clone());
    let mut fields = body.fields()?;
    let token = fields.required("token", string(any));
    let password = fields.keep("password", string(dto::tried_password));
    let token = fields.finish(token)?;
    let opener = Opener { actor, password };
    let verified = users.verify_email(&token, opener, call.origin()).await?;
    Ok(reply::secret(EmailVerifiedBody::from(verified)))
}

/// Ask for another link to confirm a mail address
///
/// The answer is the same whether there is such an account or not, confirmed or not. An account gets
/// one such letter a minute, the one after the registration included; links from before no longer work.
#[utoipa::path(
    tag = "account recovery",
    operation_id = "auth_email_resend",
    request_body = AddressBody,
    responses((status = 200, description = "Sent, if there is somebody to send to", body = Done)),
    extensions(("x-alveole" = json!({"permission": "public"})))
)]
#[post("/auth/email/resend")]
pub(crate) async fn resend_email(call: Call, users: Data<Users>, body: Body) -> Answer {
    call.no_query()?;
    let address = address(&body)?.key();
    within_account_limit(&call, &format!("email:{address}")).await?;
    users.resend_verification(&address, call.origin()).await?;
    Ok(reply::done(SENT))
}

/// Confirm a change of one's mail address
///
/// `token` is what the letter to the new or to the present address shows. The address changes with the
/// second of the two; a present address that was never confirmed is not asked.
#[utoipa::path(
    tag = "account recovery",
    operation_id = "auth_email_confirm",
    request_body = LinkTokenBody,
    responses(
        (status = 200, description = "It is confirmed", body = Done),
        (status = 409, description = "Somebody else has the address by now"),
        (status = 422, description = "The link is not valid")
    ),
    extensions(("x-alveole" = json!({"permission": "public", "codes": ["users.email_taken", "auth.bad_link"]})))
)]
#[post("/auth/email/confirm")]
pub(crate) async fn confirm_email(call: Call, users: Data<Users>, body: Body) -> Answer {
    call.no_query()?;
    let token = token(&body)?;
    let confirmed = users.confirm_email_change(&token, call.origin()).await;
    let confirmed = confirmed.map_err(|error| match error {
        UserError::EmailTaken => present(error).at("/token"),
        error => present(error),
    })?;
    Ok(reply::done(match confirmed {
        Confirmed::Waiting => "Confirmed. The link in the letter to the other address is missing.",
        Confirmed::Changed => "Mail address changed.",
    }))
}

/// Have a closed account back
///
/// Within the time that its owner was told when deleting it. Asks for name and password as a sign-in
/// does, and does not sign in. An account that is open stays as it is.
#[utoipa::path(
    tag = "account recovery",
    operation_id = "auth_restore_account",
    request_body = RestoreBody,
    responses(
        (status = 200, description = "The account is open", body = Done),
        (status = 401, description = "The account or the password is wrong"),
        (status = 403, description = "The account is suspended")
    ),
    extensions(("x-alveole" = json!({"permission": "public", "codes": ["auth.bad_credentials", "auth.suspended"]})))
)]
#[post("/auth/restore-account")]
pub(crate) async fn restore_account(call: Call, users: Data<Users>, body: Body) -> Answer {
    call.no_query()?;
    let sign_in = dto::restore(&body, call.origin())?;
    users.restore_account(sign_in).await?;
    Ok(reply::done("The account is open. Sign in."))
}
