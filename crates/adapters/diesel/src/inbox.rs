//! `Inbox`.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable},
    upsert::excluded,
};
use kernel::{EventId, Inbox, StoreError, Timestamp};

use crate::{
    columns::{Spot, count},
    constraint::Attempt,
    db::on,
    schema::{dead_letters, positions, settlements},
    statement::Statement,
    uow::DieselTx,
};

impl Inbox for DieselTx {
    fn settle(
        &mut self,
        consumer: &'static str,
        event: EventId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let added = on!(&mut tx.conn, |c| {
                diesel::insert_into(settlements::table)
                    .values((
                        settlements::consumer.eq(consumer),
                        settlements::event_id.eq(event.get()),
                        settlements::at.eq(now.micros()),
                    ))
                    .on_conflict_do_nothing()
                    .execute(c)
            })
            .doing("inbox.settle")?;
            Ok(added > 0)
        })
    }

    fn position(&mut self, consumer: &'static str) -> Result<Option<EventId>, StoreError> {
        self.reading(|conn| {
            let position = on!(conn, |c| {
                positions::table
                    .find(consumer)
                    .select(positions::event_id)
                    .get_result::<i64>(c)
                    .optional()
            })
            .doing("inbox.position")?;
            position.map(|id| Spot::new("positions", id).event("event_id", id)).transpose()
        })
    }

    fn advance(&mut self, consumer: &'static str, to: EventId) -> Result<(), StoreError> {
        self.writing(|tx| {
            let mut advance: Statement = Statement::new();
            advance.sql("INSERT INTO positions (consumer, event_id) VALUES (").text(consumer);
            advance.sql(", ").number(to.get()).sql(
                ") ON CONFLICT (consumer) DO UPDATE SET event_id = excluded.event_id \
                 WHERE positions.event_id < excluded.event_id",
            );
            on!(&mut tx.conn, |c| advance.execute(c)).doing("inbox.advance")?;
            Ok(())
        })
    }

    fn backlog(&mut self, consumer: &'static str) -> Result<(u64, Option<Timestamp>), StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, (BigInt, Nullable<BigInt>)> = Statement::new();
            ask.sql(
                "SELECT count(*), min(at) FROM outbox WHERE seq IS NULL OR seq > \
                 coalesce((SELECT event_id FROM positions WHERE consumer = ",
            );
            ask.text(consumer).sql("), 0)");
            let (waiting, oldest): (i64, Option<i64>) =
                on!(conn, |c| ask.get_result(c)).doing("inbox.backlog")?;
            Ok((count(waiting), Spot::new("outbox", 0).maybe_moment("at", oldest)?))
        })
    }

    fn bury(
        &mut self,
        consumer: &'static str,
        event: EventId,
        why: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            // Reasons come from anywhere; PostgreSQL keeps no NUL in a text.
            let why = why.replace('\0', "\u{fffd}");
            on!(&mut tx.conn, |c| {
                diesel::insert_into(dead_letters::table)
                    .values((
                        dead_letters::consumer.eq(consumer),
                        dead_letters::event_id.eq(event.get()),
                        dead_letters::why.eq(&why),
                        dead_letters::at.eq(now.micros()),
                    ))
                    .on_conflict((dead_letters::consumer, dead_letters::event_id))
                    .do_update()
                    .set((
                        dead_letters::why.eq(excluded(dead_letters::why)),
                        dead_letters::at.eq(excluded(dead_letters::at)),
                    ))
                    .execute(c)
            })
            .doing("inbox.bury")?;
            Ok(())
        })
    }

    fn sweep(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            delete.sql(
                "DELETE FROM settlements WHERE (consumer, event_id) IN \
                 (SELECT consumer, event_id FROM settlements WHERE at < ",
            );
            delete.number(before.micros()).sql(" ORDER BY at LIMIT ");
            delete.number(limit.into()).sql(")");
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("inbox.sweep")?;
            Ok(gone as u64)
        })
    }
}
