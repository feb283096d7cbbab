//! `Outbox`. On SQLite the row's number is its place in the feed. On PostgreSQL, where
//! transactions commit in another order than they append, `sequence` gives places afterwards.

use std::collections::BTreeSet;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Text},
};
use kernel::{
    Audience, Epoch, Event, EventId, FeedState, NewEvent, Outbox, StoreError, Timestamp, UserId,
};
use serde_json::Value;

use crate::{
    columns::{RowRef, unwritable},
    common::claim::one,
    constraint::Attempt,
    db::{AnyConnection, by_engine, for_postgres, on},
    schema::{feed_state, outbox as table},
    statement::Statement,
    uow::DieselTx,
};

for_postgres! {
    /// Of the advisory lock that makes sequencers take turns.
    const SEQUENCER: i64 = 0x616c_7665_0001;
}

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

/// The audience of the event with this place: tokens, or ids of accounts in rows of before there were
/// tokens.
fn audience(seq: i64, column: &str) -> Result<Vec<Audience>, StoreError> {
    let row_ref = RowRef::new("outbox", seq);
    let stored: Vec<Value> = row_ref.read("audience", serde_json::from_str(column))?;
    let token = |entry| match entry {
        Value::String(token) => Ok(Audience::stored(token)),
        id => {
            let id = row_ref.read("audience", serde_json::from_value(id))?;
            row_ref.user("audience", id).map(Audience::person)
        }
    };
    stored.into_iter().map(token).collect()
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let row_ref = RowRef::new("outbox", row.seq);
        Ok(Self {
            id: row_ref.event("seq", row.seq)?,
            name: row.name,
            at: row_ref.moment("at", row.at)?,
            actor: row_ref.maybe_user("actor_id", row.actor_id)?,
            subject: row.subject,
            audience: audience(row.seq, &row.audience)?,
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

/// Notes the tokens of the event that was inserted last.
fn address(c: &mut SqliteConnection, tokens: &[&str]) -> Result<(), StoreError> {
    let Some((first, rest)) = tokens.split_first() else { return Ok(()) };
    let mut note: Statement = Statement::new();
    note.sql("INSERT INTO feed_audience (token, seq) VALUES (").text(*first);
    for token in rest {
        note.sql(", last_insert_rowid()), (").text(*token);
    }
    // What is inserted into a table without rowids does not change the number.
    note.sql(", last_insert_rowid()) ON CONFLICT DO NOTHING");
    note.execute(c).doing("outbox.append: audience")?;
    Ok(())
}

for_postgres! {
    /// Gives committed events their places.
    fn give_places(c: &mut diesel::PgConnection, limit: u32) -> Result<u64, StoreError> {
        // Every process asks several times a second, mostly for nothing.
        let mut look: Statement<'_, diesel::sql_types::Bool> = Statement::new();
        look.sql("SELECT EXISTS (SELECT 1 FROM outbox WHERE seq IS NULL)");
        if !look.get_result::<bool>(c).doing("outbox.sequence: look")? {
            return Ok(0);
        }
        let mut turn: Statement = Statement::new();
        turn.sql("SELECT pg_advisory_xact_lock(").number(SEQUENCER).sql(")");
        turn.execute(c).doing("outbox.sequence: turn")?;
        // A statement of its own, so that it sees everything committed before our turn.
        let mut give: Statement<'_, BigInt> = Statement::new();
        give.sql(
            "WITH waiting AS (SELECT ticket, row_number() OVER (ORDER BY ticket) AS place \
             FROM outbox WHERE seq IS NULL ORDER BY ticket LIMIT ",
        );
        give.number(limit.into()).sql(
            "), head AS (UPDATE outbox_head \
             SET last_seq = last_seq + (SELECT count(*) FROM waiting) \
             RETURNING last_seq - (SELECT count(*) FROM waiting) AS base), \
             given AS (UPDATE outbox SET seq = head.base + waiting.place FROM waiting, head \
             WHERE outbox.ticket = waiting.ticket RETURNING outbox.seq, outbox.audience), \
             addressed AS (INSERT INTO feed_audience (token, seq) \
             SELECT CASE jsonb_typeof(entry) WHEN 'number' THEN 'u:' || entry::text \
             ELSE entry #>> '{}' END, given.seq \
             FROM given, jsonb_array_elements(given.audience::jsonb) AS entry \
             ON CONFLICT DO NOTHING) SELECT count(*) FROM given",
        );
        let given: i64 = give.get_result(c).doing("outbox.sequence")?;
        let mut hint: Statement = Statement::new();
        hint.sql("SELECT pg_notify('alveole_feed', current_setting('alveole.instance', true))");
        hint.execute(c).doing("outbox.sequence: hint")?;
        Ok(given.unsigned_abs())
    }
}

impl Outbox for DieselTx {
    fn append(&mut self, event: &NewEvent) -> Result<(), StoreError> {
        self.writing(|tx| {
            let audience: Vec<&str> = event.audience.iter().map(Audience::as_str).collect();
            let tokens = audience.clone();
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
            if let AnyConnection::Sqlite(c) = &mut tx.conn {
                address(c, &tokens)?;
            }
            tx.appended = true;
            Ok(())
        })
    }

    fn sequence(&mut self, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            by_engine!(
                &mut tx.conn,
                |_| {
                    let _ = limit;
                    Ok(0)
                },
                |c| give_places(c, limit)
            )
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

    fn addressed(
        &mut self,
        tokens: &[Audience],
        cursor: Option<EventId>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        self.reading(|conn| {
            // Each token is read by its own range of the index, and no further than the answer goes.
            let mut ask: Statement<'_, EventColumns> = Statement::new();
            ask.sql(format!("SELECT {EVENT_COLUMNS} FROM ("));
            for (number, token) in tokens.iter().enumerate() {
                ask.sql(if number == 0 { "" } else { " UNION " });
                ask.sql("SELECT seq FROM (SELECT seq FROM feed_audience WHERE token = ");
                ask.text(token.as_str()).sql(" AND seq > ");
                ask.number(cursor.map_or(0, EventId::get)).sql(" ORDER BY seq LIMIT ");
                ask.number(limit.into()).sql(format!(") AS t{number}"));
            }
            ask.sql(" ORDER BY seq LIMIT ").number(limit.into());
            ask.sql(") AS own CROSS JOIN outbox o WHERE o.seq = own.seq ORDER BY o.seq");
            let rows: Vec<EventRow> =
                on!(conn, |c| ask.get_results(c)).doing("outbox.addressed")?;
            rows.into_iter().map(Event::try_from).collect()
        })
    }

    fn feed(&mut self) -> Result<FeedState, StoreError> {
        self.reading(|conn| {
            // One statement, so that it is of one moment where units of work are not.
            let mut ask: Statement<'_, (BigInt, BigInt, Nullable<BigInt>)> = Statement::new();
            ask.sql("SELECT epoch, floor_seq, (SELECT max(seq) FROM outbox) FROM feed_state");
            let (epoch, floor, head): (i64, i64, Option<i64>) =
                on!(conn, |c| ask.get_result(c)).doing("outbox.feed")?;
            let place = |column, seq: i64| RowRef::new("feed_state", seq).event(column, seq);
            Ok(FeedState {
                epoch: Epoch::from_number(epoch),
                floor: (floor > 0).then(|| place("floor_seq", floor)).transpose()?,
                head: head.map(|seq| place("seq", seq)).transpose()?,
            })
        })
    }

    fn renew_epoch(&mut self, from: Epoch, now: Timestamp) -> Result<Epoch, StoreError> {
        self.writing(|tx| {
            let next = from.next(now);
            let current = feed_state::table.filter(feed_state::epoch.eq(from.number()));
            one(on!(&mut tx.conn, |c| {
                diesel::update(current).set(feed_state::epoch.eq(next.number())).execute(c)
            })
            .doing("outbox.renew_epoch")?)?;
            Ok(next)
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
            let mut delete: Statement<'_, (BigInt, Text)> = Statement::new();
            delete.sql("DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE at < ");
            delete.number(before.micros());
            delete.sql(
                " AND seq < (SELECT max(seq) FROM outbox) \
                 AND seq NOT IN (SELECT event_id FROM event_retries) \
                 AND seq NOT IN (SELECT event_id FROM dead_letters) ORDER BY seq LIMIT ",
            );
            delete.number(limit.into()).sql(") RETURNING seq, audience");
            let gone: Vec<(i64, String)> =
                on!(&mut tx.conn, |c| delete.get_results(c)).doing("outbox.prune")?;
            if let Some(last) = gone.iter().map(|(seq, _)| seq).max() {
                let tokens = gone.iter().map(|(seq, column)| audience(*seq, column));
                let tokens: Result<Vec<Vec<Audience>>, _> = tokens.collect();
                let tokens: BTreeSet<Audience> = tokens?.into_iter().flatten().collect();
                for token in &tokens {
                    let mut unaddress: Statement = Statement::new();
                    unaddress.sql("DELETE FROM feed_audience WHERE token = ").text(token.as_str());
                    unaddress.sql(" AND seq <= ").number(*last);
                    on!(&mut tx.conn, |c| unaddress.execute(c)).doing("outbox.prune: audience")?;
                }
                let lower = feed_state::table.filter(feed_state::floor_seq.lt(*last));
                on!(&mut tx.conn, |c| {
                    diesel::update(lower).set(feed_state::floor_seq.eq(*last)).execute(c)
                })
                .doing("outbox.prune: floor")?;
            }
            Ok(gone.len() as u64)
        })
    }
}
