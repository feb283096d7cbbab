//! Notifications as text messages (N3, N4, N7, N9).

use std::sync::Mutex;

use kernel::{
    BoxFuture, Job, PhoneNumber, TextOutcome, TextSender,
    job::{ClaimKind, JobClaim, JobContext, JobDone, JobError, JobState, PriorityOrder, RunEnd},
};
use notifications::{
    quiet::Day,
    texting::{TEXT, TextSettings},
};

use super::*;

#[derive(Default)]
struct Texts {
    sent: Mutex<Vec<String>>,
    says: Mutex<Vec<TextOutcome>>,
}

impl TextSender for Texts {
    fn send<'a: 'c, 'b: 'c, 'd: 'c, 'c>(
        &'a self,
        to: &'b PhoneNumber,
        text: &'d str,
    ) -> BoxFuture<'c, TextOutcome>
    where
        Self: 'c,
    {
        self.sent.lock().unwrap().push(format!("{} {text}", to.as_str()));
        let said = self.says.lock().unwrap().pop().unwrap_or(TextOutcome::Sent);
        Box::pin(std::future::ready(said))
    }
}

fn later(after: Option<Duration>) -> TextOutcome {
    TextOutcome::Later { reason: "away".to_owned(), after }
}

struct World {
    fixture: Fixture,
    texts: Arc<Texts>,
}

impl World {
    /// Ada has a number, and notifications go out as texts. She wants all of them so.
    fn new() -> Self {
        let world = Self::unasked();
        world.choose(Scope::All, Mode::On);
        world
    }

    fn unasked() -> Self {
        let mut fixture = Fixture::new();
        let phone = PhoneNumber::parse("+33612345678").unwrap();
        fixture.db.set_phone(fixture.ada.user, &phone).unwrap();
        let texts = Arc::new(Texts::default());
        let settings = TextSettings {
            sender: Arc::clone(&texts) as _,
            link: Some("https://app.example.com".into()),
        };
        let (work, clock) = (Arc::clone(&fixture.work), Arc::clone(&fixture.clock));
        let service = Notifications::new(work, clock as _).with_texts(settings);
        fixture.notifications = Arc::new(service);
        Self { fixture, texts }
    }

    fn choose(&self, scope: Scope, mode: Mode) {
        let chosen = vec![Preference { scope, channel: Channel::Sms, mode }];
        block_on(self.fixture.notifications.choose(&self.fixture.ada, None, chosen, false))
            .unwrap();
    }

    /// Runs the texts that are due, as a worker does.
    fn run_due(&self) -> Vec<Result<JobDone, JobError>> {
        let now = self.fixture.clock.now();
        let work = &self.fixture.work;
        let claimed: Result<Vec<Job>, StoreError> = block_on(work.write(move |tx| {
            let kinds = [ClaimKind { name: TEXT, limit: None }];
            let (until, order) = (now.plus(HOUR), PriorityOrder::HighestFirst);
            let claim =
                JobClaim { queue: "default", kinds: &kinds, worker: "w", until, limit: 9, order };
            tx.jobs().claim_jobs(&claim, now)
        }));
        let kind = self.fixture.notifications.jobs().remove(1);
        let run = |job: Job| {
            let names: Vec<&String> = job.args.as_object().unwrap().keys().collect();
            assert_eq!(names, ["notification_id"]);
            let claim = job.claim();
            let done = block_on((kind.run)(JobContext { job: Arc::new(job) }));
            let end = match &done {
                Ok(JobDone::DoneInside) => None,
                Ok(JobDone::Done) => Some(RunEnd::Succeeded),
                Ok(JobDone::RetryAt(until)) => Some(RunEnd::Postponed { until: *until }),
                Err(JobError::Failed(error) | JobError::Discard(error)) => {
                    Some(RunEnd::Failed { error: error.clone(), retry_at: now })
                }
            };
            if let Some(end) = end {
                let ended: Result<JobState, StoreError> =
                    block_on(work.write(move |tx| tx.jobs().finish(claim, &end, now)));
                ended.unwrap();
            }
            done
        };
        claimed.unwrap().into_iter().map(run).collect()
    }

    fn sent(&self) -> Vec<String> {
        self.texts.sent.lock().unwrap().clone()
    }

    fn says(&self, outcome: TextOutcome) {
        self.texts.says.lock().unwrap().push(outcome);
    }

    fn state(&self, id: NotificationId) -> (State, Option<Reason>) {
        self.fixture.sending(id)
    }
}

const DONE: [Result<JobDone, JobError>; 1] = [Ok(JobDone::DoneInside)];

#[test]
fn a_text_is_sent_by_a_job_of_its_own() {
    let world = World::new();
    let id = world.fixture.comment();
    assert_eq!((world.state(id), world.sent()), ((State::Pending, None), vec![]));
    assert_eq!(world.run_due(), DONE);
    assert_eq!(world.state(id), (State::Sent, None));
    let sent = world.sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].starts_with("+33612345678 eve commented on the task "), "{sent:?}");
    assert!(sent[0].ends_with(" https://app.example.com"), "{sent:?}");
    assert_eq!(world.run_due(), []);
}

#[test]
fn n3_nobody_gets_a_text_unasked() {
    let world = World::unasked();
    let id = world.fixture.comment();
    let noted: Result<Vec<Sending>, StoreError> =
        block_on(world.fixture.work.read(move |tx| tx.sendings().sendings(id)));
    assert_eq!(noted.unwrap(), []);
    let notice = world.fixture.notice(Kind::AccountSecurity, &[world.fixture.ada.user]);
    let [first, _] = world.fixture.notify(&[notice]);
    first.unwrap();
    assert_eq!((world.run_due(), world.sent()), (vec![], vec![]));
    // What is wished holds for what has not been sent yet.
    world.choose(Scope::All, Mode::On);
    let id = world.fixture.comment();
    world.choose(Scope::Category(Category::Tasks), Mode::Off);
    assert_eq!((world.run_due(), world.sent()), (DONE.to_vec(), vec![]));
    let skipped = (State::Skipped, Some(Reason::Preference));
    assert_eq!(world.state(id), skipped);
    assert_eq!(world.state(world.fixture.comment()), skipped);
}

