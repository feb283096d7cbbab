//! The failures that operations share: one component for each status and class of operation, with
//! an example that carries a code of the table.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    SCHEMAS, headers,
    names::{pascal, singular},
};
use crate::codes::{Code, Codes};

/// One component below `components/responses`.
pub(super) struct Failure {
    /// The name of the component.
    pub(super) name: &'static str,
    pub(super) status: u16,
    pub(super) description: &'static str,
    /// The code of the example.
    code: &'static str,
    /// The words of the example.
    detail: &'static str,
}

const fn failure(
    name: &'static str,
    status: u16,
    description: &'static str,
    code: &'static str,
    detail: &'static str,
) -> Failure {
    Failure { name, status, description, code, detail }
}

pub(super) const BAD_BODY: Failure = failure(
    "BadRequest",
    400,
    "The request has errors; `errors` names each",
    "request.invalid",
    "The request has 2 faults; see `errors`.",
);
pub(super) const BAD_PARAMETER: Failure = failure(
    "BadParameter",
    400,
    "A parameter is wrong or unknown; `errors` names each",
    "request.unknown_parameter",
    "`colour` is not a parameter of this request.",
);
pub(super) const UNAUTHENTICATED: Failure = failure(
    "Unauthenticated",
    401,
    "Not signed in, or the token is not valid",
    "auth.not_signed_in",
    "This needs an access token.",
);
pub(super) const FORBIDDEN: Failure = failure(
    "Forbidden",
    403,
    "Signed in, but not allowed; `permission` names the one that is missing",
    "auth.missing_permission",
    "This needs the permission `users:manage`.",
);
pub(super) const REFUSED: Failure = failure(
    "AccountRefused",
    403,
    "Signed in, but the account may not do this now",
    "auth.two_factor_required",
    "Your role needs a second factor; set one up first.",
);
pub(super) const SESSION_NEEDED: Failure = failure(
    "SessionNeeded",
    403,
    "Signed in, but not allowed; a personal access token is not enough here",
    "auth.session_needed",
    "This needs a sign-in; a personal access token is not enough.",
);
pub(super) const NOT_FOUND: Failure = failure(
    "NotFound",
    404,
    "Not there, or not the caller's to see",
    "not_found",
    "There is nothing of this number.",
);
pub(super) const BODY_TIMEOUT: Failure = failure(
    "BodyTimeout",
    408,
    "The body did not arrive in time",
    "request.body_timeout",
    "The body did not arrive in time.",
);
pub(super) const CONFLICT: Failure = failure(
    "Conflict",
    409,
    "Collides with what is there, or with a request that is running",
    "store.duplicate",
    "A value that must be unique is taken.",
);
pub(super) const LOST_RACE: Failure = failure(
    "LostRace",
    409,
    "Another request changed it at the same moment",
    "store.stale",
    "Another request changed it at the same moment.",
);
pub(super) const GONE: Failure = failure(
    "Gone",
    410,
    "The cursor is gone; `oldest` and `head` say from where to go on",
    "events.cursor_expired",
    "Events behind this cursor are no longer kept.",
);
pub(super) const STALE: Failure = failure(
    "PreconditionFailed",
    412,
    "`If-Match` names an old version; `current` is the present state",
    "stale",
    "It was changed since you read it.",
);
pub(super) const TOO_LARGE: Failure = failure(
    "BodyTooLarge",
    413,
    "The body is too large",
    "request.body_too_large",
    "The body has more bytes than the server takes.",
);
pub(super) const MEDIA_TYPE: Failure = failure(
    "UnsupportedMediaType",
    415,
    "The body has another media type than those listed",
    "request.media_type",
    "The body must be `application/json`.",
);
pub(super) const NO_RANGE: Failure = failure(
    "RangeNotSatisfiable",
    416,
    "No part asked for is within the content",
    "range_not_satisfiable",
    "No part asked for is within the content.",
);
pub(super) const KEY_REUSED: Failure = failure(
    "IdempotencyKeyReused",
    422,
    "The Idempotency-Key was used for another request",
    "idempotency.key_reused",
    "This Idempotency-Key was used for another request.",
);
pub(super) const UPGRADE_REQUIRED: Failure = failure(
    "UpgradeRequired",
    426,
    "The request is no WebSocket handshake",
    "socket.upgrade_required",
    "This path speaks WebSocket: `Upgrade: websocket` is missing.",
);
pub(super) const TOO_MANY: Failure = failure(
    "TooManyRequests",
    429,
    "Too many requests",
    "rate_limit.exceeded",
    "Too many requests; try again in 12 s.",
);
pub(super) const INTERNAL: Failure = failure(
    "InternalError",
    500,
    "Something went wrong on our side",
    "internal",
    "Something went wrong on our side.",
);
pub(super) const UNAVAILABLE: Failure = failure(
    "Unavailable",
    503,
    "The server or its database is busy or being stopped",
    "server.overloaded",
    "The server is busy; try again shortly.",
);

