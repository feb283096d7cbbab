//! What generators of clients and readers make of the document: its size, its names, what is shared,
//! and examples that are true.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::StatusCode;
use alveole::openapi;
use kernel::Role;
use serde_json::Value;

use crate::{
    document::{document, operations},
    fixture::{Answer, TestApp, document as document_text},
};

/// Bytes an operation, on average, schemas and all. What endpoints receive are operations, too.
const BYTES_AN_OPERATION: usize = 3_200;

#[test]
fn the_document_is_small() {
    let (text, document) = (document_text(), document());
    let webhooks = document["webhooks"].as_object().map_or(0, |all| all.len());
    let count = operations(document).len() + webhooks;
    assert!(
        text.len() <= BYTES_AN_OPERATION * count,
        "{} bytes are {} an operation",
        text.len(),
        text.len() / count
    );
}

#[test]
fn components_are_named_like_types() {
    for (kind, components) in document()["components"].as_object().unwrap() {
        for name in components.as_object().unwrap().keys().filter(|_| kind != "securitySchemes") {
            let right = name.starts_with(|c: char| c.is_ascii_uppercase())
                && name.chars().all(|c| c.is_ascii_alphanumeric());
            assert!(right, "{kind}: {name}");
        }
    }
}

#[test]
fn the_words_of_clients_are_there() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in
        ["Task", "TaskPage", "TaskResponse", "CreateTask", "TaskStatus", "PageInfo", "CursorInfo"]
    {
        assert!(schemas.contains_key(name), "{name}");
    }
}

/// Paths and fields are where their declarations are: people begin with an account, and a task with
/// its number.
#[test]
fn paths_and_fields_are_in_the_order_of_their_declaration() {
    let text = document_text();
    let paths =
        ["register", "login", "me", "refresh"].map(|path| format!("\"/api/v1/auth/{path}\""));
    let places: Vec<usize> = paths.iter().map(|path| text.find(path).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(text.find("\"/api/").unwrap(), places[0]);
    let task = &text[text.find("\n   \"Task\": {").unwrap()..];
    let places = ["id", "title", "description", "status", "priority", "due_date", "version"];
    let places = places.map(|field| task.find(&format!("\n     \"{field}\": ")).unwrap());
    assert!(places.is_sorted(), "{places:?}");
}

/// Swagger UI fills examples in and sends them: lists would be filtered, downloads would end early.
#[test]
fn what_is_optional_has_no_example_that_would_be_sent() {
    for (method, path, operation) in operations(document()) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let sent = parameter.get("example").or(parameter["schema"].get("example"));
            assert!(parameter["required"] == true || sent.is_none(), "{method} {path} {parameter}");
        }
    }
}

/// Swagger UI would wait for the end of a stream.
#[test]
fn streams_say_how_to_follow_them_by_curl() {
    let mut streams = 0;
    for (_, path, operation) in operations(document()) {
        if operation["responses"]["200"]["content"].get("text/event-stream").is_some() {
            let line =
                format!("curl -N -H \"Authorization: Bearer $TOKEN\" http://localhost:8080{path}");
            assert!(operation["description"].as_str().unwrap().contains(&line), "{path}");
            streams += 1;
        }
    }
    assert!(streams > 0);
}

#[test]
fn a_tag_has_few_operations() {
    let document = document();
    let mut count = BTreeMap::new();
    for (_, _, operation) in operations(document) {
        *count.entry(operation["tags"][0].as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    let tags = document["tags"].as_array().unwrap().iter();
    let declared: BTreeSet<&str> = tags.map(|tag| tag["name"].as_str().unwrap()).collect();
    assert_eq!(declared, count.keys().map(String::as_str).collect());
    assert!(count.values().all(|count| *count <= 20), "{count:?}");
}

#[test]
fn what_operations_share_is_said_once() {
    let document = document();
    assert!(document["security"].as_array().is_some_and(|ways| !ways.is_empty()));
    let (mut parameters, mut headers) = (BTreeSet::new(), BTreeSet::new());
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let own = parameter.get("$ref").is_none();
                assert!(!own || parameters.insert(parameter.to_string()), "{name}: {parameter}");
            }
            for (status, response) in operation["responses"].as_object().unwrap() {
                for (header, described) in response["headers"].as_object().into_iter().flatten() {
                    let own = described.get("$ref").is_none();
                    let text = format!("{header}: {described}");
                    assert!(!own || headers.insert(text), "{name} {status}: {header}");
                }
                let problem = response["content"].get("application/problem+json");
                // Only tus has this status.
                assert!(problem.is_none() || status == "460", "{name} {status}: {response}");
            }
            let security = operation.get("security").and_then(Value::as_array);
            assert_eq!(
                security.is_some_and(|ways| ways.is_empty()),
                operation["x-permission"] == "public",
                "{name}: security"
            );
        }
    }
}

