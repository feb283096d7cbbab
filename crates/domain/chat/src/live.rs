//! Those who listen to rooms in this process. Each hears what happens in a room in its order, without gap or repetition,
//! whichever process it happened in. The log in the database is the truth; what is kept here only saves reading it.
//!
//! A frame is whatever a transport sends for one entry of a log: it is made once for all who listen. A listener joins in
//! three steps, in this order, so that nothing falls in between:
//!
//! 1. [`LiveRooms::listen`]: from here on the room notes what it would deliver;
//! 2. the transport sends what was missed, from [`LiveRooms::tail`] or from the log;
//! 3. [`Listening::start`] behind the last entry that was sent.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use kernel::StoreError;

use crate::values::RoomId;

/// Frames that a room with listeners keeps.
const TAIL: usize = 256;
/// Bytes of these frames.
const TAIL_BYTES: usize = 64 * 1024;
/// Entries that are read from a log in one step.
const READ: u32 = 256;

/// What is sent for one entry of a log; cheap to clone.
pub trait Frame: Clone + Send + Sync + 'static {
    /// How many bytes it has.
    fn bytes(&self) -> usize;
}

/// What takes the frames of one listener. It never waits: a listener that is too slow is the transport's to close.
pub trait Outlet<F>: Send + Sync {
    /// Takes the frame of an entry of a room.
    fn deliver(&self, room: RoomId, seq: i64, frame: &F);
    /// Takes a frame of a room that is of no entry, such as that someone writes; it may be lost.
    fn pass(&self, room: RoomId, frame: &F);
}

/// Where frames come from that this process has not made yet.
#[async_trait]
pub trait Source<F>: Send + Sync {
    /// The frames of the entries behind a place, in order, at most `limit`.
    ///
    /// Errors: those of the store.
    async fn frames(
        &self,
        room: RoomId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, F)>, StoreError>;
    /// The places of the last entries of these rooms. A room that is gone is left out.
    ///
    /// Errors: those of the store.
    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, i64)>, StoreError>;
}

/// A listener of one room.
struct Listener<F> {
    id: u64,
    outlet: Arc<dyn Outlet<F>>,
    /// What it has; `None` until it starts.
    last: Option<i64>,
}

/// A room with listeners.
struct Topic<F> {
    listeners: Vec<Listener<F>>,
    /// The last entry that was delivered; `None` until the first listener has started.
    last: Option<i64>,
    /// The last entry that is known to be there.
    head: i64,
    /// True while frames are read: others only note what there is.
    reading: bool,
    tail: VecDeque<(i64, F)>,
    tail_bytes: usize,
    /// True once its last listener has left.
    gone: bool,
}

impl<F> Default for Topic<F> {
    fn default() -> Self {
        Self {
            listeners: Vec::new(),
            last: None,
            head: 0,
            reading: false,
            tail: VecDeque::new(),
            tail_bytes: 0,
            gone: false,
        }
    }
}

impl<F: Frame> Topic<F> {
    /// Delivers the entry behind the last one; any other waits until those before it were read.
    fn deliver(&mut self, room: RoomId, seq: i64, frame: &F) {
        if self.last.is_none_or(|last| seq != last + 1) {
            return;
        }
        self.last = Some(seq);
        self.head = self.head.max(seq);
        for listener in &mut self.listeners {
            if listener.last.is_some_and(|last| last < seq) {
                listener.last = Some(seq);
                listener.outlet.deliver(room, seq, frame);
            }
        }
        self.tail_bytes += frame.bytes();
        self.tail.push_back((seq, frame.clone()));
        while self.tail.len() > TAIL || self.tail_bytes > TAIL_BYTES {
            let Some((_, gone)) = self.tail.pop_front() else { break };
            self.tail_bytes = self.tail_bytes.saturating_sub(gone.bytes());
        }
    }

    /// What follows a place up to the last delivered entry, if all of it is kept.
    fn tail_after(&self, after: i64) -> Option<Vec<(i64, F)>> {
        let last = self.last?;
        let first = self.tail.front().map_or(last + 1, |(seq, _)| *seq);
        if after > last || after + 1 < first {
            return None;
        }
        let behind = self.tail.iter().filter(|(seq, _)| *seq > after);
        Some(behind.cloned().collect())
    }

