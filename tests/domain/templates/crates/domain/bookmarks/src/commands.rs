//! What callers can ask for, made of parsed values only.

use crate::values::{Note, Title};

/// A new bookmark.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the bookmark's field of that name")]
pub struct CreateBookmark {
    pub title: Title,
    pub note: Note,
}

impl CreateBookmark {
    /// With a title only.
    pub const fn titled(title: Title) -> Self {
        Self { title, note: Note::empty() }
    }
}

/// A partial update: `None` keeps a field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each field is the bookmark's field of that name")]
pub struct UpdateBookmark {
    pub title: Option<Title>,
    pub note: Option<Note>,
}
