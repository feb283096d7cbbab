//! How notifications leave the inbox: each by itself, or several in a digest.

use std::sync::Arc;

use kernel::{
    JobKind, NewJob, RoomId, StoreError, Timestamp, UserId,
    job::{DEFAULT_QUEUE, JobContext, JobDone, JobError, MAX_ATTEMPTS, Meeting, Priority, Release},
};
use serde_json::{Value, json};

use crate::{
    error::NotificationError,
    kind::{Category, Kind},
    notice::{NUMBER, ROOM_ID},
    notification::{Notification, Shown},
    ports::NotificationsTx,
    preferences::{Channel, Mode},
    sending::{EmailSettings, Reason, Sending, State},
    service::{EMAILED, Notifications, names, shown},
    settings::Settings,
    texting, webhook,
};

/// The kind of jobs that send digests.
pub const DIGEST: &str = "notifications.digest";
/// Notifications in one email; the next ones are in another.
const DIGEST_MOST: usize = 50;
/// Notifications that one digest looks at.
const DIGEST_BATCH: u32 = 1000;

/// By which channels notifications leave the inbox of this program.
#[derive(Clone)]
pub(crate) struct Outlets {
    pub(crate) emails: Option<EmailSettings>,
    pub(crate) texts: bool,
    pub(crate) webhooks: bool,
}

impl Outlets {
    /// True when there is any.
    pub(crate) const fn any(&self) -> bool {
        self.emails.is_some() || self.texts || self.webhooks
    }

    /// Sends a new notification by every channel, or notes why it waits or stays.
    pub(crate) fn send_out(
        &self,
        tx: &mut dyn NotificationsTx,
        notification: &Notification,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        Channel::ALL
            .iter()
            .try_for_each(|channel| self.send(tx, *channel, notification, now, false))
    }

    /// Sends a notification by one channel, or notes why it waits or stays. A channel that this program lacks gets
    /// nothing, and what it held before the settings changed is given up: it would be due for ever.
    pub(crate) fn send(
        &self,
        tx: &mut dyn NotificationsTx,
        channel: Channel,
        notification: &Notification,
        now: Timestamp,
        was_held: bool,
    ) -> Result<(), StoreError> {
        match (channel, &self.emails) {
            (Channel::Email, Some(emails)) => {
                let settings = tx.settings().of(notification.owner)?;
                send_email(tx, emails, &settings, notification, now, was_held)
            }
            (Channel::Sms, _) if self.texts => {
                let settings = tx.settings().of(notification.owner)?;
                texting::send_text(tx, &settings, notification, now, was_held)
            }
            (Channel::Webhook, _) if self.webhooks => {
                let settings = tx.settings().of(notification.owner)?;
                webhook::send_event(tx, &settings, notification, now, was_held)
            }
            _ if was_held => {
                let Notification { id, owner, .. } = *notification;
                let (state, reason) = (State::Failed, Some(Reason::Unreachable));
                let given_up =
                    Sending { notification: id, owner, channel, state, reason, due_at: now };
                tx.sendings().put(&given_up)
            }
            _ => Ok(()),
        }
    }
}

/// Why a notification does not go out by a channel that has no digests, whenever that is.
pub(crate) fn unwanted(
    tx: &mut dyn NotificationsTx,
    settings: &Settings,
    notification: &Notification,
    channel: Channel,
) -> Result<Option<Reason>, StoreError> {
    if settings.preferences.effective(notification.kind, channel).mode == Mode::Off {
        return Ok(Some(Reason::Preference));
    }
    Ok(was_read(tx, notification)?.then_some(Reason::Read))
}

