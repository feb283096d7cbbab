//! The promises of the pipeline, with providers that do what a test says.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "failing loudly is what tests are for, and many callers are many threads"
)]

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use integrations::{
    IntegrationsError,
    gate::GateState,
    outbound::{Provider, ProviderError, Spawn},
    pipeline::{FRESH, Found, HOLD, Pipeline, Slot, World},
};
use kernel::{BoxFuture, Quota, Timestamp, time::FixedClock};
use memory::{MemoryCache, MemoryLimiter};
use pollster::block_on;

/// What a planted bug does wrong. The cases that take one must notice it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// Nothing.
    None,
    /// A caller's fault is counted as a failure of the provider.
    BlamesTheProvider,
    /// An old answer does not say that it is old.
    HidesItsAge,
    /// What is remembered is given however old it is.
    ForgetsTheBound,
    /// A provider that failed is asked again and again.
    Insists,
}

/// Gives the answers that it was told, then the last one again, and moves the clock while it does.
struct Fake {
    name: &'static str,
    answers: Mutex<VecDeque<Result<u32, ProviderError>>>,
    calls: AtomicUsize,
    takes: Duration,
    clock: Arc<FixedClock>,
    bug: Bug,
}

#[async_trait::async_trait]
impl Provider<u32, u32> for Fake {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn ask(&self, _: &u32, within: Duration) -> Result<u32, ProviderError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.clock.advance(self.takes.min(within));
        if self.takes > within {
            return Err(ProviderError::Useless("it did not answer in time".to_owned()));
        }
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 {
            answers.pop_front().unwrap()
        } else {
            answers.front().unwrap().clone()
        };
        match (self.bug, answer) {
            (Bug::BlamesTheProvider, Err(ProviderError::Refused)) => failed(),
            (Bug::Insists, Err(ProviderError::Useless(_))) => Err(ProviderError::Refused),
            (_, answer) => answer,
        }
    }
}

/// Runs work at once, on a thread of its own.
struct Threads;

impl Spawn for Threads {
    fn spawn(&self, work: BoxFuture<'static, ()>) {
        std::thread::spawn(move || block_on(work));
    }
}

/// Keeps work until the test runs it.
#[derive(Default)]
struct Later(Mutex<Vec<BoxFuture<'static, ()>>>);

impl Spawn for Later {
    fn spawn(&self, work: BoxFuture<'static, ()>) {
        self.0.lock().unwrap().push(work);
    }
}

struct Fixture {
    clock: Arc<FixedClock>,
    spawn: Arc<dyn Spawn>,
    fakes: Vec<Arc<Fake>>,
    bug: Bug,
}

impl Fixture {
    fn new() -> Self {
        Self::with(Bug::None)
    }

    fn with(bug: Bug) -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2026-01-01T00:00:00Z").unwrap()));
        Self { clock, spawn: Arc::new(Threads), fakes: Vec::new(), bug }
    }

    fn fake(&mut self, name: &'static str, answers: &[Result<u32, ProviderError>], takes: u64) {
        self.fakes.push(Arc::new(Fake {
            name,
            answers: Mutex::new(answers.iter().cloned().collect()),
            calls: AtomicUsize::new(0),
            takes: Duration::from_millis(takes),
            clock: Arc::clone(&self.clock),
            bug: self.bug,
        }));
    }

    fn pipeline(&self) -> Arc<Pipeline<u32, u32>> {
        let slots = self.fakes.iter().map(|fake| {
            let fake = Arc::clone(fake);
            Slot::Ready(fake as Arc<dyn Provider<u32, u32>>)
        });
        self.over(slots.collect())
    }

    fn over(&self, slots: Vec<Slot<u32, u32>>) -> Arc<Pipeline<u32, u32>> {
        let quota = Quota { calls: 3, per: Duration::from_hours(1) };
        let world = World {
            clock: Arc::clone(&self.clock) as Arc<dyn kernel::Clock>,
            limiter: Arc::new(MemoryLimiter::new([("thrifty", quota)])),
            spawn: Arc::clone(&self.spawn),
        };
        let kept = Arc::new(MemoryCache::new(100, Duration::from_hours(1)));
        let stale = Duration::from_hours(if self.bug == Bug::ForgetsTheBound { 9 } else { 1 });
        Arc::new(Pipeline::new("test", slots, stale, IntegrationsError::UnknownCity, kept, world))
    }

    fn calls(&self) -> Vec<usize> {
        self.fakes.iter().map(|fake| fake.calls.load(Ordering::SeqCst)).collect()
    }
}

