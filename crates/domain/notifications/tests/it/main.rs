//! The rules of the use cases, on the memory adapter.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "these are tests: their failures are panics, and golden files are files"
)]

mod digests;
mod reports;
mod texts;
mod webhooks;

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use kernel::{
    Actor, Batch, Clock as _, Consumer, ConsumerError, DomainError as _, Email, Event, KeyedDigest,
    NewEvent, PageRequest, Permission, Permissions, Position, Role, StoreError, Timestamp,
    UnitOfWork, UserId,
    claim::Claimed as _,
    consumer::{Source, USER_DELETED},
    email::Queued,
    event::Envelope,
    kit::deliver,
    time::FixedClock,
};
use memory::MemoryDb;
use notifications::{
    Category, Kind, Notice, NotificationError, NotificationId, Notifications, NotificationsTx,
    Recipient, events,
    kind::SubjectKind,
    notification::Subject,
    preferences::{Channel, Mode, Preference, Scope},
    query::Filter,
    quiet::{Day, Minute, QuietHours},
    sending::{EmailSettings, Reason, Sending, State},
    service::Inbox,
    text,
    values::Params,
};
use pollster::block_on;

const HOUR: Duration = Duration::from_secs(3600);

struct Fixture {
    db: Arc<MemoryDb>,
    notifications: Arc<Notifications>,
    work: Arc<dyn UnitOfWork<dyn NotificationsTx>>,
    clock: Arc<FixedClock>,
    ada: Actor,
    eve: Actor,
}

impl Fixture {
    fn new() -> Self {
        let db = MemoryDb::new();
        let [ada, eve] = ["ada", "eve"].map(|name| {
            let user = db.add_person(name).unwrap();
            Actor { request_id: Some(format!("req-{name}").into()), ..Actor::new(user, Role::User) }
        });
        let at = Timestamp::parse("2026-11-21T08:00:00Z").unwrap();
        let clock = Arc::new(FixedClock::at(at));
        let work: Arc<dyn UnitOfWork<dyn NotificationsTx>> = Arc::<MemoryDb>::clone(&db);
        let notifications =
            Arc::new(Notifications::new(Arc::clone(&work), Arc::clone(&clock) as _));
        Self { db, notifications, work, clock, ada, eve }
    }

    /// Delivers an event that gives reason for these notices, twice.
    fn notify(&self, notices: &[Notice]) -> [Result<(), ConsumerError>; 2] {
        let (notifications, notices) = (Arc::clone(&self.notifications), notices.to_vec());
        let consumer = Consumer::exactly_once("tests.notify", &["task.commented.v1"], move |one| {
            let (notifications, notices) = (Arc::clone(&notifications), notices.clone());
            async move {
                let done = notifications.notify(one, vec![notices]).await;
                done.map(drop).map_err(|error| ConsumerError::of(&error))
            }
        });
        let event = NewEvent {
            name: "task.commented.v1",
            at: self.clock.now(),
            actor: Some(self.eve.user),
            subject: 7,
            audience: Vec::new(),
            payload: Default::default(),
            request_id: Some("req-eve".to_owned()),
        };
        block_on(deliver(&*self.work, &consumer, &event))
    }

    /// Eve comments on a task of Ada's.
    fn comment(&self) -> NotificationId {
        self.clock.advance(Duration::from_secs(1));
        let [first, _] = self.notify(&[self.notice(Kind::TaskCommented, &[self.ada.user])]);
        first.unwrap();
        self.inbox(&self.ada).page.items[0].notification.id
    }

    fn notice(&self, kind: Kind, to: &[UserId]) -> Notice {
        Notice {
            kind,
            subject: Some(Subject { kind: SubjectKind::Task, id: 7 }),
            actor: Some(self.eve.user),
            params: Params::default().with("title", "Paint"),
            to: to.iter().copied().map(Recipient::Person).collect(),
            same: None,
        }
    }

    fn inbox(&self, owner: &Actor) -> Inbox {
        let all = self.notifications.list(owner, Filter::default(), PageRequest::default());
        block_on(all).unwrap()
    }

    fn kinds(&self, owner: &Actor) -> Vec<Kind> {
        self.inbox(owner).page.items.iter().map(|shown| shown.notification.kind).collect()
    }

