//! What is wrong with the rows of a file, apart from what could not be read.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{FieldError, Patch, StoreError, Timestamp};

use super::Report;
use crate::{
    commands::{
        IMPORT_CHANGES_BYTES_MAX, IMPORT_CHANGES_MAX, Import, ImportAction, ImportMode, ImportRow,
        RowError, UpdateProduct,
    },
    error::{PRICE_MISSING, ProductError},
    ports::ProductsTx,
    product::Product,
    values::{CategoryId, ProductId, Slug},
};

/// A code and a message.
type Why = (&'static str, &'static str);
/// A column and what is wrong there.
pub(super) type ColumnError = (&'static str, Why);

const CATEGORY_UNKNOWN: Why = ("products.category_unknown", "must be a category that is there");
pub(super) const PRODUCT_UNKNOWN: Why =
    ("products.import_product_unknown", "must be a product that is there, or empty for a new one");

pub(super) fn fault(row: u64, column: &'static str, (code, message): Why) -> RowError {
    RowError { row, column, code, message: message.to_owned() }
}

/// What is to be done: positions in `Import::rows`, and the category of each.
#[derive(Debug)]
pub(super) struct Plan {
    /// Rows that make products.
    pub(super) creates: Vec<(usize, Option<CategoryId>)>,
    /// Rows that change products.
    pub(super) changes: Vec<(usize, Option<CategoryId>)>,
    /// Every fault so far.
    pub(super) report: Report,
}

/// The categories that are there.
pub(super) struct KnownCategories {
    ids: BTreeSet<CategoryId>,
    slugs: BTreeMap<Slug, CategoryId>,
}

impl KnownCategories {
    pub(super) fn read(tx: &mut dyn ProductsTx) -> Result<Self, StoreError> {
        let all = tx.categories().all()?;
        let slugs = all.iter().map(|one| (one.slug.clone(), one.id)).collect();
        Ok(Self { ids: all.iter().map(|one| one.id).collect(), slugs })
    }

    /// The category of a row, or the column that names none.
    pub(super) fn of(&self, row: &ImportRow) -> Result<Option<CategoryId>, ColumnError> {
        if let Some(slug) = &row.category_slug {
            let found = self.slugs.get(slug).copied();
            return found.map(Some).ok_or(("category_slug", CATEGORY_UNKNOWN));
        }
        let said = match &row.action {
            ImportAction::Create(command) => command.category,
            ImportAction::Update { update, .. } => match update.category {
                Patch::Set(id) => Some(id),
                Patch::Keep | Patch::Clear => None,
            },
        };
        match said {
            Some(id) if !self.ids.contains(&id) => Err(("category_id", CATEGORY_UNKNOWN)),
            said => Ok(said),
        }
    }
}

/// The update of a row whose category is this one.
pub(super) fn in_category(update: &UpdateProduct, category: Option<CategoryId>) -> UpdateProduct {
    let update = update.clone();
    match category {
        Some(category) => UpdateProduct { category: Patch::Set(category), ..update },
        None => update,
    }
}

/// Applies an update; true when something is different, and nothing is after a fault.
pub(super) fn revise(
    product: &mut Product,
    update: &UpdateProduct,
    now: Timestamp,
) -> Result<bool, ColumnError> {
    let mut revised = product.clone();
    if !revised.update(update, now) {
        return Ok(false);
    }
    if !revised.is_priced_or_draft() {
        return Err(("price", PRICE_MISSING));
    }
    *product = revised;
    Ok(true)
}

/// Checks every row. Where one fault refuses the file, changes are tried on copies, too, so that the
/// refusal comes before anything is written.
pub(super) fn check(
    tx: &mut dyn ProductsTx,
    import: &Import,
    now: Timestamp,
) -> Result<Plan, ProductError> {
    let categories = KnownCategories::read(tx)?;
    let faults = import.faults.clone();
    let mut report = Report { imported: 0, updated: 0, failed: import.failed, faults };
    let (mut creates, mut changes) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for (at, row) in import.rows.iter().enumerate() {
        match (categories.of(row), &row.action) {
            (Err((column, why)), _) => report.fail(fault(row.row, column, why)),
            (Ok(category), ImportAction::Create(_)) => creates.push((at, category)),
            (Ok(category), ImportAction::Update { update, .. }) => {
                bytes += update.text_bytes();
                changes.push((at, category));
            }
        }
    }
    if changes.len() > IMPORT_CHANGES_MAX || bytes > IMPORT_CHANGES_BYTES_MAX {
        return Err(ProductError::ImportTooManyChanges { rows: changes.len(), bytes });
    }
    if import.mode == ImportMode::All {
        let mut copies: BTreeMap<ProductId, Option<Product>> = BTreeMap::new();
        for (at, category) in &changes {
            let Some(row) = import.rows.get(*at) else { continue };
            let ImportAction::Update { id, update, .. } = &row.action else { continue };
            if !copies.contains_key(id) {
                copies.insert(*id, tx.products().get(*id)?);
            }
            let tried = match copies.get_mut(id) {
                Some(Some(product)) => revise(product, &in_category(update, *category), now),
                _ => Err(("id", PRODUCT_UNKNOWN)),
            };
            if let Err((column, why)) = tried {
                report.fail(fault(row.row, column, why));
            }
        }
    }
    let report = report.checked(import)?;
    Ok(Plan { creates, changes, report })
}

impl Report {
    /// The answer when nothing is imported because of the faults.
    pub(super) fn refusal(self, import: &Import) -> ProductError {
        let field = |fault: RowError| {
            let column = if fault.column.is_empty() { "" } else { "/" };
            let pointer = format!("/rows/{}{column}{}", fault.row, fault.column);
            FieldError::new(pointer, fault.code, fault.message)
        };
        let fields = self.faults.into_iter().map(field).collect();
        let rows = import.failed + import.rows.len() as u64;
        ProductError::ImportRefused { failed: self.failed, rows, fields }
    }
}
