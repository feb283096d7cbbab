//! `TokenStore`.

use diesel::prelude::*;
use kernel::{StoreError, Timestamp, TokenId, UserId};
use users::{
    TokenStore, User,
    personal_access_token::{LiveToken, NewToken, PersonalAccessToken},
    values::{Digest, TokenName},
};

use super::{roles::permissions_of, rows::UserRow};
use crate::{
    columns::{RowRef, permission_names, permissions, unwritable},
    constraint::{Attempt, FOREIGN_KEY},
    db::{AnyConnection, on},
    row::Row as _,
    schema::{grants as table, users as accounts},
    statement::Statement,
    uow::DieselTx,
};

#[derive(Queryable)]
struct TokenRow {
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

impl TryFrom<TokenRow> for PersonalAccessToken {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self, StoreError> {
        let row_ref = RowRef::new("grants", row.id);
        Ok(Self {
            id: row_ref.token("id", row.id)?,
            user: row_ref.user("user_id", row.user_id)?,
            name: row_ref.read("name", TokenName::parse(&row.name))?,
            scopes: permissions(&row.scopes),
            expires_at: row_ref.maybe_moment("expires_at", row.expires_at)?,
            created_at: row_ref.moment("created_at", row.created_at)?,
            last_used_at: row_ref.maybe_moment("last_used_at", row.last_used_at)?,
            last_used_ip: row.last_used_ip,
        })
    }
}

/// How a grant is looked for.
enum Key<'a> {
    Digest(&'a Digest),
    Id(TokenId),
}

fn live(conn: &mut AnyConnection, key: &Key<'_>) -> Result<Option<LiveToken>, StoreError> {
    let both = || {
        table::table
            .inner_join(accounts::table.on(accounts::id.eq(table::user_id)))
            .filter(accounts::deleted_at.is_null())
            .select((table::all_columns, accounts::all_columns))
    };
    let row: Option<(TokenRow, UserRow)> = match key {
        Key::Digest(digest) => on!(conn, |c| {
            both().filter(table::digest.eq(digest.as_slice())).get_result(c).optional()
        }),
        Key::Id(id) => {
            on!(conn, |c| both().filter(table::id.eq(id.get())).get_result(c).optional())
        }
    }
    .doing("personal_access_tokens.live")?;
    let Some((token, user)) = row else { return Ok(None) };
    let (token, user) = (PersonalAccessToken::try_from(token)?, user.entity::<User>()?);
    let extra = permissions_of(conn, user.id)?;
    Ok(Some(LiveToken { token, user, extra }))
}

impl TokenStore for DieselTx {
    fn insert(&mut self, new: &NewToken) -> Result<PersonalAccessToken, StoreError> {
        self.writing(|tx| {
            let id = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::user_id.eq(new.user.get()),
                        table::name.eq(new.name.as_str()),
                        table::digest.eq(new.digest.as_slice()),
                        table::scopes.eq(permission_names(new.scopes)),
                        table::expires_at.eq(new.expires_at.map(Timestamp::micros)),
                        table::created_at.eq(new.created_at.micros()),
                    ))
                    .returning(table::id)
                    .get_result::<i64>(c)
            })
            .doing("personal_access_tokens.insert")
            .map_err(|error| match error {
                StoreError::Missing(FOREIGN_KEY) => StoreError::Missing("grants.user"),
                other => other,
            })?;
            Ok(PersonalAccessToken {
                id: TokenId::parse(id).map_err(unwritable)?,
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

    fn of_user(&mut self, user: UserId) -> Result<Vec<PersonalAccessToken>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<TokenRow> = on!(conn, |c| {
                table::table
                    .filter(table::user_id.eq(user.get()))
                    .order((table::created_at.desc(), table::id.desc()))
                    .load(c)
            })
            .doing("personal_access_tokens.of_user")?;
            rows.into_iter().map(PersonalAccessToken::try_from).collect()
        })
    }

    fn live(&mut self, digest: &Digest) -> Result<Option<LiveToken>, StoreError> {
        self.reading(|conn| live(conn, &Key::Digest(digest)))
    }

    fn live_of(&mut self, id: TokenId) -> Result<Option<LiveToken>, StoreError> {
        self.reading(|conn| live(conn, &Key::Id(id)))
    }

    fn note_use(
        &mut self,
        id: TokenId,
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
            .doing("personal_access_tokens.note_use")?;
            Ok(noted > 0)
        })
    }

    fn remove(
        &mut self,
        user: UserId,
        id: TokenId,
    ) -> Result<Option<PersonalAccessToken>, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get()).filter(table::user_id.eq(user.get()));
            let gone: Option<TokenRow> = on!(&mut tx.conn, |c| {
                diesel::delete(row).returning(table::all_columns).get_result(c).optional()
            })
            .doing("personal_access_tokens.remove")?;
            gone.map(PersonalAccessToken::try_from).transpose()
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            delete.sql("DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires_at < ");
            delete.number(before.micros());
            delete.sql(" ORDER BY id LIMIT ").number(limit.into()).sql(")");
            let gone =
                on!(&mut tx.conn, |c| delete.execute(c)).doing("personal_access_tokens.prune")?;
            Ok(gone as u64)
        })
    }
}
