//! `OneTimeTokenStore` and `DeviceStore`.

use diesel::{prelude::*, upsert::excluded};
use kernel::{StoreError, Timestamp, UserId};
use users::{
    DeviceStore, OneTimeTokenStore,
    one_time_token::{EmailChange, Meeting, OneTimeToken, OneTimeTokenKind},
    values::{Digest, EmailAddress},
};

use crate::{
    columns::RowRef,
    constraint::{Attempt, FOREIGN_KEY},
    db::on,
    schema::{devices, email_changes as changes, links as table, phone_changes},
    statement::Statement,
    uow::DieselTx,
};

/// These tables point to accounts only, so a broken foreign key has one meaning.
pub(super) fn missing(what: &'static str) -> impl Fn(StoreError) -> StoreError {
    move |error| match error {
        StoreError::Missing(FOREIGN_KEY) => StoreError::Missing(what),
        other => other,
    }
}

/// `digest, kind, user_id, address, created_at, expires_at`
type OneTimeTokenRow = (Vec<u8>, i16, i64, String, i64, i64);

fn link(row: OneTimeTokenRow) -> Result<OneTimeToken, StoreError> {
    let (digest, kind, user, address, created_at, expires_at) = row;
    let row_ref = RowRef::new("links", user);
    Ok(OneTimeToken {
        digest: row_ref.bytes32("digest", digest)?,
        kind: row_ref.known("kind", OneTimeTokenKind::from_rank(kind))?,
        user: row_ref.user("user_id", user)?,
        address: row_ref.read("address", EmailAddress::parse(&address))?,
        created_at: row_ref.moment("created_at", created_at)?,
        expires_at: row_ref.moment("expires_at", expires_at)?,
    })
}

/// `user_id, from_address, to_address, from_agreed, to_proven, asked_at, expires_at`
type ChangeRow = (i64, String, String, bool, bool, i64, i64);

fn change(row: ChangeRow) -> Result<EmailChange, StoreError> {
    let (user, from, to, from_agreed, to_proven, asked_at, expires_at) = row;
    let row_ref = RowRef::new("email_changes", user);
    Ok(EmailChange {
        user: row_ref.user("user_id", user)?,
        from: row_ref.read("from_address", EmailAddress::parse(&from))?,
        to: row_ref.read("to_address", EmailAddress::parse(&to))?,
        from_agreed,
        to_proven,
        asked_at: row_ref.moment("asked_at", asked_at)?,
        expires_at: row_ref.moment("expires_at", expires_at)?,
    })
}

impl DieselTx {
    /// Removes all that is kept here of an account.
    pub(crate) fn forget_links(&mut self, user: i64) -> Result<(), StoreError> {
        on!(&mut self.conn, |c| {
            diesel::delete(table::table.filter(table::user_id.eq(user))).execute(c)
        })
        .doing("one_time_tokens.forget")?;
        on!(&mut self.conn, |c| diesel::delete(changes::table.find(user)).execute(c))
            .doing("one_time_tokens.forget: changes")?;
        on!(&mut self.conn, |c| diesel::delete(phone_changes::table.find(user)).execute(c))
            .doing("one_time_tokens.forget: phone")?;
        on!(&mut self.conn, |c| {
            diesel::delete(devices::table.filter(devices::user_id.eq(user))).execute(c)
        })
        .doing("one_time_tokens.forget: devices")?;
        Ok(())
    }
}

