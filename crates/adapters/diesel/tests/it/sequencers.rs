//! Several processes that give places to the same events at the same moment.

use std::{
    sync::{Arc, Barrier},
    thread,
};

use adapter_diesel::Db;
use kernel::{CommonTx, Event, NewEvent, StoreError, Timestamp, UnitOfWork};
use libtest_mimic::Trial;

use crate::{
    Engine,
    fixture::{Fixture, block_on},
};

const PROCESSES: usize = 3;
const ROUNDS: i64 = 8;
const EVENTS: i64 = 60;

type Common = Arc<dyn UnitOfWork<dyn CommonTx>>;

pub(crate) fn trials((name, make): Engine) -> Vec<Trial> {
    vec![Trial::test(format!("{name}::sequencers::an_event_gets_one_place"), move || {
        an_event_gets_one_place(&make());
        Ok(())
    })]
}

fn append(work: &Common, subject: i64) {
    let event = NewEvent {
        name: "task.created.v1",
        at: Timestamp::parse("2026-11-21T00:00:00Z").unwrap(),
        actor: None,
        subject,
        audience: Vec::new(),
        payload: serde_json::Value::Null,
        request_id: None,
    };
    let appended: Result<(), StoreError> =
        block_on(work.write(move |tx| tx.outbox().append(&event)));
    appended.unwrap();
}

/// Two sequencers that saw the same events would give them places twice, and the feed would have holes.
fn an_event_gets_one_place(fixture: &Fixture) {
    let first = fixture.ready();
    let processes: Vec<Arc<Db>> = (0..PROCESSES).map(|_| fixture.open()).collect();
    let work: Common = first.clone();
    for round in 0..ROUNDS {
        for event in 0..EVENTS {
            append(&work, round * EVENTS + event + 1);
        }
        let barrier = Barrier::new(PROCESSES);
        thread::scope(|scope| {
            for process in &processes {
                let (work, barrier): (Common, _) = (process.clone(), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let given: Result<u64, StoreError> =
                        block_on(work.write(|tx| tx.outbox().sequence(10_000)));
                    given.unwrap();
                });
            }
        });
        let read: Result<Vec<Event>, StoreError> =
            block_on(work.read(|tx| tx.outbox().after(None, 10_000)));
        let places: Vec<(i64, i64)> =
            read.unwrap().iter().map(|event| (event.id.get(), event.subject)).collect();
        let expected: Vec<(i64, i64)> =
            (1..=(round + 1) * EVENTS).map(|place| (place, place)).collect();
        assert_eq!(places, expected, "round {round}");
    }
}
