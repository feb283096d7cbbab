//! Searches. What is expected is reckoned here, in plain Rust, from the definitions in `query`.

use std::cmp::Reverse;

use kernel::{SearchQuery, page::Direction::Ascending};

use super::{
    Fixture, ODD_TEXTS, ids,
    lists::{by, by_number},
    named,
};
use crate::{
    product::{NewProduct, Product},
    query::{ProductFilter, ProductSort, Rank},
    values::{Brand, LongText, Model, Money, Price, ProductName, Status, Stock},
};

/// Those that are active and have these words.
pub(super) fn active(query: &str) -> ProductFilter {
    ProductFilter {
        status: Some(Status::Active),
        text: Some(SearchQuery::parse(query).unwrap()),
        ..ProductFilter::default()
    }
}

async fn found(fixture: &Fixture, query: &str, limit: u32) -> Vec<i64> {
    let filter = active(query);
    ids(&fixture.read(move |tx| tx.products().search(&filter, limit)).await)
}

/// What a search gives by its promise.
fn ranked(products: &[Product], query: &str) -> Vec<i64> {
    let filter = active(query);
    let query = SearchQuery::parse(query).unwrap();
    let mut found: Vec<Product> =
        products.iter().filter(|product| filter.matches(product)).cloned().collect();
    found.sort_by_key(|product| (Rank::of(&query, &product.name), Reverse(product.id)));
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

async fn shop(fixture: &Fixture) -> Vec<Product> {
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
        described("Sony WH-1000XM5", "L'Oréal", "系统监控", "batteries"),
    ];
    fixture.write(move |tx| tx.products().insert(&new)).await
}

pub(super) async fn g6_words_find_by_their_beginning(fixture: Fixture) {
    let products = shop(&fixture).await;
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
        "wh1000xm5",
        "wh1000",
        "1000xm",
        "loreal",
        "监控",
        "battery",
        "interfaces",
    ] {
        let wanted = ranked(&products, query);
        assert_eq!(found(&fixture, query, 50).await, wanted, "{query:?}");
        let filter = ProductFilter {
            text: Some(SearchQuery::parse(query).unwrap()),
            ..ProductFilter::default()
        };
        let wanted: Vec<i64> =
            ids(&products.iter().filter(|p| filter.matches(p)).cloned().collect::<Vec<_>>());
        let order = [by(ProductSort::Id, Ascending)];
        assert_eq!(ids(&by_number(&fixture, &filter, &order, 50).await), wanted, "{query:?}");
    }
    assert_eq!(found(&fixture, "decembre", 9).await.len(), 1);
}

pub(super) async fn g6_nothing_in_a_query_is_syntax(fixture: Fixture) {
    let mut new: Vec<NewProduct> = ODD_TEXTS.iter().map(|text| named(text)).collect();
    new.push(named("near not or and"));
    let products = fixture.write(move |tx| tx.products().insert(&new)).await;
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
        assert_eq!(found(&fixture, query, 50).await, ranked(&products, query), "{query:?}");
    }
}

pub(super) async fn g6_a_search_sees_changes_immediately(fixture: Fixture) {
    let mut product = fixture.plain("apples").await;
    assert_eq!(found(&fixture, "apples", 5).await, [product.id.get()]);
    product.name = ProductName::parse("pears").unwrap();
    let mut product = fixture.save(&product).await;
    assert_eq!(found(&fixture, "apples", 5).await, [0_i64; 0]);
    assert_eq!(found(&fixture, "pears", 5).await, [product.id.get()]);
    product.description = LongText::parse("like apples").unwrap();
    let product = fixture.save(&product).await;
    assert_eq!(found(&fixture, "apples pears", 5).await, [product.id.get()]);
    let id = product.id;
    let inside = fixture
        .write(move |tx| {
            tx.products().remove(id)?;
            tx.products().search(&active("apples"), 5)
        })
        .await;
    assert!(inside.is_empty(), "a unit sees its own writes");
    assert_eq!(found(&fixture, "pears", 5).await, [0_i64; 0]);
}

pub(super) async fn g6_names_are_searched_inside_of_their_words(fixture: Fixture) {
    let long = format!("{}bcdé{}", "a".repeat(60), "z".repeat(40));
    let new = vec![
        described("Smartphone", "Großbäckerei", "SN-9315X", "waterproof"),
        described("Headphones 100%_", "Überklang", "", "phone, wireless"),
        described("Phone", "", &"x9".repeat(50), ""),
        described("Cable", "", "", "Smartphone, SN-9315X"),
        described(&long, "", "許許可局", ""),
    ];
    let products = fixture.write(move |tx| tx.products().insert(&new)).await;
    let cases: &[(&str, &[usize])] = &[
        ("phone", &[2, 1, 0]),
        ("PHONE 315", &[0]),
        ("smart", &[0, 3]),
        ("kere 15x art", &[0]),
        ("BÄCKER", &[0]),
        ("ossba", &[0]),
        ("berk", &[1]),
        ("proof", &[]),
        ("less", &[]),
        ("ne", &[]),
        ("5x", &[]),
        ("ph", &[2, 1]),
        ("%hone", &[2, 1, 0]),
        ("ph%ne", &[]),
        ("_phone", &[2, 1, 0]),
        ("9x9", &[2]),
        ("可局", &[4]),
        ("許可局", &[4]),
        ("aabcde", &[4]),
        ("cdez", &[]),
    ];
    for (query, wanted) in cases {
        let wanted: Vec<i64> = wanted.iter().map(|at| products[*at].id.get()).collect();
        assert_eq!(ranked(&products, query), wanted, "{query:?}");
        assert_eq!(found(&fixture, query, 50).await, wanted, "{query:?}");
        let text = SearchQuery::parse(query).ok();
        let filter = ProductFilter { text, ..ProductFilter::default() };
        let mut listed = wanted;
        listed.sort_unstable();
        let order = [by(ProductSort::Id, Ascending)];
        assert_eq!(ids(&by_number(&fixture, &filter, &order, 50).await), listed, "{query:?}");
    }
}

