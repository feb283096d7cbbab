//! What many do at once.

use kernel::{BoxFuture, kit::together};

use super::{Fixture, ask, doc, key};
use crate::values::{Kind, Label};

pub(super) async fn l1_whoever_locks_second_sees_what_the_first_wrote(fixture: Fixture) {
    // Each adds a word to what it finds: none is lost.
    let add = |number: i64| -> BoxFuture<'_, ()> {
        Box::pin(fixture.write(move |tx| {
            tx.index().lock(key(Kind::Tasks, 1))?;
            let there = tx.index().find(&ask("bee", &[Label::Public], 10))?;
            let before = there.first().map(|one| one.body.clone()).unwrap_or_default();
            assert!(there.len() <= 1, "there is one");
            tx.index().put(&doc(1, "Bee", &format!("{before} word{number}")))
        }))
    };
    together((0..8).map(add).collect()).await;
    for number in 0..8 {
        assert_eq!(fixture.public(&format!("word{number}")).await, [1]);
    }
    // Of some that remove it and some that write it, whoever comes last has it.
    for _ in 0..6 {
        let act = |number: i64| -> BoxFuture<'_, ()> {
            Box::pin(fixture.write(move |tx| {
                tx.index().lock(key(Kind::Tasks, 1))?;
                match number % 2 {
                    0 => tx.index().remove(key(Kind::Tasks, 1)),
                    _ => tx.index().put(&doc(1, "Bee", "")),
                }
            }))
        };
        together((0..6).map(act).collect()).await;
        assert!(fixture.public("bee").await.len() <= 1);
    }
}
