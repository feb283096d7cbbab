//! Personal access tokens.

use kernel::{BoxFuture, Permission, Permissions, Role, StoreError, Timestamp, TokenId, UserId};

use super::{Fixture, MICROSECOND, ODD_TEXTS, long, moment, nobody, together};
use crate::{
    personal_access_token::{LiveToken, NewToken, PersonalAccessToken},
    user::User,
    values::TokenName,
};

fn new(user: UserId, digest: u8, micros: i64) -> NewToken {
    NewToken {
        user,
        name: TokenName::parse("ci").unwrap(),
        scopes: [Permission::TasksRead].into_iter().collect(),
        digest: [digest; 32],
        expires_at: None,
        created_at: moment(micros),
    }
}

async fn add(fixture: &Fixture, new: NewToken) -> PersonalAccessToken {
    fixture.write(move |tx| tx.personal_access_tokens().insert(&new)).await
}

async fn own(fixture: &Fixture, user: UserId) -> Vec<PersonalAccessToken> {
    fixture.read(move |tx| tx.personal_access_tokens().of_user(user)).await
}

async fn live(fixture: &Fixture, digest: u8) -> Option<LiveToken> {
    fixture.read(move |tx| tx.personal_access_tokens().live(&[digest; 32])).await
}

pub(super) async fn g1_tokens_come_back_as_they_went_in_newest_first(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let other = fixture.account("grace").await.id;
    add(&fixture, new(other, 200, 5)).await;
    let all: Permissions = Permission::BUILT_IN.into_iter().collect();
    let texts = ODD_TEXTS.into_iter().skip(1).map(str::to_owned).chain([long(100)]);
    let mut expected = Vec::new();
    for (number, text) in (0_u8..).zip(texts) {
        let place = usize::from(number) % 3;
        let given = NewToken {
            name: TokenName::parse(&text).unwrap(),
            scopes: [Permissions::NONE, all, Role::Moderator.permissions()][place],
            expires_at: [None, Some(Timestamp::MIN), Some(Timestamp::MAX)][place],
            created_at: [Timestamp::MIN, moment(1), Timestamp::MAX][place],
            ..new(user, number, 0)
        };
        let token = add(&fixture, given.clone()).await;
        assert_eq!(
            token,
            PersonalAccessToken {
                id: token.id,
                user,
                name: given.name,
                scopes: given.scopes,
                expires_at: given.expires_at,
                created_at: given.created_at,
                last_used_at: None,
                last_used_ip: None,
            }
        );
        expected.push(token);
    }
    expected.sort_by_key(|token| std::cmp::Reverse((token.created_at, token.id)));
    assert_eq!(own(&fixture, user).await, expected);
    assert_eq!(own(&fixture, nobody()).await, []);
    let orphan = new(nobody(), 250, 0);
    let error = fixture.refused(move |tx| tx.personal_access_tokens().insert(&orphan)).await;
    assert!(matches!(error, StoreError::Missing("grants.user")), "{error}");
}

pub(super) async fn g2_live_gives_all_of_now_or_nothing(fixture: Fixture) {
    let user = fixture.account("ada").await;
    let (id, none) = (user.id, Permissions::NONE);
    add(&fixture, new(id, 2, 0)).await;
    let token = add(&fixture, new(id, 1, 0)).await;
    let by_id = |id: TokenId| fixture.read(move |tx| tx.personal_access_tokens().live_of(id));
    let expected = LiveToken { token: token.clone(), user: user.clone(), extra: none };
    assert_eq!(live(&fixture, 1).await, Some(expected.clone()));
    assert_eq!(by_id(token.id).await, Some(expected));
    assert_eq!(live(&fixture, 9).await, None);
    assert_eq!(by_id(TokenId::parse(4_000_000_000_000_000_000).unwrap()).await, None);
    // changes of the account and of its roles show at once
    let user = fixture.save(&User { role: Role::Admin, ..user }).await;
    fixture.role("auditors", &[Permission::AuditRead]).await;
    fixture.give(id, &["auditors"]).await;
    let extra = [Permission::AuditRead].into_iter().collect();
    let expected = LiveToken { token: token.clone(), user, extra };
    assert_eq!(live(&fixture, 1).await, Some(expected.clone()));
    assert_eq!(by_id(token.id).await, Some(expected));
    // whether it is over is not the store's to say, that the account is gone is
    let over = NewToken { expires_at: Some(Timestamp::MIN), ..new(id, 3, 0) };
    add(&fixture, over).await;
    assert!(live(&fixture, 3).await.is_some());
    fixture.write(move |tx| tx.users().remove(id, moment(2)).map(|_| ())).await;
    assert_eq!((live(&fixture, 1).await, by_id(token.id).await), (None, None));
}

