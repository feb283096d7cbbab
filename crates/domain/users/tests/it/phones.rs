//! The phone number of one's account.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kernel::{
    Actor, BoxFuture, Clock as _, DomainError, ErrorKind, Job, PhoneNumber, StoreError,
    TextOutcome, TextSender,
    claim::Claimed as _,
    job::{ClaimKind, JobClaim, JobContext, JobDone, JobError, JobState, PriorityOrder, RunEnd},
};
use pollster::block_on;
use users::{
    UserError, Users,
    audit::AuditOutcome,
    phone::{CODE_TTL, PhoneCode, TRIES},
    service::{PHONE_CODE, TextSettings},
};

use crate::fixture::{DAY, Fixture, MINUTE, PASSWORD, origin, password, together};

const NUMBER: &str = "+33612345678";
const OTHER: &str = "+4915112345678";
const ADA: &str = "ada@example.com";

/// Keeps what it is given, and says what it was told to.
#[derive(Default)]
struct Texts {
    sent: Mutex<Vec<(String, String)>>,
    says: Mutex<Vec<TextOutcome>>,
}

#[async_trait]
impl TextSender for Texts {
    async fn send(&self, to: &PhoneNumber, text: &str) -> TextOutcome {
        self.sent.lock().unwrap().push((to.as_str().to_owned(), text.to_owned()));
        self.says.lock().unwrap().pop().unwrap_or(TextOutcome::Sent)
    }
}

struct World {
    fixture: Fixture,
    users: Arc<Users>,
    texts: Arc<Texts>,
}

fn number(raw: &str) -> PhoneNumber {
    PhoneNumber::parse(raw).unwrap()
}

impl World {
    fn new(per_number: u32, per_account: u32) -> Self {
        let fixture = Fixture::new();
        let texts = Arc::new(Texts::default());
        let sender = Arc::clone(&texts) as _;
        let settings = TextSettings { sender, per_number, per_account };
        let users = Arc::new(fixture.with_emails_per_day(0).with_texts(settings));
        Self { fixture, users, texts }
    }

    async fn ask(&self, actor: &Actor, phone: &str) -> Result<(), UserError> {
        self.users.ask_phone(actor, number(phone), Some(password(PASSWORD)), origin()).await
    }

    async fn confirm(&self, actor: &Actor, code: &str) -> Result<users::User, UserError> {
        self.users.confirm_phone(actor, PhoneCode::parse(code).unwrap(), origin()).await
    }

    /// Runs the jobs that are due, as a worker does.
    async fn run_due(&self) -> Vec<Result<JobDone, JobError>> {
        let now = self.fixture.clock.now();
        let claimed: Result<Vec<Job>, StoreError> = self
            .fixture
            .work
            .write(move |tx| {
                let kinds = [ClaimKind { name: PHONE_CODE, limit: None }];
                let (until, order) = (now.plus(MINUTE), PriorityOrder::HighestFirst);
                let (worker, limit) = ("w", 99);
                let claim =
                    JobClaim { queue: "default", kinds: &kinds, worker, until, limit, order };
                tx.jobs().claim_jobs(&claim, now)
            })
            .await;
        let kind = self.users.jobs().remove(0);
        let mut all = Vec::new();
        for job in claimed.unwrap() {
            let arguments = job.args.to_string();
            assert!(!arguments.contains("336") && !arguments.contains("4915"), "{arguments}");
            let claim = job.claim();
            let done = (kind.run)(JobContext { job: Arc::new(job) }).await;
            let end = match &done {
                Ok(JobDone::Done) => Some(RunEnd::Succeeded),
                Ok(JobDone::DoneInside) => None,
                Ok(JobDone::RetryAt(until)) => Some(RunEnd::Postponed { until: *until }),
                Err(JobError::Failed(error)) => {
                    Some(RunEnd::Failed { error: error.clone(), retry_at: now })
                }
                Err(JobError::Discard(error)) => Some(RunEnd::Discarded { error: error.clone() }),
            };
            if let Some(end) = end {
                let ended: Result<JobState, StoreError> =
                    self.fixture.work.write(move |tx| tx.jobs().finish(claim, &end, now)).await;
                ended.unwrap();
            }
            all.push(done);
        }
        all
    }

    /// The code of the newest text, and where it went.
    fn newest(&self) -> (String, String) {
        let (to, text) = self.texts.sent.lock().unwrap().last().cloned().unwrap();
        (to, text.chars().take(6).collect())
    }

    fn count(&self) -> usize {
        self.texts.sent.lock().unwrap().len()
    }

