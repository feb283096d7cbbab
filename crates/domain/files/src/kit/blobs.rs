//! Content, variants, and room taken.

use kernel::{BoxFuture, StoreError};

use super::{Fixture, content, key, no_blob, nobody, together};
use crate::{
    file::{Blob, Variant},
    media::Media,
    values::{Hash, VariantName},
};

fn variant(name: VariantName, at: &str) -> Variant {
    Variant {
        name,
        key: key(at),
        media: Media::WebP,
        size: 77,
        hash: Hash::of([9; 32]),
        pixels: (200, 113),
    }
}

pub(super) async fn b1_new_content_is_kept_under_its_name(fixture: Fixture) {
    let new = content(1, "one");
    let asked = new.clone();
    let blob = fixture.write(move |tx| tx.blobs().keep(&asked)).await;
    let expected = Blob { id: blob.id, hash: new.hash, size: new.size, key: new.key, refs: 1 };
    assert_eq!(blob, expected);
    let id = blob.id;
    assert_eq!(fixture.read(move |tx| tx.blobs().blob(id)).await, Some(expected));
    assert_eq!(fixture.read(|tx| tx.blobs().blob(no_blob())).await, None);
}

pub(super) async fn b2_content_that_is_there_is_counted(fixture: Fixture) {
    let first = fixture.keep(1).await;
    let again = fixture.write(|tx| tx.blobs().keep(&content(1, "again"))).await;
    assert_eq!(again, Blob { refs: 2, ..first.clone() });
    let other = fixture.keep(2).await;
    assert_ne!(other.id, first.id);
}

pub(super) async fn b2_of_many_who_keep_the_same_all_get_one(fixture: Fixture) {
    let one = |number: u32| {
        let work = fixture.work.clone();
        let future: BoxFuture<'_, Blob> = Box::pin(async move {
            let new = content(1, &format!("n{number}"));
            let kept: Result<_, StoreError> = work.write(move |tx| tx.blobs().keep(&new)).await;
            kept.unwrap()
        });
        future
    };
    let mut kept = together((0..8).map(one).collect()).await;
    assert!(kept.windows(2).all(|pair| pair[0].id == pair[1].id && pair[0].key == pair[1].key));
    kept.sort_by_key(|blob| blob.refs);
    let counts: Vec<u64> = kept.iter().map(|blob| blob.refs).collect();
    assert_eq!(counts, (1..=8).collect::<Vec<u64>>());
}

pub(super) async fn b3_the_last_release_removes_content_and_variants(fixture: Fixture) {
    let blob = fixture.keep(1).await;
    fixture.write(|tx| tx.blobs().keep(&content(1, "again"))).await;
    let id = blob.id;
    fixture.write(move |tx| tx.blobs().add_variant(id, &variant(VariantName::Thumb, "t"))).await;
    assert_eq!(fixture.release(id).await, []);
    assert_eq!(fixture.read(move |tx| tx.blobs().blob(id)).await, Some(blob.clone()));
    let mut gone = fixture.release(id).await;
    gone.sort();
    assert_eq!(gone, [blob.key, key("t")]);
    assert_eq!(fixture.read(move |tx| tx.blobs().blob(id)).await, None);
    assert_eq!(fixture.read(move |tx| tx.blobs().variants(id)).await, []);
    assert_eq!(fixture.release(id).await, []);
    let anew = fixture.write(|tx| tx.blobs().keep(&content(1, "anew"))).await;
    assert_eq!((anew.key, anew.refs), (key("anew"), 1));
}

pub(super) async fn b4_keeping_and_releasing_simultaneously_loses_nothing(fixture: Fixture) {
    for round in 0..8_u8 {
        let blob = fixture.keep(round).await;
        let (work, id) = (fixture.work.clone(), blob.id);
        let release: BoxFuture<'_, Option<Blob>> = Box::pin(async move {
            let gone: Result<_, StoreError> = work.write(move |tx| tx.blobs().release(id)).await;
            gone.unwrap();
            None
        });
        let work = fixture.work.clone();
        let keep: BoxFuture<'_, Option<Blob>> = Box::pin(async move {
            let new = content(round, &format!("other{round}"));
            let kept: Result<_, StoreError> = work.write(move |tx| tx.blobs().keep(&new)).await;
            Some(kept.unwrap())
        });
        let kept = together(vec![release, keep]).await.into_iter().flatten().next().unwrap();
        let id = kept.id;
        let left = fixture.read(move |tx| tx.blobs().blob(id)).await.unwrap();
        assert_eq!((left.refs, left.key), (1, kept.key));
    }
}

