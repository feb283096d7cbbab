//! `RuleStore`.

use std::sync::Arc;

use kernel::{Page, PageRequest, StoreError};
use monitoring::{Rule, RuleId, RuleStore, query::RULES, rule::NewRule};

use crate::{
    page::{Order, cut},
    state::{State, next, not_an_id},
    tx::MemoryTx,
};

/// The row that this version is of.
fn check_version(state: &State, rule: &Rule) -> Result<(), StoreError> {
    let stored = state.domains.monitoring.rules.get(&rule.id);
    match stored.filter(|stored| stored.version == rule.version) {
        Some(_) => Ok(()),
        None => Err(StoreError::Stale),
    }
}

impl RuleStore for MemoryTx {
    fn insert(&mut self, rule: &NewRule) -> Result<Rule, StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.monitoring;
            let id = RuleId::parse(next(&mut tables.last_rule)).map_err(not_an_id)?;
            let rule = rule.stored(id);
            Arc::make_mut(&mut tables.rules).insert(id, Arc::new(rule.clone()));
            Ok(rule)
        })
    }

    fn get(&mut self, id: RuleId) -> Result<Option<Rule>, StoreError> {
        self.reading(|state| {
            Ok(state.domains.monitoring.rules.get(&id).map(|rule| (**rule).clone()))
        })
    }

    /// Writers go one after another, so every row is locked from the start.
    fn lock(&mut self, id: RuleId) -> Result<Option<Rule>, StoreError> {
        RuleStore::get(self, id)
    }

    fn save(&mut self, rule: &mut Rule) -> Result<(), StoreError> {
        self.writing(|tx| {
            check_version(&tx.state, rule)?;
            rule.version += 1;
            let row = Arc::new(rule.clone());
            Arc::make_mut(&mut tx.state.domains.monitoring.rules).insert(rule.id, row);
            Ok(())
        })
    }

    fn remove(&mut self, rule: &Rule) -> Result<(), StoreError> {
        self.writing(|tx| {
            check_version(&tx.state, rule)?;
            Arc::make_mut(&mut tx.state.domains.monitoring.rules).remove(&rule.id);
            Ok(())
        })
    }

    fn list(&mut self, page: &PageRequest) -> Result<Page<Rule>, StoreError> {
        self.reading(|state| {
            let rules = state.domains.monitoring.rules.values();
            cut(rules, &Order::fixed(RULES), |rule| (Vec::new(), rule.id.get()), page)
        })
    }

    fn all(&mut self) -> Result<Vec<Rule>, StoreError> {
        self.reading(|state| {
            Ok(state.domains.monitoring.rules.values().map(|rule| (**rule).clone()).collect())
        })
    }
}
