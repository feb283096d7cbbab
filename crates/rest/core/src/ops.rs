//! Operational endpoints: alive, ready, metrics.

use actix_web::{HttpResponse, get, http::header};
use serde::Serialize;
use utoipa::ToSchema;

use super::{call::Call, codes, docs, module::Module, problem::Answer};

/// What every program has: health, readiness, metrics, and the pages of the document.
pub fn module() -> Module {
    Module {
        tags: &[("operations", "For operators")],
        codes: &[codes::CODES],
        pages: docs::PAGES,
        root_routes: Some(|config| {
            config.service(health).service(ready).service(metrics);
        }),
        ..Module::new("operations")
    }
}

/// Alive.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
    /// The version of the program.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// Ready to serve, or not.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// `ready`, `draining` or `unavailable`.
    #[schema(example = "ready")]
    status: &'static str,
    /// Each dependency.
    dependencies: Vec<DependencyState>,
}

/// One dependency.
#[derive(Debug, Serialize, ToSchema)]
pub struct DependencyState {
    /// Its name.
    #[schema(example = "database")]
    name: &'static str,
    /// Which kind it is.
    #[schema(example = "sqlite")]
    kind: &'static str,
    /// `up` or `down`.
    #[schema(example = "up")]
    state: &'static str,
}

/// Whether the process is alive
///
/// Touches no dependency.
#[utoipa::path(
    tag = "operations",
    operation_id = "health",
    responses((status = 200, description = "Alive", body = Health)),
    extensions(("x-alveole" = json!({"permission": "public", "plain": true})))
)]
#[get("/health")]
pub(crate) async fn health() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Whether the process can serve
///
/// Lists each dependency: the database, the cache, the scanner for malware, the storage of files, the mail
/// server, who is online in the chat (`presence`, where several servers share a database) and the free disk, as
/// far as they are configured. Only the database is needed: without any other
/// the server is ready, serves what does not need it, and lists it as down. Storage, mail server and disk
/// are looked at every ten seconds. Turns 503 as soon as the server is being stopped, so that a proxy sends
/// nothing new.
#[utoipa::path(
    tag = "operations",
    operation_id = "ready",
    responses(
        (status = 200, description = "Ready", body = Readiness),
        (status = 503, description = "Draining, or a dependency is down", body = Readiness)
    ),
    extensions(("x-alveole" = json!({"permission": "public", "plain": true})))
)]
#[get("/ready")]
pub(crate) async fn ready(call: Call) -> HttpResponse {
    let state = call.state();
    let dependencies = (state.probe)().await;
    let all_up = dependencies.iter().all(|dependency| dependency.up || !dependency.needed);
    let dependencies: Vec<DependencyState> = dependencies
        .into_iter()
        .map(|d| DependencyState {
            name: d.name,
            kind: d.kind,
            state: if d.up { "up" } else { "down" },
        })
        .collect();
    let (status, mut response) = if state.is_draining() {
        ("draining", HttpResponse::ServiceUnavailable())
    } else if all_up {
        ("ready", HttpResponse::Ok())
    } else {
        ("unavailable", HttpResponse::ServiceUnavailable())
    };
    if status != "ready" {
        response.insert_header((header::RETRY_AFTER, "1"));
    }
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Readiness { status, dependencies })
}

/// The metrics
///
/// In the text format of Prometheus.
#[utoipa::path(
    tag = "operations",
    operation_id = "metrics",
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain")),
    extensions(("x-alveole" = json!({"permission": "public", "plain": true})))
)]
#[get("/metrics")]
pub(crate) async fn metrics(call: Call) -> Answer {
    let state = call.state();
    state.measure();
    let text = (state.scrape)();
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text))
}
