//! Who is online.

use std::{sync::Arc, time::Duration};

use kernel::{
    BoxFuture, UnitOfWork, UserId,
    kit::{moment, together},
    time::FixedClock,
};

use crate::{
    outbound::{BEAT, GRACE, Presence},
    ports::ChatTx,
    presence::SharedPresence,
};

/// Lets time go by.
pub type Pass = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// What knows who is online, seen from two processes, and a way to let time go by. In one process both are the same. Where
/// they are not, they say every [`BEAT`](crate::outbound::BEAT) who is here while time goes by.
pub struct Fixture {
    /// The ports of two processes.
    pub processes: [Arc<dyn Presence>; 2],
    /// Moves the clock.
    pub pass: Pass,
}

kernel::cases!(Fixture:
    h1_a_person_is_online_while_a_connection_is_here,
    h1_of_many_that_come_and_go_none_is_lost,
    h2_a_person_is_online_for_a_while_after_the_last,
    h3_those_who_are_online_are_counted_once
);

fn user(id: i64) -> UserId {
    UserId::parse(id).unwrap()
}

impl Fixture {
    /// Two processes that share a store.
    pub fn shared(work: Arc<dyn UnitOfWork<dyn ChatTx>>) -> Self {
        let clock = Arc::new(FixedClock::at(moment(0)));
        let process = || {
            let shared = SharedPresence::new(Arc::clone(&work), Arc::clone(&clock) as _);
            Arc::new(shared) as Arc<dyn Presence>
        };
        let processes = [process(), process()];
        let beating = processes.clone();
        let pass: Pass = Arc::new(move |time| {
            let (clock, beating) = (Arc::clone(&clock), beating.clone());
            Box::pin(async move {
                let mut left = time;
                while !left.is_zero() {
                    let step = left.min(BEAT);
                    clock.advance(step);
                    left -= step;
                    for process in &beating {
                        process.keep().await.unwrap();
                    }
                }
            })
        });
        Self { processes, pass }
    }

    async fn arrive(&self, process: usize, id: i64) {
        self.processes[process].arrive(user(id)).await.unwrap();
    }

    async fn depart(&self, process: usize, id: i64) {
        self.processes[process].depart(user(id)).await.unwrap();
    }

    /// The same from both processes.
    async fn online(&self, ids: &[i64]) -> Vec<i64> {
        let users: Vec<UserId> = ids.iter().map(|id| user(*id)).collect();
        let mut seen = Vec::new();
        for process in &self.processes {
            let mut found: Vec<i64> =
                process.online(&users).await.unwrap().into_iter().map(UserId::get).collect();
            found.sort_unstable();
            seen.push(found);
        }
        assert_eq!(seen[0], seen[1]);
        seen.remove(0)
    }

    async fn count(&self) -> u64 {
        let [one, other] = &self.processes;
        let counts = (one.count().await.unwrap(), other.count().await.unwrap());
        assert_eq!(counts.0, counts.1);
        counts.0
    }
}

async fn h1_a_person_is_online_while_a_connection_is_here(fixture: Fixture) {
    assert!(fixture.online(&[1, 2]).await.is_empty());
    fixture.arrive(0, 1).await;
    fixture.arrive(1, 1).await;
    fixture.arrive(1, 1).await;
    assert_eq!(fixture.online(&[1, 2]).await, [1]);
    fixture.depart(1, 1).await;
    fixture.depart(0, 1).await;
    (fixture.pass)(GRACE * 2).await;
    assert_eq!(fixture.online(&[1, 2]).await, [1], "one is left");
}

async fn h1_of_many_that_come_and_go_none_is_lost(fixture: Fixture) {
    let arrive = |number: usize| -> kernel::BoxFuture<'_, ()> {
        let fixture = &fixture;
        Box::pin(async move {
            fixture.arrive(number % 2, 1).await;
            if number < 9 {
                fixture.depart(number % 2, 1).await;
            }
        })
    };
    together((0..10).map(arrive).collect()).await;
    (fixture.pass)(GRACE * 2).await;
    assert_eq!(fixture.online(&[1]).await, [1]);
    fixture.depart(1, 1).await;
    (fixture.pass)(GRACE * 2).await;
    assert!(fixture.online(&[1]).await.is_empty());
}

async fn h2_a_person_is_online_for_a_while_after_the_last(fixture: Fixture) {
    fixture.arrive(0, 1).await;
    fixture.depart(0, 1).await;
    (fixture.pass)(GRACE / 2).await;
    assert_eq!(fixture.online(&[1]).await, [1]);
    fixture.arrive(1, 1).await;
    (fixture.pass)(GRACE * 2).await;
    assert_eq!(fixture.online(&[1]).await, [1]);
    fixture.depart(1, 1).await;
    (fixture.pass)(GRACE / 2).await;
    assert_eq!((fixture.online(&[1]).await, fixture.count().await), (vec![1], 1));
    (fixture.pass)(GRACE).await;
    assert!(fixture.online(&[1]).await.is_empty());
    assert_eq!(fixture.count().await, 0);
}

async fn h3_those_who_are_online_are_counted_once(fixture: Fixture) {
    for (process, id) in [(0, 1), (1, 1), (0, 2), (1, 3), (0, 4)] {
        fixture.arrive(process, id).await;
    }
    fixture.depart(0, 4).await;
    (fixture.pass)(GRACE * 2).await;
    assert_eq!(fixture.online(&[4, 3, 1, 9]).await, [1, 3]);
    assert_eq!(fixture.count().await, 3);
    assert!(fixture.online(&[]).await.is_empty());
}
