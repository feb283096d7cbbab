//! The use cases. Each is an asynchronous shell around one synchronous transaction.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use kernel::{
    Actor, Batch, Chore, Clock, Consumer, Delivery, Event, Locale, Page, PageRequest, Runs,
    StoreError, Timestamp, UnitOfWork, UserId,
};

use crate::{
    delivery::Outlets,
    error::NotificationError,
    events,
    kind::{Category, Kind},
    notice::{Notice, Recipient},
    notification::{NewNotification, Notification, Shown},
    policy::{may_read, may_write},
    ports::NotificationsTx,
    preferences::{Channel, Preference, Preferences},
    query::Filter,
    quiet::QuietHours,
    reports::plan_reports,
    sending::EmailSettings,
    settings::Settings,
    texting::TextSettings,
    values::{Dedupe, NotificationId},
};

/// From one look for what was held to the next.
const RELEASE: Duration = Duration::from_secs(5);
/// The hour at which reports come when nothing else is said.
const REPORT_HOUR: u32 = 7;
/// The parameter of notifications that whoever caused them has emailed: `true`.
pub const EMAILED: &str = "emailed";
/// How much of what was held goes out in one transaction.
const BATCH: u32 = 100;

/// The use cases of this domain.
pub struct Notifications {
    pub(crate) work: Arc<dyn UnitOfWork<dyn NotificationsTx>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) emails: Option<EmailSettings>,
    pub(crate) texts: Option<TextSettings>,
    pub(crate) webhooks: bool,
    pub(crate) report_hour: u32,
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
        Self { work, clock, emails: None, texts: None, webhooks: false, report_hour: REPORT_HOUR }
    }

    /// The same, and notifications go out by email.
    #[must_use]
    pub fn with_emails(mut self, emails: EmailSettings) -> Self {
        self.emails = Some(emails);
        self
    }

    /// The same, and notifications go out by text message.
    #[must_use]
    pub fn with_texts(mut self, texts: TextSettings) -> Self {
        self.texts = Some(texts);
        self
    }

    /// The same, and notifications go out as events for webhooks.
    #[must_use]
    pub const fn with_webhooks(mut self) -> Self {
        self.webhooks = true;
        self
    }

    /// The same, and reports come at this hour (0–23) of their readers' clocks.
    #[must_use]
    pub const fn with_report_hour(mut self, hour: u32) -> Self {
        self.report_hour = hour;
        self
    }

    pub(crate) fn outlets(&self) -> Outlets {
        Outlets {
            emails: self.emails.clone(),
            texts: self.texts.is_some(),
            webhooks: self.webhooks,
        }
    }

    /// Writes the notifications that events give reason for, in the transaction that notes them as handled;
    /// returns how many. `notices` says which, for each event of the batch. The second delivery of an event
    /// fails with `Stale` and writes nothing. A person gets one notification of an event: that of the first
    /// notice that names them.
    ///
    /// Errors: `Store`.
    pub async fn notify(
        &self,
        batch: impl Into<Batch>,
        notices: Vec<Vec<Notice>>,
    ) -> Result<u64, NotificationError> {
        let (batch, now, outlets) = (batch.into(), self.clock.now(), self.outlets());
        let dedupe = |event: &Arc<Event>| Dedupe::parse(&format!("event:{}", event.id));
        let dedupe: Result<Vec<Dedupe>, _> = batch.events.iter().map(dedupe).collect();
        let dedupe = dedupe.map_err(|error| StoreError::Internal(error.to_string()))?;
        self.work
            .write(move |tx| {
                batch.complete(tx)?;
                let (mut count, mut at) = (0, now);
                for ((event, notices), dedupe) in batch.events.iter().zip(&notices).zip(&dedupe) {
                    let request_id = event.request_id.as_deref();
                    let written = insert_notices(tx, notices, dedupe, request_id, at)?;
                    for notification in &written {
                        outlets.send_out(tx, notification, now)?;
                    }
                    count += written.len() as u64;
                    // `read_all` stops at a moment, so no two events have the same.
                    at = at.plus(Duration::from_micros(1));
                }
                Ok(count)
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
                let (names, locale) = (names(tx, &page.items)?, tx.people().locale(owner)?);
                let shown = |notification| shown(&names, locale, notification);
                Ok(Inbox { page: page.map(shown), unread })
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
                tx.settings().forget_settings(user)?;
                tx.reports().forget_reports(user)?;
                Ok(tx.notifications().remove_all(user)?)
            })
            .await
    }

    /// What the caller chose.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn settings(&self, actor: &Actor) -> Result<Settings, NotificationError> {
        let owner = may_read(actor)?;
        self.work.read(move |tx| Ok(tx.settings().of(owner)?)).await
    }

    /// Replaces the caller's preferences, or merges these into them, only at version `expected` of the settings
    /// when that is said. They hold for what has not gone out yet.
    ///
    /// Errors: `MissingPermission`, `PreferencesStale`, `Store`.
    pub async fn choose(
        &self,
        actor: &Actor,
        expected: Option<i64>,
        chosen: Vec<Preference>,
        replace: bool,
    ) -> Result<Settings, NotificationError> {
        let change = move |settings: &mut Settings| {
            if replace {
                settings.preferences = Preferences::default();
            }
            settings.preferences.merge(chosen.iter().copied());
        };
        let stale = NotificationError::PreferencesStale;
        self.change_settings(may_write(actor)?, expected, stale, change).await
    }

    /// Changes the caller's quiet hours, only at version `expected` of the settings when that is said. What was
    /// held is looked at again.
    ///
    /// Errors: `MissingPermission`, `QuietHoursStale`, `Store`.
    pub async fn be_quiet(
        &self,
        actor: &Actor,
        expected: Option<i64>,
        change: impl Fn(&mut QuietHours) + Send + 'static,
    ) -> Result<Settings, NotificationError> {
        let change = move |settings: &mut Settings| change(&mut settings.quiet);
        let stale = NotificationError::QuietHoursStale;
        self.change_settings(may_write(actor)?, expected, stale, change).await
    }

    async fn change_settings(
        &self,
        owner: UserId,
        expected: Option<i64>,
        stale: fn(Box<Settings>) -> NotificationError,
        change: impl Fn(&mut Settings) + Send + 'static,
    ) -> Result<Settings, NotificationError> {
        let (now, hour) = (self.clock.now(), self.report_hour);
        self.work
            .write(move |tx| {
                let mut settings = tx.settings().lock_settings(owner)?;
                if expected.is_some_and(|version| version != settings.version) {
                    return Err(stale(Box::new(settings)));
                }
                let zone = settings.quiet.zone;
                change(&mut settings);
                settings.version += 1;
                tx.settings().save_settings(&settings)?;
                tx.sendings().hasten(owner, now)?;
                plan_reports(tx, &settings, zone, hour, now)?;
                Ok(settings)
            })
            .await
    }

    /// Switches the emails of the categories of a link off for the person whom it was sent to (N8). No one needs to be
    /// signed in. Doing it twice changes nothing.
    ///
    /// Errors: `BadLink`, `Store`.
    pub async fn unsubscribe(&self, token: &str) -> Result<Vec<Category>, NotificationError> {
        let read = self.emails.as_ref().and_then(|emails| emails.read_token(token));
        let (owner, about) = read.ok_or(NotificationError::BadLink)?;
        let now = self.clock.now();
        self.work
            .write(move |tx| {
                // Of an account that is gone nothing is kept (N9).
                if tx.people().names(&[owner])?.is_empty() {
                    return Ok(about.clone());
                }
                let mut settings = tx.settings().lock_settings(owner)?;
                for category in &about {
                    settings.preferences.switch_off(*category, Channel::Email);
                }
                settings.version += 1;
                tx.settings().save_settings(&settings)?;
                tx.sendings().hasten(owner, now)?;
                Ok(about.clone())
            })
            .await
    }

    /// Sends what was held and whose time has come; returns how many notifications were looked at.
    ///
    /// Errors: `Store`.
    pub async fn release(&self) -> Result<u64, NotificationError> {
        let outlets = self.outlets();
        if !outlets.any() {
            return Ok(0);
        }
        let (now, mut released) = (self.clock.now(), 0);
        // A unit that writes would take the turn of another one (Q6).
        let is_any_due = self.work.read(move |tx| tx.sendings().is_any_due(now)).await;
        let is_any_due: Result<bool, StoreError> = is_any_due;
        if !is_any_due? {
            return Ok(0);
        }
        loop {
            let outlets = outlets.clone();
            let looked_at: Result<u64, StoreError> = self
                .work
                .write(move |tx| {
                    let due = tx.sendings().due(now, BATCH)?;
                    for held in &due {
                        let found = tx.notifications().get(held.owner, held.notification)?;
                        if let Some(notification) = found {
                            outlets.send(tx, held.channel, &notification, now, true)?;
                        }
                    }
                    Ok(due.len() as u64)
                })
                .await;
            let looked_at = looked_at?;
            released += looked_at;
            if looked_at < u64::from(BATCH) {
                return Ok(released);
            }
        }
    }

    /// Recurring maintenance.
    pub fn chores(self: &Arc<Self>) -> Vec<Chore> {
        // Each process by itself: what is due is locked, so none goes out twice, and no one waits for a worker.
        let every = Runs::EachProcess(RELEASE);
        let release = |notifications: Arc<Self>| async move { notifications.release().await };
        vec![Chore::of(self, "notifications.release", every, release)]
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
) -> Result<Vec<Notification>, StoreError> {
    let (mut reached, mut written) = (BTreeSet::new(), Vec::new());
    for notice in notices {
        let Notice { kind, subject, actor, params, to, same } = notice;
        for recipient in to {
            for owner in resolve(tx, recipient)? {
                // N2, and one notification of an event.
                if Some(owner) == *actor || !reached.insert(owner) {
                    continue;
                }
                let new = NewNotification {
                    owner,
                    kind: *kind,
                    dedupe: same.as_ref().unwrap_or(dedupe).clone(),
                    subject: *subject,
                    actor: *actor,
                    params: params.clone(),
                    created_at: now,
                };
                if let Some(notification) = tx.notifications().insert(&new)? {
                    tx.outbox().append(&events::created(&notification, request_id))?;
                    written.push(notification);
                }
            }
        }
    }
    Ok(written)
}

