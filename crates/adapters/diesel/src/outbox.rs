//! `Outbox`. On SQLite the row's number is its place in the feed. On PostgreSQL, where
//! transactions commit in another order than they append, `sequence` gives places afterwards.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Nullable, Text},
};
use kernel::{Event, EventId, NewEvent, Outbox, StoreError, Timestamp, UserId};

use crate::{
    columns::{RowRef, count, unwritable},
    constraint::Attempt,
    db::{AnyConnection, on},
    schema::outbox as table,
    statement::Statement,
    uow::DieselTx,
};

/// Of the advisory lock that makes sequencers take turns.
const SEQUENCER: i64 = 0x616c_7665_0001;

/// The columns of an [`EventRow`], of a table that is called `o`.
pub(crate) const EVENT_COLUMNS: &str = "o.seq, o.name, o.at, o.actor_id, o.subject, o.audience, o.payload, o.request_id, o.traceparent";

/// Their types.
pub(crate) type EventColumns =
    (BigInt, Text, BigInt, Nullable<BigInt>, BigInt, Text, Text, Nullable<Text>, Nullable<Text>);

#[derive(Queryable)]
pub(crate) struct EventRow {
    seq: i64,
    name: String,
    at: i64,
    actor_id: Option<i64>,
    subject: i64,
    audience: String,
    payload: String,
    request_id: Option<String>,
    traceparent: Option<String>,
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let row_ref = RowRef::new("outbox", row.seq);
        let audience: Vec<i64> = row_ref.read("audience", serde_json::from_str(&row.audience))?;
        let audience: Result<Vec<UserId>, _> =
            audience.into_iter().map(|id| row_ref.user("audience", id)).collect();
        Ok(Self {
            id: row_ref.event("seq", row.seq)?,
            name: row.name,
            at: row_ref.moment("at", row.at)?,
            actor: row_ref.maybe_user("actor_id", row.actor_id)?,
            subject: row.subject,
            audience: audience?,
            payload: row_ref.read("payload", serde_json::from_str(&row.payload))?,
            request_id: row.request_id,
            traceparent: row.traceparent,
        })
    }
}

/// Adds that the event has one of these names; without names: nothing.
pub(crate) fn with_names<'a, ST>(ask: &mut Statement<'a, ST>, names: &[&'a str]) {
    let Some((first, rest)) = names.split_first() else { return };
    ask.sql(" AND name IN (").text(*first);
    for name in rest {
        ask.sql(", ").text(*name);
    }
    ask.sql(")");
}

impl Outbox for DieselTx {
    fn append(&mut self, event: &NewEvent) -> Result<(), StoreError> {
        self.writing(|tx| {
            let audience: Vec<i64> = event.audience.iter().map(|user| user.get()).collect();
            let audience = serde_json::to_string(&audience).map_err(unwritable)?;
            let payload = serde_json::to_string(&event.payload).map_err(unwritable)?;
            on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::name.eq(event.name),
                        table::at.eq(event.at.micros()),
                        table::actor_id.eq(event.actor.map(UserId::get)),
                        table::subject.eq(event.subject),
                        table::audience.eq(&audience),
                        table::payload.eq(&payload),
                        table::request_id.eq(event.request_id.as_deref()),
                        table::traceparent.eq(tx.traceparent.as_deref()),
                    ))
                    .execute(c)
            })
            .doing("outbox.append")?;
            tx.appended = true;
            Ok(())
        })
    }

    fn sequence(&mut self, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let AnyConnection::Postgres(c) = &mut tx.conn else { return Ok(0) };
            let c: &mut PgConnection = c;
            // Every process asks several times a second, mostly for nothing.
            let mut look: Statement<'_, Bool> = Statement::new();
            look.sql("SELECT EXISTS (SELECT 1 FROM outbox WHERE seq IS NULL)");
            if !look.get_result::<bool>(c).doing("outbox.sequence: look")? {
                return Ok(0);
            }
            let mut turn: Statement = Statement::new();
            turn.sql("SELECT pg_advisory_xact_lock(").number(SEQUENCER).sql(")");
            turn.execute(c).doing("outbox.sequence: turn")?;
            // A statement of its own, so that it sees everything committed before our turn.
            let mut give: Statement = Statement::new();
            give.sql(
                "WITH waiting AS (SELECT ticket, row_number() OVER (ORDER BY ticket) AS place \
                 FROM outbox WHERE seq IS NULL ORDER BY ticket LIMIT ",
            );
            give.number(limit.into()).sql(
                "), head AS (UPDATE outbox_head \
                 SET last_seq = last_seq + (SELECT count(*) FROM waiting) \
                 RETURNING last_seq - (SELECT count(*) FROM waiting) AS base) \
                 UPDATE outbox SET seq = head.base + waiting.place FROM waiting, head \
                 WHERE outbox.ticket = waiting.ticket",
            );
            let given = give.execute(c).doing("outbox.sequence")?;
            Ok(given as u64)
        })
    }

    fn after(&mut self, cursor: Option<EventId>, limit: u32) -> Result<Vec<Event>, StoreError> {
        self.named(&[], cursor, limit)
    }

    fn named(
        &mut self,
        names: &[&str],
        cursor: Option<EventId>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, EventColumns> = Statement::new();
            ask.sql(format!("SELECT {EVENT_COLUMNS} FROM outbox o WHERE seq > "));
            ask.number(cursor.map_or(0, EventId::get));
            with_names(&mut ask, names);
            ask.sql(" ORDER BY seq LIMIT ").number(limit.into());
            let rows: Vec<EventRow> = on!(conn, |c| ask.get_results(c)).doing("outbox.named")?;
            rows.into_iter().map(Event::try_from).collect()
        })
    }

    fn head(&mut self) -> Result<Option<EventId>, StoreError> {
        self.reading(|conn| {
            let head = on!(conn, |c| {
                table::table.select(diesel::dsl::max(table::seq)).get_result::<Option<i64>>(c)
            })
            .doing("outbox.head")?;
            head.map(|seq| RowRef::new("outbox", seq).event("seq", seq)).transpose()
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            delete.sql("DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE at < ");
            delete.number(before.micros());
            delete.sql(
                " AND seq < (SELECT max(seq) FROM outbox) \
                 AND seq NOT IN (SELECT event_id FROM event_retries) \
                 AND seq NOT IN (SELECT event_id FROM dead_letters) ORDER BY seq LIMIT ",
            );
            delete.number(limit.into()).sql(")");
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("outbox.prune")?;
            Ok(count(gone as i64))
        })
    }
}
