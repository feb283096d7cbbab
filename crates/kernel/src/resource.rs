//! The errors of a simple resource: one that is found by its id, has a version, and can fail in no
//! way of its own. A domain with more rules has an error type of its own instead.

use std::fmt::Debug;

use crate::{
    DomainError, ErrorKind, FieldError, MissingPermission, StoreError, idempotency::KeyReused,
};

/// A resource and its problem codes.
pub trait Resource: Debug + Send + Sync + 'static {
    /// What people call it, such as `note`.
    const NAME: &'static str;
    /// The problem code of an id that leads nowhere, such as `notes.not_found`.
    const NOT_FOUND: &'static str;
    /// The problem code of a version that is out of date, such as `notes.stale`.
    const STALE: &'static str;

    /// Counts the changes, from 1.
    fn version(&self) -> i64;
}

/// Why a use case of a simple resource failed.
#[derive(Debug, thiserror::Error)]
pub enum ResourceError<R: Resource> {
    /// There is no such row, or the caller may not see it.
    #[error("There is no {name} {0}.", name = R::NAME)]
    NotFound(i64),
    /// The caller's version is out of date; this is the row as it is now.
    #[error("The {name} was changed since you read it; its version is now {now}.", name = R::NAME, now = .0.version())]
    Stale(Box<R>),
    /// Fields are not valid.
    #[error("The request has faults; see `errors`.")]
    Invalid(Vec<FieldError>),
    /// A permission is missing.
    #[error("This needs the permission `{0}`.")]
    MissingPermission(&'static str),
    /// The idempotency key belongs to another request.
    #[error("This Idempotency-Key was used for another request.")]
    KeyReused,
    /// The store failed.
    #[error("{}", .0.public_text())]
    Store(#[source] StoreError),
}

/// Passes a row on, at version `expected` when that is given.
///
/// # Errors
///
/// `NotFound` without a row, `Stale` with another version.
pub fn at_version<R: Resource>(
    row: Option<R>,
    id: i64,
    expected: Option<i64>,
) -> Result<R, ResourceError<R>> {
    let row = row.ok_or(ResourceError::NotFound(id))?;
    match expected {
        Some(version) if version != row.version() => Err(ResourceError::Stale(Box::new(row))),
        _ => Ok(row),
    }
}

impl<R: Resource> From<MissingPermission> for ResourceError<R> {
    fn from(MissingPermission(permission): MissingPermission) -> Self {
        Self::MissingPermission(permission.as_str())
    }
}

impl<R: Resource> From<StoreError> for ResourceError<R> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<R: Resource> From<KeyReused> for ResourceError<R> {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl<R: Resource> DomainError for ResourceError<R> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Stale(_) => ErrorKind::Stale,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::MissingPermission(_) => ErrorKind::Forbidden,
            Self::KeyReused => ErrorKind::Refused,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => R::NOT_FOUND,
            Self::Stale(_) => R::STALE,
            Self::Invalid(_) => "request.invalid",
            Self::MissingPermission(_) => "auth.missing_permission",
            Self::KeyReused => "idempotency.key_reused",
            Self::Store(error) => error.code(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(fields) => fields,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Moon(i64);

    impl Resource for Moon {
        const NAME: &'static str = "moon";
        const NOT_FOUND: &'static str = "moons.not_found";
        const STALE: &'static str = "moons.stale";

        fn version(&self) -> i64 {
            self.0
        }
    }

    #[test]
    fn a_row_is_passed_on_at_the_expected_version_only() {
        assert_eq!(at_version(Some(Moon(3)), 1, None).unwrap().0, 3);
        assert_eq!(at_version(Some(Moon(3)), 1, Some(3)).unwrap().0, 3);
        let stale = at_version(Some(Moon(3)), 1, Some(2)).unwrap_err();
        assert_eq!((stale.kind(), stale.code()), (ErrorKind::Stale, "moons.stale"));
        assert!(stale.to_string().contains("its version is now 3"));
        let missing = at_version::<Moon>(None, 7, Some(2)).unwrap_err();
        assert_eq!((missing.kind(), missing.code()), (ErrorKind::NotFound, "moons.not_found"));
        assert_eq!(missing.to_string(), "There is no moon 7.");
    }
}
