//! The rules of the use cases, on the memory adapter.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "these are tests: their failures are panics, and golden files are files"
)]

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use bookmarks::{
    Bookmark, BookmarkError, BookmarkId, Bookmarks, BookmarksTx,
    commands::{CreateBookmark, UpdateBookmark},
    events,
    values::{Note, Title},
};
use kernel::{
    Actor, Clock as _, Event, NewEvent, Outcome, PageRequest, Permissions, Role, StoreError,
    Timestamp, UnitOfWork, UserId, consumer::USER_DELETED, event::Envelope, kit::deliver,
    time::FixedClock,
};
use memory::MemoryDb;
use pollster::block_on;

struct Fixture {
    bookmarks: Arc<Bookmarks>,
    work: Arc<dyn UnitOfWork<dyn BookmarksTx>>,
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
        let work: Arc<dyn UnitOfWork<dyn BookmarksTx>> = db;
        let bookmarks = Arc::new(Bookmarks::new(Arc::clone(&work), Arc::clone(&clock) as _));
        Self { bookmarks, work, clock, ada, eve }
    }

    fn create(&self, owner: &Actor, text: &str) -> Bookmark {
        let command = CreateBookmark::titled(title(text));
        match block_on(self.bookmarks.create(owner, None, command)).unwrap() {
            Outcome::Executed(bookmark) => bookmark,
            Outcome::Replayed(_) => panic!("a replay, where nothing happened before"),
        }
    }

    fn update(&self, id: BookmarkId, expected: Option<i64>, text: &str) -> Outcomes<Bookmark> {
        let update = UpdateBookmark { title: Some(title(text)), note: None };
        block_on(self.bookmarks.update(&self.ada, id, expected, update))
    }

    fn count(&self, owner: &Actor) -> usize {
        block_on(self.bookmarks.list(owner, PageRequest::default())).unwrap().items.len()
    }

    fn events(&self) -> Vec<Event> {
        let read: Result<_, StoreError> =
            block_on(self.work.read(|tx| tx.outbox().after(None, 1000)));
        read.unwrap()
    }
}

type Outcomes<T> = Result<T, BookmarkError>;

fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

#[test]
fn other_people_find_nothing_whatever_their_role() {
    let fixture = Fixture::new();
    let id = fixture.create(&fixture.ada, "t").id;
    let root = Actor::new(fixture.eve.user, Role::SuperAdmin);
    for stranger in [&fixture.eve, &root] {
        let update = UpdateBookmark { title: Some(title("x")), note: None };
        let answers = [
            block_on(fixture.bookmarks.get(stranger, id)).map(drop),
            block_on(fixture.bookmarks.update(stranger, id, None, update)).map(drop),
            block_on(fixture.bookmarks.remove(stranger, id, None)),
        ];
        for answer in answers {
            assert!(matches!(answer, Err(BookmarkError::NotFound(_))), "{answer:?}");
        }
        assert_eq!(fixture.count(stranger), 0);
    }
    assert_eq!(fixture.events().len(), 1);
}

#[test]
fn each_use_case_needs_its_permission() {
    let fixture = Fixture::new();
    let id = fixture.create(&fixture.ada, "t").id;
    let nothing = Actor { permissions: Permissions::NONE, ..fixture.ada.clone() };
    let command = CreateBookmark::titled(title("x"));
    let update = UpdateBookmark::default();
    let answers = [
        ("bookmarks:read", block_on(fixture.bookmarks.get(&nothing, id)).map(drop)),
        ("bookmarks:read", block_on(fixture.bookmarks.list(&nothing, <_>::default())).map(drop)),
        ("bookmarks:write", block_on(fixture.bookmarks.create(&nothing, None, command)).map(drop)),
        (
            "bookmarks:write",
            block_on(fixture.bookmarks.update(&nothing, id, None, update)).map(drop),
        ),
        ("bookmarks:write", block_on(fixture.bookmarks.remove(&nothing, id, None))),
    ];
    for (needed, answer) in answers {
        let Err(BookmarkError::MissingPermission(missing)) = answer else { panic!("{answer:?}") };
        assert_eq!(missing, needed);
    }
}

#[test]
fn an_old_version_is_refused_with_the_current_state() {
    let fixture = Fixture::new();
    let id = fixture.create(&fixture.ada, "v1").id;
    let now = fixture.update(id, Some(1), "v2").unwrap();
    assert_eq!(now.version, 2);
    let answers = [
        fixture.update(id, Some(1), "v3").map(drop),
        fixture.update(id, Some(3), "v3").map(drop),
        block_on(fixture.bookmarks.remove(&fixture.ada, id, Some(1))),
    ];
    for answer in answers {
        let Err(BookmarkError::Stale(current)) = answer else { panic!("{answer:?}") };
        assert_eq!(*current, now);
    }
    block_on(fixture.bookmarks.remove(&fixture.ada, id, Some(2))).unwrap();
}

#[test]
fn a_no_op_update_writes_nothing_and_publishes_no_event() {
    let fixture = Fixture::new();
    let bookmark = fixture.create(&fixture.ada, "same");
    fixture.clock.advance(Duration::from_secs(1));
    assert_eq!(fixture.update(bookmark.id, None, "same").unwrap(), bookmark);
    assert_eq!(fixture.events().len(), 1);
}

#[test]
fn a_deleted_account_leaves_nothing_and_the_second_delivery_changes_nothing() {
    let fixture = Fixture::new();
    fixture.create(&fixture.ada, "one");
    fixture.create(&fixture.ada, "two");
    fixture.create(&fixture.eve, "hers");
    let consumers = fixture.bookmarks.consumers();
    let consumer = consumers.iter().find(|one| one.events == [USER_DELETED]).unwrap();
    let deleted = |user: UserId| NewEvent {
        name: USER_DELETED,
        at: fixture.clock.now(),
        actor: None,
        subject: user.get(),
        audience: Vec::new(),
        payload: Default::default(),
        request_id: None,
    };
    let [first, second] = block_on(deliver(&*fixture.work, consumer, &deleted(fixture.ada.user)));
    first.unwrap();
    second.expect_err("it was handled before");
    assert_eq!((fixture.count(&fixture.ada), fixture.count(&fixture.eve)), (0, 1));
}

/// Compares with `tests/events/`; `ALVEOLE_BLESS=1` (`make golden`) rewrites the files.
#[test]
fn every_event_looks_as_it_was_promised() {
    let fixture = Fixture::new();
    let id = fixture.create(&fixture.ada, "The first").id;
    fixture.clock.advance(Duration::from_micros(1_000_001));
    let note = Some(Note::parse("Two lines,\none \"quoted\".").unwrap());
    let update = UpdateBookmark { title: None, note };
    block_on(fixture.bookmarks.update(&fixture.ada, id, None, update)).unwrap();
    block_on(fixture.bookmarks.remove(&fixture.ada, id, None)).unwrap();
    let published = fixture.events();
    assert_eq!(published.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(), events::ALL);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/events");
    for event in published {
        assert_eq!((event.subject, event.actor), (id.get(), Some(fixture.ada.user)));
        assert_eq!(event.audience, [fixture.ada.user.into()]);
        assert_eq!(event.request_id.as_deref(), Some("req-ada"));
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
