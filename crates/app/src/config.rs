//! Settings: defaults < file < environment < flags. Every fault is found at once and named; an
//! unknown setting stops the start, so that a typing error is never silently a default.

mod checks;
mod layers;
mod reader;
#[cfg(test)]
mod tests;
mod values;

use std::path::{Path, PathBuf};

use kernel::Quota;
use serde_json::Value;
use users::values::{Email, Password};

pub use self::values::{Cidr, CidrError, Secret};
use self::{layers::Layers, reader::Reader};

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
    /// Connections for each worker.
    pub max_connections: usize,
    /// Requests worked on at once; more are answered 503.
    pub max_in_flight: usize,
}

/// `database.*`.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// PostgreSQL connections for writes, and as many for reads.
    pub max_connections: u32,
    /// The longest statement.
    pub statement_timeout_seconds: u64,
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
            .field("synchronous", &self.synchronous)
            .finish()
    }
}

/// `auth.*`.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// Signs access tokens.
    pub jwt_secret: Option<Secret>,
    /// `iss` of access tokens.
    pub issuer: String,
    /// `aud` of access tokens.
    pub audience: String,
    /// bcrypt's cost.
    pub bcrypt_cost: u32,
    /// Threads that hash passwords.
    pub hash_threads: usize,
    /// Passwords that may wait to be hashed.
    pub hash_queue: usize,
    /// Life of an access token.
    pub access_ttl_seconds: u64,
    /// Life of a refresh token.
    pub refresh_ttl_seconds: u64,
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
    /// `rate_limit.*`.
    pub rate_limit: RateLimitConfig,
    /// `cors.allowed_origins`.
    pub cors_allowed_origins: Vec<String>,
    /// `tasks.purge_after_seconds`.
    pub tasks_purge_after_seconds: u64,
    /// `cache.*`.
    pub cache: CacheConfig,
    /// `events.retention_seconds`.
    pub events_retention_seconds: u64,
    /// `log.*`.
    pub log: LogConfig,
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
        let layers = Layers::gather(file, flags, env, directory);
        let mut reader = Reader::new(layers.settings, layers.faults);
        let server = server(&mut reader);
        let database = database(&mut reader, &server.data_dir);
        let auth = auth(&mut reader, server.mode);
        let rate_limit = RateLimitConfig {
            anon: reader.parsed("rate_limit.anon", "60/min", Quota::parse),
            user: reader.parsed("rate_limit.user", "1000/min", Quota::parse),
            auth: reader.parsed("rate_limit.auth", "10/min", Quota::parse),
            account: reader.parsed("rate_limit.account", "100/min", Quota::parse),
        };
        let cors_allowed_origins = reader.list("cors.allowed_origins", checks::origin);
        let tasks_purge_after_seconds =
            reader.number("tasks.purge_after_seconds", 2_592_000, 1, u64::MAX / 2_000_000);
        let cache = CacheConfig {
            ttl_seconds: reader.number("cache.ttl_seconds", 30, 0, 3600),
            capacity: reader.number("cache.capacity", 50_000, 1, 100_000_000),
            live_ttl_seconds: reader.number("cache.live_ttl_seconds", 5, 0, 5),
        };
        let events_retention_seconds =
            reader.number("events.retention_seconds", 604_800, 60, u64::MAX / 2_000_000);
        let log = LogConfig {
            format: reader.word(
                "log.format",
                if server.mode == Mode::Production { "json" } else { "pretty" },
                &[("json", LogFormat::Json), ("pretty", LogFormat::Pretty)],
            ),
            level: reader.checked("log.level", "info", checks::log_level),
        };
        let first_admin = match (layers.admin_email, layers.admin_password) {
            (Some(email), Some(password)) => {
                if let Err(error) = Email::parse(&email) {
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
        let effective = reader.finish()?;
        Ok(Self {
            server,
            database,
            auth,
            rate_limit,
            cors_allowed_origins,
            tasks_purge_after_seconds,
            cache,
            events_retention_seconds,
            log,
            first_admin,
            effective,
        })
    }

    /// The effective settings as JSON, secrets left out.
    pub fn effective(&self) -> String {
        serde_json::to_string_pretty(&self.effective).unwrap_or_default()
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
        max_connections: size(reader.number("server.max_connections", 25_000, 1, 1 << 20)),
        max_in_flight: size(reader.number("server.max_in_flight", 10_000, 1, 1 << 20)),
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
            if known.iter().any(|scheme| url.starts_with(scheme) && url.len() > scheme.len()) {
                Ok(url.to_owned())
            } else {
                Err("must be sqlite://path or postgres://user:password@host/database")
            }
        }),
        max_connections: u32::try_from(reader.number("database.max_connections", 16, 1, 1000))
            .unwrap_or(16),
        statement_timeout_seconds: reader.number("database.statement_timeout_seconds", 10, 1, 3600),
        synchronous: reader.word(
            "database.synchronous",
            "full",
            &[("full", Synchronous::Full), ("normal", Synchronous::Normal)],
        ),
    }
}

fn auth(reader: &mut Reader, mode: Mode) -> AuthConfig {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let given = reader.secret("auth.jwt_secret");
    match &given {
        Some((secret, source)) => {
            if let Err(why) = crate::secrets::judge(secret, mode) {
                reader.fault(format!("auth.jwt_secret ({source}) {why}"));
            }
        }
        None if mode == Mode::Production => reader.fault(
            "auth.jwt_secret must be set in production (JWT_SECRET or JWT_SECRET_FILE), at least \
             32 random bytes: `openssl rand -base64 48` makes one"
                .into(),
        ),
        None => {}
    }
    AuthConfig {
        jwt_secret: given.map(|(secret, _)| Secret(secret)),
        issuer: reader.text("auth.issuer", "alveole"),
        audience: reader.text("auth.audience", "alveole-api"),
        bcrypt_cost: u32::try_from(reader.number("auth.bcrypt_cost", 12, 4, 16)).unwrap_or(12),
        // As many as cores would stall everything else while people sign in.
        hash_threads: size(reader.number("auth.hash_threads", (cores as u64 / 2).max(1), 1, 256)),
        hash_queue: size(reader.number("auth.hash_queue", 256, 1, 100_000)),
        access_ttl_seconds: reader.number("auth.access_ttl_seconds", 3600, 1, 86_400),
        refresh_ttl_seconds: reader.number("auth.refresh_ttl_seconds", 604_800, 1, 31_536_000),
    }
}
