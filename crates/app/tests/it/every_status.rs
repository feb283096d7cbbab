//! What an operation documents is what it can answer: each status that all have in common, asked of
//! every operation that documents it.
#![expect(
    clippy::indexing_slicing,
    reason = "the index of a JSON value gives null; it does not panic on objects"
)]

use std::time::Duration;

use actix_http::BoxedPayloadStream;
use actix_web::{dev::Payload, http::header, test::TestRequest};
use futures_util::stream;
use kernel::{Access, StoreError};
use serde_json::Value;

use crate::{
    document::{document, example},
    fixture::{Answer, Options, TestApp},
    operations::{Operation, operations},
};

/// The operations that document this status, but for those whose own tests produce it.
fn documenting(status: &str, elsewhere: &[&str]) -> Vec<Operation> {
    let mut found = operations();
    found.retain(|operation| operation.described["responses"].get(status).is_some());
    for name in elsewhere {
        assert!(found.iter().any(|operation| operation.name() == *name), "{status}: {name}");
    }
    found.retain(|operation| !elsewhere.contains(&operation.name().as_str()));
    found
}

/// The content of an upload by tus comes after the upload was made.
const TUS_CONTENT: &str = "PATCH /api/v1/files/uploads/{id}";
/// They take a form with a file.
const FORMS: [&str; 5] = [
    "POST /api/v1/files",
    "POST /api/v1/products/{id}/files",
    "POST /api/v1/tasks/{id}/attachments",
    "PUT /api/v1/users/me/avatar",
    "PATCH /api/v1/users/me/avatar",
];
/// They ask for a provider, and there is none here.
const PROVIDERS: [&str; 4] = [
    "GET /api/v1/auth/{provider}",
    "GET /api/v1/auth/{provider}/callback",
    "POST /api/v1/auth/link/{provider}",
    "DELETE /api/v1/auth/link/{provider}",
];
/// It takes what is signed, of every type.
const RECEIVE: &str = "POST /api/v1/webhooks/{source}";
/// It takes a signed link.
const SHARED: &str = "GET /api/v1/files/{id}/shared";

/// The operation on what [`TestApp::furnish`] made, with the example of its body.
fn on_furnished(operation: &Operation, token: &str) -> TestRequest {
    with_example(operation, token, &TestApp::furnished(&operation.template))
}

/// The operation at this address, with the example of its body.
fn with_example(operation: &Operation, token: &str, path: &str) -> TestRequest {
    let (mut path, document) = (path.to_owned(), document());
    for parameter in operation.described["parameters"].as_array().into_iter().flatten() {
        if parameter["in"] == "query" && parameter["required"] == true {
            let join = if path.contains('?') { '&' } else { '?' };
            path = format!("{path}{join}{}=some", parameter["name"].as_str().unwrap());
        }
    }
    let request =
        operation.request(&path).insert_header((header::AUTHORIZATION, format!("Bearer {token}")));
    let body = example(document, &operation.template, &operation.described["requestBody"]);
    match body {
        Some(body) => request.set_json(body),
        None => request,
    }
}

/// Fails unless each answered with this status, in words of ours.
fn all_answered(status: u16, operations: &[Operation], answers: &[Answer]) {
    assert_eq!(operations.len(), answers.len());
    let wrong: Vec<String> = operations
        .iter()
        .zip(answers)
        .filter(|(_, answer)| {
            answer.status.as_u16() != status
                || (status >= 400 && !answer.header("content-type").contains("problem+json"))
        })
        .map(|(operation, answer)| {
            format!("{}: {} {}", operation.name(), answer.status, answer.text)
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), answers.len(), wrong.join("\n"));
}

#[actix_web::test]
async fn what_is_asked_too_often_is_429() {
    let operations = documenting("429", &[]);
    let app = TestApp::with_quota("1/min");
    // The first request of each bucket is let through.
    let twice = |operation: &Operation| [0, 1].map(|_| operation.request(&operation.path));
    let answers = app.send_each(operations.iter().flat_map(twice).collect()).await;
    let second: Vec<_> = answers.into_iter().skip(1).step_by(2).collect();
    all_answered(429, &operations, &second);
}

