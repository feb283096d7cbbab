//! The OpenAPI document: generated from the handlers that route, then completed by what holds for
//! every operation (who may call it, the failures it shares with all others, the headers of
//! conditional, idempotent and paged calls).
#![expect(
    clippy::indexing_slicing,
    reason = "the index of a JSON value gives null or makes the member; it does not panic on objects"
)]

use actix_web::App;
use kernel::{Permission, Role};
use serde_json::{Map, Value, json};
use utoipa_actix_web::{AppExt as _, scope};

use crate::{
    api::ApiError,
    module::{Module, PathParameter},
};

/// What the document says of the program as a whole.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Its name.
    pub title: &'static str,
    /// What it is, in Markdown.
    pub description: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Its licence by SPDX name.
    pub license: &'static str,
}

impl Default for About {
    fn default() -> Self {
        Self { title: "API", description: "", version: "0.1.0", license: "MIT" }
    }
}

/// The operations and schemas of a module as its routes give them.
pub fn routed(module: &Module, base: &'static str) -> Value {
    let routes = module.routes;
    let mut app = App::new().into_utoipa_app().service(scope(base).configure(routes));
    if let Some(root_routes) = module.root_routes {
        app = app.configure(root_routes);
    }
    let (_, document) = app.split_for_parts();
    serde_json::to_value(document).unwrap_or_default()
}

/// The operations and schemas of all modules.
fn merged(base: &'static str, modules: &[Module]) -> Result<Value, ApiError> {
    let mut merged = json!({"paths": {}, "components": {"schemas": {}}});
    let mut operations = std::collections::BTreeSet::new();
    for module in modules {
        let mut part = routed(module, base);
        let paths = part["paths"].as_object_mut().map(std::mem::take).unwrap_or_default();
        for (path, item) in paths {
            let item = item.as_object().cloned().unwrap_or_default();
            for (method, operation) in item {
                let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
                if !operations.insert(id.clone()) {
                    return Err(ApiError::Operation(id));
                }
                merged["paths"][&path][method] = operation;
            }
        }
        let schemas = &mut part["components"]["schemas"];
        for (name, schema) in schemas.as_object_mut().map(std::mem::take).unwrap_or_default() {
            // A reference to itself: another module describes it.
            if schema["$ref"] == json!(format!("#/components/schemas/{name}")) {
                continue;
            }
            let known = &mut merged["components"]["schemas"][&name];
            if !known.is_null() && *known != schema {
                return Err(ApiError::Schema(name));
            }
            *known = schema;
        }
    }
    Ok(merged)
}

/// The document, complete.
///
/// # Errors
/// When modules contradict one another.
pub fn document(about: &About, base: &'static str, modules: &[Module]) -> Result<Value, ApiError> {
    let mut document = merged(base, modules)?;
    document["openapi"] = json!("3.1.0");
    document["info"] = json!({
        "title": about.title,
        "description": about.description,
        "version": about.version,
        "license": {"name": about.license, "identifier": about.license},
    });
    document["servers"] = json!([{"url": "/", "description": "This server"}]);
    let tags = modules.iter().flat_map(|module| module.tags);
    document["tags"] =
        tags.map(|(name, about)| json!({"name": name, "description": about})).collect();
    let mut sign_in = json!({
        "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "An access token. Operations whose `x-permission` is `session` take the token \
                of a session only."
        },
    });
    for (name, scheme) in modules.iter().flat_map(|module| (module.sign_in)()) {
        sign_in[name] = scheme;
    }
    let ways: Vec<Value> = sign_in_names(modules).map(|name| json!({name: []})).collect();
    document["components"]["securitySchemes"] = sign_in;
    document["components"]["schemas"]["Problem"] = problem_schema();
    document["components"]["schemas"]["FieldFault"] = field_error_schema();
    let known: Vec<&PathParameter> = modules.iter().flat_map(|m| m.parameters).collect();
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for (path, item) in paths.iter_mut() {
            let Some(item) = item.as_object_mut() else { continue };
            for (method, operation) in item.iter_mut() {
                if let Some(operation) = operation.as_object_mut() {
                    let limited = path.starts_with(base);
                    complete(
                        &Place { path, method, limited, known: &known, ways: &ways },
                        operation,
                    );
                }
            }
        }
    }
    for complete in modules.iter().filter_map(|module| module.document) {
        complete(&mut document, modules);
    }
    close_request_bodies(&mut document);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        for schema in schemas.values_mut().filter(|s| s.get("additionalProperties").is_none()) {
            require_nullable(schema);
        }
    }
    Ok(sorted(plain(document)))
}

