//! Staging: new products are written in short units of work, and the next one is queued only after
//! the one before it has committed. So another writer waits for one unit of an import at most.

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use kernel::StoreError;

use super::{
    Origin, Products,
    checks::{Plan, check},
};
use crate::{
    commands::{Import, ImportAction},
    error::ProductError,
    product::{NewProduct, StagedImport},
    values::CategoryId,
};

/// The most products that one unit of work writes or removes. They take 3 to 5 ms of the writer in a
/// release build.
const UNIT_ROWS: usize = 100;
/// The most bytes of text that one unit of work writes, unless a single product has more.
const UNIT_BYTES: usize = 64 << 10;
/// How long an import may write nothing before its rows count as abandoned.
const LEASE: Duration = Duration::from_secs(60);
/// How long an import may take in all.
const TIME_MAX: Duration = Duration::from_secs(600);

/// `Stale` means that the import does not belong to this process any more.
pub(super) fn abandoned(error: StoreError) -> ProductError {
    match error {
        StoreError::Stale => ProductError::ImportAbandoned,
        other => other.into(),
    }
}

impl Products {
    pub(super) async fn reserve(&self, rows: u64) -> Result<StagedImport, ProductError> {
        let until = self.clock.now().plus(LEASE);
        self.work.write(move |tx| Ok(tx.staged_imports().reserve(rows, until)?)).await
    }

    /// Writes every new product of the file where no reader sees it.
    pub(super) async fn stage(
        &self,
        staged: StagedImport,
        import: &Arc<Import>,
        plan: &Plan,
        origin: Origin,
    ) -> Result<(), ProductError> {
        let mut written = 0;
        while let Some(rest) = plan.creates.get(written..).filter(|rest| !rest.is_empty()) {
            let now = self.clock.now();
            if now > origin.now.plus(TIME_MAX) {
                return Err(ProductError::ImportAbandoned);
            }
            let unit = next_unit(import, rest, origin);
            if unit.is_empty() {
                return Err(
                    StoreError::Internal("a row was planned and is not there".into()).into()
                );
            }
            let (count, offset, until) = (unit.len(), written as u64, now.plus(LEASE));
            let written_unit = self
                .work
                .write(move |tx| tx.staged_imports().stage(&staged, offset, &unit, until))
                .await;
            match written_unit {
                Ok(()) => written += count,
                Err(StoreError::Missing("products.category")) => {
                    return Err(self.category_gone(import, origin).await);
                }
                Err(error) => return Err(abandoned(error)),
            }
            yield_now().await;
        }
        Ok(())
    }

    /// A category was removed since the file was checked: the answer names the rows that are in it.
    async fn category_gone(&self, import: &Arc<Import>, origin: Origin) -> ProductError {
        let import = Arc::clone(import);
        let checked = self
            .work
            .read_slow(move |tx| {
                let report = check(tx, &import, origin.now)?.report;
                Err::<(), _>(match report.failed {
                    0 => ProductError::ImportAbandoned,
                    _ => report.refusal(&import),
                })
            })
            .await;
        checked.err().unwrap_or(ProductError::ImportAbandoned)
    }

    /// Removes what an import has staged, in short units of work, too; returns how many products.
    pub(super) async fn discard(&self, staged: StagedImport) -> Result<u64, StoreError> {
        let limit = UNIT_ROWS as u32;
        let mut removed = 0;
        loop {
            let until = self.clock.now().plus(LEASE);
            let count: u64 = self
                .work
                .write(move |tx| tx.staged_imports().discard(&staged, limit, until))
                .await?;
            removed += count;
            if count < limit.into() {
                return Ok(removed);
            }
        }
    }

    /// Removes what imports have left whose process died; returns how many products.
    pub async fn discard_abandoned_imports(&self) -> Result<u64, ProductError> {
        let mut removed = 0;
        loop {
            let now = self.clock.now();
            let until = now.plus(LEASE);
            let claimed: Result<_, StoreError> =
                self.work.write(move |tx| tx.staged_imports().claim_abandoned(now, until)).await;
            let Some(staged) = claimed? else { return Ok(removed) };
            removed += self.discard(staged).await?;
        }
    }
}

/// Lets the other futures of this task go on, also on a store that never makes its caller wait.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The products of the next unit of work, one at least.
fn next_unit(
    import: &Import,
    rest: &[(usize, Option<CategoryId>)],
    origin: Origin,
) -> Vec<NewProduct> {
    let mut unit = Vec::new();
    let mut bytes = 0;
    for (at, category) in rest.iter().take(UNIT_ROWS) {
        let row = import.rows.get(*at);
        let Some(ImportAction::Create(command)) = row.map(|row| &row.action) else { break };
        let (by, now) = (Some(origin.by), origin.now);
        let product = NewProduct::from_command(command, origin.currency, by, now);
        bytes += text_bytes(&product);
        if bytes > UNIT_BYTES && !unit.is_empty() {
            break;
        }
        unit.push(NewProduct { category: *category, ..product });
    }
    unit
}

fn text_bytes(product: &NewProduct) -> usize {
    [
        product.name.as_str(),
        product.brand.as_str(),
        product.model.as_str(),
        product.description.as_str(),
        product.warranty_conditions.as_str(),
        product.specifications.as_str(),
    ]
    .iter()
    .map(|text| text.len())
    .sum()
}
