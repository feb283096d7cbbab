//! Idempotency records.

use kernel::{
    BoxFuture, Outcome, StoreError, Timestamp,
    idempotency::{IdempotencyKey, IdempotencyRecord, Idempotent, KEPT_FOR, KeyReused, run_once},
};

use super::{Fixture, long, moment, together};
use crate::{error::TaskError, query::Visibility, task::Task};

fn idempotency_key(scope: &str, key: &str) -> IdempotencyKey {
    IdempotencyKey { scope: scope.to_owned(), key: key.to_owned(), fingerprint: [0xA7; 32] }
}

impl Fixture {
    async fn begin(
        &self,
        idempotency_key: &IdempotencyKey,
        now: Timestamp,
    ) -> Option<IdempotencyRecord> {
        let idempotency_key = idempotency_key.clone();
        // Rolled back, so that asking changes nothing.
        let asked = self
            .work
            .write(move |tx| {
                let found = tx.idempotency().begin(&idempotency_key, now)?;
                Err::<(), _>(Asked::Found(found))
            })
            .await;
        match asked {
            Err(Asked::Found(found)) => found,
            Err(Asked::Failed(error)) => panic!("{error}"),
            Ok(()) => panic!("a rolled-back unit gave its value"),
        }
    }

    async fn complete(
        &self,
        idempotency_key: &IdempotencyKey,
        answer: &'static [u8],
        expires_at: Timestamp,
    ) {
        let idempotency_key = idempotency_key.clone();
        self.write(move |tx| {
            assert_eq!(tx.idempotency().begin(&idempotency_key, moment(0))?, None);
            tx.idempotency().complete(&idempotency_key, answer, expires_at)
        })
        .await;
    }
}

enum Asked {
    Found(Option<IdempotencyRecord>),
    Failed(StoreError),
}

