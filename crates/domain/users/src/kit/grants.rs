//! Personal access tokens.

use kernel::{BoxFuture, GrantId, Permission, Permissions, Role, StoreError, Timestamp, UserId};

use super::{Ground, MICROSECOND, ODD_TEXTS, long, moment, nobody, together};
use crate::{
    grant::{Grant, LiveGrant, NewGrant},
    user::User,
    values::GrantName,
};

fn new(user: UserId, digest: u8, micros: i64) -> NewGrant {
    NewGrant {
        user,
        name: GrantName::parse("ci").unwrap(),
        scopes: [Permission::TasksRead].into_iter().collect(),
        digest: [digest; 32],
        expires_at: None,
        created_at: moment(micros),
    }
}

async fn add(ground: &Ground, new: NewGrant) -> Grant {
    ground.write(move |tx| tx.grants().insert(&new)).await
}

async fn own(ground: &Ground, user: UserId) -> Vec<Grant> {
    ground.read(move |tx| tx.grants().of_user(user)).await
}

async fn live(ground: &Ground, digest: u8) -> Option<LiveGrant> {
    ground.read(move |tx| tx.grants().live(&[digest; 32])).await
}

pub(super) async fn g1_grants_come_back_as_they_went_in_newest_first(ground: Ground) {
    let user = ground.account("ada").await.id;
    let other = ground.account("grace").await.id;
    add(&ground, new(other, 200, 5)).await;
    let all: Permissions = Permission::ALL.into_iter().collect();
    let texts = ODD_TEXTS.into_iter().skip(1).map(str::to_owned).chain([long(100)]);
    let mut expected = Vec::new();
    for (number, text) in (0_u8..).zip(texts) {
        let place = usize::from(number) % 3;
        let given = NewGrant {
            name: GrantName::parse(&text).unwrap(),
            scopes: [Permissions::NONE, all, Role::Moderator.permissions()][place],
            expires_at: [None, Some(Timestamp::MIN), Some(Timestamp::MAX)][place],
            created_at: [Timestamp::MIN, moment(1), Timestamp::MAX][place],
            ..new(user, number, 0)
        };
        let grant = add(&ground, given.clone()).await;
        assert_eq!(
            grant,
            Grant {
                id: grant.id,
                user,
                name: given.name,
                scopes: given.scopes,
                expires_at: given.expires_at,
                created_at: given.created_at,
                last_used_at: None,
                last_used_ip: None,
            }
        );
        expected.push(grant);
    }
    expected.sort_by_key(|grant| std::cmp::Reverse((grant.created_at, grant.id)));
    assert_eq!(own(&ground, user).await, expected);
    assert_eq!(own(&ground, nobody()).await, []);
    let orphan = new(nobody(), 250, 0);
    let error = ground.refused(move |tx| tx.grants().insert(&orphan)).await;
    assert!(matches!(error, StoreError::Missing("grants.user")), "{error}");
}

pub(super) async fn g2_live_gives_all_of_now_or_nothing(ground: Ground) {
    let user = ground.account("ada").await;
    let (id, none) = (user.id, Permissions::NONE);
    add(&ground, new(id, 2, 0)).await;
    let grant = add(&ground, new(id, 1, 0)).await;
    let by_id = |id: GrantId| ground.read(move |tx| tx.grants().live_of(id));
    let expected = LiveGrant { grant: grant.clone(), user: user.clone(), extra: none };
    assert_eq!(live(&ground, 1).await, Some(expected.clone()));
    assert_eq!(by_id(grant.id).await, Some(expected));
    assert_eq!(live(&ground, 9).await, None);
    assert_eq!(by_id(GrantId::parse(4_000_000_000_000_000_000).unwrap()).await, None);
    // changes of the account and of its roles show at once
    let user = ground.save(&User { role: Role::Admin, ..user }).await;
    ground.role("auditors", &[Permission::AuditRead]).await;
    ground.give(id, &["auditors"]).await;
    let extra = [Permission::AuditRead].into_iter().collect();
    let expected = LiveGrant { grant: grant.clone(), user, extra };
    assert_eq!(live(&ground, 1).await, Some(expected.clone()));
    assert_eq!(by_id(grant.id).await, Some(expected));
    // whether it is over is not the store's to say, that the account is gone is
    let over = NewGrant { expires_at: Some(Timestamp::MIN), ..new(id, 3, 0) };
    add(&ground, over).await;
    assert!(live(&ground, 3).await.is_some());
    ground.write(move |tx| tx.users().remove(id, moment(2)).map(|_| ())).await;
    assert_eq!((live(&ground, 1).await, by_id(grant.id).await), (None, None));
}

