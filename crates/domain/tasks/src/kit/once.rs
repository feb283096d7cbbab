//! Receipts.

use kernel::{
    BoxFuture, Settled, StoreError, Timestamp,
    once::{KEPT_FOR, KeyReused, Once, Receipt, Slip, settle},
};

use super::{Ground, long, moment, together};
use crate::{error::TaskError, query::Visibility, task::Task};

fn slip(scope: &str, key: &str) -> Slip {
    Slip { scope: scope.to_owned(), key: key.to_owned(), fingerprint: [0xA7; 32] }
}

impl Ground {
    async fn claim(&self, slip: &Slip, now: Timestamp) -> Option<Receipt> {
        let slip = slip.clone();
        // Rolled back, so that asking changes nothing.
        let asked = self
            .work
            .write(move |tx| {
                let found = tx.receipts().claim(&slip, now)?;
                Err::<(), _>(Asked::Found(found))
            })
            .await;
        match asked {
            Err(Asked::Found(found)) => found,
            Err(Asked::Failed(error)) => panic!("{error}"),
            Ok(()) => panic!("a rolled-back unit gave its value"),
        }
    }

    async fn seal(&self, slip: &Slip, answer: &'static [u8], expires_at: Timestamp) {
        let slip = slip.clone();
        self.write(move |tx| {
            assert_eq!(tx.receipts().claim(&slip, moment(0))?, None);
            tx.receipts().seal(&slip, answer, expires_at)
        })
        .await;
    }
}

enum Asked {
    Found(Option<Receipt>),
    Failed(StoreError),
}

impl From<StoreError> for Asked {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

fn answered(answer: &[u8]) -> Option<Receipt> {
    Some(Receipt { fingerprint: [0xA7; 32], answer: answer.to_vec() })
}

pub(super) async fn r1_a_new_key_is_free(ground: Ground) {
    let longest = slip(&long(120), &"~".repeat(255));
    for slip in [slip("POST /tasks 1", "k"), longest] {
        assert_eq!(ground.claim(&slip, moment(0)).await, None);
        ground.seal(&slip, b"", moment(0).plus(KEPT_FOR)).await;
    }
}

pub(super) async fn r2_a_sealed_key_gives_its_receipt(ground: Ground) {
    let bytes: &[u8] = b"\x00\xff{\"a\":\"'%\"}\r\n";
    let slip = slip("POST /tasks 1", "k'\"%_");
    ground.seal(&slip, bytes, moment(10)).await;
    assert_eq!(ground.claim(&slip, moment(9)).await, answered(bytes));
    // Whoever asks for something else with the same key learns what was asked first.
    let other = Slip { fingerprint: [1; 32], ..slip };
    assert_eq!(ground.claim(&other, moment(9)).await, answered(bytes));
}

pub(super) async fn r3_of_many_who_claim_at_once_one_takes_effect(ground: Ground) {
    for round in 0..4 {
        let key = format!("round {round}");
        let one = |_| {
            let once = Once {
                slip: slip("POST /tasks 1", &key),
                seal: std::sync::Arc::new(|task: &Task| task.id.to_string().into_bytes()),
            };
            let new = ground.plain(&key);
            let future: BoxFuture<'_, Result<Settled<Task>, TaskError>> =
                Box::pin(ground.work.write(move |tx| {
                    settle(tx, Some(&once), moment(0), |tx| {
                        Ok::<_, TaskError>(tx.tasks().insert(&new)?)
                    })
                }));
            future
        };
        let mut fresh = Vec::new();
        let mut replayed = Vec::new();
        for outcome in together((0..8).map(one).collect()).await {
            match outcome.unwrap() {
                Settled::Fresh(task) => fresh.push(task.id.to_string().into_bytes()),
                Settled::Replay(answer) => replayed.push(answer),
            }
        }
        assert_eq!((fresh.len(), replayed.len()), (1, 7));
        assert!(replayed.iter().all(|answer| *answer == fresh[0]), "all hear the first answer");
    }
    let tally = ground.read(|tx| tx.tasks().tally(Visibility::All, moment(0))).await;
    assert_eq!(tally.by_status, [4, 0, 0], "one task a round");
}

pub(super) async fn r4_an_expired_receipt_is_replaced(ground: Ground) {
    let slip = slip("s", "k");
    ground.seal(&slip, b"first", moment(10)).await;
    assert_eq!(ground.claim(&slip, moment(11)).await, None);
    let again = slip.clone();
    ground
        .write(move |tx| {
            assert_eq!(tx.receipts().claim(&again, moment(11))?, None);
            tx.receipts().seal(&again, b"second", moment(20))
        })
        .await;
    assert_eq!(ground.claim(&slip, moment(12)).await, answered(b"second"));
}

pub(super) async fn r4_a_sweep_forgets_what_expired_and_no_more(ground: Ground) {
    for number in 0..5 {
        ground.seal(&slip("s", &number.to_string()), b"a", moment(number)).await;
    }
    ground.seal(&slip("s", "kept"), b"kept", moment(100)).await;
    let mut swept = Vec::new();
    for _ in 0..3 {
        swept.push(ground.write(|tx| tx.receipts().sweep(moment(50), 3)).await);
    }
    assert_eq!(swept, [3, 2, 0]);
    assert_eq!(ground.claim(&slip("s", "kept"), moment(50)).await, answered(b"kept"));
}

pub(super) async fn r5_a_rolled_back_claim_leaves_the_key_free(ground: Ground) {
    let slip = slip("s", "k");
    let inside = slip.clone();
    ground
        .refused(move |tx| {
            assert_eq!(tx.receipts().claim(&inside, moment(0))?, None);
            tx.receipts().seal(&inside, b"never", moment(10))?;
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    assert_eq!(ground.claim(&slip, moment(0)).await, None);
    ground.seal(&slip, b"then", moment(10)).await;
    // A key used for another request is told apart by `settle`, and keeps its receipt.
    let once: Once<()> = Once {
        slip: Slip { fingerprint: [9; 32], ..slip.clone() },
        seal: std::sync::Arc::new(|()| Vec::new()),
    };
    let reused = ground
        .work
        .write(move |tx| settle(tx, Some(&once), moment(1), |_| Ok::<_, TaskError>(())))
        .await;
    assert!(matches!(reused, Err(TaskError::KeyReused)), "{reused:?}, {KeyReused}");
    assert_eq!(ground.claim(&slip, moment(1)).await, answered(b"then"));
}

pub(super) async fn r6_scopes_and_keys_are_told_apart(ground: Ground) {
    ground.seal(&slip("a", "k"), b"mine", moment(10)).await;
    for other in [slip("b", "k"), slip("A", "k"), slip("a", "K"), slip("a", "%"), slip("ak", "")] {
        assert_eq!(ground.claim(&other, moment(0)).await, None, "{other:?}");
    }
    ground.seal(&slip("b", "k"), b"theirs", moment(10)).await;
    assert_eq!(ground.claim(&slip("a", "k"), moment(0)).await, answered(b"mine"));
}
