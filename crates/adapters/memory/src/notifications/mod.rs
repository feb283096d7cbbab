//! `NotificationStore` and `People`.

#[cfg(test)]
mod planted_notifications;
mod reports;
mod sending;

use std::{collections::BTreeMap, sync::Arc};

use kernel::{Locale, Page, PageRequest, Permission, PhoneNumber, StoreError, Timestamp, UserId};
use notifications::{
    Kind, Notification, NotificationId, NotificationStore, People,
    notification::NewNotification,
    ports::Person,
    preferences::Channel,
    query::{Filter, ORDER},
    sending::Sending,
    settings::Settings,
    values::Dedupe,
};
use users::User;

use crate::{
    domains::users::roles::permissions_of,
    page::{Order, cut},
    state::{State, Table, next, not_an_id},
    tx::MemoryTx,
};

/// A notification with the key that it alone has (N1).
#[derive(Clone)]
struct Row {
    notification: Notification,
    dedupe: Dedupe,
}

/// What is stored.
#[derive(Clone, Default)]
pub(crate) struct NotificationsTables {
    last_id: i64,
    rows: Table<NotificationId, Arc<Row>>,
    settings: Table<UserId, Arc<Settings>>,
    sendings: Table<(NotificationId, Channel), Arc<Sending>>,
    /// When the next report of a kind is due.
    reports: Table<(UserId, Kind), Timestamp>,
}

impl NotificationsTables {
    /// Forgets what became of notifications that are gone.
    fn forget_sendings(&mut self) {
        let rows = Arc::clone(&self.rows);
        Arc::make_mut(&mut self.sendings).retain(|(id, _), _| rows.contains_key(id));
    }
}

fn row(state: &State, owner: UserId, id: NotificationId) -> Option<&Row> {
    let row = state.domains.notifications.rows.get(&id)?;
    (row.notification.owner == owner).then_some(&**row)
}

fn rows_of(state: &State, owner: UserId) -> impl Iterator<Item = &Notification> {
    let rows = state.domains.notifications.rows.values();
    rows.map(|row| &row.notification).filter(move |row| row.owner == owner)
}

fn replace(state: &mut State, id: NotificationId, read_at: Option<Timestamp>) {
    if let Some(row) = Arc::make_mut(&mut state.domains.notifications.rows).get_mut(&id) {
        Arc::make_mut(row).notification.read_at = read_at;
    }
}

