//! An API in process, for the HTTP tests of REST crates. Failures are panics.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "this is a part of tests: its failures are panics"
)]

use std::{io::Write as _, sync::Arc};

use actix_web::{
    dev::{Service as _, ServiceResponse},
    http::{Method, header::HeaderMap},
    test,
};
use serde_json::Value;

use crate::{
    Api, Module,
    api::{Ports, Settings},
    defaults::FixedTokens,
};

/// Adds a line to the file that the variable `TEST_STATUSES` names, if it is set: this operation has
/// answered with this status. `tests/statuses.py` compares the lines with the document.
pub fn record_status(method: &str, path: &str, status: u16) {
    let Some(file) = std::env::var_os("TEST_STATUSES") else { return };
    let path = path.split('?').next().unwrap_or_default();
    let written = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .and_then(|mut file| file.write_all(format!("{method} {path} {status}\n").as_bytes()));
    written.expect("the file of TEST_STATUSES");
}

/// Records what this response says, and returns it.
pub fn recorded<B>(response: ServiceResponse<B>) -> ServiceResponse<B> {
    let request = response.request();
    record_status(request.method().as_str(), request.path(), response.status().as_u16());
    response
}

/// Modules put together, to be called without a network.
pub struct TestApp(Api);

impl TestApp {
    /// Serves `modules` to the callers that `tokens` name.
    pub fn new(tokens: FixedTokens, modules: Vec<Module>) -> Self {
        let ports = Ports::new(Arc::new(tokens));
        Self(Api::new(Settings::default(), ports, modules).expect("the modules must fit"))
    }

    /// A request that is not sent yet.
    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        Request { app: self, request: test::TestRequest::with_uri(path).method(method) }
    }

    /// GET.
    pub fn get(&self, path: &str) -> Request<'_> {
        self.request("GET", path)
    }

    /// POST.
    pub fn post(&self, path: &str) -> Request<'_> {
        self.request("POST", path)
    }

    /// Tries each line of an authorization table (`tests/authz.txt`) as each of `tokens`, in the order
    /// of its columns; an empty token is no token. `{}` in a path becomes the last part of `resource`.
    pub async fn authorization(&self, table: &str, tokens: &[&str], resource: &str) {
        let id = resource.rsplit('/').next().unwrap_or_default();
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let (fields, body) = line
                .split_once(" {\"")
                .map_or((line, None), |(fields, body)| (fields, Some(format!("{{\"{body}"))));
            let mut fields = fields.split_whitespace();
            let (method, path) = (fields.next().expect("a method"), fields.next().expect("a path"));
            for (token, expected) in tokens.iter().zip(fields) {
                let mut request = self.request(method, &path.replace("{}", id));
                if let Some(body) = &body {
                    request = request.json(&serde_json::from_str(body).expect(body));
                }
                let request = if token.is_empty() { request } else { request.token(token) };
                let answer = request.send().await;
                assert_eq!(answer.status.to_string(), expected, "{token:?}: {line}: {answer:?}");
            }
        }
    }
}

/// A request that is not sent yet.
pub struct Request<'a> {
    app: &'a TestApp,
    request: test::TestRequest,
}

impl Request<'_> {
    /// As the holder of a token.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.append_header((name, value));
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.request = self.request.set_json(body);
        self
    }

    /// With these bytes as its body.
    #[must_use]
    pub fn body(mut self, bytes: &[u8]) -> Self {
        self.request = self.request.set_payload(bytes.to_vec());
        self
    }

    /// Sends it and reads the whole answer.
    pub async fn send(self) -> Answer {
        let app = test::init_service(self.app.0.app()).await;
        let response = app.call(self.request.to_request()).await;
        let response = recorded(response.unwrap_or_else(|error| panic!("no answer: {error}")));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = test::read_body(response).await;
        let json = serde_json::from_slice(&body).unwrap_or_default();
        Answer { status, headers, json }
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Every header.
    pub headers: HeaderMap,
    /// The body; null when it is not JSON.
    pub json: Value,
}

impl Answer {
    /// A header as text; empty when the answer lacks it.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// A value by JSON Pointer; null when the answer lacks it.
    pub fn at(&self, pointer: &str) -> &Value {
        self.json.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The codes of all faults, in order.
    pub fn codes(&self) -> Vec<&str> {
        let faults = self.at("/errors").as_array().into_iter().flatten();
        faults.filter_map(|fault| fault.get("code").and_then(Value::as_str)).collect()
    }

    /// Fails unless this is the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Fails unless this is a problem with this status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.at("/code"), code, "{answer:?}");
        answer
    }
}