    fn events(&self) -> Vec<Event> {
        let read: Result<_, StoreError> =
            block_on(self.work.read(|tx| tx.outbox().named(&events::ALL, None, 1000)));
        read.unwrap()
    }
}

#[test]
fn n1_an_event_that_is_delivered_twice_gives_one_notification() {
    let fixture = Fixture::new();
    let [first, second] =
        fixture.notify(&[fixture.notice(Kind::TaskCommented, &[fixture.ada.user])]);
    first.unwrap();
    second.expect_err("it was handled before");
    assert_eq!(fixture.kinds(&fixture.ada), [Kind::TaskCommented]);
    assert_eq!(fixture.events().len(), 1);
}

#[test]
fn n1_of_several_notices_of_an_event_a_person_gets_the_first() {
    let fixture = Fixture::new();
    let ada = fixture.ada.user;
    let [first, _] = fixture.notify(&[
        fixture.notice(Kind::TaskMentioned, &[ada, ada]),
        fixture.notice(Kind::TaskCommented, &[ada]),
    ]);
    first.unwrap();
    assert_eq!(fixture.kinds(&fixture.ada), [Kind::TaskMentioned]);
}

#[test]
fn n2_nobody_hears_of_their_own_act() {
    let fixture = Fixture::new();
    let both = [fixture.ada.user, fixture.eve.user];
    let [first, _] = fixture.notify(&[fixture.notice(Kind::TaskCommented, &both)]);
    first.unwrap();
    assert_eq!(fixture.kinds(&fixture.ada), [Kind::TaskCommented]);
    assert_eq!(fixture.kinds(&fixture.eve), []);
}

#[test]
fn n9_a_suspended_account_gets_nothing() {
    let fixture = Fixture::new();
    fixture.db.suspend(fixture.ada.user).unwrap();
    let [first, _] = fixture.notify(&[fixture.notice(Kind::TaskCommented, &[fixture.ada.user])]);
    first.unwrap();
    assert_eq!(fixture.kinds(&fixture.ada), []);
    assert_eq!(fixture.events(), []);
}

#[test]
fn a_name_reaches_those_who_may_see_the_subject() {
    let fixture = Fixture::new();
    let bob = Actor::new(fixture.db.add_person("bob").unwrap(), Role::User);
    let named = |username: &str| Recipient::Named {
        username: username.to_owned(),
        among: vec![fixture.ada.user],
        or_holds: Permission::TasksManage,
    };
    let to = ["ADA", "bob", "nobody", "eve"].map(named).to_vec();
    let notice = Notice { to, ..fixture.notice(Kind::TaskMentioned, &[]) };
    let [first, _] = fixture.notify(&[notice]);
    first.unwrap();
    assert_eq!(fixture.kinds(&fixture.ada), [Kind::TaskMentioned]);
    assert_eq!((fixture.kinds(&bob), fixture.kinds(&fixture.eve)), (vec![], vec![]));
}

#[test]
fn other_people_find_nothing_whatever_their_role() {
    let fixture = Fixture::new();
    let id = fixture.comment();
    let root = Actor::new(fixture.eve.user, Role::SuperAdmin);
    for stranger in [&fixture.eve, &root] {
        let answers = [
            block_on(fixture.notifications.get(stranger, id)).map(drop),
            block_on(fixture.notifications.set_read(stranger, id, true)).map(drop),
            block_on(fixture.notifications.remove(stranger, id)),
        ];
        for answer in answers {
            assert!(matches!(answer, Err(NotificationError::NotFound(_))), "{answer:?}");
        }
        assert_eq!(block_on(fixture.notifications.read_all(stranger, None)).unwrap(), 0);
        assert_eq!(fixture.kinds(stranger), []);
    }
    assert_eq!(fixture.inbox(&fixture.ada).unread, 1);
    assert_eq!(fixture.events().len(), 1);
}

