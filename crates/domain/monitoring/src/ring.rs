//! The samples of the last hour, in memory, and how totals become rates.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use crate::row::{Cell, Row, Sum};

/// One sample: a value for each series, by its position; NaN where nothing was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Its slot, in milliseconds since 1970: a multiple of the interval.
    pub at_ms: i64,
    /// The values.
    pub values: Arc<[f32]>,
}

impl Sample {
    /// The value at a position.
    pub fn at(&self, position: usize) -> f32 {
        self.values.get(position).copied().unwrap_or(f32::NAN)
    }
}

/// The samples of the last hour. A sample that was missed has no entry.
#[derive(Debug)]
pub struct Ring {
    interval_ms: i64,
    kept_ms: i64,
    /// How the times of samples differ from multiples of the interval: timers have a phase, and a sample that is
    /// a little early must not fall into the slot of the one before.
    phase_ms: Option<i64>,
    samples: VecDeque<Sample>,
}

impl Ring {
    /// Without samples.
    pub fn new(interval: Duration, kept: Duration) -> Self {
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let (interval_ms, kept_ms) = (millis(interval).max(1), millis(kept));
        Self { interval_ms, kept_ms, phase_ms: None, samples: VecDeque::new() }
    }

    /// Adds what was measured at a moment; returns its slot. After the clock was set back the samples that are now
    /// in the future are dropped, so that time goes on in order.
    pub fn push(&mut self, now_ms: i64, values: Arc<[f32]>) -> i64 {
        let phase = *self.phase_ms.get_or_insert_with(|| now_ms.rem_euclid(self.interval_ms));
        let slots = (now_ms - phase + self.interval_ms / 2).div_euclid(self.interval_ms);
        let at_ms = slots * self.interval_ms;
        while self.samples.back().is_some_and(|last| last.at_ms >= at_ms) {
            self.samples.pop_back();
        }
        while self.samples.front().is_some_and(|first| first.at_ms <= at_ms - self.kept_ms) {
            self.samples.pop_front();
        }
        self.samples.push_back(Sample { at_ms, values });
        at_ms
    }

    /// The last sample.
    pub fn last(&self) -> Option<&Sample> {
        self.samples.back()
    }

    /// The samples from a moment on, and before another.
    pub fn between(&self, from_ms: i64, to_ms: i64) -> impl Iterator<Item = &Sample> {
        let start = self.samples.partition_point(|sample| sample.at_ms < from_ms);
        self.samples.range(start..).take_while(move |sample| sample.at_ms < to_ms)
    }

    /// What the series did between two moments; none without a sample.
    pub fn row(&self, from_ms: i64, to_ms: i64) -> Option<Row> {
        let (mut sums, mut samples): (Vec<Sum>, u16) = (Vec::new(), 0);
        for sample in self.between(from_ms, to_ms) {
            if sums.len() < sample.values.len() {
                sums.resize(sample.values.len(), Sum::default());
            }
            for (sum, value) in sums.iter_mut().zip(&*sample.values) {
                sum.add(Cell::of(*value), 1.0);
            }
            samples = samples.saturating_add(1);
        }
        (samples > 0).then(|| Row { samples, cells: sums.into_iter().map(Sum::cell).collect() })
    }
}

/// Turns totals into rates.
#[derive(Debug, Default)]
pub struct Rates {
    last: HashMap<String, (f64, Duration)>,
}

impl Rates {
    /// How much a total grew in a second since it was last seen. `uptime` does not follow the clock, so that setting
    /// it back makes no negative rate. NaN the first time, and when the total began anew.
    pub fn rate(&mut self, series: &str, total: f64, uptime: Duration) -> f32 {
        let Some(known) = self.last.get_mut(series) else {
            self.last.insert(series.to_owned(), (total, uptime));
            return f32::NAN;
        };
        let (before, since) = std::mem::replace(known, (total, uptime));
        let seconds = uptime.saturating_sub(since).as_secs_f64();
        let grown = total - before;
        if seconds <= 0.0 || grown < 0.0 { f32::NAN } else { (grown / seconds) as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ring() -> Ring {
        Ring::new(5 * SECOND, 60 * SECOND)
    }

    fn values(value: f32) -> Arc<[f32]> {
        [value].into()
    }

    #[test]
    fn a_timer_that_shakes_misses_no_slot() {
        let mut ring = ring();
        let mut times = Vec::new();
        for (index, shake) in [0, 400, -400, 499, -499, 0].into_iter().enumerate() {
            times.push(ring.push(1_004_990 + index as i64 * 5000 + shake, values(1.0)));
        }
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 5000), "{times:?}");
    }

    #[test]
    fn a_missed_sample_is_a_gap_and_never_a_zero() {
        let mut ring = ring();
        ring.push(0, values(1.0));
        ring.push(5000, values(3.0));
        ring.push(25_000, values(5.0));
        assert_eq!(ring.row(0, 10_000).unwrap().cells, [Cell { min: 1.0, mean: 2.0, max: 3.0 }]);
        assert_eq!(ring.row(10_000, 25_000), None);
        ring.push(30_000, values(f32::NAN));
        assert!(ring.row(30_000, 35_000).unwrap().at(0).is_gap());
    }

    #[test]
    fn the_oldest_samples_go() {
        let mut ring = ring();
        for slot in 0..100 {
            ring.push(slot * 5000, values(slot as f32));
        }
        assert_eq!(ring.between(0, i64::MAX).count(), 12);
    }

    #[test]
    fn a_clock_that_is_set_back_leaves_samples_in_order() {
        let mut ring = ring();
        for at in [100_000, 105_000, 110_000, 102_000, 107_000] {
            ring.push(at, values(at as f32));
        }
        let times: Vec<i64> = ring.between(0, i64::MAX).map(|sample| sample.at_ms).collect();
        assert_eq!(times, [100_000, 105_000]);
        assert!((ring.last().unwrap().at(0) - 107_000.0).abs() < 1.0);
    }

    #[test]
    fn rates_are_never_negative() {
        let mut rates = Rates::default();
        assert!(rates.rate("a", 100.0, SECOND).is_nan(), "the first time");
        assert!((rates.rate("a", 110.0, 6 * SECOND) - 2.0).abs() < 1e-6);
        assert!(rates.rate("a", 3.0, 11 * SECOND).is_nan(), "the counter began anew");
        assert!(rates.rate("a", 3.0, 16 * SECOND).abs() < 1e-6, "it stands still");
        assert!(rates.rate("a", 9.0, 16 * SECOND).is_nan(), "no time went by");
    }
}
