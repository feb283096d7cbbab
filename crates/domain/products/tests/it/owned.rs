//! What people own.

use std::time::Duration;

use kernel::{Date, PageRequest, Patch, StoreError};
use pollster::block_on;
use products::{
    ProductError, ProductId,
    commands::{CreateOwnedProduct, CreateProduct, UpdateOwnedProduct},
    owned::OwnedProductView,
    query::{OWNED_ORDER, OwnedProductFilter, Warranty},
    values::{Months, OwnedStatus, SerialNumber, Status},
};

use crate::fixture::{Fixture, faulty, fresh, name};

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn lamp(fixture: &Fixture) -> ProductId {
    let warranty_months = Months::parse(24).unwrap();
    fixture.create(CreateProduct { warranty_months, ..CreateProduct::named(name("Lamp")) }).id
}

/// A command with a serial number of its own.
fn one_of(product: ProductId, serial: &str) -> CreateOwnedProduct {
    CreateOwnedProduct {
        serial: SerialNumber::parse(serial).unwrap(),
        ..CreateOwnedProduct::of(product)
    }
}

fn own(fixture: &Fixture, command: CreateOwnedProduct) -> Result<OwnedProductView, ProductError> {
    block_on(fixture.products.own(&fixture.ada, None, command)).map(fresh)
}

fn count(fixture: &Fixture, warranty: Option<Warranty>) -> usize {
    let filter = OwnedProductFilter {
        warranty,
        ..OwnedProductFilter::all(fixture.ada.user, day("2000-01-01"))
    };
    let order = OWNED_ORDER.to_vec();
    let page =
        block_on(fixture.products.owned_list(&fixture.ada, filter, order, PageRequest::default()));
    page.unwrap().items.len()
}

#[test]
fn the_end_of_a_warranty_comes_from_the_product_unless_it_is_said() {
    let fixture = Fixture::new();
    let product = lamp(&fixture);
    let bought = CreateOwnedProduct {
        purchase_date: Some(day("2024-11-30")),
        ..CreateOwnedProduct::of(product)
    };
    let view = own(&fixture, bought.clone()).unwrap();
    assert_eq!(view.owned.warranty_expires, Some(day("2026-11-30")));
    assert!(view.under_warranty);
    assert_eq!(view.named_product.name.as_str(), "Lamp");
    let said = CreateOwnedProduct {
        warranty_expires: Some(day("2025-01-01")),
        purchase_date: bought.purchase_date,
        ..one_of(product, "said")
    };
    let view = own(&fixture, said).unwrap();
    assert_eq!(view.owned.warranty_expires, Some(day("2025-01-01")));
    assert!(!view.under_warranty);
    let unknown = own(&fixture, one_of(product, "unknown")).unwrap();
    assert_eq!((unknown.owned.warranty_expires, unknown.under_warranty), (None, false));
    assert_eq!(count(&fixture, None), 3);
    assert_eq!(count(&fixture, Some(Warranty::Known)), 2);
    assert_eq!(count(&fixture, Some(Warranty::Expiring)), 1);
    assert_eq!(count(&fixture, Some(Warranty::Expired)), 1);
    fixture.clock.advance(Duration::from_hours(10 * 24));
    assert_eq!(count(&fixture, Some(Warranty::Active)), 0, "the day after its last, it is over");
}

#[test]
fn only_what_the_public_sees_can_be_owned() {
    let fixture = Fixture::new();
    let draft = CreateProduct { status: Status::Draft, ..CreateProduct::named(name("Draft")) };
    let draft = fixture.create(draft).id;
    for id in [draft, ProductId::parse(99).unwrap()] {
        let error = own(&fixture, CreateOwnedProduct::of(id)).unwrap_err();
        assert_eq!(faulty(&error), [("/product_id", "products.product_unknown")]);
    }
    let gone = CreateProduct { status: Status::Discontinued, ..CreateProduct::named(name("Gone")) };
    let gone = fixture.create(gone).id;
    own(&fixture, CreateOwnedProduct::of(gone)).unwrap();
}

#[test]
fn what_somebody_owns_is_theirs_alone() {
    let fixture = Fixture::new();
    let id = own(&fixture, CreateOwnedProduct::of(lamp(&fixture))).unwrap().owned.id;
    for stranger in [&fixture.bob, &fixture.root] {
        let seen = block_on(fixture.products.owned(stranger, id));
        assert!(matches!(seen, Err(ProductError::OwnedNotFound(_))));
        let update =
            UpdateOwnedProduct { status: Some(OwnedStatus::Sold), ..UpdateOwnedProduct::default() };
        let changed = block_on(fixture.products.update_owned(stranger, id, None, update));
        assert!(matches!(changed, Err(ProductError::OwnedNotFound(_))));
        let removed = block_on(fixture.products.disown(stranger, id, None));
        assert!(matches!(removed, Err(ProductError::OwnedNotFound(_))));
    }
    let update = UpdateOwnedProduct {
        warranty_expires: Patch::Set(day("2030-01-01")),
        ..UpdateOwnedProduct::default()
    };
    let changed =
        block_on(fixture.products.update_owned(&fixture.ada, id, Some(1), update)).unwrap();
    assert!(changed.under_warranty);
    let stale = block_on(fixture.products.disown(&fixture.ada, id, Some(1)));
    let Err(ProductError::OwnedStale(current)) = stale else { panic!("it must be stale") };
    assert_eq!(current.owned, changed.owned);
    block_on(fixture.products.disown(&fixture.ada, id, Some(2))).unwrap();
}