    /// Whether entries are known that were not delivered.
    fn is_behind(&self) -> bool {
        self.last.is_some_and(|last| last < self.head)
    }

    /// Delivers what was read; returns where to read on, or ends the reading.
    fn take(&mut self, room: RoomId, frames: &[(i64, F)]) -> Option<i64> {
        if let (Some((first, _)), Some(last)) = (frames.first(), self.last)
            && *first > last + 1
        {
            // Nothing will fill this gap. Who listens sees it in the places.
            self.last = Some(*first - 1);
            self.tail.clear();
            self.tail_bytes = 0;
        }
        for (seq, frame) in frames {
            self.deliver(room, *seq, frame);
        }
        self.reading = !frames.is_empty() && self.is_behind();
        self.last.filter(|_| self.reading)
    }

    fn start(&mut self, room: RoomId, id: u64, seq: i64) -> bool {
        self.head = self.head.max(seq);
        let last = *self.last.get_or_insert(seq);
        let missed = if last > seq { self.tail_after(seq) } else { Some(Vec::new()) };
        let Some(missed) = missed else { return false };
        if let Some(listener) = self.listeners.iter_mut().find(|one| one.id == id) {
            listener.last = Some(last.max(seq));
            for (seq, frame) in &missed {
                listener.outlet.deliver(room, *seq, frame);
            }
        }
        true
    }
}

/// Every room with listeners. A room has a lock of its own, so that a large one delays no other.
struct Topics<F>(Mutex<HashMap<RoomId, Arc<Mutex<Topic<F>>>>>);

impl<F: Frame> Topics<F> {
    fn get(&self, room: RoomId) -> Option<Arc<Mutex<Topic<F>>>> {
        guard(&self.0).get(&room).cloned()
    }

    /// Runs `f` on a room, if anyone listens to it.
    fn with<T>(&self, room: RoomId, f: impl FnOnce(&mut Topic<F>) -> T) -> Option<T> {
        let topic = self.get(room)?;
        let mut topic = guard(&topic);
        Some(f(&mut topic))
    }

    fn enter(&self, room: RoomId, listener: Listener<F>) {
        loop {
            let topic = Arc::clone(guard(&self.0).entry(room).or_default());
            let mut topic = guard(&topic);
            // The last listener may have left since it was looked up.
            if !topic.gone {
                topic.listeners.push(listener);
                return;
            }
        }
    }

    fn leave(&self, room: RoomId, id: u64) {
        let is_empty = self.with(room, |topic| {
            topic.listeners.retain(|one| one.id != id);
            topic.listeners.is_empty()
        });
        if is_empty != Some(true) {
            return;
        }
        let mut topics = guard(&self.0);
        let Some(topic) = topics.get(&room).cloned() else { return };
        let mut topic = guard(&topic);
        if topic.listeners.is_empty() {
            topic.gone = true;
            topics.remove(&room);
        }
    }
}

/// The rooms that are listened to.
pub struct LiveRooms<F: Frame> {
    topics: Arc<Topics<F>>,
    source: Arc<dyn Source<F>>,
    next: AtomicU64,
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<F: Frame> LiveRooms<F> {
    /// Reads from this source.
    pub fn new(source: Arc<dyn Source<F>>) -> Self {
        Self { topics: Arc::new(Topics(Mutex::default())), source, next: AtomicU64::new(0) }
    }

    /// Begins to listen to a room; nothing is delivered before [`Listening::start`]. Listening ends when the answer is dropped,
    /// on whatever way out.
    pub fn listen(&self, room: RoomId, outlet: Arc<dyn Outlet<F>>) -> Listening<F> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.topics.enter(room, Listener { id, outlet, last: None });
        Listening { topics: Arc::clone(&self.topics), room, id }
    }

    /// The frames of entries behind a place: from what is kept here, else from the source, which gives at most `limit`.
    ///
    /// # Errors
    ///
    /// What the source fails with.
    pub async fn behind(
        &self,
        room: RoomId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, F)>, StoreError> {
        match self.tail(room, after) {
            Some(kept) if !kept.is_empty() => Ok(kept),
            // What is kept here may end before the log does.
            _ => self.source.frames(room, after, limit).await,
        }
    }

    /// The frames behind a place, if this process has all of them.
    fn tail(&self, room: RoomId, after: i64) -> Option<Vec<(i64, F)>> {
        self.topics.with(room, |topic| topic.tail_after(after)).flatten()
    }

