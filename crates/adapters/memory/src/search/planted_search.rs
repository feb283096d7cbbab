//! Indexes with one planted bug each: the case that promises otherwise must fail, or it proves nothing.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use kernel::{
    Access, Acts, BoxFuture, CommonTx, EmailQueue, EventRetries, IdempotencyStore, Inbox, Jobs,
    Leases, Outbox, StoreError, UnitOfWork, Work,
};
use pollster::block_on;
use search::{
    Ask, DocKey, Document, IndexStore, Kind, Label, SearchTx,
    kit::{CASES, Fixture},
};

use crate::{MemoryDb, state::State, tx::MemoryTx};

/// What is wrong with an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// Who may see a document is looked at behind the limit (S1).
    PermissionAfterTheLimit,
    /// Who may see a document is not looked at (S1).
    NoPermission,
    /// What was removed stays until the index is made anew (S2).
    KeepsWhatIsRemoved,
    /// Who may see a document stays as it was first (S2).
    KeepsTheFirstLabels,
    /// The dictionary hears only of titles (S3).
    ForgetsBodies,
    /// What was mistyped in the first letter is not looked for (S3).
    TrustsTheFirstLetter,
    /// The oldest come first (S5).
    OldestFirst,
    /// It answers with more than it is asked for (S6).
    IgnoresTheLimit,
    /// Pages of numbers begin anew (K1).
    IgnoresThePage,
}

struct PlantedDb {
    inner: Arc<MemoryDb>,
    bug: Bug,
}

struct PlantedTx {
    tx: MemoryTx,
    bug: Bug,
}

impl UnitOfWork<dyn SearchTx> for PlantedDb {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn SearchTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let bug = self.bug;
        Box::pin(async move {
            self.inner.execute_now(access, &mut |tx| {
                let inside = std::mem::replace(tx, MemoryTx::new(State::default(), access));
                let mut planted = PlantedTx { tx: inside, bug };
                let verdict = work(&mut planted);
                *tx = planted.tx;
                verdict
            })
        })
    }
}

impl CommonTx for PlantedTx {
    fn outbox(&mut self) -> &mut dyn Outbox {
        self.tx.outbox()
    }
    fn inbox(&mut self) -> &mut dyn Inbox {
        self.tx.inbox()
    }
    fn retries(&mut self) -> &mut dyn EventRetries {
        self.tx.retries()
    }
    fn idempotency(&mut self) -> &mut dyn IdempotencyStore {
        self.tx.idempotency()
    }
    fn leases(&mut self) -> &mut dyn Leases {
        self.tx.leases()
    }
    fn emails(&mut self) -> &mut dyn EmailQueue {
        self.tx.emails()
    }
    fn jobs(&mut self) -> &mut dyn Jobs {
        self.tx.jobs()
    }
    fn acts(&mut self) -> &mut dyn Acts {
        self.tx.acts()
    }
}

impl SearchTx for PlantedTx {
    fn index(&mut self) -> &mut dyn IndexStore {
        self
    }
}

/// Labels of everybody who is in a kit.
fn everybody() -> Vec<Label> {
    let numbered = (1..=20).flat_map(|id| [Label::User(id), Label::Room(id)]);
    [Label::Public, Label::SignedIn, Label::Managers(Kind::Tasks)]
        .into_iter()
        .chain(numbered)
        .collect()
}

impl IndexStore for PlantedTx {
    fn lock(&mut self, key: DocKey) -> Result<(), StoreError> {
        IndexStore::lock(&mut self.tx, key)
    }

    fn put(&mut self, document: &Document) -> Result<(), StoreError> {
        if self.bug == Bug::KeepsTheFirstLabels {
            let known = self.tx.state.domains.search.documents.get(&document.key);
            let acl = known.map_or(document.acl.clone(), |known| known.document.acl.clone());
            return IndexStore::put(&mut self.tx, &Document { acl, ..document.clone() });
        }
        IndexStore::put(&mut self.tx, document)
    }

    fn remove(&mut self, key: DocKey) -> Result<(), StoreError> {
        if self.bug == Bug::KeepsWhatIsRemoved {
            return Ok(());
        }
        IndexStore::remove(&mut self.tx, key)
    }

    fn find(&mut self, ask: &Ask) -> Result<Vec<Document>, StoreError> {
        let mut wide = ask.clone();
        match self.bug {
            Bug::PermissionAfterTheLimit | Bug::NoPermission => wide.labels = everybody(),
            Bug::TrustsTheFirstLetter => {
                for ways in &mut wide.words {
                    let first = ways.first().and_then(|probe| probe.text.chars().next());
                    ways.retain(|probe| probe.text.chars().next() == first);
                }
            }
            Bug::IgnoresTheLimit | Bug::OldestFirst => wide.limit = u32::MAX,
            _ => {}
        }
        let mut found = IndexStore::find(&mut self.tx, &wide)?;
        match self.bug {
            Bug::PermissionAfterTheLimit => found.retain(|one| one.is_seen_by(&ask.labels)),
            Bug::OldestFirst => {
                found.reverse();
                found.truncate(ask.limit as usize);
            }
            _ => {}
        }
        Ok(found)
    }

    fn behind(&mut self, place: i64, limit: u32) -> Result<Vec<(i64, String)>, StoreError> {
        let mut texts = IndexStore::behind(&mut self.tx, place, limit)?;
        if self.bug == Bug::ForgetsBodies {
            for (_, text) in &mut texts {
                *text = text.split(' ').take(2).collect::<Vec<_>>().join(" ");
            }
        }
        Ok(texts)
    }

    fn keys(&mut self, kind: Kind, behind: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        let behind = if self.bug == Bug::IgnoresThePage { 0 } else { behind };
        IndexStore::keys(&mut self.tx, kind, behind, limit)
    }
}

/// The cases that fail on an index with this bug.
fn red(bug: Bug) -> Vec<&'static str> {
    // The loop that fills an index never ends when pages begin anew.
    let ends = |name: &str| bug != Bug::IgnoresThePage || !name.starts_with("s2_events");
    let passes = |case: &kernel::kit::Case<Fixture>| {
        let fixture = Fixture { work: Arc::new(PlantedDb { inner: MemoryDb::new(), bug }) };
        catch_unwind(AssertUnwindSafe(|| block_on((case.run)(fixture)))).is_ok()
    };
    let run = CASES.iter().filter(|case| ends(case.name));
    run.filter(|case| !passes(case)).map(|case| case.name).collect()
}

#[test]
fn each_bug_of_an_index_turns_its_case_red() {
    for (bug, case) in [
        (Bug::PermissionAfterTheLimit, "s1_what_one_may_not_see_does_not_count"),
        (Bug::NoPermission, "s1_what_one_may_not_see_is_not_found"),
        (Bug::KeepsWhatIsRemoved, "s2_what_is_replaced_or_removed_is_not_found"),
        (Bug::KeepsTheFirstLabels, "s2_what_is_replaced_or_removed_is_not_found"),
        (Bug::ForgetsBodies, "s3_what_is_mistyped_is_found"),
        (Bug::TrustsTheFirstLetter, "s3_what_is_mistyped_is_found"),
        (Bug::OldestFirst, "s5_the_newest_come_first_whatever_the_order_of_writing"),
        (Bug::IgnoresTheLimit, "s6_every_query_is_taken"),
        (Bug::IgnoresThePage, "k1_what_is_indexed_is_read_in_pages"),
    ] {
        let red = red(bug);
        assert!(red.contains(&case), "{bug:?}: {red:?}");
    }
}