    async fn phone(&self, actor: &Actor) -> Option<String> {
        let me = self.fixture.user(actor.user).await;
        me.phone.map(|phone| phone.as_str().to_owned())
    }

    /// Asks, and gets the text.
    async fn code(&self, actor: &Actor, phone: &str) -> String {
        self.ask(actor, phone).await.unwrap();
        assert_eq!(self.run_due().await, [Ok(JobDone::Done)]);
        let (to, code) = self.newest();
        assert_eq!(to, phone);
        code
    }
}

/// Another code than this one.
fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[track_caller]
fn is_void(result: &Result<users::User, UserError>) {
    assert!(matches!(result, Err(UserError::PhoneCodeVoid)), "{result:?}");
}

#[test]
fn a_number_takes_effect_with_its_code() {
    block_on(async {
        let world = World::new(3, 5);
        world.fixture.proven("ada").await;
        let ada = world.fixture.actor("ada").await;
        is_void(&world.confirm(&ada, "123456").await);
        let code = world.code(&ada, NUMBER).await;
        assert_eq!(world.phone(&ada).await, None);
        let me = world.confirm(&ada, &code).await.unwrap();
        assert_eq!(me.phone, Some(number(NUMBER)));
        assert_eq!(world.users.me(&ada).await.unwrap().phone, Some(number(NUMBER)));
        // Once.
        is_void(&world.confirm(&ada, &code).await);
        let told = world.fixture.subjects(ADA).await.pop().unwrap();
        assert_eq!(told, "Your phone number was set");
        let same = world.ask(&ada, NUMBER).await.unwrap_err();
        assert_eq!(&*same.fields()[0].code, "users.phone_same");

        let removed = world.users.remove_phone(&ada, Some(password(PASSWORD)), origin());
        assert_eq!(removed.await.unwrap().phone, None);
        let told = world.fixture.subjects(ADA).await.pop().unwrap();
        assert_eq!(told, "Your phone number was removed");
        // What changes nothing is no act.
        let entries = world.fixture.audit_log().await.len();
        let again = world.users.remove_phone(&ada, Some(password(PASSWORD)), origin());
        assert_eq!(again.await.unwrap().phone, None);
        let entries_now = world.fixture.audit_log().await;
        assert_eq!(entries_now.len(), entries);
        let actions: Vec<&str> = entries_now.iter().map(|entry| entry.action.as_str()).collect();
        let expected = ["auth.phone_asked", "auth.phone_changed", "auth.phone_removed"];
        assert_eq!(actions[actions.len() - 3..], expected);
        for entry in &entries_now {
            let detail = entry.detail.as_deref().unwrap_or_default();
            assert!(!detail.contains("336") && !detail.contains(&code), "{detail}");
        }
        let told: Vec<String> = world
            .fixture
            .all_events()
            .await
            .into_iter()
            .filter(|event| event.name == users::events::SECURITY)
            .map(|event| event.payload["action"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(told[told.len() - 2..], ["phone_changed", "phone_removed"]);
    });
}

#[test]
fn it_takes_the_password_and_a_session() {
    block_on(async {
        let world = World::new(3, 5);
        world.fixture.person("ada").await;
        let ada = world.fixture.actor("ada").await;
        let wrong = Some(password("wrong"));
        let asked = world.users.ask_phone(&ada, number(NUMBER), wrong.clone(), origin()).await;
        assert!(matches!(asked, Err(UserError::WrongPassword)), "{asked:?}");
        let entry = world.fixture.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.outcome),
            ("auth.phone_asked", AuditOutcome::Failure)
        );
        let asked = world.users.ask_phone(&ada, number(NUMBER), None, origin()).await;
        assert_eq!(asked.unwrap_err().fields()[0].field, "/current_password");
        let removed = world.users.remove_phone(&ada, wrong, origin()).await;
        assert!(matches!(removed, Err(UserError::WrongPassword)), "{removed:?}");
        let token = kernel::TokenId::parse(1).ok();
        let by_token = Actor { session: None, token, ..ada.clone() };
        let asked = world.ask(&by_token, NUMBER).await;
        assert!(matches!(asked, Err(UserError::SessionNeeded)), "{asked:?}");
        assert_eq!((world.run_due().await, world.count()), (vec![], 0));

        let without =
            world.fixture.users.ask_phone(&ada, number(NUMBER), Some(password(PASSWORD)), origin());
        let error = without.await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "users.phone_unavailable"));
        assert!(error.to_string().contains("sms.provider"), "{error}");
    });
}

