//! `NotificationStore` and `People`.

mod reports;
mod rows;
mod sending;

use std::collections::BTreeMap;

use diesel::prelude::*;
use kernel::{
    Locale, Page, PageRequest, Permission, PhoneNumber, Role, StoreError, Timestamp, UserId,
    record::rank,
};
use notifications::{
    Kind, Notification, NotificationId, NotificationStore, People,
    notification::NewNotification,
    ports::Person,
    query::{Filter, ORDER},
};
use users::values::Status;

use self::rows::{NotificationRow, notifications as table};
use crate::{
    columns::{RowRef, count, permissions, unwritable},
    constraint::Attempt,
    db::on,
    domains::users::rows::users as accounts,
    list::{self, Keys},
    row::{Row as _, all, one},
    schema::{roles, user_roles as held},
    statement::Statement,
    uow::DieselTx,
};

/// ` WHERE …`: the rows of a list.
fn conditions<ST>(statement: &mut Statement<'_, ST>, owner: UserId, filter: Filter) {
    let Filter { unread, kind } = filter;
    statement.sql(" FROM notifications WHERE user_id = ").number(owner.get());
    match unread {
        Some(true) => {
            statement.sql(" AND read_at IS NULL");
        }
        Some(false) => {
            statement.sql(" AND read_at IS NOT NULL");
        }
        None => {}
    }
    if let Some(kind) = kind {
        statement.sql(" AND kind = ").number(kind.rank().into());
    }
}

impl NotificationStore for DieselTx {
    fn insert(&mut self, new: &NewNotification) -> Result<Option<Notification>, StoreError> {
        if !self.has_active_account(new.owner)? {
            return Ok(None);
        }
        self.writing(|tx| {
            let NewNotification { owner, kind, dedupe, subject, actor, params, created_at } = new;
            let id = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::user_id.eq(owner.get()),
                        table::kind.eq(kind.rank()),
                        table::dedupe.eq(dedupe.as_str()),
                        table::subject_kind.eq(subject.map(|subject| subject.kind.rank())),
                        table::subject_id.eq(subject.map(|subject| subject.id)),
                        table::actor_id.eq(actor.map(UserId::get)),
                        table::params.eq(params.to_json()),
                        table::created_at.eq(created_at.micros()),
                    ))
                    .on_conflict((table::user_id, table::kind, table::dedupe))
                    .do_nothing()
                    .returning(table::id)
                    .get_result::<i64>(c)
                    .optional()
            })
            .doing("notifications.insert")?;
            let id = id.map(NotificationId::parse).transpose().map_err(unwritable)?;
            Ok(id.map(|id| new.stored(id)))
        })
    }

    fn get(
        &mut self,
        owner: UserId,
        id: NotificationId,
    ) -> Result<Option<Notification>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get()).filter(table::user_id.eq(owner.get()));
            one(on!(conn, |c| row.get_result::<NotificationRow>(c).optional())
                .doing("notifications.get")?)
        })
    }

    fn set_read(
        &mut self,
        owner: UserId,
        id: NotificationId,
        read_at: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get()).filter(table::user_id.eq(owner.get()));
            let changed = on!(&mut tx.conn, |c| {
                let to = table::read_at.eq(read_at.map(Timestamp::micros));
                match read_at {
                    Some(_) => {
                        let unread = row.filter(table::read_at.is_null());
                        diesel::update(unread).set(to).execute(c)
                    }
                    None => {
                        let read = row.filter(table::read_at.is_not_null());
                        diesel::update(read).set(to).execute(c)
                    }
                }
            })
            .doing("notifications.set_read")?;
            Ok(changed > 0)
        })
    }

    fn read_all(
        &mut self,
        owner: UserId,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let unread = table::table
                .filter(table::user_id.eq(owner.get()))
                .filter(table::read_at.is_null())
                .filter(table::created_at.le(before.micros()));
            let changed = on!(&mut tx.conn, |c| {
                diesel::update(unread).set(table::read_at.eq(now.micros())).execute(c)
            })
            .doing("notifications.read_all")?;
            Ok(changed as u64)
        })
    }

    fn remove(&mut self, owner: UserId, id: NotificationId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get()).filter(table::user_id.eq(owner.get()));
            let removed = on!(&mut tx.conn, |c| diesel::delete(row).execute(c))
                .doing("notifications.remove")?;
            Ok(removed > 0)
        })
    }

    fn list(
        &mut self,
        owner: UserId,
        filter: Filter,
        page: &PageRequest,
    ) -> Result<Page<Notification>, StoreError> {
        self.reading(|conn| {
            let keys = Keys::fixed(ORDER, &[]);
            let mut statement: Statement<'_, table::SqlType> = Statement::new();
            statement.sql("SELECT ").sql(NotificationRow::COLUMNS);
            conditions(&mut statement, owner, filter);
            keys.finish(&mut statement, page, conn.dialect())?;
            let rows: Vec<NotificationRow> =
                on!(conn, |c| statement.load(c)).doing("notifications.list")?;
            let at = |notification: &Notification| (Vec::new(), notification.id.get());
            list::page(&keys, all(rows)?, page, at, || {
                let mut total = Statement::new();
                list::count_rows(&mut total, |rows| conditions(rows, owner, filter));
                let total = on!(conn, |c| total.get_result::<i64>(c));
                total.doing("notifications.list: total").map(count)
            })
        })
    }

    fn unread(&mut self, owner: UserId) -> Result<BTreeMap<Kind, u64>, StoreError> {
        self.reading(|conn| {
            let of = table::table
                .filter(table::user_id.eq(owner.get()))
                .filter(table::read_at.is_null())
                .group_by(table::kind)
                .select((table::kind, diesel::dsl::count_star()));
            let rows = on!(conn, |c| of.load::<(i16, i64)>(c)).doing("notifications.unread")?;
            let at = RowRef::new("notifications", owner.get());
            let read =
                |(kind, number)| Ok((at.known("kind", Kind::from_rank(kind))?, count(number)));
            rows.into_iter().map(read).collect()
        })
    }

    fn remove_all(&mut self, owner: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let theirs = table::table.filter(table::user_id.eq(owner.get()));
            let removed = on!(&mut tx.conn, |c| diesel::delete(theirs).execute(c))
                .doing("notifications.remove_all")?;
            Ok(removed as u64)
        })
    }
}

