//! `EmailQueue`. An email that was given up keeps its row without its content.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Text},
};
use kernel::{
    StoreError, Timestamp,
    claim::{Claim, ClaimQueue},
    email::{Email, EmailId, EmailQueue, Queued, Waiting},
};

use crate::{
    columns::{RowRef, count},
    common::claim::{ClaimTable, one},
    constraint::Attempt,
    db::on,
    schema::mails as table,
    statement::Statement,
    uow::DieselTx,
};

const QUEUE: ClaimTable = ClaimTable {
    name: "mails",
    open: "given_up_at IS NULL",
    set: ", attempts = attempts + 1",
    columns: "id, recipient, subject, text_body, html_body, unsubscribe, queued_at, attempts, run",
};

/// The columns of [`QUEUE`].
#[derive(Queryable)]
struct EmailRow {
    id: i64,
    recipient: String,
    subject: String,
    text_body: String,
    html_body: String,
    unsubscribe: Option<String>,
    queued_at: i64,
    attempts: i64,
    run: i64,
}

type Columns = (BigInt, Text, Text, Text, Text, Nullable<Text>, BigInt, BigInt, BigInt);

impl TryFrom<EmailRow> for Queued {
    type Error = StoreError;

    fn try_from(row: EmailRow) -> Result<Self, StoreError> {
        let row_ref = RowRef::new("mails", row.id);
        let email = Email::new(row.recipient, row.subject, row.text_body, row.html_body);
        let email = email.and_then(|email| match row.unsubscribe {
            Some(url) => email.with_unsubscribe(url),
            None => Ok(email),
        });
        Ok(Self {
            id: row_ref.read("id", EmailId::parse(row.id))?,
            run: row.run,
            email: row_ref.read("recipient", email)?,
            at: row_ref.moment("queued_at", row.queued_at)?,
            attempts: row_ref.read("attempts", u32::try_from(row.attempts))?,
        })
    }
}

/// The row of a claim, if the claim still holds.
macro_rules! held {
    ($claim:expr) => {
        table::table
            .find($claim.id.get())
            .filter(table::run.eq($claim.run))
            .filter(table::given_up_at.is_null())
    };
}

impl ClaimQueue<Queued> for DieselTx {
    fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Queued>, StoreError> {
        self.writing(|tx| {
            let claim: Statement<'_, Columns> = QUEUE.claim(tx.conn.dialect(), now, until, limit);
            let mut rows: Vec<EmailRow> =
                on!(&mut tx.conn, |c| claim.get_results(c)).doing("emails.claim")?;
            rows.sort_by_key(|row| (row.queued_at, row.id));
            // One that cannot be read must not keep the others waiting.
            let readable = |row| match Queued::try_from(row) {
                Ok(queued) => Some(queued),
                Err(error) => {
                    tracing::error!(%error, "a mail in the queue cannot be read");
                    None
                }
            };
            Ok(rows.into_iter().filter_map(readable).collect())
        })
    }

    fn postpone(&mut self, claim: Claim<EmailId>, due: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            QUEUE.postpone(&mut tx.conn, (claim.id.get(), claim.run), due, "mails.postpone")
        })
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|conn| {
            let next = QUEUE.next_due();
            let due: Option<i64> =
                on!(conn, |c| next.get_result(c).optional()).doing("emails.next_due")?;
            RowRef::new("mails", 0).maybe_moment("due_at", due)
        })
    }
}

impl EmailQueue for DieselTx {
    fn enqueue(&mut self, email: &Email, now: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::recipient.eq(email.to()),
                        table::subject.eq(email.subject()),
                        table::text_body.eq(email.text()),
                        table::html_body.eq(email.html()),
                        table::unsubscribe.eq(email.unsubscribe()),
                        table::queued_at.eq(now.micros()),
                        table::due_at.eq(now.micros()),
                        table::attempts.eq(0),
                    ))
                    .execute(c)
            })
            .doing("emails.enqueue")?;
            Ok(())
        })
    }

    fn sent(&mut self, claim: Claim<EmailId>) -> Result<(), StoreError> {
        self.writing(|tx| {
            one(on!(&mut tx.conn, |c| diesel::delete(held!(claim)).execute(c))
                .doing("emails.sent")?)
        })
    }

    fn give_up(&mut self, claim: Claim<EmailId>, now: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            one(on!(&mut tx.conn, |c| {
                diesel::update(held!(claim))
                    .set((
                        table::recipient.eq(""),
                        table::subject.eq(""),
                        table::text_body.eq(""),
                        table::html_body.eq(""),
                        table::unsubscribe.eq(None::<&str>),
                        table::given_up_at.eq(now.micros()),
                    ))
                    .execute(c)
            })
            .doing("emails.give_up")?)
        })
    }

    fn waiting(&mut self) -> Result<Waiting, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, (BigInt, BigInt)> = Statement::new();
            ask.sql("SELECT count(*) - count(given_up_at), count(given_up_at) FROM mails");
            let (waiting, dead): (i64, i64) =
                on!(conn, |c| ask.get_result(c)).doing("emails.waiting")?;
            Ok(Waiting { waiting: count(waiting), dead: count(dead) })
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            delete.sql("DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE given_up_at < ");
            delete.number(before.micros()).sql(" ORDER BY id LIMIT ");
            delete.number(limit.into()).sql(")");
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("emails.prune")?;
            Ok(count(gone as i64))
        })
    }
}
