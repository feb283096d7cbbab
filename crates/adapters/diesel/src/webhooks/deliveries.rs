//! `DeliveryStore`.

use std::{collections::BTreeMap, time::Duration};

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable},
};
use kernel::{Audience, EventId, Page, PageRequest, StoreError, Timestamp};
use webhooks::{
    Delivery, DeliveryId, DeliveryStore, EndpointId, MessageId,
    delivery::{
        Attempt, DeliveryState, Filter, NewDelivery, Result as Sent, Shown, Tries, Waiting,
    },
    message::{Message, NewMessage},
    outbound::SendFault,
    query::ORDER,
};

use super::rows::{
    DeliveryRow, webhook_attempts as attempts, webhook_deliveries as table,
    webhook_messages as messages,
};
use crate::{
    columns::{RowRef, count, unwritable},
    constraint::Attempt as _,
    db::{AnyConnection, locking, on},
    list::{self, Keys},
    row::{Row as _, all, one},
    statement::Statement,
    uow::DieselTx,
};

/// The columns of a message.
type MessageColumns = (i64, Option<i64>, String, String, i64, i64, String, String);
/// The columns of an attempt.
type AttemptColumns = (i64, i64, i64, i64, Option<i64>, Option<String>, String);

fn message(row: MessageColumns) -> Result<Message, StoreError> {
    let (id, event, wire_id, name, at, subject, audience, body) = row;
    let row_ref = RowRef::new("webhook_messages", id);
    let tokens: Vec<String> = row_ref.read("audience", serde_json::from_str(&audience))?;
    let content = NewMessage {
        wire_id,
        event: event.map(|event| row_ref.event("event_id", event)).transpose()?,
        name,
        at: row_ref.moment("at", at)?,
        subject,
        audience: tokens.into_iter().map(Audience::stored).collect(),
        body,
    };
    Ok(Message { id: row_ref.read("id", MessageId::parse(id))?, content })
}

fn attempt(row: AttemptColumns) -> Result<Attempt, StoreError> {
    let (delivery, number, at, duration, status, fault, answer) = row;
    let row_ref = RowRef::new("webhook_attempts", delivery);
    Ok(Attempt {
        number: row_ref.read("number", u32::try_from(number))?,
        at: row_ref.moment("at", at)?,
        duration: Duration::from_micros(row_ref.read("duration_us", u64::try_from(duration))?),
        status: status.map(|code| row_ref.read("status", u16::try_from(code))).transpose()?,
        fault: fault.map(|word| row_ref.known("fault", SendFault::parse(&word))).transpose()?,
        answer,
    })
}

/// Deliveries with their messages, in the same order.
fn shown(conn: &mut AnyConnection, rows: Vec<Delivery>) -> Result<Vec<Shown>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = rows.iter().map(|one| one.message.get()).collect();
    let of = messages::table.filter(messages::id.eq_any(&ids));
    let found: Vec<MessageColumns> =
        on!(conn, |c| of.load(c)).doing("webhooks.deliveries: messages")?;
    let found: Result<BTreeMap<MessageId, Message>, StoreError> =
        found.into_iter().map(|row| message(row).map(|one| (one.id, one))).collect();
    let found = found?;
    let with = |delivery: Delivery| {
        let message = found.get(&delivery.message).cloned();
        let message = message.ok_or(StoreError::Missing("webhook_deliveries.message"))?;
        Ok(Shown { delivery, message })
    };
    rows.into_iter().map(with).collect()
}

/// Adds lines for attempts.
fn write_attempts(
    conn: &mut AnyConnection,
    rows: &[(DeliveryId, &Attempt)],
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut insert: Statement<'_> = Statement::new();
    insert.not_kept().sql(
        "INSERT INTO webhook_attempts \
         (delivery_id, number, at, duration_us, status, fault, answer) VALUES ",
    );
    for (index, (id, attempt)) in rows.iter().enumerate() {
        let Attempt { number, at, duration, status, fault, answer } = attempt;
        let duration = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        insert.sql(if index == 0 { "(" } else { ", (" }).number(id.get());
        insert.sql(", ").number((*number).into()).sql(", ").number(at.micros());
        insert.sql(", ").number(duration).sql(", ").maybe(status.map(i64::from)).sql(", ");
        match fault {
            Some(fault) => insert.text(fault.as_str()),
            None => insert.sql("NULL"),
        };
        insert.sql(", ").text(answer.as_str()).sql(")");
    }
    insert.sql(" ON CONFLICT DO NOTHING");
    on!(conn, |c| insert.execute(c)).doing("webhooks.attempts")?;
    Ok(())
}

