//! `CategoryStore` and `ProductStore`.

mod owned;
#[cfg(test)]
mod planted_imports;
mod staged_imports;
pub(crate) mod tables;

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use kernel::{Page, PageRequest, SortKey, StoreError};
use products::{
    Category, CategoryId, CategoryStore, MovementId, Product, ProductId, ProductStore,
    StockMovement,
    product::{Moved, NamedProduct, NewCategory, NewProduct, NewStockMovement, OPENING},
    query::{MOVEMENT_ORDER, ProductFilter, ProductSort, Rank},
    values::{Reason, Slug, Stock},
};

use crate::{
    page::{Order, cut},
    state::{State, next, not_an_id},
    tx::MemoryTx,
};

/// C3: slugs are unique, and a parent is there.
fn check_category(
    state: &State,
    slug: &Slug,
    parent: Option<CategoryId>,
    but: Option<CategoryId>,
) -> Result<(), StoreError> {
    if state
        .domains
        .products
        .categories
        .values()
        .any(|one| one.slug == *slug && Some(one.id) != but)
    {
        return Err(StoreError::Duplicate("categories.slug"));
    }
    if parent.is_some_and(|parent| !state.domains.products.categories.contains_key(&parent)) {
        return Err(StoreError::Missing("categories.parent"));
    }
    Ok(())
}

impl CategoryStore for MemoryTx {
    /// Writers go one after another, so the tree is locked from the start.
    fn lock_tree(&mut self) -> Result<(), StoreError> {
        self.writing(|_| Ok(()))
    }

    fn insert(&mut self, new: &NewCategory) -> Result<Category, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            check_category(state, &new.slug, new.parent, None)?;
            let id = CategoryId::parse(next(&mut state.domains.products.last_category))
                .map_err(not_an_id)?;
            let category = new.stored(id);
            Arc::make_mut(&mut state.domains.products.categories)
                .insert(id, Arc::new(category.clone()));
            Ok(category)
        })
    }

    fn get(&mut self, id: CategoryId) -> Result<Option<Category>, StoreError> {
        self.reading(|state| {
            Ok(state.domains.products.categories.get(&id).map(|row| (**row).clone()))
        })
    }

    fn all(&mut self) -> Result<Vec<Category>, StoreError> {
        self.reading(|state| {
            Ok(state.domains.products.categories.values().map(|row| (**row).clone()).collect())
        })
    }

    fn save(&mut self, category: &mut Category) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let stored =
                state.domains.products.categories.get(&category.id).ok_or(StoreError::Stale)?;
            if stored.version != category.version {
                return Err(StoreError::Stale);
            }
            check_category(state, &category.slug, category.parent, Some(category.id))?;
            category.version += 1;
            let row = Arc::new(category.clone());
            Arc::make_mut(&mut state.domains.products.categories).insert(category.id, row);
            Ok(())
        })
    }

    fn hold(&mut self, id: CategoryId) -> Result<bool, StoreError> {
        self.reading(|state| {
            Ok(state.domains.products.products.values().any(|row| row.category == Some(id)))
        })
    }

    fn remove(&mut self, id: CategoryId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let used = state.domains.products.products.values().any(|row| row.category == Some(id))
                || state.domains.products.categories.values().any(|row| row.parent == Some(id));
            if used {
                return Err(StoreError::Missing("products.category"));
            }
            Ok(Arc::make_mut(&mut state.domains.products.categories).remove(&id).is_some())
        })
    }
}

fn check_product(state: &State, category: Option<CategoryId>) -> Result<(), StoreError> {
    if category.is_some_and(|id| !state.domains.products.categories.contains_key(&id)) {
        return Err(StoreError::Missing("products.category"));
    }
    Ok(())
}

fn record(
    state: &mut State,
    new: &NewStockMovement,
    balance: Stock,
) -> Result<StockMovement, StoreError> {
    if new.actor.is_some_and(|actor| !state.has_account(actor)) {
        return Err(StoreError::Missing("movements.actor"));
    }
    let id =
        MovementId::parse(next(&mut state.domains.products.last_movement)).map_err(not_an_id)?;
    let movement = new.stored(id, balance);
    Arc::make_mut(&mut state.domains.products.movements).insert(id, Arc::new(movement.clone()));
    Ok(movement)
}

fn insert_one(state: &mut State, new: &NewProduct) -> Result<Product, StoreError> {
    let id = ProductId::parse(next(&mut state.domains.products.last_product)).map_err(not_an_id)?;
    insert_as(state, id, new)
}

