//! Categories.

use kernel::{StoreError, kit::together};

use super::{Fixture, ODD_TEXTS, category, moment, named, no_category};
use crate::{
    product::{Category, NewCategory},
    tree::Tree,
    values::{CategoryId, CategoryName, Slug},
};

async fn all(fixture: &Fixture) -> Vec<Category> {
    fixture.read(|tx| tx.categories().all()).await
}

pub(super) async fn c1_a_category_comes_back_as_it_went_in(fixture: Fixture) {
    let mut made: Vec<Category> = Vec::new();
    for (index, text) in ODD_TEXTS.iter().enumerate() {
        let new = NewCategory {
            name: CategoryName::parse(text).unwrap(),
            slug: Slug::parse(&format!("odd-{index}")).unwrap(),
            parent: made.last().map(|one| one.id),
            created_at: moment(index as i64),
        };
        let one = fixture.write(move |tx| tx.categories().insert(&new)).await;
        assert_eq!((one.version, one.name.as_str()), (1, *text));
        made.push(one);
    }
    assert_eq!(all(&fixture).await, made);
    for one in made {
        assert_eq!(fixture.read(move |tx| tx.categories().get(one.id)).await, Some(one));
    }
    assert_eq!(fixture.read(|tx| tx.categories().get(no_category())).await, None);
}

pub(super) async fn c2_a_save_grows_the_version_and_a_stale_one_changes_nothing(fixture: Fixture) {
    let top = fixture.category("top", None).await;
    let one = fixture.category("one", None).await;
    let mut changed = Category {
        name: CategoryName::parse("Other").unwrap(),
        slug: Slug::parse("other").unwrap(),
        parent: Some(top.id),
        updated_at: moment(5),
        ..one.clone()
    };
    let before = changed.clone();
    changed = fixture
        .write(move |tx| {
            let mut category = before.clone();
            tx.categories().save(&mut category)?;
            Ok(category)
        })
        .await;
    assert_eq!(changed.version, 2);
    assert_eq!(all(&fixture).await, [top, changed.clone()]);
    let error = fixture.refused(move |tx| tx.categories().save(&mut one.clone())).await;
    assert!(matches!(error, StoreError::Stale), "{error}");
    assert_eq!(fixture.read(move |tx| tx.categories().get(changed.id)).await, Some(changed));
}

pub(super) async fn c3_slugs_are_unique_and_parents_are_there(fixture: Fixture) {
    let one = fixture.category("one", None).await;
    let two = fixture.category("two", None).await;
    let error = fixture.refused(|tx| tx.categories().insert(&category("one", None))).await;
    assert!(matches!(error, StoreError::Duplicate("categories.slug")), "{error}");
    let taken = Category { slug: one.slug.clone(), ..two.clone() };
    let error = fixture.refused(move |tx| tx.categories().save(&mut taken.clone())).await;
    assert!(matches!(error, StoreError::Duplicate("categories.slug")), "{error}");
    let orphan = category("orphan", Some(no_category()));
    let error = fixture.refused(move |tx| tx.categories().insert(&orphan)).await;
    assert!(matches!(error, StoreError::Missing("categories.parent")), "{error}");
    let lost = Category { parent: Some(no_category()), ..two };
    let error = fixture.refused(move |tx| tx.categories().save(&mut lost.clone())).await;
    assert!(matches!(error, StoreError::Missing("categories.parent")), "{error}");
}

/// Moves one below another as the service does.
async fn put_below(fixture: &Fixture, id: CategoryId, parent: CategoryId) -> bool {
    fixture
        .write(move |tx| {
            tx.categories().lock_tree()?;
            let all = tx.categories().all()?;
            if Tree::of(&all).may_hold(parent, Some(id)).is_err() {
                return Ok(false);
            }
            let mut category = all.into_iter().find(|one| one.id == id).unwrap();
            category.parent = Some(parent);
            tx.categories().save(&mut category)?;
            Ok(true)
        })
        .await
}

pub(super) async fn c4_moves_simultaneously_make_no_circle(fixture: Fixture) {
    let a = fixture.category("a", None).await.id;
    let b = fixture.category("b", None).await.id;
    let c = fixture.category("c", None).await.id;
    let fixture = &fixture;
    let moves = [(a, b), (b, c), (c, a), (b, a), (c, b), (a, c)];
    let moved = together(
        moves.iter().map(|(id, to)| Box::pin(put_below(fixture, *id, *to)) as _).collect(),
    )
    .await;
    assert!(moved.contains(&true) && moved.contains(&false), "{moved:?}");
    let all = all(fixture).await;
    for category in &all {
        let mut at = category.parent;
        for _ in 0..all.len() {
            at = at.and_then(|id| all.iter().find(|one| one.id == id)).and_then(|one| one.parent);
        }
        assert_eq!(at, None, "a circle: {all:?}");
    }
}

pub(super) async fn c5_removing_what_is_not_there_gives_false(fixture: Fixture) {
    let one = fixture.category("one", None).await.id;
    assert!(fixture.write(move |tx| tx.categories().remove(one)).await);
    assert!(!fixture.write(move |tx| tx.categories().remove(one)).await);
    assert!(all(&fixture).await.is_empty());
}

pub(super) async fn c6_a_category_that_is_held_gets_no_product(fixture: Fixture) {
    let full = fixture.category("full", None).await.id;
    let mut inside = named("inside");
    inside.category = Some(full);
    let product = fixture.insert(inside).await;
    assert!(fixture.write(move |tx| tx.categories().hold(full)).await);
    let mut outside = product;
    outside.category = None;
    fixture.save(&outside).await;
    assert!(!fixture.write(move |tx| tx.categories().hold(full)).await);
    for round in 0..5 {
        let id = fixture.category(&format!("race-{round}"), None).await.id;
        let fixture = &fixture;
        let add = |name: &'static str| async move {
            let mut new = named(name);
            new.category = Some(id);
            let work = fixture.work.write::<_, StoreError, _>(move |tx| {
                tx.products().insert(std::slice::from_ref(&new))
            });
            match work.await {
                Ok(_) => true,
                Err(StoreError::Missing("products.category")) => false,
                Err(error) => panic!("{error}"),
            }
        };
        let remove = async {
            fixture
                .write(move |tx| {
                    let empty = !tx.categories().hold(id)?;
                    if empty {
                        tx.categories().remove(id)?;
                    }
                    Ok(!empty)
                })
                .await
        };
        let ends =
            together(vec![Box::pin(add("x")) as _, Box::pin(remove), Box::pin(add("y"))]).await;
        let there = fixture.read(move |tx| tx.categories().get(id)).await.is_some();
        assert_eq!(there, ends[1], "removed exactly when it was empty: {ends:?}");
        assert_eq!(there, ends[0] || ends[2], "{ends:?}");
    }
}
