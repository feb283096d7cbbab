//! Accounts as clients see and send them.

use kernel::{Actor, Locale, PhoneNumber, Role, actor::Origin, text::TextError};
use rest::{
    call::Body,
    etag,
    fields::{Fields, Reason, TextCodes, string},
    problem::Problem,
    reply::Reply,
};
use serde::Serialize;
use users::{
    User,
    commands::{Administer, Login, Register, SignIn, UpdateProfile},
    phone::PhoneCode,
    policy::{Visibility, visibility},
    signin::SignedIn,
    values::{Bio, EmailAddress, Password, PersonName, Status, Username},
};
use utoipa::{IntoParams, ToSchema};

use crate::auth::browser::{SessionWord, TokenKeeper};

/// An account. Others see `id`, `username`, `first_name`, `last_name`, `bio`, `avatar` and `created_at`;
/// everything else is there for oneself and for administrators only.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = users::User)]
pub struct UserBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// To be found by.
    #[schema(example = "ada")]
    pub username: String,
    /// The mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Email, nullable = false, example = "ada@example.com")]
    pub email: Option<String>,
    /// What it may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RoleWord>, nullable = false)]
    pub role: Option<&'static str>,
    /// Whether it may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<StatusWord>, nullable = false)]
    pub status: Option<&'static str>,
    /// May be empty.
    #[schema(max_length = 100, example = "Ada")]
    pub first_name: String,
    /// May be empty.
    #[schema(max_length = 100, example = "Lovelace")]
    pub last_name: String,
    /// May be empty.
    #[schema(max_length = 1000)]
    pub bio: String,
    /// Where the picture is.
    pub avatar: Option<String>,
    /// What emails and notifications are written in: `en`, `fr` or `zh-Hans`. New accounts have what
    /// `Accept-Language` preferred.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, pattern = "^(en|fr|zh-Hans)$", example = "en")]
    pub locale: Option<&'static str>,
    /// Where the account comes from: `local`, `google`, `github`, or `openid` for any other provider;
    /// `service` is a service account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "local")]
    pub provider: Option<&'static str>,
    /// Whether the address was proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub email_verified: Option<bool>,
    /// Where text messages go, in E.164; null where no number was confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false, example = "+33612345678")]
    pub phone: Option<Option<String>>,
    /// Whether a second factor is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub two_factor_enabled: Option<bool>,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    pub updated_at: Option<String>,
    /// When it was last signed in to; null before the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, value_type = Option<String>, required = false)]
    pub last_login_at: Option<Option<String>>,
    /// Set when its owner closed it: when it will be removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    pub purge_at: Option<String>,
}

impl UserBody {
    /// As `actor` may see it.
    pub fn seen_by(actor: &Actor, user: &User) -> Self {
        Self::at(visibility(actor, user), user)
    }

    /// As its owner sees it.
    pub fn own(user: &User) -> Self {
        Self::at(Visibility::Private, user)
    }

    fn at(visibility: Visibility, user: &User) -> Self {
        let private = matches!(visibility, Visibility::Private);
        Self {
            id: user.id.get(),
            username: user.username.as_str().to_owned(),
            email: private.then(|| user.email.as_str().to_owned()),
            role: private.then(|| user.role.as_str()),
            status: private.then(|| user.status.as_str()),
            first_name: user.first_name.as_str().to_owned(),
            last_name: user.last_name.as_str().to_owned(),
            bio: user.bio.as_str().to_owned(),
            avatar: user.avatar.clone(),
            locale: private.then(|| user.locale.as_str()),
            provider: private.then(|| user.provider.as_str()),
            email_verified: private.then_some(user.email_verified),
            phone: private.then(|| user.phone.as_ref().map(|phone| phone.as_str().to_owned())),
            two_factor_enabled: private.then_some(user.two_factor_enabled),
            created_at: user.created_at.to_string(),
            updated_at: private.then(|| user.updated_at.to_string()),
            last_login_at: private.then(|| user.last_login_at.map(|at| at.to_string())),
            purge_at: user.purge_at.filter(|_| private).map(|at| at.to_string()),
        }
    }
}

/// The tag of an account's representation. What is shown differs by who looks, and a sign-in shows
/// without being a change, so both are in it; `If-Match` regards the version alone.
pub fn user_etag(actor: &Actor, user: &User) -> String {
    match visibility(actor, user) {
        Visibility::Public => etag::of(user.version, "p"),
        Visibility::Private => {
            let login = user.last_login_at.map_or(0, kernel::Timestamp::micros);
            etag::of(user.version, &format!("{login:x}"))
        }
    }
}

