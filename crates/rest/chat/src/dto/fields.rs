//! What values are read by, with the codes of their errors.

use chat::{
    ChatError,
    log::Place,
    query::{Before, RoomFilter, Scope},
    values::{
        ClientId, Content, Emoji, FileId, MemberRole, MemberState, Notify, Retention,
        RoomDescription, RoomKind, RoomName, RoomNameError, RoomRef, SlowMode,
    },
};
use kernel::{Epoch, Timestamp, UserId};
use rest::{
    call::Call,
    fields::{Misread, Reason, TextCodes},
    problem::Problem,
    query::Query,
};
use serde_json::Value;

use crate::Failure;

/// Rows of one page of the past, at most.
const PAST_MAX: u32 = 100;
/// Rows of one page of the past that names no limit.
const PAST: u32 = 50;

const NAME: TextCodes = TextCodes { empty: "chat.name_invalid", too_long: "chat.name_invalid" };
const DESCRIPTION: TextCodes =
    TextCodes { empty: "chat.description_too_long", too_long: "chat.description_too_long" };
const CONTENT: TextCodes =
    TextCodes { empty: "chat.content_length", too_long: "chat.content_length" };
const CLIENT_ID: TextCodes =
    TextCodes { empty: "chat.client_id_invalid", too_long: "chat.client_id_invalid" };

pub(crate) fn name(raw: &str) -> Result<RoomName, Reason> {
    RoomName::parse(raw).map_err(|error| match error {
        RoomNameError::Text(error) => NAME.reason(error),
        error => ("chat.name_invalid", error.to_string()),
    })
}

pub(crate) fn description(raw: &str) -> Result<RoomDescription, Reason> {
    RoomDescription::parse(raw).map_err(|error| DESCRIPTION.reason(error))
}

pub(crate) fn content(raw: &str) -> Result<Content, Reason> {
    Content::parse(raw).map_err(|error| CONTENT.reason(error))
}

pub(crate) fn client_id(raw: &str) -> Result<ClientId, Reason> {
    ClientId::parse(raw).map_err(|error| CLIENT_ID.reason(error))
}

pub(crate) fn slow_mode(raw: i64) -> Result<SlowMode, Reason> {
    SlowMode::parse(raw).map_err(|error| ("chat.slow_mode_invalid", error.to_string()))
}

pub(crate) fn retention(raw: i64) -> Result<Retention, Reason> {
    Retention::parse(raw).map_err(|error| ("chat.retention_invalid", error.to_string()))
}

pub(crate) fn boolean(value: Value) -> Result<bool, Misread> {
    value.as_bool().ok_or(Misread::Type("a boolean", value))
}

pub(crate) fn user(raw: i64) -> Result<UserId, Reason> {
    UserId::parse(raw).map_err(|error| ("id.invalid", error.to_string()))
}

pub(crate) fn number(raw: i64) -> Result<i64, Reason> {
    if raw >= 0 { Ok(raw) } else { Err(("chat.number_invalid", "must not be negative".to_owned())) }
}

pub(crate) fn moment(raw: &str) -> Result<Timestamp, Reason> {
    Timestamp::parse(raw).map_err(|error| ("chat.time_invalid", error.to_string()))
}

fn word(known: &[&str]) -> String {
    format!("must be one of {}", known.join(", "))
}

pub(crate) fn role(raw: &str) -> Result<MemberRole, Reason> {
    let known = || word(&MemberRole::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>());
    MemberRole::parse(raw).ok_or_else(|| ("chat.role_unknown", known()))
}

pub(crate) fn notify(raw: &str) -> Result<Notify, Reason> {
    let known = || word(&Notify::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>());
    Notify::parse(raw).ok_or_else(|| ("chat.notify_unknown", known()))
}

