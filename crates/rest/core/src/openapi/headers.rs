//! The headers of answers, each described once.

use serde_json::{Map, Value, json};

/// What every answer carries. It is said here, and not again with every answer.
pub(super) const COMMON: &str = "Every answer carries `X-Request-Id`, which the log has, too. Answers of operations whose calls are \
     counted also carry `RateLimit-Policy`, `RateLimit` and `X-RateLimit-Limit`, `-Remaining` and `-Reset`.";

/// The headers that say how many calls are left.
pub(super) const QUOTA: [&str; 5] = [
    "RateLimit-Policy",
    "RateLimit",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
];

const ALL: [(&str, &str, &str); 13] = [
    ("ETag", "string", "The version of the representation"),
    ("Idempotency-Replayed", "string", "`true` when this answer was given before"),
    ("Link", "string", "The pages `first`, `prev`, `next` and `last` (RFC 8288)"),
    ("Location", "string", "The address of what was made, or where to go on"),
    ("RateLimit", "string", "What is left of the quota (draft-ietf-httpapi-ratelimit-headers)"),
    ("RateLimit-Policy", "string", "The quota that applies"),
    ("Retry-After", "integer", "Seconds to wait"),
    ("WWW-Authenticate", "string", "`Bearer`"),
    (
        "X-Feed-Cursor",
        "string",
        "Where to follow events so that no change is missed that the list lacks: a `Last-Event-ID`",
    ),
    ("X-RateLimit-Limit", "integer", "Calls that the quota allows"),
    ("X-RateLimit-Remaining", "integer", "Calls that are left of it"),
    ("X-RateLimit-Reset", "integer", "Seconds until the quota is whole again"),
    ("X-Request-Id", "string", "The request's id, as in the log"),
];

/// The name of a header's component.
fn component(header: &str) -> String {
    header.replace('-', "")
}

/// The components below `components/headers`, of those that the document refers to.
pub(super) fn components(used: impl Fn(&str) -> bool) -> Map<String, Value> {
    ALL.iter()
        .filter(|(name, ..)| used(&component(name)))
        .map(|(name, kind, description)| {
            let header = json!({"description": description, "schema": {"type": kind}});
            (component(name), header)
        })
        .collect()
}

/// Adds headers to an answer; one that the handler described stays.
pub(super) fn add<'a>(response: &mut Value, names: impl IntoIterator<Item = &'a str>) {
    for name in names {
        let header = &mut response["headers"][name];
        if header.is_null() {
            let reference = format!("#/components/headers/{}", component(name));
            *header = json!({"$ref": reference});
        }
    }
}
