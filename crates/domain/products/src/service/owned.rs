//! What people own. It is its owner's alone: to everybody else it is not there.

use std::sync::Arc;

use kernel::{
    Actor, Chore, Cursor, Date, Delivery, Idempotent, Outcome, OwnedId, Page, PageRequest, Paging,
    Permission, Runs, SortKey, StoreError, UserId, idempotency, page::Direction,
};

use super::{Products, invalid};
use crate::{
    commands::{CreateOwnedProduct, UpdateOwnedProduct},
    error::ProductError,
    events,
    owned::{EXPIRING_DAYS, NewOwnedProduct, OwnedProduct, OwnedProductView},
    ports::ProductsTx,
    query::{OwnedProductFilter, OwnedProductSort},
    values::ProductId,
};

/// Rows of one page of an export.
const EXPORT_PAGE: u32 = 200;
/// Warranties that one transaction tells of.
const WARN_BATCH: u32 = 200;
/// When ending warranties are looked for.
const WARN: Runs = Runs::at("2-59/5 * * * *");
/// When abandoned imports are looked for.
const DISCARD: Runs = Runs::at("3-59/5 * * * *");

impl Products {
    /// Recurring maintenance of this domain.
    pub fn chores(self: &Arc<Self>) -> Vec<Chore> {
        let warn = |products: Arc<Self>| async move { products.warn_of_warranties().await };
        let discard =
            |products: Arc<Self>| async move { products.discard_abandoned_imports().await };
        vec![
            Chore::of(self, "products.warn_of_warranties", WARN, warn),
            Chore::of(self, "products.discard_imports", DISCARD, discard),
        ]
    }

    /// Enters something the caller owns.
    pub async fn own(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<OwnedProductView>>,
        command: CreateOwnedProduct,
    ) -> Result<Outcome<OwnedProductView>, ProductError> {
        actor.require(Permission::ProductsWrite)?;
        let (owner, now) = (actor.user, self.clock.now());
        self.work
            .write(move |tx| {
                idempotency::run_once(tx, idempotent.as_ref(), now, |tx| {
                    let product = tx.products().get(command.product)?;
                    let product =
                        product.filter(|product| product.is_public()).ok_or_else(unknown)?;
                    let new = NewOwnedProduct::from_command(&command, &product, owner, now);
                    if let Some(bought) = new.warranty().ends_before_purchase() {
                        return Err(warranty_too_early(bought));
                    }
                    let owned = tx.owned().insert(&new).map_err(refused)?;
                    view(tx, owned, now.date())
                })
            })
            .await
    }

    /// Something of the caller's.
    pub async fn owned(
        &self,
        actor: &Actor,
        id: OwnedId,
    ) -> Result<OwnedProductView, ProductError> {
        actor.require(Permission::ProductsRead)?;
        let (owner, today) = (actor.user, self.clock.now().date());
        self.work
            .read(move |tx| {
                let owned = tx.owned().get(owner, id)?;
                view(tx, owned.ok_or(ProductError::OwnedNotFound(id))?, today)
            })
            .await
    }

    /// A page of the caller's things; whose and on which day is ours to say.
    pub async fn owned_list(
        &self,
        actor: &Actor,
        filter: OwnedProductFilter,
        order: Vec<SortKey<OwnedProductSort>>,
        page: PageRequest,
    ) -> Result<Page<OwnedProductView>, ProductError> {
        actor.require(Permission::ProductsRead)?;
        let today = self.clock.now().date();
        let filter = OwnedProductFilter { owner: actor.user, today, ..filter };
        self.work
            .read(move |tx| {
                let page = tx.owned().list(&filter, &order, &page)?;
                let Page { items, total, next } = page;
                Ok(Page { items: views(tx, items, today)?, total, next })
            })
            .await
    }

    /// One page of everything the caller owns, for an export; whoever exports follows the cursor.
    pub async fn export_owned(
        &self,
        actor: &Actor,
        cursor: Option<Cursor>,
    ) -> Result<Page<OwnedProductView>, ProductError> {
        actor.require(Permission::ProductsRead)?;
        let today = self.clock.now().date();
        let filter = OwnedProductFilter::all(actor.user, today);
        let by_id = SortKey { field: OwnedProductSort::Id, direction: Direction::Ascending };
        let page = PageRequest { paging: Paging::Cursor(cursor), limit: EXPORT_PAGE };
        self.work
            .read_slow(move |tx| {
                let page = tx.owned().list(&filter, &[by_id], &page)?;
                let Page { items, total, next } = page;
                Ok(Page { items: views(tx, items, today)?, total, next })
            })
            .await
    }

    /// Changes some fields, only at version `expected` when that is said.
    pub async fn update_owned(
        &self,
        actor: &Actor,
        id: OwnedId,
        expected: Option<i64>,
        update: UpdateOwnedProduct,
    ) -> Result<OwnedProductView, ProductError> {
        actor.require(Permission::ProductsWrite)?;
        let (owner, now) = (actor.user, self.clock.now());
        self.work
            .write(move |tx| {
                let mut owned = locked(tx, owner, id, expected, now.date())?;
                let before = owned.warranty();
                if owned.update(&update, now) {
                    let warranty = owned.warranty();
                    if let Some(bought) = warranty.ends_before_purchase()
                        && warranty != before
                    {
                        return Err(if update.warranty_expires.is_keep() {
                            bought_too_late()
                        } else {
                            warranty_too_early(bought)
                        });
                    }
                    tx.owned().save(&mut owned).map_err(refused)?;
                }
                view(tx, owned, now.date())
            })
            .await
    }

