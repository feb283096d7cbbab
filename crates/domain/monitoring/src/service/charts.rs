//! Charts: any stretch in at most 600 points, a series per replica, and sums.

use std::collections::BTreeMap;

use kernel::{Actor, FieldError, StoreError, Timestamp};

use super::{Monitoring, REPORTS_KEPT, live::RING};
use crate::{
    commands::ReadMetrics,
    error::MonitoringError,
    policy::may_read,
    ports::{StoredReport, StoredRow},
    query::{Plan, Source, Stock},
    row::{Cell, Sum},
    series::{Series, Share, effect, share},
    usual::{hour_of_week, label},
    values::{Pattern, Replica},
};

/// A replica that has reported nothing for longer is missing, in milliseconds.
const MISSING_AFTER: i64 = 150_000;

/// One point: a time in milliseconds since 1970, and what the series did from then to the next point. A point that is
/// not there is a gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When it begins.
    pub at_ms: i64,
    /// What the series did.
    pub cell: Cell,
}

/// What is usual for a series at this hour.
#[derive(Debug, Clone, PartialEq)]
pub struct UsualBand {
    /// The hour of the week in words: `Mondays 9–10 h`.
    pub label: String,
    /// The median.
    pub median: f32,
    /// From here on it is usual.
    pub low: f32,
    /// Up to here.
    pub high: f32,
}

/// One series of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesChart {
    /// The series.
    pub series: Series,
    /// Whose it is; none for the sum of all, and for what all see alike.
    pub replica: Option<Replica>,
    /// Its points, in order.
    pub points: Vec<Point>,
    /// What is usual at this hour, where it is known to this process.
    pub usual: Option<UsualBand>,
}

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// From one point to the next, in milliseconds.
    pub step_ms: i64,
    /// The series, by position and then by replica.
    pub series: Vec<SeriesChart>,
    /// Replicas that should be in it and are not, or no longer.
    pub missing: Vec<Replica>,
}

/// The cells of one series, by the start of their points.
type Cells = BTreeMap<i64, Sum>;

/// Everything that was found, by position and replica.
#[derive(Default)]
struct Found(BTreeMap<usize, BTreeMap<Replica, Cells>>);

impl Found {
    fn add(&mut self, position: usize, replica: &Replica, at_ms: i64, cell: Cell, weight: f64) {
        if cell.is_gap() {
            return;
        }
        let replicas = self.0.entry(position).or_default();
        if !replicas.contains_key(replica) {
            replicas.insert(replica.clone(), Cells::new());
        }
        if let Some(cells) = replicas.get_mut(replica) {
            cells.entry(at_ms).or_default().add(cell, weight);
        }
    }
}

impl Monitoring {
    /// What series did, in at most 600 points each, whatever the stretch.
    ///
    /// Errors: `MissingPermission`, `Invalid`, `Store`.
    pub async fn metrics(
        &self,
        actor: &Actor,
        command: ReadMetrics,
    ) -> Result<Chart, MonitoringError> {
        may_read(actor)?;
        let ReadMetrics { from, to, step, series: wanted } = command;
        if from >= to {
            let why = "must be before `to`";
            let fault = FieldError::new("from", "monitoring.range_invalid", why);
            return Err(MonitoringError::Invalid(vec![fault]));
        }
        let millis = |at: Timestamp| at.micros().div_euclid(1000);
        let (now, from_ms, to_ms) = (self.clock.now(), millis(from), millis(to));
        let interval_ms = i64::try_from(self.settings.interval.as_millis()).unwrap_or(i64::MAX);
        let ring_ms = self.is_alone().then_some(RING.as_millis() as i64);
        let stock = Stock { interval_ms, ring_ms, retention: self.settings.retention };
        let plan = stock.plan(from_ms, to_ms, step, millis(now));
        let first = from_ms.div_euclid(plan.step_ms) * plan.step_ms;
        let source = plan.source;
        let read = self.work.read_slow(move |tx| {
            let series = tx.samples().series()?;
            let reports = tx.samples().reports(now.minus(REPORTS_KEPT))?;
            let rows = match source {
                Source::Ring => Vec::new(),
                Source::Rows(step) => {
                    let first = step.start(first.div_euclid(1000));
                    tx.samples().rows(step, None, first, (to_ms + 999).div_euclid(1000))?
                }
            };
            Ok::<_, StoreError>((series, reports, rows))
        });
        let (series, reports, rows) = read.await?;
        let is_wanted = |(_, one): &(usize, &Series)| {
            let matches = |pattern: &Pattern| pattern.matches(one.name.as_str());
            wanted.is_empty() || wanted.iter().any(matches)
        };
        let chosen = series.iter().enumerate().filter(is_wanted);
        let chosen: Vec<usize> = chosen.map(|(position, _)| position).collect();
        let found = match source {
            Source::Ring => self.found_in_ring(&chosen, first, to_ms, plan),
            Source::Rows(_) => from_rows(&chosen, &rows, plan),
        };
        let missing = missing(&reports, &rows, from_ms, to_ms, millis(now));
        let series = self.charts(&series, found, now);
        Ok(Chart { step_ms: plan.step_ms, series, missing })
    }

