//! Live monitoring: the machine, what the program counts, and what this process is called.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use adapter_diesel::Db;
use anyhow::Context as _;
use host::Host;
use kernel::{Clock, UnitOfWork};
use metrics::Key;
use monitoring::{
    Busy, Meters, Monitoring, MonitoringTx, Reading,
    query::Retention,
    service::{Dependencies, Replicas, Settings},
    values::{Replica, Unit},
};

use crate::{
    config::Config,
    drivers::Base,
    telemetry::{
        self,
        kept::{KeptMetrics, Snapshot, label, quantile},
    },
};

/// How many of the busiest are named.
const MOST: usize = 3;
/// The histogram of requests.
const REQUESTS: &str = "alveole_http_request_duration_seconds";
/// The counter of requests.
const ANSWERED: &str = "alveole_http_requests_total";
/// The counter of runs of jobs.
const RUNS: &str = "alveole_job_runs_total";

/// The service.
pub(super) fn wire(
    config: &Config,
    db: &Arc<Db>,
    clock: &Arc<dyn Clock>,
    base: &Base,
) -> anyhow::Result<Arc<Monitoring>> {
    let work: Arc<dyn UnitOfWork<dyn MonitoringTx>> = Arc::<Db>::clone(db);
    let settings = &config.monitoring;
    let days = |days: u64| std::time::Duration::from_hours(24 * days);
    let [minutes, ten_minutes, hours] = settings.retention_days.map(days);
    let is_alone = db.engine_name() == "sqlite";
    let probe = Host::new(&config.server.data_dir).context("monitoring")?;
    let name = settings.replica.clone().unwrap_or_else(|| own_name(&settings.part));
    Ok(Arc::new(Monitoring::new(Dependencies {
        work,
        clock: Arc::clone(clock),
        probe: Arc::new(probe),
        meters: Arc::new(ProgramMeters::new(telemetry::kept(), Arc::clone(db))),
        settings: Settings {
            interval: settings.interval,
            retention: Retention { minutes, ten_minutes, hours },
            replica: Replica::parse(&name).context("monitoring.replica")?,
            replicas: if is_alone { Replicas::One } else { Replicas::Several },
            holder: Arc::clone(&base.holder),
        },
    })))
}

/// `machine:8080`, with the characters that a name may have.
fn own_name(part: &str) -> String {
    let machine = host::name().unwrap_or_else(|| "localhost".to_owned());
    let is_good = |c: &char| c.is_ascii_alphanumeric() || ".-_".contains(*c);
    let machine: String = machine.chars().filter(is_good).take(40).collect();
    if machine.is_empty() { format!("localhost:{part}") } else { format!("{machine}:{part}") }
}

/// Which series of a metric count: those whose label begins with this.
type Where = Option<(&'static str, &'static str)>;

/// Counters that are added up: name, unit, metric, and which of its series.
const TOTALS: &[(&str, &str, Where)] = &[
    ("http.requests", ANSWERED, None),
    ("http.2xx", ANSWERED, Some(("status", "2"))),
    ("http.4xx", ANSWERED, Some(("status", "4"))),
    ("http.5xx", ANSWERED, Some(("status", "5"))),
    ("http.shed", "alveole_http_requests_shed_total", None),
    ("http.limited", "alveole_rate_limited_total", None),
    ("cache.hits", "alveole_cache_requests_total", Some(("outcome", "hit"))),
    ("cache.misses", "alveole_cache_requests_total", Some(("outcome", "miss"))),
    ("jobs.finished", RUNS, Some(("outcome", "succeeded"))),
    ("jobs.failed", RUNS, Some(("outcome", "failed"))),
    ("sockets.in", "alveole_socket_frames_total", Some(("direction", "in"))),
    ("sockets.out", "alveole_socket_frames_total", Some(("direction", "out"))),
    ("sockets.dropped", "alveole_socket_closes_total", Some(("code", "1013"))),
    ("webhooks.attempts", "alveole_webhook_attempts_total", None),
    ("webhooks.failed", "alveole_webhook_deliveries_total", Some(("outcome", "failed"))),
];

/// How the series of a gauge become one value.
#[derive(Clone, Copy)]
enum Fold {
    Sum,
    Greatest,
}

