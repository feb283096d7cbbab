//! What files are attached to.

use kernel::OwnedId;

use super::Ground;

pub(super) async fn w1_owner_and_assignee_see_a_live_task(ground: Ground) {
    let (people, live, deleted) = (ground.people.clone(), ground.task, ground.deleted_task);
    let seen = ground
        .read(move |tx| {
            let mut seen = Vec::new();
            for task in [live, deleted, 4_000_000_000_000_000_000] {
                for person in people.iter().copied().map(Some).chain([None]) {
                    seen.push(tx.places().sees_task(person, task)?);
                }
            }
            seen.push(tx.places().owns_task(people[0], live)?);
            seen.push(tx.places().owns_task(people[1], live)?);
            Ok(seen)
        })
        .await;
    let none = [false; 4];
    assert_eq!(seen, [&[true, true, false, true], &none[..], &none[..], &[true, false]].concat());
}

pub(super) async fn w2_a_thing_is_its_owners_alone(ground: Ground) {
    let (people, owned) = (ground.people.clone(), ground.owned);
    let seen = ground
        .read(move |tx| {
            let nothing = OwnedId::parse(4_000_000_000_000_000_000).unwrap();
            let mut seen = vec![tx.places().owns(people[0], nothing)?];
            for person in &people {
                seen.push(tx.places().owns(*person, owned)?);
            }
            Ok(seen)
        })
        .await;
    assert_eq!(seen, [false, true, false, false]);
}