/// Whether its owner has read it, or what it is about: a message of the chat, in its room. One notification of direct
/// messages stands for all that came soon after the first. Who has left the room or wants to hear nothing more of it has
/// nothing left to read.
fn was_read(tx: &mut dyn NotificationsTx, notification: &Notification) -> Result<bool, StoreError> {
    if notification.read_at.is_some() {
        return Ok(true);
    }
    if notification.kind.category() != Category::Chat {
        return Ok(false);
    }
    let number = |name| notification.params.get(name).parse::<i64>().ok();
    let room = number(ROOM_ID).and_then(|id| RoomId::parse(id).ok());
    let (Some(room), Some(message)) = (room, number(NUMBER)) else { return Ok(false) };
    let reader = tx.room_readers().reader(room, notification.owner)?;
    let is_direct = notification.kind == Kind::ChatMessage;
    let awaited = |last| if is_direct { last } else { message };
    Ok(reader.is_none_or(|reader| reader.read_number >= awaited(reader.last_number)))
}

/// Why and until when it waits: for the end of quiet hours, or for earlier ones (N4). What is urgent enough to be
/// required by email does not wait.
pub(crate) fn not_yet(
    tx: &mut dyn NotificationsTx,
    settings: &Settings,
    notification: &Notification,
    channel: Channel,
    now: Timestamp,
    was_held: bool,
) -> Result<Option<(State, Reason, Timestamp)>, StoreError> {
    if notification.kind.is_required() {
        return Ok(None);
    }
    if let Some(until) = settings.quiet.end_of(now) {
        return Ok(Some((State::Held, Reason::Quiet, until)));
    }
    let waits = !was_held && tx.sendings().is_holding(notification.owner, channel)?;
    Ok(waits.then_some((State::Held, Reason::Quiet, now)))
}

/// Puts a notification into the queue of emails, or notes why it waits or stays (N4, N5, N7).
fn send_email(
    tx: &mut dyn NotificationsTx,
    emails: &EmailSettings,
    settings: &Settings,
    notification: &Notification,
    now: Timestamp,
    was_held: bool,
) -> Result<(), StoreError> {
    let Notification { id, owner, kind, .. } = *notification;
    let channel = Channel::Email;
    let mode = settings.preferences.effective(kind, channel).mode;
    // What cannot be switched off is not held either (N4).
    let quiet_until = settings.quiet.end_of(now).filter(|_| !kind.is_required());
    let waits = !was_held && !kind.is_required();
    let (state, reason, due_at) = if notification.params.get(EMAILED) == "true" {
        (State::Sent, None, now)
    } else if mode == Mode::Off {
        (State::Skipped, Some(Reason::Preference), now)
    } else if was_read(tx, notification)? {
        (State::Skipped, Some(Reason::Read), now)
    } else if mode == Mode::Digest {
        (State::Batched, None, plan_digest(tx, emails, owner, channel, now)?)
    } else if let Some(until) = quiet_until {
        (State::Held, Some(Reason::Quiet), until)
    } else if waits && tx.sendings().is_holding(owner, channel)? {
        // Earlier ones go first.
        (State::Held, Some(Reason::Quiet), now)
    } else {
        let names = names(tx, std::slice::from_ref(notification))?;
        let shown = shown(&names, tx.people().locale(owner)?, notification.clone());
        match tx.people().address(owner)?.and_then(|address| emails.email(&shown, &address)) {
            Some(email) => {
                tx.emails().enqueue(&email, now)?;
                (State::Sent, None, now)
            }
            None => (State::Skipped, Some(Reason::NoAddress), now),
        }
    };
    tx.sendings().put(&Sending { notification: id, owner, channel, state, reason, due_at })
}

/// Sees to it that there is a digest for one more notification; returns when. All that come before that
/// time are in it, so that a steady stream cannot put it off.
fn plan_digest(
    tx: &mut dyn NotificationsTx,
    emails: &EmailSettings,
    owner: UserId,
    channel: Channel,
    now: Timestamp,
) -> Result<Timestamp, StoreError> {
    let planned = tx.sendings().digest_at(owner, channel)?.filter(|at| *at > now);
    let at = planned.unwrap_or_else(|| now.plus(emails.digest_after));
    tx.jobs().enqueue(&digest_job(owner, channel, at), now)?;
    Ok(at)
}

