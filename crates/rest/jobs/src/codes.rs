//! The codes of jobs.

use rest::codes::{Code, code};

/// In alphabetical order.
pub const CODES: &[Code] = &[
    code(
        "jobs.args_invalid",
        400,
        "Arguments not valid",
        "`args` is what the schema of the kind says (`GET /admin/jobs/kinds`), at most 65 536 bytes of JSON.",
    ),
    code(
        "jobs.concurrency_invalid",
        400,
        "Concurrency not valid",
        "`concurrency` is 1 to 10 000, or null for no limit.",
    ),
    code("jobs.count_invalid", 400, "Count not valid", "`count` is 1 to 100."),
    code(
        "jobs.cron_invalid",
        400,
        "Pattern not valid",
        "`cron` has five fields (minute, hour, day of the month, month, day of the week), or is @hourly, @daily, @weekly, @monthly or @yearly, and comes to pass.",
    ),
    code(
        "jobs.duplicate",
        409,
        "Job exists",
        "A job of this kind with this `unique_key` has not ended; `detail` names it.",
    ),
    code(
        "jobs.invalid",
        400,
        "Request has faults",
        "Each entry of `errors` names a field, a code and what is wrong with it.",
    ),
    code("jobs.kind_unknown", 400, "Kind unknown", "`kind` is one of `GET /admin/jobs/kinds`."),
    code("jobs.limit_invalid", 400, "Limit not valid", "`limit` is 1 to 1000."),
    code("jobs.missed_unknown", 400, "Policy unknown", "`missed` is skip, last or all."),
    code("jobs.not_found", 404, "No such job", "It does not exist, or was pruned."),
    code("jobs.overlap_unknown", 400, "Policy unknown", "`overlap` is skip, queue or allow."),
    code(
        "jobs.priority_unknown",
        400,
        "Priority unknown",
        "`priority` is low, normal, high or urgent.",
    ),
    code("jobs.queue_not_found", 404, "No such queue", "No kind of this program uses the queue."),
    code(
        "jobs.run_at_invalid",
        400,
        "Time not valid",
        "Times are RFC 3339, such as 2026-02-01T09:30:00Z.",
    ),
    code(
        "jobs.schedule_not_found",
        404,
        "No such schedule",
        "`GET /admin/schedules` lists those that exist; the kinds of the program bring them.",
    ),
    code(
        "jobs.stale",
        412,
        "Changed meanwhile",
        "`If-Match` names an old version; `current` is the queue or the schedule as it is now.",
    ),
    code(
        "jobs.state",
        409,
        "State does not allow it",
        "Only dead and cancelled jobs can be retried, and only jobs that have not ended cancelled.",
    ),
    code("jobs.state_unknown", 400, "State unknown", "`state` is one of the states of a job."),
    code("jobs.unique_key_empty", 400, "Key empty", "A key has 1 to 200 characters."),
    code("jobs.unique_key_too_long", 400, "Key too long", "A key has 1 to 200 characters."),
    code(
        "jobs.zone_unknown",
        400,
        "Zone unknown",
        "`zone` is a zone of the IANA database, such as Europe/Paris or UTC.",
    ),
];
