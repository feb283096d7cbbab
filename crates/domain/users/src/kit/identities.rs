//! Identities at other providers, attempts and grants.

use kernel::{BoxFuture, SessionId, StoreError, Timestamp, UserId};

use super::{Fixture, MICROSECOND, ODD_TEXTS, long, moment, nobody, together};
use crate::{
    external::{Attempt, AuthorizationCode, FrontEnd, Identity, ProviderName, Purpose, Subject},
    values::Digest,
};

/// How many meet.
const MANY: usize = 12;

fn provider(name: &str) -> ProviderName {
    ProviderName::parse(name).unwrap()
}

fn identity(name: &str, subject: &str, user: UserId, micros: i64) -> Identity {
    Identity {
        provider: provider(name),
        subject: Subject::parse(subject).unwrap(),
        user,
        linked_at: moment(micros),
    }
}

async fn add(fixture: &Fixture, identity: &Identity) {
    let identity = identity.clone();
    fixture.write(move |tx| tx.identities().insert(&identity)).await;
}

async fn find(fixture: &Fixture, identity: &Identity) -> Option<Identity> {
    let (provider, subject) = (identity.provider.clone(), identity.subject.clone());
    fixture.read(move |tx| tx.identities().find(&provider, &subject)).await
}

async fn of_user(fixture: &Fixture, user: UserId) -> Vec<Identity> {
    fixture.read(move |tx| tx.identities().of_user(user)).await
}

pub(super) async fn e1_an_identity_comes_back_as_it_went_in(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let mut added = Vec::new();
    let odd = ODD_TEXTS.map(str::to_owned).into_iter().filter(|text| !text.is_empty());
    let texts = odd.chain([long(255), "Abc".to_owned(), "abc".to_owned(), " abc".to_owned()]);
    for (number, text) in (0..).zip(texts) {
        let name = format!("p{number}-{}", "x".repeat(20));
        let identity = identity(&name, &text, user, 50 - number);
        add(&fixture, &identity).await;
        assert_eq!(find(&fixture, &identity).await.as_ref(), Some(&identity), "{text:?}");
        added.insert(0, identity);
    }
    assert_eq!(of_user(&fixture, user).await, added, "oldest first");
    let extremes = Identity { linked_at: Timestamp::MAX, ..identity("extreme", "x", user, 0) };
    add(&fixture, &extremes).await;
    assert_eq!(find(&fixture, &extremes).await, Some(extremes));
    assert_eq!(of_user(&fixture, nobody()).await, []);
    let orphan = identity("google", "orphan", nobody(), 0);
    let error = fixture.refused(move |tx| tx.identities().insert(&orphan)).await;
    assert!(matches!(error, StoreError::Missing(_)), "{error}");
}

pub(super) async fn e1_subjects_are_compared_letter_by_letter(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let known = identity("google", "a_B%c", user, 0);
    add(&fixture, &known).await;
    for other in ["a_b%c", "a_B%C", "axB%c", "a_B", "a_B%c ", "%"] {
        assert_eq!(find(&fixture, &identity("google", other, user, 0)).await, None, "{other}");
    }
    assert_eq!(find(&fixture, &identity("github", "a_B%c", user, 0)).await, None);
    assert_eq!(find(&fixture, &known).await, Some(known));
}

pub(super) async fn e2_an_identity_has_one_account_and_an_account_one_of_each(fixture: Fixture) {
    let ada = fixture.account("ada").await.id;
    let grace = fixture.account("grace").await.id;
    add(&fixture, &identity("google", "1", ada, 0)).await;
    add(&fixture, &identity("github", "1", ada, 1)).await;
    add(&fixture, &identity("google", "2", grace, 2)).await;
    for (again, rule) in [
        (identity("github", "1", grace, 3), "identities.subject"),
        (identity("google", "3", ada, 3), "identities.provider"),
        // both at once: the subject is named
        (identity("google", "2", ada, 3), "identities.subject"),
        (identity("google", "1", ada, 3), "identities.subject"),
    ] {
        let error = fixture.refused(move |tx| tx.identities().insert(&again)).await;
        assert!(matches!(error, StoreError::Duplicate(name) if name == rule), "{rule}: {error}");
    }
}

