//! `IdempotencyStore`. A claim is a row that has expired already: unless it is sealed, it counts as absent.
//! On PostgreSQL the second of two claims waits at the row for the first one's end.

use diesel::prelude::*;
use kernel::{
    IdempotencyStore, StoreError, Timestamp,
    idempotency::{IdempotencyKey, IdempotencyRecord},
};

use crate::{
    columns::RowRef,
    constraint::Attempt,
    db::{AnyConnection, locking, on},
    schema::receipts as table,
    statement::Statement,
    uow::DieselTx,
};

fn begin(
    conn: &mut AnyConnection,
    idempotency_key: &IdempotencyKey,
    now: Timestamp,
) -> Result<Option<IdempotencyRecord>, StoreError> {
    let (scope, key) = (idempotency_key.scope.as_str(), idempotency_key.key.as_str());
    let fingerprint: &[u8] = &idempotency_key.fingerprint;
    let added = on!(conn, |c| {
        diesel::insert_into(table::table)
            .values((
                table::scope.eq(scope),
                table::key.eq(key),
                table::fingerprint.eq(fingerprint),
                table::answer.eq(&[] as &[u8]),
                table::expires_at.eq(now.micros()),
            ))
            .on_conflict_do_nothing()
            .execute(c)
    })
    .doing("idempotency.begin")?;
    if added > 0 {
        return Ok(None);
    }
    let row = table::table.find((scope, key)).select((
        table::fingerprint,
        table::answer,
        table::expires_at,
    ));
    let row: Option<(Vec<u8>, Vec<u8>, i64)> =
        locking!(conn, row, |c| row.get_result(c).optional()).doing("idempotency.begin: look")?;
    // Swept between the two statements: whoever asks again gets the key.
    let Some((kept, answer, expires_at)) = row else { return Err(StoreError::Contention) };
    if now.micros() < expires_at {
        let fingerprint = RowRef::new("receipts", expires_at).bytes32("fingerprint", kept)?;
        return Ok(Some(IdempotencyRecord { fingerprint, answer }));
    }
    on!(conn, |c| {
        diesel::update(table::table.find((scope, key)))
            .set((
                table::fingerprint.eq(fingerprint),
                table::answer.eq(&[] as &[u8]),
                table::expires_at.eq(now.micros()),
            ))
            .execute(c)
    })
    .doing("idempotency.begin: replace")?;
    Ok(None)
}

impl IdempotencyStore for DieselTx {
    fn begin(
        &mut self,
        idempotency_key: &IdempotencyKey,
        now: Timestamp,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        self.writing(|tx| begin(&mut tx.conn, idempotency_key, now))
    }

    fn complete(
        &mut self,
        idempotency_key: &IdempotencyKey,
        answer: &[u8],
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row =
                table::table.find((idempotency_key.scope.as_str(), idempotency_key.key.as_str()));
            let sealed = on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((table::answer.eq(answer), table::expires_at.eq(expires_at.micros())))
                    .execute(c)
            })
            .doing("idempotency.complete")?;
            if sealed == 0 {
                return Err(StoreError::Internal(
                    "a key was sealed that this transaction did not claim".to_owned(),
                ));
            }
            Ok(())
        })
    }

    fn prune(&mut self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            delete.sql(
                "DELETE FROM receipts WHERE (scope, key) IN \
                 (SELECT scope, key FROM receipts WHERE expires_at <= ",
            );
            delete.number(now.micros()).sql(" ORDER BY expires_at LIMIT ");
            delete.number(limit.into()).sql(")");
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("idempotency.prune")?;
            Ok(gone as u64)
        })
    }
}
