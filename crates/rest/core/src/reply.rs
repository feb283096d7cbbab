//! Successful answers: the envelope, entity tags, pages, and answers that can be replayed.

use std::{
    hash::{DefaultHasher, Hasher as _},
    time::Duration,
};

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{
    Idempotent, Outcome, Page, PageRequest, Paging, idempotency::IdempotencyKey, page::COUNTED_ROWS,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::{
    call::{Body, Call},
    etag,
    problem::Problem,
};

/// The envelope of every success.
#[derive(Debug, Serialize, ToSchema)]
pub struct Envelope<T> {
    /// Always true.
    #[schema(example = true)]
    pub success: bool,
    /// What was asked for.
    pub data: T,
}

/// The envelope of a page.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageEnvelope<T> {
    /// Always true.
    #[schema(example = true)]
    pub success: bool,
    /// The rows.
    pub data: Vec<T>,
    /// Where this page is.
    pub pagination: Pagination,
}

/// The envelope of an act that has nothing to show.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// Always true.
    #[schema(example = true)]
    pub success: bool,
    /// What was done.
    #[schema(example = "Done.")]
    pub message: String,
}

/// Where a page is: by number, or by cursor.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Pagination {
    /// With `page`, or without either.
    Numbered(PageInfo),
    /// With `cursor`.
    Keyset(CursorInfo),
}

/// Where a page is among all.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageInfo {
    /// The page, from 1.
    #[schema(minimum = 1, example = 1)]
    pub page: u32,
    /// Rows a page.
    #[schema(minimum = 1, maximum = 100, example = 20)]
    pub limit: u32,
    /// All rows that match, at most 10 000.
    #[schema(minimum = 0, maximum = 10_000, example = 1)]
    pub total: u64,
    /// False when there are more rows than `total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, example = false)]
    pub total_exact: Option<bool>,
    /// All pages.
    #[schema(minimum = 0, example = 1)]
    pub pages: u64,
}

/// Where the next page begins.
#[derive(Debug, Serialize, ToSchema)]
pub struct CursorInfo {
    /// Rows a page.
    #[schema(minimum = 1, maximum = 100, example = 20)]
    pub limit: u32,
    /// The `cursor` of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// `200` with an envelope.
pub fn ok(data: impl Serialize) -> HttpResponse {
    private(StatusCode::OK).json(Envelope { success: true, data })
}

/// `200` with an envelope of a module's own shape.
pub fn private_json(envelope: &impl Serialize) -> HttpResponse {
    private(StatusCode::OK).json(envelope)
}

/// `200` with a message.
pub fn done(message: &str) -> HttpResponse {
    private(StatusCode::OK).json(Done { success: true, message: message.to_owned() })
}

/// `200` with an entity tag.
pub fn tagged(data: impl Serialize, etag: &str) -> HttpResponse {
    let mut response = private(StatusCode::OK);
    response.insert_header((header::ETAG, etag));
    response.json(Envelope { success: true, data })
}

/// `200` with an entity tag, or `304` when the client has it (RFC 9110 §13.1.2, weak comparison).
pub fn tagged_unless_known<E: From<Problem>>(
    call: &Call,
    data: impl Serialize,
    etag: &str,
) -> Result<HttpResponse, E> {
    if knows(call, etag)? {
        let mut response = private(StatusCode::NOT_MODIFIED);
        response.insert_header((header::ETAG, etag));
        return Ok(response.finish());
    }
    Ok(tagged(data, etag))
}

/// `200` with what anybody may see and keep for a while, or `304` when the client has it. The tag is
/// the content's.
pub fn published<E: From<Problem>>(
    call: &Call,
    media_type: &'static str,
    text: String,
    max_age: Duration,
) -> Result<HttpResponse, E> {
    let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes())));
    let known = knows(call, &etag)?;
    let status = if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let mut response = HttpResponseBuilder::new(status);
    response.insert_header((header::ETAG, etag));
    let keep = format!("public, max-age={}", max_age.as_secs());
    response.insert_header((header::CACHE_CONTROL, keep));
    if known {
        return Ok(response.finish());
    }
    response.insert_header((header::CONTENT_TYPE, media_type));
    Ok(response.body(text))
}

/// Whether the client has what this tag is of.
pub fn knows(call: &Call, etag: &str) -> Result<bool, Problem> {
    call.header("if-none-match")?.map_or(Ok(false), |list| etag::matches(list, etag))
}

/// Proxies may keep it, and ask again before each use, which a tag makes cheap.
const PUBLIC: header::HeaderValue =
    header::HeaderValue::from_static("public, max-age=0, must-revalidate");

/// Answers to signed-in people are theirs: caches must ask again.
fn private(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponseBuilder::new(status);
    response.insert_header((header::CACHE_CONTROL, "private, no-cache"));
    response
}

/// Answers with secrets in them are for nobody to keep.
pub fn secret(data: impl Serialize) -> HttpResponse {
    let mut response = HttpResponseBuilder::new(StatusCode::OK);
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response.json(Envelope { success: true, data })
}