/// The roles.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = users::UserRole)]
pub enum RoleWord {
    /// Own resources.
    User,
    /// And moderation.
    Moderator,
    /// And people and operations.
    Admin,
    /// Everything.
    SuperAdmin,
}

/// Whether an account may be used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = users::UserStatus)]
pub enum StatusWord {
    /// It may be used.
    Active,
    /// It may not.
    Suspended,
}

/// A new account.
#[derive(Debug, ToSchema)]
#[schema(as = auth::Register, example = json!({
    "username": "ada", "email": "ada@example.com", "password": "correct horse battery staple",
    "first_name": "Ada", "last_name": "Lovelace"
}))]
pub struct RegisterBody {
    /// 3 to 50 letters A-Z, digits or `_ . -`.
    #[schema(min_length = 3, max_length = 50, pattern = "^[A-Za-z0-9_.-]+$")]
    pub username: String,
    /// A mail address.
    #[schema(format = Email, max_length = 254)]
    pub email: String,
    /// 8 to 128 characters.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    pub password: String,
    /// May be empty.
    #[schema(max_length = 100)]
    pub first_name: Option<String>,
    /// May be empty.
    #[schema(max_length = 100)]
    pub last_name: Option<String>,
}

/// A sign-in; by `email` or by `username`.
#[derive(Debug, ToSchema)]
#[schema(as = auth::Login, example = json!({
    "email": "ada@example.com", "password": "correct horse battery staple"
}))]
pub struct LoginBody {
    /// The mail address.
    #[schema(nullable = false)]
    pub email: Option<String>,
    /// The username.
    #[schema(nullable = false)]
    pub username: Option<String>,
    /// The password.
    #[schema(format = Password)]
    pub password: String,
    /// For pages of a browser: a cookie keeps the refresh token instead of the answer.
    #[schema(nullable = false)]
    pub session: Option<SessionWord>,
}

/// A closed account; by `email` or by `username`.
#[derive(Debug, ToSchema)]
#[schema(as = auth::RestoreAccount, example = json!({
    "email": "ada@example.com", "password": "correct horse battery staple"
}))]
pub struct RestoreBody {
    /// The mail address.
    #[schema(nullable = false)]
    pub email: Option<String>,
    /// The username.
    #[schema(nullable = false)]
    pub username: Option<String>,
    /// The password.
    #[schema(format = Password)]
    pub password: String,
}

/// A refresh token, or the word that a cookie keeps it.
#[derive(Debug, ToSchema)]
#[schema(as = auth::RefreshTokens, example = json!({"refresh_token": "nQ…"}))]
pub struct RefreshBody {
    /// As the last sign-in or refresh gave it.
    #[schema(nullable = false)]
    pub refresh_token: Option<String>,
    /// For pages of a browser, instead of the token: it is in the cookie.
    #[schema(nullable = false)]
    pub session: Option<SessionWord>,
}

/// A pair of tokens.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::Tokens)]
pub struct TokensBody {
    /// For `Authorization: Bearer …`.
    #[schema(example = "eyJ0eXAi…")]
    pub access_token: String,
    /// For `POST /auth/refresh`; works once. Absent when a cookie of the browser keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "nQ…", nullable = false)]
    pub refresh_token: Option<String>,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Life of the access token in seconds.
    #[schema(example = 3600)]
    pub expires_in: u64,
    /// The account.
    pub user: UserBody,
}

impl TokensBody {
    /// As the client gets them.
    pub fn of(signed_in: SignedIn, keeper: TokenKeeper) -> Self {
        let in_body = keeper == TokenKeeper::Client;
        Self {
            access_token: signed_in.access_token,
            refresh_token: in_body.then_some(signed_in.refresh_token),
            token_type: "Bearer",
            expires_in: signed_in.expires_in.as_secs(),
            user: UserBody::own(&signed_in.user),
        }
    }
}

/// A change of a profile, as a merge patch: what is absent stays, null empties.
#[derive(Debug, ToSchema)]
#[schema(as = users::UpdateProfile, example = json!({"first_name": "Ada"}))]
pub struct UpdateProfileBody {
    /// A new username.
    #[schema(min_length = 3, max_length = 50, pattern = "^[A-Za-z0-9_.-]+$", nullable = false)]
    pub username: Option<String>,
    /// A new first name.
    #[schema(max_length = 100)]
    pub first_name: Option<String>,
    /// A new last name.
    #[schema(max_length = 100)]
    pub last_name: Option<String>,
    /// New words about oneself.
    #[schema(max_length = 1000)]
    pub bio: Option<String>,
    /// What emails and notifications are written in.
    #[schema(nullable = false, pattern = "^(en|fr|zh-Hans)$")]
    pub locale: Option<String>,
}

