//! What people own.

use kernel::{
    Cursor, Date, OwnedId, PageRequest, Paging, SortKey, StoreError, UserId,
    bench::together,
    page::{Direction, Place, spell},
};

use super::{Ground, ODD_TEXTS, Paper, moment, no_product, numbered};
use crate::{
    commands::CreateOwned,
    owned::{FileCounts, NewOwned, Owned},
    query::{OwnedFilter, OwnedSort, Warranty},
    values::{Currency, Edition, LongText, OwnedStatus, Price, ProductId, SerialNumber},
};

use Direction::{Ascending, Descending};

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn today() -> Date {
    day("2026-11-21")
}

/// Nobody has this number.
fn nobody() -> UserId {
    UserId::parse(4_000_000_000_000_000_000).unwrap()
}

fn plain(owner: UserId, product: ProductId) -> NewOwned {
    let command = CreateOwned::of(product);
    NewOwned {
        owner,
        product,
        edition: command.edition,
        serial: command.serial,
        purchase_date: None,
        purchase_price: None,
        currency: Currency::EUR,
        warranty_expires: None,
        notes: command.notes,
        status: OwnedStatus::Active,
        created_at: moment(0),
    }
}

impl Ground {
    async fn own(&self, new: NewOwned) -> Owned {
        self.write(move |tx| tx.owned().insert(&new)).await
    }

    async fn thing(&self, owner: UserId, id: OwnedId) -> Option<Owned> {
        self.read(move |tx| tx.owned().get(owner, id)).await
    }
}

pub(super) async fn w1_a_thing_comes_back_to_its_owner_only(ground: Ground) {
    let product = ground.plain("lamp").await.id;
    let (ada, bob) = (ground.people[0], ground.people[1]);
    for text in ODD_TEXTS {
        let new = NewOwned {
            edition: Edition::parse(text).unwrap(),
            serial: SerialNumber::parse(text).unwrap(),
            purchase_date: Some(day("0001-01-01")),
            purchase_price: Some(Price::parse(29_900).unwrap()),
            warranty_expires: Some(day("9999-12-31")),
            notes: LongText::parse(text).unwrap(),
            status: OwnedStatus::Broken,
            created_at: moment(7),
            ..plain(ada, product)
        };
        let made = ground.own(new.clone()).await;
        assert_eq!((made.version, made.owner, made.product), (1, ada, product));
        assert_eq!(
            (&made.edition, &made.serial, &made.notes),
            (&new.edition, &new.serial, &new.notes)
        );
        assert_eq!(ground.thing(ada, made.id).await, Some(made.clone()));
        assert_eq!(ground.thing(bob, made.id).await, None);
        assert_eq!(ground.write(move |tx| tx.owned().lock(bob, made.id)).await, None);
    }
}

pub(super) async fn w2_a_save_grows_the_version_and_a_stale_one_changes_nothing(ground: Ground) {
    let product = ground.plain("lamp").await.id;
    let ada = ground.people[0];
    let old = ground.own(plain(ada, product)).await;
    let changed = Owned {
        edition: Edition::parse("2").unwrap(),
        serial: SerialNumber::parse("S").unwrap(),
        purchase_date: Some(today()),
        purchase_price: Some(Price::parse(1).unwrap()),
        currency: Currency::parse("CHF").unwrap(),
        warranty_expires: Some(today()),
        notes: LongText::parse("n").unwrap(),
        status: OwnedStatus::Archived,
        updated_at: moment(9),
        ..old.clone()
    };
    let asked = changed.clone();
    let saved = ground
        .write(move |tx| {
            let mut owned = asked.clone();
            tx.owned().save(&mut owned)?;
            Ok(owned)
        })
        .await;
    assert_eq!(saved, Owned { version: 2, ..changed });
    let id = old.id;
    let error = ground.refused(move |tx| tx.owned().save(&mut old.clone())).await;
    assert!(matches!(error, StoreError::Stale), "{error}");
    assert_eq!(ground.thing(ada, id).await, Some(saved));
}

