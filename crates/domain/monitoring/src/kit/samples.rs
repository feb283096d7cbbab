//! Cases of `SampleStore`.

use kernel::{
    BoxFuture, StoreError,
    kit::{moment, together},
};

use super::Fixture;
use crate::{
    ports::{StoredReport, StoredRow},
    row::{Cell, Row},
    series::Series,
    values::{Replica, SeriesName, Step, Unit},
};

fn series(name: &str, unit: Unit) -> Series {
    Series { name: SeriesName::parse(name).unwrap(), unit }
}

fn replica(name: &str) -> Replica {
    Replica::parse(name).unwrap()
}

fn row(value: f32) -> Row {
    Row { samples: 12, cells: vec![Cell::of(value)] }
}

impl Fixture {
    async fn register(&self, wanted: Vec<Series>) -> Vec<Series> {
        self.write(move |tx| tx.samples().register(&wanted)).await
    }

    async fn put(&self, name: &str, step: Step, at: i64, row: Row) {
        let replica = replica(name);
        self.write(move |tx| tx.samples().put(&replica, step, at, &row)).await;
    }

    async fn rows(&self, step: Step, name: Option<&str>, from: i64, to: i64) -> Vec<StoredRow> {
        let replica = name.map(replica);
        self.read(move |tx| tx.samples().rows(step, replica.as_ref(), from, to)).await
    }

    /// The starts of the rows of a step.
    async fn starts(&self, step: Step) -> Vec<i64> {
        self.rows(step, None, 0, i64::MAX).await.iter().map(|row| row.at).collect()
    }
}

pub(super) async fn s1_registering_appends_and_changes_nothing(fixture: Fixture) {
    let names = |series: Vec<Series>| {
        series.iter().map(|one| one.name.as_str().to_owned()).collect::<Vec<_>>()
    };
    let first = vec![series("load.1", Unit::Count), series("cpu.total", Unit::Percent)];
    assert_eq!(fixture.register(first.clone()).await, first);
    let second = vec![series("cpu.total", Unit::Bytes), series("a", Unit::Bytes)];
    let all = fixture.register(second).await;
    assert_eq!(names(all.clone()), ["load.1", "cpu.total", "a"]);
    assert_eq!(all[1].unit, Unit::Percent, "what is there stays");
    assert_eq!(fixture.read(|tx| tx.samples().series()).await, all);
    assert_eq!(fixture.register(Vec::new()).await, all);
}

pub(super) async fn s2_of_many_that_register_all_see_the_same_positions(fixture: Fixture) {
    let work = &fixture.work;
    let one = |number: usize| {
        let wanted: Vec<Series> = (0..3)
            .map(|place| series(&format!("s{}", (number + place) % 5), Unit::Count))
            .collect();
        let future: BoxFuture<'_, Result<Vec<Series>, StoreError>> =
            Box::pin(work.write(move |tx| tx.samples().register(&wanted)));
        future
    };
    let outcomes = together((0..8).map(one).collect()).await;
    let all = fixture.read(|tx| tx.samples().series()).await;
    let mut succeeded = 0;
    for outcome in outcomes {
        match outcome {
            Ok(seen) => {
                assert_eq!(seen[..], all[..seen.len()], "a position changed");
                succeeded += 1;
            }
            Err(error) => assert!(matches!(error, StoreError::Duplicate(_)), "{error:?}"),
        }
    }
    assert!(succeeded >= 1);
    let mut names: Vec<_> = all.iter().map(|one| one.name.clone()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all.len(), "a series has two positions");
}

pub(super) async fn s3_a_row_comes_back_bit_for_bit_and_the_later_counts(fixture: Fixture) {
    let cells = vec![
        Cell { min: f32::MIN_POSITIVE, mean: 0.1, max: f32::MAX },
        Cell::GAP,
        Cell::of(-0.0),
        Cell { min: f32::MIN, mean: 1.0 / 3.0, max: 1e-40 },
    ];
    let odd = Row { samples: u16::MAX, cells };
    fixture.put("a", Step::Minute, 60, odd.clone()).await;
    let found = fixture.rows(Step::Minute, Some("a"), 60, 61).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].row.pack(), odd.pack());
    assert!(found[0].row.at(1).is_gap(), "a gap is no zero");
    fixture.put("a", Step::Minute, 60, row(2.0)).await;
    let found = fixture.rows(Step::Minute, Some("a"), 60, 61).await;
    assert_eq!(found, [StoredRow { replica: replica("a"), at: 60, row: row(2.0) }]);
}

