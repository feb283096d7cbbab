//! `notifications.*`: what people hear, and when.

use super::reader::Reader;

/// `notifications.*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotificationsConfig {
    /// How long before a task is due people are reminded of it, in minutes; 0: only when it is over.
    pub due_soon_minutes: u64,
    /// The hour of their readers' clocks at which reports come.
    pub report_hour: u32,
    /// How long a digest collects after the first notification, in minutes.
    pub digest_minutes: u64,
}

pub(super) fn notifications(reader: &mut Reader) -> NotificationsConfig {
    NotificationsConfig {
        due_soon_minutes: reader.number("notifications.due_soon_minutes", 1440, 0, 525_600),
        report_hour: u32::try_from(reader.number("notifications.report_hour", 7, 0, 23))
            .unwrap_or_default(),
        digest_minutes: reader.number("notifications.digest_minutes", 60, 1, 10_080),
    }
}
