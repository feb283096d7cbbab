//! The codes of notifications.

use rest::codes::{Code, code};

/// In alphabetical order.
pub const CODES: &[Code] = &[
    code(
        "notifications.before_invalid",
        400,
        "Moment not valid",
        "`before` is a time in RFC 3339, such as `2026-11-21T08:00:00Z`.",
    ),
    code(
        "notifications.kind_unknown",
        400,
        "Kind unknown",
        "`kind` is one of those that the document lists.",
    ),
    code(
        "notifications.not_found",
        404,
        "No such notification",
        "It does not exist, or belongs to another person.",
    ),
    code(
        "notifications.unread_invalid",
        400,
        "Neither true nor false",
        "`unread` is `true` for unread notifications and `false` for those that were read.",
    ),
];
