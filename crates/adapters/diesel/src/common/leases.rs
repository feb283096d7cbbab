//! `Leases`. Asking is one statement, so that of many at once one gets it.

use std::time::Duration;

use diesel::RunQueryDsl as _;
use kernel::{Leases, StoreError, Timestamp};

use crate::{constraint::Attempt, db::on, statement::Statement, uow::DieselTx};

impl Leases for DieselTx {
    fn hold(
        &mut self,
        name: &'static str,
        holder: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let mut hold: Statement = Statement::new();
            hold.sql("INSERT INTO leases (name, holder, held_until) VALUES (").text(name);
            hold.sql(", ").text(holder).sql(", ").number(now.plus(ttl).micros());
            hold.sql(
                ") ON CONFLICT (name) DO UPDATE \
                 SET holder = excluded.holder, held_until = excluded.held_until \
                 WHERE leases.holder = excluded.holder OR leases.held_until <= ",
            );
            hold.number(now.micros());
            let held = on!(&mut tx.conn, |c| hold.execute(c)).doing("leases.hold")?;
            Ok(held > 0)
        })
    }

    fn release(&mut self, name: &'static str, holder: &str) -> Result<(), StoreError> {
        self.writing(|tx| {
            let mut release: Statement = Statement::new();
            release.sql("DELETE FROM leases WHERE name = ").text(name);
            release.sql(" AND holder = ").text(holder);
            on!(&mut tx.conn, |c| release.execute(c)).doing("leases.release")?;
            Ok(())
        })
    }
}
