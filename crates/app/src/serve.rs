//! The HTTP server: start, run, drain.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize},
    },
    time::Duration,
};

use actix_cors::Cors;
use actix_web::{
    App, HttpServer,
    body::BoxBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    http::header,
    middleware::{Compress, from_fn},
    web::{self, Bytes, Data},
};
use anyhow::Context as _;
use kernel::actor::Origin;
use tokio::sync::{Notify, watch};
use users::{
    commands::Register,
    service::KeyCheck,
    values::{Email, Password, PersonName, Username},
};
use utoipa_actix_web::AppExt as _;

use crate::{
    config::Config,
    drivers::{Drivers, Work, maintenance},
    http::{
        self, context, docs, gate,
        routes::RouteError,
        state::{Hub, Limits, Scrape, State},
    },
    openapi, process, telemetry,
    wire::{self, Wired},
};

/// Why a server does not start.
pub const DIFFERENT_KEY: &str = "auth.encryption_key is not the key that this database was used with \
     first: give every replica that key (in development it is kept in encryption.key in the data \
     folder); deploy/OPERATIONS.md says how to begin with another one";

/// Serves until a signal says stop; then drains.
pub fn serve(config: Config) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(run(config))
}

/// Runs the background work until a signal says stop.
pub fn work(config: Config) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let mut wired = prepare(&config).await?;
        let drivers = start_drivers(&config, &mut wired, Arc::new(Hub::default()));
        tracing::info!("working in the background, without HTTP");
        stop_signal().await;
        drivers.stop().await;
        Ok(())
    })
}

/// Opens, migrates, wires, and makes the first super_admin if the environment names one.
async fn prepare(config: &Config) -> anyhow::Result<Wired> {
    let db = wire::open(config)?;
    let applied = db.migrate_up().context("the migrations failed")?;
    if !applied.is_empty() {
        tracing::info!(count = applied.len(), "applied migrations");
    }
    let wired = wire::wire(config, db)?;
    wired.reach().await;
    match wired.users.settle_key().await.context("comparing auth.encryption_key")? {
        KeyCheck::Same => {}
        KeyCheck::Different => anyhow::bail!(DIFFERENT_KEY),
        KeyCheck::Absent => tracing::warn!(
            "auth.encryption_key is not set, but this database was used with one: people with a \
             second factor cannot sign in at this server"
        ),
    }
    if let Some((email, password)) = config.first_admin() {
        let register = Register {
            username: Username::parse("admin")?,
            email: Email::parse(email).context("ALVEOLE_ADMIN_EMAIL")?,
            password: Password::parse(password).context("ALVEOLE_ADMIN_PASSWORD")?,
            first_name: PersonName::parse("")?,
            last_name: PersonName::parse("")?,
            origin: Origin::default(),
        };
        if let Some(user) = wired.users.ensure_super_admin(register).await? {
            tracing::info!(user_id = user.id.get(), "made the first super_admin");
        }
    }
    Ok(wired)
}

/// How long background work may go on after the requests have ended. What is not done by then is handed
/// to another process, so that a stop takes little longer than `server.drain_seconds`.
const WORK_DRAIN: Duration = Duration::from_secs(5);

/// Starts the background work.
fn start_drivers(config: &Config, wired: &mut Wired, hub: Arc<Hub>) -> Drivers {
    let appended = Arc::new(Notify::new());
    let notified = Arc::clone(&appended);
    wired.db.on_events(move || notified.notify_one());
    for upkeep in wired.upkeep.drain(..) {
        tokio::spawn(upkeep);
    }
    let base = wired.base();
    let consumers = std::mem::take(&mut wired.consumers);
    let retention = Duration::from_secs(config.events_retention_seconds);
    let mut chores = std::mem::take(&mut wired.chores);
    chores.extend(maintenance::chores(&base, &consumers, retention));
    let work = Work { consumers, chores, emails: wired.emails.clone(), hub, appended };
    let drain = Duration::from_secs(config.server.drain_seconds).min(WORK_DRAIN);
    let drivers = Drivers::start(&base, work, drain);
    let (users, tasks) = (Arc::clone(&wired.users), Arc::clone(&wired.tasks));
    if let Some(limit) = u32::try_from(config.cache.warm_up).ok().filter(|limit| *limit > 0) {
        tokio::spawn(async move {
            let warmed = (users.warm_up(limit).await, tasks.warm_up(limit).await);
            if let (Err(error), _) = warmed {
                tracing::warn!(%error, "accounts were not read into the cache");
            }
            if let (_, Err(error)) = warmed {
                tracing::warn!(%error, "tasks were not read into the cache");
            }
        });
    }
    drivers
}

