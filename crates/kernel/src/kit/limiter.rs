//! The kit of [`Limiter`].

use std::{sync::Arc, time::Duration};

use super::Pass;
use crate::{LimitDecision, Limiter, Quota, kit::together};

/// The limiter under test.
pub type Subject = Arc<dyn Limiter>;

/// A limiter that has counted nothing, under [`POLICIES`].
pub struct Fixture {
    /// Two views of one limiter, as two replicas have them; the same one twice where there is but
    /// one.
    pub views: [Subject; 2],
    /// Lets time go by.
    pub pass: Pass,
}

/// What the limiter under test must be made with.
pub const POLICIES: [(&str, Quota); 4] = [
    ("hourly", Quota { calls: 100, per: Duration::from_secs(3600) }),
    ("brisk", Quota { calls: 4, per: Duration::from_secs(2) }),
    ("single", Quota { calls: 1, per: Duration::from_secs(3600) }),
    ("vast", Quota { calls: u32::MAX, per: Duration::from_secs(1) }),
];

crate::cases! { Fixture:
    l1_of_a_burst_exactly_as_many_are_allowed_whoever_counts,
    l1_what_is_left_is_counted_down,
    l2_after_the_wait_one_more_is_allowed,
    l2_after_the_reset_the_whole_burst_is_there,
    l3_keys_do_not_see_one_another,
    l3_policies_do_not_see_one_another,
    l4_a_refused_call_costs_nothing,
    l5_a_key_that_was_not_used_for_a_while_is_as_new,
    l5_an_unknown_policy_allows_everything,
    l1_quotas_at_their_extremes_are_taken,
}

async fn check(fixture: &Fixture, view: usize, policy: &'static str, key: &str) -> LimitDecision {
    fixture.views[view % 2].check(policy, key).await
}

async fn l1_of_a_burst_exactly_as_many_are_allowed_whoever_counts(fixture: Fixture) {
    let calls = (0..250).map(|n| fixture.views[n % 2].check("hourly", "203.0.113.9")).collect();
    let rulings = together(calls).await;
    assert_eq!(rulings.iter().filter(|decision| decision.allowed).count(), 100);
}

async fn l1_what_is_left_is_counted_down(fixture: Fixture) {
    for left in (0..100).rev() {
        let decision = check(&fixture, left as usize, "hourly", "k").await;
        assert!(decision.allowed);
        assert_eq!((decision.remaining, decision.retry_after), (left, Duration::ZERO));
        assert_eq!(decision.quota, Quota { calls: 100, per: Duration::from_secs(3600) });
        // One call comes back every 36 s; what went by since the first one is less than that.
        let most = Duration::from_secs(36) * (100 - left);
        let least = most.saturating_sub(Duration::from_secs(36));
        assert!((least..=most).contains(&decision.reset_after), "{decision:?}");
    }
    let refused = check(&fixture, 0, "hourly", "k").await;
    assert!(!refused.allowed && refused.remaining == 0);
    assert!(refused.retry_after <= Duration::from_secs(36) && !refused.retry_after.is_zero());
    assert!(refused.reset_after <= Duration::from_secs(3600));
    assert!(refused.reset_after > Duration::from_secs(3500));
}

async fn l2_after_the_wait_one_more_is_allowed(fixture: Fixture) {
    while check(&fixture, 0, "brisk", "k").await.allowed {}
    let refused = check(&fixture, 1, "brisk", "k").await;
    assert!(!refused.allowed);
    (fixture.pass)(refused.retry_after).await;
    assert!(check(&fixture, 0, "brisk", "k").await.allowed);
}

async fn l2_after_the_reset_the_whole_burst_is_there(fixture: Fixture) {
    while check(&fixture, 0, "brisk", "k").await.allowed {}
    let refused = check(&fixture, 0, "brisk", "k").await;
    (fixture.pass)(refused.reset_after).await;
    for _ in 0..4 {
        assert!(check(&fixture, 0, "brisk", "k").await.allowed);
    }
}

async fn l3_keys_do_not_see_one_another(fixture: Fixture) {
    assert!(check(&fixture, 0, "single", "k").await.allowed);
    assert!(!check(&fixture, 1, "single", "k").await.allowed);
    let long = "k".repeat(10_000);
    for other in ["", "K", "k:", "k\0", "é", long.as_str()] {
        assert!(check(&fixture, 0, "single", other).await.allowed, "{other:.20}");
        assert!(!check(&fixture, 1, "single", other).await.allowed, "{other:.20}");
    }
}

async fn l3_policies_do_not_see_one_another(fixture: Fixture) {
    assert!(check(&fixture, 0, "single", "k").await.allowed);
    assert!(!check(&fixture, 0, "single", "k").await.allowed);
    assert_eq!(check(&fixture, 0, "hourly", "k").await.remaining, 99);
}

async fn l4_a_refused_call_costs_nothing(fixture: Fixture) {
    while check(&fixture, 0, "hourly", "k").await.allowed {}
    let before = check(&fixture, 0, "hourly", "k").await;
    for _ in 0..50 {
        assert!(check(&fixture, 1, "hourly", "k").await.retry_after <= before.retry_after);
    }
}

async fn l5_a_key_that_was_not_used_for_a_while_is_as_new(fixture: Fixture) {
    while check(&fixture, 0, "brisk", "k").await.allowed {}
    (fixture.pass)(Duration::from_secs(3)).await;
    let decision = check(&fixture, 0, "brisk", "k").await;
    assert_eq!((decision.allowed, decision.remaining), (true, 3));
}

async fn l5_an_unknown_policy_allows_everything(fixture: Fixture) {
    for _ in 0..100 {
        assert!(check(&fixture, 0, "nowhere", "k").await.allowed);
    }
}

async fn l1_quotas_at_their_extremes_are_taken(fixture: Fixture) {
    assert!(check(&fixture, 0, "single", "k").await.allowed);
    let refused = check(&fixture, 0, "single", "k").await;
    assert!(refused.retry_after > Duration::from_secs(3590), "{refused:?}");
    for _ in 0..100 {
        assert!(check(&fixture, 0, "vast", "k").await.allowed);
    }
}
