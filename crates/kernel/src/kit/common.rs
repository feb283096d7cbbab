//! The ground of the cases of what every transaction has.

use std::sync::Arc;

pub(super) use crate::kit::moment;
use crate::{BoxFuture, CommonTx, Event, EventId, NewEvent, Position, StoreError, UnitOfWork};

/// A fresh, empty store.
pub struct Fixture {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn CommonTx>>,
}

/// Names of events in the cases.
pub(super) const KINDS: [&str; 2] = ["kit.made.v1", "other.made.v1"];

/// Texts that are hard to keep.
pub(super) const ODD_TEXTS: [&str; 4] =
    ["", "it's \"odd\" %_\\", "你好 \u{1f41d}", "nul \0 inside"];

pub(super) fn place(number: i64) -> EventId {
    EventId::parse(number).unwrap()
}

pub(super) fn behind(number: i64) -> Position {
    Position::after(Some(place(number)))
}

pub(super) fn event(name: &'static str, subject: i64) -> NewEvent {
    NewEvent {
        name,
        at: moment(subject),
        actor: None,
        subject,
        audience: Vec::new(),
        payload: serde_json::json!({ "id": subject }),
        request_id: None,
    }
}

impl Fixture {
    pub(super) async fn write<T: Send + 'static>(
        &self,
        f: impl FnMut(&mut (dyn CommonTx + 'static)) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.work.write(f).await.unwrap()
    }

    pub(super) async fn try_write<T: Send + 'static>(
        &self,
        f: impl FnMut(&mut (dyn CommonTx + 'static)) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.work.write(f).await
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        f: impl FnMut(&mut (dyn CommonTx + 'static)) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.work.read(f).await.unwrap()
    }

    /// Asserts that `f` reports `Stale`.
    pub(super) async fn stale<T: Send + 'static>(
        &self,
        f: impl FnMut(&mut (dyn CommonTx + 'static)) -> Result<T, StoreError> + Send + 'static,
    ) {
        let answer = self.try_write(f).await;
        assert!(matches!(answer, Err(StoreError::Stale)), "must be stale");
    }

    /// Appends an event for each subject and returns the whole feed, in order.
    pub(super) async fn append(&self, name: &'static str, subjects: &[i64]) -> Vec<Event> {
        let events: Vec<NewEvent> = subjects.iter().map(|s| event(name, *s)).collect();
        self.write(move |tx| events.iter().try_for_each(|event| tx.outbox().append(event))).await;
        while self.write(|tx| tx.outbox().sequence(100)).await > 0 {}
        self.read(|tx| tx.outbox().after(None, 10_000)).await
    }

    /// Runs `f` for each of these at the same time.
    pub(super) async fn race<'a, I, T, F>(&'a self, all: I, f: F) -> Vec<T>
    where
        I: IntoIterator,
        F: Fn(I::Item) -> BoxFuture<'a, T>,
    {
        crate::kit::together(all.into_iter().map(f).collect()).await
    }
}
