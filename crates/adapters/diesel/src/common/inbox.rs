//! `Inbox`.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable},
};
use kernel::{EventId, Inbox, Position, StoreError, Timestamp};

use crate::{
    columns::{RowRef, count},
    common::claim::one,
    common::outbox::with_names,
    constraint::Attempt,
    db::{locking, on},
    schema::{positions, settlements},
    statement::Statement,
    uow::DieselTx,
};

/// How a position is stored: events have positive numbers.
fn number(position: Position) -> i64 {
    position.event().map_or(0, EventId::get)
}

fn position(id: i64) -> Result<Position, StoreError> {
    match id {
        0 => Ok(Position::START),
        id => {
            let event = RowRef::new("positions", id).event("event_id", id)?;
            Ok(Position::after(Some(event)))
        }
    }
}

impl Inbox for DieselTx {
    fn mark_processed(
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
            .doing("inbox.mark_processed")?;
            Ok(added > 0)
        })
    }

    fn position(&mut self, consumer: &'static str) -> Result<Option<Position>, StoreError> {
        self.reading(|conn| {
            let row = positions::table.find(consumer).select(positions::event_id);
            let found = on!(conn, |c| row.get_result::<i64>(c).optional());
            found.doing("inbox.position")?.map(position).transpose()
        })
    }

    fn lock(&mut self, consumer: &'static str) -> Result<Option<Position>, StoreError> {
        self.reading(|conn| {
            let row = positions::table.find(consumer).select(positions::event_id);
            let found = locking!(conn, row, |c| row.get_result::<i64>(c).optional());
            found.doing("inbox.lock")?.map(position).transpose()
        })
    }

    fn start(&mut self, consumer: &'static str, at: Position) -> Result<(), StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::insert_into(positions::table)
                    .values((positions::consumer.eq(consumer), positions::event_id.eq(number(at))))
                    .on_conflict_do_nothing()
                    .execute(c)
            })
            .doing("inbox.start")?;
            Ok(())
        })
    }

    fn advance(
        &mut self,
        consumer: &'static str,
        from: Position,
        to: EventId,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = positions::table
                .find(consumer)
                .filter(positions::event_id.eq(number(from)))
                .filter(positions::event_id.lt(to.get()));
            one(on!(&mut tx.conn, |c| {
                diesel::update(row).set(positions::event_id.eq(to.get())).execute(c)
            })
            .doing("inbox.advance")?)
        })
    }

    fn backlog(
        &mut self,
        consumer: &'static str,
        names: &[&str],
    ) -> Result<(u64, Option<Timestamp>), StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, (BigInt, Nullable<BigInt>)> = Statement::new();
            ask.sql(
                "SELECT count(*), min(at) FROM outbox WHERE (seq IS NULL OR seq > \
                 coalesce((SELECT event_id FROM positions WHERE consumer = ",
            );
            ask.text(consumer).sql("), 0))");
            with_names(&mut ask, names);
            let (waiting, oldest): (i64, Option<i64>) =
                on!(conn, |c| ask.get_result(c)).doing("inbox.backlog")?;
            Ok((count(waiting), RowRef::new("outbox", 0).maybe_moment("at", oldest)?))
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            delete.sql(
                "DELETE FROM settlements WHERE (consumer, event_id) IN \
                 (SELECT consumer, event_id FROM settlements WHERE at < ",
            );
            delete.number(before.micros()).sql(" ORDER BY at LIMIT ");
            delete.number(limit.into()).sql(")");
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("inbox.prune")?;
            Ok(gone as u64)
        })
    }
}
