//! The queue between the program and one socket.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::{close, frame::Frame};

/// Sends to one socket, from any thread. The queue is bounded: the socket of a reader that is too slow
/// is closed with 1013, and nothing waits for it.
#[derive(Clone)]
pub struct Sender(Arc<Shared>);

impl Sender {
    /// Queues a frame. False when the socket is closed or closing, also when this frame overflows its
    /// queue.
    pub fn send(&self, frame: &Frame) -> bool {
        self.0.send(frame)
    }

    /// Closes the socket behind the frames that wait. Codes are those of RFC 6455 §7.4 or 4000 to 4999;
    /// 1005, 1006 and 1015, which never stand on the wire, become 1011. The first close wins.
    pub fn close(&self, code: u16, reason: &'static str) {
        let code = if matches!(code, 1005 | 1006 | 1015) { close::FAILED } else { code };
        self.0.close(code, reason);
    }

    /// Frames that wait.
    pub fn waiting(&self) -> usize {
        self.0.lock().frames.len()
    }

    /// False once the socket is closed or closing.
    pub fn is_open(&self) -> bool {
        matches!(self.0.lock().phase, Phase::Open)
    }

    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }
}

/// How far a socket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Open,
    /// The last frame of the queue is a close frame.
    Closing,
    /// The close frame was handed to the connection; the client's is awaited.
    Told,
    /// Nothing more is read or written.
    Over,
}

/// What the connection sends next.
pub(crate) enum Next {
    Bytes(Bytes),
    Nothing(Phase),
}

/// The queue and the state of a socket, shared by the connection's task and the senders.
pub(crate) struct Shared {
    queue: Mutex<Queue>,
    max_frames: usize,
    max_bytes: usize,
}

struct Queue {
    frames: VecDeque<Frame>,
    /// Bytes of `frames`.
    bytes: usize,
    phase: Phase,
    /// The code that the socket is closed with, once it is.
    code: Option<u16>,
    /// Whether the client began to close.
    by_client: bool,
    /// Since when something waits, or since when the socket is closing.
    since: Instant,
    /// Wakes the connection's task. It stays when it was used: a connection that isn't asked for
    /// bytes, because its client doesn't read, is woken by it to be dropped.
    waker: Option<Waker>,
    woken: bool,
}

impl Queue {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.as_ref().filter(|_| !self.woken) {
            waker.wake_by_ref();
            self.woken = true;
        }
    }

    fn push(&mut self, frame: Frame) {
        if self.frames.is_empty() {
            self.since = Instant::now();
        }
        self.bytes += frame.len();
        self.frames.push_back(frame);
        self.wake();
    }

    fn end_with(&mut self, code: Option<u16>, reason: &str) {
        self.phase = Phase::Closing;
        self.code = Some(code.unwrap_or(close::NONE));
        self.push(Frame::close(code, reason));
        self.since = Instant::now();
    }

    fn clear(&mut self) {
        self.frames = VecDeque::new();
        self.bytes = 0;
    }
}

impl Shared {
    pub(crate) fn new(max_frames: usize, max_bytes: usize) -> Self {
        let queue = Queue {
            frames: VecDeque::new(),
            bytes: 0,
            phase: Phase::Open,
            code: None,
            by_client: false,
            since: Instant::now(),
            waker: None,
            woken: false,
        };
        Self { queue: Mutex::new(queue), max_frames, max_bytes }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, frame: &Frame) -> bool {
        let mut queue = self.lock();
        if queue.phase != Phase::Open {
            return false;
        }
        // A frame that waits alone may have any size: no reader can be faster than that.
        let is_too_much = queue.bytes + frame.len() > self.max_bytes && !queue.frames.is_empty();
        if queue.frames.len() >= self.max_frames || is_too_much {
            queue.clear();
            queue.end_with(Some(close::TOO_SLOW), "too slow: come back and resume");
            return false;
        }
        queue.push(frame.clone());
        true
    }

    /// Closes behind what waits.
    pub(crate) fn close(&self, code: u16, reason: &str) {
        let mut queue = self.lock();
        if queue.phase == Phase::Open {
            queue.end_with(Some(code), reason);
        }
    }

    /// Closes instead of what waits.
    pub(crate) fn cut(&self, code: u16, reason: &str) {
        let mut queue = self.lock();
        if queue.phase == Phase::Open {
            queue.clear();
            queue.end_with(Some(code), reason);
        }
    }

    /// As `cut`, where the client has sent a close frame: none is awaited.
    pub(crate) fn refuse_close(&self, code: u16, reason: &str) {
        self.lock().by_client = true;
        self.cut(code, reason);
    }

