//! The `alveole` binary as a process.

use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use adapter_objects::sink::{self, S3Sink};
use serde_json::json;
use tempfile::TempDir;

use crate::{Backend, Client, Container, Person, backend::Database, ports};

/// The email address of the super_admin of the first start.
pub const ADMIN_EMAIL: &str = "root@example.com";
/// The password of everybody in the tests.
pub const PASSWORD: &str = "a quiet walk by the sea";

/// A running server with a database of its own. Both end with this value.
pub struct Server {
    child: Option<Child>,
    port: u16,
    settings: Vec<(String, String)>,
    /// Variables that are taken out again.
    unset: &'static [&'static str],
    backend: Backend,
    // after `child` in `drop`: the database goes last
    database: Database,
    /// Where the scaled-out form keeps the bytes of files; the embedded one has a folder.
    bucket: Option<S3Sink>,
    dir: TempDir,
    people: AtomicU32,
    /// A replica comes back where its proxy looks for it.
    keeps_port: bool,
    /// How its process enters a control group.
    door: Option<PathBuf>,
}

/// What a server needs to know of a bucket, as environment variables.
pub fn bucket_settings(bucket: &S3Sink) -> Vec<(String, String)> {
    [
        ("S3_BUCKET", sink::BUCKET),
        ("S3_ENDPOINT", &bucket.endpoint),
        ("S3_ACCESS_KEY_ID", sink::ACCESS_KEY),
        ("S3_SECRET_ACCESS_KEY", sink::SECRET_KEY),
    ]
    .map(|(name, value)| (format!("ALVEOLE__STORAGE__{name}"), value.to_owned()))
    .to_vec()
}

/// Where the binary is: `ALVEOLE_BIN`, or what `cargo build` made.
pub fn binary() -> Result<PathBuf, String> {
    let path = std::env::var_os("ALVEOLE_BIN").map_or_else(
        || {
            let target = std::env::var_os("CARGO_TARGET_DIR")
                .map_or_else(|| workspace().join("target"), PathBuf::from);
            target.join("debug/alveole")
        },
        PathBuf::from,
    );
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!(
            "there is no server binary at {}: run `cargo build --bin alveole` first, or say \
             where it is with ALVEOLE_BIN",
            path.display()
        ))
    }
}

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are one folder below the workspace")
        .to_path_buf()
}

impl Server {
    /// A server with limits so high that no journey meets them.
    pub fn start(backend: Backend) -> Self {
        Self::with(backend, &[])
    }

    /// A server with more settings, as environment variables.
    pub fn with(backend: Backend, settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let database = backend.fresh(dir.path());
        let mut server = Self::idle(backend, database, dir, settings);
        if backend == Backend::Postgres {
            server.add_bucket();
        }
        server.launch();
        server
    }

