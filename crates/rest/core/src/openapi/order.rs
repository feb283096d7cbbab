//! The order of paths and fields: as they are declared. A JSON value sorts its members by name, so
//! the order goes along as one more member, until the text is written.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, json};

/// The member that lists the names of its sisters in their order.
pub(super) const ORDER: &str = "x-order";

/// The members of the document itself, and the methods of a path.
const ROOT: [&str; 8] =
    ["openapi", "info", "servers", "security", "tags", "paths", "webhooks", "components"];
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Reads a document and notes the order of its paths and of the fields of its schemas.
///
/// # Errors
/// When the text is not JSON.
pub(super) fn read(text: &str) -> serde_json::Result<Value> {
    Ok(noted(serde_json::from_str(text)?, Members::Other))
}

/// Reads a document that [`write`] wrote, so that it can be written again as it was.
///
/// # Errors
/// When the text is not JSON.
pub(super) fn read_written(text: &str) -> serde_json::Result<Value> {
    Ok(noted(serde_json::from_str(text)?, Members::Written))
}

/// The text of a document: what is flat and fits on a line is written on one, so that a reference or
/// a short list is a line of a diff.
pub(super) fn write(document: &Value) -> serde_json::Result<String> {
    let mut text = String::new();
    written(document, 0, 0, &mut text)?;
    text.push('\n');
    Ok(text)
}

/// The columns of a line.
const WIDTH: usize = 120;
/// The columns that a level is indented by. The document is deep, so that two were a tenth of it.
const INDENT: usize = 1;

/// Writes a value at this depth, with so many columns in front of it.
fn written(
    value: &Value,
    depth: usize,
    before: usize,
    text: &mut String,
) -> serde_json::Result<()> {
    let nested = |value: &Value| value.is_object() || value.is_array();
    let members: Vec<(Option<&String>, &Value)> = match value {
        Value::Object(map) => in_order(map).map(|(name, inner)| (Some(name), inner)).collect(),
        Value::Array(items) => items.iter().map(|item| (None, item)).collect(),
        _ => {
            text.push_str(&serde_json::to_string(value)?);
            return Ok(());
        }
    };
    let mut entries = Vec::new();
    for (name, inner) in &members {
        entries.push(match name {
            Some(name) => format!("{}: ", serde_json::to_string(name)?),
            None => String::new(),
        });
        if let Some(entry) = entries.last_mut()
            && !nested(inner)
        {
            entry.push_str(&serde_json::to_string(inner)?);
        }
    }
    let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
    let flat = !members.iter().any(|(_, inner)| nested(inner));
    let length: usize = entries.iter().map(|entry| entry.chars().count() + 2).sum();
    text.push(open);
    if flat && before + length < WIDTH {
        text.push_str(&entries.join(", "));
    } else {
        let last = members.len();
        for (number, (entry, (_, inner))) in entries.iter().zip(members).enumerate() {
            let margin = INDENT * (depth + 1);
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', margin));
            text.push_str(entry);
            if nested(inner) {
                written(inner, depth + 1, margin + entry.chars().count(), text)?;
            }
            if number + 1 < last {
                text.push(',');
            }
        }
        text.push('\n');
        text.extend(std::iter::repeat_n(' ', INDENT * depth));
    }
    text.push(close);
    Ok(())
}

/// The members of an object in the order that it carries; the others by name.
fn in_order(map: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    let order: Vec<&str> = map.get(ORDER).into_iter().flat_map(names).collect();
    let mut entries: Vec<(&String, &Value)> =
        map.iter().filter(|(name, _)| *name != ORDER).collect();
    entries.sort_by_key(|(name, _)| {
        order.iter().position(|known| *known == name.as_str()).unwrap_or(usize::MAX)
    });
    entries.into_iter()
}

/// Orders the document, the methods of each path, and what repeats the fields of a schema: the
/// names of the required ones and the example.
pub(super) fn arrange(document: &mut Value) {
    if let Some(root) = document.as_object_mut() {
        root.insert(ORDER.to_owned(), json!(ROOT));
        let paths = root.get_mut("paths").and_then(Value::as_object_mut);
        for item in paths.into_iter().flat_map(|paths| paths.values_mut()) {
            if let Some(item) = item.as_object_mut() {
                item.insert(ORDER.to_owned(), json!(METHODS));
            }
        }
    }
    arrange_schemas(document);
}