impl NotificationStore for MemoryTx {
    fn insert(&mut self, new: &NewNotification) -> Result<Option<Notification>, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let taken = state.domains.notifications.rows.values().any(|row| {
                let is = &row.notification;
                (is.owner, is.kind, &row.dedupe) == (new.owner, new.kind, &new.dedupe)
            });
            if taken || !state.is_active(new.owner) {
                return Ok(None);
            }
            let tables = &mut state.domains.notifications;
            let id = NotificationId::parse(next(&mut tables.last_id)).map_err(not_an_id)?;
            let notification = new.stored(id);
            let row = Row { notification: notification.clone(), dedupe: new.dedupe.clone() };
            Arc::make_mut(&mut tables.rows).insert(id, Arc::new(row));
            Ok(Some(notification))
        })
    }

    fn get(
        &mut self,
        owner: UserId,
        id: NotificationId,
    ) -> Result<Option<Notification>, StoreError> {
        self.reading(|state| Ok(row(state, owner, id).map(|row| row.notification.clone())))
    }

    fn set_read(
        &mut self,
        owner: UserId,
        id: NotificationId,
        read_at: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let found = row(&tx.state, owner, id).map(|row| row.notification.read_at);
            let changes = found.is_some_and(|was| was.is_some() != read_at.is_some());
            if changes {
                replace(&mut tx.state, id, read_at);
            }
            Ok(changes)
        })
    }

    fn read_all(
        &mut self,
        owner: UserId,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let unread = rows_of(&tx.state, owner).filter(|row| row.read_at.is_none());
            let read: Vec<_> =
                unread.filter(|row| row.created_at <= before).map(|row| row.id).collect();
            for id in &read {
                replace(&mut tx.state, *id, Some(now));
            }
            Ok(read.len() as u64)
        })
    }

    fn remove(&mut self, owner: UserId, id: NotificationId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let is_there = row(&tx.state, owner, id).is_some();
            if is_there {
                let tables = &mut tx.state.domains.notifications;
                Arc::make_mut(&mut tables.rows).remove(&id);
                tables.forget_sendings();
            }
            Ok(is_there)
        })
    }

    fn list(
        &mut self,
        owner: UserId,
        filter: Filter,
        page: &PageRequest,
    ) -> Result<Page<Notification>, StoreError> {
        let Filter { unread, kind } = filter;
        self.reading(|state| {
            let rows: Vec<Arc<Notification>> = rows_of(state, owner)
                .filter(|row| unread.is_none_or(|unread| row.read_at.is_none() == unread))
                .filter(|row| kind.is_none_or(|kind| row.kind == kind))
                .map(|row| Arc::new(row.clone()))
                .collect();
            cut(rows.iter(), &Order::fixed(ORDER), |row| (Vec::new(), row.id.get()), page)
        })
    }

    fn unread(&mut self, owner: UserId) -> Result<BTreeMap<Kind, u64>, StoreError> {
        self.reading(|state| {
            let mut counts = BTreeMap::new();
            for row in rows_of(state, owner).filter(|row| row.read_at.is_none()) {
                *counts.entry(row.kind).or_default() += 1;
            }
            Ok(counts)
        })
    }

    fn remove_all(&mut self, owner: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.notifications;
            let rows = Arc::make_mut(&mut tables.rows);
            let before = rows.len();
            rows.retain(|_, row| row.notification.owner != owner);
            let removed = before - rows.len();
            tables.forget_sendings();
            Ok(removed as u64)
        })
    }
}

impl People for MemoryTx {
    fn find(&mut self, username: &str) -> Result<Option<Person>, StoreError> {
        self.reading(|state| {
            let mut accounts = state.domains.users.accounts.values().map(|account| &account.user);
            let found = accounts.find(|user| {
                user.username.as_str().eq_ignore_ascii_case(username) && state.is_active(user.id)
            });
            let permissions =
                |user: &User| user.role.permissions().union(permissions_of(state, user.id));
            Ok(found.map(|user| Person { id: user.id, permissions: permissions(user) }))
        })
    }

    fn names(&mut self, users: &[UserId]) -> Result<BTreeMap<UserId, String>, StoreError> {
        self.reading(|state| {
            let accounts = &state.domains.users.accounts;
            let found = users.iter().filter_map(|id| accounts.get(id));
            Ok(found.map(|one| (one.user.id, one.user.username.as_str().to_owned())).collect())
        })
    }

    fn holders(&mut self, permission: Permission) -> Result<Vec<UserId>, StoreError> {
        self.reading(|state| {
            let accounts = state.domains.users.accounts.values().map(|account| &account.user);
            let found = accounts.filter(|user| {
                let held = user.role.permissions().union(permissions_of(state, user.id));
                state.is_active(user.id) && held.contains(permission)
            });
            Ok(found.map(|user| user.id).collect())
        })
    }

    fn phone(&mut self, user: UserId) -> Result<Option<PhoneNumber>, StoreError> {
        self.reading(|state| {
            let account = state.domains.users.accounts.get(&user).filter(|_| state.is_active(user));
            Ok(account.and_then(|account| account.user.phone.clone()))
        })
    }

    fn locale(&mut self, user: UserId) -> Result<Locale, StoreError> {
        self.reading(|state| {
            let account = state.domains.users.accounts.get(&user);
            Ok(account.map_or(Locale::DEFAULT, |account| account.user.locale))
        })
    }

    fn address(&mut self, user: UserId) -> Result<Option<String>, StoreError> {
        self.reading(|state| {
            let account = state.domains.users.accounts.get(&user);
            let proven = account.filter(|one| one.user.email_verified && state.is_active(user));
            Ok(proven.map(|account| account.user.email.as_str().to_owned()))
        })
    }
}
