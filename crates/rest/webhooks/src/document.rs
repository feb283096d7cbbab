//! What endpoints receive, as the OpenAPI document describes it: an entry of `webhooks` for each type of event.
#![expect(
    clippy::indexing_slicing,
    reason = "the index of a JSON value gives null or makes the member; it does not panic on objects"
)]

use kernel::EventType;
use rest::Module;
use serde_json::{Map, Value, json};

/// Where references to schemas lead.
const SCHEMAS: &str = "#/components/schemas/";
/// Where references lead in a schema of its own.
const DEFS: &str = "#/$defs/";

/// The id of the example: any.
const EXAMPLE_ID: &str = "evt_1_42";

/// The headers of a message: the name of the component, the header, what it is, an example.
const HEADERS: [(&str, &str, &str, &str); 3] = [
    (
        "MessageId",
        "webhook-id",
        "The message: the same at each attempt, so that a receiver knows what it has seen",
        EXAMPLE_ID,
    ),
    (
        "MessageTimestamp",
        "webhook-timestamp",
        "When it was sent, in seconds since 1970",
        "1795435200",
    ),
    (
        "MessageSignature",
        "webhook-signature",
        "`v1,` and the Base64 of HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}` (Standard Webhooks). \
         While a secret is replaced there are two, with a space in between; one that is valid is enough",
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    ),
];

/// The answers of a receiver, and what follows from each.
const ANSWERS: [(&str, &str, &str); 3] = [
    ("2XX", "MessageTaken", "The message is taken"),
    ("410", "EndpointGone", "The endpoint is disabled and gets no more messages"),
    (
        "default",
        "MessageRetried",
        "The message is sent again later, for about three days. `Retry-After` is heeded",
    ),
];

/// Adds what the modules publish.
pub(crate) fn complete(document: &mut Value, modules: &[Module]) {
    let mut webhooks = Map::new();
    for module in modules {
        for event in module.event_types {
            let schema = add_schemas(document, module.name, event);
            webhooks.insert(event.name.to_owned(), json!({"post": operation(event, &schema)}));
        }
    }
    if webhooks.is_empty() {
        return;
    }
    document["webhooks"] = Value::Object(webhooks);
    for (component, name, about, example) in HEADERS {
        document["components"]["parameters"][component] = json!({
            "name": name, "in": "header", "required": true, "description": about,
            "schema": {"type": "string"}, "example": example,
        });
    }
    for (_, component, about) in ANSWERS {
        document["components"]["responses"][component] = json!({"description": about});
    }
}

/// The request that an endpoint receives. `schema` names the component of its `data`.
fn operation(event: &EventType, schema: &str) -> Value {
    let example: Value = serde_json::from_str(event.example).unwrap_or_default();
    let parameters: Vec<Value> = HEADERS.iter().map(|(name, ..)| to("parameters", name)).collect();
    let responses: Map<String, Value> = ANSWERS
        .iter()
        .map(|(status, name, _)| ((*status).to_owned(), to("responses", name)))
        .collect();
    json!({
        "tags": ["webhooks"],
        "summary": event.about.trim_end_matches('.'),
        "operationId": format!("on_{}", words(event.name).join("_")),
        "security": [],
        "parameters": parameters,
        "requestBody": {"required": true, "content": {"application/json": {
            "schema": {
                "type": "object",
                "required": ["type", "timestamp", "id", "data"],
                "properties": {
                    "type": {"const": event.name},
                    "timestamp": {"type": "string", "format": "date-time"},
                    "id": {"type": "string"},
                    "data": {"$ref": format!("{SCHEMAS}{schema}")},
                },
            },
            "example": {
                "type": event.name,
                "timestamp": example["occurred_at"],
                "id": EXAMPLE_ID,
                "data": example["data"],
            },
        }}},
        "responses": responses,
    })
}