#[actix_web::test]
async fn what_is_too_large_is_413() {
    let operations = documenting("413", &[TUS_CONTENT, "POST /api/v1/files/uploads"]);
    let app = TestApp::new();
    let token = app.furnish().await;
    let requests = operations.iter().map(|operation| {
        let kind = operation.media_types().first().copied().unwrap_or("application/json");
        let kind =
            if kind.starts_with("multipart/") { "multipart/form-data; boundary=x" } else { kind };
        operation
            .request(&TestApp::furnished(&operation.template))
            .insert_header((header::AUTHORIZATION, format!("Bearer {token}")))
            .insert_header((header::CONTENT_TYPE, kind))
            .insert_header((header::CONTENT_LENGTH, "99999999999999"))
    });
    all_answered(413, &operations, &app.send_each(requests.collect()).await);
}

#[actix_web::test]
async fn a_body_that_does_not_come_is_408() {
    let operations = documenting("408", &[TUS_CONTENT, RECEIVE]);
    let request_timeout = Duration::from_millis(100);
    let app = TestApp::with(Options { request_timeout, ..Options::default() });
    let token = app.furnish().await;
    let requests = operations.iter().map(|operation| {
        let kind = operation.media_types().first().copied().unwrap_or("application/json");
        let kind =
            if kind.starts_with("multipart/") { "multipart/form-data; boundary=x" } else { kind };
        let request = operation
            .request(&TestApp::furnished(&operation.template))
            .insert_header((header::AUTHORIZATION, format!("Bearer {token}")))
            .insert_header((header::CONTENT_TYPE, kind))
            .to_request();
        let never: BoxedPayloadStream = Box::pin(stream::pending());
        request.replace_payload(Payload::Stream { payload: never }).0
    });
    all_answered(408, &operations, &app.send_together(requests.collect()).await);
}

#[actix_web::test]
async fn a_parameter_that_is_not_known_is_400() {
    let operations =
        documenting("400", &[&FORMS[..], &PROVIDERS[..2], &["POST /api/v1/auth/token"]].concat());
    let app = TestApp::new();
    let token = app.furnish().await;
    let requests = operations.iter().map(|operation| {
        with_example(
            operation,
            &token,
            &format!("{}?nonsense=1", TestApp::furnished(&operation.template)),
        )
    });
    all_answered(400, &operations, &app.send_each(requests.collect()).await);
}

#[actix_web::test]
async fn what_is_not_there_is_404() {
    let mut operations = documenting(
        "404",
        &[
            TUS_CONTENT,
            SHARED,
            FORMS[1],
            FORMS[2],
            // It adds what is not there.
            "PUT /api/v1/admin/webhooks/sources/{source}",
        ],
    );
    operations.retain(|operation| operation.template.contains('{'));
    let app = TestApp::new();
    let token = app.furnish().await;
    let requests = operations.iter().map(|operation| {
        with_example(operation, &token, &operation.path.replace("auditors", "nobody"))
    });
    all_answered(404, &operations, &app.send_each(requests.collect()).await);
}

#[actix_web::test]
async fn an_old_version_is_412() {
    let operations = documenting(
        "412",
        &[
            TUS_CONTENT,
            SHARED,
            "GET /api/v1/files/{id}/variant",
            "POST /api/v1/tasks/bulk",
            "POST /api/v1/files/uploads",
            "GET /api/v1/files/uploads/{id}",
            "DELETE /api/v1/files/uploads/{id}",
        ],
    );
    let app = TestApp::new();
    let token = app.furnish().await;
    let requests = operations.iter().map(|operation| {
        on_furnished(operation, &token).insert_header((header::IF_MATCH, "\"99\""))
    });
    all_answered(412, &operations, &app.send_each(requests.collect()).await);
}

#[actix_web::test]
async fn a_copy_that_is_current_is_304() {
    let operations = documenting("304", &[SHARED, "GET /api/v1/files/{id}/variant"]);
    let app = TestApp::new();
    let token = app.furnish().await;
    let answers = app
        .send_each(operations.iter().map(|operation| on_furnished(operation, &token)).collect())
        .await;
    let again = operations.iter().zip(&answers).map(|(operation, answer)| {
        on_furnished(operation, &token)
            .insert_header((header::IF_NONE_MATCH, answer.header("etag")))
    });
    all_answered(304, &operations, &app.send_each(again.collect()).await);
}

