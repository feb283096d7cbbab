//! One sample: measure, keep, roll up, compare with what is usual, evaluate the rules, and say so.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::{Arc, PoisonError},
    time::Duration,
};

use kernel::{StoreError, Timestamp};

use super::{
    Listener, Live, Monitoring, ReplicaSample, Replicas, Tick,
    live::{MOST_UNSAVED, State},
};
use crate::{
    alert::Cause,
    error::MonitoringError,
    evaluate::{Reported, Unusual},
    ports::MonitoringTx,
    row::{Cell, Row, pack_short, unpack_short},
    rule::{NewRule, defaults},
    series::{Measure, Reading, Series, effect, is_per_core},
    usual::{BACK_HOURS, HOURS, Usual},
    values::{Replica, SeriesName, Step},
};

/// Minutes of an hour.
const MINUTES: usize = 60;
/// How often the minutes of the hour are stored, in minutes.
const KEEP_EVERY: i64 = 10;
/// Hours that are looked back on where there are no weeks.
const RECENT_HOURS: i64 = 6;

impl Monitoring {
    /// Adds what hears of samples.
    pub fn listen(&self, listener: Arc<dyn Listener>) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// The samples of this process since a moment.
    pub fn live(&self, since_ms: i64) -> Live {
        let state = self.state();
        let samples = state.ring.between(since_ms, i64::MAX);
        Live {
            series: Arc::clone(&state.series),
            replica: self.settings.replica.clone(),
            samples: samples.map(|sample| (sample.at_ms, Arc::clone(&sample.values))).collect(),
        }
    }

    /// Takes one sample. What the store cannot take is kept in memory for an hour, and reported as a failure.
    ///
    /// Errors: `Store`.
    pub async fn sample(&self) -> Result<(), MonitoringError> {
        let now = self.clock.now();
        let mut readings = self.probe.read();
        readings.extend(self.meters.read());
        let known = self.register(&readings, now).await;
        let uptime = self.probe.uptime();
        let ended = {
            let mut state = self.state();
            let values = values(&mut state, &readings, uptime);
            keep(&mut state, now, values)
        };
        let mut compared = Ok(());
        if let Some((minute, row)) = &ended {
            compared = self.compare(*minute, row).await;
        }
        let stored = self.store_minutes().await;
        let judged = self.judge(now, ended.is_some()).await;
        known.and(compared).and(stored).and(judged)
    }

    /// Gives series that were never seen their positions. The first process of a new database also brings the rules
    /// that come with the program.
    async fn register(&self, readings: &[Reading], now: Timestamp) -> Result<(), MonitoringError> {
        let (unknown, is_first) = {
            let state = self.state();
            let is_unknown = |reading: &&Reading| !state.index.contains_key(&*reading.series);
            let series = |reading: &Reading| {
                let name = SeriesName::parse(&reading.series).ok()?;
                Some(Series { name, unit: reading.unit })
            };
            let unknown: Vec<Series> =
                readings.iter().filter(is_unknown).filter_map(series).collect();
            (unknown, state.series.is_empty())
        };
        if unknown.is_empty() {
            return Ok(());
        }
        let registered = self.work.write(move |tx| {
            if is_first && tx.samples().series()?.is_empty() {
                for rule in defaults() {
                    if let Ok(rule) = NewRule::of(rule, now) {
                        tx.rules().insert(&rule)?;
                    }
                }
            }
            Ok::<_, MonitoringError>(tx.samples().register(&unknown)?)
        });
        let series = registered.await?;
        self.state().know(series);
        Ok(())
    }

    /// Compares a minute with what is usual, and remembers it for the next weeks.
    async fn compare(&self, minute: i64, row: &Row) -> Result<(), MonitoringError> {
        let hour = minute.div_euclid(3600);
        let known = self.state().hour;
        let mut looked = Ok(());
        if known != Some(hour) {
            looked = self.look_back(hour, known.is_none()).await;
        }
        let data = {
            let mut state = self.state();
            compare(&mut state, minute, row);
            let minute_of_hour = minute.rem_euclid(3600) / 60;
            (minute_of_hour % KEEP_EVERY == KEEP_EVERY - 1).then(|| pack_hour(&state.minutes))
        };
        if let Some(data) = data {
            let replica = self.settings.replica.clone();
            let put = move |tx: &mut (dyn MonitoringTx + 'static)| {
                tx.samples().put_hour(&replica, hour * 3600, &data)
            };
            let stored: Result<(), StoreError> = self.work.write(put).await;
            stored?;
        }
        looked
    }