fn resolve(tx: &mut dyn NotificationsTx, recipient: &Recipient) -> Result<Vec<UserId>, StoreError> {
    match recipient {
        Recipient::Person(user) => Ok(vec![*user]),
        Recipient::Reader { user, room, number } => {
            let reader = tx.room_readers().reader(*room, *user)?;
            let waits = reader.is_some_and(|reader| reader.read_number < *number);
            Ok(waits.then_some(*user).into_iter().collect())
        }
        Recipient::Holders(permission) => tx.people().holders(*permission),
        Recipient::Named { username, among, or_holds } => {
            let person = tx.people().find(username)?;
            let sees = person.filter(|person| {
                among.contains(&person.id) || person.permissions.contains(*or_holds)
            });
            Ok(sees.map(|person| person.id).into_iter().collect())
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
    Ok(shown(&names, tx.people().locale(owner)?, notification))
}

/// The names of those who did what the notifications are about.
pub(crate) fn names(
    tx: &mut dyn NotificationsTx,
    notifications: &[Notification],
) -> Result<BTreeMap<UserId, String>, StoreError> {
    let actors: BTreeSet<UserId> = notifications.iter().filter_map(|one| one.actor).collect();
    if actors.is_empty() {
        return Ok(BTreeMap::new());
    }
    tx.people().names(&actors.into_iter().collect::<Vec<_>>())
}

/// A notification with what its text needs.
pub(crate) fn shown(
    names: &BTreeMap<UserId, String>,
    locale: Locale,
    notification: Notification,
) -> Shown {
    let actor_name = notification.actor.and_then(|actor| names.get(&actor).cloned());
    Shown { notification, actor_name, locale }
}
