//! The stored form of a bookmark.

use kernel::record::{CorruptColumn, Record, moment, read, user};
use serde::{Deserialize, Serialize};

use crate::{
    bookmark::Bookmark,
    values::{BookmarkId, Note, Title},
};

/// A bookmark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the bookmark's field of that name")]
pub struct BookmarkRecord {
    pub id: i64,
    pub user_id: i64,
    pub title: String,
    pub note: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

impl Record for BookmarkRecord {
    const NAME: &'static str = "bookmarks";
    const VERSION: u32 = 1;
}

impl From<&Bookmark> for BookmarkRecord {
    fn from(bookmark: &Bookmark) -> Self {
        let Bookmark { id, owner, title, note, created_at, updated_at, version } = bookmark;
        Self {
            id: id.get(),
            user_id: owner.get(),
            title: title.as_str().to_owned(),
            note: note.as_str().to_owned(),
            created_at: created_at.micros(),
            updated_at: updated_at.micros(),
            version: *version,
        }
    }
}

impl TryFrom<BookmarkRecord> for Bookmark {
    type Error = CorruptColumn;

    fn try_from(r: BookmarkRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            id: read("id", BookmarkId::parse(r.id))?,
            owner: user("user_id", r.user_id)?,
            title: read("title", Title::parse(&r.title))?,
            note: read("note", Note::parse(&r.note))?,
            created_at: moment("created_at", r.created_at)?,
            updated_at: moment("updated_at", r.updated_at)?,
            version: r.version,
        })
    }
}
