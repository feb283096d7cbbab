//! Sessions, refresh tokens and tickets.

use kernel::{Permissions, SessionId, StoreError, Timestamp};

use super::{Ground, HOUR, MICROSECOND, ODD_TEXTS, long, moment, nobody};
use crate::{
    session::{Live, NewSession, RefreshState, RefreshToken, Session},
    user::User,
};

/// No session has this number.
fn no_session() -> SessionId {
    SessionId::parse(4_000_000_000_000_000_000).unwrap()
}

async fn read(ground: &Ground, id: SessionId) -> Option<Session> {
    ground.read(move |tx| tx.sessions().get(id)).await
}

async fn save(ground: &Ground, session: &Session) {
    let session = session.clone();
    ground.write(move |tx| tx.sessions().save(&session)).await;
}

pub(super) async fn s1_a_session_comes_back_as_it_went_in(ground: Ground) {
    let user = ground.account("ada").await.id;
    let texts = ODD_TEXTS.map(str::to_owned);
    for (number, text) in texts.into_iter().chain([long(255)]).enumerate() {
        let new = NewSession {
            user,
            device: (number != 3).then(|| text.clone()),
            ip: (number != 4).then(|| "2001:db8::ffff:192.0.2.1".to_owned()),
            created_at: [Timestamp::MIN, moment(1), Timestamp::MAX][number % 3],
            expires_at: [Timestamp::MAX, moment(2), Timestamp::MIN][number % 3],
        };
        let given = new.clone();
        let session = ground.write(move |tx| tx.sessions().insert(&given)).await;
        let expected = Session {
            id: session.id,
            user,
            device: new.device,
            ip: new.ip,
            created_at: new.created_at,
            last_used_at: new.created_at,
            expires_at: new.expires_at,
            revoked_at: None,
            generation: 1,
            parent: 0,
            seen: 0,
            last_generation: 1,
        };
        assert_eq!(session, expected);
        let id = session.id;
        assert_eq!(read(&ground, id).await.as_ref(), Some(&expected));
        assert_eq!(ground.write(move |tx| tx.sessions().lock(id)).await, Some(expected));
    }
    assert_eq!(read(&ground, no_session()).await, None);
    assert_eq!(ground.write(|tx| tx.sessions().lock(no_session())).await, None);
    let orphan = NewSession {
        user: nobody(),
        device: None,
        ip: None,
        created_at: moment(0),
        expires_at: moment(1),
    };
    let error = ground.refused(move |tx| tx.sessions().insert(&orphan)).await;
    assert!(matches!(error, StoreError::Missing(_)), "{error}");
}

pub(super) async fn s1_a_save_writes_every_field(ground: Ground) {
    let user = ground.account("ada").await.id;
    let other = ground.session(user, 1).await;
    let session = ground.session(user, 0).await;
    let changed = Session {
        device: Some("it's a \"browser\"".to_owned()),
        ip: Some("192.0.2.7".to_owned()),
        last_used_at: moment(7),
        expires_at: Timestamp::MAX,
        revoked_at: Some(moment(8)),
        generation: i64::MAX,
        parent: i64::MAX - 2,
        seen: i64::MAX - 1,
        last_generation: i64::MAX,
        ..session
    };
    save(&ground, &changed).await;
    assert_eq!(read(&ground, changed.id).await, Some(changed.clone()));
    let cleared = Session { device: None, ip: None, revoked_at: None, ..changed };
    save(&ground, &cleared).await;
    assert_eq!(read(&ground, cleared.id).await, Some(cleared));
    assert_eq!(read(&ground, other.id).await, Some(other));
}

pub(super) async fn s3_live_gives_both_or_nothing(ground: Ground) {
    let user = ground.account("ada").await;
    let session = ground.session(user.id, 0).await;
    ground.session(ground.account("grace").await.id, 0).await;
    let id = session.id;
    let live = ground.read(move |tx| tx.sessions().live(id)).await;
    assert_eq!(
        live,
        Some(Live { session: session.clone(), user: user.clone(), extra: Permissions::NONE })
    );
    assert_eq!(ground.read(|tx| tx.sessions().live(no_session())).await, None);
    // it is live data: changes of either show, and whether it is open is not the store's to say
    let closed = Session { revoked_at: Some(moment(1)), ..session };
    save(&ground, &closed).await;
    let user = ground.save(&User { role: kernel::Role::Admin, ..user }).await;
    let live = ground.read(move |tx| tx.sessions().live(id)).await;
    assert_eq!(live, Some(Live { session: closed, user: user.clone(), extra: Permissions::NONE }));
    ground.write(move |tx| tx.users().remove(user.id, moment(2)).map(|_| ())).await;
    assert_eq!(ground.read(move |tx| tx.sessions().live(id)).await, None);
}