/// The same, with the mail address; for administrators.
#[derive(Debug, ToSchema)]
#[schema(as = users::UpdateUser, example = json!({"first_name": "Ada"}))]
pub struct UpdateUserBody {
    /// A new username.
    #[schema(min_length = 3, max_length = 50, pattern = "^[A-Za-z0-9_.-]+$", nullable = false)]
    pub username: Option<String>,
    /// A new mail address; it counts as unproven.
    #[schema(format = Email, max_length = 254, nullable = false)]
    pub email: Option<String>,
    /// A new first name.
    #[schema(max_length = 100)]
    pub first_name: Option<String>,
    /// A new last name.
    #[schema(max_length = 100)]
    pub last_name: Option<String>,
    /// New words about the person.
    #[schema(max_length = 1000)]
    pub bio: Option<String>,
    /// What emails and notifications are written in.
    #[schema(nullable = false, pattern = "^(en|fr|zh-Hans)$")]
    pub locale: Option<String>,
}

/// A change of password.
#[derive(Debug, ToSchema)]
#[schema(as = users::ChangePassword, example = json!({
    "current_password": "correct horse battery staple", "new_password": "a better horse, a newer staple"
}))]
pub struct ChangePasswordBody {
    /// The present one.
    #[schema(format = Password)]
    pub current_password: String,
    /// 8 to 128 characters.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    pub new_password: String,
}

/// Another mail address.
#[derive(Debug, ToSchema)]
#[schema(as = users::ChangeEmail, example = json!({
    "new_email": "countess@example.com", "current_password": "correct horse battery staple"
}))]
pub struct ChangeEmailBody {
    /// The address to be.
    #[schema(format = Email, max_length = 254)]
    pub new_email: String,
    /// The present password.
    #[schema(format = Password)]
    pub current_password: String,
}

/// A phone number.
#[derive(Debug, ToSchema)]
#[schema(as = users::ChangePhone, example = json!({
    "phone": "+33612345678", "current_password": "correct horse battery staple"
}))]
pub struct ChangePhoneBody {
    /// The number to be, in E.164: `+`, then 7 to 15 digits, of which the first is not 0.
    #[schema(pattern = r"^\+[1-9][0-9]{6,14}$")]
    pub phone: String,
    /// The present password. An account without one needs a fresh sign-in instead.
    #[schema(format = Password, nullable = false)]
    pub current_password: Option<String>,
}

/// The code of a text message.
#[derive(Debug, ToSchema)]
#[schema(as = users::ConfirmPhone, example = json!({"code": "492039"}))]
pub struct ConfirmPhoneBody {
    /// Its six digits.
    #[schema(pattern = "^[0-9]{6}$")]
    pub code: String,
}

/// A confirmation that a phone number is to go.
#[derive(Debug, ToSchema)]
#[schema(as = users::RemovePhone, example = json!({"current_password": "correct horse battery staple"}))]
pub struct RemovePhoneBody {
    /// The present password. An account without one needs a fresh sign-in instead.
    #[schema(format = Password, nullable = false)]
    pub current_password: Option<String>,
}

/// A password, asked for again.
#[derive(Debug, ToSchema)]
#[schema(as = users::ConfirmPassword, example = json!({"password": "correct horse battery staple"}))]
pub struct ConfirmPasswordBody {
    /// The present one.
    #[schema(format = Password)]
    pub password: String,
}

/// What an administrator changes.
#[derive(Debug, ToSchema)]
#[schema(as = users::AdministerUser, example = json!({"status": "suspended"}))]
pub struct AdministerBody {
    /// A new role.
    #[schema(nullable = false)]
    pub role: Option<RoleWord>,
    /// A new status.
    #[schema(nullable = false)]
    pub status: Option<StatusWord>,
}

const NAME: TextCodes = TextCodes { empty: "users.name_too_long", too_long: "users.name_too_long" };
const BIO: TextCodes = TextCodes { empty: "users.bio_too_long", too_long: "users.bio_too_long" };

fn name(raw: &str) -> Result<PersonName, Reason> {
    PersonName::parse(raw).map_err(|error| NAME.reason(error))
}

fn bio(raw: &str) -> Result<Bio, Reason> {
    Bio::parse(raw).map_err(|error| BIO.reason(error))
}

/// Reads a username.
pub fn username(raw: &str) -> Result<Username, Reason> {
    Username::parse(raw).map_err(|error| ("users.username_invalid", error.to_string()))
}

