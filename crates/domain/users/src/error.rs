//! What can go wrong in this room, in its own words.

use kernel::{Fault, FieldFault, Kind, StoreError, UserId, once::KeyReused};

use crate::{
    ports::{HashError, ProviderError},
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
    /// The access token is over, unknown, or of a session that ended.
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
    /// The account has no password, and the sign-in was too long ago to do without.
    #[error("This needs a sign-in of the last ten minutes; sign in again.")]
    SessionNotFresh,
    /// A permission is missing.
    #[error("This needs the permission `{0}`.")]
    MissingPermission(&'static str),
    /// Nobody raises anyone to or above their own role, nor touches their equals.
    #[error("You may only change accounts below your own role, and only to roles below it.")]
    AboveYourRole,
    /// The last super_admin stays.
    #[error("This is the last super_admin; make another one first.")]
    LastSuperAdmin,
    /// The caller's version is out of date.
    #[error("The account was changed since you read it; its version is now {}.", .0.version)]
    Stale(Box<User>),
    /// Fields with faults.
    #[error("The request has faults; see `errors`.")]
    Invalid(Vec<FieldFault>),
    /// The idempotency key belongs to another request.
    #[error("This Idempotency-Key was used for another request.")]
    KeyReused,
    /// Too many sign-ins at once.
    #[error("Too many sign-ins at once; try again shortly.")]
    Overloaded,
    /// The hasher failed.
    #[error("Something went wrong on our side.")]
    Hashing(#[source] HashError),
    /// The store failed.
    #[error("{}", .0.public_text())]
    Store(#[source] StoreError),
}

impl From<StoreError> for UserError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate("users.username") => Self::UsernameTaken,
            StoreError::Duplicate("users.email") => Self::EmailTaken,
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
            HashError::Overloaded => Self::Overloaded,
            failed @ HashError::Failed(_) => Self::Hashing(failed),
        }
    }
}

impl Fault for UserError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound(_) | Self::SessionNotFound | Self::ProviderUnknown | Self::NotLinked => {
                Kind::NotFound
            }
            Self::UsernameTaken
            | Self::EmailTaken
            | Self::LastSuperAdmin
            | Self::AddressMissing
            | Self::AddressTaken
            | Self::IdentityTaken
            | Self::ProviderLinked
            | Self::LastWayIn => Kind::Conflict,
            Self::BadCredentials
            | Self::BadToken(_)
            | Self::BadRefreshToken
            | Self::RefreshReused
            | Self::BadTicket
            | Self::ProviderRefused(_) => Kind::Unauthenticated,
            Self::Suspended
            | Self::MissingPermission(_)
            | Self::AboveYourRole
            | Self::WrongPassword
            | Self::ProviderDenied
            | Self::SessionNotFresh => Kind::Forbidden,
            Self::Stale(_) => Kind::Stale,
            Self::Invalid(_) | Self::BadState | Self::FrontEndUnknown | Self::BadGrant => {
                Kind::Invalid
            }
            Self::KeyReused => Kind::Refused,
            Self::Overloaded | Self::ProviderUnavailable(_) => Kind::Unavailable,
            Self::Hashing(_) => Kind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "users.not_found",
            Self::SessionNotFound => "users.session_not_found",
            Self::UsernameTaken => "users.username_taken",
            Self::EmailTaken => "users.email_taken",
            Self::BadCredentials => "auth.bad_credentials",
            Self::WrongPassword => "auth.wrong_password",
            Self::Suspended => "auth.suspended",
            Self::BadToken(_) => "auth.bad_token",
            Self::BadRefreshToken => "auth.bad_refresh_token",
            Self::RefreshReused => "auth.refresh_reused",
            Self::BadTicket => "auth.bad_ticket",
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
            Self::SessionNotFresh => "auth.session_not_fresh",
            Self::MissingPermission(_) => "auth.missing_permission",
            Self::AboveYourRole => "users.above_your_role",
            Self::LastSuperAdmin => "users.last_super_admin",
            Self::Stale(_) => "users.stale",
            Self::Invalid(_) => "users.invalid",
            Self::KeyReused => "idempotency.key_reused",
            Self::Overloaded => "auth.overloaded",
            Self::Hashing(_) => "internal",
            Self::Store(error) => error.code(),
        }
    }

    fn fields(&self) -> &[FieldFault] {
        match self {
            Self::Invalid(fields) => fields,
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
            UserError::BadCredentials,
            UserError::WrongPassword,
            UserError::Suspended,
            UserError::BadToken("why"),
            UserError::BadRefreshToken,
            UserError::RefreshReused,
            UserError::BadTicket,
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
            UserError::SessionNotFresh,
            UserError::MissingPermission("users:manage"),
            UserError::AboveYourRole,
            UserError::LastSuperAdmin,
            UserError::Invalid(Vec::new()),
            KeyReused.into(),
            HashError::Overloaded.into(),
            HashError::Failed("secret".to_owned()).into(),
            StoreError::Unavailable("secret".to_owned()).into(),
        ]
    }

    #[test]
    fn codes_are_unique_and_have_a_room() {
        let codes: BTreeSet<&str> = every().iter().map(Fault::code).collect();
        assert_eq!(codes.len(), every().len());
        for code in codes {
            assert!(code == "internal" || code.contains('.'), "{code}");
        }
    }

    #[test]
    fn public_texts_hide_what_is_behind_them() {
        for error in every() {
            assert!(!error.to_string().contains("secret"), "{error:?}");
            assert!(error.fields().is_empty());
        }
    }

    #[test]
    fn only_what_may_succeed_later_is_retryable() {
        for error in every() {
            let retryable = matches!(
                error,
                UserError::Overloaded
                    | UserError::ProviderUnavailable(_)
                    | UserError::Store(StoreError::Unavailable(_))
            );
            assert_eq!(error.kind().retryable(), retryable, "{error:?}");
        }
    }

    #[test]
    fn a_taken_name_is_told_in_this_rooms_words() {
        let taken = |name| UserError::from(StoreError::Duplicate(name));
        assert!(matches!(taken("users.username"), UserError::UsernameTaken));
        assert!(matches!(taken("users.email"), UserError::EmailTaken));
        assert!(matches!(taken("else"), UserError::Store(StoreError::Duplicate("else"))));
    }
}
