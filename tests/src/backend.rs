//! Which databases the journeys run on.

use std::{
    fmt,
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Command,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// A database that the server can run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The embedded default.
    Sqlite,
    /// The scaled-out one.
    Postgres,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

impl Backend {
    /// Every backend that can be reached from here.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::Sqlite];
        if postgres_url().is_some() {
            all.push(Self::Postgres);
        }
        all
    }

    /// A URL of an empty database; files go into `dir`.
    pub fn fresh(self, dir: &Path) -> Database {
        match self {
            Self::Sqlite => Database {
                url: format!("sqlite://{}", dir.join("alveole.db").display()),
                drop_name: None,
            },
            Self::Postgres => created(""),
        }
    }

    /// A copy of a database that nobody uses: on SQLite a file without a log. Files go into `dir`.
    pub fn copy(self, database: &Database, dir: &Path) -> Database {
        let Some(template) = &database.drop_name else {
            let copy = self.fresh(dir);
            let file = |url: &str| url.trim_start_matches("sqlite://").to_owned();
            std::fs::copy(file(&database.url), file(&copy.url)).expect("a copy of the file");
            return copy;
        };
        // Whoever used the template last may not have left it yet.
        let admin = postgres_url().expect("a PostgreSQL server");
        let left = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{template}'"
        );
        psql(admin, &left);
        created(&format!(" TEMPLATE {template}"))
    }
}

fn created(options: &str) -> Database {
    let admin = postgres_url().expect("a PostgreSQL server");
    let name = unique_name();
    psql(admin, &format!("CREATE DATABASE {name}{options}"));
    // These servers die; PostgreSQL doesn't, so what it was told is never lost, and nothing waits for its disk.
    psql(admin, &format!("ALTER DATABASE {name} SET synchronous_commit = off"));
    Database { url: with_database(admin, &name), drop_name: Some(name) }
}

/// A database that is removed with this value.
pub struct Database {
    /// Its address.
    pub url: String,
    drop_name: Option<String>,
}

impl Database {
    /// One that somebody else made and removes.
    pub(crate) fn of_another(url: &str) -> Self {
        Self { url: url.to_owned(), drop_name: None }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let (Some(name), Some(admin)) = (&self.drop_name, postgres_url()) {
            let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            let dropped = thread::spawn(move || drop(run_psql(admin, &sql)));
            DROPS.lock().unwrap_or_else(PoisonError::into_inner).push(dropped);
        }
    }
}

/// Dropping a database waits for a checkpoint, up to seconds. Several wait together, and no test does.
static DROPS: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

/// Waits until the databases of this process are dropped. A program calls it when its tests are over.
pub fn wait_for_drops() {
    let all = std::mem::take(&mut *DROPS.lock().unwrap_or_else(PoisonError::into_inner));
    for one in all {
        drop(one.join());
    }
}

/// `TEST_POSTGRES_URL`, or a server on this machine that lets `postgres` in.
/// `tests/with-postgres.sh` starts a throw-away one where there is none.
pub fn postgres_url() -> Option<&'static str> {
    static URL: OnceLock<Option<String>> = OnceLock::new();
    URL.get_or_init(|| {
        if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
            return (!url.is_empty()).then_some(url);
        }
        let local = SocketAddr::from(([127, 0, 0, 1], 5432));
        TcpStream::connect_timeout(&local, Duration::from_millis(300)).ok()?;
        let url = "postgres://postgres@127.0.0.1:5432/postgres".to_owned();
        run_psql(&url, "SELECT 1").ok().map(|_| url)
    })
    .as_deref()
}

/// `TEST_REDIS_URL`, or a server on this machine.
pub fn redis_url() -> Option<String> {
    if let Ok(url) = std::env::var("TEST_REDIS_URL") {
        return (!url.is_empty()).then_some(url);
    }
    let local = SocketAddr::from(([127, 0, 0, 1], 6379));
    TcpStream::connect_timeout(&local, Duration::from_millis(300)).ok()?;
    Some("redis://127.0.0.1:6379".to_owned())
}

fn unique_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("alveole_e2e_{}_{count}", std::process::id())
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> String {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let authority = address.find("://").map_or(0, |at| at + 3);
    let end = address
        .char_indices()
        .skip_while(|(at, _)| *at < authority)
        .find(|(_, c)| *c == '/')
        .map_or(address.len(), |(at, _)| at);
    let (server, _) = address.split_at(end);
    if query.is_empty() { format!("{server}/{name}") } else { format!("{server}/{name}?{query}") }
}

fn psql(url: &str, sql: &str) {
    if let Err(error) = run_psql(url, sql) {
        panic!("psql could not run `{sql}`: {error}");
    }
}

pub(crate) fn run_psql(url: &str, sql: &str) -> Result<String, String> {
    let output = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--no-password", "-At", "-d", url, "-c", sql])
        .output()
        .map_err(|error| format!("{error} (is the PostgreSQL client installed?)"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
