//! The catalogue of events: complete, and each example is what its schema says. No domain is named here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use kernel::{Date, Role, Timestamp};
use serde_json::{Map, Value};

use crate::{
    document::{document, operations},
    fixture::TestApp,
};

/// The catalogue, by name.
async fn catalogue() -> BTreeMap<String, Value> {
    let app = TestApp::new();
    let ada = app.token("ada", Role::User).await;
    let answer = app.call_as(&ada, "GET", "/api/v1/webhooks/event-types", None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    let all = answer["data"].as_array().unwrap();
    let name = |one: &Value| one["name"].as_str().unwrap().to_owned();
    assert!(all.iter().map(name).is_sorted(), "{all:?}");
    all.iter().map(|one| (name(one), one.clone())).collect()
}

/// What the tests of the domains prove: the golden files, by name.
fn proven() -> BTreeMap<String, Value> {
    let domains = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain");
    let folders = fs::read_dir(domains).unwrap().map(|one| one.unwrap().path());
    let files = folders.flat_map(|domain| fs::read_dir(domain.join("tests/events")));
    let mut proven = BTreeMap::new();
    for file in files.flatten() {
        let path = file.unwrap().path();
        let event: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert_eq!(event["type"], *name, "{}", path.display());
        proven.insert(name, event);
    }
    assert!(!proven.is_empty());
    proven
}

/// An event that is not listed could be heard and not be known.
#[actix_web::test]
async fn every_event_is_listed_with_its_golden_file_as_the_example() {
    let (listed, proven) = (catalogue().await, proven());
    let names = |all: &BTreeMap<String, Value>| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&listed), names(&proven));
    for (name, event) in &proven {
        assert_eq!(listed[name]["example"], event["data"], "{name}");
        let about = listed[name]["description"].as_str().unwrap();
        assert!(about.ends_with('.') && !about.contains('\n'), "{name}: {about}");
    }
}

#[actix_web::test]
async fn every_example_is_what_its_schema_says_and_no_field_is_missing_there() {
    for (name, event) in catalogue().await {
        let schema = &event["schema"];
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert_eq!(schema["type"], "object", "{name}");
        assert!(!schema.to_string().contains("[`"), "{name}: a link of Rust's documentation");
        let judge = Judge { root: schema };
        assert_eq!(judge.errors(schema, &event["example"]), [""; 0], "{name}: {schema:#}");
    }
}

/// The document describes for each type the request that a receiver gets.
#[actix_web::test]
async fn the_document_has_every_event_as_a_webhook() {
    let (document, listed) = (document(), catalogue().await);
    let webhooks = document["webhooks"].as_object().unwrap();
    assert_eq!(webhooks.keys().collect::<Vec<_>>(), listed.keys().collect::<Vec<_>>());
    let paths = operations(document);
    let mut ids: BTreeSet<&str> =
        paths.iter().map(|(_, _, one)| one["operationId"].as_str().unwrap()).collect();
    let found = |value: &Value| {
        let reference = value["$ref"].as_str().unwrap();
        document.pointer(reference.strip_prefix('#').unwrap()).expect(reference).clone()
    };
    for (name, item) in webhooks {
        let post = &item["post"];
        assert_eq!(item.as_object().unwrap().len(), 1, "{name}");
        assert!(ids.insert(post["operationId"].as_str().unwrap()), "{name}");
        assert_eq!(
            (&post["tags"][0], &post["security"]),
            (&"webhooks".into(), &Value::Array(vec![]))
        );
        let about = listed[name]["description"].as_str().unwrap();
        assert_eq!(post["summary"], about.trim_end_matches('.'), "{name}");
        let headers = post["parameters"].as_array().unwrap().iter().map(found);
        let headers: Vec<Value> = headers.map(|header| header["name"].clone()).collect();
        assert_eq!(headers, ["webhook-id", "webhook-timestamp", "webhook-signature"]);
        let answers = post["responses"].as_object().unwrap();
        assert_eq!(answers.keys().collect::<Vec<_>>(), ["2XX", "410", "default"], "{name}");
        answers.values().for_each(|answer| assert!(found(answer)["description"].is_string()));

        let body = &post["requestBody"]["content"]["application/json"];
        let (schema, example) = (&body["schema"], &body["example"]);
        assert_eq!(example["data"], listed[name]["example"], "{name}");
        let judge = Judge { root: document };
        assert_eq!(judge.errors(schema, example), [""; 0], "{name}");
        let mut renamed = example.clone();
        renamed["type"] = "another.event.v1".into();
        assert_eq!(judge.errors(schema, &renamed).len(), 1, "{name}: its type is its own");
    }
}

