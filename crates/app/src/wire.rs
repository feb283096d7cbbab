//! Chooses adapters by configuration and puts the services together. It and its parts are the only files that
//! name adapters. Each part is there twice: as a feature has it, and without.

mod backup;
#[cfg(feature = "chat")]
mod chat;
#[cfg(feature = "files")]
#[cfg_attr(not(feature = "clamd"), path = "wire/no_clamd.rs")]
mod clamd;
#[cfg(feature = "files")]
mod files;
#[cfg(feature = "chat")]
#[cfg_attr(not(feature = "redis"), path = "wire/no_hints.rs")]
mod hints;
#[cfg(feature = "files")]
#[cfg_attr(not(feature = "images"), path = "wire/no_images.rs")]
mod images;
#[cfg(feature = "integrations")]
mod integrations;
#[cfg_attr(not(feature = "files"), path = "wire/no_kept.rs")]
mod kept;
#[cfg(feature = "monitoring")]
mod monitoring;
#[cfg_attr(not(feature = "oauth2"), path = "wire/no_oauth2.rs")]
mod oauth2;
#[cfg_attr(feature = "otlp", path = "telemetry/otlp.rs")]
#[cfg_attr(not(feature = "otlp"), path = "telemetry/no_otlp.rs")]
pub(crate) mod otlp;
#[cfg(feature = "files")]
#[cfg_attr(not(feature = "pdf"), path = "wire/no_pdf.rs")]
mod pdf;
#[cfg(feature = "files")]
#[cfg_attr(not(any(feature = "images", feature = "pdf")), path = "wire/no_pool.rs")]
mod pool;
#[cfg_attr(not(feature = "postgres"), path = "wire/no_postgres.rs")]
mod postgres;
#[cfg_attr(not(feature = "redis"), path = "wire/no_redis.rs")]
mod redis;
#[cfg(feature = "files")]
#[cfg_attr(not(feature = "s3"), path = "wire/no_s3.rs")]
mod s3;
#[cfg_attr(not(feature = "smtp"), path = "wire/no_smtp.rs")]
mod smtp;
mod texts;
#[cfg_attr(not(feature = "twilio"), path = "wire/no_twilio.rs")]
mod twilio;
#[cfg(feature = "webhooks")]
mod webhooks;

