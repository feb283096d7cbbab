//! What can go wrong in this domain.

use kernel::{
    DomainError, ErrorKind, FieldError, MissingPermission, StoreError, idempotency::KeyReused,
};

use crate::{
    rule::{ClearError, Rule},
    values::{AlertId, RuleId},
};

/// The most rules.
pub const MOST_RULES: usize = 100;

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum MonitoringError {
    /// There is no such rule.
    #[error("There is no rule {0}.")]
    RuleNotFound(RuleId),
    /// There is no such alert, or it was too old to be kept.
    #[error("There is no alert {0}.")]
    AlertNotFound(AlertId),
    /// The alert is over.
    #[error("The alert {0} is resolved.")]
    AlertResolved(AlertId),
    /// There are as many rules as there may be.
    #[error("There are {MOST_RULES} rules already.")]
    TooManyRules,
    /// Fields contradict each other.
    #[error("The request has faults; see `errors`.")]
    Invalid(Vec<FieldError>),
    /// A permission is missing.
    #[error("This needs the permission `{0}`.")]
    MissingPermission(&'static str),
    /// The caller's version is out of date.
    #[error("The rule was changed since you read it; its version is now {}.", .0.version)]
    Stale(Box<Rule>),
    /// The idempotency key belongs to another request.
    #[error("This Idempotency-Key was used for another request.")]
    KeyReused,
    /// The store failed.
    #[error("{}", .0.public_text())]
    Store(#[source] StoreError),
}

impl From<ClearError> for MonitoringError {
    fn from(error: ClearError) -> Self {
        Self::Invalid(vec![FieldError::new("/clear", "monitoring.clear_invalid", error)])
    }
}

impl From<MissingPermission> for MonitoringError {
    fn from(MissingPermission(permission): MissingPermission) -> Self {
        Self::MissingPermission(permission.as_str())
    }
}

impl From<KeyReused> for MonitoringError {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl From<StoreError> for MonitoringError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl DomainError for MonitoringError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::RuleNotFound(_) | Self::AlertNotFound(_) => ErrorKind::NotFound,
            Self::AlertResolved(_) | Self::TooManyRules => ErrorKind::Conflict,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::MissingPermission(_) => ErrorKind::Forbidden,
            Self::Stale(_) => ErrorKind::Stale,
            Self::KeyReused => ErrorKind::Refused,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::RuleNotFound(_) => "monitoring.rule_not_found",
            Self::AlertNotFound(_) => "monitoring.alert_not_found",
            Self::AlertResolved(_) => "monitoring.alert_resolved",
            Self::TooManyRules => "monitoring.too_many_rules",
            Self::Invalid(_) => "request.invalid",
            Self::MissingPermission(_) => "auth.missing_permission",
            Self::Stale(_) => "monitoring.stale",
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
