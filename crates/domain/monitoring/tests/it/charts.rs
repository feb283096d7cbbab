//! Samples, roll-ups and charts (M1, M2, M7).

use std::time::Duration;

use kernel::{Clock as _, StoreError};
use monitoring::{
    MonitoringError, commands::ReadMetrics, row::Cell, service::Replicas, values::Step,
};
use pollster::block_on;

use crate::fixture::Fixture;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_hours(1);

#[test]
fn m1_a_missed_sample_is_a_gap_and_never_a_zero() {
    let fixture = Fixture::new();
    fixture.ticks(3);
    fixture.set("cpu.total", f64::NAN);
    fixture.ticks(2);
    fixture.set("cpu.total", 30.0);
    fixture.tick();
    let chart = fixture.chart(MINUTE, "cpu.total");
    assert_eq!(chart.step_ms, 5000);
    let points: Vec<(i64, f32)> =
        chart.series[0].points.iter().map(|p| (p.at_ms, p.cell.mean)).collect();
    let first = points[0].0;
    let expected = [(0, 10.0), (5000, 10.0), (10_000, 10.0), (25_000, 30.0)];
    assert_eq!(points, expected.map(|(at, value)| (first + at, value)));
}

#[test]
fn m1_a_process_that_was_down_leaves_a_gap_in_the_stored_minutes() {
    let fixture = Fixture::new();
    fixture.ticks(30);
    fixture.clock.advance(10 * MINUTE);
    fixture.ticks(30);
    let rows: Result<_, StoreError> =
        block_on(fixture.work.read(|tx| tx.samples().rows(Step::Minute, None, 0, i64::MAX)));
    let starts: Vec<i64> = rows.unwrap().iter().map(|row| row.at % 3600 / 60).collect();
    assert_eq!(starts, [0, 1, 2, 12, 13, 14]);
}

#[test]
fn m2_min_mean_and_max_survive_each_roll_up() {
    let fixture = Fixture::new();
    let mut all = Vec::new();
    for number in 0..(2 * 720) {
        let value = f64::from(number * 7 % 101);
        fixture.set("cpu.total", value);
        fixture.tick();
        all.push(value as f32);
    }
    // The last minute is not over.
    fixture.ticks(12);
    let rows: Result<_, StoreError> =
        block_on(fixture.work.read(|tx| tx.samples().rows(Step::Hour, None, 0, i64::MAX)));
    let rows = rows.unwrap();
    let hour = rows[0].row.at(0);
    // The first sample came five seconds after the full hour.
    let in_hour = &all[..719];
    let mean = in_hour.iter().sum::<f32>() / 719.0;
    assert_eq!((hour.min, hour.max), (0.0, 100.0));
    assert!((hour.mean - mean).abs() < 0.01, "{} {mean}", hour.mean);
    assert_eq!(rows[0].row.samples, 719);
}

#[test]
fn m2_any_stretch_has_at_most_600_points() {
    let fixture = Fixture::new();
    fixture.ticks(800);
    for back in [MINUTE, HOUR, 24 * HOUR, 30 * 24 * HOUR, 730 * 24 * HOUR] {
        let chart = fixture.chart(back, "*");
        assert!(!chart.series.is_empty(), "{back:?}");
        for series in &chart.series {
            assert!((1..=600).contains(&series.points.len()), "{back:?}: {}", series.points.len());
            let steps = series.points.windows(2).map(|pair| pair[1].at_ms - pair[0].at_ms);
            assert!(steps.clone().all(|step| step > 0 && step % chart.step_ms == 0), "{back:?}");
        }
    }
}

#[test]
fn a_counter_that_begins_anew_and_a_clock_that_is_set_back_make_no_negative_rate() {
    let fixture = Fixture::new();
    let numbers = &fixture.first().numbers;
    let mut total = 0.0;
    for number in 0..60 {
        total += 50.0;
        if number == 20 {
            total = 0.0;
        }
        if number == 40 {
            fixture.clock.set(fixture.clock.now().minus(2 * HOUR));
        }
        numbers.total("http.requests", total);
        fixture.tick();
    }
    let chart = fixture.chart(HOUR, "http.requests");
    let points = &chart.series[0].points;
    assert!(!points.is_empty());
    for point in points {
        assert_eq!(point.cell, Cell::of(10.0), "{point:?}");
    }
}

#[test]
fn m7_replicas_have_a_series_each_and_sums_say_what_is_missing() {
    let fixture = Fixture::with(&["a", "b"], Replicas::Several);
    for process in &fixture.processes {
        process.numbers.set("process.memory", 100.0);
        process.numbers.set("jobs.queued", 3.0);
    }
    fixture.ticks(40);
    let named = |series: &str| {
        let chart = fixture.chart(10 * MINUTE, series);
        let all = chart.series.iter().map(|one| {
            let replica = one.replica.as_ref().map_or("sum", |replica| replica.as_str());
            (replica.to_owned(), one.points.last().unwrap().cell.mean)
        });
        let missing: Vec<String> =
            chart.missing.iter().map(|replica| replica.as_str().to_owned()).collect();
        (all.collect::<Vec<_>>(), missing)
    };
    let each = |value| vec![("a".to_owned(), value), ("b".to_owned(), value)];
    assert_eq!(named("cpu.total"), (each(10.0), vec![]));
    let with_sum = [vec![("sum".to_owned(), 200.0)], each(100.0)].concat();
    assert_eq!(named("process.memory"), (with_sum, vec![]));
    assert_eq!(named("jobs.queued"), (vec![("sum".to_owned(), 3.0)], vec![]), "all see the same");
    // The second one is gone.
    for _ in 0..60 {
        fixture.clock.advance(Duration::from_secs(5));
        block_on(fixture.first().monitoring.sample()).unwrap();
    }
    assert_eq!(named("cpu.total").1, ["b"]);
}

#[test]
fn a_stretch_that_ends_before_it_begins_is_refused() {
    let fixture = Fixture::new();
    let now = fixture.clock.now();
    let command = ReadMetrics { from: now, to: now, step: None, series: Vec::new() };
    let refused = block_on(fixture.first().monitoring.metrics(&fixture.admin, command.clone()));
    let Err(MonitoringError::Invalid(faults)) = refused else { panic!("{refused:?}") };
    assert_eq!(faults[0].code, "monitoring.range_invalid");
    let refused = block_on(fixture.first().monitoring.metrics(&fixture.user, command));
    assert!(matches!(refused, Err(MonitoringError::MissingPermission("monitoring:read"))));
}
