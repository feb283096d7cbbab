//! Schedule, lease and status of recurring maintenance.

use std::time::Duration;

use super::common::{Fixture, ODD_TEXTS, moment};
use crate::{
    BoxFuture, Timestamp,
    chore::{ChoreRun, ChoreStatus},
};

crate::cases! { Fixture:
    z1_a_new_chore_is_due_now,
    z2_a_due_chore_is_claimed_and_its_start_noted,
    z2_of_many_that_claim_one_succeeds,
    z2_a_holder_claims_its_own_again,
    z3_no_other_holder_claims_before_the_lease_ends,
    z3_a_renewed_lease_ends_later,
    z4_a_finished_chore_is_due_at_its_next_start,
    z4_only_the_holder_renews_and_finishes,
    z5_a_released_chore_is_due_for_others,
    z6_a_triggered_chore_is_due_now,
    z6_a_trigger_during_a_run_outlives_it,
    z7_every_field_survives,
}

const NAME: &str = "kit.tidy";

fn ran(next: Timestamp) -> ChoreRun {
    ChoreRun { took: Duration::from_micros(1_500), error: None, next }
}

impl Fixture {
    async fn register(&self, now: i64) {
        self.write(move |tx| tx.chores().register(NAME, moment(now))).await;
    }

    async fn claim(&self, holder: &'static str, now: i64, until: i64) -> bool {
        self.write(move |tx| tx.chores().claim(NAME, holder, moment(now), moment(until))).await
    }

    async fn finish(&self, holder: &'static str, next: i64) {
        self.write(move |tx| tx.chores().finish(NAME, holder, &ran(moment(next)))).await;
    }

    async fn row(&self) -> ChoreStatus {
        let mut rows = self.read(|tx| tx.chores().list()).await;
        assert_eq!(rows.len(), 1);
        rows.remove(0)
    }
}

async fn z1_a_new_chore_is_due_now(fixture: Fixture) {
    assert!(!fixture.claim("ada", 5, 9).await, "there is no row");
    fixture.register(5).await;
    let fresh = ChoreStatus {
        name: NAME.to_owned(),
        due_at: moment(5),
        lease: None,
        last_started: None,
        last_duration: None,
        last_error: None,
    };
    assert_eq!(fixture.row().await, fresh);
    fixture.register(99).await;
    assert_eq!(fixture.row().await, fresh);
}

async fn z2_a_due_chore_is_claimed_and_its_start_noted(fixture: Fixture) {
    fixture.register(5).await;
    assert!(!fixture.claim("ada", 4, 9).await, "not due");
    assert!(fixture.claim("ada", 5, 9).await);
    let row = fixture.row().await;
    assert_eq!(row.lease, Some(("ada".to_owned(), moment(9))));
    assert_eq!((row.last_started, row.due_at), (Some(moment(5)), moment(5)));
}

async fn z2_of_many_that_claim_one_succeeds(fixture: Fixture) {
    fixture.register(0).await;
    for round in 0..5 {
        let claim = |holder: &'static str| -> BoxFuture<'_, bool> {
            Box::pin(fixture.claim(holder, round * 10, round * 10 + 10))
        };
        let names = ["ada", "grace", "edith", "hedy", "joan", "radia"];
        let claimed = fixture.race(names, claim).await;
        // In later rounds the last holder's lease is over, so it is one of the many.
        assert_eq!(claimed.iter().filter(|one| **one).count(), 1, "{claimed:?}");
    }
}

async fn z2_a_holder_claims_its_own_again(fixture: Fixture) {
    fixture.register(0).await;
    assert!(fixture.claim("embedded", 0, 100).await);
    assert!(fixture.claim("embedded", 5, 105).await, "after a restart, for example");
    assert_eq!(fixture.row().await.lease, Some(("embedded".to_owned(), moment(105))));
}

async fn z3_no_other_holder_claims_before_the_lease_ends(fixture: Fixture) {
    fixture.register(0).await;
    assert!(fixture.claim("ada's é", 0, 10).await);
    assert!(!fixture.claim("grace", 9, 19).await);
    assert!(fixture.claim("grace", 10, 20).await);
    assert!(!fixture.claim("ada's é", 11, 21).await);
}

