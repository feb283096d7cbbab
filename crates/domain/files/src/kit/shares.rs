//! Links.

use kernel::StoreError;

use super::{Ground, moment, no_file};
use crate::{
    file::{NewShare, Share},
    values::FileId,
};

impl Ground {
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

pub(super) async fn l1_a_link_comes_back_under_its_file_only(ground: Ground) {
    let (file, other) = (ground.file().await, ground.file().await);
    let share = ground.linked(file, 9).await;
    let expected = Share {
        id: share.id,
        file,
        by: ground.people[1],
        created_at: moment(0),
        expires_at: moment(9),
    };
    assert_eq!(share, expected);
    let id = share.id;
    assert_eq!(ground.read(move |tx| tx.shares().share(file, id)).await, Some(expected));
    assert_eq!(ground.read(move |tx| tx.shares().share(other, id)).await, None);
}

pub(super) async fn l2_there_is_no_link_without_a_file(ground: Ground) {
    let new = ground.link(no_file(), 9);
    let why = ground.refused(move |tx| tx.shares().insert(&new)).await;
    assert!(matches!(why, StoreError::Missing("shares.file")), "{why:?}");
}

pub(super) async fn l3_links_that_are_over_are_not_listed(ground: Ground) {
    let (file, other) = (ground.file().await, ground.file().await);
    let mut links = Vec::new();
    for until in [5, 9, 7] {
        links.push(ground.linked(file, until).await);
    }
    ground.linked(other, 9).await;
    let at = |now| ground.read(move |tx| tx.shares().list(file, moment(now)));
    assert_eq!(at(4).await, links);
    assert_eq!(at(5).await, links[1..]);
    assert_eq!(at(9).await, []);
}

pub(super) async fn l4_a_link_is_taken_back_once(ground: Ground) {
    let (file, other) = (ground.file().await, ground.file().await);
    let id = ground.linked(file, 9).await.id;
    assert!(!ground.write(move |tx| tx.shares().revoke(other, id)).await);
    assert!(ground.write(move |tx| tx.shares().revoke(file, id)).await);
    assert!(!ground.write(move |tx| tx.shares().revoke(file, id)).await);
    assert_eq!(ground.read(move |tx| tx.shares().share(file, id)).await, None);
}

pub(super) async fn l5_a_sweep_forgets_what_is_over(ground: Ground) {
    let file = ground.file().await;
    for until in [1, 2, 3] {
        ground.linked(file, until).await;
    }
    assert_eq!(ground.write(|tx| tx.shares().sweep(moment(3), 1)).await, 1);
    assert_eq!(ground.write(|tx| tx.shares().sweep(moment(3), 9)).await, 1);
    assert_eq!(ground.write(|tx| tx.shares().sweep(moment(3), 9)).await, 0);
    let left = ground.read(move |tx| tx.shares().list(file, moment(0))).await;
    assert_eq!(left.len(), 1);
}
