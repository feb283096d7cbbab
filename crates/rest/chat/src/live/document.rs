//! The socket of the chat as the AsyncAPI document describes it.

use rest::asyncapi::{Channel, FrameType};
use serde_json::{Value, json};
use socket::{
    answer::{Pong, Refusal},
    schema::{answer, request},
};

use super::wire;

/// The socket of the chat.
pub(crate) const CHANNEL: Channel = Channel {
    name: "chat",
    path: "/chat/ws",
    about: "Rooms and direct messages, and what else concerns the person. Credentials: the header Authorization, the \
        sub-protocol \"bearer\" with the token behind it, ?ticket= from POST /auth/ticket, or ?token=. Who comes back after \
        a break names the last place of each room in `join` and gets exactly what was missed, or hears that this cannot \
        be proven (`recovered`: false).\n\nA frame may have an `id`, which its answer repeats; a message that is sent again \
        with its `id` is stored once. Entries of a room's log have a `seq`, which grows by one without a gap. Frames have \
        at most 32 KiB, and there are at most 50 in a second. The server pings every 30 s.\n\nThe socket is closed with \
        1001 when the server stops, 1012 after a restore of the database, 1013 when the client reads too slowly: come \
        back with jitter and resume. 4401: the credentials ended, refresh them once. 4403: the account is suspended, \
        stop. 4408: no pong came. 4429: too many sockets of one person (10).",
    receives: RECEIVES,
    sends: SENDS,
};

fn room() -> Value {
    json!({"type": ["integer", "string"], "description": "The number or the name of a room"})
}

fn person() -> Value {
    json!({"type": "integer", "minimum": 1, "description": "The account of the other person"})
}

fn place() -> Value {
    let number = json!({"type": "integer"});
    json!({
        "type": "object",
        "description": "The last entry that the client has",
        "properties": {"epoch": number, "seq": number},
        "required": ["epoch", "seq"],
    })
}

fn content() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": 4000, "description": "What it says"})
}

fn message(kind: &str, target: &str, of: Value) -> Value {
    let mut fields = json!({
        "content": content(),
        "reply_to": {"type": "integer", "description": "The number of a message in the room"},
        "attachments": {"type": "array", "items": {"type": "integer"}, "maxItems": 10, "description": "Own files"},
    });
    if let Some(fields) = fields.as_object_mut() {
        fields.insert(target.to_owned(), of);
    }
    request(kind, &fields, &[target, "content"])
}

fn history(kind: &str, target: &str, of: Value) -> Value {
    let mut fields = json!({
        "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50, "description": "Messages of the page"},
        "before": {"type": ["integer", "string"], "description": "The number of a message, or a time (RFC 3339)"},
    });
    if let Some(fields) = fields.as_object_mut() {
        fields.insert(target.to_owned(), of);
    }
    request(kind, &fields, &[target])
}

fn join() -> Value {
    let many = json!({
        "type": "array",
        "maxItems": 500,
        "description": "Several rooms, each with the last entry that the client has",
        "items": {"type": "object", "properties": {
            "room": room(), "epoch": {"type": "integer"}, "seq": {"type": "integer"},
        }, "required": ["room"]},
    });
    request("join", &json!({"room": room(), "after": place(), "rooms": many}), &[])
}

