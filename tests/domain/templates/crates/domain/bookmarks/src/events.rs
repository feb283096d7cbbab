//! What other domains and clients hear. The JSON is public: its shape is versioned by the event's
//! name and kept in `tests/events/`.

use kernel::{Actor, NewEvent, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{bookmark::Bookmark, values::BookmarkId};

kernel::event_types! {
    /// A bookmark was created.
    CREATED = "bookmark.created.v1": BookmarkSnapshot,
    /// A bookmark changed.
    UPDATED = "bookmark.updated.v1": BookmarkSnapshot,
    /// A bookmark was deleted by its owner.
    DELETED = "bookmark.deleted.v1": BookmarkSnapshot,
}

/// A bookmark as events show it: the shape of the REST bookmark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BookmarkSnapshot {
    /// The bookmark.
    #[schemars(with = "BookmarkId")]
    pub id: i64,
    /// Its owner.
    #[schemars(with = "UserId")]
    pub user_id: i64,
    /// Its title.
    pub title: String,
    /// Its note.
    pub note: String,
    /// When it was created.
    #[schemars(with = "Timestamp")]
    pub created_at: String,
    /// When it last changed.
    #[schemars(with = "Timestamp")]
    pub updated_at: String,
    /// Counts the changes, from 1.
    #[schemars(range(min = 1))]
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
