//! Many units at once.

use kernel::{BoxFuture, Role, StoreError};

use super::{Fixture, email, hash, moment, name, newcomer, together};
use crate::{
    session::Session,
    user::{NewUser, User},
};

/// How many meet.
const MANY: usize = 12;

pub(super) async fn a2_of_many_who_want_one_name_one_gets_it(fixture: Fixture) {
    let fixture = &fixture;
    let racers = (0..MANY).map(|number| -> BoxFuture<'_, Result<User, StoreError>> {
        let new = NewUser {
            email: email(&format!("racer{number}@example.com")),
            ..newcomer(if number % 2 == 0 { "wanted" } else { "Wanted" })
        };
        Box::pin(fixture.work.write(move |tx| tx.users().insert(&new, Some(&hash("none")))))
    });
    let results = together(racers.collect()).await;
    let won = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(won, 1);
    for error in results.into_iter().filter_map(Result::err) {
        assert!(matches!(error, StoreError::Duplicate("users.username")), "{error}");
    }
}

pub(super) async fn a4_of_many_who_save_one_version_one_succeeds(fixture: Fixture) {
    let read = fixture.account("ada").await;
    let fixture = &fixture;
    let racers = (0..MANY).map(|number| -> BoxFuture<'_, Result<User, StoreError>> {
        let read = read.clone();
        Box::pin(fixture.work.write(move |tx| {
            let mut user = User { first_name: name(&number.to_string()), ..read.clone() };
            tx.users().save(&mut user)?;
            Ok(user)
        }))
    });
    let results = together(racers.collect()).await;
    let mut won = Vec::new();
    for result in results {
        match result {
            Ok(user) => won.push(user),
            Err(error) => assert!(matches!(error, StoreError::Stale), "{error}"),
        }
    }
    assert_eq!(won.len(), 1);
    assert_eq!(fixture.get(read.id).await, won.pop());
}

pub(super) async fn a9_of_those_who_give_a_role_up_simultaneously_the_last_stays(fixture: Fixture) {
    let mut holders = Vec::new();
    for number in 0..MANY {
        let new = NewUser { role: Role::SuperAdmin, ..newcomer(&format!("root{number}")) };
        holders.push(fixture.insert(new).await.id);
    }
    let fixture = &fixture;
    let racers = holders.iter().map(|&id| -> BoxFuture<'_, bool> {
        Box::pin(fixture.write(move |tx| {
            let held = tx.users().lock_role(Role::SuperAdmin)?;
            assert!(held.contains(&id), "nobody else takes it away");
            if held.len() == 1 {
                return Ok(false);
            }
            let mut user = tx.users().lock(id)?.unwrap();
            user.role = Role::Admin;
            tx.users().save(&mut user)?;
            Ok(true)
        }))
    });
    let gave_up = together(racers.collect()).await;
    assert_eq!(gave_up.into_iter().filter(|gave_up| *gave_up).count(), MANY - 1);
    let mut left = fixture.write(|tx| tx.users().lock_role(Role::SuperAdmin)).await;
    left.retain(|id| holders.contains(id));
    assert_eq!(left.len(), 1);
}

/// There is nobody to wait for, and still only one may be the first.
pub(super) async fn a9_a_role_that_nobody_holds_can_be_locked(fixture: Fixture) {
    let fixture = &fixture;
    let racers = (0..MANY).map(|number| -> BoxFuture<'_, bool> {
        let new = NewUser { role: Role::SuperAdmin, ..newcomer(&format!("root{number}")) };
        Box::pin(fixture.write(move |tx| {
            if !tx.users().lock_role(Role::SuperAdmin)?.is_empty() {
                return Ok(false);
            }
            tx.users().insert(&new, Some(&hash("none")))?;
            Ok(true)
        }))
    });
    let made = together(racers.collect()).await;
    assert_eq!(made.into_iter().filter(|made| *made).count(), 1);
    assert_eq!(fixture.write(|tx| tx.users().lock_role(Role::SuperAdmin)).await.len(), 1);
    assert_eq!(fixture.write(|tx| tx.users().lock_role(Role::Admin)).await, []);
}

pub(super) async fn s2_who_locks_a_session_second_sees_what_the_first_wrote(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let id = fixture.session(user, 0).await.id;
    let fixture = &fixture;
    let racers = (0..MANY).map(|_| -> BoxFuture<'_, i64> {
        Box::pin(fixture.write(move |tx| {
            let session = tx.sessions().lock(id)?.unwrap();
            let generation = session.last_generation + 1;
            let next = Session { generation, last_generation: generation, ..session };
            tx.sessions().save(&next)?;
            Ok(generation)
        }))
    });
    let mut given = together(racers.collect()).await;
    given.sort_unstable();
    let expected: Vec<i64> = (2..2 + i64::try_from(MANY).unwrap()).collect();
    assert_eq!(given, expected, "no generation is given twice");
}

pub(super) async fn s7_of_many_who_take_one_ticket_one_gets_it(fixture: Fixture) {
    let user = fixture.account("ada").await.id;
    let session = fixture.session(user, 0).await.id;
    fixture.write(move |tx| tx.sessions().insert_ticket(&[1; 32], session, moment(9))).await;
    let fixture = &fixture;
    let racers = (0..MANY).map(|_| -> BoxFuture<'_, bool> {
        Box::pin(fixture.write(|tx| Ok(tx.sessions().take_ticket(&[1; 32], moment(1))?.is_some())))
    });
    let taken = together(racers.collect()).await;
    assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
}
