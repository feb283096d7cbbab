//! Lists. What is expected is reckoned here, in plain Rust, from the definitions in
//! `query`.

use kernel::{
    Cursor, PageRequest, Paging, SearchQuery, SortKey,
    page::{Direction, order_text},
};

use super::{Fixture, ids, moment, named, numbered, stock};
use crate::{
    product::{NewProduct, Product},
    query::{ProductFilter, ProductSort},
    values::{Brand, Money, Price, Status},
};

use Direction::{Ascending, Descending};

pub(super) fn by(field: ProductSort, direction: Direction) -> SortKey<ProductSort> {
    SortKey { field, direction }
}

/// Twenty-four products with many equal values, in two categories and none.
async fn crowd(fixture: &Fixture) -> Vec<Product> {
    let first = fixture.category("first", None).await.id;
    let second = fixture.category("second", Some(first)).await.id;
    let names = ["b", "B", "a", "ä", "Z", "z", "10", "9", "%", "_", "b"];
    let new: Vec<NewProduct> = (0..24)
        .map(|n: usize| NewProduct {
            category: [None, Some(first), Some(second)][n % 3],
            brand: Brand::parse(["", "Talas", "TALAS", "Ünï%"][n % 4]).unwrap(),
            price: Money {
                amount: [Some(0), Some(100), Some(250), None, Some(9_999)][n % 5]
                    .map(|amount| Price::parse(amount).unwrap()),
                ..named("x").price
            },
            stock: stock([0, 3][n / 2 % 2]),
            status: Status::ALL[n / 3 % 3],
            created_at: moment(n as i64 % 4),
            ..named(names[n % names.len()])
        })
        .collect();
    fixture.write(move |tx| tx.products().insert(&new)).await
}

pub(super) async fn by_number(
    fixture: &Fixture,
    filter: &ProductFilter,
    order: &[SortKey<ProductSort>],
    limit: u32,
) -> Vec<Product> {
    let mut all = Vec::new();
    let mut totals = Vec::new();
    for number in 1.. {
        let (filter, order) = (filter.clone(), order.to_vec());
        let request = numbered(number, limit);
        let page = fixture.read(move |tx| tx.products().list(&filter, &order, &request)).await;
        assert_eq!(page.next, None);
        totals.push(page.total);
        let last = page.items.is_empty();
        all.extend(page.items);
        if last {
            break;
        }
    }
    assert!(totals.iter().all(|total| *total == Some(all.len() as u64)), "{totals:?}");
    all
}

async fn by_cursor(
    fixture: &Fixture,
    filter: &ProductFilter,
    order: &[SortKey<ProductSort>],
    limit: u32,
) -> Vec<Product> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let (filter, sorted) = (filter.clone(), order.to_vec());
        let request = PageRequest { paging: Paging::Cursor(cursor), limit };
        let page = fixture.read(move |tx| tx.products().list(&filter, &sorted, &request)).await;
        assert_eq!(page.total, None);
        all.extend(page.items);
        let Some(next) = page.next else { return all };
        assert_eq!(next.order, order_text(order, &ProductSort::ALL));
        cursor = Some(Cursor::decode(&next.encode()).unwrap());
    }
}

fn sorted(products: &[Product], order: &[SortKey<ProductSort>]) -> Vec<i64> {
    let mut products = products.to_vec();
    products.sort_by(|a, b| {
        for key in order {
            let ordering = key.field.sort_value(a).cmp(&key.field.sort_value(b));
            let ordering = if key.direction == Ascending { ordering } else { ordering.reverse() };
            if ordering.is_ne() {
                return ordering;
            }
        }
        let tie = a.id.cmp(&b.id);
        if order.last().is_none_or(|key| key.direction == Ascending) { tie } else { tie.reverse() }
    });
    ids(&products)
}

pub(super) async fn g5_every_order_is_the_same_by_number_and_by_cursor(fixture: Fixture) {
    let products = crowd(&fixture).await;
    let everything = ProductFilter::default();
    let mut orders = vec![Vec::new()];
    for (_, field) in ProductSort::ALL {
        orders.push(vec![by(field, Ascending)]);
        orders.push(vec![by(field, Descending)]);
    }
    orders.push(vec![by(ProductSort::Price, Descending), by(ProductSort::Name, Ascending)]);
    for order in orders {
        let wanted = sorted(&products, &order);
        for limit in [1, 7, 24, 500] {
            assert_eq!(
                ids(&by_number(&fixture, &everything, &order, limit).await),
                wanted,
                "{order:?}"
            );
            assert_eq!(
                ids(&by_cursor(&fixture, &everything, &order, limit).await),
                wanted,
                "{order:?}"
            );
        }
    }
}

pub(super) async fn g5_every_filter_gives_exactly_what_matches(fixture: Fixture) {
    let products = crowd(&fixture).await;
    let category = |n: usize| products[n].category.unwrap();
    let price = |amount: i64| Some(Price::parse(amount).unwrap());
    let none = ProductFilter::default;
    let brand = |text: &str| Some(Brand::parse(text).unwrap());
    let filters = [
        none(),
        ProductFilter { status: Some(Status::Active), ..none() },
        ProductFilter { status: Some(Status::Draft), ..none() },
        ProductFilter { categories: Some(vec![category(1)]), ..none() },
        ProductFilter { categories: Some(vec![category(1), category(2)]), ..none() },
        ProductFilter { categories: Some(Vec::new()), ..none() },
        ProductFilter { brand: brand("talas"), ..none() },
        ProductFilter { brand: brand("ÜNÏ%"), ..none() },
        ProductFilter { brand: brand("%"), ..none() },
        ProductFilter { brand: brand(""), ..none() },
        ProductFilter { min_price: price(250), ..none() },
        ProductFilter { max_price: price(250), ..none() },
        ProductFilter { min_price: price(101), max_price: price(250), ..none() },
        ProductFilter { min_price: price(10), max_price: price(9), ..none() },
        ProductFilter { in_stock: Some(true), ..none() },
        ProductFilter { in_stock: Some(false), ..none() },
        ProductFilter {
            status: Some(Status::Active),
            brand: brand("Talas"),
            in_stock: Some(true),
            max_price: price(9_000),
            ..none()
        },
        ProductFilter { text: Some(SearchQuery::parse("b").unwrap()), ..none() },
    ];
    let order = [by(ProductSort::CreatedAt, Descending)];
    for filter in filters {
        let matching: Vec<Product> =
            products.iter().filter(|product| filter.matches(product)).cloned().collect();
        let wanted = sorted(&matching, &order);
        assert_eq!(ids(&by_number(&fixture, &filter, &order, 5).await), wanted, "{filter:?}");
        assert_eq!(ids(&by_cursor(&fixture, &filter, &order, 5).await), wanted, "{filter:?}");
    }
}
