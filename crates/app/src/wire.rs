//! Chooses adapters by configuration and puts the services together. The only file that names
//! adapters.

use std::{convert::Infallible, hash::Hash, path::Path, sync::Arc, time::Duration};

use adapter_clamd::Clamd;
use adapter_diesel::{Db, DbConfig, Migrations, SqliteSync};
use adapter_images::{BoundedImageProcessor, ImageLimits, Quality};
use adapter_oauth2::{Kind as Speaks, OAuthProviders, ProviderConfig};
use adapter_objects::{BucketError, FolderObjects, S3Config, S3Objects};
use adapter_pdf::{PdfLimits, PdfTypesetter};
use adapter_pool::Budget;
use adapter_redis::{
    Cached, InvalidationBus, RedisCache, RedisConfig, RedisConnection, RedisLimiter,
};
use adapter_smtp::{FolderMailer, Sender, SmtpMailer};
use adapter_tls::TlsBridge;
use anyhow::Context as _;
use crypto::{
    BcryptPasswords, FolderError, HmacDigests, HmacLinkSigner, JwtTokens, KeyRing, TotpFactors,
};
pub use crypto::{Force, KeyFolder, KeyRecord, KeyState, folder::Promoted, tokens::LEEWAY};
use files::{
    Files, FilesTx,
    outbound::{Objects, Scanner},
    service::{Dependencies as FilesDependencies, Settings as FilesSettings},
};
use kernel::{
    BoxFuture, Cache, Chore, Clock, CommonTx, KeyedDigest, Limiter, Mailer, Runs, SessionId,
    SystemClock, UnitOfWork,
};
use memory::{MemoryCache, MemoryLimiter};
use products::{Products, ProductsTx, service::Caches};
use rest::state::Probe;
use rest_users::keys::PublicKeys;
use tasks::{Tasks, TasksTx};
use users::{
    AuditLog, Factors, Users, UsersTx,
    external::ProviderName,
    service::{Dependencies, KeyCheck, LinkSettings, Settings, check_key},
    session::Live,
};

use crate::{
    config::{Algorithm, ClamdAt, Config, Mode, Synchronous},
    dependencies::{Ask, DependencyWatch, LOOK, Watched, measure_disks},
    drivers::{Base, Replicas, emails::Emails, keys},
    measured::MeasuredCache,
    modules::{Services, simple_modules},
    process, secrets,
    telemetry::traces::traceparent,
};

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
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The database.
    pub db: Arc<Db>,
    /// What adapters do without a pause for as long as the program runs.
    pub background: Vec<BoxFuture<'static, ()>>,
    redis: Option<Arc<RedisConnection>>,
    dependencies: Arc<DependencyWatch>,
    bucket: Option<S3Objects>,
}

/// How long the bucket may take to answer before the start goes on without.
const BUCKET: Duration = Duration::from_secs(5);

/// How often the limiter in process forgets keys that are not used any more.
const FORGET: Duration = Duration::from_secs(60);

/// Pages of the public lists that are kept in process: each may hold a hundred products.
const SHELVES: u64 = 256;

