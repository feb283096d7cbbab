//! The use cases. Each is an asynchronous shell around one synchronous transaction.

use std::sync::Arc;

use kernel::{
    Actor, Clock, Consumer, Delivery, Idempotent, Outcome, Page, PageRequest, UnitOfWork, UserId,
    idempotency,
};

use crate::{
    bookmark::{Bookmark, NewBookmark},
    commands::{CreateBookmark, UpdateBookmark},
    error::BookmarkError,
    events,
    policy::{may_read, may_write},
    ports::BookmarksTx,
    values::BookmarkId,
};

/// The use cases of this domain.
pub struct Bookmarks {
    work: Arc<dyn UnitOfWork<dyn BookmarksTx>>,
    clock: Arc<dyn Clock>,
}

impl Bookmarks {
    /// On these two ports.
    pub fn new(work: Arc<dyn UnitOfWork<dyn BookmarksTx>>, clock: Arc<dyn Clock>) -> Self {
        Self { work, clock }
    }

    /// Creates a bookmark of the caller.
    ///
    /// Errors: `MissingPermission`, `KeyReused`, `Store`.
    pub async fn create(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<Bookmark>>,
        command: CreateBookmark,
    ) -> Result<Outcome<Bookmark>, BookmarkError> {
        let owner = may_write(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let new = NewBookmark { owner, content: command, created_at: now };
        self.work
            .write(move |tx| {
                idempotency::run_once(tx, idempotent.as_ref(), now, |tx| {
                    let bookmark = tx.bookmarks().insert(&new)?;
                    let event = events::event(events::CREATED, &bookmark, &actor, now);
                    tx.outbox().append(&event)?;
                    Ok(bookmark)
                })
            })
            .await
    }

    /// A bookmark of the caller.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Store`.
    pub async fn get(&self, actor: &Actor, id: BookmarkId) -> Result<Bookmark, BookmarkError> {
        let owner = may_read(actor)?;
        let found =
            self.work.read(move |tx| Ok::<_, BookmarkError>(tx.bookmarks().get(owner, id)?));
        found.await?.ok_or(BookmarkError::NotFound(id))
    }

    /// A page of the caller's bookmarks, in [`ORDER`](crate::query::ORDER).
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn list(
        &self,
        actor: &Actor,
        page: PageRequest,
    ) -> Result<Page<Bookmark>, BookmarkError> {
        let owner = may_read(actor)?;
        self.work.read(move |tx| Ok(tx.bookmarks().list(owner, &page)?)).await
    }

    /// Changes some fields, only at version `expected` if there is one.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Stale`, `Store`.
    pub async fn update(
        &self,
        actor: &Actor,
        id: BookmarkId,
        expected: Option<i64>,
        update: UpdateBookmark,
    ) -> Result<Bookmark, BookmarkError> {
        let owner = may_write(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let mut bookmark = locked(tx, owner, id, expected)?;
                if bookmark.update(&update, now) {
                    tx.bookmarks().save(&mut bookmark)?;
                    let event = events::event(events::UPDATED, &bookmark, &actor, now);
                    tx.outbox().append(&event)?;
                }
                Ok(bookmark)
            })
            .await
    }

    /// Deletes a bookmark for good, only at version `expected` if there is one.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Stale`, `Store`.
    pub async fn remove(
        &self,
        actor: &Actor,
        id: BookmarkId,
        expected: Option<i64>,
    ) -> Result<(), BookmarkError> {
        let owner = may_write(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let bookmark = locked(tx, owner, id, expected)?;
                tx.bookmarks().remove(&bookmark)?;
                let event = events::event(events::DELETED, &bookmark, &actor, now);
                Ok(tx.outbox().append(&event)?)
            })
            .await
    }

    /// Deletes everything of a deleted account, exactly once: a second delivery of the event fails
    /// with `Stale` and changes nothing.
    ///
    /// Errors: `Store`.
    pub async fn forget_user(
        &self,
        delivery: Delivery,
        user: UserId,
    ) -> Result<u64, BookmarkError> {
        self.work
            .write(move |tx| {
                delivery.complete(tx)?;
                Ok(tx.bookmarks().remove_all(user)?)
            })
            .await
    }

    /// Reactions to events of other domains.
    pub fn consumers(self: &Arc<Self>) -> Vec<Consumer> {
        let bookmarks = Arc::clone(self);
        vec![Consumer::forget_user("bookmarks.forget_user", move |delivery, user| {
            let bookmarks = Arc::clone(&bookmarks);
            async move { bookmarks.forget_user(delivery, user).await }
        })]
    }
}

/// The caller's bookmark at the version that the caller expects.
fn locked(
    tx: &mut dyn BookmarksTx,
    owner: UserId,
    id: BookmarkId,
    expected: Option<i64>,
) -> Result<Bookmark, BookmarkError> {
    let bookmark = tx.bookmarks().lock(owner, id)?.ok_or(BookmarkError::NotFound(id))?;
    match expected {
        Some(version) if version != bookmark.version => {
            Err(BookmarkError::Stale(Box::new(bookmark)))
        }
        _ => Ok(bookmark),
    }
}
