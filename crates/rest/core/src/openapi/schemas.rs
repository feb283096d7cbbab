//! Schemas as utoipa writes them, completed by what holds for all.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::references;

/// Completes the schemas of a document.
pub(super) fn complete(document: &mut Value) {
    close_request_bodies(document);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        for schema in schemas.values_mut().filter(|s| s.get("additionalProperties").is_none()) {
            require_nullable(schema);
        }
    }
    *document = plain(document.take());
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        for schema in schemas.values_mut() {
            shorten(schema);
        }
    }
}

/// What a reader knows from the name of a field and the envelope of its schema.
const SAID_BY_NAME: [(&str, &str); 7] = [
    ("id", "Its number."),
    ("name", "Its name."),
    ("created_at", "When it was made."),
    ("updated_at", "When it last changed."),
    ("at", "When."),
    ("data", "The rows."),
    ("pagination", "Where this page is."),
];

/// Leaves out what repeats a name or a format: every byte here is read by every client.
fn shorten(schema: &mut Value) {
    let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    let envelope = fields.contains_key("success");
    if envelope {
        fields.insert("success".to_owned(), json!({"type": "boolean", "const": true}));
    }
    for (name, field) in fields.iter_mut() {
        let Some(field) = field.as_object_mut() else { continue };
        let about = field.get("description").and_then(Value::as_str);
        if about.is_some_and(|about| SAID_BY_NAME.contains(&(name, about))) {
            field.remove("description");
        }
        if field.get("format").is_some_and(|format| format == "date-time") {
            field.remove("example");
        }
        // Tools begin with the least number by themselves.
        if field.contains_key("minimum") && field.get("minimum") == field.get("example") {
            field.remove("example");
        }
    }
    if let Some(schema) = schema.as_object_mut().filter(|_| envelope) {
        schema.remove("description");
    }
}

/// Objects that clients send take no unknown members.
fn close_request_bodies(document: &mut Value) {
    let mut found = BTreeSet::new();
    let operations = document["paths"].as_object().into_iter().flat_map(|paths| {
        paths.values().filter_map(Value::as_object).flat_map(|item| item.values())
    });
    for operation in operations {
        references(&operation["requestBody"], &mut found);
    }
    let mut seen = BTreeSet::new();
    while let Some(reference) = found.pop_first() {
        let Some(name) = reference.strip_prefix("schemas/") else { continue };
        if !seen.insert(name.to_owned()) {
            continue;
        }
        let schema = &mut document["components"]["schemas"][name];
        // What is one of several has no members of its own: each of those is closed instead. Words
        // and numbers have none.
        let object = schema.get("oneOf").is_none() && schema.get("enum").is_none();
        if schema.get("additionalProperties").is_none() && object {
            schema["additionalProperties"] = json!(false);
        }
        references(schema, &mut found);
    }
}

/// What can be null and is absent nevertheless for those who may not see it.
const HIDDEN_FROM_OTHERS: [&str; 1] = ["last_login_at"];

/// What we answer with and can be null is always there.
fn require_nullable(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            let nullable: Vec<Value> = map
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .filter(|(name, property)| {
                    !HIDDEN_FROM_OTHERS.contains(&name.as_str())
                        && property["type"]
                            .as_array()
                            .is_some_and(|types| types.contains(&json!("null")))
                })
                .map(|(name, _)| json!(name))
                .collect();
            if !nullable.is_empty()
                && let Some(required) =
                    map.entry("required").or_insert_with(|| json!([])).as_array_mut()
            {
                for name in nullable {
                    if !required.contains(&name) {
                        required.push(name);
                    }
                }
            }
            map.values_mut().for_each(require_nullable);
        }
        Value::Array(items) => items.iter_mut().for_each(require_nullable),
        _ => {}
    }
}

/// An inlined enum comes as `allOf` of itself and of an object that holds nothing but its
/// description; here the two become one.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(mut map) => {
            let parts = match map.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
                Some([part, note]) if is_note(note) => Some((part.clone(), note.clone())),
                _ => None,
            };
            if let Some((part, note)) = parts {
                map.remove("allOf");
                map.extend(part.as_object().cloned().unwrap_or_default());
                if let Some(description) = note.get("description") {
                    map.insert("description".to_owned(), description.clone());
                }
            }
            Value::Object(map.into_iter().map(|(name, value)| (name, plain(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
        other => other,
    }
}

fn is_note(value: &Value) -> bool {
    value.as_object().is_some_and(|map| {
        map.get("type").is_none_or(|kind| kind == "object")
            && map.keys().all(|name| name == "type" || name == "description")
    })
}
