//! Queues whose rows are claimed under a lease. A queue brings a [`Queue`]; the cases are the same.

use std::collections::BTreeSet;

use super::{
    common::{Fixture as Common, moment},
    jobs,
};
use crate::{
    BoxFuture, CommonTx, Email, JobId, NewJob, StoreError, Timestamp,
    claim::{Claim, Claimed as _},
    email::EmailId,
    job::RunEnd,
};

/// How the cases reach one queue. The ids are plain numbers here.
pub trait Queue: Send + Sync {
    /// Adds a row with this label.
    fn add(&self, tx: &mut dyn CommonTx, label: &str, due: Timestamp) -> Result<(), StoreError>;
    /// Claims rows: claim and label.
    fn claim(
        &self,
        tx: &mut dyn CommonTx,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Claim<i64>, String)>, StoreError>;
    /// Makes the row due at another time.
    fn postpone(
        &self,
        tx: &mut dyn CommonTx,
        claim: Claim<i64>,
        due: Timestamp,
    ) -> Result<(), StoreError>;
    /// Settles the row in each way that ends it, numbered from 0; `None` when there are no more.
    fn finish(
        &self,
        tx: &mut dyn CommonTx,
        claim: Claim<i64>,
        way: usize,
    ) -> Option<Result<(), StoreError>>;
    /// When the first row is due.
    fn next_due(&self, tx: &mut dyn CommonTx) -> Result<Option<Timestamp>, StoreError>;
}

/// A fresh, empty queue.
pub struct Fixture {
    /// Its store.
    pub common: Common,
    /// The queue.
    pub queue: &'static dyn Queue,
}

crate::cases! { Fixture:
    q1_of_many_claims_each_row_is_in_one_answer,
    q1_no_answer_exceeds_its_limit,
    q2_the_longest_due_are_claimed_first,
    q3_a_claimed_row_is_not_claimed_before_its_lease_ends,
    q3_an_abandoned_row_is_claimed_again_with_the_next_run,
    q4_a_stale_claim_changes_nothing,
    q4_a_finished_row_is_stale,
    q5_finished_and_later_rows_are_not_in_the_way,
    q6_the_next_due_time_is_read,
}

type Rows = Vec<(Claim<i64>, String)>;

impl Fixture {
    async fn add(&self, label: &str, due: i64) {
        let (queue, label) = (self.queue, label.to_owned());
        self.common.write(move |tx| queue.add(tx, &label, moment(due))).await;
    }

    async fn claim(&self, now: i64, until: i64, limit: u32) -> Rows {
        let queue = self.queue;
        self.common.write(move |tx| queue.claim(tx, moment(now), moment(until), limit)).await
    }

    async fn next(&self) -> Option<Timestamp> {
        let queue = self.queue;
        self.common.read(move |tx| queue.next_due(tx)).await
    }

    async fn ways(&self) -> usize {
        let (queue, nothing) = (self.queue, Claim { id: i64::MAX, run: 1 });
        let mut ways = 0;
        // Asked in units that roll back: only the number counts.
        loop {
            let there = self
                .common
                .try_write(move |tx| {
                    let there = queue.finish(tx, nothing, ways).is_some();
                    if there { Err(StoreError::Duplicate("there")) } else { Ok(()) }
                })
                .await;
            if there.is_ok() {
                return ways;
            }
            ways += 1;
        }
    }

    async fn finish(&self, claim: Claim<i64>, way: usize) {
        let queue = self.queue;
        self.common.write(move |tx| queue.finish(tx, claim, way).unwrap()).await;
    }
}

fn labels(rows: &Rows) -> Vec<&str> {
    let mut labels: Vec<&str> = rows.iter().map(|(_, label)| label.as_str()).collect();
    labels.sort_unstable();
    labels
}

async fn q1_of_many_claims_each_row_is_in_one_answer(fixture: Fixture) {
    for number in 0..20 {
        fixture.add(&format!("{number}"), 0).await;
    }
    let claim = |_: i32| -> BoxFuture<'_, Rows> { Box::pin(fixture.claim(1, 2, 5)) };
    let claimed = fixture.common.race(0..8, claim).await.concat();
    let ids: BTreeSet<i64> = claimed.iter().map(|(claim, _)| claim.id).collect();
    assert_eq!(ids.len(), claimed.len(), "one was claimed twice");
    let rest = fixture.claim(1, 2, 100).await;
    assert_eq!(claimed.len() + rest.len(), 20, "one was claimed by no one");
}