/// The numbers of files.
pub(crate) fn files(value: Value) -> Result<Vec<FileId>, Misread> {
    let Value::Array(items) = value else { return Err(Misread::Type("an array of files", value)) };
    if items.len() > chat::values::ATTACHMENTS_MAX {
        let most = chat::values::ATTACHMENTS_MAX;
        return Err(Misread::Reason((
            "chat.attachments_invalid",
            format!("must name at most {most} files"),
        )));
    }
    let mut files: Vec<FileId> = Vec::with_capacity(items.len());
    let mut misread = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        match item.as_i64().map(FileId::parse) {
            Some(Ok(file)) if files.contains(&file) => {
                let twice = ("chat.attachments_invalid", "is named twice".to_owned());
                misread.push((index, Misread::Reason(twice)));
            }
            Some(Ok(file)) => files.push(file),
            Some(Err(error)) => {
                misread.push((index, Misread::Reason(("id.invalid", error.to_string()))));
            }
            None => misread.push((index, Misread::Type("a whole number", item))),
        }
    }
    if misread.is_empty() { Ok(files) } else { Err(Misread::Items(misread)) }
}

/// The room of a path, by number or name.
pub fn room(call: &Call) -> Result<RoomRef, Failure> {
    // The router leaves this one escape as it is.
    let raw = call.segment("room").replace("%25", "%");
    RoomRef::parse(&raw).ok_or(ChatError::RoomNotFound).map_err(Failure::from)
}

/// The reaction of a path.
pub fn emoji(call: &Call) -> Result<Emoji, Problem> {
    let raw = call.segment("emoji");
    Emoji::parse(raw).map_err(|error| Problem::field("emoji", "chat.emoji_invalid", error))
}

/// Which rooms a list shows.
pub fn room_filter(query: &mut Query, caller: UserId) -> RoomFilter {
    let mine = query.optional("mine", |raw| {
        raw.parse::<bool>().map_err(|_| ("request.value", "must be true or false".to_owned()))
    });
    let kind = query.optional("kind", |raw| match raw {
        "public" => Ok(RoomKind::Public),
        "private" => Ok(RoomKind::Private),
        _ => Err(("chat.kind_unknown", word(&["public", "private"]))),
    });
    let name_begins = query.optional("q", |raw| {
        let words: Vec<&str> = raw.split_whitespace().collect();
        Ok(words.join(" ").to_lowercase())
    });
    let scope = if mine == Some(true) { Scope::Of(caller) } else { Scope::VisibleTo(caller) };
    RoomFilter { scope, kind, name_begins: name_begins.filter(|text| !text.is_empty()) }
}

/// In which state the members of a list are.
pub fn state(query: &mut Query) -> MemberState {
    let parse = |raw: &str| match raw {
        "joined" => Ok(MemberState::Joined),
        "banned" => Ok(MemberState::Banned),
        _ => Err(("chat.state_unknown", word(&["joined", "banned"]))),
    };
    query.optional("state", parse).unwrap_or(MemberState::Joined)
}

/// How many rows.
pub fn limit(query: &mut Query) -> u32 {
    let limit = query.optional("limit", |raw| {
        let limit = raw.parse::<u32>().ok().filter(|limit| (1..=PAST_MAX).contains(limit));
        limit.ok_or_else(|| ("page.limit_invalid", format!("must be 1 to {PAST_MAX}")))
    });
    limit.unwrap_or(PAST)
}

/// Before what a page of the past ends: a number, or a time.
pub fn before(query: &mut Query) -> Option<Before> {
    query.optional("before", moment_or_number)
}

/// Judges before what a page of the past ends.
pub(crate) fn moment_or_number(raw: &str) -> Result<Before, Reason> {
    let message = || "must be the number of a message, or a time".to_owned();
    Before::parse(raw).ok_or_else(|| ("chat.before_invalid", message()))
}

/// A place in a log as texts have it: `epoch:seq`.
pub fn place_text(place: Place) -> String {
    format!("{}:{}", place.epoch.number(), place.seq)
}

/// Reads it.
pub fn place(raw: &str) -> Result<Place, Reason> {
    let parse = |raw: &str| {
        let (epoch, seq) = raw.split_once(':')?;
        let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number >= 0);
        Some(Place { epoch: Epoch::from_number(number(epoch)?), seq: number(seq)? })
    };
    let message = "must be a place in the log, such as 1:42".to_owned();
    parse(raw).ok_or(("chat.place_invalid", message))
}
