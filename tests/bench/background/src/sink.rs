//! What receives webhooks in `tests/bench/webhooks.py`: `alveole-bench sink PORT`.
//!
//! `POST /hook` answers 204, or 503 while `PUT /down` holds; `POST /slow` answers after 20 s. `GET /count` is how
//! many deliveries were taken, `GET /arrivals` when each task's first event arrived, in seconds since 1970.

use std::{
    collections::HashMap,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use actix_web::{
    App, HttpResponse, HttpServer,
    web::{self, Bytes, Data},
};
use serde_json::{Value, json};

#[derive(Default)]
struct Sink {
    taken: AtomicU64,
    down: AtomicBool,
    arrivals: Mutex<HashMap<String, f64>>,
}

async fn hook(sink: Data<Sink>, body: Bytes) -> HttpResponse {
    if sink.down.load(Ordering::Relaxed) {
        return HttpResponse::ServiceUnavailable().finish();
    }
    sink.taken.fetch_add(1, Ordering::Relaxed);
    if let Ok(event) = serde_json::from_slice::<Value>(&body) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let task = event["data"]["id"].to_string();
        sink.arrivals.lock().unwrap_or_else(PoisonError::into_inner).entry(task).or_insert(now);
    }
    HttpResponse::NoContent().finish()
}

async fn slow() -> HttpResponse {
    actix_web::rt::time::sleep(Duration::from_secs(20)).await;
    HttpResponse::NoContent().finish()
}

async fn count(sink: Data<Sink>) -> HttpResponse {
    HttpResponse::Ok().json(json!({"count": sink.taken.load(Ordering::Relaxed)}))
}

async fn arrivals(sink: Data<Sink>) -> HttpResponse {
    HttpResponse::Ok().json(&*sink.arrivals.lock().unwrap_or_else(PoisonError::into_inner))
}

async fn switch(sink: Data<Sink>, path: web::Path<String>) -> HttpResponse {
    sink.down.store(path.as_str() == "down", Ordering::Relaxed);
    HttpResponse::NoContent().finish()
}

/// Receives until it is killed.
pub(crate) fn serve(port: &str) -> ExitCode {
    let Ok(port) = port.parse::<u16>() else { return ExitCode::FAILURE };
    let sink = Data::new(Sink::default());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(sink.clone())
            .route("/hook", web::post().to(hook))
            .route("/hook/{number}", web::post().to(hook))
            .route("/slow", web::post().to(slow))
            .route("/count", web::get().to(count))
            .route("/arrivals", web::get().to(arrivals))
            .route("/{state}", web::put().to(switch))
    });
    let run = || actix_web::rt::System::new().block_on(server.workers(1).bind(("127.0.0.1", port))?.run());
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