async fn q1_no_answer_exceeds_its_limit(fixture: Fixture) {
    for number in 0..40 {
        fixture.add(&format!("{number}"), number).await;
    }
    for round in 0..10 {
        let claim = |_: i32| -> BoxFuture<'_, Rows> {
            Box::pin(fixture.claim(100 + round, 101 + round, 3))
        };
        for answer in fixture.common.race(0..4, claim).await {
            assert!(answer.len() <= 3, "{}", answer.len());
        }
    }
    assert!(fixture.claim(500, 501, 0).await.is_empty());
}

async fn q2_the_longest_due_are_claimed_first(fixture: Fixture) {
    for (label, due) in [("c", 3), ("a", 1), ("b", 2), ("later", 9)] {
        fixture.add(label, due).await;
    }
    assert_eq!(labels(&fixture.claim(5, 8, 2).await), ["a", "b"]);
    assert_eq!(labels(&fixture.claim(5, 8, 10).await), ["c"]);
}

async fn q3_a_claimed_row_is_not_claimed_before_its_lease_ends(fixture: Fixture) {
    fixture.add("a", 0).await;
    assert_eq!(fixture.claim(1, 8, 10).await.len(), 1);
    assert!(fixture.claim(7, 99, 10).await.is_empty());
    assert_eq!(fixture.claim(8, 99, 10).await.len(), 1);
}

async fn q3_an_abandoned_row_is_claimed_again_with_the_next_run(fixture: Fixture) {
    fixture.add("a", 0).await;
    let mut seen = None;
    for run in 1..5 {
        let claimed = fixture.claim(run * 10, run * 10 + 10, 10).await;
        assert_eq!((claimed.len(), claimed[0].0.run), (1, run));
        assert_eq!(*seen.get_or_insert(claimed[0].0.id), claimed[0].0.id);
    }
}

async fn q4_a_stale_claim_changes_nothing(fixture: Fixture) {
    let ways = fixture.ways().await;
    assert!(ways > 0);
    fixture.add("a", 0).await;
    let (first, queue) = (fixture.claim(0, 10, 1).await[0].0, fixture.queue);
    let second = fixture.claim(10, 20, 1).await[0].0;
    assert_eq!(second.id, first.id);
    for claim in [first, Claim { run: second.run + 1, ..second }, Claim { run: 0, ..second }] {
        fixture.common.stale(move |tx| queue.postpone(tx, claim, moment(0))).await;
        for way in 0..ways {
            fixture.common.stale(move |tx| queue.finish(tx, claim, way).unwrap()).await;
        }
    }
    assert!(fixture.claim(19, 30, 1).await.is_empty(), "the second claim holds");
    fixture.common.write(move |tx| queue.postpone(tx, second, moment(15))).await;
    assert_eq!(fixture.claim(15, 30, 1).await[0].0.run, second.run + 1);
}

async fn q4_a_finished_row_is_stale(fixture: Fixture) {
    let queue = fixture.queue;
    let ways = fixture.ways().await;
    for way in 0..ways {
        fixture.add("a", 0).await;
        let claim = fixture.claim(0, 10, 1).await[0].0;
        fixture.finish(claim, way).await;
        fixture.common.stale(move |tx| queue.postpone(tx, claim, moment(0))).await;
        for again in 0..ways {
            fixture.common.stale(move |tx| queue.finish(tx, claim, again).unwrap()).await;
        }
        assert!(fixture.claim(1_000, 2_000, 10).await.is_empty());
    }
}

async fn q5_finished_and_later_rows_are_not_in_the_way(fixture: Fixture) {
    for way in 0..fixture.ways().await {
        fixture.add("done", 0).await;
        let claim = fixture.claim(0, 10, 1).await[0].0;
        fixture.finish(claim, way).await;
    }
    for number in 0..50 {
        fixture.add("later", 1_000 + number).await;
    }
    fixture.add("now", 5).await;
    assert_eq!(fixture.next().await, Some(moment(5)));
    assert_eq!(labels(&fixture.claim(5, 9, 100).await), ["now"]);
}

