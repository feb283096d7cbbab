//! Replicas that come and go under load.

use std::hash::{BuildHasher as _, RandomState};

use alveole_tests::Cluster;

use crate::load::{Faults, Load};

pub(crate) fn a_rolling_restart_under_load_fails_no_request_and_loses_no_write() {
    let mut cluster = Cluster::start(&[]);
    let ada = cluster.person("ada");
    let load = Load::new(&cluster, &ada, Faults::Polite);
    load.during(|load| {
        load.progress(100);
        for number in 0..3 {
            // fails unless the exit status is 0, and comes back when the replica is ready
            cluster.restart(number);
            load.progress(100);
        }
    });
    load.audit(&cluster);
}

pub(crate) fn killed_replicas_lose_double_and_halve_nothing() {
    let mut cluster = Cluster::start(&[]);
    let ada = cluster.person("ada");
    let load = Load::new(&cluster, &ada, Faults::Rough);
    let random = RandomState::new();
    load.during(|load| {
        load.progress(60);
        for round in 0..6_u64 {
            let victim = (random.hash_one(round) % 3) as usize;
            cluster.kill9(victim);
            // two replicas are enough
            load.progress(40);
            cluster.restart(victim);
            load.progress(20);
        }
    });
    load.audit(&cluster);
}
