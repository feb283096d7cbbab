//! Products out of a file.

use std::{sync::atomic::Ordering, time::Duration};

use kernel::{Clock as _, DomainError as _, ErrorKind, Outcome, PageRequest, Patch};
use pollster::block_on;
use products::{
    CategoryId, ProductError, ProductId,
    commands::{
        CreateProduct, IMPORT_CHANGES_MAX, IMPORT_FAULTS_MAX, Import, ImportAction, ImportMode,
        ImportRow, RowError, UpdateProduct,
    },
    query::{DEFAULT_ORDER, ProductFilter},
    service::Report,
    values::{LongText, Price, Slug, Stock},
};

use crate::fixture::{Fixture, faulty, idempotent, name, stock};

fn row(row: u64, text: &str) -> ImportRow {
    let action = ImportAction::Create(Box::new(CreateProduct::named(name(text))));
    ImportRow { row, category_slug: None, action }
}

fn lost(number: u64) -> ImportRow {
    let category = Some(CategoryId::parse(99).unwrap());
    let command = CreateProduct { category, ..CreateProduct::named(name("lost")) };
    ImportRow { row: number, category_slug: None, action: ImportAction::Create(Box::new(command)) }
}

fn bad(row: u64) -> RowError {
    RowError { row, column: "price", code: "products.price_invalid", message: "no".to_owned() }
}

fn count(fixture: &Fixture) -> u64 {
    let order = DEFAULT_ORDER.to_vec();
    let filter = ProductFilter::default();
    let page = block_on(fixture.products.list_all(
        &fixture.root,
        filter,
        None,
        order,
        PageRequest::default(),
    ));
    page.unwrap().total.unwrap()
}

fn import(fixture: &Fixture, import: Import) -> Result<Outcome<Report>, ProductError> {
    let idempotent = idempotent("file", 1, |report: &Report| report.imported.to_string());
    block_on(fixture.products.import(&fixture.root, Some(idempotent), import))
}

#[test]
fn one_bad_row_refuses_the_whole_file() {
    let fixture = Fixture::new();
    let file = Import {
        rows: vec![row(1, "a"), lost(3), row(4, "b")],
        failed: 1,
        faults: vec![bad(2)],
        mode: ImportMode::All,
    };
    let error = import(&fixture, file).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Refused, "products.import_refused"));
    assert_eq!(error.to_string(), "2 of 4 rows have faults, so nothing was imported.");
    let fields: Vec<&str> = error.fields().iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["/rows/2/price", "/rows/3/category_id"]);
    assert_eq!(count(&fixture), 0);
}