pub(super) async fn e3_of_many_who_bring_one_identity_one_gets_it(fixture: Fixture) {
    let mut accounts = Vec::new();
    for number in 0..MANY {
        accounts.push(fixture.account(&format!("racer{number}")).await.id);
    }
    let fixture = &fixture;
    let racers = accounts.into_iter().map(|user| -> BoxFuture<'_, Result<UserId, StoreError>> {
        let wanted = identity("google", "wanted", user, 0);
        Box::pin(fixture.work.write(move |tx| {
            tx.identities().insert(&wanted)?;
            Ok(wanted.user)
        }))
    });
    let mut won = Vec::new();
    for result in together(racers.collect()).await {
        match result {
            Ok(user) => won.push(user),
            Err(error) => {
                assert!(matches!(error, StoreError::Duplicate("identities.subject")), "{error}");
            }
        }
    }
    assert_eq!(won.len(), 1);
    let found = find(fixture, &identity("google", "wanted", won[0], 0)).await;
    assert_eq!(found.map(|identity| identity.user), won.pop());
}

pub(super) async fn e4_only_the_named_identity_is_removed(fixture: Fixture) {
    let ada = fixture.account("ada").await.id;
    let grace = fixture.account("grace").await.id;
    let gone = identity("google", "1", ada, 0);
    let kept = [identity("github", "1", ada, 1), identity("google", "2", grace, 2)];
    for identity in kept.iter().chain([&gone]) {
        add(&fixture, identity).await;
    }
    let remove =
        |user: UserId| fixture.write(move |tx| tx.identities().remove(user, &provider("google")));
    assert!(!remove(nobody()).await);
    assert!(remove(ada).await);
    assert!(!remove(ada).await);
    assert_eq!(find(&fixture, &gone).await, None);
    for identity in kept {
        assert_eq!(find(&fixture, &identity).await, Some(identity));
    }
    // and it can come back, to another account
    let again = Identity { user: grace, provider: provider("acme"), ..gone };
    add(&fixture, &again).await;
    assert_eq!(find(&fixture, &again).await, Some(again));
}

fn attempt(number: u8, expires_at: Timestamp) -> Attempt {
    Attempt {
        state: [number; 32],
        browser: [number ^ 255; 32],
        provider: provider("google"),
        verifier: format!("verifier-{number}"),
        nonce: format!("nonce-{number}"),
        purpose: Purpose::SignIn,
        front: None,
        expires_at,
    }
}

async fn go(fixture: &Fixture, attempt: &Attempt) {
    let attempt = attempt.clone();
    fixture.write(move |tx| tx.identities().insert_attempt(&attempt)).await;
}

async fn take(fixture: &Fixture, number: u8, at: Timestamp) -> Option<Attempt> {
    fixture.write(move |tx| tx.identities().take_attempt(&[number; 32], at)).await
}