const ALL: [&Failure; 20] = [
    &BAD_BODY,
    &BAD_PARAMETER,
    &UNAUTHENTICATED,
    &FORBIDDEN,
    &REFUSED,
    &SESSION_NEEDED,
    &NOT_FOUND,
    &BODY_TIMEOUT,
    &CONFLICT,
    &LOST_RACE,
    &GONE,
    &STALE,
    &TOO_LARGE,
    &MEDIA_TYPE,
    &NO_RANGE,
    &KEY_REUSED,
    &UPGRADE_REQUIRED,
    &TOO_MANY,
    &INTERNAL,
    &UNAVAILABLE,
];

/// The component that stands for a failure of a status for which a handler has words of its own.
pub(super) fn of_status(status: &str) -> Option<&'static Failure> {
    ALL.into_iter().find(|failure| failure.status.to_string() == status)
}

/// A reference to the component of a failure; `module` has codes of its own for some.
pub(super) fn reference(failure: &Failure, module: &str, codes: &Codes) -> Value {
    json!({"$ref": format!("#/components/responses/{}", component(failure, module, codes))})
}

/// A reference to the component of a code that an operation names.
pub(super) fn reference_to(code: &Code) -> Value {
    json!({"$ref": format!("#/components/responses/{}", pascal(code.code))})
}

/// `NotFound` of the module `tasks` is `TaskNotFound` if there is a code `tasks.not_found`.
fn component(failure: &Failure, module: &str, codes: &Codes) -> String {
    match own_code(failure, module, codes) {
        Some(_) => format!("{}{}", singular(module), failure.name),
        None => failure.name.to_owned(),
    }
}

fn own_code(failure: &Failure, module: &str, codes: &Codes) -> Option<&'static Code> {
    if failure.code.contains('.') {
        return None;
    }
    codes.find(&format!("{module}.{}", failure.code))
}

/// The components that `modules` may refer to.
pub(super) fn components(modules: &[&str], codes: &Codes) -> Map<String, Value> {
    let mut all = Map::new();
    for failure in ALL {
        let plain = codes.find(failure.code).map(|code| (failure.name.to_owned(), code));
        let own = modules.iter().filter_map(|module| {
            Some((component(failure, module, codes), own_code(failure, module, codes)?))
        });
        let named: Vec<_> = plain.into_iter().chain(own).collect();
        // A program without the code has the failure without an example.
        if named.is_empty() {
            all.insert(failure.name.to_owned(), response(failure, None));
        }
        for (name, code) in named {
            all.insert(name, response(failure, Some(code)));
        }
    }
    // Those that operations name by their codes.
    for code in codes.all() {
        if let Some(failure) = of_status(&code.status.to_string()) {
            let plain = Failure { name: "", description: code.title, code: code.code, ..*failure };
            all.insert(pascal(code.code), response(&plain, Some(code)));
        }
    }
    all
}

/// The content of a failure that has headers of its own and so is no component.
pub(super) fn content(status: &str, module: &str, codes: &Codes) -> Value {
    let failure = of_status(status);
    let code = failure.and_then(|failure| {
        let own = own_code(failure, module, codes);
        Some((failure, own.or_else(|| codes.find(failure.code))?))
    });
    problem(code.map(|(failure, code)| example(failure, code)))
}

/// The content of a failure that has a code and no shared words.
pub(super) fn content_of(code: &Code) -> Value {
    let plain = failure("", code.status, code.title, code.code, "");
    problem(Some(example(&plain, code)))
}

fn problem(example: Option<Value>) -> Value {
    let mut media = json!({"schema": {"$ref": format!("{SCHEMAS}Problem")}});
    if let Some(example) = example {
        media["example"] = example;
    }
    json!({"application/problem+json": media})
}