#[test]
fn each_use_case_needs_its_permission() {
    let fixture = Fixture::new();
    let id = fixture.comment();
    let service = &fixture.notifications;
    let nothing = Actor { permissions: Permissions::NONE, ..fixture.ada.clone() };
    let all = service.list(&nothing, Filter::default(), PageRequest::default());
    let answers = [
        ("notifications:read", block_on(service.get(&nothing, id)).map(drop)),
        ("notifications:read", block_on(all).map(drop)),
        ("notifications:read", block_on(service.unread(&nothing)).map(drop)),
        ("notifications:write", block_on(service.set_read(&nothing, id, true)).map(drop)),
        ("notifications:write", block_on(service.read_all(&nothing, None)).map(drop)),
        ("notifications:write", block_on(service.remove(&nothing, id))),
    ];
    for (needed, answer) in answers {
        let Err(error) = answer else { panic!("{needed}") };
        assert_eq!(error.code(), "auth.missing_permission");
        assert!(error.to_string().contains(needed), "{error}");
    }
}

#[test]
fn reading_twice_publishes_one_event() {
    let fixture = Fixture::new();
    let id = fixture.comment();
    let first = block_on(fixture.notifications.set_read(&fixture.ada, id, true)).unwrap();
    fixture.clock.advance(Duration::from_secs(1));
    let second = block_on(fixture.notifications.set_read(&fixture.ada, id, true)).unwrap();
    assert_eq!(first, second);
    assert_eq!(block_on(fixture.notifications.read_all(&fixture.ada, None)).unwrap(), 0);
    let names: Vec<_> = fixture.events().into_iter().map(|event| event.name).collect();
    assert_eq!(names, [events::CREATED, events::UPDATED]);
}

#[test]
fn the_text_names_the_actor() {
    let fixture = Fixture::new();
    let id = fixture.comment();
    let shown = block_on(fixture.notifications.get(&fixture.ada, id)).unwrap();
    assert_eq!(text::render(&shown), "eve commented on the task \"Paint\".");
    assert_eq!(fixture.inbox(&fixture.ada).page.items, [shown]);
}

#[test]
fn a_deleted_account_leaves_nothing_and_the_second_delivery_changes_nothing() {
    let fixture = Fixture::new();
    fixture.comment();
    fixture.comment();
    let consumers = fixture.notifications.consumers();
    let consumer = consumers.iter().find(|one| one.events == [USER_DELETED]).unwrap();
    let deleted = NewEvent {
        name: USER_DELETED,
        at: fixture.clock.now(),
        actor: None,
        subject: fixture.ada.user.get(),
        audience: Vec::new(),
        payload: Default::default(),
        request_id: None,
    };
    let [first, second] = block_on(deliver(&*fixture.work, consumer, &deleted));
    first.unwrap();
    second.expect_err("it was handled before");
    assert_eq!(fixture.kinds(&fixture.ada), []);
}

/// The parts of a digest, added up: enough for a test.
struct Sum;

impl KeyedDigest for Sum {
    fn digest(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let bytes = parts.iter().flat_map(|part| part.iter()).chain(purpose.as_bytes());
        [bytes.fold(0, |sum: u8, byte| sum.wrapping_mul(31).wrapping_add(*byte)); 32]
    }
}

fn email_settings() -> EmailSettings {
    EmailSettings {
        pages: "https://example.com".into(),
        api: "https://api.example.com".into(),
        digests: Arc::new(Sum),
        digest_after: HOUR,
    }
}

impl Fixture {
    /// Ada's address is proven, and notifications go out by email.
    fn with_emails() -> Self {
        let mut fixture = Self::new();
        fixture.db.prove_address(fixture.ada.user).unwrap();
        let (work, clock) = (Arc::clone(&fixture.work), Arc::clone(&fixture.clock));
        let emails = email_settings();
        let service = Notifications::new(work, clock as _).with_emails(emails);
        fixture.notifications = Arc::new(service);
        fixture
    }

    /// Takes what is in the queue of emails.
    fn emails(&self) -> Vec<Email> {
        let now = self.clock.now();
        let claimed: Result<Vec<Queued>, StoreError> = block_on(self.work.write(move |tx| {
            let claimed = tx.emails().claim(now, now.plus(Duration::from_secs(1)), 100)?;
            for queued in &claimed {
                tx.emails().sent(queued.claim())?;
            }
            Ok(claimed)
        }));
        claimed.unwrap().into_iter().map(|queued| queued.email).collect()
    }

    fn sending(&self, id: NotificationId) -> (State, Option<Reason>) {
        let found: Result<Vec<Sending>, StoreError> =
            block_on(self.work.read(move |tx| tx.sendings().sendings(id)));
        let found = found.unwrap();
        (found[0].state, found[0].reason)
    }

