//! One-time links, changes of address, devices.

use kernel::{BoxFuture, StoreError, Timestamp, UserId};

use super::{Ground, HOUR, MICROSECOND, email, moment, nobody, together};
use crate::link::{EmailChange, Link, LinkKind, Meeting};

fn link(user: UserId, kind: LinkKind, number: u8) -> Link {
    Link {
        digest: [number; 32],
        kind,
        user,
        address: email("Odd+%_'x@Example.COM"),
        created_at: moment(0),
        expires_at: moment(30),
    }
}

async fn add(ground: &Ground, link: &Link) {
    let link = link.clone();
    ground.write(move |tx| tx.links().insert(&link)).await;
}

async fn find(ground: &Ground, number: u8, kind: LinkKind, at: i64) -> Option<Link> {
    ground.read(move |tx| tx.links().find(&[number; 32], kind, moment(at))).await
}

async fn take(ground: &Ground, number: u8, kind: LinkKind, at: i64) -> Option<Link> {
    ground.write(move |tx| tx.links().take(&[number; 32], kind, moment(at))).await
}

pub(super) async fn l1_a_link_is_found_as_it_went_in_and_never_late(ground: Ground) {
    let user = ground.account("ada").await.id;
    for (number, kind) in (1..).zip(LinkKind::ALL) {
        let made = link(user, kind, number);
        add(&ground, &made).await;
        for other in LinkKind::ALL {
            let expected = (other == kind).then(|| made.clone());
            assert_eq!(find(&ground, number, other, 29).await, expected, "{kind:?} as {other:?}");
        }
        assert_eq!(find(&ground, number, kind, 30).await, None, "it ends at its very moment");
        assert_eq!(find(&ground, number, kind, 1).await, Some(made), "it is still there");
    }
    assert_eq!(find(&ground, 99, LinkKind::VerifyEmail, 1).await, None);
    let extreme = Link {
        created_at: Timestamp::MIN,
        expires_at: Timestamp::MAX,
        ..link(user, LinkKind::VerifyEmail, 50)
    };
    add(&ground, &extreme).await;
    assert_eq!(find(&ground, 50, LinkKind::VerifyEmail, 1).await, Some(extreme));
    let again = link(user, LinkKind::ResetPassword, 1);
    let error = ground.refused(move |tx| tx.links().insert(&again)).await;
    assert!(matches!(error, StoreError::Duplicate("links.digest")), "{error}");
    let strange = link(nobody(), LinkKind::ResetPassword, 60);
    let error = ground.refused(move |tx| tx.links().insert(&strange)).await;
    assert!(matches!(error, StoreError::Missing("links.user")), "{error}");
}