use std::{
    convert::Infallible,
    hash::Hash,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

pub use self::backup::{backups, restore_target};
use adapter_cron::CronCalendar;
use adapter_diesel::{Db, DbConfig, Migrations, SqliteSync};
use adapter_smtp::{FolderMailer, Sender};
use anyhow::Context as _;
use crypto::{BcryptPasswords, FolderError, HmacDigests, JwtTokens, KeyRing, TotpFactors};
pub use crypto::{Force, KeyFolder, KeyRecord, KeyState, folder::Promoted, tokens::LEEWAY};
use jobs::{JobAdmin, JobsTx, service::JobPolicy};
use kernel::{
    BoxFuture, Cache, Chore, Clock, CommonTx, EventFeed, KeyedDigest, Limiter, Mailer, Runs,
    SessionId, SystemClock, UnitOfWork,
};
use memory::{MemoryCache, MemoryLimiter};
use rest::state::Probe;
use rest_users::keys::PublicKeys;
use socket::Sockets;
use users::{
    AuditLog, Factors, Users, UsersTx,
    service::{Dependencies, KeyCheck, LinkSettings, Settings, check_key},
    session::Live,
};

use crate::{
    backup::Backups,
    config::{Algorithm, Config, Mode, Synchronous},
    dependencies::{Ask, DependencyWatch, LOOK, Watched, measure_disks},
    drivers::{Base, Leased, Replicas, emails::Emails, keys},
    measured::MeasuredCache,
    modules::Services,
    secrets, simple_modules,
    telemetry::traces::traceparent,
};

/// Looks at the start whether something that was configured is there.
type Reach = Box<dyn Fn() -> BoxFuture<'static, anyhow::Result<()>> + Send + Sync>;

/// Everything that the program runs on.
pub struct Wired {
    /// What the built-in modules serve.
    pub services: Services,
    /// Recurring maintenance of the services and of adapters.
    pub chores: Vec<Chore>,
    /// Sends emails.
    pub emails: Emails,
    /// What names, addresses and requests are digested with.
    pub digests: Arc<dyn KeyedDigest>,
    /// Rate limits.
    pub limiter: Arc<dyn Limiter>,
    /// Makes back-ups.
    pub backups: Arc<Backups>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The database.
    pub db: Arc<Db>,
    /// What adapters do under leases of their own.
    pub leased: Vec<Leased>,
    /// What adapters do without a pause for as long as the program runs.
    pub background: Vec<BoxFuture<'static, ()>>,
    redis: Option<Arc<redis::Connection>>,
    dependencies: Arc<DependencyWatch>,
    reach: Vec<Reach>,
}

/// How often the limiter in process forgets keys that are not used any more.
const FORGET: Duration = Duration::from_secs(60);

/// Pages of the public lists that are kept in process: each may hold a hundred products.
#[cfg(feature = "products")]
const SHELVES: u64 = 256;

/// Opens the database. `migrations` are those of modules from outside.
pub fn open(config: &Config, migrations: Vec<Migrations>) -> anyhow::Result<Arc<Db>> {
    let mut settings = match postgres::bridge(&config.database.url)? {
        Some((url, bridge)) => DbConfig { companion: Some(bridge), ..DbConfig::new(url) },
        None => DbConfig::new(config.database.url.as_str()),
    };
    settings.migrations = migrations;
    settings.max_connections = config.database.max_connections;
    settings.statement_timeout = Duration::from_secs(config.database.statement_timeout_seconds);
    // Together less than a statement may take: who meets a locked table has an answer by then.
    settings.lock_timeout = settings.statement_timeout / 4;
    settings.queue_wait = settings.queue_wait.min(settings.statement_timeout / 2);
    settings.sync = match config.database.synchronous {
        Synchronous::Full => SqliteSync::Full,
        Synchronous::Normal => SqliteSync::Normal,
    };
    settings.traceparent = config.telemetry.otlp_endpoint.as_ref().map(|_| traceparent as _);
    Db::open(&settings).context("the database cannot be opened")
}

/// A secret of 256 random bits.
pub fn fresh_secret() -> anyhow::Result<String> {
    // Any key will do: only the generator is used.
    Ok(users::Tokens::secret(&JwtTokens::hs256(&[0; 32], "", "")?))
}

/// The face of an open database that belongs to no domain: events, jobs, emails.
pub fn common(db: Arc<Db>) -> Arc<dyn UnitOfWork<dyn CommonTx>> {
    db
}

/// The administration of jobs and schedules on an open database, without kinds: it needs no secret.
pub fn job_admin(config: &Config, db: Arc<Db>) -> JobAdmin {
    let work: Arc<dyn UnitOfWork<dyn JobsTx>> = db;
    let policy = JobPolicy {
        keep: Duration::from_secs(config.events_retention_seconds),
        max_attempts: config.jobs.max_attempts,
    };
    JobAdmin::new(work, Arc::new(SystemClock), Arc::new(CronCalendar), policy)
}

/// The audit trail of an open database, for whoever operates it: it needs no secret.
pub fn audit_log(db: Arc<Db>) -> AuditLog {
    AuditLog::new(db)
}

/// Puts the services together on an open database.
pub fn wire(config: &Config, db: Arc<Db>) -> anyhow::Result<Wired> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut background: Vec<BoxFuture<'static, ()>> = vec![Box::pin(renew_words(Arc::clone(&db)))];
    let mut chores: Vec<Chore> = Vec::new();
    let tokens = tokens(config, clock.as_ref(), &mut background)?;
    let passwords = BcryptPasswords::new(
        config.auth.bcrypt_cost,
        config.auth.hash_threads,
        config.auth.hash_queue,
    );
    let redis = redis::open(config)?;
    if let Some(link) = &redis {
        background.push(redis::keep(link));
    }
    let ttl = Duration::from_secs(config.cache.ttl_seconds);
    let shared = redis.as_ref().filter(|_| !ttl.is_zero());
    let capacity = config.cache.capacity;
    let limiter = limiter(config, redis.as_ref(), &mut chores);
    let digests: Arc<dyn KeyedDigest> = {
        let secret = secrets::link_secret(config).context("the secret of digests")?;
        Arc::new(HmacDigests::new(secret.as_bytes()))
    };

    let for_users: Arc<dyn UnitOfWork<dyn UsersTx>> = Arc::<Db>::clone(&db);
    let seconds = |seconds| Some(Duration::from_secs(seconds)).filter(|time| !time.is_zero());
    let users = Users::new(Dependencies {
        work: for_users,
        clock: Arc::clone(&clock),
        passwords: Arc::new(passwords),
        limiter: Arc::clone(&limiter),
        digests: Arc::clone(&digests),
        tokens: Arc::<JwtTokens>::clone(&tokens),
        factors: factors(config)?,
        live: live(config, redis.as_ref(), &mut background),
        cache: cache("users", shared, capacity, ttl),
        settings: Settings {
            access_ttl: Duration::from_secs(config.auth.access_ttl_seconds),
            refresh_ttl: Duration::from_secs(config.auth.refresh_ttl_seconds),
            session_ttl: Duration::from_secs(config.auth.session_ttl_seconds),
            token_max_ttl: match config.auth.token_max_ttl_seconds {
                0 => None,
                seconds => Some(Duration::from_secs(seconds)),
            },
            factor_roles: config.auth.require_two_factor_roles.iter().copied().collect(),
            deletion_grace: Duration::from_secs(config.users_deletion_grace_seconds),
            inactivity: config.users_inactivity,
        },
        links: LinkSettings {
            base: Arc::from(config.auth.link_base_url.as_str()),
            verify_ttl: Duration::from_secs(config.auth.verify_link_ttl_seconds),
            reset_ttl: Duration::from_secs(config.auth.reset_link_ttl_seconds),
            pause: Duration::from_secs(config.auth.link_pause_seconds),
            per_day: config.mail.max_per_address_per_day,
        },
    });
    let texts = texts::texts(config, &clock)?;
    let users = match &texts {
        Some(sender) => users.with_texts(users::service::TextSettings {
            sender: Arc::clone(sender),
            per_number: config.sms.max_per_number_per_day,
            per_account: config.sms.max_per_account_per_day,
        }),
        None => users,
    };
    let users = Arc::new(oauth2::with_providers(users, config)?);
    chores.extend(users.chores(seconds(config.audit_retention_seconds)));
    let (emails, mail_server) = emails(config, &db, &clock)?;
    #[cfg_attr(not(feature = "files"), expect(unused_mut, reason = "files add to them"))]
    let (mut folders, mut reach) = (vec![("data", data_folder(config))], Vec::new());
    let mut watched = vec![ask_database(&db)];
    #[cfg(feature = "tasks")]
    let tasks = {
        let cache = cache("tasks", shared, capacity, ttl);
        let work: Arc<dyn UnitOfWork<dyn tasks::TasksTx>> = Arc::<Db>::clone(&db);
        Arc::new(tasks::Tasks::new(work, Arc::clone(&clock), cache))
    };
    #[cfg(feature = "tasks")]
    chores.extend(tasks.chores(
        Duration::from_secs(config.tasks_purge_after_seconds),
        Duration::from_mins(config.notifications.due_soon_minutes),
    ));
    #[cfg(feature = "products")]
    let products = {
        let work: Arc<dyn UnitOfWork<dyn products::ProductsTx>> = Arc::<Db>::clone(&db);
        let caches = products::service::Caches {
            products: cache("products", shared, capacity, ttl),
            pages: cache("product_pages", shared, SHELVES.min(capacity), ttl),
            categories: cache("categories", shared, 1, ttl),
            version: cache("catalogue", shared, 1, ttl),
        };
        let currency = config.products_default_currency;
        Arc::new(products::Products::new(work, Arc::clone(&clock), caches, currency))
    };
    #[cfg(feature = "products")]
    chores.extend(products.chores());
    #[cfg(feature = "notifications")]
    let notifications = {
        let work: Arc<dyn UnitOfWork<dyn notifications::NotificationsTx>> = Arc::<Db>::clone(&db);
        let emails = notifications::sending::EmailSettings {
            pages: Arc::from(config.auth.link_base_url.as_str()),
            api: Arc::from(config.base_url()),
            digests: Arc::clone(&digests),
            digest_after: Duration::from_mins(config.notifications.digest_minutes),
        };
        let all = notifications::Notifications::new(work, Arc::clone(&clock))
            .with_emails(emails)
            .with_report_hour(config.notifications.report_hour);
        #[cfg(feature = "webhooks")]
        let all = all.with_webhooks();
        // A link to a server that has no page for it would be of no use.
        let pages = (!config.auth.link_pages).then(|| Arc::from(&*config.auth.link_base_url));
        Arc::new(match texts {
            Some(sender) => {
                all.with_texts(notifications::texting::TextSettings { sender, link: pages })
            }
            None => all,
        })
    };
    #[cfg(feature = "files")]
    let (files, scanner) = {
        let wired = files::wire(config, &db, &clock)?;
        chores.extend(wired.chores);
        watched.push(wired.storage);
        reach.extend(wired.reach);
        if wired.on_disk {
            folders.push(("files", config.storage.dir.clone()));
        }
        (wired.service, wired.scanner)
    };
    #[cfg(not(feature = "files"))]
    let scanner = None;
    #[cfg(feature = "chat")]
    let (chat, live_chat) = {
        let wired = chat::wire(config, &db, &clock, &limiter, redis.as_ref(), &mut background);
        watched.extend(wired.presence);
        (wired.chat, wired.live)
    };
    watched.push(ask_disk(folders, config.server.min_free_bytes));
    watched.extend(redis.as_ref().map(redis::ask));
    watched.extend(scanner);
    watched.extend(mail_server.map(smtp::ask));
    let dependencies = DependencyWatch::new(watched);
    let looked_at = Arc::clone(&dependencies);
    chores.push(Chore::new("dependencies.look", Runs::EachProcess(LOOK), move || {
        let dependencies = Arc::clone(&looked_at);
        async move {
            dependencies.look().await;
            Ok::<_, Infallible>(0)
        }
    }));
    let backups = backups(config, &db, &clock)?;
    chores.push(backup::chore(&backups));
    let jobs = Arc::new(job_admin(config, Arc::clone(&db)));
    #[cfg(feature = "notifications")]
    chores.push(flows::reports::chore(
        flows::reports::Sources {
            users: Arc::clone(&users),
            jobs: Arc::clone(&jobs),
            #[cfg(feature = "files")]
            stored: Some(flows::report_files::stored(Arc::clone(&files))),
            #[cfg(not(feature = "files"))]
            stored: None,
            #[cfg(feature = "tasks")]
            agenda: Some(flows::report_tasks::agenda(Arc::clone(&tasks))),
            #[cfg(not(feature = "tasks"))]
            agenda: None,
        },
        Arc::clone(&notifications),
    ));
    #[cfg(feature = "inbound")]
    let inbound = {
        let work: Arc<dyn UnitOfWork<dyn inbound::InboundTx>> = Arc::<Db>::clone(&db);
        Arc::new(inbound::Inbound::new(work, Arc::clone(&clock), seal(config)?))
    };
    #[cfg(feature = "webhooks")]
    let (webhooks, serve_webhooks) = webhooks::wire(config, &db, &clock)?;
    let leased = vec![
        #[cfg(feature = "webhooks")]
        serve_webhooks,
    ];
    let public_keys: PublicKeys = Arc::new(move || tokens.public_set());
    #[cfg(feature = "monitoring")]
    let monitoring = monitoring::wire(config, &db, &clock, &base(&db, &clock))?;
    let simple = simple_modules!(db, clock);
    let feed = Arc::new(EventFeed::new(common(Arc::clone(&db))));
    Ok(Wired {
        services: Services {
            users,
            #[cfg(feature = "tasks")]
            tasks,
            #[cfg(feature = "products")]
            products,
            #[cfg(feature = "files")]
            files,
            #[cfg(feature = "notifications")]
            notifications,
            console: config.console.then(|| config.base_url()),
            settings: config.effective_settings(),
            pages: config.auth.link_pages,
            #[cfg(feature = "inbound")]
            inbound,
            #[cfg(feature = "webhooks")]
            webhooks,
            #[cfg(feature = "chat")]
            chat,
            #[cfg(feature = "chat")]
            live_chat,
            #[cfg(feature = "monitoring")]
            monitoring,
            #[cfg(feature = "integrations")]
            integrations: integrations::wire(config, &clock, &limiter, &digests)?,
            sockets: Sockets::new(config.chat.socket_limits()),
            feed,
            jobs,
            public_keys,
            simple,
        },
        chores,
        emails,
        digests,
        limiter,
        backups,
        clock,
        db,
        leased,
        background,
        redis,
        dependencies,
        reach,
    })
}

