//! What people own.

use std::time::Duration;

use kernel::{Date, PageRequest, Patch, StoreError};
use pollster::block_on;
use products::{
    ProductError, ProductId,
    commands::{CreateOwned, CreateProduct, UpdateOwned},
    owned::Holding,
    query::{OWNED_ORDER, OwnedFilter, Warranty},
    values::{Months, OwnedStatus, SerialNumber, Status},
};

use crate::house::{House, faulty, fresh, name};

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn lamp(house: &House) -> ProductId {
    let warranty_months = Months::parse(24).unwrap();
    house.create(CreateProduct { warranty_months, ..CreateProduct::named(name("Lamp")) }).id
}

fn own(house: &House, command: CreateOwned) -> Result<Holding, ProductError> {
    block_on(house.products.own(&house.ada, None, command)).map(fresh)
}

fn count(house: &House, warranty: Option<Warranty>) -> usize {
    let filter = OwnedFilter { warranty, ..OwnedFilter::all(house.ada.user, day("2000-01-01")) };
    let order = OWNED_ORDER.to_vec();
    let page =
        block_on(house.products.owned_list(&house.ada, filter, order, PageRequest::default()));
    page.unwrap().items.len()
}

#[test]
fn the_end_of_a_warranty_comes_from_the_product_unless_it_is_said() {
    let house = House::new();
    let product = lamp(&house);
    let bought = CreateOwned { purchase_date: Some(day("2024-11-30")), ..CreateOwned::of(product) };
    let holding = own(&house, bought.clone()).unwrap();
    assert_eq!(holding.owned.warranty_expires, Some(day("2026-11-30")));
    assert!(holding.under_warranty);
    assert_eq!(holding.label.name.as_str(), "Lamp");
    let said = CreateOwned { warranty_expires: Some(day("2025-01-01")), ..bought };
    let holding = own(&house, said).unwrap();
    assert_eq!(holding.owned.warranty_expires, Some(day("2025-01-01")));
    assert!(!holding.under_warranty);
    let unknown = own(&house, CreateOwned::of(product)).unwrap();
    assert_eq!((unknown.owned.warranty_expires, unknown.under_warranty), (None, false));
    assert_eq!(count(&house, None), 3);
    assert_eq!(count(&house, Some(Warranty::Known)), 2);
    assert_eq!(count(&house, Some(Warranty::Expiring)), 1);
    assert_eq!(count(&house, Some(Warranty::Expired)), 1);
    house.clock.advance(Duration::from_hours(10 * 24));
    assert_eq!(count(&house, Some(Warranty::Active)), 0, "the day after its last, it is over");
}

#[test]
fn only_what_the_public_sees_can_be_owned() {
    let house = House::new();
    let draft = CreateProduct { status: Status::Draft, ..CreateProduct::named(name("Draft")) };
    let draft = house.create(draft).id;
    for id in [draft, ProductId::parse(99).unwrap()] {
        let error = own(&house, CreateOwned::of(id)).unwrap_err();
        assert_eq!(faulty(&error), [("/product_id", "products.product_unknown")]);
    }
    let gone = CreateProduct { status: Status::Discontinued, ..CreateProduct::named(name("Gone")) };
    let gone = house.create(gone).id;
    own(&house, CreateOwned::of(gone)).unwrap();
}

#[test]
fn what_somebody_owns_is_theirs_alone() {
    let house = House::new();
    let id = own(&house, CreateOwned::of(lamp(&house))).unwrap().owned.id;
    for stranger in [&house.bob, &house.root] {
        let seen = block_on(house.products.owned(stranger, id));
        assert!(matches!(seen, Err(ProductError::OwnedNotFound(_))));
        let update = UpdateOwned { status: Some(OwnedStatus::Sold), ..UpdateOwned::default() };
        let changed = block_on(house.products.update_owned(stranger, id, None, update));
        assert!(matches!(changed, Err(ProductError::OwnedNotFound(_))));
        let removed = block_on(house.products.disown(stranger, id, None));
        assert!(matches!(removed, Err(ProductError::OwnedNotFound(_))));
    }
    let update =
        UpdateOwned { warranty_expires: Patch::Set(day("2030-01-01")), ..UpdateOwned::default() };
    let changed = block_on(house.products.update_owned(&house.ada, id, Some(1), update)).unwrap();
    assert!(changed.under_warranty);
    let stale = block_on(house.products.disown(&house.ada, id, Some(1)));
    let Err(ProductError::OwnedStale(current)) = stale else { panic!("it must be stale") };
    assert_eq!(current.owned, changed.owned);
    block_on(house.products.disown(&house.ada, id, Some(2))).unwrap();
}

#[test]
fn one_serial_number_is_entered_once() {
    let house = House::new();
    let serial = SerialNumber::parse("S-1").unwrap();
    let command = CreateOwned { serial, ..CreateOwned::of(lamp(&house)) };
    own(&house, command.clone()).unwrap();
    assert!(matches!(own(&house, command.clone()), Err(ProductError::SerialTaken)));
    block_on(house.products.own(&house.bob, None, command)).unwrap();
}

#[test]
fn a_warranty_that_ends_is_told_of_once() {
    let house = House::new();
    let product = lamp(&house);
    let until =
        |text: &str| CreateOwned { warranty_expires: Some(day(text)), ..CreateOwned::of(product) };
    own(&house, until("2026-12-21")).unwrap();
    own(&house, until("2026-12-22")).unwrap();
    own(&house, until("2026-11-20")).unwrap();
    let sold = CreateOwned { status: OwnedStatus::Sold, ..until("2026-12-01") };
    own(&house, sold).unwrap();
    assert_eq!(block_on(house.products.warn_of_warranties()).unwrap(), 1);
    assert_eq!(block_on(house.products.warn_of_warranties()).unwrap(), 0);
    house.clock.advance(Duration::from_hours(24));
    assert_eq!(block_on(house.products.warn_of_warranties()).unwrap(), 1);
    let events = house.events();
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| event.audience == [house.ada.user]));
    assert_eq!(events[1].payload["warranty_expires"], "2026-12-22");
    assert_eq!(events[1].payload["days_left"], 30);
}

#[test]
fn what_a_deleted_account_owned_is_deleted_once() {
    let house = House::new();
    let product = lamp(&house);
    own(&house, CreateOwned::of(product)).unwrap();
    block_on(house.products.own(&house.bob, None, CreateOwned::of(product))).unwrap();
    let forget = || block_on(house.products.forget_user(&house.delivery(7, 0), house.ada.user));
    assert_eq!(forget().unwrap(), 1);
    assert_eq!(count(&house, None), 0);
    own(&house, CreateOwned::of(product)).unwrap();
    assert!(matches!(forget(), Err(ProductError::Store(StoreError::Stale))));
    assert_eq!(count(&house, None), 1, "an event that is delivered twice has one effect");
}
