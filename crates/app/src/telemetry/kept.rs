//! The metrics once more, as numbers: what monitoring charts is what `/metrics` says, without rendering and reading its
//! text every few seconds.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};

/// Buckets of a histogram: 16 for each doubling, from a microsecond on.
const BUCKETS: usize = 16 * 28;
/// The end of the first bucket, in seconds.
const FIRST: f64 = 1e-6;
/// Buckets for each doubling.
const PER_DOUBLING: f64 = 16.0;

/// Which bucket a value is in.
fn bucket(value: f64) -> usize {
    let place = (value / FIRST).log2() * PER_DOUBLING;
    if place.is_nan() || place <= 0.0 { 0 } else { (place.ceil() as usize).min(BUCKETS - 1) }
}

/// The end of a bucket, which is at most 4.5 % above what is in it.
fn end(bucket: usize) -> f64 {
    FIRST * (bucket as f64 / PER_DOUBLING).exp2()
}

/// What all series of one histogram have recorded, by bucket.
#[derive(Debug)]
pub struct Buckets([AtomicU64; BUCKETS]);

impl Default for Buckets {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; BUCKETS])
    }
}

/// The buckets at a moment.
pub type Snapshot = Vec<u64>;

impl Buckets {
    /// As they are now.
    pub fn snapshot(&self) -> Snapshot {
        self.0.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect()
    }
}

/// The value that a part of what was recorded between two moments does not exceed; none when nothing was.
pub fn quantile(before: &[u64], now: &[u64], part: f64) -> Option<f64> {
    let new = |place: usize, now: &u64| now.saturating_sub(before.get(place).copied().unwrap_or(0));
    let counts: Vec<u64> = now.iter().enumerate().map(|(place, now)| new(place, now)).collect();
    let all: u64 = counts.iter().sum();
    let wanted = (all as f64 * part).ceil().max(1.0) as u64;
    let mut seen = 0;
    let place = counts.iter().position(|count| {
        seen += count;
        seen >= wanted
    });
    place.filter(|_| all > 0).map(end)
}

/// Times of one series of a histogram.
#[derive(Debug, Default)]
struct Times {
    count: AtomicU64,
    nanos: AtomicU64,
}

/// The metrics as numbers.
#[derive(Default)]
pub struct KeptMetrics {
    counters: Table<AtomicU64>,
    gauges: Table<AtomicU64>,
    times: Table<Times>,
    buckets: RwLock<HashMap<String, Arc<Buckets>>>,
}

/// Series by key.
type Table<T> = RwLock<HashMap<Key, Arc<T>>>;

/// The entry of a key, which is made when it is not there.
fn entry<K: Hash + Eq, T: Default>(
    table: &RwLock<HashMap<K, Arc<T>>>,
    known: impl Fn(&HashMap<K, Arc<T>>) -> Option<Arc<T>>,
    key: impl FnOnce() -> K,
) -> Arc<T> {
    if let Some(found) = known(&table.read().unwrap_or_else(PoisonError::into_inner)) {
        return found;
    }
    let mut table = table.write().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(table.entry(key()).or_default())
}

/// A label of a series; empty without it.
pub fn label<'k>(key: &'k Key, name: &str) -> &'k str {
    key.labels().find(|label| label.key() == name).map_or("", metrics::Label::value)
}

impl KeptMetrics {
    /// Each series of the counters, in no order.
    pub fn counters(&self, mut each: impl FnMut(&Key, f64)) {
        for (key, value) in self.counters.read().unwrap_or_else(PoisonError::into_inner).iter() {
            each(key, value.load(Ordering::Relaxed) as f64);
        }
    }

    /// Each series of the gauges, in no order.
    pub fn gauges(&self, mut each: impl FnMut(&Key, f64)) {
        for (key, value) in self.gauges.read().unwrap_or_else(PoisonError::into_inner).iter() {
            each(key, f64::from_bits(value.load(Ordering::Relaxed)));
        }
    }

    /// Each series of the histograms: how many values, and their sum.
    pub fn times(&self, mut each: impl FnMut(&Key, f64, f64)) {
        for (key, times) in self.times.read().unwrap_or_else(PoisonError::into_inner).iter() {
            let nanos = times.nanos.load(Ordering::Relaxed);
            each(key, times.count.load(Ordering::Relaxed) as f64, nanos as f64 / 1e9);
        }
    }

    /// The buckets of a histogram, as they are now.
    pub fn buckets(&self, name: &str) -> Option<Snapshot> {
        let buckets = self.buckets.read().unwrap_or_else(PoisonError::into_inner);
        buckets.get(name).map(|buckets| buckets.snapshot())
    }
}

/// A recorder that keeps the numbers, and gives them to another one.
pub struct Keeping<R> {
    inner: R,
    kept: Arc<KeptMetrics>,
}

impl<R> Keeping<R> {
    /// In front of another recorder.
    pub const fn new(inner: R, kept: Arc<KeptMetrics>) -> Self {
        Self { inner, kept }
    }
}

struct KeptCounter(Counter, Arc<AtomicU64>);

impl CounterFn for KeptCounter {
    fn increment(&self, value: u64) {
        self.0.increment(value);
        self.1.fetch_add(value, Ordering::Relaxed);
    }

