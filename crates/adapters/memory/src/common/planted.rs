//! Stores with one planted bug each: the case that promises otherwise must fail, or it proves
//! nothing.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use kernel::{
    Access, BoxFuture, CommonTx, EmailQueue, Event, EventId, EventRetries, IdempotencyStore, Inbox,
    Leases, Outbox, Position, StoreError, Timestamp, UnitOfWork, Work,
    claim::{Claim, ClaimQueue},
    consumer::{DeadLetter, EventRetry, FailedEvents},
    email::{Email, EmailId, Queued, Waiting},
    kit::{self, CommonFixture, claims},
};
use pollster::block_on;

use crate::{MemoryDb, state::State, tx::MemoryTx};

/// Implements `CommonTx` for a transaction whose bugs are elsewhere, by its field `tx`.
macro_rules! common_of_inner {
    ($planted:ty) => {
        impl kernel::CommonTx for $planted {
            fn outbox(&mut self) -> &mut dyn kernel::Outbox {
                self.tx.outbox()
            }
            fn inbox(&mut self) -> &mut dyn kernel::Inbox {
                self.tx.inbox()
            }
            fn retries(&mut self) -> &mut dyn kernel::EventRetries {
                self.tx.retries()
            }
            fn idempotency(&mut self) -> &mut dyn kernel::IdempotencyStore {
                self.tx.idempotency()
            }
            fn leases(&mut self) -> &mut dyn kernel::Leases {
                self.tx.leases()
            }
            fn emails(&mut self) -> &mut dyn kernel::EmailQueue {
                self.tx.emails()
            }
            fn jobs(&mut self) -> &mut dyn kernel::Jobs {
                self.tx.jobs()
            }
            fn acts(&mut self) -> &mut dyn kernel::Acts {
                self.tx.acts()
            }
        }
    };
}
pub(crate) use common_of_inner;

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// A position is overwritten wherever it is.
    AdvancesBlindly,
    /// `start` gives an old consumer its first position again.
    StartsAgain,
    /// A second `mark_processed` is as good as the first.
    ForgetsWhatWasProcessed,
    /// Queued events of one subject are due side by side.
    ForgetsSubjects,
    /// A retry is settled whatever its attempts.
    CompletesStaleRetries,
    /// A dead letter does not come back.
    LosesDeadLetters,
    /// A claim that was overtaken still counts.
    CompletesStaleClaims,
    /// A claimed row is due immediately.
    ClaimsWithoutLease,
}

struct PlantedDb {
    inner: MemoryDb,
    bug: Bug,
}

struct PlantedTx {
    tx: MemoryTx,
    bug: Bug,
}

impl UnitOfWork<dyn CommonTx> for PlantedDb {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn CommonTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let bug = self.bug;
        Box::pin(async move {
            self.inner.execute_now(access, &mut |tx| {
                let tx_inside = std::mem::replace(tx, MemoryTx::new(State::default(), access));
                let mut planted = PlantedTx { tx: tx_inside, bug };
                let verdict = work(&mut planted);
                *tx = planted.tx;
                verdict
            })
        })
    }
}

impl PlantedTx {
    /// Makes the number of attempts fit.
    fn any_attempts(&self, consumer: &str, event: EventId, attempts: u32) -> u32 {
        let row = self.tx.state.retries.get(&(consumer.to_owned(), event));
        match row {
            Some(row) if self.bug == Bug::CompletesStaleRetries => row.attempts,
            _ => attempts,
        }
    }

    /// Makes the number of the run fit.
    fn any_run(&mut self, claim: Claim<EmailId>) -> Claim<EmailId> {
        if self.bug != Bug::CompletesStaleClaims {
            return claim;
        }
        let mut run = claim.run;
        while run < claim.run + 3 && self.tx.claimed_email(Claim { run, ..claim }).is_err() {
            run += 1;
        }
        Claim { run, ..claim }
    }
}