pub(super) async fn l2_a_link_is_taken_once_and_only_as_what_it_is(ground: Ground) {
    let user = ground.account("ada").await.id;
    let (verify, reset) = (LinkKind::VerifyEmail, LinkKind::ResetPassword);
    let made = link(user, verify, 1);
    add(&ground, &made).await;
    add(&ground, &link(user, verify, 2)).await;
    assert_eq!(take(&ground, 9, verify, 1).await, None);
    assert_eq!(take(&ground, 1, reset, 1).await, None);
    assert_eq!(take(&ground, 1, verify, 30).await, None);
    // a unit that rolls back took nothing
    let refused = ground
        .refused(move |tx| {
            assert!(tx.links().take(&[1; 32], verify, moment(1))?.is_some());
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    assert!(matches!(refused, StoreError::Contention), "{refused}");
    assert_eq!(take(&ground, 1, verify, 29).await, Some(made));
    assert_eq!(take(&ground, 1, verify, 29).await, None);
    assert_eq!(find(&ground, 1, verify, 29).await, None);
    assert!(find(&ground, 2, verify, 29).await.is_some(), "the other one stays");
}

pub(super) async fn l3_of_many_who_take_one_link_one_gets_it(ground: Ground) {
    let user = ground.account("ada").await.id;
    add(&ground, &link(user, LinkKind::ResetPassword, 1)).await;
    let ground = &ground;
    let racers = (0..12).map(|_| -> BoxFuture<'_, bool> {
        Box::pin(async { take(ground, 1, LinkKind::ResetPassword, 1).await.is_some() })
    });
    let taken = together(racers.collect()).await;
    assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
}

pub(super) async fn l4_links_are_revoked_by_account_and_kind(ground: Ground) {
    let (ada, grace) = (ground.account("ada").await.id, ground.account("grace").await.id);
    let (verify, reset) = (LinkKind::VerifyEmail, LinkKind::ResetPassword);
    for (number, user, kind) in
        [(1, ada, verify), (2, ada, verify), (3, ada, reset), (4, grace, verify)]
    {
        add(&ground, &link(user, kind, number)).await;
    }
    ground.write(move |tx| tx.links().revoke(ada, Some(verify))).await;
    for (number, kind, stays) in [(1, verify, false), (2, verify, false), (3, reset, true)] {
        assert_eq!(find(&ground, number, kind, 1).await.is_some(), stays, "{number}");
    }
    ground.write(move |tx| tx.links().revoke(ada, None)).await;
    assert_eq!(find(&ground, 3, reset, 1).await, None);
    assert!(find(&ground, 4, verify, 1).await.is_some());
    ground.write(|tx| tx.links().revoke(nobody(), None)).await;
}

pub(super) async fn l5_the_newest_of_a_kind_is_told(ground: Ground) {
    let (ada, grace) = (ground.account("ada").await.id, ground.account("grace").await.id);
    let (verify, reset) = (LinkKind::VerifyEmail, LinkKind::ResetPassword);
    let newest = async |user, kind| ground.read(move |tx| tx.links().newest(user, kind)).await;
    assert_eq!(newest(ada, verify).await, None);
    for (number, at) in [(1, 5), (2, 7), (3, 6)] {
        add(&ground, &Link { created_at: moment(at), ..link(ada, verify, number) }).await;
    }
    add(&ground, &link(grace, verify, 4)).await;
    assert_eq!(newest(ada, verify).await, Some(moment(7)));
    assert_eq!(newest(ada, reset).await, None);
    assert!(take(&ground, 2, verify, 8).await.is_some());
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

async fn propose(ground: &Ground, change: &EmailChange) {
    let change = change.clone();
    ground.write(move |tx| tx.links().propose(&change)).await;
}

async fn changing(ground: &Ground, user: UserId) -> Option<EmailChange> {
    ground.read(move |tx| tx.links().change(user)).await
}

pub(super) async fn l6_an_account_has_one_change_of_address(ground: Ground) {
    let (ada, grace) = (ground.account("ada").await.id, ground.account("grace").await.id);
    assert_eq!(changing(&ground, ada).await, None);
    let first = change(ada);
    propose(&ground, &first).await;
    propose(&ground, &change(grace)).await;
    assert_eq!(changing(&ground, ada).await, Some(first));
    let second = EmailChange {
        from: email("other@example.com"),
        to: email("new@example.com"),
        from_agreed: true,
        to_proven: false,
        asked_at: Timestamp::MIN,
        expires_at: Timestamp::MAX,
        ..change(ada)
    };
    propose(&ground, &second).await;
    assert_eq!(changing(&ground, ada).await, Some(second));
    ground.write(move |tx| tx.links().withdraw(ada)).await;
    assert_eq!(changing(&ground, ada).await, None);
    assert_eq!(changing(&ground, grace).await, Some(change(grace)));
    ground.write(move |tx| tx.links().withdraw(ada)).await;
    let strange = change(nobody());
    let error = ground.refused(move |tx| tx.links().propose(&strange)).await;
    assert!(matches!(error, StoreError::Missing("email_changes.user")), "{error}");
}

pub(super) async fn l7_a_sweep_takes_what_expired_before_and_keeps_to_its_limit(ground: Ground) {
    let before = moment(0).plus(HOUR);
    let just = before.minus(MICROSECOND);
    let ada = ground.account("ada").await.id;
    for number in 0..7 {
        let expires_at = if number < 5 { just } else { before };
        add(&ground, &Link { expires_at, ..link(ada, LinkKind::VerifyEmail, number) }).await;
    }
    let grace = ground.account("grace").await.id;
    propose(&ground, &EmailChange { expires_at: just, ..change(ada) }).await;
    propose(&ground, &EmailChange { expires_at: before, ..change(grace) }).await;
    let mut swept = Vec::new();
    for _ in 0..4 {
        swept.push(ground.write(move |tx| tx.links().sweep(before, 2)).await);
    }
    assert_eq!(swept, [2, 2, 1, 0]);
    for number in 0..7 {
        let there = find(&ground, number, LinkKind::VerifyEmail, 0).await;
        assert_eq!(there.is_some(), number >= 5, "{number}");
    }
    assert_eq!(changing(&ground, ada).await, None);
    assert!(changing(&ground, grace).await.is_some());
}

async fn meet(ground: &Ground, user: UserId, device: u8, at: i64) -> Meeting {
    ground
        .write(move |tx| {
            tx.users().lock(user)?;
            tx.devices().meet(user, &[device; 32], moment(at))
        })
        .await
}

pub(super) async fn n1_a_device_is_known_from_its_first_time_on(ground: Ground) {
    let (ada, grace) = (ground.account("ada").await.id, ground.account("grace").await.id);
    assert_eq!(meet(&ground, ada, 1, 0).await, Meeting { known: false, any: false });
    assert_eq!(meet(&ground, ada, 1, 1).await, Meeting { known: true, any: true });
    assert_eq!(meet(&ground, ada, 2, 2).await, Meeting { known: false, any: true });
    assert_eq!(meet(&ground, ada, 2, 3).await, Meeting { known: true, any: true });
    assert_eq!(meet(&ground, grace, 1, 4).await, Meeting { known: false, any: false });
    let ground = &ground;
    let racers = (0..12)
        .map(|_| -> BoxFuture<'_, Meeting> { Box::pin(async { meet(ground, ada, 3, 5).await }) });
    let met = together(racers.collect()).await;
    assert_eq!(met.into_iter().filter(|meeting| !meeting.known).count(), 1);
}

pub(super) async fn n2_a_sweep_forgets_devices_that_were_last_met_before(ground: Ground) {
    let ada = ground.account("ada").await.id;
    for (device, at) in [(1, 0), (2, 0), (3, 0), (4, 9), (5, 10), (1, 11)] {
        meet(&ground, ada, device, at).await;
    }
    let mut swept = Vec::new();
    for _ in 0..3 {
        swept.push(ground.write(|tx| tx.devices().sweep(moment(10), 2)).await);
    }
    assert_eq!(swept, [2, 1, 0]);
    for (device, known) in [(1, true), (2, false), (3, false), (4, false), (5, true)] {
        assert_eq!(meet(&ground, ada, device, 20).await.known, known, "{device}");
    }
}

pub(super) async fn n3_when_a_device_was_last_met_is_known_and_not_changed_by_asking(
    ground: Ground,
) {
    let (ada, grace) = (ground.account("ada").await.id, ground.account("grace").await.id);
    let last = async |user, device: u8| {
        ground.read(move |tx| tx.devices().last_met(user, &[device; 32])).await
    };
    assert_eq!(last(ada, 1).await, None);
    for at in [3, 7] {
        meet(&ground, ada, 1, at).await;
        meet(&ground, ada, 2, 0).await;
        for _ in 0..2 {
            assert_eq!(last(ada, 1).await, Some(moment(at)));
        }
    }
    assert_eq!((last(ada, 2).await, last(ada, 3).await), (Some(moment(0)), None));
    assert_eq!((last(grace, 1).await, last(nobody(), 1).await), (None, None));
}

pub(super) async fn a8_links_and_devices_go_with_their_account(ground: Ground) {
    let (ada, grace) = (ground.account("ada").await.id, ground.account("grace").await.id);
    for (number, user) in [(1, ada), (2, grace)] {
        add(&ground, &link(user, LinkKind::VerifyEmail, number)).await;
        propose(&ground, &change(user)).await;
        meet(&ground, user, number, 0).await;
    }
    ground.write(move |tx| tx.users().remove(ada, moment(1)).map(|_| ())).await;
    assert_eq!(find(&ground, 1, LinkKind::VerifyEmail, 1).await, None);
    assert!(find(&ground, 2, LinkKind::VerifyEmail, 1).await.is_some());
    assert_eq!(changing(&ground, ada).await, None);
    assert!(changing(&ground, grace).await.is_some());
    assert_eq!(ground.write(|tx| tx.devices().sweep(Timestamp::MAX, 9)).await, 1);
}