pub(super) async fn g3_digests_are_unique(ground: Ground) {
    let user = ground.account("ada").await.id;
    add(&ground, new(user, 1, 0)).await;
    let again = new(ground.account("grace").await.id, 1, 1);
    let error = ground.refused(move |tx| tx.grants().insert(&again)).await;
    assert!(matches!(error, StoreError::Duplicate("grants.digest")), "{error}");
    // one that is gone leaves room
    let id = own(&ground, user).await[0].id;
    ground.write(move |tx| tx.grants().remove(user, id)).await.unwrap();
    add(&ground, new(user, 1, 2)).await;
}

pub(super) async fn g4_a_use_is_noted_once_in_a_while(ground: Ground) {
    let user = ground.account("ada").await.id;
    let other = add(&ground, new(user, 2, 0)).await;
    let grant = add(&ground, new(user, 1, 0)).await;
    let id = grant.id;
    let note = |at: i64, ip: Option<&'static str>, since: i64| {
        ground.write(move |tx| tx.grants().note_use(id, moment(at), ip, moment(since)))
    };
    assert!(note(10, Some("192.0.2.1"), 5).await, "the first time");
    assert!(!note(11, Some("192.0.2.2"), 10).await, "noted at `since`");
    let noted = Grant {
        last_used_at: Some(moment(10)),
        last_used_ip: Some("192.0.2.1".to_owned()),
        ..grant.clone()
    };
    assert_eq!(live(&ground, 1).await.unwrap().grant, noted);
    assert!(note(20, None, 11).await);
    let noted = Grant { last_used_at: Some(moment(20)), last_used_ip: None, ..grant };
    assert_eq!(live(&ground, 1).await.unwrap().grant, noted);
    assert_eq!(live(&ground, 2).await.unwrap().grant, other);
    let gone = GrantId::parse(4_000_000_000_000_000_000).unwrap();
    let late =
        ground.write(move |tx| tx.grants().note_use(gone, moment(30), None, moment(29))).await;
    assert!(!late, "nobody is there to be noted");
}

pub(super) async fn g5_only_ones_own_grants_are_removed(ground: Ground) {
    let ada = ground.account("ada").await.id;
    let grace = ground.account("grace").await.id;
    let grant = add(&ground, new(ada, 1, 0)).await;
    let kept = add(&ground, new(ada, 2, 0)).await;
    let id = grant.id;
    let remove = |user: UserId| ground.write(move |tx| tx.grants().remove(user, id));
    assert_eq!(remove(grace).await, None);
    assert_eq!(own(&ground, ada).await.len(), 2);
    assert_eq!(remove(ada).await, Some(grant));
    assert_eq!(remove(ada).await, None);
    assert_eq!(live(&ground, 1).await, None);
    assert_eq!(own(&ground, ada).await, [kept]);
}

pub(super) async fn g5_of_many_who_remove_one_grant_one_gets_it(ground: Ground) {
    let user = ground.account("ada").await.id;
    let id = add(&ground, new(user, 1, 0)).await.id;
    let ground = &ground;
    let racers = (0..8).map(|_| -> BoxFuture<'_, bool> {
        Box::pin(
            async move { ground.write(move |tx| tx.grants().remove(user, id)).await.is_some() },
        )
    });
    let removed = together(racers.collect()).await;
    assert_eq!(removed.into_iter().filter(|removed| *removed).count(), 1);
}

pub(super) async fn g6_a_sweep_takes_what_expired_before_and_nothing_else(ground: Ground) {
    let user = ground.account("ada").await.id;
    let before = moment(9);
    let fates = [
        (None, true),
        (Some(Timestamp::MAX), true),
        (Some(before), true),
        (Some(before.minus(MICROSECOND)), false),
        (Some(Timestamp::MIN), false),
    ];
    for (digest, (expires_at, _)) in (1..).zip(fates) {
        add(&ground, NewGrant { expires_at, ..new(user, digest, 0) }).await;
    }
    assert_eq!(ground.write(move |tx| tx.grants().sweep(before, 100)).await, 2);
    for (digest, (_, stays)) in (1..).zip(fates) {
        assert_eq!(live(&ground, digest).await.is_some(), stays, "{digest}");
    }
    for digest in 11..16 {
        add(&ground, NewGrant { expires_at: Some(moment(1)), ..new(user, digest, 0) }).await;
    }
    let mut swept = Vec::new();
    for _ in 0..3 {
        swept.push(ground.write(move |tx| tx.grants().sweep(before, 3)).await);
    }
    assert_eq!(swept, [3, 2, 0], "it keeps to its limit");
}
