//! What can go wrong in this domain.

use std::time::Duration;

use kernel::{DomainError, ErrorKind, MissingPermission};

/// Why a use case failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntegrationsError {
    /// A permission is missing.
    #[error("This needs the permission `{0}`.")]
    MissingPermission(&'static str),
    /// No provider knows the city.
    #[error("No city of this name is known.")]
    UnknownCity,
    /// No provider knows the symbol, or not in this currency.
    #[error("No price of this symbol in this currency is known.")]
    UnknownSymbol,
    /// The provider does not translate from or to the language.
    #[error("The provider does not translate between these languages.")]
    LanguageUnsupported,
    /// The provider does not take the request.
    #[error("The provider refuses this request.")]
    Refused,
    /// A setting is missing.
    #[error("No provider is configured: set `{0}`.")]
    NotConfigured(&'static str),
    /// No provider answers, and nothing young enough is known.
    #[error("No provider answers at the moment.")]
    Unavailable {
        /// When it is worth trying again.
        retry_after: Duration,
    },
}

impl From<MissingPermission> for IntegrationsError {
    fn from(MissingPermission(permission): MissingPermission) -> Self {
        Self::MissingPermission(permission.as_str())
    }
}

impl DomainError for IntegrationsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::MissingPermission(_) => ErrorKind::Forbidden,
            Self::UnknownCity | Self::UnknownSymbol => ErrorKind::NotFound,
            Self::LanguageUnsupported | Self::Refused => ErrorKind::Refused,
            Self::NotConfigured(_) | Self::Unavailable { .. } => ErrorKind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::MissingPermission(_) => "auth.missing_permission",
            Self::UnknownCity => "integrations.unknown_city",
            Self::UnknownSymbol => "integrations.unknown_symbol",
            Self::LanguageUnsupported => "integrations.language_unsupported",
            Self::Refused => "integrations.refused",
            Self::NotConfigured(_) => "integrations.not_configured",
            Self::Unavailable { .. } => "integrations.unavailable",
        }
    }
}