#[test]
fn good_rows_are_taken_beside_bad_ones_where_that_was_asked_for() {
    let fixture = Fixture::new();
    let file = || Import {
        rows: vec![row(1, "a"), lost(3), row(4, "b")],
        failed: 1,
        faults: vec![bad(2)],
        mode: ImportMode::Valid,
    };
    let Outcome::Executed(report) = import(&fixture, file()).unwrap() else { panic!("it is new") };
    assert_eq!((report.imported, report.failed), (2, 2));
    assert_eq!(report.faults.iter().map(|fault| fault.row).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(import(&fixture, file()).unwrap(), Outcome::Replayed(b"2".to_vec()));
    assert_eq!(count(&fixture), 2);
}

#[test]
fn many_rows_come_in_batches_with_their_stock() {
    let fixture = Fixture::new();
    let rows = (1..=1001).map(|number| {
        let stock = Stock::parse(i64::try_from(number).unwrap() % 2).unwrap();
        let named = CreateProduct::named(name(&format!("number {number}")));
        let action = ImportAction::Create(Box::new(CreateProduct { stock, ..named }));
        ImportRow { row: number, category_slug: None, action }
    });
    let file =
        Import { rows: rows.collect(), failed: 0, faults: Vec::new(), mode: ImportMode::All };
    let Outcome::Executed(report) = import(&fixture, file).unwrap() else { panic!("it is new") };
    assert_eq!((report.imported, report.failed), (1001, 0));
    assert_eq!(count(&fixture), 1001);
}

#[test]
fn errors_are_counted_beyond_those_that_are_reported() {
    let fixture = Fixture::new();
    let file = Import {
        rows: (1..=1500).map(lost).collect(),
        failed: 0,
        faults: Vec::new(),
        mode: ImportMode::Valid,
    };
    let Outcome::Executed(report) = import(&fixture, file).unwrap() else { panic!("it is new") };
    assert_eq!((report.failed, report.faults.len()), (1500, IMPORT_FAULTS_MAX));
}

#[test]
fn rows_with_a_number_change_products_and_slugs_name_categories() {
    let fixture = Fixture::new();
    let (lamp, cached_page) = (fixture.product("Lamp"), fixture.category("Light", None));
    let change = |row, id, price: Patch<Price>, stock| ImportRow {
        row,
        category_slug: Some(Slug::parse("light").unwrap()),
        action: ImportAction::Update {
            id,
            update: Box::new(UpdateProduct { price, ..UpdateProduct::default() }),
            stock,
        },
    };
    let file = |rows, mode| Import { rows, failed: 0, faults: Vec::new(), mode };
    let price = Patch::Set(Price::parse(700).unwrap());
    let gone = ProductId::parse(99).unwrap();
    let bad = vec![change(2, lamp.id, price, None), change(3, gone, price, None)];
    let error = block_on(fixture.products.import(&fixture.root, None, file(bad, ImportMode::All)));
    let error = error.unwrap_err();
    assert_eq!(faulty(&error), [("/rows/3/id", "products.import_product_unknown")]);
    let inspect = || block_on(fixture.products.inspect(&fixture.root, lamp.id)).unwrap();
    assert_eq!(inspect().version, 1, "one bad row refuses the file");
    let good = vec![
        change(2, lamp.id, price, Some(stock(5))),
        change(3, lamp.id, Patch::Clear, None),
        row(4, "Torch"),
    ];
    let report =
        block_on(fixture.products.import(&fixture.root, None, file(good, ImportMode::Valid)));
    let Outcome::Executed(report) = report.unwrap() else { panic!("it is new") };
    assert_eq!((report.imported, report.updated, report.failed), (1, 1, 1));
    assert_eq!(report.faults[0].code, "products.price_missing");
    let lamp = inspect();
    assert_eq!(
        (lamp.price.amount.map(Price::get), lamp.category),
        (Some(700), Some(cached_page.id))
    );
    assert_eq!((lamp.version, lamp.stock), (2, stock(5)), "the cache shows the change");
}

/// The most products that one unit of work writes.
const UNIT_ROWS: u64 = 100;

fn rows(count: u64, description: &str) -> Import {
    let description = LongText::parse(description).unwrap();
    let row = |number| {
        let named = CreateProduct::named(name(&format!("number {number}")));
        let command = CreateProduct { description: description.clone(), ..named };
        ImportRow {
            row: number,
            category_slug: None,
            action: ImportAction::Create(Box::new(command)),
        }
    };
    Import {
        rows: (1..=count).map(row).collect(),
        failed: 0,
        faults: Vec::new(),
        mode: ImportMode::All,
    }
}

/// Dies at each of its writes in turn, and says how many products the writes before it had staged.
fn staged_by_each_death(description: &str, of: u64) -> Vec<u64> {
    let mut staged = Vec::new();
    for writes in 0.. {
        let fixture = Fixture::new();
        fixture.store.writes_left.store(writes, Ordering::SeqCst);
        let outcome = import(&fixture, rows(of, description));
        fixture.store.writes_left.store(u32::MAX, Ordering::SeqCst);
        if let Ok(outcome) = outcome {
            assert!(matches!(outcome, Outcome::Executed(_)));
            assert_eq!(count(&fixture), of);
            return staged;
        }
        assert_eq!(count(&fixture), 0, "died at write {writes}");
        assert_eq!(block_on(fixture.products.discard_abandoned_imports()).unwrap(), 0);
        fixture.clock.advance(Duration::from_secs(61));
        // The retry does not wait for what the first try has left to be removed.
        let again = import(&fixture, rows(of, description)).unwrap();
        assert!(matches!(again, Outcome::Executed(_)), "the key is free");
        assert_eq!(count(&fixture), of);
        staged.push(block_on(fixture.products.discard_abandoned_imports()).unwrap());
        assert_eq!(count(&fixture), of);
        let again = import(&fixture, rows(of, description)).unwrap();
        assert_eq!(again, Outcome::Replayed(of.to_string().into_bytes()));
    }
    unreachable!()
}

#[test]
fn a_process_that_dies_leaves_nothing_that_is_seen_and_the_retry_succeeds() {
    let staged = staged_by_each_death("", 250);
    // The key, the ids, three units, and the one that publishes.
    assert_eq!(staged, [0, 0, 0, 100, 200, 250]);
}

#[test]
fn no_unit_of_an_import_writes_many_rows_or_much_text() {
    for (description, most) in [("", UNIT_ROWS), (&*"x".repeat(9_000), 7)] {
        let staged = staged_by_each_death(description, 250);
        let units = staged.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(units.clone().all(|unit| unit <= most), "{staged:?}");
        assert!(units.max() == Some(most), "{staged:?}");
    }
}

#[test]
fn an_import_that_fails_removes_what_it_has_staged_in_units_of_its_own() {
    let fixture = Fixture::new();
    let lamp = fixture.product("Lamp");
    let change = ImportRow {
        row: 1,
        category_slug: None,
        action: ImportAction::Update {
            id: lamp.id,
            update: Box::new(UpdateProduct {
                name: Some(name("Changed")),
                ..UpdateProduct::default()
            }),
            stock: None,
        },
    };
    let mut file = rows(250, "");
    file.rows.push(change);
    // The lamp is removed between the check of the file and the unit that publishes.
    fixture.store.before_write(5, {
        let products = fixture.second();
        let root = fixture.root.clone();
        move || block_on(products.remove(&root, lamp.id, None)).unwrap()
    });
    let error = import(&fixture, file).unwrap_err();
    assert_eq!(faulty(&error), [("/rows/1/id", "products.import_product_unknown")]);
    assert_eq!(count(&fixture), 0);
    fixture.clock.advance(Duration::from_secs(61));
    assert_eq!(block_on(fixture.products.discard_abandoned_imports()).unwrap(), 0);
}

#[test]
fn a_category_that_goes_while_an_import_is_written_is_named() {
    let fixture = Fixture::new();
    let category = fixture.category("Light", None);
    let mut file = rows(150, "");
    let command =
        CreateProduct { category: Some(category.id), ..CreateProduct::named(name("Lamp")) };
    let action = ImportAction::Create(Box::new(command));
    file.rows.push(ImportRow { row: 200, category_slug: None, action });
    fixture.store.before_write(3, {
        let products = fixture.second();
        let root = fixture.root.clone();
        move || block_on(products.remove_category(&root, category.id, None)).unwrap()
    });
    let error = import(&fixture, file).unwrap_err();
    assert_eq!(faulty(&error), [("/rows/200/category_id", "products.category_unknown")]);
    assert_eq!(count(&fixture), 0);
}

#[test]
fn an_import_changes_a_bounded_number_of_products() {
    let fixture = Fixture::new();
    let lamp = fixture.product("Lamp");
    let change = |row: usize| ImportRow {
        row: row as u64,
        category_slug: None,
        action: ImportAction::Update {
            id: lamp.id,
            update: Box::default(),
            stock: Some(stock(i64::try_from(row).unwrap())),
        },
    };
    let file = |rows: usize| Import {
        rows: (1..=rows).map(change).collect(),
        failed: 0,
        faults: Vec::new(),
        mode: ImportMode::Valid,
    };
    let writes = fixture.store.writes.load(Ordering::SeqCst);
    let too_many = file(IMPORT_CHANGES_MAX + 1);
    let error = block_on(fixture.products.import(&fixture.root, None, too_many)).unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::TooLarge, "products.import_too_many_changes")
    );
    assert!(error.to_string().contains("at most 1000, with 524288 bytes"), "{error}");
    assert_eq!(fixture.store.writes.load(Ordering::SeqCst), writes);
    let text = LongText::parse(&"x".repeat(10_000)).unwrap();
    let update = UpdateProduct { description: Some(text), ..UpdateProduct::default() };
    let mut much = file(60);
    for row in &mut much.rows {
        row.action =
            ImportAction::Update { id: lamp.id, update: Box::new(update.clone()), stock: None };
    }
    let error = block_on(fixture.products.import(&fixture.root, None, much)).unwrap_err();
    assert_eq!(error.code(), "products.import_too_many_changes");
    assert!(error.to_string().contains("60 rows with 600000 bytes"), "{error}");
    let most = file(IMPORT_CHANGES_MAX);
    let report = block_on(fixture.products.import(&fixture.root, None, most)).unwrap();
    assert!(matches!(report, Outcome::Executed(report) if report.updated == 1000));
}