/// The names of the ways to sign in.
fn sign_in_names(modules: &[Module]) -> impl Iterator<Item = &'static str> {
    let others = modules.iter().flat_map(|module| (module.sign_in)()).map(|(name, _)| name);
    std::iter::once("bearer").chain(others)
}

/// Objects that clients send take no unknown members.
fn close_request_bodies(document: &mut Value) {
    let mut names = Vec::new();
    let operations = document["paths"].as_object().into_iter().flat_map(|paths| {
        paths.values().filter_map(Value::as_object).flat_map(|item| item.values())
    });
    for operation in operations {
        references(&operation["requestBody"], &mut names);
    }
    let mut seen = std::collections::BTreeSet::new();
    while let Some(name) = names.pop() {
        let schema = &mut document["components"]["schemas"][&name];
        // What is one of several has no members of its own: each of those is closed instead.
        if schema.get("additionalProperties").is_none() && schema.get("oneOf").is_none() {
            schema["additionalProperties"] = json!(false);
        }
        references(schema, &mut names);
        names.retain(|name| !seen.contains(name));
        seen.insert(name);
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
                required.extend(nullable);
            }
            map.values_mut().for_each(require_nullable);
        }
        Value::Array(items) => items.iter_mut().for_each(require_nullable),
        _ => {}
    }
}

/// The names of the component schemas that a piece of the document refers to.
fn references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str) {
                names.extend(name.rsplit('/').next().map(str::to_owned));
            }
            map.values().for_each(|inner| references(inner, names));
        }
        Value::Array(items) => items.iter().for_each(|inner| references(inner, names)),
        _ => {}
    }
}

/// A document as text, ending in a line break; what `openapi/openapi.json` holds.
pub fn text(document: &Value) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
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

/// Members in the order of their names, so that the golden file changes only where the contract
/// does.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(entries.into_iter().map(|(name, value)| (name, sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// What a handler says of itself in `x-alveole`.
#[derive(Default)]
struct Traits {
    permission: String,
    paged: bool,
    idempotent: bool,
    reads_conditionally: bool,
    writes_conditionally: bool,
    finds: bool,
    plain: bool,
    optional: bool,
    access: Map<String, Value>,
}

impl Traits {
    fn take(operation: &mut Map<String, Value>) -> Self {
        let said = operation.remove("x-alveole").unwrap_or_default();
        let flag = |name: &str| said.get(name).and_then(Value::as_bool).unwrap_or(false);
        let word = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
        Self {
            permission: word("permission").to_owned(),
            paged: flag("paged"),
            idempotent: flag("idempotent"),
            reads_conditionally: word("conditional") == "read",
            writes_conditionally: word("conditional") == "write",
            finds: flag("finds"),
            plain: flag("plain"),
            optional: flag("optional"),
            access: ["session", "without_factor", "ticket"]
                .into_iter()
                .filter(|name| flag(name))
                .map(|name| (name.to_owned(), json!(true)))
                .collect(),
        }
    }
}

/// Where an operation stands, and what the modules say of all operations.
struct Place<'a> {
    path: &'a str,
    method: &'a str,
    /// Whether calls are counted against rate limits.
    limited: bool,
    known: &'a [&'a PathParameter],
    ways: &'a [Value],
}

