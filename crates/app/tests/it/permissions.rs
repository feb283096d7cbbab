//! The documented permission of an operation is the one that counts: enough by itself, and needed.

use std::{cell::RefCell, collections::BTreeMap};

use kernel::Permission;
use serde_json::{Value, json};

use crate::{
    document::{document, example, operations},
    fixture::{Answer, TestApp},
};

/// Method, path and what the document says.
type Operation = (String, String, Value);

/// Who gives rights must hold them; so these need more than the permission, by what they are sent.
const GIVE: [&str; 2] = ["admin_roles_create", "admin_service_accounts_create"];

/// Every permission but one.
fn others(lacking: &str) -> Vec<&'static str> {
    Permission::BUILT_IN.into_iter().map(Permission::as_str).filter(|one| *one != lacking).collect()
}

/// Calls an operation on what [`TestApp::furnish`] made, with the body of the document.
async fn call(app: &TestApp, token: Option<&str>, operation: &Operation) -> Answer {
    let (method, path, described) = operation;
    let url = TestApp::furnished(path).replace("{provider}", "google");
    let bearer = format!("Bearer {}", token.unwrap_or_default());
    let mut headers =
        vec![("tus-resumable", "1.0.0"), ("upload-offset", "0"), ("upload-length", "5")];
    headers.extend(token.map(|_| ("authorization", bearer.as_str())));
    let body = described.get("requestBody");
    let kinds = body.and_then(|body| body["content"].as_object());
    let body = if kinds.is_some_and(|kinds| kinds.contains_key("multipart/form-data")) {
        return app.send_file(token.unwrap_or_default(), (method, &url), "a.txt", "hello").await;
    } else if let Some(rows) = kinds.and_then(|kinds| kinds.get("text/csv")) {
        headers.push(("content-type", "text/csv"));
        rows["example"].as_str().map(str::to_owned)
    } else if kinds.is_some_and(|kinds| kinds.contains_key("application/offset+octet-stream")) {
        headers.push(("content-type", "application/offset+octet-stream"));
        Some("hello".to_owned())
    } else {
        body.and_then(|body| example(document(), path, body)).map(|body| body.to_string())
    };
    app.call(method, &url, &headers, body.as_deref()).await
}

/// An application with something of each kind, its administrator, and tokens by their scopes.
struct Stage {
    app: TestApp,
    root: String,
    tokens: RefCell<BTreeMap<String, String>>,
}

impl Stage {
    async fn new() -> Self {
        let app = TestApp::new();
        let root = app.furnish().await;
        Self { app, root, tokens: RefCell::default() }
    }

    /// A stage of its own for an operation that may change something. To furnish one takes long, so
    /// those that only read share this one.
    async fn own(operation: &Operation) -> Option<Self> {
        if operation.0 == "GET" { None } else { Some(Self::new().await) }
    }

    /// A personal access token of the administrator with these scopes.
    async fn token(&self, scopes: &[&str]) -> String {
        let body = json!({"name": "scoped", "scopes": scopes}).to_string();
        let known = self.tokens.borrow().get(&body).cloned();
        if let Some(token) = known {
            return token;
        }
        let made = self.app.call_as(&self.root, "POST", "/api/v1/auth/tokens", Some(&body)).await;
        let token = made.json()["data"]["token"].as_str().expect(&made.text).to_owned();
        self.tokens.borrow_mut().insert(body, token.clone());
        token
    }
}

/// A token that has exactly the documented scopes does what a token with all of them does; one that
/// has all the others is refused, and told which is missing.
#[actix_web::test]
async fn the_documented_permission_is_needed_and_enough() {
    let all: Vec<&str> = Permission::BUILT_IN.into_iter().map(Permission::as_str).collect();
    let (mut wrong, mut count) = (Vec::new(), 0);
    let shared = Stage::new().await;
    for operation in operations(document()) {
        let (method, path, described) = &operation;
        let permission = described["x-permission"].as_str().unwrap();
        let session = described["x-access"]["session"] == true;
        let gives = GIVE.contains(&described["operationId"].as_str().unwrap());
        // Streams have no end.
        if Permission::parse(permission).is_none() || session || path.ends_with("/events") {
            continue;
        }
        count += 1;
        let token = shared.token(&others(permission)).await;
        let without = call(&shared.app, Some(&token), &operation).await;
        if without.status != 403 || without.json()["permission"] != permission {
            wrong.push(format!("{method} {path} without {permission}: {}", without.text));
        }
        if gives {
            continue;
        }
        let also = described["x-permission-also"].as_array().into_iter().flatten();
        let enough: Vec<&str> = also.map(|one| one.as_str().unwrap()).chain([permission]).collect();
        let mut answers = Vec::new();
        for scopes in [&enough, &all] {
            let own = Stage::own(&operation).await;
            let stage = own.as_ref().unwrap_or(&shared);
            answers.push(call(&stage.app, Some(&stage.token(scopes).await), &operation).await);
        }
        let [exact, full] = answers.try_into().unwrap();
        if exact.status != full.status {
            wrong.push(format!("{method} {path} with {permission}: {}", exact.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 60, "{count}");
}

/// Any token is enough where only a sign-in is needed; no token is where a session is needed; public
/// operations need neither.
#[actix_web::test]
async fn operations_without_a_permission_ask_for_what_they_say() {
    let mut wrong = Vec::new();
    let shared = Stage::new().await;
    for operation in operations(document()) {
        let (method, path, described) = &operation;
        let permission = described["x-permission"].as_str().unwrap();
        let needs_session = permission == "session" || described["x-access"]["session"] == true;
        if path.ends_with("/events") || Permission::parse(permission).is_some() && !needs_session {
            continue;
        }
        // What is refused changes nothing.
        let own = if needs_session { None } else { Stage::own(&operation).await };
        let stage = own.as_ref().unwrap_or(&shared);
        let token = stage.token(&[Permission::TasksRead.as_str()]).await;
        let token = (permission != "public").then_some(token.as_str());
        let answer = call(&stage.app, token, &operation).await;
        let problem: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        let code = problem["code"].as_str().unwrap_or_default();
        let refused = ["auth.not_signed_in", "auth.missing_permission"].contains(&code);
        if refused || needs_session != (code == "auth.session_needed") {
            wrong.push(format!("{method} {path}, {permission}: {}", answer.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a client may rely on in an answer is documented, and what is documented is sent.
#[actix_web::test]
async fn the_documented_headers_are_sent() {
    let mut wrong = Vec::new();
    let shared = Stage::new().await;
    for operation in operations(document()) {
        let (method, path, described) = &operation;
        if path.ends_with("/events") {
            continue;
        }
        let own = Stage::own(&operation).await;
        let stage = own.as_ref().unwrap_or(&shared);
        let answer = call(&stage.app, Some(&stage.root), &operation).await;
        if !answer.status.is_success() {
            continue;
        }
        let documented = described["responses"][answer.status.as_str()]["headers"].as_object();
        for header in ["etag", "location", "link"] {
            let mut names = documented.into_iter().flatten();
            let said = names.any(|(name, _)| name.eq_ignore_ascii_case(header));
            if answer.headers.contains_key(header) != said {
                wrong.push(format!("{method} {path} {}: {header}, said {said}", answer.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