/// Reads a mail address.
pub fn email(raw: &str) -> Result<EmailAddress, Reason> {
    EmailAddress::parse(raw).map_err(|error| ("users.email_invalid", error.to_string()))
}

/// Reads a password that somebody wants to have.
pub fn new_password(raw: &str) -> Result<Password, Reason> {
    use users::values::PasswordError;
    Password::parse(raw).map_err(|error| {
        let code = match error {
            PasswordError::Text(TextError::TooLong { .. }) => "users.password_too_long",
            PasswordError::Text(TextError::Nul) => "text.nul",
            PasswordError::Text(_) => "users.password_too_short",
            PasswordError::Common => "users.password_common",
            PasswordError::SameAsName => "users.password_same_as_name",
        };
        (code, error.to_string())
    })
}

/// Any text may be tried as a password; a megabyte of it need not be hashed.
pub fn tried_password(raw: &str) -> Result<Password, Reason> {
    if raw.len() > 4 * Password::MAX {
        return Err((
            "users.password_too_long",
            "has more characters than any password".to_owned(),
        ));
    }
    Ok(Password::attempt(raw))
}

/// Reads a role.
pub fn role(raw: &str) -> Result<Role, Reason> {
    let message = || "must be user, moderator, admin or super_admin".to_owned();
    Role::parse(raw).ok_or_else(|| ("users.role_unknown", message()))
}

/// Reads a status.
pub fn status(raw: &str) -> Result<Status, Reason> {
    let message = || "must be active or suspended".to_owned();
    Status::parse(raw).ok_or_else(|| ("users.status_unknown", message()))
}

/// Reads a language.
fn locale(raw: &str) -> Result<Locale, Reason> {
    let message = || "must be en, fr or zh-Hans".to_owned();
    Locale::parse(raw).ok_or_else(|| ("users.locale_unknown", message()))
}

/// `POST /auth/register`.
pub fn register(body: &Body, origin: Origin) -> Result<Register, Problem> {
    let mut fields = body.fields()?;
    let username = fields.required("username", string(username));
    let email = fields.required("email", string(email));
    let password = fields.required("password", string(new_password));
    let first_name = fields.optional("first_name", string(name));
    let last_name = fields.optional("last_name", string(name));
    let empty = || PersonName::parse("").ok();
    let command = (|| {
        Some(Register {
            username: username?,
            email: email?,
            password: password?,
            first_name: first_name.or_else(empty)?,
            last_name: last_name.or_else(empty)?,
            origin,
        })
    })();
    fields.finish(command)
}

/// `201` for a new account.
pub fn registered(user: &User) -> Reply {
    Reply::created(UserBody::own(user), format!("/api/v1/users/{}", user.id), None)
}

/// `POST /auth/login`.
pub fn login(body: &Body, origin: Origin) -> Result<(SignIn, TokenKeeper), Problem> {
    let mut fields = body.fields()?;
    let keeper = TokenKeeper::of(&mut fields);
    Ok((credentials(fields, origin)?, keeper))
}

/// `POST /auth/restore-account`.
pub fn restore(body: &Body, origin: Origin) -> Result<SignIn, Problem> {
    credentials(body.fields()?, origin)
}

fn credentials(mut fields: Fields, origin: Origin) -> Result<SignIn, Problem> {
    let any = |raw: &str| Ok::<_, Reason>(raw.to_owned());
    let email = fields.keep("email", string(any));
    let username = fields.keep("username", string(any));
    let password = fields.required("password", string(tried_password));
    let login = match (email, username) {
        (Some(email), None) => Some(Login::Email(email)),
        (None, Some(username)) => Some(Login::Username(username)),
        (Some(_), Some(_)) => {
            fields.fault(
                "username",
                "auth.login_ambiguous",
                "cannot be given together with `email`",
            );
            None
        }
        (None, None) => None,
    };
    let faults = fields.close();
    match (login, password) {
        (Some(login), Some(password)) if faults.is_empty() => {
            Ok(SignIn { login, password, origin })
        }
        _ if !faults.is_empty() => Err(Problem::invalid(faults)),
        _ => Err(Problem::field("/email", "auth.login_missing", "or `username` must be given")),
    }
}

/// `POST /auth/refresh`: the token, unless a cookie keeps it.
pub fn refresh(body: &Body) -> Result<Option<String>, Problem> {
    let mut fields = body.fields()?;
    let token = |raw: &str| Ok::<_, Reason>(raw.to_owned());
    match TokenKeeper::of(&mut fields) {
        TokenKeeper::Client => {
            let token = fields.required("refresh_token", string(token));
            fields.finish(token).map(Some)
        }
        TokenKeeper::Cookie => fields.finish(Some(None)),
    }
}

