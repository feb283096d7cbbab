//! The socket of events as the AsyncAPI document describes it.

use rest::asyncapi::{Channel, FrameType};
use serde_json::{Value, json};

use crate::{
    answer::{Pong, Refusal},
    schema::{self, request},
};

/// The socket of events.
pub(crate) const CHANNEL: Channel = Channel {
    name: "events",
    path: "/ws",
    about: "Everything that GET /events shows, of the topics that the client names: kinds (task), types (task.*, \
        task.completed.v1) and resources (task:42). Credentials: the header Authorization, the sub-protocol \"bearer\" with \
        the token behind it, ?ticket= from POST /auth/ticket, or ?token=.\n\nA socket has one place in the feed. The first \
        `subscribe` begins at the end of the feed, or behind `after`; later ones add topics from where the socket is, or \
        move all of it behind `after`. Each event has the cursor behind it. Who comes back after a break subscribes to \
        the same topics `after` the last cursor and gets exactly what was missed, or a `reset`: then the socket follows \
        nothing any more, and the client reads the state anew.\n\nA frame may have an `id`, which its answer repeats. \
        Frames have at most 32 KiB, and there are at most 50 in a second. The server pings every 30 s.\n\nThe socket is \
        closed with 1001 when the server stops, 1011 when the feed cannot be read, 1013 when the client reads too slowly: \
        come back with jitter and resume. 4401: the credentials ended, refresh them once. 4403: the account is \
        suspended, stop. 4408: no pong came. 4429: too many sockets of one person.",
    receives: RECEIVES,
    sends: SENDS,
};

/// A list of topics.
fn topics() -> Value {
    json!({
        "type": "array",
        "items": {"type": "string"},
        "maxItems": 100,
        "description": "Kinds (task), types of events (task.*, task.completed.v1) and resources (task:42)",
    })
}

fn cursor(about: &str) -> Value {
    json!({"type": ["string", "null"], "description": about})
}

/// A frame of the server, whose data have these fields.
fn answer(kind: &str, data: &Value, required: &[&str]) -> Value {
    schema::answer_with(kind, json!({"type": "object", "properties": data, "required": required}))
}

fn following(kind: &str) -> Value {
    let about = "The place that the socket goes on from; null when it follows nothing";
    answer(kind, &json!({"topics": topics(), "cursor": cursor(about)}), &["topics", "cursor"])
}

const RECEIVES: &[FrameType] = &[
    FrameType {
        name: "subscribe",
        about: "Follow these topics, too. The answer is `subscribed`, `reset` or `error`.",
        schema: || {
            let after = cursor("Go on behind this cursor; without it, from where the socket is");
            request("subscribe", &json!({"topics": topics(), "after": after}), &["topics"])
        },
        example: r#"{"type": "subscribe", "topics": ["task:42", "notification"], "after": "18f2c7a.1042", "id": "s1"}"#,
    },
    FrameType {
        name: "unsubscribe",
        about: "Follow these topics no more. The answer is `unsubscribed`.",
        schema: || request("unsubscribe", &json!({"topics": topics()}), &["topics"]),
        example: r#"{"type": "unsubscribe", "topics": ["task:42"], "id": "u1"}"#,
    },
    FrameType {
        name: "ping",
        about: "Ask for a `pong`.",
        schema: || request("ping", &json!({}), &[]),
        example: r#"{"type": "ping", "id": "p1"}"#,
    },
];

const SENDS: &[FrameType] = &[
    FrameType {
        name: "subscribed",
        about: "From here on the socket follows these topics: all that it has.",
        schema: || following("subscribed"),
        example: r#"{"type": "subscribed", "id": "s1", "data": {"topics": ["task:42", "notification"], "cursor": "18f2c7a.1042"}}"#,
    },
    FrameType {
        name: "unsubscribed",
        about: "The socket follows the remaining topics.",
        schema: || following("unsubscribed"),
        example: r#"{"type": "unsubscribed", "id": "u1", "data": {"topics": ["notification"], "cursor": "18f2c7a.1042"}}"#,
    },
    FrameType {
        name: "event",
        about: "Something happened that the caller may see.",
        schema: || {
            let data = json!({
                "id": {"type": "integer", "description": "The place in the feed"},
                "type": {"type": "string", "description": "The type of the event"},
                "occurred_at": {"type": "string", "format": "date-time", "description": "When (RFC 3339)"},
                "actor_id": {"type": ["integer", "null"], "description": "The account that did it; null for background work"},
                "data": {"type": "object", "description": "What it happened to; its schema is that of the type"},
            });
            let all = ["id", "type", "occurred_at", "actor_id", "data"];
            json!({
                "type": "object",
                "properties": {
                    "type": {"const": "event"},
                    "data": {"type": "object", "properties": data, "required": all},
                    "cursor": cursor("The place behind the event: resume `after` it"),
                },
                "required": ["type", "data", "cursor"],
            })
        },
        example: r#"{"type": "event", "data": {"id": 1043, "type": "task.completed.v1", "occurred_at": "2026-11-24T09:33:00Z", "actor_id": 1, "data": {}}, "cursor": "18f2c7a.1043"}"#,
    },
    FrameType {
        name: "reset",
        about: "Events behind the cursor are missing. The socket follows nothing any more: read the state anew, and subscribe.",
        schema: || {
            let data = json!({
                "code": {"type": "string", "description": "Why; see the problem codes of the API"},
                "oldest": cursor("Every event that is kept follows behind it"),
                "head": cursor("Only new events follow behind it"),
            });
            answer("reset", &data, &["code", "oldest", "head"])
        },
        example: r#"{"type": "reset", "id": "s1", "data": {"code": "events.cursor_expired", "oldest": "18f2c7a.900", "head": "18f2c7a.1043"}}"#,
    },
    FrameType {
        name: "pong",
        about: "The answer to a ping.",
        schema: || schema::answer::<Pong>("pong"),
        example: r#"{"type": "pong", "id": "p1", "data": {"timestamp": "2026-11-24T09:34:00Z"}}"#,
    },
    FrameType {
        name: "error",
        about: "A frame was refused. The socket stays open, and follows what it followed.",
        schema: || schema::answer::<Refusal<'_>>("error"),
        example: r#"{"type": "error", "id": "s2", "data": {"code": "socket.type_unknown", "status": 400, "message": "There is no such `type` of frame."}}"#,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_have_the_fields_of_their_schemas() {
        for frame in RECEIVES.iter().chain(SENDS) {
            let example: Value = serde_json::from_str(frame.example).unwrap();
            let schema = (frame.schema)();
            assert_eq!(example["type"], frame.name);
            assert_eq!(schema["properties"]["type"]["const"], frame.name);
            let known = |schema: &Value, value: &Value| {
                for name in value.as_object().unwrap().keys() {
                    assert!(!schema["properties"][name].is_null(), "{}: {name}", frame.name);
                }
                for name in schema["required"].as_array().unwrap() {
                    assert!(!value[name.as_str().unwrap()].is_null(), "{}: {name}", frame.name);
                }
            };
            known(&schema, &example);
            if let Some(data) = example.get("data") {
                known(&schema["properties"]["data"], data);
            }
        }
    }
}