/// Opens the database. `migrations` are those of modules from outside.
pub fn open(config: &Config, migrations: Vec<Migrations>) -> anyhow::Result<Arc<Db>> {
    let bridge = TlsBridge::open(&config.database.url).context("database.url")?;
    let url = bridge.as_ref().map_or(config.database.url.as_str(), TlsBridge::url);
    let mut settings = DbConfig::new(url);
    settings.companion = bridge.map(|bridge| Arc::new(bridge) as _);
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

/// The face of an open database that belongs to no domain: events, chores, emails.
pub fn common(db: Arc<Db>) -> Arc<dyn UnitOfWork<dyn CommonTx>> {
    db
}

/// Puts a back-up in the place of the database.
pub fn restore(config: &Config, backup: &Path) -> anyhow::Result<()> {
    Ok(adapter_diesel::restore(&config.database.url, backup)?)
}

/// The audit trail of an open database, for whoever operates it: it needs no secret.
pub fn audit_log(db: Arc<Db>) -> AuditLog {
    AuditLog::new(db)
}

/// Puts the services together on an open database.
pub fn wire(config: &Config, db: Arc<Db>) -> anyhow::Result<Wired> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut background: Vec<BoxFuture<'static, ()>> = Vec::new();
    let mut chores: Vec<Chore> = Vec::new();
    let tokens = tokens(config, clock.as_ref(), &mut background)?;
    let passwords = BcryptPasswords::new(
        config.auth.bcrypt_cost,
        config.auth.hash_threads,
        config.auth.hash_queue,
    );
    let redis = redis(config)?;
    if let Some(link) = &redis {
        background.push(Box::pin(Arc::clone(link).keep()));
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
    let for_tasks: Arc<dyn UnitOfWork<dyn TasksTx>> = Arc::<Db>::clone(&db);
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
        },
        links: LinkSettings {
            base: Arc::from(config.auth.link_base_url.as_str()),
            verify_ttl: Duration::from_secs(config.auth.verify_link_ttl_seconds),
            reset_ttl: Duration::from_secs(config.auth.reset_link_ttl_seconds),
            pause: Duration::from_secs(config.auth.link_pause_seconds),
            per_day: config.mail.max_per_address_per_day,
        },
    });
    let users = Arc::new(users.with_providers(Arc::new(providers(config)?), config.front_ends()));
    let cached_tasks = cache("tasks", shared, capacity, ttl);
    let tasks = Arc::new(Tasks::new(for_tasks, Arc::clone(&clock), cached_tasks));
    let for_products: Arc<dyn UnitOfWork<dyn ProductsTx>> = Arc::<Db>::clone(&db);
    let caches = Caches {
        products: cache("products", shared, capacity, ttl),
        pages: cache("product_pages", shared, SHELVES.min(capacity), ttl),
        categories: cache("categories", shared, 1, ttl),
        version: cache("catalogue", shared, 1, ttl),
    };
    let currency = config.products_default_currency;
    let products = Arc::new(Products::new(for_products, Arc::clone(&clock), caches, currency));
    let (emails, mailer) = emails(config, &db, &clock)?;
    let clamd = config.files.clamd.clone().map(|at| match at {
        ClamdAt::Tcp(address) => Clamd::tcp(address),
        ClamdAt::Unix(path) => Clamd::unix(path),
    });
    let (objects, bucket) = objects(config, &mut chores)?;
    let files = Arc::new(files(config, &db, &clock, objects, clamd.clone())?);
    let dependencies = DependencyWatch::new(
        vec![
            ask_database(&db),
            ask_storage(config, bucket.as_ref()),
            ask_disk(config, bucket.is_some()),
        ]
        .into_iter()
        .chain(redis.as_ref().map(ask_redis))
        .chain(clamd.map(ask_clamd))
        .chain(mailer.map(ask_mailer))
        .collect(),
    );
    let looked_at = Arc::clone(&dependencies);
    chores.push(Chore::new("dependencies.look", LOOK, Runs::EachProcess, move || {
        let dependencies = Arc::clone(&looked_at);
        async move {
            dependencies.look().await;
            Ok::<_, Infallible>(0)
        }
    }));
    let seconds = |seconds| Some(Duration::from_secs(seconds)).filter(|time| !time.is_zero());
    chores.extend(users.chores(seconds(config.audit_retention_seconds)));
    chores.extend(tasks.chores(Duration::from_secs(config.tasks_purge_after_seconds)));
    chores.extend(products.chores());
    chores.extend(files.chores());
    let public_keys: PublicKeys = Arc::new(move || tokens.public_set());
    let simple = simple_modules(&db, &clock);
    Ok(Wired {
        services: Services { users, tasks, products, files, public_keys, simple },
        chores,
        emails,
        digests,
        limiter,
        clock,
        db,
        background,
        redis,
        dependencies,
        bucket,
    })
}

