//! What can go wrong in this domain.

use kernel::{DomainError, ErrorKind, FeedGap, FieldError, MissingPermission, StoreError};

use crate::{
    address::UrlError,
    endpoint::Endpoint,
    secrets::VaultError,
    values::{DeliveryId, EndpointId},
};

/// Endpoints that one person may have.
pub const ENDPOINTS_MAX: u64 = 50;

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// It does not exist, or belongs to another person.
    #[error("There is no endpoint {0}.")]
    NotFound(EndpointId),
    /// It does not exist, or belongs to an endpoint of another person.
    #[error("There is no delivery {0}.")]
    DeliveryNotFound(DeliveryId),
    /// A permission is missing.
    #[error("This needs the permission `{0}`.")]
    MissingPermission(&'static str),
    /// The caller's version is out of date.
    #[error("The endpoint was changed since you read it; its version is now {}.", .0.version)]
    Stale(Box<Endpoint>),
    /// A field is not valid.
    #[error("The request has faults; see `errors`.")]
    Invalid(Vec<FieldError>),
    /// There are too many endpoints.
    #[error("You have {ENDPOINTS_MAX} endpoints, which is the most that one person may have.")]
    TooMany,
    /// Only a delivery that was given up can be retried.
    #[error("Only a delivery that failed or was cancelled can be retried.")]
    DeliveryState,
    /// A disabled endpoint sends nothing.
    #[error("The endpoint is disabled; enable it first.")]
    Disabled,
    /// Events behind the cursor are missing.
    #[error(transparent)]
    Gap(#[from] FeedGap),
    /// Secrets cannot be kept.
    #[error("The secrets of endpoints cannot be kept or read right now.")]
    Vault(#[source] VaultError),
    /// The store failed.
    #[error("{}", .0.public_text())]
    Store(#[source] StoreError),
}

impl WebhookError {
    /// A URL that no endpoint may have.
    pub fn url(error: UrlError) -> Self {
        let code = match error {
            UrlError::Forbidden => "webhooks.url_forbidden",
            _ => "webhooks.url_invalid",
        };
        Self::Invalid(vec![FieldError::new("/url", code, error)])
    }
}

impl From<MissingPermission> for WebhookError {
    fn from(MissingPermission(permission): MissingPermission) -> Self {
        Self::MissingPermission(permission.as_str())
    }
}

impl From<StoreError> for WebhookError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<VaultError> for WebhookError {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

impl DomainError for WebhookError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) | Self::DeliveryNotFound(_) => ErrorKind::NotFound,
            Self::MissingPermission(_) => ErrorKind::Forbidden,
            Self::Stale(_) => ErrorKind::Stale,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Disabled => ErrorKind::Refused,
            Self::TooMany | Self::DeliveryState => ErrorKind::Conflict,
            Self::Gap(gap) => gap.kind(),
            Self::Vault(_) => ErrorKind::Unavailable,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "webhooks.not_found",
            Self::DeliveryNotFound(_) => "webhooks.delivery_not_found",
            Self::MissingPermission(_) => "auth.missing_permission",
            Self::Stale(_) => "webhooks.stale",
            Self::Invalid(_) => "request.invalid",
            Self::TooMany => "webhooks.too_many",
            Self::DeliveryState => "webhooks.delivery_state",
            Self::Disabled => "webhooks.disabled",
            Self::Gap(gap) => gap.code(),
            Self::Vault(_) => "webhooks.no_secrets",
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
