//! Settings: defaults < file < environment < flags. Every fault is found at once and named; an
//! unknown setting stops the start, so that a typing error is never silently a default.

mod accounts;
mod auth;
mod backup;
mod chat;
mod checks;
mod files;
mod integrations;
mod layers;
mod monitoring;
mod notifications;
mod oauth;
mod own;
mod reader;
mod sms;
mod storage;
mod telemetry;
#[cfg(test)]
mod tests;
mod values;
mod webhooks;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use kernel::Quota;
use kernel::cidr::Cidr;
#[cfg(feature = "products")]
use products::values::Currency;
use rest::dashboard::EffectiveSettings;
use serde_json::Value;
use users::{
    inactivity::Inactivity,
    values::{EmailAddress, Password},
};

pub use self::{
    auth::{Algorithm, AuthConfig},
    backup::BackupConfig,
    chat::ChatConfig,
    files::{ClamdAt, FilesConfig, ImagesConfig, PdfConfig},
    integrations::{IntegrationsConfig, ProviderConfig, Topic},
    monitoring::MonitoringConfig,
    notifications::NotificationsConfig,
    oauth::OAuthProvider,
    own::Setting,
    sms::{SmsConfig, TextProvider, TwilioAccount},
    storage::{Bucket, StorageConfig},
    telemetry::TelemetryConfig,
    values::Secret,
    webhooks::WebhooksConfig,
};
use self::{layers::Layers, reader::Reader};

/// The features that this program was built without, each with how its settings begin.
const ABSENT: &[(&str, &[&str])] = &[
    #[cfg(not(feature = "tasks"))]
    ("tasks", &["tasks."]),
    #[cfg(not(feature = "files"))]
    ("files", &["files.", "storage.", "images.", "pdf."]),
    #[cfg(not(feature = "products"))]
    ("products", &["products."]),
    #[cfg(not(feature = "integrations"))]
    ("integrations", &["integrations."]),
    #[cfg(not(feature = "inbound"))]
    ("inbound", &["rate_limit.webhook"]),
    #[cfg(not(feature = "redis"))]
    ("redis", &["redis."]),
    #[cfg(not(feature = "s3"))]
    ("s3", &["storage.s3_", "backup.s3_"]),
    #[cfg(not(feature = "oauth2"))]
    ("oauth2", &["oauth."]),
    #[cfg(not(feature = "smtp"))]
    ("smtp", &["mail.smtp_url", "mail.ca_file"]),
    #[cfg(not(feature = "twilio"))]
    ("twilio", &["sms.base_url", "sms.account", "sms.token", "sms.from"]),
    #[cfg(not(feature = "images"))]
    ("images", &["images."]),
    #[cfg(not(feature = "pdf"))]
    ("pdf", &["pdf."]),
    #[cfg(not(feature = "clamd"))]
    ("clamd", &["files.clamd_url"]),
    #[cfg(not(feature = "otlp"))]
    ("otlp", &["telemetry.otlp_endpoint", "telemetry.ca_file"]),
    #[cfg(not(feature = "webhooks"))]
    ("webhooks", &["webhooks."]),
    #[cfg(not(feature = "chat"))]
    ("chat", &["chat."]),
    #[cfg(not(feature = "search"))]
    ("search", &[]),
    #[cfg(not(feature = "console"))]
    ("console", &["console."]),
    #[cfg(not(feature = "notifications"))]
    ("notifications", &["notifications."]),
    #[cfg(not(feature = "monitoring"))]
    ("monitoring", &["monitoring."]),
];

/// Whether `sms.provider` can be `twilio`.
const TWILIO: bool = cfg!(feature = "twilio");

/// Whether PostgreSQL can be the database.
const POSTGRES: bool = cfg!(feature = "postgres");

/// 30 days, in seconds: the shortest time that the audit trail can be kept.
const MONTH: u64 = 2_592_000;

/// What the server is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// On a developer's machine, or embedded: secrets are made where they are missing.
    Development,
    /// In production: weak or missing secrets stop the start.
    Production,
}

impl Mode {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
        }
    }
}

/// How SQLite syncs commits to disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// Every commit survives a power cut.
    Full,
    /// The last commits before a power cut may be lost; the database stays whole.
    Normal,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Pretty,
}

