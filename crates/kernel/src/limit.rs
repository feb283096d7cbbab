//! The rate limiter port: GCRA under named policies.

use std::time::Duration;

use async_trait::async_trait;

/// How often something may be done. Written `60/min` in configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quota {
    /// Calls per window, at least 1; also the greatest burst.
    pub calls: u32,
    /// The window.
    pub per: Duration,
}

/// Why a text is no quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a number of calls per s, min or h, such as 60/min")]
pub struct QuotaError;

impl Quota {
    /// `10/s`, `60/min`, `1000/h`.
    pub fn parse(raw: &str) -> Result<Self, QuotaError> {
        let (calls, unit) = raw.split_once('/').ok_or(QuotaError)?;
        let calls: u32 = calls.trim().parse().map_err(|_| QuotaError)?;
        let seconds = match unit.trim() {
            "s" | "sec" | "second" => 1,
            "m" | "min" | "minute" => 60,
            "h" | "hour" => 3600,
            _ => return Err(QuotaError),
        };
        if calls == 0 {
            return Err(QuotaError);
        }
        Ok(Self { calls, per: Duration::from_secs(seconds) })
    }
}

/// What the limiter says to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitDecision {
    /// True when the call may go on.
    pub allowed: bool,
    /// The quota that was asked.
    pub quota: Quota,
    /// Calls that may follow at once.
    pub remaining: u32,
    /// When a call may be tried again; zero when it may now.
    pub retry_after: Duration,
    /// When the full burst is there again.
    pub reset_after: Duration,
}

/// Counts calls.
///
/// * L1 of a burst, exactly `calls` are allowed, whoever counts at once;
/// * L2 after `retry_after` one more is allowed;
/// * L3 keys and policies do not see one another;
/// * L4 a refused call costs nothing;
/// * L5 keys that were not used for a while are forgotten.
#[async_trait]
pub trait Limiter: Send + Sync {
    /// Counts one call of `key` under `policy`. An unknown policy allows everything.
    async fn check(&self, policy: &'static str, key: &str) -> LimitDecision;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_read_as_people_write_them() {
        assert_eq!(Quota::parse("60/min"), Ok(Quota { calls: 60, per: Duration::from_secs(60) }));
        for raw in ["", "60", "0/min", "-1/min", "60/day", "x/min", "60/min/2"] {
            assert_eq!(Quota::parse(raw), Err(QuotaError), "{raw}");
        }
    }
}