fn read_profile(fields: &mut Fields) -> UpdateProfile {
    let emptied = |patch: kernel::Patch<PersonName>| match patch {
        kernel::Patch::Keep => None,
        kernel::Patch::Clear => PersonName::parse("").ok(),
        kernel::Patch::Set(name) => Some(name),
    };
    UpdateProfile {
        username: fields.keep("username", string(username)),
        email: None,
        first_name: emptied(fields.patch("first_name", string(name))),
        last_name: emptied(fields.patch("last_name", string(name))),
        bio: match fields.patch("bio", string(bio)) {
            kernel::Patch::Keep => None,
            kernel::Patch::Clear => Bio::parse("").ok(),
            kernel::Patch::Set(bio) => Some(bio),
        },
        locale: fields.keep("locale", string(locale)),
    }
}

/// `PUT /users/me`.
pub fn profile(body: &Body) -> Result<UpdateProfile, Problem> {
    let mut fields = body.fields()?;
    let update = read_profile(&mut fields);
    fields.finish(Some(update))
}

/// `PUT /users/{id}`.
pub fn user(body: &Body) -> Result<UpdateProfile, Problem> {
    let mut fields = body.fields()?;
    let email = fields.keep("email", string(email));
    let update = UpdateProfile { email, ..read_profile(&mut fields) };
    fields.finish(Some(update))
}

/// `PUT /users/password`: the present password and the new one.
pub fn passwords(body: &Body) -> Result<(Password, Password), Problem> {
    let mut fields = body.fields()?;
    let current = fields.required("current_password", string(tried_password));
    let new = fields.required("new_password", string(new_password));
    fields.finish(current.zip(new))
}

/// `POST /users/me/email`: the new address and the present password.
pub fn new_email(body: &Body) -> Result<(EmailAddress, Password), Problem> {
    let mut fields = body.fields()?;
    let email = fields.required("new_email", string(email));
    let current = fields.required("current_password", string(tried_password));
    fields.finish(email.zip(current))
}

fn phone_number(raw: &str) -> Result<PhoneNumber, Reason> {
    PhoneNumber::parse(raw).map_err(|error| ("users.phone_invalid", error.to_string()))
}

fn phone_digits(raw: &str) -> Result<PhoneCode, Reason> {
    PhoneCode::parse(raw).map_err(|error| ("users.phone_code_malformed", error.to_string()))
}

/// `POST /users/me/phone`: the new number and the present password.
pub fn new_phone(body: &Body) -> Result<(PhoneNumber, Option<Password>), Problem> {
    let mut fields = body.fields()?;
    let phone = fields.required("phone", string(phone_number));
    let current = fields.keep("current_password", string(tried_password));
    fields.finish(phone.map(|phone| (phone, current)))
}

/// `POST /users/me/phone/confirm`.
pub fn phone_code(body: &Body) -> Result<PhoneCode, Problem> {
    let mut fields = body.fields()?;
    let code = fields.required("code", string(phone_digits));
    fields.finish(code)
}

/// `DELETE /users/me/phone`: the present password.
pub fn present_password(body: &Body) -> Result<Option<Password>, Problem> {
    let mut fields = body.fields()?;
    let current = fields.keep("current_password", string(tried_password));
    fields.finish(Some(current))
}

/// `DELETE /users/me`.
pub fn confirmation(body: &Body) -> Result<Password, Problem> {
    let mut fields = body.fields()?;
    let password = fields.required("password", string(tried_password));
    fields.finish(password)
}

/// `PUT /admin/users/{id}`.
pub fn administer(body: &Body) -> Result<Administer, Problem> {
    let mut fields = body.fields()?;
    let administer = Administer {
        role: fields.keep("role", string(role)),
        status: fields.keep("status", string(status)),
    };
    fields.finish(Some(administer))
}

/// Which accounts.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchParams {
    /// Words that begin words of the username or the names (for administrators also of the mail
    /// address).
    #[param(min_length = 1, max_length = 200, nullable = false)]
    pub search: Option<String>,
    /// `created_at, username, id`, separated by commas, `-` in front for descending. Default `id`.
    #[param(nullable = false, example = "username")]
    pub sort: Option<String>,
}

/// Which accounts, for administrators.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AdministerParams {
    /// With this role.
    #[param(nullable = false)]
    pub role: Option<RoleWord>,
    /// With this status.
    #[param(nullable = false)]
    pub status: Option<StatusWord>,
}