    /// A server whose first administrator nobody has named.
    pub fn without_admin(backend: Backend) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let database = backend.fresh(dir.path());
        let mut server = Self::idle(backend, database, dir, &[]);
        server.unset = &["ALVEOLE_ADMIN_EMAIL", "ALVEOLE_ADMIN_PASSWORD"];
        server.launch();
        server
    }

    /// A server within the bounds of `container`.
    pub fn contained(backend: Backend, container: &Container) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let database = backend.fresh(dir.path());
        let mut server = Self::idle(backend, database, dir, &[]);
        server.door = Some(container.door());
        server.launch();
        server
    }

    /// One of several servers on one PostgreSQL database, whose address stays the same when it is
    /// started again.
    pub fn replica(database_url: &str, settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut server =
            Self::idle(Backend::Postgres, Database::of_another(database_url), dir, settings);
        server.port = ports::steady();
        server.keeps_port = true;
        server.launch();
        server
    }

    fn idle(backend: Backend, database: Database, dir: TempDir, settings: &[(&str, &str)]) -> Self {
        Self {
            child: None,
            port: 0,
            settings: settings
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            backend,
            database,
            bucket: None,
            dir,
            people: AtomicU32::new(0),
            keeps_port: false,
            unset: &[],
            door: None,
        }
    }

    /// A bucket of its own, in a folder below this server's.
    fn add_bucket(&mut self) {
        let bucket = S3Sink::start(&self.dir.path().join("s3")).expect("an S3 server");
        self.settings.extend(bucket_settings(&bucket));
        self.bucket = Some(bucket);
    }

    /// A command of the binary with this server's settings (`user create`, `seed` …).
    pub fn command(&self, arguments: &[&str]) -> Command {
        let binary = binary().unwrap_or_else(|why| panic!("{why}"));
        let mut command = match &self.door {
            None => Command::new(binary),
            Some(door) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", "echo $$ > \"$0\" && exec \"$@\""]).arg(door).arg(binary);
                shell
            }
        };
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("PORT", self.port.to_string())
            .env("DATABASE_URL", &self.database.url)
            .env("JWT_SECRET", "0f6f1c9a7d3e4b52a8c1d0e9f7b6a5c4e3d2")
            .env("ALVEOLE__AUTH__ENCRYPTION_KEY", "7e0b4d9f2c6a8135e7f0c9b1a2d3e4f5")
            .env("ALVEOLE_ADMIN_EMAIL", ADMIN_EMAIL)
            .env("ALVEOLE_ADMIN_PASSWORD", PASSWORD)
            .env("ALVEOLE__SERVER__HOST", "127.0.0.1")
            .env("ALVEOLE__SERVER__DATA_DIR", self.dir.path())
            .env("ALVEOLE__DATABASE__MAX_CONNECTIONS", "8")
            .env("ALVEOLE__AUTH__BCRYPT_COST", "4")
            .env("ALVEOLE__RATE_LIMIT__ANON", "1000000/s")
            .env("ALVEOLE__RATE_LIMIT__USER", "1000000/s")
            .env("ALVEOLE__RATE_LIMIT__AUTH", "1000000/s")
            .env("ALVEOLE__RATE_LIMIT__ACCOUNT", "1000000/s")
            .env("CORS_ALLOWED_ORIGINS", "https://console.example.com")
            .env("ALVEOLE__LOG__FORMAT", "json")
            .env("ALVEOLE__LOG__LEVEL", "info");
        if let Some(profile) = std::env::var_os("LLVM_PROFILE_FILE") {
            command.env("LLVM_PROFILE_FILE", profile);
        }
        for (key, value) in &self.settings {
            command.env(key, value);
        }
        for variable in self.unset {
            command.env_remove(variable);
        }
        command
    }

    /// The database the server runs on.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Runs SQL on the database behind the server's back, as somebody with the keys to the machine
    /// could: by `psql`, or by Python's `sqlite3`. Gives what it printed.
    pub fn sql(&self, sql: &str) -> String {
        let done = match self.database.url.strip_prefix("sqlite://") {
            Some(path) => run_sqlite(path, sql),
            None => crate::backend::run_psql(&self.database.url, sql),
        };
        done.unwrap_or_else(|error| panic!("`{sql}`: {error}"))
    }

    /// Where this server's files are.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// The most memory that the process ever had, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let id = self.child.as_ref().map(Child::id).expect("a running server");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
        let kibibytes = line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number");
        kibibytes << 10
    }

    /// The port the server listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The token in the address that the server prints while it has no administrator.
    pub fn setup_token(&self) -> String {
        let printed = || self.log().contains("token=");
        assert!(crate::eventually(Duration::from_secs(10), printed), "no token: {}", self.log());
        let log = self.log();
        let (_, rest) = log.split_once("token=").expect("a token");
        rest.chars().take_while(char::is_ascii_hexdigit).collect()
    }

    /// Everything the server wrote to its log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.dir.path().join("server.log")
    }

    fn launch(&mut self) {
        for attempt in 1.. {
            if !self.keeps_port {
                self.port = ports::free();
            }
            let log = OpenOptions::new()
                .create(true)
                .append(true)
                .open(self.log_path())
                .expect("a log file");
            let child = self
                .command(&["serve"])
                .stdin(Stdio::null())
                .stdout(clone(&log))
                .stderr(log)
                .spawn()
                .expect("the server starts");
            self.child = Some(child);
            match self.wait_until_ready() {
                Ok(()) => return,
                // Somebody else may have taken the port between choosing and binding. A replica
                // that fails has failed: many starting at once is what its tests are about.
                Err(why) if attempt == 3 || self.keeps_port => {
                    panic!("the server did not become ready: {why}")
                }
                Err(_) => self.kill9(),
            }
        }
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let client = self.anonymous();
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().ok()?) {
                return Err(format!("it ended with {status}"));
            }
            if let Ok(answer) = client.request("GET", "/ready").try_send()
                && answer.status == 200
            {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err("30 seconds went by".to_owned());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Changes settings for the next start.
    pub fn set(&mut self, settings: &[(&str, &str)]) {
        self.settings
            .extend(settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    }

    /// Stops the server politely and starts it again on the same data.
    pub fn restart(&mut self) {
        if self.child.is_some() {
            let status = self.terminate();
            assert!(status.success(), "SIGTERM must end in exit code 0: {status}");
        }
        self.launch();
    }

    /// Ends the server without a warning.
    pub fn kill9(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Sends SIGTERM without waiting.
    pub fn ask_to_stop(&self) {
        let pid = self.child.as_ref().expect("a running server").id();
        let status = Command::new("kill").args(["-TERM", &pid.to_string()]).status().expect("kill");
        assert!(status.success());
    }

    /// Sends SIGHUP: look at the token keys again.
    pub fn hang_up(&self) {
        let pid = self.child.as_ref().expect("a running server").id();
        let status = Command::new("kill").args(["-HUP", &pid.to_string()]).status().expect("kill");
        assert!(status.success());
    }

    /// The address of the database.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// The folder with what this server keeps beside its database.
    pub fn data_dir(&self) -> &Path {
        self.dir.path()
    }

    /// Waits for the end after [`Server::ask_to_stop`].
    pub fn wait_for_end(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("a running server");
        let deadline = Instant::now() + Duration::from_secs(45);
        loop {
            if let Some(status) = child.try_wait().expect("the server's state") {
                return status;
            }
            if Instant::now() > deadline {
                let _ = child.kill();
                let _ = child.wait();
                panic!("the server did not end within 45 s of SIGTERM");
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// SIGTERM, then the exit status.
    pub fn terminate(&mut self) -> ExitStatus {
        self.ask_to_stop();
        self.wait_for_end()
    }

    /// The sum of a metric over its labels; `None` when it is not exported.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let text = self.anonymous().get("/metrics").expect(200).text;
        let samples = text.lines().filter_map(|line| {
            let rest = line.strip_prefix(name)?;
            let value = rest.strip_prefix(' ').or_else(|| {
                rest.starts_with('{').then(|| rest.rsplit_once(' ').map(|(_, value)| value))?
            })?;
            value.parse::<f64>().ok()
        });
        samples.reduce(|sum, value| sum + value)
    }

    /// A client that is not signed in.
    pub fn anonymous(&self) -> Client {
        Client::new(format!("http://127.0.0.1:{}", self.port))
    }

    /// Registers somebody new whose username begins with `name`, and signs them in.
    pub fn person(&self, name: &str) -> Person {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        let username = format!("{name}{number}");
        let email = format!("{username}@example.com");
        self.anonymous()
            .post(
                "/api/v1/auth/register",
                &json!({"username": username, "email": email, "password": PASSWORD}),
            )
            .expect(201);
        self.sign_in(&email, PASSWORD)
    }

    /// Registers somebody new and gives them `role`.
    pub fn person_with_role(&self, role: &str) -> Person {
        if role == "super_admin" {
            return self.new_super_admin();
        }
        let person = self.person(role);
        if role == "user" {
            return person;
        }
        self.admin()
            .client
            .put(&format!("/api/v1/admin/users/{}", person.id), &json!({"role": role}))
            .expect(200);
        self.sign_in(&person.email, PASSWORD)
    }

    /// Nobody makes a super_admin over HTTP, so the command line does.
    fn new_super_admin(&self) -> Person {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        let username = format!("root{number}");
        let email = format!("{username}@example.com");
        let output = self
            .command(&[
                "user",
                "create",
                "--username",
                &username,
                "--email",
                &email,
                "--role",
                "super_admin",
            ])
            .env("ALVEOLE_PASSWORD", PASSWORD)
            .stdin(Stdio::null())
            .output()
            .expect("alveole user create");
        assert!(
            output.status.success(),
            "`user create` failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        self.sign_in(&email, PASSWORD)
    }

    /// The super_admin of the first start.
    pub fn admin(&self) -> Person {
        self.sign_in(ADMIN_EMAIL, PASSWORD)
    }

    /// Signs in by mail address.
    pub fn sign_in(&self, email: &str, password: &str) -> Person {
        Person::sign_in(&self.anonymous(), email, password)
    }

    /// A person's client, aimed at the port of this moment (it changes with a restart).
    pub fn client_of(&self, person: &Person) -> Client {
        self.anonymous().with_token(&person.access_token)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What was run is written down at an orderly end only.
        if self.child.is_some() && std::env::var_os("LLVM_PROFILE_FILE").is_some() {
            self.terminate();
        }
        self.kill9();
        if thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let tail = lines.iter().skip(lines.len().saturating_sub(40));
            eprintln!("--- the end of the server's log ({}) ---", self.backend);
            for line in tail {
                eprintln!("{line}");
            }
        }
    }
}

/// Several statements; the rows of the last one, a line each, columns separated by `|`.
fn run_sqlite(path: &str, sql: &str) -> Result<String, String> {
    const SCRIPT: &str = "
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=10)
statements, part = [], ''
for line in sys.argv[2].split(';'):
    part += line + ';'
    if sqlite3.complete_statement(part):
        statements.append(part)
        part = ''
for statement in statements:
    rows = db.execute(statement).fetchall()
db.commit()
for row in rows:
    print('|'.join('' if cell is None else str(cell) for cell in row))
";
    let output = Command::new("python3")
        .args(["-c", SCRIPT, path, sql])
        .output()
        .map_err(|error| format!("{error} (is Python installed?)"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn clone(file: &File) -> File {
    file.try_clone().expect("a second handle of the log")
}
