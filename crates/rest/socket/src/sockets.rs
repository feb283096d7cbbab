//! What the sockets of a process share: limits and counts.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kernel::UserId;

use crate::close;

/// The bounds of sockets. The defaults are those of the design; tests use smaller ones.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Sockets of a process; more are answered 503.
    pub max_sockets: usize,
    /// Sockets of a user in this process; more are closed with 4429.
    pub max_per_user: usize,
    /// Bytes of a message, fragments taken together; a larger one closes with 1009.
    pub max_message_bytes: usize,
    /// Frames that wait for a slow reader before its socket is closed with 1013.
    pub queue_frames: usize,
    /// Bytes of them.
    pub queue_bytes: usize,
    /// Frames that a client may send in a second, fragments and control frames among them; as many may
    /// come together. More close with 1008.
    pub frames_per_second: u32,
    /// How long a client is silent before it gets a ping.
    pub ping_after: Duration,
    /// How long a client is silent before its socket is closed with 4408.
    pub dead_after: Duration,
    /// How often the caller is checked: 4401 or 4403 when they may stay no longer.
    pub recheck_every: Duration,
    /// How long frames wait for a client that takes none before its connection is dropped.
    pub stalled_after: Duration,
    /// How long the client's close frame is awaited before the connection is dropped.
    pub close_wait: Duration,
    /// How often each worker thread looks at its sockets; the times above are kept to within this.
    pub tick: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_sockets: 20_000,
            max_per_user: 10,
            max_message_bytes: 32 << 10,
            queue_frames: 256,
            queue_bytes: 1 << 20,
            frames_per_second: 50,
            ping_after: Duration::from_secs(30),
            dead_after: Duration::from_secs(75),
            recheck_every: Duration::from_secs(4),
            stalled_after: Duration::from_secs(10),
            close_wait: Duration::from_secs(5),
            tick: Duration::from_secs(1),
        }
    }
}

/// The sockets of a process.
#[derive(Debug)]
pub struct Sockets {
    limits: Limits,
    count: AtomicUsize,
    users: Mutex<HashMap<UserId, usize>>,
}

impl Sockets {
    /// No sockets yet.
    pub fn new(limits: Limits) -> Arc<Self> {
        metrics::gauge!("alveole_sockets").set(0.0);
        // A counter that appears with its first event hides that event from `increase()`.
        for direction in ["in", "out"] {
            metrics::counter!("alveole_socket_frames_total", "direction" => direction).increment(0);
        }
        for code in close::LABELS {
            metrics::counter!("alveole_socket_closes_total", "code" => *code).increment(0);
        }
        Arc::new(Self { limits, count: AtomicUsize::new(0), users: Mutex::default() })
    }

    /// The bounds.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Sockets of this process, those that are closing among them.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Sockets of a user in this process.
    pub fn count_of(&self, user: UserId) -> usize {
        self.users().get(&user).copied().unwrap_or_default()
    }

    fn users(&self) -> MutexGuard<'_, HashMap<UserId, usize>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a socket in; `None` when there are too many.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Place> {
        let before = self.count.fetch_add(1, Ordering::Relaxed);
        let place = Place { sockets: Arc::clone(self), user: None };
        place.measure();
        (before < self.limits.max_sockets).then_some(place)
    }
}

/// Counts a socket out when dropped.
pub(crate) struct Place {
    sockets: Arc<Sockets>,
    user: Option<UserId>,
}

impl Place {
    /// Counts the socket as one of this user; false when they have too many.
    pub(crate) fn belongs_to(&mut self, user: UserId) -> bool {
        let mut users = self.sockets.users();
        let count = users.entry(user).or_default();
        if *count >= self.sockets.limits.max_per_user {
            return false;
        }
        *count += 1;
        self.user = Some(user);
        true
    }

    fn measure(&self) {
        metrics::gauge!("alveole_sockets").set(self.sockets.count() as f64);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sockets.count.fetch_sub(1, Ordering::Relaxed);
        self.measure();
        let Some(user) = self.user else { return };
        let mut users = self.sockets.users();
        if let Some(count) = users.get_mut(&user) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                users.remove(&user);
            }
        }
    }
}
