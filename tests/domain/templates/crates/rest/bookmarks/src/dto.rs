//! Bookmarks as clients see and send them.

use bookmarks::{
    Bookmark,
    commands::{CreateBookmark, UpdateBookmark},
    values::{Note, Title},
};
use kernel::Patch;
use rest::{
    call::Body,
    etag,
    fields::{Reason, TextCodes, string},
    problem::Problem,
    reply::Reply,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A bookmark.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = bookmarks::Bookmark)]
pub struct BookmarkBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// Its owner.
    #[schema(minimum = 1, example = 1)]
    pub user_id: i64,
    /// What the list shows.
    #[schema(min_length = 1, max_length = 200, example = "The first")]
    pub title: String,
    /// In more words.
    #[schema(max_length = 10000, example = "In more words.")]
    pub note: String,
    /// The time of its creation.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub created_at: String,
    /// The time of its last change.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub updated_at: String,
    /// Counts the changes; the `ETag` without its quotes.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

impl From<&Bookmark> for BookmarkBody {
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

/// The tag of a bookmark's representation.
pub fn etag_of(bookmark: &Bookmark) -> String {
    etag::of(bookmark.version, "")
}

/// `201` for a new bookmark.
pub fn created(bookmark: &Bookmark) -> Reply {
    let location = format!("/api/v1/bookmarks/{}", bookmark.id);
    Reply::created(BookmarkBody::from(bookmark), location, Some(etag_of(bookmark)))
}

/// A new bookmark.
#[derive(Debug, ToSchema)]
#[schema(as = bookmarks::CreateBookmark, example = json!({
    "title": "The first", "note": "In more words."
}))]
pub struct CreateBookmarkBody {
    /// What the list shows; trimmed.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub title: String,
    /// In more words.
    #[schema(max_length = 10000)]
    pub note: Option<String>,
}

/// A change of a bookmark, as a merge patch: an absent field stays, null clears.
#[derive(Debug, ToSchema)]
#[schema(as = bookmarks::UpdateBookmark, example = json!({"title": "The second", "note": null}))]
pub struct UpdateBookmarkBody {
    /// A new title.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub title: Option<String>,
    /// A new note; null empties it.
    #[schema(max_length = 10000)]
    pub note: Option<String>,
}

const TITLE: TextCodes =
    TextCodes { empty: "bookmarks.title_empty", too_long: "bookmarks.title_too_long" };
const NOTE: TextCodes =
    TextCodes { empty: "bookmarks.note_too_long", too_long: "bookmarks.note_too_long" };

fn title(raw: &str) -> Result<Title, Reason> {
    Title::parse(raw).map_err(|error| TITLE.reason(error))
}

fn note(raw: &str) -> Result<Note, Reason> {
    Note::parse(raw).map_err(|error| NOTE.reason(error))
}

/// `POST /bookmarks`.
pub fn create(body: &Body) -> Result<CreateBookmark, Problem> {
    let mut fields = body.fields()?;
    let title = fields.required("title", string(title));
    let note = fields.optional("note", string(note)).unwrap_or(Note::empty());
    fields.finish(title.map(|title| CreateBookmark { title, note }))
}

/// `PUT` and `PATCH /bookmarks/{id}`.
pub fn update(body: &Body) -> Result<UpdateBookmark, Problem> {
    let mut fields = body.fields()?;
    let title = fields.keep("title", string(title));
    let note = match fields.patch("note", string(note)) {
        Patch::Keep => None,
        Patch::Clear => Some(Note::empty()),
        Patch::Set(note) => Some(note),
    };
    fields.finish(Some(UpdateBookmark { title, note }))
}
