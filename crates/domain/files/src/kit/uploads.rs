//! Uploads that may come in several requests.

use kernel::{BoxFuture, OwnedId, StoreError};

use super::{Fixture, key, moment, no_file, nobody, together};
use crate::{
    file::Attached,
    outbound::ObjectKey,
    session::{NewSession, Part, UploadSession},
    values::{FileId, FileKind, FileName, UploadId, Visibility},
};

fn no_upload() -> UploadId {
    UploadId::parse(4_000_000_000_000_000_000).unwrap()
}

fn part(start: u64, size: u64, name: &str) -> Part {
    Part { start, size, key: key(name) }
}

impl Fixture {
    /// An upload of the first person, of 100 bytes, until moment 9.
    fn session(&self) -> NewSession {
        NewSession {
            owner: self.people[0],
            kind: FileKind::Document,
            visibility: Visibility::Private,
            name: FileName::tamed("Grüße.pdf"),
            declared: None,
            attached: None,
            length: 100,
            metadata: String::new(),
            created_at: moment(0),
            expires_at: moment(9),
        }
    }

    async fn begun(&self, new: NewSession) -> UploadSession {
        self.write(move |tx| tx.uploads().insert(&new)).await
    }

    async fn plain_upload(&self) -> UploadId {
        self.begun(self.session()).await.id
    }

    async fn upload(&self, id: UploadId) -> Option<UploadSession> {
        self.read(move |tx| tx.uploads().get(id)).await
    }

    async fn append(&self, id: UploadId, part: Part) -> bool {
        self.write(move |tx| tx.uploads().append(id, &part, moment(50))).await
    }

    async fn parts(&self, id: UploadId) -> Vec<Part> {
        self.read(move |tx| tx.uploads().parts(id)).await
    }

    async fn claim(&self, id: UploadId, from: u64) -> Option<Vec<ObjectKey>> {
        self.write(move |tx| tx.uploads().claim(id, from)).await
    }

    async fn received(&self, id: UploadId) -> u64 {
        self.upload(id).await.unwrap().received
    }
}

pub(super) async fn u1_an_upload_comes_back_as_it_was_begun(fixture: Fixture) {
    let owned = OwnedId::parse(77).unwrap();
    for (declared, attached, metadata) in [
        (None, None, ""),
        (Some("application/pdf".to_owned()), Some(Attached::Task(fixture.task)), "filename R3I="),
        (None, Some(Attached::Owned(owned)), "is_public,filename R3I="),
    ] {
        let metadata = metadata.to_owned();
        let new = NewSession { declared, attached, metadata, ..fixture.session() };
        let begun = fixture.begun(new.clone()).await;
        assert_eq!(begun, new.stored(begun.id));
        assert_eq!(fixture.upload(begun.id).await, Some(begun));
    }
    assert_eq!(fixture.upload(no_upload()).await, None);
}

pub(super) async fn u2_nobody_can_begin_an_upload(fixture: Fixture) {
    let new = NewSession { owner: nobody(), ..fixture.session() };
    let why = fixture.refused(move |tx| tx.uploads().insert(&new)).await;
    assert!(matches!(why, StoreError::Missing("files.owner")), "{why:?}");
}

pub(super) async fn u3_a_part_is_kept_where_the_upload_ends(fixture: Fixture) {
    let id = fixture.plain_upload().await;
    assert!(!fixture.append(id, part(1, 9, "gap")).await);
    assert!(!fixture.append(no_upload(), part(0, 9, "nowhere")).await);
    assert!(!fixture.append(id, part(0, 100, "whole")).await, "the last byte is not for a part");
    assert_eq!(fixture.upload(id).await.unwrap().expires_at, moment(9));
    assert!(fixture.append(id, part(0, 60, "a")).await);
    let upload = fixture.upload(id).await.unwrap();
    assert_eq!((upload.received, upload.expires_at), (60, moment(50)));
    assert!(!fixture.append(id, part(0, 60, "again")).await);
    assert!(!fixture.append(id, part(60, 40, "end")).await);
    assert!(!fixture.append(id, part(60, u64::MAX >> 1, "beyond")).await);
    assert!(fixture.append(id, part(60, 39, "b")).await);
    assert_eq!(fixture.parts(id).await, [part(0, 60, "a"), part(60, 39, "b")]);
    assert_eq!(fixture.received(id).await, 99);
}