    fn absolute(&self, value: u64) {
        self.0.absolute(value);
        self.1.fetch_max(value, Ordering::Relaxed);
    }
}

struct KeptGauge(Gauge, Arc<AtomicU64>);

impl KeptGauge {
    fn change(&self, change: impl Fn(f64) -> f64) {
        let new = |bits| Some(change(f64::from_bits(bits)).to_bits());
        let _ = self.1.fetch_update(Ordering::Relaxed, Ordering::Relaxed, new);
    }
}

impl GaugeFn for KeptGauge {
    fn increment(&self, value: f64) {
        self.0.increment(value);
        self.change(|now| now + value);
    }

    fn decrement(&self, value: f64) {
        self.0.decrement(value);
        self.change(|now| now - value);
    }

    fn set(&self, value: f64) {
        self.0.set(value);
        self.1.store(value.to_bits(), Ordering::Relaxed);
    }
}

struct KeptHistogram(Histogram, Arc<Times>, Arc<Buckets>);

impl HistogramFn for KeptHistogram {
    fn record(&self, value: f64) {
        self.0.record(value);
        self.1.count.fetch_add(1, Ordering::Relaxed);
        self.1.nanos.fetch_add((value * 1e9) as u64, Ordering::Relaxed);
        if let Some(bucket) = self.2.0.get(bucket(value)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<R: Recorder> Recorder for Keeping<R> {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.inner.describe_counter(key, unit, description);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.inner.describe_gauge(key, unit, description);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.inner.describe_histogram(key, unit, description);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        let inner = self.inner.register_counter(key, metadata);
        let kept = entry(&self.kept.counters, |all| all.get(key).cloned(), || key.to_retained());
        Counter::from_arc(Arc::new(KeptCounter(inner, kept)))
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        let inner = self.inner.register_gauge(key, metadata);
        let kept = entry(&self.kept.gauges, |all| all.get(key).cloned(), || key.to_retained());
        Gauge::from_arc(Arc::new(KeptGauge(inner, kept)))
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        let inner = self.inner.register_histogram(key, metadata);
        let times = entry(&self.kept.times, |all| all.get(key).cloned(), || key.to_retained());
        let name = key.name();
        let buckets = entry(&self.kept.buckets, |all| all.get(name).cloned(), || name.to_owned());
        Histogram::from_arc(Arc::new(KeptHistogram(inner, times, buckets)))
    }
}

#[cfg(test)]
mod tests {
    use metrics::NoopRecorder;

    use super::*;

    #[test]
    fn quantiles_are_those_of_what_came_between() {
        let kept = Arc::new(KeptMetrics::default());
        let recorder = Keeping::new(NoopRecorder, Arc::clone(&kept));
        metrics::with_local_recorder(&recorder, || {
            let times = |route: &'static str| metrics::histogram!("t_seconds", "route" => route);
            for _ in 0..1000 {
                times("/old").record(3.0);
            }
            let before = kept.buckets("t_seconds").unwrap();
            assert_eq!(quantile(&before, &before, 0.5), None);
            for number in 1..=100 {
                times(if number > 50 { "/a" } else { "/b" }).record(f64::from(number) / 1000.0);
            }
            let now = kept.buckets("t_seconds").unwrap();
            for (part, seconds) in [(0.5, 0.050), (0.95, 0.095), (0.99, 0.099)] {
                let found = quantile(&before, &now, part).unwrap();
                assert!((seconds..seconds * 1.05).contains(&found), "{part}: {found}");
            }
        });
        let mut sums = Vec::new();
        kept.times(|key, count, sum| sums.push((label(key, "route").to_owned(), count, sum)));
        sums.sort_by(|a, b| a.0.cmp(&b.0));
        let (routes, counts): (Vec<_>, Vec<_>) = sums.iter().map(|(r, c, _)| (r, *c)).unzip();
        assert_eq!(routes, ["/a", "/b", "/old"]);
        assert_eq!(counts, [50.0, 50.0, 1000.0]);
        assert!((sums[0].2 - 3.775).abs() < 1e-6, "{sums:?}");
    }

    #[test]
    fn every_value_has_a_bucket() {
        for value in [0.0, -1.0, 1e-9, 1e-6, 0.5, 1e6, f64::INFINITY, f64::NAN] {
            assert!(bucket(value) < BUCKETS, "{value}");
        }
    }

    #[test]
    fn counters_and_gauges_are_kept_as_they_are_recorded() {
        let kept = Arc::new(KeptMetrics::default());
        let recorder = Keeping::new(NoopRecorder, Arc::clone(&kept));
        metrics::with_local_recorder(&recorder, || {
            metrics::counter!("c", "x" => "1").increment(2);
            metrics::counter!("c", "x" => "1").increment(3);
            metrics::gauge!("g").set(4.5);
            metrics::gauge!("g").decrement(1.0);
        });
        let (mut counters, mut gauges) = (Vec::new(), Vec::new());
        kept.counters(|key, value| counters.push((key.name().to_owned(), value)));
        kept.gauges(|key, value| gauges.push((key.name().to_owned(), value)));
        assert_eq!(counters, [("c".to_owned(), 5.0)]);
        assert_eq!(gauges, [("g".to_owned(), 3.5)]);
    }
}
