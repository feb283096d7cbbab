use std::sync::atomic::AtomicUsize;

use kernel::BoxFuture;
use pollster::block_on;

use super::*;

/// A frame of some bytes, which names its place.
#[derive(Debug, Clone, PartialEq)]
struct Sent(i64, usize);

impl Frame for Sent {
    fn bytes(&self) -> usize {
        self.1
    }
}

/// Notes what it hears.
#[derive(Default)]
struct Ear(Mutex<Vec<i64>>);

impl Outlet<Sent> for Ear {
    fn deliver(&self, _: RoomId, seq: i64, frame: &Sent) {
        assert_eq!(frame.0, seq);
        guard(&self.0).push(seq);
    }

    fn pass(&self, _: RoomId, frame: &Sent) {
        guard(&self.0).push(frame.0);
    }
}

impl Ear {
    fn heard(&self) -> Vec<i64> {
        std::mem::take(&mut guard(&self.0))
    }
}

/// A log of so many entries. What is called in the middle of a reading may change it.
#[derive(Default)]
struct Log {
    head: Mutex<i64>,
    first: i64,
    reads: AtomicUsize,
    fails: Mutex<bool>,
    meanwhile: Mutex<Option<BoxFuture<'static, ()>>>,
}

#[async_trait]
impl Source<Sent> for Log {
    async fn frames(
        &self,
        _: RoomId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Sent)>, StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if *guard(&self.fails) {
            return Err(StoreError::Contention);
        }
        let head = *guard(&self.head);
        let all = ((after + 1).max(self.first)..=head).take(limit as usize);
        let frames = all.map(|seq| (seq, Sent(seq, 100))).collect();
        let meanwhile = guard(&self.meanwhile).take();
        if let Some(meanwhile) = meanwhile {
            meanwhile.await;
        }
        Ok(frames)
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, i64)>, StoreError> {
        Ok(rooms.iter().map(|room| (*room, *guard(&self.head))).collect())
    }
}

fn room() -> RoomId {
    RoomId::parse(7).unwrap()
}

struct Stage {
    log: Arc<Log>,
    live: Arc<LiveRooms<Sent>>,
}

impl Stage {
    fn new(head: i64) -> Self {
        let log = Arc::new(Log { head: Mutex::new(head), ..Log::default() });
        let live = Arc::new(LiveRooms::new(Arc::clone(&log) as _));
        Self { log, live }
    }

    /// A listener who has everything up to `seq`.
    fn ear(&self, seq: i64) -> (Arc<Ear>, Listening<Sent>) {
        let ear = Arc::new(Ear::default());
        let listening = self.live.listen(room(), Arc::clone(&ear) as _);
        assert!(listening.start(seq));
        block_on(self.live.catch_up(room())).unwrap();
        (ear, listening)
    }

    fn grow(&self, head: i64) {
        *guard(&self.log.head) = head;
    }

    fn publish(&self, seq: i64) {
        if self.live.publish(room(), seq, &Sent(seq, 100)) {
            block_on(self.live.catch_up(room())).unwrap();
        }
    }
}

#[test]
fn entries_come_in_order_whoever_announces_them() {
    let stage = Stage::new(3);
    let (ear, _listening) = stage.ear(3);
    stage.publish(4);
    assert_eq!((ear.heard(), stage.log.reads.load(Ordering::Relaxed)), (vec![4], 0));
    // The sixth commits before the fifth is announced.
    stage.grow(6);
    stage.publish(6);
    stage.publish(5);
    assert_eq!(ear.heard(), [5, 6]);
    // Another process has written the next ones.
    stage.grow(9);
    assert!(stage.live.note(room(), 8));
    block_on(stage.live.catch_up(room())).unwrap();
    assert_eq!(ear.heard(), [7, 8, 9]);
    assert!(!stage.live.note(room(), 9));
}

#[test]
fn who_joins_in_between_hears_each_entry_once() {
    let stage = Stage::new(3);
    let (first, _one) = stage.ear(3);
    let late = Arc::new(Ear::default());
    let listening = stage.live.listen(room(), Arc::clone(&late) as _);
    // They read the log up to the fourth; meanwhile the fifth is delivered to the others.
    stage.publish(4);
    stage.publish(5);
    assert_eq!((first.heard(), late.heard()), (vec![4, 5], vec![]));
    assert!(listening.start(4));
    assert_eq!(late.heard(), [5]);
    stage.publish(6);
    assert_eq!((first.heard(), late.heard()), (vec![6], vec![6]));
    // Someone else is further than the room, which the log may be.
    stage.grow(8);
    let (ahead, _two) = stage.ear(8);
    assert_eq!((first.heard(), late.heard(), ahead.heard()), (vec![7, 8], vec![7, 8], vec![]));
    stage.publish(9);
    assert_eq!((first.heard(), ahead.heard()), (vec![9], vec![9]));
}