pub(super) async fn u3_of_many_who_append_at_one_place_one_wins(fixture: Fixture) {
    let id = fixture.plain_upload().await;
    let one = |number: u64| {
        let work = fixture.work.clone();
        let future: BoxFuture<'_, bool> = Box::pin(async move {
            let new = part(0, 10 + number, &format!("n{number}"));
            let kept: Result<_, StoreError> =
                work.write(move |tx| tx.uploads().append(id, &new, moment(50))).await;
            kept.unwrap()
        });
        future
    };
    let kept = together((0..8).map(one).collect()).await;
    let winners: Vec<u64> = (0..8).zip(&kept).filter(|(_, won)| **won).map(|(n, _)| n).collect();
    let [winner] = winners[..] else { panic!("one wins: {winners:?}") };
    assert_eq!(fixture.parts(id).await, [part(0, 10 + winner, &format!("n{winner}"))]);
    assert_eq!(fixture.received(id).await, 10 + winner);
}

pub(super) async fn u4_parts_come_by_their_beginning(fixture: Fixture) {
    let (id, other) = (fixture.plain_upload().await, fixture.plain_upload().await);
    let mut expected = Vec::new();
    for start in 0..12 {
        // names in another order than the beginnings
        let new = part(start * 2, 2, &format!("p{:02}", 50 - start));
        assert!(fixture.append(id, new.clone()).await);
        expected.push(new);
    }
    assert!(fixture.append(other, part(0, 2, "other")).await);
    assert_eq!(fixture.parts(id).await, expected);
    assert_eq!(fixture.parts(no_upload()).await, []);
}

pub(super) async fn u5_a_claim_makes_an_upload_whole_once(fixture: Fixture) {
    let id = fixture.plain_upload().await;
    fixture.append(id, part(0, 60, "a")).await;
    fixture.append(id, part(60, 10, "b")).await;
    assert_eq!(fixture.claim(id, 60).await, None);
    assert_eq!(fixture.claim(no_upload(), 0).await, None);
    assert_eq!(fixture.parts(id).await.len(), 2);
    let mut keys = fixture.claim(id, 70).await.unwrap();
    keys.sort();
    assert_eq!(keys, [key("a"), key("b")]);
    let file = FileId::parse(12).unwrap();
    fixture.write(move |tx| tx.uploads().conclude(id, file, moment(70))).await;
    let upload = fixture.upload(id).await.unwrap();
    assert_eq!((upload.received, upload.file), (100, Some(file)));
    assert_eq!(upload.expires_at, moment(70));
    assert_eq!(fixture.parts(id).await, []);
    assert_eq!((fixture.claim(id, 70).await, fixture.claim(id, 100).await), (None, None));
    assert!(!fixture.append(id, part(100, 1, "more")).await);
    // an upload that came in one piece
    let id = fixture.plain_upload().await;
    assert_eq!(fixture.claim(id, 0).await, Some(Vec::new()));
}

pub(super) async fn u5_of_many_who_claim_one_upload_one_is_given_its_parts(fixture: Fixture) {
    let id = fixture.plain_upload().await;
    fixture.append(id, part(0, 60, "a")).await;
    let one = |_| {
        let work = fixture.work.clone();
        let future: BoxFuture<'_, bool> = Box::pin(async move {
            let claimed: Result<_, StoreError> =
                work.write(move |tx| tx.uploads().claim(id, 60)).await;
            claimed.unwrap().is_some()
        });
        future
    };
    let claimed = together((0..8).map(one).collect()).await;
    assert_eq!(claimed.iter().filter(|claimed| **claimed).count(), 1);
}

pub(super) async fn u5_of_one_who_appends_and_one_who_claims_one_wins(fixture: Fixture) {
    for round in 0..8 {
        let id = fixture.plain_upload().await;
        let work = fixture.work.clone();
        let append: BoxFuture<'_, bool> = Box::pin(async move {
            let new = part(0, 60, &format!("r{round}"));
            let kept: Result<_, StoreError> =
                work.write(move |tx| tx.uploads().append(id, &new, moment(50))).await;
            kept.unwrap()
        });
        let work = fixture.work.clone();
        let claim: BoxFuture<'_, bool> = Box::pin(async move {
            let claimed: Result<_, StoreError> =
                work.write(move |tx| tx.uploads().claim(id, 0)).await;
            claimed.unwrap().is_some()
        });
        let won = together(vec![append, claim]).await;
        assert_ne!(won[0], won[1], "round {round}");
        let (parts, received) = (fixture.parts(id).await.len(), fixture.received(id).await);
        assert_eq!((parts, received), if won[0] { (1, 60) } else { (0, 100) });
    }
}

