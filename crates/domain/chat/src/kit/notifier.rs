//! Hints between processes.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use kernel::UserId;

use crate::{
    outbound::{Hint, HintKind, Notifier},
    values::RoomId,
};

/// What sends hints, seen from two processes.
pub struct Fixture {
    /// The ports of two processes.
    pub processes: [Arc<dyn Notifier>; 2],
}

kernel::cases!(Fixture:
    n1_a_hint_reaches_the_other_process,
    n2_hints_come_once_and_in_their_order,
    n3_a_process_does_not_hear_its_own,
    n4_whoever_sends_never_waits
);

/// How long the way may take, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Hints of a burst that no queue is too short for.
const BURST: i64 = 50;

fn hint(number: i64) -> Hint {
    let (room, user) = (RoomId::parse(7).unwrap(), UserId::parse(42).unwrap());
    Hint { room, user, kind: HintKind::Read { number } }
}

impl Fixture {
    fn heard_by(&self, process: usize) -> mpsc::Receiver<Hint> {
        let (sender, heard) = mpsc::channel();
        self.processes[process].listen(Arc::new(move |hint| {
            let _ = sender.send(hint);
        }));
        heard
    }

    /// Sends until one arrives, because a listener that has just begun may miss some; then waits until all that were sent
    /// have come.
    fn connect(&self, from: usize, heard: &mpsc::Receiver<Hint>) {
        let arrived = (0..200).any(|_| {
            self.processes[from].notify(hint(0));
            heard.recv_timeout(Duration::from_millis(100)).is_ok()
        });
        assert!(arrived, "no hint arrived");
        while heard.recv_timeout(Duration::from_millis(500)).is_ok() {}
    }
}

async fn n1_a_hint_reaches_the_other_process(fixture: Fixture) {
    let heard = [fixture.heard_by(0), fixture.heard_by(1)];
    for (from, to) in [(0, 1), (1, 0)] {
        fixture.connect(from, &heard[to]);
        let typing = Hint { kind: HintKind::Typing, ..hint(0) };
        for sent in [typing, hint(940)] {
            fixture.processes[from].notify(sent);
            assert_eq!(heard[to].recv_timeout(PATIENCE), Ok(sent));
        }
    }
}

async fn n2_hints_come_once_and_in_their_order(fixture: Fixture) {
    let heard = fixture.heard_by(1);
    fixture.connect(0, &heard);
    for number in 1..=BURST {
        fixture.processes[0].notify(hint(number));
    }
    for number in 1..=BURST {
        assert_eq!(heard.recv_timeout(PATIENCE), Ok(hint(number)));
    }
    assert!(heard.recv_timeout(Duration::from_millis(300)).is_err(), "one came twice");
}

async fn n3_a_process_does_not_hear_its_own(fixture: Fixture) {
    let (own, heard) = (fixture.heard_by(0), fixture.heard_by(1));
    fixture.connect(0, &heard);
    fixture.processes[0].notify(hint(1));
    assert_eq!(heard.recv_timeout(PATIENCE), Ok(hint(1)));
    assert!(own.recv_timeout(Duration::from_millis(300)).is_err());
}

async fn n4_whoever_sends_never_waits(fixture: Fixture) {
    // No listener takes them as fast as that; a sender that waited would not end.
    for number in 0..20_000 {
        fixture.processes[0].notify(hint(number));
    }
}