pub(super) async fn b5_a_variant_is_added_once(fixture: Fixture) {
    let id = fixture.keep(1).await.id;
    let add = |id, name, at: &str| {
        let new = variant(name, at);
        fixture.write(move |tx| tx.blobs().add_variant(id, &new))
    };
    assert!(add(id, VariantName::Small, "s").await);
    assert!(add(id, VariantName::Thumb, "t").await);
    assert!(!add(id, VariantName::Thumb, "again").await);
    assert!(!add(no_blob(), VariantName::Thumb, "nowhere").await);
    let expected = [variant(VariantName::Thumb, "t"), variant(VariantName::Small, "s")];
    assert_eq!(fixture.read(move |tx| tx.blobs().variants(id)).await, expected);
}

pub(super) async fn b6_known_are_the_names_that_some_row_has(fixture: Fixture) {
    let id = fixture.keep(1).await.id;
    fixture.write(move |tx| tx.blobs().add_variant(id, &variant(VariantName::Thumb, "t"))).await;
    let asked = [key("first1"), key("t"), key("unknown"), key("first")];
    let known = fixture.read(move |tx| tx.blobs().known(&asked)).await;
    assert_eq!(known.into_iter().collect::<Vec<_>>(), [key("first1"), key("t")]);
    assert!(fixture.read(|tx| tx.blobs().known(&[])).await.is_empty());
}

pub(super) async fn b7_content_comes_by_id(fixture: Fixture) {
    let mut expected = Vec::new();
    for number in 0..5 {
        expected.push(fixture.keep(number).await);
    }
    let mut found: Vec<Blob> = Vec::new();
    loop {
        let after = found.last().map(|blob| blob.id);
        let more = fixture.read(move |tx| tx.blobs().after(after, 2)).await;
        if more.is_empty() {
            break;
        }
        found.extend(more);
    }
    assert_eq!(found, expected);
}

pub(super) async fn g4_the_total_is_what_all_take(fixture: Fixture) {
    let (user, other) = (fixture.people[0], fixture.people[1]);
    let before = fixture.read(|tx| tx.usage().total()).await;
    fixture.write(move |tx| tx.usage().charge(user, 1 << 40)).await;
    fixture.write(move |tx| tx.usage().charge(other, 3)).await;
    assert_eq!(fixture.read(|tx| tx.usage().total()).await - before, (1 << 40) + 3);
}

pub(super) async fn g1_usage_is_charged_and_refunded(fixture: Fixture) {
    let (user, other) = (fixture.people[0], fixture.people[1]);
    assert_eq!(fixture.read(move |tx| tx.usage().usage(user)).await, 0);
    fixture.write(move |tx| tx.usage().refund(user, 5)).await;
    assert_eq!(fixture.write(move |tx| tx.usage().charge(user, 10)).await, 10);
    assert_eq!(fixture.write(move |tx| tx.usage().charge(user, 1 << 40)).await, 10 + (1 << 40));
    assert_eq!(fixture.write(move |tx| tx.usage().charge(other, 3)).await, 3);
    fixture.write(move |tx| tx.usage().refund(user, 1 << 40)).await;
    assert_eq!(fixture.read(move |tx| tx.usage().usage(user)).await, 10);
    fixture.write(move |tx| tx.usage().refund(user, 11)).await;
    assert_eq!(fixture.read(move |tx| tx.usage().usage(user)).await, 0);
    assert_eq!(fixture.read(move |tx| tx.usage().usage(other)).await, 3);
}

pub(super) async fn g2_of_many_who_charge_simultaneously_none_is_lost(fixture: Fixture) {
    let user = fixture.people[0];
    let one = |_| {
        let work = fixture.work.clone();
        let future: BoxFuture<'_, u64> = Box::pin(async move {
            let sum: Result<_, StoreError> = work.write(move |tx| tx.usage().charge(user, 7)).await;
            sum.unwrap()
        });
        future
    };
    let mut sums = together((0..8).map(one).collect()).await;
    sums.sort_unstable();
    assert_eq!(sums, (1..=8).map(|n| n * 7).collect::<Vec<u64>>());
}

pub(super) async fn g3_nobody_cannot_be_charged(fixture: Fixture) {
    let why = fixture.refused(|tx| tx.usage().charge(nobody(), 1)).await;
    assert!(matches!(why, StoreError::Missing("files.owner")), "{why:?}");
}