const RECEIVES: &[FrameType] = &[
    FrameType {
        name: "join",
        about: "Listen to a room, behind a place. Who is not in a public room comes into it. \"*\" stands for all rooms that one is in.",
        schema: join,
        example: r#"{"type": "join", "room": "general", "after": {"epoch": 1, "seq": 1007}, "id": "j1"}"#,
    },
    FrameType {
        name: "leave",
        about: "Listen to a room no more. One stays a member of it.",
        schema: || request("leave", &json!({"room": room()}), &["room"]),
        example: r#"{"type": "leave", "room": "general", "id": "l1"}"#,
    },
    FrameType {
        name: "message",
        about: "Send a message to a room that one is in.",
        schema: || message("message", "room", room()),
        example: r#"{"type": "message", "room": "general", "content": "Hello", "id": "c-81"}"#,
    },
    FrameType {
        name: "dm",
        about: "Send a message to one person.",
        schema: || message("dm", "to", person()),
        example: r#"{"type": "dm", "to": 2, "content": "Hello", "id": "c-82"}"#,
    },
    FrameType {
        name: "room_history",
        about: "Read a page of what was said in a room.",
        schema: || history("room_history", "room", room()),
        example: r#"{"type": "room_history", "room": "general", "limit": 50, "before": 941, "id": "h1"}"#,
    },
    FrameType {
        name: "dm_history",
        about: "Read a page of what was said between two people.",
        schema: || history("dm_history", "with", person()),
        example: r#"{"type": "dm_history", "with": 2, "limit": 50, "id": "h2"}"#,
    },
    FrameType {
        name: "typing",
        about: "Say that one writes; every three seconds at most counts.",
        schema: || request("typing", &json!({"room": room(), "to": person()}), &[]),
        example: r#"{"type": "typing", "room": "general"}"#,
    },
    FrameType {
        name: "read",
        about: "Say that one has read a room up to a message.",
        schema: || {
            let number = json!({"type": "integer", "minimum": 0, "description": "The number of the message"});
            request("read", &json!({"room": room(), "number": number}), &["room", "number"])
        },
        example: r#"{"type": "read", "room": "general", "number": 1, "id": "r1"}"#,
    },
    FrameType {
        name: "ping",
        about: "Ask for an answer.",
        schema: || request("ping", &json!({}), &[]),
        example: r#"{"type": "ping", "id": "p1"}"#,
    },
];

