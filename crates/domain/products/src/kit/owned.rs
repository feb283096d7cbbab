//! What people own.

use std::sync::atomic::{AtomicU64, Ordering};

use kernel::{
    Cursor, Date, OwnedId, PageRequest, Paging, SortKey, StoreError, UserId,
    kit::together,
    page::{Direction, SortValue, order_text},
};

use super::{Fixture, ODD_TEXTS, Paper, moment, no_product, numbered};
use crate::{
    commands::CreateOwnedProduct,
    owned::{FileCounts, NewOwnedProduct, OwnedProduct},
    query::{OwnedProductFilter, OwnedProductSort, Warranty},
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

/// With a serial number that nothing else in this process has.
fn plain(owner: UserId, product: ProductId) -> NewOwnedProduct {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let command = CreateOwnedProduct::of(product);
    NewOwnedProduct {
        owner,
        product,
        edition: command.edition,
        serial: SerialNumber::parse(&format!("plain {number}")).unwrap(),
        purchase_date: None,
        purchase_price: None,
        currency: Currency::EUR,
        warranty_expires: None,
        notes: command.notes,
        status: OwnedStatus::Active,
        created_at: moment(0),
    }
}

impl Fixture {
    async fn own(&self, new: NewOwnedProduct) -> OwnedProduct {
        self.write(move |tx| tx.owned().insert(&new)).await
    }

    async fn owned_product(&self, owner: UserId, id: OwnedId) -> Option<OwnedProduct> {
        self.read(move |tx| tx.owned().get(owner, id)).await
    }
}

pub(super) async fn w1_an_owned_product_comes_back_to_its_owner_only(fixture: Fixture) {
    let product = fixture.plain("lamp").await.id;
    let (ada, bob) = (fixture.people[0], fixture.people[1]);
    for text in ODD_TEXTS {
        let new = NewOwnedProduct {
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
        let made = fixture.own(new.clone()).await;
        assert_eq!((made.version, made.owner, made.product), (1, ada, product));
        assert_eq!(
            (&made.edition, &made.serial, &made.notes),
            (&new.edition, &new.serial, &new.notes)
        );
        assert_eq!(fixture.owned_product(ada, made.id).await, Some(made.clone()));
        assert_eq!(fixture.owned_product(bob, made.id).await, None);
        assert_eq!(fixture.write(move |tx| tx.owned().lock(bob, made.id)).await, None);
    }
}

pub(super) async fn w2_a_save_grows_the_version_and_a_stale_one_changes_nothing(fixture: Fixture) {
    let product = fixture.plain("lamp").await.id;
    let ada = fixture.people[0];
    let old = fixture.own(plain(ada, product)).await;
    let changed = OwnedProduct {
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
    let saved = fixture
        .write(move |tx| {
            let mut owned = asked.clone();
            tx.owned().save(&mut owned)?;
            Ok(owned)
        })
        .await;
    assert_eq!(saved, OwnedProduct { version: 2, ..changed });
    let id = old.id;
    let error = fixture.refused(move |tx| tx.owned().save(&mut old.clone())).await;
    assert!(matches!(error, StoreError::Stale), "{error}");
    assert_eq!(fixture.owned_product(ada, id).await, Some(saved));
}

pub(super) async fn w3_what_is_named_is_there_and_no_product_is_entered_twice(fixture: Fixture) {
    let product = fixture.plain("lamp").await.id;
    let other = fixture.plain("other").await.id;
    let (ada, bob) = (fixture.people[0], fixture.people[1]);
    let lost = plain(ada, no_product());
    let error = fixture.refused(move |tx| tx.owned().insert(&lost)).await;
    assert!(matches!(error, StoreError::Missing("owned.product")), "{error}");
    let nobodys = plain(nobody(), product);
    let error = fixture.refused(move |tx| tx.owned().insert(&nobodys)).await;
    assert!(matches!(error, StoreError::Missing("owned.user")), "{error}");
    let numbered = |owner, product, serial: &str| NewOwnedProduct {
        serial: SerialNumber::parse(serial).unwrap(),
        ..plain(owner, product)
    };
    fixture.own(numbered(ada, product, "1")).await;
    for fine in [(ada, product, "2"), (ada, other, "1"), (bob, product, "1"), (ada, product, "")] {
        fixture.own(numbered(fine.0, fine.1, fine.2)).await;
    }
    let another = fixture.own(plain(ada, product)).await;
    for serial in ["1", ""] {
        let twice = numbered(ada, product, serial);
        let error = fixture.refused(move |tx| tx.owned().insert(&twice)).await;
        assert!(matches!(error, StoreError::Duplicate("owned.serial")), "{error}");
        let same = OwnedProduct { serial: SerialNumber::parse(serial).unwrap(), ..another.clone() };
        let error = fixture.refused(move |tx| tx.owned().save(&mut same.clone())).await;
        assert!(matches!(error, StoreError::Duplicate("owned.serial")), "{error}");
    }
}

/// Of eight transactions that enter one thing simultaneously, one succeeds.
pub(super) async fn w3_of_many_who_enter_one_thing_one_succeeds(fixture: Fixture) {
    let product = fixture.plain("lamp").await.id;
    let ada = fixture.people[0];
    for serial in ["7", ""] {
        let new =
            NewOwnedProduct { serial: SerialNumber::parse(serial).unwrap(), ..plain(ada, product) };
        let (fixture, new) = (&fixture, &new);
        let enter = || async move {
            let new = new.clone();
            let made: Result<_, StoreError> =
                fixture.work.write(move |tx| tx.owned().insert(&new)).await;
            match made {
                Ok(_) => 1,
                Err(StoreError::Duplicate("owned.serial")) => 0,
                Err(error) => panic!("{error}"),
            }
        };
        let made = together((0..8).map(|_| Box::pin(enter()) as _).collect()).await;
        assert_eq!(made.into_iter().sum::<i32>(), 1, "{serial:?}");
    }
}

/// Eighteen things of one person's and some of another's, with days around today.
async fn crowd(fixture: &Fixture) -> Vec<OwnedProduct> {
    let product = fixture.plain("lamp").await.id;
    let (ada, bob) = (fixture.people[0], fixture.people[1]);
    let ends = [None, Some(-400), Some(-1), Some(0), Some(30), Some(31), Some(800)];
    let mut all = Vec::new();
    for n in 0..18_usize {
        let new = NewOwnedProduct {
            warranty_expires: ends[n % ends.len()].map(|days| today().offset(days)),
            purchase_date: (n % 3 > 0).then(|| today().offset(-(n as i64 % 4))),
            status: OwnedStatus::ALL[n % 4],
            created_at: moment(n as i64 % 5),
            ..plain(ada, product)
        };
        all.push(fixture.own(new.clone()).await);
        fixture.own(NewOwnedProduct { owner: bob, ..new }).await;
    }
    all
}

fn sorted(owned_products: &[OwnedProduct], order: &[SortKey<OwnedProductSort>]) -> Vec<i64> {
    let mut owned_products = owned_products.to_vec();
    owned_products.sort_by(|a, b| {
        for key in order {
            let ordering = match (key.field.sort_value(a), key.field.sort_value(b)) {
                (SortValue::Nothing, SortValue::Nothing) => std::cmp::Ordering::Equal,
                (SortValue::Nothing, _) => std::cmp::Ordering::Greater,
                (_, SortValue::Nothing) => std::cmp::Ordering::Less,
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
    owned_products.iter().map(|owned| owned.id.get()).collect()
}

pub(super) async fn w4_every_order_and_filter_is_exact(fixture: Fixture) {
    let owned_products = crowd(&fixture).await;
    let all = OwnedProductFilter::all(fixture.people[0], today());
    let mut filters = vec![
        all.clone(),
        OwnedProductFilter { status: Some(OwnedStatus::Sold), ..all.clone() },
        OwnedProductFilter { owner: nobody(), ..all.clone() },
    ];
    for warranty in [Warranty::Known, Warranty::Expiring, Warranty::Expired, Warranty::Active] {
        filters.push(OwnedProductFilter { warranty: Some(warranty), ..all.clone() });
    }
    let mut orders = vec![vec![
        SortKey { field: OwnedProductSort::PurchaseDate, direction: Descending },
        SortKey { field: OwnedProductSort::WarrantyExpires, direction: Ascending },
    ]];
    for (_, field) in OwnedProductSort::ALL {
        for direction in [Ascending, Descending] {
            orders.push(vec![SortKey { field, direction }]);
        }
    }
    for filter in &filters {
        let matching: Vec<OwnedProduct> =
            owned_products.iter().filter(|owned| filter.matches(owned)).cloned().collect();
        for order in &orders {
            let wanted = sorted(&matching, order);
            let mut seen = Vec::new();
            for number in 1.. {
                let (filter, order, request) = (filter.clone(), order.clone(), numbered(number, 5));
                let page = fixture.read(move |tx| tx.owned().list(&filter, &order, &request)).await;
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
                let page = fixture.read(move |tx| tx.owned().list(&filter, &keys, &request)).await;
                seen.extend(page.items.iter().map(|owned| owned.id.get()));
                let Some(next) = page.next else { break };
                assert_eq!(next.order, order_text(order, &OwnedProductSort::ALL));
                cursor = Some(Cursor::decode(&next.encode()).unwrap());
            }
            assert_eq!(seen, wanted, "{filter:?} {order:?} by cursor");
        }
    }
}

pub(super) async fn w5_what_somebody_owns_is_owned(fixture: Fixture) {
    let product = fixture.plain("lamp").await.id;
    let other = fixture.plain("other").await.id;
    fixture.own(plain(fixture.people[0], product)).await;
    assert!(fixture.read(move |tx| tx.owned().is_owned(product)).await);
    assert!(!fixture.read(move |tx| tx.owned().is_owned(other)).await);
}

/// Asks for what is due and warns of it, as the service does.
async fn warn(fixture: &Fixture, limit: u32) -> Vec<i64> {
    fixture
        .write(move |tx| {
            let due = tx.owned().due(today(), today().offset(30), limit)?;
            for owned in &due {
                tx.owned().warned(owned.id, owned.warranty_expires.unwrap())?;
            }
            Ok(due.iter().map(|owned| owned.id.get()).collect())
        })
        .await
}

pub(super) async fn w6_warranties_that_end_are_due_once(fixture: Fixture) {
    crowd(&fixture).await;
    let everybody: Vec<OwnedProduct> = {
        let mut all = Vec::new();
        for owner in fixture.people.clone() {
            let filter = OwnedProductFilter::all(owner, today());
            let request = numbered(1, 100);
            all.extend(fixture.read(move |tx| tx.owned().list(&filter, &[], &request)).await.items);
        }
        all
    };
    let mut due: Vec<&OwnedProduct> = everybody
        .iter()
        .filter(|owned| matches!(owned.status, OwnedStatus::Active | OwnedStatus::Broken))
        .filter(|owned| {
            owned.warranty_expires.is_some_and(|end| (0..=30).contains(&end.days_since(today())))
        })
        .collect();
    due.sort_by_key(|owned| (owned.warranty_expires, owned.id));
    let wanted: Vec<i64> = due.into_iter().map(|owned| owned.id.get()).collect();
    assert!(wanted.len() > 2, "{wanted:?}");
    let mut told = warn(&fixture, 2).await;
    assert_eq!(told, wanted[..2]);
    told.extend(warn(&fixture, 100).await);
    assert_eq!(told, wanted);
    assert!(warn(&fixture, 100).await.is_empty());
    // Another end is another warning; a warning is no change.
    let id = wanted[0];
    let before = everybody.iter().find(|owned| owned.id.get() == id).unwrap().clone();
    let owner = before.owner;
    assert_eq!(fixture.owned_product(owner, before.id).await, Some(before.clone()));
    let later = OwnedProduct { warranty_expires: Some(today().offset(9)), ..before };
    fixture.write(move |tx| tx.owned().save(&mut later.clone())).await;
    assert_eq!(warn(&fixture, 100).await, [id]);
}

pub(super) async fn w6_of_two_who_warn_simultaneously_one_does(fixture: Fixture) {
    crowd(&fixture).await;
    let fixture = &fixture;
    let told = together((0..6).map(|_| Box::pin(warn(fixture, 100)) as _).collect()).await;
    let mut all: Vec<i64> = told.into_iter().flatten().collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert!(count > 2);
    assert_eq!(all.len(), count, "somebody was warned twice");
}

pub(super) async fn w7_a_forgotten_person_owns_nothing(fixture: Fixture) {
    let owned_products = crowd(&fixture).await;
    let (ada, bob) = (fixture.people[0], fixture.people[1]);
    assert_eq!(fixture.write(move |tx| tx.owned().forget(ada)).await, owned_products.len() as u64);
    for (owner, left) in [(ada, 0), (bob, owned_products.len() as u64)] {
        let filter = OwnedProductFilter::all(owner, today());
        let request = numbered(1, 5);
        let page = fixture.read(move |tx| tx.owned().list(&filter, &[], &request)).await;
        assert_eq!(page.total, Some(left));
    }
    assert_eq!(fixture.write(move |tx| tx.owned().forget(ada)).await, 0);
}

pub(super) async fn w8_removing_what_is_not_there_gives_false(fixture: Fixture) {
    let product = fixture.plain("lamp").await.id;
    let (ada, bob) = (fixture.people[0], fixture.people[1]);
    let id = fixture.own(plain(ada, product)).await.id;
    assert!(!fixture.write(move |tx| tx.owned().remove(bob, id)).await);
    assert!(fixture.write(move |tx| tx.owned().remove(ada, id)).await);
    assert!(!fixture.write(move |tx| tx.owned().remove(ada, id)).await);
}

pub(super) async fn w9_who_locks_second_sees_what_the_first_wrote(fixture: Fixture) {
    let product = fixture.plain("lamp").await.id;
    let ada = fixture.people[0];
    let id = fixture.own(plain(ada, product)).await.id;
    let fixture = &fixture;
    let grow = || async move {
        fixture
            .write(move |tx| {
                let mut owned = tx.owned().lock(ada, id)?.unwrap();
                let longer = format!("{}x", owned.notes.as_str());
                owned.notes = LongText::parse(&longer).unwrap();
                tx.owned().save(&mut owned)
            })
            .await;
    };
    together((0..10).map(|_| Box::pin(grow()) as _).collect()).await;
    let owned = fixture.owned_product(ada, id).await.unwrap();
    assert_eq!((owned.notes.as_str().len(), owned.version), (10, 11));
}

pub(super) async fn a1_files_are_counted_by_what_they_belong_to(fixture: Fixture) {
    let product = fixture.plain("lamp").await.id;
    let (ada, bob) = (fixture.people[0], fixture.people[1]);
    let one = fixture.own(plain(ada, product)).await.id;
    let other = fixture.own(plain(bob, product)).await.id;
    let bare = fixture.own(plain(bob, product)).await.id;
    for paper in [Paper::Manual, Paper::Picture, Paper::Manual] {
        (fixture.attach)(ada, one, paper).await;
    }
    (fixture.attach)(bob, other, Paper::Picture).await;
    let nothing = OwnedId::parse(4_000_000_000_000_000_000).unwrap();
    let counts =
        fixture.read(move |tx| tx.attached_files().counts(&[one, other, bare, nothing])).await;
    let wanted =
        [(one, FileCounts { files: 3, docs: 2 }), (other, FileCounts { files: 1, docs: 0 })];
    assert_eq!(counts, wanted.into());
    let few = fixture.read(move |tx| tx.attached_files().counts(&[other])).await;
    assert_eq!(few.len(), 1);
    assert!(fixture.read(|tx| tx.attached_files().counts(&[])).await.is_empty());
}
