//! What is cached is never older than the last write that was acknowledged.

use kernel::SearchQuery;
use pollster::block_on;
use products::{
    commands::{CreateProduct, UpdateCategory, UpdateProduct},
    query::ProductFilter,
    values::{Price, Status},
};

use crate::house::{House, name, stock};

fn find(house: &House, query: &str) -> Vec<String> {
    let found = block_on(house.products.search(SearchQuery::parse(query).unwrap(), 20)).unwrap();
    found.items.iter().map(|one| one.name.as_str().to_owned()).collect()
}

#[test]
fn what_is_asked_twice_is_read_once() {
    let house = House::new();
    let lamp = house.product("Lamp");
    let before = house.reads();
    for _ in 0..3 {
        assert_eq!(house.listed(ProductFilter::default(), None), ["Lamp"]);
        assert_eq!(find(&house, "lamp"), ["Lamp"]);
        assert_eq!(block_on(house.products.get(lamp.id)).unwrap().id, lamp.id);
        assert!(block_on(house.products.categories()).unwrap().is_empty());
    }
    assert_eq!(house.reads() - before, 4, "a page, a search, a product, the categories");
    // Another question is another page.
    let cheap = ProductFilter { max_price: Some(Price::default()), ..ProductFilter::default() };
    assert_eq!(house.listed(cheap, None), ["Lamp"]);
    assert_eq!(house.reads() - before, 5);
}

#[test]
fn every_write_to_the_catalogue_is_seen_by_the_next_reader() {
    let house = House::new();
    let none = ProductFilter::default;
    assert!(house.listed(none(), None).is_empty());
    let command = CreateProduct { stock: stock(1), ..CreateProduct::named(name("Lamp")) };
    let lamp = house.create(command);
    assert_eq!(house.listed(none(), None), ["Lamp"]);
    assert_eq!(find(&house, "lamp"), ["Lamp"]);
    let in_stock = || ProductFilter { in_stock: Some(true), ..none() };
    assert_eq!(house.listed(in_stock(), None), ["Lamp"]);
    assert_eq!(block_on(house.products.get(lamp.id)).unwrap().stock, stock(1));
    house.shift(&lamp, -1).unwrap();
    assert!(house.listed(in_stock(), None).is_empty());
    assert_eq!(block_on(house.products.get(lamp.id)).unwrap().stock, stock(0));
    let renamed = UpdateProduct { name: Some(name("Torch")), ..UpdateProduct::default() };
    let lamp = house.update(&lamp, renamed).unwrap();
    assert_eq!(house.listed(none(), None), ["Torch"]);
    assert!(find(&house, "lamp").is_empty());
    let draft = UpdateProduct { status: Some(Status::Draft), ..UpdateProduct::default() };
    let lamp = house.update(&lamp, draft).unwrap();
    assert!(house.listed(none(), None).is_empty());
    assert!(block_on(house.products.get(lamp.id)).is_err());
    block_on(house.products.remove(&house.root, lamp.id, None)).unwrap();
    assert!(block_on(house.products.inspect(&house.root, lamp.id)).is_err());
}

#[test]
fn a_category_that_moves_takes_its_products_along() {
    let house = House::new();
    let (top, other) = (house.category("Top", None), house.category("Other", None));
    let below = house.category("Below", Some(&top));
    let command = CreateProduct { category: Some(below.id), ..CreateProduct::named(name("Lamp")) };
    house.create(command);
    let none = ProductFilter::default;
    assert_eq!(house.listed(none(), Some(&top)), ["Lamp"]);
    assert!(house.listed(none(), Some(&other)).is_empty());
    let update =
        UpdateCategory { parent: kernel::Patch::Set(other.id), ..UpdateCategory::default() };
    block_on(house.products.update_category(&house.root, below.id, None, update)).unwrap();
    assert!(house.listed(none(), Some(&top)).is_empty());
    assert_eq!(house.listed(none(), Some(&other)), ["Lamp"]);
    let seen = block_on(house.products.categories()).unwrap();
    assert_eq!(seen.iter().find(|one| one.id == below.id).unwrap().parent, Some(other.id));
}