    fn choose(&self, scope: Scope, mode: Mode) {
        let chosen = vec![Preference { scope, channel: Channel::Email, mode }];
        block_on(self.notifications.choose(&self.ada, None, chosen, true)).unwrap();
    }

    /// It is 08:00 on a Saturday: quiet until noon.
    fn be_quiet(&self) {
        let quiet = |hours: &mut QuietHours| {
            hours.days = vec![Day::Saturday];
            hours.from = Minute::parse("07:00").unwrap();
            hours.to = Minute::parse("12:00").unwrap();
        };
        block_on(self.notifications.be_quiet(&self.ada, None, quiet)).unwrap();
    }

    fn release(&self) -> u64 {
        block_on(self.notifications.release()).unwrap()
    }
}

#[test]
fn an_email_says_what_happened_and_how_to_get_no_more() {
    let fixture = Fixture::with_emails();
    let id = fixture.comment();
    assert_eq!(fixture.sending(id), (State::Sent, None));
    let emails = fixture.emails();
    let email = &emails[0];
    assert_eq!((emails.len(), email.to()), (1, "ada@example.com"));
    assert_eq!(email.subject(), "eve commented on the task \"Paint\".");
    assert!(email.text().contains("https://example.com/unsubscribe?token="), "{}", email.text());
    assert!(email.html().contains("&quot;Paint&quot;"), "{}", email.html());
    let one_click = email.unsubscribe().unwrap();
    let begin = "https://api.example.com/api/v1/notifications/unsubscribe?token=";
    assert!(one_click.starts_with(begin), "{one_click}");
}

#[test]
fn n7_every_skip_has_its_reason() {
    let fixture = Fixture::with_emails();
    fixture.choose(Scope::Category(Category::Tasks), Mode::Off);
    let unwanted = fixture.comment();
    assert_eq!(fixture.sending(unwanted), (State::Skipped, Some(Reason::Preference)));
    fixture.choose(Scope::All, Mode::On);
    fixture.be_quiet();
    let read = fixture.comment();
    assert_eq!(fixture.sending(read), (State::Held, Some(Reason::Quiet)));
    block_on(fixture.notifications.set_read(&fixture.ada, read, true)).unwrap();
    fixture.clock.advance(Duration::from_hours(5));
    assert_eq!(fixture.release(), 1);
    assert_eq!(fixture.sending(read), (State::Skipped, Some(Reason::Read)));
    // Eve's address is not proven.
    let notice = Notice { actor: None, ..fixture.notice(Kind::TaskCommented, &[fixture.eve.user]) };
    let [first, _] = fixture.notify(&[notice]);
    first.unwrap();
    let id = fixture.inbox(&fixture.eve).page.items[0].notification.id;
    assert_eq!(fixture.sending(id), (State::Skipped, Some(Reason::NoAddress)));
    assert_eq!(fixture.emails(), []);
}

#[test]
fn n4_quiet_hours_hold_emails_and_release_them_in_order() {
    let fixture = Fixture::with_emails();
    fixture.be_quiet();
    let held = [fixture.comment(), fixture.comment()];
    assert_eq!((fixture.emails(), fixture.inbox(&fixture.ada).unread), (vec![], 2));
    assert_eq!(fixture.release(), 0);
    fixture.clock.advance(Duration::from_hours(4));
    // What comes when the hours have just ended waits behind what was held.
    let later = fixture.comment();
    assert_eq!(fixture.sending(later), (State::Held, Some(Reason::Quiet)));
    assert_eq!((fixture.release(), fixture.release()), (3, 0));
    for id in held.into_iter().chain([later]) {
        assert_eq!(fixture.sending(id), (State::Sent, None));
    }
    assert_eq!(fixture.emails().len(), 3);
}

#[test]
fn changed_settings_hold_for_what_has_not_gone_out() {
    let fixture = Fixture::with_emails();
    fixture.be_quiet();
    fixture.comment();
    block_on(fixture.notifications.be_quiet(&fixture.ada, None, |hours| hours.days.clear()))
        .unwrap();
    assert_eq!((fixture.release(), fixture.emails().len()), (1, 1));
    fixture.be_quiet();
    let unwanted = fixture.comment();
    fixture.choose(Scope::Kind(Kind::TaskCommented), Mode::Off);
    assert_eq!((fixture.release(), fixture.emails().len()), (1, 0));
    assert_eq!(fixture.sending(unwanted), (State::Skipped, Some(Reason::Preference)));
}