fn digest_job(owner: UserId, channel: Channel, at: Timestamp) -> NewJob {
    let key = format!("digest:{owner}:{}", channel.as_str());
    let args = json!({ "user_id": owner.get(), "channel": channel.as_str() });
    let job = NewJob {
        kind: DIGEST.to_owned(),
        queue: DEFAULT_QUEUE.to_owned(),
        priority: Priority::Normal,
        max_attempts: MAX_ATTEMPTS,
        args,
        run_at: Some(at),
        lane: None,
        unique: None,
        schedule: None,
        tick_at: None,
    };
    // What comes while a digest is written is in the next one.
    job.unique(key, Release::Start, Meeting::Replace)
}

/// Whose digest a job is to send, by which channel.
fn read_args(args: &Value) -> Option<(UserId, Channel)> {
    let owner = UserId::parse(args.get("user_id")?.as_i64()?).ok()?;
    Some((owner, Channel::parse(args.get("channel")?.as_str()?)?))
}

impl Notifications {
    /// The kinds of jobs of this domain.
    pub fn jobs(self: &Arc<Self>) -> Vec<JobKind> {
        let notifications = Arc::clone(self);
        let digests = JobKind::new(DIGEST, move |context: JobContext| {
            let notifications = Arc::clone(&notifications);
            async move { notifications.run_digest(context).await }
        });
        vec![digests, texting::kind(self)]
    }

    async fn run_digest(&self, context: JobContext) -> Result<JobDone, JobError> {
        let Some((owner, channel)) = read_args(&context.job.args) else {
            return Err(JobError::Discard("its arguments name no person and channel".to_owned()));
        };
        let Some(emails) = self.emails.clone() else { return Ok(JobDone::Done) };
        let now = self.clock.now();
        let sent: Result<JobDone, StoreError> = self
            .work
            .write(move |tx| {
                let quiet = tx.settings().of(owner)?.quiet;
                if let Some(until) = quiet.end_of(now) {
                    return Ok(JobDone::RetryAt(until));
                }
                send_digest(tx, &emails, owner, channel, now)?;
                context.finish(tx, now)
            })
            .await;
        sent.map_err(|error| JobError::Failed(NotificationError::Store(error).to_string()))
    }
}

/// Puts what waits for a digest into the queue of emails, and notes that it did (N5).
fn send_digest(
    tx: &mut dyn NotificationsTx,
    emails: &EmailSettings,
    owner: UserId,
    channel: Channel,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (address, locale) = (tx.people().address(owner)?, tx.people().locale(owner)?);
    loop {
        let waiting = tx.sendings().batched(owner, channel, DIGEST_BATCH)?;
        let is_last = waiting.len() < DIGEST_BATCH as usize;
        let mut unread: Vec<Notification> = Vec::new();
        for sending in waiting {
            let found = tx.notifications().get(owner, sending.notification)?;
            let waits = match found {
                Some(one) if !was_read(tx, &one)? => Some(one),
                _ => None,
            };
            let (state, reason) = match waits {
                Some(one) if address.is_some() => {
                    unread.push(one);
                    (State::Sent, None)
                }
                Some(_) => (State::Skipped, Some(Reason::NoAddress)),
                None => (State::Skipped, Some(Reason::Read)),
            };
            tx.sendings().put(&Sending { state, reason, due_at: now, ..sending })?;
        }
        let names = names(tx, &unread)?;
        let all: Vec<Shown> = unread.into_iter().map(|one| shown(&names, locale, one)).collect();
        for some in all.chunks(DIGEST_MOST) {
            let to = address.as_deref().unwrap_or_default();
            if let Some(email) = emails.digest_email(some, to) {
                tx.emails().enqueue(&email, now)?;
            }
        }
        if is_last {
            return Ok(());
        }
    }
}
