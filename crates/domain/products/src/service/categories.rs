//! Categories. Every write locks the tree, so that two moves at once make no circle.

use std::sync::Arc;

use kernel::{
    Act, ActTarget, Actor, Idempotent, Outcome, Patch, Permission, StoreError, Timestamp,
    cache::get_or_load, idempotency,
};

use super::{CATEGORIES, Products, invalid};
use crate::{
    commands::{CreateCategory, UpdateCategory},
    error::ProductError,
    ports::ProductsTx,
    product::{Category, NewCategory},
    tree::{CATEGORIES_MAX, Misplaced, Tree},
    values::{CategoryId, CategoryName, Slug},
};

impl Products {
    /// Every category, through the cache, by id.
    pub async fn categories(&self) -> Result<Arc<Vec<Category>>, ProductError> {
        let load = || async { self.work.read(|tx| tx.categories().all().map(Some)).await };
        let found = get_or_load(&*self.caches.categories, CATEGORIES.to_owned(), load).await?;
        Ok(found.unwrap_or_default())
    }

    /// A category, from the store itself.
    pub async fn category(&self, actor: &Actor, id: CategoryId) -> Result<Category, ProductError> {
        actor.require(Permission::CatalogManage)?;
        let found: Result<_, StoreError> = self.work.read(move |tx| tx.categories().get(id)).await;
        found?.ok_or(ProductError::CategoryNotFound(id))
    }

    /// Adds a category.
    pub async fn create_category(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<Category>>,
        command: CreateCategory,
    ) -> Result<Outcome<Category>, ProductError> {
        actor.require(Permission::CatalogManage)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let made = self
            .work
            .write(move |tx| {
                idempotency::run_once(tx, idempotent.as_ref(), now, |tx| {
                    let all = whole(tx)?;
                    if all.len() >= CATEGORIES_MAX {
                        return Err(ProductError::TooManyCategories(all.len()));
                    }
                    if let Some(parent) = command.parent {
                        Tree::of(&all).may_hold(parent, None).map_err(misplaced)?;
                    }
                    let slug = match &command.slug {
                        Some(slug) => free(&all, slug, None)?,
                        None => unused(&all, &command.name)?,
                    };
                    let (name, parent) = (command.name.clone(), command.parent);
                    let new = NewCategory { name, slug, parent, created_at: now };
                    let made = tx.categories().insert(&new)?;
                    record(tx, &actor, now, "category.created", made.id)?;
                    Ok(made)
                })
            })
            .await;
        self.invalidate_categories().await;
        made
    }

    /// Changes a category, or its place in the tree.
    pub async fn update_category(
        &self,
        actor: &Actor,
        id: CategoryId,
        expected: Option<i64>,
        update: UpdateCategory,
    ) -> Result<Category, ProductError> {
        actor.require(Permission::CatalogManage)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let changed = self
            .work
            .write(move |tx| {
                let all = whole(tx)?;
                let mut category = one(&all, id, expected)?;
                if let Patch::Set(parent) = update.parent
                    && category.parent != Some(parent)
                {
                    Tree::of(&all).may_hold(parent, Some(id)).map_err(misplaced)?;
                }
                if let Some(slug) = &update.slug {
                    free(&all, slug, Some(id))?;
                }
                if category.update(&update, now) {
                    tx.categories().save(&mut category)?;
                    record(tx, &actor, now, "category.updated", id)?;
                }
                Ok(category)
            })
            .await;
        self.invalidate_categories().await;
        changed
    }

    /// Removes an empty category.
    pub async fn remove_category(
        &self,
        actor: &Actor,
        id: CategoryId,
        expected: Option<i64>,
    ) -> Result<(), ProductError> {
        actor.require(Permission::CatalogManage)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let removed = self
            .work
            .write(move |tx| {
                let all = whole(tx)?;
                one(&all, id, expected)?;
                if Tree::of(&all).is_above(id) {
                    return Err(ProductError::CategoryInUse("categories"));
                }
                if tx.categories().hold(id)? {
                    return Err(ProductError::CategoryInUse("products"));
                }
                tx.categories().remove(id)?;
                Ok(record(tx, &actor, now, "category.deleted", id)?)
            })
            .await;
        self.invalidate_categories().await;
        removed
    }
}

/// Writes into the audit trail what a caller did to a category.
fn record(
    tx: &mut dyn ProductsTx,
    actor: &Actor,
    now: Timestamp,
    action: &'static str,
    id: CategoryId,
) -> Result<(), StoreError> {
    let target = ActTarget::numbered("category", id.get());
    tx.acts().record_act(&Act::by(actor, now, action, target))
}

/// The whole tree, locked.
fn whole(tx: &mut dyn ProductsTx) -> Result<Vec<Category>, StoreError> {
    tx.categories().lock_tree()?;
    tx.categories().all()
}

fn one(all: &[Category], id: CategoryId, expected: Option<i64>) -> Result<Category, ProductError> {
    let category = all.iter().find(|one| one.id == id).cloned();
    let category = category.ok_or(ProductError::CategoryNotFound(id))?;
    match expected {
        Some(version) if version != category.version => {
            Err(ProductError::CategoryStale(Box::new(category)))
        }
        _ => Ok(category),
    }
}

fn free(all: &[Category], slug: &Slug, but: Option<CategoryId>) -> Result<Slug, ProductError> {
    let taken = all.iter().any(|one| one.slug == *slug && Some(one.id) != but);
    if taken { Err(ProductError::SlugTaken(slug.clone())) } else { Ok(slug.clone()) }
}

/// A slug made from a name; with a number behind it where another category has it.
fn unused(all: &[Category], name: &CategoryName) -> Result<Slug, ProductError> {
    let plain = Slug::of(name);
    let numbered = (2..=CATEGORIES_MAX + 1).filter_map(|number| {
        let room = Slug::MAX - 1 - number.to_string().len();
        let head = plain.as_str().get(..room).unwrap_or(plain.as_str());
        Slug::parse(&format!("{}-{number}", head.trim_end_matches('-'))).ok()
    });
    let mut candidates = std::iter::once(plain.clone()).chain(numbered);
    let found = candidates.find(|slug| all.iter().all(|one| one.slug != *slug));
    found.ok_or(ProductError::SlugTaken(plain))
}

fn misplaced(why: Misplaced) -> ProductError {
    let code = match why {
        Misplaced::Unknown => "products.parent_unknown",
        Misplaced::Cycle => "products.category_cycle",
        Misplaced::TooDeep => "products.category_too_deep",
    };
    invalid("/parent_id", code, why)
}
