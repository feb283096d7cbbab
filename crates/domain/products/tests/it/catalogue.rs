//! Products, categories and stock.

use kernel::{Actor, DomainError as _, ErrorKind, Outcome, PageRequest, Patch, Role};
use pollster::block_on;
use products::{
    CategoryId, ProductError, ProductId,
    commands::{
        CreateCategory, CreateOwnedProduct, CreateProduct, MoveStock, UpdateCategory, UpdateProduct,
    },
    query::ProductFilter,
    values::{CategoryName, Currency, Delta, Price, Reason, Slug, Status},
};

use crate::fixture::{Fixture, faulty, fresh, idempotent, name, stock};

fn renamed(text: &str) -> UpdateProduct {
    UpdateProduct { name: Some(name(text)), ..UpdateProduct::default() }
}

#[test]
fn the_catalogue_is_kept_by_those_with_the_permission_only() {
    let fixture = Fixture::new();
    let lamp = fixture.product("Lamp");
    let missing = |error: ProductError| {
        assert!(matches!(error, ProductError::MissingPermission("catalog:manage")), "{error}");
    };
    let command = CreateProduct::named(name("x"));
    missing(block_on(fixture.products.create(&fixture.ada, None, command)).unwrap_err());
    missing(
        block_on(fixture.products.update(&fixture.ada, lamp.id, None, renamed("x"))).unwrap_err(),
    );
    missing(block_on(fixture.products.remove(&fixture.ada, lamp.id, None)).unwrap_err());
    missing(block_on(fixture.products.inspect(&fixture.ada, lamp.id)).unwrap_err());
    let page = PageRequest::default();
    missing(block_on(fixture.products.movements(&fixture.ada, lamp.id, page)).unwrap_err());
    let machine = Actor::new(fixture.root.user, Role::User);
    let command =
        MoveStock { delta: Delta::parse(1).unwrap(), reason: Reason::parse("x").unwrap() };
    missing(block_on(fixture.products.move_stock(&machine, None, lamp.id, command)).unwrap_err());
}

#[test]
fn drafts_are_not_there_and_discontinued_ones_are_not_listed() {
    let fixture = Fixture::new();
    let with = |text: &str, status| {
        fixture.create(CreateProduct { status, ..CreateProduct::named(name(text)) })
    };
    let draft = with("Draft", Status::Draft);
    let gone = with("Gone", Status::Discontinued);
    with("There", Status::Active);
    assert_eq!(fixture.listed(ProductFilter::default(), None), ["There"]);
    let all = ProductFilter { status: Some(Status::Draft), ..ProductFilter::default() };
    assert_eq!(fixture.listed(all, None), ["There"], "nobody lists drafts by asking for them");
    assert!(matches!(block_on(fixture.products.get(draft.id)), Err(ProductError::NotFound(_))));
    assert_eq!(block_on(fixture.products.get(gone.id)).unwrap().id, gone.id);
    assert_eq!(block_on(fixture.products.inspect(&fixture.root, draft.id)).unwrap().id, draft.id);
}

#[test]
fn a_product_has_a_price_or_is_a_draft() {
    let fixture = Fixture::new();
    let with = |status, price| {
        let command = CreateProduct { status, price, ..CreateProduct::named(name("Lamp")) };
        block_on(fixture.products.create(&fixture.root, None, command)).map(fresh)
    };
    let price = |error: &ProductError| faulty(error) == [("/price", "products.price_missing")];
    for status in [Status::Active, Status::Discontinued] {
        assert!(price(&with(status, None).unwrap_err()), "{status:?}");
    }
    assert_eq!(
        with(Status::Active, Some(Price::default())).unwrap().price.amount,
        Some(Price::default())
    );
    let draft = with(Status::Draft, None).unwrap();
    let none = UpdateProduct::default;
    let active = UpdateProduct { status: Some(Status::Active), ..none() };
    assert!(price(&fixture.update(&draft, active.clone()).unwrap_err()));
    let priced = UpdateProduct { price: Patch::Set(Price::default()), ..active };
    let sold = fixture.update(&draft, priced).unwrap();
    let cleared = UpdateProduct { price: Patch::Clear, ..none() };
    assert!(price(&fixture.update(&sold, cleared.clone()).unwrap_err()));
    let draft = UpdateProduct { status: Some(Status::Draft), ..cleared };
    assert_eq!(fixture.update(&sold, draft).unwrap().price.amount, None);
}

#[test]
fn a_stale_change_returns_the_current_state_and_a_sale_makes_none_stale() {
    let fixture = Fixture::new();
    let old = fixture.product("Lamp");
    assert_eq!(old.price.currency, Currency::EUR);
    fixture.adjust_stock(&old, 3).unwrap();
    let new = fixture.update(&old, renamed("Torch")).unwrap();
    assert_eq!((new.version, new.stock), (2, stock(3)));
    let Err(ProductError::Stale(current)) = fixture.update(&old, renamed("Late")) else {
        panic!("it must be stale")
    };
    assert_eq!((current.name.as_str(), current.version), ("Torch", 2));
    assert_eq!(fixture.update(&new, renamed("Torch")).unwrap().version, 2, "no change, no version");
    let lost = UpdateProduct {
        category: Patch::Set(CategoryId::parse(99).unwrap()),
        ..UpdateProduct::default()
    };
    let error = fixture.update(&new, lost).unwrap_err();
    assert_eq!(faulty(&error), [("/category_id", "products.category_unknown")]);
}

