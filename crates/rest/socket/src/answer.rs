//! What every socket of JSON frames says: an object with a `type`, the `id` of the frame that it answers, and `data`.

use kernel::Timestamp;
use rest::problem::Problem;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::Frame;

/// Characters of what a client calls a frame.
const ID: usize = 64;

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

/// A frame that answers one of the client's, if there is an id.
pub fn answer(kind: &str, id: Option<&str>, data: impl Serialize) -> Frame {
    Frame::json(&Answer { kind, id, data, cursor: None })
}

/// A frame with the place behind it.
pub(crate) fn placed(kind: &str, data: impl Serialize, cursor: String) -> Frame {
    Frame::json(&Answer { kind, id: None, data, cursor: Some(cursor) })
}

/// The answer to a ping.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Pong {
    /// The time of the server (RFC 3339).
    pub timestamp: String,
}

/// The frame `pong`.
pub fn pong(id: Option<&str>, now: Timestamp) -> Frame {
    answer("pong", id, Pong { timestamp: now.to_string() })
}

/// What is wrong with one field.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FieldError<'a> {
    /// Which (RFC 6901).
    pub field: &'a str,
    /// A stable code.
    pub code: &'a str,
    /// In words that follow the field's name.
    pub message: &'a str,
}

/// A frame that was refused. The socket stays open.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Refusal<'a> {
    /// A stable code; see the problem codes of the API.
    pub code: &'a str,
    /// The status that the same request gets by HTTP.
    pub status: u16,
    /// In a sentence.
    pub message: &'a str,
    /// When to try again, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Every field that is wrong; absent without any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError<'a>>,
}

/// The frame `error`.
pub fn refusal(problem: &Problem, id: Option<&str>, retry_after_ms: Option<u64>) -> Frame {
    let errors = problem.faults().iter().map(|fault| FieldError {
        field: &fault.field,
        code: &fault.code,
        message: &fault.message,
    });
    let data = Refusal {
        code: problem.code(),
        status: problem.status().as_u16(),
        message: problem.detail(),
        retry_after_ms,
        errors: errors.collect(),
    };
    answer("error", id, data)
}

/// Reads what a client calls a frame.
///
/// # Errors
///
/// The code and the message of a fault.
pub fn frame_id(raw: &str) -> Result<String, (&'static str, String)> {
    if (1..=ID).contains(&raw.chars().count()) {
        return Ok(raw.to_owned());
    }
    Err(("socket.id_invalid", format!("must have from 1 to {ID} characters")))
}

/// The client's id of a frame that cannot be read otherwise, so that its error has it.
pub fn id_in(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    value.get("id")?.as_str().and_then(|id| frame_id(id).ok())
}