impl CommonTx for PlantedTx {
    fn outbox(&mut self) -> &mut dyn Outbox {
        self.tx.outbox()
    }
    fn inbox(&mut self) -> &mut dyn Inbox {
        self
    }
    fn retries(&mut self) -> &mut dyn EventRetries {
        self
    }
    fn idempotency(&mut self) -> &mut dyn IdempotencyStore {
        self.tx.idempotency()
    }
    fn leases(&mut self) -> &mut dyn Leases {
        self.tx.leases()
    }
    fn emails(&mut self) -> &mut dyn EmailQueue {
        self
    }
    fn jobs(&mut self) -> &mut dyn kernel::Jobs {
        self.tx.jobs()
    }
    fn acts(&mut self) -> &mut dyn kernel::Acts {
        self.tx.acts()
    }
}

impl Inbox for PlantedTx {
    fn mark_processed(
        &mut self,
        consumer: &'static str,
        event: EventId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let first = self.tx.mark_processed(consumer, event, now)?;
        Ok(first || self.bug == Bug::ForgetsWhatWasProcessed)
    }
    fn position(&mut self, consumer: &'static str) -> Result<Option<Position>, StoreError> {
        self.tx.position(consumer)
    }
    fn lock(&mut self, consumer: &'static str) -> Result<Option<Position>, StoreError> {
        Inbox::lock(&mut self.tx, consumer)
    }
    fn start(&mut self, consumer: &'static str, at: Position) -> Result<(), StoreError> {
        if self.bug == Bug::StartsAgain {
            Arc::make_mut(&mut self.tx.state.positions).remove(consumer);
        }
        self.tx.start(consumer, at)
    }
    fn advance(
        &mut self,
        consumer: &'static str,
        from: Position,
        to: EventId,
    ) -> Result<(), StoreError> {
        let position = self.tx.state.positions.get(consumer).copied();
        let from = position.filter(|_| self.bug == Bug::AdvancesBlindly).unwrap_or(from);
        self.tx.advance(consumer, from, to)
    }
    fn backlog(
        &mut self,
        consumer: &'static str,
        names: &[&str],
    ) -> Result<(u64, Option<Timestamp>), StoreError> {
        self.tx.backlog(consumer, names)
    }
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Inbox::prune(&mut self.tx, before, limit)
    }
}

impl EventRetries for PlantedTx {
    fn queue(&mut self, retry: &EventRetry) -> Result<(), StoreError> {
        let mut retry = retry.clone();
        if self.bug == Bug::ForgetsSubjects {
            retry.subject = format!("{} {}", retry.subject, retry.event);
        }
        self.tx.queue(&retry)
    }
    fn subjects(&mut self, consumer: &'static str) -> Result<Vec<String>, StoreError> {
        self.tx.subjects(consumer)
    }
    fn due(
        &mut self,
        consumer: &'static str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Event, u32)>, StoreError> {
        self.tx.due(consumer, now, limit)
    }
    fn next_due(&mut self, consumer: &'static str) -> Result<Option<Timestamp>, StoreError> {
        EventRetries::next_due(&mut self.tx, consumer)
    }
    fn postpone(
        &mut self,
        consumer: &'static str,
        event: EventId,
        attempts: u32,
        due_at: Timestamp,
        error: &str,
    ) -> Result<(), StoreError> {
        let attempts = self.any_attempts(consumer, event, attempts);
        EventRetries::postpone(&mut self.tx, consumer, event, attempts, due_at, error)
    }
    fn remove(
        &mut self,
        consumer: &'static str,
        event: EventId,
        attempts: u32,
    ) -> Result<(), StoreError> {
        let attempts = self.any_attempts(consumer, event, attempts);
        self.tx.remove(consumer, event, attempts)
    }
    fn dead_letter(&mut self, letter: &DeadLetter, attempts: u32) -> Result<(), StoreError> {
        let attempts = self.any_attempts(&letter.consumer, letter.event, attempts);
        self.tx.dead_letter(letter, attempts)
    }
    fn refuse(&mut self, letter: &DeadLetter) -> Result<(), StoreError> {
        self.tx.refuse(letter)
    }
    fn queued(
        &mut self,
        consumer: Option<&str>,
        limit: u32,
    ) -> Result<Vec<EventRetry>, StoreError> {
        self.tx.queued(consumer, limit)
    }
    fn dead(&mut self, consumer: Option<&str>, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        self.tx.dead(consumer, limit)
    }
    fn retry(
        &mut self,
        consumer: &str,
        event: Option<EventId>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        if self.bug == Bug::LosesDeadLetters {
            Arc::make_mut(&mut self.tx.state.dead_letters).clear();
        }
        self.tx.retry(consumer, event, now)
    }
    fn count(&mut self, consumer: &'static str) -> Result<FailedEvents, StoreError> {
        self.tx.count(consumer)
    }
}

