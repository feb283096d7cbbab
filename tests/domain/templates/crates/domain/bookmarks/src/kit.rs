//! The conformance kit of this domain's port. An adapter runs each case of [`CASES`] on a fresh
//! [`Fixture`]. Failures are panics.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a kit is made of tests: its failures are panics"
)]

use std::sync::Arc;

use kernel::{
    BoxFuture, Cursor, Page, PageRequest, Paging, StoreError, UnitOfWork, UserId,
    kit::{ODD_TEXTS, long, moment, nobody, together},
};

use crate::{
    bookmark::{Bookmark, NewBookmark},
    commands::CreateBookmark,
    ports::BookmarksTx,
    values::{BookmarkId, Note, Title},
};

/// A fresh, empty store with some people in it.
pub struct Fixture {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn BookmarksTx>>,
    /// Two active accounts.
    pub people: Vec<UserId>,
}

kernel::cases! { Fixture:
    s1_a_bookmark_comes_back_as_it_went_in,
    s1_a_save_writes_every_field,
    s2_a_stale_save_changes_nothing,
    s2_a_stale_remove_changes_nothing,
    s3_an_owner_who_does_not_exist_is_missing,
    s4_a_bookmark_is_found_for_its_owner_only,
    s5_who_locks_second_sees_what_the_first_wrote,
    s6_of_many_who_change_one_version_one_succeeds,
    s7_pages_by_number_and_by_cursor_show_the_newest_first,
    s8_remove_all_removes_one_persons_and_no_others,
}

/// A transaction, as closures get it.
type Tx = dyn BookmarksTx;

kernel::fixture!(Fixture: Tx);

fn titled(text: &str) -> CreateBookmark {
    CreateBookmark::titled(Title::parse(text).unwrap())
}

/// Every field at its extremes.
fn extremes() -> Vec<CreateBookmark> {
    let mut all: Vec<CreateBookmark> = ODD_TEXTS.iter().map(|text| titled(text)).collect();
    for bookmark in &mut all {
        bookmark.note = Note::parse(&format!(" {}\n", bookmark.title.as_str())).unwrap();
    }
    let note = Note::parse(&long(Note::MAX)).unwrap();
    all.push(CreateBookmark { note, ..titled(&long(Title::MAX)) });
    all
}

impl Fixture {
    fn new_bookmark(&self, content: CreateBookmark) -> NewBookmark {
        NewBookmark { owner: self.people[0], content, created_at: moment(3) }
    }

    async fn insert(&self, new: NewBookmark) -> Bookmark {
        self.write(move |tx| tx.bookmarks().insert(&new)).await
    }

    async fn titled(&self, title: &str) -> Bookmark {
        self.insert(self.new_bookmark(titled(title))).await
    }

    async fn get(&self, owner: UserId, id: BookmarkId) -> Option<Bookmark> {
        self.read(move |tx| tx.bookmarks().get(owner, id)).await
    }

    async fn save(&self, bookmark: &Bookmark) -> Result<Bookmark, StoreError> {
        let bookmark = bookmark.clone();
        self.work
            .write(move |tx| {
                let mut bookmark = bookmark.clone();
                tx.bookmarks().save(&mut bookmark)?;
                Ok(bookmark)
            })
            .await
    }

    async fn list(&self, owner: UserId, paging: Paging) -> Page<Bookmark> {
        let page = PageRequest { paging, limit: 3 };
        self.read(move |tx| tx.bookmarks().list(owner, &page)).await
    }
}

async fn s1_a_bookmark_comes_back_as_it_went_in(fixture: Fixture) {
    for content in extremes() {
        let new = fixture.new_bookmark(content);
        let bookmark = fixture.insert(new.clone()).await;
        assert_eq!(bookmark, new.stored(bookmark.id));
        assert_eq!(fixture.get(new.owner, bookmark.id).await, Some(bookmark));
    }
}

async fn s1_a_save_writes_every_field(fixture: Fixture) {
    let mut bookmark = fixture.titled("before").await;
    for CreateBookmark { title, note } in extremes() {
        let changed = Bookmark { title, note, updated_at: moment(123_456), ..bookmark };
        bookmark = fixture.save(&changed).await.unwrap();
        assert_eq!(bookmark, Bookmark { version: changed.version + 1, ..changed });
        assert_eq!(fixture.get(bookmark.owner, bookmark.id).await.as_ref(), Some(&bookmark));
    }
}

async fn s2_a_stale_save_changes_nothing(fixture: Fixture) {
    let old = fixture.titled("v1").await;
    let new = fixture.save(&old).await.unwrap();
    for version in [1, 3, 0, i64::MAX] {
        let stale = Bookmark { title: titled("stale").title, version, ..old.clone() };
        let why = fixture
            .refused(move |tx| {
                let mut bookmark = stale.clone();
                let answer = tx.bookmarks().save(&mut bookmark);
                assert_eq!(bookmark, stale, "the argument stays as it was");
                answer
            })
            .await;
        assert!(matches!(why, StoreError::Stale), "version {version}: {why:?}");
        assert_eq!(fixture.get(old.owner, old.id).await.as_ref(), Some(&new));
    }
}

