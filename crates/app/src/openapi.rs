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
use utoipa::{OpenApi, openapi};
use utoipa_actix_web::AppExt as _;

use crate::http;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Alveole",
        description = "An all-in-one backend: accounts and sign-in, tasks, products, and the rooms to come.\n\n\
            Every success is `{\"success\": true, \"data\": …}`; every failure is a problem \
            (RFC 9457) whose `type` leads to a page that explains it.\n\n\
            To try it: `POST /auth/register`, `POST /auth/login`, then *Authorize* with the \
            `access_token`.",
        license(name = "MIT", identifier = "MIT")
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "auth", description = "Coming in, staying in, going out"),
        (name = "users", description = "Accounts and profiles"),
        (name = "admin", description = "What administrators do"),
        (name = "products", description = "The catalogue, and what one owns"),
        (name = "files", description = "Uploads, downloads, links"),
        (name = "tasks", description = "What is to be done, by whom, until when"),
        (name = "operations", description = "For operators")
    )
)]
struct Document;

/// The document as the routes give it, before completion.
pub fn routed() -> openapi::OpenApi {
    let (_, document) = App::new()
        .into_utoipa_app()
        .openapi(Document::openapi())
        .configure(http::routes)
        .split_for_parts();
    document
}

/// The document, complete.
pub fn document() -> Value {
    let mut document = serde_json::to_value(routed()).unwrap_or_default();
    if let Some(info) = document.get_mut("info") {
        info["version"] = json!(env!("CARGO_PKG_VERSION"));
    }
    document["components"]["securitySchemes"] = json!({
        "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "The `access_token` of `POST /api/v1/auth/login`, or a personal access token (`alv_…`) \
                of `POST /api/v1/auth/tokens`. Operations whose `x-permission` is `session` take the former only."
        },
        "google": with_provider("google", "Google"),
        "github": with_provider("github", "GitHub"),
    });
    document["components"]["schemas"]["Problem"] = problem_schema();
    document["components"]["schemas"]["FieldFault"] = fault_schema();
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for (path, item) in paths.iter_mut() {
            let Some(item) = item.as_object_mut() else { continue };
            for (method, operation) in item.iter_mut() {
                if let Some(operation) = operation.as_object_mut() {
                    complete(path, method, operation);
                }
            }
        }
    }
    // OAuth2 clients may say more than we know (RFC 6749 §3.2).
    document["components"]["schemas"]["auth.TokenRequest"]["additionalProperties"] = json!(true);
    close_request_bodies(&mut document);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        for schema in schemas.values_mut().filter(|s| s.get("additionalProperties").is_none()) {
            require_nullable(schema);
        }
    }
    sorted(plain(document))
}

/// The sign-in with a provider, as a front-end sees it: an authorization code flow of our own, with
/// PKCE. It works where the server is configured for the provider.
fn with_provider(name: &str, shown: &str) -> Value {
    json!({
        "type": "oauth2",
        "description": format!("Signs in with {shown}, if this server is configured for it."),
        "flows": {"authorizationCode": {
            "authorizationUrl": format!("/api/v1/auth/{name}"),
            "tokenUrl": "/api/v1/auth/token",
            "refreshUrl": "/api/v1/auth/token",
            "scopes": {}
        }}
    })
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

/// The document as it is served. A shipped binary carries the committed file, which a test holds
/// equal to what the routes say: making it anew at every start would cost 30 MiB of memory that the
/// allocator keeps.
pub fn served() -> std::borrow::Cow<'static, str> {
    if cfg!(debug_assertions) {
        text().into()
    } else {
        include_str!("../../../openapi/openapi.json").into()
    }
}

/// What we answer with and can be null is always there.
fn require_nullable(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            let nullable: Vec<Value> = map
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .filter(|(_, property)| {
                    property["type"].as_array().is_some_and(|types| types.contains(&json!("null")))
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

/// The document as text, ending in a line break; what `openapi/openapi.json` holds.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
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

fn complete(path: &str, method: &str, operation: &mut Map<String, Value>) {
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
        (false, true) => json!([{}, {"bearer": []}, {"google": []}, {"github": []}]),
        (false, false) => json!([{"bearer": []}, {"google": []}, {"github": []}]),
    };
    operation.insert("security".into(), security);

    parameters(path, &traits, operation);

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
        response_headers(path, status, &traits, response);
    }
}

fn response_headers(path: &str, status: &str, traits: &Traits, response: &mut Value) {
    let mut header = |name: &str, kind: &str, description: &str| {
        response["headers"][name] = json!({"description": description, "schema": {"type": kind}});
    };
    header("X-Request-Id", "string", "The request's id, as in the log");
    if path.starts_with("/api/") {
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

fn parameters(path: &str, traits: &Traits, operation: &mut Map<String, Value>) {
    let mut parameters = match operation.remove("parameters") {
        Some(Value::Array(parameters)) => parameters,
        _ => Vec::new(),
    };
    for name in path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}')) {
        if name == "provider" {
            parameters.push(json!({
                "name": name, "in": "path", "required": true, "example": "google",
                "description": "The name of the provider in this server's settings",
                "schema": {"type": "string", "pattern": "^[a-z][a-z0-9_-]{1,31}$"}
            }));
            continue;
        }
        let number = json!({"type": "integer", "format": "int64", "minimum": 1});
        let word = json!({"type": "string", "pattern": "^[a-z][a-z0-9_-]{1,49}$"});
        let (description, example, schema) = match name {
            "name" => ("The name of the role", json!("auditors"), word),
            "comment_id" => ("The number of the comment", json!(1), number),
            "share_id" => ("The number of the link", json!(1), number),
            "file_id" => ("The number of the file", json!(1), number),
            "token_id" => ("The number of the token", json!(1), number),
            _ => ("The number of the resource", json!(1), number),
        };
        parameters.push(json!({
            "name": name, "in": "path", "required": true, "example": example,
            "description": description, "schema": schema
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
            "type": "/problems/tasks.title_empty", "title": "Title empty", "status": 400,
            "detail": "`/title` must not be empty.", "instance": "/api/v1/tasks", "success": false,
            "code": "tasks.title_empty", "error": "`/title` must not be empty.",
            "request_id": "0b4c8b0f6a3f4c1f", "retryable": false,
            "errors": [{"field": "/title", "code": "tasks.title_empty", "message": "must not be empty"}]
        }
    })
}

fn fault_schema() -> Value {
    json!({
        "type": "object",
        "description": "A fault of one field.",
        "required": ["field", "code", "message"],
        "properties": {
            "field": {"type": "string", "description": "JSON Pointer into the body, or the name of a parameter"},
            "code": {"type": "string"},
            "message": {"type": "string"}
        },
        "example": {"field": "/title", "code": "tasks.title_empty", "message": "must not be empty"}
    })
}