/// Adds a product under an id that it alone has.
pub(crate) fn insert_as(
    state: &mut State,
    id: ProductId,
    new: &NewProduct,
) -> Result<Product, StoreError> {
    check_product(state, new.category)?;
    let product = new.stored(id);
    Arc::make_mut(&mut state.domains.products.products).insert(id, Arc::new(product.clone()));
    if new.stock.get() > 0 {
        let reason =
            Reason::parse(OPENING).map_err(|error| StoreError::Internal(error.to_string()))?;
        let opening = NewStockMovement {
            product: id,
            delta: new.stock.get(),
            reason,
            actor: new.by,
            at: new.created_at,
        };
        record(state, &opening, new.stock)?;
    }
    Ok(product)
}

impl ProductStore for MemoryTx {
    fn insert(&mut self, products: &[NewProduct]) -> Result<Vec<Product>, StoreError> {
        self.writing(|tx| products.iter().map(|new| insert_one(&mut tx.state, new)).collect())
    }

    fn get(&mut self, id: ProductId) -> Result<Option<Product>, StoreError> {
        self.reading(|state| Ok(state.product(id).map(|row| (**row).clone())))
    }

    /// Writers go one after another, so every row is locked from the start.
    fn lock(&mut self, id: ProductId) -> Result<Option<Product>, StoreError> {
        ProductStore::get(self, id)
    }

    fn save(&mut self, product: &mut Product) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let stored = state.product(product.id).ok_or(StoreError::Stale)?;
            if stored.version != product.version {
                return Err(StoreError::Stale);
            }
            let stock = stored.stock;
            check_product(state, product.category)?;
            product.version += 1;
            let row = Arc::new(Product { stock, ..product.clone() });
            Arc::make_mut(&mut state.domains.products.products).insert(product.id, row);
            Ok(())
        })
    }

    fn remove(&mut self, id: ProductId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if state.domains.products.owned.values().any(|row| row.product == id) {
                return Err(StoreError::Missing("owned.product"));
            }
            if state.is_staged(id) {
                return Ok(false);
            }
            Arc::make_mut(&mut state.domains.products.movements).retain(|_, row| row.product != id);
            Ok(Arc::make_mut(&mut state.domains.products.products).remove(&id).is_some())
        })
    }

    fn list(
        &mut self,
        filter: &ProductFilter,
        order: &[SortKey<ProductSort>],
        page: &PageRequest,
    ) -> Result<Page<Product>, StoreError> {
        self.reading(|state| {
            let rows = state.visible_products().filter(|row| filter.matches(row));
            let values =
                |row: &Product| order.iter().map(|key| key.field.sort_value(row)).collect();
            cut(rows, &Order::by(order, &ProductSort::ALL), |row| (values(row), row.id.get()), page)
        })
    }

    fn search(&mut self, filter: &ProductFilter, limit: u32) -> Result<Vec<Product>, StoreError> {
        let Some(query) = &filter.text else { return Ok(Vec::new()) };
        self.reading(|state| {
            let mut found: Vec<&Arc<Product>> =
                state.visible_products().filter(|row| filter.matches(row)).collect();
            found.sort_by_key(|row| (Rank::of(query, &row.name), Reverse(row.id)));
            Ok(found.into_iter().take(limit as usize).map(|row| (**row).clone()).collect())
        })
    }

    fn named(
        &mut self,
        ids: &[ProductId],
    ) -> Result<BTreeMap<ProductId, NamedProduct>, StoreError> {
        self.reading(|state| {
            let named = |id: &ProductId| {
                let product = state.product(*id)?;
                let category =
                    product.category.and_then(|id| state.domains.products.categories.get(&id));
                let named_product = NamedProduct {
                    name: product.name.clone(),
                    category: category.map(|row| row.name.clone()),
                    brand: product.brand.clone(),
                    model: product.model.clone(),
                };
                Some((*id, named_product))
            };
            Ok(ids.iter().filter_map(named).collect())
        })
    }

    fn adjust_stock(&mut self, new: &NewStockMovement) -> Result<Moved, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let Some(row) = state.product(new.product) else { return Ok(Moved::Nowhere) };
            let Ok(balance) = Stock::parse(row.stock.get().saturating_add(new.delta)) else {
                return Ok(Moved::Beyond(row.stock));
            };
            let row = Arc::new(Product { stock: balance, ..(**row).clone() });
            Arc::make_mut(&mut state.domains.products.products).insert(new.product, row);
            record(state, new, balance).map(Moved::Done)
        })
    }

    fn movements(
        &mut self,
        product: ProductId,
        page: &PageRequest,
    ) -> Result<Page<StockMovement>, StoreError> {
        self.reading(|state| {
            let visible = !state.is_staged(product);
            let rows = state
                .domains
                .products
                .movements
                .values()
                .filter(|row| visible && row.product == product);
            let order = Order::fixed(MOVEMENT_ORDER);
            cut(rows, &order, |row| (Vec::new(), row.id.get()), page)
        })
    }
}
