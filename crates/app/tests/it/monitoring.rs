//! The service of monitoring as the fixture has it: there is no machine, and nothing is counted.

use std::{sync::Arc, time::Duration};

use kernel::{Clock, UnitOfWork};
use monitoring::{
    Busy, Meters, Monitoring, MonitoringTx, Probe, Reading,
    query::Retention,
    service::{Dependencies, Replicas, Settings},
    values::Replica,
};

struct Nothing;

impl Probe for Nothing {
    fn read(&self) -> Vec<Reading> {
        Vec::new()
    }

    fn uptime(&self) -> Duration {
        Duration::ZERO
    }

    fn processes(&self) -> Vec<Busy> {
        Vec::new()
    }
}

impl Meters for Nothing {
    fn read(&self) -> Vec<Reading> {
        Vec::new()
    }

    fn busiest(&self) -> (Vec<Busy>, Vec<Busy>) {
        (Vec::new(), Vec::new())
    }
}

pub(crate) fn service(
    work: Arc<dyn UnitOfWork<dyn MonitoringTx>>,
    clock: Arc<dyn Clock>,
) -> Arc<Monitoring> {
    Arc::new(Monitoring::new(Dependencies {
        work,
        clock,
        probe: Arc::new(Nothing),
        meters: Arc::new(Nothing),
        settings: Settings {
            interval: Duration::from_secs(5),
            retention: Retention::default(),
            replica: Replica::parse("test").unwrap(),
            replicas: Replicas::One,
            holder: "test".into(),
        },
    }))
}
