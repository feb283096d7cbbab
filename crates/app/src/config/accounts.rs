//! `users.*`: what becomes of accounts that no one uses.

use std::time::Duration;

use users::inactivity::Inactivity;

use super::reader::Reader;

const DAY: Duration = Duration::from_hours(24);
/// The least days between a warning and the closing.
const SHORTEST_WARNING: u64 = 7;

/// `users.inactive_days` and `users.inactive_warning_days`.
pub(super) fn inactivity(reader: &mut Reader) -> Option<Inactivity> {
    let days = reader.number("users.inactive_days", 0, 0, 36_500);
    let warning = reader.number("users.inactive_warning_days", 30, SHORTEST_WARNING, 365);
    if days == 0 {
        return None;
    }
    if days <= warning {
        reader.fault(format!(
            "users.inactive_days ({days}) must be 0 or more than users.inactive_warning_days \
             ({warning})"
        ));
    }
    let span = |days: u64| DAY.saturating_mul(u32::try_from(days).unwrap_or(u32::MAX));
    Some(Inactivity { after: span(days), warning: span(warning) })
}
