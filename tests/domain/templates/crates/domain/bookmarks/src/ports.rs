//! What this domain needs of a store. Adapters implement it and prove it with the `kit`.
#![deny(missing_docs)]

use kernel::{CommonTx, Page, PageRequest, StoreError, UserId};

use crate::{
    bookmark::{Bookmark, NewBookmark},
    values::BookmarkId,
};

/// Stores bookmarks.
///
/// * S1 `get` after `insert` or `save` returns an equal bookmark (times to the microsecond, any text);
/// * S2 `save` and `remove` of an outdated version change nothing and report `Stale`; a successful
///   `save` raises the version by one, in the store and in the argument;
/// * S3 `insert` for a person who does not exist reports `Missing("bookmarks.owner")`;
/// * S4 `get`, `lock` and `list` find the bookmarks of their owner and no others;
/// * S5 of two transactions that `lock` one bookmark, the second waits and sees what the first wrote;
/// * S6 of N transactions that read one version and `save` or `remove` it, exactly one succeeds;
/// * S7 `list` returns the newest first, without gaps or repeats between pages, whether pages go by
///   number or by cursor; numbered pages count `total`, cursor pages say where the next one begins;
/// * S8 `remove_all` removes every bookmark of one person and no others, and returns how many.
pub trait BookmarkStore {
    /// Adds a bookmark; its version is 1. Errors: Missing (S3).
    fn insert(&mut self, bookmark: &NewBookmark) -> Result<Bookmark, StoreError>;
    /// A bookmark of this owner.
    fn get(&mut self, owner: UserId, id: BookmarkId) -> Result<Option<Bookmark>, StoreError>;
    /// The same; no other transaction changes it before this one ends (S5).
    fn lock(&mut self, owner: UserId, id: BookmarkId) -> Result<Option<Bookmark>, StoreError>;
    /// Writes every field but the owner and the time of creation. Errors: Stale (S2).
    fn save(&mut self, bookmark: &mut Bookmark) -> Result<(), StoreError>;
    /// Removes this version. Errors: Stale (S2).
    fn remove(&mut self, bookmark: &Bookmark) -> Result<(), StoreError>;
    /// A page of one owner's bookmarks.
    fn list(&mut self, owner: UserId, page: &PageRequest) -> Result<Page<Bookmark>, StoreError>;
    /// Removes everything of one owner.
    fn remove_all(&mut self, owner: UserId) -> Result<u64, StoreError>;
}

/// This domain's face of a transaction.
pub trait BookmarksTx: CommonTx {
    /// Bookmarks.
    fn bookmarks(&mut self) -> &mut dyn BookmarkStore;
}
