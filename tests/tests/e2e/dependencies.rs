//! What the server needs from others: how it says that something does not answer, and what goes on then.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use adapter_smtp::sink::Sink;
use alveole_tests::{Backend, Server, eventually};
use serde_json::{Value, json};

/// Dependencies are looked at every ten seconds.
const SOON: Duration = Duration::from_secs(20);

/// How `/ready` lists a dependency, and its gauge.
fn state(server: &Server, name: &str) -> (u16, String, Option<f64>) {
    let ready = server.anonymous().get("/ready");
    let all = ready.at("/dependencies").as_array().unwrap().clone();
    let found = all.iter().find(|one| one["name"] == name);
    let state = found.map(|one| one["state"].as_str().unwrap().to_owned()).unwrap_or_default();
    let metrics = server.anonymous().get("/metrics").expect(200).text;
    let mark = format!("alveole_dependency_up{{dependency=\"{name}\"");
    let line = metrics.lines().find(|line| line.starts_with(&mark));
    let gauge = line.and_then(|line| line.rsplit(' ').next()?.parse().ok());
    (ready.status, state, gauge)
}

fn is(up: bool) -> (u16, String, Option<f64>) {
    if up { (200, "up".to_owned(), Some(1.0)) } else { (200, "down".to_owned(), Some(0.0)) }
}

pub(crate) fn what_does_not_answer_is_listed_and_the_rest_goes_on(backend: Backend) {
    let sink = Sink::start();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Server::with(backend, &[("ALVEOLE__MAIL__SMTP_URL", &sink.url())]);
    for name in ["database", "storage", "email", "disk"] {
        assert_eq!(state(&server, name), is(true), "{name}");
    }
    assert!(server.metric("alveole_disk_free_bytes").is_some_and(|free| free > 0.0));

    let unreachable = format!("smtp://{closed}");
    let full = [
        ("ALVEOLE__MAIL__SMTP_URL", unreachable.as_str()),
        ("ALVEOLE__SERVER__MIN_FREE_BYTES", "1000000000000000000"),
    ];
    let server = Server::with(backend, &full);
    assert_eq!(state(&server, "email"), is(false));
    assert_eq!(state(&server, "disk"), is(false));
    assert_eq!(state(&server, "storage"), is(true));
    server.person("ada").task("goes on");
    let log = server.log();
    let lines = log.lines().filter(|line| line.contains("does not answer"));
    assert_eq!(lines.count(), 2, "one line each: {log}");
    if backend == Backend::Sqlite {
        let folder = server.folder().join("files");
        let moved = server.folder().join("moved");
        fs::rename(&folder, &moved).unwrap();
        assert!(eventually(SOON, || state(&server, "storage") == is(false)));
        fs::rename(&moved, &folder).unwrap();
        assert!(eventually(SOON, || state(&server, "storage") == is(true)));
        assert!(server.log().contains("a dependency answers again"));
    }
}

pub(crate) fn a_bucket_that_is_wrong_stops_the_start(backend: Backend) {
    // The server of the other form has a bucket that is right.
    let server = Server::start(backend);
    let sink = adapter_objects::sink::S3Sink::start(&server.folder().join("another")).unwrap();
    for (name, secret, why) in [
        ("no-such-bucket", adapter_objects::sink::SECRET_KEY, "no-such-bucket does not exist"),
        (adapter_objects::sink::BUCKET, "not the secret", "refuses the access key"),
    ] {
        let begun = Instant::now();
        let output = server
            .command(&["serve"])
            .env("PORT", "0")
            .env("ALVEOLE__STORAGE__S3_BUCKET", name)
            .env("ALVEOLE__STORAGE__S3_ENDPOINT", &sink.endpoint)
            .env("ALVEOLE__STORAGE__S3_ACCESS_KEY_ID", adapter_objects::sink::ACCESS_KEY)
            .env("ALVEOLE__STORAGE__S3_SECRET_ACCESS_KEY", secret)
            .output()
            .unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!output.status.success(), "{text}");
        assert!(text.contains("storage.s3_bucket") && text.contains(why), "{text}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }
}

/// Somebody else's transaction has a table of a database as a whole, until this ends.
pub(crate) struct Lock<'a> {
    server: &'a Server,
    psql: std::process::Child,
}

impl<'a> Lock<'a> {
    pub(crate) fn of(server: &'a Server, table: &str) -> Self {
        let lock =
            format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(61)");
        let psql = Command::new("psql")
            .args(["--no-psqlrc", "--quiet", "-d", server.database_url(), "-c", &lock])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let granted = format!(
            "SELECT count(*) FROM pg_locks WHERE relation = '{table}'::regclass \
             AND mode = 'AccessExclusiveLock' AND granted"
        );
        assert!(eventually(SOON, || server.sql(&granted).trim() == "1"));
        Self { server, psql }
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        self.server.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE \
             '%pg_sleep(61)%' AND datname = current_database() AND pid <> pg_backend_pid()",
        );
        let _ = self.psql.kill();
        let _ = self.psql.wait();
    }
}

