//! Deliveries: a message on its way to an endpoint, and its attempts.

use std::time::Duration;

use kernel::Timestamp;

use crate::{
    message::Message,
    outbound::{Outcome, SendFault},
    values::{DeliveryId, EndpointId, MessageId},
};

kernel::words!(
    /// How far a delivery has come.
    DeliveryState {
        /// It waits for its next attempt.
        Pending = 0 "pending",
        /// The endpoint took it.
        Succeeded = 1 "succeeded",
        /// It was given up.
        Failed = 2 "failed",
        /// The owner of the endpoint may not see the event any more.
        Cancelled = 3 "cancelled",
    }
);

kernel::words!(
    /// Why there is a delivery.
    Cause {
        /// The event happened.
        Event = 0 "event",
        /// Someone had it sent again.
        Replay = 1 "replay",
        /// Someone tests the endpoint.
        Test = 2 "test",
    }
);

/// A delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Assigned by the store.
    pub id: DeliveryId,
    /// Where to.
    pub endpoint: EndpointId,
    /// What.
    pub message: MessageId,
    /// Why.
    pub cause: Cause,
    /// How far it has come.
    pub state: DeliveryState,
    /// Attempts that count towards the schedule.
    pub attempt: u32,
    /// All attempts, those before a manual retry included.
    pub tries: u32,
    /// The next attempt, while it is pending.
    pub due_at: Timestamp,
    /// The time of its creation.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A delivery that has no id yet; it is due at `at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewDelivery {
    /// Where to.
    pub endpoint: EndpointId,
    /// What.
    pub message: MessageId,
    /// Why.
    pub cause: Cause,
    /// How far it has come: a test is not claimed by anyone.
    pub state: DeliveryState,
    /// When it was made.
    pub at: Timestamp,
}

impl NewDelivery {
    /// The delivery that it becomes under its id.
    pub const fn stored(&self, id: DeliveryId) -> Delivery {
        let Self { endpoint, message, cause, state, at } = *self;
        Delivery {
            id,
            endpoint,
            message,
            cause,
            state,
            attempt: 0,
            tries: 0,
            due_at: at,
            created_at: at,
            finished_at: None,
        }
    }
}

/// A delivery and what it sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The delivery.
    pub delivery: Delivery,
    /// Its message.
    pub message: Message,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Counts from 1.
    pub number: u32,
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why there was none.
    pub fault: Option<SendFault>,
    /// The beginning of the answer.
    pub answer: String,
}

impl Attempt {
    /// The attempt of this number that ended so. NUL, which no store keeps, is replaced.
    pub fn of(number: u32, at: Timestamp, outcome: &Outcome) -> Self {
        Self {
            number,
            at,
            duration: Duration::from_micros(outcome.duration.as_micros() as u64),
            status: outcome.status,
            fault: outcome.fault,
            answer: outcome.answer.replace('\0', "\u{fffd}"),
        }
    }

    /// True when the endpoint took the message (W4).
    pub const fn succeeded(&self) -> bool {
        matches!(self.status, Some(200..=299)) && self.fault.is_none()
    }
}

/// What becomes of a pending delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Result {
    /// Which.
    pub delivery: DeliveryId,
    /// Its state now.
    pub state: DeliveryState,
    /// The next attempt, or when it ended.
    pub at: Timestamp,
    /// The attempt; `None` where none was made.
    pub attempt: Option<Attempt>,
}

/// Which pending deliveries: those that were never tried, or the others (W8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tries {
    /// Never tried.
    First,
    /// Tried at least once.
    Again,
}

/// Pending deliveries of enabled endpoints, together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// How many.
    pub count: u64,
    /// When the oldest of them was made.
    pub oldest: Option<Timestamp>,
}

/// Which deliveries a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filter {
    /// Of one state.
    pub state: Option<DeliveryState>,
}