pub(super) async fn w3_what_is_named_is_there_and_no_thing_is_entered_twice(ground: Ground) {
    let product = ground.plain("lamp").await.id;
    let other = ground.plain("other").await.id;
    let (ada, bob) = (ground.people[0], ground.people[1]);
    let lost = plain(ada, no_product());
    let error = ground.refused(move |tx| tx.owned().insert(&lost)).await;
    assert!(matches!(error, StoreError::Missing("owned.product")), "{error}");
    let nobodys = plain(nobody(), product);
    let error = ground.refused(move |tx| tx.owned().insert(&nobodys)).await;
    assert!(matches!(error, StoreError::Missing("owned.user")), "{error}");
    let numbered = |owner, product, serial: &str| NewOwned {
        serial: SerialNumber::parse(serial).unwrap(),
        ..plain(owner, product)
    };
    ground.own(numbered(ada, product, "1")).await;
    for fine in [(ada, product, "2"), (ada, other, "1"), (bob, product, "1"), (ada, product, "")] {
        ground.own(numbered(fine.0, fine.1, fine.2)).await;
    }
    let another = ground.own(numbered(ada, product, "")).await;
    let twice = numbered(ada, product, "1");
    let error = ground.refused(move |tx| tx.owned().insert(&twice)).await;
    assert!(matches!(error, StoreError::Duplicate("owned.serial")), "{error}");
    let same = Owned { serial: SerialNumber::parse("1").unwrap(), ..another };
    let error = ground.refused(move |tx| tx.owned().save(&mut same.clone())).await;
    assert!(matches!(error, StoreError::Duplicate("owned.serial")), "{error}");
}

/// Eighteen things of one person's and some of another's, with days around today.
async fn crowd(ground: &Ground) -> Vec<Owned> {
    let product = ground.plain("lamp").await.id;
    let (ada, bob) = (ground.people[0], ground.people[1]);
    let ends = [None, Some(-400), Some(-1), Some(0), Some(30), Some(31), Some(800)];
    let mut all = Vec::new();
    for n in 0..18_usize {
        let new = NewOwned {
            warranty_expires: ends[n % ends.len()].map(|days| today().offset(days)),
            purchase_date: (n % 3 > 0).then(|| today().offset(-(n as i64 % 4))),
            status: OwnedStatus::ALL[n % 4],
            created_at: moment(n as i64 % 5),
            ..plain(ada, product)
        };
        all.push(ground.own(new.clone()).await);
        ground.own(NewOwned { owner: bob, ..new }).await;
    }
    all
}

fn sorted(things: &[Owned], order: &[SortKey<OwnedSort>]) -> Vec<i64> {
    let mut things = things.to_vec();
    things.sort_by(|a, b| {
        for key in order {
            let ordering = match (key.field.place(a), key.field.place(b)) {
                (Place::Nothing, Place::Nothing) => std::cmp::Ordering::Equal,
                (Place::Nothing, _) => std::cmp::Ordering::Greater,
                (_, Place::Nothing) => std::cmp::Ordering::Less,
                (a, b) if key.direction == Ascending => a.cmp(&b),
                (a, b) => b.cmp(&a),
            };
            if ordering.is_ne() {
                return ordering;
            }
        }
        let down = order.last().is_some_and(|key| key.direction == Descending);
        if down { b.id.cmp(&a.id) } else { a.id.cmp(&b.id) }
    });
    things.iter().map(|owned| owned.id.get()).collect()
}

