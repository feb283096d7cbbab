//! Swagger UI, the OpenAPI document, what is said of sockets, and the pages that explain problems. None needs a sign-in.

use std::sync::Arc;

use actix_web::{
    HttpResponse, guard,
    http::header,
    web::{self, Bytes, Data, Redirect},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::ErrorKind;
use sha2::{Digest as _, Sha256};
use utoipa_swagger_ui::{Config, serve};

use super::{
    call::Call,
    codes::Code,
    problem::{Answer, Problem},
    reply,
    routes::Page,
};

/// A document, rendered once.
#[derive(Clone)]
pub struct Document {
    text: Bytes,
    etag: String,
}

impl Document {
    /// The document with its entity tag.
    pub fn new(text: Bytes) -> Self {
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(&text)));
        Self { text, etag }
    }
}

/// Swagger UI needs styles within its page; it gets no script but ours.
const UI: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                  img-src 'self' data:; connect-src 'self'; font-src 'self'; \
                  frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'";
const TEXT: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; \
                    base-uri 'none'; form-action 'none'; object-src 'none'";

/// Where Swagger UI is.
pub(crate) const DOCS: &str = "/docs/";
/// The page of Swagger UI.
const INDEX: &str = include_str!("docs/index.html");
/// The script that starts it.
const INITIALIZER: &str = include_str!("docs/initializer.js");

/// The routes of [`resources`].
pub const PAGES: &[Page] = &[
    Page { template: "/", content_security: None, form: false },
    Page { template: "/openapi.json", content_security: None, form: false },
    Page { template: "/asyncapi.json", content_security: None, form: false },
    Page { template: "/docs/ws", content_security: Some(TEXT), form: false },
    Page { template: "/docs", content_security: Some(UI), form: false },
    Page { template: "/docs/{file:.*}", content_security: Some(UI), form: false },
    Page { template: "/problems", content_security: Some(TEXT), form: false },
    Page { template: "/problems/{code}", content_security: Some(TEXT), form: false },
];

/// The documents of an API.
#[derive(Clone)]
pub(crate) struct Documents {
    /// OpenAPI.
    pub(crate) rest: Document,
    /// AsyncAPI.
    pub(crate) sockets: Document,
    /// The page about sockets.
    pub(crate) page: Document,
    /// Where `/` leads.
    pub(crate) home: &'static str,
}

/// The page about sockets.
pub(crate) fn sockets_page(body: &str) -> Document {
    Document::new(Bytes::from(page("Sockets", body)))
}

/// `/openapi.json`, `/asyncapi.json`, `/docs/…`, `/problems/…` and the way there from `/`.
pub(crate) fn resources(documents: Documents) -> Vec<actix_web::Resource> {
    let Documents { rest, sockets, page, home } = documents;
    vec![
        web::resource("/openapi.json").guard(guard::Get()).app_data(Data::new(rest)).to(json),
        web::resource("/asyncapi.json").guard(guard::Get()).app_data(Data::new(sockets)).to(json),
        web::resource("/docs/ws").guard(guard::Get()).app_data(Data::new(page)).to(about_sockets),
        web::resource("/docs/{file:.*}").guard(guard::Get()).to(swagger),
        web::resource("/problems/{code}").guard(guard::Get()).to(problem),
        web::resource("/problems").guard(guard::Get()).to(problems),
        redirect("/docs", DOCS),
        redirect("/", home),
    ]
}

fn redirect(from: &'static str, to: &'static str) -> actix_web::Resource {
    let there = move || std::future::ready(Redirect::to(to).see_other());
    web::resource(from).guard(guard::Get()).to(there)
}

async fn json(call: Call, document: Data<Document>) -> Answer {
    tagged(&call, "application/json", &document.etag, document.text.clone())
}

async fn about_sockets(call: Call, page: Data<Document>) -> Answer {
    tagged(&call, "text/html; charset=utf-8", &page.etag, page.text.clone())
}

async fn swagger(call: Call, file: web::Path<String>) -> Answer {
    match file.as_str() {
        "" | "index.html" => {
            return kept(&call, "text/html; charset=utf-8", Bytes::from_static(INDEX.as_bytes()));
        }
        "swagger-initializer.js" => {
            let script = Bytes::from_static(INITIALIZER.as_bytes());
            return kept(&call, "text/javascript; charset=utf-8", script);
        }
        _ => {}
    }
    match serve(&file, Arc::new(Config::new(["/openapi.json"]))) {
        Ok(Some(file)) => {
            let mut response = kept(&call, &file.content_type, file.bytes.into_owned().into())?;
            if file.gzpipped {
                let gzip = header::HeaderValue::from_static("gzip");
                response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
            }
            Ok(response)
        }
        _ => Err(Problem::new(
            ErrorKind::NotFound,
            "route.not_found",
            "There is nothing at this path.",
        )),
    }
}

/// [`tagged`] by the content.
fn kept(call: &Call, media_type: &str, content: Bytes) -> Answer {
    let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(&content)));
    tagged(call, media_type, &etag, content)
}

/// `200` with what the browser keeps, or `304` when it has it. It asks each time, because the next
/// release has other content at the same path. The tag is weak: it is the same in every encoding.
fn tagged(call: &Call, media_type: &str, etag: &str, content: Bytes) -> Answer {
    let known = reply::knows(call, etag)?;
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, format!("W/{etag}")));
    response.insert_header((header::CACHE_CONTROL, "no-cache"));
    if known {
        return Ok(response.finish());
    }
    Ok(response.insert_header((header::CONTENT_TYPE, media_type)).body(content))
}

async fn problem(call: Call) -> Answer {
    let found = call.state().codes.find(call.segment("code"));
    let Some(Code { code, status, title, help }) = found else {
        return Err(Problem::new(
            ErrorKind::NotFound,
            "route.not_found",
            "There is no such problem.",
        ));
    };
    let body = format!(
        "<p><code>{code}</code> · HTTP {status}</p><p>{}</p><p><a href=\"/problems\">All problems</a></p>",
        escape(help)
    );
    Ok(html(&page(title, &body)))
}

async fn problems(call: Call) -> HttpResponse {
    use std::fmt::Write as _;
    let mut rows = String::new();
    for Code { code, status, title, .. } in call.state().codes.all() {
        let link = format!("<a href=\"/problems/{code}\"><code>{code}</code></a>");
        let _ = write!(rows, "<li>{link} · {status} · {title}</li>");
    }
    html(&page("Problems", &format!("<ul>{rows}</ul>")))
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title} · Alveole</title>\
         <style>body{{font:16px/1.5 system-ui;max-width:46rem;margin:3rem auto;padding:0 1rem}}\
         code{{background:#eee;padding:.1em .3em;border-radius:.2em}}</style></head>\
         <body><h1>{title}</h1>{body}</body></html>"
    )
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn html(text: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(text.to_owned())
}
