//! One-time links, changes of address, devices.

use kernel::{BoxFuture, StoreError, Timestamp, UserId};

use super::{Fixture, HOUR, MICROSECOND, email, moment, nobody, together};
use crate::one_time_token::{EmailChange, Meeting, OneTimeToken, OneTimeTokenKind};

fn link(user: UserId, kind: OneTimeTokenKind, number: u8) -> OneTimeToken {
    OneTimeToken {
        digest: [number; 32],
        kind,
        user,
        address: email("Odd+%_'x@Example.COM"),
        created_at: moment(0),
        expires_at: moment(30),
    }
}

async fn add(fixture: &Fixture, link: &OneTimeToken) {
    let link = link.clone();
    fixture.write(move |tx| tx.one_time_tokens().insert(&link)).await;
}

async fn find(
    fixture: &Fixture,
    number: u8,
    kind: OneTimeTokenKind,
    at: i64,
) -> Option<OneTimeToken> {
    fixture.read(move |tx| tx.one_time_tokens().find(&[number; 32], kind, moment(at))).await
}

async fn take(
    fixture: &Fixture,
    number: u8,
    kind: OneTimeTokenKind,
    at: i64,
) -> Option<OneTimeToken> {
    fixture.write(move |tx| tx.one_time_tokens().take(&[number; 32], kind, moment(at))).await
}

pub(super) async fn l1_a_link_is_found_as_it_went_in_and_never_late(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    for (number, kind) in (1..).zip(OneTimeTokenKind::ALL) {
        let made = link(user, kind, number);
        add(&fixture, &made).await;
        for other in OneTimeTokenKind::ALL {
            let expected = (other == kind).then(|| made.clone());
            assert_eq!(find(&fixture, number, other, 29).await, expected, "{kind:?} as {other:?}");
        }
        assert_eq!(find(&fixture, number, kind, 30).await, None, "it ends at its very moment");
        assert_eq!(find(&fixture, number, kind, 1).await, Some(made), "it is still there");
    }
    assert_eq!(find(&fixture, 99, OneTimeTokenKind::VerifyEmail, 1).await, None);
    let extreme = OneTimeToken {
        created_at: Timestamp::MIN,
        expires_at: Timestamp::MAX,
        ..link(user, OneTimeTokenKind::VerifyEmail, 50)
    };
    add(&fixture, &extreme).await;
    assert_eq!(find(&fixture, 50, OneTimeTokenKind::VerifyEmail, 1).await, Some(extreme));
    let again = link(user, OneTimeTokenKind::ResetPassword, 1);
    let error = fixture.refused(move |tx| tx.one_time_tokens().insert(&again)).await;
    assert!(matches!(error, StoreError::Duplicate("links.digest")), "{error}");
    let strange = link(nobody(), OneTimeTokenKind::ResetPassword, 60);
    let error = fixture.refused(move |tx| tx.one_time_tokens().insert(&strange)).await;
    assert!(matches!(error, StoreError::Missing("links.user")), "{error}");
}