async fn z3_a_renewed_lease_ends_later(fixture: Fixture) {
    fixture.register(0).await;
    assert!(fixture.claim("ada", 0, 10).await);
    fixture.write(|tx| tx.chores().renew(NAME, "ada", moment(30))).await;
    assert!(!fixture.claim("grace", 29, 39).await);
    assert!(fixture.claim("grace", 30, 40).await);
}

async fn z4_a_finished_chore_is_due_at_its_next_start(fixture: Fixture) {
    fixture.register(0).await;
    assert!(fixture.claim("ada", 0, 10).await);
    fixture.finish("ada", 60).await;
    let row = fixture.row().await;
    assert_eq!((row.lease, row.due_at, row.last_error), (None, moment(60), None));
    assert_eq!(row.last_duration, Some(Duration::from_micros(1_500)));
    assert!(!fixture.claim("grace", 59, 99).await);
    assert!(fixture.claim("grace", 60, 99).await);
}

async fn z4_only_the_holder_renews_and_finishes(fixture: Fixture) {
    fixture.register(0).await;
    fixture.stale(|tx| tx.chores().finish(NAME, "ada", &ran(moment(60)))).await;
    assert!(fixture.claim("ada", 0, 10).await);
    assert!(fixture.claim("grace", 10, 20).await);
    let before = fixture.row().await;
    fixture.stale(|tx| tx.chores().renew(NAME, "ada", moment(90))).await;
    fixture.stale(|tx| tx.chores().finish(NAME, "ada", &ran(moment(60)))).await;
    fixture.stale(|tx| tx.chores().renew("kit.none", "ada", moment(90))).await;
    assert_eq!(fixture.row().await, before);
}

async fn z5_a_released_chore_is_due_for_others(fixture: Fixture) {
    fixture.register(0).await;
    assert!(fixture.claim("ada", 0, 100).await);
    fixture.write(|tx| tx.chores().release(NAME, "grace")).await;
    assert!(!fixture.claim("grace", 1, 9).await, "not another's to free");
    fixture.write(|tx| tx.chores().release(NAME, "ada")).await;
    assert!(fixture.claim("grace", 1, 9).await);
}

async fn z6_a_triggered_chore_is_due_now(fixture: Fixture) {
    assert!(!fixture.write(|tx| tx.chores().trigger("kit.none", moment(1))).await);
    fixture.register(0).await;
    assert!(fixture.claim("ada", 0, 10).await);
    fixture.finish("ada", 1_000).await;
    assert!(fixture.write(|tx| tx.chores().trigger(NAME, moment(50))).await);
    assert!(!fixture.claim("ada", 49, 60).await);
    assert!(fixture.claim("ada", 50, 60).await);
}

async fn z6_a_trigger_during_a_run_outlives_it(fixture: Fixture) {
    fixture.register(0).await;
    assert!(fixture.claim("ada", 0, 10).await);
    assert!(fixture.write(|tx| tx.chores().trigger(NAME, moment(5))).await);
    fixture.finish("ada", 1_000).await;
    assert!(fixture.claim("ada", 6, 16).await);
    fixture.finish("ada", 1_000).await;
    assert!(!fixture.claim("ada", 999, 1_016).await);
}

async fn z7_every_field_survives(fixture: Fixture) {
    for name in ["kit.b", "kit.a", "kit.c"] {
        fixture.write(move |tx| tx.chores().register(name, Timestamp::MIN)).await;
    }
    for text in ODD_TEXTS {
        let took = Duration::from_micros(i64::MAX as u64);
        let run = ChoreRun { took, error: Some(text.to_owned()), next: Timestamp::MIN };
        let holder = "h".repeat(500) + "'é";
        let by = holder.clone();
        assert!(
            fixture
                .write(move |tx| tx.chores().claim("kit.a", &by, moment(0), Timestamp::MAX))
                .await
        );
        let rows = fixture.read(|tx| tx.chores().list()).await;
        let names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["kit.a", "kit.b", "kit.c"]);
        assert_eq!(rows[0].lease, Some((holder.clone(), Timestamp::MAX)));
        fixture.write(move |tx| tx.chores().finish("kit.a", &holder, &run)).await;
        let rows = fixture.read(|tx| tx.chores().list()).await;
        assert_eq!((rows[0].last_duration, rows[0].due_at), (Some(took), Timestamp::MIN));
        // Not every store keeps a NUL.
        let kept = rows[0].last_error.as_deref().unwrap();
        assert_eq!(kept.replace('\u{fffd}', "\0"), text);
    }
}
