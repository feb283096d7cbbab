//! One operation, completed by what it says of itself in `x-alveole`.

use serde_json::{Map, Value, json};

use super::{
    failures::{self, Failure},
    headers,
    sign_in::bearer,
};
use crate::{codes::Codes, module::PathParameter};

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
    tagged: bool,
    /// Permissions that it needs besides.
    also: Vec<Value>,
    /// Codes of its own failures, for their examples.
    codes: Vec<String>,
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
            tagged: flag("tagged"),
            also: said.get("also").and_then(Value::as_array).cloned().unwrap_or_default(),
            codes: said
                .get("codes")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|code| code.as_str().map(str::to_owned))
                .collect(),
            access: ["session", "socket", "ticket", "without_factor"]
                .into_iter()
                .filter(|name| flag(name))
                .map(|name| (name.to_owned(), json!(true)))
                .collect(),
        }
    }

    fn is_public(&self) -> bool {
        self.permission == "public"
    }

    /// Whether a personal access token is not enough.
    fn needs_session(&self) -> bool {
        self.permission == "session" || self.access.contains_key("session")
    }

    /// What a caller needs, for operations that say nothing else.
    fn needs(&self) -> String {
        match self.permission.as_str() {
            "public" => "Needs no sign-in.".to_owned(),
            _ if self.needs_session() => {
                "Needs a sign-in; a personal access token is not enough.".to_owned()
            }
            "signed-in" => "Needs a sign-in.".to_owned(),
            permission => format!("Needs the permission `{permission}`."),
        }
    }

    /// How a caller who is signed in is refused.
    fn forbidden(&self) -> &'static Failure {
        match self.permission.as_str() {
            _ if self.needs_session() => &failures::SESSION_NEEDED,
            "signed-in" => &failures::REFUSED,
            _ => &failures::FORBIDDEN,
        }
    }
}

/// Where an operation stands, and what the modules say of all operations.
pub(super) struct Place<'a> {
    pub(super) path: &'a str,
    pub(super) method: &'a str,
    /// The module that it comes from.
    pub(super) module: &'a str,
    pub(super) known: &'a [&'a PathParameter],
    pub(super) codes: &'a Codes,
}

pub(super) fn complete(place: &Place<'_>, operation: &mut Map<String, Value>) {
    let traits = Traits::take(operation);
    let has_body = operation.contains_key("requestBody");
    if let Some(body) = operation.get_mut("requestBody") {
        body["required"] = json!(true);
        let json = body["content"]["application/json"].clone();
        if matches!(place.method, "put" | "patch") && !json.is_null() {
            body["content"]["application/merge-patch+json"] = json;
        }
    }
    operation.insert("x-permission".into(), json!(traits.permission));
    if !traits.also.is_empty() {
        operation.insert("x-permission-also".into(), traits.also.clone().into());
    }
    if !traits.access.is_empty() {
        operation.insert("x-access".into(), Value::Object(traits.access.clone()));
    }
    // The document itself asks for a sign-in; only exceptions are said here.
    if traits.is_public() {
        operation.insert("security".into(), json!([]));
    } else if traits.optional {
        operation.insert("security".into(), json!([{}, bearer()]));
    }
    if !operation.contains_key("description") {
        operation.insert("description".into(), json!(traits.needs()));
    }
    if let Some(line) = stream_by_curl(place, operation) {
        let said = operation.get("description").and_then(Value::as_str).unwrap_or_default();
        operation.insert("description".into(), json!(format!("{said}\n\n{line}")));
    }
    parameters(place, &traits, operation);

    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    for failure in failures(place, &traits, has_body) {
        let entry = &mut responses[failure.status.to_string()];
        if entry.is_null() {
            *entry = named(place, &traits, failure);
        }
    }
    if traits.reads_conditionally {
        responses["304"] = json!({"description": "The client's copy is current"});
    }
    let Some(responses) = responses.as_object_mut() else { return };
    for (status, response) in responses.iter_mut() {
        answer(place, &traits, status, response);
    }
}

