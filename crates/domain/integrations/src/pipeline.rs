//! From a question to an answer: what is known and young, one call for all who ask at once, the provider's budget and
//! gate, the call, the second provider, what is known and old.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kernel::{Cache, Clock, Limiter, Timestamp};

use crate::{
    error::IntegrationsError,
    flight::Flight,
    gate::{Gate, GateState},
    outbound::{Provider, ProviderError, Spawn},
};

/// How long an answer is given without asking again, and how long it is remembered that there is none.
pub const FRESH: Duration = Duration::from_mins(1);
/// The longest that a caller waits for providers.
pub const WAIT: Duration = Duration::from_secs(3);
/// After a failure, how long an old answer is given before the providers are asked again.
pub const HOLD: Duration = Duration::from_secs(10);

/// An answer, and how old it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<A> {
    /// The answer.
    pub answer: A,
    /// Who gave it.
    pub provider: &'static str,
    /// When.
    pub fetched_at: Timestamp,
    /// Its age now.
    pub age: Duration,
    /// True when it is older than [`FRESH`], because no provider answers.
    pub stale: bool,
}

/// What is remembered of a question.
pub struct Kept<A> {
    /// None: there is no such thing.
    answer: Option<A>,
    provider: &'static str,
    fetched_at: Timestamp,
    /// Until then nobody is asked again; after the time of fetching when the providers failed since.
    hold: Timestamp,
}

impl<A> Kept<A> {
    /// True while the providers need not be asked again.
    fn is_young(&self, now: Timestamp) -> bool {
        now.since(self.fetched_at) < FRESH || now < self.hold
    }
}

/// One of the providers of a pipeline.
pub enum Slot<Q, A> {
    /// One that can be asked.
    Ready(Arc<dyn Provider<Q, A>>),
    /// One that lacks a setting.
    Missing {
        /// Its name.
        provider: &'static str,
        /// The setting.
        setting: &'static str,
    },
}

/// What a pipeline needs of the world.
#[derive(Clone)]
pub struct World {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The budgets of the providers, each under the policy with its name.
    pub limiter: Arc<dyn Limiter>,
    /// Runs calls.
    pub spawn: Arc<dyn Spawn>,
}

/// How a provider is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderStatus {
    /// What it is asked for: `weather`.
    pub what: &'static str,
    /// Its name.
    pub provider: &'static str,
    /// The setting that it lacks.
    pub missing: Option<&'static str>,
    /// Whether it is asked.
    pub state: GateState,
    /// Until when it is left alone.
    pub until: Option<Timestamp>,
    /// Calls so far that were answered.
    pub answered: u64,
    /// Calls so far that failed.
    pub failed: u64,
    /// What failed last.
    pub last_error: Option<String>,
}

struct Line<Q, A> {
    slot: Slot<Q, A>,
    gate: Gate,
    answered: AtomicU64,
    failed: AtomicU64,
    last_error: Mutex<Option<String>>,
}

type Landing<A> = Arc<Flight<Result<Found<A>, IntegrationsError>>>;

/// Answers one kind of question.
pub struct Pipeline<Q, A: Send + Sync + 'static> {
    what: &'static str,
    lines: Vec<Line<Q, A>>,
    /// The longest that an answer is given when no provider answers.
    stale: Duration,
    unknown: IntegrationsError,
    kept: Arc<dyn Cache<String, Kept<A>>>,
    flights: Mutex<HashMap<String, Landing<A>>>,
    world: World,
}

