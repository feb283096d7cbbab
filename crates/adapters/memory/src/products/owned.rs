//! `OwnedProductStore`.

use std::{collections::BTreeMap, sync::Arc};

use kernel::{Date, OwnedId, Page, PageRequest, SortKey, StoreError, UserId};
use products::{
    AttachedFiles, OwnedProduct, OwnedProductStore, ProductId,
    owned::{FileCounts, NewOwnedProduct},
    query::{OwnedProductFilter, OwnedProductSort},
    values::{OwnedStatus, SerialNumber},
};

use crate::{
    page::{Order, cut},
    state::{State, next, not_an_id},
    tx::MemoryTx,
};

/// W3: nobody enters one thing twice.
fn check_serial(
    state: &State,
    owner: UserId,
    product: ProductId,
    serial: &SerialNumber,
    but: Option<OwnedId>,
) -> Result<(), StoreError> {
    let same = |row: &Arc<OwnedProduct>| {
        row.owner == owner && row.product == product && row.serial == *serial && Some(row.id) != but
    };
    if state.domains.products.owned.values().any(same) {
        return Err(StoreError::Duplicate("owned.serial"));
    }
    Ok(())
}

fn find(state: &State, owner: UserId, id: OwnedId) -> Option<&Arc<OwnedProduct>> {
    state.domains.products.owned.get(&id).filter(|row| row.owner == owner)
}

impl OwnedProductStore for MemoryTx {
    fn insert(&mut self, new: &NewOwnedProduct) -> Result<OwnedProduct, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if state.product(new.product).is_none() {
                return Err(StoreError::Missing("owned.product"));
            }
            if !state.has_account(new.owner) {
                return Err(StoreError::Missing("owned.user"));
            }
            check_serial(state, new.owner, new.product, &new.serial, None)?;
            let id =
                OwnedId::parse(next(&mut state.domains.products.last_owned)).map_err(not_an_id)?;
            let owned = new.stored(id);
            Arc::make_mut(&mut state.domains.products.owned).insert(id, Arc::new(owned.clone()));
            Ok(owned)
        })
    }

    fn get(&mut self, owner: UserId, id: OwnedId) -> Result<Option<OwnedProduct>, StoreError> {
        self.reading(|state| Ok(find(state, owner, id).map(|row| (**row).clone())))
    }

    /// Writers go one after another, so every row is locked from the start.
    fn lock(&mut self, owner: UserId, id: OwnedId) -> Result<Option<OwnedProduct>, StoreError> {
        OwnedProductStore::get(self, owner, id)
    }

    fn save(&mut self, owned: &mut OwnedProduct) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let stored = state.domains.products.owned.get(&owned.id).ok_or(StoreError::Stale)?;
            if stored.version != owned.version {
                return Err(StoreError::Stale);
            }
            check_serial(state, owned.owner, owned.product, &owned.serial, Some(owned.id))?;
            owned.version += 1;
            Arc::make_mut(&mut state.domains.products.owned)
                .insert(owned.id, Arc::new(owned.clone()));
            Ok(())
        })
    }

    fn remove(&mut self, owner: UserId, id: OwnedId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if find(state, owner, id).is_none() {
                return Ok(false);
            }
            Arc::make_mut(&mut state.domains.products.warned).remove(&id);
            Ok(Arc::make_mut(&mut state.domains.products.owned).remove(&id).is_some())
        })
    }

    fn list(
        &mut self,
        filter: &OwnedProductFilter,
        order: &[SortKey<OwnedProductSort>],
        page: &PageRequest,
    ) -> Result<Page<OwnedProduct>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.products.owned.values().filter(|row| filter.matches(row));
            let values =
                |row: &OwnedProduct| order.iter().map(|key| key.field.sort_value(row)).collect();
            cut(
                rows,
                &Order::by(order, &OwnedProductSort::ALL),
                |row| (values(row), row.id.get()),
                page,
            )
        })
    }

    fn is_owned(&mut self, product: ProductId) -> Result<bool, StoreError> {
        self.reading(|state| {
            Ok(state.domains.products.owned.values().any(|row| row.product == product))
        })
    }

    fn due(&mut self, from: Date, to: Date, limit: u32) -> Result<Vec<OwnedProduct>, StoreError> {
        self.reading(|state| {
            let is_due = |row: &&Arc<OwnedProduct>| {
                let in_use = matches!(row.status, OwnedStatus::Active | OwnedStatus::Broken);
                let ends = row.warranty_expires.is_some_and(|end| from <= end && end <= to);
                in_use
                    && ends
                    && state.domains.products.warned.get(&row.id).copied() != row.warranty_expires
            };
            let mut due: Vec<&Arc<OwnedProduct>> =
                state.domains.products.owned.values().filter(is_due).collect();
            due.sort_by_key(|row| (row.warranty_expires, row.id));
            Ok(due.into_iter().take(limit as usize).map(|row| (**row).clone()).collect())
        })
    }

    fn warned(&mut self, id: OwnedId, end: Date) -> Result<(), StoreError> {
        self.writing(|tx| {
            Arc::make_mut(&mut tx.state.domains.products.warned).insert(id, end);
            Ok(())
        })
    }

    fn forget(&mut self, owner: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let rows = Arc::make_mut(&mut state.domains.products.owned);
            let before = rows.len();
            rows.retain(|_, row| row.owner != owner);
            Ok((before - rows.len()) as u64)
        })
    }
}

impl AttachedFiles for MemoryTx {
    fn counts(&mut self, ids: &[OwnedId]) -> Result<BTreeMap<OwnedId, FileCounts>, StoreError> {
        self.reading(|state| {
            let mut found: BTreeMap<OwnedId, FileCounts> = BTreeMap::new();
            for (owned, to_be_read) in
                state.attached_files().filter(|(owned, _)| ids.contains(owned))
            {
                let counts = found.entry(owned).or_default();
                counts.files += 1;
                counts.docs += u64::from(to_be_read);
            }
            Ok(found)
        })
    }
}