/// After an update, what is found by words of older rules gets new ones. What fails is done by the next start.
async fn renew_words(db: Arc<Db>) {
    match db.renew_search_words().await {
        Ok(0) => {}
        Ok(tables) => tracing::info!(tables, "words of searches follow the rules of this version"),
        Err(error) => tracing::error!(%error, "words of searches could not be cut again"),
    }
}

/// The folder with the ring of keys. What is open to others is refused in production.
pub fn key_folder(config: &Config) -> KeyFolder {
    match config.server.mode {
        Mode::Production => KeyFolder::strict(&config.auth.keys_dir),
        Mode::Development => KeyFolder::lenient(&config.auth.keys_dir),
    }
}

/// What makes and reads tokens, by the configured algorithm. A ring in a folder is looked at again
/// from time to time.
fn tokens(
    config: &Config,
    clock: &dyn Clock,
    background: &mut Vec<BoxFuture<'static, ()>>,
) -> anyhow::Result<Arc<JwtTokens>> {
    let auth = &config.auth;
    let secret = || secrets::jwt_secret(config).context("the signing secret");
    if auth.algorithm == Algorithm::Hs256 {
        let secret = secret()?;
        let tokens = JwtTokens::hs256(secret.as_bytes(), &auth.issuer, &auth.audience)?;
        return Ok(Arc::new(tokens));
    }
    let before = if auth.accept_hs256 { Some(secret()?) } else { None };
    let with = |ring: KeyRing| -> anyhow::Result<Arc<JwtTokens>> {
        let before = before.as_deref().map(str::as_bytes);
        Ok(Arc::new(JwtTokens::eddsa(ring, before, &auth.issuer, &auth.audience)?))
    };
    if let Some(given) = &auth.keys {
        let tokens = with(KeyRing::from_private_set(given.expose()).context("auth.keys")?)?;
        // There is nothing to read again, but who asks for it must not end the process.
        background.push(Box::pin(keys::follow(|| Ok(false))));
        return Ok(tokens);
    }
    let folder = key_folder(config);
    if config.server.mode == Mode::Development
        && let Some(first) = folder.begin(clock.now()).context("the token keys")?
    {
        tracing::info!(kid = first.kid, "made the first token key");
    }
    let ring = folder.load().map_err(|error| match error {
        FolderError::Empty(path) => anyhow::anyhow!(
            "there is no token key in {}: make one with `alveole keys generate`, or set auth.keys",
            path.display()
        ),
        error => anyhow::Error::new(error).context("the token keys"),
    })?;
    let tokens = with(ring)?;
    let followed = Arc::clone(&tokens);
    background.push(Box::pin(keys::follow(move || Ok(followed.use_ring(folder.load()?)))));
    Ok(tokens)
}

