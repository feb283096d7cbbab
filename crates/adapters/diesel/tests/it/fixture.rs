//! Fresh databases for the cases: files for SQLite, copies of a migrated template for PostgreSQL.

use std::{
    env,
    net::TcpListener,
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread::{self, JoinHandle},
};

use adapter_diesel::{Db, DbConfig};
use diesel::{Connection, PgConnection, connection::SimpleConnection};
use kernel::{Role, StoreError, Timestamp, UnitOfWork, UserId};
use tasks::{TasksTx, commands::CreateTask, task::NewTask, values::Title};
use tempfile::TempDir;
use users::{
    UsersTx,
    user::NewUser,
    values::{EmailAddress, PasswordHash, PersonName, Provider, Status, Username},
};

/// A database that goes away with this value.
pub(crate) enum Fixture {
    Sqlite(TempDir),
    Postgres(String),
}

impl Fixture {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// A migrated PostgreSQL database.
    pub(crate) fn postgres() -> Self {
        static TEMPLATE: OnceLock<String> = OnceLock::new();
        static TURN: Mutex<()> = Mutex::new(());
        let template = TEMPLATE.get_or_init(|| {
            let fixture = Self::empty_postgres();
            fixture.open().migrate_up().unwrap();
            let Self::Postgres(name) = &fixture else { unreachable!() };
            let name = name.clone();
            // Dropped by `leave`.
            std::mem::forget(fixture);
            name
        });
        let _turn = TURN.lock().unwrap();
        let name = fresh_name();
        create(&name, &format!(" TEMPLATE {template}"));
        Self::Postgres(name)
    }

    /// A PostgreSQL database with nothing in it.
    pub(crate) fn empty_postgres() -> Self {
        let name = fresh_name();
        create(&name, "");
        Self::Postgres(name)
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite://{}", folder.path().join("it.db").display()),
            Self::Postgres(name) => database_url(name),
        }
    }

    pub(crate) fn config(&self) -> DbConfig {
        let mut config = DbConfig::new(self.url());
        config.max_connections = 12;
        config
    }

    pub(crate) fn open(&self) -> Arc<Db> {
        Db::open(&self.config()).unwrap()
    }

    /// Open, with its tables.
    pub(crate) fn ready(&self) -> Arc<Db> {
        let db = self.open();
        if matches!(self, Self::Sqlite(_)) {
            db.migrate_up().unwrap();
        }
        db
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        if let Self::Postgres(name) = self {
            let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            DROPS.lock().unwrap().push(thread::spawn(move || admin(&sql)));
        }
    }
}

/// Dropping a database waits for a checkpoint, up to seconds. Several wait together, and no case does.
static DROPS: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

fn create(name: &str, template: &str) {
    admin(&format!("CREATE DATABASE {name}{template}"));
    // Nothing kills the server, so no case waits for its disk.
    admin(&format!("ALTER DATABASE {name} SET synchronous_commit = off"));
}

fn fresh_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("alveole_test_{}_{count}", std::process::id())
}

fn admin(sql: &str) {
    let mut conn = PgConnection::establish(&database_url("postgres")).unwrap();
    conn.batch_execute("SET client_min_messages = warning").unwrap();
    conn.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The server's address with another database in it.
fn database_url(name: &str) -> String {
    let url = server().expect("a PostgreSQL");
    let (rest, query) = url.split_once('?').map_or((url, ""), |(rest, query)| (rest, query));
    let from = rest.find("://").map_or(0, |at| at + 3);
    let host = rest[from..].find('/').map_or(rest, |at| &rest[..from + at]);
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{host}/{name}{mark}{query}")
}

/// The PostgreSQL server of these tests, if there is one.
pub(crate) fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    SERVER.get_or_init(find_server).as_deref()
}

fn answers(url: &str) -> bool {
    PgConnection::establish(&format!("{url}?connect_timeout=3")).is_ok()
}

#[expect(clippy::disallowed_methods, reason = "tests are configured by their environment")]
fn find_server() -> Option<String> {
    if let Ok(url) = env::var("TEST_POSTGRES_URL") {
        return Some(url);
    }
    let local = "postgres://postgres@127.0.0.1:5432/postgres".to_owned();
    if answers(&local) {
        return Some(local);
    }
    throw_away()
}

struct Cluster {
    folder: PathBuf,
    bin: PathBuf,
}

static CLUSTER: Mutex<Option<Cluster>> = Mutex::new(None);