/// `server.*`.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Address to listen on.
    pub host: String,
    /// Port to listen on.
    pub port: u16,
    /// Another address that serves WebSockets and nothing else.
    pub ws_bind_addr: Option<SocketAddr>,
    /// How clients reach us.
    pub public_url: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Cidr>,
    /// What the server is run for.
    pub mode: Mode,
    /// How long requests in flight may take after a signal to stop.
    pub drain_seconds: u64,
    /// Where the embedded database and secrets live.
    pub data_dir: PathBuf,
    /// Threads that answer requests; one for each core when not said.
    pub workers: Option<usize>,
    /// Bytes of a body.
    pub max_body_bytes: usize,
    /// From the first byte of a request to its answer.
    pub request_timeout_seconds: u64,
    /// From the first byte of a request to the end of its head.
    pub header_timeout_seconds: u64,
    /// How long a body may arrive as slowly as it likes.
    pub body_grace_seconds: u64,
    /// Bytes a second that must arrive of a body on average after that; 0 means any.
    pub min_body_rate: u64,
    /// Connections for each worker.
    pub max_connections: usize,
    /// Requests worked on at once; more are answered 503.
    pub max_in_flight: usize,
    /// Bytes that must be free on each disk; with less `/ready` lists the disk as down.
    pub min_free_bytes: u64,
}

/// `database.*`.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// PostgreSQL connections for writes, reads and slow reads together.
    pub max_connections: u32,
    /// The longest statement.
    pub statement_timeout_seconds: u64,
    /// Whether a server that starts applies what is missing.
    pub migrate_at_start: bool,
    /// How SQLite syncs.
    pub synchronous: Synchronous,
}

/// The address may hold a password.
impl std::fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseConfig")
            .field("url", &reader::without_password(&self.url))
            .field("max_connections", &self.max_connections)
            .field("statement_timeout_seconds", &self.statement_timeout_seconds)
            .field("migrate_at_start", &self.migrate_at_start)
            .field("synchronous", &self.synchronous)
            .finish()
    }
}

/// `rate_limit.*`.
#[derive(Debug, Clone, Copy)]
pub struct RateLimitConfig {
    /// Per address, for who is not signed in.
    pub anon: Quota,
    /// Per signed-in user.
    pub user: Quota,
    /// Per address, at sign-in endpoints.
    pub auth: Quota,
    /// Per account, for tries at its password.
    pub account: Quota,
    /// Per source of webhooks, for deliveries whose signature is right.
    pub webhook: Quota,
}

/// `mail.*`.
#[derive(Debug, Clone)]
pub struct EmailConfig {
    /// `smtp://…` or `smtps://…`; without it letters are files in a folder.
    pub smtp_url: Option<Secret>,
    /// Who letters are from.
    pub from: String,
    /// The file with the authorities that are trusted instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// How long one letter may take.
    pub timeout_seconds: u64,
    /// The pause after the first try that failed.
    pub retry_seconds: u64,
    /// How long a letter is tried.
    pub give_up_after_seconds: u64,
    /// The most emails with links to one address within 24 hours; 0: no bound.
    pub max_per_address_per_day: u32,
}

/// `redis.*`.
#[derive(Clone)]
pub struct RedisSection {
    /// `redis://…` or `rediss://…`; without it everything is kept in process.
    pub url: Option<String>,
    /// The file with the authorities that are trusted instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// What every key and channel begins with.
    pub prefix: String,
    /// Connections.
    pub connections: usize,
    /// How long an answer may take before Redis counts as away, in milliseconds.
    pub timeout_ms: u64,
}

/// The address may hold a password.
impl std::fmt::Debug for RedisSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisSection")
            .field("url", &self.url.as_deref().map(reader::without_password))
            .field("ca_file", &self.ca_file)
            .field("prefix", &self.prefix)
            .field("connections", &self.connections)
            .field("timeout_ms", &self.timeout_ms)
            .finish()
    }
}

/// `cache.*`.
#[derive(Debug, Clone, Copy)]
pub struct CacheConfig {
    /// Life of a cached task or user; 0 turns the cache off.
    pub ttl_seconds: u64,
    /// Entries of each kind.
    pub capacity: u64,
    /// Life of cached session and role state, at most 5 s.
    pub live_ttl_seconds: u64,
    /// Tasks and accounts that are read into the cache at start.
    pub warm_up: u64,
}

/// `jobs.*`.
#[derive(Debug, Clone, Copy)]
pub struct JobsConfig {
    /// Jobs that a process runs simultaneously; 0: `serve` runs none.
    pub workers: usize,
    /// How long a worker that died keeps its jobs, in seconds.
    pub lease_seconds: u64,
    /// Attempts of jobs whose kind says nothing else.
    pub max_attempts: u32,
}

