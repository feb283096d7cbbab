//! What can go wrong in this room, in its own words.

use std::{sync::LazyLock, time::Duration};

use kernel::{
    DomainError, ErrorKind, FieldError, MissingPermission, StoreError, UserId,
    idempotency::KeyReused,
};

use crate::{
    ports::{HashError, ProviderError},
    role::CustomRole,
    user::User,
};

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// No such account.
    #[error("There is no user {0}.")]
    NotFound(UserId),
    /// No such session of the caller.
    #[error("There is no such session.")]
    SessionNotFound,
    /// The username is somebody else's.
    #[error("This username is taken.")]
    UsernameTaken,
    /// There is a super_admin already.
    #[error("This server has an administrator already; sign in.")]
    AlreadySetUp,
    /// The setup token is not the one of this server.
    #[error("This is not the setup token that the server printed at its start.")]
    BadSetupToken,
    /// The address is somebody else's.
    #[error("This mail address is taken.")]
    EmailTaken,
    /// Unknown account or wrong password; the same for both.
    #[error("The account or the password is wrong.")]
    BadCredentials,
    /// The caller's own password, asked for again, was wrong.
    #[error("The current password is wrong.")]
    WrongPassword,
    /// The account is suspended; told only to who knew the password.
    #[error("This account is suspended.")]
    Suspended,
    /// The time of the access token is over.
    #[error("The access token has expired.")]
    TokenExpired,
    /// The access token is unknown, or of a session that ended.
    #[error("{0}")]
    BadToken(&'static str),
    /// The refresh token is over, unknown, or of a session that ended.
    #[error("The refresh token is not valid; sign in again.")]
    BadRefreshToken,
    /// A used refresh token came again after its successor was used: the session was ended.
    #[error("This refresh token was used before; the session was ended, sign in again.")]
    RefreshReused,
    /// The ticket is over, unknown or used.
    #[error("The ticket is not valid.")]
    BadTicket,
    /// The account was closed by its owner; told only to who knew the password.
    #[error("This account was closed by its owner; it can be restored.")]
    Closed,
    /// The one-time link is over, unknown, used, of another kind, or for another address.
    #[error("This link is not valid or was used already; ask for a new one.")]
    BadLink,
    /// The same was asked for a moment ago.
    #[error("That was asked for a moment ago; try again in {} s.", .0.as_secs() + 1)]
    TooSoon(Duration),
    /// A personal access token is not enough for this.
    #[error("This needs a sign-in; a personal access token is not enough.")]
    SessionNeeded,
    /// No such token of the account.
    #[error("There is no such token.")]
    TokenNotFound,
    /// The account has as many tokens as it can have.
    #[error("This account has as many tokens as it can have; delete some first.")]
    TooManyGrants,
    /// No such role.
    #[error("There is no role of this name.")]
    RoleNotFound,
    /// Base roles stay as they are.
    #[error("Built-in roles cannot be changed.")]
    RoleBuiltIn,
    /// The name is another role's.
    #[error("There is a role of this name already.")]
    RoleTaken,
    /// There are as many roles as there can be.
    #[error("There are as many roles as there can be.")]
    TooManyRoles,
    /// The caller's version of a role is out of date.
    #[error("The role was changed since you read it; its version is now {}.", .0.version)]
    RoleStale(Box<CustomRole>),
    /// The challenge is over, unknown, or void because something about the account changed.
    #[error("The sign-in took too long or is void; begin again with the password.")]
    BadChallenge,
    /// At the door: the code is wrong, or was used.
    #[error("The code is wrong or was used already.")]
    BadCode,
    /// The caller's own code, asked for inside a session, is wrong or was used.
    #[error("The code is wrong or was used already.")]
    WrongCode,
    /// Too many wrong passwords or codes: nothing is judged for so long.
    #[error("Too many wrong tries; try again in {} s.", seconds_up(*.0))]
    SlowDown(Duration),
    /// A number, or an account, had as many texts as it gets in a day.
    #[error("There were too many text messages today; try again in {} s.", seconds_up(*.0))]
    TooManyTexts(Duration),
    /// No code waits that could be judged.
    #[error("No code waits for this; ask for the number again.")]
    PhoneCodeVoid,
    /// This server sends no texts.
    #[error("This server sends no text messages: `sms.provider` is `none`.")]
    TextsUnavailable,
    /// The role must have a second factor, and the account has none.
    #[error("Your role needs a second factor; set one up first.")]
    FactorRequired,
    /// There is a second factor already.
    #[error("There is a second factor already; disable it first.")]
    FactorOn,
    /// There is no second factor.
    #[error("There is no second factor.")]
    FactorOff,
    /// No secret waits for its first code.
    #[error("No second factor waits to be enabled; set one up first.")]
    FactorNotSetUp,
    /// This server has no key to keep secrets with.
    #[error("This server is not set up for second factors.")]
    FactorsUnavailable,
    /// The sign-in was too long ago to stand for a password that is not there.
    #[error("You signed in too long ago for this; sign in again.")]
    SessionTooOld,
    /// There is no such identity provider.
    #[error("There is no sign-in with this provider.")]
    ProviderUnknown,
    /// The provider cannot be used at the moment.
    #[error("The provider cannot be reached; try again shortly.")]
    ProviderUnavailable(#[source] ProviderError),
    /// What the provider answered does not hold.
    #[error("The provider's answer was not accepted; begin again.")]
    ProviderRefused(#[source] ProviderError),
    /// Somebody said no at the provider.
    #[error("The sign-in was not allowed at the provider.")]
    ProviderDenied,
    /// The state is unknown, used, expired, another browser's or another provider's.
    #[error("This sign-in was not begun in this browser, or is over; begin again.")]
    BadState,
    /// The front-end is not on the list.
    #[error("This redirect_uri is not on the list `auth.frontend_urls`.")]
    FrontEndUnknown,
    /// The code is unknown, used, expired, or somebody else's.
    #[error("The code is not valid; begin again.")]
    BadGrant,
    /// The provider gives no address.
    #[error("The provider gives no mail address; register here, then link it.")]
    AddressMissing,
    /// The address is an account's, and one of the two sides did not prove that it is theirs.
    #[error("There is an account with this mail address; sign in to it, then link the provider.")]
    AddressTaken,
    /// The identity belongs to another account.
    #[error("This identity is linked to another account.")]
    IdentityTaken,
    /// The account has another identity of this provider.
    #[error("The account is linked to another identity of this provider; unlink it first.")]
    ProviderLinked,
    /// The account has no identity of this provider.
    #[error("The account is not linked to this provider.")]
    NotLinked,
    /// Nobody could sign in any more.
    #[error("This is the only way to sign in; set a password or link another provider first.")]
    LastWayIn,
    /// A permission is missing.
    #[error("This needs the permission `{0}`.")]
    MissingPermission(&'static str),
    /// Nobody raises anyone to or above their own role, nor touches their equals.
    #[error("You may only change accounts below your own role, and only to roles below it.")]
    AboveYourRole,
    /// A service account is an `admin` at most.
    #[error("A service account cannot be a super_admin, nor hold what only a super_admin holds.")]
    ServiceAccountLimit,
    /// The last super_admin stays.
    #[error("This is the last super_admin; make another one first.")]
    LastSuperAdmin,
    /// The caller's version is out of date.
    #[error("The account was changed since you read it; its version is now {}.", .0.version)]
    Stale(Box<User>),
    /// Fields with faults.
    #[error("The request has faults; see `errors`.")]
    Invalid(Vec<FieldError>),
    /// The idempotency key belongs to another request.
    #[error("This Idempotency-Key was used for another request.")]
    KeyReused,
    /// Too many judged attempts at one account's password, from wherever they came.
    #[error("Too many tries at this account; try again in {} s.", seconds_up(*.0))]
    AccountLimit(Duration),
    /// The hashing queue is too long; it may have room again after this time.
    #[error("Too many sign-ins at the same time; try again shortly.")]
    Overloaded(Duration),
    /// The hasher failed.
    #[error("Something went wrong on our side.")]
    Hashing(#[source] HashError),
    /// The store failed.
    #[error("{}", .0.public_text())]
    Store(#[source] StoreError),
}

/// Whole seconds, and never too few.
pub fn seconds_up(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

impl From<MissingPermission> for UserError {
    fn from(MissingPermission(permission): MissingPermission) -> Self {
        Self::MissingPermission(permission.as_str())
    }
}

impl From<StoreError> for UserError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate("users.username") => Self::UsernameTaken,
            StoreError::Duplicate("users.email") => Self::EmailTaken,
            StoreError::Duplicate("roles.name") => Self::RoleTaken,
            other => Self::Store(other),
        }
    }
}

impl From<KeyReused> for UserError {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl From<HashError> for UserError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded(wait) => Self::Overloaded(wait),
            failed @ HashError::Failed(_) => Self::Hashing(failed),
        }
    }
}

static USERNAME_TAKEN: LazyLock<[FieldError; 1]> =
    LazyLock::new(|| [FieldError::new("/username", "users.username_taken", "is taken")]);
static EMAIL_TAKEN: LazyLock<[FieldError; 1]> =
    LazyLock::new(|| [FieldError::new("/email", "users.email_taken", "is taken")]);

impl DomainError for UserError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_)
            | Self::SessionNotFound
            | Self::TokenNotFound
            | Self::RoleNotFound
            | Self::ProviderUnknown
            | Self::NotLinked => ErrorKind::NotFound,
            Self::UsernameTaken
            | Self::EmailTaken
            | Self::LastSuperAdmin
            | Self::TooManyGrants
            | Self::AlreadySetUp
            | Self::RoleBuiltIn
            | Self::RoleTaken
            | Self::TooManyRoles
            | Self::FactorOn
            | Self::FactorOff
            | Self::FactorNotSetUp
            | Self::FactorsUnavailable
            | Self::TextsUnavailable
            | Self::AddressMissing
            | Self::AddressTaken
            | Self::IdentityTaken
            | Self::ProviderLinked
            | Self::LastWayIn => ErrorKind::Conflict,
            Self::BadCredentials
            | Self::BadSetupToken
            | Self::TokenExpired
            | Self::BadToken(_)
            | Self::BadRefreshToken
            | Self::RefreshReused
            | Self::BadChallenge
            | Self::BadCode
            | Self::BadTicket
            | Self::ProviderRefused(_) => ErrorKind::Unauthenticated,
            Self::Suspended
            | Self::Closed
            | Self::SessionNeeded
            | Self::MissingPermission(_)
            | Self::AboveYourRole
            | Self::FactorRequired
            | Self::SessionTooOld
            | Self::WrongCode
            | Self::WrongPassword
            | Self::ProviderDenied => ErrorKind::Forbidden,
            Self::SlowDown(_)
            | Self::AccountLimit(_)
            | Self::TooSoon(_)
            | Self::TooManyTexts(_) => ErrorKind::TooMany,
            Self::Stale(_) | Self::RoleStale(_) => ErrorKind::Stale,
            Self::Invalid(_) | Self::BadState | Self::FrontEndUnknown | Self::BadGrant => {
                ErrorKind::Invalid
            }
            Self::KeyReused | Self::BadLink | Self::PhoneCodeVoid | Self::ServiceAccountLimit => {
                ErrorKind::Refused
            }
            Self::Overloaded(_) | Self::ProviderUnavailable(_) => ErrorKind::Unavailable,
            Self::Hashing(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "users.not_found",
            Self::SessionNotFound => "users.session_not_found",
            Self::UsernameTaken => "users.username_taken",
            Self::EmailTaken => "users.email_taken",
            Self::AlreadySetUp => "auth.already_set_up",
            Self::BadSetupToken => "auth.bad_setup_token",
            Self::BadCredentials => "auth.bad_credentials",
            Self::WrongPassword => "auth.wrong_password",
            Self::Suspended => "auth.suspended",
            Self::TokenExpired => "auth.token_expired",
            Self::BadToken(_) => "auth.bad_token",
            Self::BadRefreshToken => "auth.bad_refresh_token",
            Self::RefreshReused => "auth.refresh_reused",
            Self::BadTicket => "auth.bad_ticket",
            Self::Closed => "auth.closed",
            Self::BadLink => "auth.bad_link",
            Self::TooSoon(_) => "auth.too_soon",
            Self::SessionNeeded => "auth.session_needed",
            Self::TokenNotFound => "auth.token_not_found",
            Self::TooManyGrants => "auth.tokens_too_many",
            Self::RoleNotFound => "users.role_not_found",
            Self::RoleBuiltIn => "users.role_built_in",
            Self::RoleTaken => "users.role_taken",
            Self::TooManyRoles => "users.roles_full",
            Self::RoleStale(_) => "users.role_stale",
            Self::BadChallenge => "auth.bad_mfa_token",
            Self::BadCode => "auth.bad_code",
            Self::WrongCode => "auth.wrong_code",
            Self::SlowDown(_) => "auth.slow_down",
            Self::TooManyTexts(_) => "users.phone_too_many",
            Self::PhoneCodeVoid => "users.phone_code_void",
            Self::TextsUnavailable => "users.phone_unavailable",
            Self::FactorRequired => "auth.two_factor_required",
            Self::FactorOn => "auth.two_factor_on",
            Self::FactorOff => "auth.two_factor_off",
            Self::FactorNotSetUp => "auth.two_factor_not_set_up",
            Self::FactorsUnavailable => "auth.two_factor_unavailable",
            Self::SessionTooOld => "auth.session_too_old",
            Self::ProviderUnknown => "oauth.provider_unknown",
            Self::ProviderUnavailable(_) => "oauth.provider_unavailable",
            Self::ProviderRefused(_) => "oauth.provider_refused",
            Self::ProviderDenied => "oauth.denied",
            Self::BadState => "oauth.bad_state",
            Self::FrontEndUnknown => "oauth.redirect_uri_unknown",
            Self::BadGrant => "oauth.bad_grant",
            Self::AddressMissing => "oauth.email_missing",
            Self::AddressTaken => "oauth.email_taken",
            Self::IdentityTaken => "oauth.identity_taken",
            Self::ProviderLinked => "oauth.provider_linked",
            Self::NotLinked => "oauth.not_linked",
            Self::LastWayIn => "oauth.last_way_in",
            Self::MissingPermission(_) => "auth.missing_permission",
            Self::AboveYourRole => "users.above_your_role",
            Self::ServiceAccountLimit => "users.service_account_limit",
            Self::LastSuperAdmin => "users.last_super_admin",
            Self::Stale(_) => "users.stale",
            Self::Invalid(_) => "users.invalid",
            Self::KeyReused => "idempotency.key_reused",
            Self::AccountLimit(_) => "rate_limit.exceeded",
            Self::Overloaded(_) => "auth.overloaded",
            Self::Hashing(_) => "internal",
            Self::Store(error) => error.code(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(fields) => fields,
            Self::UsernameTaken => &*USERNAME_TAKEN,
            Self::EmailTaken => &*EMAIL_TAKEN,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn every() -> Vec<UserError> {
        vec![
            UserError::SessionNotFound,
            UserError::UsernameTaken,
            UserError::EmailTaken,
            UserError::AlreadySetUp,
            UserError::BadSetupToken,
            UserError::BadCredentials,
            UserError::WrongPassword,
            UserError::Suspended,
            UserError::TokenExpired,
            UserError::BadToken("why"),
            UserError::BadRefreshToken,
            UserError::RefreshReused,
            UserError::BadTicket,
            UserError::Closed,
            UserError::BadLink,
            UserError::TooSoon(Duration::from_millis(1)),
            UserError::SessionNeeded,
            UserError::TokenNotFound,
            UserError::TooManyGrants,
            UserError::RoleNotFound,
            UserError::RoleBuiltIn,
            UserError::RoleTaken,
            UserError::TooManyRoles,
            UserError::BadChallenge,
            UserError::BadCode,
            UserError::WrongCode,
            UserError::SlowDown(Duration::from_millis(1)),
            UserError::TooManyTexts(Duration::from_millis(1)),
            UserError::PhoneCodeVoid,
            UserError::TextsUnavailable,
            UserError::FactorRequired,
            UserError::FactorOn,
            UserError::FactorOff,
            UserError::FactorNotSetUp,
            UserError::FactorsUnavailable,
            UserError::SessionTooOld,
            UserError::ProviderUnknown,
            UserError::ProviderUnavailable(ProviderError::Unavailable("secret".to_owned())),
            UserError::ProviderRefused(ProviderError::Refused("secret".to_owned())),
            UserError::ProviderDenied,
            UserError::BadState,
            UserError::FrontEndUnknown,
            UserError::BadGrant,
            UserError::AddressMissing,
            UserError::AddressTaken,
            UserError::IdentityTaken,
            UserError::ProviderLinked,
            UserError::NotLinked,
            UserError::LastWayIn,
            UserError::MissingPermission("users:manage"),
            UserError::AboveYourRole,
            UserError::LastSuperAdmin,
            UserError::Invalid(Vec::new()),
            KeyReused.into(),
            UserError::AccountLimit(Duration::from_millis(1)),
            HashError::Overloaded(Duration::from_millis(1)).into(),
            HashError::Failed("secret".to_owned()).into(),
            StoreError::Unavailable("secret".to_owned()).into(),
        ]
    }

    #[test]
    fn codes_are_unique_and_have_a_domain() {
        let codes: BTreeSet<&str> = every().iter().map(DomainError::code).collect();
        assert_eq!(codes.len(), every().len());
        for code in codes {
            assert!(code == "internal" || code.contains('.'), "{code}");
        }
    }

    #[test]
    fn public_texts_hide_what_is_behind_them() {
        for error in every() {
            assert!(!error.to_string().contains("secret"), "{error:?}");
            let names_a_field = matches!(error, UserError::UsernameTaken | UserError::EmailTaken);
            assert_eq!(error.fields().len(), usize::from(names_a_field), "{error:?}");
        }
    }

    #[test]
    fn only_what_may_succeed_later_is_retryable() {
        for error in every() {
            let retryable = matches!(
                error,
                UserError::Overloaded(_)
                    | UserError::AccountLimit(_)
                    | UserError::SlowDown(_)
                    | UserError::TooSoon(_)
                    | UserError::TooManyTexts(_)
                    | UserError::ProviderUnavailable(_)
                    | UserError::Store(StoreError::Unavailable(_))
            );
            assert_eq!(error.kind().retryable(), retryable, "{error:?}");
        }
    }

    #[test]
    fn a_taken_name_is_reported_in_this_domains_terms() {
        let taken = |name| UserError::from(StoreError::Duplicate(name));
        assert!(matches!(taken("users.username"), UserError::UsernameTaken));
        assert!(matches!(taken("users.email"), UserError::EmailTaken));
        assert!(matches!(taken("else"), UserError::Store(StoreError::Duplicate("else"))));
    }
}