/// As the user who may run a server: PostgreSQL refuses to be run by root.
fn command(program: PathBuf) -> Command {
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

/// Starts a cluster of our own, if PostgreSQL is installed.
fn throw_away() -> Option<String> {
    let bin = binaries()?;
    let folder = env::temp_dir().join(format!("alveole-postgres-{}", std::process::id()));
    let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
    let quiet = |command: &mut Command| {
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let made = quiet(
        command(bin.join("initdb")).arg("-D").arg(&folder).args(["-U", "postgres", "-A", "trust"]),
    );
    let options = format!("-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k ''");
    let started = made
        && quiet(
            command(bin.join("pg_ctl"))
                .arg("-D")
                .arg(&folder)
                .args(["-w", "-o", &options, "start"]),
        );
    *CLUSTER.lock().unwrap() = Some(Cluster { folder, bin });
    started.then(|| format!("postgres://postgres@127.0.0.1:{port}/postgres"))
}

fn binaries() -> Option<PathBuf> {
    let mut places: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    places.sort();
    places.push(PathBuf::from("/usr/local/bin"));
    places.into_iter().rev().find(|place| place.join("initdb").is_file())
}

/// Leaves nothing behind: our databases, and the cluster if it is ours.
pub(crate) fn leave() {
    for one in std::mem::take(&mut *DROPS.lock().unwrap()) {
        one.join().unwrap();
    }
    if server().is_some() {
        let mine = format!("alveole_test_{}_", std::process::id());
        for name in leftovers(&mine) {
            admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
    if let Some(cluster) = CLUSTER.lock().unwrap().take() {
        let _ = command(cluster.bin.join("pg_ctl"))
            .arg("-D")
            .arg(&cluster.folder)
            .args(["-m", "immediate", "stop"])
            .stdout(Stdio::null())
            .status();
        let _ = std::fs::remove_dir_all(&cluster.folder);
    }
}

fn leftovers(prefix: &str) -> Vec<String> {
    use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = Text)]
        datname: String,
    }
    let mut conn = PgConnection::establish(&database_url("postgres")).unwrap();
    let names: Vec<Name> =
        sql_query("SELECT datname::text FROM pg_database").load(&mut conn).unwrap();
    names.into_iter().map(|name| name.datname).filter(|name| name.starts_with(prefix)).collect()
}

/// Runs a future to its end on this thread.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A live and a deleted task of the first person, which the second is to do.
pub(crate) fn tasks_of(db: &Arc<Db>, people: &[UserId]) -> (i64, i64) {
    let work: Arc<dyn UnitOfWork<dyn TasksTx>> = db.clone();
    let at = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
    let (owner, assignee) = (people[0], people[1]);
    let made: Result<(i64, i64), StoreError> = block_on(work.write(move |tx| {
        let title = Title::parse("t").unwrap();
        let command = CreateTask { assignee: Some(assignee), ..CreateTask::titled(title) };
        let new = NewTask::from_command(&command, owner, at);
        let live = tx.tasks().insert(&new)?;
        let mut gone = tx.tasks().insert(&new)?;
        gone.deleted_at = Some(at);
        tx.tasks().save(&mut gone)?;
        Ok((live.id.get(), gone.id.get()))
    }));
    made.unwrap()
}

/// Accounts that are suspended, closed by their owner, and removed. Beside those of [`people`].
pub(crate) fn shut(db: &Arc<Db>) -> [UserId; 3] {
    let work: Arc<dyn UnitOfWork<dyn UsersTx>> = db.clone();
    let shut = ["victor", "wanda", "xavier"].map(|name| account(&*work, name, Status::Active));
    let [suspended, closed, removed] = shut;
    let done: Result<(), StoreError> = block_on(work.write(move |tx| {
        let at = Timestamp::parse("2026-01-02T00:00:00Z").unwrap();
        let mut user = tx.users().get(suspended)?.unwrap();
        user.status = Status::Suspended;
        tx.users().save(&mut user)?;
        let mut user = tx.users().get(closed)?.unwrap();
        user.purge_at = Some(at);
        tx.users().save(&mut user)?;
        assert!(tx.users().remove(removed, at)?);
        Ok(())
    }));
    done.unwrap();
    shut
}

/// Proves the address of an account.
pub(crate) fn prove_address(db: &Arc<Db>, user: UserId) {
    let work: Arc<dyn UnitOfWork<dyn UsersTx>> = db.clone();
    let done: Result<(), StoreError> = block_on(work.write(move |tx| {
        let mut user = tx.users().get(user)?.unwrap();
        user.email_verified = true;
        tx.users().save(&mut user)
    }));
    done.unwrap();
}

/// Gives an account a role.
pub(crate) fn set_role(db: &Arc<Db>, user: UserId, role: Role) {
    let work: Arc<dyn UnitOfWork<dyn UsersTx>> = db.clone();
    let done: Result<(), StoreError> = block_on(work.write(move |tx| {
        let mut user = tx.users().get(user)?.unwrap();
        user.role = role;
        tx.users().save(&mut user)
    }));
    done.unwrap();
}

/// Gives an account a phone number, as if it had been proven.
pub(crate) fn set_phone(db: &Arc<Db>, user: UserId, phone: &kernel::PhoneNumber) {
    let work: Arc<dyn UnitOfWork<dyn UsersTx>> = db.clone();
    let phone = phone.clone();
    let done: Result<(), StoreError> = block_on(work.write(move |tx| {
        let mut user = tx.users().get(user)?.unwrap();
        user.phone = Some(phone.clone());
        tx.users().save(&mut user)
    }));
    done.unwrap();
}

/// Three people who can be given tasks, and one who cannot.
pub(crate) fn people(db: &Arc<Db>) -> (Vec<UserId>, UserId) {
    let work: Arc<dyn UnitOfWork<dyn UsersTx>> = db.clone();
    let people = ["ada", "grace", "edith"].map(|name| account(&*work, name, Status::Active));
    let suspended = account(&*work, "mallory", Status::Suspended);
    (people.to_vec(), suspended)
}

fn account(
    work: &(dyn UnitOfWork<dyn UsersTx> + 'static),
    name: &'static str,
    status: Status,
) -> UserId {
    let inserted: Result<UserId, StoreError> = block_on(work.write(move |tx| {
        let person = NewUser {
            username: Username::parse(name).unwrap(),
            email: EmailAddress::parse(&format!("{name}@example.com")).unwrap(),
            role: Role::User,
            first_name: PersonName::parse(name).unwrap(),
            last_name: PersonName::parse("").unwrap(),
            locale: kernel::Locale::DEFAULT,
            provider: Provider::Local,
            email_verified: false,
            created_at: Timestamp::parse("2026-01-01T00:00:00Z").unwrap(),
        };
        let hash = PasswordHash::parse("x").unwrap();
        let mut user = tx.users().insert(&person, Some(&hash))?;
        if status != Status::Active {
            user.status = status;
            tx.users().save(&mut user)?;
        }
        Ok(user.id)
    }));
    inserted.unwrap()
}