pub(super) async fn s4_rows_are_those_of_a_stretch_a_step_and_a_replica(fixture: Fixture) {
    for at in [180, 60, 120, 240] {
        for name in ["b", "a"] {
            fixture.put(name, Step::Minute, at, row(at as f32)).await;
        }
    }
    fixture.put("a", Step::Hour, 120, row(9.0)).await;
    let found = fixture.rows(Step::Minute, None, 120, 240).await;
    let found: Vec<(i64, &str)> = found.iter().map(|r| (r.at, r.replica.as_str())).collect();
    assert_eq!(found, [(120, "a"), (120, "b"), (180, "a"), (180, "b")]);
    let found = fixture.rows(Step::Minute, Some("b"), 0, i64::MAX).await;
    assert_eq!(found.iter().map(|row| row.at).collect::<Vec<_>>(), [60, 120, 180, 240]);
    assert_eq!(fixture.rows(Step::TenMinutes, None, 0, i64::MAX).await, []);
    assert_eq!(fixture.rows(Step::Minute, Some("c"), 0, i64::MAX).await, []);
}

pub(super) async fn s5_pruning_removes_old_rows_of_a_step_and_no_others(fixture: Fixture) {
    for at in [0, 60, 120, 180] {
        fixture.put("a", Step::Minute, at, row(1.0)).await;
    }
    fixture.put("b", Step::Minute, 0, row(1.0)).await;
    fixture.put("a", Step::Hour, 0, row(1.0)).await;
    let prune =
        async |limit| fixture.write(move |tx| tx.samples().prune(Step::Minute, 120, limit)).await;
    assert_eq!(prune(2).await, 2);
    assert_eq!(fixture.starts(Step::Minute).await, [60, 120, 180], "the oldest go first");
    assert_eq!(prune(100).await, 1);
    assert_eq!(prune(100).await, 0);
    assert_eq!(fixture.starts(Step::Minute).await, [120, 180]);
    assert_eq!(fixture.starts(Step::Hour).await, [0]);
}

pub(super) async fn s6_the_last_report_of_each_replica_counts(fixture: Fixture) {
    let report = |name: &str, at, data: &str| StoredReport {
        replica: replica(name),
        at: moment(at),
        data: data.to_owned(),
    };
    for one in [report("b", 1, "old"), report("a", 5, "{\"é\":1}"), report("b", 7, "new")] {
        fixture.write(move |tx| tx.samples().report(&one)).await;
    }
    let since = async |at| fixture.read(move |tx| tx.samples().reports(moment(at))).await;
    assert_eq!(since(5).await, [report("a", 5, "{\"é\":1}"), report("b", 7, "new")]);
    assert_eq!(since(6).await, [report("b", 7, "new")]);
    // A clock that was set back is the one that counts.
    let back = report("b", 2, "back");
    fixture.write(move |tx| tx.samples().report(&back)).await;
    assert_eq!(since(0).await[1], report("b", 2, "back"));
}

pub(super) async fn s7_hours_are_those_of_a_replica(fixture: Fixture) {
    for (name, at, data) in [("a", 7200, 1_u8), ("a", 3600, 2), ("b", 3600, 3), ("a", 3600, 4)] {
        let replica = replica(name);
        let put = move |tx: &mut super::Tx| tx.samples().put_hour(&replica, at, &[data, 0, 255]);
        fixture.write(put).await;
    }
    let hours = async |name, at: &'static [i64]| {
        let replica = replica(name);
        fixture.read(move |tx| tx.samples().hours(&replica, at)).await
    };
    let all = hours("a", &[7200, 3600, 0]).await;
    assert_eq!(all, [(3600, vec![4, 0, 255]), (7200, vec![1, 0, 255])]);
    assert_eq!(hours("b", &[3600, 7200]).await, [(3600, vec![3, 0, 255])]);
    assert_eq!(hours("a", &[]).await, []);
}

pub(super) async fn s8_pruning_removes_old_hours_and_reports_and_no_others(fixture: Fixture) {
    for (name, at) in [("a", 0), ("b", 0), ("a", 3600), ("a", 7200)] {
        let replica = replica(name);
        fixture.write(move |tx| tx.samples().put_hour(&replica, at, &[1])).await;
    }
    let prune = async |limit| fixture.write(move |tx| tx.samples().prune_hours(3600, limit)).await;
    assert_eq!((prune(1).await, prune(9).await, prune(9).await), (1, 1, 0));
    let a = replica("a");
    let left = fixture.read(move |tx| tx.samples().hours(&a, &[0, 3600, 7200])).await;
    assert_eq!(left.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [3600, 7200]);
    for (name, at) in [("a", 1), ("b", 2)] {
        let report = StoredReport { replica: replica(name), at: moment(at), data: "{}".to_owned() };
        fixture.write(move |tx| tx.samples().report(&report)).await;
    }
    assert_eq!(fixture.write(|tx| tx.samples().prune_reports(moment(2))).await, 1);
    let left = fixture.read(|tx| tx.samples().reports(moment(0))).await;
    assert_eq!(left.iter().map(|one| one.replica.as_str()).collect::<Vec<_>>(), ["b"]);
}