/// `log.*`.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// How lines look.
    pub format: LogFormat,
    /// What is logged: `info`, or directives such as `warn,alveole=debug`.
    pub level: String,
}

/// Every setting.
#[derive(Debug, Clone)]
pub struct Config {
    /// `server.*`.
    pub server: ServerConfig,
    /// `database.*`.
    pub database: DatabaseConfig,
    /// `auth.*`.
    pub auth: AuthConfig,
    /// `oauth.<name>.*`, those that are configured.
    pub oauth: Vec<OAuthProvider>,
    /// `rate_limit.*`.
    pub rate_limit: RateLimitConfig,
    /// `cors.allowed_origins`.
    pub cors_allowed_origins: Vec<String>,
    /// `users.deletion_grace_seconds`; 0: at once.
    pub users_deletion_grace_seconds: u64,
    /// `users.inactive_days` and `users.inactive_warning_days`; none: accounts that no one uses stay.
    pub users_inactivity: Option<Inactivity>,
    /// `tasks.purge_after_seconds`.
    pub tasks_purge_after_seconds: u64,
    /// `products.default_currency`.
    #[cfg(feature = "products")]
    pub products_default_currency: Currency,
    /// `files.*`.
    pub files: FilesConfig,
    /// `images.*`.
    pub images: ImagesConfig,
    /// `pdf.*`.
    pub pdf: PdfConfig,
    /// `redis.*`.
    pub redis: RedisSection,
    /// `mail.*`.
    pub mail: EmailConfig,
    /// `sms.*`.
    pub sms: SmsConfig,
    /// `storage.*`.
    pub storage: StorageConfig,
    /// `backup.*`.
    pub backup: BackupConfig,
    /// `cache.*`.
    pub cache: CacheConfig,
    /// `events.retention_seconds`.
    pub events_retention_seconds: u64,
    /// `audit.retention_seconds`; 0: for ever.
    pub audit_retention_seconds: u64,
    /// `jobs.*`.
    pub jobs: JobsConfig,
    /// `integrations.*`.
    pub integrations: IntegrationsConfig,
    /// `notifications.*`.
    pub notifications: NotificationsConfig,
    /// `webhooks.*`.
    pub webhooks: WebhooksConfig,
    /// `chat.*`.
    pub chat: ChatConfig,
    /// `console.enabled`.
    pub console: bool,
    /// `monitoring.*`.
    pub monitoring: MonitoringConfig,
    /// `log.*`.
    pub log: LogConfig,
    /// `telemetry.*`.
    pub telemetry: TelemetryConfig,
    /// The settings of modules from outside, by name.
    pub own: BTreeMap<&'static str, String>,
    first_admin: Option<(String, Secret)>,
    effective: Value,
}

/// Everything that is wrong with the settings.
#[derive(Debug, thiserror::Error)]
#[error("the settings have {} fault(s):\n  - {}", .faults.len(), .faults.join("\n  - "))]
pub struct ConfigError {
    /// One line for each fault: the setting, where it came from, what would be right.
    pub faults: Vec<String>,
}

impl Config {
    /// Reads all layers. `file` must exist when it is named; `alveole.yaml` in `directory` is read
    /// when it is there.
    pub fn load(
        file: Option<&Path>,
        flags: &[(String, String)],
        env: impl Iterator<Item = (String, String)>,
        directory: &Path,
    ) -> Result<Self, ConfigError> {
        Self::load_with(&[], file, flags, env, directory)
    }

