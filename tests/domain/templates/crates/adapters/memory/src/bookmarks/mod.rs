//! `BookmarkStore`.

use std::sync::Arc;

use bookmarks::{Bookmark, BookmarkId, BookmarkStore, bookmark::NewBookmark, query::ORDER};
use kernel::{Page, PageRequest, StoreError, UserId};

use crate::{
    page::{Order, cut},
    state::{State, Table, next, not_an_id},
    tx::MemoryTx,
};

/// What is stored.
#[derive(Clone, Default)]
pub(crate) struct BookmarksTables {
    last_id: i64,
    rows: Table<BookmarkId, Arc<Bookmark>>,
}

/// The row that this version is of.
fn check_version(state: &State, bookmark: &Bookmark) -> Result<(), StoreError> {
    let stored = state.domains.bookmarks.rows.get(&bookmark.id);
    match stored.filter(|stored| stored.version == bookmark.version) {
        Some(_) => Ok(()),
        None => Err(StoreError::Stale),
    }
}

impl BookmarkStore for MemoryTx {
    fn insert(&mut self, bookmark: &NewBookmark) -> Result<Bookmark, StoreError> {
        self.writing(|tx| {
            if !tx.state.has_account(bookmark.owner) {
                return Err(StoreError::Missing("bookmarks.owner"));
            }
            let tables = &mut tx.state.domains.bookmarks;
            let id = BookmarkId::parse(next(&mut tables.last_id)).map_err(not_an_id)?;
            let bookmark = bookmark.stored(id);
            Arc::make_mut(&mut tables.rows).insert(id, Arc::new(bookmark.clone()));
            Ok(bookmark)
        })
    }

    fn get(&mut self, owner: UserId, id: BookmarkId) -> Result<Option<Bookmark>, StoreError> {
        self.reading(|state| {
            let row = state.domains.bookmarks.rows.get(&id);
            Ok(row.filter(|row| row.owner == owner).map(|row| (**row).clone()))
        })
    }

    /// Writers go one after another, so every row is locked from the start.
    fn lock(&mut self, owner: UserId, id: BookmarkId) -> Result<Option<Bookmark>, StoreError> {
        BookmarkStore::get(self, owner, id)
    }

    fn save(&mut self, bookmark: &mut Bookmark) -> Result<(), StoreError> {
        self.writing(|tx| {
            check_version(&tx.state, bookmark)?;
            bookmark.version += 1;
            let row = Arc::new(bookmark.clone());
            Arc::make_mut(&mut tx.state.domains.bookmarks.rows).insert(bookmark.id, row);
            Ok(())
        })
    }

    fn remove(&mut self, bookmark: &Bookmark) -> Result<(), StoreError> {
        self.writing(|tx| {
            check_version(&tx.state, bookmark)?;
            Arc::make_mut(&mut tx.state.domains.bookmarks.rows).remove(&bookmark.id);
            Ok(())
        })
    }

    fn list(&mut self, owner: UserId, page: &PageRequest) -> Result<Page<Bookmark>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.bookmarks.rows.values().filter(|row| row.owner == owner);
            cut(rows, &Order::fixed(ORDER), |row| (Vec::new(), row.id.get()), page)
        })
    }

    fn remove_all(&mut self, owner: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let rows = Arc::make_mut(&mut tx.state.domains.bookmarks.rows);
            let before = rows.len();
            rows.retain(|_, row| row.owner != owner);
            Ok((before - rows.len()) as u64)
        })
    }
}