    /// How many listen to a room.
    pub fn listeners(&self, room: RoomId) -> usize {
        self.topics.with(room, |topic| topic.listeners.len()).unwrap_or(0)
    }

    /// The rooms that someone listens to.
    pub fn rooms(&self) -> Vec<RoomId> {
        guard(&self.topics.0).keys().copied().collect()
    }

    /// Passes on a frame that is of no entry, to those who have started.
    pub fn pass(&self, room: RoomId, frame: &F) {
        self.topics.with(room, |topic| {
            for listener in topic.listeners.iter().filter(|one| one.last.is_some()) {
                listener.outlet.pass(room, frame);
            }
        });
    }

    /// Passes on the frame of an entry that was just committed, if it is the next one; otherwise notes that it is there. True
    /// when [`LiveRooms::catch_up`] has something to do.
    pub fn publish(&self, room: RoomId, seq: i64, frame: &F) -> bool {
        let published = self.topics.with(room, |topic| {
            topic.head = topic.head.max(seq);
            topic.deliver(room, seq, frame);
            topic.is_behind() && !topic.reading
        });
        published.unwrap_or(false)
    }

    /// Notes that a room has an entry. True when [`LiveRooms::catch_up`] has something to do.
    pub fn note(&self, room: RoomId, seq: i64) -> bool {
        let noted = self.topics.with(room, |topic| {
            topic.head = topic.head.max(seq);
            topic.is_behind() && !topic.reading
        });
        noted.unwrap_or(false)
    }

    /// Reads and delivers what is known to be there and was not delivered. One caller reads for all; others return immediately,
    /// because the reader looks again before it ends.
    ///
    /// # Errors
    ///
    /// When the source fails: the next call goes on from there.
    pub async fn catch_up(&self, room: RoomId) -> Result<(), StoreError> {
        let begin = |topic: &mut Topic<F>| {
            let reads = topic.is_behind() && !topic.reading;
            topic.reading |= reads;
            topic.last.filter(|_| reads)
        };
        let Some(mut after) = self.topics.with(room, begin).flatten() else { return Ok(()) };
        let reading = Reading { topics: &self.topics, room };
        loop {
            let frames = self.source.frames(room, after, READ).await?;
            let next = self.topics.with(room, |topic| topic.take(room, &frames));
            match next {
                Some(Some(last)) => after = last,
                Some(None) => {
                    // `take` has ended the reading under the lock, so that nothing is noted in between.
                    std::mem::forget(reading);
                    return Ok(());
                }
                None => return Ok(()),
            }
        }
    }

    /// Looks for entries that nobody announced: after hints were lost, and now and then.
    ///
    /// # Errors
    ///
    /// When the source fails.
    pub async fn look(&self) -> Result<(), StoreError> {
        let rooms = self.rooms();
        if rooms.is_empty() {
            return Ok(());
        }
        for (room, head) in self.source.heads(&rooms).await? {
            if self.note(room, head) {
                self.catch_up(room).await?;
            }
        }
        Ok(())
    }
}

/// Ends a reading that failed or was given up.
struct Reading<'a, F: Frame> {
    topics: &'a Topics<F>,
    room: RoomId,
}

impl<F: Frame> Drop for Reading<'_, F> {
    fn drop(&mut self) {
        self.topics.with(self.room, |topic| topic.reading = false);
    }
}

/// A listener's place in a room. Dropping it ends the listening.
pub struct Listening<F: Frame> {
    topics: Arc<Topics<F>>,
    room: RoomId,
    id: u64,
}

impl<F: Frame> Listening<F> {
    /// The room.
    pub const fn room(&self) -> RoomId {
        self.room
    }

    /// Delivers from now on what comes behind `seq`, the last entry that this listener has; a [`LiveRooms::catch_up`] follows.
    /// `false`: entries in between were delivered to others already and are not kept; read the log behind `seq` and start again.
    pub fn start(&self, seq: i64) -> bool {
        self.topics.with(self.room, |topic| topic.start(self.room, self.id, seq)).unwrap_or(true)
    }
}

impl<F: Frame> Drop for Listening<F> {
    fn drop(&mut self) {
        self.topics.leave(self.room, self.id);
    }
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