pub(crate) fn a_locked_table_is_felt_by_its_callers_only(backend: Backend) {
    if backend == Backend::Sqlite {
        return;
    }
    const STATEMENT: Duration = Duration::from_secs(2);
    let server = Server::with(backend, &[("ALVEOLE__DATABASE__STATEMENT_TIMEOUT_SECONDS", "2")]);
    let ada = server.person("ada");
    ada.task("before");
    let loud = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["level"] == "WARN" || line["level"] == "ERROR"
    };
    let before = server.log().lines().filter(|line| loud(line)).count();
    let lock = Lock::of(&server, "tasks");
    let over = AtomicBool::new(false);
    let refused: usize = thread::scope(|scope| {
        let callers: Vec<_> = (0..24)
            .map(|n| {
                let (client, over) = (server.client_of(&ada), &over);
                scope.spawn(move || {
                    let mut refused = 0;
                    while !over.load(Ordering::SeqCst) {
                        let begun = Instant::now();
                        let answer = match n % 3 {
                            0 => client.post("/api/v1/tasks", &json!({"title": "waits"})),
                            1 => client.get("/api/v1/tasks"),
                            _ => client.get("/api/v1/tasks?q=before"),
                        };
                        answer.problem(503, "store.timeout");
                        let took = begun.elapsed();
                        assert!(took < STATEMENT, "a caller of the table waited {took:?}");
                        refused += 1;
                    }
                    refused
                })
            })
            .collect();
        let end = Instant::now() + Duration::from_secs(5);
        let mut name = 0;
        while Instant::now() < end {
            name += 1;
            let profile = json!({"first_name": format!("Ada {name}")});
            for ask in [
                &|| ada.client.get("/api/v1/products").expect(200),
                &|| ada.client.get("/api/v1/users/me").expect(200),
                &|| ada.client.put("/api/v1/users/me", &profile).expect(200),
                &|| ada.client.get("/api/v1/files").expect(200),
                &|| server.anonymous().get("/ready").expect(200),
            ] as [&dyn Fn() -> alveole_tests::Answer; 5]
            {
                let begun = Instant::now();
                let answer = ask();
                let took = begun.elapsed();
                assert!(took < Duration::from_millis(500), "{took:?}: {answer}");
            }
        }
        over.store(true, Ordering::SeqCst);
        callers.into_iter().map(|caller| caller.join().unwrap()).sum()
    });
    assert!(refused > 48, "{refused} were refused");
    let log = server.log();
    // A schedule of the table may tick meanwhile; its job says so itself and comes again.
    let told = log.lines().filter(|line| loud(line)).skip(before);
    let told: Vec<&str> = told.filter(|line| !line.contains("a job failed")).collect();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].contains("store.timeout") && told[0].contains("/api/v1/tasks"), "{}", told[0]);
    drop(lock);
    ada.task("after");
}

pub(crate) fn port_scanners_are_not_in_the_log(backend: Backend) {
    let server = Server::start(backend);
    let before = server.log().lines().count();
    for noise in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\x00\x00\x00\x08\x04\xd2\x16\x2f",
        b"SSH-2.0-scan\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"",
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(noise).unwrap();
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }
    server.anonymous().get("/health").expect(200);
    let log = server.log();
    let lines: Vec<&str> = log.lines().skip(before).collect();
    let quiet = |line: &&&str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["level"] == "INFO" && line["message"] == "request"
    };
    assert_eq!(lines.iter().filter(quiet).count(), lines.len(), "{lines:#?}");
}

/// Every metric is in our namespace, explained, and fine with Prometheus' own checks.
pub(crate) fn metrics_have_a_namespace_and_help(backend: Backend) {
    let server = Server::start(backend);
    server.person("ada").task("counted");
    let text = server.anonymous().get("/metrics").expect(200).text;
    let names = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    for name in names {
        assert!(name.starts_with("alveole_"), "{name}");
        assert!(text.contains(&format!("# HELP {name} ")), "{name} has no HELP");
    }
    let check = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut check) = check else {
        eprintln!("SKIPPED: no promtool");
        return;
    };
    check.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = check.wait_with_output().unwrap();
    let found = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success() && found.trim().is_empty(), "{found}");
}

/// What an upload left unfinished in the folder goes after `files.orphan_grace_seconds`, not before.
pub(crate) fn staged_bytes_obey_the_grace(backend: Backend) {
    if backend == Backend::Postgres {
        return;
    }
    let mut server = Server::with(backend, &[("ALVEOLE__FILES__ORPHAN_GRACE_SECONDS", "3600")]);
    let left = server.folder().join("files/staged/left");
    fs::write(&left, "half of something").unwrap();
    server.restart();
    thread::sleep(Duration::from_secs(3));
    assert!(left.is_file(), "younger than the grace");
    thread::sleep(Duration::from_secs(8));
    server.set(&[("ALVEOLE__FILES__ORPHAN_GRACE_SECONDS", "10")]);
    server.restart();
    assert!(eventually(SOON, || !left.exists()), "older than the grace");
}
