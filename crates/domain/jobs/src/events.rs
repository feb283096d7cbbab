//! What other domains and clients hear. The JSON is public: its shape is versioned by the event's name and
//! kept in `tests/events/`.

use kernel::{Audience, MissedTicks, NewEvent, Permission, Timestamp, job::DeadJobSnapshot};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::schedule::{Due, Schedule};

kernel::event_types! {
    /// A job was given up; administrators hear of it.
    JOB_DEAD = "job.dead.v1": DeadJobSnapshot,
    /// A schedule missed ticks; administrators hear of it.
    TICKS_MISSED = "schedule.ticks_missed.v1": MissedSnapshot,
}

/// The ticks that a schedule missed, because no process ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MissedSnapshot {
    /// The name of the schedule.
    pub schedule: String,
    /// How many ticks it missed.
    pub missed: u64,
    /// What becomes of missed ticks.
    #[schemars(with = "MissedTicks")]
    pub policy: String,
    /// How many jobs were enqueued for them.
    pub enqueued: u64,
    /// The first tick that was due.
    #[schemars(with = "Timestamp")]
    pub first_at: String,
    /// The last one.
    #[schemars(with = "Timestamp")]
    pub last_at: String,
}

/// Ticks of `schedule` were missed, as `due` says.
pub fn ticks_missed(schedule: &Schedule, due: &Due, now: Timestamp) -> NewEvent {
    NewEvent {
        name: TICKS_MISSED,
        at: now,
        actor: None,
        // Schedules have names and no numbers.
        subject: 0,
        audience: vec![Audience::holders(Permission::JobsManage)],
        payload: json!(MissedSnapshot {
            schedule: schedule.name.clone(),
            missed: due.missed,
            policy: schedule.missed.as_str().to_owned(),
            enqueued: due.served.len() as u64,
            first_at: due.first.to_string(),
            last_at: due.last.to_string(),
        }),
        request_id: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Workers publish it, whatever domain the job is of.
    #[test]
    fn the_death_of_a_job_is_the_one_that_stores_publish() {
        assert_eq!(JOB_DEAD, kernel::job::DEAD);
    }
}