impl From<StoreError> for Asked {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

fn answered(answer: &[u8]) -> Option<IdempotencyRecord> {
    Some(IdempotencyRecord { fingerprint: [0xA7; 32], answer: answer.to_vec() })
}

pub(super) async fn r1_a_new_key_is_free(fixture: Fixture) {
    let longest = idempotency_key(&long(120), &"~".repeat(255));
    for idempotency_key in [idempotency_key("POST /tasks 1", "k"), longest] {
        assert_eq!(fixture.begin(&idempotency_key, moment(0)).await, None);
        fixture.complete(&idempotency_key, b"", moment(0).plus(KEPT_FOR)).await;
    }
}

pub(super) async fn r2_a_completed_key_returns_its_record(fixture: Fixture) {
    let bytes: &[u8] = b"\x00\xff{\"a\":\"'%\"}\r\n";
    let idempotency_key = idempotency_key("POST /tasks 1", "k'\"%_");
    fixture.complete(&idempotency_key, bytes, moment(10)).await;
    assert_eq!(fixture.begin(&idempotency_key, moment(9)).await, answered(bytes));
    // A different request with the same key gets the fingerprint of the first one.
    let other = IdempotencyKey { fingerprint: [1; 32], ..idempotency_key };
    assert_eq!(fixture.begin(&other, moment(9)).await, answered(bytes));
}

pub(super) async fn r3_of_many_who_begin_simultaneously_one_takes_effect(fixture: Fixture) {
    for round in 0..4 {
        let key = format!("round {round}");
        let one = |_| {
            let idempotent = Idempotent {
                key: idempotency_key("POST /tasks 1", &key),
                encode: std::sync::Arc::new(|task: &Task| task.id.to_string().into_bytes()),
            };
            let new = fixture.plain(&key);
            let future: BoxFuture<'_, Result<Outcome<Task>, TaskError>> =
                Box::pin(fixture.work.write(move |tx| {
                    run_once(tx, Some(&idempotent), moment(0), |tx| {
                        Ok::<_, TaskError>(tx.tasks().insert(&new)?)
                    })
                }));
            future
        };
        let mut fresh = Vec::new();
        let mut replayed = Vec::new();
        for outcome in together((0..8).map(one).collect()).await {
            match outcome.unwrap() {
                Outcome::Executed(task) => fresh.push(task.id.to_string().into_bytes()),
                Outcome::Replayed(answer) => replayed.push(answer),
            }
        }
        assert_eq!((fresh.len(), replayed.len()), (1, 7));
        assert!(replayed.iter().all(|answer| *answer == fresh[0]), "all hear the first answer");
    }
    let counts = fixture.read(|tx| tx.tasks().counts(Visibility::All, moment(0))).await;
    assert_eq!(counts.by_status, [4, 0, 0], "one task a round");
}

pub(super) async fn r4_an_expired_record_is_replaced(fixture: Fixture) {
    let idempotency_key = idempotency_key("s", "k");
    fixture.complete(&idempotency_key, b"first", moment(10)).await;
    assert_eq!(fixture.begin(&idempotency_key, moment(11)).await, None);
    let again = idempotency_key.clone();
    fixture
        .write(move |tx| {
            assert_eq!(tx.idempotency().begin(&again, moment(11))?, None);
            tx.idempotency().complete(&again, b"second", moment(20))
        })
        .await;
    assert_eq!(fixture.begin(&idempotency_key, moment(12)).await, answered(b"second"));
}

pub(super) async fn r4_pruning_removes_what_expired_and_no_more(fixture: Fixture) {
    for number in 0..5 {
        fixture.complete(&idempotency_key("s", &number.to_string()), b"a", moment(number)).await;
    }
    fixture.complete(&idempotency_key("s", "kept"), b"kept", moment(100)).await;
    let mut pruned = Vec::new();
    for _ in 0..3 {
        pruned.push(fixture.write(|tx| tx.idempotency().prune(moment(50), 3)).await);
    }
    assert_eq!(pruned, [3, 2, 0]);
    assert_eq!(fixture.begin(&idempotency_key("s", "kept"), moment(50)).await, answered(b"kept"));
}

pub(super) async fn r5_a_rolled_back_begin_leaves_the_key_free(fixture: Fixture) {
    let idempotency_key = idempotency_key("s", "k");
    let inside = idempotency_key.clone();
    fixture
        .refused(move |tx| {
            assert_eq!(tx.idempotency().begin(&inside, moment(0))?, None);
            tx.idempotency().complete(&inside, b"never", moment(10))?;
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    assert_eq!(fixture.begin(&idempotency_key, moment(0)).await, None);
    fixture.complete(&idempotency_key, b"then", moment(10)).await;
    // A key used for another request is recognized by `run_once`, and keeps its record.
    let idempotent: Idempotent<()> = Idempotent {
        key: IdempotencyKey { fingerprint: [9; 32], ..idempotency_key.clone() },
        encode: std::sync::Arc::new(|()| Vec::new()),
    };
    let reused = fixture
        .work
        .write(move |tx| run_once(tx, Some(&idempotent), moment(1), |_| Ok::<_, TaskError>(())))
        .await;
    assert!(matches!(reused, Err(TaskError::KeyReused)), "{reused:?}, {KeyReused}");
    assert_eq!(fixture.begin(&idempotency_key, moment(1)).await, answered(b"then"));
}

pub(super) async fn r6_scopes_and_keys_are_kept_apart(fixture: Fixture) {
    fixture.complete(&idempotency_key("a", "k"), b"mine", moment(10)).await;
    for other in [
        idempotency_key("b", "k"),
        idempotency_key("A", "k"),
        idempotency_key("a", "K"),
        idempotency_key("a", "%"),
        idempotency_key("ak", ""),
    ] {
        assert_eq!(fixture.begin(&other, moment(0)).await, None, "{other:?}");
    }
    fixture.complete(&idempotency_key("b", "k"), b"theirs", moment(10)).await;
    assert_eq!(fixture.begin(&idempotency_key("a", "k"), moment(0)).await, answered(b"mine"));
}