const SENDS: &[FrameType] = &[
    FrameType {
        name: "joined",
        about: "The socket listens to a room. What was missed follows as usual frames, if it was recovered.",
        schema: || answer::<wire::Joined<'_>>("joined"),
        example: r#"{"type": "joined", "id": "j1", "data": {"room": "general", "room_id": 12, "status": "ok", "epoch": 1, "seq": 1012, "number": 940, "read_number": 933, "recovered": true, "from": 1008}}"#,
    },
    FrameType {
        name: "left",
        about: "The socket listens to a room no more.",
        schema: || answer::<wire::Left>("left"),
        example: r#"{"type": "left", "data": {"room_id": 12, "status": "ok", "reason": "removed"}}"#,
    },
    FrameType {
        name: "message",
        about: "A message of a room. Only the one who sent it gets its `id`.",
        schema: || answer::<wire::Message<'_>>("message"),
        example: r#"{"type": "message", "id": "c-81", "data": {"room": "general", "room_id": 12, "seq": 1013, "number": 941, "message_id": 5523, "from": 1, "username": "ada", "content": "Hello", "timestamp": "2026-11-24T09:30:00Z"}}"#,
    },
    FrameType {
        name: "dm",
        about: "A message between two people, who need not join their room.",
        schema: || answer::<wire::Message<'_>>("dm"),
        example: r#"{"type": "dm", "data": {"room_id": 13, "seq": 1, "number": 1, "message_id": 5524, "from": 1, "to": 2, "username": "ada", "content": "Hello", "timestamp": "2026-11-24T09:31:00Z"}}"#,
    },
    FrameType {
        name: "message_edited",
        about: "A message says something else.",
        schema: || answer::<wire::Edited<'_>>("message_edited"),
        example: r#"{"type": "message_edited", "data": {"room_id": 12, "seq": 1014, "message_id": 5523, "number": 941, "content": "Hello all", "edited_at": "2026-11-24T09:32:00Z"}}"#,
    },
    FrameType {
        name: "message_deleted",
        about: "A message was deleted. Its number stays.",
        schema: || answer::<wire::Deleted>("message_deleted"),
        example: r#"{"type": "message_deleted", "data": {"room_id": 12, "seq": 1015, "message_id": 5523, "number": 941}}"#,
    },
    FrameType {
        name: "reaction",
        about: "Someone reacted to a message, or took a reaction back.",
        schema: || answer::<wire::Reaction<'_>>("reaction"),
        example: r#"{"type": "reaction", "data": {"room_id": 12, "seq": 1016, "message_id": 5520, "number": 938, "user_id": 2, "emoji": "👍", "on": true}}"#,
    },
    FrameType {
        name: "member",
        about: "Someone came into a room, went, or has another role.",
        schema: || answer::<wire::Member<'_>>("member"),
        example: r#"{"type": "member", "data": {"room_id": 12, "seq": 1017, "user_id": 3, "username": "eve", "change": "joined"}}"#,
    },
    FrameType {
        name: "room",
        about: "A room changed.",
        schema: || answer::<wire::Room<'_>>("room"),
        example: r#"{"type": "room", "data": {"room": "general", "room_id": 12, "seq": 1018, "description": "What concerns everyone", "is_private": false, "slow_mode_seconds": 0, "retention_days": null}}"#,
    },
    FrameType {
        name: "history",
        about: "A page of the past, the oldest message first.",
        schema: || answer::<wire::History<'_>>("history"),
        example: r#"{"type": "history", "id": "h1", "data": {"room": "general", "messages": [], "more": false}}"#,
    },
    FrameType {
        name: "typing",
        about: "Someone writes. Not sent in rooms with more listeners than `chat.presence_max` (100).",
        schema: || answer::<wire::Typing>("typing"),
        example: r#"{"type": "typing", "data": {"room_id": 12, "user_id": 1}}"#,
    },
    FrameType {
        name: "read",
        about: "Someone has read a room up to a message. Not sent in rooms with more listeners than `chat.presence_max` (100).",
        schema: || answer::<wire::Read>("read"),
        example: r#"{"type": "read", "data": {"room_id": 12, "user_id": 1, "number": 941}}"#,
    },
    FrameType {
        name: "presence",
        about: "Who of a room is online, when that has changed; every five seconds at most.",
        schema: || answer::<wire::Presence>("presence"),
        example: r#"{"type": "presence", "data": {"room_id": 12, "online": 2, "users": [1, 2]}}"#,
    },
    FrameType {
        name: "task",
        about: "Something happened to a task that the person owns or is to do.",
        schema: || answer::<wire::Happened>("task"),
        example: r#"{"type": "task", "data": {"id": 77, "type": "task.deleted.v1", "occurred_at": "2026-11-24T09:33:00Z", "actor_id": 1, "data": {}}}"#,
    },
    FrameType {
        name: "notification",
        about: "Something happened in the person's inbox.",
        schema: || answer::<wire::Happened>("notification"),
        example: r#"{"type": "notification", "data": {"id": 78, "type": "notification.created.v1", "occurred_at": "2026-11-24T09:33:00Z", "actor_id": null, "data": {}}}"#,
    },
    FrameType {
        name: "pong",
        about: "The answer to a ping.",
        schema: || answer::<Pong>("pong"),
        example: r#"{"type": "pong", "id": "p1", "data": {"timestamp": "2026-11-24T09:34:00Z"}}"#,
    },
    FrameType {
        name: "error",
        about: "A frame was refused. The socket stays open.",
        schema: || answer::<Refusal<'_>>("error"),
        example: r#"{"type": "error", "id": "c-83", "data": {"code": "chat.room_not_found", "status": 404, "message": "Room not found"}}"#,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::commands;

    #[test]
    fn examples_are_frames_of_their_type() {
        for frame in RECEIVES {
            let read = commands::read(frame.example);
            assert!(read.is_ok(), "{}", frame.example);
        }
        for frame in RECEIVES.iter().chain(SENDS) {
            let example: Value = serde_json::from_str(frame.example).unwrap();
            let schema = (frame.schema)();
            assert_eq!(example["type"], frame.name);
            assert_eq!(schema["properties"]["type"]["const"], frame.name);
            // Every field of the example is one that the schema has.
            let known = |schema: &Value, value: &Value| {
                for name in value.as_object().unwrap().keys() {
                    assert!(!schema["properties"][name].is_null(), "{}: {name}", frame.name);
                }
            };
            known(&schema, &example);
            if let Some(data) = example.get("data") {
                known(&schema["properties"]["data"], data);
            }
            assert!(!schema.to_string().contains("$ref"), "{}", frame.name);
        }
    }

    #[test]
    fn every_type_that_is_read_is_described() {
        for frame in RECEIVES {
            let fields = (frame.schema)();
            for name in fields["properties"].as_object().unwrap().keys() {
                assert!(!name.is_empty());
            }
        }
        let unknown = commands::read(r#"{"type": "presence"}"#);
        assert!(unknown.is_err_and(|problem| problem.code() == "chat.type_unknown"));
    }
}
