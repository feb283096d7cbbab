//! The values of a bookmark. `parse` is the only constructor of each.

use kernel::{id, text};

id!(
    /// A bookmark.
    BookmarkId
);
text!(
    /// 1–200 characters, trimmed.
    Title,
    trimmed,
    1,
    200
);
text!(
    /// At most 10 000 characters.
    Note,
    bounded,
    0,
    10_000
);

impl Note {
    /// The empty note.
    pub const fn empty() -> Self {
        Self(String::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_trimmed_and_bounded_and_notes_stay_as_they_came() {
        assert_eq!(Title::parse("  t\n").as_ref().map(Title::as_str), Ok("t"));
        assert!(Title::parse(" \t ").is_err() && Title::parse(&"ü".repeat(201)).is_err());
        assert!(Title::parse(&"ü".repeat(200)).is_ok());
        assert_eq!(Note::parse(" n ").as_ref().map(Note::as_str), Ok(" n "));
        assert_eq!(Note::parse(""), Ok(Note::empty()));
        assert!(Note::parse(&"x".repeat(10_001)).is_err());
    }
}
