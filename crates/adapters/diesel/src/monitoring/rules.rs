//! `RuleStore`.

use diesel::prelude::*;
use kernel::{Page, PageRequest, StoreError};
use monitoring::{Rule, RuleId, RuleStore, query::RULES, record::RuleRecord, rule::NewRule};

use super::{
    rows::{RuleRow, monitoring_rules as table},
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

/// The columns that people choose. A macro, because the type of the tuple is Diesel's.
macro_rules! chosen {
    ($record:expr) => {
        (
            table::name.eq(&$record.name),
            table::series.eq(&$record.series),
            table::condition.eq($record.condition),
            table::threshold.eq($record.threshold),
            table::clear.eq($record.clear),
            table::held_for.eq($record.held_for),
            table::clear_for.eq($record.clear_for),
            table::repeat.eq($record.repeat),
            table::severity.eq($record.severity),
            table::enabled.eq($record.enabled),
            table::updated_at.eq($record.updated_at),
        )
    };
}

impl RuleStore for DieselTx {
    fn insert(&mut self, rule: &NewRule) -> Result<Rule, StoreError> {
        self.writing(|tx| {
            let record = RuleRecord::new(&rule.content, rule.created_at);
            let fixed = (table::created_at.eq(record.created_at), table::version.eq(1));
            let id = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((chosen!(record), fixed))
                    .returning(table::id)
                    .get_result::<i64>(c)
            })
            .doing("monitoring_rules.insert")?;
            Ok(rule.stored(RuleId::parse(id).map_err(unwritable)?))
        })
    }

    fn get(&mut self, id: RuleId) -> Result<Option<Rule>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get());
            let row = on!(conn, |c| row.get_result::<RuleRow>(c).optional());
            one(row.doing("monitoring_rules.get")?)
        })
    }

    fn lock(&mut self, id: RuleId) -> Result<Option<Rule>, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get());
            let row = locking!(&mut tx.conn, row, |c| row.get_result::<RuleRow>(c).optional());
            one(row.doing("monitoring_rules.lock")?)
        })
    }

    fn save(&mut self, rule: &mut Rule) -> Result<(), StoreError> {
        self.writing(|tx| {
            let record = RuleRecord::from(&*rule);
            let row = table::table.find(record.id).filter(table::version.eq(record.version));
            let changed = on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((chosen!(record), table::version.eq(table::version + 1)))
                    .execute(c)
            })
            .doing("monitoring_rules.save")?;
            stale_unless(changed)?;
            rule.version += 1;
            Ok(())
        })
    }

    fn remove(&mut self, rule: &Rule) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = table::table.find(rule.id.get()).filter(table::version.eq(rule.version));
            let removed = on!(&mut tx.conn, |c| diesel::delete(row).execute(c));
            stale_unless(removed.doing("monitoring_rules.remove")?)
        })
    }

    fn list(&mut self, page: &PageRequest) -> Result<Page<Rule>, StoreError> {
        self.reading(|conn| {
            let keys = Keys::fixed(RULES, &[]);
            let mut statement: Statement<'_, table::SqlType> = Statement::new();
            statement.sql("SELECT ").sql(RuleRow::COLUMNS);
            statement.sql(" FROM monitoring_rules WHERE 1 = 1");
            keys.finish(&mut statement, page, conn.dialect())?;
            let rows: Vec<RuleRow> =
                on!(conn, |c| statement.load(c)).doing("monitoring_rules.list")?;
            let at = |rule: &Rule| (Vec::new(), rule.id.get());
            list::page(&keys, all(rows)?, page, at, || {
                let total = on!(conn, |c| table::table.count().get_result::<i64>(c));
                total.doing("monitoring_rules.list: total").map(count)
            })
        })
    }

    fn all(&mut self) -> Result<Vec<Rule>, StoreError> {
        self.reading(|conn| {
            let rows = on!(conn, |c| table::table.order(table::id).load::<RuleRow>(c));
            all(rows.doing("monitoring_rules.all")?)
        })
    }
}
