//! The use cases. Each is an asynchronous shell around one synchronous transaction.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use kernel::{
    Actor, Clock, Consumer, Delivery, Page, PageRequest, StoreError, Timestamp, UnitOfWork, UserId,
};

use crate::{
    error::NotificationError,
    events,
    kind::Kind,
    notice::{Notice, Recipient},
    notification::{NewNotification, Notification, Shown},
    policy::{may_read, may_write},
    ports::NotificationsTx,
    query::Filter,
    values::{Dedupe, NotificationId},
};

/// The use cases of this domain.
pub struct Notifications {
    work: Arc<dyn UnitOfWork<dyn NotificationsTx>>,
    clock: Arc<dyn Clock>,
}

/// A page, and how many notifications are unread in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// The page.
    pub page: Page<Shown>,
    /// Unread ones, whatever the filter.
    pub unread: u64,
}

impl Notifications {
    /// On these two ports.
    pub fn new(work: Arc<dyn UnitOfWork<dyn NotificationsTx>>, clock: Arc<dyn Clock>) -> Self {
        Self { work, clock }
    }

    /// Writes the notifications that an event gives reason for, in the transaction that notes the event
    /// as handled; returns how many. The second delivery of an event fails with `Stale` and writes
    /// nothing. A person gets one notification of an event: that of the first notice that names them.
    ///
    /// Errors: `Store`.
    pub async fn notify(
        &self,
        delivery: Delivery,
        notices: Vec<Notice>,
    ) -> Result<u64, NotificationError> {
        let now = self.clock.now();
        let dedupe = Dedupe::parse(&format!("event:{}", delivery.event.id));
        let dedupe = dedupe.map_err(|error| StoreError::Internal(error.to_string()))?;
        self.work
            .write(move |tx| {
                delivery.complete(tx)?;
                let request_id = delivery.event.request_id.as_deref();
                Ok(insert_notices(tx, &notices, &dedupe, request_id, now)?)
            })
            .await
    }

    /// A page of the caller's notifications, in [`ORDER`](crate::query::ORDER).
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn list(
        &self,
        actor: &Actor,
        filter: Filter,
        page: PageRequest,
    ) -> Result<Inbox, NotificationError> {
        let owner = may_read(actor)?;
        self.work
            .read(move |tx| {
                let page = tx.notifications().list(owner, filter, &page)?;
                let unread = tx.notifications().unread(owner)?.values().sum();
                let names = names(tx, &page.items)?;
                Ok(Inbox { page: page.map(|notification| shown(&names, notification)), unread })
            })
            .await
    }

