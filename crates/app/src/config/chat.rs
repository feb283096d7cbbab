//! `chat.*`: the bounds of sockets, and how long rooms remember.

use std::time::Duration;

use super::{reader::Reader, size};

/// `chat.*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatConfig {
    /// Sockets of this process.
    pub max_sockets: usize,
    /// Sockets of one person in this process.
    pub sockets_per_user: usize,
    /// Frames that wait for a slow reader before its socket is closed.
    pub queue_frames: usize,
    /// Bytes of them.
    pub queue_bytes: usize,
    /// With more listeners a room shows neither who types nor who has read, and of those online only how many.
    pub presence_max: usize,
    /// How long the logs of rooms are kept, in days.
    pub log_days: u64,
}

impl ChatConfig {
    /// The bounds of sockets.
    pub fn socket_limits(&self) -> socket::Limits {
        socket::Limits {
            max_sockets: self.max_sockets,
            max_per_user: self.sockets_per_user,
            queue_frames: self.queue_frames,
            queue_bytes: self.queue_bytes,
            ..socket::Limits::default()
        }
    }

    /// How long the logs of rooms are kept.
    pub const fn log_kept(&self) -> Duration {
        Duration::from_hours(self.log_days.saturating_mul(24))
    }
}

pub(super) fn chat(reader: &mut Reader) -> ChatConfig {
    ChatConfig {
        max_sockets: size(reader.number("chat.max_sockets", 20_000, 1, 1 << 20)),
        sockets_per_user: size(reader.number("chat.sockets_per_user", 10, 1, 10_000)),
        // Catching up lets 32 frames wait before it reads on.
        queue_frames: size(reader.number("chat.queue_frames", 256, 64, 65_536)),
        queue_bytes: size(reader.number("chat.queue_bytes", 1 << 20, 65_536, 1 << 30)),
        presence_max: size(reader.number("chat.presence_max", 100, 0, 100_000)),
        log_days: reader.number("chat.log_days", 30, 1, 3650),
    }
}
