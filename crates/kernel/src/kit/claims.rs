//! Queues whose rows are claimed under a lease. A queue brings a [`Queue`]; the cases are the same.

use std::collections::BTreeSet;

use super::common::{Ground as Common, moment};
use crate::{
    BoxFuture, CommonTx, Mail, StoreError, Timestamp,
    claim::{Claim, Claimed as _},
    mail::MailId,
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
pub struct Ground {
    /// Its store.
    pub common: Common,
    /// The queue.
    pub queue: &'static dyn Queue,
}

crate::cases! { Ground:
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

impl Ground {
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

async fn q1_of_many_claims_each_row_is_in_one_answer(ground: Ground) {
    for number in 0..20 {
        ground.add(&format!("{number}"), 0).await;
    }
    let claim = |_: i32| -> BoxFuture<'_, Rows> { Box::pin(ground.claim(1, 2, 5)) };
    let claimed = ground.common.race(0..8, claim).await.concat();
    let ids: BTreeSet<i64> = claimed.iter().map(|(claim, _)| claim.id).collect();
    assert_eq!(ids.len(), claimed.len(), "one was claimed twice");
    let rest = ground.claim(1, 2, 100).await;
    assert_eq!(claimed.len() + rest.len(), 20, "one was claimed by no one");
}

async fn q1_no_answer_exceeds_its_limit(ground: Ground) {
    for number in 0..40 {
        ground.add(&format!("{number}"), number).await;
    }
    for round in 0..10 {
        let claim =
            |_: i32| -> BoxFuture<'_, Rows> { Box::pin(ground.claim(100 + round, 101 + round, 3)) };
        for answer in ground.common.race(0..4, claim).await {
            assert!(answer.len() <= 3, "{}", answer.len());
        }
    }
    assert!(ground.claim(500, 501, 0).await.is_empty());
}

async fn q2_the_longest_due_are_claimed_first(ground: Ground) {
    for (label, due) in [("c", 3), ("a", 1), ("b", 2), ("later", 9)] {
        ground.add(label, due).await;
    }
    assert_eq!(labels(&ground.claim(5, 8, 2).await), ["a", "b"]);
    assert_eq!(labels(&ground.claim(5, 8, 10).await), ["c"]);
}

async fn q3_a_claimed_row_is_not_claimed_before_its_lease_ends(ground: Ground) {
    ground.add("a", 0).await;
    assert_eq!(ground.claim(1, 8, 10).await.len(), 1);
    assert!(ground.claim(7, 99, 10).await.is_empty());
    assert_eq!(ground.claim(8, 99, 10).await.len(), 1);
}

async fn q3_an_abandoned_row_is_claimed_again_with_the_next_run(ground: Ground) {
    ground.add("a", 0).await;
    let mut seen = None;
    for run in 1..5 {
        let claimed = ground.claim(run * 10, run * 10 + 10, 10).await;
        assert_eq!((claimed.len(), claimed[0].0.run), (1, run));
        assert_eq!(*seen.get_or_insert(claimed[0].0.id), claimed[0].0.id);
    }
}

async fn q4_a_stale_claim_changes_nothing(ground: Ground) {
    let ways = ground.ways().await;
    assert!(ways > 0);
    ground.add("a", 0).await;
    let (first, queue) = (ground.claim(0, 10, 1).await[0].0, ground.queue);
    let second = ground.claim(10, 20, 1).await[0].0;
    assert_eq!(second.id, first.id);
    for claim in [first, Claim { run: second.run + 1, ..second }, Claim { run: 0, ..second }] {
        ground.common.stale(move |tx| queue.postpone(tx, claim, moment(0))).await;
        for way in 0..ways {
            ground.common.stale(move |tx| queue.finish(tx, claim, way).unwrap()).await;
        }
    }
    assert!(ground.claim(19, 30, 1).await.is_empty(), "the second claim holds");
    ground.common.write(move |tx| queue.postpone(tx, second, moment(15))).await;
    assert_eq!(ground.claim(15, 30, 1).await[0].0.run, second.run + 1);
}

async fn q4_a_finished_row_is_stale(ground: Ground) {
    let queue = ground.queue;
    let ways = ground.ways().await;
    for way in 0..ways {
        ground.add("a", 0).await;
        let claim = ground.claim(0, 10, 1).await[0].0;
        ground.finish(claim, way).await;
        ground.common.stale(move |tx| queue.postpone(tx, claim, moment(0))).await;
        for again in 0..ways {
            ground.common.stale(move |tx| queue.finish(tx, claim, again).unwrap()).await;
        }
        assert!(ground.claim(1_000, 2_000, 10).await.is_empty());
    }
}

async fn q5_finished_and_later_rows_are_not_in_the_way(ground: Ground) {
    for way in 0..ground.ways().await {
        ground.add("done", 0).await;
        let claim = ground.claim(0, 10, 1).await[0].0;
        ground.finish(claim, way).await;
    }
    for number in 0..50 {
        ground.add("later", 1_000 + number).await;
    }
    ground.add("now", 5).await;
    assert_eq!(ground.next().await, Some(moment(5)));
    assert_eq!(labels(&ground.claim(5, 9, 100).await), ["now"]);
}

async fn q6_the_next_due_time_is_read(ground: Ground) {
    assert_eq!(ground.next().await, None);
    ground.add("a", 30).await;
    ground.add("b", 20).await;
    assert_eq!(ground.next().await, Some(moment(20)));
    let claim = ground.claim(20, 90, 10).await[0].0;
    assert_eq!(ground.next().await, Some(moment(30)), "the lease of the other ends later");
    let queue = ground.queue;
    ground.common.write(move |tx| queue.postpone(tx, claim, moment(25))).await;
    assert_eq!(ground.next().await, Some(moment(25)));
}

/// The queue of emails.
pub struct Emails;

fn of_email(claim: Claim<i64>) -> Claim<MailId> {
    Claim { id: MailId::parse(claim.id).unwrap(), run: claim.run }
}

impl Queue for Emails {
    fn add(&self, tx: &mut dyn CommonTx, label: &str, due: Timestamp) -> Result<(), StoreError> {
        let email = Mail::new("ada@example.com", label, "text", "<p>html</p>").unwrap();
        tx.mails().enqueue(&email, due)
    }

    fn claim(
        &self,
        tx: &mut dyn CommonTx,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Rows, StoreError> {
        let claimed = tx.mails().claim(now, until, limit)?;
        let row = |queued: crate::mail::Queued| {
            let Claim { id, run } = queued.claim();
            (Claim { id: id.get(), run }, queued.mail.subject().to_owned())
        };
        Ok(claimed.into_iter().map(row).collect())
    }

    fn postpone(
        &self,
        tx: &mut dyn CommonTx,
        claim: Claim<i64>,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        tx.mails().postpone(of_email(claim), due)
    }

    fn finish(
        &self,
        tx: &mut dyn CommonTx,
        claim: Claim<i64>,
        way: usize,
    ) -> Option<Result<(), StoreError>> {
        match way {
            0 => Some(tx.mails().sent(of_email(claim))),
            1 => Some(tx.mails().give_up(of_email(claim), moment(0))),
            _ => None,
        }
    }

    fn next_due(&self, tx: &mut dyn CommonTx) -> Result<Option<Timestamp>, StoreError> {
        tx.mails().next_due()
    }
}