/// `201` with a secret that is shown this once.
pub fn secret_made(data: impl Serialize, location: &str) -> HttpResponse {
    let mut response = HttpResponseBuilder::new(StatusCode::CREATED);
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response.insert_header((header::LOCATION, location));
    response.json(Envelope { success: true, data })
}

/// Refuses an `Idempotency-Key` where the answer holds a secret: to give the same answer again, we
/// would have to keep the secret.
pub fn never_again(call: &Call) -> Result<(), Problem> {
    match call.header("idempotency-key")? {
        None => Ok(()),
        Some(_) => Err(Problem::field(
            "",
            "idempotency.not_taken",
            "`Idempotency-Key` is not taken here: the answer holds a secret, which is not kept",
        )),
    }
}

/// The same, with headers of one's own.
pub fn secret_with(mut response: HttpResponseBuilder, data: impl Serialize) -> HttpResponse {
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response.json(Envelope { success: true, data })
}

/// `200` with a page, and `Link` to its neighbours (RFC 8288).
pub fn page<T: Serialize>(call: &Call, request: &PageRequest, page: Page<T>) -> HttpResponse {
    let (links, envelope) = with_links(call, request, page);
    page_response(call, links).json(envelope)
}

/// The same with more fields beside the rows.
pub fn page_with<T: Serialize>(
    call: &Call,
    request: &PageRequest,
    page: Page<T>,
    beside: impl Serialize,
) -> HttpResponse {
    #[derive(Serialize)]
    struct More<T, B> {
        #[serde(flatten)]
        page: PageEnvelope<T>,
        #[serde(flatten)]
        beside: B,
    }
    let (links, page) = with_links(call, request, page);
    page_response(call, links).json(More { page, beside })
}

fn page_response(call: &Call, links: String) -> HttpResponseBuilder {
    let mut response = private(StatusCode::OK);
    response.insert_header((header::LINK, links));
    if let Some(cursor) = call.feed_cursor() {
        response.insert_header((FEED_CURSOR, cursor.to_string()));
    }
    response
}

/// Where to follow the feed so that nothing is missed that the list does not show yet.
const FEED_CURSOR: &str = "x-feed-cursor";

/// The same for a list that everyone sees alike: proxies may keep it.
pub fn public_page<T: Serialize, E: From<Problem>>(
    call: &Call,
    request: &PageRequest,
    page: Page<T>,
) -> Result<HttpResponse, E> {
    let (links, envelope) = with_links(call, request, page);
    let mut response = public_unless_known(call, &envelope)?;
    if let Ok(links) = header::HeaderValue::from_str(&links) {
        response.headers_mut().insert(header::LINK, links);
    }
    Ok(response)
}

/// `200` with what everyone sees alike, or `304` when the client has it: proxies may keep it.
pub fn public<E: From<Problem>>(call: &Call, data: impl Serialize) -> Result<HttpResponse, E> {
    Ok(public_unless_known(call, &Envelope { success: true, data })?)
}

/// The same with the strong tag of a resource.
pub fn public_tagged<E: From<Problem>>(
    call: &Call,
    data: impl Serialize,
    etag: &str,
) -> Result<HttpResponse, E> {
    let mut response = tagged_unless_known(call, data, etag)?;
    response.headers_mut().insert(header::CACHE_CONTROL, PUBLIC);
    Ok(response)
}

/// Under a weak tag, which is made of the text.
fn public_unless_known(call: &Call, envelope: &impl Serialize) -> Result<HttpResponse, Problem> {
    let text = serde_json::to_string(envelope).unwrap_or_default();
    let mut hash = DefaultHasher::new();
    hash.write(text.as_bytes());
    let tag = format!("\"{:016x}\"", hash.finish());
    let known = knows(call, &tag)?;
    let status = if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let mut response = HttpResponseBuilder::new(status);
    response.insert_header((header::ETAG, format!("W/{tag}")));
    response.insert_header((header::CACHE_CONTROL, PUBLIC));
    if known {
        return Ok(response.finish());
    }
    response.insert_header((header::CONTENT_TYPE, "application/json"));
    Ok(response.body(text))
}