/// Gives an object this order.
pub(super) fn like(value: &mut Value, order: &[&str]) {
    if let Some(map) = value.as_object_mut() {
        map.insert(ORDER.to_owned(), json!(order));
    }
}

fn arrange_schemas(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let order = map.get("properties").and_then(|fields| fields.get(ORDER)).cloned();
            if let Some(order) = order {
                let names: Vec<&str> = names(&order).collect();
                let rank = |name: &Value| names.iter().position(|known| name == known);
                if let Some(required) = map.get_mut("required").and_then(Value::as_array_mut) {
                    required.sort_by_key(|name| rank(name).unwrap_or(usize::MAX));
                }
                if let Some(example) = map.get_mut("example").and_then(Value::as_object_mut) {
                    example.insert(ORDER.to_owned(), order);
                }
            }
            map.values_mut().for_each(arrange_schemas);
        }
        Value::Array(items) => items.iter_mut().for_each(arrange_schemas),
        _ => {}
    }
}

fn names(order: &Value) -> impl Iterator<Item = &str> {
    order.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// What the members of an object are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Members {
    /// Names that are declared: paths, or fields.
    Declared,
    /// Names of OpenAPI.
    Other,
    /// Whatever is in its order already, and so are its members.
    Written,
}

fn noted(ordered: Ordered, members: Members) -> Value {
    match ordered {
        Ordered::Object(entries) => {
            let order: Vec<String> = entries.iter().map(|(name, _)| name.clone()).collect();
            let mut map = Map::new();
            for (name, inner) in entries {
                let inner_members = match (members, name.as_str()) {
                    (Members::Written, _) => Members::Written,
                    (Members::Other, "properties" | "paths") => Members::Declared,
                    _ => Members::Other,
                };
                map.insert(name, noted(inner, inner_members));
            }
            if members != Members::Other {
                map.insert(ORDER.to_owned(), json!(order));
            }
            Value::Object(map)
        }
        Ordered::Array(items) => {
            let inner = if members == Members::Written { members } else { Members::Other };
            items.into_iter().map(|item| noted(item, inner)).collect()
        }
        Ordered::Other(value) => value,
    }
}

/// JSON whose members have the order of the text.
enum Ordered {
    Object(Vec<(String, Self)>),
    Array(Vec<Self>),
    Other(Value),
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Ordered;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Ordered, E> {
        Ok(Ordered::Other(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Ordered, E> {
        Ok(Ordered::Other(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Ordered, E> {
        Ok(Ordered::Other(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Ordered, E> {
        Ok(Ordered::Other(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Ordered, E> {
        Ok(Ordered::Other(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Ordered, E> {
        Ok(Ordered::Other(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Ordered, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Ordered::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Ordered, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Ordered::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_fields_stay_in_the_order_of_their_declaration() {
        let text = r#"{"openapi": "3.1.0", "paths": {"/b": {"post": {}, "get": {}}, "/a": {}},
            "components": {"schemas": {"T": {"type": "object", "required": ["a", "z"],
            "example": {"a": 1, "z": 2},
            "properties": {"z": {"b": 1, "a": 1}, "properties": {"y": 1, "x": 1}, "a": {}}}}}}"#;
        let mut document = read(text).unwrap();
        arrange(&mut document);
        let expected = r#"{
 "openapi": "3.1.0",
 "paths": {
  "/b": {
   "get": {},
   "post": {}
  },
  "/a": {}
 },
 "components": {
  "schemas": {
   "T": {
    "example": {"z": 2, "a": 1},
    "properties": {
     "z": {"a": 1, "b": 1},
     "properties": {"x": 1, "y": 1},
     "a": {}
    },
    "required": ["z", "a"],
    "type": "object"
   }
  }
 }
}
"#;
        assert_eq!(write(&document).unwrap(), expected);
    }
}