    /// Reads what four weeks say of an hour, and after a start also the last hours.
    async fn look_back(&self, hour: i64, is_start: bool) -> Result<(), MonitoringError> {
        let weeks = 1..=BACK_HOURS / HOURS;
        let mut wanted: Vec<i64> = weeks.map(|week| hour - week * HOURS).collect();
        if is_start {
            wanted.extend((0..=RECENT_HOURS).map(|back| hour - back));
        }
        let seconds: Vec<i64> = wanted.iter().map(|hour| hour * 3600).collect();
        let replica = self.settings.replica.clone();
        let found = self.work.read(move |tx| tx.samples().hours(&replica, &seconds));
        let found: Result<_, StoreError> = found.await;
        let found = found?;
        let mut state = self.state();
        state.hour = Some(hour);
        state.minutes.clear();
        let mut weeks: BTreeMap<usize, Vec<f32>> = BTreeMap::new();
        for (at, data) in found {
            let back = hour - at.div_euclid(3600);
            for (position, minutes) in unpack_hour(&data) {
                if back >= HOURS {
                    weeks.entry(position).or_default().extend(minutes);
                    continue;
                }
                let watch = state.watches.entry(position).or_default();
                for minute in &minutes {
                    watch.learn(*minute);
                }
                if back == 0 {
                    state.minutes.insert(position, minutes);
                }
            }
        }
        let usual = weeks.into_iter().filter_map(|(place, all)| Some((place, Usual::of(all)?)));
        state.usual = usual.collect();
        Ok(())
    }

    /// Stores the minutes that are over, and what they add to longer steps.
    async fn store_minutes(&self) -> Result<(), MonitoringError> {
        let (minutes, cores) = {
            let state = self.state();
            if state.unsaved.is_empty() {
                return Ok(());
            }
            let is_core = |(_, series): &(usize, &Series)| is_per_core(series.name.as_str());
            let cores = state.series.iter().enumerate().filter(is_core);
            let cores: Vec<usize> = cores.map(|(place, _)| place).collect();
            (state.unsaved.clone(), cores)
        };
        let (count, replica) = (minutes.len(), self.settings.replica.clone());
        let stored = self.work.write(move |tx| {
            for (at, row) in &minutes {
                tx.samples().put(&replica, Step::Minute, *at, row)?;
            }
            for (long, short) in [(Step::TenMinutes, Step::Minute), (Step::Hour, Step::TenMinutes)]
            {
                let starts: BTreeSet<i64> = minutes.iter().map(|(at, _)| long.start(*at)).collect();
                for at in starts {
                    roll_up(tx, &replica, (long, short), at, &cores)?;
                }
            }
            Ok::<_, StoreError>(())
        });
        stored.await?;
        self.state().unsaved.drain(..count);
        Ok(())
    }

    /// Reports, evaluates the rules where this process is the one that does, and lets listeners know.
    async fn judge(&self, now: Timestamp, is_minute: bool) -> Result<(), MonitoringError> {
        let own = self.report(now);
        let alone = vec![own.clone()];
        let judged = self.evaluate(now, own, is_minute).await;
        let tick = {
            let mut state = self.state();
            let before = std::mem::take(&mut state.reports);
            let heard: HashSet<(&Replica, Timestamp)> =
                before.iter().map(|report| (&report.replica, report.at)).collect();
            // Without the store, listeners hear of this process.
            let reports = judged.as_ref().map_or(alone, Clone::clone);
            let is_new = |report: &&Reported| !heard.contains(&(&report.replica, report.at));
            let samples = reports.iter().filter(is_new).map(sample_of).collect();
            state.reports = reports;
            Arc::new(Tick { series: Arc::clone(&state.series), samples })
        };
        if !tick.samples.is_empty() {
            for listener in self.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
                listener.hear(&tick);
            }
        }
        judged.map(drop)
    }

    /// What this process has to say. What is busiest costs some time, so it is looked up while a rule is broken.
    fn report(&self, now: Timestamp) -> Reported {
        let (values, unusual, is_broken) = {
            let state = self.state();
            let values = state.ring.last().map(|sample| sample.values.to_vec());
            let values = values.unwrap_or_default();
            let is_broken = is_broken(&state, &values);
            (values, state.unusual.clone(), is_broken)
        };
        let cause = if is_broken {
            let (routes, jobs) = self.meters.busiest();
            Cause { routes, jobs, processes: self.probe.processes() }
        } else {
            Cause::default()
        };
        Reported { replica: self.settings.replica.clone(), at: now, values, unusual, cause }
    }

    /// True where other processes may use the same database.
    pub(super) fn is_shared(&self) -> bool {
        self.settings.replicas == Replicas::Several
    }
}

/// True when a value of this process breaks a rule.
fn is_broken(state: &State, values: &[f32]) -> bool {
    state.rules.iter().map(|rule| &rule.content).filter(|rule| rule.enabled).any(|rule| {
        state.series.iter().zip(values).enumerate().any(|(place, (series, value))| {
            let is_unusual = state.unusual.iter().any(|one| one.position == place);
            rule.is_broken(*value, is_unusual) && rule.series.matches(series.name.as_str())
        })
    })
}

