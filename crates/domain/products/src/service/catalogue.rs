//! The catalogue: what anybody sees, and what is done to it.

use std::sync::Arc;

use kernel::{
    Act, ActTarget, Actor, Idempotent, Outcome, Page, PageRequest, Paging, Permission, SortKey,
    StoreError, Timestamp, cache::get_or_load, idempotency, page::order_text,
};

use super::{Products, invalid, refused};
use crate::{
    commands::{CreateProduct, UpdateProduct},
    error::{PRICE_MISSING, ProductError},
    ports::ProductsTx,
    product::{NewProduct, Product},
    query::{ProductFilter, ProductSort},
    tree::Tree,
    values::{CategoryId, ProductId, Status},
};

impl Products {
    /// A product, through the cache, as anybody sees it.
    pub async fn get(&self, id: ProductId) -> Result<Arc<Product>, ProductError> {
        let product = self.cached(id).await?;
        product.filter(|product| product.is_public()).ok_or(ProductError::NotFound(id))
    }

    /// A product, drafts included.
    pub async fn inspect(
        &self,
        actor: &Actor,
        id: ProductId,
    ) -> Result<Arc<Product>, ProductError> {
        actor.require(Permission::CatalogManage)?;
        self.cached(id).await?.ok_or(ProductError::NotFound(id))
    }

    async fn cached(&self, id: ProductId) -> Result<Option<Arc<Product>>, ProductError> {
        let load = || async { self.work.read(move |tx| tx.products().get(id)).await };
        Ok(get_or_load(&*self.caches.products, id, load).await?)
    }

    /// A page of what is active. A category stands for those below it too.
    pub async fn list(
        &self,
        filter: ProductFilter,
        category: Option<CategoryId>,
        order: Vec<SortKey<ProductSort>>,
        page: PageRequest,
    ) -> Result<Arc<Page<Product>>, ProductError> {
        let filter = ProductFilter { status: Some(Status::Active), ..filter };
        let key = format!(
            "{} list {} {} {} {}",
            self.cache_version().await?,
            filter.key(),
            category.map_or(0, CategoryId::get),
            order_text(&order, &ProductSort::ALL),
            page.key(),
        );
        self.cached_page(key, || async {
            let (filter, order, page) = (filter.clone(), order.clone(), page.clone());
            let is_slow = filter.text.is_some();
            let read = move |tx: &mut (dyn ProductsTx + 'static)| {
                page_of(tx, &filter, category, &order, &page)
            };
            if is_slow { self.work.read_slow(read).await } else { self.work.read(read).await }
        })
        .await
    }

    /// The best finds for the `text` of a filter among what is active. A category stands for those below it too.
    pub async fn search(
        &self,
        filter: ProductFilter,
        category: Option<CategoryId>,
        limit: u32,
    ) -> Result<Arc<Page<Product>>, ProductError> {
        let filter = ProductFilter { status: Some(Status::Active), ..filter };
        let key = format!(
            "{} search {} {} {limit}",
            self.cache_version().await?,
            filter.key(),
            category.map_or(0, CategoryId::get),
        );
        self.cached_page(key, || async {
            let filter = filter.clone();
            let items = self
                .work
                .read_slow(move |tx| {
                    let filter = in_category(tx, &filter, category)?;
                    tx.products().search(&filter, limit)
                })
                .await?;
            Ok(Page { items, total: None, next: None })
        })
        .await
    }

    async fn cached_page<F>(
        &self,
        key: String,
        load: impl Fn() -> F + Send + Sync,
    ) -> Result<Arc<Page<Product>>, ProductError>
    where
        F: Future<Output = Result<Page<Product>, StoreError>> + Send,
    {
        let load = || {
            let loading = load();
            async { loading.await.map(Some) }
        };
        let found = get_or_load(&*self.caches.pages, key, load).await?;
        Ok(found.unwrap_or_else(|| Arc::new(Page { items: Vec::new(), total: None, next: None })))
    }

    /// How many products there are, drafts included.
    pub async fn count(&self) -> Result<u64, ProductError> {
        let one = PageRequest { paging: Paging::Number(1), limit: 1 };
        let found = self
            .work
            .read_slow(move |tx| tx.products().list(&ProductFilter::default(), &[], &one))
            .await?;
        Ok(found.total.unwrap_or_default())
    }

