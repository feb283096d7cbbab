//! Chooses adapters by configuration and puts the services together. The only file that names
//! adapters.

use std::{path::Path, sync::Arc, time::Duration};

use adapter_diesel::{Db, DbConfig, SqliteSync};
use anyhow::Context as _;
use crypto::{BcryptPasswords, JwtTokens};
use flows::Flows;
use kernel::{Cache, Clock, CommonTx, SystemClock, UnitOfWork};
use memory::{MemoryCache, MemoryLimiter};
use tasks::{Tasks, TasksTx};
use users::{Users, UsersTx, service::Settings};

use crate::{
    config::{Config, Synchronous},
    http::state::{Dependency, Probe},
    secrets,
};

/// Everything that the program runs on.
pub struct Wired {
    /// Accounts.
    pub users: Arc<Users>,
    /// Tasks.
    pub tasks: Arc<Tasks>,
    /// What follows from events.
    pub flows: Arc<Flows>,
    /// Rate limits.
    pub limiter: Arc<MemoryLimiter>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The database.
    pub db: Arc<Db>,
}

/// Opens the database and runs its migrations where that is ours to do.
pub fn open(config: &Config) -> anyhow::Result<Arc<Db>> {
    let mut settings = DbConfig::new(config.database.url.clone());
    settings.max_connections = config.database.max_connections;
    settings.statement_timeout = Duration::from_secs(config.database.statement_timeout_seconds);
    settings.sync = match config.database.synchronous {
        Synchronous::Full => SqliteSync::Full,
        Synchronous::Normal => SqliteSync::Normal,
    };
    Db::open(&settings).context("the database cannot be opened")
}

/// A secret of 256 random bits.
pub fn fresh_secret() -> anyhow::Result<String> {
    // Any key will do: only the generator is used.
    Ok(users::Tokens::secret(&JwtTokens::hs256(&[0; 32], "", "")?))
}

/// Puts a back-up in the place of the database.
pub fn restore(config: &Config, backup: &Path) -> anyhow::Result<()> {
    adapter_diesel::restore(&config.database.url, backup).context("the back-up was not restored")
}

/// Puts the services together on an open database.
pub fn wire(config: &Config, db: Arc<Db>) -> anyhow::Result<Wired> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let secret = secrets::jwt_secret(config).context("the signing secret")?;
    let tokens = JwtTokens::hs256(secret.as_bytes(), &config.auth.issuer, &config.auth.audience)?;
    let passwords = BcryptPasswords::new(
        config.auth.bcrypt_cost,
        config.auth.hash_threads,
        config.auth.hash_queue,
    );
    let (capacity, ttl) = (config.cache.capacity, Duration::from_secs(config.cache.ttl_seconds));
    let live_ttl = Duration::from_secs(config.cache.live_ttl_seconds);

    let for_users: Arc<dyn UnitOfWork<dyn UsersTx>> = Arc::<Db>::clone(&db);
    let for_tasks: Arc<dyn UnitOfWork<dyn TasksTx>> = Arc::<Db>::clone(&db);
    let users = Arc::new(Users::new(
        for_users,
        Arc::clone(&clock),
        Arc::new(passwords),
        Arc::new(tokens),
        cache(capacity, live_ttl),
        cache(capacity, ttl),
        Settings {
            access_ttl: Duration::from_secs(config.auth.access_ttl_seconds),
            refresh_ttl: Duration::from_secs(config.auth.refresh_ttl_seconds),
        },
    ));
    let tasks = Arc::new(Tasks::new(for_tasks, Arc::clone(&clock), cache(capacity, ttl)));
    let limits = &config.rate_limit;
    let limiter = Arc::new(MemoryLimiter::new([
        ("anon", limits.anon),
        ("user", limits.user),
        ("auth", limits.auth),
        ("account", limits.account),
    ]));
    let flows = Arc::new(Flows::new(Arc::clone(&tasks)));
    Ok(Wired { users, tasks, flows, limiter, clock, db })
}

fn cache<K, V>(capacity: u64, ttl: Duration) -> Arc<dyn Cache<K, V>>
where
    K: std::hash::Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    Arc::new(MemoryCache::<K, V>::new(capacity, ttl))
}

impl Wired {
    /// Asks the database how it is.
    pub fn probe(&self) -> Probe {
        let db = Arc::clone(&self.db);
        Arc::new(move || {
            let db = Arc::clone(&db);
            Box::pin(async move {
                let answer = tokio::time::timeout(Duration::from_secs(2), db.ping()).await;
                let up = matches!(answer, Ok(Ok(())));
                vec![Dependency { name: "database", up, kind: db.engine_name() }]
            })
        })
    }

    /// The face of the database that belongs to no room.
    pub fn common(&self) -> Arc<dyn UnitOfWork<dyn CommonTx>> {
        Arc::<Db>::clone(&self.db)
    }
}