fn ask(pipeline: &Arc<Pipeline<u32, u32>>, key: &str) -> Result<Found<u32>, IntegrationsError> {
    block_on(pipeline.get(key.to_owned(), 1))
}

/// Asks as a program with this bug would.
fn ask_with(
    bug: Bug,
    pipeline: &Arc<Pipeline<u32, u32>>,
    key: &str,
) -> Result<Found<u32>, IntegrationsError> {
    let found = ask(pipeline, key)?;
    Ok(Found { stale: found.stale && bug != Bug::HidesItsAge, ..found })
}

fn failed() -> Result<u32, ProviderError> {
    Err(ProviderError::Failed("it cannot be reached".to_owned()))
}

fn useless() -> Result<u32, ProviderError> {
    Err(ProviderError::Useless("it did not answer in time".to_owned()))
}

#[test]
fn g1_a_thousand_callers_cause_one_call() {
    let mut fixture = Fixture::new();
    let later = Arc::new(Later::default());
    fixture.spawn = Arc::<Later>::clone(&later);
    fixture.fake("a", &[Ok(7)], 0);
    let pipeline = fixture.pipeline();
    let callers: Vec<_> = (0..1000)
        .map(|_| {
            let pipeline = Arc::clone(&pipeline);
            std::thread::Builder::new()
                .stack_size(64 * 1024)
                .spawn(move || ask(&pipeline, "k").unwrap().answer)
                .unwrap()
        })
        .collect();
    // Who looked before the answer was there may ask after it was: that is no second call.
    while callers.iter().any(|caller| !caller.is_finished()) {
        let work = later.0.lock().unwrap().pop();
        work.map_or_else(std::thread::yield_now, block_on);
    }
    for caller in callers {
        assert_eq!(caller.join().unwrap(), 7);
    }
    assert_eq!(fixture.calls(), [1]);
}

/// Asks again as soon as it is told, a minute later by the clock.
struct AsksAgain {
    pipeline: Arc<Pipeline<u32, u32>>,
    clock: Arc<FixedClock>,
}

impl std::task::Wake for AsksAgain {
    fn wake(self: Arc<Self>) {
        self.clock.advance(FRESH);
        let mut again = Box::pin(self.pipeline.get("k".to_owned(), 1));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(again.as_mut().poll(&mut context).is_pending(), "that answer is of the last call");
    }
}

#[test]
fn g1_who_asks_again_when_told_is_not_told_the_same_again() {
    let mut fixture = Fixture::new();
    let later = Arc::new(Later::default());
    fixture.spawn = Arc::<Later>::clone(&later);
    fixture.fake("a", &[Ok(7), Ok(8)], 0);
    let pipeline = fixture.pipeline();
    let waker = AsksAgain { pipeline: Arc::clone(&pipeline), clock: Arc::clone(&fixture.clock) };
    let waker = std::task::Waker::from(Arc::new(waker));
    let mut first = Box::pin(pipeline.get("k".to_owned(), 1));
    let mut context = std::task::Context::from_waker(&waker);
    assert!(first.as_mut().poll(&mut context).is_pending());
    for _ in 0..2 {
        let work = later.0.lock().unwrap().pop().unwrap();
        block_on(work);
    }
    assert_eq!(ask(&pipeline, "k").unwrap().answer, 8);
    assert_eq!(fixture.calls(), [2]);
}

#[test]
fn g1_who_goes_away_does_not_cancel_the_call() {
    let mut fixture = Fixture::new();
    let later = Arc::new(Later::default());
    fixture.spawn = Arc::<Later>::clone(&later);
    fixture.fake("a", &[Ok(7)], 0);
    let pipeline = fixture.pipeline();
    {
        let mut impatient = Box::pin(pipeline.get("k".to_owned(), 1));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(impatient.as_mut().poll(&mut context).is_pending());
    }
    let work = later.0.lock().unwrap().pop().unwrap();
    block_on(work);
    assert_eq!(ask(&pipeline, "k").unwrap().answer, 7);
    assert_eq!(fixture.calls(), [1]);
}