#[test]
fn the_end_of_a_log_is_kept_within_bounds() {
    let stage = Stage::new(0);
    let (_ear, _listening) = stage.ear(0);
    for seq in 1..=1000 {
        stage.publish(seq);
    }
    assert_eq!(stage.live.tail(room(), 743), None);
    let tail = stage.live.tail(room(), 744).unwrap();
    assert_eq!((tail.len(), tail[0].0, tail[255].0), (TAIL, 745, 1000));
    assert_eq!(stage.live.tail(room(), 1000), Some(Vec::new()));
    assert_eq!(stage.live.tail(room(), 1001), None);
    stage.live.publish(room(), 1001, &Sent(1001, TAIL_BYTES - 150));
    assert_eq!(stage.live.tail(room(), 999).unwrap().len(), 2, "as many bytes as there may be");
    assert_eq!(stage.live.tail(room(), 998), None);
    let late = stage.live.listen(room(), Arc::new(Ear::default()));
    assert!(!late.start(998), "the log has to be read");
    assert!(late.start(999));
}

#[test]
fn one_reads_for_all() {
    let stage = Stage::new(0);
    let (ear, _listening) = stage.ear(0);
    stage.grow(1);
    // While the first entry is read, the second is written and announced.
    let (live, log) = (Arc::clone(&stage.live), Arc::clone(&stage.log));
    *guard(&stage.log.meanwhile) = Some(Box::pin(async move {
        *guard(&log.head) = 2;
        assert!(!live.note(room(), 2), "someone reads already");
        live.catch_up(room()).await.unwrap();
        assert_eq!(log.reads.load(Ordering::Relaxed), 1);
    }));
    assert!(stage.live.note(room(), 1));
    block_on(stage.live.catch_up(room())).unwrap();
    assert_eq!((ear.heard(), stage.log.reads.load(Ordering::Relaxed)), (vec![1, 2], 2));
}

#[test]
fn a_reading_that_fails_is_made_up_for() {
    let stage = Stage::new(0);
    let (ear, _listening) = stage.ear(0);
    stage.grow(2);
    *guard(&stage.log.fails) = true;
    assert!(stage.live.note(room(), 2));
    assert!(block_on(stage.live.catch_up(room())).is_err());
    *guard(&stage.log.fails) = false;
    block_on(stage.live.look()).unwrap();
    assert_eq!(ear.heard(), [1, 2]);
    // Hints that were lost are no loss.
    stage.grow(700);
    block_on(stage.live.look()).unwrap();
    assert_eq!(ear.heard(), (3..=700).collect::<Vec<i64>>());
}

#[test]
fn entries_that_are_gone_do_not_stop_what_follows() {
    let log = Arc::new(Log { head: Mutex::new(9), first: 5, ..Log::default() });
    let live = Arc::new(LiveRooms::new(Arc::clone(&log) as _));
    let stage = Stage { log, live };
    let (ear, _listening) = stage.ear(2);
    block_on(stage.live.look()).unwrap();
    assert_eq!(ear.heard(), [5, 6, 7, 8, 9]);
}

#[test]
fn rooms_without_listeners_cost_nothing() {
    let stage = Stage::new(5);
    stage.publish(6);
    let (ear, listening) = stage.ear(6);
    assert_eq!(stage.live.listeners(room()), 1);
    let other = stage.live.listen(room(), Arc::new(Ear::default()));
    drop(listening);
    assert_eq!((stage.live.listeners(room()), stage.live.rooms()), (1, vec![room()]));
    stage.publish(7);
    assert_eq!(ear.heard(), Vec::<i64>::new());
    drop(other);
    assert_eq!((stage.live.listeners(room()), stage.live.rooms()), (0, vec![]));
    block_on(stage.live.look()).unwrap();
    assert_eq!(stage.log.reads.load(Ordering::Relaxed), 0);
}

#[test]
fn what_is_of_no_entry_reaches_those_who_listen() {
    let stage = Stage::new(0);
    let (ear, _listening) = stage.ear(0);
    let late = Arc::new(Ear::default());
    let _not_started = stage.live.listen(room(), Arc::clone(&late) as _);
    stage.live.pass(room(), &Sent(-1, 10));
    assert_eq!((ear.heard(), late.heard()), (vec![-1], vec![]));
    // It has no place among the entries.
    stage.publish(1);
    assert_eq!((ear.heard(), stage.live.tail(room(), 0).unwrap().len()), (vec![1], 1));
}

#[test]
fn what_is_kept_may_end_before_the_log() {
    let stage = Stage::new(3);
    let (_ear, _listening) = stage.ear(3);
    stage.publish(4);
    let behind = |after| {
        let found = block_on(stage.live.behind(room(), after, 10)).unwrap();
        found.into_iter().map(|(seq, _)| seq).collect::<Vec<_>>()
    };
    stage.grow(4);
    assert_eq!((behind(3), stage.log.reads.load(Ordering::Relaxed)), (vec![4], 0));
    // Another process writes, and this one has not heard of it.
    stage.grow(6);
    assert_eq!(behind(4), [5, 6], "an empty tail is not the end of the log");
}
