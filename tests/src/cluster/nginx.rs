//! nginx in front of the replicas.

use std::{net::TcpStream, time::Duration};

use tempfile::TempDir;

use super::{
    postgres::id,
    program::{self, Program},
};
use crate::{eventually, ports};

/// A running proxy.
pub(super) struct Nginx {
    _program: Program,
    port: u16,
    dir: TempDir,
}

impl Nginx {
    /// Starts a proxy for the servers on these ports.
    pub(super) fn start(upstreams: &[u16]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let port = ports::steady();
        std::fs::write(dir.path().join("nginx.conf"), config(port, upstreams))
            .expect("a configuration");
        let mut command = program::command("nginx");
        command.arg("-p").arg(dir.path()).args(["-c", "nginx.conf", "-e", "error.log"]);
        let mut program = Program::spawn(&mut command, "TERM");
        let up = eventually(Duration::from_secs(10), || {
            program.ended().is_some() || TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        let nginx = Self { _program: program, port, dir };
        assert!(up, "nginx does not start: {}", nginx.log());
        nginx
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("error.log")).unwrap_or_default()
    }
}

/// The template that `make bench-cluster` fills in, too.
fn config(port: u16, upstreams: &[u16]) -> String {
    let servers: Vec<String> = upstreams
        .iter()
        .map(|upstream| format!("server 127.0.0.1:{upstream} max_fails=2 fail_timeout=1s;"))
        .collect();
    // The workers of root would become an account that cannot write into our folder.
    let user = if id(&["-u"]) == Some(0) { "user root;" } else { "" };
    include_str!("../../nginx.conf")
        .replace("@user@", user)
        .replace("@servers@", &servers.join("\n        "))
        .replace("@port@", &port.to_string())
}
