//! The HTTP server: start, run, drain.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use kernel::{Chore, Recurrence, Runs, Scheduler, actor::Origin};
use rest::{
    Api, ApiError, Module,
    api::{Ports, Settings},
    incoming::Pace,
    live::LiveFeed,
    module::WarmUp,
    state::{Limits, Scrape},
};
use tokio::sync::{Notify, watch};
use users::{
    Users,
    commands::Register,
    service::KeyCheck,
    values::{EmailAddress, Password, PersonName, Username},
};

use crate::{
    config::{Config, Mode},
    drivers::{Drivers, Work, chores::job_kind, maintenance, workers::Workers},
    listener::{self, Serves},
    modules, openapi, process,
    program::Program,
    telemetry::{self, traces},
    wire::{self, Wired},
};

/// Why a server does not start.
pub const DIFFERENT_KEY: &str = "auth.encryption_key is not the key that this database was used with \
     first: give every replica that key (in development it is kept in encryption.key in the data \
     folder); deploy/OPERATIONS.md says how to begin with another one";

/// Serves until a signal says stop; then drains.
pub fn serve(program: &Program, config: Config) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(run(program, config))
}

/// Runs the background work until a signal says stop.
pub fn work(program: &Program, config: Config) -> anyhow::Result<()> {
    let mut config = config;
    "worker".clone_into(&mut config.monitoring.part);
    actix_web::rt::System::new().block_on(async {
        let mut wired = prepare(program, &config).await?;
        let modules = program.modules(&config, &wired)?;
        let live_feed = Arc::new(LiveFeed::default());
        // Without HTTP, running jobs is what the process is for.
        let workers = if config.jobs.workers == 0 { 5 } else { config.jobs.workers };
        let drivers = start_drivers(&config, workers, &mut wired, &modules, live_feed);
        tracing::info!("working in the background, without HTTP");
        stop_signal().await;
        drivers.stop().await;
        Ok(())
    })
}

/// Opens, migrates, wires, and makes the first super_admin if the environment names one.
async fn prepare(program: &Program, config: &Config) -> anyhow::Result<Wired> {
    let db = program.open(config)?;
    if config.database.migrate_at_start {
        let applied = db.migrate_up().context("the migrations failed")?;
        if !applied.is_empty() {
            tracing::info!(count = applied.len(), "applied migrations");
        }
    } else {
        let missing = db.migrate_status()?.into_iter().filter(|(_, applied)| !applied).count();
        anyhow::ensure!(
            missing == 0,
            "{missing} migrations are missing and database.migrate_at_start is false: run `alveole \
             migrate up`"
        );
    }
    let wired = wire::wire(config, db)?;
    wired.reach().await?;
    match wired
        .services
        .users
        .check_encryption_key()
        .await
        .context("comparing auth.encryption_key")?
    {
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
            email: EmailAddress::parse(email).context("ALVEOLE_ADMIN_EMAIL")?,
            password: Password::parse(password).context("ALVEOLE_ADMIN_PASSWORD")?,
            first_name: PersonName::parse("")?,
            last_name: PersonName::parse("")?,
            origin: Origin::default(),
        };
        if let Some(user) = wired.services.users.ensure_super_admin(register).await? {
            tracing::info!(user_id = user.id.get(), "made the first super_admin");
        }
    } else if wired.services.users.lacks_super_admin().await? {
        tracing::info!("{}", how_to_make_an_admin(config, &wired.services.users.setup_token()));
    }
    if config.server.mode == Mode::Development && config.mail.smtp_url.is_none() {
        let folder = config.server.data_dir.join("outbox");
        tracing::info!("emails are written into {}", folder.display());
    }
    Ok(wired)
}

/// Who reads this operates the server, so the token stands here and nowhere else.
fn how_to_make_an_admin(config: &Config, token: &str) -> String {
    let base = config.base_url();
    let way = if modules::has_console(config) {
        format!("open {base}/console/setup?token={token}")
    } else {
        format!("send username, email, password and token={token} to POST {base}/api/v1/auth/setup")
    };
    format!(
        "there is no administrator yet: {way}, or run `alveole user create --username root --email you@example.org \
         --role super_admin`"
    )
}

/// How long background work may go on after the requests have ended. What is not done by then is handed
/// to another process, so that a stop takes little longer than `server.drain_seconds`.
const WORK_DRAIN: Duration = Duration::from_secs(5);

