//! TLS outwards: to PostgreSQL, Redis, a mail server and a collector, with certificates of an authority that
//! the test makes. A certificate of another authority, or for another host, is refused.

use std::{net::SocketAddr, time::Duration};

use adapter_smtp::sink::Sink;
use alveole_tests::{
    Backend, Server,
    cluster::{Postgres, Redis},
    eventually,
    tls::{Authority, Begins, in_front_of},
};

use crate::collector::Collector;

const SOON: Duration = Duration::from_secs(20);

/// How `/ready` lists a dependency.
fn state(server: &Server, name: &str) -> String {
    let ready = server.anonymous().get("/ready");
    let all = ready.at("/dependencies").as_array().unwrap().clone();
    let found = all.iter().find(|one| one["name"] == name);
    found.map(|one| one["state"].as_str().unwrap().to_owned()).unwrap_or_default()
}

pub(crate) fn postgres_is_reached_by_tls(backend: Backend) {
    if backend == Backend::Sqlite {
        return;
    }
    let (ours, others) = (Authority::new(), Authority::new());
    let postgres = Postgres::secured(&ours.issue("localhost"));
    let (ours, others) = (ours.file(), others.file());
    for (name, host, tls) in [
        ("full", "localhost", format!("sslmode=verify-full&sslrootcert={ours}")),
        ("ca", "127.0.0.1", format!("sslmode=verify-ca&sslrootcert={ours}")),
        ("encrypted", "127.0.0.1", "sslmode=require".to_owned()),
    ] {
        let server = Server::replica(&postgres.url_by(host, &tls), &[]);
        server.person(name).task("by TLS");
        let plain = postgres.ask(
            "SELECT count(*) FILTER (WHERE NOT ssl), count(*) > 0 FROM pg_stat_ssl \
             JOIN pg_stat_activity USING (pid) WHERE application_name = 'alveole'",
        );
        assert_eq!(plain, "0|t", "{tls}");
    }
    let server = Server::start(Backend::Sqlite);
    for (host, tls, why) in [
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={ours}"), "not valid for name"),
        (
            "localhost",
            format!("sslmode=verify-full&sslrootcert={others}"),
            "invalid peer certificate",
        ),
        (
            "localhost",
            format!("sslmode=verify-ca&sslrootcert={others}"),
            "invalid peer certificate",
        ),
        ("localhost", "sslmode=verify-full".to_owned(), "invalid peer certificate"),
        ("localhost", "sslmode=verify-full&sslrootcert=/none.pem".to_owned(), "/none.pem"),
        ("localhost", "sslmode=full".to_owned(), "verify-full"),
    ] {
        let output = server
            .command(&["serve"])
            .env("PORT", "0")
            .env("DATABASE_URL", postgres.url_by(host, &tls))
            .output()
            .unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!output.status.success() && text.contains(why), "{tls} by {host}: {text}");
    }
}

pub(crate) fn redis_is_reached_by_tls(backend: Backend) {
    if backend == Backend::Postgres {
        return;
    }
    let (ours, others) = (Authority::new(), Authority::new());
    let redis = Redis::secured(ours.issue("localhost"));
    let (ours, others) = (ours.file(), others.file());
    for (host, file, wanted) in
        [("localhost", &ours, "up"), ("127.0.0.1", &ours, "down"), ("localhost", &others, "down")]
    {
        let settings =
            [("REDIS_URL", redis.url_by(host)), ("ALVEOLE__REDIS__CA_FILE", file.clone())];
        let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
        let server = Server::with(backend, &settings);
        assert_eq!(state(&server, "cache"), wanted, "{host}: {}", server.log());
        server.person("ada").task("whatever Redis says");
        if wanted == "down" {
            assert!(server.log().contains("certificate"), "{}", server.log());
        }
    }
}

pub(crate) fn emails_leave_by_tls(backend: Backend) {
    if backend == Backend::Postgres {
        return;
    }
    let (ours, others) = (Authority::new(), Authority::new());
    let identity = ours.issue("localhost");
    let sink = Sink::start();
    let behind: SocketAddr = sink.url().strip_prefix("smtp://").unwrap().parse().unwrap();
    let (ours, others) = (ours.file(), others.file());
    for begins in [Begins::Tls, Begins::StartTls] {
        let port = in_front_of(behind, &identity, begins, "");
        let url = |host: &str| match begins {
            Begins::Tls => format!("smtps://{host}:{port}"),
            Begins::StartTls => format!("smtp://{host}:{port}?tls=required"),
        };
        for (host, file, trusted) in
            [("localhost", &ours, true), ("127.0.0.1", &ours, false), ("localhost", &others, false)]
        {
            let settings =
                [("ALVEOLE__MAIL__SMTP_URL", url(host)), ("ALVEOLE__MAIL__CA_FILE", file.clone())];
            let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
            let server = Server::with(backend, &settings);
            let before = sink.received().len();
            let ada = server.person("ada");
            if trusted {
                assert_eq!(state(&server, "email"), "up", "{begins:?}: {}", server.log());
                let came = eventually(SOON, || sink.received().len() > before);
                assert!(came && sink.received()[before].to == ada.email, "{begins:?}");
            } else {
                assert_eq!(state(&server, "email"), "down", "{begins:?} {host}");
                let log = server.log();
                let line = log.lines().find(|line| line.contains("does not answer")).unwrap();
                assert!(line.contains("certificate"), "{line}");
                std::thread::sleep(Duration::from_millis(1500));
                assert_eq!(sink.received().len(), before, "{begins:?} {host}");
            }
        }
    }
}

pub(crate) fn traces_leave_by_tls(backend: Backend) {
    if backend == Backend::Postgres {
        return;
    }
    let (ours, others) = (Authority::new(), Authority::new());
    let identity = ours.issue("localhost");
    let collector = Collector::start();
    let behind: SocketAddr = collector.endpoint().strip_prefix("http://").unwrap().parse().unwrap();
    let port = in_front_of(behind, &identity, Begins::Tls, "h2");
    let (ours, others) = (ours.file(), others.file());
    for (host, file, trusted) in
        [("127.0.0.1", &ours, false), ("localhost", &others, false), ("localhost", &ours, true)]
    {
        let endpoint = format!("https://{host}:{port}");
        let settings = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", file),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ];
        let server = Server::with(backend, &settings);
        server.anonymous().get("/api/v1/products").expect(200);
        if trusted {
            collector.wait_for(|span| span.name == "GET /api/v1/products");
        } else {
            let told = || server.log().contains("could not be exported");
            assert!(eventually(SOON, told), "{}", server.log());
            assert!(collector.spans().is_empty(), "{host}");
        }
    }
}