/// The value of `Link`, and the envelope.
fn with_links<T: Serialize>(
    call: &Call,
    request: &PageRequest,
    page: Page<T>,
) -> (String, PageEnvelope<T>) {
    let next = page.next.as_ref().map(kernel::Cursor::encode);
    let mut links = Vec::new();
    let pagination = match request.paging {
        Paging::Number(number) => {
            let total = page.total.unwrap_or_default();
            let total_exact = (total > COUNTED_ROWS).then_some(false);
            let total = total.min(COUNTED_ROWS);
            let pages = total.div_ceil(u64::from(request.limit));
            let mut link = |page: u64, rel: &str| {
                links.push(format!(
                    "<{}>; rel=\"{rel}\"",
                    call.with_parameter("page", &page.to_string())
                ));
            };
            link(1, "first");
            if number > 1 {
                link(u64::from(number) - 1, "prev");
            }
            if u64::from(number) < pages {
                link(u64::from(number) + 1, "next");
            }
            if pages > 0 {
                link(pages, "last");
            }
            Pagination::Numbered(PageInfo {
                page: number,
                limit: request.limit,
                total,
                total_exact,
                pages,
            })
        }
        Paging::Cursor(_) => {
            let mut link = |cursor: &str, rel: &str| {
                links.push(format!("<{}>; rel=\"{rel}\"", call.with_parameter("cursor", cursor)));
            };
            link("", "first");
            if let Some(next) = &next {
                link(next, "next");
            }
            Pagination::Keyset(CursorInfo { limit: request.limit, next_cursor: next })
        }
    };
    (links.join(", "), PageEnvelope { success: true, data: page.items, pagination })
}

/// An answer that can be kept and given again.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reply {
    status: u16,
    location: Option<String>,
    etag: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: String,
}

impl Reply {
    /// `201` with the place of what was made.
    pub fn created(data: impl Serialize, location: String, etag: Option<String>) -> Self {
        let body = serde_json::to_string(&Envelope { success: true, data }).unwrap_or_default();
        Self { status: 201, location: Some(location), etag, headers: Vec::new(), body }
    }

    /// With one more header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// `200`.
    pub fn ok(data: impl Serialize) -> Self {
        let body = serde_json::to_string(&Envelope { success: true, data }).unwrap_or_default();
        Self { status: 200, location: None, etag: None, headers: Vec::new(), body }
    }

    fn respond(self) -> HttpResponseBuilder {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = private(status);
        response.insert_header((header::CONTENT_TYPE, "application/json"));
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        if let Some(etag) = self.etag {
            response.insert_header((header::ETAG, etag));
        }
        for (name, value) in self.headers {
            response.insert_header((name, value));
        }
        response
    }
}

/// The `Idempotency-Key` of a call, bound to its caller, route and body, with the way to make the
/// answer that will be kept.
pub fn idempotent<T: 'static>(
    call: &Call,
    body: &Body,
    present: fn(&T) -> Reply,
) -> Result<Option<Idempotent<T>>, Problem> {
    idempotent_for(call, body.bytes(), present)
}

/// The same for a body that is not read whole: `body` stands for it, such as its hash, or what of it
/// counts is the room's to add.
pub fn idempotent_for<T: 'static>(
    call: &Call,
    body: &[u8],
    present: fn(&T) -> Reply,
) -> Result<Option<Idempotent<T>>, Problem> {
    let encode = move |outcome: &T| serde_json::to_vec(&present(outcome)).unwrap_or_default();
    let key = idempotency_key(call, body)?;
    Ok(key.map(|key| Idempotent { key, encode: std::sync::Arc::new(encode) }))
}

/// The `Idempotency-Key` of a call, bound to its caller, route and body.
pub fn idempotency_key(call: &Call, body: &[u8]) -> Result<Option<IdempotencyKey>, Problem> {
    let Some(key) = call.header("idempotency-key")? else { return Ok(None) };
    // A quoted structured-field string (the IETF draft) and a bare token are the same key.
    let key = key.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(key);
    if !(1..=255).contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Problem::field(
            "",
            "idempotency.key_malformed",
            "`Idempotency-Key` must have 1 to 255 visible ASCII characters",
        ));
    }
    // Keyed, because the body may hold a password: a plain hash of it could be guessed from a copy
    // of the database.
    let parts = [call.decoded_path().as_bytes(), call.query_string().as_bytes(), body];
    let fingerprint = call.state().digests.digest("idempotent request", &parts);
    let caller = call.caller_name();
    Ok(Some(IdempotencyKey {
        scope: format!("{caller} POST {}", call.decoded_path()),
        key: key.to_owned(),
        fingerprint,
    }))
}

/// A kept answer that cannot be read.
pub fn unreadable() -> Problem {
    tracing::error!("a kept answer cannot be read");
    Problem::new(kernel::ErrorKind::Internal, "internal", "Something went wrong on our side.")
}

/// Says that an answer was given before.
pub fn mark_replayed(response: &mut HttpResponse) {
    let name = header::HeaderName::from_static("idempotency-replayed");
    response.headers_mut().insert(name, header::HeaderValue::from_static("true"));
}

/// Answers with what happened now, or with what was answered when it happened.
pub fn outcome<T, E: From<Problem>>(
    outcome: Outcome<T>,
    present: fn(&T) -> Reply,
) -> Result<HttpResponse, E> {
    match outcome {
        Outcome::Executed(outcome) => {
            let mut reply = present(&outcome);
            let body = std::mem::take(&mut reply.body);
            Ok(reply.respond().body(body))
        }
        Outcome::Replayed(bytes) => {
            let mut reply: Reply = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
            let body = std::mem::take(&mut reply.body);
            let mut response = reply.respond().body(body);
            mark_replayed(&mut response);
            Ok(response)
        }
    }
}
