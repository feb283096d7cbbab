//! Sessions, refresh tokens and tickets.

use kernel::{Permissions, SessionId, StoreError, Timestamp};

use super::{Fixture, HOUR, MICROSECOND, ODD_TEXTS, long, moment, nobody};
use crate::{
    session::{Live, NewSession, RefreshState, RefreshToken, Session},
    user::User,
};

/// No session has this number.
fn no_session() -> SessionId {
    SessionId::parse(4_000_000_000_000_000_000).unwrap()
}

async fn read(fixture: &Fixture, id: SessionId) -> Option<Session> {
    fixture.read(move |tx| tx.sessions().get(id)).await
}

async fn save(fixture: &Fixture, session: &Session) {
    let session = session.clone();
    fixture.write(move |tx| tx.sessions().save(&session)).await;
}

pub(super) async fn s1_a_session_comes_back_as_it_went_in(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
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
        let session = fixture.write(move |tx| tx.sessions().insert(&given)).await;
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
        assert_eq!(read(&fixture, id).await.as_ref(), Some(&expected));
        assert_eq!(fixture.write(move |tx| tx.sessions().lock(id)).await, Some(expected));
    }
    assert_eq!(read(&fixture, no_session()).await, None);
    assert_eq!(fixture.write(|tx| tx.sessions().lock(no_session())).await, None);
    let orphan = NewSession {
        user: nobody(),
        device: None,
        ip: None,
        created_at: moment(0),
        expires_at: moment(1),
    };
    let error = fixture.refused(move |tx| tx.sessions().insert(&orphan)).await;
    assert!(matches!(error, StoreError::Missing(_)), "{error}");
}

pub(super) async fn s1_a_save_writes_every_field(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let other = fixture.session(user, 1).await;
    let session = fixture.session(user, 0).await;
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
    save(&fixture, &changed).await;
    assert_eq!(read(&fixture, changed.id).await, Some(changed.clone()));
    let cleared = Session { device: None, ip: None, revoked_at: None, ..changed };
    save(&fixture, &cleared).await;
    assert_eq!(read(&fixture, cleared.id).await, Some(cleared));
    assert_eq!(read(&fixture, other.id).await, Some(other));
}

pub(super) async fn s3_live_gives_both_or_nothing(fixture: Fixture) {
    let user = fixture.account("ada").await;
    let session = fixture.session(user.id, 0).await;
    fixture.session(fixture.account("grace").await.id, 0).await;
    let id = session.id;
    let live = fixture.read(move |tx| tx.sessions().live(id)).await;
    assert_eq!(
        live,
        Some(Live { session: session.clone(), user: user.clone(), extra: Permissions::NONE })
    );
    assert_eq!(fixture.read(|tx| tx.sessions().live(no_session())).await, None);
    assert!(fixture.read(|tx| tx.sessions().lives(&[])).await.is_empty());
    let lives = fixture.read(move |tx| tx.sessions().lives(&[no_session(), id])).await;
    assert_eq!(lives.iter().map(|live| live.session.id).collect::<Vec<_>>(), [id]);
    // it is live data: changes of either show, and whether it is open is not the store's to say
    let closed = Session { revoked_at: Some(moment(1)), ..session };
    save(&fixture, &closed).await;
    let user = fixture.save(&User { role: kernel::Role::Admin, ..user }).await;
    let live = fixture.read(move |tx| tx.sessions().live(id)).await;
    assert_eq!(live, Some(Live { session: closed, user: user.clone(), extra: Permissions::NONE }));
    let lives = fixture.read(move |tx| tx.sessions().lives(&[id])).await;
    assert_eq!(lives.first(), live.as_ref());
    fixture.write(move |tx| tx.users().remove(user.id, moment(2)).map(|_| ())).await;
    assert_eq!(fixture.read(move |tx| tx.sessions().live(id)).await, None);
    assert!(fixture.read(move |tx| tx.sessions().lives(&[id])).await.is_empty());
}