/// The room of files.
fn files(
    config: &Config,
    db: &Arc<Db>,
    clock: &Arc<dyn Clock>,
    objects: Arc<dyn Objects>,
    clamd: Option<Clamd>,
) -> anyhow::Result<Files> {
    let secret = secrets::link_secret(config).context("the secret of links")?;
    let signer = Arc::new(HmacLinkSigner::new(secret.as_bytes()));
    let section = &config.files;
    let images = &config.images;
    let memory = Budget::new(images.memory_bytes.unwrap_or_else(process::quarter_of_memory));
    let limits = ImageLimits {
        max_pixels: images.max_pixels,
        max_bytes: images.max_bytes,
        places: images.places,
        queue: images.queue,
    };
    let quality = Quality { jpeg: images.jpeg_quality, webp: images.webp_quality };
    let pictures = BoundedImageProcessor::new(limits, memory.clone()).with_quality(quality);
    let scanner = clamd.map(|clamd| Arc::new(clamd) as Arc<dyn Scanner>);
    let pdf = PdfLimits { places: config.pdf.places, queue: config.pdf.queue };
    let work: Arc<dyn UnitOfWork<dyn FilesTx>> = Arc::<Db>::clone(db);
    Ok(Files::new(FilesDependencies {
        work,
        clock: Arc::clone(clock),
        objects,
        image_processor: Arc::new(pictures),
        typesetter: Arc::new(PdfTypesetter::new(pdf, memory).context("the fonts of documents")?),
        scanner,
        names: Arc::<HmacLinkSigner>::clone(&signer),
        signer,
        settings: FilesSettings {
            max_file: section.max_file_bytes,
            max_document: section.max_document_bytes,
            max_audio: section.max_audio_bytes,
            quota: Some(section.quota_bytes).filter(|bytes| *bytes > 0),
            max_edge: section.max_edge,
            style: format!(
                "{} srgb jpeg {} webp {}",
                env!("CARGO_PKG_VERSION"),
                images.jpeg_quality,
                images.webp_quality
            ),
            orphan_grace: Duration::from_secs(section.orphan_grace_seconds),
            upload_ttl: Duration::from_secs(section.upload_ttl_seconds),
        },
    }))
}

