//! The frames of both sides: one JSON object each.

use kernel::{ErrorKind, FeedCursor, FeedGap, event::Envelope};
use rest::{
    events::Topic,
    fields::{Fields, string, strings},
    problem::Problem,
    state::State,
};
use serde_json::{Value, json};

use crate::{
    Frame,
    answer::{answer, frame_id, placed},
};

/// Topics of one socket.
pub(super) const MOST: usize = 100;

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

/// Reads a frame.
pub(super) fn read(text: &str, state: &State) -> Result<Request, Problem> {
    let malformed = |problem: Problem| {
        Problem::new(ErrorKind::Invalid, "socket.frame_malformed", problem.detail().to_owned())
    };
    let mut fields = Fields::parse(text.as_bytes()).map_err(malformed)?;
    let id = fields.optional("id", string(frame_id));
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
    placed("event", envelope, cursor.to_string())
}

/// Events are missing: the socket follows nothing any more.
pub(super) fn reset(gap: &FeedGap, id: Option<&str>) -> Frame {
    let (oldest, head) = (gap.oldest.to_string(), gap.head.to_string());
    answer("reset", id, json!({"code": gap.code(), "oldest": oldest, "head": head}))
}
