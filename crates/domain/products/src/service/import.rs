//! Products out of a file: one transaction, whatever the mode, so that after a crash there are all
//! that were to be taken and the record of the request, or neither.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use kernel::{
    Actor, FieldError, Idempotent, Outcome, Patch, Permission, StoreError, Timestamp, UserId,
    idempotency,
};

use super::{Products, refused};
use crate::{
    commands::{
        IMPORT_FAULTS_MAX, Import, ImportAction, ImportMode, ImportRow, RowError, UpdateProduct,
    },
    error::{PRICE_MISSING, ProductError},
    ports::ProductsTx,
    product::{NewProduct, NewStockMovement},
    values::{CategoryId, Currency, ProductId, Reason, Slug, Stock},
};

/// Rows that are written by one statement.
const BATCH: usize = 200;

/// What came of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Products that were made.
    pub imported: u64,
    /// Products that were changed, or are as the file says already.
    pub updated: u64,
    /// Rows with faults.
    pub failed: u64,
    /// What is wrong with them, by row, at most [`IMPORT_FAULTS_MAX`].
    pub faults: Vec<RowError>,
}

/// What all rows have in common.
#[derive(Clone, Copy)]
struct Origin {
    currency: Currency,
    by: UserId,
    now: Timestamp,
}

impl Products {
    /// Takes the rows of a file.
    pub async fn import(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<Report>>,
        import: Import,
    ) -> Result<Outcome<Report>, ProductError> {
        actor.require(Permission::CatalogManage)?;
        let now = self.clock.now();
        let origin = Origin { currency: self.currency, by: actor.user, now };
        let import = Arc::new(import);
        let rows = Arc::clone(&import);
        let taken = self
            .work
            .write(move |tx| {
                idempotency::run_once(tx, idempotent.as_ref(), now, |tx| take(tx, &import, origin))
            })
            .await;
        for row in &rows.rows {
            if let ImportAction::Update { id, .. } = row.action {
                self.caches.products.evict(&id).await;
            }
        }
        self.invalidate(None).await;
        taken
    }
}

/// What stands for the categories of a file.
struct Shelves {
    ids: BTreeSet<CategoryId>,
    slugs: BTreeMap<Slug, CategoryId>,
}

impl Shelves {
    fn read(tx: &mut dyn ProductsTx) -> Result<Self, StoreError> {
        let all = tx.categories().all()?;
        let slugs = all.iter().map(|one| (one.slug.clone(), one.id)).collect();
        Ok(Self { ids: all.iter().map(|one| one.id).collect(), slugs })
    }

    /// The category of a row, or the column that names none.
    fn of(&self, row: &ImportRow) -> Result<Option<CategoryId>, &'static str> {
        if let Some(slug) = &row.category_slug {
            return self.slugs.get(slug).copied().map(Some).ok_or("category_slug");
        }
        let said = match &row.action {
            ImportAction::Create(command) => command.category,
            ImportAction::Update { update, .. } => match update.category {
                Patch::Set(id) => Some(id),
                Patch::Keep | Patch::Clear => None,
            },
        };
        match said {
            Some(id) if !self.ids.contains(&id) => Err("category_id"),
            said => Ok(said),
        }
    }
}

fn fault(row: u64, column: &'static str, (code, message): (&'static str, &str)) -> RowError {
    RowError { row, column, code, message: message.to_owned() }
}

const CATEGORY_UNKNOWN: (&str, &str) =
    ("products.category_unknown", "must be a category that is there");
const PRODUCT_UNKNOWN: (&str, &str) =
    ("products.import_product_unknown", "must be a product that is there, or empty for a new one");

fn take(tx: &mut dyn ProductsTx, import: &Import, origin: Origin) -> Result<Report, ProductError> {
    let pages = Shelves::read(tx)?;
    let mut report =
        Report { imported: 0, updated: 0, failed: import.failed, faults: import.faults.clone() };
    let fail = |report: &mut Report, fault: RowError| {
        report.failed += 1;
        if report.faults.len() < IMPORT_FAULTS_MAX {
            report.faults.push(fault);
        }
    };
    let mut new = Vec::new();
    for row in &import.rows {
        let category = match pages.of(row) {
            Ok(category) => category,
            Err(column) => {
                fail(&mut report, fault(row.row, column, CATEGORY_UNKNOWN));
                continue;
            }
        };
        match &row.action {
            ImportAction::Create(command) => {
                let (by, now) = (Some(origin.by), origin.now);
                let product = NewProduct::from_command(command, origin.currency, by, now);
                new.push(NewProduct { category, ..product });
            }
            ImportAction::Update { id, update, stock } => {
                let update = match category {
                    Some(category) => {
                        UpdateProduct { category: Patch::Set(category), ..(**update).clone() }
                    }
                    None => (**update).clone(),
                };
                match change(tx, *id, &update, *stock, origin)? {
                    Ok(()) => report.updated += 1,
                    Err((column, why)) => fail(&mut report, fault(row.row, column, why)),
                }
            }
        }
    }
    report.faults.sort_by_key(|fault| fault.row);
    if import.mode == ImportMode::All && report.failed > 0 {
        let rows = import.failed + import.rows.len() as u64;
        return Err(refusal(report, rows));
    }
    for batch in new.chunks(BATCH) {
        tx.products().insert(batch).map_err(refused)?;
        report.imported += batch.len() as u64;
    }
    Ok(report)
}

/// Changes a product as a row asks. A row that cannot be taken changes nothing.
#[expect(clippy::type_complexity, reason = "a fault is no failure of the unit")]
fn change(
    tx: &mut dyn ProductsTx,
    id: ProductId,
    update: &UpdateProduct,
    stock: Option<Stock>,
    origin: Origin,
) -> Result<Result<(), (&'static str, (&'static str, &'static str))>, ProductError> {
    let Some(mut product) = tx.products().lock(id)? else {
        return Ok(Err(("id", PRODUCT_UNKNOWN)));
    };
    if product.update(update, origin.now) {
        if !product.is_priced_or_draft() {
            return Ok(Err(("price", PRICE_MISSING)));
        }
        tx.products().save(&mut product).map_err(refused)?;
    }
    let delta = stock.map_or(0, |stock| stock.get() - product.stock.get());
    if delta != 0 {
        let reason =
            Reason::parse("import").map_err(|error| StoreError::Internal(error.to_string()))?;
        let (actor, at) = (Some(origin.by), origin.now);
        tx.products().adjust_stock(&NewStockMovement { product: id, delta, reason, actor, at })?;
    }
    Ok(Ok(()))
}

fn refusal(report: Report, rows: u64) -> ProductError {
    let field = |fault: RowError| {
        let column = if fault.column.is_empty() { "" } else { "/" };
        let pointer = format!("/rows/{}{column}{}", fault.row, fault.column);
        FieldError::new(pointer, fault.code, fault.message)
    };
    let fields = report.faults.into_iter().map(field).collect();
    ProductError::ImportRefused { failed: report.failed, rows, fields }
}
