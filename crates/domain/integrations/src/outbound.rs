//! The providers, as ports.

use std::time::Duration;

use async_trait::async_trait;
use kernel::BoxFuture;

/// Answers one kind of question.
#[async_trait]
pub trait Provider<Q, A>: Send + Sync {
    /// Its name: `open-meteo`. Permanent: it names metrics.
    fn name(&self) -> &'static str;

    /// The answer, or why there is none, within the time given. It does not try again by itself.
    async fn ask(&self, question: &Q, within: Duration) -> Result<A, ProviderError>;
}

/// Why a provider gave no answer. Texts name neither keys nor what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It does not know what was asked for.
    #[error("it does not know what was asked for")]
    Unknown,
    /// It does not translate between these languages.
    #[error("it does not translate between these languages")]
    LanguageUnsupported,
    /// It does not take the question.
    #[error("it refuses the question")]
    Refused,
    /// We asked too often.
    #[error("it was asked too often")]
    Limited {
        /// How long it wants to be left alone, where it says so.
        retry_after: Option<Duration>,
    },
    /// It does not take our key, or the key's quota is used up.
    #[error("it refuses our key: {0}")]
    Rejected(String),
    /// It cannot be reached, or answers with an error of its own; the next try may succeed.
    #[error("{0}")]
    Failed(String),
    /// It did not answer in time, or not what it should.
    #[error("{0}")]
    Useless(String),
}

/// Runs work that goes on when whoever asked for it goes away.
pub trait Spawn: Send + Sync {
    /// Starts it.
    fn spawn(&self, work: BoxFuture<'static, ()>);
}