impl ClaimQueue<Queued> for PlantedTx {
    fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Queued>, StoreError> {
        let until = if self.bug == Bug::ClaimsWithoutLease { now } else { until };
        ClaimQueue::<Queued>::claim(&mut self.tx, now, until, limit)
    }
    fn postpone(&mut self, claim: Claim<EmailId>, due: Timestamp) -> Result<(), StoreError> {
        let claim = self.any_run(claim);
        ClaimQueue::<Queued>::postpone(&mut self.tx, claim, due)
    }
    fn next_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        ClaimQueue::<Queued>::next_due(&mut self.tx)
    }
}

impl EmailQueue for PlantedTx {
    fn enqueue(&mut self, email: &Email, now: Timestamp) -> Result<(), StoreError> {
        self.tx.enqueue(email, now)
    }
    fn sent(&mut self, claim: Claim<EmailId>) -> Result<(), StoreError> {
        let claim = self.any_run(claim);
        self.tx.sent(claim)
    }
    fn give_up(&mut self, claim: Claim<EmailId>, now: Timestamp) -> Result<(), StoreError> {
        let claim = self.any_run(claim);
        self.tx.give_up(claim, now)
    }
    fn waiting(&mut self) -> Result<Waiting, StoreError> {
        self.tx.waiting()
    }
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        EmailQueue::prune(&mut self.tx, before, limit)
    }
}

/// The cases that fail on a store with this bug.
fn red(bug: Bug) -> Vec<&'static str> {
    let fixture =
        || CommonFixture { work: Arc::new(PlantedDb { inner: MemoryDb::default(), bug }) };
    let passes = |run: &dyn Fn()| catch_unwind(AssertUnwindSafe(run)).is_ok();
    let common = kit::COMMON.into_iter().flat_map(|(_, cases)| cases);
    let mut red: Vec<&'static str> = common
        .filter(|case| !passes(&|| block_on((case.run)(fixture()))))
        .map(|case| case.name)
        .collect();
    let on_queue = || claims::Fixture { common: fixture(), queue: &claims::Emails };
    let claims = claims::CASES.iter().filter(|case| !passes(&|| block_on((case.run)(on_queue()))));
    red.extend(claims.map(|case| case.name));
    red
}

#[test]
fn each_bug_turns_its_case_red() {
    for (bug, case) in [
        (Bug::AdvancesBlindly, "i4_a_position_moves_only_from_where_it_is"),
        (Bug::StartsAgain, "i6_a_position_is_started_once"),
        (Bug::ForgetsWhatWasProcessed, "i1_an_event_is_processed_once"),
        (Bug::ForgetsSubjects, "y2_events_of_one_subject_are_due_one_after_another"),
        (Bug::CompletesStaleRetries, "y3_a_stale_attempt_changes_nothing"),
        (Bug::LosesDeadLetters, "y5_a_retry_makes_events_due_again"),
        (Bug::CompletesStaleClaims, "q4_a_stale_claim_changes_nothing"),
        (Bug::ClaimsWithoutLease, "q3_a_claimed_row_is_not_claimed_before_its_lease_ends"),
    ] {
        let red = red(bug);
        assert!(red.contains(&case), "{bug:?}: {red:?}");
    }
}
