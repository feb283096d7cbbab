//! Products out of a file.

use kernel::{Fault as _, Kind, PageRequest, Settled};
use pollster::block_on;
use products::{
    CategoryId, ProductError,
    commands::{CreateProduct, IMPORT_FAULTS_MAX, Import, ImportMode, ImportRow, RowFault},
    query::{DEFAULT_ORDER, ProductFilter},
    service::Report,
    values::Stock,
};

use crate::house::{House, name, once};

fn row(row: u64, text: &str) -> ImportRow {
    ImportRow { row, command: CreateProduct::named(name(text)) }
}

fn lost(number: u64) -> ImportRow {
    let category = Some(CategoryId::parse(99).unwrap());
    ImportRow {
        row: number,
        command: CreateProduct { category, ..CreateProduct::named(name("lost")) },
    }
}

fn bad(row: u64) -> RowFault {
    RowFault { row, column: "price", code: "products.price_invalid", message: "no".to_owned() }
}

fn count(house: &House) -> u64 {
    let order = DEFAULT_ORDER.to_vec();
    let filter = ProductFilter::default();
    let page =
        block_on(house.products.list_all(&house.root, filter, None, order, PageRequest::default()));
    page.unwrap().total.unwrap()
}

fn import(house: &House, import: Import) -> Result<Settled<Report>, ProductError> {
    let once = once("file", 1, |report: &Report| report.imported.to_string());
    block_on(house.products.import(&house.root, Some(once), import))
}

#[test]
fn one_bad_row_refuses_the_whole_file() {
    let house = House::new();
    let file = Import {
        rows: vec![row(1, "a"), lost(3), row(4, "b")],
        failed: 1,
        faults: vec![bad(2)],
        mode: ImportMode::All,
    };
    let error = import(&house, file).unwrap_err();
    assert_eq!((error.kind(), error.code()), (Kind::Refused, "products.import_refused"));
    assert_eq!(error.to_string(), "2 of 4 rows have faults, so nothing was imported.");
    let fields: Vec<&str> = error.fields().iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["/rows/2/price", "/rows/3/category_id"]);
    assert_eq!(count(&house), 0);
}

#[test]
fn good_rows_are_taken_beside_bad_ones_where_that_was_asked_for() {
    let house = House::new();
    let file = || Import {
        rows: vec![row(1, "a"), lost(3), row(4, "b")],
        failed: 1,
        faults: vec![bad(2)],
        mode: ImportMode::Valid,
    };
    let Settled::Fresh(report) = import(&house, file()).unwrap() else { panic!("it is new") };
    assert_eq!((report.imported, report.failed), (2, 2));
    assert_eq!(report.faults.iter().map(|fault| fault.row).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(import(&house, file()).unwrap(), Settled::Replay(b"2".to_vec()));
    assert_eq!(count(&house), 2);
}

#[test]
fn many_rows_come_in_batches_with_their_stock() {
    let house = House::new();
    let rows = (1..=1001).map(|number| {
        let mut row = row(number, &format!("number {number}"));
        row.command.stock = Stock::parse(i64::try_from(number).unwrap() % 2).unwrap();
        row
    });
    let file =
        Import { rows: rows.collect(), failed: 0, faults: Vec::new(), mode: ImportMode::All };
    let Settled::Fresh(report) = import(&house, file).unwrap() else { panic!("it is new") };
    assert_eq!((report.imported, report.failed), (1001, 0));
    assert_eq!(count(&house), 1001);
}

#[test]
fn faults_are_counted_beyond_those_that_are_told() {
    let house = House::new();
    let file = Import {
        rows: (1..=1500).map(lost).collect(),
        failed: 0,
        faults: Vec::new(),
        mode: ImportMode::Valid,
    };
    let Settled::Fresh(report) = import(&house, file).unwrap() else { panic!("it is new") };
    assert_eq!((report.failed, report.faults.len()), (1500, IMPORT_FAULTS_MAX));
}