/// Starts the background work.
fn start_drivers(
    config: &Config,
    workers: usize,
    wired: &mut Wired,
    modules: &[Module],
    live_feed: Arc<LiveFeed>,
) -> Drivers {
    let appended = Arc::new(Notify::new());
    let notified = Arc::clone(&appended);
    wired.db.on_events(move || notified.notify_one());
    let enqueued = Arc::new(Notify::new());
    let notified = Arc::clone(&enqueued);
    wired.db.on_jobs(move || notified.notify_one());
    for background in wired.background.drain(..) {
        tokio::spawn(background);
    }
    wired.backups.measure();
    let base = wired.base();
    let consumers: Vec<_> = modules.iter().flat_map(|module| module.consumers.clone()).collect();
    let retention = Duration::from_secs(config.events_retention_seconds);
    let mut chores = std::mem::take(&mut wired.chores);
    chores.extend(modules.iter().flat_map(|module| module.chores.clone()));
    chores.extend(maintenance::chores(&base, &consumers, retention));
    let warm_ups: Vec<_> =
        modules.iter().filter_map(|m| Some((m.name, m.warm_up.clone()?))).collect();
    let warm_up_limit = u32::try_from(config.cache.warm_up).ok().filter(|limit| *limit > 0);
    chores.extend(warm_up_limit.map(|limit| warm_up_chore(warm_ups.clone(), limit)));
    let jobs = Arc::clone(&wired.services.jobs);
    jobs.add_kinds(chores.iter().filter_map(|chore| job_kind(chore, &wired.clock)));
    let kinds = jobs.kinds();
    let lease = Duration::from_secs(config.jobs.lease_seconds);
    let workers = Workers::new(base.clone(), kinds, workers, lease).woken_by(enqueued);
    let emails = wired.emails.clone();
    let scheduler: Arc<dyn Scheduler> = jobs;
    let leased = std::mem::take(&mut wired.leased);
    let work = Work { consumers, chores, scheduler, emails, workers, leased, live_feed, appended };
    let drain = Duration::from_secs(config.server.drain_seconds).min(WORK_DRAIN);
    let drivers = Drivers::start(&base, work, drain);
    if let Some(limit) = warm_up_limit {
        for (name, warm_up) in warm_ups {
            tokio::spawn(async move {
                if let Err(error) = warm_up(limit).await {
                    tracing::warn!(error, module = name, "the cache was not filled");
                }
            });
        }
    }
    drivers
}

/// When shared caches are filled again, once an administrator enables the schedule: it pays where entries live
/// longer than that (`cache.ttl_seconds`) and replicas share them.
const WARM_UP: Runs = Runs::Scheduled(Recurrence::utc("*/5 * * * *").disabled());

/// Fills the caches as a start does.
fn warm_up_chore(warm_ups: Vec<(&'static str, WarmUp)>, limit: u32) -> Chore {
    let warm_ups: Arc<[_]> = warm_ups.into();
    Chore::new("cache.warm_up", WARM_UP, move || {
        let warm_ups = Arc::clone(&warm_ups);
        async move {
            for (name, warm_up) in warm_ups.iter() {
                warm_up(limit).await.map_err(|error| format!("{name}: {error}"))?;
            }
            Ok::<_, String>(warm_ups.len() as u64)
        }
    })
}

async fn run(program: &Program, config: Config) -> anyhow::Result<()> {
    let mut wired = prepare(program, &config).await?;
    let (stop, draining) = watch::channel(false);
    let modules = program.modules(&config, &wired)?;
    let live_feed = Arc::new(LiveFeed::default());
    let workers = config.jobs.workers;
    let drivers = start_drivers(&config, workers, &mut wired, &modules, Arc::clone(&live_feed));
    let api = api(program, &config, &wired, modules, live_feed, draining)?;

    let listeners = listener::open(&config.server).with_context(|| {
        format!("cannot listen on {}:{}", config.server.host, config.server.port)
    })?;
    for listener in &listeners {
        let address = listener.local_addr()?;
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
    let for_sockets = listener::open_for_sockets(&config.server).with_context(|| {
        let address = config.server.ws_bind_addr.map(|address| address.to_string());
        format!("cannot listen on {} (server.ws_bind_addr)", address.unwrap_or_default())
    })?;
    if let Some(listener) = &for_sockets {
        let address = listener.local_addr()?;
        tracing::info!("WebSockets, and nothing else, are also on ws://{address}");
    }
    let listeners = listeners.into_iter().map(|listener| (listener, Serves::Everything));
    let for_sockets = for_sockets.map(|listener| (listener, Serves::WebSockets));
    let listeners = listeners.chain(for_sockets).collect();
    let state = Arc::clone(api.state());
    let app = move || api.app();
    let server = listener::serve(&config.server, listeners, &state, app)?;
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

/// The API of modules, with what the configuration says of it.
fn api(
    program: &Program,
    config: &Config,
    wired: &Wired,
    modules: Vec<Module>,
    live_feed: Arc<LiveFeed>,
    draining: watch::Receiver<bool>,
) -> Result<Api, ApiError> {
    let db = Arc::clone(&wired.db);
    let heard = Arc::clone(&live_feed);
    let scrape: Scrape = Arc::new(move || {
        metrics::gauge!("alveole_event_stream_clients").set(heard.listeners() as f64);
        for (name, value) in db.gauges() {
            metrics::gauge!(name).set(value);
        }
        process::record();
        telemetry::render()
    });
    let ports = Ports {
        authenticator: Arc::<Users>::clone(&wired.services.users),
        limiter: Arc::clone(&wired.limiter),
        digests: Arc::clone(&wired.digests),
        clock: Arc::clone(&wired.clock),
        live_feed,
        probe: wired.probe(),
        scrape,
        draining,
    };
    let settings = Settings {
        about: openapi::ABOUT,
        base: openapi::BASE,
        base_url: config.base_url(),
        limits: Limits {
            max_body_bytes: config.server.max_body_bytes,
            request_timeout: Duration::from_secs(config.server.request_timeout_seconds),
            pace: Pace {
                grace: Duration::from_secs(config.server.body_grace_seconds),
                min_rate: config.server.min_body_rate,
            },
            max_in_flight: config.server.max_in_flight,
            trusted_proxies: config.server.trusted_proxies.clone(),
            behind_tls: config.server.public_url.as_ref().is_some_and(|u| u.starts_with("https:")),
            drain: Duration::from_secs(config.server.drain_seconds),
        },
        origins: config.origins(),
        tracing: traces::tracing(),
        document: program.document(),
    };
    Api::new(settings, ports, modules)
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