#[test]
fn an_import_that_lost_its_lease_publishes_nothing() {
    let fixture = Fixture::new();
    fixture.store.before_write(4, {
        let (products, clock) = (fixture.second(), fixture.clock.clone());
        move || {
            clock.advance(Duration::from_secs(61));
            assert_eq!(block_on(products.discard_abandoned_imports()).unwrap(), 200);
        }
    });
    let error = import(&fixture, rows(250, "")).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, "products.import_abandoned"));
    assert_eq!(count(&fixture), 0);
    assert!(fixture.clock.now() > crate::fixture::moment("2026-11-21T08:01:00Z"));
}

#[test]
fn of_two_imports_with_one_key_one_takes_effect() {
    let fixture = Fixture::new();
    fixture.store.before_write(4, {
        let (products, root) = (fixture.second(), fixture.root.clone());
        move || {
            let slip = idempotent("file", 1, |report: &Report| report.imported.to_string());
            let other = block_on(products.import(&root, Some(slip), rows(250, ""))).unwrap();
            assert!(matches!(other, Outcome::Executed(_)));
        }
    });
    let outcome = import(&fixture, rows(250, "")).unwrap();
    assert_eq!(outcome, Outcome::Replayed(b"250".to_vec()));
    assert_eq!(count(&fixture), 250);
    fixture.clock.advance(Duration::from_secs(61));
    assert_eq!(block_on(fixture.products.discard_abandoned_imports()).unwrap(), 0);
}
