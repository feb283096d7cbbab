//! The embedded rate limiter: the generic cell rate algorithm of `governor`, one table a policy.
//!
//! Keys (addresses, account ids, names somebody typed) are not kept but hashed to 128 bits, so a
//! check allocates nothing and a long key costs no memory. The hash is SipHash under two secrets
//! drawn at start: nobody outside can aim for a collision, and by chance a billion keys meet with
//! a probability of about 10^-21. If two met, they would share one allowance until both are idle.

use std::{
    hash::{BuildHasher, RandomState},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use governor::{
    RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use kernel::{LimitDecision, Limiter, Quota};

/// After so many checks of a policy its idle keys are forgotten, should nobody call
/// [`MemoryLimiter::forget_idle`]; bounds what a flood of new keys can pile up to about 10 MB.
const SWEEP_EVERY: u32 = 1 << 18;

type Key = (u64, u64);

/// One policy's quota and counts.
struct Policy<C: Clock> {
    name: &'static str,
    quota: Quota,
    counts: RateLimiter<Key, DashMapStateStore<Key>, C, StateInformationMiddleware>,
    checks: AtomicU32,
}

impl<C: Clock> Policy<C> {
    fn new(name: &'static str, quota: Quota, clock: C) -> Self {
        let calls = NonZeroU32::new(quota.calls).unwrap_or(NonZeroU32::MIN);
        let interval = interval(quota);
        let gcra = governor::Quota::with_period(interval)
            .unwrap_or_else(|| governor::Quota::per_second(calls))
            .allow_burst(calls);
        Self {
            name,
            quota,
            counts: RateLimiter::new(gcra, DashMapStateStore::default(), clock),
            checks: AtomicU32::new(0),
        }
    }

    fn check(&self, key: Key) -> LimitDecision {
        let checks = self.checks.fetch_add(1, Ordering::Relaxed);
        if checks % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.forget_idle();
        }
        let interval = interval(self.quota);
        match self.counts.check_key(&key) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let used = self.quota.calls.saturating_sub(remaining);
                LimitDecision {
                    allowed: true,
                    quota: self.quota,
                    remaining,
                    retry_after: Duration::ZERO,
                    // Whole calls are counted, so this errs by less than one interval, upwards.
                    reset_after: interval.saturating_mul(used),
                }
            }
            Err(refusal) => {
                let wait = refusal.wait_time_from(self.counts.clock().now());
                // Once the next call is allowed, all others of the burst are still to come.
                let others = self.quota.calls.saturating_sub(1);
                LimitDecision {
                    allowed: false,
                    quota: self.quota,
                    remaining: 0,
                    retry_after: wait,
                    reset_after: wait.saturating_add(interval.saturating_mul(others)),
                }
            }
        }
    }

    fn forget_idle(&self) {
        self.counts.retain_recent();
        self.counts.shrink_to_fit();
    }
}

/// How long until one more call is there.
fn interval(quota: Quota) -> Duration {
    let interval = quota.per / quota.calls.max(1);
    interval.max(Duration::from_nanos(1))
}

/// Counts calls in this process only.
pub struct MemoryLimiter<C: Clock = DefaultClock> {
    policies: Vec<Policy<C>>,
    hashers: (RandomState, RandomState),
}