pub(super) async fn s4_the_open_sessions_come_newest_first(fixture: Fixture) {
    let ada = fixture.account("ada").await.id;
    let grace = fixture.account("grace").await.id;
    let mut open = Vec::new();
    for micros in [5, 1, 9, 3] {
        open.push(fixture.session(ada, micros).await);
    }
    fixture.session(grace, 2).await;
    let ended = fixture.session(ada, 4).await;
    save(&fixture, &Session { revoked_at: Some(moment(6)), ..ended }).await;
    open.sort_by_key(|session| std::cmp::Reverse(session.created_at));
    let now = moment(10);
    assert_eq!(fixture.read(move |tx| tx.sessions().of_user(ada, now)).await, open);
    // they expire one by one, at the very moment
    let edge = moment(3).plus(HOUR);
    let later = fixture.read(move |tx| tx.sessions().of_user(ada, edge)).await;
    assert_eq!(later, open[..2]);
    let before = moment(2).plus(HOUR);
    let earlier = fixture.read(move |tx| tx.sessions().of_user(ada, before)).await;
    assert_eq!(earlier, open[..3]);
    assert_eq!(fixture.read(move |tx| tx.sessions().of_user(nobody(), now)).await, []);
}

pub(super) async fn s5_all_but_one_are_ended_and_named(fixture: Fixture) {
    let ada = fixture.account("ada").await.id;
    let grace = fixture.account("grace").await.id;
    let kept = fixture.session(ada, 0).await;
    let mut open = vec![fixture.session(ada, 1).await.id, fixture.session(ada, 2).await.id];
    let theirs = fixture.session(grace, 0).await;
    let ended = Session { revoked_at: Some(moment(3)), ..fixture.session(ada, 3).await };
    save(&fixture, &ended).await;
    let expired = Session { expires_at: moment(5), ..fixture.session(ada, 4).await };
    save(&fixture, &expired).await;

    let (now, except) = (moment(5), Some(kept.id));
    let mut named = fixture.write(move |tx| tx.sessions().revoke_all(ada, except, now)).await;
    named.sort_unstable();
    open.sort_unstable();
    assert_eq!(named, open);
    for id in named {
        assert_eq!(read(&fixture, id).await.unwrap().revoked_at, Some(now));
    }
    for untouched in [&kept, &theirs, &ended, &expired] {
        assert_eq!(read(&fixture, untouched.id).await.as_ref(), Some(untouched));
    }
    let rest = fixture.write(move |tx| tx.sessions().revoke_all(ada, None, now)).await;
    assert_eq!(rest, [kept.id]);
    assert_eq!(fixture.write(move |tx| tx.sessions().revoke_all(ada, None, now)).await, []);
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

async fn add(fixture: &Fixture, token: &RefreshToken) {
    let token = token.clone();
    fixture.write(move |tx| tx.sessions().insert_refresh(&token)).await;
}

pub(super) async fn s6_a_refresh_token_is_found_by_its_digest_only(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let session = fixture.session(user, 0).await.id;
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
    add(&fixture, &first).await;
    add(&fixture, &second).await;
    for wanted in [first.clone(), second] {
        let digest = wanted.digest;
        let found = fixture.read(move |tx| tx.sessions().find_refresh(&digest)).await;
        assert_eq!(found, Some(wanted));
    }
    let mut near = first.digest;
    near[31] ^= 1;
    for digest in [near, [0; 32]] {
        assert_eq!(fixture.read(move |tx| tx.sessions().find_refresh(&digest)).await, None);
    }
}

pub(super) async fn s6_only_the_state_of_a_refresh_token_changes(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let session = fixture.session(user, 0).await.id;
    let (first, second) = (token(session, 1, 1), token(session, 2, 2));
    let theirs = token(fixture.session(user, 1).await.id, 1, 3);
    for token in [&first, &second, &theirs] {
        add(&fixture, token).await;
    }
    for state in [RefreshState::Used, RefreshState::Dead, RefreshState::Live, RefreshState::Used] {
        // found by session and generation: what else it says does not count
        let said =
            RefreshToken { state, digest: [99; 32], expires_at: Timestamp::MAX, ..first.clone() };
        fixture.write(move |tx| tx.sessions().set_refresh(&said)).await;
        let found = fixture.read(|tx| tx.sessions().find_refresh(&[1; 32])).await;
        assert_eq!(found, Some(RefreshToken { state, ..first.clone() }));
    }
    for other in [second, theirs] {
        let digest = other.digest;
        let found = fixture.read(move |tx| tx.sessions().find_refresh(&digest)).await;
        assert_eq!(found, Some(other));
    }
    assert_eq!(fixture.read(|tx| tx.sessions().find_refresh(&[99; 32])).await, None);
}

pub(super) async fn s7_a_ticket_is_taken_once_and_never_late(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let session = fixture.session(user, 0).await.id;
    let other = fixture.session(user, 1).await.id;
    fixture
        .write(move |tx| {
            tx.sessions().insert_ticket(&[1; 32], session, moment(30))?;
            tx.sessions().insert_ticket(&[2; 32], other, moment(30))?;
            tx.sessions().insert_ticket(&[3; 32], session, moment(30))
        })
        .await;
    let take = |digest: u8, at: i64| {
        fixture.write(move |tx| tx.sessions().take_ticket(&[digest; 32], moment(at)))
    };
    assert_eq!(take(9, 1).await, None);
    assert_eq!(take(1, 29).await, Some(session));
    assert_eq!(take(1, 29).await, None);
    assert_eq!(take(3, 30).await, None, "it ends at its very moment");
    assert_eq!(take(2, 1).await, Some(other));
    // a unit that rolls back took nothing
    fixture.write(move |tx| tx.sessions().insert_ticket(&[4; 32], session, moment(30))).await;
    let refused = fixture
        .refused(|tx| {
            assert!(tx.sessions().take_ticket(&[4; 32], moment(1))?.is_some());
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    assert!(matches!(refused, StoreError::Contention), "{refused}");
    assert_eq!(take(4, 1).await, Some(session));
}

pub(super) async fn s9_open_sessions_are_counted(fixture: Fixture) {
    let count = async |at: i64| fixture.read(move |tx| tx.sessions().count_open(moment(at))).await;
    assert_eq!(count(0).await, 0);
    let (ada, grace) = (fixture.account("ada").await.id, fixture.account("grace").await.id);
    let mut ended = fixture.session(ada, 0).await;
    fixture.session(ada, 1).await;
    let last = fixture.session(grace, 2).await;
    assert_eq!(count(3).await, 3);
    ended.revoked_at = Some(moment(3));
    fixture.write(move |tx| tx.sessions().save(&ended)).await;
    assert_eq!(count(4).await, 2);
    let end = last.expires_at;
    assert_eq!(fixture.read(move |tx| tx.sessions().count_open(end)).await, 0);
}

pub(super) async fn s8_pruning_takes_what_ended_before_and_nothing_else(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
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
        let session = Session { expires_at, revoked_at, ..fixture.session(user, 0).await };
        save(&fixture, &session).await;
        add(&fixture, &token(session.id, 1, number)).await;
        let id = session.id;
        fixture.write(move |tx| tx.sessions().insert_ticket(&[number + 100; 32], id, before)).await;
        sessions.push((number, session, stays));
    }
    let id = sessions[0].1.id;
    fixture.write(move |tx| tx.sessions().insert_ticket(&[200; 32], id, just)).await;

    assert_eq!(fixture.write(move |tx| tx.sessions().prune(before, 100)).await, 3);
    for (number, session, stays) in sessions {
        assert_eq!(read(&fixture, session.id).await, stays.then_some(session), "{number}");
        let token = fixture.read(move |tx| tx.sessions().find_refresh(&[number; 32])).await;
        assert_eq!(token.is_some(), stays, "the token of {number}");
        let ticket = fixture
            .write(move |tx| tx.sessions().take_ticket(&[number + 100; 32], moment(0)))
            .await;
        assert_eq!(ticket.is_some(), stays, "the ticket of {number}");
    }
    let late = fixture.write(|tx| tx.sessions().take_ticket(&[200; 32], moment(0))).await;
    assert_eq!(late, None, "expired tickets go as well");
    assert_eq!(fixture.write(move |tx| tx.sessions().prune(before, 100)).await, 0);
    assert!(fixture.get(user).await.is_some());
}

pub(super) async fn s8_pruning_keeps_to_its_limit(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    for micros in 0..7 {
        fixture.session(user, micros).await;
    }
    let mut pruned = Vec::new();
    for _ in 0..4 {
        pruned.push(fixture.write(|tx| tx.sessions().prune(Timestamp::MAX, 3)).await);
    }
    assert_eq!(pruned, [3, 3, 1, 0]);
}
