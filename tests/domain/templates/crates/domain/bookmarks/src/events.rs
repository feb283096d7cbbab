//! What other domains and clients hear. The JSON is public: its shape is versioned by the event's
//! name and kept in `tests/events/`.

use kernel::{Actor, NewEvent, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::bookmark::Bookmark;

/// A bookmark was created.
pub const CREATED: &str = "bookmark.created.v1";
/// A bookmark changed.
pub const UPDATED: &str = "bookmark.updated.v1";
/// A bookmark was deleted by its owner.
pub const DELETED: &str = "bookmark.deleted.v1";

/// Every event of this domain.
pub const ALL: [&str; 3] = [CREATED, UPDATED, DELETED];

/// A bookmark as events show it: the shape of the REST bookmark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is the bookmark's field of that name")]
pub struct BookmarkSnapshot {
    pub id: i64,
    pub user_id: i64,
    pub title: String,
    pub note: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
    pub version: i64,
}

impl From<&Bookmark> for BookmarkSnapshot {
    fn from(bookmark: &Bookmark) -> Self {
        let Bookmark { id, owner, title, note, created_at, updated_at, version } = bookmark;
        Self {
            id: id.get(),
            user_id: owner.get(),
            title: title.as_str().to_owned(),
            note: note.as_str().to_owned(),
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
            version: *version,
        }
    }
}

/// The event `name` of a bookmark, caused by its owner.
pub fn event(name: &'static str, bookmark: &Bookmark, owner: &Actor, at: Timestamp) -> NewEvent {
    let payload = json!(BookmarkSnapshot::from(bookmark));
    NewEvent::by(owner, at, name, bookmark.id.get(), payload)
}
