//! Several replicas on one database, with everything around them, and the faults that they must
//! survive.
//!
//! Each value owns its PostgreSQL, Redis, nginx and servers: nothing is shared with other runs, and
//! everything ends with the value. `ALVEOLE_CLUSTER_REDIS=0` leaves the replicas without Redis.

mod nginx;
mod postgres;
mod program;
mod redis;

use std::{process::Command, thread};

use adapter_objects::sink::S3Sink;
use tempfile::TempDir;

use self::nginx::Nginx;
pub use self::{postgres::Postgres, redis::Redis};
use crate::{
    Client, Person, Server,
    server::{binary, bucket_settings},
    simultaneously,
};

/// Replicas behind a proxy.
pub struct Cluster {
    // in the order in which they have to end
    replicas: Vec<Server>,
    nginx: Nginx,
    /// What the replicas cache and count in, unless they do without.
    pub redis: Redis,
    /// What the replicas store in.
    pub postgres: Postgres,
    _bucket: S3Sink,
    _folder: TempDir,
}

/// Whether replicas use Redis: unless `ALVEOLE_CLUSTER_REDIS` is `0`.
pub fn with_redis() -> bool {
    std::env::var("ALVEOLE_CLUSTER_REDIS").map_or(true, |value| value != "0")
}

/// The programs that a cluster needs and that are not there, each with the package that has it.
pub fn missing() -> Vec<String> {
    let needed = [
        ("nginx", "nginx"),
        ("redis-server", "redis-server"),
        ("initdb", "postgresql"),
        ("postgres", "postgresql"),
        ("psql", "postgresql-client"),
    ];
    let absent = needed.iter().filter(|(name, _)| program::find(name).is_none());
    absent.map(|(name, package)| format!("{name} (Debian: apt-get install {package})")).collect()
}

/// Whether the binary knows a setting, given as an environment variable.
pub fn knows(variable: &str, value: &str) -> bool {
    let mut command = Command::new(binary().unwrap_or_else(|why| panic!("{why}")));
    let output = command.args(["config", "check"]).env_clear().env(variable, value).output();
    output.expect("alveole config check").status.success()
}

impl Cluster {
    /// Three replicas, started at the same moment on an empty database.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        Self::of(3, settings)
    }

    /// So many replicas, with more settings as environment variables.
    pub fn of(count: usize, settings: &[(&str, &str)]) -> Self {
        let (postgres, redis) = (Postgres::start(), Redis::start());
        let (database, cache) = (postgres.url(), redis.url());
        let mut all = vec![
            ("ALVEOLE__DATABASE__MAX_CONNECTIONS", "12"),
            ("ALVEOLE__SERVER__TRUSTED_PROXIES", "127.0.0.1"),
        ];
        if with_redis() {
            all.push(("REDIS_URL", &cache));
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let bucket = S3Sink::start(folder.path()).expect("an S3 server");
        let storage = bucket_settings(&bucket);
        all.extend(storage.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        all.extend(settings);
        let replicas = simultaneously(count, |_| Server::replica(&database, &all));
        let ports: Vec<u16> = replicas.iter().map(Server::port).collect();
        let nginx = Nginx::start(&ports);
        Self { replicas, nginx, redis, postgres, _bucket: bucket, _folder: folder }
    }

    /// Every replica.
    pub fn replicas(&self) -> &[Server] {
        &self.replicas
    }

    /// One replica; past the last one it begins anew, so that a count goes round them all.
    pub fn replica(&self, number: usize) -> &Server {
        self.replicas.get(number % self.replicas.len()).expect("at least one replica")
    }

    /// One replica, to stop and start it.
    pub fn replica_mut(&mut self, number: usize) -> &mut Server {
        let count = self.replicas.len();
        self.replicas.get_mut(number % count).expect("at least one replica")
    }

    /// Ends a replica without a warning.
    pub fn kill9(&mut self, number: usize) {
        self.replica_mut(number).kill9();
    }

    /// Stops a replica politely, if it runs, and starts it again.
    pub fn restart(&mut self, number: usize) {
        self.replica_mut(number).restart();
    }

    /// The proxy's port.
    pub fn proxy_port(&self) -> u16 {
        self.nginx.port()
    }

    /// A client that goes through the proxy.
    pub fn proxy(&self) -> Client {
        Client::new(format!("http://127.0.0.1:{}", self.proxy_port()))
    }

    /// A client of one replica, as this person.
    pub fn as_at(&self, person: &Person, number: usize) -> Client {
        self.replica(number).client_of(person)
    }

    /// Registers somebody new through the first replica.
    pub fn person(&self, name: &str) -> Person {
        self.replica(0).person(name)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if thread::panicking() {
            let log = self.nginx.log();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.get(lines.len().saturating_sub(5)..).unwrap_or_default();
            eprintln!("--- the end of nginx' log ---\n{}", last.join("\n"));
        }
    }
}
