//! Who may do what. Pure. A bookmark is its owner's alone, so each rule returns the person whose
//! bookmarks the call is about; the store finds no others (S4).

use kernel::{Actor, Permission, UserId};

use crate::error::BookmarkError;

/// Callers with `bookmarks:read` read their own bookmarks.
pub fn may_read(actor: &Actor) -> Result<UserId, BookmarkError> {
    actor.require(Permission::BookmarksRead)?;
    Ok(actor.user)
}

/// Callers with `bookmarks:write` create, change and delete their own bookmarks.
pub fn may_write(actor: &Actor) -> Result<UserId, BookmarkError> {
    actor.require(Permission::BookmarksWrite)?;
    Ok(actor.user)
}
