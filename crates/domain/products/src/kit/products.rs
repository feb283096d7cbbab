//! Products one by one.

use kernel::{Patch, StoreError, kit::together};
use serde_json::json;

use super::{Fixture, ODD_TEXTS, moment, named, no_category, no_product, numbered, stock};
use crate::{
    commands::UpdateProduct,
    product::NewProduct,
    values::{
        Brand, CategoryId, Currency, LongText, Model, Money, Months, Price, ProductName,
        Specifications, Status, Website,
    },
};

/// Every field is something.
fn rich(text: &str, category: Option<CategoryId>) -> NewProduct {
    NewProduct {
        category,
        brand: Brand::parse(text).unwrap(),
        model: Model::parse(text).unwrap(),
        description: LongText::parse(text).unwrap(),
        price: Money {
            amount: Some(Price::parse(Price::MAX).unwrap()),
            currency: Currency::parse("JPY").unwrap(),
        },
        stock: stock(7),
        warranty_months: Months::parse(24).unwrap(),
        warranty_conditions: LongText::parse(text).unwrap(),
        website: Some(Website::parse("https://example.com/é?a=%20#x").unwrap()),
        specifications: Specifications::of(
            &json!({"text": text, "n": 0.1, "deep": [1, {"a": null}]}),
        )
        .unwrap(),
        status: Status::Draft,
        created_at: moment(3),
        ..named(text)
    }
}

pub(super) async fn g1_a_product_comes_back_as_it_went_in(fixture: Fixture) {
    let category = fixture.category("some", None).await.id;
    for text in ODD_TEXTS {
        let new = NewProduct { by: Some(fixture.people[0]), ..rich(text, Some(category)) };
        let made = fixture.insert(new.clone()).await;
        assert_eq!((made.version, &made.name, made.stock), (1, &new.name, new.stock));
        assert_eq!((made.created_at, made.updated_at), (moment(3), moment(3)));
        assert_eq!(made.specifications, new.specifications);
        assert_eq!((&made.brand, &made.description), (&new.brand, &new.description));
        assert_eq!((made.price, &made.website), (new.price, &new.website));
        assert_eq!(fixture.get(made.id).await, Some(made));
    }
    let long = "x🦀'%".chars().cycle().take(10_000).collect::<String>();
    let mut new = named(&long.chars().take(200).collect::<String>());
    new.description = LongText::parse(&long).unwrap();
    let made = fixture.insert(new).await;
    assert_eq!(made.description.as_str(), long);
    assert_eq!(fixture.get(made.id).await, Some(made));
    assert_eq!(fixture.get(no_product()).await, None);
}

pub(super) async fn g1_many_products_keep_their_order(fixture: Fixture) {
    let new: Vec<NewProduct> = (0..450)
        .map(|n| NewProduct { stock: stock(n % 3), ..named(&format!("number {n}")) })
        .collect();
    let wanted: Vec<_> = new.iter().map(|new| (new.name.clone(), new.stock)).collect();
    let made = fixture.write(move |tx| tx.products().insert(&new)).await;
    assert!(made.is_sorted_by_key(|product| product.id));
    assert_eq!(made.iter().map(|p| (p.name.clone(), p.stock)).collect::<Vec<_>>(), wanted);
    for product in made.into_iter().step_by(97) {
        assert_eq!(fixture.get(product.id).await, Some(product));
    }
    assert!(fixture.write(|tx| tx.products().insert(&[])).await.is_empty());
}

pub(super) async fn g2_a_save_writes_every_field_but_the_stock(fixture: Fixture) {
    let category = fixture.category("some", None).await.id;
    let made = fixture.insert(rich("before", Some(category))).await;
    let mut changed = made.clone();
    let update = UpdateProduct {
        name: Some(ProductName::parse("after").unwrap()),
        category: Patch::Clear,
        brand: Some(Brand::empty()),
        model: Some(Model::empty()),
        description: Some(LongText::empty()),
        price: Patch::Clear,
        currency: Some(Currency::EUR),
        warranty_months: Some(Months::default()),
        warranty_conditions: Some(LongText::empty()),
        website: Patch::Clear,
        specifications: Some(Specifications::empty()),
        status: Some(Status::Discontinued),
    };
    assert!(changed.update(&update, moment(9)));
    let mut asked = changed.clone();
    asked.stock = stock(1000);
    let saved = fixture.save(&asked).await;
    assert_eq!(saved.version, 2);
    changed.version = 2;
    assert_eq!(fixture.get(made.id).await, Some(changed), "the stock stays");
}

