//! A Redis of one's own, which forgets everything when it stops.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Stdio,
    time::Duration,
};

use tempfile::TempDir;

use super::program::{self, Program};
use crate::{eventually, ports, tls::Identity};

/// A throw-away server.
pub struct Redis {
    program: Option<Program>,
    port: u16,
    dir: TempDir,
    /// Its port for TLS, with the certificate.
    secured: Option<(u16, Identity)>,
}

impl Redis {
    /// A server without TLS.
    pub fn start() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut redis = Self { program: None, port: ports::steady(), dir, secured: None };
        redis.go();
        redis
    }

    /// A server with TLS.
    pub fn secured(identity: Identity) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let secured = Some((ports::steady(), identity));
        let mut redis = Self { program: None, port: ports::steady(), dir, secured };
        redis.go();
        redis
    }

    /// Its address by TLS, under this name of the host.
    pub fn url_by(&self, host: &str) -> String {
        let port = self.secured.as_ref().map_or(0, |(port, _)| *port);
        format!("rediss://{host}:{port}")
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The port of its address.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Stops it; what it held is gone.
    pub fn stop(&mut self) {
        self.program = None;
    }

    /// Starts it at the same address, empty.
    pub fn go(&mut self) {
        let mut command = program::command("redis-server");
        command
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(self.dir.path())
            .stdout(Stdio::null());
        if let Some((port, identity)) = &self.secured {
            command
                .args(["--tls-port", &port.to_string(), "--tls-auth-clients", "no"])
                .arg("--tls-cert-file")
                .arg(&identity.certificate)
                .arg("--tls-key-file")
                .arg(&identity.key)
                .arg("--tls-ca-cert-file")
                .arg(&identity.certificate);
        }
        self.program = Some(Program::spawn(&mut command, "TERM"));
        assert!(
            eventually(Duration::from_secs(10), || answers(self.port)),
            "Redis does not answer on port {}",
            self.port
        );
    }
}

fn answers(port: u16) -> bool {
    let ping = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"+PONG")
    };
    ping().unwrap_or(false)
}
