//! What is stored of this domain.

use std::sync::Arc;

use kernel::{Date, OwnedId};
use products::{Category, CategoryId, MovementId, OwnedProduct, Product, ProductId, StockMovement};

use super::staged_imports::StagedRows;
use crate::state::Table;

/// The tables, and the last number that each has given.
#[derive(Clone, Default)]
pub(crate) struct ProductsTables {
    pub(crate) last_category: i64,
    pub(crate) last_product: i64,
    pub(crate) last_movement: i64,
    pub(crate) last_owned: i64,
    pub(crate) categories: Table<CategoryId, Arc<Category>>,
    pub(crate) products: Table<ProductId, Arc<Product>>,
    pub(crate) movements: Table<MovementId, Arc<StockMovement>>,
    /// Imports that are under way, by the first of their products.
    pub(crate) staged_imports: Table<ProductId, StagedRows>,
    pub(crate) owned: Table<OwnedId, Arc<OwnedProduct>>,
    /// The end of a warranty that its owner was told of.
    pub(crate) warned: Table<OwnedId, Date>,
}