#[test]
fn n8_a_link_switches_one_category_off_and_a_forged_one_nothing() {
    let fixture = Fixture::with_emails();
    fixture.choose(Scope::Kind(Kind::TaskCommented), Mode::On);
    fixture.comment();
    let email = fixture.emails().remove(0);
    let (_, token) = email.unsubscribe().unwrap().split_once("token=").unwrap();
    for forged in ["", "1-tasks-00", &token.replace("tasks", "products")] {
        let refused = block_on(fixture.notifications.unsubscribe(forged));
        assert!(matches!(refused, Err(NotificationError::BadLink)), "{forged}");
    }
    for _ in 0..2 {
        let about = block_on(fixture.notifications.unsubscribe(token)).unwrap();
        assert_eq!(about, [Category::Tasks]);
    }
    let id = fixture.comment();
    assert_eq!(fixture.sending(id), (State::Skipped, Some(Reason::Preference)));
    let settings = block_on(fixture.notifications.settings(&fixture.ada)).unwrap();
    let products = settings.preferences.effective(Kind::WarrantyExpiring, Channel::Email);
    assert_eq!(products.mode, Mode::On);
}

/// Compares with `tests/events/`; `ALVEOLE_BLESS=1` (`make golden`) rewrites the files.
#[test]
fn every_event_looks_as_it_was_promised() {
    let mut fixture = Fixture::new();
    let id = fixture.comment();
    fixture.clock.advance(Duration::from_micros(1_000_001));
    block_on(fixture.notifications.set_read(&fixture.ada, id, true)).unwrap();
    block_on(fixture.notifications.remove(&fixture.ada, id)).unwrap();
    fixture.comment();
    block_on(fixture.notifications.read_all(&fixture.ada, None)).unwrap();
    fixture.send_webhooks();
    fixture.comment();
    let mut published = fixture.events();
    published.retain(|event| event.name != events::CREATED || event.subject == id.get());
    assert_eq!(published.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(), events::ALL);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/events");
    for event in published {
        assert_eq!(event.audience, [fixture.ada.user.into()]);
        let json = serde_json::to_string_pretty(&Envelope::from(&event)).unwrap() + "\n";
        let path = folder.join(format!("{}.json", event.name));
        if std::env::var_os("ALVEOLE_BLESS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &json).unwrap();
        }
        let promised = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(json, promised, "{} changed: that takes a new version", event.name);
    }
}

#[test]
fn n6_what_comes_together_is_read_up_to_a_moment() {
    const NAME: &str = "tests.together";
    let fixture = Fixture::new();
    let at = fixture.clock.now();
    let appended: Result<Vec<Event>, StoreError> = block_on(fixture.work.write(move |tx| {
        tx.inbox().start(NAME, Position::START)?;
        for subject in 1..=3 {
            tx.outbox().append(&NewEvent {
                name: "task.commented.v1",
                at,
                actor: None,
                subject,
                audience: Vec::new(),
                payload: Default::default(),
                request_id: None,
            })?;
        }
        tx.outbox().named(&["task.commented.v1"], None, 10)
    }));
    let events: Vec<Arc<Event>> = appended.unwrap().into_iter().map(Arc::new).collect();
    let source = Source::Feed(Position::START);
    let batch = Batch { consumer: NAME, events, source };
    let notice = fixture.notice(Kind::TaskCommented, &[fixture.ada.user]);
    let notices = vec![vec![notice]; 3];
    assert_eq!(block_on(fixture.notifications.notify(batch.clone(), notices.clone())).unwrap(), 3);
    let again = block_on(fixture.notifications.notify(batch, notices));
    assert!(matches!(again, Err(NotificationError::Store(StoreError::Stale))), "{again:?}");
    let middle = fixture.inbox(&fixture.ada).page.items[1].notification.created_at;
    let read = block_on(fixture.notifications.read_all(&fixture.ada, Some(middle)));
    assert_eq!((read.unwrap(), fixture.inbox(&fixture.ada).unread), (2, 1));
}
