//! The cases of `SourceStore`.

use kernel::{
    BoxFuture, StoreError,
    kit::{moment, together},
};

use super::{Fixture, name, source, sources_at_extremes};
use crate::source::{SealedSecrets, Source};

pub(super) async fn s1_a_source_comes_back_as_it_went_in(fixture: Fixture) {
    for source in sources_at_extremes() {
        let added = source.clone();
        assert!(fixture.write(move |tx| tx.sources().insert(&added)).await);
        let name = source.name.clone();
        let found = fixture.read(move |tx| tx.sources().get(&name)).await;
        assert_eq!(found, Some(source));
    }
    assert_eq!(fixture.read(|tx| tx.sources().get(&name("none"))).await, None);
}

pub(super) async fn s1_a_save_writes_every_field(fixture: Fixture) {
    let mut saved = source("one");
    let added = saved.clone();
    fixture.write(move |tx| tx.sources().insert(&added)).await;
    for other in sources_at_extremes() {
        let changed = Source {
            name: saved.name.clone(),
            created_at: saved.created_at,
            updated_at: moment(123_456),
            version: saved.version,
            ..other
        };
        saved = fixture.save_source(&changed).await.unwrap();
        assert_eq!(saved, Source { version: changed.version + 1, ..changed });
        let found = fixture.read(|tx| tx.sources().get(&name("one"))).await;
        assert_eq!(found.as_ref(), Some(&saved));
    }
}

pub(super) async fn s2_a_stale_save_changes_nothing(fixture: Fixture) {
    let old = source("one");
    let added = old.clone();
    fixture.write(move |tx| tx.sources().insert(&added)).await;
    let new = fixture.save_source(&old).await.unwrap();
    for version in [1, 3, 0, i64::MAX] {
        let stale = Source { hints: Vec::new(), version, ..old.clone() };
        let why = fixture
            .refused(move |tx| {
                let mut source = stale.clone();
                let answer = tx.sources().save(&mut source);
                assert_eq!(source, stale, "the argument stays as it was");
                answer
            })
            .await;
        assert!(matches!(why, StoreError::Stale), "version {version}: {why:?}");
        let found = fixture.read(|tx| tx.sources().get(&name("one"))).await;
        assert_eq!(found.as_ref(), Some(&new));
    }
}

pub(super) async fn s2_a_stale_remove_changes_nothing(fixture: Fixture) {
    let old = source("one");
    let added = old.clone();
    fixture.write(move |tx| tx.sources().insert(&added)).await;
    let new = fixture.save_source(&old).await.unwrap();
    let why = fixture.refused(move |tx| tx.sources().remove(&old)).await;
    assert!(matches!(why, StoreError::Stale), "{why:?}");
    let removed = new.clone();
    fixture.write(move |tx| tx.sources().remove(&removed)).await;
    assert_eq!(fixture.read(|tx| tx.sources().get(&name("one"))).await, None);
    let why = fixture.refused(move |tx| tx.sources().remove(&new)).await;
    assert!(matches!(why, StoreError::Stale), "{why:?}");
}

pub(super) async fn s3_of_many_who_add_one_name_one_succeeds(fixture: Fixture) {
    let one = |number: u8| {
        let mine = Source { secrets: SealedSecrets(vec![number]), ..source("one") };
        let adding: BoxFuture<'_, bool> =
            Box::pin(fixture.write(move |tx| tx.sources().insert(&mine)));
        adding
    };
    let outcomes = together((0..8).map(one).collect()).await;
    assert_eq!(outcomes.iter().filter(|added| **added).count(), 1, "{outcomes:?}");
}

pub(super) async fn s4_who_locks_second_sees_what_the_first_wrote(fixture: Fixture) {
    const UNITS: usize = 12;
    fixture.write(|tx| tx.sources().insert(&Source { hints: Vec::new(), ..source("one") })).await;
    let one = |number: usize| {
        let future: BoxFuture<'_, Result<(), StoreError>> =
            Box::pin(fixture.work.write(move |tx| {
                let mut source = tx.sources().lock(&name("one"))?.unwrap();
                source.hints.push(number.to_string());
                tx.sources().save(&mut source)
            }));
        future
    };
    for outcome in together((0..UNITS).map(one).collect()).await {
        outcome.unwrap();
    }
    let found = fixture.read(|tx| tx.sources().get(&name("one"))).await.unwrap();
    assert_eq!((found.hints.len(), found.version), (UNITS, 13), "a change was lost");
}

pub(super) async fn s5_all_sources_come_by_name(fixture: Fixture) {
    for raw in ["shop-2", "shop", "a", "stripe"] {
        fixture.write(move |tx| tx.sources().insert(&source(raw))).await;
    }
    let names: Vec<String> = fixture
        .read(|tx| tx.sources().all())
        .await
        .into_iter()
        .map(|source| source.name.as_str().to_owned())
        .collect();
    assert_eq!(names, ["a", "shop", "shop-2", "stripe"]);
}