/// How to follow a stream of events, which Swagger UI would wait for without showing any of it.
fn stream_by_curl(place: &Place<'_>, operation: &Map<String, Value>) -> Option<String> {
    operation.get("responses")?["200"]["content"].get("text/event-stream")?;
    let Place { path, .. } = place;
    Some(format!(
        "Swagger UI cannot show a stream that does not end. In a terminal:\n\n\
         ```\ncurl -N -H \"Authorization: Bearer $TOKEN\" http://localhost:8080{path}\n```"
    ))
}

/// Each failure that an operation shares with others; those of one status in the order of their
/// importance.
fn failures(place: &Place<'_>, traits: &Traits, has_body: bool) -> Vec<&'static Failure> {
    let mut all = vec![&failures::INTERNAL];
    if !traits.plain || traits.reads_conditionally {
        all.push(if has_body { &failures::BAD_BODY } else { &failures::BAD_PARAMETER });
    }
    if !traits.plain {
        all.extend([&failures::TOO_MANY, &failures::UNAVAILABLE]);
    }
    if !traits.is_public() {
        all.extend([&failures::UNAUTHENTICATED, traits.forbidden()]);
    }
    if place.path.contains("{id}") || traits.finds {
        all.push(&failures::NOT_FOUND);
    }
    if has_body {
        all.extend([&failures::BODY_TIMEOUT, &failures::TOO_LARGE, &failures::MEDIA_TYPE]);
    }
    if traits.idempotent {
        all.extend([&failures::CONFLICT, &failures::KEY_REUSED]);
    }
    if traits.writes_conditionally {
        all.extend([&failures::LOST_RACE, &failures::STALE]);
    }
    all
}

/// A reference to a failure, or to the code of its status that the operation names.
fn named(place: &Place<'_>, traits: &Traits, failure: &Failure) -> Value {
    let own = traits.codes.iter().filter_map(|code| place.codes.find(code));
    match own.into_iter().find(|code| code.status == failure.status) {
        Some(code) => failures::reference_to(code),
        None => failures::reference(failure, place.module, place.codes),
    }
}

/// Completes one answer. A failure that the handler describes in its own words refers to the shared
/// one and keeps its description.
fn answer(place: &Place<'_>, traits: &Traits, status: &str, response: &mut Value) {
    if response.get("$ref").is_some() {
        return;
    }
    let bare = response.get("content").is_none();
    if status.starts_with(['4', '5']) && bare {
        if let Some(failure) = failures::of_status(status)
            && response.get("headers").is_none()
        {
            let description = response["description"].take();
            let forbidden = traits.forbidden();
            let failure = if status == "403" { forbidden } else { failure };
            *response = named(place, traits, failure);
            if description != json!(failure.description) {
                response["description"] = description;
            }
            return;
        }
        let own = traits.codes.iter().filter_map(|code| place.codes.find(code));
        response["content"] = match own.into_iter().find(|code| code.status.to_string() == status) {
            Some(code) => failures::content_of(code),
            None => failures::content(status, place.module, place.codes),
        };
    }
    let conditional = traits.reads_conditionally || traits.writes_conditionally;
    match status {
        // What is deleted has no version any more.
        "200" if place.method == "delete" && !traits.tagged => {}
        "200" | "206" | "304" if conditional || traits.tagged => {
            headers::add(response, ["ETag"]);
            if traits.paged {
                headers::add(response, ["Link"]);
            }
        }
        "200" if traits.paged => {
            headers::add(response, ["Link"]);
            // What everyone sees alike is kept by proxies.
            if traits.permission != "public" {
                headers::add(response, ["X-Feed-Cursor"]);
            }
        }
        "201" => {
            headers::add(response, ["Location"]);
            if traits.idempotent {
                headers::add(response, ["Idempotency-Replayed"]);
            }
            if traits.tagged {
                headers::add(response, ["ETag"]);
            }
        }
        "302" => headers::add(response, ["Location"]),
        "401" => headers::add(response, ["WWW-Authenticate"]),
        "429" | "503" => headers::add(response, ["Retry-After"]),
        _ => {}
    }
}

fn parameters(place: &Place<'_>, traits: &Traits, operation: &mut Map<String, Value>) {
    let mut parameters = match operation.remove("parameters") {
        Some(Value::Array(parameters)) => parameters,
        _ => Vec::new(),
    };
    parameters.iter_mut().for_each(leave_out);
    for name in place.path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}')) {
        parameters.push(path_parameter(name, place.known));
    }
    let mut push = |place: &str, name: &str, description: &str, schema: Value| {
        parameters.push(json!({
            "name": name, "in": place, "required": false, "description": description, "schema": schema
        }));
    };
    if traits.paged {
        push(
            "query",
            "page",
            "The page, from 1; at most 10 000 rows deep",
            json!({"type": "integer", "format": "int32", "minimum": 1}),
        );
        push(
            "query",
            "limit",
            "Rows a page",
            json!({"type": "integer", "format": "int32", "minimum": 1, "maximum": 100, "default": 20}),
        );
        push(
            "query",
            "cursor",
            "Instead of `page`: `next_cursor` of the page before; empty for the first",
            json!({"type": "string"}),
        );
    }
    if traits.idempotent {
        push(
            "header",
            "Idempotency-Key",
            "Makes a repetition of this request harmless for 24 h: it gets the first answer",
            json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}),
        );
    }
    let tag = json!({"type": "string", "pattern": "^(\\*|\"[^\"]*\")$"});
    if traits.reads_conditionally {
        push("header", "If-None-Match", "304 when this is the current tag", tag.clone());
    }
    if traits.writes_conditionally {
        push("header", "If-Match", "412 unless this is the current tag", tag);
    }
    if !parameters.is_empty() {
        operation.insert("parameters".into(), Value::Array(parameters));
    }
}