pub(super) async fn e5_an_attempt_is_taken_once_and_never_late(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let session = fixture.session(user, 0).await.id;
    let front = FrontEnd {
        redirect_uri: "https://app.example.com/in?x=1&y=%20".to_owned(),
        state: Some(long(1000)),
        client_id: Some(ODD_TEXTS[1].to_owned()),
        challenge: Some([7; 32]),
    };
    let bare = FrontEnd { state: None, client_id: None, challenge: None, ..front.clone() };
    let end = moment(100);
    let all = [
        attempt(1, end),
        Attempt { front: Some(front), ..attempt(2, end) },
        Attempt { purpose: Purpose::Link(user, session), front: Some(bare), ..attempt(3, end) },
        Attempt { provider: provider("github"), ..attempt(4, Timestamp::MAX) },
        attempt(5, end),
    ];
    for attempt in &all {
        go(&fixture, attempt).await;
    }
    assert_eq!(take(&fixture, 5, end).await, None, "it ends at its very moment");
    assert_eq!(take(&fixture, 5, moment(0)).await, None, "and is gone then");
    assert_eq!(take(&fixture, 9, moment(0)).await, None);
    for (number, attempt) in (1..).zip(all).take(4) {
        let just = end.minus(MICROSECOND);
        assert_eq!(take(&fixture, number, just).await, Some(attempt));
        assert_eq!(take(&fixture, number, just).await, None);
    }
    let again = attempt(6, end);
    go(&fixture, &again).await;
    let error = fixture.refused(move |tx| tx.identities().insert_attempt(&again)).await;
    assert!(matches!(error, StoreError::Duplicate(_)), "{error}");
    // a unit that rolls back took nothing
    let refused = fixture
        .refused(|tx| {
            assert!(tx.identities().take_attempt(&[6; 32], moment(0))?.is_some());
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    assert!(matches!(refused, StoreError::Contention), "{refused}");
    assert!(take(&fixture, 6, moment(0)).await.is_some());
}

pub(super) async fn e5_of_many_who_take_one_attempt_one_gets_it(fixture: Fixture) {
    go(&fixture, &attempt(1, Timestamp::MAX)).await;
    let fixture = &fixture;
    let racers = (0..MANY).map(|_| -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(
            fixture
                .work
                .write(|tx| Ok(tx.identities().take_attempt(&[1; 32], moment(0))?.is_some())),
        )
    });
    let taken = together(racers.collect()).await.into_iter().filter(|won| *won.as_ref().unwrap());
    assert_eq!(taken.count(), 1);
}

fn issued(number: u8, user: UserId, expires_at: Timestamp) -> AuthorizationCode {
    AuthorizationCode {
        code: [number; 32],
        user,
        provider: provider("google"),
        subject: Subject::parse("Subject 1").unwrap(),
        challenge: [number ^ 255; 32],
        redirect_uri: "https://app.example.com/in".to_owned(),
        client_id: None,
        expires_at,
        spent_at: None,
        session: None,
    }
}

async fn give(fixture: &Fixture, issued: &AuthorizationCode) {
    let issued = issued.clone();
    fixture.write(move |tx| tx.identities().insert_code(&issued)).await;
}

async fn code_of(fixture: &Fixture, code: Digest) -> Option<AuthorizationCode> {
    fixture.write(move |tx| tx.identities().lock_code(&code)).await
}

pub(super) async fn e6_a_code_comes_back_as_it_went_in(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let session = SessionId::parse(i64::MAX).unwrap();
    let all = [
        issued(1, user, moment(5)),
        AuthorizationCode { client_id: Some(long(200)), ..issued(2, user, Timestamp::MAX) },
        AuthorizationCode {
            spent_at: Some(moment(3)),
            session: Some(session),
            ..issued(3, user, moment(1))
        },
    ];
    for issued in &all {
        give(&fixture, issued).await;
    }
    for issued in all {
        assert_eq!(code_of(&fixture, issued.code).await, Some(issued));
    }
    assert_eq!(code_of(&fixture, [9; 32]).await, None);
    let again = issued(1, user, moment(5));
    let error = fixture.refused(move |tx| tx.identities().insert_code(&again)).await;
    assert!(matches!(error, StoreError::Duplicate(_)), "{error}");
    let orphan = issued(7, nobody(), moment(5));
    let error = fixture.refused(move |tx| tx.identities().insert_code(&orphan)).await;
    assert!(matches!(error, StoreError::Missing(_)), "{error}");
}

pub(super) async fn e6_the_second_lock_on_a_code_sees_what_the_first_wrote(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    give(&fixture, &issued(1, user, moment(5))).await;
    let fixture = &fixture;
    let racers = (0..MANY).map(|_| -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(fixture.work.write(|tx| {
            let found = tx.identities().lock_code(&[1; 32])?;
            let unspent = found.is_some_and(|issued| issued.spent_at.is_none());
            if unspent {
                tx.identities().spend_code(&[1; 32], None, moment(2))?;
            }
            Ok(unspent)
        }))
    });
    let won = together(racers.collect()).await.into_iter().filter(|won| *won.as_ref().unwrap());
    assert_eq!(won.count(), 1);
}

