//! The chat's hints between processes, by publish and subscribe.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chat::outbound::{Heard, Hint, Notifier};
use deadpool_redis::redis;
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    time::sleep,
};

use crate::{
    connection::{Purpose, RedisConnection},
    subscription::hear,
};

/// Hints that wait to be sent; more are dropped.
const WAITING: usize = 256;
/// The pause before listening is tried again.
const RETRY: Duration = Duration::from_millis(250);

/// Sends hints to the other processes, and hears theirs. While Redis is away they are lost.
pub struct RedisNotifier {
    connection: Arc<RedisConnection>,
    channel: String,
    /// What tells our own hints from those of others.
    origin: String,
    queue: Sender<Hint>,
    listeners: Mutex<Vec<Heard>>,
}

/// The half of a [`RedisNotifier`] that runs.
pub struct RedisNotifications {
    notifier: Arc<RedisNotifier>,
    waiting: Receiver<Hint>,
}

impl RedisNotifier {
    /// On this connection. Nothing is sent or heard until [`RedisNotifications::run`] does.
    pub fn new(connection: Arc<RedisConnection>) -> (Arc<Self>, RedisNotifications) {
        let channel_name = connection.key(format_args!("chat"));
        let origin = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
        let (queue, waiting) = channel(WAITING);
        let listeners = Mutex::default();
        let notifier =
            Arc::new(Self { connection, channel: channel_name, origin, queue, listeners });
        (Arc::clone(&notifier), RedisNotifications { notifier, waiting })
    }

    fn listeners(&self) -> MutexGuard<'_, Vec<Heard>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes on what another process said.
    fn take(&self, message: &str) {
        let Some((origin, text)) = message.split_once(' ') else { return };
        let Some(hint) = Hint::parse(text).filter(|_| origin != self.origin) else { return };
        for heard in self.listeners().clone() {
            heard(hint);
        }
    }
}

impl RedisNotifications {
    /// Sends and hears for ever. To be spawned once.
    pub async fn run(mut self) {
        let notifier = Arc::clone(&self.notifier);
        tokio::join!(self.send(), async {
            loop {
                let take = |text: String| {
                    notifier.take(&text);
                    std::future::ready(())
                };
                hear(&notifier.connection, &notifier.channel, || {}, take).await;
                sleep(RETRY).await;
            }
        });
    }

    async fn send(&mut self) {
        while let Some(hint) = self.waiting.recv().await {
            let mut command = redis::cmd("PUBLISH");
            command.arg(&self.notifier.channel).arg(format!("{} {hint}", self.notifier.origin));
            // If it does not get through, it is lost.
            let _: Option<i64> = self.notifier.connection.ask(Purpose::Live, &command).await;
        }
    }
}

impl Notifier for RedisNotifier {
    fn notify(&self, hint: Hint) {
        // A queue that is full drops it.
        let _ = self.queue.try_send(hint);
    }

    fn listen(&self, heard: Heard) {
        self.listeners().push(heard);
    }
}