pub(super) async fn g6_insides_go_with_the_names(fixture: Fixture) {
    let new = described("Smartphone", "Überklang", "SN-9315X", "");
    let mut product = fixture.insert(new).await;
    let id = [product.id.get()];
    product.description = LongText::parse("Headphones").unwrap();
    let mut product = fixture.save(&product).await;
    for query in ["phone", "klang", "315"] {
        assert_eq!(found(&fixture, query, 5).await, id, "{query}: the description alone changed");
    }
    assert_eq!(found(&fixture, "phones", 5).await, [0_i64; 0]);
    product.name = ProductName::parse("Microscope").unwrap();
    product.brand = Brand::parse("Unterton").unwrap();
    product.model = Model::parse("X-2026").unwrap();
    let product = fixture.save(&product).await;
    for query in ["phone", "klang", "315"] {
        assert_eq!(found(&fixture, query, 5).await, [0_i64; 0], "{query}");
    }
    for query in ["scope", "terton", "026", "scope terton 026"] {
        assert_eq!(found(&fixture, query, 5).await, id, "{query}");
    }
    let product = product.id;
    fixture.write(move |tx| tx.products().remove(product)).await;
    assert_eq!(found(&fixture, "scope", 5).await, [0_i64; 0]);
}

pub(super) async fn g7_names_come_first_then_the_newest(fixture: Fixture) {
    let products = shop(&fixture).await;
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
        assert_eq!(found(&fixture, "interface", limit).await, wanted, "{limit}");
    }
}

pub(super) async fn g7_beginnings_come_before_insides_and_these_before_the_rest(fixture: Fixture) {
    let mut draft = named("Phone to come");
    draft.status = Status::Draft;
    let new = vec![
        named("Telephone"),
        named("Red phone"),
        described("Shell", "Phonehouse", "", ""),
        named("Smartphone"),
        draft,
        described("Case", "", "for smartphones", "phone"),
        named("Phone"),
        described("Stand", "Megaphone", "", ""),
    ];
    let products = fixture.write(move |tx| tx.products().insert(&new)).await;
    let wanted: Vec<i64> = [6, 1, 3, 0, 7, 5, 2].map(|at: usize| products[at].id.get()).into();
    for limit in 1..=8 {
        let first: Vec<i64> = wanted.iter().copied().take(limit as usize).collect();
        assert_eq!(found(&fixture, "phone", limit).await, first, "{limit}");
    }
    // one word at a beginning and one inside is inside
    assert_eq!(found(&fixture, "red hon", 9).await, [wanted[1]]);
    assert_eq!(found(&fixture, "te", 9).await, [wanted[3]]);
}

pub(super) async fn g6_a_search_honours_every_other_filter(fixture: Fixture) {
    let priced = |name: &str, brand: &str, price: i64, stock: i64| NewProduct {
        price: Money { amount: Price::parse(price).ok(), ..named(name).price },
        stock: Stock::parse(stock).unwrap(),
        ..described(name, brand, "", "a lamp")
    };
    let mut draft = priced("Lamp of a draft", "Lux", 500, 1);
    draft.status = Status::Draft;
    let new = vec![
        priced("Lamp", "Lux", 1000, 0),
        priced("Desk lamp", "Other", 2000, 3),
        priced("Torch", "Lux", 3000, 3),
        draft,
    ];
    let products = fixture.write(move |tx| tx.products().insert(&new)).await;
    let text = active("lamp");
    let cases: [(ProductFilter, &[usize]); 7] = [
        (text.clone(), &[1, 0, 2]),
        (ProductFilter { brand: Brand::parse("LUX").ok(), ..text.clone() }, &[0, 2]),
        (ProductFilter { min_price: Price::parse(1500).ok(), ..text.clone() }, &[1, 2]),
        (ProductFilter { max_price: Price::parse(2000).ok(), ..text.clone() }, &[1, 0]),
        (ProductFilter { in_stock: Some(true), ..text.clone() }, &[1, 2]),
        (ProductFilter { categories: Some(Vec::new()), ..text.clone() }, &[]),
        (ProductFilter { status: Some(Status::Draft), ..text.clone() }, &[3]),
    ];
    for (filter, wanted) in cases {
        let wanted: Vec<i64> = wanted.iter().map(|at| products[*at].id.get()).collect();
        let asked = filter.clone();
        let found = fixture.read(move |tx| tx.products().search(&asked, 10)).await;
        assert_eq!(ids(&found), wanted, "{filter:?}");
    }
    let none = ProductFilter::default();
    assert!(fixture.read(move |tx| tx.products().search(&none, 10)).await.is_empty());
}