fn complete(place: &Place<'_>, operation: &mut Map<String, Value>) {
    let (path, method) = (place.path, place.method);
    let traits = Traits::take(operation);
    let has_body = operation.contains_key("requestBody");
    if let Some(body) = operation.get_mut("requestBody") {
        body["required"] = json!(true);
        if matches!(method, "put" | "patch") && !body["content"]["application/json"].is_null() {
            let content = body["content"]["application/json"].clone();
            body["content"]["application/merge-patch+json"] = content;
        }
    }
    let roles: Vec<&str> = Role::ALL
        .iter()
        .filter(|role| {
            Permission::ALL
                .iter()
                .filter(|permission| permission.as_str() == traits.permission)
                .all(|permission| role.permissions().contains(*permission))
        })
        .map(|role| role.as_str())
        .collect();
    let public = traits.permission == "public";
    operation.insert("x-permission".into(), json!(traits.permission));
    operation.insert(
        "x-roles".into(),
        if public {
            json!(["anonymous", "user", "moderator", "admin", "super_admin"])
        } else {
            json!(roles)
        },
    );
    if !traits.access.is_empty() {
        operation.insert("x-access".into(), Value::Object(traits.access.clone()));
    }
    let security = match (public, traits.optional) {
        (true, _) => json!([]),
        (false, true) => std::iter::once(json!({})).chain(place.ways.iter().cloned()).collect(),
        (false, false) => place.ways.iter().cloned().collect(),
    };
    operation.insert("security".into(), security);

    parameters(place, &traits, operation);

    let mut statuses: Vec<(u16, &str)> = vec![(500, "Something went wrong on our side")];
    if !traits.plain || traits.reads_conditionally {
        statuses.push((400, "The request has faults; `errors` names each"));
    }
    if !traits.plain {
        statuses.extend([
            (429, "Too many requests"),
            (503, "The server or its database is busy or being stopped"),
        ]);
    }
    if !public {
        statuses.push((401, "Not signed in, or the token is not valid"));
        statuses.push((403, "Signed in, but not allowed"));
    }
    if path.contains("{id}") || traits.finds {
        statuses.push((404, "Not there, or not the caller's to see"));
    }
    if has_body {
        statuses.extend([
            (408, "The body did not arrive in time"),
            (413, "The body is too large"),
            (415, "The body is not JSON"),
        ]);
    }
    if traits.idempotent {
        statuses.push((409, "Collides with what is there, or with a request that is running"));
        statuses.push((422, "The Idempotency-Key was used for another request"));
    }
    if traits.writes_conditionally {
        statuses.push((409, "Changed by somebody else at the same moment"));
        statuses.push((412, "`If-Match` names an old version; `current` is the present state"));
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    for (status, description) in statuses {
        let entry = &mut responses[status.to_string()];
        if entry.is_null() {
            *entry = json!({"description": description});
        }
    }
    if traits.reads_conditionally {
        responses["304"] = json!({"description": "The client's copy is current"});
    }
    let Some(responses) = responses.as_object_mut() else { return };
    for (status, response) in responses.iter_mut() {
        let failure = status.starts_with('4') || status.starts_with('5');
        if failure && response.get("content").is_none() {
            response["content"] = json!({
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            });
        }
        response_headers(place.limited, status, &traits, response);
    }
}

fn response_headers(limited: bool, status: &str, traits: &Traits, response: &mut Value) {
    let mut header = |name: &str, kind: &str, description: &str| {
        response["headers"][name] = json!({"description": description, "schema": {"type": kind}});
    };
    header("X-Request-Id", "string", "The request's id, as in the log");
    if limited {
        header("RateLimit-Policy", "string", "The quota that applies");
        header("RateLimit", "string", "What is left of it");
    }
    match status {
        "200" | "304" if traits.reads_conditionally || traits.writes_conditionally => {
            header("ETag", "string", "The version of the representation");
        }
        "200" if traits.paged => header("Link", "string", "first, prev, next, last (RFC 8288)"),
        "201" => {
            header("Location", "string", "Where it is");
            if traits.idempotent {
                header(
                    "Idempotency-Replayed",
                    "string",
                    "`true` when this answer was given before",
                );
            }
        }
        "302" => header("Location", "string", "Where the browser goes"),
        "401" => header("WWW-Authenticate", "string", "`Bearer`"),
        "429" | "503" => header("Retry-After", "integer", "Seconds to wait"),
        _ => {}
    }
}

fn parameters(place: &Place<'_>, traits: &Traits, operation: &mut Map<String, Value>) {
    let mut parameters = match operation.remove("parameters") {
        Some(Value::Array(parameters)) => parameters,
        _ => Vec::new(),
    };
    for name in place.path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}')) {
        let known = place.known.iter().find(|parameter| parameter.name == name);
        let about = known.map_or("The number of the resource", |parameter| parameter.about);
        let (example, schema) = match known.map(|known| (known.example, known.pattern)) {
            Some((example, Some(pattern))) => {
                (json!(example), json!({"type": "string", "pattern": pattern}))
            }
            _ => (json!(1), json!({"type": "integer", "format": "int64", "minimum": 1})),
        };
        parameters.push(json!({
            "name": name, "in": "path", "required": true, "example": example,
            "description": about, "schema": schema
        }));
    }
    let mut query = |name: &str, description: &str, schema: Value| {
        parameters.push(json!({
            "name": name, "in": "query", "required": false, "description": description, "schema": schema
        }));
    };
    if traits.paged {
        query(
            "page",
            "The page, from 1; at most 10 000 rows deep",
            json!({"type": "integer", "format": "int32", "minimum": 1}),
        );
        query(
            "limit",
            "Rows a page",
            json!({"type": "integer", "format": "int32", "minimum": 1, "maximum": 100, "default": 20}),
        );
        query(
            "cursor",
            "Instead of `page`: `next_cursor` of the page before; empty for the first",
            json!({"type": "string"}),
        );
    }
    let mut header = |name: &str, description: &str, schema: Value| {
        parameters.push(json!({
            "name": name, "in": "header", "required": false, "description": description, "schema": schema
        }));
    };
    if traits.idempotent {
        header(
            "Idempotency-Key",
            "Makes a repetition of this request harmless for 24 h: it gets the first answer",
            json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}),
        );
    }
    if traits.reads_conditionally {
        header(
            "If-None-Match",
            "304 when this is the current tag",
            json!({"type": "string", "pattern": "^(\\*|\"[^\"]*\")$"}),
        );
    }
    if traits.writes_conditionally {
        header(
            "If-Match",
            "412 unless this is the current tag",
            json!({"type": "string", "pattern": "^(\\*|\"[^\"]*\")$"}),
        );
    }
    if !parameters.is_empty() {
        operation.insert("parameters".into(), Value::Array(parameters));
    }
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "A failure (RFC 9457).",
        "required": ["type", "title", "status", "detail", "instance", "success", "code", "error", "request_id", "retryable"],
        "properties": {
            "type": {"type": "string", "description": "Leads to a page that explains it"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "This occurrence, for a person"},
            "instance": {"type": "string", "description": "The path that was asked for"},
            "success": {"type": "boolean", "const": false},
            "code": {"type": "string", "description": "Stable, `<room>.<what>`"},
            "error": {"type": "string", "description": "The same as `detail`"},
            "request_id": {"type": "string"},
            "retryable": {"type": "boolean", "description": "Whether the same request may succeed later"},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldFault"}},
            "current": {"type": "object", "description": "With 412: the present state"},
            "permission": {"type": "string", "description": "With 403: the permission that is missing, if it is one"}
        },
        "example": {
            "type": "/problems/request.missing_field", "title": "Field missing", "status": 400,
            "detail": "`/title` must be there.", "instance": "/api/v1/things", "success": false,
            "code": "request.missing_field", "error": "`/title` must be there.",
            "request_id": "0b4c8b0f6a3f4c1f", "retryable": false,
            "errors": [{"field": "/title", "code": "request.missing_field", "message": "must be there"}]
        }
    })
}

fn field_error_schema() -> Value {
    json!({
        "type": "object",
        "description": "A fault of one field.",
        "required": ["field", "code", "message"],
        "properties": {
            "field": {"type": "string", "description": "JSON Pointer into the body, or the name of a parameter"},
            "code": {"type": "string"},
            "message": {"type": "string"}
        },
        "example": {"field": "/title", "code": "request.missing_field", "message": "must be there"}
    })
}
