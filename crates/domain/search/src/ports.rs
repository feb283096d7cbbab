//! What this domain needs of a store and of other domains. Adapters implement the store and prove it with the `kit`.
#![deny(missing_docs)]

use kernel::{CommonTx, StoreError};

use crate::{
    document::Document,
    pattern::Ask,
    values::{DocKey, Kind},
};

/// Stores the index.
///
/// * S1 `find` returns no document that nobody with one of the asked labels may see, and those do not count towards
///   its limit: what somebody finds is the same whether documents exist that they may not see, or not;
/// * S2 what `put` wrote is found as it was written, and in the place of what it replaces; what `remove` removed is not
///   found any more, both from the commit on, and in the same transaction, too;
/// * S3 `behind` returns the texts of everything that was put since a place, so that a dictionary made of them knows
///   every word of the index, and what was mistyped is found;
/// * S4 é is e, full width is half width, and 监控 finds 系统监控, as the words of the kernel have it;
/// * S5 `find` returns the newest first, of one moment the first kind, of one kind the greater number: the
///   same documents in the same order on every store, whatever the order in which they were put;
/// * S6 `find` returns at most as many as it is asked for, and takes every query that the kernel parses, and the labels of
///   somebody who is in hundreds of rooms;
/// * L1 of two transactions that `lock` a document, the second waits and sees what the first wrote, also when there
///   was none;
/// * K1 `keys` returns what is indexed of a kind in the order of numbers, in pages without gaps.
pub trait IndexStore {
    /// No other transaction that locks it goes on before this one ends (L1). Lock first, then read the source: what is
    /// indexed then is never older than what another wrote.
    fn lock(&mut self, key: DocKey) -> Result<(), StoreError>;
    /// Writes a document that is locked, in the place of what there was (S2).
    fn put(&mut self, document: &Document) -> Result<(), StoreError>;
    /// Removes a document that is locked (S2).
    fn remove(&mut self, key: DocKey) -> Result<(), StoreError>;
    /// Documents (S1, S4, S5, S6).
    fn find(&mut self, ask: &Ask) -> Result<Vec<Document>, StoreError>;
    /// The next texts that were put behind a place, each with its place (S3). The first place is 0.
    fn behind(&mut self, place: i64, limit: u32) -> Result<Vec<(i64, String)>, StoreError>;
    /// The next numbers of a kind that are indexed behind one (K1).
    fn keys(&mut self, kind: Kind, behind: i64, limit: u32) -> Result<Vec<i64>, StoreError>;
}

/// Reads documents from the domains that they are of. Who answers a question makes it for one caller, and returns nothing
/// where a rule that labels cannot say hides a document from them, such as what was said in a private room before they
/// joined.
pub trait Sources {
    /// What there is to index of one now, and who may see it now; nothing when it is gone, or hidden from everybody.
    fn read(&mut self, key: DocKey) -> Result<Option<Document>, StoreError>;
    /// The next numbers of a kind behind one, in order.
    fn numbers(&mut self, kind: Kind, behind: i64, limit: u32) -> Result<Vec<i64>, StoreError>;
}

/// This domain's face of a transaction.
pub trait SearchTx: CommonTx {
    /// The index.
    fn index(&mut self) -> &mut dyn IndexStore;
}