/// Gauges: name, unit, metric, which of its series, and how they become one.
const GAUGES: &[(&str, Unit, &str, Where, Fold)] = &[
    ("http.in_flight", Unit::Count, "alveole_http_requests_in_flight", None, Fold::Sum),
    ("outbox.waiting", Unit::Count, "alveole_consumer_events_waiting", None, Fold::Sum),
    ("outbox.lag", Unit::Seconds, "alveole_consumer_lag_seconds", None, Fold::Greatest),
    ("outbox.retrying", Unit::Count, "alveole_consumer_events_retrying", None, Fold::Sum),
    ("outbox.dead", Unit::Count, "alveole_consumer_dead_letters", None, Fold::Sum),
    ("jobs.queued", Unit::Count, "alveole_jobs", Some(("state", "queued")), Fold::Sum),
    ("jobs.retrying", Unit::Count, "alveole_jobs", Some(("state", "retrying")), Fold::Sum),
    ("jobs.running", Unit::Count, "alveole_jobs", Some(("state", "running")), Fold::Sum),
    ("jobs.waiting", Unit::Count, "alveole_jobs", Some(("state", "waiting")), Fold::Sum),
    ("jobs.dead", Unit::Count, "alveole_jobs", Some(("state", "dead")), Fold::Sum),
    ("jobs.oldest", Unit::Seconds, "alveole_jobs_oldest_due_seconds", None, Fold::Greatest),
    ("emails.waiting", Unit::Count, "alveole_emails_waiting", None, Fold::Sum),
    ("emails.dead", Unit::Count, "alveole_emails_dead", None, Fold::Sum),
    ("sockets.open", Unit::Count, "alveole_sockets", None, Fold::Sum),
    ("webhooks.waiting", Unit::Count, "alveole_webhook_deliveries_waiting", None, Fold::Sum),
    ("sessions.active", Unit::Count, "alveole_sessions_active", None, Fold::Sum),
    ("accounts.total", Unit::Count, "alveole_users", None, Fold::Sum),
];

/// Gauges that the database has: name, and metric.
const POOL: &[(&str, &str)] = &[
    ("pool.writes_waiting", "alveole_db_writes_waiting"),
    ("pool.reads_waiting", "alveole_db_reads_waiting"),
    ("pool.slow_reads_waiting", "alveole_db_slow_reads_waiting"),
    ("pool.connections", "alveole_db_connections"),
    ("pool.idle", "alveole_db_connections_idle"),
];

/// Quantiles of times: name, and part.
const QUANTILES: [(&str, f64); 3] = [("http.p50", 0.5), ("http.p95", 0.95), ("http.p99", 0.99)];

/// What the program counts.
struct ProgramMeters {
    kept: Arc<KeptMetrics>,
    db: Arc<Db>,
    last: Mutex<Last>,
}

/// What was read the last time.
#[derive(Default)]
struct Last {
    times: Snapshot,
    answered: f64,
    failed: f64,
    /// What each route and kind of job had taken, and what it took since the look before.
    routes: Option<HashMap<String, (f64, f64)>>,
    jobs: Option<HashMap<String, (f64, f64)>>,
}

impl ProgramMeters {
    fn new(kept: Arc<KeptMetrics>, db: Arc<Db>) -> Self {
        Self { kept, db, last: Mutex::default() }
    }

    fn totals(&self, readings: &mut Vec<Reading>, last: &mut Last) {
        let mut sums = vec![0.0; TOTALS.len()];
        let (mut refused, mut runs) = (0.0, Vec::new());
        self.kept.counters(|key, value| {
            for (sum, (_, metric, wanted)) in sums.iter_mut().zip(TOTALS) {
                if key.name() == *metric && matches(key, *wanted) {
                    *sum += value;
                }
            }
            if key.name() == ANSWERED && is_refused_sign_in(key) {
                refused += value;
            }
            if key.name() == RUNS {
                runs.push((label(key, "kind").to_owned(), value));
            }
        });
        let mut all: HashMap<String, f64> = HashMap::new();
        for (kind, value) in runs {
            *all.entry(kind).or_default() += value;
        }
        grow(&mut last.jobs, all);
        for ((name, _, _), sum) in TOTALS.iter().zip(&sums) {
            readings.push(Reading::total(*name, Unit::PerSecond, *sum));
        }
        readings.push(Reading::total("signin.refused", Unit::PerSecond, refused));
        let (answered, failed) = (sum_of("http.requests", &sums), sum_of("http.5xx", &sums));
        let (new, bad) = (answered - last.answered, failed - last.failed);
        (last.answered, last.failed) = (answered, failed);
        let percent = if new > 0.0 { (bad / new * 100.0).clamp(0.0, 100.0) } else { 0.0 };
        readings.push(Reading::now("http.5xx_percent", Unit::Percent, percent));
    }

    fn gauges(&self, readings: &mut Vec<Reading>) {
        let mut values: Vec<Option<f64>> = vec![None; GAUGES.len()];
        self.kept.gauges(|key, value| {
            for (folded, (_, _, metric, wanted, fold)) in values.iter_mut().zip(GAUGES) {
                if key.name() == *metric && matches(key, *wanted) {
                    *folded = Some(match (*folded, fold) {
                        (None, _) => value,
                        (Some(before), Fold::Sum) => before + value,
                        (Some(before), Fold::Greatest) => before.max(value),
                    });
                }
            }
        });
        for ((name, unit, ..), value) in GAUGES.iter().zip(values) {
            readings.extend(value.map(|value| Reading::now(*name, *unit, value)));
        }
        for (metric, value) in self.db.gauges() {
            let name = POOL.iter().find(|(_, known)| *known == metric).map(|(name, _)| *name);
            readings.extend(name.map(|name| Reading::now(name, Unit::Count, value)));
        }
    }

