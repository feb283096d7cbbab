#![doc = include_str!("../README.md")]

mod files;

use std::sync::Arc;

use actix_web::{
    HttpResponse, guard,
    http::header,
    web::{self, Bytes},
};
use kernel::ErrorKind;
use rest::{
    Module,
    call::Call,
    problem::{Answer, Problem},
    reply,
    routes::Page,
};

use self::files::File;

/// Where the console is.
pub const PATH: &str = "/console/";

/// Scripts and styles are ours, and nothing is written into the page but by a type that says it is safe. Older
/// browsers do not count sockets of this server as `'self'`.
fn policy(base_url: &str) -> String {
    let sockets = base_url.replacen("http", "ws", 1);
    let sockets = sockets.trim_end_matches('/');
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
         connect-src 'self' {sockets}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
         require-trusted-types-for 'script'"
    )
}

/// The page where no console is built.
const NOT_BUILT: &str = include_str!("not_built.html");
/// Its styles stand within the page.
const PLAIN: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; \
                     form-action 'none'";

/// The module: the console at `/console/`, and the way there from `/` where it is built. `base_url` is how
/// browsers reach the server, such as `https://example.org`.
pub fn module(base_url: &str) -> Module {
    let built = is_built();
    // Modules are made once, and live as long as the program.
    let policy: &str = if built { policy(base_url).leak() } else { PLAIN };
    let pages = ["/console", "/console/{file:.*}"];
    let page = |template| Page { template, content_security: Some(policy), form: false };
    Module {
        pages: pages.map(page).to_vec().leak(),
        home: built.then_some(PATH),
        services: vec![Arc::new(|config: &mut web::ServiceConfig| {
            let there = || async { web::Redirect::to(PATH).see_other() };
            config.service(web::resource("/console").guard(guard::Get()).to(there));
            config.service(web::resource("/console/{file:.*}").guard(guard::Get()).to(serve));
        })],
        ..Module::new("console")
    }
}

/// True when this program was built with the console.
pub fn is_built() -> bool {
    files::index().is_some()
}

/// A file, or the page for every path that is none: the console reads the path itself.
async fn serve(call: Call, path: web::Path<String>) -> Answer {
    let (version, name) = files::versioned(&path);
    if name.is_empty() || name == "index.html" || !files::names_file(name) {
        let Some(index) = files::index() else {
            return Ok(HttpResponse::Ok()
                .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
                .insert_header((header::CACHE_CONTROL, "no-store"))
                .body(NOT_BUILT));
        };
        return page(&call, index);
    }
    let accepted = call.header("accept-encoding")?.unwrap_or_default();
    let file = files::find(name, accepted).ok_or_else(|| {
        Problem::new(ErrorKind::NotFound, "route.not_found", "The console has no such file.")
    })?;
    send(&call, &file, version == Some(files::version()))
}

fn page(call: &Call, index: &'static files::Index) -> Answer {
    let known = reply::knows(call, &index.etag)?;
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, format!("W/{}", index.etag)));
    response.insert_header((header::CACHE_CONTROL, "no-cache"));
    if known {
        return Ok(response.finish());
    }
    let html = Bytes::from_static(index.html.as_bytes());
    Ok(response.insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8")).body(html))
}

/// A file of this version never changes; of others, the browser asks each time.
fn send(call: &Call, file: &File, forever: bool) -> Answer {
    let known = reply::knows(call, &file.etag)?;
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, format!("W/{}", file.etag)));
    let keep = if forever { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.insert_header((header::CACHE_CONTROL, keep));
    response.insert_header((header::VARY, "accept-encoding"));
    if known {
        return Ok(response.finish());
    }
    let coding = file.coding.unwrap_or("identity");
    response.insert_header((header::CONTENT_ENCODING, coding));
    Ok(response.insert_header((header::CONTENT_TYPE, file.media_type)).body(file.bytes.clone()))
}
