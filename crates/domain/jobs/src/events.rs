//! What this domain tells the others. The JSON is public: its shape is versioned by the event's name and
//! kept in `tests/events/`.

use kernel::{Audience, NewEvent, Permission, Timestamp};
use serde_json::json;

use crate::schedule::{Due, Schedule};

/// Ticks of a schedule came while no process ran.
pub const TICKS_MISSED: &str = "schedule.ticks_missed.v1";

/// Ticks of `schedule` were missed, as `due` says.
pub fn ticks_missed(schedule: &Schedule, due: &Due, now: Timestamp) -> NewEvent {
    NewEvent {
        name: TICKS_MISSED,
        at: now,
        actor: None,
        // Schedules have names and no numbers.
        subject: 0,
        audience: vec![Audience::holders(Permission::JobsManage)],
        payload: json!({
            "schedule": schedule.name,
            "missed": due.missed,
            "policy": schedule.missed.as_str(),
            "enqueued": due.served.len(),
            "first_at": due.first.to_string(),
            "last_at": due.last.to_string(),
        }),
        request_id: None,
    }
}
