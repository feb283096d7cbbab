//! How endpoints are served, and what the service is given for it.

use std::time::Duration;

use async_trait::async_trait;

use crate::{address::UrlRules, retry::Schedule};

/// What an operator sets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which URLs endpoints may have.
    pub urls: UrlRules,
    /// When failed deliveries are tried again.
    pub schedule: Schedule,
    /// How long one request may take.
    pub timeout: Duration,
    /// How long every request may fail before the endpoint is disabled.
    pub disable_after: Duration,
    /// How long deliveries are kept that have ended: as long as the feed keeps events.
    pub keep: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            urls: UrlRules::default(),
            schedule: Schedule::default(),
            timeout: Duration::from_secs(15),
            disable_after: Duration::from_hours(5 * 24),
            keep: Duration::from_hours(7 * 24),
        }
    }
}

/// The longest time between two writes of a holder, apart from the time of a request.
const MARGIN: Duration = Duration::from_secs(15);

impl Settings {
    /// How long the claim of an endpoint holds.
    pub fn lease(&self) -> Duration {
        self.timeout + MARGIN
    }
}

/// Time and chance of the process that serves endpoints.
#[async_trait]
pub trait Pace: Send + Sync {
    /// Waits.
    async fn pause(&self, time: Duration);
    /// A number from 0 to 1, to spread what would otherwise happen at the same moment.
    fn chance(&self) -> f64;
}