    /// Takes something off the caller's list.
    pub async fn disown(
        &self,
        actor: &Actor,
        id: OwnedId,
        expected: Option<i64>,
    ) -> Result<(), ProductError> {
        actor.require(Permission::ProductsWrite)?;
        let (owner, today) = (actor.user, self.clock.now().date());
        self.work
            .write(move |tx| {
                // Whoever attaches a file waits for this lock, and we for theirs.
                locked(tx, owner, id, expected, today)?;
                if let Some(counts) = tx.attached_files().counts(&[id])?.get(&id) {
                    return Err(ProductError::FilesAttached(counts.files));
                }
                tx.owned().remove(owner, id)?;
                Ok(())
            })
            .await
    }

    /// Tells owners of warranties that end within 30 days, once of each end; gives how many.
    pub async fn warn_of_warranties(&self) -> Result<u64, ProductError> {
        let mut told = 0;
        loop {
            let now = self.clock.now();
            let (from, to) = (now.date(), now.date().offset(EXPIRING_DAYS));
            let batch = self
                .work
                .write(move |tx| {
                    let due = tx.owned().due(from, to, WARN_BATCH)?;
                    let views = views(tx, due, from)?;
                    for OwnedProductView { owned, named_product, .. } in &views {
                        let Some(last) = owned.warranty_expires else { continue };
                        let event = events::warranty_expiring(owned, named_product, last, now);
                        tx.outbox().append(&event)?;
                        tx.owned().warned(owned.id, last)?;
                    }
                    Ok::<_, ProductError>(views.len() as u64)
                })
                .await?;
            told += batch;
            if batch < u64::from(WARN_BATCH) {
                return Ok(told);
            }
        }
    }

    /// Removes everything that a person owned, exactly once: a second delivery of the event fails
    /// with `Stale` and changes nothing.
    pub async fn forget_user(
        &self,
        delivery: &Delivery,
        user: UserId,
    ) -> Result<u64, ProductError> {
        let delivery = delivery.clone();
        self.work
            .write(move |tx| {
                delivery.complete(tx)?;
                Ok(tx.owned().forget(user)?)
            })
            .await
    }
}

fn locked(
    tx: &mut dyn ProductsTx,
    owner: UserId,
    id: OwnedId,
    expected: Option<i64>,
    today: Date,
) -> Result<OwnedProduct, ProductError> {
    let owned = tx.owned().lock(owner, id)?.ok_or(ProductError::OwnedNotFound(id))?;
    match expected {
        Some(version) if version != owned.version => {
            Err(ProductError::OwnedStale(Box::new(view(tx, owned, today)?)))
        }
        _ => Ok(owned),
    }
}

fn view(
    tx: &mut dyn ProductsTx,
    owned: OwnedProduct,
    today: Date,
) -> Result<OwnedProductView, ProductError> {
    let id = owned.id.get();
    let mut found = views(tx, vec![owned], today)?;
    found.pop().ok_or_else(|| {
        StoreError::Corrupt { table: "user_products", column: "product_id", id }.into()
    })
}

fn views(
    tx: &mut dyn ProductsTx,
    all: Vec<OwnedProduct>,
    today: Date,
) -> Result<Vec<OwnedProductView>, ProductError> {
    let mut ids: Vec<ProductId> = all.iter().map(|owned| owned.product).collect();
    ids.sort_unstable();
    ids.dedup();
    let named_products = tx.products().named(&ids)?;
    let things: Vec<OwnedId> = all.iter().map(|owned| owned.id).collect();
    let counts = tx.attached_files().counts(&things)?;
    let named = |owned: OwnedProduct| {
        let named_product = named_products.get(&owned.product)?.clone();
        let under_warranty = owned.is_under_warranty(today);
        let files = counts.get(&owned.id).copied().unwrap_or_default();
        Some(OwnedProductView { owned, named_product, under_warranty, files })
    };
    Ok(all.into_iter().filter_map(named).collect())
}

fn unknown() -> ProductError {
    invalid("/product_id", "products.product_unknown", "must be a product of the catalogue")
}

/// The code of a warranty that ends before its purchase, whichever of the two was sent.
const WARRANTY_BEFORE_PURCHASE: &str = "products.warranty_before_purchase";

fn warranty_too_early(bought: Date) -> ProductError {
    let message = format!("must not be before the purchase ({bought})");
    invalid("/warranty_expires", WARRANTY_BEFORE_PURCHASE, message)
}

fn bought_too_late() -> ProductError {
    let message = "must not be after the end of the warranty";
    invalid("/purchase_date", WARRANTY_BEFORE_PURCHASE, message)
}

fn refused(error: StoreError) -> ProductError {
    match error {
        StoreError::Missing("owned.product") => unknown(),
        StoreError::Duplicate("owned.serial") => ProductError::SerialTaken,
        other => other.into(),
    }
}