pub(super) async fn w4_every_order_and_filter_is_exact(ground: Ground) {
    let things = crowd(&ground).await;
    let all = OwnedFilter::all(ground.people[0], today());
    let mut filters = vec![
        all.clone(),
        OwnedFilter { status: Some(OwnedStatus::Sold), ..all.clone() },
        OwnedFilter { owner: nobody(), ..all.clone() },
    ];
    for warranty in [Warranty::Known, Warranty::Expiring, Warranty::Expired, Warranty::Active] {
        filters.push(OwnedFilter { warranty: Some(warranty), ..all.clone() });
    }
    let mut orders = vec![vec![
        SortKey { field: OwnedSort::PurchaseDate, direction: Descending },
        SortKey { field: OwnedSort::WarrantyExpires, direction: Ascending },
    ]];
    for (_, field) in OwnedSort::ALL {
        for direction in [Ascending, Descending] {
            orders.push(vec![SortKey { field, direction }]);
        }
    }
    for filter in &filters {
        let matching: Vec<Owned> =
            things.iter().filter(|owned| filter.matches(owned)).cloned().collect();
        for order in &orders {
            let wanted = sorted(&matching, order);
            let mut seen = Vec::new();
            for number in 1.. {
                let (filter, order, request) = (filter.clone(), order.clone(), numbered(number, 5));
                let page = ground.read(move |tx| tx.owned().list(&filter, &order, &request)).await;
                assert_eq!(page.total, Some(wanted.len() as u64));
                if page.items.is_empty() {
                    break;
                }
                seen.extend(page.items.iter().map(|owned| owned.id.get()));
            }
            assert_eq!(seen, wanted, "{filter:?} {order:?}");
            let mut seen = Vec::new();
            let mut cursor = None;
            loop {
                let (filter, keys) = (filter.clone(), order.clone());
                let request = PageRequest { paging: Paging::Cursor(cursor), limit: 4 };
                let page = ground.read(move |tx| tx.owned().list(&filter, &keys, &request)).await;
                seen.extend(page.items.iter().map(|owned| owned.id.get()));
                let Some(next) = page.next else { break };
                assert_eq!(next.order, spell(order, &OwnedSort::ALL));
                cursor = Some(Cursor::decode(&next.encode()).unwrap());
            }
            assert_eq!(seen, wanted, "{filter:?} {order:?} by cursor");
        }
    }
}

pub(super) async fn w5_what_somebody_owns_is_owned(ground: Ground) {
    let product = ground.plain("lamp").await.id;
    let other = ground.plain("other").await.id;
    ground.own(plain(ground.people[0], product)).await;
    assert!(ground.read(move |tx| tx.owned().is_owned(product)).await);
    assert!(!ground.read(move |tx| tx.owned().is_owned(other)).await);
}

/// Asks for what is due and warns of it, as the service does.
async fn warn(ground: &Ground, limit: u32) -> Vec<i64> {
    ground
        .write(move |tx| {
            let due = tx.owned().due(today(), today().offset(30), limit)?;
            for owned in &due {
                tx.owned().warned(owned.id, owned.warranty_expires.unwrap())?;
            }
            Ok(due.iter().map(|owned| owned.id.get()).collect())
        })
        .await
}

pub(super) async fn w6_warranties_that_end_are_due_once(ground: Ground) {
    crowd(&ground).await;
    let everybody: Vec<Owned> = {
        let mut all = Vec::new();
        for owner in ground.people.clone() {
            let filter = OwnedFilter::all(owner, today());
            let request = numbered(1, 100);
            all.extend(ground.read(move |tx| tx.owned().list(&filter, &[], &request)).await.items);
        }
        all
    };
    let mut wanted: Vec<i64> = everybody
        .iter()
        .filter(|owned| matches!(owned.status, OwnedStatus::Active | OwnedStatus::Broken))
        .filter(|owned| {
            owned.warranty_expires.is_some_and(|end| (0..=30).contains(&end.days_since(today())))
        })
        .map(|owned| owned.id.get())
        .collect();
    wanted.sort_unstable();
    assert!(wanted.len() > 2, "{wanted:?}");
    let mut told = warn(&ground, 2).await;
    assert_eq!(told, wanted[..2]);
    told.extend(warn(&ground, 100).await);
    assert_eq!(told, wanted);
    assert!(warn(&ground, 100).await.is_empty());
    // Another end is another warning; a warning is no change.
    let id = wanted[0];
    let before = everybody.iter().find(|owned| owned.id.get() == id).unwrap().clone();
    let owner = before.owner;
    assert_eq!(ground.thing(owner, before.id).await, Some(before.clone()));
    let later = Owned { warranty_expires: Some(today().offset(9)), ..before };
    ground.write(move |tx| tx.owned().save(&mut later.clone())).await;
    assert_eq!(warn(&ground, 100).await, [id]);
}