/// The test of this judge.
#[test]
fn what_a_schema_does_not_say_is_found() {
    let schema = serde_json::json!({
        "$defs": {"Part": {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}}},
        "type": "object", "required": ["id", "word"],
        "properties": {
            "id": {"type": "integer", "minimum": 1},
            "word": {"type": ["string", "null"], "enum": ["a", null]},
            "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
            "texts": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    });
    let judge = Judge { root: &schema };
    let errors = |text: &str| judge.errors(&schema, &serde_json::from_str(text).unwrap()).len();
    let at = r#""2026-11-23T12:00:00Z""#;
    assert_eq!(
        errors(&format!(r#"{{"id":1,"word":null,"parts":[{{"at":{at}}}],"texts":{{"x":"y"}}}}"#)),
        0
    );
    for wrong in [
        "[]",
        r#"{"id":1}"#,
        r#"{"id":0,"word":"a"}"#,
        r#"{"id":1.5,"word":"a"}"#,
        r#"{"id":1,"word":"b"}"#,
        r#"{"id":1,"word":"a","more":1}"#,
        r#"{"id":1,"word":"a","parts":[{"at":"noon"}]}"#,
        r#"{"id":1,"word":"a","parts":[{"by":1}]}"#,
        r#"{"id":1,"word":"a","texts":{"x":1}}"#,
    ] {
        assert_eq!(errors(wrong), 1, "{wrong}");
    }
    let odd = serde_json::json!({"propertyNames": {}});
    assert_eq!(
        Judge { root: &odd }.errors(&odd, &odd).len(),
        2,
        "what it does not know is an error"
    );
}

/// The pattern of a SHA-256.
const HASH: &str = "^[0-9a-f]{64}$";

/// Judges values by schemas of the few keywords that ours have. What a schema allows without naming it is an error
/// here: a field of an example that its schema lacks.
struct Judge<'a> {
    /// Where references begin.
    root: &'a Value,
}

impl Judge<'_> {
    fn errors(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut errors = Vec::new();
        self.judge(schema, value, "", &mut errors);
        errors
    }

    fn judge(&self, schema: &Value, value: &Value, place: &str, errors: &mut Vec<String>) {
        let schema = schema.as_object().expect("a schema is an object");
        for (keyword, said) in schema {
            let right = match keyword.as_str() {
                "$ref" => {
                    let reference = said.as_str().unwrap().strip_prefix('#').unwrap();
                    let target = self.root.pointer(reference).expect(reference);
                    self.judge(target, value, place, errors);
                    true
                }
                "type" => match said {
                    Value::Array(types) => types.iter().any(|one| is_a(one, value)),
                    one => is_a(one, value),
                },
                "const" => said == value,
                "enum" => said.as_array().unwrap().contains(value),
                "minimum" => value.as_i64().is_none_or(|number| number >= said.as_i64().unwrap()),
                "format" => value.as_str().is_none_or(|text| has_format(said, text)),
                "pattern" => value.as_str().is_none_or(|text| said == HASH && is_hash(text)),
                "required" => {
                    let mut names = said.as_array().unwrap().iter();
                    !value.is_object()
                        || names.all(|name| value.get(name.as_str().unwrap()).is_some())
                }
                "items" => {
                    let items = value.as_array().into_iter().flatten().enumerate();
                    items.for_each(|(n, one)| {
                        self.judge(said, one, &format!("{place}/{n}"), errors);
                    });
                    true
                }
                "$schema"
                | "$defs"
                | "title"
                | "description"
                | "default"
                | "example"
                | "properties"
                | "additionalProperties" => true,
                _ => false,
            };
            if !right {
                errors.push(format!("{place}: {keyword} {said}, not {value}"));
            }
        }
        for (name, one) in value.as_object().into_iter().flatten() {
            let place = format!("{place}/{name}");
            match member(schema, name) {
                Some(schema) => self.judge(schema, one, &place, errors),
                // What a reference leads to names them.
                None if schema.contains_key("$ref") => {}
                None => errors.push(format!("{place}: the schema does not name it")),
            }
        }
    }
}

/// The schema of a member, if the schema of its object says something of it.
fn member<'a>(schema: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let named = schema.get("properties").and_then(|fields| fields.get(name));
    named.or_else(|| schema.get("additionalProperties").filter(|more| more.is_object()))
}

fn is_a(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}

fn has_format(format: &Value, text: &str) -> bool {
    match format.as_str().unwrap() {
        "date-time" => Timestamp::parse(text).is_ok(),
        "date" => Date::parse(text).is_ok(),
        _ => false,
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 64
        && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