    /// True while no other process reports. Others keep their last hour for themselves, so that a chart of several is
    /// made of stored minutes.
    fn is_alone(&self) -> bool {
        let state = self.state();
        state.reports.iter().all(|report| report.replica == self.settings.replica)
    }

    fn found_in_ring(&self, chosen: &[usize], from_ms: i64, to_ms: i64, plan: Plan) -> Found {
        let live = self.live(from_ms);
        let mut found = Found::default();
        for (at_ms, values) in live.samples.iter().filter(|(at_ms, _)| *at_ms < to_ms) {
            let start = at_ms.div_euclid(plan.step_ms) * plan.step_ms;
            for position in chosen {
                let value = values.get(*position).copied().unwrap_or(f32::NAN);
                found.add(*position, &live.replica, start, Cell::of(value), 1.0);
            }
        }
        found
    }

    fn charts(&self, series: &[Series], found: Found, now: Timestamp) -> Vec<SeriesChart> {
        let mut charts = Vec::new();
        for (position, replicas) in found.0 {
            let Some(one) = series.get(position) else { continue };
            let kind = share(one.name.as_str());
            let together = match kind {
                Share::Whole => Some(same(&replicas)),
                Share::Part if replicas.len() > 1 => Some(total(&replicas)),
                Share::Part | Share::Own => None,
            };
            if let Some(points) = together {
                let series = one.clone();
                charts.push(SeriesChart { series, replica: None, points, usual: None });
            }
            if kind == Share::Whole {
                continue;
            }
            for (replica, cells) in replicas {
                let is_own = replica == self.settings.replica;
                let usual = if is_own { self.usual(position, one, now) } else { None };
                let points =
                    cells.into_iter().map(|(at_ms, sum)| Point { at_ms, cell: sum.cell() });
                charts.push(SeriesChart {
                    series: one.clone(),
                    replica: Some(replica),
                    points: points.collect(),
                    usual,
                });
            }
        }
        charts
    }

    fn usual(&self, position: usize, series: &Series, now: Timestamp) -> Option<UsualBand> {
        let effect = effect(series.name.as_str())?;
        let usual = self.state().usual_of(position)?;
        let (low, high) = usual.band(effect);
        let label = label(hour_of_week(now.seconds()));
        Some(UsualBand { label, median: usual.median, low, high })
    }
}

fn from_rows(chosen: &[usize], rows: &[StoredRow], plan: Plan) -> Found {
    let mut found = Found::default();
    for stored in rows {
        let start = (stored.at * 1000).div_euclid(plan.step_ms) * plan.step_ms;
        let weight = f64::from(stored.row.samples);
        for position in chosen {
            found.add(*position, &stored.replica, start, stored.row.at(*position), weight);
        }
    }
    found
}

/// What all replicas see alike.
fn same(replicas: &BTreeMap<Replica, Cells>) -> Vec<Point> {
    let mut all = Cells::new();
    for (at_ms, sum) in replicas.values().flatten() {
        all.entry(*at_ms).or_default().add(sum.cell(), 1.0);
    }
    all.into_iter().map(|(at_ms, sum)| Point { at_ms, cell: sum.cell() }).collect()
}

/// The sum over replicas, point by point. Least and greatest are bounds: replicas need not have had theirs at the same
/// moment.
fn total(replicas: &BTreeMap<Replica, Cells>) -> Vec<Point> {
    let mut all: BTreeMap<i64, Cell> = BTreeMap::new();
    for (at_ms, sum) in replicas.values().flatten() {
        let cell = sum.cell();
        let total = all.entry(*at_ms).or_insert(Cell::of(0.0));
        total.min += cell.min;
        total.mean += cell.mean;
        total.max += cell.max;
    }
    all.into_iter().map(|(at_ms, cell)| Point { at_ms, cell }).collect()
}

/// The replicas of the last day that are not in the end of the stretch.
fn missing(
    reports: &[StoredReport],
    rows: &[StoredRow],
    from_ms: i64,
    to_ms: i64,
    now_ms: i64,
) -> Vec<Replica> {
    let end = to_ms.min(now_ms);
    let is_missing = |report: &&StoredReport| {
        let last = report.at.micros().div_euclid(1000);
        let has_rows = || rows.iter().any(|row| row.replica == report.replica);
        last < end - MISSING_AFTER && (last >= from_ms || !has_rows())
    };
    reports.iter().filter(is_missing).map(|report| report.replica.clone()).collect()
}