#[test]
fn a_code_bears_five_tries_and_ten_minutes() {
    block_on(async {
        let world = World::new(0, 0);
        world.fixture.person("ada").await;
        let ada = world.fixture.actor("ada").await;
        let code = world.code(&ada, NUMBER).await;
        for _ in 0..TRIES {
            let tried = world.confirm(&ada, wrong(&code)).await;
            assert!(matches!(tried, Err(UserError::WrongCode)), "{tried:?}");
        }
        is_void(&world.confirm(&ada, &code).await);
        let failures = world.fixture.audit_log().await;
        let failures = failures.iter().filter(|entry| entry.outcome == AuditOutcome::Failure);
        assert_eq!(failures.filter(|entry| entry.action == "auth.phone_changed").count(), 5);

        let code = world.code(&ada, NUMBER).await;
        world.fixture.clock.advance(CODE_TTL);
        is_void(&world.confirm(&ada, &code).await);
        let code = world.code(&ada, NUMBER).await;
        world.fixture.clock.advance(MINUTE * 9);
        world.confirm(&ada, &code).await.unwrap();
    });
}

#[test]
fn simultaneous_tries_are_all_counted() {
    block_on(async {
        let world = World::new(0, 0);
        world.fixture.person("ada").await;
        let ada = world.fixture.actor("ada").await;
        let code = world.code(&ada, NUMBER).await;
        let (world, ada, code) = (&world, &ada, code.as_str());
        let one = |_| -> BoxFuture<'_, Result<users::User, UserError>> {
            Box::pin(world.confirm(ada, wrong(code)))
        };
        let tried = together((0..20).map(one).collect()).await;
        let judged = tried.iter().filter(|tried| matches!(tried, Err(UserError::WrongCode)));
        assert_eq!(judged.count(), TRIES as usize);
        is_void(&world.confirm(ada, code).await);
    });
}

#[test]
fn the_last_code_counts() {
    block_on(async {
        let world = World::new(0, 0);
        world.fixture.person("ada").await;
        let ada = world.fixture.actor("ada").await;
        let first = world.code(&ada, NUMBER).await;
        world.fixture.clock.advance(MINUTE);
        let second = world.code(&ada, OTHER).await;
        assert_ne!(first, second, "a chance of one in a million, and these secrets are no chance");
        let tried = world.confirm(&ada, &first).await;
        assert!(matches!(tried, Err(UserError::WrongCode)), "{tried:?}");
        world.confirm(&ada, &second).await.unwrap();
        assert_eq!(world.phone(&ada).await.as_deref(), Some(OTHER));
    });
}

#[test]
fn a_retry_draws_another_code_of_the_same_request() {
    block_on(async {
        let world = World::new(0, 0);
        world.fixture.person("ada").await;
        let ada = world.fixture.actor("ada").await;
        let away = || TextOutcome::Later { reason: "away".to_owned(), after: None };
        world.texts.says.lock().unwrap().push(away());
        world.ask(&ada, NUMBER).await.unwrap();
        assert_eq!(world.run_due().await, [Err(JobError::Failed("away".to_owned()))]);
        let lost = world.newest().1;
        // It may have arrived all the same.
        let tried = world.confirm(&ada, wrong(&lost)).await;
        assert!(matches!(tried, Err(UserError::WrongCode)), "{tried:?}");
        assert_eq!(world.run_due().await, [Ok(JobDone::Done)]);
        let code = world.newest().1;
        assert_ne!(lost, code);
        for _ in 1..TRIES {
            let tried = world.confirm(&ada, &lost).await;
            assert!(matches!(tried, Err(UserError::WrongCode)), "{tried:?}");
        }
        is_void(&world.confirm(&ada, &code).await);

        // The job of a request that was replaced sends nothing.
        world.texts.says.lock().unwrap().push(away());
        world.ask(&ada, NUMBER).await.unwrap();
        world.run_due().await;
        world.fixture.clock.advance(MINUTE);
        world.ask(&ada, OTHER).await.unwrap();
        let before = world.count();
        assert_eq!(world.run_due().await, [Ok(JobDone::Done), Ok(JobDone::Done)]);
        assert_eq!((world.count(), world.newest().0.as_str()), (before + 1, OTHER));
    });
}

