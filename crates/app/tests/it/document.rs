//! The OpenAPI document: golden, complete, small, and the same as what is routed.

use std::{collections::HashSet, sync::LazyLock};

use alveole::openapi;
use rest::openapi::with_sign_in;
use serde_json::Value;

use crate::fixture::{PASSWORD, TestApp, document as document_text};

/// The document, read once for all tests.
pub(crate) fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(document_text()).unwrap());
    &DOCUMENT
}

/// Compares with a committed file; `ALVEOLE_BLESS=1` (`make golden`) rewrites it.
pub(crate) fn golden(file: &str, text: &str) {
    let path = format!("{}/../../{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("ALVEOLE_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "{file} is out of date: run `make golden`, read the diff");
}

#[test]
fn the_committed_document_is_what_the_routes_say() {
    golden("openapi/openapi.json", document_text());
}

/// A server without providers offers none: neither in its document nor by its routes.
#[actix_web::test]
async fn providers_that_are_not_configured_are_not_offered() {
    let app = TestApp::new();
    let answer = app.call("GET", "/openapi.json", &[], None).await;
    assert!(answer.text == document_text(), "the document is the committed one");
    let schemes = answer.json()["components"]["securitySchemes"].as_object().unwrap().clone();
    assert_eq!(schemes.keys().collect::<Vec<_>>(), ["bearer"]);
    for (method, path) in
        [("GET", "/api/v1/auth/google"), ("GET", "/api/v1/auth/google/callback?code=1&state=2")]
    {
        let answer = app.call(method, path, &[], None).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.json()["code"], "oauth.provider_unknown", "{path}");
    }
}

/// Offering a provider changes nothing else.
#[test]
fn the_document_stays_as_it_is_without_providers() {
    assert!(with_sign_in(document_text(), &[]).unwrap() == document_text());
}

/// The page keeps the document and asks whether it changed.
#[actix_web::test]
async fn the_document_and_the_page_are_sent_once() {
    let app = TestApp::new();
    for path in ["/openapi.json", "/docs/", "/docs/swagger-initializer.js", "/docs/swagger-ui.css"]
    {
        let first = app.call("GET", path, &[], None).await;
        assert_eq!((first.status.as_u16(), first.header("cache-control")), (200, "no-cache"));
        let tag = first.header("etag");
        assert!(tag.starts_with("W/\""), "{path}: {tag}");
        let second = app.call("GET", path, &[("if-none-match", tag)], None).await;
        assert_eq!((second.status.as_u16(), second.text.as_str()), (304, ""), "{path}");
    }
}

#[test]
fn the_committed_table_of_problems_is_the_one_in_use() {
    golden("openapi/problems.md", &openapi::describe().unwrap().1.markdown());
}

/// The operations, without references to shared parameters, bodies and answers.
pub(crate) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, operation)| {
                (method.to_uppercase(), path.clone(), resolved(document, operation))
            })
        })
        .collect()
}

/// An operation with what it shares with others in place. References to schemas stay.
fn resolved(document: &Value, operation: &Value) -> Value {
    let mut operation = operation.clone();
    let parameters = operation["parameters"].as_array_mut().into_iter().flatten();
    parameters.for_each(|parameter| *parameter = component(document, parameter));
    if let Some(body) = operation.get_mut("requestBody") {
        *body = component(document, body);
    }
    for response in operation["responses"].as_object_mut().unwrap().values_mut() {
        *response = component(document, response);
        for header in response["headers"].as_object_mut().into_iter().flatten() {
            *header.1 = component(document, header.1);
        }
    }
    operation
}

/// What a reference leads to; its own description takes the place of the other (OpenAPI 3.1).
fn component(document: &Value, value: &Value) -> Value {
    let Some(reference) = value["$ref"].as_str() else { return value.clone() };
    let found = document.pointer(reference.strip_prefix('#').unwrap());
    let mut found = found.expect(reference).clone();
    if value["description"].is_string() {
        found["description"] = value["description"].clone();
    }
    found
}

#[test]
fn every_operation_says_what_a_reader_needs() {
    let document = document();
    let mut ids = HashSet::new();
    for (method, path, operation) in operations(document) {
        let name = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(!id.is_empty() && ids.insert(id.to_owned()), "{name}: operation id");
        assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{name}: summary");
        assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{name}: tag");
        let permission = operation["x-permission"].as_str().unwrap_or_default();
        let permission = &document["x-permissions"][permission];
        assert!(permission["description"].is_string(), "{name}: permission");
        assert!(permission["roles"].as_array().is_some_and(|r| !r.is_empty()), "{name}: roles");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
            assert!(parameter["schema"].is_object(), "{name}: {parameter}");
        }
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.contains_key("500"), "{name}: 500");
        // A socket is opened by 101.
        let succeeds = |status: &String| status.starts_with(['2', '3']) || status == "101";
        assert!(responses.keys().any(succeeds), "{name}: success");
        for (status, response) in responses {
            assert!(response["description"].is_string(), "{name} {status}");
            // RFC 9110 §15.3.5 and §15.4
            let bare = matches!(status.as_str(), "101" | "204") || status.starts_with('3');
            assert_eq!(response["content"].is_object(), !bare, "{name} {status}: content");
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_bodies_are_closed() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let text = document.to_string();
    for reference in text.split("\"#/components/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"].pointer(&format!("/{name}")).is_some(), "{name}");
    }
    for (method, path, operation) in operations(document) {
        let Some(body) = operation.get("requestBody") else { continue };
        // Rows and bytes have no members.
        if ["text/csv", "application/offset+octet-stream", "*/*"]
            .iter()
            .any(|kind| body["content"].get(*kind).is_some())
        {
            continue;
        }
        let form = &body["content"]["multipart/form-data"]["schema"]["$ref"];
        let reference =
            form.as_str().or(body["content"]["application/json"]["schema"]["$ref"].as_str());
        let reference = reference.unwrap();
        let schema = &schemas[reference.rsplit('/').next().unwrap()];
        // OAuth2 clients may say more than we know (RFC 6749 §3.2).
        let open = path.ends_with("/auth/token");
        assert_eq!(schema["additionalProperties"], open, "{method} {path}");
        // What is in a file is no example in JSON.
        assert!(form.is_string() || schema["example"].is_object(), "{method} {path}: example");
    }
}