#[test]
fn g1_a_call_that_never_ends_well_ends_for_those_who_wait() {
    let mut fixture = Fixture::new();
    let later = Arc::new(Later::default());
    fixture.spawn = Arc::<Later>::clone(&later);
    fixture.fake("a", &[Ok(7)], 0);
    let pipeline = fixture.pipeline();
    let waiting = {
        let pipeline = Arc::clone(&pipeline);
        std::thread::spawn(move || ask(&pipeline, "k"))
    };
    let work = loop {
        if let Some(work) = later.0.lock().unwrap().pop() {
            break work;
        }
        std::thread::yield_now();
    };
    // The runtime ends with the work begun.
    {
        let mut work = work;
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = work.as_mut().poll(&mut context);
    }
    assert!(waiting.join().unwrap().is_ok());
}

#[test]
fn g2_an_answer_is_fresh_for_a_minute_then_asked_for_again() {
    let mut fixture = Fixture::new();
    fixture.fake("a", &[Ok(1), Ok(2)], 0);
    let pipeline = fixture.pipeline();
    let first = ask(&pipeline, "k").unwrap();
    assert_eq!((first.answer, first.stale, first.provider), (1, false, "a"));
    let nearly = Duration::from_secs(59);
    fixture.clock.advance(nearly);
    let kept = ask(&pipeline, "k").unwrap();
    assert_eq!((kept.answer, kept.stale, kept.age), (1, false, nearly));
    fixture.clock.advance(Duration::from_secs(1));
    assert_eq!(ask(&pipeline, "k").unwrap().answer, 2);
    assert_eq!(fixture.calls(), [2]);
}

fn stale_answers(bug: Bug) {
    let mut fixture = Fixture::with(bug);
    fixture.fake("a", &[Ok(1), useless()], 0);
    let pipeline = fixture.pipeline();
    ask(&pipeline, "k").unwrap();
    fixture.clock.advance(Duration::from_mins(59));
    let old = ask_with(bug, &pipeline, "k").unwrap();
    assert_eq!((old.answer, old.stale, old.age), (1, true, Duration::from_mins(59)));
    fixture.clock.advance(Duration::from_mins(1));
    let error = ask(&pipeline, "k").unwrap_err();
    assert!(matches!(error, IntegrationsError::Unavailable { .. }), "{error:?}");
}

#[test]
fn g2_a_stale_answer_says_so_and_is_never_older_than_its_bound() {
    stale_answers(Bug::None);
}

#[test]
fn g2_after_a_failure_nobody_waits_for_a_stale_answer() {
    let mut fixture = Fixture::new();
    let later = Arc::new(Later::default());
    fixture.fake("a", &[Ok(1), useless(), Ok(2)], 0);
    fixture.spawn = Arc::<Later>::clone(&later);
    let pipeline = fixture.pipeline();
    let run = || later.0.lock().unwrap().drain(..).for_each(block_on);
    let poll = || {
        let mut asked = Box::pin(pipeline.get("k".to_owned(), 1));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match asked.as_mut().poll(&mut context) {
            std::task::Poll::Ready(found) => Some(found.unwrap()),
            std::task::Poll::Pending => None,
        }
    };
    assert!(poll().is_none());
    run();
    fixture.clock.advance(FRESH);
    assert!(poll().is_none(), "nothing has failed yet, so callers wait");
    run();
    let held = poll().unwrap();
    assert!(held.stale && fixture.calls() == [2]);
    fixture.clock.advance(HOLD);
    assert!(poll().unwrap().stale, "asked again, and nobody waits");
    assert_eq!(fixture.calls(), [2]);
    run();
    let fresh = poll().unwrap();
    assert_eq!((fresh.answer, fresh.stale), (2, false));
}

#[test]
fn g2_callers_wait_three_seconds_over_both_providers() {
    let mut fixture = Fixture::new();
    fixture.fake("a", &[Ok(1)], 60_000);
    fixture.fake("b", &[Ok(2)], 60_000);
    let pipeline = fixture.pipeline();
    let began = kernel::Clock::now(&*fixture.clock);
    ask(&pipeline, "k").unwrap_err();
    assert_eq!(kernel::Clock::now(&*fixture.clock).since(began), Duration::from_secs(3));
    assert_eq!(fixture.calls(), [1, 1], "time-outs are not tried again");
}

fn failures(bug: Bug) {
    let mut fixture = Fixture::with(bug);
    fixture.fake("a", &[useless()], 0);
    let pipeline = fixture.pipeline();
    for number in 0..8 {
        ask(&pipeline, &number.to_string()).unwrap_err();
    }
    assert_eq!(fixture.calls(), [5]);
    let [status] = pipeline.status().try_into().unwrap();
    assert_eq!((status.state, status.failed, status.answered), (GateState::Open, 5, 0));
    assert_eq!(status.last_error.as_deref(), Some("it did not answer in time"));
    let error = ask(&pipeline, "k").unwrap_err();
    assert_eq!(error, IntegrationsError::Unavailable { retry_after: Duration::from_secs(30) });
}