    /// Answers the client's close frame, behind what waits, and ends.
    pub(crate) fn echo(&self, code: Option<u16>) {
        let mut queue = self.lock();
        match queue.phase {
            Phase::Open => {
                queue.by_client = true;
                queue.end_with(code, "");
            }
            Phase::Told => queue.phase = Phase::Over,
            Phase::Closing | Phase::Over => {}
        }
    }

    /// Ends without another word. `code` is for the metrics, unless there is one already.
    pub(crate) fn end(&self, code: u16) {
        let mut queue = self.lock();
        if queue.phase == Phase::Open {
            queue.code = Some(code);
        }
        queue.phase = Phase::Over;
        queue.clear();
        queue.woken = false;
        queue.wake();
    }

    /// Answers a ping. Pings are read only while nothing waits, so there is one answer at most.
    pub(crate) fn pong(&self, payload: &[u8]) {
        let mut queue = self.lock();
        if queue.phase == Phase::Open {
            queue.push(Frame::pong(payload));
        }
    }

    /// Sends a ping, unless something waits: that says as much to a client that reads.
    pub(crate) fn ping(&self) {
        let mut queue = self.lock();
        if queue.phase == Phase::Open && queue.frames.is_empty() {
            queue.push(Frame::ping());
        }
    }

    /// What the connection sends next. It is woken when there is more.
    pub(crate) fn next(&self, waker: &Waker) -> Next {
        let mut queue = self.lock();
        queue.woken = false;
        if queue.waker.as_ref().is_none_or(|known| !known.will_wake(waker)) {
            queue.waker = Some(waker.clone());
        }
        let Some(frame) = queue.frames.pop_front() else {
            if queue.frames.capacity() > 16 {
                queue.frames = VecDeque::new();
            }
            return Next::Nothing(queue.phase);
        };
        queue.bytes -= frame.len();
        if queue.phase == Phase::Closing && queue.frames.is_empty() {
            queue.phase = if queue.by_client { Phase::Over } else { Phase::Told };
        }
        Next::Bytes(frame.into_bytes())
    }

    /// The phase, and for how long frames have waited in it or it is closing.
    pub(crate) fn age(&self, now: Instant) -> (Phase, Option<Duration>) {
        let queue = self.lock();
        let waits = !queue.frames.is_empty() || queue.phase != Phase::Open;
        (queue.phase, waits.then(|| now.saturating_duration_since(queue.since)))
    }

    /// The connection is gone. The code that the socket was closed with, and what wakes the task of the
    /// connection.
    pub(crate) fn gone(&self) -> (u16, Option<Waker>) {
        let mut queue = self.lock();
        queue.phase = Phase::Over;
        queue.clear();
        (queue.code.unwrap_or(close::BROKEN), queue.waker.take())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(frames: usize, bytes: usize) -> (Arc<Shared>, Sender) {
        let shared = Arc::new(Shared::new(frames, bytes));
        (Arc::clone(&shared), Sender::new(shared))
    }

    fn next(shared: &Shared) -> Option<Bytes> {
        match shared.next(Waker::noop()) {
            Next::Bytes(bytes) => Some(bytes),
            Next::Nothing(_) => None,
        }
    }

    #[test]
    fn a_queue_that_overflows_is_dropped_and_closed() {
        let (shared, sender) = sender(2, 100);
        let frame = Frame::text("hello");
        assert!(sender.send(&frame) && sender.send(&frame));
        assert_eq!(sender.waiting(), 2);
        assert!(!sender.send(&frame), "the third is too many");
        assert!(!sender.is_open() && !sender.send(&frame));
        assert_eq!(&next(&shared).unwrap()[2..4], &1013_u16.to_be_bytes());
        assert!(next(&shared).is_none());
        assert_eq!(shared.gone().0, 1013);
    }

    #[test]
    fn bytes_are_bounded_as_frames_are() {
        let (shared, sender) = sender(100, 20);
        assert!(sender.send(&Frame::text("0123456789")));
        assert!(next(&shared).is_some(), "what was taken counts no more");
        assert!(sender.send(&Frame::text("0123456789")));
        assert!(!sender.send(&Frame::text("0123456789")));
    }

    #[test]
    fn a_close_stands_behind_what_waits() {
        let (shared, sender) = sender(2, 100);
        sender.send(&Frame::text("last"));
        sender.close(1005, "never on the wire");
        sender.close(1000, "too late");
        assert_eq!(&next(&shared).unwrap()[2..], b"last");
        assert_eq!(&next(&shared).unwrap()[2..4], &1011_u16.to_be_bytes());
        assert!(matches!(shared.next(Waker::noop()), Next::Nothing(Phase::Told)));
        shared.echo(None);
        assert!(matches!(shared.next(Waker::noop()), Next::Nothing(Phase::Over)));
    }
}
