//! `EventRetries`.

use diesel::{prelude::*, sql_types::BigInt, upsert::excluded};
use kernel::{
    Event, EventId, EventRetries, StoreError, Timestamp,
    consumer::{DeadLetter, EventRetry, FailedEvents},
};

use crate::{
    columns::{RowRef, count},
    common::claim::one,
    common::outbox::{EVENT_COLUMNS, EventColumns, EventRow},
    constraint::Attempt,
    db::{AnyConnection, on},
    schema::{dead_letters, event_retries as table},
    statement::Statement,
    uow::DieselTx,
};

/// Only the oldest queued event of a subject may be due.
const IS_HEAD: &str = "NOT EXISTS (SELECT 1 FROM event_retries earlier \
     WHERE earlier.consumer = r.consumer AND earlier.subject = r.subject \
     AND earlier.event_id < r.event_id)";

/// Reasons come from anywhere; PostgreSQL keeps no NUL in a text.
fn reason(error: &str) -> String {
    error.replace('\0', "\u{fffd}")
}

/// The queued event, if it has had this many attempts.
macro_rules! fenced {
    ($consumer:expr, $event:expr, $attempts:expr) => {
        table::table
            .find(($consumer, $event.get()))
            .filter(table::attempts.eq(i64::from($attempts)))
    };
}

fn keep(conn: &mut AnyConnection, letter: &DeadLetter) -> Result<(), StoreError> {
    let why = reason(&letter.error);
    on!(conn, |c| {
        diesel::insert_into(dead_letters::table)
            .values((
                dead_letters::consumer.eq(&letter.consumer),
                dead_letters::event_id.eq(letter.event.get()),
                dead_letters::subject.eq(&letter.subject),
                dead_letters::why.eq(&why),
                dead_letters::at.eq(letter.at.micros()),
            ))
            .on_conflict((dead_letters::consumer, dead_letters::event_id))
            .do_update()
            .set((
                dead_letters::why.eq(excluded(dead_letters::why)),
                dead_letters::at.eq(excluded(dead_letters::at)),
            ))
            .execute(c)
    })
    .doing("retries.dead_letter")?;
    Ok(())
}

/// Adds which rows of a consumer are meant.
fn of<'a>(statement: &mut Statement<'a>, consumer: &'a str, event: Option<EventId>) {
    statement.sql(" WHERE consumer = ").text(consumer);
    if let Some(event) = event {
        statement.sql(" AND event_id = ").number(event.get());
    }
}

