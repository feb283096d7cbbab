//! How files are looked for.

use kernel::{
    SearchQuery, SortKey, UserId,
    page::{Direction, SortValue},
    search::SearchDocument,
};

use crate::{
    file::{Attached, File},
    media::Media,
    text_type::TextName,
    values::{FileKind, FileName},
};

/// Whose files are in sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisibleTo {
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
    pub visible_to: VisibleTo,
    /// Of this type.
    pub kind: Option<FileKind>,
    /// Of this format, and of no kind of text that has a name.
    pub media: Option<Media>,
    /// Of this kind of text.
    pub text_name: Option<TextName>,
    /// The name has these words, or they are inside of its words.
    pub text: Option<SearchQuery>,
}

impl FileFilter {
    /// Everything in sight.
    pub const fn all(visible_to: VisibleTo) -> Self {
        Self { visible_to, kind: None, media: None, text_name: None, text: None }
    }

    /// True when `file` is one of them.
    pub fn matches(&self, file: &File) -> bool {
        let seen = match self.visible_to {
            VisibleTo::All => true,
            VisibleTo::Of(user) => file.owner == user,
            VisibleTo::On(place) => file.attached == Some(place),
        };
        seen && self.kind.is_none_or(|kind| kind == file.kind)
            && self.media.is_none_or(|media| media == file.media && file.text_name.is_none())
            && self.text_name.as_ref().is_none_or(|name| file.text_name.as_ref() == Some(name))
            && self.text.as_ref().is_none_or(|query| query.finds(&searched(&file.name)))
    }
}

/// What a search looks into.
pub fn searched(name: &FileName) -> SearchDocument {
    SearchDocument::default().name(name.as_str())
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
    pub fn sort_value(self, file: &File) -> SortValue {
        match self {
            Self::UploadedAt => SortValue::Number(file.uploaded_at.micros()),
            Self::Size => SortValue::Number(i64::try_from(file.size).unwrap_or(i64::MAX)),
            Self::Name => SortValue::Text(file.name.as_str().to_owned()),
            Self::Id => SortValue::Number(file.id.get()),
        }
    }
}

/// The order when nobody says otherwise: newest first.
pub const DEFAULT_ORDER: [SortKey<FileSort>; 1] =
    [SortKey { field: FileSort::UploadedAt, direction: Direction::Descending }];
