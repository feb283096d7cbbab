//! `GrantStore`.

use diesel::prelude::*;
use kernel::{GrantId, StoreError, Timestamp, UserId};
use users::{
    GrantStore, User,
    grant::{Grant, LiveGrant, NewGrant},
    values::{Digest, GrantName},
};

use crate::{
    columns::{Spot, permissions, unwritable, words_of},
    constraint::{Attempt, FOREIGN_KEY},
    db::{AnyConnection, on},
    roles::permissions_of,
    row::Row as _,
    schema::{grants as table, users as accounts},
    statement::Statement,
    uow::DieselTx,
    users::rows::UserRow,
};

#[derive(Queryable)]
struct GrantRow {
    id: i64,
    user_id: i64,
    name: String,
    _digest: Vec<u8>,
    scopes: String,
    expires_at: Option<i64>,
    created_at: i64,
    last_used_at: Option<i64>,
    last_used_ip: Option<String>,
}

impl TryFrom<GrantRow> for Grant {
    type Error = StoreError;

    fn try_from(row: GrantRow) -> Result<Self, StoreError> {
        let spot = Spot::new("grants", row.id);
        Ok(Self {
            id: spot.grant("id", row.id)?,
            user: spot.user("user_id", row.user_id)?,
            name: spot.read("name", GrantName::parse(&row.name))?,
            scopes: permissions(&row.scopes),
            expires_at: spot.maybe_moment("expires_at", row.expires_at)?,
            created_at: spot.moment("created_at", row.created_at)?,
            last_used_at: spot.maybe_moment("last_used_at", row.last_used_at)?,
            last_used_ip: row.last_used_ip,
        })
    }
}

/// How a grant is looked for.
enum Key<'a> {
    Digest(&'a Digest),
    Id(GrantId),
}

fn live(conn: &mut AnyConnection, key: &Key<'_>) -> Result<Option<LiveGrant>, StoreError> {
    let both = || {
        table::table
            .inner_join(accounts::table.on(accounts::id.eq(table::user_id)))
            .filter(accounts::deleted_at.is_null())
            .select((table::all_columns, accounts::all_columns))
    };
    let row: Option<(GrantRow, UserRow)> = match key {
        Key::Digest(digest) => on!(conn, |c| {
            both().filter(table::digest.eq(digest.as_slice())).get_result(c).optional()
        }),
        Key::Id(id) => {
            on!(conn, |c| both().filter(table::id.eq(id.get())).get_result(c).optional())
        }
    }
    .doing("grants.live")?;
    let Some((grant, user)) = row else { return Ok(None) };
    let (grant, user) = (Grant::try_from(grant)?, user.entity::<User>()?);
    let extra = permissions_of(conn, user.id)?;
    Ok(Some(LiveGrant { grant, user, extra }))
}

impl GrantStore for DieselTx {
    fn insert(&mut self, new: &NewGrant) -> Result<Grant, StoreError> {
        self.writing(|tx| {
            let id = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::user_id.eq(new.user.get()),
                        table::name.eq(new.name.as_str()),
                        table::digest.eq(new.digest.as_slice()),
                        table::scopes.eq(words_of(new.scopes)),
                        table::expires_at.eq(new.expires_at.map(Timestamp::micros)),
                        table::created_at.eq(new.created_at.micros()),
                    ))
                    .returning(table::id)
                    .get_result::<i64>(c)
            })
            .doing("grants.insert")
            .map_err(|error| match error {
                StoreError::Missing(FOREIGN_KEY) => StoreError::Missing("grants.user"),
                other => other,
            })?;
            Ok(Grant {
                id: GrantId::parse(id).map_err(unwritable)?,
                user: new.user,
                name: new.name.clone(),
                scopes: new.scopes,
                expires_at: new.expires_at,
                created_at: new.created_at,
                last_used_at: None,
                last_used_ip: None,
            })
        })
    }

    fn of_user(&mut self, user: UserId) -> Result<Vec<Grant>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<GrantRow> = on!(conn, |c| {
                table::table
                    .filter(table::user_id.eq(user.get()))
                    .order((table::created_at.desc(), table::id.desc()))
                    .load(c)
            })
            .doing("grants.of_user")?;
            rows.into_iter().map(Grant::try_from).collect()
        })
    }

    fn live(&mut self, digest: &Digest) -> Result<Option<LiveGrant>, StoreError> {
        self.reading(|conn| live(conn, &Key::Digest(digest)))
    }

    fn live_of(&mut self, id: GrantId) -> Result<Option<LiveGrant>, StoreError> {
        self.reading(|conn| live(conn, &Key::Id(id)))
    }

    fn note_use(
        &mut self,
        id: GrantId,
        at: Timestamp,
        ip: Option<&str>,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let unnoted = table::last_used_at
                .is_null()
                .or(table::last_used_at.assume_not_null().lt(since.micros()));
            let row = table::table.find(id.get()).filter(unnoted);
            let noted = on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((table::last_used_at.eq(at.micros()), table::last_used_ip.eq(ip)))
                    .execute(c)
            })
            .doing("grants.note_use")?;
            Ok(noted > 0)
        })
    }

    fn remove(&mut self, user: UserId, id: GrantId) -> Result<Option<Grant>, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get()).filter(table::user_id.eq(user.get()));
            let gone: Option<GrantRow> = on!(&mut tx.conn, |c| {
                diesel::delete(row).returning(table::all_columns).get_result(c).optional()
            })
            .doing("grants.remove")?;
            gone.map(Grant::try_from).transpose()
        })
    }

    fn sweep(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            delete.sql("DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires_at < ");
            delete.number(before.micros());
            delete.sql(" ORDER BY id LIMIT ").number(limit.into()).sql(")");
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("grants.sweep")?;
            Ok(gone as u64)
        })
    }
}
