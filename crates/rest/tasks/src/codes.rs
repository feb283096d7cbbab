//! The codes of tasks.

use rest::codes::{Code, code};

/// In alphabetical order.
pub const CODES: &[Code] = &[
    code("tasks.assignee_unknown", 400, "Assignee unknown", "The assignee must be an active user."),
    code("tasks.bulk_empty", 400, "Nothing to do", "`operations` must hold 1 to 500 operations."),
    code(
        "tasks.bulk_too_many",
        400,
        "Too many operations",
        "`operations` must hold 1 to 500 operations.",
    ),
    code(
        "tasks.comment_not_found",
        404,
        "No such comment",
        "The comment is not there, or not on this task.",
    ),
    code(
        "tasks.comment_stale",
        412,
        "Comment changed meanwhile",
        "`If-Match` names an old version; `current` is the comment as it is now.",
    ),
    code("tasks.content_empty", 400, "Comment empty", "A comment has 1 to 4000 characters."),
    code("tasks.content_too_long", 400, "Comment too long", "A comment has 1 to 4000 characters."),
    code("tasks.date_invalid", 400, "Date not valid", "Dates look like 2026-02-01."),
    code(
        "tasks.description_too_long",
        400,
        "Description too long",
        "A description has at most 10 000 characters.",
    ),
    code(
        "tasks.due_date_invalid",
        400,
        "Due date not valid",
        "Times are RFC 3339, such as 2026-02-01T09:30:00Z.",
    ),
    code(
        "tasks.export_format_unknown",
        400,
        "Export format unknown",
        "`format` is csv, json or ics.",
    ),
    code(
        "tasks.forbidden",
        403,
        "Not yours to change",
        "An assignee may change the `status` only; the rest belongs to the owner and to `tasks:manage`.",
    ),
    code(
        "tasks.invalid",
        400,
        "Request has faults",
        "Each entry of `errors` names a field, a code and what is wrong with it.",
    ),
    code("tasks.not_author", 403, "Not your comment", "Only its author may change a comment."),
    code("tasks.not_deleted", 409, "Task not deleted", "Only a deleted task can be restored."),
    code("tasks.not_found", 404, "No such task", "The task is not there, or not yours to see."),
    code("tasks.operation_unknown", 400, "Operation unknown", "`op` is create, update or delete."),
    code("tasks.priority_unknown", 400, "Priority unknown", "`priority` is low, medium or high."),
    code("tasks.range_reversed", 400, "Range reversed", "`from` must not be after `to`."),
    code(
        "tasks.range_too_long",
        400,
        "Range too long",
        "`from` and `to` may be at most 366 days apart.",
    ),
    code(
        "tasks.search_invalid",
        400,
        "Search not valid",
        "`q` has 1 to 10 words of letters or digits, at most 200 characters.",
    ),
    code(
        "tasks.stale",
        412,
        "Task changed meanwhile",
        "`If-Match` names an old version; `current` is the task as it is now.",
    ),
    code(
        "tasks.status_unknown",
        400,
        "Status unknown",
        "`status` is pending, in_progress or completed.",
    ),
    code("tasks.tag_empty", 400, "Tag empty", "A tag has 1 to 50 characters."),
    code("tasks.tag_too_long", 400, "Tag too long", "A tag has 1 to 50 characters."),
    code("tasks.title_empty", 400, "Title empty", "A title has 1 to 200 characters."),
    code("tasks.title_too_long", 400, "Title too long", "A title has 1 to 200 characters."),
    code("tasks.too_many_tags", 400, "Too many tags", "A task carries at most 20 tags."),
];