/// What sends emails: to the configured server, or into a folder.
fn emails(
    config: &Config,
    db: &Arc<Db>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<(Emails, Option<Arc<smtp::Server>>)> {
    let mail = &config.mail;
    let sender = Sender::parse(&mail.from).context("mail.from")?;
    let timeout = Duration::from_secs(mail.timeout_seconds);
    let server = smtp::open(config, &sender, timeout)?;
    let mailer: Arc<dyn Mailer> = if let Some(server) = &server {
        smtp::mailer(server)
    } else {
        let folder = config.server.data_dir.join("outbox");
        if config.server.mode == Mode::Production {
            tracing::warn!(?folder, "mail.smtp_url is not set: mails are written into a folder");
        }
        Arc::new(FolderMailer::new(folder, sender))
    };
    let emails = Emails {
        work: Arc::<Db>::clone(db),
        mailer,
        clock: Arc::clone(clock),
        timeout,
        retry: Duration::from_secs(mail.retry_seconds),
        give_up_after: Duration::from_secs(mail.give_up_after_seconds),
    };
    Ok((emails, server))
}

/// Compares the configured encryption key with the one that the database was used with, without
/// changing or making anything. `None` when there is no database yet or it cannot be asked.
pub fn known_key(config: &Config) -> anyhow::Result<Option<KeyCheck>> {
    let file = config.database.url.strip_prefix("sqlite://");
    if file.is_some_and(|file| !Path::new(file).is_file()) || config.auth.encryption_key.is_none() {
        return Ok(None);
    }
    let factors = factors(config)?;
    let Ok(db) = open(config, Vec::new()) else { return Ok(None) };
    let check = check_key(&*db, factors.as_deref());
    Ok(crate::cli::runtime()?.block_on(check).ok())
}

/// What makes and reads second factors, if there is a key to keep their secrets with.
fn factors(config: &Config) -> anyhow::Result<Option<Arc<dyn Factors>>> {
    let Some(key) = secrets::encryption_key(config).context("the encryption key")? else {
        return Ok(None);
    };
    Ok(Some(Arc::new(TotpFactors::new(key.as_bytes(), &config.auth.issuer)?)))
}

/// What seals secrets, if there is a key for that.
#[cfg(feature = "inbound")]
fn seal(config: &Config) -> anyhow::Result<Option<Arc<dyn kernel::SecretSeal>>> {
    let Some(key) = secrets::encryption_key(config).context("the encryption key")? else {
        return Ok(None);
    };
    Ok(Some(Arc::new(crypto::SecretSealer::new(key.as_bytes())?)))
}

fn ask_database(db: &Arc<Db>) -> Watched {
    let (kind, db) = (db.engine_name(), Arc::clone(db));
    let ask: Ask = Box::new(move || {
        let db = Arc::clone(&db);
        Box::pin(async move { db.ping().await.map_err(|error| error.to_string()) })
    });
    Watched { name: "database", kind, needed: true, probed: true, ask }
}

/// The folder of the data that is kept on this machine, or the one around it where there is none.
fn data_folder(config: &Config) -> PathBuf {
    let database = config.database.url.strip_prefix("sqlite://").map(Path::new);
    let data = database
        .and_then(Path::parent)
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(&config.server.data_dir);
    data.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new(".")).to_owned()
}

