//! What clients send: one JSON object a frame.

use chat::{
    commands::{SendMessage, Target},
    log::Place,
    query::Before,
    values::{ClientId, RoomRef},
};
use kernel::{Epoch, ErrorKind, FieldError};
use rest::{
    fields::{Fields, Misread, integer, string},
    problem::Problem,
};
use serde_json::Value;

use crate::dto::{client_id, content, files, moment_or_number, number, user as person};

/// Rooms that one frame can name.
const ROOMS_MAX: usize = 500;
/// Messages of a page of the past, unless the client says otherwise.
const PAGE: u32 = 50;
/// The most of them.
const PAGE_MAX: i64 = 100;

/// What a client asks for, and what it calls that.
pub(super) struct Request {
    /// The client's id, which the answer repeats.
    pub(super) id: Option<ClientId>,
    /// What it asks for.
    pub(super) command: Command,
}

/// What a client asks for.
pub(super) enum Command {
    /// To listen to a room.
    Join(Vec<Wanted>),
    /// To listen to every room that the caller is in.
    JoinAll,
    /// To listen no more.
    Leave(RoomRef),
    /// To send a message.
    Send(Target, SendMessage),
    /// A page of the past.
    History { of: Target, before: Option<Before>, limit: u32 },
    /// To show that the caller writes.
    Typing(Target),
    /// To move the marker of what was read.
    Read { room: RoomRef, number: i64 },
    /// An answer.
    Ping,
}

/// A room that a client wants to listen to.
pub(super) struct Wanted {
    /// Which.
    pub(super) room: RoomRef,
    /// The last entry that the client has.
    pub(super) after: Option<Place>,
}

/// The client's id of a frame that cannot be read otherwise, so that its error has it.
pub(super) fn id_of(text: &str) -> Option<ClientId> {
    let value: Value = serde_json::from_str(text).ok()?;
    value.get("id")?.as_str().and_then(|id| ClientId::parse(id).ok())
}

/// Reads a frame.
pub(super) fn read(text: &str) -> Result<Request, Problem> {
    let malformed = |problem: Problem| {
        Problem::new(ErrorKind::Invalid, "chat.malformed", problem.detail().to_owned())
    };
    let mut fields = Fields::parse(text.as_bytes()).map_err(malformed)?;
    let id = fields.optional("id", string(client_id));
    let Some(Value::String(kind)) = fields.take("type") else {
        let detail = "A frame is an object with a `type`, which is a string.";
        return Err(Problem::new(ErrorKind::Invalid, "chat.malformed", detail));
    };
    let command = match kind.as_str() {
        "join" => join(&mut fields),
        "leave" => fields.required("room", room).map(Command::Leave),
        "message" => {
            let target = fields.required("room", room).map(Target::Room);
            send(&mut fields, target, id.as_ref())
        }
        "dm" => {
            let target = fields.required("to", integer(person)).map(Target::Person);
            send(&mut fields, target, id.as_ref())
        }
        "room_history" => {
            let of = fields.required("room", room).map(Target::Room);
            history(&mut fields, of)
        }
        "dm_history" => {
            let of = fields.required("with", integer(person)).map(Target::Person);
            history(&mut fields, of)
        }
        "typing" => typing(&mut fields).map(Command::Typing),
        "read" => {
            let of = fields.required("room", room);
            let number = fields.required("number", integer(number));
            of.zip(number).map(|(room, number)| Command::Read { room, number })
        }
        "ping" => Some(Command::Ping),
        _ => {
            let detail = "There is no such `type` of frame.";
            return Err(Problem::new(ErrorKind::Invalid, "chat.type_unknown", detail));
        }
    };
    fields.finish(command).map(|command| Request { id, command })
}

/// A room by its number or its name.
fn room(value: Value) -> Result<RoomRef, Misread> {
    let named = match &value {
        Value::String(name) => RoomRef::parse(name),
        Value::Number(id) => RoomRef::parse(&id.to_string()),
        _ => return Err(Misread::Type("the number or the name of a room", value)),
    };
    let reason = || ("chat.room_invalid", "must be the number or the name of a room".to_owned());
    named.ok_or_else(|| Misread::Reason(reason()))
}