#[test]
fn stock_moves_once_for_each_key_and_never_below_none() {
    let fixture = Fixture::new();
    let lamp = fixture.product("Lamp");
    let adjust_stock = |delta: i64, key: &str| {
        let idempotent = idempotent(key, delta as u8, |moved: &products::StockMovement| {
            moved.balance.get().to_string()
        });
        let reason = Reason::parse("x").unwrap();
        let command = MoveStock { delta: Delta::parse(delta).unwrap(), reason };
        block_on(fixture.products.move_stock(&fixture.root, Some(idempotent), lamp.id, command))
    };
    assert_eq!(fresh(adjust_stock(5, "a").unwrap()).balance, stock(5));
    assert_eq!(adjust_stock(5, "a").unwrap(), Outcome::Replayed(b"5".to_vec()));
    assert!(matches!(adjust_stock(6, "a"), Err(ProductError::KeyReused)));
    let error = adjust_stock(-6, "b").unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "products.stock_insufficient"));
    assert_eq!(error.to_string(), "There are only 5 in stock; 6 were to go.");
    // A refusal is not kept: the key is free.
    assert_eq!(fresh(adjust_stock(-5, "b").unwrap()).balance, stock(0));
    let page = block_on(fixture.products.movements(&fixture.root, lamp.id, PageRequest::default()));
    let deltas: Vec<i64> = page.unwrap().items.iter().map(|one| one.delta).collect();
    assert_eq!(deltas, [-5, 5]);
    let nowhere = ProductId::parse(99).unwrap();
    let page = block_on(fixture.products.movements(&fixture.root, nowhere, PageRequest::default()));
    assert!(matches!(page, Err(ProductError::NotFound(_))));
}

#[test]
fn a_product_that_somebody_owns_stays() {
    let fixture = Fixture::new();
    let lamp = fixture.product("Lamp");
    let own = fresh(
        block_on(fixture.products.own(&fixture.ada, None, CreateOwnedProduct::of(lamp.id)))
            .unwrap(),
    );
    let refused = block_on(fixture.products.remove(&fixture.root, lamp.id, None));
    assert!(matches!(refused, Err(ProductError::InUse)));
    block_on(fixture.products.disown(&fixture.ada, own.owned.id, None)).unwrap();
    block_on(fixture.products.remove(&fixture.root, lamp.id, None)).unwrap();
    assert!(matches!(block_on(fixture.products.get(lamp.id)), Err(ProductError::NotFound(_))));
}

#[test]
fn categories_are_a_tree_with_slugs_of_their_own() {
    let fixture = Fixture::new();
    let audio = fixture.category("Audio Interfaces", None);
    assert_eq!(audio.slug.as_str(), "audio-interfaces");
    let again = fixture.category("Audio interfaces!", Some(&audio));
    assert_eq!(again.slug.as_str(), "audio-interfaces-2");
    let taken = CreateCategory {
        name: CategoryName::parse("x").unwrap(),
        slug: Some(Slug::parse("audio-interfaces").unwrap()),
        parent: None,
    };
    let refused = block_on(fixture.products.create_category(&fixture.root, None, taken));
    assert!(matches!(refused, Err(ProductError::SlugTaken(_))));
    let change = |id: CategoryId, update| {
        block_on(fixture.products.update_category(&fixture.root, id, None, update))
    };
    let below = |parent| UpdateCategory { parent: Patch::Set(parent), ..UpdateCategory::default() };
    let error = change(audio.id, below(again.id)).unwrap_err();
    assert_eq!(faulty(&error), [("/parent_id", "products.category_cycle")]);
    let error = change(audio.id, below(CategoryId::parse(99).unwrap())).unwrap_err();
    assert_eq!(faulty(&error), [("/parent_id", "products.parent_unknown")]);
    let slug = Slug::parse("audio-interfaces").unwrap();
    let same = UpdateCategory { slug: Some(slug.clone()), ..UpdateCategory::default() };
    assert_eq!(change(audio.id, same).unwrap().version, 1, "its own slug is free to it");
    let other = UpdateCategory { slug: Some(slug), ..UpdateCategory::default() };
    assert!(matches!(change(again.id, other), Err(ProductError::SlugTaken(_))));
    // Only an empty one goes.
    let remove = |id| block_on(fixture.products.remove_category(&fixture.root, id, None));
    assert!(matches!(remove(audio.id), Err(ProductError::CategoryInUse("categories"))));
    let inside = CreateProduct { category: Some(again.id), ..CreateProduct::named(name("x")) };
    let product = fixture.create(inside);
    assert!(matches!(remove(again.id), Err(ProductError::CategoryInUse("products"))));
    let out = UpdateProduct { category: Patch::Clear, ..UpdateProduct::default() };
    fixture.update(&product, out).unwrap();
    remove(again.id).unwrap();
    remove(audio.id).unwrap();
    assert!(matches!(remove(audio.id), Err(ProductError::CategoryNotFound(_))));
}
