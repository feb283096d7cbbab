//! How files are looked for.

use kernel::{
    SearchQuery, SortKey, UserId,
    page::{Direction, Place},
    search::Haystack,
};

use crate::{
    file::{Attached, File},
    media::Media,
    values::{FileKind, FileName},
};

/// Whose files are in sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Everybody's.
    All,
    /// This person's own.
    Of(UserId),
    /// Those of one thing, whosever they are.
    On(Attached),
}

/// Which files; every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFilter {
    /// Whose.
    pub sight: Sight,
    /// Of this type.
    pub kind: Option<FileKind>,
    /// Of this format.
    pub media: Option<Media>,
    /// The name has these words, or they are inside of its words.
    pub text: Option<SearchQuery>,
}

impl FileFilter {
    /// Everything in sight.
    pub const fn all(sight: Sight) -> Self {
        Self { sight, kind: None, media: None, text: None }
    }

    /// True when `file` is one of them.
    pub fn matches(&self, file: &File) -> bool {
        let seen = match self.sight {
            Sight::All => true,
            Sight::Of(user) => file.owner == user,
            Sight::On(place) => file.attached == Some(place),
        };
        seen && self.kind.is_none_or(|kind| kind == file.kind)
            && self.media.is_none_or(|media| media == file.media)
            && self.text.as_ref().is_none_or(|query| query.finds(&searched(&file.name)))
    }
}

/// What a search looks into.
pub fn searched(name: &FileName) -> Haystack {
    Haystack::default().name(name.as_str())
}

/// What files can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileSort {
    /// When it was uploaded.
    UploadedAt,
    /// Bytes.
    Size,
    /// By the bytes of its UTF-8.
    Name,
    /// By number.
    Id,
}

impl FileSort {
    /// Every field, as the contract names it.
    pub const ALL: [(&'static str, Self); 4] = [
        ("uploaded_at", Self::UploadedAt),
        ("size", Self::Size),
        ("filename", Self::Name),
        ("id", Self::Id),
    ];

    /// The value a file is sorted by.
    pub fn place(self, file: &File) -> Place {
        match self {
            Self::UploadedAt => Place::Number(file.uploaded_at.micros()),
            Self::Size => Place::Number(i64::try_from(file.size).unwrap_or(i64::MAX)),
            Self::Name => Place::Text(file.name.as_str().to_owned()),
            Self::Id => Place::Number(file.id.get()),
        }
    }
}

/// The order when nobody says otherwise: newest first.
pub const DEFAULT_ORDER: [SortKey<FileSort>; 1] =
    [SortKey { field: FileSort::UploadedAt, direction: Direction::Descending }];