/// A value for each series that is known.
fn values(state: &mut State, readings: &[Reading], uptime: Duration) -> Arc<[f32]> {
    let mut values = vec![f32::NAN; state.series.len()];
    for reading in readings {
        let value = match reading.measure {
            Measure::Now(value) => value as f32,
            Measure::Total(total) => state.rates.rate(&reading.series, total, uptime),
        };
        let place = state.index.get(&*reading.series).and_then(|place| values.get_mut(*place));
        if let Some(place) = place.filter(|_| value.is_finite()) {
            *place = value;
        }
    }
    values.into()
}

/// Keeps a sample; returns the minute that it ended, if it ended one.
fn keep(state: &mut State, now: Timestamp, values: Arc<[f32]>) -> Option<(i64, Row)> {
    let at_ms = state.ring.push(now.micros().div_euclid(1000), values);
    let minute = Step::Minute.start(at_ms.div_euclid(1000));
    let before = state.minute.replace(minute)?;
    // After the clock was set back the minute that was begun is no minute.
    if minute <= before {
        return None;
    }
    let row = state.ring.row(before * 1000, (before + 60) * 1000)?;
    if state.unsaved.len() >= MOST_UNSAVED {
        state.unsaved.pop_front();
    }
    state.unsaved.push_back((before, row.clone()));
    Some((before, row))
}

fn compare(state: &mut State, minute: i64, row: &Row) {
    let place_in_hour = usize::try_from(minute.rem_euclid(3600) / 60).unwrap_or(0);
    let series = Arc::clone(&state.series);
    state.unusual.clear();
    for (position, one) in series.iter().enumerate() {
        let Some(effect) = effect(one.name.as_str()) else { continue };
        let mean = row.at(position).mean;
        let usual = state.usual_of(position);
        let watch = state.watches.entry(position).or_default();
        let is_unusual = usual.map(|usual| usual.is_unusual(mean, effect));
        watch.turn(is_unusual.filter(|_| !mean.is_nan()));
        let is_flagged = is_unusual == Some(true) && !watch.is_accepted();
        let minutes = state.minutes.entry(position).or_default();
        minutes.resize(MINUTES, f32::NAN);
        if !is_flagged {
            watch.learn(mean);
            if let Some(place) = minutes.get_mut(place_in_hour) {
                *place = mean;
            }
        }
        if let (true, Some(usual)) = (watch.is_active(), usual) {
            let (low, high) = usual.band(effect);
            let median = usual.median;
            state.unusual.push(Unusual { position, value: mean, median, low, high });
        }
    }
}

/// Recomputes a longer row of shorter ones. Series of single cores are left out.
fn roll_up(
    tx: &mut (dyn MonitoringTx + 'static),
    replica: &Replica,
    (long, short): (Step, Step),
    at: i64,
    cores: &[usize],
) -> Result<(), StoreError> {
    let rows = tx.samples().rows(short, Some(replica), at, at + long.seconds())?;
    let mut row = Row::merge(rows.iter().map(|stored| &stored.row));
    for place in cores {
        if let Some(cell) = row.cells.get_mut(*place) {
            *cell = Cell::GAP;
        }
    }
    tx.samples().put(replica, long, at, &row)
}

fn sample_of(report: &Reported) -> ReplicaSample {
    ReplicaSample {
        replica: report.replica.clone(),
        at_ms: report.at.micros().div_euclid(1000),
        values: report.values.as_slice().into(),
        unusual: report.unusual.clone(),
    }
}

/// The minutes of an hour: for each series its position and sixty values, in sixteen bits each.
fn pack_hour(minutes: &BTreeMap<usize, Vec<f32>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (position, values) in minutes {
        let Ok(position) = u16::try_from(*position) else { continue };
        bytes.extend_from_slice(&position.to_le_bytes());
        let mut values = values.clone();
        values.resize(MINUTES, f32::NAN);
        bytes.extend_from_slice(&pack_short(&values));
    }
    bytes
}

fn unpack_hour(bytes: &[u8]) -> Vec<(usize, Vec<f32>)> {
    let parts = bytes.chunks_exact(2 + 2 * MINUTES);
    let part = |part: &[u8]| {
        let (position, values) = part.split_first_chunk::<2>()?;
        Some((usize::from(u16::from_le_bytes(*position)), unpack_short(values)))
    };
    parts.filter_map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minutes_of_an_hour_come_back() {
        let values: Vec<f32> = (0..60).map(|v| if v == 7 { f32::NAN } else { v as f32 }).collect();
        let minutes = BTreeMap::from([(3, values), (400, vec![1.0])]);
        let back = unpack_hour(&pack_hour(&minutes));
        assert_eq!(back.len(), 2);
        assert_eq!((back[0].0, back[1].0), (3, 400));
        assert!(back[0].1[7].is_nan() && back[1].1[1].is_nan());
        assert!((back[0].1[59] - 59.0).abs() < 0.5);
        assert!(unpack_hour(&[1, 2, 3]).is_empty());
    }
}