#[test]
fn n7_each_skip_has_its_reason() {
    let world = World::new();
    let ada = world.fixture.ada.clone();
    let id = world.fixture.comment();
    block_on(world.fixture.notifications.set_read(&ada, id, true)).unwrap();
    assert_eq!(world.run_due(), DONE);
    assert_eq!(world.state(id), (State::Skipped, Some(Reason::Read)));

    // The number goes while the text waits, and then there is none.
    let id = world.fixture.comment();
    world.fixture.db.remove_phone(ada.user).unwrap();
    assert_eq!(world.run_due(), DONE);
    assert_eq!(world.state(id), (State::Skipped, Some(Reason::NoAddress)));
    let id = world.fixture.comment();
    assert_eq!(world.state(id), (State::Skipped, Some(Reason::NoAddress)));
    assert_eq!((world.run_due(), world.sent()), (vec![], vec![]));
}

#[test]
fn n4_quiet_hours_hold_texts_and_they_go_out_in_order() {
    let world = World::new();
    let queued = world.fixture.comment();
    world.fixture.be_quiet();
    let [first, second] = [world.fixture.comment(), world.fixture.comment()];
    let held = (State::Held, Some(Reason::Quiet));
    assert_eq!((world.state(first), world.state(second)), (held, held));
    // What was queued before they began waits, too.
    assert_eq!((world.run_due(), world.sent()), (DONE.to_vec(), vec![]));
    assert_eq!(world.state(queued), held);
    world.fixture.clock.advance(HOUR * 4);
    block_on(world.fixture.notifications.release()).unwrap();
    // One at a time: a lane keeps their order.
    let mut states = Vec::new();
    for id in [queued, first, second] {
        assert_eq!(world.run_due(), DONE);
        states.push(world.state(id));
    }
    assert_eq!(states, [(State::Sent, None); 3]);
    assert_eq!(world.sent().len(), 3);
}

#[test]
fn what_a_channel_held_that_is_gone_is_given_up() {
    let mut world = World::new();
    world.fixture.be_quiet();
    let held = world.fixture.comment();
    let (work, clock) = (Arc::clone(&world.fixture.work), Arc::clone(&world.fixture.clock));
    let without = Notifications::new(work, clock as _).with_emails(email_settings());
    world.fixture.notifications = Arc::new(without);
    world.fixture.clock.advance(HOUR * 4);
    assert_eq!([world.fixture.release(), world.fixture.release()], [1, 0]);
    assert_eq!(world.state(held), (State::Failed, Some(Reason::Unreachable)));
}

#[test]
fn n4_what_is_urgent_is_not_held() {
    let world = World::new();
    let quiet = |hours: &mut QuietHours| hours.days = Day::ALL.to_vec();
    block_on(world.fixture.notifications.be_quiet(&world.fixture.ada, None, quiet)).unwrap();
    let notice = world.fixture.notice(Kind::AccountSecurity, &[world.fixture.ada.user]);
    let [first, _] = world.fixture.notify(&[notice]);
    first.unwrap();
    assert_eq!((world.run_due(), world.sent().len()), (DONE.to_vec(), 1));
}

#[test]
fn n7_a_text_that_fails_is_noted_and_makes_no_dead_job() {
    let world = World::new();
    let refused = world.fixture.comment();
    world.says(TextOutcome::Never("code 21211".to_owned()));
    assert_eq!(world.run_due(), DONE);
    assert_eq!(world.state(refused), (State::Failed, Some(Reason::Refused)));

    let unreachable = world.fixture.comment();
    for _ in 1..10 {
        world.says(later(None));
        assert_eq!(world.run_due(), [Err(JobError::Failed("away".to_owned()))]);
        assert_eq!(world.state(unreachable), (State::Pending, None));
    }
    world.says(later(None));
    assert_eq!(world.run_due(), DONE);
    assert_eq!(world.state(unreachable), (State::Failed, Some(Reason::Unreachable)));
    // The next one is sent.
    let next = world.fixture.comment();
    assert_eq!((world.run_due(), world.state(next)), (DONE.to_vec(), (State::Sent, None)));
}

#[test]
fn a_provider_that_asks_for_time_gets_a_day() {
    let world = World::new();
    let id = world.fixture.comment();
    for _ in 0..24 {
        world.says(later(Some(HOUR)));
        let until = world.fixture.clock.now().plus(HOUR);
        assert_eq!(world.run_due(), [Ok(JobDone::RetryAt(until))]);
        world.fixture.clock.advance(HOUR);
    }
    world.says(later(Some(HOUR)));
    assert_eq!(world.run_due(), DONE);
    assert_eq!(world.state(id), (State::Failed, Some(Reason::Unreachable)));
}

#[test]
fn n9_a_deleted_notification_and_a_suspended_account_get_nothing() {
    let world = World::new();
    let (ada, id) = (world.fixture.ada.clone(), world.fixture.comment());
    block_on(world.fixture.notifications.remove(&ada, id)).unwrap();
    assert_eq!((world.run_due(), world.sent()), (DONE.to_vec(), vec![]));
    let id = world.fixture.comment();
    world.fixture.db.suspend(ada.user).unwrap();
    assert_eq!((world.run_due(), world.sent()), (DONE.to_vec(), vec![]));
    assert_eq!(world.state(id), (State::Skipped, Some(Reason::NoAddress)));
}
