//! What one process keeps in memory, and who listens to it.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use crate::{
    evaluate::{Reported, Unusual},
    ring::{Rates, Ring},
    row::Row,
    rule::Rule,
    series::Series,
    usual::{Usual, Watch},
    values::Replica,
};

/// How far the ring goes back.
pub(super) const RING: Duration = Duration::from_hours(1);
/// Minutes that wait for a store that does not answer.
pub(super) const MOST_UNSAVED: usize = 60;

/// What one process keeps in memory.
pub(super) struct State {
    /// The series, by position.
    pub(super) series: Arc<[Series]>,
    pub(super) index: HashMap<String, usize>,
    pub(super) ring: Ring,
    pub(super) rates: Rates,
    /// The minute that is being sampled, by its start in seconds.
    pub(super) minute: Option<i64>,
    /// Minutes that are not stored yet.
    pub(super) unsaved: VecDeque<(i64, Row)>,
    /// The series that are watched for anomalies.
    pub(super) watches: BTreeMap<usize, Watch>,
    /// The hour since 1970 that `usual` is of.
    pub(super) hour: Option<i64>,
    /// What four weeks say of this hour of the week.
    pub(super) usual: BTreeMap<usize, Usual>,
    /// The minutes of this hour that say what is usual.
    pub(super) minutes: BTreeMap<usize, Vec<f32>>,
    /// The anomalies that go on.
    pub(super) unusual: Vec<Unusual>,
    /// The rules, as they were last read.
    pub(super) rules: Vec<Rule>,
    /// The reports of this and other processes, as they were last read.
    pub(super) reports: Vec<Reported>,
}

impl State {
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            series: Arc::new([]),
            index: HashMap::new(),
            ring: Ring::new(interval, RING),
            rates: Rates::default(),
            minute: None,
            unsaved: VecDeque::new(),
            watches: BTreeMap::new(),
            hour: None,
            usual: BTreeMap::new(),
            minutes: BTreeMap::new(),
            unusual: Vec::new(),
            rules: Vec::new(),
            reports: Vec::new(),
        }
    }

    /// Takes over the series that the store knows.
    pub(super) fn know(&mut self, series: Vec<Series>) {
        let names = series.iter().enumerate();
        self.index = names.map(|(place, one)| (one.name.as_str().to_owned(), place)).collect();
        self.series = series.into();
    }

    /// What is usual for a series now.
    pub(super) fn usual_of(&self, position: usize) -> Option<Usual> {
        let known = self.usual.get(&position).copied();
        known.or_else(|| self.watches.get(&position).and_then(Watch::recent))
    }
}

/// What a listener hears each time something was measured.
#[derive(Debug, Clone)]
pub struct Tick {
    /// The series, by position.
    pub series: Arc<[Series]>,
    /// What replicas reported since the last time.
    pub samples: Vec<ReplicaSample>,
}

/// What one replica reported.
#[derive(Debug, Clone)]
pub struct ReplicaSample {
    /// The replica.
    pub replica: Replica,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// A value for each series; NaN where nothing was measured.
    pub values: Arc<[f32]>,
    /// The anomalies that go on.
    pub unusual: Vec<Unusual>,
}

/// Hears what is measured.
pub trait Listener: Send + Sync {
    /// Something was measured. It must not wait.
    fn hear(&self, tick: &Arc<Tick>);
}

/// The samples that this process keeps.
#[derive(Debug, Clone)]
pub struct Live {
    /// The series, by position.
    pub series: Arc<[Series]>,
    /// This process.
    pub replica: Replica,
    /// When, in milliseconds since 1970, and a value for each series.
    pub samples: Vec<(i64, Arc<[f32]>)>,
}
