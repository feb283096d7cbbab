//! What can go wrong in this domain.

use kernel::{DomainError, ErrorKind, FieldError, MissingPermission, StoreError};

use crate::{
    signature::SignatureError,
    source::{MOST_SOURCES, Source},
    values::{InboundEventId, PaymentId, State},
};

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum InboundError {
    /// There is no such source.
    #[error("There is no source {0}.")]
    SourceNotFound(String),
    /// There is no such event.
    #[error("There is no event {0}.")]
    EventNotFound(InboundEventId),
    /// There is no such payment.
    #[error("There is no payment {0}.")]
    PaymentNotFound(PaymentId),
    /// The delivery is not what the source sent.
    #[error("{0}")]
    Signature(#[from] SignatureError),
    /// The caller's version of a source is out of date; this is the source as it is now.
    #[error("The source was changed since you read it; its version is now {}.", .0.version)]
    Stale(Box<Source>),
    /// Fields are not valid.
    #[error("The request has faults; see `errors`.")]
    Invalid(Vec<FieldError>),
    /// There are as many sources as there may be.
    #[error("There are {MOST_SOURCES} sources already; delete one first.")]
    TooManySources,
    /// The state of the event does not allow to process it again.
    #[error("The event is {}; only failed and ignored events can be processed again.", .0.as_str())]
    EventState(State),
    /// The server has no key to seal secrets with.
    #[error("This server has no key to encrypt secrets with; set auth.encryption_key.")]
    NoKey,
    /// A permission is missing.
    #[error("This needs the permission `{0}`.")]
    MissingPermission(&'static str),
    /// The store failed.
    #[error("{}", .0.public_text())]
    Store(#[source] StoreError),
}

impl From<MissingPermission> for InboundError {
    fn from(MissingPermission(permission): MissingPermission) -> Self {
        Self::MissingPermission(permission.as_str())
    }
}

impl From<StoreError> for InboundError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl DomainError for InboundError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::SourceNotFound(_) | Self::EventNotFound(_) | Self::PaymentNotFound(_) => {
                ErrorKind::NotFound
            }
            Self::Signature(_) | Self::Invalid(_) => ErrorKind::Invalid,
            Self::Stale(_) => ErrorKind::Stale,
            Self::TooManySources | Self::EventState(_) | Self::NoKey => ErrorKind::Conflict,
            Self::MissingPermission(_) => ErrorKind::Forbidden,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::SourceNotFound(_) => "webhooks.source_not_found",
            Self::EventNotFound(_) => "webhooks.event_not_found",
            Self::PaymentNotFound(_) => "payments.not_found",
            Self::Signature(SignatureError::Missing) => "webhooks.signature_missing",
            Self::Signature(SignatureError::Invalid) => "webhooks.signature_invalid",
            Self::Signature(SignatureError::TimestampOutside) => "webhooks.timestamp_outside",
            Self::Stale(_) => "webhooks.source_stale",
            Self::Invalid(_) => "request.invalid",
            Self::TooManySources => "webhooks.too_many_sources",
            Self::EventState(_) => "webhooks.event_state",
            Self::NoKey => "webhooks.no_encryption_key",
            Self::MissingPermission(_) => "auth.missing_permission",
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
