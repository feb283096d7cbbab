//! Endpoints as a queue.

use std::collections::BTreeSet;

use super::*;
use crate::endpoint::State;

pub(super) async fn q1_of_many_claims_each_endpoint_is_in_one_answer(fixture: Fixture) {
    for number in 0..10 {
        fixture.endpoint(0, number).await;
    }
    let claim = |_| -> BoxFuture<'_, Vec<Endpoint>> { Box::pin(fixture.claim(20, 30, 3)) };
    let answers = fixture.race(6, claim).await;
    assert!(answers.iter().all(|answer| answer.len() <= 3));
    let claimed: Vec<Endpoint> = answers.concat();
    let ids: BTreeSet<EndpointId> = claimed.iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), claimed.len(), "one was claimed twice");
    let rest = fixture.claim(20, 30, 100).await;
    assert_eq!(claimed.len() + rest.len(), 10, "one was claimed by no one");
}

pub(super) async fn q2_the_longest_due_are_claimed_first(fixture: Fixture) {
    let (late, early) = (fixture.endpoint(0, 5).await, fixture.endpoint(0, 1).await);
    let first = fixture.claim(9, 20, 1).await;
    assert_eq!(first[0].id, early.id);
    assert_eq!(fixture.claim(9, 20, 1).await[0].id, late.id);
}

pub(super) async fn q3_a_held_endpoint_is_not_claimed_before_its_lease_ends(fixture: Fixture) {
    let endpoint = fixture.endpoint(0, 0).await;
    let first = fixture.claim(1, 10, 1).await;
    assert_eq!((first[0].id, first[0].run), (endpoint.id, 1));
    assert!(fixture.claim(9, 20, 1).await.is_empty());
    let second = fixture.claim(10, 20, 1).await;
    assert_eq!((second[0].id, second[0].run), (endpoint.id, 2));
}

pub(super) async fn q4_a_stale_claim_changes_nothing(fixture: Fixture) {
    fixture.endpoint(0, 0).await;
    let first = fixture.claim(1, 10, 1).await.remove(0);
    let second = fixture.claim(10, 20, 1).await.remove(0);
    let old = Claim { id: first.id, run: first.run };
    let never = Claim { id: first.id, run: second.run + 1 };
    for claim in [old, never] {
        fixture.stale(move |tx| tx.endpoints().hold(claim)).await;
        fixture.stale(move |tx| tx.endpoints().release(claim, None)).await;
        fixture.stale(move |tx| tx.endpoints().postpone(claim, moment(0))).await;
        let endpoint = Endpoint { run: claim.run, ..first.clone() };
        fixture.stale(move |tx| tx.endpoints().progress(&endpoint, moment(99))).await;
    }
    assert!(fixture.claim(19, 30, 1).await.is_empty(), "the second claim holds");
    let current = Claim { id: second.id, run: second.run };
    fixture.release(current, None).await;
    // What was released is stale, too.
    fixture.stale(move |tx| tx.endpoints().hold(current)).await;
    fixture.stale(move |tx| tx.endpoints().progress(&second.clone(), moment(99))).await;
    assert!(fixture.claim(1_000, 2_000, 1).await.is_empty());
}

pub(super) async fn q5_endpoints_without_work_are_not_claimed(fixture: Fixture) {
    let (idle, later, now) =
        (fixture.endpoint(0, 0).await, fixture.endpoint(0, 0).await, fixture.endpoint(0, 5).await);
    for claimed in fixture.claim(1, 2, 2).await {
        let due = if claimed.id == idle.id { None } else { Some(50) };
        fixture.release(Claim { id: claimed.id, run: claimed.run }, due).await;
    }
    let claimed = fixture.claim(49, 60, 10).await;
    assert_eq!((claimed.len(), claimed[0].id), (1, now.id));
    assert_eq!(fixture.claim(50, 55, 10).await[0].id, later.id);
}

pub(super) async fn q6_the_next_due_time_is_read(fixture: Fixture) {
    let next = async || fixture.read(|tx| tx.endpoints().next_due()).await;
    assert_eq!(next().await, None);
    fixture.endpoint(0, 30).await;
    fixture.endpoint(0, 20).await;
    assert_eq!(next().await, Some(moment(20)));
    fixture.claim(25, 40, 1).await;
    assert_eq!(next().await, Some(moment(30)));
}

pub(super) async fn e5_whoever_holds_second_sees_what_the_first_wrote(fixture: Fixture) {
    let endpoint = fixture.endpoint(0, 0).await;
    let claim = Claim { id: endpoint.id, run: 1 };
    fixture.claim(1, 100, 1).await;
    let fail = |_| -> BoxFuture<'_, ()> {
        Box::pin(fixture.write(move |tx| {
            let mut endpoint = tx.endpoints().hold(claim)?;
            endpoint.health.streak += 1;
            tx.endpoints().progress(&endpoint, moment(100))
        }))
    };
    fixture.race(8, fail).await;
    assert_eq!(fixture.get(endpoint.id).await.unwrap().health.streak, 8);
}

pub(super) async fn e7_waking_leaves_a_held_endpoint_alone(fixture: Fixture) {
    let endpoint = fixture.endpoint(0, 0).await;
    let id = endpoint.id;
    let wake = async |now: i64| {
        fixture.write(move |tx| tx.endpoints().wake(&[id], moment(now))).await;
    };
    let held = fixture.claim(1, 10, 1).await.remove(0);
    wake(2).await;
    assert!(fixture.claim(9, 20, 1).await.is_empty(), "the lease holds");
    fixture.release(Claim { id, run: held.run }, None).await;
    assert!(fixture.claim(100, 200, 1).await.is_empty());
    wake(3).await;
    // One that is due already stays due since then.
    wake(4).await;
    assert_eq!(fixture.read(|tx| tx.endpoints().next_due()).await, Some(moment(3)));
    assert_eq!(fixture.claim(5, 20, 1).await[0].id, id);
}

pub(super) async fn e7_a_release_sees_what_was_inserted_under_the_lock(fixture: Fixture) {
    for round in 0..12 {
        let endpoint = fixture.follower(0, 0).await;
        let id = endpoint.id;
        let run = fixture.claim(1, 1_000, 1).await[0].run;
        let claim = Claim { id, run };
        let message = fixture.messages(&[round + 1]).await[0];
        let act = |who: usize| -> BoxFuture<'_, ()> {
            if who == 0 {
                return Box::pin(fixture.write(move |tx| {
                    let there = tx.endpoints().lock_followers(&[id])?;
                    assert_eq!(there.len(), 1);
                    let state = DeliveryState::Pending;
                    let (cause, at) = (Cause::Event, moment(2));
                    let new = NewDelivery { endpoint: id, message, cause, state, at };
                    tx.deliveries().deliver(&[new])?;
                    tx.endpoints().wake(&[id], moment(2))
                }));
            }
            Box::pin(fixture.write(move |tx| {
                tx.endpoints().hold(claim)?;
                let due = tx.deliveries().next_due(id)?;
                tx.endpoints().release(claim, due)
            }))
        };
        fixture.race(2, act).await;
        let claimed = fixture.claim(5, 1_000, 1).await;
        assert_eq!(claimed.first().map(|one| one.id), Some(id), "it was forgotten");
        let mut gone = fixture.get(id).await.unwrap();
        gone.state = State::Disabled;
        fixture.save(gone).await;
        fixture.release(Claim { id, run: claimed[0].run }, None).await;
    }
}