#[test]
fn one_serial_number_is_entered_once() {
    let fixture = Fixture::new();
    let serial = SerialNumber::parse("S-1").unwrap();
    let product = lamp(&fixture);
    let command = CreateOwnedProduct { serial, ..CreateOwnedProduct::of(product) };
    own(&fixture, command.clone()).unwrap();
    assert!(matches!(own(&fixture, command.clone()), Err(ProductError::SerialTaken)));
    block_on(fixture.products.own(&fixture.bob, None, command.clone())).unwrap();
    // Without a number it is entered once, too.
    let bare = own(&fixture, CreateOwnedProduct::of(product)).unwrap().owned.id;
    let again = own(&fixture, CreateOwnedProduct::of(product));
    assert!(matches!(again, Err(ProductError::SerialTaken)));
    let numbered =
        UpdateOwnedProduct { serial: Some(command.serial), ..UpdateOwnedProduct::default() };
    let update = |update| block_on(fixture.products.update_owned(&fixture.ada, bare, None, update));
    assert!(matches!(update(numbered), Err(ProductError::SerialTaken)));
    let other = SerialNumber::parse("S-2").unwrap();
    update(UpdateOwnedProduct { serial: Some(other), ..UpdateOwnedProduct::default() }).unwrap();
    own(&fixture, CreateOwnedProduct::of(product)).unwrap();
}

#[test]
fn a_warranty_does_not_end_before_its_purchase() {
    let fixture = Fixture::new();
    let product = lamp(&fixture);
    let dates = |bought: &str, end: &str| CreateOwnedProduct {
        purchase_date: Some(day(bought)),
        warranty_expires: Some(day(end)),
        ..one_of(product, end)
    };
    let error = own(&fixture, dates("2024-06-15", "2024-06-14")).unwrap_err();
    let early = "products.warranty_before_purchase";
    assert_eq!(faulty(&error), [("/warranty_expires", early)]);
    let id = own(&fixture, dates("2024-06-15", "2024-06-15")).unwrap().owned.id;
    let update = |update| block_on(fixture.products.update_owned(&fixture.ada, id, None, update));
    let none = UpdateOwnedProduct::default;
    let error =
        update(UpdateOwnedProduct { purchase_date: Patch::Set(day("2024-06-16")), ..none() });
    assert_eq!(faulty(&error.unwrap_err()), [("/purchase_date", early)]);
    let error =
        update(UpdateOwnedProduct { warranty_expires: Patch::Set(day("2024-06-01")), ..none() });
    assert_eq!(faulty(&error.unwrap_err()), [("/warranty_expires", early)]);
    let both = UpdateOwnedProduct {
        purchase_date: Patch::Set(day("2025-01-01")),
        warranty_expires: Patch::Set(day("2025-01-02")),
        ..none()
    };
    update(both).unwrap();
    update(UpdateOwnedProduct { warranty_expires: Patch::Clear, ..none() }).unwrap();
}

#[test]
fn a_warranty_that_ends_is_reported_once() {
    let fixture = Fixture::new();
    let product = lamp(&fixture);
    let until = |text: &str| CreateOwnedProduct {
        warranty_expires: Some(day(text)),
        ..one_of(product, text)
    };
    own(&fixture, until("2026-12-21")).unwrap();
    own(&fixture, until("2026-12-22")).unwrap();
    own(&fixture, until("2026-11-20")).unwrap();
    let sold = CreateOwnedProduct { status: OwnedStatus::Sold, ..until("2026-12-01") };
    own(&fixture, sold).unwrap();
    assert_eq!(block_on(fixture.products.warn_of_warranties()).unwrap(), 1);
    assert_eq!(block_on(fixture.products.warn_of_warranties()).unwrap(), 0);
    fixture.clock.advance(Duration::from_hours(24));
    assert_eq!(block_on(fixture.products.warn_of_warranties()).unwrap(), 1);
    let events = fixture.events();
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| event.audience == [fixture.ada.user.into()]));
    assert_eq!(events[1].payload["warranty_expires"], "2026-12-22");
    assert_eq!(events[1].payload["days_left"], 30);
}

#[test]
fn what_a_deleted_account_owned_is_deleted_once() {
    let fixture = Fixture::new();
    let product = lamp(&fixture);
    own(&fixture, CreateOwnedProduct::of(product)).unwrap();
    block_on(fixture.products.own(&fixture.bob, None, CreateOwnedProduct::of(product))).unwrap();
    let forget =
        || block_on(fixture.products.forget_user(&fixture.delivery(7, 0), fixture.ada.user));
    assert_eq!(forget().unwrap(), 1);
    assert_eq!(count(&fixture, None), 0);
    own(&fixture, CreateOwnedProduct::of(product)).unwrap();
    assert!(matches!(forget(), Err(ProductError::Store(StoreError::Stale))));
    assert_eq!(count(&fixture, None), 1, "an event that is delivered twice has one effect");
}
