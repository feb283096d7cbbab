//! Following the feed: what listeners of every channel read.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    Audience, CommonTx, DomainError, ErrorKind, Event, FeedCursor, FeedGap, FeedState, StoreError,
    UnitOfWork,
};

/// A stretch of the feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// The events that the reader may see.
    pub events: Vec<Event>,
    /// Go on from here: behind the last event, or at the end of the feed when there was no more.
    pub cursor: FeedCursor,
    /// True when there may be more behind it.
    pub more: bool,
}

/// Why a listener cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// Events behind the cursor are missing.
    #[error(transparent)]
    Gap(#[from] FeedGap),
    /// The store failed.
    #[error("{}", .0.public_text())]
    Store(#[source] StoreError),
}

impl From<StoreError> for FeedError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl DomainError for FeedError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Gap(gap) => gap.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Gap(gap) => gap.code(),
            Self::Store(error) => error.code(),
        }
    }
}

/// What listeners of every channel ask.
#[async_trait]
pub trait FeedReader: Send + Sync {
    /// Epoch, floor and head.
    ///
    /// # Errors
    /// When the store fails.
    async fn state(&self) -> Result<FeedState, FeedError>;
    /// The next events behind `after` that carry one of these tokens, at most `limit`. The cost is that
    /// of these events, however many others there are.
    ///
    /// # Errors
    /// When events behind `after` are missing, or the store fails.
    async fn read(
        &self,
        tokens: Arc<[Audience]>,
        after: FeedCursor,
        limit: u32,
    ) -> Result<Stretch, FeedError>;

    /// Where a listener begins: behind what they have seen, or at the end when they only want to hear
    /// what happens next.
    ///
    /// # Errors
    /// When events behind `seen` are missing, or the store fails.
    async fn begin(&self, seen: Option<FeedCursor>) -> Result<FeedCursor, FeedError> {
        let state = self.state().await?;
        let Some(seen) = seen else { return Ok(state.end()) };
        Ok(FeedCursor::new(state.epoch, state.locate(seen)?))
    }
}

/// The feed of a store, read through any domain's transaction.
pub struct EventFeed<Tx: ?Sized> {
    work: Arc<dyn UnitOfWork<Tx>>,
}

impl<Tx: CommonTx + ?Sized + 'static> EventFeed<Tx> {
    /// Reads the feed of this store.
    pub fn new(work: Arc<dyn UnitOfWork<Tx>>) -> Self {
        Self { work }
    }
}

#[async_trait]
impl<Tx: CommonTx + ?Sized + 'static> FeedReader for EventFeed<Tx> {
    async fn state(&self) -> Result<FeedState, FeedError> {
        self.work.read(|tx| Ok(tx.outbox().feed()?)).await
    }

    async fn read(
        &self,
        tokens: Arc<[Audience]>,
        after: FeedCursor,
        limit: u32,
    ) -> Result<Stretch, FeedError> {
        let read = self.work.read(move |tx| {
            let before = tx.outbox().feed()?;
            let place = before.locate(after)?;
            let events = tx.outbox().addressed(&tokens, place, limit)?;
            // Events may have been removed meanwhile, where reads of one unit are of several moments.
            tx.outbox().feed()?.locate(after)?;
            let more = events.len() >= limit as usize;
            let last = events.last().map(|event| event.id);
            let end = if more { last } else { last.max(before.end().after).max(place) };
            Ok(Stretch { events, cursor: FeedCursor::new(before.epoch, end), more })
        });
        read.await
    }
}