#[test]
fn g3_a_provider_that_fails_is_left_alone() {
    failures(Bug::None);
}

fn callers_faults(bug: Bug) {
    let mut fixture = Fixture::with(bug);
    fixture.fake("a", &[Err(ProviderError::Refused)], 0);
    let pipeline = fixture.pipeline();
    for number in 0..20 {
        let error = ask(&pipeline, &number.to_string()).unwrap_err();
        assert_eq!(error, IntegrationsError::Refused);
    }
    assert_eq!(fixture.calls(), [20]);
}

#[test]
fn g4_callers_faults_leave_it_open_to_others() {
    callers_faults(Bug::None);
}

#[test]
fn each_planted_bug_is_noticed() {
    for (bug, case) in [
        (Bug::BlamesTheProvider, callers_faults as fn(Bug)),
        (Bug::HidesItsAge, stale_answers),
        (Bug::ForgetsTheBound, stale_answers),
        (Bug::Insists, failures),
    ] {
        assert!(std::panic::catch_unwind(|| case(bug)).is_err(), "{bug:?}");
    }
}

#[test]
fn g4_the_second_provider_answers_for_one_that_is_limited_or_parked() {
    for error in [
        ProviderError::Limited { retry_after: Some(Duration::from_secs(9)) },
        ProviderError::Rejected("it answered 401".to_owned()),
    ] {
        let mut fixture = Fixture::new();
        fixture.fake("a", &[Err(error)], 0);
        fixture.fake("b", &[Ok(2)], 0);
        let pipeline = fixture.pipeline();
        for key in ["k", "l", "m"] {
            assert_eq!(ask(&pipeline, key).unwrap().provider, "b");
        }
        assert_eq!(fixture.calls(), [1, 3], "asked once, without retry");
    }
}

#[test]
fn g4_a_budget_that_is_used_up_asks_nobody() {
    let mut fixture = Fixture::new();
    fixture.fake("thrifty", &[Ok(1)], 0);
    let pipeline = fixture.pipeline();
    let answered = (0..9).filter(|number| ask(&pipeline, &number.to_string()).is_ok()).count();
    assert_eq!((answered, fixture.calls()), (3, vec![3]));
}

#[test]
fn g5_one_retry_when_it_cannot_be_reached() {
    let mut fixture = Fixture::new();
    fixture.fake("a", &[failed(), Ok(1), failed(), failed(), Ok(2)], 0);
    let pipeline = fixture.pipeline();
    assert_eq!(ask(&pipeline, "k").unwrap().answer, 1);
    ask(&pipeline, "l").unwrap_err();
    assert_eq!(fixture.calls(), [4], "two tries, not three");
}

#[test]
fn g6_what_does_not_exist_is_remembered_for_a_minute() {
    let mut fixture = Fixture::new();
    fixture.fake("a", &[Err(ProviderError::Unknown), Ok(1)], 0);
    fixture.fake("b", &[Ok(2)], 0);
    let pipeline = fixture.pipeline();
    for _ in 0..3 {
        assert_eq!(ask(&pipeline, "k").unwrap_err(), IntegrationsError::UnknownCity);
    }
    assert_eq!(fixture.calls(), [1, 0]);
    fixture.clock.advance(FRESH);
    assert_eq!(ask(&pipeline, "k").unwrap().answer, 1);
}

#[test]
fn g7_a_missing_setting_is_named_unless_another_provider_answers() {
    let mut fixture = Fixture::new();
    let missing = || Slot::Missing { provider: "m", setting: "integrations.test.api_key" };
    let none = fixture.over(vec![missing()]);
    let error = ask(&none, "k").unwrap_err();
    assert_eq!(error, IntegrationsError::NotConfigured("integrations.test.api_key"));
    assert_eq!(none.status().first().unwrap().missing, Some("integrations.test.api_key"));
    fixture.fake("b", &[Ok(2)], 0);
    let ready = Arc::clone(fixture.fakes.first().unwrap());
    let second = fixture.over(vec![missing(), Slot::Ready(ready)]);
    assert_eq!(ask(&second, "k").unwrap().answer, 2);
}