fn to(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

/// Makes components of the schema of an event and of those that it refers to; returns the name of the first.
fn add_schemas(document: &mut Value, module: &str, event: &EventType) -> String {
    let mut schema = (event.schema)();
    let mut parts = Map::new();
    let mut title = None;
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("$schema");
        title = schema.remove("title").and_then(|title| title.as_str().map(str::to_owned));
        if let Some(Value::Object(defs)) = schema.remove("$defs") {
            parts = defs;
        }
    }
    let component = |name: &str| format!("{}-events.{}", words(module).join("-"), pascal(name));
    let name = component(title.as_deref().unwrap_or(event.name));
    let known = &mut document["components"]["schemas"];
    for (part, mut schema) in parts {
        refer(&mut schema, &component);
        known[component(&part)] = schema;
    }
    refer(&mut schema, &component);
    known[&name] = schema;
    name
}

/// Turns references to the parts of a schema into references to components.
fn refer(value: &mut Value, component: &impl Fn(&str) -> String) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                match inner.as_str().and_then(|text| text.strip_prefix(DEFS)) {
                    Some(part) if key == "$ref" => {
                        *inner = json!(format!("{SCHEMAS}{}", component(part)));
                    }
                    _ => refer(inner, component),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| refer(inner, component)),
        _ => {}
    }
}

/// The runs of letters and digits in a name.
fn words(name: &str) -> Vec<&str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// `note.created.v1` → `NoteCreatedV1`.
fn pascal(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    words(name).into_iter().map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lit() -> Value {
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Lamp",
            "type": "object", "properties": {"bulb": {"$ref": "#/$defs/Bulb"}},
            "$defs": {"Bulb": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Bulb"}}}},
        })
    }

    const EVENTS: &[EventType] = &[
        EventType {
            name: "lamp.lit.v1",
            about: "A lamp was lit.",
            schema: lit,
            example: r#"{"occurred_at": "2026-11-23T12:00:00Z", "data": {"bulb": {}}}"#,
        },
        EventType {
            name: "lamp.lost.v1",
            about: "A lamp was lost.",
            schema: || json!({"type": "object"}),
            example: "",
        },
    ];

    #[test]
    fn the_document_says_what_endpoints_receive() {
        let mut document = json!({"components": {"schemas": {"lamps.Lamp": {"type": "integer"}}}});
        let modules = [Module { event_types: EVENTS, ..Module::new("lamps") }, Module::new("none")];
        complete(&mut document, &modules);
        let webhooks = document["webhooks"].as_object().unwrap();
        assert_eq!(webhooks.keys().collect::<Vec<_>>(), ["lamp.lit.v1", "lamp.lost.v1"]);
        let post = &document["webhooks"]["lamp.lit.v1"]["post"];
        assert_eq!(post["operationId"], "on_lamp_lit_v1");
        assert_eq!(post["summary"], "A lamp was lit");
        let body = &post["requestBody"]["content"]["application/json"];
        assert_eq!(body["schema"]["properties"]["type"]["const"], "lamp.lit.v1");
        let data = &body["schema"]["properties"]["data"]["$ref"];
        assert_eq!(data, "#/components/schemas/lamps-events.Lamp");
        let expected = json!({
            "type": "lamp.lit.v1", "timestamp": "2026-11-23T12:00:00Z", "id": EXAMPLE_ID, "data": {"bulb": {}}
        });
        assert_eq!(body["example"], expected);
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["lamps.Lamp"], json!({"type": "integer"}), "that of an operation stays");
        let bulb = json!({"$ref": "#/components/schemas/lamps-events.Bulb"});
        let lamp = json!({"type": "object", "properties": {"bulb": bulb}});
        assert_eq!(schemas["lamps-events.Lamp"], lamp);
        assert_eq!(schemas["lamps-events.Bulb"]["properties"]["next"], bulb);
        assert_eq!(schemas["lamps-events.LampLostV1"], json!({"type": "object"}));
        assert_eq!(document["components"]["parameters"]["MessageId"]["name"], "webhook-id");
    }

    #[test]
    fn without_events_there_are_no_webhooks() {
        let mut document = json!({});
        complete(&mut document, &[Module::new("none")]);
        assert_eq!(document, json!({}));
    }
}
