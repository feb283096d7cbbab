//! Endpoints, and the people who own them.

use std::time::Duration;

use kernel::{Permission, Role};

use super::*;
use crate::{
    endpoint::{Gap, Health, Reason, State},
    values::Rate,
};

/// Every field with something in it.
fn full(endpoint: &Endpoint) -> Endpoint {
    Endpoint {
        url: EndpointUrl::parse(&format!("https://example.com/{}", "a".repeat(2000))).unwrap(),
        patterns: Patterns::parse("*").unwrap(),
        description: Description::parse(&kernel::kit::long(500)).unwrap(),
        ordered: true,
        rate: Some(Rate::parse(1000).unwrap()),
        state: State::Disabled,
        reason: Some(Reason::Failing),
        secret: SealedSecret::new("another".to_owned()),
        old_secret: Some((SealedSecret::new("sealed".to_owned()), moment(7))),
        health: Health {
            streak: 7,
            failing_since: Some(moment(1)),
            warned: true,
            wait_until: Some(moment(2)),
            last_success_at: Some(moment(3)),
            last_failure_at: Some(moment(4)),
        },
        behind: Some(behind(i64::MAX)),
        enabled_at: moment(5),
        updated_at: moment(6),
        ..endpoint.clone()
    }
}

pub(super) async fn e1_an_endpoint_comes_back_as_it_went_in(fixture: Fixture) {
    let endpoint = fixture.endpoint(0, 1).await;
    assert_eq!(fixture.get(endpoint.id).await.as_ref(), Some(&endpoint));
    assert_eq!(endpoint, fixture.new_endpoint(0, 1).stored(endpoint.id));
    let saved = fixture.save(full(&endpoint)).await;
    assert_eq!(saved.version, 2);
    assert_eq!(fixture.get(endpoint.id).await.as_ref(), Some(&saved));
    let id = EndpointId::parse(i64::MAX).unwrap();
    assert_eq!(fixture.get(id).await, None);
}

pub(super) async fn e1_progress_writes_what_it_names(fixture: Fixture) {
    let endpoint = fixture.endpoint(0, 1).await;
    let claimed = fixture.claim(2, 10, 1).await.remove(0);
    let gap = Gap { from: place(1), to: place(i64::MAX), at: moment(9) };
    let progressed = Endpoint { missed: vec![gap, gap], version: 9, ..full(&claimed) };
    let written = progressed.clone();
    fixture.write(move |tx| tx.endpoints().progress(&written, moment(20))).await;
    let Endpoint { state, reason, health, behind, missed, updated_at, version, .. } = progressed;
    let expected = Endpoint {
        state,
        reason,
        health,
        behind,
        missed,
        updated_at,
        version,
        run: 1,
        ..endpoint.clone()
    };
    assert_eq!(fixture.get(endpoint.id).await, Some(expected));
    // The lease is longer now.
    assert!(fixture.claim(19, 30, 1).await.is_empty());
    assert_eq!(fixture.claim(20, 30, 1).await.len(), 1);
}

pub(super) async fn e2_a_stale_save_changes_nothing(fixture: Fixture) {
    let first = fixture.endpoint(0, 1).await;
    let second = fixture.save(full(&first)).await;
    let (stale, gone) = (first.clone(), first.clone());
    fixture.stale(move |tx| tx.endpoints().save(&mut stale.clone())).await;
    fixture.stale(move |tx| tx.endpoints().remove(&gone)).await;
    assert_eq!(fixture.get(first.id).await.as_ref(), Some(&second));
    fixture.write(move |tx| tx.endpoints().remove(&second)).await;
    assert_eq!(fixture.get(first.id).await, None);
}

pub(super) async fn e2_of_many_that_save_one_version_one_succeeds(fixture: Fixture) {
    let endpoint = fixture.endpoint(0, 1).await;
    let save = |_| -> BoxFuture<'_, Result<(), StoreError>> {
        let endpoint = endpoint.clone();
        Box::pin(fixture.work.write(move |tx: &mut Tx| tx.endpoints().save(&mut endpoint.clone())))
    };
    let saved = fixture.race(6, save).await;
    assert_eq!(saved.iter().filter(|one| one.is_ok()).count(), 1);
    assert_eq!(fixture.get(endpoint.id).await.unwrap().version, 2);
}

pub(super) async fn e3_an_endpoint_has_an_owner(fixture: Fixture) {
    let new = NewEndpoint { owner: kernel::kit::nobody(), ..fixture.new_endpoint(0, 1) };
    let error = fixture.refused(move |tx| tx.endpoints().insert(&new)).await;
    assert!(matches!(error, StoreError::Missing("webhook_endpoints.owner")), "{error}");
}

pub(super) async fn e4_lists_are_of_one_person_or_of_everyone(fixture: Fixture) {
    let mut own = Vec::new();
    for number in 0..5 {
        own.push(fixture.endpoint(0, number).await.id.get());
    }
    let other = fixture.endpoint(1, 9).await.id.get();
    let ada = fixture.people[0];
    let list = async |owner: Option<UserId>, paging: Paging| {
        let page = page(paging);
        fixture.read(move |tx| tx.endpoints().list(owner, &page)).await
    };
    own.reverse();
    let first = list(Some(ada), Paging::Number(1)).await;
    assert_eq!((ids(&first, |one| one.id.get()), first.total), (own[..3].to_vec(), Some(5)));
    let first = list(Some(ada), Paging::Cursor(None)).await;
    let second = list(Some(ada), Paging::Cursor(first.next.clone())).await;
    assert_eq!(ids(&second, |one| one.id.get()), own[3..].to_vec());
    assert_eq!(second.next, None);
    let all = list(None, Paging::Number(1)).await;
    assert_eq!((all.items[0].id.get(), all.total), (other, Some(6)));
    let states = fixture.read(|tx| tx.endpoints().states()).await;
    assert_eq!(states.get(&State::Enabled), Some(&6));
}

