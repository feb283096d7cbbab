//! Monitoring in an actix-web application that measures one thing of its own.
//!
//! `cargo run -p alveole-rest-monitoring --example mount_monitoring`, then
//! `curl -H 'Authorization: Bearer secret' localhost:8080/api/v1/monitoring/metrics`
#![expect(clippy::disallowed_methods, reason = "an application of another project may use `route`")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{App, HttpServer, web};
use kernel::{Actor, CommonTx, EventFeed, Role, SystemClock, UnitOfWork};
use memory::MemoryDb;
use monitoring::{
    Busy, Meters, Monitoring, Probe, Reading,
    query::Retention,
    service::{Dependencies, Replicas, Settings},
    values::{Replica, Unit},
};
use rest::{
    Api,
    api::{Ports, Settings as ApiSettings},
    defaults::FixedTokens,
};

/// Visits of the page of this application.
#[derive(Default)]
struct Visits(AtomicU32);

impl Meters for Visits {
    fn read(&self) -> Vec<Reading> {
        let visits = f64::from(self.0.load(Ordering::Relaxed));
        vec![Reading::total("page.visits", Unit::PerSecond, visits)]
    }

    fn busiest(&self) -> (Vec<Busy>, Vec<Busy>) {
        (Vec::new(), Vec::new())
    }
}

/// Measures nothing of the machine; `alveole-adapter-host` does.
struct NoMachine(Instant);

impl Probe for NoMachine {
    fn read(&self) -> Vec<Reading> {
        Vec::new()
    }

    fn uptime(&self) -> Duration {
        self.0.elapsed()
    }

    fn processes(&self) -> Vec<Busy> {
        Vec::new()
    }
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = MemoryDb::new();
    let me = Actor::new(db.add_person("owner")?, Role::Admin);
    let visits = Arc::new(Visits::default());
    let monitoring = Arc::new(Monitoring::new(Dependencies {
        work: db.clone(),
        clock: Arc::new(SystemClock),
        probe: Arc::new(NoMachine(Instant::now())),
        meters: visits.clone(),
        settings: Settings {
            interval: Duration::from_secs(5),
            retention: Retention::default(),
            replica: Replica::parse("mine")?,
            replicas: Replicas::One,
            holder: "mine".into(),
        },
    }));
    let sampled = Arc::clone(&monitoring);
    actix_web::rt::spawn(async move {
        let mut timer = actix_web::rt::time::interval(sampled.interval());
        loop {
            timer.tick().await;
            if let Err(error) = sampled.sample().await {
                eprintln!("no sample: {error}");
            }
        }
    });
    // Anything that implements `kernel::Authenticator`.
    let my_users = Arc::new(FixedTokens::default().with("secret", me));
    let work: Arc<dyn UnitOfWork<dyn CommonTx>> = db;
    let modules = vec![rest_monitoring::module(monitoring, Arc::new(EventFeed::new(work)))];
    let api = Api::new(ApiSettings::default(), Ports::new(my_users), modules)?;
    let app = move || {
        let visits = Arc::clone(&visits);
        let page = web::get().to(move || {
            visits.0.fetch_add(1, Ordering::Relaxed);
            async { "a page of this application" }
        });
        App::new().configure(|config| api.mount(config)).route("/", page)
    };
    Ok(HttpServer::new(app).bind(("127.0.0.1", 8080))?.run().await?)
}