    /// A page of everything, drafts included, from the store itself.
    pub async fn list_all(
        &self,
        actor: &Actor,
        filter: ProductFilter,
        category: Option<CategoryId>,
        order: Vec<SortKey<ProductSort>>,
        page: PageRequest,
    ) -> Result<Page<Product>, ProductError> {
        actor.require(Permission::CatalogManage)?;
        // A search goes to the lane for slow reads.
        if filter.text.is_some() {
            self.work.read_slow(move |tx| Ok(page_of(tx, &filter, category, &order, &page)?)).await
        } else {
            self.work.read(move |tx| Ok(page_of(tx, &filter, category, &order, &page)?)).await
        }
    }

    /// Adds a product; what it has at first opens its ledger.
    pub async fn create(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<Product>>,
        command: CreateProduct,
    ) -> Result<Outcome<Product>, ProductError> {
        actor.require(Permission::CatalogManage)?;
        let now = self.clock.now();
        let actor = actor.clone();
        let new = NewProduct::from_command(&command, self.currency, Some(actor.user), now);
        if !new.is_priced_or_draft() {
            return Err(price_missing());
        }
        let made = self
            .work
            .write(move |tx| {
                idempotency::run_once(tx, idempotent.as_ref(), now, |tx| {
                    let made = tx.products().insert(std::slice::from_ref(&new)).map_err(refused)?;
                    let made = made.into_iter().next();
                    let made =
                        made.ok_or_else(|| StoreError::Internal("a product was lost".to_owned()))?;
                    record(tx, &actor, now, "product.created", made.id)?;
                    Ok::<_, ProductError>(made)
                })
            })
            .await;
        self.invalidate(None).await;
        made
    }

    /// Changes some fields, only at version `expected` when that is said. A change that changes
    /// nothing is no change.
    pub async fn update(
        &self,
        actor: &Actor,
        id: ProductId,
        expected: Option<i64>,
        update: UpdateProduct,
    ) -> Result<Product, ProductError> {
        actor.require(Permission::CatalogManage)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let changed = self
            .work
            .write(move |tx| {
                let mut product = locked(tx, id, expected)?;
                if product.update(&update, now) {
                    if !product.is_priced_or_draft() {
                        return Err(price_missing());
                    }
                    tx.products().save(&mut product).map_err(refused)?;
                    record(tx, &actor, now, "product.updated", id)?;
                }
                Ok(product)
            })
            .await;
        self.invalidate(Some(id)).await;
        changed
    }

    /// Removes a product and its ledger for good, unless somebody owns one.
    pub async fn remove(
        &self,
        actor: &Actor,
        id: ProductId,
        expected: Option<i64>,
    ) -> Result<(), ProductError> {
        actor.require(Permission::CatalogManage)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let removed = self
            .work
            .write(move |tx| {
                locked(tx, id, expected)?;
                if tx.owned().is_owned(id)? {
                    return Err(ProductError::InUse);
                }
                tx.products().remove(id)?;
                Ok(record(tx, &actor, now, "product.deleted", id)?)
            })
            .await;
        self.invalidate(Some(id)).await;
        removed
    }
}

/// Records in the audit log what a caller did to a product. The catalogue has no owner.
fn record(
    tx: &mut dyn ProductsTx,
    actor: &Actor,
    now: Timestamp,
    action: &'static str,
    id: ProductId,
) -> Result<(), StoreError> {
    let target = ActTarget::numbered("product", id.get());
    tx.acts().record_act(&Act::by(actor, now, action, target))
}

fn price_missing() -> ProductError {
    invalid("/price", PRICE_MISSING.0, PRICE_MISSING.1)
}

fn locked(
    tx: &mut dyn ProductsTx,
    id: ProductId,
    expected: Option<i64>,
) -> Result<Product, ProductError> {
    let product = tx.products().lock(id)?.ok_or(ProductError::NotFound(id))?;
    match expected {
        Some(version) if version != product.version => Err(ProductError::Stale(Box::new(product))),
        _ => Ok(product),
    }
}

fn page_of(
    tx: &mut dyn ProductsTx,
    filter: &ProductFilter,
    category: Option<CategoryId>,
    order: &[SortKey<ProductSort>],
    page: &PageRequest,
) -> Result<Page<Product>, StoreError> {
    let filter = in_category(tx, filter, category)?;
    tx.products().list(&filter, order, page)
}

/// The filter, within this category and those below it.
fn in_category(
    tx: &mut dyn ProductsTx,
    filter: &ProductFilter,
    category: Option<CategoryId>,
) -> Result<ProductFilter, StoreError> {
    let categories = match category {
        Some(id) => Some(Tree::of(&tx.categories().all()?).below(id)),
        None => filter.categories.clone(),
    };
    Ok(ProductFilter { categories, ..filter.clone() })
}
