//! Notifications by webhook: as an event, which endpoints of the owner may subscribe to.
//!
//! `notification.created.v1` is published for each notification in the inbox, whatever its owner prefers. The event of
//! this channel follows the preferences, is held during quiet hours, and contains the text.

use kernel::{StoreError, Timestamp};

use crate::{
    delivery::{not_yet, unwanted},
    events,
    notification::Notification,
    ports::NotificationsTx,
    preferences::{Channel, Mode, Why},
    sending::{Sending, State},
    service::{names, shown},
    settings::Settings,
};

/// Publishes the event, or notes why the notification waits or stays. Where the owner never asked for it, nothing is
/// noted: a row for every notification would say what the preferences say.
pub(crate) fn send_event(
    tx: &mut dyn NotificationsTx,
    settings: &Settings,
    notification: &Notification,
    now: Timestamp,
    was_held: bool,
) -> Result<(), StoreError> {
    let channel = Channel::Webhook;
    let Notification { id, owner, kind, .. } = *notification;
    let wished = settings.preferences.effective(kind, channel);
    if (wished.mode, wished.why) == (Mode::Off, Why::Default) && !was_held {
        return Ok(());
    }
    let stop = match unwanted(tx, settings, notification, channel)? {
        Some(reason) => Some((State::Skipped, reason, now)),
        None => not_yet(tx, settings, notification, channel, now, was_held)?,
    };
    let (state, reason, due_at) = match stop {
        Some((state, reason, due_at)) => (state, Some(reason), due_at),
        None => {
            let names = names(tx, std::slice::from_ref(notification))?;
            let shown = shown(&names, tx.people().locale(owner)?, notification.clone());
            tx.outbox().append(&events::sent(&shown, now))?;
            (State::Sent, None, now)
        }
    };
    tx.sendings().put(&Sending { notification: id, owner, channel, state, reason, due_at })
}