async fn run(config: Config) -> anyhow::Result<()> {
    let mut wired = prepare(&config).await?;
    let (stop, draining) = watch::channel(false);
    let text = openapi::served();
    let state = state(&config, &wired, draining, &text)?;
    let drivers = start_drivers(&config, &mut wired, Arc::clone(&state.hub));

    let document = docs::Document(match text {
        Cow::Borrowed(text) => Bytes::from_static(text.as_bytes()),
        Cow::Owned(text) => Bytes::from(text),
    });
    let origins = config.cors_allowed_origins.clone();
    let shared = Arc::clone(&state);
    let mut server = HttpServer::new(move || app(Arc::clone(&shared), document.clone(), &origins))
        .disable_signals()
        .client_request_timeout(Duration::from_secs(config.server.header_timeout_seconds))
        .client_disconnect_timeout(Duration::from_secs(2))
        .keep_alive(Duration::from_secs(75))
        .max_connections(config.server.max_connections)
        .worker_max_blocking_threads(DISK_THREADS)
        .shutdown_timeout(config.server.drain_seconds);
    if let Some(workers) = config.server.workers {
        server = server.workers(workers);
    }
    let address = (config.server.host.clone(), config.server.port);
    let server = server
        .bind(&address)
        .with_context(|| format!("cannot listen on {}:{}", address.0, address.1))?;
    for address in server.addrs() {
        let shown = if address.ip().is_unspecified() {
            format!("localhost:{}", address.port())
        } else {
            address.to_string()
        };
        tracing::info!(
            database = wired.db.engine_name(),
            mode = config.server.mode.as_str(),
            "Alveole listens on http://{address} — Swagger UI: http://{shown}/docs"
        );
    }
    let server = server.run();
    let handle = server.handle();
    let running = tokio::spawn(server);
    stop_signal().await;
    tracing::info!("stopping: finishing the requests in flight");
    stop.send_replace(true);
    // Proxies see /ready turn 503 before the listener closes.
    tokio::time::sleep(Duration::from_secs(config.server.drain_seconds.min(1))).await;
    handle.stop(true).await;
    running.await.context("the server ended badly")??;
    drivers.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// What handlers work with.
pub fn state(
    config: &Config,
    wired: &Wired,
    draining: watch::Receiver<bool>,
    document: &str,
) -> Result<Arc<State>, RouteError> {
    // A counter that appears with its first event hides that event from `increase()`.
    for policy in gate::POLICIES {
        metrics::counter!("rate_limited_total", "policy" => policy).increment(0);
    }
    let db = Arc::clone(&wired.db);
    let hub = Arc::new(Hub::default());
    let heard = Arc::clone(&hub);
    let scrape: Scrape = Arc::new(move || {
        metrics::gauge!("event_stream_clients").set(heard.listeners() as f64);
        for (name, value) in db.gauges() {
            metrics::gauge!(name).set(value);
        }
        process::record();
        telemetry::render()
    });
    let routes = http::route_table(document)?;
    Ok(Arc::new(State {
        users: Arc::clone(&wired.users),
        tasks: Arc::clone(&wired.tasks),
        products: Arc::clone(&wired.products),
        files: Arc::clone(&wired.files),
        limiter: Arc::clone(&wired.limiter),
        clock: Arc::clone(&wired.clock),
        hub,
        probe: wired.probe(),
        scrape,
        public_keys: wired.public_keys(),
        base_url: config.base_url(),
        limits: Limits {
            max_body_bytes: config.server.max_body_bytes,
            request_timeout: Duration::from_secs(config.server.request_timeout_seconds),
            max_in_flight: config.server.max_in_flight,
            trusted_proxies: config.server.trusted_proxies.clone(),
            behind_tls: config.server.public_url.as_ref().is_some_and(|u| u.starts_with("https:")),
        },
        draining,
        routes,
        in_flight: AtomicUsize::new(0),
        shedding: AtomicBool::new(false),
    }))
}

/// The application: routes inside, then who and how often, then compression and CORS, and around
/// everything the request's context.
pub fn app(
    state: Arc<State>,
    document: docs::Document,
    origins: &[String],
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    let mut app =
        App::new().app_data(Data::new(state)).into_utoipa_app().configure(http::routes).into_app();
    for resource in docs::resources(document) {
        app = app.service(resource);
    }
    app.default_service(web::to(context::unmatched))
        .wrap(from_fn(gate::gate))
        .wrap(Compress::default())
        .wrap(cors(origins))
        .wrap(from_fn(context::context))
}

/// Threads of each worker that wait for the disk. More of them read no faster, and each keeps some
/// mebibytes that it once needed: with the framework's 256, the memory of a server grew to three times
/// as much under downloads by 64 at once.
const DISK_THREADS: usize = 16;

/// CORS strictly from the configuration: an origin that is not named gets no header.
fn cors(origins: &[String]) -> Cors {
    let mut cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            "authorization",
            "content-type",
            "idempotency-key",
            "if-match",
            "if-none-match",
            "last-event-id",
            "tus-resumable",
            "upload-checksum",
            "upload-length",
            "upload-metadata",
            "upload-offset",
            "x-http-method-override",
            "x-request-id",
        ])
        .expose_headers([
            "etag",
            "idempotency-replayed",
            "link",
            "location",
            "ratelimit",
            "ratelimit-policy",
            "retry-after",
            "tus-checksum-algorithm",
            "tus-extension",
            "tus-max-size",
            "tus-resumable",
            "tus-version",
            "upload-expires",
            "upload-length",
            "upload-metadata",
            "upload-offset",
            "x-request-id",
            header::CONTENT_LOCATION.as_str(),
            header::CONTENT_DISPOSITION.as_str(),
        ])
        // The only cookie there is binds a sign-in with a provider to its browser.
        .supports_credentials()
        .max_age(600);
    for origin in origins {
        cors = cors.allowed_origin(origin);
    }
    cors
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
