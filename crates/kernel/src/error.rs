//! What can go wrong, in terms that no transport owns.

use std::borrow::Cow;

/// The kind of a failure; the HTTP layer maps each to one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request itself is wrong (400).
    Invalid,
    /// Nobody is signed in, or the credentials are bad (401).
    Unauthenticated,
    /// Signed in, but not allowed (403).
    Forbidden,
    /// Not there, or not the caller's to see (404).
    NotFound,
    /// Collides with what is there (409).
    Conflict,
    /// Was there and will not come back (410).
    Gone,
    /// The caller's version is out of date (412).
    Stale,
    /// A version had to be named and was not (428).
    VersionRequired,
    /// Too many bytes (413).
    TooLarge,
    /// A media type we do not read (415).
    UnsupportedMedia,
    /// Well-formed, but a rule refuses it (422).
    Refused,
    /// Too often (429).
    TooMany,
    /// Something we need is down or overloaded (503).
    Unavailable,
    /// Our fault (500).
    Internal,
}

impl ErrorKind {
    /// True when the same request may succeed later without being changed.
    pub const fn retryable(self) -> bool {
        match self {
            Self::TooMany | Self::Unavailable => true,
            Self::Invalid
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::NotFound
            | Self::Conflict
            | Self::Gone
            | Self::Stale
            | Self::VersionRequired
            | Self::TooLarge
            | Self::UnsupportedMedia
            | Self::Refused
            | Self::Internal => false,
        }
    }
}

/// One fault of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the body, or the name of a query parameter.
    pub field: String,
    /// Stable code, `<room>.<what>`.
    pub code: Cow<'static, str>,
    /// For a person.
    pub message: String,
}

impl FieldError {
    /// A fault of `field`, in the words of `error`.
    pub fn new(
        field: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        error: impl std::fmt::Display,
    ) -> Self {
        Self { field: field.into(), code: code.into(), message: error.to_string() }
    }
}

/// A failure of a use case. `Display` is public text; it never prints its source.
pub trait DomainError: std::error::Error + Send + Sync + 'static {
    /// Who should react, and how.
    fn kind(&self) -> ErrorKind;
    /// Stable code, `<room>.<what>`; listed in `openapi/problems.md`.
    fn code(&self) -> &'static str;
    /// Every faulty field, for [`ErrorKind::Invalid`].
    fn fields(&self) -> &[FieldError] {
        &[]
    }
}

/// What a store can answer besides data. Has no public text.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or its queue is full.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// It took longer than it may.
    #[error("the store took too long: {0}")]
    Timeout(String),
    /// A deadlock or a serialisation failure that outlived its retries.
    #[error("the store gave up under contention")]
    Contention,
    /// The row changed since it was read: nothing was written.
    #[error("the row was changed by somebody else")]
    Stale,
    /// A unique rule was broken; the name says which (`users.email`).
    #[error("{0} is taken")]
    Duplicate(&'static str),
    /// A row that it points to is not there; the name says which.
    #[error("{0} is not there")]
    Missing(&'static str),
    /// A stored row breaks an invariant.
    #[error("corrupt row {id} in {table}.{column}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row.
        id: i64,
    },
    /// Anything else.
    #[error("the store failed: {0}")]
    Internal(String),
}

impl StoreError {
    /// How a use case that can do nothing about it should be answered.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unavailable(_) | Self::Timeout(_) | Self::Contention => ErrorKind::Unavailable,
            Self::Stale | Self::Duplicate(_) => ErrorKind::Conflict,
            Self::Missing(_) | Self::Corrupt { .. } | Self::Internal(_) => ErrorKind::Internal,
        }
    }

    /// The code of that answer.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "store.unavailable",
            Self::Timeout(_) => "store.timeout",
            Self::Contention => "store.contention",
            Self::Stale => "store.stale",
            Self::Duplicate(_) => "store.duplicate",
            Self::Missing(_) | Self::Corrupt { .. } | Self::Internal(_) => "internal",
        }
    }

    /// What a client may read about it; nothing internal.
    pub const fn public_text(&self) -> &'static str {
        match self {
            Self::Unavailable(_) | Self::Timeout(_) | Self::Contention => {
                "The database cannot answer right now; try again shortly."
            }
            Self::Stale => "The resource was changed by somebody else at the same moment.",
            Self::Duplicate(_) => "A value that must be unique is taken.",
            Self::Missing(_) | Self::Corrupt { .. } | Self::Internal(_) => {
                "Something went wrong on our side."
            }
        }
    }
}