pub(super) async fn l2_a_link_is_taken_once_and_only_as_what_it_is(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let (verify, reset) = (OneTimeTokenKind::VerifyEmail, OneTimeTokenKind::ResetPassword);
    let made = link(user, verify, 1);
    add(&fixture, &made).await;
    add(&fixture, &link(user, verify, 2)).await;
    assert_eq!(take(&fixture, 9, verify, 1).await, None);
    assert_eq!(take(&fixture, 1, reset, 1).await, None);
    assert_eq!(take(&fixture, 1, verify, 30).await, None);
    // a unit that rolls back took nothing
    let refused = fixture
        .refused(move |tx| {
            assert!(tx.one_time_tokens().take(&[1; 32], verify, moment(1))?.is_some());
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    assert!(matches!(refused, StoreError::Contention), "{refused}");
    assert_eq!(take(&fixture, 1, verify, 29).await, Some(made));
    assert_eq!(take(&fixture, 1, verify, 29).await, None);
    assert_eq!(find(&fixture, 1, verify, 29).await, None);
    assert!(find(&fixture, 2, verify, 29).await.is_some(), "the other one stays");
}

pub(super) async fn l3_of_many_who_take_one_link_one_gets_it(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    add(&fixture, &link(user, OneTimeTokenKind::ResetPassword, 1)).await;
    let fixture = &fixture;
    let racers = (0..12).map(|_| -> BoxFuture<'_, bool> {
        Box::pin(async { take(fixture, 1, OneTimeTokenKind::ResetPassword, 1).await.is_some() })
    });
    let taken = together(racers.collect()).await;
    assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
}

pub(super) async fn l4_links_are_revoked_by_account_and_kind(fixture: Fixture) {
    let (ada, grace) = (fixture.account("ada").await.id, fixture.account("grace").await.id);
    let (verify, reset) = (OneTimeTokenKind::VerifyEmail, OneTimeTokenKind::ResetPassword);
    for (number, user, kind) in
        [(1, ada, verify), (2, ada, verify), (3, ada, reset), (4, grace, verify)]
    {
        add(&fixture, &link(user, kind, number)).await;
    }
    fixture.write(move |tx| tx.one_time_tokens().revoke(ada, Some(verify))).await;
    for (number, kind, stays) in [(1, verify, false), (2, verify, false), (3, reset, true)] {
        assert_eq!(find(&fixture, number, kind, 1).await.is_some(), stays, "{number}");
    }
    fixture.write(move |tx| tx.one_time_tokens().revoke(ada, None)).await;
    assert_eq!(find(&fixture, 3, reset, 1).await, None);
    assert!(find(&fixture, 4, verify, 1).await.is_some());
    fixture.write(|tx| tx.one_time_tokens().revoke(nobody(), None)).await;
}

pub(super) async fn l5_the_newest_of_a_kind_is_returned(fixture: Fixture) {
    let (ada, grace) = (fixture.account("ada").await.id, fixture.account("grace").await.id);
    let (verify, reset) = (OneTimeTokenKind::VerifyEmail, OneTimeTokenKind::ResetPassword);
    let newest =
        async |user, kind| fixture.read(move |tx| tx.one_time_tokens().newest(user, kind)).await;
    assert_eq!(newest(ada, verify).await, None);
    for (number, at) in [(1, 5), (2, 7), (3, 6)] {
        add(&fixture, &OneTimeToken { created_at: moment(at), ..link(ada, verify, number) }).await;
    }
    add(&fixture, &link(grace, verify, 4)).await;
    assert_eq!(newest(ada, verify).await, Some(moment(7)));
    assert_eq!(newest(ada, reset).await, None);
    assert!(take(&fixture, 2, verify, 8).await.is_some());
    assert_eq!(newest(ada, verify).await, Some(moment(6)));
}

fn change(user: UserId) -> EmailChange {
    EmailChange {
        user,
        from: email("Ada@example.com"),
        to: email("Countess+%_@Example.ORG"),
        from_agreed: false,
        to_proven: true,
        asked_at: moment(1),
        expires_at: moment(30),
    }
}

async fn propose(fixture: &Fixture, change: &EmailChange) {
    let change = change.clone();
    fixture.write(move |tx| tx.one_time_tokens().propose(&change)).await;
}

async fn changing(fixture: &Fixture, user: UserId) -> Option<EmailChange> {
    fixture.read(move |tx| tx.one_time_tokens().change(user)).await
}

pub(super) async fn l6_an_account_has_one_change_of_address(fixture: Fixture) {
    let (ada, grace) = (fixture.account("ada").await.id, fixture.account("grace").await.id);
    assert_eq!(changing(&fixture, ada).await, None);
    let first = change(ada);
    propose(&fixture, &first).await;
    propose(&fixture, &change(grace)).await;
    assert_eq!(changing(&fixture, ada).await, Some(first));
    let second = EmailChange {
        from: email("other@example.com"),
        to: email("new@example.com"),
        from_agreed: true,
        to_proven: false,
        asked_at: Timestamp::MIN,
        expires_at: Timestamp::MAX,
        ..change(ada)
    };
    propose(&fixture, &second).await;
    assert_eq!(changing(&fixture, ada).await, Some(second));
    fixture.write(move |tx| tx.one_time_tokens().withdraw(ada)).await;
    assert_eq!(changing(&fixture, ada).await, None);
    assert_eq!(changing(&fixture, grace).await, Some(change(grace)));
    fixture.write(move |tx| tx.one_time_tokens().withdraw(ada)).await;
    let strange = change(nobody());
    let error = fixture.refused(move |tx| tx.one_time_tokens().propose(&strange)).await;
    assert!(matches!(error, StoreError::Missing("email_changes.user")), "{error}");
}

pub(super) async fn l7_pruning_takes_what_expired_before_and_keeps_to_its_limit(fixture: Fixture) {
    let before = moment(0).plus(HOUR);
    let just = before.minus(MICROSECOND);
    let ada = fixture.account("ada").await.id;
    for number in 0..7 {
        let expires_at = if number < 5 { just } else { before };
        add(
            &fixture,
            &OneTimeToken { expires_at, ..link(ada, OneTimeTokenKind::VerifyEmail, number) },
        )
        .await;
    }
    let grace = fixture.account("grace").await.id;
    propose(&fixture, &EmailChange { expires_at: just, ..change(ada) }).await;
    propose(&fixture, &EmailChange { expires_at: before, ..change(grace) }).await;
    let mut pruned = Vec::new();
    for _ in 0..4 {
        pruned.push(fixture.write(move |tx| tx.one_time_tokens().prune(before, 2)).await);
    }
    assert_eq!(pruned, [2, 2, 1, 0]);
    for number in 0..7 {
        let there = find(&fixture, number, OneTimeTokenKind::VerifyEmail, 0).await;
        assert_eq!(there.is_some(), number >= 5, "{number}");
    }
    assert_eq!(changing(&fixture, ada).await, None);
    assert!(changing(&fixture, grace).await.is_some());
}

async fn meet(fixture: &Fixture, user: UserId, device: u8, at: i64) -> Meeting {
    fixture
        .write(move |tx| {
            tx.users().lock(user)?;
            tx.devices().meet(user, &[device; 32], moment(at))
        })
        .await
}

pub(super) async fn n1_a_device_is_known_from_its_first_time_on(fixture: Fixture) {
    let (ada, grace) = (fixture.account("ada").await.id, fixture.account("grace").await.id);
    assert_eq!(meet(&fixture, ada, 1, 0).await, Meeting { known: false, any: false });
    assert_eq!(meet(&fixture, ada, 1, 1).await, Meeting { known: true, any: true });
    assert_eq!(meet(&fixture, ada, 2, 2).await, Meeting { known: false, any: true });
    assert_eq!(meet(&fixture, ada, 2, 3).await, Meeting { known: true, any: true });
    assert_eq!(meet(&fixture, grace, 1, 4).await, Meeting { known: false, any: false });
    let fixture = &fixture;
    let racers = (0..12)
        .map(|_| -> BoxFuture<'_, Meeting> { Box::pin(async { meet(fixture, ada, 3, 5).await }) });
    let met = together(racers.collect()).await;
    assert_eq!(met.into_iter().filter(|meeting| !meeting.known).count(), 1);
}

pub(super) async fn n2_pruning_forgets_devices_that_were_last_met_before(fixture: Fixture) {
    let ada = fixture.account("ada").await.id;
    for (device, at) in [(1, 0), (2, 0), (3, 0), (4, 9), (5, 10), (1, 11)] {
        meet(&fixture, ada, device, at).await;
    }
    let mut pruned = Vec::new();
    for _ in 0..3 {
        pruned.push(fixture.write(|tx| tx.devices().prune(moment(10), 2)).await);
    }
    assert_eq!(pruned, [2, 1, 0]);
    for (device, known) in [(1, true), (2, false), (3, false), (4, false), (5, true)] {
        assert_eq!(meet(&fixture, ada, device, 20).await.known, known, "{device}");
    }
}

pub(super) async fn n3_when_a_device_was_last_met_is_known_and_not_changed_by_asking(
    fixture: Fixture,
) {
    let (ada, grace) = (fixture.account("ada").await.id, fixture.account("grace").await.id);
    let last = async |user, device: u8| {
        fixture.read(move |tx| tx.devices().last_met(user, &[device; 32])).await
    };
    assert_eq!(last(ada, 1).await, None);
    for at in [3, 7] {
        meet(&fixture, ada, 1, at).await;
        meet(&fixture, ada, 2, 0).await;
        for _ in 0..2 {
            assert_eq!(last(ada, 1).await, Some(moment(at)));
        }
    }
    assert_eq!((last(ada, 2).await, last(ada, 3).await), (Some(moment(0)), None));
    assert_eq!((last(grace, 1).await, last(nobody(), 1).await), (None, None));
}

pub(super) async fn a8_links_and_devices_go_with_their_account(fixture: Fixture) {
    let (ada, grace) = (fixture.account("ada").await.id, fixture.account("grace").await.id);
    for (number, user) in [(1, ada), (2, grace)] {
        add(&fixture, &link(user, OneTimeTokenKind::VerifyEmail, number)).await;
        propose(&fixture, &change(user)).await;
        meet(&fixture, user, number, 0).await;
    }
    fixture.write(move |tx| tx.users().remove(ada, moment(1)).map(|_| ())).await;
    assert_eq!(find(&fixture, 1, OneTimeTokenKind::VerifyEmail, 1).await, None);
    assert!(find(&fixture, 2, OneTimeTokenKind::VerifyEmail, 1).await.is_some());
    assert_eq!(changing(&fixture, ada).await, None);
    assert!(changing(&fixture, grace).await.is_some());
    assert_eq!(fixture.write(|tx| tx.devices().prune(Timestamp::MAX, 9)).await, 1);
}
