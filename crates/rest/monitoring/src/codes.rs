//! The codes of monitoring.

use rest::codes::{Code, code};

/// In alphabetical order.
pub const CODES: &[Code] = &[
    code(
        "monitoring.alert_not_found",
        404,
        "No such alert",
        "It does not exist, or was resolved more than 90 days ago.",
    ),
    code(
        "monitoring.alert_resolved",
        409,
        "Alert is resolved",
        "Only alerts that are pending or firing can be acknowledged and silenced.",
    ),
    code(
        "monitoring.clear_invalid",
        400,
        "Clear beyond the threshold",
        "`clear` is at most `threshold` where the condition is above, and at least that where it is below.",
    ),
    code(
        "monitoring.condition_unknown",
        400,
        "Condition unknown",
        "`condition` is above, below or anomaly.",
    ),
    code("monitoring.format_unknown", 400, "Format unknown", "`format` is csv or json."),
    code("monitoring.name_empty", 400, "Name empty", "A name has 1 to 100 characters."),
    code("monitoring.name_too_long", 400, "Name too long", "A name has 1 to 100 characters."),
    code("monitoring.number_invalid", 400, "Number not valid", "It is a finite number."),
    code(
        "monitoring.range_invalid",
        400,
        "Stretch not valid",
        "`from` is before `to`; both are RFC 3339 times, or milliseconds since 1970.",
    ),
    code(
        "monitoring.rule_not_found",
        404,
        "No such rule",
        "`GET /monitoring/rules` lists those that exist.",
    ),
    code(
        "monitoring.seconds_invalid",
        400,
        "Time not valid",
        "Times are whole seconds, at most 604 800 (a week); `repeat_seconds` is at least 60.",
    ),
    code(
        "monitoring.series_invalid",
        400,
        "Series not valid",
        "A series is a name such as cpu.total; cpu.* are all of a kind, and * are all. At most 20 may be named.",
    ),
    code(
        "monitoring.severity_unknown",
        400,
        "Severity unknown",
        "`severity` is info, warning or critical.",
    ),
    code(
        "monitoring.stale",
        412,
        "Rule changed meanwhile",
        "`If-Match` names an old version; `current` is the rule as it is now.",
    ),
    code(
        "monitoring.state_unknown",
        400,
        "State unknown",
        "`state` is pending, firing or resolved.",
    ),
    code("monitoring.step_invalid", 400, "Step not valid", "`step` is 1 to 31 536 000 seconds."),
    code(
        "monitoring.too_many_rules",
        409,
        "Too many rules",
        "There are at most 100 rules; a pattern such as cpu.* covers many series.",
    ),
    code(
        "monitoring.until_invalid",
        400,
        "Time not valid",
        "`until` is an RFC 3339 time in the future, and within a year.",
    ),
];