async fn q6_the_next_due_time_is_read(fixture: Fixture) {
    assert_eq!(fixture.next().await, None);
    fixture.add("a", 30).await;
    fixture.add("b", 20).await;
    assert_eq!(fixture.next().await, Some(moment(20)));
    let claim = fixture.claim(20, 90, 10).await[0].0;
    assert_eq!(fixture.next().await, Some(moment(30)), "the lease of the other ends later");
    let queue = fixture.queue;
    fixture.common.write(move |tx| queue.postpone(tx, claim, moment(25))).await;
    assert_eq!(fixture.next().await, Some(moment(25)));
}

/// The queue of emails.
pub struct Emails;

fn of_email(claim: Claim<i64>) -> Claim<EmailId> {
    Claim { id: EmailId::parse(claim.id).unwrap(), run: claim.run }
}

impl Queue for Emails {
    fn add(&self, tx: &mut dyn CommonTx, label: &str, due: Timestamp) -> Result<(), StoreError> {
        let email = Email::new("ada@example.com", label, "text", "<p>html</p>").unwrap();
        tx.emails().enqueue(&email, due)
    }

    fn claim(
        &self,
        tx: &mut dyn CommonTx,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Rows, StoreError> {
        let claimed = tx.emails().claim(now, until, limit)?;
        let row = |queued: crate::email::Queued| {
            let Claim { id, run } = queued.claim();
            (Claim { id: id.get(), run }, queued.email.subject().to_owned())
        };
        Ok(claimed.into_iter().map(row).collect())
    }

    fn postpone(
        &self,
        tx: &mut dyn CommonTx,
        claim: Claim<i64>,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        tx.emails().postpone(of_email(claim), due)
    }

    fn finish(
        &self,
        tx: &mut dyn CommonTx,
        claim: Claim<i64>,
        way: usize,
    ) -> Option<Result<(), StoreError>> {
        match way {
            0 => Some(tx.emails().sent(of_email(claim))),
            1 => Some(tx.emails().give_up(of_email(claim), moment(0))),
            _ => None,
        }
    }

    fn next_due(&self, tx: &mut dyn CommonTx) -> Result<Option<Timestamp>, StoreError> {
        tx.emails().next_due()
    }
}

/// The queue of jobs.
pub struct Jobs;

fn of_job(claim: Claim<i64>) -> Claim<JobId> {
    Claim { id: JobId::parse(claim.id).unwrap(), run: claim.run }
}

impl Queue for Jobs {
    fn add(&self, tx: &mut dyn CommonTx, label: &str, due: Timestamp) -> Result<(), StoreError> {
        let job = NewJob { max_attempts: 1_000, ..jobs::job(label) };
        tx.jobs().enqueue(&job, due).map(drop)
    }

    fn claim(
        &self,
        tx: &mut dyn CommonTx,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Rows, StoreError> {
        let claimed = tx.jobs().claim_jobs(&jobs::all(until, limit), now)?;
        let row = |job: &crate::Job| {
            let Claim { id, run } = job.claim();
            (Claim { id: id.get(), run }, jobs::label(job))
        };
        Ok(claimed.iter().map(row).collect())
    }

    fn postpone(
        &self,
        tx: &mut dyn CommonTx,
        claim: Claim<i64>,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        let end = RunEnd::Postponed { until: due };
        tx.jobs().finish(of_job(claim), &end, moment(0)).map(drop)
    }

    fn finish(
        &self,
        tx: &mut dyn CommonTx,
        claim: Claim<i64>,
        way: usize,
    ) -> Option<Result<(), StoreError>> {
        let end = match way {
            0 => RunEnd::Succeeded,
            1 => RunEnd::Discarded { error: "planned".to_owned() },
            2 => RunEnd::Cancelled,
            _ => return None,
        };
        Some(tx.jobs().finish(of_job(claim), &end, moment(0)).map(drop))
    }

    fn next_due(&self, tx: &mut dyn CommonTx) -> Result<Option<Timestamp>, StoreError> {
        tx.jobs().next_job("default", &["kit.job"])
    }
}
