//! The names of schemas as clients see them: `Task`, `TaskResponse`, `TaskPage`.
//!
//! A DTO is known as `tasks::Task` (`#[schema(as = …)]`), which utoipa writes `tasks.Task`, and an
//! envelope of it as `Envelope_tasks.Task`. Generated clients make types from these names, so they
//! lose the domain, and an envelope puts its own word behind.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::SCHEMAS;
use crate::api::ApiError;

/// Renames every schema, and every reference to it.
///
/// # Errors
/// When two schemas would have one name.
pub(super) fn rename(document: &mut Value) -> Result<(), ApiError> {
    let schemas = match document.pointer_mut("/components/schemas") {
        Some(Value::Object(schemas)) => std::mem::take(schemas),
        _ => return Ok(()),
    };
    let names = public(schemas.keys().map(String::as_str));
    let mut taken = BTreeSet::new();
    if let Some(twice) = names.values().find(|name| !taken.insert(name.as_str())) {
        return Err(ApiError::Schema(twice.clone()));
    }
    document["components"]["schemas"] = schemas
        .into_iter()
        .map(|(name, schema)| (names.get(&name).cloned().unwrap_or(name), schema))
        .collect::<serde_json::Map<_, _>>()
        .into();
    refer(document, &names);
    Ok(())
}

/// An envelope refers to what is in it, where utoipa writes a copy.
pub(super) fn refer_to_payloads(document: &mut Value) {
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    let mut payloads = Vec::new();
    for (name, schema) in schemas.iter_mut() {
        let Some((envelope, mut inner)) = name.split_once('_') else { continue };
        let mut data = &mut schema["properties"]["data"];
        if envelope == "PageEnvelope" {
            data = &mut data["items"];
        } else if let Some(("Vec", item)) = inner.split_once('_') {
            inner = item;
            data = &mut data["items"];
        }
        let reference = json!({"$ref": format!("{SCHEMAS}{inner}")});
        payloads.push((inner.to_owned(), std::mem::replace(data, reference)));
    }
    for (name, payload) in payloads {
        if payload.get("$ref").is_none() {
            schemas.entry(name).or_insert(payload);
        }
    }
}

/// The public names of schemas, by the names that utoipa gave them.
fn public<'a>(names: impl Iterator<Item = &'a str> + Clone) -> BTreeMap<String, String> {
    let bases: BTreeSet<(&str, &str)> = names.clone().map(base).collect();
    let named = |(domain, short): (&str, &str)| {
        let alone = bases.iter().filter(|(_, other)| *other == short).count() < 2;
        let prefix = singular(domain);
        if alone || short.starts_with(&prefix) {
            short.to_owned()
        } else {
            format!("{prefix}{short}")
        }
    };
    names.map(|name| (name.to_owned(), with_suffixes(name, &named))).collect()
}

/// What a generic type wraps, as the domain and the name there.
fn base(name: &str) -> (&str, &str) {
    let inner = name.rsplit('_').next().unwrap_or(name);
    inner.split_once('.').unwrap_or(("", inner))
}

fn with_suffixes(name: &str, named: &impl Fn((&str, &str)) -> String) -> String {
    let mut public = named(base(name));
    for generic in name.rsplit('_').skip(1) {
        public.push_str(match generic {
            "Envelope" => "Response",
            "PageEnvelope" => "Page",
            "Vec" => "List",
            other => other,
        });
    }
    public
}

/// `tasks` → `Task`, `service-accounts` → `ServiceAccount`.
pub(super) fn singular(word: &str) -> String {
    let pascal = pascal(word);
    match pascal.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => pascal.strip_suffix('s').unwrap_or(&pascal).to_owned(),
    }
}

/// `due_after` → `DueAfter`, `If-Match` → `IfMatch`.
pub(super) fn pascal(word: &str) -> String {
    let parts = word.split(|c: char| !c.is_ascii_alphanumeric());
    parts
        .flat_map(|part| {
            let mut letters = part.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
        })
        .collect()
}

fn refer(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        // Not only in `$ref`: discriminators refer by their values.
        Value::String(text) => {
            let public = text.strip_prefix(SCHEMAS).and_then(|name| names.get(name));
            if let Some(public) = public {
                *text = format!("{SCHEMAS}{public}");
            }
        }
        Value::Object(map) => map.values_mut().for_each(|inner| refer(inner, names)),
        Value::Array(items) => items.iter_mut().for_each(|inner| refer(inner, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<String> {
        let public = public(names.iter().copied());
        names.iter().map(|name| public[*name].clone()).collect()
    }

    #[test]
    fn a_schema_is_named_like_a_type() {
        assert_eq!(
            named(&["tasks.Task", "Envelope_tasks.Task", "PageEnvelope_tasks.Task", "Health"]),
            ["Task", "TaskResponse", "TaskPage", "Health"]
        );
        assert_eq!(named(&["Envelope_Vec_admin.Role"]), ["RoleListResponse"]);
    }

    #[test]
    fn what_two_domains_call_alike_gets_the_prefix_of_the_domain() {
        assert_eq!(
            named(&["tasks.Category", "products.Category", "Envelope_products.Category"]),
            ["TaskCategory", "ProductCategory", "ProductCategoryResponse"]
        );
    }

    #[test]
    fn two_schemas_with_one_name_are_refused() {
        let mut document =
            json!({"components": {"schemas": {"a.ItemPage": {}, "PageEnvelope_a.Item": {}}}});
        assert!(matches!(rename(&mut document), Err(ApiError::Schema(name)) if name == "ItemPage"));
    }

    #[test]
    fn an_envelope_refers_to_its_payload() {
        let mut document = json!({"components": {"schemas": {
            "tasks.Task": {"type": "object"},
            "Envelope_tasks.Task": {"properties": {"data": {"type": "object"}}},
            "PageEnvelope_tasks.Task": {"properties": {"data": {"items": {"type": "object"}}}},
            "Envelope_tasks.Only": {"properties": {"data": {"type": "string"}}},
        }}});
        refer_to_payloads(&mut document);
        rename(&mut document).unwrap();
        let schemas = &document["components"]["schemas"];
        let task = json!({"$ref": "#/components/schemas/Task"});
        assert_eq!(schemas["TaskResponse"]["properties"]["data"], task);
        assert_eq!(schemas["TaskPage"]["properties"]["data"]["items"], task);
        assert_eq!(schemas["Only"], json!({"type": "string"}));
    }
}