pub(super) async fn g3_digests_are_unique(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    add(&fixture, new(user, 1, 0)).await;
    let again = new(fixture.account("grace").await.id, 1, 1);
    let error = fixture.refused(move |tx| tx.personal_access_tokens().insert(&again)).await;
    assert!(matches!(error, StoreError::Duplicate("grants.digest")), "{error}");
    // one that is gone leaves room
    let id = own(&fixture, user).await[0].id;
    fixture.write(move |tx| tx.personal_access_tokens().remove(user, id)).await.unwrap();
    add(&fixture, new(user, 1, 2)).await;
}

pub(super) async fn g4_a_use_is_noted_once_in_a_while(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let other = add(&fixture, new(user, 2, 0)).await;
    let token = add(&fixture, new(user, 1, 0)).await;
    let id = token.id;
    let note = |at: i64, ip: Option<&'static str>, since: i64| {
        fixture.write(move |tx| {
            tx.personal_access_tokens().note_use(id, moment(at), ip, moment(since))
        })
    };
    assert!(note(10, Some("192.0.2.1"), 5).await, "the first time");
    assert!(!note(11, Some("192.0.2.2"), 10).await, "noted at `since`");
    let noted = PersonalAccessToken {
        last_used_at: Some(moment(10)),
        last_used_ip: Some("192.0.2.1".to_owned()),
        ..token.clone()
    };
    assert_eq!(live(&fixture, 1).await.unwrap().token, noted);
    assert!(note(20, None, 11).await);
    let noted = PersonalAccessToken { last_used_at: Some(moment(20)), last_used_ip: None, ..token };
    assert_eq!(live(&fixture, 1).await.unwrap().token, noted);
    assert_eq!(live(&fixture, 2).await.unwrap().token, other);
    let gone = TokenId::parse(4_000_000_000_000_000_000).unwrap();
    let late = fixture
        .write(move |tx| tx.personal_access_tokens().note_use(gone, moment(30), None, moment(29)))
        .await;
    assert!(!late, "nobody is there to be noted");
}

pub(super) async fn g5_only_the_accounts_own_tokens_are_removed(fixture: Fixture) {
    let ada = fixture.account("ada").await.id;
    let grace = fixture.account("grace").await.id;
    let token = add(&fixture, new(ada, 1, 0)).await;
    let kept = add(&fixture, new(ada, 2, 0)).await;
    let id = token.id;
    let remove =
        |user: UserId| fixture.write(move |tx| tx.personal_access_tokens().remove(user, id));
    assert_eq!(remove(grace).await, None);
    assert_eq!(own(&fixture, ada).await.len(), 2);
    assert_eq!(remove(ada).await, Some(token));
    assert_eq!(remove(ada).await, None);
    assert_eq!(live(&fixture, 1).await, None);
    assert_eq!(own(&fixture, ada).await, [kept]);
}

pub(super) async fn g5_of_many_who_remove_one_token_one_gets_it(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let id = add(&fixture, new(user, 1, 0)).await.id;
    let fixture = &fixture;
    let racers = (0..8).map(|_| -> BoxFuture<'_, bool> {
        Box::pin(async move {
            fixture.write(move |tx| tx.personal_access_tokens().remove(user, id)).await.is_some()
        })
    });
    let removed = together(racers.collect()).await;
    assert_eq!(removed.into_iter().filter(|removed| *removed).count(), 1);
}

pub(super) async fn g6_pruning_takes_what_expired_before_and_nothing_else(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let before = moment(9);
    let fates = [
        (None, true),
        (Some(Timestamp::MAX), true),
        (Some(before), true),
        (Some(before.minus(MICROSECOND)), false),
        (Some(Timestamp::MIN), false),
    ];
    for (digest, (expires_at, _)) in (1..).zip(fates) {
        add(&fixture, NewToken { expires_at, ..new(user, digest, 0) }).await;
    }
    assert_eq!(fixture.write(move |tx| tx.personal_access_tokens().prune(before, 100)).await, 2);
    for (digest, (_, stays)) in (1..).zip(fates) {
        assert_eq!(live(&fixture, digest).await.is_some(), stays, "{digest}");
    }
    for digest in 11..16 {
        add(&fixture, NewToken { expires_at: Some(moment(1)), ..new(user, digest, 0) }).await;
    }
    let mut pruned = Vec::new();
    for _ in 0..3 {
        pruned.push(fixture.write(move |tx| tx.personal_access_tokens().prune(before, 3)).await);
    }
    assert_eq!(pruned, [3, 2, 0], "it keeps to its limit");
}
