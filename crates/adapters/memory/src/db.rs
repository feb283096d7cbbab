//! The unit of work. A write runs on a private copy of the state, which takes the place of the
//! shared one when it commits; whatever else happens to it, the copy is dropped.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use kernel::{Access, BoxFuture, StoreError, Verdict};

use crate::{state::State, tx::MemoryTx};

type Notifier = Arc<dyn Fn() + Send + Sync>;
type Notifiers = RwLock<Vec<Notifier>>;

/// What a unit of work does.
type Body = Box<dyn FnMut(&mut MemoryTx) -> Verdict + Send>;

/// An in-process store of everything. Nothing is on disk: it lives as long as this value.
///
/// `run` runs the closure when its future is first polled and does not yield, so a caller that
/// goes away cannot stop it half-way.
#[derive(Default)]
pub struct MemoryDb {
    /// Held while a write runs: writers go one after another.
    writer: Mutex<()>,
    committed: RwLock<State>,
    on_events: Notifiers,
    on_jobs: Notifiers,
}

impl MemoryDb {
    /// An empty store.
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Adds a bell that is rung after each commit that appended events, when they can be read.
    pub fn on_events(&self, notifier: impl Fn() + Send + Sync + 'static) {
        add(&self.on_events, Arc::new(notifier));
    }

    /// The same after each commit that made jobs due.
    pub fn on_jobs(&self, notifier: impl Fn() + Send + Sync + 'static) {
        add(&self.on_jobs, Arc::new(notifier));
    }

    fn snapshot(&self) -> State {
        let committed = self.committed.read().unwrap_or_else(PoisonError::into_inner);
        committed.clone()
    }

    /// Held by one writer at a time; a panic in a closure harms nobody after it (U3), because the
    /// lock guards no data of its own.
    fn writer(&self) -> MutexGuard<'_, ()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a unit when it is polled.
    pub(crate) fn execute(
        &self,
        access: Access,
        _face: &'static str,
        mut work: Body,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.execute_now(access, &mut *work) })
    }

    pub(crate) fn execute_now(
        &self,
        access: Access,
        work: &mut dyn FnMut(&mut MemoryTx) -> Verdict,
    ) -> Result<(), StoreError> {
        let turn = (access == Access::Write).then(|| self.writer());
        let mut tx = MemoryTx::new(self.snapshot(), access);
        let verdict = catch_unwind(AssertUnwindSafe(|| work(&mut tx)))
            .map_err(|panic| StoreError::Internal(format!("panic: {}", panic_message(&*panic))))?;
        if verdict == Verdict::RollBack {
            return Ok(());
        }
        if let Some(failure) = tx.failure() {
            return Err(StoreError::Internal(format!(
                "rolled back, because a store call failed before: {failure}"
            )));
        }
        let (appended, enqueued) = (tx.appended, tx.enqueued);
        if turn.is_some() {
            let mut committed = self.committed.write().unwrap_or_else(PoisonError::into_inner);
            *committed = tx.state;
        }
        // Whoever hears the bell may want to write.
        drop(turn);
        if appended {
            notify(&self.on_events);
        }
        if enqueued {
            notify(&self.on_jobs);
        }
        Ok(())
    }
}

fn add(notifiers: &Notifiers, notifier: Notifier) {
    notifiers.write().unwrap_or_else(PoisonError::into_inner).push(notifier);
}

fn notify(notifiers: &Notifiers) {
    let notifiers = notifiers.read().unwrap_or_else(PoisonError::into_inner).clone();
    for notifier in notifiers {
        // The commit stands, whatever happens to those who are told of it.
        let _ = catch_unwind(AssertUnwindSafe(|| notifier()));
    }
}

