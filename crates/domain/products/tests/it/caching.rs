//! What is cached is never older than the last write that was acknowledged.

use kernel::SearchQuery;
use pollster::block_on;
use products::{
    commands::{CreateProduct, UpdateCategory, UpdateProduct},
    query::ProductFilter,
    values::{Price, Status},
};

use crate::fixture::{Fixture, name, stock};

fn find(fixture: &Fixture, query: &str) -> Vec<String> {
    let text = Some(SearchQuery::parse(query).unwrap());
    let filter = ProductFilter { text, ..ProductFilter::default() };
    let found = block_on(fixture.products.search(filter, None, 20)).unwrap();
    found.items.iter().map(|one| one.name.as_str().to_owned()).collect()
}

#[test]
fn what_is_asked_twice_is_read_once() {
    let fixture = Fixture::new();
    let lamp = fixture.product("Lamp");
    let before = fixture.reads();
    for _ in 0..3 {
        assert_eq!(fixture.listed(ProductFilter::default(), None), ["Lamp"]);
        assert_eq!(find(&fixture, "lamp"), ["Lamp"]);
        assert_eq!(block_on(fixture.products.get(lamp.id)).unwrap().id, lamp.id);
        assert!(block_on(fixture.products.categories()).unwrap().is_empty());
    }
    assert_eq!(fixture.reads() - before, 4, "a page, a search, a product, the categories");
    // Another question is another page.
    let cheap = ProductFilter { max_price: Some(Price::default()), ..ProductFilter::default() };
    assert_eq!(fixture.listed(cheap, None), ["Lamp"]);
    assert_eq!(fixture.reads() - before, 5);
}

#[test]
fn every_write_to_the_catalogue_is_seen_by_the_next_reader() {
    let fixture = Fixture::new();
    let none = ProductFilter::default;
    assert!(fixture.listed(none(), None).is_empty());
    let command = CreateProduct { stock: stock(1), ..CreateProduct::named(name("Lamp")) };
    let lamp = fixture.create(command);
    assert_eq!(fixture.listed(none(), None), ["Lamp"]);
    assert_eq!(find(&fixture, "lamp"), ["Lamp"]);
    let in_stock = || ProductFilter { in_stock: Some(true), ..none() };
    assert_eq!(fixture.listed(in_stock(), None), ["Lamp"]);
    assert_eq!(block_on(fixture.products.get(lamp.id)).unwrap().stock, stock(1));
    fixture.adjust_stock(&lamp, -1).unwrap();
    assert!(fixture.listed(in_stock(), None).is_empty());
    assert_eq!(block_on(fixture.products.get(lamp.id)).unwrap().stock, stock(0));
    let renamed = UpdateProduct { name: Some(name("Torch")), ..UpdateProduct::default() };
    let lamp = fixture.update(&lamp, renamed).unwrap();
    assert_eq!(fixture.listed(none(), None), ["Torch"]);
    assert!(find(&fixture, "lamp").is_empty());
    let draft = UpdateProduct { status: Some(Status::Draft), ..UpdateProduct::default() };
    let lamp = fixture.update(&lamp, draft).unwrap();
    assert!(fixture.listed(none(), None).is_empty());
    assert!(block_on(fixture.products.get(lamp.id)).is_err());
    block_on(fixture.products.remove(&fixture.root, lamp.id, None)).unwrap();
    assert!(block_on(fixture.products.inspect(&fixture.root, lamp.id)).is_err());
}

#[test]
fn a_category_that_moves_takes_its_products_along() {
    let fixture = Fixture::new();
    let (top, other) = (fixture.category("Top", None), fixture.category("Other", None));
    let below = fixture.category("Below", Some(&top));
    let command = CreateProduct { category: Some(below.id), ..CreateProduct::named(name("Lamp")) };
    fixture.create(command);
    let none = ProductFilter::default;
    assert_eq!(fixture.listed(none(), Some(&top)), ["Lamp"]);
    assert!(fixture.listed(none(), Some(&other)).is_empty());
    let update =
        UpdateCategory { parent: kernel::Patch::Set(other.id), ..UpdateCategory::default() };
    block_on(fixture.products.update_category(&fixture.root, below.id, None, update)).unwrap();
    assert!(fixture.listed(none(), Some(&top)).is_empty());
    assert_eq!(fixture.listed(none(), Some(&other)), ["Lamp"]);
    let seen = block_on(fixture.products.categories()).unwrap();
    assert_eq!(seen.iter().find(|one| one.id == below.id).unwrap().parent, Some(other.id));
}