    /// As [`Config::load`], with settings of modules from outside.
    pub fn load_with(
        own: &[Setting],
        file: Option<&Path>,
        flags: &[(String, String)],
        env: impl Iterator<Item = (String, String)>,
        directory: &Path,
    ) -> Result<Self, ConfigError> {
        let layers = Layers::gather(file, flags, env, directory);
        let mut reader = Reader::new(layers.settings, layers.faults);
        reader.refuse(ABSENT);
        let server = server(&mut reader);
        let database = database(&mut reader, &server.data_dir);
        let auth = auth::auth(&mut reader, &server);
        let oauth = oauth::oauth(&mut reader, &server);
        let rate_limit = RateLimitConfig {
            anon: reader.parsed("rate_limit.anon", "60/min", Quota::parse),
            user: reader.parsed("rate_limit.user", "1000/min", Quota::parse),
            auth: reader.parsed("rate_limit.auth", "10/min", Quota::parse),
            account: reader.parsed("rate_limit.account", "100/min", Quota::parse),
            webhook: reader.parsed("rate_limit.webhook", "1000/s", Quota::parse),
        };
        let cors_allowed_origins = reader.list("cors.allowed_origins", checks::origin);
        let users_deletion_grace_seconds =
            reader.number("users.deletion_grace_seconds", 0, 0, 31_536_000);
        let users_inactivity = accounts::inactivity(&mut reader);
        let tasks_purge_after_seconds =
            reader.number("tasks.purge_after_seconds", 2_592_000, 1, u64::MAX / 2_000_000);
        #[cfg(feature = "products")]
        let products_default_currency =
            reader.parsed("products.default_currency", "EUR", Currency::parse);
        let files = files::files(&mut reader);
        let images = files::images(&mut reader);
        let pdf = files::pdf(&mut reader);
        let cache = CacheConfig {
            ttl_seconds: reader.number("cache.ttl_seconds", 30, 0, 3600),
            capacity: reader.number("cache.capacity", 50_000, 1, 100_000_000),
            live_ttl_seconds: reader.number("cache.live_ttl_seconds", 5, 0, 5),
            warm_up: reader.number("cache.warm_up", 500, 0, 100_000),
        };
        let redis = redis(&mut reader);
        let mail = mail(&mut reader);
        let sms = sms::sms(&mut reader, server.mode);
        let (storage, bucket) = storage::storage(&mut reader, &server.data_dir);
        let backup = backup::backup(&mut reader, &server.data_dir, bucket);
        let events_retention_seconds =
            reader.number("events.retention_seconds", 604_800, 60, u64::MAX / 2_000_000);
        let audit_retention_seconds = reader.number_if(
            "audit.retention_seconds",
            0,
            |seconds| seconds == 0 || (MONTH..=u64::MAX / 2_000_000).contains(&seconds),
            "0, to keep entries for ever, or at least 2592000 (30 days)",
        );
        let jobs = JobsConfig {
            workers: size(reader.number("jobs.workers", 5, 0, 1000)),
            lease_seconds: reader.number("jobs.lease_seconds", 30, 1, 3600),
            max_attempts: u32::try_from(reader.number("jobs.max_attempts", 10, 1, 1000))
                .unwrap_or(10),
        };
        let integrations = integrations::integrations(&mut reader);
        let notifications = notifications::notifications(&mut reader);
        let webhooks = webhooks::webhooks(&mut reader);
        let chat = chat::chat(&mut reader);
        let console = reader.word("console.enabled", "true", &[("true", true), ("false", false)]);
        let monitoring = monitoring::monitoring(&mut reader, server.port);
        let log = LogConfig {
            format: reader.word(
                "log.format",
                if server.mode == Mode::Production { "json" } else { "pretty" },
                &[("json", LogFormat::Json), ("pretty", LogFormat::Pretty)],
            ),
            level: reader.checked("log.level", "info", checks::log_level),
        };
        let telemetry = telemetry::telemetry(&mut reader);
        let first_admin = match (layers.admin_email, layers.admin_password) {
            (Some(email), Some(password)) => {
                if let Err(error) = EmailAddress::parse(&email) {
                    reader.fault(format!("ALVEOLE_ADMIN_EMAIL {error}, not {email:?}"));
                }
                if let Err(error) = Password::parse(&password) {
                    reader.fault(format!("ALVEOLE_ADMIN_PASSWORD {error}"));
                }
                Some((email, Secret(password)))
            }
            (None, None) => None,
            _ => {
                reader.fault(
                    "ALVEOLE_ADMIN_EMAIL and ALVEOLE_ADMIN_PASSWORD must be set together".into(),
                );
                None
            }
        };
        let own = own.iter().map(|setting| (setting.name, setting.read(&mut reader))).collect();
        let effective = reader.finish()?;
        Ok(Self {
            server,
            database,
            auth,
            oauth,
            rate_limit,
            cors_allowed_origins,
            users_deletion_grace_seconds,
            users_inactivity,
            tasks_purge_after_seconds,
            #[cfg(feature = "products")]
            products_default_currency,
            files,
            images,
            pdf,
            redis,
            mail,
            sms,
            storage,
            backup,
            cache,
            events_retention_seconds,
            audit_retention_seconds,
            jobs,
            integrations,
            notifications,
            webhooks,
            chat,
            console,
            monitoring,
            log,
            telemetry,
            own,
            first_admin,
            effective,
        })
    }