fn response(failure: &Failure, code: Option<&Code>) -> Value {
    let content = problem(code.map(|code| example(failure, code)));
    let mut response = json!({"description": failure.description, "content": content});
    match failure.status {
        401 => headers::add(&mut response, ["WWW-Authenticate"]),
        412 => headers::add(&mut response, ["ETag"]),
        429 => {
            headers::add(&mut response, ["Retry-After"]);
            headers::add(&mut response, headers::QUOTA);
        }
        500 => headers::add(&mut response, ["X-Request-Id"]),
        503 => headers::add(&mut response, ["Retry-After"]),
        _ => {}
    }
    response
}

fn example(failure: &Failure, code: &Code) -> Value {
    // Only the shared ones have words of their own; the others say their title.
    let title = format!("{}.", code.title);
    let detail = if failure.name.is_empty() { &title } else { failure.detail };
    let mut example = json!({
        "type": format!("/problems/{}", code.code),
        "title": code.title,
        "status": failure.status,
        "detail": detail,
        "instance": "/api/v1/things/7",
        "success": false,
        "code": code.code,
        "error": detail,
        "request_id": "0b4c8b0f6a3f4c1f8d52e1b6a7c90d34",
        "retryable": matches!(failure.status, 429 | 503),
    });
    match failure.name {
        "BadRequest" => {
            example["errors"] = json!([
                {"field": "/title", "code": "request.missing_field", "message": "must be given"},
                {"field": "/colour", "code": "request.unknown_field", "message": "is not a field of this request"},
            ]);
        }
        "BadParameter" => {
            example["errors"] = json!([
                {"field": "colour", "code": failure.code, "message": "is not a parameter of this request"}
            ]);
        }
        "Forbidden" => example["permission"] = json!("users:manage"),
        "Gone" => {
            example["oldest"] = json!("64a3c1f2b8e40.1042");
            example["head"] = json!("64a3c1f2b8e40.90312");
        }
        "PreconditionFailed" => example["current"] = json!({"id": 7, "version": 4}),
        _ => {}
    }
    super::order::like(&mut example, &PROBLEM_FIELDS);
    example
}

const PROBLEM_FIELDS: [&str; 15] = [
    "type",
    "title",
    "status",
    "detail",
    "instance",
    "success",
    "code",
    "error",
    "request_id",
    "retryable",
    "errors",
    "current",
    "permission",
    "oldest",
    "head",
];

/// The schemas of a failure and of what is in it.
pub(super) fn schemas(codes: &Codes) -> [(&'static str, Value); 3] {
    let all: BTreeSet<&str> = codes.all().map(|code| code.code).collect();
    let code = json!({
        "type": "string",
        "description": "What went wrong, for programs: `<domain>.<what>`. The meaning of a code never \
            changes; releases may add codes.",
        "enum": all,
    });
    let mut problem = json!({
        "type": "object",
        "description": "A failure (RFC 9457).",
        "required": &PROBLEM_FIELDS[..10],
        "properties": {
            "type": {"type": "string", "description": "The path of a page that explains it"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "This occurrence, for a person"},
            "instance": {"type": "string", "description": "The path that was asked for"},
            "success": {"type": "boolean", "const": false},
            "code": {"$ref": format!("{SCHEMAS}ProblemCode")},
            "error": {"type": "string", "description": "The same as `detail`"},
            "request_id": {"type": "string"},
            "retryable": {"type": "boolean", "description": "Whether the same request may succeed later"},
            "errors": {"type": "array", "items": {"$ref": format!("{SCHEMAS}FieldError")}},
            "current": {"type": "object", "description": "With 412: the present state"},
            "permission": {"type": "string", "description": "With 403: the permission that is missing, if it is one"},
            "oldest": {"type": "string", "description": "With 410: the cursor behind which everything follows that is kept"},
            "head": {"type": "string", "description": "With 410: the cursor behind which only what is new follows"}
        }
    });
    super::order::like(&mut problem["properties"], &PROBLEM_FIELDS);
    let mut field = json!({
        "type": "object",
        "description": "What is wrong with one field.",
        "required": ["field", "code", "message"],
        "properties": {
            "field": {"type": "string", "description": "JSON Pointer into the body, or the name of a parameter"},
            "code": {"$ref": format!("{SCHEMAS}ProblemCode")},
            "message": {"type": "string"}
        }
    });
    super::order::like(&mut field["properties"], &["field", "code", "message"]);
    [("Problem", problem), ("FieldError", field), ("ProblemCode", code)]
}
