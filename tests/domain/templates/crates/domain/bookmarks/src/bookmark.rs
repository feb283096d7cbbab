//! The bookmark and how it changes. Pure: time is an argument.

use kernel::{Timestamp, UserId};

use crate::{
    commands::{CreateBookmark, UpdateBookmark},
    values::{BookmarkId, Note, Title},
};

/// A bookmark of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bookmark {
    /// Assigned by the store.
    pub id: BookmarkId,
    /// The only person who can see and change it.
    pub owner: UserId,
    /// What the list shows.
    pub title: Title,
    /// In more words; may be empty.
    pub note: Note,
    /// The time of its creation.
    pub created_at: Timestamp,
    /// The time of its last change.
    pub updated_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// A bookmark that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBookmark {
    /// See [`Bookmark::owner`].
    pub owner: UserId,
    /// The fields that its owner chose.
    pub content: CreateBookmark,
    /// See [`Bookmark::created_at`].
    pub created_at: Timestamp,
}

impl NewBookmark {
    /// The bookmark that it becomes under its id.
    pub fn stored(&self, id: BookmarkId) -> Bookmark {
        let Self { owner, content: CreateBookmark { title, note }, created_at } = self.clone();
        Bookmark { id, owner, title, note, created_at, updated_at: created_at, version: 1 }
    }
}

impl Bookmark {
    /// Applies a partial update; false when it changes no field.
    pub fn update(&mut self, update: &UpdateBookmark, now: Timestamp) -> bool {
        let UpdateBookmark { title, note } = update;
        let before = self.clone();
        if let Some(title) = title {
            self.title = title.clone();
        }
        if let Some(note) = note {
            self.note = note.clone();
        }
        let changed = *self != before;
        if changed {
            self.updated_at = now;
        }
        changed
    }
}