impl People for DieselTx {
    fn find(&mut self, username: &str) -> Result<Option<Person>, StoreError> {
        let found = ::users::UserStore::find_by_username(self, username)?;
        let active = found.filter(|user| user.status == Status::Active && user.purge_at.is_none());
        let Some(user) = active else { return Ok(None) };
        let made = ::users::RoleStore::permissions_of(self, user.id)?;
        Ok(Some(Person { id: user.id, permissions: user.role.permissions().union(made) }))
    }

    fn names(&mut self, users: &[UserId]) -> Result<BTreeMap<UserId, String>, StoreError> {
        self.reading(|conn| {
            let ids: Vec<i64> = users.iter().map(|id| id.get()).collect();
            let of = accounts::table
                .filter(accounts::id.eq_any(&ids))
                .filter(accounts::deleted_at.is_null())
                .select((accounts::id, accounts::username));
            let rows = on!(conn, |c| of.load::<(i64, String)>(c)).doing("notifications.names")?;
            let read = |(id, name)| Ok((RowRef::new("users", id).user("id", id)?, name));
            rows.into_iter().map(read).collect()
        })
    }

    fn holders(&mut self, permission: Permission) -> Result<Vec<UserId>, StoreError> {
        self.reading(|conn| {
            let base = Role::ALL.iter().filter(|role| role.permissions().contains(permission));
            let base: Vec<i16> = base.map(|role| rank(&Role::ALL, role)).collect();
            // Roles that people made are few.
            let made = roles::table.select((roles::name, roles::permissions));
            let made: Vec<(String, String)> =
                on!(&mut *conn, |c| made.load(c)).doing("notifications.holders: roles")?;
            let made =
                made.into_iter().filter(|(_, words)| permissions(words).contains(permission));
            let made: Vec<String> = made.map(|(name, _)| name).collect();
            let by_role = held::table.filter(held::role.eq_any(&made)).select(held::user_id);
            let by_role: Vec<i64> =
                on!(&mut *conn, |c| by_role.load(c)).doing("notifications.holders: by role")?;
            let of = accounts::table
                .filter(accounts::role.eq_any(&base).or(accounts::id.eq_any(&by_role)))
                .filter(accounts::status.eq(rank(&Status::ALL, &Status::Active)))
                .filter(accounts::deleted_at.is_null())
                .filter(accounts::purge_at.is_null())
                .order(accounts::id)
                .select(accounts::id);
            let ids = on!(conn, |c| of.load::<i64>(c)).doing("notifications.holders")?;
            ids.into_iter().map(|id| RowRef::new("users", id).user("id", id)).collect()
        })
    }

    fn phone(&mut self, user: UserId) -> Result<Option<PhoneNumber>, StoreError> {
        let found = ::users::UserStore::get(self, user)?;
        let active = found.filter(|user| user.status == Status::Active && user.purge_at.is_none());
        Ok(active.and_then(|user| user.phone))
    }

    fn locale(&mut self, user: UserId) -> Result<Locale, StoreError> {
        self.reading(|conn| {
            let row = accounts::table.find(user.get()).select(accounts::locale);
            let found = on!(conn, |c| row.get_result::<i16>(c).optional());
            let Some(rank) = found.doing("notifications.locale")? else {
                return Ok(Locale::DEFAULT);
            };
            RowRef::new("users", user.get()).known("locale", Locale::from_rank(rank))
        })
    }

    fn address(&mut self, user: UserId) -> Result<Option<String>, StoreError> {
        let found = ::users::UserStore::get(self, user)?;
        let proven = found.filter(|user| {
            user.status == Status::Active && user.purge_at.is_none() && user.email_verified
        });
        Ok(proven.map(|user| user.email.as_str().to_owned()))
    }
}
