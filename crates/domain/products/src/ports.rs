//! What this room needs of a store. Adapters implement these traits and prove it with the `kit`.
#![deny(missing_docs)]

use std::collections::BTreeMap;

use kernel::{CommonTx, Date, OwnedId, Page, PageRequest, SortKey, StoreError, Timestamp, UserId};

use crate::{
    owned::{FileCounts, NewOwnedProduct, OwnedProduct},
    product::{
        Category, Moved, NamedProduct, NewCategory, NewProduct, NewStockMovement, Product,
        StagedImport, StockMovement,
    },
    query::{OwnedProductFilter, OwnedProductSort, ProductFilter, ProductSort},
    values::{CategoryId, ProductId},
};

/// Keeps categories.
///
/// * C1 `get` and `all` after `insert` or `save` give an equal category; `all` goes by id;
/// * C2 `save` of an outdated version changes nothing and reports `Stale`; on success the version
///   has grown by one, in the store and in the argument;
/// * C3 `insert` and `save` report `Duplicate("categories.slug")` and
///   `Missing("categories.parent")`;
/// * C4 of two transactions that `lock_tree`, the second waits and sees what the first wrote;
/// * C5 `remove` of what is not there gives false;
/// * C6 `hold` says whether the category has products, and until the transaction ends no product
///   is put into it.
pub trait CategoryStore {
    /// Nobody else changes a category before this transaction ends.
    fn lock_tree(&mut self) -> Result<(), StoreError>;
    /// Adds a category; its version is 1.
    fn insert(&mut self, category: &NewCategory) -> Result<Category, StoreError>;
    /// A category.
    fn get(&mut self, id: CategoryId) -> Result<Option<Category>, StoreError>;
    /// Every category, by id.
    fn all(&mut self) -> Result<Vec<Category>, StoreError>;
    /// Writes every field if the version is still the one it was read at.
    fn save(&mut self, category: &mut Category) -> Result<(), StoreError>;
    /// True when products are directly in it; holds it.
    fn hold(&mut self, id: CategoryId) -> Result<bool, StoreError>;
    /// Removes; false when it was not there. It must be empty.
    fn remove(&mut self, id: CategoryId) -> Result<bool, StoreError>;
}

/// Keeps products and their ledgers.
///
/// * G1 `get` after `insert` or `save` gives an equal product, whatever its text; `insert` gives
///   products in the order they came;
/// * G2 `save` of an outdated version changes nothing and reports `Stale`; on success the version
///   has grown by one, in the store and in the argument. The stock is not `save`d;
/// * G3 `insert` and `save` report `Missing("products.category")`;
/// * G4 of two transactions that `lock` one product, the second waits and sees what the first
///   wrote; of N that read one version and `save`, exactly one succeeds;
/// * G5 `list` gives exactly the products that match every field of the filter, in the asked order,
///   ties by id in the direction of the last key, without gaps or repeats between pages, whether
///   pages go by number or by cursor; numbered pages count `total`, cursor pages say where the next
///   begins, or `None`;
/// * G6 text is searched by words as `kernel::search` cuts them, name, brand and model inside of
///   words, too (`query::searched_name`, `searched_rest`); nothing in a query is syntax;
/// * G7 `search` gives active products only, at most `limit`, by their `Rank`: first those whose
///   name has words that begin with all the words, then those whose name has them inside, then the
///   others whose name, brand, model and description together have them; each of the three with the
///   greatest id first;
/// * G8 `remove` takes the ledger along; false when there was no such product;
/// * G9 `named_products` gives what each product is called that is there.
///
/// The ledger:
///
/// * L1 the stock of a product is at all times the sum of its ledger; what it had at first is the
///   first entry, unless that was nothing;
/// * L2 `adjust_stock` changes stock and ledger together, and the entry's balance is the stock afterwards;
/// * L3 `adjust_stock` below none, or beyond what can be kept, changes nothing and says how many there
///   are; that is no failure of the unit;
/// * L4 of N transactions that `adjust_stock` at once none is lost, and the balances form one line;
/// * L5 `movements` gives a product's entries newest first, pages without gaps or repeats.
pub trait ProductStore {
    /// Adds products; their versions are 1.
    fn insert(&mut self, products: &[NewProduct]) -> Result<Vec<Product>, StoreError>;
    /// A product, whatever its status.
    fn get(&mut self, id: ProductId) -> Result<Option<Product>, StoreError>;
    /// A product that nobody else changes, and that nobody comes to own, before this transaction
    /// ends.
    fn lock(&mut self, id: ProductId) -> Result<Option<Product>, StoreError>;
    /// Writes every field but the stock, if the version is still the one it was read at.
    fn save(&mut self, product: &mut Product) -> Result<(), StoreError>;
    /// Removes for good; false when it was not there. Nobody may own one.
    fn remove(&mut self, id: ProductId) -> Result<bool, StoreError>;
    /// A page of products. `limit` may be up to 500 here.
    fn list(
        &mut self,
        filter: &ProductFilter,
        order: &[SortKey<ProductSort>],
        page: &PageRequest,
    ) -> Result<Page<Product>, StoreError>;
    /// The best finds for the `text` of a filter among what else it asks for.
    fn search(&mut self, filter: &ProductFilter, limit: u32) -> Result<Vec<Product>, StoreError>;
    /// What these are called.
    fn named(&mut self, ids: &[ProductId])
    -> Result<BTreeMap<ProductId, NamedProduct>, StoreError>;
    /// Moves stock.
    fn adjust_stock(&mut self, movement: &NewStockMovement) -> Result<Moved, StoreError>;
    /// A page of a ledger. Cursors carry no place, order `-id`.
    fn movements(
        &mut self,
        product: ProductId,
        page: &PageRequest,
    ) -> Result<Page<StockMovement>, StoreError>;
}

