//! The machine that the tests run on.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use host::Host;
use monitoring::{Probe as _, Reading, series::Measure};

fn values(readings: &[Reading]) -> BTreeMap<String, f64> {
    let value = |reading: &Reading| match reading.measure {
        Measure::Now(value) | Measure::Total(value) => value,
    };
    readings.iter().map(|reading| (reading.series.to_string(), value(reading))).collect()
}

/// Keeps one core busy.
fn burn(time: Duration) -> u64 {
    let (start, mut number) = (Instant::now(), 1_u64);
    while start.elapsed() < time {
        number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005) | 1);
    }
    number
}

#[test]
fn what_is_read_is_possible() {
    let host = Host::new(Path::new(".")).unwrap();
    let first = values(&host.read());
    assert!(!first.contains_key("cpu.total") && !first.contains_key("process.cpu"));
    burn(Duration::from_millis(600));
    let second = values(&host.read());
    for (name, value) in &second {
        assert!(value.is_finite() && *value >= 0.0, "{name}: {value}");
    }
    for name in ["cpu.total", "memory.used_percent", "disk.used_percent", "cpu.core.0"] {
        assert!(second[name] <= 100.0, "{name}: {}", second[name]);
    }
    assert!(second["process.cpu"] > 20.0, "a core was burnt: {}", second["process.cpu"]);
    assert!(second["process.memory"] > 1e6 && second["process.memory"] < 1e10);
    assert!(second["memory.used"] + second["memory.available"] <= second["memory.total"] + 1.0);
    assert!(second["process.threads"] >= 1.0 && second["process.descriptors"] >= 3.0);
    assert!(host.uptime() >= Duration::from_millis(600));
}

#[test]
fn the_busiest_processes_are_known_from_the_second_look_on() {
    let host = Host::new(Path::new(".")).unwrap();
    assert!(host.processes().is_empty());
    burn(Duration::from_millis(600));
    let busy = host.processes();
    assert!(!busy.is_empty() && busy.len() <= 3, "{busy:?}");
    assert!(busy.is_sorted_by(|a, b| a.percent >= b.percent), "{busy:?}");
}

/// M3: a sample costs at most 2 ms of a processor. Twice that here, because tests are built without optimisation.
#[test]
fn a_look_is_cheap_and_keeps_no_descriptor() {
    let host = Host::new(Path::new(".")).unwrap();
    host.read();
    host.processes();
    let descriptors = || std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let before = descriptors();
    let start = Instant::now();
    for _ in 0..50 {
        host.read();
    }
    let each = start.elapsed() / 50;
    host.processes();
    assert!(descriptors() <= before + 2, "{before} → {}", descriptors());
    assert!(each < Duration::from_millis(20), "{each:?}");
}
