//! Leases.

use std::time::Duration;

use kernel::{BoxFuture, Timestamp};

use super::{Fixture, moment, together};

const TTL: Duration = Duration::from_secs(10);

impl Fixture {
    async fn hold(&self, name: &'static str, holder: &'static str, now: Timestamp) -> bool {
        self.write(move |tx| tx.leases().hold(name, holder, now, TTL)).await
    }

    async fn let_go(&self, name: &'static str, holder: &'static str) {
        self.write(move |tx| tx.leases().release(name, holder)).await;
    }
}

fn after(seconds: u64) -> Timestamp {
    moment(0).plus(Duration::from_secs(seconds))
}

pub(super) async fn h1_a_lease_that_nobody_holds_is_given(fixture: Fixture) {
    assert!(fixture.hold("kit", "ada's é 'replica'", after(0)).await);
    assert!(!fixture.hold("kit", "grace", after(1)).await);
}

pub(super) async fn h1_a_lease_whose_time_is_over_is_given(fixture: Fixture) {
    assert!(fixture.hold("kit", "ada", after(0)).await);
    assert!(!fixture.hold("kit", "grace", after(9)).await);
    assert!(fixture.hold("kit", "grace", after(10)).await);
    assert!(!fixture.hold("kit", "ada", after(11)).await);
}

pub(super) async fn h2_a_lease_is_kept_and_prolonged(fixture: Fixture) {
    for seconds in [0, 6, 12, 18] {
        assert!(fixture.hold("kit", "ada", after(seconds)).await);
        assert!(!fixture.hold("kit", "grace", after(seconds + 5)).await);
    }
}

pub(super) async fn h3_of_many_who_ask_simultaneously_one_gets_it(fixture: Fixture) {
    for round in 0..5 {
        let now = after(round * 10);
        let ask = |holder: &'static str| {
            let asked: BoxFuture<'_, bool> = Box::pin(fixture.hold("kit", holder, now));
            asked
        };
        let names = ["ada", "grace", "edith", "hedy", "joan", "radia"];
        let held = together(names.map(ask).into_iter().collect()).await;
        assert_eq!(held.iter().filter(|held| **held).count(), 1, "{held:?}");
    }
}

pub(super) async fn h4_a_released_lease_is_free_immediately(fixture: Fixture) {
    assert!(fixture.hold("kit", "ada", after(0)).await);
    fixture.let_go("kit", "grace").await;
    assert!(!fixture.hold("kit", "grace", after(1)).await);
    fixture.let_go("kit", "ada").await;
    assert!(fixture.hold("kit", "grace", after(1)).await);
    fixture.let_go("nothing", "ada").await;
}

pub(super) async fn h5_names_do_not_see_one_another(fixture: Fixture) {
    assert!(fixture.hold("kit", "ada", after(0)).await);
    assert!(fixture.hold("kit.other", "grace", after(0)).await);
    fixture.let_go("kit.other", "grace").await;
    assert!(!fixture.hold("kit", "grace", after(1)).await);
}
