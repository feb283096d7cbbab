//! Links.

use kernel::StoreError;

use super::{Fixture, moment, no_file};
use crate::{
    file::{NewShare, Share},
    values::FileId,
};

impl Fixture {
    async fn file(&self) -> FileId {
        let blob = self.keep(1).await;
        self.insert(self.plain(&blob, "shared.txt")).await.id
    }

    fn link(&self, file: FileId, until: i64) -> NewShare {
        NewShare { file, by: self.people[1], created_at: moment(0), expires_at: moment(until) }
    }

    async fn linked(&self, file: FileId, until: i64) -> Share {
        let new = self.link(file, until);
        self.write(move |tx| tx.shares().insert(&new)).await
    }
}

pub(super) async fn l1_a_link_comes_back_under_its_file_only(fixture: Fixture) {
    let (file, other) = (fixture.file().await, fixture.file().await);
    let share = fixture.linked(file, 9).await;
    let expected = Share {
        id: share.id,
        file,
        by: fixture.people[1],
        created_at: moment(0),
        expires_at: moment(9),
    };
    assert_eq!(share, expected);
    let id = share.id;
    assert_eq!(fixture.read(move |tx| tx.shares().share(file, id)).await, Some(expected));
    assert_eq!(fixture.read(move |tx| tx.shares().share(other, id)).await, None);
}

pub(super) async fn l2_there_is_no_link_without_a_file(fixture: Fixture) {
    let new = fixture.link(no_file(), 9);
    let why = fixture.refused(move |tx| tx.shares().insert(&new)).await;
    assert!(matches!(why, StoreError::Missing("shares.file")), "{why:?}");
}

pub(super) async fn l3_links_that_are_over_are_not_listed(fixture: Fixture) {
    let (file, other) = (fixture.file().await, fixture.file().await);
    let mut links = Vec::new();
    for until in [5, 9, 7] {
        links.push(fixture.linked(file, until).await);
    }
    fixture.linked(other, 9).await;
    let at = |now| fixture.read(move |tx| tx.shares().list(file, moment(now)));
    assert_eq!(at(4).await, links);
    assert_eq!(at(5).await, links[1..]);
    assert_eq!(at(9).await, []);
}

pub(super) async fn l4_a_link_is_taken_back_once(fixture: Fixture) {
    let (file, other) = (fixture.file().await, fixture.file().await);
    let id = fixture.linked(file, 9).await.id;
    assert!(!fixture.write(move |tx| tx.shares().revoke(other, id)).await);
    assert!(fixture.write(move |tx| tx.shares().revoke(file, id)).await);
    assert!(!fixture.write(move |tx| tx.shares().revoke(file, id)).await);
    assert_eq!(fixture.read(move |tx| tx.shares().share(file, id)).await, None);
}

pub(super) async fn l5_pruning_forgets_what_is_over(fixture: Fixture) {
    let file = fixture.file().await;
    for until in [1, 2, 3] {
        fixture.linked(file, until).await;
    }
    assert_eq!(fixture.write(|tx| tx.shares().prune(moment(3), 1)).await, 1);
    assert_eq!(fixture.write(|tx| tx.shares().prune(moment(3), 9)).await, 1);
    assert_eq!(fixture.write(|tx| tx.shares().prune(moment(3), 9)).await, 0);
    let left = fixture.read(move |tx| tx.shares().list(file, moment(0))).await;
    assert_eq!(left.len(), 1);
}