pub(super) async fn w6_of_two_who_warn_at_once_one_does(ground: Ground) {
    crowd(&ground).await;
    let ground = &ground;
    let told = together((0..6).map(|_| Box::pin(warn(ground, 100)) as _).collect()).await;
    let mut all: Vec<i64> = told.into_iter().flatten().collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert!(count > 2);
    assert_eq!(all.len(), count, "somebody was warned twice");
}

pub(super) async fn w7_a_forgotten_person_owns_nothing(ground: Ground) {
    let things = crowd(&ground).await;
    let (ada, bob) = (ground.people[0], ground.people[1]);
    assert_eq!(ground.write(move |tx| tx.owned().forget(ada)).await, things.len() as u64);
    for (owner, left) in [(ada, 0), (bob, things.len() as u64)] {
        let filter = OwnedFilter::all(owner, today());
        let request = numbered(1, 5);
        let page = ground.read(move |tx| tx.owned().list(&filter, &[], &request)).await;
        assert_eq!(page.total, Some(left));
    }
    assert_eq!(ground.write(move |tx| tx.owned().forget(ada)).await, 0);
}

pub(super) async fn w8_removing_what_is_not_there_gives_false(ground: Ground) {
    let product = ground.plain("lamp").await.id;
    let (ada, bob) = (ground.people[0], ground.people[1]);
    let id = ground.own(plain(ada, product)).await.id;
    assert!(!ground.write(move |tx| tx.owned().remove(bob, id)).await);
    assert!(ground.write(move |tx| tx.owned().remove(ada, id)).await);
    assert!(!ground.write(move |tx| tx.owned().remove(ada, id)).await);
}

pub(super) async fn w9_who_locks_second_sees_what_the_first_wrote(ground: Ground) {
    let product = ground.plain("lamp").await.id;
    let ada = ground.people[0];
    let id = ground.own(plain(ada, product)).await.id;
    let ground = &ground;
    let grow = || async move {
        ground
            .write(move |tx| {
                let mut owned = tx.owned().lock(ada, id)?.unwrap();
                let longer = format!("{}x", owned.notes.as_str());
                owned.notes = LongText::parse(&longer).unwrap();
                tx.owned().save(&mut owned)
            })
            .await;
    };
    together((0..10).map(|_| Box::pin(grow()) as _).collect()).await;
    let owned = ground.thing(ada, id).await.unwrap();
    assert_eq!((owned.notes.as_str().len(), owned.version), (10, 11));
}

pub(super) async fn a1_files_are_counted_by_what_they_belong_to(ground: Ground) {
    let product = ground.plain("lamp").await.id;
    let (ada, bob) = (ground.people[0], ground.people[1]);
    let one = ground.own(plain(ada, product)).await.id;
    let other = ground.own(plain(bob, product)).await.id;
    let bare = ground.own(plain(bob, product)).await.id;
    for paper in [Paper::Manual, Paper::Picture, Paper::Manual] {
        (ground.attach)(ada, one, paper).await;
    }
    (ground.attach)(bob, other, Paper::Picture).await;
    let nothing = OwnedId::parse(4_000_000_000_000_000_000).unwrap();
    let counts = ground.read(move |tx| tx.papers().counts(&[one, other, bare, nothing])).await;
    let wanted =
        [(one, FileCounts { files: 3, docs: 2 }), (other, FileCounts { files: 1, docs: 0 })];
    assert_eq!(counts, wanted.into());
    let few = ground.read(move |tx| tx.papers().counts(&[other])).await;
    assert_eq!(few.len(), 1);
    assert!(ground.read(|tx| tx.papers().counts(&[])).await.is_empty());
}