    fn times(&self, readings: &mut Vec<Reading>, last: &mut Last) {
        let mut routes: HashMap<String, f64> = HashMap::new();
        let (mut units, mut commits) = (0.0, 0.0);
        self.kept.times(|key, count, seconds| match key.name() {
            REQUESTS => {
                let route = format!("{} {}", label(key, "method"), label(key, "route"));
                *routes.entry(route).or_default() += seconds;
            }
            "alveole_db_unit_run_seconds" => units += count,
            "alveole_db_commit_seconds" => commits += count,
            _ => {}
        });
        grow(&mut last.routes, routes);
        readings.push(Reading::total("db.units", Unit::PerSecond, units));
        readings.push(Reading::total("db.commits", Unit::PerSecond, commits));
        if let Some(now) = self.kept.buckets(REQUESTS) {
            for (name, part) in QUANTILES {
                let found = quantile(&last.times, &now, part);
                readings.extend(found.map(|time| Reading::now(name, Unit::Seconds, time)));
            }
            last.times = now;
        }
    }
}

/// True when the series has the label that is wanted.
fn matches(key: &Key, wanted: Where) -> bool {
    wanted.is_none_or(|(name, begin)| label(key, name).starts_with(begin))
}

/// Whether a series counts sign-ins that were refused.
fn is_refused_sign_in(key: &Key) -> bool {
    label(key, "route").ends_with("/auth/login") && label(key, "status").starts_with('4')
}

fn sum_of(name: &str, sums: &[f64]) -> f64 {
    let place = TOTALS.iter().position(|(known, _, _)| *known == name);
    place.and_then(|place| sums.get(place)).copied().unwrap_or(0.0)
}

/// Notes by how much each grew since the look before. Of the first look nothing is known.
fn grow(known: &mut Option<HashMap<String, (f64, f64)>>, now: HashMap<String, f64>) {
    let before = known.take();
    let grown = |(name, value): (String, f64)| {
        let last = match &before {
            Some(before) => before.get(&name).map_or(0.0, |(last, _)| *last),
            None => value,
        };
        (name, (value, value - last))
    };
    *known = Some(now.into_iter().map(grown).collect());
}

/// Those that grew most, by their part of all.
fn busiest(known: Option<&HashMap<String, (f64, f64)>>) -> Vec<Busy> {
    let Some(known) = known else { return Vec::new() };
    let all: f64 = known.values().map(|(_, grown)| grown).sum();
    let grown = known.iter().filter(|(_, (_, grown))| *grown > 0.0);
    let mut busy: Vec<Busy> = grown
        .map(|(name, (_, grown))| Busy {
            name: name.clone(),
            percent: ((grown / all * 1000.0).round() / 10.0) as f32,
        })
        .collect();
    busy.sort_by(|a, b| b.percent.total_cmp(&a.percent).then_with(|| a.name.cmp(&b.name)));
    busy.truncate(MOST);
    busy
}

impl Meters for ProgramMeters {
    fn read(&self) -> Vec<Reading> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let mut readings = Vec::with_capacity(64);
        self.totals(&mut readings, &mut last);
        self.times(&mut readings, &mut last);
        drop(last);
        self.gauges(&mut readings);
        readings
    }

    fn busiest(&self) -> (Vec<Busy>, Vec<Busy>) {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        (busiest(last.routes.as_ref()), busiest(last.jobs.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_are_those_that_grew_most() {
        let mut known = None;
        let look = |all: &[(&str, f64)]| {
            all.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
        };
        grow(&mut known, look(&[("/a", 100.0), ("/b", 1.0)]));
        assert!(busiest(known.as_ref()).is_empty(), "nothing is known of the first look");
        let second = [("/a", 101.0), ("/b", 4.0), ("/c", 4.0), ("/d", 0.5), ("/e", 0.0)];
        grow(&mut known, look(&second));
        let busy = busiest(known.as_ref());
        let busy: Vec<(&str, f32)> = busy.iter().map(|b| (b.name.as_str(), b.percent)).collect();
        assert_eq!(busy, [("/c", 47.1), ("/b", 35.3), ("/a", 11.8)]);
    }

    #[test]
    fn a_process_has_a_name_that_can_be_written() {
        assert!(Replica::parse(&own_name("8080")).is_ok());
        assert!(own_name("worker").ends_with(":worker"));
    }
}
