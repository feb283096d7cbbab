//! Products out of a file: all that are to be taken and the record of the request, or neither, and
//! no reader ever sees a part of them.
//!
//! 1. The whole file is checked before anything is written.
//! 2. New products are *staged* in units of work so short that other writers get their turn in
//!    between ([`staging`]). Readers leave them out.
//! 3. One unit publishes them, changes what the file changes, and records the request. Its cost does
//!    not grow with the number of new products, and changes are bounded by `IMPORT_CHANGES_MAX`.
//!
//! A process that dies before step 3 leaves staged products behind, which a chore removes.

mod checks;
mod staging;

use std::sync::Arc;

use kernel::{
    Act, ActTarget, Actor, Idempotent, Outcome, Permission, StoreError, Timestamp, UserId,
    idempotency,
};

use self::checks::{KnownCategories, Plan, check, fault, revise};
#[cfg(feature = "kit")]
pub(crate) use self::staging::yield_now;
use super::{Products, refused};
use crate::{
    commands::{Import, ImportAction, ImportMode, RowError, UpdateProduct},
    error::ProductError,
    ports::ProductsTx,
    product::{NewStockMovement, StagedImport},
    values::{Currency, ProductId, Reason, Stock},
};

/// What came of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Products that were made.
    pub imported: u64,
    /// Products that were changed, or are as the file says already.
    pub updated: u64,
    /// Rows with faults.
    pub failed: u64,
    /// What is wrong with them, by row, at most [`crate::commands::IMPORT_FAULTS_MAX`].
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
        if let Some(idempotent) = &idempotent
            && let Some(answer) = self.answered(idempotent, now).await?
        {
            return Ok(Outcome::Replayed(answer));
        }
        let import = Arc::new(import);
        let plan = Arc::new(self.checked(&import, origin).await?);
        let staged = match plan.creates.len() {
            0 => None,
            rows => Some(self.reserve(rows as u64).await?),
        };
        let outcome = self.take(actor, staged, idempotent, &import, &plan, origin).await;
        if let Some(staged) = staged
            && !matches!(outcome, Ok(Outcome::Executed(_)))
        {
            // What cannot be removed now stays invisible, and the chore removes it later. `Stale`
            // says that the rows were published after all: the answer was lost, not the commit.
            let _ = self.discard(staged).await;
        }
        for (row, _) in &plan.changes {
            if let Some(ImportAction::Update { id, .. }) =
                import.rows.get(*row).map(|row| &row.action)
            {
                self.caches.products.evict(id).await;
            }
        }
        self.invalidate(None).await;
        outcome
    }

    /// The kept answer of a request that took effect before. Asked first, so that a repeated file is
    /// not staged in vain; the unit that publishes asks again.
    async fn answered(
        &self,
        idempotent: &Idempotent<Report>,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, ProductError> {
        /// Every end of the unit rolls it back, so that the key stays free.
        enum End {
            Free,
            Answered(Vec<u8>),
            Failed(ProductError),
        }
        impl From<StoreError> for End {
            fn from(error: StoreError) -> Self {
                Self::Failed(error.into())
            }
        }
        let key = idempotent.key.clone();
        let asked = self
            .work
            .write(move |tx| {
                Err::<(), _>(match tx.idempotency().begin(&key, now)? {
                    None => End::Free,
                    Some(kept) if kept.fingerprint == key.fingerprint => End::Answered(kept.answer),
                    Some(_) => End::Failed(ProductError::KeyReused),
                })
            })
            .await;
        match asked {
            Ok(()) | Err(End::Free) => Ok(None),
            Err(End::Answered(answer)) => Ok(Some(answer)),
            Err(End::Failed(error)) => Err(error),
        }
    }

    /// What is to be done, after the whole file was checked.
    async fn checked(&self, import: &Arc<Import>, origin: Origin) -> Result<Plan, ProductError> {
        let import = Arc::clone(import);
        self.work.read_slow(move |tx| check(tx, &import, origin.now)).await
    }

    async fn take(
        &self,
        actor: &Actor,
        staged: Option<StagedImport>,
        idempotent: Option<Idempotent<Report>>,
        import: &Arc<Import>,
        plan: &Arc<Plan>,
        origin: Origin,
    ) -> Result<Outcome<Report>, ProductError> {
        if let Some(staged) = staged {
            self.stage(staged, import, plan, origin).await?;
        }
        let (import, plan, now) = (Arc::clone(import), Arc::clone(plan), origin.now);
        let actor = actor.clone();
        self.work
            .write(move |tx| {
                idempotency::run_once(tx, idempotent.as_ref(), now, |tx| {
                    let report = publish(tx, staged, &import, &plan, origin)?;
                    let act = Act::by(&actor, now, "products.imported", ActTarget::all("product"));
                    let (created, updated) = (plan.creates.len(), plan.changes.len());
                    let told = format!("{created} created, {updated} updated");
                    tx.acts().record_act(&act.with_detail(told))?;
                    Ok::<_, ProductError>(report)
                })
            })
            .await
    }
}

/// Makes the staged products visible and changes what the file changes.
fn publish(
    tx: &mut dyn ProductsTx,
    staged: Option<StagedImport>,
    import: &Import,
    plan: &Plan,
    origin: Origin,
) -> Result<Report, ProductError> {
    let mut report = plan.report.clone();
    if let Some(staged) = staged {
        tx.staged_imports().publish(&staged).map_err(staging::abandoned)?;
        report.imported = staged.rows;
    }
    if !plan.changes.is_empty() {
        // Read again, because a category may have gone since the file was checked.
        let categories = KnownCategories::read(tx)?;
        for row in plan.changes.iter().filter_map(|(row, _)| import.rows.get(*row)) {
            let ImportAction::Update { id, update, stock } = &row.action else { continue };
            let category = match categories.of(row) {
                Ok(category) => category,
                Err((column, why)) => {
                    report.fail(fault(row.row, column, why));
                    continue;
                }
            };
            let update = checks::in_category(update, category);
            match change(tx, *id, &update, *stock, origin)? {
                Ok(()) => report.updated += 1,
                Err((column, why)) => report.fail(fault(row.row, column, why)),
            }
        }
    }
    report.checked(import)
}

/// Changes a product as a row asks. A row that cannot be taken changes nothing.
fn change(
    tx: &mut dyn ProductsTx,
    id: ProductId,
    update: &UpdateProduct,
    stock: Option<Stock>,
    origin: Origin,
) -> Result<Result<(), checks::ColumnError>, ProductError> {
    let Some(mut product) = tx.products().lock(id)? else {
        return Ok(Err(("id", checks::PRODUCT_UNKNOWN)));
    };
    match revise(&mut product, update, origin.now) {
        Ok(true) => tx.products().save(&mut product).map_err(refused)?,
        Ok(false) => {}
        Err(fault) => return Ok(Err(fault)),
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

impl Report {
    fn fail(&mut self, fault: RowError) {
        self.failed += 1;
        if self.faults.len() < crate::commands::IMPORT_FAULTS_MAX {
            self.faults.push(fault);
        }
    }

    /// The report with its faults by row, or the refusal of the whole file.
    fn checked(mut self, import: &Import) -> Result<Self, ProductError> {
        self.faults.sort_by_key(|fault| fault.row);
        if import.mode == ImportMode::All && self.failed > 0 {
            return Err(self.refusal(import));
        }
        Ok(self)
    }
}
