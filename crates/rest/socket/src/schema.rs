//! The JSON Schemas of frames, for the AsyncAPI document.

use kernel::event_type::inline_schema_of;
use schemars::JsonSchema;
use serde_json::{Value, json};

/// A frame of a client: its fields are beside its type and its id.
pub fn request(kind: &str, fields: &Value, required: &[&str]) -> Value {
    let mut properties = json!({
        "type": {"const": kind},
        "id": {"type": "string", "minLength": 1, "maxLength": 64, "description": "Any text, which the answer repeats"},
    });
    if let (Some(all), Some(fields)) = (properties.as_object_mut(), fields.as_object()) {
        all.extend(fields.clone());
    }
    let required: Vec<&str> = [&["type"], required].concat();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// A frame of the server: its fields are in `data`.
pub fn answer<T: JsonSchema>(kind: &str) -> Value {
    answer_with(kind, inline_schema_of::<T>())
}

/// The same with a schema for `data`.
pub fn answer_with(kind: &str, data: Value) -> Value {
    json!({
        "type": "object",
        "properties": {
            "type": {"const": kind},
            "id": {"type": "string", "description": "That of the frame that is answered"},
            "data": data,
        },
        "required": ["type", "data"],
    })
}
