//! A program whose numbers the test chooses.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use kernel::{
    Actor, Clock as _, Event, PageRequest, Role, StoreError, Timestamp, UnitOfWork,
    time::FixedClock,
};
use memory::MemoryDb;
use monitoring::{
    Alert, Busy, Meters, Monitoring, MonitoringTx, Probe, Reading,
    commands::ReadMetrics,
    query::{AlertFilter, Retention},
    service::{Chart, Dependencies, Replicas, Settings},
    values::{Pattern, Replica, Unit},
};
use pollster::block_on;

/// Numbers that can be set.
#[derive(Default)]
pub(crate) struct Numbers {
    now: Mutex<BTreeMap<&'static str, f64>>,
    totals: Mutex<BTreeMap<&'static str, f64>>,
    uptime: Mutex<Duration>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

impl Numbers {
    /// A value; NaN is none.
    pub(crate) fn set(&self, series: &'static str, value: f64) {
        locked(&self.now).insert(series, value);
    }

    /// A number that only grows.
    pub(crate) fn total(&self, series: &'static str, total: f64) {
        locked(&self.totals).insert(series, total);
    }
}

impl Probe for Numbers {
    fn read(&self) -> Vec<Reading> {
        let now = locked(&self.now);
        let now = now.iter().filter(|(_, value)| !value.is_nan());
        let mut all: Vec<Reading> =
            now.map(|(name, value)| Reading::now(*name, Unit::Percent, *value)).collect();
        let totals = locked(&self.totals);
        all.extend(totals.iter().map(|(name, t)| Reading::total(*name, Unit::PerSecond, *t)));
        all
    }

    fn uptime(&self) -> Duration {
        *locked(&self.uptime)
    }

    fn processes(&self) -> Vec<Busy> {
        vec![Busy { name: "burner (7)".to_owned(), percent: 99.0 }]
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

/// One process.
pub(crate) struct Process {
    pub(crate) monitoring: Arc<Monitoring>,
    pub(crate) numbers: Arc<Numbers>,
}

/// Processes on one database.
pub(crate) struct Fixture {
    pub(crate) work: Arc<dyn UnitOfWork<dyn MonitoringTx>>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) processes: Vec<Process>,
    pub(crate) admin: Actor,
    pub(crate) user: Actor,
}

impl Fixture {
    /// One process, alone.
    pub(crate) fn new() -> Self {
        Self::with(&["a"], Replicas::One)
    }

    pub(crate) fn with(names: &[&str], replicas: Replicas) -> Self {
        let db = MemoryDb::new();
        let actor = |name: &str, role| Actor {
            request_id: Some(format!("req-{name}").into()),
            ..Actor::new(db.add_person(name).unwrap(), role)
        };
        let (admin, user) = (actor("ada", Role::Admin), actor("eve", Role::User));
        // A Monday.
        let at = Timestamp::parse("2026-11-23T08:00:00Z").unwrap();
        let clock = Arc::new(FixedClock::at(at));
        let work: Arc<dyn UnitOfWork<dyn MonitoringTx>> = db;
        let mut fixture = Self { work, clock, processes: Vec::new(), admin, user };
        for name in names {
            let process = fixture.process(name, replicas);
            fixture.processes.push(process);
        }
        fixture
    }

    pub(crate) fn process(&self, name: &str, replicas: Replicas) -> Process {
        let numbers = Arc::new(Numbers::default());
        numbers.set("cpu.total", 10.0);
        let monitoring = Arc::new(Monitoring::new(Dependencies {
            work: Arc::clone(&self.work),
            clock: Arc::clone(&self.clock) as _,
            probe: Arc::clone(&numbers) as _,
            meters: Arc::clone(&numbers) as _,
            settings: Settings {
                interval: Duration::from_secs(5),
                retention: Retention::default(),
                replica: Replica::parse(name).unwrap(),
                replicas,
                holder: name.into(),
            },
        }));
        Process { monitoring, numbers }
    }

    /// Five seconds later every process takes a sample.
    pub(crate) fn tick(&self) {
        self.clock.advance(Duration::from_secs(5));
        for process in &self.processes {
            *locked(&process.numbers.uptime) += Duration::from_secs(5);
            block_on(process.monitoring.sample()).unwrap();
        }
    }

    pub(crate) fn ticks(&self, count: usize) {
        for _ in 0..count {
            self.tick();
        }
    }

    pub(crate) fn first(&self) -> &Process {
        &self.processes[0]
    }

    pub(crate) fn set(&self, series: &'static str, value: f64) {
        self.first().numbers.set(series, value);
    }

    pub(crate) fn chart(&self, back: Duration, series: &str) -> Chart {
        let to = self.clock.now().plus(Duration::from_secs(1));
        let command = ReadMetrics {
            from: to.minus(back),
            to,
            step: None,
            series: vec![Pattern::parse(series).unwrap()],
        };
        block_on(self.first().monitoring.metrics(&self.admin, command)).unwrap()
    }

    pub(crate) fn alerts(&self) -> Vec<Alert> {
        let page = PageRequest::default();
        let filter = AlertFilter::default();
        block_on(self.first().monitoring.alerts(&self.admin, filter, page)).unwrap().items
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        let read: Result<_, StoreError> =
            block_on(self.work.read(|tx| tx.outbox().after(None, 1000)));
        read.unwrap()
    }

    pub(crate) fn event_names(&self) -> Vec<String> {
        self.events().into_iter().map(|event| event.name).collect()
    }
}
