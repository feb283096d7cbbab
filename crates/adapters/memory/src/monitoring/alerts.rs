//! `AlertStore`.

use std::sync::Arc;

use kernel::{Page, PageRequest, StoreError, Timestamp};
use monitoring::{
    Alert, AlertContent, AlertId, AlertStore,
    query::{ALERTS, AlertFilter},
    values::AlertState,
};

use crate::{
    page::{Order, cut},
    state::{State, count, next, not_an_id, prune},
    tx::MemoryTx,
};

/// The row that this version is of.
fn check_version(state: &State, alert: &Alert) -> Result<(), StoreError> {
    let stored = state.domains.monitoring.alerts.get(&alert.id);
    match stored.filter(|stored| stored.version == alert.version) {
        Some(_) => Ok(()),
        None => Err(StoreError::Stale),
    }
}

/// One alert of a rule, replica and series is open.
fn check_open(state: &State, own: Option<AlertId>, new: &AlertContent) -> Result<(), StoreError> {
    let is_other = |alert: &&Arc<Alert>| {
        let content = &alert.content;
        own != Some(alert.id)
            && content.state != AlertState::Resolved
            && (content.rule, &content.replica, &content.series)
                == (new.rule, &new.replica, &new.series)
    };
    let mut alerts = state.domains.monitoring.alerts.values();
    if new.state != AlertState::Resolved && alerts.any(|alert| is_other(&alert)) {
        return Err(StoreError::Duplicate("monitoring.alert"));
    }
    Ok(())
}

impl AlertStore for MemoryTx {
    fn insert(&mut self, alert: &AlertContent) -> Result<Alert, StoreError> {
        self.writing(|tx| {
            check_open(&tx.state, None, alert)?;
            let tables = &mut tx.state.domains.monitoring;
            let id = AlertId::parse(next(&mut tables.last_alert)).map_err(not_an_id)?;
            let alert = Alert { id, content: alert.clone(), version: 1 };
            Arc::make_mut(&mut tables.alerts).insert(id, Arc::new(alert.clone()));
            Ok(alert)
        })
    }

    fn get(&mut self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        self.reading(|state| {
            Ok(state.domains.monitoring.alerts.get(&id).map(|alert| (**alert).clone()))
        })
    }

    /// Writers go one after another, so every row is locked from the start.
    fn lock(&mut self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        AlertStore::get(self, id)
    }

    fn save(&mut self, alert: &mut Alert) -> Result<(), StoreError> {
        self.writing(|tx| {
            check_version(&tx.state, alert)?;
            check_open(&tx.state, Some(alert.id), &alert.content)?;
            alert.version += 1;
            let row = Arc::new(alert.clone());
            Arc::make_mut(&mut tx.state.domains.monitoring.alerts).insert(alert.id, row);
            Ok(())
        })
    }

    fn remove(&mut self, alert: &Alert) -> Result<(), StoreError> {
        self.writing(|tx| {
            check_version(&tx.state, alert)?;
            Arc::make_mut(&mut tx.state.domains.monitoring.alerts).remove(&alert.id);
            Ok(())
        })
    }

    fn current(&mut self, since: Timestamp) -> Result<Vec<Alert>, StoreError> {
        self.reading(|state| {
            let is_current = |alert: &&Arc<Alert>| {
                let content = &alert.content;
                content.state != AlertState::Resolved
                    || content.resolved_at.is_some_and(|at| at >= since)
            };
            let alerts = state.domains.monitoring.alerts.values();
            Ok(alerts.filter(is_current).map(|alert| (**alert).clone()).collect())
        })
    }

    fn list(&mut self, filter: AlertFilter, page: &PageRequest) -> Result<Page<Alert>, StoreError> {
        self.reading(|state| {
            let AlertFilter { state: wanted, severity } = filter;
            let is_wanted = |alert: &&Arc<Alert>| {
                wanted.is_none_or(|wanted| alert.content.state == wanted)
                    && severity.is_none_or(|severity| alert.content.severity == severity)
            };
            let alerts = state.domains.monitoring.alerts.values().filter(is_wanted);
            cut(alerts, &Order::fixed(ALERTS), |alert| (Vec::new(), alert.id.get()), page)
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let is_old = |_: &AlertId, alert: &Arc<Alert>| {
                let content = &alert.content;
                content.state == AlertState::Resolved
                    && content.resolved_at.is_some_and(|at| at < before)
            };
            Ok(count(&prune(&mut tx.state.domains.monitoring.alerts, limit, is_old)))
        })
    }
}