/// Moves the example of an optional parameter into its description. Swagger UI fills examples in and
/// sends them: downloads would end after some bytes, and lists would be filtered.
fn leave_out(parameter: &mut Value) {
    if parameter["required"] == json!(true) {
        return;
    }
    let Some(parameter) = parameter.as_object_mut() else { return };
    let own = parameter.remove("example");
    let schema = parameter.get_mut("schema").and_then(Value::as_object_mut);
    let Some(example) = own.or(schema.and_then(|schema| schema.remove("example"))) else { return };
    let example = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
    let said = parameter.get("description").and_then(Value::as_str).unwrap_or_default();
    let said = said.trim_end_matches('.');
    parameter.insert("description".to_owned(), json!(format!("{said}. Example: `{example}`")));
}

fn path_parameter(name: &str, known: &[&PathParameter]) -> Value {
    let known = known.iter().find(|parameter| parameter.name == name);
    let about = known.map_or("The number of the resource", |parameter| parameter.about);
    let (example, schema) = match known.map(|known| (known.example, known.pattern)) {
        Some((example, Some(pattern))) => {
            (json!(example), json!({"type": "string", "pattern": pattern}))
        }
        _ => (json!(1), json!({"type": "integer", "format": "int64", "minimum": 1})),
    };
    json!({
        "name": name, "in": "path", "required": true, "example": example,
        "description": about, "schema": schema
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_optional_parameter_has_no_example_that_would_be_sent() {
        let mut range =
            json!({"in": "header", "description": "Parts of it.", "example": "bytes=0-9"});
        leave_out(&mut range);
        let said = json!({"in": "header", "description": "Parts of it. Example: `bytes=0-9`"});
        assert_eq!(range, said);
        let mut needed = json!({"in": "header", "required": true, "example": 0});
        leave_out(&mut needed);
        assert_eq!(needed["example"], 0);
    }
}
