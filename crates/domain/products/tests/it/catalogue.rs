//! Products, categories and stock.

use kernel::{Actor, Fault as _, Kind, PageRequest, Patch, Role, Settled};
use pollster::block_on;
use products::{
    CategoryId, ProductError, ProductId,
    commands::{
        CreateCategory, CreateOwned, CreateProduct, MoveStock, UpdateCategory, UpdateProduct,
    },
    query::ProductFilter,
    values::{CategoryName, Currency, Delta, Reason, Slug, Status},
};

use crate::house::{House, faulty, fresh, name, once, stock};

fn renamed(text: &str) -> UpdateProduct {
    UpdateProduct { name: Some(name(text)), ..UpdateProduct::default() }
}

#[test]
fn the_catalogue_is_kept_by_those_with_the_permission_only() {
    let house = House::new();
    let lamp = house.product("Lamp");
    let missing = |error: ProductError| {
        assert!(matches!(error, ProductError::MissingPermission("catalog:manage")), "{error}");
    };
    let command = CreateProduct::named(name("x"));
    missing(block_on(house.products.create(&house.ada, None, command)).unwrap_err());
    missing(block_on(house.products.update(&house.ada, lamp.id, None, renamed("x"))).unwrap_err());
    missing(block_on(house.products.remove(&house.ada, lamp.id, None)).unwrap_err());
    missing(block_on(house.products.inspect(&house.ada, lamp.id)).unwrap_err());
    let page = PageRequest::default();
    missing(block_on(house.products.movements(&house.ada, lamp.id, page)).unwrap_err());
    let machine = Actor::new(house.root.user, Role::User);
    let command =
        MoveStock { delta: Delta::parse(1).unwrap(), reason: Reason::parse("x").unwrap() };
    missing(block_on(house.products.move_stock(&machine, None, lamp.id, command)).unwrap_err());
}

#[test]
fn drafts_are_not_there_and_discontinued_ones_are_not_listed() {
    let house = House::new();
    let with = |text: &str, status| {
        house.create(CreateProduct { status, ..CreateProduct::named(name(text)) })
    };
    let draft = with("Draft", Status::Draft);
    let gone = with("Gone", Status::Discontinued);
    with("There", Status::Active);
    assert_eq!(house.listed(ProductFilter::default(), None), ["There"]);
    let all = ProductFilter { status: Some(Status::Draft), ..ProductFilter::default() };
    assert_eq!(house.listed(all, None), ["There"], "nobody lists drafts by asking for them");
    assert!(matches!(block_on(house.products.get(draft.id)), Err(ProductError::NotFound(_))));
    assert_eq!(block_on(house.products.get(gone.id)).unwrap().id, gone.id);
    assert_eq!(block_on(house.products.inspect(&house.root, draft.id)).unwrap().id, draft.id);
}

#[test]
fn a_stale_change_is_told_the_current_state_and_a_sale_makes_none_stale() {
    let house = House::new();
    let old = house.product("Lamp");
    assert_eq!(old.price.currency, Currency::EUR);
    house.shift(&old, 3).unwrap();
    let new = house.update(&old, renamed("Torch")).unwrap();
    assert_eq!((new.version, new.stock), (2, stock(3)));
    let Err(ProductError::Stale(current)) = house.update(&old, renamed("Late")) else {
        panic!("it must be stale")
    };
    assert_eq!((current.name.as_str(), current.version), ("Torch", 2));
    assert_eq!(house.update(&new, renamed("Torch")).unwrap().version, 2, "no change, no version");
    let lost = UpdateProduct {
        category: Patch::Set(CategoryId::parse(99).unwrap()),
        ..UpdateProduct::default()
    };
    let error = house.update(&new, lost).unwrap_err();
    assert_eq!(faulty(&error), [("/category_id", "products.category_unknown")]);
}

#[test]
fn stock_moves_once_for_each_key_and_never_below_none() {
    let house = House::new();
    let lamp = house.product("Lamp");
    let shift = |delta: i64, key: &str| {
        let once =
            once(key, delta as u8, |moved: &products::Movement| moved.balance.get().to_string());
        let reason = Reason::parse("x").unwrap();
        let command = MoveStock { delta: Delta::parse(delta).unwrap(), reason };
        block_on(house.products.move_stock(&house.root, Some(once), lamp.id, command))
    };
    assert_eq!(fresh(shift(5, "a").unwrap()).balance, stock(5));
    assert_eq!(shift(5, "a").unwrap(), Settled::Replay(b"5".to_vec()));
    assert!(matches!(shift(6, "a"), Err(ProductError::KeyReused)));
    let error = shift(-6, "b").unwrap_err();
    assert_eq!((error.kind(), error.code()), (Kind::Conflict, "products.stock_insufficient"));
    assert_eq!(error.to_string(), "There are only 5 in stock; 6 were to go.");
    // A refusal is not kept: the key is free.
    assert_eq!(fresh(shift(-5, "b").unwrap()).balance, stock(0));
    let page = block_on(house.products.movements(&house.root, lamp.id, PageRequest::default()));
    let deltas: Vec<i64> = page.unwrap().items.iter().map(|one| one.delta).collect();
    assert_eq!(deltas, [-5, 5]);
    let nowhere = ProductId::parse(99).unwrap();
    let page = block_on(house.products.movements(&house.root, nowhere, PageRequest::default()));
    assert!(matches!(page, Err(ProductError::NotFound(_))));
}

#[test]
fn a_product_that_somebody_owns_stays() {
    let house = House::new();
    let lamp = house.product("Lamp");
    let own =
        fresh(block_on(house.products.own(&house.ada, None, CreateOwned::of(lamp.id))).unwrap());
    let refused = block_on(house.products.remove(&house.root, lamp.id, None));
    assert!(matches!(refused, Err(ProductError::InUse)));
    block_on(house.products.disown(&house.ada, own.owned.id, None)).unwrap();
    block_on(house.products.remove(&house.root, lamp.id, None)).unwrap();
    assert!(matches!(block_on(house.products.get(lamp.id)), Err(ProductError::NotFound(_))));
}

#[test]
fn categories_are_a_tree_with_slugs_of_their_own() {
    let house = House::new();
    let audio = house.category("Audio Interfaces", None);
    assert_eq!(audio.slug.as_str(), "audio-interfaces");
    let again = house.category("Audio interfaces!", Some(&audio));
    assert_eq!(again.slug.as_str(), "audio-interfaces-2");
    let taken = CreateCategory {
        name: CategoryName::parse("x").unwrap(),
        slug: Some(Slug::parse("audio-interfaces").unwrap()),
        parent: None,
    };
    let refused = block_on(house.products.create_category(&house.root, None, taken));
    assert!(matches!(refused, Err(ProductError::SlugTaken(_))));
    let change = |id: CategoryId, update| {
        block_on(house.products.update_category(&house.root, id, None, update))
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
    let remove = |id| block_on(house.products.remove_category(&house.root, id, None));
    assert!(matches!(remove(audio.id), Err(ProductError::CategoryInUse("categories"))));
    let inside = CreateProduct { category: Some(again.id), ..CreateProduct::named(name("x")) };
    let product = house.create(inside);
    assert!(matches!(remove(again.id), Err(ProductError::CategoryInUse("products"))));
    let out = UpdateProduct { category: Patch::Clear, ..UpdateProduct::default() };
    house.update(&product, out).unwrap();
    remove(again.id).unwrap();
    remove(audio.id).unwrap();
    assert!(matches!(remove(audio.id), Err(ProductError::CategoryNotFound(_))));
}
