//! Swagger UI and the console in a real browser: `make test-browser`. What the browser does is written down in
//! `tests/browser/docs.cjs` and `tests/browser/console.cjs`. A browser that is missing is a failure.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "failing loudly is what tests are for"
)]

use std::{
    net::TcpStream,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use alveole_tests::{
    Backend, Cluster, Idp, Providers, Server,
    cluster::{self, Redis},
    eventually,
    idp::Visitor,
    server::{ADMIN_EMAIL, PASSWORD, workspace},
};

/// What Chromium is called, where it is installed.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

fn browser() -> PathBuf {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let found = named.or_else(|| {
        let path = std::env::var_os("PATH")?;
        let places: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let found = |name: &str| places.iter().map(|p| p.join(name)).find(|file| file.is_file());
        BROWSERS.into_iter().find_map(found)
    });
    found.expect("a Chromium in the PATH or named by CHROMIUM: `make test-browser` installs one")
}

/// Runs a part of `docs.cjs` on a server.
fn drive(server: &Server, part: &str, more: &[(&str, &str)]) {
    let address = format!("http://127.0.0.1:{}", server.port());
    let part = [("ALVEOLE_URL", address.as_str()), ("PART", part)];
    run(&["docs.cjs"], &[&part[..], more].concat());
}

/// Runs walks through the console: those that are named, or all.
fn walk(address: &str, names: &[&str], more: &[(&str, &str)]) {
    let built = workspace().join("crates/console/web/dist/index.html");
    assert!(built.is_file(), "run `make console`, which builds the console");
    run(&[&["console.cjs", address], names].concat(), more);
}

fn run(script: &[&str], more: &[(&str, &str)]) {
    let scripts = workspace().join("tests/browser");
    assert!(
        scripts.join("node_modules/playwright-core").is_dir(),
        "run `make test-browser`, which installs playwright-core"
    );
    let status = Command::new("node")
        .args(script)
        .current_dir(scripts)
        .env("CHROMIUM", browser())
        .env("ALVEOLE_EMAIL", ADMIN_EMAIL)
        .env("ALVEOLE_PASSWORD", PASSWORD)
        .envs(more.iter().copied())
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{script:?} {more:?} failed: {status}");
}

#[test]
fn a_newcomer_gets_from_an_account_to_a_pdf() {
    drive(&Server::start(Backend::Sqlite), "tour", &[]);
}

#[test]
fn authorize_signs_in_with_a_provider() {
    let idp = Idp::start();
    idp.welcome(Visitor::new("1", "visitor1@example.com"));
    let settings = idp.settings("google");
    let settings: Vec<(&str, &str)> =
        settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let server = Server::with(Backend::Sqlite, &settings);
    drive(&server, "provider", &[("OAUTH_SCHEME", "google")]);
}

#[test]
fn try_it_out_works_as_it_stands_on_every_operation() {
    let providers = Providers::start();
    let settings = providers.settings();
    let settings: Vec<(&str, &str)> =
        settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    drive(&Server::with(Backend::Sqlite, &settings), "every", &[]);
}

#[test]
fn the_page_and_its_operations_open_with_little_work() {
    drive(&Server::start(Backend::Sqlite), "speed", &[]);
}

/// From the first start without an account on: every screen's walk, with axe in both themes.
#[test]
fn the_console_is_walked_from_the_first_administrator_on() {
    let server = Server::without_admin(Backend::Sqlite);
    let token = server.setup_token();
    walk(&format!("http://127.0.0.1:{}", server.port()), &[], &[("SETUP_TOKEN", &token)]);
}

/// The same walks where each request may meet another replica: two on PostgreSQL behind nginx.
#[test]
fn the_console_is_walked_over_two_replicas() {
    let missing = cluster::missing();
    if !missing.is_empty() {
        eprintln!("SKIPPED: two replicas need {missing:?}");
        return;
    }
    let cluster = Cluster::of(2, &[]);
    walk(&format!("http://127.0.0.1:{}", cluster.proxy_port()), &[], &[]);
}

/// Redis ends, and the page says so within ten seconds; it is there again, and the page is calm.
#[test]
fn the_overview_turns_amber_while_redis_is_away() {
    if !cluster::missing().is_empty() {
        eprintln!("SKIPPED: this needs redis-server");
        return;
    }
    let mut redis = Redis::start();
    let server = Server::with(Backend::Sqlite, &[("REDIS_URL", &redis.url())]);
    let address = format!("http://127.0.0.1:{}", server.port());
    let port = redis.port().to_string();
    thread::scope(|scope| {
        let walking =
            scope.spawn(|| walk(&address, &["a dependency fails"], &[("REDIS_PORT", &port)]));
        let is_away = || TcpStream::connect(("127.0.0.1", redis.port())).is_err();
        if eventually(Duration::from_secs(60), || walking.is_finished() || is_away()) {
            thread::sleep(Duration::from_secs(12));
            redis.stop();
            redis.go();
        }
        walking.join().unwrap();
    });
}
