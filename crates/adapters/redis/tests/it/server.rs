//! Servers to test on.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread::sleep,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// `TEST_REDIS_URL`, a server on the usual port, or one of our own.
pub(crate) fn shared_url() -> Option<String> {
    static OWN: OnceLock<Option<Server>> = OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration but this")]
    let named = std::env::var("TEST_REDIS_URL");
    if let Ok(url) = named {
        return (!url.is_empty()).then_some(url);
    }
    let local = SocketAddr::from(([127, 0, 0, 1], 6379));
    if TcpStream::connect_timeout(&local, Duration::from_millis(300)).is_ok() {
        return Some("redis://127.0.0.1:6379".to_owned());
    }
    OWN.get_or_init(|| Server::is_installed().then(Server::start)).as_ref().map(Server::url)
}

/// A throw-away server that can be stopped and started again. It keeps nothing.
pub(crate) struct Server {
    port: u16,
    child: Option<Child>,
    dir: TempDir,
}

impl Server {
    /// True when there is a `redis-server` to start.
    pub(crate) fn is_installed() -> bool {
        static INSTALLED: OnceLock<bool> = OnceLock::new();
        *INSTALLED.get_or_init(|| {
            let mut ask = Command::new("redis-server");
            ask.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
            ask.status().is_ok_and(|status| status.success())
        })
    }

    pub(crate) fn start() -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).unwrap().port();
        let mut server = Self { port, child: None, dir: tempfile::tempdir().unwrap() };
        server.launch();
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub(crate) fn launch(&mut self) {
        let child = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        self.child = Some(child.unwrap());
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < deadline, "redis-server did not start");
            sleep(Duration::from_millis(10));
        }
    }

    /// Leaves every question unanswered until [`Server::go_on`].
    pub(crate) fn hang(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Gives every key that ends so another value, behind the adapter's back.
    pub(crate) fn overwrite_all(&self, ending: &str, value: &str) {
        let script = "for _, key in ipairs(redis.call('KEYS', '*' .. ARGV[1])) do \
                      redis.call('SET', key, ARGV[2]) end";
        let client = deadpool_redis::redis::Client::open(self.url()).unwrap();
        let mut conn = client.get_connection().unwrap();
        let mut command = deadpool_redis::redis::cmd("EVAL");
        command.arg(script).arg(0).arg(ending).arg(value).exec(&mut conn).unwrap();
    }

    pub(crate) fn restart(&mut self) {
        self.stop();
        self.launch();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