    /// The effective settings for administrators, secrets left out.
    pub fn effective_settings(&self) -> EffectiveSettings {
        EffectiveSettings(self.effective.clone())
    }

    /// The effective settings as JSON, secrets left out.
    pub fn effective(&self) -> String {
        serde_json::to_string_pretty(&self.effective).unwrap_or_default()
    }

    /// How clients reach us: `server.public_url`, or as on a developer's machine.
    pub fn base_url(&self) -> String {
        oauth::base(&self.server)
    }

    /// Origins whose pages may call: those of the configuration, and in development every page of this
    /// machine.
    pub fn origins(&self) -> Vec<String> {
        let own: &[&str] = match self.server.mode {
            Mode::Development => &["http://localhost:*", "http://127.0.0.1:*"],
            Mode::Production => &[],
        };
        let own = own.iter().map(ToString::to_string);
        self.cors_allowed_origins.iter().cloned().chain(own).collect()
    }

    /// Where browsers may be sent after a sign-in with a provider: the front-ends, and Swagger UI.
    pub fn front_ends(&self) -> Vec<String> {
        let base = self.base_url();
        let own = ["docs/oauth2-redirect.html", "console/signed-in"];
        let own = own.iter().map(|page| format!("{base}/{page}"));
        self.auth.frontend_urls.iter().cloned().chain(own).collect()
    }

    /// What is not wrong but deserves a line in the log at start.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.server.mode == Mode::Production {
            let tls = self.server.public_url.as_deref().map(|url| url.starts_with("https://"));
            match tls {
                Some(true) => {}
                Some(false) => warnings.push(
                    "server.public_url is not https: passwords and tokens travel in the clear"
                        .to_owned(),
                ),
                None => warnings.push(
                    "server.public_url is not set: links and HSTS need to know it".to_owned(),
                ),
            }
            if self.server.public_url.is_none() && !self.oauth.is_empty() {
                warnings.push(
                    "server.public_url is not set: providers would send people to this machine's \
                     own name"
                        .to_owned(),
                );
            }
            if self.database.url.starts_with("postgres") && self.storage.bucket.is_none() {
                warnings.push(
                    "files are kept in a folder (storage.dir): replicas on other machines do not \
                     see them; storage.s3_bucket is for those"
                        .to_owned(),
                );
            }
            if self.auth.jwt_secret.is_none() && self.auth.encryption_key.is_none() {
                warnings.push(
                    "neither auth.jwt_secret nor auth.encryption_key is set: links to files are \
                     signed, and idempotency keys bound to their requests, with a secret that \
                     other replicas do not know"
                        .to_owned(),
                );
            }
            if self.auth.algorithm == Algorithm::EdDsa && self.auth.accept_hs256 {
                warnings.push(
                    "auth.accept_hs256 is on: turn it off when the last token of before has \
                     expired (auth.access_ttl_seconds)"
                        .to_owned(),
                );
            }
        }
        warnings
    }

    /// The first super_admin, if the environment names one.
    pub fn first_admin(&self) -> Option<(&str, &str)> {
        self.first_admin.as_ref().map(|(email, password)| (email.as_str(), password.expose()))
    }
}

/// What stands in for a setting that cannot be read, until the faults are told.
pub(crate) trait Fallback {
    /// Any value.
    fn fallback() -> Self;
}

#[cfg(feature = "products")]
impl Fallback for Currency {
    fn fallback() -> Self {
        Self::EUR
    }
}

impl Fallback for Quota {
    fn fallback() -> Self {
        Self { calls: 1, per: std::time::Duration::from_secs(1) }
    }
}