pub(super) async fn u6_a_removed_upload_is_gone_with_its_parts(fixture: Fixture) {
    let id = fixture.plain_upload().await;
    fixture.append(id, part(0, 60, "a")).await;
    let expected = fixture.upload(id).await.unwrap();
    let remove = |over| fixture.write(move |tx| tx.uploads().remove(id, over));
    assert_eq!(remove(Some(moment(50))).await, None);
    assert_eq!(fixture.parts(id).await.len(), 1);
    assert_eq!(remove(Some(moment(51))).await, Some((expected, vec![key("a")])));
    assert_eq!((fixture.upload(id).await, fixture.parts(id).await), (None, Vec::new()));
    assert_eq!(remove(None).await, None);
    let id = fixture.plain_upload().await;
    let gone = fixture.write(move |tx| tx.uploads().remove(id, None)).await;
    assert_eq!(gone.map(|(upload, keys)| (upload.id, keys.len())), Some((id, 0)));
}

pub(super) async fn u6_of_many_who_remove_one_upload_one_is_given_it(fixture: Fixture) {
    let id = fixture.plain_upload().await;
    fixture.append(id, part(0, 60, "a")).await;
    let one = |_| {
        let work = fixture.work.clone();
        let future: BoxFuture<'_, usize> = Box::pin(async move {
            let removed: Result<_, StoreError> =
                work.write(move |tx| tx.uploads().remove(id, None)).await;
            removed.unwrap().map_or(0, |(_, keys)| keys.len())
        });
        future
    };
    let removed = together((0..8).map(one).collect()).await;
    assert_eq!(removed.iter().sum::<usize>(), 1);
}

pub(super) async fn u7_uploads_are_found_by_owner_and_by_age(fixture: Fixture) {
    let mut ids = Vec::new();
    for until in [7, 5, 9] {
        let new = NewSession { expires_at: moment(until), ..fixture.session() };
        ids.push(fixture.begun(new).await.id);
    }
    let other = NewSession { owner: fixture.people[1], ..fixture.session() };
    let other = fixture.begun(other).await.id;
    let (first, second) = (fixture.people[0], fixture.people[1]);
    let of = |owner, limit| {
        let found = fixture.read(move |tx| tx.uploads().of_owner(owner, limit));
        async { found.await.into_iter().map(|upload| upload.id).collect::<Vec<_>>() }
    };
    assert_eq!((of(first, 9).await, of(second, 9).await), (ids.clone(), vec![other]));
    assert_eq!(of(first, 2).await, ids[..2]);
    let expired = |at, limit| fixture.read(move |tx| tx.uploads().expired(moment(at), limit));
    assert_eq!(expired(5, 9).await, []);
    assert_eq!(expired(8, 9).await, [ids[1], ids[0]]);
    assert_eq!(expired(8, 1).await, [ids[1]]);
    let pending = |owner| fixture.read(move |tx| tx.uploads().pending(owner));
    assert_eq!((pending(first).await, pending(second).await), (3, 1));
    let done = ids[0];
    fixture.claim(done, 0).await;
    fixture.write(move |tx| tx.uploads().conclude(done, no_file(), moment(9))).await;
    assert_eq!(pending(first).await, 2);
}

pub(super) async fn u8_known_parts_are_the_names_that_some_part_has(fixture: Fixture) {
    let id = fixture.plain_upload().await;
    fixture.append(id, part(0, 60, "a")).await;
    let asked = [key("a"), key("unknown")];
    let known = fixture.read(move |tx| tx.uploads().known_parts(&asked)).await;
    assert_eq!(known.into_iter().collect::<Vec<_>>(), [key("a")]);
    assert!(fixture.read(|tx| tx.uploads().known_parts(&[])).await.is_empty());
}
