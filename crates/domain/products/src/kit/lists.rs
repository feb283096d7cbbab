//! Lists and searches. What is expected is reckoned here, in plain Rust, from the definitions in
//! `query`.

use std::cmp::Reverse;

use kernel::{
    Cursor, PageRequest, Paging, SearchQuery, SortKey,
    page::{Direction, spell},
};

use super::{Ground, ODD_TEXTS, ids, moment, named, numbered, stock};
use crate::{
    product::{NewProduct, Product},
    query::{ProductFilter, ProductSort},
    values::{Brand, LongText, Model, Money, Price, ProductName, Status},
};

use Direction::{Ascending, Descending};

fn by(field: ProductSort, direction: Direction) -> SortKey<ProductSort> {
    SortKey { field, direction }
}

/// Twenty-four products with many equal values, in two categories and none.
async fn crowd(ground: &Ground) -> Vec<Product> {
    let first = ground.category("first", None).await.id;
    let second = ground.category("second", Some(first)).await.id;
    let names = ["b", "B", "a", "ä", "Z", "z", "10", "9", "%", "_", "b"];
    let new: Vec<NewProduct> = (0..24)
        .map(|n: usize| NewProduct {
            category: [None, Some(first), Some(second)][n % 3],
            brand: Brand::parse(["", "Talas", "TALAS", "Ünï%"][n % 4]).unwrap(),
            price: Money {
                amount: Price::parse([0, 100, 250, 250, 9_999][n % 5]).unwrap(),
                ..named("x").price
            },
            stock: stock([0, 3][n / 2 % 2]),
            status: Status::ALL[n / 3 % 3],
            created_at: moment(n as i64 % 4),
            ..named(names[n % names.len()])
        })
        .collect();
    ground.write(move |tx| tx.products().insert(&new)).await
}

async fn by_number(
    ground: &Ground,
    filter: &ProductFilter,
    order: &[SortKey<ProductSort>],
    limit: u32,
) -> Vec<Product> {
    let mut all = Vec::new();
    let mut totals = Vec::new();
    for number in 1.. {
        let (filter, order) = (filter.clone(), order.to_vec());
        let request = numbered(number, limit);
        let page = ground.read(move |tx| tx.products().list(&filter, &order, &request)).await;
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
    ground: &Ground,
    filter: &ProductFilter,
    order: &[SortKey<ProductSort>],
    limit: u32,
) -> Vec<Product> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let (filter, sorted) = (filter.clone(), order.to_vec());
        let request = PageRequest { paging: Paging::Cursor(cursor), limit };
        let page = ground.read(move |tx| tx.products().list(&filter, &sorted, &request)).await;
        assert_eq!(page.total, None);
        all.extend(page.items);
        let Some(next) = page.next else { return all };
        assert_eq!(next.order, spell(order, &ProductSort::ALL));
        cursor = Some(Cursor::decode(&next.encode()).unwrap());
    }
}

fn sorted(products: &[Product], order: &[SortKey<ProductSort>]) -> Vec<i64> {
    let mut products = products.to_vec();
    products.sort_by(|a, b| {
        for key in order {
            let ordering = key.field.place(a).cmp(&key.field.place(b));
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

pub(super) async fn g5_every_order_is_the_same_by_number_and_by_cursor(ground: Ground) {
    let products = crowd(&ground).await;
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
                ids(&by_number(&ground, &everything, &order, limit).await),
                wanted,
                "{order:?}"
            );
            assert_eq!(
                ids(&by_cursor(&ground, &everything, &order, limit).await),
                wanted,
                "{order:?}"
            );
        }
    }
}

pub(super) async fn g5_every_filter_gives_exactly_what_matches(ground: Ground) {
    let products = crowd(&ground).await;
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
        assert_eq!(ids(&by_number(&ground, &filter, &order, 5).await), wanted, "{filter:?}");
        assert_eq!(ids(&by_cursor(&ground, &filter, &order, 5).await), wanted, "{filter:?}");
    }
}

async fn found(ground: &Ground, query: &str, limit: u32) -> Vec<i64> {
    let query = SearchQuery::parse(query).unwrap();
    ids(&ground.read(move |tx| tx.products().search(&query, limit)).await)
}

/// What a search gives by its promise.
fn ranked(products: &[Product], query: &str) -> Vec<i64> {
    let query = SearchQuery::parse(query).unwrap();
    let filter = ProductFilter {
        status: Some(Status::Active),
        text: Some(query.clone()),
        ..ProductFilter::default()
    };
    let mut found: Vec<Product> =
        products.iter().filter(|product| filter.matches(product)).cloned().collect();
    found.sort_by_key(|product| (!query.matches(product.name.as_str()), Reverse(product.id)));
    ids(&found)
}

