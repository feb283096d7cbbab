//! `webhooks.*`: how events are sent to others.

use std::time::Duration;

use kernel::cidr::Cidr;

use super::reader::Reader;

/// `webhooks.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhooksConfig {
    /// Networks that endpoints may be in although they are not public.
    pub allow_networks: Vec<Cidr>,
    /// The pauses before the attempts that follow the first one; empty: the usual ones.
    pub retry_schedule: Vec<Duration>,
    /// How long one request may take.
    pub timeout_seconds: u64,
    /// How long every request may fail before an endpoint is disabled.
    pub disable_after_seconds: u64,
}

/// A pause of the schedule: at most a week.
fn pause(raw: &str) -> Result<Duration, &'static str> {
    match raw.parse::<u64>() {
        Ok(seconds @ 0..=604_800) => Ok(Duration::from_secs(seconds)),
        _ => Err("must be seconds, at most 604800"),
    }
}

pub(super) fn webhooks(reader: &mut Reader) -> WebhooksConfig {
    WebhooksConfig {
        allow_networks: reader.list("webhooks.allow_networks", str::parse),
        retry_schedule: reader.list("webhooks.retry_schedule", pause),
        timeout_seconds: reader.number("webhooks.timeout_seconds", 15, 1, 30),
        disable_after_seconds: reader.number(
            "webhooks.disable_after_seconds",
            432_000,
            60,
            2_592_000,
        ),
    }
}