pub(super) async fn g2_a_stale_save_changes_nothing(fixture: Fixture) {
    let old = fixture.plain("old").await;
    let mut new = old.clone();
    new.name = ProductName::parse("new").unwrap();
    let new = fixture.save(&new).await;
    let error = fixture.refused(move |tx| tx.products().save(&mut old.clone())).await;
    assert!(matches!(error, StoreError::Stale), "{error}");
    assert_eq!(fixture.get(new.id).await, Some(new.clone()));
    let mut nowhere = new;
    nowhere.id = no_product();
    let error = fixture.refused(move |tx| tx.products().save(&mut nowhere.clone())).await;
    assert!(matches!(error, StoreError::Stale), "{error}");
}

pub(super) async fn g3_a_category_that_is_not_there_is_missing(fixture: Fixture) {
    let mut new = named("lost");
    new.category = Some(no_category());
    let error = fixture.refused(move |tx| tx.products().insert(&[new.clone()])).await;
    assert!(matches!(error, StoreError::Missing("products.category")), "{error}");
    let mut product = fixture.plain("there").await;
    product.category = Some(no_category());
    let error = fixture.refused(move |tx| tx.products().save(&mut product.clone())).await;
    assert!(matches!(error, StoreError::Missing("products.category")), "{error}");
}

pub(super) async fn g4_of_many_who_save_one_version_one_succeeds(fixture: Fixture) {
    let product = fixture.plain("one").await;
    let fixture = &fixture;
    let save = |n: i64| {
        let mut product = product.clone();
        product.name = ProductName::parse(&format!("by {n}")).unwrap();
        let saving = fixture.work.write::<_, StoreError, _>(move |tx| {
            let mut product = product.clone();
            tx.products().save(&mut product)
        });
        async move {
            match saving.await {
                Ok(()) => true,
                Err(StoreError::Stale) => false,
                Err(error) => panic!("{error}"),
            }
        }
    };
    let won = together((0..8).map(|n| Box::pin(save(n)) as _).collect()).await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
    assert_eq!(fixture.get(product.id).await.unwrap().version, 2);
}

pub(super) async fn g4_who_locks_second_sees_what_the_first_wrote(fixture: Fixture) {
    let id = fixture.plain("x").await.id;
    let fixture = &fixture;
    let grow = || async move {
        fixture
            .write(move |tx| {
                let mut product = tx.products().lock(id)?.unwrap();
                let longer = format!("{}x", product.name.as_str());
                product.name = ProductName::parse(&longer).unwrap();
                tx.products().save(&mut product)
            })
            .await;
    };
    together((0..12).map(|_| Box::pin(grow()) as _).collect()).await;
    let product = fixture.get(id).await.unwrap();
    assert_eq!((product.name.as_str().len(), product.version), (13, 13));
}

pub(super) async fn g8_a_product_goes_with_its_ledger(fixture: Fixture) {
    let new = NewProduct { stock: stock(3), ..named("gone") };
    let gone = fixture.insert(new).await.id;
    let stays = fixture.insert(NewProduct { stock: stock(3), ..named("stays") }).await.id;
    assert!(fixture.write(move |tx| tx.products().remove(gone)).await);
    assert!(!fixture.write(move |tx| tx.products().remove(gone)).await);
    assert_eq!(fixture.get(gone).await, None);
    for (id, entries) in [(gone, 0), (stays, 1)] {
        let page = fixture.read(move |tx| tx.products().movements(id, &numbered(1, 10))).await;
        assert_eq!(page.total, Some(entries));
    }
}

pub(super) async fn g9_named_products_carry_what_they_are_called(fixture: Fixture) {
    let category = fixture.category("some", None).await;
    let mut new = named("in a category");
    new.category = Some(category.id);
    new.brand = Brand::parse("Talas").unwrap();
    new.model = Model::parse("MK-1").unwrap();
    let one = fixture.insert(new).await;
    let two = fixture.plain("in none").await;
    let asked = [one.id, two.id, no_product()];
    let named_products = fixture.read(move |tx| tx.products().named(&asked)).await;
    assert_eq!(named_products.len(), 2);
    let first = &named_products[&one.id];
    assert_eq!((&first.name, &first.brand, &first.model), (&one.name, &one.brand, &one.model));
    assert_eq!(first.category.as_ref(), Some(&category.name));
    assert_eq!(named_products[&two.id].category, None);
    assert!(fixture.read(|tx| tx.products().named(&[])).await.is_empty());
}