impl OneTimeTokenStore for DieselTx {
    fn insert(&mut self, link: &OneTimeToken) -> Result<(), StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::digest.eq(link.digest.as_slice()),
                        table::kind.eq(link.kind.rank()),
                        table::user_id.eq(link.user.get()),
                        table::address.eq(link.address.as_str()),
                        table::created_at.eq(link.created_at.micros()),
                        table::expires_at.eq(link.expires_at.micros()),
                    ))
                    .execute(c)
            })
            .doing("one_time_tokens.insert")
            .map_err(missing("links.user"))?;
            Ok(())
        })
    }

    fn find(
        &mut self,
        digest: &Digest,
        kind: OneTimeTokenKind,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        self.reading(|conn| {
            let row: Option<OneTimeTokenRow> = on!(conn, |c| {
                table::table
                    .find(digest.as_slice())
                    .filter(table::kind.eq(kind.rank()))
                    .filter(table::expires_at.gt(now.micros()))
                    .get_result(c)
                    .optional()
            })
            .doing("one_time_tokens.find")?;
            row.map(link).transpose()
        })
    }

    fn take(
        &mut self,
        digest: &Digest,
        kind: OneTimeTokenKind,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        self.writing(|tx| {
            let good = table::table
                .find(digest.as_slice())
                .filter(table::kind.eq(kind.rank()))
                .filter(table::expires_at.gt(now.micros()));
            let row: Option<OneTimeTokenRow> = on!(&mut tx.conn, |c| {
                diesel::delete(good).returning(table::all_columns).get_result(c).optional()
            })
            .doing("one_time_tokens.take")?;
            row.map(link).transpose()
        })
    }

    fn revoke(&mut self, user: UserId, kind: Option<OneTimeTokenKind>) -> Result<(), StoreError> {
        self.writing(|tx| {
            let own = table::table.filter(table::user_id.eq(user.get()));
            match kind {
                Some(kind) => on!(&mut tx.conn, |c| {
                    diesel::delete(own.filter(table::kind.eq(kind.rank()))).execute(c)
                }),
                None => on!(&mut tx.conn, |c| diesel::delete(own).execute(c)),
            }
            .doing("one_time_tokens.revoke")?;
            Ok(())
        })
    }

    fn newest(
        &mut self,
        user: UserId,
        kind: OneTimeTokenKind,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|conn| {
            let newest: Option<i64> = on!(conn, |c| {
                table::table
                    .filter(table::user_id.eq(user.get()))
                    .filter(table::kind.eq(kind.rank()))
                    .select(diesel::dsl::max(table::created_at))
                    .get_result(c)
            })
            .doing("one_time_tokens.newest")?;
            RowRef::new("links", user.get()).maybe_moment("created_at", newest)
        })
    }

    fn propose(&mut self, change: &EmailChange) -> Result<(), StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::insert_into(changes::table)
                    .values((
                        changes::user_id.eq(change.user.get()),
                        changes::from_address.eq(change.from.as_str()),
                        changes::to_address.eq(change.to.as_str()),
                        changes::from_agreed.eq(change.from_agreed),
                        changes::to_proven.eq(change.to_proven),
                        changes::asked_at.eq(change.asked_at.micros()),
                        changes::expires_at.eq(change.expires_at.micros()),
                    ))
                    .on_conflict(changes::user_id)
                    .do_update()
                    .set((
                        changes::from_address.eq(excluded(changes::from_address)),
                        changes::to_address.eq(excluded(changes::to_address)),
                        changes::from_agreed.eq(excluded(changes::from_agreed)),
                        changes::to_proven.eq(excluded(changes::to_proven)),
                        changes::asked_at.eq(excluded(changes::asked_at)),
                        changes::expires_at.eq(excluded(changes::expires_at)),
                    ))
                    .execute(c)
            })
            .doing("one_time_tokens.propose")
            .map_err(missing("email_changes.user"))?;
            Ok(())
        })
    }

    fn change(&mut self, user: UserId) -> Result<Option<EmailChange>, StoreError> {
        self.reading(|conn| {
            let row: Option<ChangeRow> =
                on!(conn, |c| changes::table.find(user.get()).get_result(c).optional())
                    .doing("one_time_tokens.change")?;
            row.map(change).transpose()
        })
    }

    fn withdraw(&mut self, user: UserId) -> Result<(), StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| diesel::delete(changes::table.find(user.get())).execute(c))
                .doing("one_time_tokens.withdraw")?;
            Ok(())
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            delete.sql("DELETE FROM email_changes WHERE user_id IN ");
            delete.sql("(SELECT user_id FROM email_changes WHERE expires_at < ");
            delete.number(before.micros()).sql(" LIMIT ").number(limit.into()).sql(")");
            on!(&mut tx.conn, |c| delete.execute(c)).doing("one_time_tokens.prune: changes")?;
            let mut delete: Statement = Statement::new();
            delete.sql("DELETE FROM links WHERE digest IN ");
            delete.sql("(SELECT digest FROM links WHERE expires_at < ");
            delete.number(before.micros()).sql(" LIMIT ").number(limit.into()).sql(")");
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("one_time_tokens.prune")?;
            Ok(gone as u64)
        })
    }
}

impl DeviceStore for DieselTx {
    fn meet(
        &mut self,
        user: UserId,
        device: &Digest,
        now: Timestamp,
    ) -> Result<Meeting, StoreError> {
        self.writing(|tx| {
            let row = devices::table.find((user.get(), device.as_slice()));
            let known = on!(&mut tx.conn, |c| {
                diesel::update(row).set(devices::last_met_at.eq(now.micros())).execute(c)
            })
            .doing("devices.meet")?;
            if known > 0 {
                return Ok(Meeting { known: true, any: true });
            }
            let any: Option<i64> = on!(&mut tx.conn, |c| {
                devices::table
                    .filter(devices::user_id.eq(user.get()))
                    .select(devices::user_id)
                    .first(c)
                    .optional()
            })
            .doing("devices.meet: any")?;
            on!(&mut tx.conn, |c| {
                diesel::insert_into(devices::table)
                    .values((
                        devices::user_id.eq(user.get()),
                        devices::digest.eq(device.as_slice()),
                        devices::last_met_at.eq(now.micros()),
                    ))
                    .execute(c)
            })
            .doing("devices.meet: first time")
            .map_err(missing("devices.user"))?;
            Ok(Meeting { known: false, any: any.is_some() })
        })
    }

    fn last_met(&mut self, user: UserId, device: &Digest) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|conn| {
            let row = devices::table.find((user.get(), device.as_slice()));
            let last: Option<i64> =
                on!(conn, |c| row.select(devices::last_met_at).get_result(c).optional())
                    .doing("devices.last_met")?;
            RowRef::new("devices", user.get()).maybe_moment("last_met_at", last)
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            delete.sql("DELETE FROM devices WHERE (user_id, digest) IN ");
            delete.sql("(SELECT user_id, digest FROM devices WHERE last_met_at < ");
            delete.number(before.micros()).sql(" LIMIT ").number(limit.into()).sql(")");
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("devices.prune")?;
            Ok(gone as u64)
        })
    }
}