impl<Q, A> Pipeline<Q, A>
where
    Q: Clone + Send + Sync + 'static,
    A: Clone + Send + Sync + 'static,
{
    /// Over `slots`, the first one first. `kept` must keep what it is given for `stale`; `unknown` is what a
    /// question has as its answer when there is no such thing.
    pub fn new(
        what: &'static str,
        slots: Vec<Slot<Q, A>>,
        stale: Duration,
        unknown: IntegrationsError,
        kept: Arc<dyn Cache<String, Kept<A>>>,
        world: World,
    ) -> Self {
        let line = |slot| Line {
            slot,
            gate: Gate::default(),
            answered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            last_error: Mutex::new(None),
        };
        let lines = slots.into_iter().map(line).collect();
        Self { what, lines, stale, unknown, kept, flights: Mutex::new(HashMap::new()), world }
    }

    /// The answer to `question`, whose `key` says everything that matters of it.
    pub async fn get(
        self: &Arc<Self>,
        key: String,
        question: Q,
    ) -> Result<Found<A>, IntegrationsError> {
        let now = self.world.clock.now();
        if let Some(kept) = self.kept.get(&key).await
            && let Some(known) = self.known(&kept, now)
        {
            if kept.is_young(now) {
                return known;
            }
            // The providers failed the last time, so nobody waits for them now.
            if kept.hold > kept.fetched_at {
                drop(self.fly(key, question));
                return known;
            }
        }
        let found = self.fly(key, question).result().await;
        // Those who waited are told the age of now.
        found.map(|found| Found { age: self.world.clock.now().since(found.fetched_at), ..found })
    }

    /// The cached answer, while the providers need not be asked again.
    async fn young(&self, key: &str) -> Option<Result<Found<A>, IntegrationsError>> {
        let now = self.world.clock.now();
        let kept = self.kept.get(&key.to_owned()).await.filter(|kept| kept.is_young(now))?;
        self.known(&kept, now)
    }

    /// The call for this question that is on its way, or a new one.
    fn fly(self: &Arc<Self>, key: String, question: Q) -> Landing<A> {
        let (flight, first) = self.board(&key);
        if first {
            let pipeline = Arc::clone(self);
            let landing = Arc::clone(&flight);
            self.world.spawn.spawn(Box::pin(async move {
                // However it ends, who waits is told.
                let mut end =
                    Landed { pipeline: &pipeline, key: &key, flight: landing, result: None };
                // A caller may miss the cache before the last flight lands, and board after it.
                end.result = match pipeline.young(&key).await {
                    None => Some(pipeline.fetch(&key, &question).await),
                    young => young,
                };
            }));
        }
        flight
    }

    /// How the providers are.
    pub fn status(&self) -> Vec<ProviderStatus> {
        let now = self.world.clock.now();
        let each = self.lines.iter().map(|line| {
            let (provider, missing) = match &line.slot {
                Slot::Ready(provider) => (provider.name(), None),
                Slot::Missing { provider, setting } => (*provider, Some(*setting)),
            };
            let (state, until) = line.gate.look(now);
            ProviderStatus {
                what: self.what,
                provider,
                missing,
                state,
                until,
                answered: line.answered.load(Ordering::Relaxed),
                failed: line.failed.load(Ordering::Relaxed),
                last_error: line.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            }
        });
        each.collect()
    }

    /// What is remembered, unless it is too old. An answer is younger than the bound, whoever asks.
    fn known(&self, kept: &Kept<A>, now: Timestamp) -> Option<Result<Found<A>, IntegrationsError>> {
        let age = now.since(kept.fetched_at);
        match &kept.answer {
            Some(answer) if age < self.stale.max(FRESH) => Some(Ok(Found {
                answer: answer.clone(),
                provider: kept.provider,
                fetched_at: kept.fetched_at,
                age,
                stale: age >= FRESH,
            })),
            None if age < FRESH => Some(Err(self.unknown.clone())),
            _ => None,
        }
    }

    /// The flight with this key; true for who has to start it.
    fn board(&self, key: &str) -> (Landing<A>, bool) {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(key) {
            return (Arc::clone(flight), false);
        }
        let flight = Arc::new(Flight::new());
        flights.insert(key.to_owned(), Arc::clone(&flight));
        (flight, true)
    }

    /// Asks the providers, and falls back to what is remembered.
    async fn fetch(&self, key: &str, question: &Q) -> Result<Found<A>, IntegrationsError> {
        let began = self.world.clock.now();
        let mut missing = None;
        let mut wait: Option<Duration> = None;
        for (index, line) in self.lines.iter().enumerate() {
            let provider = match &line.slot {
                Slot::Ready(provider) => provider,
                Slot::Missing { setting, .. } => {
                    missing = missing.or(Some(*setting));
                    continue;
                }
            };
            let now = self.world.clock.now();
            let left = WAIT.saturating_sub(now.since(began));
            // Those that follow need some of the time.
            let others = u32::try_from(self.lines.len() - index).unwrap_or(1);
            match self.try_line(line, provider.as_ref(), question, left / others).await {
                Ok(Some(answer)) => return Ok(self.keep(key, provider.name(), answer).await),
                Ok(None) => {
                    let now = self.world.clock.now();
                    let kept = Kept {
                        answer: None,
                        provider: provider.name(),
                        fetched_at: now,
                        hold: now,
                    };
                    self.kept.put(key.to_owned(), Arc::new(kept)).await;
                    return Err(self.unknown.clone());
                }
                Err(Stop::Told(error)) => return Err(error),
                Err(Stop::Closed(pause)) => {
                    wait = Some(wait.map_or(pause, |known: Duration| known.min(pause)));
                }
            }
        }
        if let Some(known) = self.hold(key).await {
            return known;
        }
        match (wait, missing) {
            (None, Some(setting)) => Err(IntegrationsError::NotConfigured(setting)),
            (wait, _) => Err(IntegrationsError::Unavailable {
                retry_after: wait.unwrap_or(HOLD).max(SECOND),
            }),
        }
    }

    async fn keep(&self, key: &str, provider: &'static str, answer: A) -> Found<A> {
        let now = self.world.clock.now();
        let kept = Kept { answer: Some(answer.clone()), provider, fetched_at: now, hold: now };
        self.kept.put(key.to_owned(), Arc::new(kept)).await;
        Found { answer, provider, fetched_at: now, age: Duration::ZERO, stale: false }
    }

    /// What is remembered is given for a while, without asking again.
    async fn hold(&self, key: &str) -> Option<Result<Found<A>, IntegrationsError>> {
        let kept = self.kept.get(&key.to_owned()).await?;
        let now = self.world.clock.now();
        let known = self.known(&kept, now)?;
        let held = Kept {
            answer: kept.answer.clone(),
            provider: kept.provider,
            fetched_at: kept.fetched_at,
            hold: now.plus(HOLD),
        };
        self.kept.put(key.to_owned(), Arc::new(held)).await;
        Some(known)
    }

    /// Asks one provider, twice if the first try could not reach it. `None`: there is no such thing.
    async fn try_line(
        &self,
        line: &Line<Q, A>,
        provider: &dyn Provider<Q, A>,
        question: &Q,
        within: Duration,
    ) -> Result<Option<A>, Stop> {
        let began = self.world.clock.now();
        let mut again = true;
        loop {
            let now = self.world.clock.now();
            let left = within.saturating_sub(now.since(began));
            line.gate.admit(now).map_err(Stop::Closed)?;
            let budget = self.world.limiter.check(provider.name(), self.what).await;
            if !budget.allowed {
                return Err(Stop::Closed(budget.retry_after));
            }
            let answer = provider.ask(question, left).await;
            let now = self.world.clock.now();
            line.gate.learn(&answer, now);
            let error = match answer {
                Ok(answer) => {
                    line.answered.fetch_add(1, Ordering::Relaxed);
                    return Ok(Some(answer));
                }
                Err(error) => error,
            };
            let told = match &error {
                ProviderError::Unknown => Some(Ok(None)),
                ProviderError::LanguageUnsupported => {
                    Some(Err(Stop::Told(IntegrationsError::LanguageUnsupported)))
                }
                ProviderError::Refused => Some(Err(Stop::Told(IntegrationsError::Refused))),
                _ => None,
            };
            if let Some(told) = told {
                line.answered.fetch_add(1, Ordering::Relaxed);
                return told;
            }
            line.failed.fetch_add(1, Ordering::Relaxed);
            *line.last_error.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(error.to_string());
            let used_up = now.since(began) >= within;
            if !matches!(error, ProviderError::Failed(_)) || !again || used_up {
                let pause = line.gate.look(now).1.map_or(HOLD, |until| until.since(now));
                return Err(Stop::Closed(pause));
            }
            again = false;
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// Why a provider gave nothing.
enum Stop {
    /// It is about the question: nobody else is asked.
    Told(IntegrationsError),
    /// It is about the provider, for so long.
    Closed(Duration),
}

/// Ends a flight when it is dropped, whatever happens. It is closed to boarding first, because a
/// caller that gets its answer may ask again at once.
struct Landed<'a, Q, A: Clone + Send + Sync + 'static> {
    pipeline: &'a Pipeline<Q, A>,
    key: &'a str,
    flight: Landing<A>,
    result: Option<Result<Found<A>, IntegrationsError>>,
}

impl<Q, A: Clone + Send + Sync + 'static> Drop for Landed<'_, Q, A> {
    fn drop(&mut self) {
        let mut flights = self.pipeline.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.remove(self.key);
        drop(flights);
        let unknown = || Err(IntegrationsError::Unavailable { retry_after: SECOND });
        self.flight.land(self.result.take().unwrap_or_else(unknown));
    }
}
