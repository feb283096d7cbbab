//! The operations of the document, and requests to them.

use actix_web::{http::Method, test::TestRequest};
use serde_json::Value;

use crate::document::{self, document};

/// One operation of the document.
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) template: String,
    /// With numbers and words in place of its parameters.
    pub(crate) path: String,
    pub(crate) described: Value,
}

impl Operation {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    pub(crate) fn permission(&self) -> &str {
        self.described["x-permission"].as_str().unwrap()
    }

    pub(crate) fn is_public(&self) -> bool {
        // Without a word of its own it asks for what the document asks for: a sign-in.
        self.described["security"].as_array().is_some_and(|all| {
            all.is_empty() || all.iter().any(|one| one.as_object().unwrap().is_empty())
        })
    }

    pub(crate) fn needs_session(&self) -> bool {
        self.permission() == "session" || self.described["x-access"]["session"] == true
    }

    /// The media types of its body.
    pub(crate) fn media_types(&self) -> Vec<&str> {
        let content = self.described["requestBody"]["content"].as_object();
        content.into_iter().flat_map(|all| all.keys()).map(String::as_str).collect()
    }

    pub(crate) fn request(&self, path: &str) -> TestRequest {
        let request = TestRequest::with_uri(path).method(self.method.clone());
        // What tus asks of every request comes before all else.
        request.insert_header(("tus-resumable", "1.0.0")).insert_header(("upload-offset", "0"))
    }

    pub(crate) fn request_as(&self, token: &str) -> TestRequest {
        self.request(&self.path).insert_header(("authorization", format!("Bearer {token}")))
    }
}

/// Every operation of the API.
pub(crate) fn operations() -> Vec<Operation> {
    let document = document();
    let mut all = Vec::new();
    for (method, template, described) in document::operations(document) {
        if !template.starts_with("/api/") {
            continue;
        }
        let path = template.split('/').map(|segment| match segment {
            "{name}" => "auditors",
            "{emoji}" => ":tada:",
            "{provider}" => "google",
            parameter if parameter.starts_with('{') => "999999",
            other => other,
        });
        let path = path.collect::<Vec<_>>().join("/");
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        all.push(Operation { method, template, path, described });
    }
    assert!(all.len() > 100);
    all
}
