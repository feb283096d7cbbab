//! Live events of this process.

use std::sync::Arc;

use kernel::Event;
use tokio::sync::broadcast;

/// Live events of this process. What a subscriber misses, it reads from the database.
pub struct LiveFeed {
    events: broadcast::Sender<Arc<Event>>,
}

impl Default for LiveFeed {
    fn default() -> Self {
        // A subscriber that falls further behind than this reads on from the database.
        Self { events: broadcast::channel(1024).0 }
    }
}

impl LiveFeed {
    /// Publishes an event to every subscriber.
    pub fn publish(&self, event: Arc<Event>) {
        // Fails only without subscribers.
        let _ = self.events.send(event);
    }

    /// Subscribes to what is published from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.events.subscribe()
    }

    /// The number of subscribers.
    pub fn listeners(&self) -> usize {
        self.events.receiver_count()
    }
}
