//! The module on memory, with numbers that the test chooses.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::test;
use kernel::{
    Actor, Clock as _, CommonTx, EventFeed, FeedReader, PageRequest, Permission, Role, Timestamp,
    UnitOfWork, time::FixedClock,
};
use memory::MemoryDb;
use monitoring::{
    Busy, Meters, Monitoring, Probe, Reading,
    query::{AlertFilter, Retention},
    service::{Dependencies, Replicas, Settings},
    values::{AlertState, Replica, Unit},
};
use rest::{
    Api, Module,
    api::{Ports, Settings as ApiSettings},
    defaults::FixedTokens,
    testing::TestApp,
};
use serde_json::{Value, json};
use socket::{Limits, Sockets};

/// Values of series.
#[derive(Default)]
pub(crate) struct Numbers(Mutex<BTreeMap<&'static str, f64>>);

impl Numbers {
    fn set(&self, series: &'static str, value: f64) {
        self.0.lock().unwrap().insert(series, value);
    }
}

impl Probe for Numbers {
    fn read(&self) -> Vec<Reading> {
        let numbers = self.0.lock().unwrap();
        numbers.iter().map(|(name, value)| Reading::now(*name, Unit::Percent, *value)).collect()
    }

    fn uptime(&self) -> Duration {
        Duration::ZERO
    }

    fn processes(&self) -> Vec<Busy> {
        Vec::new()
    }
}

impl Meters for Numbers {
    fn read(&self) -> Vec<Reading> {
        Vec::new()
    }

    fn busiest(&self) -> (Vec<Busy>, Vec<Busy>) {
        (vec![Busy { name: "GET /tasks".to_owned(), percent: 81.5 }], Vec::new())
    }
}

pub(crate) struct Fixture {
    pub(crate) app: TestApp,
    monitoring: Arc<Monitoring>,
    numbers: Arc<Numbers>,
    clock: Arc<FixedClock>,
    admin: Actor,
    api: Api,
}

/// Above 90 immediately, clear below 80.
pub(crate) fn busy() -> Value {
    json!({"name": " CPU ", "series": "cpu.total", "threshold": 90, "clear": 80, "repeat_seconds": 60})
}

impl Fixture {
    /// People by these tokens; `reader` is the administrator, reading only.
    pub(crate) fn new() -> Self {
        let db = MemoryDb::new();
        let mut tokens = FixedTokens::default();
        let mut admin = None;
        for (name, role) in [
            ("ada", Role::User),
            ("user", Role::User),
            ("admin", Role::Admin),
            ("super_admin", Role::SuperAdmin),
        ] {
            let actor = Actor::new(db.add_person(name).unwrap(), role);
            if name == "admin" {
                let permissions = [Permission::MonitoringRead].into_iter().collect();
                tokens = tokens.with("reader", Actor { permissions, ..actor.clone() });
                admin = Some(actor.clone());
            }
            tokens = tokens.with(name, actor);
        }
        let numbers = Arc::new(Numbers::default());
        numbers.set("cpu.total", 41.25);
        let now = Timestamp::parse("2026-11-25T08:00:00Z").unwrap();
        let clock = Arc::new(FixedClock::at(now));
        let monitoring = Arc::new(Monitoring::new(Dependencies {
            work: db.clone(),
            clock: Arc::clone(&clock) as _,
            probe: Arc::clone(&numbers) as _,
            meters: Arc::clone(&numbers) as _,
            settings: Settings {
                interval: Duration::from_secs(5),
                retention: Retention::default(),
                replica: Replica::parse("a").unwrap(),
                replicas: Replicas::One,
                holder: "a".into(),
            },
        }));
        let work: Arc<dyn UnitOfWork<dyn CommonTx>> = db;
        let feed: Arc<dyn FeedReader> = Arc::new(EventFeed::new(work));
        let modules = || -> Vec<Module> {
            let sockets = Sockets::new(Limits::default());
            let monitored = rest_monitoring::module(Arc::clone(&monitoring), Arc::clone(&feed));
            vec![monitored, socket::module(sockets)]
        };
        let ports = Ports::new(Arc::new(tokens.clone()));
        let api = Api::new(ApiSettings::default(), ports, modules()).unwrap();
        let app = TestApp::new(tokens, modules());
        Self { app, monitoring, numbers, clock, admin: admin.unwrap(), api }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now().micros() / 1000
    }

    pub(crate) async fn samples(&self, count: usize) {
        for _ in 0..count {
            self.clock.advance(Duration::from_secs(5));
            self.monitoring.sample().await.unwrap();
        }
    }

    /// Numbers that are hard to write.
    pub(crate) async fn odd_samples(&self) {
        let mut value = 0.1;
        for number in 0..30 {
            self.numbers.set("cpu.total", value);
            self.numbers.set("load.1", 1.0 / f64::from(number + 3));
            self.samples(1).await;
            value = if value > 1e30 { 1e-30 } else { value * 7.3 };
        }
    }

    /// A rule is broken.
    pub(crate) async fn fire(&self) {
        self.samples(1).await;
        for rule in 1..=7 {
            let path = format!("/api/v1/monitoring/rules/{rule}");
            self.app.request("DELETE", &path).token("admin").send().await.expect(200);
        }
        let made = self.app.post("/api/v1/monitoring/rules").token("admin").json(&busy());
        made.send().await.expect(201);
        self.numbers.set("cpu.total", 97.5);
        // The cause is known once the rule was seen broken.
        self.samples(2).await;
    }

    pub(crate) async fn rest_again(&self) {
        self.numbers.set("cpu.total", 1.0);
        self.samples(2).await;
    }

    pub(crate) async fn state(&self) -> AlertState {
        let page = PageRequest::default();
        let alerts = self.monitoring.alerts(&self.admin, AlertFilter::default(), page).await;
        alerts.unwrap().items.first().unwrap().content.state
    }

    /// The body of an answer that is not JSON.
    pub(crate) async fn text(&self, path: &str) -> String {
        let app = test::init_service(self.api.app()).await;
        let request = test::TestRequest::get()
            .uri(path)
            .insert_header(("authorization", "Bearer admin"))
            .to_request();
        let answer = rest::testing::recorded(test::call_service(&app, request).await);
        assert_eq!(answer.headers().get("content-type").unwrap(), "text/csv; charset=utf-8");
        String::from_utf8(test::read_body(answer).await.to_vec()).unwrap()
    }
}
