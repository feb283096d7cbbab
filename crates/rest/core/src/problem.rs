//! Failures as RFC 9457 problem details. The one table from [`ErrorKind`] to status is here.

use std::borrow::Cow;

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use kernel::{
    AuthError, DomainError, ErrorKind, FeedGap, FieldError, Permission, Resource, ResourceError,
};
use serde::Serialize;

use super::{codes::Codes, etag};

/// The result of a handler.
pub type Answer = Result<HttpResponse, Problem>;

/// A failure on its way to the client.
#[derive(Debug, Clone)]
pub struct Problem(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: ErrorKind,
    status: StatusCode,
    code: Cow<'static, str>,
    detail: String,
    errors: Vec<FieldError>,
    current: Option<(serde_json::Value, String)>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<String>,
    permission: Option<&'static str>,
    gap: Option<FeedGap>,
}

/// Kind → status. Exhaustive on purpose.
const fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Invalid => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Gone => StatusCode::GONE,
        ErrorKind::Stale => StatusCode::PRECONDITION_FAILED,
        ErrorKind::VersionRequired => StatusCode::PRECONDITION_REQUIRED,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::Refused => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl Problem {
    /// A failure with a code and words for the client.
    pub fn new(
        kind: ErrorKind,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self(Box::new(Inner {
            kind,
            status: status_of(kind),
            code: code.into(),
            detail: detail.into(),
            errors: Vec::new(),
            current: None,
            headers: Vec::new(),
            cause: None,
            permission: None,
            gap: None,
        }))
    }

    /// The failure of a use case. Its cause goes along for the log, and is told to nobody.
    pub fn from_error(fault: &impl DomainError) -> Self {
        let kind = fault.kind();
        if kind == ErrorKind::Invalid && !fault.fields().is_empty() {
            return Self::invalid(fault.fields().to_vec());
        }
        let mut problem = Self::new(kind, fault.code(), fault.to_string());
        problem.0.errors = fault.fields().to_vec();
        if matches!(kind, ErrorKind::Internal | ErrorKind::Unavailable) {
            problem.0.cause = std::error::Error::source(fault).map(ToString::to_string);
        }
        problem
    }

    /// The failure of a use case of a simple resource: a 412 carries the resource as it is now, as
    /// `body` shows it.
    pub fn of_resource<R: Resource, T: Serialize>(
        error: &ResourceError<R>,
        body: impl FnOnce(&R) -> T,
    ) -> Self {
        let problem = Self::from_error(error);
        match error {
            ResourceError::Stale(now) => {
                problem.with_current(body(now), etag::of(now.version(), ""))
            }
            ResourceError::MissingPermission(permission) => problem.with_permission(permission),
            _ => problem,
        }
    }

    /// What was behind it, for the log.
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// All faults of a request. A single fault lends the problem its own code.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let mut problem = match errors.as_slice() {
            [only] => Self::new(
                ErrorKind::Invalid,
                only.code.clone(),
                if only.field.is_empty() {
                    capitalised(&only.message)
                } else {
                    format!("`{}` {}.", only.field, only.message)
                },
            ),
            many => Self::new(
                ErrorKind::Invalid,
                "request.invalid",
                format!("The request has {} faults; see `errors`.", many.len()),
            ),
        };
        problem.0.errors = errors;
        problem
    }

    /// The faults of a request.
    pub fn faults(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// One fault of one field or parameter.
    pub fn field(
        field: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        message: impl std::fmt::Display,
    ) -> Self {
        Self::invalid(vec![FieldError::new(field, code, message)])
    }

    /// Adds the state the client should have known (412).
    pub fn with_current(mut self, current: impl Serialize, etag: String) -> Self {
        self.0.current = serde_json::to_value(current).ok().map(|value| (value, etag));
        self
    }

    /// Names the permission that is missing (403).
    pub fn with_permission(mut self, permission: &'static str) -> Self {
        self.0.permission = Some(permission);
        self
    }

    /// A permission is missing.
    pub fn missing(permission: Permission) -> Self {
        let permission = permission.as_str();
        let detail = format!("This needs the permission `{permission}`.");
        Self::new(ErrorKind::Forbidden, "auth.missing_permission", detail)
            .with_permission(permission)
    }

    /// Says from where a listener can go on whose cursor is gone (410).
    pub fn with_gap(mut self, gap: FeedGap) -> Self {
        self.0.gap = Some(gap);
        self
    }

    /// Says that the request calls the field with the fault by this name.
    pub fn at(mut self, field: &str) -> Self {
        for fault in &mut self.0.errors {
            field.clone_into(&mut fault.field);
        }
        self
    }

    /// Adds a header.
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.push((name, value));
        }
        self
    }

    /// Answers with another status than the kind's own (405, 408).
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    /// What is wrong, in a sentence.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The status it will be answered with.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The document (RFC 9457).
    pub(crate) fn text(&self, instance: &str, request_id: &str, codes: &Codes) -> String {
        let inner = &self.0;
        let known = codes.find(&inner.code);
        debug_assert!(known.is_some(), "{} is not in the table of codes", inner.code);
        let title = known.map_or("Failure", |code| code.title);
        let body = Body {
            r#type: format!("/problems/{}", inner.code),
            title,
            status: inner.status.as_u16(),
            detail: &inner.detail,
            instance,
            success: false,
            code: &inner.code,
            error: &inner.detail,
            request_id,
            retryable: inner.kind.retryable(),
            errors: inner
                .errors
                .iter()
                .map(|fault| FieldBody {
                    field: &fault.field,
                    code: &fault.code,
                    message: &fault.message,
                })
                .collect(),
            current: inner.current.as_ref().map(|(value, _)| value),
            permission: inner.permission,
            oldest: inner.gap.map(|gap| gap.oldest.to_string()),
            head: inner.gap.map(|gap| gap.head.to_string()),
        };
        serde_json::to_string(&body).unwrap_or_default()
    }

    /// The response, complete.
    pub fn respond(&self, instance: &str, request_id: &str, codes: &Codes) -> HttpResponse {
        let inner = &self.0;
        let mut response = HttpResponseBuilder::new(inner.status);
        response.insert_header((header::CONTENT_TYPE, "application/problem+json"));
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        match inner.status {
            StatusCode::UNAUTHORIZED => {
                let challenge = match inner.code.as_ref() {
                    "auth.not_signed_in" => "Bearer realm=\"alveole\"",
                    _ => "Bearer realm=\"alveole\", error=\"invalid_token\"",
                };
                response.insert_header((header::WWW_AUTHENTICATE, challenge));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                response.insert_header((header::RETRY_AFTER, "1"));
            }
            _ => {}
        }
        if let Some((_, etag)) = &inner.current {
            response.insert_header((header::ETAG, etag.as_str()));
        }
        for (name, value) in &inner.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        response.body(self.text(instance, request_id, codes))
    }
}

fn capitalised(message: &str) -> String {
    let mut chars = message.chars();
    chars
        .next()
        .map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    success: bool,
    code: &'a str,
    error: &'a str,
    request_id: &'a str,
    retryable: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<&'a serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permission: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
}

#[derive(Serialize)]
struct FieldBody<'a> {
    field: &'a str,
    code: &'a str,
    message: &'a str,
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        let mut problem = Self::new(error.kind, error.code, error.detail);
        problem.0.cause = error.cause;
        problem.0.permission = error.permission;
        problem
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.detail)
    }
}

/// The response here is a stand-in: the gate replaces it by [`Problem::respond`], because only
/// there the request's path and id are known.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.0.status)
    }
}
