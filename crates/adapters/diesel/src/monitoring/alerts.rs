//! `AlertStore`.

use diesel::prelude::*;
use kernel::{Page, PageRequest, StoreError, Timestamp};
use monitoring::{
    Alert, AlertContent, AlertId, AlertStore,
    query::{ALERTS, AlertFilter},
    record::AlertRecord,
    values::AlertState,
};

use super::{
    rows::{AlertRow, monitoring_alerts as table},
    stale_unless,
};
use crate::{
    columns::{count, unwritable},
    constraint::Attempt,
    db::{locking, on},
    list::{self, Keys},
    row::{Row as _, all, one},
    statement::Statement,
    uow::DieselTx,
};

/// Every column but the number and the version. A macro, because the type of the tuple is Diesel's.
macro_rules! content {
    ($record:expr) => {
        (
            table::rule_id.eq($record.rule_id),
            table::rule_name.eq(&$record.rule_name),
            table::severity.eq($record.severity),
            table::condition.eq($record.condition),
            table::threshold.eq($record.threshold),
            table::replica.eq(&$record.replica),
            table::series.eq(&$record.series),
            table::state.eq($record.state),
            table::value.eq($record.value),
            table::cause.eq(&$record.cause),
            table::since.eq($record.since),
            table::fired_at.eq($record.fired_at),
            table::clear_since.eq($record.clear_since),
            table::resolved_at.eq($record.resolved_at),
            table::resolution.eq($record.resolution),
            table::changes.eq(&$record.changes),
            table::flapping.eq($record.flapping),
            table::notified_at.eq($record.notified_at),
            table::acked_by.eq($record.acked_by),
            table::acked_at.eq($record.acked_at),
            table::silenced_by.eq($record.silenced_by),
            table::silenced_until.eq($record.silenced_until),
        )
    };
}

/// ` FROM … WHERE …`: the rows of a list.
fn conditions<ST>(statement: &mut Statement<'_, ST>, filter: AlertFilter) {
    let AlertFilter { state, severity } = filter;
    statement.sql(" FROM monitoring_alerts WHERE 1 = 1");
    if let Some(state) = state {
        statement.sql(" AND state = ").number(state.rank().into());
    }
    if let Some(severity) = severity {
        statement.sql(" AND severity = ").number(severity.rank().into());
    }
}

impl AlertStore for DieselTx {
    fn insert(&mut self, alert: &AlertContent) -> Result<Alert, StoreError> {
        self.writing(|tx| {
            let record = AlertRecord::from(alert);
            let id = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((content!(record), table::version.eq(1)))
                    .returning(table::id)
                    .get_result::<i64>(c)
            })
            .doing("monitoring_alerts.insert")?;
            let id = AlertId::parse(id).map_err(unwritable)?;
            Ok(Alert { id, content: alert.clone(), version: 1 })
        })
    }

    fn get(&mut self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get());
            let row = on!(conn, |c| row.get_result::<AlertRow>(c).optional());
            one(row.doing("monitoring_alerts.get")?)
        })
    }

    fn lock(&mut self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get());
            let row = locking!(&mut tx.conn, row, |c| row.get_result::<AlertRow>(c).optional());
            one(row.doing("monitoring_alerts.lock")?)
        })
    }

    fn save(&mut self, alert: &mut Alert) -> Result<(), StoreError> {
        self.writing(|tx| {
            let record = AlertRecord::from(&*alert);
            let row = table::table.find(record.id).filter(table::version.eq(record.version));
            let changed = on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((content!(record), table::version.eq(table::version + 1)))
                    .execute(c)
            })
            .doing("monitoring_alerts.save")?;
            stale_unless(changed)?;
            alert.version += 1;
            Ok(())
        })
    }

    fn remove(&mut self, alert: &Alert) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = table::table.find(alert.id.get()).filter(table::version.eq(alert.version));
            let removed = on!(&mut tx.conn, |c| diesel::delete(row).execute(c));
            stale_unless(removed.doing("monitoring_alerts.remove")?)
        })
    }

    fn current(&mut self, since: Timestamp) -> Result<Vec<Alert>, StoreError> {
        self.reading(|conn| {
            // Two ranges of two indexes.
            let mut statement: Statement<'_, table::SqlType> = Statement::new();
            statement.sql("SELECT ").sql(AlertRow::COLUMNS);
            statement.sql(" FROM monitoring_alerts WHERE state < 2 UNION ALL SELECT ");
            statement.sql(AlertRow::COLUMNS);
            statement.sql(" FROM monitoring_alerts WHERE state = 2 AND resolved_at >= ");
            statement.number(since.micros()).sql(" ORDER BY id");
            let rows: Vec<AlertRow> =
                on!(conn, |c| statement.load(c)).doing("monitoring_alerts.current")?;
            all(rows)
        })
    }

    fn list(&mut self, filter: AlertFilter, page: &PageRequest) -> Result<Page<Alert>, StoreError> {
        self.reading(|conn| {
            let keys = Keys::fixed(ALERTS, &[]);
            let mut statement: Statement<'_, table::SqlType> = Statement::new();
            statement.sql("SELECT ").sql(AlertRow::COLUMNS);
            conditions(&mut statement, filter);
            keys.finish(&mut statement, page, conn.dialect())?;
            let rows: Vec<AlertRow> =
                on!(conn, |c| statement.load(c)).doing("monitoring_alerts.list")?;
            let at = |alert: &Alert| (Vec::new(), alert.id.get());
            list::page(&keys, all(rows)?, page, at, || {
                let mut total = Statement::new();
                list::count_rows(&mut total, |rows| conditions(rows, filter));
                let total = on!(conn, |c| total.get_result::<i64>(c));
                total.doing("monitoring_alerts.list: total").map(count)
            })
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            delete
                .sql("DELETE FROM monitoring_alerts WHERE id IN (SELECT id FROM monitoring_alerts");
            delete.sql(" WHERE state = ").number(AlertState::Resolved.rank().into());
            delete.sql(" AND resolved_at < ").number(before.micros());
            delete.sql(" ORDER BY resolved_at LIMIT ").number(limit.into()).sql(")");
            let pruned =
                on!(&mut tx.conn, |c| delete.execute(c)).doing("monitoring_alerts.prune")?;
            Ok(pruned as u64)
        })
    }
}