fn described(name: &str, brand: &str, model: &str, description: &str) -> NewProduct {
    NewProduct {
        brand: Brand::parse(brand).unwrap(),
        model: Model::parse(model).unwrap(),
        description: LongText::parse(description).unwrap(),
        ..named(name)
    }
}

async fn shop(ground: &Ground) -> Vec<Product> {
    let mut draft = described("Secret interface", "Talas", "MK-3", "");
    draft.status = Status::Draft;
    let mut gone = described("Old interface", "Talas", "MK-0", "");
    gone.status = Status::Discontinued;
    let new = vec![
        described("Audio interface", "Talas", "MK-1", "Four inputs"),
        described("Microphone", "Talas", "Interface One", "For décembre"),
        described("Cable", "Straße & Søn", "x", "Fits every audio interface, 100% of them"),
        described("Interface stand", "Other", "", ""),
        draft,
        gone,
        described("日本語 ケーブル", "東京", "テスト", "foo_bar a.b 42x"),
        described("Audio", "", "", "the interface is elsewhere"),
    ];
    ground.write(move |tx| tx.products().insert(&new)).await
}

pub(super) async fn g6_words_find_by_their_beginning(ground: Ground) {
    let products = shop(&ground).await;
    for query in [
        "inter",
        "INTERFACE",
        "audio inter",
        "inter audio",
        "face",
        "talas mk",
        "decembre",
        "DÉC",
        "strasse son",
        "日本",
        "テスト",
        "foo_bar",
        "a b",
        "42",
        "2x",
        "100%",
        "nothing",
        "mk 1",
    ] {
        let wanted = ranked(&products, query);
        assert_eq!(found(&ground, query, 50).await, wanted, "{query:?}");
        let filter = ProductFilter {
            text: Some(SearchQuery::parse(query).unwrap()),
            ..ProductFilter::default()
        };
        let wanted: Vec<i64> =
            ids(&products.iter().filter(|p| filter.matches(p)).cloned().collect::<Vec<_>>());
        let order = [by(ProductSort::Id, Ascending)];
        assert_eq!(ids(&by_number(&ground, &filter, &order, 50).await), wanted, "{query:?}");
    }
    assert_eq!(found(&ground, "decembre", 9).await.len(), 1);
}

pub(super) async fn g6_nothing_in_a_query_is_syntax(ground: Ground) {
    let mut new: Vec<NewProduct> = ODD_TEXTS.iter().map(|text| named(text)).collect();
    new.push(named("near not or and"));
    let products = ground.write(move |tx| tx.products().insert(&new)).await;
    for query in [
        "x%",
        "_x",
        "\"under",
        "under* OR drop",
        "NOT drop",
        "NEAR(drop, products)",
        "names:drop",
        "{names} : drop",
        "drop & table",
        "drop | x",
        "!drop",
        "drop:*",
        "(drop",
        "drop <-> table",
        "^drop",
        "-drop",
        "'drop",
        "not",
        "near",
        "or",
        "and",
        "null",
    ] {
        assert_eq!(found(&ground, query, 50).await, ranked(&products, query), "{query:?}");
    }
}

pub(super) async fn g6_a_search_sees_changes_at_once(ground: Ground) {
    let mut product = ground.plain("apples").await;
    assert_eq!(found(&ground, "apples", 5).await, [product.id.get()]);
    product.name = ProductName::parse("pears").unwrap();
    let mut product = ground.save(&product).await;
    assert_eq!(found(&ground, "apples", 5).await, [0_i64; 0]);
    assert_eq!(found(&ground, "pears", 5).await, [product.id.get()]);
    product.description = LongText::parse("like apples").unwrap();
    let product = ground.save(&product).await;
    assert_eq!(found(&ground, "apples pears", 5).await, [product.id.get()]);
    let id = product.id;
    let inside = ground
        .write(move |tx| {
            let query = SearchQuery::parse("apples").unwrap();
            tx.products().remove(id)?;
            tx.products().search(&query, 5)
        })
        .await;
    assert!(inside.is_empty(), "a unit sees its own writes");
    assert_eq!(found(&ground, "pears", 5).await, [0_i64; 0]);
}

pub(super) async fn g7_names_come_first_then_the_newest(ground: Ground) {
    let products = shop(&ground).await;
    let all = ranked(&products, "interface");
    let position = |name: &str| {
        let product = products.iter().find(|product| product.name.as_str() == name).unwrap();
        all.iter().position(|id| *id == product.id.get())
    };
    assert_eq!(position("Interface stand"), Some(0));
    assert_eq!(position("Audio interface"), Some(1));
    assert_eq!(position("Audio"), Some(2));
    assert_eq!((position("Secret interface"), position("Old interface")), (None, None));
    for limit in 1..=6 {
        let wanted: Vec<i64> = all.iter().copied().take(limit as usize).collect();
        assert_eq!(found(&ground, "interface", limit).await, wanted, "{limit}");
    }
}