/// Keeps what people own.
///
/// * W1 `get` after `insert` or `save` gives an equal thing, to its owner only;
/// * W2 `save` of an outdated version changes nothing and reports `Stale`; on success the version
///   has grown by one, in the store and in the argument;
/// * W3 `insert` reports `Missing("owned.product")` or `Missing("owned.user")`; `insert` and `save`
///   report `Duplicate("owned.serial")` when the owner has the same product with the same serial
///   number; an empty one counts like any other. Of two transactions that write simultaneously, one
///   succeeds;
/// * W4 `list` gives exactly what matches every field of the filter, in the asked order, absent
///   values last in both directions, ties by id, pages without gaps or repeats;
/// * W5 `is_owned` says whether anybody owns a product;
/// * W6 `due` gives things in use or broken whose warranty ends among those days and of which that
///   end was not `warned` of; of two transactions that ask at once, the second sees what the first
///   has warned of;
/// * W7 `forget` removes everything of one person's and nothing else;
/// * W8 `remove` of what is not there, or not the person's, gives false;
/// * W9 of two transactions that `lock` one thing, the second waits and sees what the first wrote.
pub trait OwnedProductStore {
    /// Adds a thing; its version is 1.
    fn insert(&mut self, owned: &NewOwnedProduct) -> Result<OwnedProduct, StoreError>;
    /// Somebody's thing.
    fn get(&mut self, owner: UserId, id: OwnedId) -> Result<Option<OwnedProduct>, StoreError>;
    /// Somebody's thing that nobody else changes before this transaction ends.
    fn lock(&mut self, owner: UserId, id: OwnedId) -> Result<Option<OwnedProduct>, StoreError>;
    /// Writes every field if the version is still the one it was read at.
    fn save(&mut self, owned: &mut OwnedProduct) -> Result<(), StoreError>;
    /// Removes; false when it was not there.
    fn remove(&mut self, owner: UserId, id: OwnedId) -> Result<bool, StoreError>;
    /// A page of somebody's things. `limit` may be up to 500 here.
    fn list(
        &mut self,
        filter: &OwnedProductFilter,
        order: &[SortKey<OwnedProductSort>],
        page: &PageRequest,
    ) -> Result<Page<OwnedProduct>, StoreError>;
    /// True when anybody owns one.
    fn is_owned(&mut self, product: ProductId) -> Result<bool, StoreError>;
    /// Things whose warranty ends on a day from `from` to `to` (both belong to them), by that
    /// day and by id, at most `limit`; nobody else gets them before this transaction ends.
    fn due(&mut self, from: Date, to: Date, limit: u32) -> Result<Vec<OwnedProduct>, StoreError>;
    /// Notes that the owner was warned of this end of the warranty. It is no change of the thing.
    fn warned(&mut self, id: OwnedId, end: Date) -> Result<(), StoreError>;
    /// Removes everything of one person's; gives how many things.
    fn forget(&mut self, owner: UserId) -> Result<u64, StoreError>;
}

