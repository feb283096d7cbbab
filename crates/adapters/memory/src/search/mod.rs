//! `IndexStore`. Writers go one after another, so nothing is locked.

#[cfg(test)]
mod planted_search;

use std::{cmp::Reverse, collections::BTreeSet, sync::Arc};

use kernel::StoreError;
use search::{Ask, DocKey, Document, IndexStore, Kind};

use crate::{
    state::{Table, next},
    tx::MemoryTx,
};

/// A document, and what it is found by.
struct Indexed {
    document: Document,
    entries: BTreeSet<String>,
    place: i64,
}

/// What is stored.
#[derive(Clone, Default)]
pub(crate) struct SearchTables {
    last: i64,
    documents: Table<DocKey, Arc<Indexed>>,
}

impl IndexStore for MemoryTx {
    fn lock(&mut self, _: DocKey) -> Result<(), StoreError> {
        self.writing(|_| Ok(()))
    }

    fn put(&mut self, document: &Document) -> Result<(), StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.search;
            let place = next(&mut tables.last);
            let (document, entries) = (document.clone(), document.entries());
            let indexed = Arc::new(Indexed { document, entries, place });
            Arc::make_mut(&mut tables.documents).insert(indexed.document.key, indexed);
            Ok(())
        })
    }

    fn remove(&mut self, key: DocKey) -> Result<(), StoreError> {
        self.writing(|tx| {
            Arc::make_mut(&mut tx.state.domains.search.documents).remove(&key);
            Ok(())
        })
    }

    fn find(&mut self, ask: &Ask) -> Result<Vec<Document>, StoreError> {
        self.reading(|state| {
            let all = state.domains.search.documents.values();
            let mut found: Vec<_> = all.filter(|indexed| ask.finds(&indexed.entries)).collect();
            found.sort_by_key(|indexed| {
                let Document { at, key: DocKey { kind, id }, .. } = indexed.document;
                (Reverse(at), kind.rank(), Reverse(id))
            });
            found.truncate(ask.limit as usize);
            Ok(found.into_iter().map(|indexed| indexed.document.clone()).collect())
        })
    }

    fn behind(&mut self, place: i64, limit: u32) -> Result<Vec<(i64, String)>, StoreError> {
        self.reading(|state| {
            let all = state.domains.search.documents.values();
            let mut behind: Vec<_> = all.filter(|indexed| indexed.place > place).collect();
            behind.sort_by_key(|indexed| indexed.place);
            let text = |indexed: &Indexed| {
                let Document { title, body, .. } = &indexed.document;
                (indexed.place, format!("{title} {body}"))
            };
            Ok(behind.into_iter().take(limit as usize).map(|indexed| text(indexed)).collect())
        })
    }

    fn keys(&mut self, kind: Kind, behind: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        self.reading(|state| {
            let all = state.domains.search.documents.keys();
            let of = all.filter(|key| key.kind == kind && key.id > behind).map(|key| key.id);
            Ok(of.take(limit as usize).collect())
        })
    }
}
