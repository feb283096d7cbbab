//! `FactorStore`.

use kernel::{BoxFuture, Timestamp, UserId};

use super::{Fixture, HOUR, moment, together};
use crate::{
    factor::{Challenge, Factor, FirstKind, Sealed},
    values::Digest,
};

fn factor(user: UserId) -> Factor {
    Factor {
        user,
        secret: Sealed::new((0..=255).collect()),
        created_at: moment(1),
        confirmed_at: Some(moment(2)),
        last_step: i64::MAX,
        failed: u32::MAX,
        blocked_until: Some(Timestamp::MAX),
    }
}

fn challenge(user: UserId, digest: u8) -> Challenge {
    Challenge {
        digest: [digest; 32],
        user,
        first: FirstKind::Password,
        mark: [255 - digest; 32],
        failed: 0,
        expires_at: moment(0).plus(HOUR),
    }
}

async fn put(fixture: &Fixture, factor: &Factor) {
    let factor = factor.clone();
    fixture.write(move |tx| tx.factors().put(&factor)).await;
}

async fn get(fixture: &Fixture, user: UserId) -> Option<Factor> {
    fixture.read(move |tx| tx.factors().get(user)).await
}

async fn add(fixture: &Fixture, challenge: &Challenge) {
    let challenge = challenge.clone();
    fixture.write(move |tx| tx.factors().add_challenge(&challenge)).await;
}

async fn find(fixture: &Fixture, digest: Digest) -> Option<Challenge> {
    fixture.read(move |tx| tx.factors().challenge(&digest)).await
}

async fn codes(fixture: &Fixture, user: UserId, digests: &[u8]) {
    let digests: Vec<Digest> = digests.iter().map(|digest| [*digest; 32]).collect();
    fixture.write(move |tx| tx.factors().set_codes(user, &digests)).await;
}

async fn take(fixture: &Fixture, user: UserId, digest: u8) -> Option<u64> {
    fixture.write(move |tx| tx.factors().take_code(user, &[digest; 32])).await
}

pub(super) async fn f1_a_factor_comes_back_as_it_went_in(fixture: Fixture) {
    let (ada, grace) = (fixture.account("ada").await.id, fixture.account("grace").await.id);
    assert_eq!(get(&fixture, ada).await, None);
    let theirs = Factor { secret: Sealed::new(vec![0]), ..factor(grace) };
    put(&fixture, &theirs).await;
    let bare = Factor {
        secret: Sealed::new(Vec::new()),
        confirmed_at: None,
        last_step: i64::MIN,
        failed: 0,
        blocked_until: None,
        ..factor(ada)
    };
    for written in [factor(ada), bare, factor(ada)] {
        put(&fixture, &written).await;
        assert_eq!(get(&fixture, ada).await, Some(written));
        assert_eq!(get(&fixture, grace).await, Some(theirs.clone()));
    }
}

pub(super) async fn f2_a_factor_goes_with_all_that_belongs_to_it(fixture: Fixture) {
    let (ada, grace) = (fixture.account("ada").await.id, fixture.account("grace").await.id);
    for (user, number) in [(ada, 1), (grace, 2)] {
        put(&fixture, &factor(user)).await;
        codes(&fixture, user, &[1, 2]).await;
        add(&fixture, &challenge(user, number)).await;
    }
    assert!(fixture.write(move |tx| tx.factors().remove(ada)).await);
    assert_eq!(get(&fixture, ada).await, None);
    assert_eq!(take(&fixture, ada, 1).await, None);
    assert_eq!(find(&fixture, [1; 32]).await, None);
    assert!(!fixture.write(move |tx| tx.factors().remove(ada)).await);
    assert_eq!(get(&fixture, grace).await, Some(factor(grace)));
    assert_eq!(take(&fixture, grace, 1).await, Some(1));
    assert_eq!(find(&fixture, [2; 32]).await, Some(challenge(grace, 2)));
}

pub(super) async fn f3_a_recovery_code_is_taken_once(fixture: Fixture) {
    let (ada, grace) = (fixture.account("ada").await.id, fixture.account("grace").await.id);
    codes(&fixture, ada, &[1, 2, 3]).await;
    codes(&fixture, grace, &[3, 4]).await;
    assert_eq!(take(&fixture, ada, 4).await, None, "it is somebody else's");
    assert_eq!(take(&fixture, ada, 2).await, Some(2));
    assert_eq!(take(&fixture, ada, 2).await, None);
    codes(&fixture, ada, &[5]).await;
    assert_eq!(take(&fixture, ada, 1).await, None, "the old ones are gone");
    assert_eq!(take(&fixture, ada, 5).await, Some(0));
    codes(&fixture, ada, &[]).await;
    assert_eq!(take(&fixture, grace, 3).await, Some(1));
}

