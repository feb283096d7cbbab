//! Stores of products with one planted bug each about imports under way: the case that promises
//! otherwise must fail, or it proves nothing.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use kernel::{
    Access, BoxFuture, Page, PageRequest, SortKey, StoreError, Timestamp, UnitOfWork, Work,
};
use pollster::block_on;
use products::{
    AttachedFiles, CategoryStore, OwnedProductStore, Product, ProductId, ProductStore, ProductsTx,
    StagedImports, StockMovement,
    kit::{CASES, Fixture},
    product::{Moved, NamedProduct, NewProduct, NewStockMovement, StagedImport},
    query::{ProductFilter, ProductSort},
};

use crate::{MemoryDb, common::planted::common_of_inner, state::State, tx::MemoryTx};

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// Lists forget to leave staged products out.
    ListsStaged,
    /// Searches forget it.
    FindsStaged,
    /// Products that are read by their ids forget it.
    GetsStaged,
    /// An import that another process has claimed is published.
    PublishesForOthers,
    /// A lease is not prolonged by the units of its import.
    ForgetsLease,
    /// Products of an import get ids that others get, too.
    SharesIds,
    /// The import ends although products of it are left.
    EndsTooEarly,
}

struct PlantedDb {
    inner: Arc<MemoryDb>,
    bug: Bug,
}

struct PlantedTx {
    tx: MemoryTx,
    bug: Bug,
}

impl UnitOfWork<dyn ProductsTx> for PlantedDb {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn ProductsTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let bug = self.bug;
        Box::pin(async move {
            self.inner.execute_now(access, &mut |tx| {
                let tx_inside = std::mem::replace(tx, MemoryTx::new(State::default(), access));
                let mut planted = PlantedTx { tx: tx_inside, bug };
                let verdict = work(&mut planted);
                *tx = planted.tx;
                verdict
            })
        })
    }
}

impl PlantedTx {
    /// Runs a call on a transaction that, with this bug, knows of no import.
    fn forgetting<T>(&mut self, bug: Bug, call: impl FnOnce(&mut MemoryTx) -> T) -> T {
        if self.bug != bug {
            return call(&mut self.tx);
        }
        let kept = std::mem::take(&mut self.tx.state.domains.products.staged_imports);
        let result = call(&mut self.tx);
        self.tx.state.domains.products.staged_imports = kept;
        result
    }
}

common_of_inner!(PlantedTx);

impl ProductsTx for PlantedTx {
    fn categories(&mut self) -> &mut dyn CategoryStore {
        self.tx.categories()
    }
    fn products(&mut self) -> &mut dyn ProductStore {
        self
    }
    fn staged_imports(&mut self) -> &mut dyn StagedImports {
        self
    }
    fn owned(&mut self) -> &mut dyn OwnedProductStore {
        self.tx.owned()
    }
    fn attached_files(&mut self) -> &mut dyn AttachedFiles {
        self.tx.attached_files()
    }
}

impl ProductStore for PlantedTx {
    fn insert(&mut self, products: &[NewProduct]) -> Result<Vec<Product>, StoreError> {
        ProductStore::insert(&mut self.tx, products)
    }
    fn get(&mut self, id: ProductId) -> Result<Option<Product>, StoreError> {
        self.forgetting(Bug::GetsStaged, |tx| ProductStore::get(tx, id))
    }
    fn lock(&mut self, id: ProductId) -> Result<Option<Product>, StoreError> {
        ProductStore::lock(&mut self.tx, id)
    }
    fn save(&mut self, product: &mut Product) -> Result<(), StoreError> {
        ProductStore::save(&mut self.tx, product)
    }
    fn remove(&mut self, id: ProductId) -> Result<bool, StoreError> {
        ProductStore::remove(&mut self.tx, id)
    }
    fn list(
        &mut self,
        filter: &ProductFilter,
        order: &[SortKey<ProductSort>],
        page: &PageRequest,
    ) -> Result<Page<Product>, StoreError> {
        self.forgetting(Bug::ListsStaged, |tx| ProductStore::list(tx, filter, order, page))
    }
    fn search(&mut self, filter: &ProductFilter, limit: u32) -> Result<Vec<Product>, StoreError> {
        self.forgetting(Bug::FindsStaged, |tx| tx.search(filter, limit))
    }
    fn named(
        &mut self,
        ids: &[ProductId],
    ) -> Result<BTreeMap<ProductId, NamedProduct>, StoreError> {
        ProductStore::named(&mut self.tx, ids)
    }
    fn adjust_stock(&mut self, movement: &NewStockMovement) -> Result<Moved, StoreError> {
        self.tx.adjust_stock(movement)
    }
    fn movements(
        &mut self,
        product: ProductId,
        page: &PageRequest,
    ) -> Result<Page<StockMovement>, StoreError> {
        self.tx.movements(product, page)
    }
}

