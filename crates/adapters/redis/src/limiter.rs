//! The rate limiter that replicas share: the generic cell rate algorithm in one atomic script, on
//! the server's clock, so that a limit is exact to the call however many replicas count.
//!
//! Of a key one number is kept: the *theoretical arrival time*, the moment when the whole burst is
//! there again, in microseconds. It expires with that moment. Keys are hashed: addresses and names
//! that people typed do not lie about in Redis, and a long one costs no more than a short one.
//!
//! While Redis is away, the limiter in process rules: each replica then allows the whole quota.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use deadpool_redis::redis::Script;
use kernel::{LimitDecision, Limiter, Quota};
use sha2::{Digest as _, Sha256};

use crate::connection::{Purpose, RedisConnection};

/// KEYS arrival time; ARGV microseconds between calls, microseconds of the whole burst. Gives
/// whether the call is allowed, calls left, and microseconds until the next and until all.
static COUNT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
        local arrival = tonumber(redis.call('GET', KEYS[1])) or now
        if arrival < now then arrival = now end
        local after = arrival + interval
        if after - now > burst then
            return {0, 0, after - now - burst, arrival - now}
        end
        redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
        return {1, math.floor((burst - (after - now)) / interval), 0, after - now}",
    )
});

/// Counts calls over all replicas.
pub struct RedisLimiter {
    connection: Arc<RedisConnection>,
    policies: Vec<(&'static str, Quota)>,
    in_process: Arc<dyn Limiter>,
}

impl RedisLimiter {
    /// Under these policies; `in_process`, under the same ones, rules while Redis is away.
    pub fn new(
        connection: Arc<RedisConnection>,
        policies: impl IntoIterator<Item = (&'static str, Quota)>,
        in_process: Arc<dyn Limiter>,
    ) -> Self {
        metrics::counter!("alveole_limiter_fallback_total").increment(0);
        Self { connection, policies: policies.into_iter().collect(), in_process }
    }

    async fn count(&self, policy: &str, quota: Quota, key: &str) -> Option<LimitDecision> {
        let digest = Sha256::digest(key.as_bytes());
        let name = digest.iter().take(16).fold(String::with_capacity(32), |mut text, byte| {
            use std::fmt::Write as _;
            let _ = write!(text, "{byte:02x}");
            text
        });
        let key = self.connection.key(format_args!("limit:{policy}:{name}"));
        let interval = interval(quota);
        let burst = interval.saturating_mul(quota.calls.into());
        let arguments = [interval.to_string().into_bytes(), burst.to_string().into_bytes()];
        let (allowed, remaining, retry, reset): (u8, u32, u64, u64) =
            self.connection.run(Purpose::Limiter, &COUNT, &[&key], &arguments).await?;
        Some(LimitDecision {
            allowed: allowed == 1,
            quota,
            remaining,
            retry_after: Duration::from_micros(retry),
            reset_after: Duration::from_micros(reset),
        })
    }
}

/// Microseconds until one more call is there, at least one.
fn interval(quota: Quota) -> u64 {
    let interval = quota.per / quota.calls.max(1);
    u64::try_from(interval.as_micros()).unwrap_or(u64::MAX).max(1)
}

#[async_trait]
impl Limiter for RedisLimiter {
    async fn check(&self, policy: &'static str, key: &str) -> LimitDecision {
        if let Some((_, quota)) = self.policies.iter().find(|(name, _)| *name == policy) {
            if let Some(decision) = self.count(policy, *quota, key).await {
                return decision;
            }
            metrics::counter!("alveole_limiter_fallback_total").increment(1);
        }
        self.in_process.check(policy, key).await
    }
}
