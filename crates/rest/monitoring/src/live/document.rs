//! The socket of monitoring as the AsyncAPI document describes it.

use kernel::event_type::inline_schema_of;
use monitoring::events::AlertSnapshot;
use rest::asyncapi::{Channel, FrameType};
use serde_json::{Value, json};
use socket::{
    answer::{Pong, Refusal},
    schema,
};

/// The socket of monitoring.
pub(crate) const CHANNEL: Channel = Channel {
    name: "monitoring",
    path: "/monitoring/ws",
    about: "What is measured, as it is measured, with alerts and anomalies. Needs monitoring:read. Credentials: the header \
        Authorization, the sub-protocol \"bearer\" with the token behind it, ?ticket= from POST /auth/ticket, or \
        ?token=.\n\nThe client names the series that it wants to see. With `since` it gets first what the server that it is \
        connected to measured from then on, at most the last hour; from then on a sample of each replica every few \
        seconds. For a client that reads slowly the newest sample replaces those that it has not read. A value that was \
        not measured is left out.\n\nA frame may have an `id`, which its answer repeats. Frames have at most 32 KiB, and \
        there are at most 50 in a second. The server pings every 30 s.\n\nThe socket is closed with 1001 when the server \
        stops, 1013 when alerts were missed: come back with jitter. 4401: the credentials ended, refresh them once. 4403: \
        the account is suspended, stop. 4408: no pong came. 4429: too many sockets of one person.",
    receives: RECEIVES,
    sends: SENDS,
};

fn text(about: &str) -> Value {
    json!({"type": "string", "description": about})
}

fn number(about: &str) -> Value {
    json!({"type": "number", "description": about})
}

fn at() -> Value {
    json!({"type": "integer", "description": "When, in milliseconds since 1970"})
}

/// A frame of the server whose data has these fields.
fn answer(kind: &str, data: Value, required: &[&str]) -> Value {
    let data = json!({"type": "object", "properties": data, "required": required});
    schema::answer_with(kind, data)
}

const RECEIVES: &[FrameType] = &[
    FrameType {
        name: "subscribe",
        about: "See these series, instead of those named before. The answer is `subscribed` or `error`.",
        schema: || {
            let series = json!({
                "type": "array",
                "items": {"type": "string"},
                "minItems": 1,
                "maxItems": 20,
                "description": "Names (cpu.total), all of a kind (cpu.*) or all (*)",
            });
            let since = json!({"type": "integer", "description": "First what was measured from then on, in milliseconds since 1970"});
            schema::request("subscribe", &json!({"series": series, "since": since}), &["series"])
        },
        example: r#"{"type": "subscribe", "series": ["cpu.*", "memory.used"], "since": 1795600800000, "id": "s1"}"#,
    },
    FrameType {
        name: "ping",
        about: "Ask for a `pong`.",
        schema: || schema::request("ping", &json!({}), &[]),
        example: r#"{"type": "ping", "id": "p1"}"#,
    },
];

const SENDS: &[FrameType] = &[
    FrameType {
        name: "subscribed",
        about: "From here on the socket sees these series.",
        schema: || {
            let series = json!({
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"name": text("Its name"), "unit": text("What its numbers are")},
                    "required": ["name", "unit"],
                },
            });
            let interval = json!({"type": "integer", "description": "From one sample to the next, in milliseconds"});
            answer(
                "subscribed",
                json!({"series": series, "interval_ms": interval}),
                &["series", "interval_ms"],
            )
        },
        example: r#"{"type": "subscribed", "id": "s1", "data": {"series": [{"name": "cpu.total", "unit": "percent"}], "interval_ms": 5000}}"#,
    },
    FrameType {
        name: "sample",
        about: "What a replica measured.",
        schema: || {
            let values = json!({
                "type": "object",
                "additionalProperties": {"type": "number"},
                "description": "The values, by the name of the series",
            });
            let data = json!({"at": at(), "replica": text("The replica"), "v": values});
            answer("sample", data, &["at", "replica", "v"])
        },
        example: r#"{"type": "sample", "data": {"at": 1795600805000, "replica": "node-1:8080", "v": {"cpu.total": 41.2}}}"#,
    },
    FrameType {
        name: "alert",
        about: "Something happened to an alert.",
        schema: || {
            let events = ["fired", "repeated", "resolved", "flapping", "acknowledged", "silenced"];
            let data = json!({
                "event": {"type": "string", "enum": events, "description": "What happened"},
                "at": {"type": "string", "format": "date-time", "description": "When (RFC 3339)"},
                "alert": inline_schema_of::<AlertSnapshot>(),
            });
            answer("alert", data, &["event", "at", "alert"])
        },
        example: r#"{"type": "alert", "data": {"event": "fired", "at": "2026-11-25T08:05:00Z", "alert": {}}}"#,
    },
    FrameType {
        name: "anomaly",
        about: "A series is far from what is usual for the hour of the week, or no longer.",
        schema: || {
            let usual = json!({
                "type": "object",
                "properties": {
                    "median": number("The median"),
                    "low": number("From here on it is usual"),
                    "high": number("Up to here"),
                },
                "required": ["median", "low", "high"],
            });
            let data = json!({
                "at": at(),
                "replica": text("The replica"),
                "series": text("The series"),
                "state": {"type": "string", "enum": ["begins", "ends"], "description": "Whether it begins or ends"},
                "value": number("The mean of the last minute"),
                "usual": usual,
            });
            answer("anomaly", data, &["at", "replica", "series", "state", "value", "usual"])
        },
        example: r#"{"type": "anomaly", "data": {"at": 1795600805000, "replica": "node-1:8080", "series": "cpu.total", "state": "begins", "value": 92.5, "usual": {"median": 31.0, "low": 21.0, "high": 41.0}}}"#,
    },
    FrameType {
        name: "pong",
        about: "The answer to a ping.",
        schema: || schema::answer::<Pong>("pong"),
        example: r#"{"type": "pong", "id": "p1", "data": {"timestamp": "2026-11-25T08:00:00Z"}}"#,
    },
    FrameType {
        name: "error",
        about: "A frame was refused. The socket stays open, and sees what it saw.",
        schema: || schema::answer::<Refusal<'_>>("error"),
        example: r#"{"type": "error", "id": "s2", "data": {"code": "socket.type_unknown", "status": 400, "message": "There is no such `type` of frame."}}"#,
    },
];
