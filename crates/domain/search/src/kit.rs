//! The conformance kit of this domain's ports. An adapter runs each case of [`CASES`] on a fresh
//! [`Fixture`]. Failures are panics.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a kit is made of tests: its failures are panics"
)]

mod answers;
mod index;
mod locks;

use std::{collections::BTreeMap, sync::Arc};

use kernel::{SearchQuery, StoreError, UnitOfWork, kit::moment};

use crate::{
    document::Document,
    pattern::{Ask, Meant, Tier, clauses},
    ports::{SearchTx, Sources},
    values::{DocKey, Kind, Label},
};

/// A fresh, empty store.
pub struct Fixture {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn SearchTx>>,
}

/// A transaction, as closures get it.
type Tx = dyn SearchTx;

kernel::cases! { Fixture;
    index:
        s1_what_one_may_not_see_is_not_found,
        s1_what_one_may_not_see_does_not_count,
        s2_documents_come_back_as_they_were_put,
        s2_what_is_replaced_or_removed_is_not_found,
        s2_what_was_not_committed_is_not_found,
        s3_every_text_is_behind_a_place,
        s4_spellings_are_no_difference,
        s5_the_newest_come_first_whatever_the_order_of_writing,
        s6_every_query_is_taken,
        k1_what_is_indexed_is_read_in_pages;
    answers:
        s1_sources_have_the_last_word,
        s2_events_may_come_in_any_order,
        s3_what_is_mistyped_is_found,
        s5_answers_are_ranked,
        s6_older_documents_that_answer_better_are_found;
    locks:
        l1_whoever_locks_second_sees_what_the_first_wrote;
}

kernel::fixture!(Fixture: Tx);

/// What other domains have.
#[derive(Debug, Clone, Default)]
pub struct World(pub BTreeMap<DocKey, Document>);

impl World {
    /// A world of these documents.
    pub fn of(documents: &[Document]) -> Self {
        Self(documents.iter().map(|one| (one.key, one.clone())).collect())
    }
}

impl Sources for World {
    fn read(&mut self, key: DocKey) -> Result<Option<Document>, StoreError> {
        Ok(self.0.get(&key).cloned())
    }

    fn numbers(&mut self, kind: Kind, behind: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        let first = DocKey { kind, id: behind.saturating_add(1) };
        let all = self.0.range(first..).map(|(key, _)| *key);
        Ok(all.take_while(|key| key.kind == kind).map(|key| key.id).take(limit as usize).collect())
    }
}

const fn key(kind: Kind, id: i64) -> DocKey {
    DocKey { kind, id }
}

/// A task that everybody sees, changed at the moment of its number.
fn doc(id: i64, title: &str, body: &str) -> Document {
    Document::new(key(Kind::Tasks, id), title, body, &[Label::Public], moment(id))
}

/// The same, for others.
fn seen(by: &[Label], document: Document) -> Document {
    Document { acl: by.to_vec(), ..document }
}

fn ask(text: &str, labels: &[Label], limit: u32) -> Ask {
    let words = clauses(&SearchQuery::parse(text).unwrap(), Tier::Parts, &Meant::new());
    Ask { kinds: Kind::ALL.to_vec(), labels: labels.to_vec(), words, limit }
}

fn put(tx: &mut Tx, document: &Document) -> Result<(), StoreError> {
    tx.index().lock(document.key)?;
    tx.index().put(document)
}

fn remove(tx: &mut Tx, key: DocKey) -> Result<(), StoreError> {
    tx.index().lock(key)?;
    tx.index().remove(key)
}

fn numbers(documents: &[Document]) -> Vec<i64> {
    documents.iter().map(|document| document.key.id).collect()
}

impl Fixture {
    async fn put(&self, documents: &[Document]) {
        for some in documents.chunks(100) {
            let some = some.to_vec();
            self.write(move |tx| some.iter().try_for_each(|one| put(tx, one))).await;
        }
    }

    async fn ask(&self, ask: Ask) -> Vec<Document> {
        self.read(move |tx| tx.index().find(&ask)).await
    }

    /// The numbers of what is found with these labels.
    async fn found(&self, text: &str, labels: &[Label]) -> Vec<i64> {
        numbers(&self.ask(ask(text, labels, 100)).await)
    }

    /// The numbers of public documents that are found.
    async fn public(&self, text: &str) -> Vec<i64> {
        self.found(text, &[Label::Public]).await
    }
}