pub(super) async fn e5_whoever_counts_second_sees_what_the_first_inserted(fixture: Fixture) {
    let insert = |_| -> BoxFuture<'_, Result<bool, StoreError>> {
        let new = fixture.new_endpoint(0, 1);
        Box::pin(fixture.work.write(move |tx: &mut Tx| {
            let is_room = tx.endpoints().count(new.owner)? < 3;
            if is_room {
                tx.endpoints().insert(&new)?;
            }
            Ok(is_room)
        }))
    };
    let inserted = fixture.race(8, insert).await;
    assert_eq!(inserted.into_iter().filter(|one| one.as_ref().is_ok_and(|one| *one)).count(), 3);
    let owner = fixture.people[0];
    assert_eq!(fixture.write(move |tx| tx.endpoints().count(owner)).await, 3);
}

pub(super) async fn e6_followers_are_enabled_and_keep_up(fixture: Fixture) {
    let follower = fixture.follower(0, 1).await;
    let behind_one = fixture.endpoint(0, 2).await;
    let mut disabled = fixture.follower(1, 3).await;
    disabled.state = State::Disabled;
    let disabled = fixture.save(disabled).await;
    let messages = fixture.messages(&[1, 2]).await;
    fixture.deliver(&follower, messages[0], 1).await;
    fixture.deliver_as(&follower, messages[1], 1, Cause::Replay).await;
    let found = fixture.read(|tx| tx.endpoints().followers()).await;
    assert_eq!(found.len(), 1);
    let one = &found[0];
    assert_eq!((one.id, one.owner, one.ordered), (follower.id, follower.owner, false));
    assert_eq!(one.patterns, follower.patterns);
    let all = [behind_one.id, disabled.id, follower.id];
    let locked = fixture.write(move |tx| tx.endpoints().lock_followers(&all)).await;
    assert_eq!(locked, [(follower.id, 1)], "a replay does not count towards the window");
}

pub(super) async fn e8_an_endpoint_falls_behind(fixture: Fixture) {
    let (one, other) = (fixture.follower(0, 1).await, fixture.follower(0, 2).await);
    let (id, start) = (one.id, other.id);
    fixture
        .write(move |tx| tx.endpoints().fall_behind(&[(id, behind(41)), (start, behind(0))]))
        .await;
    assert_eq!(fixture.get(one.id).await, Some(Endpoint { behind: Some(behind(41)), ..one }));
    assert_eq!(fixture.get(other.id).await.unwrap().behind, Some(Position::START));
    assert!(fixture.read(|tx| tx.endpoints().followers()).await.is_empty());
}

pub(super) async fn e9_deliveries_go_with_their_endpoint(fixture: Fixture) {
    let (one, other) = (fixture.endpoint(0, 1).await, fixture.endpoint(0, 2).await);
    let theirs = fixture.endpoint(1, 3).await;
    let message = fixture.messages(&[1]).await[0];
    for endpoint in [&one, &other, &theirs] {
        fixture.deliver(endpoint, message, 1).await;
    }
    let id = fixture.due(&one, Tries::First, 9, 9).await[0].delivery.id;
    fixture.write(move |tx| tx.endpoints().remove(&one)).await;
    assert_eq!(fixture.read(move |tx| tx.deliveries().get(id)).await, None);
    assert_eq!(fixture.open(&other).await, 1);
    let ada = fixture.people[0];
    assert_eq!(fixture.write(move |tx| tx.endpoints().remove_all(ada)).await, 1);
    assert_eq!((fixture.open(&other).await, fixture.open(&theirs).await), (0, 1));
    assert_eq!(fixture.get(other.id).await, None);
}

pub(super) async fn e10_endpoints_that_are_further_are_put_back(fixture: Fixture) {
    let keeps_up = fixture.follower(0, 1).await;
    let mut ahead = fixture.endpoint(0, 1).await;
    ahead.behind = Some(behind(9));
    let ahead = fixture.save(ahead).await;
    let not_there_yet = fixture.endpoint(0, 1).await;
    let newer = fixture.follower(0, 50).await;
    for claimed in fixture.claim(60, 70, 10).await {
        if claimed.id != ahead.id {
            fixture.release(Claim { id: claimed.id, run: claimed.run }, None).await;
        }
    }
    let count = fixture.write(|tx| tx.endpoints().rewind(behind(5), after(10), moment(61))).await;
    assert_eq!(count, 2);
    let place = async |id| fixture.get(id).await.unwrap().behind;
    assert_eq!(
        (place(keeps_up.id).await, place(ahead.id).await),
        (Some(behind(5)), Some(behind(5)))
    );
    assert_eq!((place(not_there_yet.id).await, place(newer.id).await), (Some(behind(0)), None));
    // Only the one that no one holds is due.
    let claimed = fixture.claim(62, 65, 10).await;
    assert_eq!(claimed.iter().map(|one| one.id).collect::<Vec<_>>(), [keeps_up.id]);
}

pub(super) async fn p1_actors_are_active_people_with_their_permissions(fixture: Fixture) {
    let (user, admin) = (fixture.people[0], fixture.people[2]);
    let asked = [user, admin, fixture.suspended, kernel::kit::nobody()];
    let found = fixture.read(move |tx| tx.people().actors(&asked)).await;
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), [user, admin]);
    assert_eq!((found[&user].role, found[&admin].role), (Role::User, Role::Admin));
    assert!(found[&admin].may(Permission::WebhooksManage));
    assert!(!found[&user].may(Permission::WebhooksManage));
    let _ = Duration::ZERO;
}