/// What a panic said, if it said it in words.
fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without words")
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU32, Ordering},
        thread,
    };

    use kernel::{CommonTx, Event, EventId, NewEvent, Timestamp, UnitOfWork};
    use pollster::block_on;

    use super::*;

    type Store = dyn UnitOfWork<dyn CommonTx>;

    fn moment() -> Timestamp {
        Timestamp::parse("2026-11-21T00:00:00Z").unwrap()
    }

    fn event(subject: i64) -> NewEvent {
        NewEvent {
            name: "task.created.v1",
            at: moment(),
            actor: None,
            subject,
            audience: Vec::new(),
            payload: serde_json::Value::Null,
            request_id: None,
        }
    }

    fn store() -> (Arc<MemoryDb>, Arc<Store>) {
        let db = MemoryDb::new();
        (Arc::clone(&db), db)
    }

    fn append(work: &Store, subject: i64) -> Result<(), StoreError> {
        block_on(work.write(move |tx| tx.outbox().append(&event(subject))))
    }

    fn feed(work: &Store) -> Vec<Event> {
        let events: Result<_, StoreError> = block_on(work.read(|tx| tx.outbox().after(None, 9999)));
        events.unwrap()
    }

    #[test]
    fn listeners_are_notified_when_the_events_can_be_read_and_only_then() {
        let (db, work) = store();
        let heard = Arc::new(AtomicU32::new(0));
        let (inside, reader) = (Arc::clone(&heard), Arc::downgrade(&work));
        db.on_events(move || {
            let events = feed(&*reader.upgrade().unwrap()).len();
            inside.store(u32::try_from(events).unwrap(), Ordering::SeqCst);
        });
        let refused: Result<(), StoreError> = block_on(work.write(|tx| {
            tx.outbox().append(&event(1))?;
            Err(StoreError::Contention)
        }));
        assert!(refused.is_err());
        let quiet: Result<_, StoreError> = block_on(work.write(|tx| {
            let id = EventId::parse(7).unwrap();
            tx.inbox().mark_processed("c", id, moment())
        }));
        assert!(quiet.unwrap());
        assert_eq!(heard.load(Ordering::SeqCst), 0);
        append(&*work, 2).unwrap();
        assert_eq!(heard.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_listener_may_write_and_may_panic() {
        let (db, work) = store();
        let writer = Arc::downgrade(&work);
        let called = AtomicU32::new(0);
        db.on_events(move || {
            if called.fetch_add(1, Ordering::SeqCst) == 0 {
                append(&*writer.upgrade().unwrap(), 2).unwrap();
            }
            panic!("on purpose");
        });
        append(&*work, 1).unwrap();
        let subjects: Vec<i64> = feed(&*work).iter().map(|event| event.subject).collect();
        assert_eq!(subjects, [1, 2]);
    }

    #[test]
    fn u3_a_panic_leaves_nothing_behind_and_harms_nobody() {
        let (_db, work) = store();
        let outcome: Result<(), StoreError> = block_on(work.write(|tx| {
            tx.outbox().append(&event(1))?;
            panic!("on {}", "purpose");
        }));
        assert!(
            matches!(&outcome, Err(StoreError::Internal(text)) if text == "panic: on purpose"),
            "{outcome:?}"
        );
        assert_eq!(feed(&*work), []);
        append(&*work, 2).unwrap();
        assert_eq!(feed(&*work).len(), 1);
    }

    #[test]
    fn u4_a_unit_in_which_a_call_failed_does_not_commit() {
        let (_db, work) = store();
        let outcome: Result<(), StoreError> = block_on(work.write(|tx| {
            tx.outbox().append(&event(1))?;
            let idempotency_key = kernel::idempotency::IdempotencyKey {
                scope: "s".to_owned(),
                key: "k".to_owned(),
                fingerprint: [0; 32],
            };
            assert!(tx.idempotency().complete(&idempotency_key, b"", moment()).is_err());
            Ok(())
        }));
        assert!(matches!(outcome, Err(StoreError::Internal(_))), "{outcome:?}");
        assert_eq!(feed(&*work), []);
    }

    #[test]
    fn u5_a_write_in_a_reading_unit_fails() {
        let (_db, work) = store();
        let write = |tx: &mut (dyn CommonTx + 'static)| tx.outbox().append(&event(1));
        let short: Result<(), StoreError> = block_on(work.read(write));
        let slow: Result<(), StoreError> = block_on(work.read_slow(write));
        assert!(short.is_err() && slow.is_err());
        assert_eq!(feed(&*work), []);
    }

    #[test]
    fn u7_a_unit_is_whole_or_was_never_begun() {
        let (_db, work) = store();
        let task = Box::new(|tx: &mut (dyn CommonTx + 'static)| {
            tx.outbox().append(&event(1)).unwrap();
            Verdict::Commit
        });
        drop(work.run(Access::Write, task.clone()));
        assert_eq!(feed(&*work), []);
        let mut polled = work.run(Access::Write, task);
        let waker = std::task::Waker::noop();
        assert!(polled.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_ready());
        drop(polled);
        assert_eq!(feed(&*work).len(), 1);
    }

    #[test]
    fn a_reader_sees_one_moment_while_others_write() {
        let (_db, work) = store();
        let writer = Arc::clone(&work);
        let counts: Result<(usize, usize), StoreError> = block_on(work.read(move |tx| {
            let before = tx.outbox().after(None, 10)?.len();
            append(&*writer, 1)?;
            Ok((before, tx.outbox().after(None, 10)?.len()))
        }));
        assert_eq!(counts.unwrap(), (0, 0));
        assert_eq!(feed(&*work).len(), 1);
    }

    #[test]
    fn writers_simultaneously_lose_nothing() {
        let (_db, work) = store();
        thread::scope(|scope| {
            for worker in 0..8 {
                let work = &work;
                scope.spawn(move || {
                    for turn in 0..25 {
                        append(&**work, worker * 100 + turn + 1).unwrap();
                    }
                });
            }
        });
        let events = feed(&*work);
        assert_eq!(events.len(), 200);
        assert!(events.is_sorted_by(|a, b| a.id < b.id));
    }

    #[test]
    fn a_key_that_was_never_completed_stays_free() {
        let (_db, work) = store();
        let idempotency_key = kernel::idempotency::IdempotencyKey {
            scope: "s".to_owned(),
            key: "k".to_owned(),
            fingerprint: [7; 32],
        };
        for _ in 0..2 {
            let idempotency_key = idempotency_key.clone();
            let claim =
                block_on(work.write(move |tx| tx.idempotency().begin(&idempotency_key, moment())));
            assert_eq!(claim.unwrap(), None);
        }
    }

    #[test]
    fn the_newest_event_is_kept_so_that_no_place_is_given_twice() {
        let (_db, work) = store();
        append(&*work, 1).unwrap();
        append(&*work, 2).unwrap();
        let pruned: Result<u64, StoreError> = block_on(work.write(|tx| {
            let later = moment().plus(std::time::Duration::from_secs(1));
            tx.outbox().prune(later, 10)
        }));
        assert_eq!(pruned.unwrap(), 1);
        append(&*work, 3).unwrap();
        let ids: Vec<i64> = feed(&*work).iter().map(|event| event.id.get()).collect();
        assert_eq!(ids, [2, 3]);
    }
}
