//! What one person chose: preferences and quiet hours.

use kernel::UserId;

use crate::{preferences::Preferences, quiet::QuietHours};

/// The settings of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whose.
    pub owner: UserId,
    /// What they want to hear by which channel.
    pub preferences: Preferences,
    /// When nothing leaves the inbox.
    pub quiet: QuietHours,
    /// Counts the changes, from 1: nothing was chosen yet.
    pub version: i64,
}

impl Settings {
    /// Those of someone who chose nothing.
    pub fn of(owner: UserId) -> Self {
        Self {
            owner,
            preferences: Preferences::default(),
            quiet: QuietHours::default(),
            version: 1,
        }
    }
}