/// The providers that people can sign in with.
fn providers(config: &Config) -> anyhow::Result<OAuthProviders> {
    let mut all = Vec::new();
    for one in config.oauth.iter().cloned() {
        let lacks = |setting: &str| anyhow::anyhow!("oauth.{}.{setting} must be set", one.name);
        let kind = match one.emails_url {
            Some(emails_url) => Speaks::GitHub {
                userinfo_url: one.userinfo_url.ok_or_else(|| lacks("userinfo_url"))?,
                emails_url,
            },
            None => Speaks::OpenId {
                issuer: one.issuer.ok_or_else(|| lacks("issuer"))?,
                jwks_url: one.jwks_url.ok_or_else(|| lacks("jwks_url"))?,
                userinfo_url: one.userinfo_url,
            },
        };
        all.push(ProviderConfig {
            name: ProviderName::parse(&one.name)?,
            client_id: one.client_id,
            client_secret: one.client_secret.expose().to_owned(),
            authorize_url: one.authorize_url,
            token_url: one.token_url,
            redirect_url: one.redirect_url,
            kind,
        });
    }
    OAuthProviders::new(all).context("the sign-in with other providers")
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
) -> anyhow::Result<(Emails, Option<Arc<SmtpMailer>>)> {
    let mail = &config.mail;
    let sender = Sender::parse(&mail.from).context("mail.from")?;
    let timeout = Duration::from_secs(mail.timeout_seconds);
    let mut server = None;
    let mailer: Arc<dyn Mailer> = if let Some(url) = &mail.smtp_url {
        let authorities = authorities("mail.ca_file", mail.ca_file.as_deref())?;
        let mailer = SmtpMailer::trusting(url.expose(), sender, timeout, authorities.as_deref())
            .context("mail.smtp_url")?;
        Arc::<SmtpMailer>::clone(server.insert(Arc::new(mailer)))
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

/// How often the folder of files is cleared of what a killed process left.
const CLEAR: Duration = Duration::from_secs(3600);

/// Where the bytes of files are kept, and the bucket if that is one.
fn objects(
    config: &Config,
    chores: &mut Vec<Chore>,
) -> anyhow::Result<(Arc<dyn Objects>, Option<S3Objects>)> {
    if let Some(bucket) = config.storage.bucket.clone() {
        let bucket = S3Objects::new(S3Config {
            bucket: bucket.name,
            region: bucket.region,
            endpoint: bucket.endpoint,
            access_key_id: bucket.access_key_id,
            secret_access_key: bucket.secret_access_key.expose().to_owned(),
            prefix: bucket.prefix,
            path_style: bucket.path_style,
            timeout: Duration::from_secs(bucket.timeout_seconds),
        })?;
        return Ok((Arc::new(bucket.clone()), Some(bucket)));
    }
    let folder = FolderObjects::open(&config.storage.dir)
        .with_context(|| format!("storage.dir ({})", config.storage.dir.display()))?;
    let pruned = folder.clone();
    let grace = Duration::from_secs(config.files.orphan_grace_seconds);
    chores.push(Chore::new("files.clear_staged", CLEAR.min(grace), Runs::EachProcess, move || {
        let pruned = pruned.clone();
        async move { pruned.clear_staged(grace).await }
    }));
    Ok((Arc::new(folder), None))
}

fn ask_database(db: &Arc<Db>) -> Watched {
    let (kind, db) = (db.engine_name(), Arc::clone(db));
    let ask: Ask = Box::new(move || {
        let db = Arc::clone(&db);
        Box::pin(async move { db.ping().await.map_err(|error| error.to_string()) })
    });
    Watched { name: "database", kind, needed: true, probed: true, ask }
}

fn ask_redis(link: &Arc<RedisConnection>) -> Watched {
    let link = Arc::clone(link);
    let ask: Ask = Box::new(move || {
        let up = link.is_up();
        Box::pin(async move { if up { Ok(()) } else { Err("Redis is away".to_owned()) } })
    });
    Watched { name: "cache", kind: "redis", needed: false, probed: true, ask }
}

fn ask_clamd(clamd: Clamd) -> Watched {
    let ask: Ask = Box::new(move || {
        let clamd = clamd.clone();
        Box::pin(async move {
            if clamd.ping().await { Ok(()) } else { Err("clamd does not answer".to_owned()) }
        })
    });
    Watched { name: "scanner", kind: "clamd", needed: false, probed: true, ask }
}

fn ask_mailer(mailer: Arc<SmtpMailer>) -> Watched {
    let ask: Ask = Box::new(move || {
        let mailer = Arc::clone(&mailer);
        Box::pin(async move { mailer.ping().await.map_err(|error| error.to_string()) })
    });
    Watched { name: "email", kind: "smtp", needed: false, probed: false, ask }
}

fn ask_storage(config: &Config, bucket: Option<&S3Objects>) -> Watched {
    let (kind, ask): (_, Ask) = if let Some(bucket) = bucket.cloned() {
        let ask = move || -> BoxFuture<'static, Result<(), String>> {
            let bucket = bucket.clone();
            Box::pin(async move { bucket.check().await.map_err(|error| error.to_string()) })
        };
        ("s3", Box::new(ask))
    } else {
        let folder = config.storage.dir.clone();
        let ask = move || -> BoxFuture<'static, Result<(), String>> {
            let folder = folder.clone();
            Box::pin(async move {
                let found = tokio::fs::read_dir(&folder).await;
                found.map(|_| ()).map_err(|error| format!("{}: {error}", folder.display()))
            })
        };
        ("folder", Box::new(ask))
    };
    Watched { name: "storage", kind, needed: false, probed: false, ask }
}