/// Keeps the new products of imports that are under way. A large file is written in many short units
/// of work, so that other writers get their turn in between; its rows are *staged*, and invisible
/// until one more unit publishes all of them.
///
/// * S1 `reserve` returns ids that no other product gets, greater than those of all products so far;
/// * S2 a staged product is invisible: `get`, `lock`, `list` with its total, `search`, `named` and
///   `movements` leave it out, `save` reports `Stale`, `remove` returns false, `adjust_stock` moves
///   nothing, and it cannot be owned (`Missing("owned.product")`);
/// * S3 `publish` makes every staged product of the import visible together, as `insert` would have
///   made it, ledger included; a unit that rolls back publishes none. Its cost does not grow with
///   their number;
/// * S4 `stage`, `publish` and `discard` report `Stale` and change nothing after the import was
///   published, discarded, or claimed by another process;
/// * S5 `claim_abandoned` returns an import whose lease has ended, and not before; of many that
///   claim at the same moment one gets it. `stage` and `discard` prolong the lease;
/// * S6 `discard` removes at most `limit` staged products with their ledgers; the call that removes
///   fewer than `limit` also ends the import. No id is given again;
/// * S7 `stage` reports `Missing("products.category")`; `CategoryStore::hold` counts staged products,
///   so that a category does not vanish from under an import;
/// * S8 between any two units of an import the store runs units that other writers have queued.
pub trait StagedImports {
    /// Begins an import of this many new products; its lease ends at `until`.
    fn reserve(&mut self, rows: u64, until: Timestamp) -> Result<StagedImport, StoreError>;
    /// Adds products that no reader sees yet, in their order, under the reserved ids from the one at
    /// `offset`. Errors: Stale (S4), Missing (S7).
    fn stage(
        &mut self,
        import: &StagedImport,
        offset: u64,
        products: &[NewProduct],
        until: Timestamp,
    ) -> Result<(), StoreError>;
    /// Makes the staged products visible. Errors: Stale (S4).
    fn publish(&mut self, import: &StagedImport) -> Result<(), StoreError>;
    /// An import whose process does not work on it any more, to be discarded; until `until` no
    /// other claim returns it.
    fn claim_abandoned(
        &mut self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<StagedImport>, StoreError>;
    /// Removes staged products; returns how many. Errors: Stale (S4).
    fn discard(
        &mut self,
        import: &StagedImport,
        limit: u32,
        until: Timestamp,
    ) -> Result<u64, StoreError>;
}

/// What this room asks about the files of what people own.
///
/// * A1 `counts` gives, of each of these things that has files, how many, and how many of them are
///   to be read: manuals, warranties, invoices and documents.
pub trait AttachedFiles {
    /// How many files these things have.
    fn counts(&mut self, ids: &[OwnedId]) -> Result<BTreeMap<OwnedId, FileCounts>, StoreError>;
}

/// This room's face of a transaction.
pub trait ProductsTx: CommonTx {
    /// Categories.
    fn categories(&mut self) -> &mut dyn CategoryStore;
    /// Products and their ledgers.
    fn products(&mut self) -> &mut dyn ProductStore;
    /// New products of imports that are under way.
    fn staged_imports(&mut self) -> &mut dyn StagedImports;
    /// What people own.
    fn owned(&mut self) -> &mut dyn OwnedProductStore;
    /// Files of what people own.
    fn attached_files(&mut self) -> &mut dyn AttachedFiles;
}
