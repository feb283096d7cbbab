//! What can go wrong in this domain.

use kernel::{DomainError, ErrorKind, MissingPermission, StoreError};

use crate::{settings::Settings, values::NotificationId};

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    /// It does not exist, or belongs to another person.
    #[error("There is no notification {0}.")]
    NotFound(NotificationId),
    /// A permission is missing.
    #[error("This needs the permission `{0}`.")]
    MissingPermission(&'static str),
    /// The preferences changed since the caller read them.
    #[error("Your settings changed meanwhile.")]
    PreferencesStale(Box<Settings>),
    /// The quiet hours changed since the caller read them.
    #[error("Your settings changed meanwhile.")]
    QuietHoursStale(Box<Settings>),
    /// A link that unsubscribes is not one of ours.
    #[error("This link does not work.")]
    BadLink,
    /// The store failed.
    #[error("{}", .0.public_text())]
    Store(#[source] StoreError),
}

impl From<MissingPermission> for NotificationError {
    fn from(MissingPermission(permission): MissingPermission) -> Self {
        Self::MissingPermission(permission.as_str())
    }
}

impl From<StoreError> for NotificationError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl DomainError for NotificationError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::PreferencesStale(_) | Self::QuietHoursStale(_) => ErrorKind::Stale,
            Self::BadLink => ErrorKind::Refused,
            Self::MissingPermission(_) => ErrorKind::Forbidden,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "notifications.not_found",
            Self::PreferencesStale(_) | Self::QuietHoursStale(_) => "notifications.stale",
            Self::BadLink => "notifications.bad_link",
            Self::MissingPermission(_) => "auth.missing_permission",
            Self::Store(error) => error.code(),
        }
    }
}