pub(super) async fn s4_the_open_sessions_come_newest_first(ground: Ground) {
    let ada = ground.account("ada").await.id;
    let grace = ground.account("grace").await.id;
    let mut open = Vec::new();
    for micros in [5, 1, 9, 3] {
        open.push(ground.session(ada, micros).await);
    }
    ground.session(grace, 2).await;
    let ended = ground.session(ada, 4).await;
    save(&ground, &Session { revoked_at: Some(moment(6)), ..ended }).await;
    open.sort_by_key(|session| std::cmp::Reverse(session.created_at));
    let now = moment(10);
    assert_eq!(ground.read(move |tx| tx.sessions().of_user(ada, now)).await, open);
    // they expire one by one, at the very moment
    let edge = moment(3).plus(HOUR);
    let later = ground.read(move |tx| tx.sessions().of_user(ada, edge)).await;
    assert_eq!(later, open[..2]);
    let before = moment(2).plus(HOUR);
    let earlier = ground.read(move |tx| tx.sessions().of_user(ada, before)).await;
    assert_eq!(earlier, open[..3]);
    assert_eq!(ground.read(move |tx| tx.sessions().of_user(nobody(), now)).await, []);
}

pub(super) async fn s5_all_but_one_are_ended_and_named(ground: Ground) {
    let ada = ground.account("ada").await.id;
    let grace = ground.account("grace").await.id;
    let kept = ground.session(ada, 0).await;
    let mut open = vec![ground.session(ada, 1).await.id, ground.session(ada, 2).await.id];
    let theirs = ground.session(grace, 0).await;
    let ended = Session { revoked_at: Some(moment(3)), ..ground.session(ada, 3).await };
    save(&ground, &ended).await;
    let expired = Session { expires_at: moment(5), ..ground.session(ada, 4).await };
    save(&ground, &expired).await;

    let (now, except) = (moment(5), Some(kept.id));
    let mut named = ground.write(move |tx| tx.sessions().revoke_all(ada, except, now)).await;
    named.sort_unstable();
    open.sort_unstable();
    assert_eq!(named, open);
    for id in named {
        assert_eq!(read(&ground, id).await.unwrap().revoked_at, Some(now));
    }
    for untouched in [&kept, &theirs, &ended, &expired] {
        assert_eq!(read(&ground, untouched.id).await.as_ref(), Some(untouched));
    }
    let rest = ground.write(move |tx| tx.sessions().revoke_all(ada, None, now)).await;
    assert_eq!(rest, [kept.id]);
    assert_eq!(ground.write(move |tx| tx.sessions().revoke_all(ada, None, now)).await, []);
}

fn token(session: SessionId, generation: i64, digest: u8) -> RefreshToken {
    RefreshToken {
        session,
        generation,
        digest: [digest; 32],
        state: RefreshState::Live,
        expires_at: moment(77),
    }
}

async fn add(ground: &Ground, token: &RefreshToken) {
    let token = token.clone();
    ground.write(move |tx| tx.sessions().insert_refresh(&token)).await;
}

pub(super) async fn s6_a_refresh_token_is_found_by_its_digest_only(ground: Ground) {
    let user = ground.account("ada").await.id;
    let session = ground.session(user, 0).await.id;
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::try_from(index * 8).unwrap();
    }
    let first = RefreshToken { digest: bytes, ..token(session, 1, 0) };
    let second = RefreshToken {
        state: RefreshState::Dead,
        expires_at: Timestamp::MAX,
        ..token(session, 2, 255)
    };
    add(&ground, &first).await;
    add(&ground, &second).await;
    for wanted in [first.clone(), second] {
        let digest = wanted.digest;
        let found = ground.read(move |tx| tx.sessions().find_refresh(&digest)).await;
        assert_eq!(found, Some(wanted));
    }
    let mut near = first.digest;
    near[31] ^= 1;
    for digest in [near, [0; 32]] {
        assert_eq!(ground.read(move |tx| tx.sessions().find_refresh(&digest)).await, None);
    }
}

pub(super) async fn s6_only_the_state_of_a_refresh_token_changes(ground: Ground) {
    let user = ground.account("ada").await.id;
    let session = ground.session(user, 0).await.id;
    let (first, second) = (token(session, 1, 1), token(session, 2, 2));
    let theirs = token(ground.session(user, 1).await.id, 1, 3);
    for token in [&first, &second, &theirs] {
        add(&ground, token).await;
    }
    for state in [RefreshState::Used, RefreshState::Dead, RefreshState::Live, RefreshState::Used] {
        // found by session and generation: what else it says does not count
        let said =
            RefreshToken { state, digest: [99; 32], expires_at: Timestamp::MAX, ..first.clone() };
        ground.write(move |tx| tx.sessions().set_refresh(&said)).await;
        let found = ground.read(|tx| tx.sessions().find_refresh(&[1; 32])).await;
        assert_eq!(found, Some(RefreshToken { state, ..first.clone() }));
    }
    for other in [second, theirs] {
        let digest = other.digest;
        let found = ground.read(move |tx| tx.sessions().find_refresh(&digest)).await;
        assert_eq!(found, Some(other));
    }
    assert_eq!(ground.read(|tx| tx.sessions().find_refresh(&[99; 32])).await, None);
}

