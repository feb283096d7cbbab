//! The codes of bookmarks.

use rest::codes::{Code, code};

/// In alphabetical order.
pub const CODES: &[Code] = &[
    code(
        "bookmarks.not_found",
        404,
        "No such bookmark",
        "It does not exist, or belongs to another person.",
    ),
    code("bookmarks.note_too_long", 400, "Note too long", "A note has at most 10 000 characters."),
    code(
        "bookmarks.stale",
        412,
        "Bookmark changed meanwhile",
        "`If-Match` names an old version; `current` is the bookmark as it is now.",
    ),
    code("bookmarks.title_empty", 400, "Title empty", "A title has 1 to 200 characters."),
    code("bookmarks.title_too_long", 400, "Title too long", "A title has 1 to 200 characters."),
];
