//! `StagedImports`.

use std::sync::Arc;

use kernel::{StoreError, Timestamp};
use products::{
    Product, ProductId, StagedImports,
    product::{NewProduct, StagedImport},
};

use super::insert_as;
use crate::{
    state::{State, not_an_id},
    tx::MemoryTx,
};

/// An import that is under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StagedRows {
    last: ProductId,
    run: i64,
    until: Timestamp,
}

impl State {
    /// S2: true for a product that no reader may see.
    pub(crate) fn is_staged(&self, id: ProductId) -> bool {
        let before = self.domains.products.staged_imports.range(..=id).next_back();
        before.is_some_and(|(_, rows)| id <= rows.last)
    }

    /// A product, unless it is staged.
    pub(crate) fn product(&self, id: ProductId) -> Option<&Arc<Product>> {
        self.domains.products.products.get(&id).filter(|_| !self.is_staged(id))
    }

    /// Every product that is not staged.
    pub(crate) fn visible_products(&self) -> impl Iterator<Item = &Arc<Product>> {
        self.domains.products.products.values().filter(|row| !self.is_staged(row.id))
    }
}

impl StagedRows {
    fn import(&self, first: ProductId) -> Result<StagedImport, StoreError> {
        let rows = self.last.get() - first.get() + 1;
        let rows = u64::try_from(rows).map_err(|error| StoreError::Internal(error.to_string()))?;
        Ok(StagedImport { first, rows, run: self.run })
    }
}

/// S4: the import, as long as it belongs to who holds this claim.
fn held<'a>(state: &'a mut State, import: &StagedImport) -> Result<&'a mut StagedRows, StoreError> {
    let rows = Arc::make_mut(&mut state.domains.products.staged_imports).get_mut(&import.first);
    rows.filter(|rows| rows.run == import.run).ok_or(StoreError::Stale)
}

#[cfg(test)]
impl MemoryTx {
    /// True when the import belongs to who holds this claim.
    pub(crate) fn holds(&self, import: &StagedImport) -> bool {
        self.state
            .domains
            .products
            .staged_imports
            .get(&import.first)
            .is_some_and(|rows| rows.run == import.run)
    }
}

impl StagedImports for MemoryTx {
    fn reserve(&mut self, rows: u64, until: Timestamp) -> Result<StagedImport, StoreError> {
        self.writing(|tx| {
            let counter = &mut tx.state.domains.products.last_product;
            let first = ProductId::parse(counter.saturating_add(1)).map_err(not_an_id)?;
            *counter = i64::try_from(rows).map_or(i64::MAX, |rows| counter.saturating_add(rows));
            let last = ProductId::parse(*counter).map_err(not_an_id)?;
            let staged = StagedRows { last, run: 0, until };
            Arc::make_mut(&mut tx.state.domains.products.staged_imports).insert(first, staged);
            staged.import(first)
        })
    }

    fn stage(
        &mut self,
        import: &StagedImport,
        offset: u64,
        products: &[NewProduct],
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let rows = held(state, import)?;
            rows.until = until;
            let last = rows.last;
            for (number, new) in (offset..).zip(products) {
                let id = import.first.get().saturating_add_unsigned(number);
                let id = ProductId::parse(id).map_err(not_an_id)?;
                if id > last || state.domains.products.products.contains_key(&id) {
                    return Err(StoreError::Internal(format!("{id} is not reserved")));
                }
                insert_as(state, id, new)?;
            }
            Ok(())
        })
    }

    fn publish(&mut self, import: &StagedImport) -> Result<(), StoreError> {
        self.writing(|tx| {
            held(&mut tx.state, import)?;
            Arc::make_mut(&mut tx.state.domains.products.staged_imports).remove(&import.first);
            Ok(())
        })
    }

    fn claim_abandoned(
        &mut self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<StagedImport>, StoreError> {
        self.writing(|tx| {
            let staged = &mut tx.state.domains.products.staged_imports;
            let over = staged.iter().find(|(_, rows)| rows.until <= now);
            let Some(first) = over.map(|(first, _)| *first) else { return Ok(None) };
            let Some(rows) = Arc::make_mut(staged).get_mut(&first) else { return Ok(None) };
            (rows.run, rows.until) = (rows.run + 1, until);
            rows.import(first).map(Some)
        })
    }

    fn discard(
        &mut self,
        import: &StagedImport,
        limit: u32,
        until: Timestamp,
    ) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let rows = held(state, import)?;
            rows.until = until;
            let last = rows.last;
            let staged = state.domains.products.products.range(import.first..=last);
            let ids: Vec<ProductId> = staged.take(limit as usize).map(|(id, _)| *id).collect();
            let products = Arc::make_mut(&mut state.domains.products.products);
            for id in &ids {
                products.remove(id);
            }
            Arc::make_mut(&mut state.domains.products.movements)
                .retain(|_, row| !ids.contains(&row.product));
            if ids.len() < limit as usize {
                Arc::make_mut(&mut state.domains.products.staged_imports).remove(&import.first);
            }
            Ok(ids.len() as u64)
        })
    }
}