fn ask_disk(folders: Vec<(&'static str, PathBuf)>, min_free: u64) -> Watched {
    let folders: Arc<[_]> = folders.into();
    let ask: Ask = Box::new(move || {
        let folders = Arc::clone(&folders);
        Box::pin(async move {
            let measured = tokio::task::spawn_blocking(move || measure_disks(&folders, min_free));
            measured.await.unwrap_or_else(|error| Err(error.to_string()))
        })
    });
    Watched { name: "disk", kind: "disk", needed: false, probed: false, ask }
}

/// The certificates of a file of authorities.
pub fn authorities(setting: &'static str, file: Option<&Path>) -> anyhow::Result<Option<Vec<u8>>> {
    let Some(file) = file else { return Ok(None) };
    let read = std::fs::read(file).with_context(|| format!("{setting} ({})", file.display()))?;
    anyhow::ensure!(
        read.windows(PEM.len()).any(|part| part == PEM),
        "{setting} ({}) has no certificate in PEM",
        file.display()
    );
    Ok(Some(read))
}

/// What certificates begin with in files.
const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// A cache shared by all replicas, or one in process.
fn cache<K, V>(
    name: &'static str,
    redis: Option<&Arc<redis::Connection>>,
    capacity: u64,
    ttl: Duration,
) -> Arc<dyn Cache<K, V>>
where
    K: std::fmt::Display + Hash + Eq + Clone + Send + Sync + 'static,
    V: redis::Cached,
{
    let inner: Arc<dyn Cache<K, V>> = match redis {
        Some(link) => redis::cache(link, ttl),
        None => Arc::new(MemoryCache::new(capacity, ttl)),
    };
    Arc::new(MeasuredCache::new(name, inner))
}

/// Live session and role state: always in process, for every request asks for it; with Redis, what
/// one replica evicts all others do.
fn live(
    config: &Config,
    redis: Option<&Arc<redis::Connection>>,
    background: &mut Vec<BoxFuture<'static, ()>>,
) -> Arc<dyn Cache<SessionId, Live>> {
    let capacity = config.cache.capacity;
    let ttl = Duration::from_secs(config.cache.live_ttl_seconds);
    let inner: Arc<dyn Cache<SessionId, Live>> = match redis {
        Some(link) => redis::announced(link, "live", (capacity, ttl), background),
        None => Arc::new(MemoryCache::new(capacity, ttl)),
    };
    Arc::new(MeasuredCache::new("live", inner))
}

/// Limits that hold over all replicas, or in this process.
fn limiter(
    config: &Config,
    redis: Option<&Arc<redis::Connection>>,
    chores: &mut Vec<Chore>,
) -> Arc<dyn Limiter> {
    let limits = &config.rate_limit;
    let policies = vec![
        ("anon", limits.anon),
        ("user", limits.user),
        ("auth", limits.auth),
        ("account", limits.account),
        ("webhook", limits.webhook),
    ];
    #[cfg(feature = "chat")]
    let policies = [policies, chat::POLICIES.to_vec()].concat();
    #[cfg(feature = "integrations")]
    let policies = [policies, integrations::BUDGETS.to_vec()].concat();
    let in_process = Arc::new(MemoryLimiter::new(policies.iter().copied()));
    let forgetful = Arc::clone(&in_process);
    chores.push(Chore::new("limiter.forget_idle", Runs::EachProcess(FORGET), move || {
        forgetful.forget_idle();
        std::future::ready(Ok::<_, Infallible>(0))
    }));
    match redis {
        Some(link) => redis::limiter(link, policies, in_process),
        None => in_process,
    }
}

impl Wired {
    /// Looks at everything that this process needs. What can be done without may be away; a bucket that
    /// is wrong would stay wrong, so it is an error.
    pub async fn reach(&self) -> anyhow::Result<()> {
        if let Some(link) = &self.redis {
            redis::first_try(link).await;
        }
        self.dependencies.look().await;
        for reach in &self.reach {
            reach().await?;
        }
        Ok(())
    }

    /// Asks the dependencies how they are.
    pub fn probe(&self) -> Probe {
        let dependencies = Arc::clone(&self.dependencies);
        Arc::new(move || {
            let dependencies = Arc::clone(&dependencies);
            Box::pin(async move { dependencies.probe().await })
        })
    }

    /// What the drivers of this process work with.
    pub fn base(&self) -> Base {
        base(&self.db, &self.clock)
    }
}

fn base(db: &Arc<Db>, clock: &Arc<dyn Clock>) -> Base {
    // A SQLite database has one process.
    let alone = db.engine_name() == "sqlite";
    let replicas = if alone { Replicas::One } else { Replicas::Several };
    Base::new(common(Arc::clone(db)), Arc::clone(clock), replicas)
}