fn server(reader: &mut Reader) -> ServerConfig {
    let mode = reader.word(
        "server.mode",
        "development",
        &[("development", Mode::Development), ("production", Mode::Production)],
    );
    let host = if mode == Mode::Production { "0.0.0.0" } else { "127.0.0.1" };
    ServerConfig {
        host: reader.checked("server.host", host, checks::host),
        port: u16::try_from(reader.number("server.port", 8080, 0, 65_535)).unwrap_or(8080),
        ws_bind_addr: reader.optional("server.ws_bind_addr", |raw| {
            let right = "must be an address and a port, such as 0.0.0.0:8081";
            raw.parse::<SocketAddr>().map_err(|_| right)
        }),
        public_url: reader.optional("server.public_url", checks::public_url),
        trusted_proxies: reader.list("server.trusted_proxies", str::parse),
        mode,
        drain_seconds: reader.number("server.drain_seconds", 30, 0, 3600),
        data_dir: PathBuf::from(reader.text("server.data_dir", "./data")),
        workers: reader.optional("server.workers", |raw| match raw.parse::<usize>() {
            Ok(count @ 1..=1024) => Ok(count),
            _ => Err("must be a number from 1 to 1024"),
        }),
        max_body_bytes: size(reader.number("server.max_body_bytes", 1_048_576, 1024, 1 << 30)),
        request_timeout_seconds: reader.number("server.request_timeout_seconds", 30, 1, 3600),
        header_timeout_seconds: reader.number("server.header_timeout_seconds", 10, 1, 3600),
        body_grace_seconds: reader.number("server.body_grace_seconds", 30, 1, 3600),
        min_body_rate: reader.number("server.min_body_rate", 1024, 0, 1 << 30),
        max_connections: size(reader.number("server.max_connections", 25_000, 1, 1 << 20)),
        max_in_flight: size(reader.number("server.max_in_flight", 10_000, 1, 1 << 20)),
        min_free_bytes: reader.number("server.min_free_bytes", 268_435_456, 0, 1 << 60),
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn database(reader: &mut Reader, data_dir: &Path) -> DatabaseConfig {
    let default = format!("sqlite://{}", data_dir.join("alveole.db").display());
    let known = ["sqlite://", "postgres://", "postgresql://"];
    DatabaseConfig {
        url: reader.secret_parsed("database.url", &default, |url| {
            if !POSTGRES && url.starts_with("postgres") {
                Err("needs the feature `postgres`, which this program was built without")
            } else if known.iter().any(|scheme| url.starts_with(scheme) && url.len() > scheme.len())
            {
                Ok(url.to_owned())
            } else {
                Err("must be sqlite://path or postgres://user:password@host/database")
            }
        }),
        max_connections: u32::try_from(reader.number("database.max_connections", 16, 1, 1000))
            .unwrap_or(16),
        statement_timeout_seconds: reader.number("database.statement_timeout_seconds", 10, 1, 3600),
        migrate_at_start: reader.word(
            "database.migrate_at_start",
            "true",
            &[("true", true), ("false", false)],
        ),
        synchronous: reader.word(
            "database.synchronous",
            "full",
            &[("full", Synchronous::Full), ("normal", Synchronous::Normal)],
        ),
    }
}

fn redis(reader: &mut Reader) -> RedisSection {
    let known = ["redis://", "rediss://"];
    RedisSection {
        url: reader.optional_secret_parsed("redis.url", |url| {
            if known.iter().any(|scheme| url.starts_with(scheme) && url.len() > scheme.len()) {
                Ok(url.to_owned())
            } else {
                Err("must be redis://user:password@host:port/number, or rediss:// for TLS")
            }
        }),
        ca_file: reader.optional("redis.ca_file", ca_file),
        prefix: reader.checked("redis.prefix", "alveole", checks::redis_prefix),
        connections: size(reader.number("redis.connections", 2, 1, 64)),
        timeout_ms: reader.number("redis.timeout_ms", 500, 10, 60_000),
    }
}

fn ca_file(raw: &str) -> Result<PathBuf, &'static str> {
    if raw.is_empty() { Err("must be the path of a file") } else { Ok(PathBuf::from(raw)) }
}

fn mail(reader: &mut Reader) -> EmailConfig {
    let known = ["smtp://", "smtps://"];
    EmailConfig {
        smtp_url: reader
            .optional_secret_parsed("mail.smtp_url", |url| {
                if known.iter().any(|scheme| url.starts_with(scheme) && url.len() > scheme.len()) {
                    Ok(url.to_owned())
                } else {
                    Err("must be smtps://user:password@host, or smtp://… for STARTTLS")
                }
            })
            .map(Secret),
        ca_file: reader.optional("mail.ca_file", ca_file),
        from: reader.checked("mail.from", "Alveole <alveole@localhost>", checks::sender),
        timeout_seconds: reader.number("mail.timeout_seconds", 20, 1, 300),
        retry_seconds: reader.number("mail.retry_seconds", 30, 1, 3600),
        give_up_after_seconds: reader.number("mail.give_up_after_seconds", 259_200, 1, 2_592_000),
        max_per_address_per_day: u32::try_from(reader.number(
            "mail.max_per_address_per_day",
            10,
            0,
            1_000_000,
        ))
        .unwrap_or(10),
    }
}