/// They answer before they ask the store, or need what they have not here.
fn away() -> Vec<&'static str> {
    let asks_nothing = [
        "GET /api/v1/admin/jobs/kinds",
        "GET /api/v1/admin/integrations",
        "GET /api/v1/admin/settings",
        "GET /api/v1/auth/check",
        "GET /api/v1/auth/providers",
        // Its token is signed: see the tests of its crate.
        "POST /api/v1/notifications/unsubscribe",
    ];
    [&PROVIDERS[..], &asks_nothing, &[SHARED, "POST /api/v1/admin/products/import"]].concat()
}

/// Sends each operation to an application of its own whose store fails from then on.
async fn failing(
    operations: &[Operation],
    concerns: fn(Access) -> bool,
    error: fn() -> StoreError,
) -> Vec<Answer> {
    let app = TestApp::new();
    let token = app.furnish().await;
    app.store.fail((concerns, error));
    app.send_each(operations.iter().map(|operation| on_furnished(operation, &token)).collect())
        .await
}

#[actix_web::test]
async fn a_store_that_fails_is_500() {
    let operations = documenting("500", &away());
    let answers =
        failing(&operations, |_| true, || StoreError::Internal("planned".to_owned())).await;
    all_answered(500, &operations, &answers);
}

#[actix_web::test]
async fn a_store_that_is_away_is_503() {
    let operations = documenting("503", &away());
    let answers =
        failing(&operations, |_| true, || StoreError::Unavailable("planned".to_owned())).await;
    all_answered(503, &operations, &answers);
}

#[actix_web::test]
async fn a_lost_race_is_409() {
    let bodies = [
        TUS_CONTENT,
        "POST /api/v1/admin/products/import",
        "POST /api/v1/auth/email/confirm",
        "POST /api/v1/files/uploads",
    ];
    let elsewhere = [&PROVIDERS[1..2], &PROVIDERS[3..], &FORMS[..3], &bodies].concat();
    let operations = documenting("409", &elsewhere);
    let answers =
        failing(&operations, |access| access == Access::Write, || StoreError::Stale).await;
    all_answered(409, &operations, &answers);
}

/// Another body than this one, as good as it.
fn changed(mut body: Value) -> Value {
    for name in ["title", "name", "content", "note", "username", "serial_number"] {
        if let Some(Value::String(text)) = body.get_mut(name) {
            text.push('x');
            return body;
        }
    }
    if body.get("run_at").is_some() {
        body["run_at"] = "2099-01-01T00:00:00Z".into();
        return body;
    }
    for name in ["delta", "expires_in_seconds", "user_id"] {
        if let Some(number) = body.get(name).and_then(Value::as_i64) {
            body[name] = (number + 1).into();
            return body;
        }
    }
    if let Some(first) =
        body["operations"].as_array().cloned().and_then(|all| all.into_iter().next())
    {
        body["operations"] = Value::Array(vec![first.clone(), first]);
    }
    body
}

#[actix_web::test]
async fn a_key_for_another_request_is_422() {
    let document = document();
    let takes_key = |operation: &Operation| {
        let parameters = operation.described["parameters"].as_array();
        parameters.is_some_and(|all| all.iter().any(|one| one.to_string().contains("Idempotency")))
    };
    let mut operations =
        documenting("422", &["POST /api/v1/files/{id}/share", "POST /api/v1/generate-pdf"]);
    operations.retain(takes_key);
    let app = TestApp::new();
    let token = app.furnish().await;
    let mut requests = Vec::new();
    operations.retain(|operation| {
        let body = example(document, &operation.template, &operation.described["requestBody"]);
        let Some(body) = body else { return false };
        let key = format!("key-{}", requests.len());
        for body in [body.clone(), changed(body)] {
            let request = on_furnished(operation, &token).set_json(body);
            requests.push(request.insert_header(("idempotency-key", key.as_str())));
        }
        true
    });
    let answers = app.send_each(requests).await;
    let second: Vec<_> = answers.into_iter().skip(1).step_by(2).collect();
    all_answered(422, &operations, &second);
}
