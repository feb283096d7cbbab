//! `PhoneChangeStore`, and the number of an account.

use kernel::{BoxFuture, PhoneNumber, StoreError, Timestamp, UserId};

use super::{Fixture, HOUR, MICROSECOND, moment, nobody, together};
use crate::{
    phone::{PhoneChange, TRIES, Tried},
    user::User,
};

fn phone(last: u8) -> PhoneNumber {
    PhoneNumber::parse(&format!("+3361234567{last}")).unwrap()
}

/// As long as a number can be.
fn longest() -> PhoneNumber {
    PhoneNumber::parse("+999999999999999").unwrap()
}

fn waiting(user: UserId, last: u8) -> PhoneChange {
    PhoneChange::asked(user, phone(last), moment(3)).with_code([last; 32], moment(4))
}

async fn put(fixture: &Fixture, change: &PhoneChange) {
    let change = change.clone();
    fixture.write(move |tx| tx.phone_changes().put(&change)).await;
}

async fn get(fixture: &Fixture, user: UserId) -> Option<PhoneChange> {
    fixture.read(move |tx| tx.phone_changes().get(user)).await
}

pub(super) async fn a1_a_phone_number_is_saved_and_removed(fixture: Fixture) {
    let (ada, grace) = (fixture.account("ada").await, fixture.account("grace").await);
    assert_eq!(ada.phone, None);
    // Two accounts may have one number.
    for number in [Some(longest()), Some(phone(1)), None, Some(phone(1))] {
        for id in [ada.id, grace.id] {
            let user = fixture.get(id).await.unwrap();
            let saved = fixture.save(&User { phone: number.clone(), ..user }).await;
            assert_eq!(fixture.get(id).await, Some(saved));
        }
    }
}

pub(super) async fn a8_a_phone_number_and_its_change_go_with_their_account(fixture: Fixture) {
    let (ada, grace) = (fixture.account("ada").await, fixture.account("grace").await);
    for user in [&ada, &grace] {
        fixture.save(&User { phone: Some(phone(1)), ..user.clone() }).await;
        put(&fixture, &waiting(user.id, 2)).await;
    }
    let id = ada.id;
    assert!(fixture.write(move |tx| tx.users().remove(id, moment(1))).await);
    assert_eq!((fixture.get(id).await, get(&fixture, id).await), (None, None));
    assert_eq!(fixture.get(grace.id).await.unwrap().phone, Some(phone(1)));
    assert_eq!(get(&fixture, grace.id).await, Some(waiting(grace.id, 2)));
}

pub(super) async fn p1_an_account_has_one_change_of_number(fixture: Fixture) {
    let (ada, grace) = (fixture.account("ada").await.id, fixture.account("grace").await.id);
    assert_eq!(get(&fixture, ada).await, None);
    let first = PhoneChange::asked(ada, phone(1), moment(3));
    let extreme = PhoneChange {
        phone: longest(),
        code: Some([255; 32]),
        failed: u32::MAX,
        asked_at: Timestamp::MIN,
        expires_at: Timestamp::MAX,
        ..first.clone()
    };
    put(&fixture, &waiting(grace, 9)).await;
    for change in [&first, &extreme, &first.clone().with_code([7; 32], moment(5)), &first] {
        put(&fixture, change).await;
        assert_eq!(get(&fixture, ada).await.as_ref(), Some(change));
        let locked = fixture.write(move |tx| tx.phone_changes().lock(ada)).await;
        assert_eq!(locked.as_ref(), Some(change));
    }
    assert_eq!(get(&fixture, grace).await, Some(waiting(grace, 9)));
    let strange = waiting(nobody(), 1);
    let error = fixture.refused(move |tx| tx.phone_changes().put(&strange)).await;
    assert!(matches!(error, StoreError::Missing("phone_changes.user")), "{error}");
}

/// Judges a code as the service does; returns what it was.
async fn try_code(fixture: &Fixture, user: UserId, code: u8) -> Option<Tried> {
    fixture
        .write(move |tx| {
            let Some(mut change) = tx.phone_changes().lock(user)? else { return Ok(None) };
            let tried = change.judge(&[code; 32], moment(5));
            match tried {
                Tried::Right => {
                    tx.phone_changes().remove(user)?;
                }
                Tried::Wrong => tx.phone_changes().put(&change)?,
                Tried::Void => {}
            }
            Ok(Some(tried))
        })
        .await
}

pub(super) async fn p2_of_many_tries_at_one_code_none_is_lost(fixture: Fixture) {
    let ada = fixture.account("ada").await.id;
    put(&fixture, &waiting(ada, 1)).await;
    let fixture = &fixture;
    let tries =
        (0..12).map(|_| -> BoxFuture<'_, Option<Tried>> { Box::pin(try_code(fixture, ada, 2)) });
    let tried = together(tries.collect()).await;
    let wrong = tried.iter().filter(|tried| **tried == Some(Tried::Wrong)).count();
    assert_eq!(wrong, TRIES as usize, "{tried:?}");
    assert_eq!(get(fixture, ada).await.unwrap().failed, TRIES);
    assert_eq!(try_code(fixture, ada, 1).await, Some(Tried::Void), "the right code comes too late");
}

pub(super) async fn p2_of_many_who_bring_the_right_code_one_gets_it(fixture: Fixture) {
    let ada = fixture.account("ada").await.id;
    put(&fixture, &waiting(ada, 1)).await;
    let fixture = &fixture;
    let tries =
        (0..12).map(|_| -> BoxFuture<'_, Option<Tried>> { Box::pin(try_code(fixture, ada, 1)) });
    let tried = together(tries.collect()).await;
    assert_eq!(tried.iter().filter(|tried| **tried == Some(Tried::Right)).count(), 1, "{tried:?}");
    assert_eq!(tried.iter().filter(|tried| tried.is_none()).count(), 11, "{tried:?}");
}

pub(super) async fn p3_removing_touches_no_other_account(fixture: Fixture) {
    let (ada, grace) = (fixture.account("ada").await.id, fixture.account("grace").await.id);
    put(&fixture, &waiting(ada, 1)).await;
    put(&fixture, &waiting(grace, 1)).await;
    assert!(fixture.write(move |tx| tx.phone_changes().remove(ada)).await);
    assert!(!fixture.write(move |tx| tx.phone_changes().remove(ada)).await);
    assert_eq!(get(&fixture, ada).await, None);
    assert_eq!(get(&fixture, grace).await, Some(waiting(grace, 1)));
}

pub(super) async fn p4_pruning_takes_what_expired_before_and_keeps_to_its_limit(fixture: Fixture) {
    let before = moment(0).plus(HOUR);
    let mut ids = Vec::new();
    for (place, name) in ["ada", "bob", "eve", "grace"].into_iter().enumerate() {
        let id = fixture.account(name).await.id;
        let expires_at = if place < 3 { before.minus(MICROSECOND) } else { before };
        put(&fixture, &PhoneChange { expires_at, ..waiting(id, 1) }).await;
        ids.push(id);
    }
    let prune = async || fixture.write(move |tx| tx.phone_changes().prune(before, 2)).await;
    assert_eq!([prune().await, prune().await, prune().await], [2, 1, 0]);
    for (place, id) in ids.into_iter().enumerate() {
        assert_eq!(get(&fixture, id).await.is_some(), place == 3, "{place}");
    }
}