#[test]
fn the_code_of_a_problem_is_one_of_the_table() {
    let (_, codes) = openapi::describe().unwrap();
    let document = document();
    let schemas = &document["components"]["schemas"];
    let listed: Vec<&str> = schemas["ProblemCode"]["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code.as_str().unwrap())
        .collect();
    assert_eq!(listed, codes.all().map(|code| code.code).collect::<Vec<_>>());
    let reference = "#/components/schemas/ProblemCode";
    assert_eq!(schemas["Problem"]["properties"]["code"]["$ref"], reference);
}

/// Each failure has an example of its own, with a code and a title of the table.
#[test]
fn the_examples_of_failures_are_true() {
    let (_, codes) = openapi::describe().unwrap();
    let document = document();
    let known = document["components"]["schemas"]["Problem"]["properties"].as_object().unwrap();
    let mut seen = BTreeMap::new();
    for (method, path, operation) in operations(document) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let Some(media) = response["content"].get("application/problem+json") else { continue };
            if status == "460" {
                continue;
            }
            let name = format!("{method} {path} {status}");
            let example = &media["example"];
            let code = codes.find(example["code"].as_str().expect(&name)).expect(&name);
            assert_eq!(example["status"].to_string(), *status, "{name}");
            assert_eq!(code.status.to_string(), *status, "{name}");
            assert_eq!(example["title"], code.title, "{name}");
            assert_eq!(example["type"], format!("/problems/{}", code.code), "{name}");
            assert_eq!(example["detail"], example["error"], "{name}");
            assert!(example.as_object().unwrap().keys().all(|f| known.contains_key(f)), "{name}");
            let asks = |header: &str| {
                let mut all = operation["parameters"].as_array().into_iter().flatten();
                all.any(|parameter| parameter["name"] == header)
            };
            let permission = operation["x-permission"].as_str().unwrap();
            let possible = match code.code {
                "auth.not_signed_in" => permission != "public",
                "auth.missing_permission" => permission.contains(':'),
                "idempotency.key_reused" | "store.duplicate" => asks("Idempotency-Key"),
                own if status == "412" && own.rsplit('.').next() == Some("stale") => {
                    // Downloads know conditions without a parameter, bulk requests name versions.
                    asks("If-Match")
                        || asks("Range")
                        || path.ends_with("/shared")
                        || path.ends_with("/bulk")
                }
                _ => true,
            };
            assert!(possible, "{name}: {}", code.code);
            seen.insert(code.code, status.clone());
        }
    }
    assert!(seen.len() >= 20, "{seen:?}");
}

/// A refusal looks like the example of the document: the same members, code, title and words, but
/// for those that say what this request was about.
#[actix_web::test]
async fn refusals_look_like_their_examples() {
    let app = TestApp::new();
    let root = app.furnish().await;
    let ada = app.token("ada", Role::User).await;
    let document = document();
    let all = operations(document);
    let alike = |method: &str, path: &str, answer: &Answer, status: u16| {
        let (_, _, operation) = all.iter().find(|(m, p, _)| m == method && p == path).unwrap();
        assert_eq!(answer.status, StatusCode::from_u16(status).unwrap(), "{}", answer.text);
        let documented = &operation["responses"][answer.status.as_str()];
        let example = &documented["content"]["application/problem+json"]["example"];
        let problem = answer.json();
        let members = |problem: &Value| -> BTreeSet<String> {
            problem.as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(members(&problem), members(example), "{method} {path} {status}");
        for member in ["type", "title", "status", "code", "retryable", "success"] {
            assert_eq!(problem[member], example[member], "{method} {path} {status}");
        }
        for header in documented["headers"].as_object().into_iter().flatten() {
            let sent = answer.headers.contains_key(header.0.as_str());
            assert!(sent, "{method} {path} {status} without {}", header.0);
        }
    };
    let (tasks, task) = ("/api/v1/tasks", "/api/v1/tasks/{id}");
    let wrong = app.call_as(&root, "POST", tasks, Some(r#"{"colour":"red"}"#)).await;
    alike("POST", tasks, &wrong, 400);
    let wrong = app.call_as(&root, "GET", "/api/v1/tasks?colour=red", None).await;
    alike("GET", tasks, &wrong, 400);
    alike("GET", tasks, &app.call("GET", tasks, &[], None).await, 401);
    let users = "/api/v1/admin/users";
    alike("GET", users, &app.call_as(&ada, "GET", users, None).await, 403);
    let missing = app.call_as(&root, "GET", "/api/v1/tasks/999999", None).await;
    alike("GET", task, &missing, 404);
    let bearer = format!("Bearer {root}");
    let old = [("authorization", bearer.as_str()), ("if-match", "\"99\"")];
    let stale = app.call("PUT", "/api/v1/tasks/1", &old, Some(r#"{"title":"y"}"#)).await;
    alike("PUT", task, &stale, 412);
    let large = format!(r#"{{"title":"{}"}}"#, "x".repeat(70_000));
    alike("POST", tasks, &app.call_as(&root, "POST", tasks, Some(&large)).await, 413);
    let text = [("authorization", bearer.as_str()), ("content-type", "text/plain")];
    alike("POST", tasks, &app.call("POST", tasks, &text, Some("x")).await, 415);
    let once = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
    assert_eq!(app.call("POST", tasks, &once, Some(r#"{"title":"a"}"#)).await.status, 201);
    let reused = app.call("POST", tasks, &once, Some(r#"{"title":"b"}"#)).await;
    alike("POST", tasks, &reused, 422);
    let few = TestApp::with_quota("1/min");
    few.call("GET", tasks, &[], None).await;
    alike("GET", tasks, &few.call("GET", tasks, &[], None).await, 429);
}