impl MemoryLimiter {
    /// Under these policies, by the machine's clock.
    pub fn new(policies: impl IntoIterator<Item = (&'static str, Quota)>) -> Self {
        Self::with_clock(policies, &DefaultClock::default())
    }
}

impl<C: Clock + Clone> MemoryLimiter<C> {
    /// Under these policies, by another clock (for tests).
    pub fn with_clock(
        policies: impl IntoIterator<Item = (&'static str, Quota)>,
        clock: &C,
    ) -> Self {
        let policies = policies.into_iter();
        Self {
            policies: policies
                .map(|(name, quota)| Policy::new(name, quota, clock.clone()))
                .collect(),
            hashers: (RandomState::new(), RandomState::new()),
        }
    }

    /// Forgets the keys whose full burst is there again; to be called on a timer.
    pub fn forget_idle(&self) {
        for policy in &self.policies {
            policy.forget_idle();
        }
    }

    /// Keys that are remembered, over all policies.
    pub fn tracked(&self) -> usize {
        self.policies.iter().map(|policy| policy.counts.len()).sum()
    }

    fn rule(&self, policy: &str, key: &str) -> LimitDecision {
        // A handful of policies: comparing their names is quicker than hashing one.
        let Some(policy) = self.policies.iter().find(|known| known.name == policy) else {
            return unlimited();
        };
        policy.check((self.hashers.0.hash_one(key), self.hashers.1.hash_one(key)))
    }
}

/// The ruling under an unknown policy.
fn unlimited() -> LimitDecision {
    LimitDecision {
        allowed: true,
        quota: Quota { calls: u32::MAX, per: Duration::from_secs(1) },
        remaining: u32::MAX,
        retry_after: Duration::ZERO,
        reset_after: Duration::ZERO,
    }
}

#[async_trait]
impl<C> Limiter for MemoryLimiter<C>
where
    C: Clock + Clone + Send + Sync,
    C::Instant: Send + Sync,
{
    async fn check(&self, policy: &'static str, key: &str) -> LimitDecision {
        self.rule(policy, key)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::atomic::AtomicU32, thread};

    use governor::clock::FakeRelativeClock;
    use pollster::block_on;

    use super::*;

    const A: &str = "a";
    const B: &str = "b";

    fn quota(calls: u32, seconds: u64) -> Quota {
        Quota { calls, per: Duration::from_secs(seconds) }
    }

    /// `a`: 6 a minute, `b`: 2 a second.
    fn limiter() -> (MemoryLimiter<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let limiter = MemoryLimiter::with_clock([(A, quota(6, 60)), (B, quota(2, 1))], &clock);
        (limiter, clock)
    }

    #[test]
    fn l1_of_a_burst_exactly_as_many_are_allowed_whoever_counts_simultaneously() {
        let limiter = MemoryLimiter::new([(A, quota(1000, 3600))]);
        let allowed = AtomicU32::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let decision = block_on(limiter.check(A, "203.0.113.9"));
                        allowed.fetch_add(decision.allowed.into(), Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(allowed.load(Ordering::SeqCst), 1000);
    }

    #[test]
    fn l2_after_the_wait_one_more_is_allowed_and_not_before() {
        let (limiter, clock) = limiter();
        for left in (0..6).rev() {
            let decision = limiter.rule(A, "k");
            assert!(decision.allowed);
            assert_eq!((decision.remaining, decision.retry_after), (left, Duration::ZERO));
            assert_eq!(decision.reset_after, Duration::from_secs(10) * (6 - left));
        }
        let refused = limiter.rule(A, "k");
        assert!(!refused.allowed);
        assert_eq!(refused.retry_after, Duration::from_secs(10));
        assert_eq!(refused.reset_after, Duration::from_mins(1));
        clock.advance(refused.retry_after.checked_sub(Duration::from_nanos(1)).unwrap());
        assert!(!limiter.rule(A, "k").allowed);
        clock.advance(Duration::from_nanos(1));
        assert!(limiter.rule(A, "k").allowed);
        assert!(!limiter.rule(A, "k").allowed);
    }

    #[test]
    fn after_the_reset_the_full_burst_is_there() {
        let (limiter, clock) = limiter();
        while limiter.rule(A, "k").allowed {}
        clock.advance(limiter.rule(A, "k").reset_after);
        assert_eq!((0..9).filter(|_| limiter.rule(A, "k").allowed).count(), 6);
    }

    #[test]
    fn l5_idle_keys_are_forgotten_and_busy_ones_are_not() {
        let (limiter, clock) = limiter();
        for key in 0..50 {
            limiter.rule(B, &key.to_string());
        }
        while limiter.rule(A, "busy").allowed {}
        assert_eq!(limiter.tracked(), 51);
        clock.advance(Duration::from_secs(5));
        limiter.forget_idle();
        assert_eq!(limiter.tracked(), 1);
        assert!(!limiter.rule(A, "busy").allowed);
    }

    #[test]
    fn l5_a_flood_of_keys_is_forgotten_without_a_timer() {
        let (limiter, clock) = limiter();
        for key in 0..u64::from(SWEEP_EVERY) - 1 {
            limiter.policies[1].check((key, key));
        }
        clock.advance(Duration::from_secs(5));
        limiter.rule(B, "k");
        assert_eq!(limiter.tracked(), 1);
    }
}
