//! The use cases. Each is an asynchronous shell around one synchronous transaction; what is cached
//! is decided here and nowhere else.
//!
//! **What is cached.** Single products by id; the categories as a whole; pages of the public lists
//! and searches. A page is kept under what was asked for *and* the catalogue's generation, a word
//! that is itself kept in the cache and forgotten after every write to the catalogue. Whoever asks
//! next makes a new one, and no page of an older generation is ever looked at again: so pages are
//! exact without anybody knowing which of them a write has changed. Where the cache is shared, that
//! holds for every replica at once; where it is not, another replica's pages live at most as long
//! as its entries do.

mod catalogue;
mod categories;
mod import;
mod owned;
mod stock;

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

use kernel::{Cache, Clock, FieldError, Page, StoreError, UnitOfWork, cache};

pub use self::import::Report;
#[cfg(feature = "kit")]
pub(crate) use self::import::yield_now;
use crate::{
    error::ProductError,
    ports::ProductsTx,
    product::{Category, Product},
    values::{Currency, ProductId},
};

/// The key of the catalogue's generation.
const CACHE_VERSION: &str = "catalogue";
/// The key of the categories.
const CATEGORIES: &str = "categories";

/// Where this room keeps what is read often.
#[derive(Clone)]
pub struct Caches {
    /// Products.
    pub products: Arc<dyn Cache<ProductId, Product>>,
    /// Pages of the public lists, by generation and question.
    pub pages: Arc<dyn Cache<String, Page<Product>>>,
    /// Every category.
    pub categories: Arc<dyn Cache<String, Vec<Category>>>,
    /// The generation of the catalogue.
    pub version: Arc<dyn Cache<String, String>>,
}

/// The use cases of this room.
pub struct Products {
    work: Arc<dyn UnitOfWork<dyn ProductsTx>>,
    clock: Arc<dyn Clock>,
    caches: Caches,
    currency: Currency,
}

impl Products {
    /// Wires the room. `currency` is what prices are in when nothing else is said.
    pub fn new(
        work: Arc<dyn UnitOfWork<dyn ProductsTx>>,
        clock: Arc<dyn Clock>,
        caches: Caches,
        currency: Currency,
    ) -> Self {
        Self { work, clock, caches, currency }
    }

    /// The catalogue's present generation.
    async fn cache_version(&self) -> Result<String, StoreError> {
        let fresh = || async {
            // Never the same twice: by time, and by chance where two processes have one time.
            let chance = RandomState::new().hash_one(CACHE_VERSION);
            Ok(Some(format!("{:x}.{chance:016x}", self.clock.now().micros())))
        };
        let key = CACHE_VERSION.to_owned();
        let found = cache::get_or_load(&*self.caches.version, key, fresh).await?;
        Ok(found.map(|word| (*word).clone()).unwrap_or_default())
    }

    /// After a write to the catalogue, whatever came of it: a failed commit may have happened.
    async fn invalidate(&self, product: Option<ProductId>) {
        if let Some(id) = product {
            self.caches.products.evict(&id).await;
        }
        self.caches.version.evict(&CACHE_VERSION.to_owned()).await;
    }

    /// After a write to the categories.
    async fn invalidate_categories(&self) {
        self.caches.categories.evict(&CATEGORIES.to_owned()).await;
        self.invalidate(None).await;
    }
}

fn invalid(field: &str, code: &'static str, message: impl std::fmt::Display) -> ProductError {
    ProductError::Invalid(vec![FieldError::new(field, code, message)])
}

fn unknown_category() -> ProductError {
    invalid("/category_id", "products.category_unknown", "must be a category that is there")
}

/// A category that vanished between the question and the write is as unknown as before it.
fn refused(error: StoreError) -> ProductError {
    match error {
        StoreError::Missing("products.category") => unknown_category(),
        other => other.into(),
    }
}