async fn s2_a_stale_remove_changes_nothing(fixture: Fixture) {
    let old = fixture.titled("v1").await;
    let new = fixture.save(&old).await.unwrap();
    let why = fixture.refused(move |tx| tx.bookmarks().remove(&old)).await;
    assert!(matches!(why, StoreError::Stale), "{why:?}");
    assert_eq!(fixture.get(new.owner, new.id).await.as_ref(), Some(&new));
    let removed = new.clone();
    fixture.write(move |tx| tx.bookmarks().remove(&removed)).await;
    assert_eq!(fixture.get(new.owner, new.id).await, None);
    let why = fixture.refused(move |tx| tx.bookmarks().remove(&new)).await;
    assert!(matches!(why, StoreError::Stale), "{why:?}");
}

async fn s3_an_owner_who_does_not_exist_is_missing(fixture: Fixture) {
    let new = NewBookmark { owner: nobody(), ..fixture.new_bookmark(titled("t")) };
    let why = fixture.refused(move |tx| tx.bookmarks().insert(&new)).await;
    assert!(matches!(why, StoreError::Missing("bookmarks.owner")), "{why:?}");
}

async fn s4_a_bookmark_is_found_for_its_owner_only(fixture: Fixture) {
    let bookmark = fixture.titled("t").await;
    let (id, people) = (bookmark.id, [fixture.people[0], fixture.people[1]]);
    let [own, others] = fixture
        .write(move |tx| {
            let mut found = people.map(|_| (None, None));
            for (found, owner) in found.iter_mut().zip(people) {
                *found = (tx.bookmarks().get(owner, id)?, tx.bookmarks().lock(owner, id)?);
            }
            Ok(found)
        })
        .await;
    assert_eq!(own, (Some(bookmark.clone()), Some(bookmark)));
    assert_eq!(others, (None, None));
    assert_eq!(fixture.list(people[1], Paging::Number(1)).await.items, []);
}

async fn s5_who_locks_second_sees_what_the_first_wrote(fixture: Fixture) {
    const UNITS: usize = 12;
    let Bookmark { id, owner, .. } = fixture.titled("0").await;
    let one = |_| {
        let future: BoxFuture<'_, Result<(), StoreError>> =
            Box::pin(fixture.work.write(move |tx| {
                let mut bookmark = tx.bookmarks().lock(owner, id)?.unwrap();
                let count: usize = bookmark.title.as_str().parse().unwrap();
                bookmark.title = titled(&(count + 1).to_string()).title;
                tx.bookmarks().save(&mut bookmark)
            }));
        future
    };
    for outcome in together((0..UNITS).map(one).collect()).await {
        outcome.unwrap();
    }
    let bookmark = fixture.get(owner, id).await.unwrap();
    assert_eq!((bookmark.title.as_str(), bookmark.version), ("12", 13), "an update was lost");
}

async fn s6_of_many_who_change_one_version_one_succeeds(fixture: Fixture) {
    let work = &fixture.work;
    for _ in 0..4 {
        let read = fixture.titled("read by all").await;
        let one = |number: usize| {
            let mut mine = read.clone();
            mine.title = titled(&format!("writer {number}")).title;
            let future: BoxFuture<'_, bool> = Box::pin(async move {
                let change = work.write(move |tx| match number {
                    0 => tx.bookmarks().remove(&mine),
                    _ => tx.bookmarks().save(&mut mine.clone()),
                });
                match change.await {
                    Ok(()) => true,
                    Err(StoreError::Stale) => false,
                    Err(other) => panic!("a lost race is Stale, not {other:?}"),
                }
            });
            future
        };
        let outcomes = together((0..8).map(one).collect()).await;
        assert_eq!(outcomes.iter().filter(|won| **won).count(), 1, "{outcomes:?}");
    }
}

async fn s7_pages_by_number_and_by_cursor_show_the_newest_first(fixture: Fixture) {
    let [owner, other] = [fixture.people[0], fixture.people[1]];
    let mut expected = Vec::new();
    for number in 0..8 {
        let new = fixture.new_bookmark(titled(&number.to_string()));
        fixture.insert(NewBookmark { owner: other, ..new.clone() }).await;
        expected.insert(0, fixture.insert(new).await);
    }
    let (mut numbered, mut by_cursor) = (Vec::new(), Vec::new());
    for number in 1..=4 {
        let page = fixture.list(owner, Paging::Number(number)).await;
        assert_eq!((page.total, page.next), (Some(8), None));
        numbered.extend(page.items);
    }
    assert_eq!(numbered, expected);
    let mut next: Option<Cursor> = None;
    loop {
        let page = fixture.list(owner, Paging::Cursor(next)).await;
        assert_eq!(page.total, None);
        by_cursor.extend(page.items);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(by_cursor, expected);
}

async fn s8_remove_all_removes_one_persons_and_no_others(fixture: Fixture) {
    let [owner, other] = [fixture.people[0], fixture.people[1]];
    fixture.titled("one").await;
    fixture.titled("two").await;
    let theirs = NewBookmark { owner: other, ..fixture.new_bookmark(titled("theirs")) };
    let theirs = fixture.insert(theirs).await;
    assert_eq!(fixture.write(move |tx| tx.bookmarks().remove_all(owner)).await, 2);
    assert_eq!(fixture.write(move |tx| tx.bookmarks().remove_all(owner)).await, 0);
    assert_eq!(fixture.list(owner, Paging::Number(1)).await.items, []);
    assert_eq!(fixture.list(other, Paging::Number(1)).await.items, [theirs]);
}