impl EventRetries for DieselTx {
    fn queue(&mut self, retry: &EventRetry) -> Result<(), StoreError> {
        self.writing(|tx| {
            let error = reason(&retry.error);
            on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::consumer.eq(&retry.consumer),
                        table::event_id.eq(retry.event.get()),
                        table::subject.eq(&retry.subject),
                        table::attempts.eq(i64::from(retry.attempts)),
                        table::due_at.eq(retry.due_at.micros()),
                        table::error.eq(&error),
                    ))
                    .on_conflict_do_nothing()
                    .execute(c)
            })
            .doing("retries.queue")?;
            Ok(())
        })
    }

    fn subjects(&mut self, consumer: &'static str) -> Result<Vec<String>, StoreError> {
        self.reading(|conn| {
            on!(conn, |c| {
                table::table
                    .filter(table::consumer.eq(consumer))
                    .select(table::subject)
                    .distinct()
                    .order(table::subject)
                    .load(c)
            })
            .doing("retries.subjects")
        })
    }

    fn due(
        &mut self,
        consumer: &'static str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Event, u32)>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, (EventColumns, BigInt)> = Statement::new();
            ask.sql(format!(
                "SELECT {EVENT_COLUMNS}, r.attempts FROM event_retries r \
                 JOIN outbox o ON o.seq = r.event_id WHERE {IS_HEAD} AND r.consumer = "
            ));
            ask.text(consumer).sql(" AND r.due_at <= ").number(now.micros());
            ask.sql(" ORDER BY r.due_at, r.event_id LIMIT ").number(limit.into());
            let rows: Vec<(EventRow, i64)> =
                on!(conn, |c| ask.get_results(c)).doing("retries.due")?;
            let due = |(row, attempts): (EventRow, i64)| {
                let event = Event::try_from(row)?;
                let row_ref = RowRef::new("event_retries", event.id.get());
                Ok((event, row_ref.read("attempts", u32::try_from(attempts))?))
            };
            rows.into_iter().map(due).collect()
        })
    }

    fn next_due(&mut self, consumer: &'static str) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, BigInt> = Statement::new();
            ask.sql(format!(
                "SELECT r.due_at FROM event_retries r WHERE {IS_HEAD} \
                 AND r.event_id IN (SELECT seq FROM outbox) AND r.consumer = "
            ));
            ask.text(consumer).sql(" ORDER BY r.due_at LIMIT 1");
            let due: Option<i64> =
                on!(conn, |c| ask.get_result(c).optional()).doing("retries.next_due")?;
            RowRef::new("event_retries", 0).maybe_moment("due_at", due)
        })
    }

    fn postpone(
        &mut self,
        consumer: &'static str,
        event: EventId,
        attempts: u32,
        due_at: Timestamp,
        error: &str,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let error = reason(error);
            one(on!(&mut tx.conn, |c| {
                diesel::update(fenced!(consumer, event, attempts))
                    .set((
                        table::attempts.eq(i64::from(attempts) + 1),
                        table::due_at.eq(due_at.micros()),
                        table::error.eq(&error),
                    ))
                    .execute(c)
            })
            .doing("retries.postpone")?)
        })
    }

    fn remove(
        &mut self,
        consumer: &'static str,
        event: EventId,
        attempts: u32,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            one(on!(&mut tx.conn, |c| {
                diesel::delete(fenced!(consumer, event, attempts)).execute(c)
            })
            .doing("retries.remove")?)
        })
    }

    fn dead_letter(&mut self, letter: &DeadLetter, attempts: u32) -> Result<(), StoreError> {
        self.writing(|tx| {
            let consumer = letter.consumer.as_str();
            one(on!(&mut tx.conn, |c| {
                diesel::delete(fenced!(consumer, letter.event, attempts)).execute(c)
            })
            .doing("retries.dead_letter: remove")?)?;
            keep(&mut tx.conn, letter)
        })
    }

    fn refuse(&mut self, letter: &DeadLetter) -> Result<(), StoreError> {
        self.writing(|tx| keep(&mut tx.conn, letter))
    }

    fn queued(
        &mut self,
        consumer: Option<&str>,
        limit: u32,
    ) -> Result<Vec<EventRetry>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<(String, i64, String, i64, i64, String)> = on!(conn, |c| {
                let mut rows = table::table.into_boxed().order((table::consumer, table::event_id));
                if let Some(consumer) = consumer {
                    rows = rows.filter(table::consumer.eq(consumer));
                }
                rows.limit(limit.into()).load(c)
            })
            .doing("retries.queued")?;
            let parse = |(consumer, event, subject, attempts, due_at, error)| {
                let row_ref = RowRef::new("event_retries", event);
                Ok(EventRetry {
                    consumer,
                    event: row_ref.event("event_id", event)?,
                    subject,
                    attempts: row_ref.read("attempts", u32::try_from(attempts))?,
                    due_at: row_ref.moment("due_at", due_at)?,
                    error,
                })
            };
            rows.into_iter().map(parse).collect()
        })
    }

    fn dead(&mut self, consumer: Option<&str>, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<(String, i64, String, i64, String)> = on!(conn, |c| {
                let mut rows = dead_letters::table
                    .into_boxed()
                    .order((dead_letters::consumer, dead_letters::event_id));
                if let Some(consumer) = consumer {
                    rows = rows.filter(dead_letters::consumer.eq(consumer));
                }
                rows.limit(limit.into()).load(c)
            })
            .doing("retries.dead")?;
            let parse = |(consumer, event, error, at, subject)| {
                let row_ref = RowRef::new("dead_letters", event);
                let (event, at) = (row_ref.event("event_id", event)?, row_ref.moment("at", at)?);
                Ok(DeadLetter { consumer, event, subject, error, at })
            };
            rows.into_iter().map(parse).collect()
        })
    }

    fn retry(
        &mut self,
        consumer: &str,
        event: Option<EventId>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut due: Statement = Statement::new();
            due.sql("UPDATE event_retries SET due_at = ").number(now.micros());
            of(&mut due, consumer, event);
            let queued = on!(&mut tx.conn, |c| due.execute(c)).doing("retries.retry: queued")?;
            let mut queue: Statement = Statement::new();
            queue.sql(
                "INSERT INTO event_retries (consumer, event_id, subject, attempts, due_at, error) \
                 SELECT consumer, event_id, subject, 0, ",
            );
            queue.number(now.micros()).sql(", why FROM dead_letters");
            of(&mut queue, consumer, event);
            queue.sql(" AND event_id IN (SELECT seq FROM outbox)");
            let dead = on!(&mut tx.conn, |c| queue.execute(c)).doing("retries.retry: dead")?;
            let mut clear: Statement = Statement::new();
            clear.sql("DELETE FROM dead_letters");
            of(&mut clear, consumer, event);
            on!(&mut tx.conn, |c| clear.execute(c)).doing("retries.retry: clear")?;
            Ok((queued + dead) as u64)
        })
    }

    fn count(&mut self, consumer: &'static str) -> Result<FailedEvents, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, (BigInt, BigInt)> = Statement::new();
            ask.sql("SELECT (SELECT count(*) FROM event_retries WHERE consumer = ").text(consumer);
            ask.sql("), (SELECT count(*) FROM dead_letters WHERE consumer = ").text(consumer);
            ask.sql(")");
            let (retrying, dead): (i64, i64) =
                on!(conn, |c| ask.get_result(c)).doing("retries.count")?;
            Ok(FailedEvents { retrying: count(retrying), dead: count(dead) })
        })
    }
}