fn send(fields: &mut Fields, target: Option<Target>, id: Option<&ClientId>) -> Option<Command> {
    let content = fields.required("content", string(content));
    let reply_to = fields.optional("reply_to", integer(number));
    let attachments = fields.optional("attachments", files).unwrap_or_default();
    let (target, content) = target.zip(content)?;
    let message = SendMessage { content, reply_to, attachments, client_id: id.cloned() };
    Some(Command::Send(target, message))
}

fn history(fields: &mut Fields, of: Option<Target>) -> Option<Command> {
    let limit = fields.optional(
        "limit",
        integer(|limit| match u32::try_from(limit) {
            Ok(count) if (1..=PAGE_MAX).contains(&limit) => Ok(count),
            _ => Err(("page.limit_invalid", format!("must be from 1 to {PAGE_MAX}"))),
        }),
    );
    let before = fields.optional("before", before);
    of.map(|of| Command::History { of, before, limit: limit.unwrap_or(PAGE) })
}

/// A time or the number of a message.
fn before(value: Value) -> Result<Before, Misread> {
    let text = match &value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(Misread::Type("a time or the number of a message", value)),
    };
    moment_or_number(&text).map_err(Misread::Reason)
}

fn typing(fields: &mut Fields) -> Option<Target> {
    let person = fields.optional("to", integer(person));
    match (fields.optional("room", room), person) {
        (Some(room), None) => Some(Target::Room(room)),
        (None, Some(person)) => Some(Target::Person(person)),
        _ => {
            fields.fault("room", "chat.typing_where", "must be given, or `to`, and not both");
            None
        }
    }
}

fn join(fields: &mut Fields) -> Option<Command> {
    let after = fields.optional("after", place);
    match (fields.take("room"), fields.take("rooms")) {
        (Some(Value::String(all)), None) if all == "*" && after.is_none() => Some(Command::JoinAll),
        (Some(value), None) => match room(value) {
            Ok(room) => Some(Command::Join(vec![Wanted { room, after }])),
            Err(_) => {
                let message = "must be the number or the name of a room, or \"*\" without `after`";
                fields.fault("room", "chat.room_invalid", message);
                None
            }
        },
        (None, Some(Value::Array(items))) if after.is_none() && items.len() <= ROOMS_MAX => {
            let mut wanted = Vec::with_capacity(items.len());
            for (index, item) in items.into_iter().enumerate() {
                match one_of(item, index) {
                    Ok(one) => wanted.push(one),
                    Err(faults) => fields.faults(faults),
                }
            }
            Some(Command::Join(wanted))
        }
        _ => {
            let message = format!(
                "must be given, or `rooms`, an array of at most {ROOMS_MAX} objects, and not both"
            );
            fields.fault("room", "chat.room_invalid", message);
            None
        }
    }
}

/// `{"epoch": 1, "seq": 88}`.
fn place(value: Value) -> Result<Place, Misread> {
    let found =
        value.get("epoch").and_then(Value::as_i64).zip(value.get("seq").and_then(Value::as_i64));
    match found {
        Some((epoch, seq)) => Ok(Place { epoch: Epoch::from_number(epoch), seq }),
        None => Err(Misread::Type("an object with the numbers `epoch` and `seq`", value)),
    }
}

/// `{"room": 12, "epoch": 1, "seq": 88}`; without a place the client has nothing yet.
fn one_of(item: Value, index: usize) -> Result<Wanted, Vec<FieldError>> {
    let mut fields =
        Fields::nested(item, format!("/rooms/{index}")).map_err(|fault| vec![fault])?;
    let room = fields.required("room", room);
    let epoch = fields.optional("epoch", integer(Ok));
    let seq = fields.optional("seq", integer(number));
    if epoch.is_some() != seq.is_some() {
        fields.fault("seq", "chat.place_invalid", "comes with `epoch`, or not at all");
    }
    let after = epoch.zip(seq).map(|(epoch, seq)| Place { epoch: Epoch::from_number(epoch), seq });
    let faults = fields.close();
    match room {
        Some(room) if faults.is_empty() => Ok(Wanted { room, after }),
        _ => Err(faults),
    }
}