pub(super) async fn s7_a_ticket_is_taken_once_and_never_late(ground: Ground) {
    let user = ground.account("ada").await.id;
    let session = ground.session(user, 0).await.id;
    let other = ground.session(user, 1).await.id;
    ground
        .write(move |tx| {
            tx.sessions().insert_ticket(&[1; 32], session, moment(30))?;
            tx.sessions().insert_ticket(&[2; 32], other, moment(30))?;
            tx.sessions().insert_ticket(&[3; 32], session, moment(30))
        })
        .await;
    let take = |digest: u8, at: i64| {
        ground.write(move |tx| tx.sessions().take_ticket(&[digest; 32], moment(at)))
    };
    assert_eq!(take(9, 1).await, None);
    assert_eq!(take(1, 29).await, Some(session));
    assert_eq!(take(1, 29).await, None);
    assert_eq!(take(3, 30).await, None, "it ends at its very moment");
    assert_eq!(take(2, 1).await, Some(other));
    // a unit that rolls back took nothing
    ground.write(move |tx| tx.sessions().insert_ticket(&[4; 32], session, moment(30))).await;
    let refused = ground
        .refused(|tx| {
            assert!(tx.sessions().take_ticket(&[4; 32], moment(1))?.is_some());
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    assert!(matches!(refused, StoreError::Contention), "{refused}");
    assert_eq!(take(4, 1).await, Some(session));
}

pub(super) async fn s9_open_sessions_are_counted(ground: Ground) {
    let count = async |at: i64| ground.read(move |tx| tx.sessions().count_open(moment(at))).await;
    assert_eq!(count(0).await, 0);
    let (ada, grace) = (ground.account("ada").await.id, ground.account("grace").await.id);
    let mut ended = ground.session(ada, 0).await;
    ground.session(ada, 1).await;
    let last = ground.session(grace, 2).await;
    assert_eq!(count(3).await, 3);
    ended.revoked_at = Some(moment(3));
    ground.write(move |tx| tx.sessions().save(&ended)).await;
    assert_eq!(count(4).await, 2);
    let end = last.expires_at;
    assert_eq!(ground.read(move |tx| tx.sessions().count_open(end)).await, 0);
}

pub(super) async fn s8_a_sweep_takes_what_ended_before_and_nothing_else(ground: Ground) {
    let user = ground.account("ada").await.id;
    let before = moment(0).plus(HOUR);
    let just = before.minus(MICROSECOND);
    // (when it expires, when it was revoked, whether it stays)
    let fates = [
        (Timestamp::MAX, None, true),
        (Timestamp::MAX, Some(before), true),
        (Timestamp::MAX, Some(just), false),
        (before, None, true),
        (just, None, false),
        (just, Some(just), false),
    ];
    let mut sessions = Vec::new();
    for (number, (expires_at, revoked_at, stays)) in (1..).zip(fates) {
        let session = Session { expires_at, revoked_at, ..ground.session(user, 0).await };
        save(&ground, &session).await;
        add(&ground, &token(session.id, 1, number)).await;
        let id = session.id;
        ground.write(move |tx| tx.sessions().insert_ticket(&[number + 100; 32], id, before)).await;
        sessions.push((number, session, stays));
    }
    let id = sessions[0].1.id;
    ground.write(move |tx| tx.sessions().insert_ticket(&[200; 32], id, just)).await;

    assert_eq!(ground.write(move |tx| tx.sessions().sweep(before, 100)).await, 3);
    for (number, session, stays) in sessions {
        assert_eq!(read(&ground, session.id).await, stays.then_some(session), "{number}");
        let token = ground.read(move |tx| tx.sessions().find_refresh(&[number; 32])).await;
        assert_eq!(token.is_some(), stays, "the token of {number}");
        let ticket =
            ground.write(move |tx| tx.sessions().take_ticket(&[number + 100; 32], moment(0))).await;
        assert_eq!(ticket.is_some(), stays, "the ticket of {number}");
    }
    let late = ground.write(|tx| tx.sessions().take_ticket(&[200; 32], moment(0))).await;
    assert_eq!(late, None, "expired tickets go as well");
    assert_eq!(ground.write(move |tx| tx.sessions().sweep(before, 100)).await, 0);
    assert!(ground.get(user).await.is_some());
}

pub(super) async fn s8_a_sweep_keeps_to_its_limit(ground: Ground) {
    let user = ground.account("ada").await.id;
    for micros in 0..7 {
        ground.session(user, micros).await;
    }
    let mut swept = Vec::new();
    for _ in 0..4 {
        swept.push(ground.write(|tx| tx.sessions().sweep(Timestamp::MAX, 3)).await);
    }
    assert_eq!(swept, [3, 3, 1, 0]);
}