pub(super) async fn f3_of_many_who_take_one_code_one_gets_it(fixture: Fixture) {
    let ada = fixture.account("ada").await.id;
    codes(&fixture, ada, &[1, 2]).await;
    let fixture = &fixture;
    let racers = (0..12).map(|_| -> BoxFuture<'_, Option<u64>> { Box::pin(take(fixture, ada, 1)) });
    let taken: Vec<u64> = together(racers.collect()).await.into_iter().flatten().collect();
    assert_eq!(taken, [1]);
}

pub(super) async fn f4_a_challenge_is_found_by_its_digest_until_it_is_dropped(fixture: Fixture) {
    let ada = fixture.account("ada").await.id;
    let mut first = challenge(ada, 1);
    let other = challenge(ada, 2);
    add(&fixture, &first).await;
    add(&fixture, &other).await;
    assert_eq!(find(&fixture, [1; 32]).await, Some(first.clone()));
    assert_eq!(find(&fixture, first.mark).await, None);
    first.failed = u32::MAX;
    let saved = first.clone();
    fixture.write(move |tx| tx.factors().save_challenge(&saved)).await;
    assert_eq!(find(&fixture, [1; 32]).await, Some(first));
    assert!(fixture.write(|tx| tx.factors().drop_challenge(&[1; 32])).await);
    assert!(!fixture.write(|tx| tx.factors().drop_challenge(&[1; 32])).await);
    assert_eq!(find(&fixture, [1; 32]).await, None);
    assert_eq!(find(&fixture, [2; 32]).await, Some(other));
}

pub(super) async fn f5_pruning_takes_what_was_waited_for_in_vain(fixture: Fixture) {
    let before = moment(10);
    let mut people = Vec::new();
    // (when it began, when it was turned on, whether it stays)
    let fates = [
        (moment(9), None, false),
        (moment(8), None, false),
        (moment(10), None, true),
        (moment(1), Some(moment(2)), true),
    ];
    for (number, (created_at, confirmed_at, stays)) in (1..).zip(fates) {
        let user = fixture.account(&format!("person{number}")).await.id;
        put(&fixture, &Factor { created_at, confirmed_at, ..factor(user) }).await;
        add(&fixture, &Challenge { expires_at: created_at, ..challenge(user, number) }).await;
        people.push((user, number, created_at < before, stays));
    }
    assert_eq!(fixture.write(move |tx| tx.factors().prune(before, 1)).await, 2, "one of each");
    let mut pruned = 2;
    for _ in 0..4 {
        pruned += fixture.write(move |tx| tx.factors().prune(before, 1)).await;
    }
    assert_eq!(pruned, 5);
    for (user, number, late, stays) in people {
        assert_eq!(get(&fixture, user).await.is_some(), stays, "the factor of {number}");
        assert_eq!(find(&fixture, [number; 32]).await.is_none(), late, "the challenge of {number}");
    }
}

pub(super) async fn a8_the_second_factor_goes_with_its_account(fixture: Fixture) {
    let (ada, grace) = (fixture.account("ada").await.id, fixture.account("grace").await.id);
    for (user, number) in [(ada, 1), (grace, 2)] {
        put(&fixture, &factor(user)).await;
        codes(&fixture, user, &[1]).await;
        add(&fixture, &challenge(user, number)).await;
    }
    assert!(fixture.write(move |tx| tx.users().remove(ada, moment(1))).await);
    assert_eq!(get(&fixture, ada).await, None);
    assert_eq!(find(&fixture, [1; 32]).await, None);
    assert_eq!(take(&fixture, ada, 1).await, None);
    assert!(get(&fixture, grace).await.is_some());
    assert!(find(&fixture, [2; 32]).await.is_some());
    assert_eq!(take(&fixture, grace, 1).await, Some(0));
}

pub(super) async fn f6_the_first_mark_of_a_key_stays(fixture: Fixture) {
    assert_eq!(fixture.read(|tx| tx.factors().key_mark()).await, None);
    for mark in [1, 2, 1] {
        let kept = fixture.write(move |tx| tx.factors().get_or_set_key_mark(&[mark; 32])).await;
        assert_eq!(kept, [1; 32]);
        assert_eq!(fixture.read(|tx| tx.factors().key_mark()).await, Some([1; 32]));
    }
}

pub(super) async fn f6_of_many_that_set_a_mark_all_get_one(fixture: Fixture) {
    let work = &fixture;
    let racers = (0..12_u8).map(|mark| -> BoxFuture<'_, Digest> {
        Box::pin(work.write(move |tx| tx.factors().get_or_set_key_mark(&[mark; 32])))
    });
    let kept = together(racers.collect()).await;
    assert!(kept.iter().all(|one| *one == kept[0]), "{kept:?}");
    assert_eq!(fixture.read(|tx| tx.factors().key_mark()).await, Some(kept[0]));
}