    /// How many of the caller's notifications are unread, by kind.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn unread(&self, actor: &Actor) -> Result<BTreeMap<Kind, u64>, NotificationError> {
        let owner = may_read(actor)?;
        self.work.read(move |tx| Ok(tx.notifications().unread(owner)?)).await
    }

    /// A notification of the caller.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Store`.
    pub async fn get(&self, actor: &Actor, id: NotificationId) -> Result<Shown, NotificationError> {
        let owner = may_read(actor)?;
        self.work.read(move |tx| found(tx, owner, id)).await
    }

    /// Marks a notification of the caller as read or unread. A no-op publishes no event.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Store`.
    pub async fn set_read(
        &self,
        actor: &Actor,
        id: NotificationId,
        read: bool,
    ) -> Result<Shown, NotificationError> {
        let owner = may_write(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let changed = tx.notifications().set_read(owner, id, read.then_some(now))?;
                let shown = found(tx, owner, id)?;
                if changed {
                    let event = events::event(events::UPDATED, &shown.notification, &actor, now);
                    tx.outbox().append(&event)?;
                }
                Ok(shown)
            })
            .await
    }

    /// Marks every notification of the caller as read that was created at or before `before`; without
    /// it, every one that is there now. Returns how many.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn read_all(
        &self,
        actor: &Actor,
        before: Option<Timestamp>,
    ) -> Result<u64, NotificationError> {
        let owner = may_write(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let before = before.unwrap_or(now);
        self.work
            .write(move |tx| {
                let changed = tx.notifications().read_all(owner, before, now)?;
                if changed > 0 {
                    tx.outbox().append(&events::all_read(&actor, before, now))?;
                }
                Ok(changed)
            })
            .await
    }

    /// Deletes a notification for good.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Store`.
    pub async fn remove(&self, actor: &Actor, id: NotificationId) -> Result<(), NotificationError> {
        let owner = may_write(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let found = tx.notifications().get(owner, id)?;
                let notification = found.ok_or(NotificationError::NotFound(id))?;
                if tx.notifications().remove(owner, id)? {
                    let event = events::event(events::DELETED, &notification, &actor, now);
                    tx.outbox().append(&event)?;
                }
                Ok(())
            })
            .await
    }

    /// Deletes everything of a deleted account, exactly once: a second delivery of the event fails
    /// with `Stale` and changes nothing.
    ///
    /// Errors: `Store`.
    pub async fn forget_user(
        &self,
        delivery: Delivery,
        user: UserId,
    ) -> Result<u64, NotificationError> {
        self.work
            .write(move |tx| {
                delivery.complete(tx)?;
                Ok(tx.notifications().remove_all(user)?)
            })
            .await
    }

    /// Reactions to events of other domains.
    pub fn consumers(self: &Arc<Self>) -> Vec<Consumer> {
        let notifications = Arc::clone(self);
        vec![Consumer::forget_user("notifications.forget_user", move |delivery, user| {
            let notifications = Arc::clone(&notifications);
            async move { notifications.forget_user(delivery, user).await }
        })]
    }
}

/// Inserts what the notices say, in their order.
fn insert_notices(
    tx: &mut dyn NotificationsTx,
    notices: &[Notice],
    dedupe: &Dedupe,
    request_id: Option<&str>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let (mut reached, mut written) = (BTreeSet::new(), 0);
    for notice in notices {
        let Notice { kind, subject, actor, params, to } = notice;
        for recipient in to {
            let Some(owner) = resolve(tx, recipient)? else { continue };
            // N2, and one notification of an event.
            if Some(owner) == *actor || !reached.insert(owner) {
                continue;
            }
            let new = NewNotification {
                owner,
                kind: *kind,
                dedupe: dedupe.clone(),
                subject: *subject,
                actor: *actor,
                params: params.clone(),
                created_at: now,
            };
            if let Some(notification) = tx.notifications().insert(&new)? {
                tx.outbox().append(&events::created(&notification, request_id))?;
                written += 1;
            }
        }
    }
    Ok(written)
}

fn resolve(
    tx: &mut dyn NotificationsTx,
    recipient: &Recipient,
) -> Result<Option<UserId>, StoreError> {
    match recipient {
        Recipient::Person(user) => Ok(Some(*user)),
        Recipient::Named { username, among, or_holds } => {
            let person = tx.people().find(username)?;
            let sees = person.filter(|person| {
                among.contains(&person.id) || person.role.permissions().contains(*or_holds)
            });
            Ok(sees.map(|person| person.id))
        }
    }
}

fn found(
    tx: &mut dyn NotificationsTx,
    owner: UserId,
    id: NotificationId,
) -> Result<Shown, NotificationError> {
    let found = tx.notifications().get(owner, id)?;
    let notification = found.ok_or(NotificationError::NotFound(id))?;
    let names = names(tx, std::slice::from_ref(&notification))?;
    Ok(shown(&names, notification))
}

/// The names of those who did what the notifications are about.
fn names(
    tx: &mut dyn NotificationsTx,
    notifications: &[Notification],
) -> Result<BTreeMap<UserId, String>, StoreError> {
    let actors: BTreeSet<UserId> = notifications.iter().filter_map(|one| one.actor).collect();
    if actors.is_empty() {
        return Ok(BTreeMap::new());
    }
    tx.people().names(&actors.into_iter().collect::<Vec<_>>())
}

fn shown(names: &BTreeMap<UserId, String>, notification: Notification) -> Shown {
    let actor_name = notification.actor.and_then(|actor| names.get(&actor).cloned());
    Shown { notification, actor_name }
}