/// ` FROM … WHERE …`: the rows of a list.
fn of_endpoint<ST>(statement: &mut Statement<'_, ST>, endpoint: EndpointId, filter: Filter) {
    statement.sql(" FROM webhook_deliveries WHERE endpoint_id = ").number(endpoint.get());
    if let Some(state) = filter.state {
        statement.sql(" AND state = ").number(state.rank().into());
    }
}

/// Makes failed deliveries due that also meet a condition.
const REVIVE: &str =
    "UPDATE webhook_deliveries SET state = 0, attempt = 0, finished_at = NULL, due_at = ";
const CAN_REVIVE: &str = "state IN (2, 3) AND cause < 2";

impl DeliveryStore for DieselTx {
    fn messages(&mut self, new: &[NewMessage]) -> Result<Vec<MessageId>, StoreError> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        self.writing(|tx| {
            let mut insert: Statement<'_, (BigInt, Nullable<BigInt>)> = Statement::new();
            insert.not_kept().sql(
                "INSERT INTO webhook_messages \
                 (event_id, wire_id, name, at, subject, audience, body) VALUES ",
            );
            for (index, message) in new.iter().enumerate() {
                let NewMessage { wire_id, event, name, at, subject, audience, body } = message;
                let tokens: Vec<&str> = audience.iter().map(Audience::as_str).collect();
                let tokens = serde_json::to_string(&tokens).map_err(unwritable)?;
                insert.sql(if index == 0 { "(" } else { ", (" }).maybe(event.map(EventId::get));
                insert.sql(", ").text(wire_id.as_str()).sql(", ").text(name.as_str());
                insert.sql(", ").number(at.micros()).sql(", ").number(*subject);
                insert.sql(", ").text(tokens).sql(", ").text(body.as_str()).sql(")");
            }
            insert.sql(" ON CONFLICT DO NOTHING RETURNING id, event_id");
            let inserted: Vec<(i64, Option<i64>)> =
                on!(&mut tx.conn, |c| insert.get_results(c)).doing("webhooks.messages")?;
            let events: Vec<i64> =
                new.iter().filter_map(|one| one.event.map(EventId::get)).collect();
            let mut known: BTreeMap<i64, i64> =
                inserted.iter().filter_map(|(id, event)| Some(((*event)?, *id))).collect();
            if known.len() < events.len() {
                // Another transaction brought them; this statement sees what it committed.
                let of = messages::table
                    .filter(messages::event_id.eq_any(&events))
                    .select((messages::event_id, messages::id));
                let found: Vec<(Option<i64>, i64)> =
                    on!(&mut tx.conn, |c| of.load(c)).doing("webhooks.messages: known")?;
                known.extend(found.into_iter().filter_map(|(event, id)| Some((event?, id))));
            }
            let mut tests = inserted.iter().filter(|(_, event)| event.is_none()).map(|(id, _)| *id);
            let id = |message: &NewMessage| {
                let id = match message.event {
                    Some(event) => known.get(&event.get()).copied(),
                    None => tests.next(),
                };
                let id = id.ok_or(StoreError::Missing("webhook_messages.id"))?;
                MessageId::parse(id).map_err(unwritable)
            };
            new.iter().map(id).collect()
        })
    }

    fn deliver(&mut self, new: &[NewDelivery]) -> Result<u64, StoreError> {
        if new.is_empty() {
            return Ok(0);
        }
        self.writing(|tx| {
            let mut insert: Statement<'_> = Statement::new();
            insert.not_kept().sql(
                "INSERT INTO webhook_deliveries (endpoint_id, message_id, cause, state, attempt, \
                 tries, due_at, created_at) VALUES ",
            );
            for (index, delivery) in new.iter().enumerate() {
                let NewDelivery { endpoint, message, cause, state, at } = delivery;
                insert.sql(if index == 0 { "(" } else { ", (" }).number(endpoint.get());
                insert.sql(", ").number(message.get()).sql(", ").number(cause.rank().into());
                insert.sql(", ").number(state.rank().into()).sql(", 0, 0, ");
                insert.number(at.micros()).sql(", ").number(at.micros()).sql(")");
            }
            insert.sql(" ON CONFLICT DO NOTHING");
            let added = on!(&mut tx.conn, |c| insert.execute(c)).doing("webhooks.deliver")?;
            Ok(added as u64)
        })
    }

    fn insert_test(&mut self, new: &NewDelivery) -> Result<Delivery, StoreError> {
        self.writing(|tx| {
            let NewDelivery { endpoint, message, cause, state, at } = new;
            let id = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::endpoint_id.eq(endpoint.get()),
                        table::message_id.eq(message.get()),
                        table::cause.eq(cause.rank()),
                        table::state.eq(state.rank()),
                        table::attempt.eq(0),
                        table::tries.eq(0),
                        table::due_at.eq(at.micros()),
                        table::created_at.eq(at.micros()),
                    ))
                    .returning(table::id)
                    .get_result::<i64>(c)
            })
            .doing("webhooks.insert_test")?;
            Ok(new.stored(DeliveryId::parse(id).map_err(unwritable)?))
        })
    }

    fn record_test(
        &mut self,
        id: DeliveryId,
        state: DeliveryState,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get());
            let number = i64::from(attempt.number);
            let changed = on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((
                        table::state.eq(state.rank()),
                        table::attempt.eq(number),
                        table::tries.eq(number),
                        table::finished_at.eq(Some(now.micros())),
                    ))
                    .execute(c)
            })
            .doing("webhooks.record_test")?;
            if changed == 0 {
                return Ok(());
            }
            write_attempts(&mut tx.conn, &[(id, attempt)])
        })
    }

    fn due(
        &mut self,
        endpoint: EndpointId,
        tries: Tries,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Shown>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, table::SqlType> = Statement::new();
            ask.sql("SELECT ").sql(DeliveryRow::COLUMNS);
            ask.sql(" FROM webhook_deliveries WHERE state = 0 AND endpoint_id = ");
            ask.number(endpoint.get()).sql(" AND due_at <= ").number(now.micros());
            ask.sql(match tries {
                Tries::First => " AND attempt = 0",
                Tries::Again => " AND attempt > 0",
            });
            ask.sql(" ORDER BY due_at, id LIMIT ").number(limit.into());
            let rows: Vec<DeliveryRow> = on!(&mut *conn, |c| ask.load(c)).doing("webhooks.due")?;
            shown(conn, all(rows)?)
        })
    }

    fn next_due(&mut self, endpoint: EndpointId) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, BigInt> = Statement::new();
            ask.sql("SELECT due_at FROM webhook_deliveries WHERE state = 0 AND endpoint_id = ");
            ask.number(endpoint.get()).sql(" ORDER BY due_at LIMIT 1");
            let due: Option<i64> =
                on!(conn, |c| ask.get_result(c).optional()).doing("webhooks.next_delivery")?;
            RowRef::new("webhook_deliveries", endpoint.get()).maybe_moment("due_at", due)
        })
    }

    fn open(&mut self, endpoint: EndpointId) -> Result<u32, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, BigInt> = Statement::new();
            ask.sql(
                "SELECT count(*) FROM webhook_deliveries \
                 WHERE state = 0 AND cause = 0 AND endpoint_id = ",
            );
            ask.number(endpoint.get());
            let open: i64 = on!(conn, |c| ask.get_result(c)).doing("webhooks.open")?;
            Ok(u32::try_from(open).unwrap_or(u32::MAX))
        })
    }

    fn waiting(&mut self, tries: Tries) -> Result<Waiting, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, (BigInt, Nullable<BigInt>)> = Statement::new();
            ask.sql(
                "SELECT count(*), min(webhook_deliveries.created_at) FROM webhook_deliveries \
                 JOIN webhook_endpoints ON webhook_endpoints.id = endpoint_id \
                 WHERE webhook_deliveries.state = 0 AND webhook_endpoints.state = 0 AND ",
            );
            ask.sql(match tries {
                Tries::First => "attempt = 0",
                Tries::Again => "attempt > 0",
            });
            let (number, oldest): (i64, Option<i64>) =
                on!(conn, |c| ask.get_result(c)).doing("webhooks.waiting")?;
            let row = RowRef::new("webhook_deliveries", 0);
            let oldest = oldest.map(|at| row.moment("created_at", at)).transpose()?;
            Ok(Waiting { count: count(number), oldest })
        })
    }

    fn record(&mut self, sent: &[Sent]) -> Result<(), StoreError> {
        self.writing(|tx| {
            let mut lines = Vec::new();
            for one in sent {
                let Sent { delivery: id, state, at, attempt } = one;
                let mut update: Statement<'_> = Statement::new();
                update.sql("UPDATE webhook_deliveries SET state = ").number(state.rank().into());
                update.sql(match state {
                    DeliveryState::Pending => ", due_at = ",
                    _ => ", finished_at = ",
                });
                update.number(at.micros());
                if let Some(attempt) = attempt {
                    update.sql(", attempt = attempt + 1, tries = ").number(attempt.number.into());
                }
                update.sql(" WHERE state = 0 AND id = ").number(id.get());
                let changed = on!(&mut tx.conn, |c| update.execute(c)).doing("webhooks.record")?;
                if let Some(attempt) = attempt.as_ref().filter(|_| changed > 0) {
                    lines.push((*id, attempt));
                }
            }
            write_attempts(&mut tx.conn, &lines)
        })
    }

    fn get(&mut self, id: DeliveryId) -> Result<Option<Shown>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get());
            let row = on!(&mut *conn, |c| row.get_result::<DeliveryRow>(c).optional());
            let found: Option<Delivery> = one(row.doing("webhooks.get_delivery")?)?;
            Ok(shown(conn, found.into_iter().collect())?.pop())
        })
    }

    fn list(
        &mut self,
        endpoint: EndpointId,
        filter: Filter,
        page: &PageRequest,
    ) -> Result<Page<Shown>, StoreError> {
        self.reading(|conn| {
            let keys = Keys::fixed(ORDER, &[]);
            let mut statement: Statement<'_, table::SqlType> = Statement::new();
            statement.sql("SELECT ").sql(DeliveryRow::COLUMNS);
            of_endpoint(&mut statement, endpoint, filter);
            keys.finish(&mut statement, page, conn.dialect())?;
            let rows: Vec<DeliveryRow> =
                on!(&mut *conn, |c| statement.load(c)).doing("webhooks.deliveries")?;
            let rows = shown(&mut *conn, all(rows)?)?;
            let at = |row: &Shown| (Vec::new(), row.delivery.id.get());
            list::page(&keys, rows, page, at, || {
                let mut total = Statement::new();
                list::count_rows(&mut total, |rows| of_endpoint(rows, endpoint, filter));
                let total = on!(conn, |c| total.get_result::<i64>(c));
                total.doing("webhooks.deliveries: total").map(count)
            })
        })
    }

    fn attempts(&mut self, id: DeliveryId) -> Result<Vec<Attempt>, StoreError> {
        self.reading(|conn| {
            let of = attempts::table
                .filter(attempts::delivery_id.eq(id.get()))
                .order(attempts::number.asc());
            let rows: Vec<AttemptColumns> =
                on!(conn, |c| of.load(c)).doing("webhooks.attempts: list")?;
            rows.into_iter().map(attempt).collect()
        })
    }

    fn revive(&mut self, id: DeliveryId, now: Timestamp) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let mut update: Statement<'_> = Statement::new();
            update.sql(REVIVE).number(now.micros()).sql(" WHERE ").sql(CAN_REVIVE);
            update.sql(" AND id = ").number(id.get());
            let changed = on!(&mut tx.conn, |c| update.execute(c)).doing("webhooks.revive")?;
            Ok(changed > 0)
        })
    }

    fn revive_failed(
        &mut self,
        endpoint: EndpointId,
        (after, to): (Option<EventId>, Option<EventId>),
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let place = |event: Option<EventId>| event.map_or(0, EventId::get);
            let mut update: Statement<'_> = Statement::new();
            update.sql(REVIVE).number(now.micros()).sql(" WHERE id IN (SELECT d.id FROM ");
            update
                .sql("webhook_deliveries d JOIN webhook_messages m ON m.id = d.message_id WHERE ");
            update.sql("d.state IN (2, 3) AND d.cause < 2 AND d.endpoint_id = ");
            update.number(endpoint.get()).sql(" AND m.event_id > ").number(place(after));
            update.sql(" AND m.event_id <= ").number(place(to));
            update.sql(" ORDER BY d.id LIMIT ").number(limit.into()).sql(") AND ").sql(CAN_REVIVE);
            let changed =
                on!(&mut tx.conn, |c| update.execute(c)).doing("webhooks.revive_failed")?;
            Ok(changed as u64)
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement<'_> = Statement::new();
            delete.sql(
                "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries \
                 WHERE finished_at IS NOT NULL AND finished_at < ",
            );
            delete.number(before.micros()).sql(" ORDER BY finished_at, id LIMIT ");
            delete.number(limit.into()).sql(")");
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("webhooks.prune")?;
            let old = messages::table
                .filter(messages::at.lt(before.micros()))
                .filter(diesel::dsl::not(diesel::dsl::exists(
                    table::table.filter(table::message_id.eq(messages::id)),
                )))
                .order(messages::id.asc())
                .select(messages::id)
                .limit(limit.into());
            // Locked, so that no delivery is added to one of them meanwhile.
            let old: Vec<i64> = locking!(&mut tx.conn, old, |c| old.load(c))
                .doing("webhooks.prune: old messages")?;
            let unused =
                messages::table.filter(messages::id.eq_any(&old)).filter(diesel::dsl::not(
                    diesel::dsl::exists(table::table.filter(table::message_id.eq(messages::id))),
                ));
            on!(&mut tx.conn, |c| diesel::delete(unused).execute(c))
                .doing("webhooks.prune: messages")?;
            Ok(gone as u64)
        })
    }
}