fn ask_disk(config: &Config, with_bucket: bool) -> Watched {
    let database = config.database.url.strip_prefix("sqlite://").map(Path::new);
    let data = database
        .and_then(Path::parent)
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(&config.server.data_dir);
    // Where there is no such folder, because nothing is kept in it, the disk around it counts.
    let existing = data.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    let mut folders = vec![("data", existing.to_owned())];
    if !with_bucket {
        folders.push(("files", config.storage.dir.clone()));
    }
    let (folders, min_free): (Arc<[_]>, _) = (folders.into(), config.server.min_free_bytes);
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

/// The way to Redis, if the configuration names one.
fn redis(config: &Config) -> anyhow::Result<Option<Arc<RedisConnection>>> {
    let section = &config.redis;
    let Some(url) = &section.url else { return Ok(None) };
    let settings = RedisConfig {
        url: url.clone(),
        prefix: section.prefix.clone(),
        connections: section.connections,
        timeout: Duration::from_millis(section.timeout_ms),
        authorities: authorities("redis.ca_file", section.ca_file.as_deref())?,
    };
    RedisConnection::open(&settings).context("redis.url").map(Some)
}

/// A cache shared by all replicas, or one in process.
fn cache<K, V>(
    name: &'static str,
    redis: Option<&Arc<RedisConnection>>,
    capacity: u64,
    ttl: Duration,
) -> Arc<dyn Cache<K, V>>
where
    K: std::fmt::Display + Hash + Eq + Clone + Send + Sync + 'static,
    V: Cached,
{
    let inner: Arc<dyn Cache<K, V>> = match redis {
        Some(link) => Arc::new(RedisCache::new(Arc::clone(link), ttl)),
        None => Arc::new(MemoryCache::new(capacity, ttl)),
    };
    Arc::new(MeasuredCache::new(name, inner))
}

/// Live session and role state: always in process, for every request asks for it; with Redis, what
/// one replica evicts all others do.
fn live(
    config: &Config,
    redis: Option<&Arc<RedisConnection>>,
    background: &mut Vec<BoxFuture<'static, ()>>,
) -> Arc<dyn Cache<SessionId, Live>> {
    let capacity = config.cache.capacity;
    let ttl = Duration::from_secs(config.cache.live_ttl_seconds);
    let inner: Arc<dyn Cache<SessionId, Live>> = match redis {
        Some(link) => {
            let kept = Arc::new(MemoryCache::new(capacity, ttl));
            let bus = InvalidationBus::new(Arc::clone(link), "live", kept);
            background.push(Box::pin(Arc::clone(&bus).listen()));
            bus
        }
        None => Arc::new(MemoryCache::new(capacity, ttl)),
    };
    Arc::new(MeasuredCache::new("live", inner))
}

/// Limits that hold over all replicas, or in this process.
fn limiter(
    config: &Config,
    redis: Option<&Arc<RedisConnection>>,
    chores: &mut Vec<Chore>,
) -> Arc<dyn Limiter> {
    let limits = &config.rate_limit;
    let policies = [
        ("anon", limits.anon),
        ("user", limits.user),
        ("auth", limits.auth),
        ("account", limits.account),
    ];
    let in_process = Arc::new(MemoryLimiter::new(policies));
    let forgetful = Arc::clone(&in_process);
    chores.push(Chore::new("limiter.forget_idle", FORGET, Runs::EachProcess, move || {
        forgetful.forget_idle();
        std::future::ready(Ok::<_, Infallible>(0))
    }));
    match redis {
        Some(link) => Arc::new(RedisLimiter::new(Arc::clone(link), policies, in_process)),
        None => in_process,
    }
}

impl Wired {
    /// Looks at everything that this process needs. What can be done without may be away; a bucket that
    /// is wrong would stay wrong, so it is an error.
    pub async fn reach(&self) -> anyhow::Result<()> {
        if let Some(link) = &self.redis {
            link.first_try().await;
        }
        self.dependencies.look().await;
        let Some(bucket) = &self.bucket else { return Ok(()) };
        match tokio::time::timeout(BUCKET, bucket.check()).await {
            Ok(Err(error @ (BucketError::Missing(_) | BucketError::Denied(_)))) => {
                Err(anyhow::Error::new(error).context("storage.s3_bucket"))
            }
            // A line in the log said so.
            _ => Ok(()),
        }
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
        // A SQLite database has one process.
        let alone = self.db.engine_name() == "sqlite";
        let replicas = if alone { Replicas::One } else { Replicas::Several };
        Base::new(common(Arc::clone(&self.db)), Arc::clone(&self.clock), replicas)
    }
}