#[test]
fn a_provider_that_asks_for_time_gets_an_hour() {
    block_on(async {
        let world = World::new(0, 0);
        world.fixture.person("ada").await;
        let ada = world.fixture.actor("ada").await;
        world.ask(&ada, NUMBER).await.unwrap();
        for _ in 0..4 {
            let after = Some(MINUTE * 15);
            let later = TextOutcome::Later { reason: "busy".to_owned(), after };
            world.texts.says.lock().unwrap().push(later);
            let until = world.fixture.clock.now().plus(MINUTE * 15);
            assert_eq!(world.run_due().await, [Ok(JobDone::RetryAt(until))]);
            world.fixture.clock.advance(MINUTE * 15);
        }
        assert_eq!((world.run_due().await, world.count()), (vec![Ok(JobDone::Done)], 4));
    });
}

#[test]
fn a_refused_number_is_on_record_and_no_dead_job() {
    block_on(async {
        let world = World::new(0, 0);
        world.fixture.person("ada").await;
        let ada = world.fixture.actor("ada").await;
        world.texts.says.lock().unwrap().push(TextOutcome::Never("code 21211".to_owned()));
        world.ask(&ada, NUMBER).await.unwrap();
        assert_eq!(world.run_due().await, [Ok(JobDone::DoneInside)]);
        let entry = world.fixture.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.outcome, entry.detail.as_deref()),
            ("auth.phone_asked", AuditOutcome::Failure, Some("code 21211"))
        );
        is_void(&world.confirm(&ada, &world.newest().1).await);
    });
}

#[test]
fn a_number_and_an_account_get_so_many_codes_a_day() {
    block_on(async {
        let world = World::new(3, 5);
        let mut actors = Vec::new();
        for name in ["ada", "bob", "eve", "grace"] {
            world.fixture.person(name).await;
            actors.push(world.fixture.actor(name).await);
        }
        // One number, whoever asks.
        for actor in &actors[..3] {
            world.ask(actor, NUMBER).await.unwrap();
        }
        world.fixture.clock.advance(MINUTE * 60);
        let error = world.ask(&actors[3], NUMBER).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::TooMany, "users.phone_too_many"));
        let UserError::TooManyTexts(wait) = error else { panic!("{error:?}") };
        assert_eq!(wait, MINUTE * 60 * 23, "until the window of the first ends");
        let entry = world.fixture.last_entry().await;
        assert_eq!(
            (entry.outcome, entry.detail.as_deref()),
            (AuditOutcome::Denied, Some("too many today"))
        );
        // What was refused counts neither for the number nor for the account.
        for last in 0..5 {
            world.ask(&actors[3], &format!("+155501000{last}")).await.unwrap();
        }
        let refused = world.ask(&actors[3], OTHER).await;
        assert!(matches!(refused, Err(UserError::TooManyTexts(_))), "{refused:?}");
        world.fixture.clock.advance(DAY);
        world.ask(&actors[3], NUMBER).await.unwrap();
    });
}

#[test]
fn one_number_may_belong_to_several_accounts() {
    block_on(async {
        let world = World::new(0, 0);
        for name in ["ada", "bob"] {
            world.fixture.person(name).await;
            let actor = world.fixture.actor(name).await;
            let code = world.code(&actor, NUMBER).await;
            world.confirm(&actor, &code).await.unwrap();
            assert_eq!(world.phone(&actor).await.as_deref(), Some(NUMBER));
        }
    });
}

#[test]
fn a_stranger_leaves_no_number_in_an_account_that_is_claimed() {
    block_on(async {
        let world = World::new(0, 0);
        world.fixture.person("ada").await;
        let stranger = world.fixture.actor("ada").await;
        let code = world.code(&stranger, NUMBER).await;
        world.confirm(&stranger, &code).await.unwrap();
        let waiting = world.code(&stranger, OTHER).await;
        let token = world.fixture.token(ADA).await;
        let nobody = users::service::Opener { actor: None, password: None };
        world.users.verify_email(&token, nobody, origin()).await.unwrap();
        assert_eq!(world.phone(&stranger).await, None);
        is_void(&world.confirm(&stranger, &waiting).await);
    });
}

#[test]
fn a_new_password_voids_what_waits_and_keeps_the_number() {
    block_on(async {
        let world = World::new(0, 0);
        world.fixture.proven("ada").await;
        let ada = world.fixture.actor("ada").await;
        let code = world.code(&ada, NUMBER).await;
        world.confirm(&ada, &code).await.unwrap();
        let waiting = world.code(&ada, OTHER).await;
        let new = password("another long walk");
        world.users.change_password(&ada, password(PASSWORD), new, origin()).await.unwrap();
        is_void(&world.confirm(&ada, &waiting).await);
        assert_eq!(world.phone(&ada).await.as_deref(), Some(NUMBER));
    });
}
