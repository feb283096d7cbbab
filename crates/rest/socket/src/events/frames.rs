//! The frames of both sides: one JSON object each.

use kernel::{ErrorKind, FeedCursor, FeedGap, Timestamp, event::Envelope};
use rest::{
    events::Topic,
    fields::{Fields, string, strings},
    problem::Problem,
    state::State,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::Frame;

/// Topics of one socket.
pub(super) const MOST: usize = 100;
/// Characters of what a client calls a frame.
const ID: usize = 64;

/// What a client asks for, and what it calls that.
#[derive(Debug)]
pub(super) struct Request {
    /// The client's id, which the answer repeats.
    pub(super) id: Option<String>,
    /// What it asks for.
    pub(super) command: Command,
}

/// What a client asks for.
#[derive(Debug)]
pub(super) enum Command {
    /// To follow these topics, too, and to go on behind a place.
    Subscribe(Vec<Topic>, Option<FeedCursor>),
    /// To follow them no more.
    Unsubscribe(Vec<String>),
    /// An answer.
    Ping,
}

/// The client's id of a frame that cannot be read otherwise, so that its error has it.
pub(super) fn id_of(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    value.get("id")?.as_str().and_then(|id| id_from(id).ok())
}

fn id_from(raw: &str) -> Result<String, (&'static str, String)> {
    if (1..=ID).contains(&raw.chars().count()) {
        return Ok(raw.to_owned());
    }
    Err(("socket.id_invalid", format!("must have from 1 to {ID} characters")))
}

/// Reads a frame.
pub(super) fn read(text: &str, state: &State) -> Result<Request, Problem> {
    let malformed = |problem: Problem| {
        Problem::new(ErrorKind::Invalid, "socket.frame_malformed", problem.detail().to_owned())
    };
    let mut fields = Fields::parse(text.as_bytes()).map_err(malformed)?;
    let id = fields.optional("id", string(id_from));
    let Some(Value::String(kind)) = fields.take("type") else {
        let detail = "A frame is an object with a `type`, which is a string.";
        return Err(Problem::new(ErrorKind::Invalid, "socket.frame_malformed", detail));
    };
    let command = match kind.as_str() {
        "subscribe" => {
            let topics = fields.required("topics", strings(|raw| Topic::parse(raw, state)));
            let cursor = |raw: &str| {
                raw.parse().map_err(|error| ("events.cursor_malformed", format!("{error}")))
            };
            let after: Option<FeedCursor> = fields.optional("after", string(cursor));
            if topics.as_ref().is_some_and(|topics| topics.is_empty() || topics.len() > MOST) {
                let message = format!("must have from 1 to {MOST} topics");
                fields.fault("topics", "socket.topics_count", message);
            }
            topics.map(|topics| Command::Subscribe(topics, after))
        }
        "unsubscribe" => {
            let topics = fields.required("topics", strings(|raw| Ok(raw.to_owned())));
            topics.map(Command::Unsubscribe)
        }
        "ping" => Some(Command::Ping),
        _ => {
            let detail = "There is no such `type` of frame.";
            return Err(Problem::new(ErrorKind::Invalid, "socket.type_unknown", detail));
        }
    };
    fields.finish(command).map(|command| Request { id, command })
}

/// A frame of the server.
#[derive(Serialize)]
struct Answer<'a, T> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    data: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

fn answer(kind: &str, id: Option<&str>, data: impl Serialize) -> Frame {
    Frame::json(&Answer { kind, id, data, cursor: None })
}

/// From here on the socket follows these topics; `kind` is `subscribed` or `unsubscribed`.
pub(super) fn following(
    kind: &str,
    topics: &[Topic],
    cursor: Option<FeedCursor>,
    id: Option<&str>,
) -> Frame {
    let topics: Vec<&str> = topics.iter().map(Topic::as_str).collect();
    let cursor = cursor.map(|cursor| cursor.to_string());
    answer(kind, id, json!({"topics": topics, "cursor": cursor}))
}

/// An event, as `GET /events` shows it.
pub(super) fn event(envelope: &Envelope, cursor: FeedCursor) -> Frame {
    let cursor = Some(cursor.to_string());
    Frame::json(&Answer { kind: "event", id: None, data: envelope, cursor })
}

/// Events are missing: the socket follows nothing any more.
pub(super) fn reset(gap: &FeedGap, id: Option<&str>) -> Frame {
    let (oldest, head) = (gap.oldest.to_string(), gap.head.to_string());
    answer("reset", id, json!({"code": gap.code(), "oldest": oldest, "head": head}))
}

/// The answer to a ping.
pub(super) fn pong(id: Option<&str>, now: Timestamp) -> Frame {
    answer("pong", id, json!({"timestamp": now.to_string()}))
}

/// What is wrong with one field.
#[derive(Serialize)]
struct WrongField<'a> {
    field: &'a str,
    code: &'a str,
    message: &'a str,
}

/// A frame was refused.
pub(super) fn error(problem: &Problem, id: Option<&str>) -> Frame {
    #[derive(Serialize)]
    struct Data<'a> {
        code: &'a str,
        status: u16,
        message: &'a str,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        errors: Vec<WrongField<'a>>,
    }
    let errors = problem.faults().iter().map(|fault| WrongField {
        field: &fault.field,
        code: &fault.code,
        message: &fault.message,
    });
    let data = Data {
        code: problem.code(),
        status: problem.status().as_u16(),
        message: problem.detail(),
        errors: errors.collect(),
    };
    answer("error", id, data)
}
