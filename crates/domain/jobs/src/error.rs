//! What can go wrong in this domain.

use kernel::{
    DomainError, ErrorKind, FieldError, JobId, MissingPermission, StoreError,
    idempotency::KeyReused,
    job::{JobState, QueueSettings},
};

use crate::schedule::Schedule;

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// It does not exist.
    #[error("There is no job {0}.")]
    NotFound(JobId),
    /// No kind of this program uses the queue, and no administrator has changed it.
    #[error("There is no queue {0:?}.")]
    QueueNotFound(String),
    /// There is no schedule of this name.
    #[error("There is no schedule {0:?}.")]
    ScheduleNotFound(String),
    /// A permission is missing.
    #[error("This needs the permission `{0}`.")]
    MissingPermission(&'static str),
    /// Fields are wrong.
    #[error("The request has faults; see `errors`.")]
    Invalid(Vec<FieldError>),
    /// The unique key is taken.
    #[error("Job {0} has this key and has not ended.")]
    Duplicate(JobId),
    /// The state of the job does not allow it.
    #[error("The job is {}.", .0.as_str())]
    State(JobState),
    /// The caller's version is out of date.
    #[error("The queue was changed since you read it.")]
    Stale(Box<QueueSettings>),
    /// The same for a schedule.
    #[error("The schedule was changed since you read it.")]
    ScheduleStale(Box<Schedule>),
    /// The idempotency key belongs to another request.
    #[error("This Idempotency-Key was used for another request.")]
    KeyReused,
    /// The store failed.
    #[error("{}", .0.public_text())]
    Store(#[source] StoreError),
}

impl From<MissingPermission> for JobsError {
    fn from(MissingPermission(permission): MissingPermission) -> Self {
        Self::MissingPermission(permission.as_str())
    }
}

impl From<KeyReused> for JobsError {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl From<StoreError> for JobsError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl DomainError for JobsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) | Self::QueueNotFound(_) | Self::ScheduleNotFound(_) => {
                ErrorKind::NotFound
            }
            Self::MissingPermission(_) => ErrorKind::Forbidden,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Duplicate(_) | Self::State(_) => ErrorKind::Conflict,
            Self::Stale(_) | Self::ScheduleStale(_) => ErrorKind::Stale,
            Self::KeyReused => ErrorKind::Refused,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "jobs.not_found",
            Self::QueueNotFound(_) => "jobs.queue_not_found",
            Self::ScheduleNotFound(_) => "jobs.schedule_not_found",
            Self::MissingPermission(_) => "auth.missing_permission",
            Self::Invalid(_) => "jobs.invalid",
            Self::Duplicate(_) => "jobs.duplicate",
            Self::State(_) => "jobs.state",
            Self::Stale(_) | Self::ScheduleStale(_) => "jobs.stale",
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
