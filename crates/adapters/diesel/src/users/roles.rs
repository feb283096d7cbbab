//! `RoleStore`.

use std::collections::BTreeMap;

use diesel::prelude::*;
use kernel::{Permissions, SessionId, StoreError, Timestamp, UserId};
use users::{
    RoleStore,
    role::{CustomRole, NewRole},
    values::{RoleDescription, RoleName},
};

use crate::{
    columns::{RowRef, permission_names, permissions},
    constraint::{Attempt, FOREIGN_KEY},
    db::{AnyConnection, locking, on},
    schema::{roles as table, sessions, user_roles as held},
    uow::DieselTx,
};

#[derive(Queryable)]
struct RoleRow {
    name: String,
    description: String,
    permissions: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<RoleRow> for CustomRole {
    type Error = StoreError;

    fn try_from(row: RoleRow) -> Result<Self, StoreError> {
        // Roles have names instead of numbers; the version helps to find the row.
        let row_ref = RowRef::new("roles", row.version);
        Ok(Self {
            name: row_ref.read("name", RoleName::parse(&row.name))?,
            description: row_ref.read("description", RoleDescription::parse(&row.description))?,
            permissions: permissions(&row.permissions),
            created_at: row_ref.moment("created_at", row.created_at)?,
            updated_at: row_ref.moment("updated_at", row.updated_at)?,
            version: row.version,
        })
    }
}

fn one(row: Option<RoleRow>) -> Result<Option<CustomRole>, StoreError> {
    row.map(CustomRole::try_from).transpose()
}

/// What the roles of an account allow together.
pub(crate) fn permissions_of(
    conn: &mut AnyConnection,
    user: UserId,
) -> Result<Permissions, StoreError> {
    let each: Vec<String> = on!(conn, |c| {
        held::table
            .inner_join(table::table.on(table::name.eq(held::role)))
            .filter(held::user_id.eq(user.get()))
            .select(table::permissions)
            .load(c)
    })
    .doing("roles.permissions_of")?;
    Ok(each.iter().fold(Permissions::NONE, |all, words| all.union(permissions(words))))
}

/// The same of several accounts; those without a role are not in it.
pub(crate) fn permissions_of_all(
    conn: &mut AnyConnection,
    users: &[i64],
) -> Result<BTreeMap<i64, Permissions>, StoreError> {
    let made = held::table
        .inner_join(table::table.on(table::name.eq(held::role)))
        .filter(held::user_id.eq_any(users))
        .select((held::user_id, table::permissions));
    let made: Vec<(i64, String)> = on!(conn, |c| made.load(c)).doing("roles.permissions_of_all")?;
    let mut found: BTreeMap<i64, Permissions> = BTreeMap::new();
    for (user, words) in made {
        let held = found.entry(user).or_insert(Permissions::NONE);
        *held = held.union(permissions(&words));
    }
    Ok(found)
}

impl RoleStore for DieselTx {
    fn insert(&mut self, new: &NewRole) -> Result<CustomRole, StoreError> {
        self.writing(|tx| {
            let NewRole { name, description, permissions, created_at } = new;
            let at = created_at.micros();
            on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::name.eq(name.as_str()),
                        table::description.eq(description.as_str()),
                        table::permissions.eq(permission_names(*permissions)),
                        table::created_at.eq(at),
                        table::updated_at.eq(at),
                        table::version.eq(1),
                    ))
                    .execute(c)
            })
            .doing("roles.insert")?;
            Ok(new.stored())
        })
    }

    fn get(&mut self, name: &RoleName) -> Result<Option<CustomRole>, StoreError> {
        self.reading(|conn| {
            one(on!(conn, |c| table::table.find(name.as_str()).get_result(c).optional())
                .doing("roles.get")?)
        })
    }

    fn lock(&mut self, name: &RoleName) -> Result<Option<CustomRole>, StoreError> {
        self.reading(|conn| {
            let query = table::table.find(name.as_str());
            one(locking!(conn, query, |c| query.get_result(c).optional()).doing("roles.lock")?)
        })
    }

    fn list(&mut self) -> Result<Vec<CustomRole>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<RoleRow> =
                on!(conn, |c| table::table.order(table::name).load(c)).doing("roles.list")?;
            rows.into_iter().map(CustomRole::try_from).collect()
        })
    }

    fn save(&mut self, role: &mut CustomRole) -> Result<(), StoreError> {
        self.writing(|tx| {
            let CustomRole { name, description, permissions, created_at, updated_at, version } =
                &*role;
            let row = table::table.find(name.as_str()).filter(table::version.eq(*version));
            let changed = on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((
                        table::description.eq(description.as_str()),
                        table::permissions.eq(permission_names(*permissions)),
                        table::created_at.eq(created_at.micros()),
                        table::updated_at.eq(updated_at.micros()),
                        table::version.eq(table::version + 1),
                    ))
                    .execute(c)
            })
            .doing("roles.save")?;
            if changed == 0 {
                return Err(StoreError::Stale);
            }
            role.version += 1;
            Ok(())
        })
    }

    fn remove(&mut self, name: &RoleName) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let gone = on!(&mut tx.conn, |c| diesel::delete(table::table.find(name.as_str()))
                .execute(c))
            .doing("roles.remove")?;
            Ok(gone > 0)
        })
    }

    fn of_user(&mut self, user: UserId) -> Result<Vec<CustomRole>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<RoleRow> = on!(conn, |c| {
                held::table
                    .inner_join(table::table.on(table::name.eq(held::role)))
                    .filter(held::user_id.eq(user.get()))
                    .order(table::name)
                    .select(table::all_columns)
                    .load(c)
            })
            .doing("roles.of_user")?;
            rows.into_iter().map(CustomRole::try_from).collect()
        })
    }

    fn assign(&mut self, user: UserId, names: &[RoleName]) -> Result<(), StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::delete(held::table.filter(held::user_id.eq(user.get()))).execute(c)
            })
            .doing("roles.assign: before")?;
            // One by one, so that the text of the statement is always the same.
            for name in names {
                on!(&mut tx.conn, |c| {
                    diesel::insert_into(held::table)
                        .values((held::user_id.eq(user.get()), held::role.eq(name.as_str())))
                        .execute(c)
                })
                .doing("roles.assign")
                .map_err(|error| match error {
                    // Whoever assigns holds the account, so it is the role that is not there.
                    StoreError::Missing(FOREIGN_KEY) => StoreError::Missing("roles.name"),
                    other => other,
                })?;
            }
            Ok(())
        })
    }

    fn permissions_of(&mut self, user: UserId) -> Result<Permissions, StoreError> {
        self.reading(|conn| permissions_of(conn, user))
    }

    fn sessions_of_holders(
        &mut self,
        name: &RoleName,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<SessionId>, StoreError> {
        self.reading(|conn| {
            let ids: Vec<i64> = on!(conn, |c| {
                sessions::table
                    .inner_join(held::table.on(held::user_id.eq(sessions::user_id)))
                    .filter(held::role.eq(name.as_str()))
                    .filter(sessions::revoked_at.is_null())
                    .filter(sessions::expires_at.gt(now.micros()))
                    .order(sessions::id)
                    .limit(limit.into())
                    .select(sessions::id)
                    .load(c)
            })
            .doing("roles.sessions_of_holders")?;
            ids.into_iter().map(|id| RowRef::new("sessions", id).session("id", id)).collect()
        })
    }
}