impl StagedImports for PlantedTx {
    fn reserve(&mut self, rows: u64, until: Timestamp) -> Result<StagedImport, StoreError> {
        let before = self.tx.state.domains.products.last_product;
        let import = self.tx.reserve(rows, until)?;
        if self.bug == Bug::SharesIds {
            self.tx.state.domains.products.last_product = before;
        }
        Ok(import)
    }
    fn stage(
        &mut self,
        import: &StagedImport,
        offset: u64,
        products: &[NewProduct],
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let kept = Arc::clone(&self.tx.state.domains.products.staged_imports);
        self.tx.stage(import, offset, products, until)?;
        if self.bug == Bug::ForgetsLease {
            self.tx.state.domains.products.staged_imports = kept;
        }
        Ok(())
    }
    fn publish(&mut self, import: &StagedImport) -> Result<(), StoreError> {
        let mut import = *import;
        while self.bug == Bug::PublishesForOthers && import.run < 3 && !self.tx.holds(&import) {
            import.run += 1;
        }
        self.tx.publish(&import)
    }
    fn claim_abandoned(
        &mut self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<StagedImport>, StoreError> {
        self.tx.claim_abandoned(now, until)
    }
    fn discard(
        &mut self,
        import: &StagedImport,
        limit: u32,
        until: Timestamp,
    ) -> Result<u64, StoreError> {
        let removed = self.tx.discard(import, limit, until)?;
        if self.bug == Bug::EndsTooEarly {
            Arc::make_mut(&mut self.tx.state.domains.products.staged_imports).remove(&import.first);
        }
        Ok(removed)
    }
}

/// The cases that fail on a store with this bug.
fn red(bug: Bug) -> Vec<&'static str> {
    let fixture = || {
        let inner = MemoryDb::new();
        let people = ["ada", "grace"].map(|name| inner.add_person(name).unwrap()).to_vec();
        let attach: products::kit::Attach = Arc::new(|_, _, _| Box::pin(async {}));
        Fixture { work: Arc::new(PlantedDb { inner, bug }), people, attach }
    };
    let imports = CASES.iter().filter(|case| case.name.starts_with('s'));
    imports
        .filter(|case| catch_unwind(AssertUnwindSafe(|| block_on((case.run)(fixture())))).is_err())
        .map(|case| case.name)
        .collect()
}

#[test]
fn each_bug_of_imports_turns_its_case_red() {
    for (bug, case) in [
        (Bug::ListsStaged, "s2_no_reader_sees_a_staged_product"),
        (Bug::FindsStaged, "s2_no_reader_sees_a_staged_product"),
        (Bug::GetsStaged, "s2_no_reader_sees_a_staged_product"),
        (Bug::PublishesForOthers, "s4_an_import_that_is_over_takes_nothing_more"),
        (Bug::ForgetsLease, "s5_an_import_is_abandoned_when_its_lease_ends"),
        (Bug::SharesIds, "s1_reserved_ids_belong_to_the_import_alone"),
        (Bug::EndsTooEarly, "s6_a_discarded_import_leaves_nothing_behind"),
    ] {
        let red = red(bug);
        assert!(red.contains(&case), "{bug:?}: {red:?}");
    }
}
