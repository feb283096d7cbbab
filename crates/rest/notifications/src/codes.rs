//! The codes of notifications.

use rest::codes::{Code, code};

/// In alphabetical order.
pub const CODES: &[Code] = &[
    code(
        "notifications.bad_link",
        422,
        "The link does not work",
        "It was not copied whole, or the server has another secret by now.",
    ),
    code(
        "notifications.before_invalid",
        400,
        "Moment not valid",
        "`before` is a time in RFC 3339, such as `2026-11-21T08:00:00Z`.",
    ),
    code(
        "notifications.category_unknown",
        400,
        "Category unknown",
        "`category` is one of those that `GET /notifications/preferences` lists.",
    ),
    code(
        "notifications.channel_unknown",
        400,
        "Channel unknown",
        "`channel` is `email`, `sms` or `webhook`.",
    ),
    code(
        "notifications.day_unknown",
        400,
        "Day unknown",
        "Days are `mon`, `tue`, `wed`, `thu`, `fri`, `sat` and `sun`.",
    ),
    code(
        "notifications.kind_and_category",
        400,
        "Kind and category",
        "A preference is about a kind, a category, or, with neither, everything.",
    ),
    code(
        "notifications.kind_unknown",
        400,
        "Kind unknown",
        "`kind` is one of those that `GET /notifications/preferences` lists.",
    ),
    code("notifications.mode_unknown", 400, "Mode unknown", "`mode` is `on`, `off` or `digest`."),
    code(
        "notifications.no_digest",
        400,
        "No digest by this channel",
        "A text message and a webhook hold one notification, so by `sms` and `webhook` the mode is `on` or `off`.",
    ),
    code(
        "notifications.not_found",
        404,
        "No such notification",
        "It does not exist, or belongs to another person.",
    ),
    code(
        "notifications.stale",
        412,
        "Changed meanwhile",
        "`If-Match` names an old version; `current` is what you chose as it is now.",
    ),
    code(
        "notifications.time_invalid",
        400,
        "Not a time of the day",
        "Quiet hours begin and end at a minute of the day, such as `22:00`.",
    ),
    code(
        "notifications.too_many_preferences",
        400,
        "Too many preferences",
        "For each channel there are at most as many as kinds and categories and one more.",
    ),
    code(
        "notifications.unread_invalid",
        400,
        "Neither true nor false",
        "`unread` is `true` for unread notifications and `false` for those that were read.",
    ),
    code(
        "notifications.zone_unknown",
        400,
        "Time zone unknown",
        "`zone` is a name of the time zone database, such as `Europe/Paris`.",
    ),
];