pub(super) async fn e7_a_code_is_spent_once(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let (first, other) = (issued(1, user, moment(5)), issued(2, user, moment(5)));
    give(&fixture, &first).await;
    give(&fixture, &other).await;
    let session = fixture.session(user, 0).await.id;
    let spend = |session: Option<SessionId>, at: i64| {
        fixture.write(move |tx| tx.identities().spend_code(&[1; 32], session, moment(at)))
    };
    spend(Some(session), 2).await;
    let spent = AuthorizationCode { spent_at: Some(moment(2)), session: Some(session), ..first };
    assert_eq!(code_of(&fixture, [1; 32]).await.as_ref(), Some(&spent));
    spend(None, 3).await;
    assert_eq!(code_of(&fixture, [1; 32]).await, Some(spent));
    assert_eq!(code_of(&fixture, [2; 32]).await, Some(other));
}

pub(super) async fn e8_pruning_takes_what_expired_before_and_nothing_else(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let known = identity("google", "1", user, -100);
    add(&fixture, &known).await;
    let before = moment(10);
    let just = before.minus(MICROSECOND);
    for (number, expires_at) in [(1, just), (2, before), (3, Timestamp::MAX), (4, Timestamp::MIN)] {
        go(&fixture, &attempt(number, expires_at)).await;
        give(&fixture, &issued(number, user, expires_at)).await;
    }
    assert_eq!(fixture.write(move |tx| tx.identities().prune(before, 100)).await, 4);
    for (number, stays) in [(1, false), (2, true), (3, true), (4, false)] {
        assert_eq!(code_of(&fixture, [number; 32]).await.is_some(), stays, "{number}");
        let there = take(&fixture, number, Timestamp::MIN).await.is_some();
        assert_eq!(there, stays, "{number}");
    }
    assert_eq!(find(&fixture, &known).await, Some(known));
}

pub(super) async fn e8_pruning_keeps_to_its_limit(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    for number in 0..5 {
        go(&fixture, &attempt(number, moment(0))).await;
        give(&fixture, &issued(number, user, moment(0))).await;
    }
    let mut pruned = Vec::new();
    for _ in 0..4 {
        pruned.push(fixture.write(|tx| tx.identities().prune(Timestamp::MAX, 2)).await);
    }
    assert_eq!(pruned, [4, 4, 2, 0]);
}

pub(super) async fn a8_identities_attempts_and_codes_go_with_their_account(fixture: Fixture) {
    let ada = fixture.account("ada").await.id;
    let grace = fixture.account("grace").await.id;
    for (number, user) in [(1, ada), (2, grace)] {
        let session = fixture.session(user, 0).await.id;
        add(&fixture, &identity("google", &number.to_string(), user, 0)).await;
        let purpose = Purpose::Link(user, session);
        go(&fixture, &Attempt { purpose, ..attempt(number, moment(9)) }).await;
        give(&fixture, &issued(number, user, moment(9))).await;
    }
    go(&fixture, &attempt(3, moment(9))).await;
    fixture.write(move |tx| tx.users().remove(ada, moment(1)).map(|_| ())).await;
    assert_eq!(of_user(&fixture, ada).await, []);
    assert_eq!(of_user(&fixture, grace).await.len(), 1);
    assert_eq!(code_of(&fixture, [1; 32]).await, None);
    assert!(code_of(&fixture, [2; 32]).await.is_some());
    for (number, stays) in [(1, false), (2, true), (3, true)] {
        assert_eq!(take(&fixture, number, moment(0)).await.is_some(), stays, "{number}");
    }
    // who comes again is somebody new
    let again = identity("google", "1", grace, 1);
    assert_eq!(find(&fixture, &again).await, None);
}
