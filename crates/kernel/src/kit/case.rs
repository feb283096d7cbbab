//! What a conformance kit is made of.
//!
//! A kit is a list of [`Case`]s; whoever writes an adapter runs each of them on a fresh, empty
//! store and knows whether every promise of the port is kept. Failures are panics, so a kit runs
//! under any test framework.

use std::{future::poll_fn, task::Poll};

use crate::{BoxFuture, Timestamp, UserId};

/// A panic that a test plans: it unwinds without a report, which would look like a failure.
pub fn planned_panic(message: &'static str) -> ! {
    std::panic::resume_unwind(Box::new(message))
}

/// One promise, tested on the ground `G` that the room's kit asks for.
pub struct Case<G: 'static> {
    /// The promise's number, then what it says: `t2_a_stale_save_changes_nothing`.
    pub name: &'static str,
    /// Panics when the promise is broken.
    pub run: fn(G) -> BoxFuture<'static, ()>,
}

/// Declares `CASES`, every case of a kit, by the names of its functions and the modules they are
/// in. A case takes the ground by value; the ground is fresh for each.
///
/// ```ignore
/// kernel::cases!(Fixture; tasks: t1_a_task_comes_back_as_it_went_in, t2_…; lists: t7_…);
/// ```
#[macro_export]
macro_rules! cases {
    ($fixture:ty; $($module:ident: $($name:ident),+ $(,)?);+ $(;)?) => {
        /// Every case.
        pub const CASES: &[$crate::kit::Case<$fixture>] = &[$($(
            $crate::kit::Case {
                name: stringify!($name),
                run: |fixture| Box::pin($module::$name(fixture)),
            },
        )+)+];
    };
    ($fixture:ty: $($name:ident),+ $(,)?) => {
        /// Every case.
        pub const CASES: &[$crate::kit::Case<$fixture>] = &[$(
            $crate::kit::Case {
                name: stringify!($name),
                run: |fixture| Box::pin($name(fixture)),
            },
        )+];
    };
}

/// Gives a ground with a field `work` the three ways to use its store: `write`, `read` and
/// `refused`.
#[macro_export]
macro_rules! fixture {
    ($fixture:ty: $tx:ty) => {
        impl $fixture {
            /// A write that must commit.
            async fn write<T: Send + 'static>(
                &self,
                f: impl FnMut(&mut $tx) -> Result<T, $crate::StoreError> + Send + 'static,
            ) -> T {
                self.work.write(f).await.expect("the write must succeed")
            }

            /// A read that must succeed.
            async fn read<T: Send + 'static>(
                &self,
                f: impl FnMut(&mut $tx) -> Result<T, $crate::StoreError> + Send + 'static,
            ) -> T {
                self.work.read(f).await.expect("the read must succeed")
            }

            /// A write that must not commit; returns its error.
            async fn refused<T: Send + 'static>(
                &self,
                f: impl FnMut(&mut $tx) -> Result<T, $crate::StoreError> + Send + 'static,
            ) -> $crate::StoreError {
                match self.work.write(f).await {
                    Ok(_) => panic!("the unit must not commit"),
                    Err(error) => error,
                }
            }
        }
    };
}

/// Runs many futures at once on one task; adapters run their units on threads of their own, so
/// these truly meet. Gives what each came to, in order.
pub async fn together<T>(futures: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    let mut running: Vec<(BoxFuture<'_, T>, Option<T>)> =
        futures.into_iter().map(|future| (future, None)).collect();
    poll_fn(|context| {
        let mut waiting = false;
        for (future, done) in &mut running {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *done = Some(value),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    running.into_iter().filter_map(|(_, done)| done).collect()
}

/// 2026-11-21T00:00:00.000001Z, some microseconds later: no store may round.
#[expect(clippy::expect_used, reason = "a case's own moment is one that exists")]
pub fn moment(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_795_219_200_000_001 + micros).expect("a moment of this century")
}

/// No account has this number.
#[expect(clippy::expect_used, reason = "the number is positive")]
pub fn nobody() -> UserId {
    UserId::parse(4_000_000_000_000_000_000).expect("a positive number")
}

/// Texts that stores have stumbled over, none of them empty or with white space around it.
pub const ODD_TEXTS: [&str; 12] = [
    "O'Brien \"quoted\" `ticked` $1 ?1 :a",
    "100% _under_ \\ back\\slash \\' \\%",
    "'; DROP TABLE tasks; --",
    "Ünïcödé ß ǅ ﬁ İ ı",
    "e\u{301} is not \u{e9}",
    "日本語のタイトル",
    "عربى שלום \u{202e}rtl",
    "👩‍👩‍👧‍👦 🏳️‍🌈 𝒳",
    "line\nbreak\r\nand\ttab",
    "\u{1}\u{1f}\u{7f}\u{85}x",
    "null NULL {} [] <b>&amp;</b>",
    "\u{feff}bom \u{fffd} \u{10ffff}",
];

/// A text of `count` characters, most of them four bytes long.
pub fn long(count: usize) -> String {
    "x🦀'%".chars().cycle().take(count.saturating_sub(1)).chain(['z']).collect()
}
