//! What can go wrong in this room, in its own words.

use kernel::{
    DomainError, ErrorKind, FieldError, MissingPermission, StoreError, idempotency::KeyReused,
};

use crate::{
    task::{Comment, Task},
    values::{CommentId, TaskId},
};

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// No such task, or not the caller's to see.
    #[error("There is no task {0}.")]
    NotFound(TaskId),
    /// No such comment on this task.
    #[error("There is no comment {0} on this task.")]
    CommentNotFound(CommentId),
    /// A permission is missing.
    #[error("This needs the permission `{0}`.")]
    MissingPermission(&'static str),
    /// In sight, but not the caller's to change in this way.
    #[error("{what} needs to be the task's owner or the permission `tasks:manage`.")]
    Forbidden {
        /// What was tried.
        what: &'static str,
    },
    /// Only the author edits a comment.
    #[error("Only its author may change a comment.")]
    NotAuthor,
    /// The caller's version is out of date.
    #[error("The task was changed since you read it; its version is now {}.", .0.version)]
    Stale(Box<Task>),
    /// The caller's version of a comment is out of date.
    #[error("The comment was changed since you read it; its version is now {}.", .0.version)]
    CommentStale(Box<Comment>),
    /// The assignee is nobody active.
    #[error("The request has faults; see `errors`.")]
    Invalid(Vec<FieldError>),
    /// Restoring a task that is not deleted.
    #[error("The task is not deleted.")]
    NotDeleted,
    /// One operation of a bulk request failed, so that none was done.
    #[error("Operation {index} failed, so nothing was changed: {source}")]
    Bulk {
        /// Which, from 0.
        index: usize,
        /// Its own failure.
        source: Box<TaskError>,
        /// The failure as field faults, each under `/operations/{index}`.
        fields: Vec<FieldError>,
    },
    /// The idempotency key belongs to another request.
    #[error("This Idempotency-Key was used for another request.")]
    KeyReused,
    /// The store failed.
    #[error("{}", .0.public_text())]
    Store(#[source] StoreError),
}

impl From<MissingPermission> for TaskError {
    fn from(MissingPermission(permission): MissingPermission) -> Self {
        Self::MissingPermission(permission.as_str())
    }
}

impl From<StoreError> for TaskError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<KeyReused> for TaskError {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl DomainError for TaskError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) | Self::CommentNotFound(_) => ErrorKind::NotFound,
            Self::MissingPermission(_) | Self::Forbidden { .. } | Self::NotAuthor => {
                ErrorKind::Forbidden
            }
            Self::Stale(_) | Self::CommentStale(_) => ErrorKind::Stale,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotDeleted => ErrorKind::Conflict,
            Self::Bulk { source, .. } => source.kind(),
            Self::KeyReused => ErrorKind::Refused,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "tasks.not_found",
            Self::CommentNotFound(_) => "tasks.comment_not_found",
            Self::MissingPermission(_) => "auth.missing_permission",
            Self::Forbidden { .. } => "tasks.forbidden",
            Self::NotAuthor => "tasks.not_author",
            Self::Stale(_) => "tasks.stale",
            Self::CommentStale(_) => "tasks.comment_stale",
            Self::Invalid(_) => "tasks.invalid",
            Self::NotDeleted => "tasks.not_deleted",
            Self::Bulk { source, .. } => source.code(),
            Self::KeyReused => "idempotency.key_reused",
            Self::Store(error) => error.code(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(fields) | Self::Bulk { fields, .. } => fields,
            _ => &[],
        }
    }
}
