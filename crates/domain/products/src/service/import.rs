//! Products out of a file: one transaction, whatever the mode, so that after a crash there are all
//! that were to be taken and the record of the request, or neither.

use std::{collections::BTreeSet, sync::Arc};

use kernel::{Actor, FieldFault, Once, Permission, Settled, Timestamp, UserId, once};

use super::{Products, refused};
use crate::{
    commands::{IMPORT_FAULTS_MAX, Import, ImportMode, ImportRow, RowFault},
    error::ProductError,
    ports::ProductsTx,
    product::NewProduct,
    values::{CategoryId, Currency},
};

/// Rows that are written by one statement.
const BATCH: usize = 200;

/// What came of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Products that were made.
    pub imported: u64,
    /// Rows with faults.
    pub failed: u64,
    /// What is wrong with them, by row, at most [`IMPORT_FAULTS_MAX`].
    pub faults: Vec<RowFault>,
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
        once: Option<Once<Report>>,
        import: Import,
    ) -> Result<Settled<Report>, ProductError> {
        actor.require(Permission::CatalogManage)?;
        let now = self.clock.now();
        let origin = Origin { currency: self.currency, by: actor.user, now };
        let import = Arc::new(import);
        let taken = self
            .work
            .write(move |tx| once::settle(tx, once.as_ref(), now, |tx| take(tx, &import, origin)))
            .await;
        self.outdate(None).await;
        taken
    }
}

fn take(tx: &mut dyn ProductsTx, import: &Import, origin: Origin) -> Result<Report, ProductError> {
    let known: BTreeSet<CategoryId> = tx.categories().all()?.iter().map(|one| one.id).collect();
    let placed = |row: &&ImportRow| row.command.category.is_none_or(|id| known.contains(&id));
    let lost = import.rows.iter().filter(|row| !placed(row));
    let mut report = Report { imported: 0, failed: import.failed, faults: import.faults.clone() };
    for row in lost {
        report.failed += 1;
        if report.faults.len() < IMPORT_FAULTS_MAX {
            report.faults.push(RowFault {
                row: row.row,
                column: "category_id",
                code: "products.category_unknown",
                message: "must be a category that is there".to_owned(),
            });
        }
    }
    report.faults.sort_by_key(|fault| fault.row);
    if import.mode == ImportMode::All && report.failed > 0 {
        let rows = import.failed + import.rows.len() as u64;
        return Err(refusal(report, rows));
    }
    let mut batch = Vec::with_capacity(BATCH);
    for row in import.rows.iter().filter(placed) {
        let (by, now) = (Some(origin.by), origin.now);
        batch.push(NewProduct::from_command(&row.command, origin.currency, by, now));
        if batch.len() == BATCH {
            tx.products().insert(&batch).map_err(refused)?;
            batch.clear();
        }
        report.imported += 1;
    }
    if !batch.is_empty() {
        tx.products().insert(&batch).map_err(refused)?;
    }
    Ok(report)
}

fn refusal(report: Report, rows: u64) -> ProductError {
    let field = |fault: RowFault| {
        let column = if fault.column.is_empty() { "" } else { "/" };
        let pointer = format!("/rows/{}{column}{}", fault.row, fault.column);
        FieldFault::new(pointer, fault.code, fault.message)
    };
    let fields = report.faults.into_iter().map(field).collect();
    ProductError::ImportRefused { failed: report.failed, rows, fields }
}