/// Each documented method answers, each other one is 405, and `Allow` says exactly which.
#[actix_web::test]
async fn the_live_routes_are_the_documented_ones() {
    let app = TestApp::new();
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap() {
        let url = ["{id}", "{comment_id}", "{token_id}", "{share_id}", "{file_id}"]
            .iter()
            .fold(path.replace("{name}", "nothing"), |url, name| url.replace(name, "999999"));
        let mut documented: Vec<String> =
            item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        if documented.contains(&"GET".to_owned()) {
            documented.push("HEAD".to_owned());
        }
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
            let answer = app.call(method, &url, &[], None).await;
            if documented.iter().any(|known| known == method) {
                let routed = answer.header("content-type") != "application/problem+json"
                    || !answer.text.contains("route.");
                assert!(routed, "{method} {path} is documented and not routed");
            } else {
                assert_eq!(answer.status, 405, "{method} {path}");
                let allow: HashSet<&str> = answer.header("allow").split(", ").collect();
                let mut expected: HashSet<&str> = documented.iter().map(String::as_str).collect();
                expected.insert("OPTIONS");
                assert_eq!(allow, expected, "{path}");
            }
        }
    }
    assert_eq!(app.call("GET", "/api/v1/nothing", &[], None).await.status, 404);
    assert_eq!(app.call("GET", "/api/v1/tasks/1/2/3", &[], None).await.status, 404);
}

/// The example of a JSON body; one that signs in as whom [`TestApp::furnish`] made.
pub(crate) fn example(document: &Value, path: &str, body: &Value) -> Option<Value> {
    let reference = body["content"]["application/json"]["schema"]["$ref"].as_str()?;
    let name = reference.rsplit('/').next().unwrap();
    let example = document["components"]["schemas"][name]["example"].clone();
    for field in ["password", "current_password"] {
        assert!(example.get(field).is_none_or(|value| value == PASSWORD), "{name}");
    }
    if path.ends_with("/login") || path.ends_with("/restore-account") {
        return Some(serde_json::json!({"username": "root", "password": PASSWORD}));
    }
    Some(example)
}

/// The examples of the document are requests that work.
#[actix_web::test]
async fn the_examples_run() {
    let document = document();
    for (method, path, operation) in operations(document) {
        let Some(body) = operation.get("requestBody") else { continue };
        // It names a time within a year, which no example does for ever; journeys try it.
        if path == "/api/v1/monitoring/alerts/{id}/silence" {
            continue;
        }
        let app = TestApp::new();
        let token = app.furnish().await;
        if let Some(file) = body["content"].get("text/csv") {
            let bearer = format!("Bearer {token}");
            let headers = [("authorization", bearer.as_str()), ("content-type", "text/csv")];
            let answer = app.call(&method, &path, &headers, file["example"].as_str()).await;
            assert!(answer.status.is_success(), "{method} {path}: {}", answer.text);
            continue;
        }
        // Forms with files have no example in JSON; `files.rs` tries them.
        let Some(example) = example(document, &path, body) else { continue };
        let url = TestApp::furnished(&path);
        let answer = app.call_as(&token, &method, &url, Some(&example.to_string())).await;
        // Neither secrets nor codes can be examples that work, and this house has no providers;
        // everything else is.
        let wanted = match path.rsplit_once('/') {
            _ if path == "/api/v1/auth/token" => 400,
            _ if path == "/api/v1/auth/setup" => 409,
            _ if path == "/api/v1/auth/link/{provider}" => 404,
            _ if path == "/api/v1/translate" => 503,
            _ if path.starts_with("/api/v1/webhooks/") => 200,
            _ if method == "POST" && path == "/api/v1/users/me/phone" => 409,
            Some((_, "refresh")) => 401,
            Some((rest, "verify")) if rest.ends_with("2fa") => 401,
            Some((_, "enable" | "disable" | "recovery-codes")) => 409,
            Some((_, "reset" | "verify" | "confirm")) => 422,
            _ => 200,
        };
        assert_eq!(
            answer.status.as_u16().min(wanted.max(200)),
            wanted,
            "{method} {url}: {}",
            answer.text
        );
        let documented = &operation["responses"][answer.status.as_str()];
        assert!(documented.is_object(), "{method} {path}: {}", answer.status);
        if wanted == 200 {
            assert!(answer.status.is_success(), "{method} {url}: {}", answer.text);
        }
    }
}
