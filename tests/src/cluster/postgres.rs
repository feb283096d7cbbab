//! A PostgreSQL server of one's own, which can be stopped, hung and started again.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    process::Command,
    time::Duration,
};

use tempfile::TempDir;

use super::program::{self, Program};
use crate::{backend::run_psql, eventually, ports, tls::Identity};

/// A throw-away server.
pub struct Postgres {
    program: Option<Program>,
    port: u16,
    account: Option<(u32, u32)>,
    secured: bool,
    // after `program`: it writes there to the end
    dir: TempDir,
}

impl Postgres {
    /// Makes and starts a server with an empty database.
    pub(super) fn start() -> Self {
        Self::make(None)
    }

    /// As [`Postgres::start`], with TLS.
    pub fn secured(identity: &Identity) -> Self {
        Self::make(Some(identity))
    }

    fn make(identity: Option<&Identity>) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let account = account();
        if let Some((user, group)) = account {
            chown(dir.path(), Some(user), Some(group)).expect("a folder for the account");
        }
        let mut postgres = Self {
            program: None,
            port: ports::steady(),
            account,
            secured: identity.is_some(),
            dir,
        };
        let output = postgres
            .command("initdb")
            .args(["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"])
            .arg("--no-sync")
            .output()
            .expect("initdb");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        if let Some(identity) = identity {
            for (file, name) in
                [(&identity.certificate, "server.crt"), (&identity.key, "server.key")]
            {
                let copy = postgres.dir.path().join("data").join(name);
                fs::copy(file, &copy).expect("a copy");
                fs::set_permissions(&copy, Permissions::from_mode(0o600)).expect("its mode");
                if let Some((user, group)) = account {
                    chown(&copy, Some(user), Some(group)).expect("its owner");
                }
            }
        }
        postgres.go();
        postgres.query("postgres", "CREATE DATABASE alveole");
        postgres
    }

    /// The address of the replicas' database.
    pub fn url(&self) -> String {
        self.url_of("alveole")
    }

    /// The address of the same database by this name of the host, with what is said of TLS.
    pub fn url_by(&self, host: &str, tls: &str) -> String {
        format!("postgres://postgres@{host}:{}/alveole?{tls}", self.port)
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs one statement on the replicas' database; rows as psql writes them without a frame.
    pub fn ask(&self, sql: &str) -> String {
        self.query("alveole", sql)
    }

    fn query(&self, database: &str, sql: &str) -> String {
        run_psql(&self.url_of(database), sql).unwrap_or_else(|why| panic!("{sql}: {why}"))
    }

    /// As `pg_ctl stop -m immediate`: every connection breaks, nothing is finished.
    pub fn stop(&mut self) {
        self.program = None;
    }

    /// Starts it again at the same address, after [`Postgres::stop`].
    pub fn go(&mut self) {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.dir.path().join("log"))
            .expect("a log file");
        let copy = File::try_clone(&log).expect("a second handle of the log");
        let mut command = self.command("postgres");
        command.args(["-D", "data", "-p", &self.port.to_string()]);
        // Without fsync only a power cut would lose something, and none is tried here.
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            "fsync=off",
        ] {
            command.args(["-c", setting]);
        }
        if self.secured {
            command.args(["-c", "ssl=on"]);
        }
        // Not through pg_ctl, which takes it out of reach of a Ctrl-C.
        self.program = Some(Program::spawn(command.stdout(copy).stderr(log), "QUIT"));
        let up = || run_psql(&self.url_of("postgres"), "SELECT 1").is_ok();
        if !eventually(Duration::from_secs(30), up) {
            let log = std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
            panic!("PostgreSQL does not start:\n{log}");
        }
    }

    /// Stops every process of it in its tracks: connections stay open and nobody answers.
    pub fn hang(&self) {
        let Some(program) = &self.program else { return };
        // the one that makes the others first, so that none comes into being meanwhile
        program::signal(&[program.pid()], "STOP");
        program::signal(&program.family(), "STOP");
    }

    /// The end of [`Postgres::hang`].
    pub fn wake(&self) {
        let Some(program) = &self.program else { return };
        program::signal(&program.family(), "CONT");
    }

    fn command(&self, name: &str) -> Command {
        let mut command = program::command(name);
        command.current_dir(self.dir.path());
        if let Some((user, group)) = self.account {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // who is hung does not hear that it has to end
        self.wake();
    }
}

/// PostgreSQL refuses to run as root: then it runs as somebody else.
fn account() -> Option<(u32, u32)> {
    if id(&["-u"])? != 0 {
        return None;
    }
    ["postgres", "nobody"].iter().find_map(|name| Some((id(&["-u", name])?, id(&["-g", name])?)))
}

/// What `id` says, if it is a number.
pub(super) fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
