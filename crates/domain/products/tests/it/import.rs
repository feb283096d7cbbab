//! Products out of a file.

use kernel::{DomainError as _, ErrorKind, Outcome, PageRequest, Patch};
use pollster::block_on;
use products::{
    CategoryId, ProductError, ProductId,
    commands::{
        CreateProduct, IMPORT_FAULTS_MAX, Import, ImportAction, ImportMode, ImportRow, RowError,
        UpdateProduct,
    },
    query::{DEFAULT_ORDER, ProductFilter},
    service::Report,
    values::{Price, Slug, Stock},
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
