//! What can go wrong in this domain.

use kernel::{DomainError, ErrorKind, MissingPermission, StoreError, idempotency::KeyReused};

use crate::{bookmark::Bookmark, values::BookmarkId};

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum BookmarkError {
    /// It does not exist, or belongs to another person.
    #[error("There is no bookmark {0}.")]
    NotFound(BookmarkId),
    /// A permission is missing.
    #[error("This needs the permission `{0}`.")]
    MissingPermission(&'static str),
    /// The caller's version is out of date.
    #[error("The bookmark was changed since you read it; its version is now {}.", .0.version)]
    Stale(Box<Bookmark>),
    /// The idempotency key belongs to another request.
    #[error("This Idempotency-Key was used for another request.")]
    KeyReused,
    /// The store failed.
    #[error("{}", .0.public_text())]
    Store(#[source] StoreError),
}

impl From<MissingPermission> for BookmarkError {
    fn from(MissingPermission(permission): MissingPermission) -> Self {
        Self::MissingPermission(permission.as_str())
    }
}

impl From<KeyReused> for BookmarkError {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl From<StoreError> for BookmarkError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl DomainError for BookmarkError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::MissingPermission(_) => ErrorKind::Forbidden,
            Self::Stale(_) => ErrorKind::Stale,
            Self::KeyReused => ErrorKind::Refused,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "bookmarks.not_found",
            Self::MissingPermission(_) => "auth.missing_permission",
            Self::Stale(_) => "bookmarks.stale",
            Self::KeyReused => "idempotency.key_reused",
            Self::Store(error) => error.code(),
        }
    }
}
