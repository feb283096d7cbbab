//! Who may do what. Pure. A notification is its owner's alone, so each rule returns the person whose
//! notifications the call is about; the store finds no others (S2).

use kernel::{Actor, Permission, UserId};

use crate::error::NotificationError;

/// Callers with `notifications:read` read their own notifications.
pub fn may_read(actor: &Actor) -> Result<UserId, NotificationError> {
    actor.require(Permission::NotificationsRead)?;
    Ok(actor.user)
}

/// Callers with `notifications:write` mark their own notifications as read, and delete them.
pub fn may_write(actor: &Actor) -> Result<UserId, NotificationError> {
    actor.require(Permission::NotificationsWrite)?;
    Ok(actor.user)
}
