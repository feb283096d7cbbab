//! What files are attached to.

use kernel::OwnedId;

use super::Fixture;

pub(super) async fn w1_owner_and_assignee_see_a_live_task(fixture: Fixture) {
    let (people, live, deleted) = (fixture.people.clone(), fixture.task, fixture.deleted_task);
    let seen = fixture
        .read(move |tx| {
            let mut seen = Vec::new();
            for task in [live, deleted, 4_000_000_000_000_000_000] {
                for person in people.iter().copied().map(Some).chain([None]) {
                    seen.push(tx.product_owners().sees_task(person, task)?);
                }
            }
            seen.push(tx.product_owners().owns_task(people[0], live)?);
            seen.push(tx.product_owners().owns_task(people[1], live)?);
            Ok(seen)
        })
        .await;
    let none = [false; 4];
    assert_eq!(seen, [&[true, true, false, true], &none[..], &none[..], &[true, false]].concat());
}

pub(super) async fn w2_an_owned_product_is_its_owners_alone(fixture: Fixture) {
    let (people, owned) = (fixture.people.clone(), fixture.owned);
    let seen = fixture
        .read(move |tx| {
            let nothing = OwnedId::parse(4_000_000_000_000_000_000).unwrap();
            let mut seen = vec![tx.product_owners().owns(people[0], nothing)?];
            for person in &people {
                seen.push(tx.product_owners().owns(*person, owned)?);
            }
            Ok(seen)
        })
        .await;
    assert_eq!(seen, [false, true, false, false]);
}

pub(super) async fn w3_an_account_is_open_until_it_is_suspended_or_closed(fixture: Fixture) {
    let (people, shut) = (fixture.people.clone(), fixture.shut);
    let (open, others) = fixture
        .read(move |tx| {
            let mut ask = |id| tx.product_owners().is_open(id);
            let open: Result<Vec<bool>, _> = people.iter().map(|id| ask(*id)).collect();
            let others: Result<Vec<bool>, _> =
                shut.into_iter().chain([super::nobody()]).map(&mut ask).collect();
            Ok((open?, others?))
        })
        .await;
    assert!(open.iter().all(|open| *open), "{open:?}");
    assert_eq!(others, [false; 4]);
}
