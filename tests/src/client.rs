//! Requests and answers. A refusal is an answer like any other.

use std::{fmt, time::Duration};

use rest::testing::record_status;
use serde_json::Value;
use ureq::{
    Agent,
    http::{self, Request as HttpRequest},
};

/// Sends requests to one server, perhaps as somebody.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    token: Option<String>,
}

impl Client {
    /// A client of the server at `base`.
    pub fn new(base: String) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .allow_non_standard_methods(true)
            .timeout_global(Some(Duration::from_secs(240)))
            .build()
            .new_agent();
        Self { agent, base, token: None }
    }

    /// The same server, as whoever holds `token`.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same server, as nobody.
    #[must_use]
    pub fn without_token(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// A request that is not sent yet.
    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        let mut headers = Vec::new();
        if let Some(token) = &self.token {
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        Request {
            client: self,
            method: method.to_owned(),
            path: path.to_owned(),
            headers,
            body: None,
        }
    }

    /// GET.
    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send()
    }
    /// Every row of a list, by cursor; `path` carries a query.
    #[track_caller]
    pub fn every_row(&self, path: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("{path}&cursor={cursor}")).expect(200);
            rows.extend_from_slice(page.rows());
            match page.at("/pagination/next_cursor").as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return rows,
            }
        }
    }
    /// POST of JSON.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.request("POST", path).json(body).send()
    }
    /// PUT of JSON.
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.request("PUT", path).json(body).send()
    }
    /// PATCH of JSON.
    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        self.request("PATCH", path).json(body).send()
    }
    /// DELETE.
    pub fn delete(&self, path: &str) -> Answer {
        self.request("DELETE", path).send()
    }
}

/// A request that is not sent yet.
pub struct Request<'a> {
    client: &'a Client,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request<'_> {
    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string().as_bytes())
    }

    /// Sets a body as it is.
    #[must_use]
    pub fn raw(mut self, content_type: &str, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self.header("content-type", content_type)
    }

    /// Sends; a broken connection is an error.
    pub fn try_send(self) -> Result<Answer, String> {
        let Self { client, method, path, headers, body } = self;
        let mut request =
            HttpRequest::builder().method(method.as_str()).uri(format!("{}{path}", client.base));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = match body {
            Some(body) => client.agent.run(request.body(body).map_err(|error| error.to_string())?),
            None => client.agent.run(request.body(()).map_err(|error| error.to_string())?),
        };
        let response = response.map_err(|error| error.to_string())?;
        record_status(&method, &path, response.status().as_u16());
        Answer::read(format!("{method} {path}"), response)
    }

    /// Sends; a broken connection fails the test.
    pub fn send(self) -> Answer {
        let what = format!("{} {}", self.method, self.path);
        self.try_send().unwrap_or_else(|error| panic!("{what}: no answer: {error}"))
    }
}

/// An answer of the server.
#[derive(Debug, Clone)]
pub struct Answer {
    /// `GET /health`
    pub what: String,
    /// The status code.
    pub status: u16,
    /// Every header, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub bytes: Vec<u8>,
    /// The body as text, as far as it is text.
    pub text: String,
    /// The body as JSON, or null.
    pub json: Value,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {} {}", self.what, self.status, self.text)
    }
}

impl Answer {
    fn read(what: String, mut response: http::Response<ureq::Body>) -> Result<Self, String> {
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect();
        let bytes = response
            .body_mut()
            .with_config()
            .limit(256 * 1024 * 1024)
            .read_to_vec()
            .map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Self {
            what,
            status: response.status().as_u16(),
            headers,
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            text,
            bytes,
        })
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The header of this name, which must be there.
    #[track_caller]
    pub fn must_have(&self, name: &str) -> &str {
        self.header(name)
            .unwrap_or_else(|| panic!("no `{name}` header: {self}\n{:?}", self.headers))
    }

    /// The `ETag`, which must be strong.
    #[track_caller]
    pub fn etag(&self) -> String {
        let etag = self.must_have("etag");
        assert!(
            etag.starts_with('"') && etag.ends_with('"'),
            "not a strong ETag: {etag} of {self}"
        );
        etag.to_owned()
    }

    /// Fails unless this is the status; a success must have the envelope, a refusal must be a
    /// proper problem.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        if status >= 400 {
            self.check_problem();
        } else if self
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/json"))
            && self.what.contains(" /api/")
            && !self.what.contains("/export")
            && !self.bytes.is_empty()
        {
            assert_eq!(self.json.get("success"), Some(&Value::Bool(true)), "{self}");
        }
        self
    }

    /// Fails unless this is a problem with this status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.at("/code"), code, "{answer}");
        answer
    }

    /// What SPEC §1 promises of every refusal.
    #[track_caller]
    fn check_problem(&self) {
        if self.what.starts_with("HEAD ") {
            return;
        }
        let kind = self.must_have("content-type");
        assert!(
            kind.starts_with("application/problem+json"),
            "a refusal must be a problem document, not {kind}: {self}"
        );
        let text = |name: &str| {
            self.json
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_else(|| panic!("a problem needs a text `{name}`: {self}"))
        };
        let code = text("code");
        assert_eq!(text("type"), format!("/problems/{code}"), "{self}");
        assert!(!text("title").is_empty(), "{self}");
        assert_eq!(text("detail"), text("error"), "{self}");
        assert!(!text("instance").is_empty(), "{self}");
        assert!(!text("request_id").is_empty(), "{self}");
        assert_eq!(self.header("x-request-id"), Some(text("request_id")), "{self}");
        assert_eq!(self.json.get("status"), Some(&self.status.into()), "{self}");
        assert_eq!(self.json.get("success"), Some(&false.into()), "{self}");
        assert!(self.json.get("retryable").is_some_and(Value::is_boolean), "{self}");
        if self.status == 401 {
            assert!(self.must_have("www-authenticate").starts_with("Bearer"), "{self}");
        }
    }

    /// A value by JSON Pointer, null when it is not there.
    pub fn at(&self, pointer: &str) -> &Value {
        self.json.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// `data` of the envelope.
    pub fn data(&self) -> &Value {
        self.at("/data")
    }

    /// `data.id`.
    #[track_caller]
    pub fn id(&self) -> i64 {
        self.at("/data/id").as_i64().unwrap_or_else(|| panic!("no `data.id`: {self}"))
    }

    /// `data` as a list.
    #[track_caller]
    pub fn rows(&self) -> &[Value] {
        self.data().as_array().unwrap_or_else(|| panic!("`data` is no list: {self}"))
    }

    /// The ids of a list.
    #[track_caller]
    pub fn ids(&self) -> Vec<i64> {
        self.rows().iter().filter_map(|row| row.get("id").and_then(Value::as_i64)).collect()
    }

    /// The `field` of every fault in `errors`.
    pub fn faulty_fields(&self) -> Vec<&str> {
        self.at("/errors")
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|fault| fault.get("field").and_then(Value::as_str))
            .collect()
    }
}
