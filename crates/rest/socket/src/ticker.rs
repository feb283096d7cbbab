//! One timer per worker thread, which looks at each of its sockets every second: pings, silence, callers
//! who may stay no longer, clients that don't read, and the end of the process. A timer per socket would
//! cost more than everything else that an idle socket does.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    sync::Arc,
    task::Waker,
    time::{Duration, Instant},
};

use actix_web::rt;
use kernel::{Actor, Caller, Standing};
use rest::{refusal::Hangup, state::State};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    close,
    sender::{Phase, Shared},
    sockets::Limits,
};

/// Callers whose standing is asked in one step.
const CHECKS: usize = 200;
/// The part of the drain over which sockets are closed: the rest is for those that answer late.
const DRAINED_OVER: f64 = 0.8;

/// Why a socket is closed with 4401.
const ENDED: &str = "the credentials ended: refresh them";

thread_local! {
    static WORKER: RefCell<Worker> = RefCell::default();
}

/// The sockets of this thread.
#[derive(Default)]
struct Worker {
    sockets: Vec<Weak<Watched>>,
    farewells: Vec<Farewell>,
    running: bool,
    frames_in: u64,
    frames_out: u64,
}

/// A connection whose socket has ended. Its last bytes may still wait for a client that doesn't read.
struct Farewell {
    hangup: Hangup,
    waker: Waker,
    until: Instant,
}

/// What the ticker knows of a socket.
pub(crate) struct Watched {
    pub(crate) shared: Arc<Shared>,
    pub(crate) limits: Limits,
    pub(crate) hangup: Option<Hangup>,
    state: Arc<State>,
    caller: Arc<Caller>,
    /// When the client sent something.
    heard: Cell<Instant>,
    /// When the connection had room for more.
    asked: Cell<Instant>,
    pinged: Cell<Instant>,
    checked: Cell<Instant>,
    checking: Cell<bool>,
    /// When it is closed because the server stops.
    drained_at: Cell<Option<Instant>>,
}

impl Watched {
    pub(crate) fn new(
        shared: Arc<Shared>,
        limits: Limits,
        hangup: Option<Hangup>,
        state: Arc<State>,
        caller: Arc<Caller>,
    ) -> Rc<Self> {
        let now = Instant::now();
        Rc::new(Self {
            shared,
            limits,
            hangup,
            state,
            caller,
            heard: Cell::new(now),
            asked: Cell::new(now),
            pinged: Cell::new(now),
            checked: Cell::new(now),
            checking: Cell::new(false),
            drained_at: Cell::new(None),
        })
    }

    /// The client sent something.
    pub(crate) fn heard(&self) {
        self.heard.set(Instant::now());
    }

    /// The connection has room for more.
    pub(crate) fn asked(&self) {
        self.asked.set(Instant::now());
    }

    fn tick(&self, now: Instant) {
        let since = |then: &Cell<Instant>| now.saturating_duration_since(then.get());
        let limits = &self.limits;
        let (phase, waiting) = self.shared.age(now);
        if phase != Phase::Open {
            if waiting.is_some_and(|waiting| waiting >= limits.close_wait) {
                self.drop_connection();
            }
            return;
        }
        let stalled = |time: Duration| time >= limits.stalled_after;
        if waiting.is_some_and(stalled) && stalled(since(&self.asked)) {
            self.drop_connection();
            return;
        }
        if self.drained_at.get().is_some_and(|at| at <= now) {
            self.shared.close(close::GOING_AWAY, "the server stops: come back");
        } else if self.caller.expires_at.is_some_and(|at| at <= self.state.clock.now()) {
            self.shared.cut(close::ENDED, ENDED);
        } else if since(&self.heard) >= limits.dead_after {
            self.shared.cut(close::DEAD, "no sign of life");
        } else if since(&self.heard) >= limits.ping_after
            && since(&self.pinged) >= limits.ping_after
        {
            self.pinged.set(now);
            self.shared.ping();
        }
    }

    /// Ends the connection, whatever its client does.
    fn drop_connection(&self) {
        if let Some(hangup) = &self.hangup {
            hangup.hang_up();
        }
        self.shared.end(close::TOO_SLOW);
    }

    /// Whether the caller has to be checked before the next tick is over.
    fn is_due(&self, now: Instant) -> bool {
        let next = now.saturating_duration_since(self.checked.get()) + self.limits.tick;
        !self.checking.get() && next > self.limits.recheck_every
    }

    /// Takes what became of the caller, as it was at `asked`.
    fn judge(&self, standing: Standing, asked: Instant) {
        self.checked.set(asked);
        self.checking.set(false);
        match standing {
            // A store that doesn't answer is no reason to lose every socket in the same second.
            Standing::Valid | Standing::Unknown => {}
            Standing::Ended => self.shared.cut(close::ENDED, ENDED),
            Standing::Suspended => self.shared.cut(close::SUSPENDED, "the account is suspended"),
        }
    }
}

/// Asks what became of the callers of these sockets.
async fn check(due: Vec<Rc<Watched>>) {
    for some in due.chunks(CHECKS) {
        let Some(first) = some.first() else { continue };
        let asked = Instant::now();
        let actors: Vec<&Actor> = some.iter().map(|socket| &socket.caller.actor).collect();
        let standings = first.state.authenticator.standings(&actors).await;
        for (socket, standing) in some.iter().zip(standings) {
            socket.judge(standing, asked);
        }
    }
}

/// Looks at a socket from now on, as long as it is there.
pub(crate) fn watch(watched: &Rc<Watched>) {
    let starts = WORKER.with_borrow_mut(|worker| {
        worker.sockets.push(Rc::downgrade(watched));
        !std::mem::replace(&mut worker.running, true)
    });
    if starts {
        rt::spawn(run(watched.limits.tick));
    }
}

/// Ends a connection that still has bytes for its client when the time is up. Its socket is gone.
pub(crate) fn farewell(hangup: Hangup, waker: Waker, wait: Duration) {
    let until = Instant::now() + wait;
    // Fails only while the thread ends, and its connections with it.
    let _ = WORKER.try_with(|worker| {
        worker.borrow_mut().farewells.push(Farewell { hangup, waker, until });
    });
}

/// Counts frames of clients.
pub(crate) fn count_in() {
    WORKER.with_borrow_mut(|worker| worker.frames_in += 1);
}

/// Counts frames to clients.
pub(crate) fn count_out() {
    WORKER.with_borrow_mut(|worker| worker.frames_out += 1);
}

/// Says that the ticker runs, until it is dropped: also with its runtime.
struct Running;

impl Drop for Running {
    fn drop(&mut self) {
        // Fails only while the thread ends.
        let _ = WORKER.try_with(|worker| worker.borrow_mut().running = false);
    }
}

/// Runs while this thread has sockets.
async fn run(tick: Duration) {
    let running = Running;
    let mut interval = interval(tick);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let now = Instant::now();
        let (sockets, is_idle) = WORKER.with_borrow_mut(|worker| worker.look(now));
        drain(&sockets, now);
        for socket in &sockets {
            socket.tick(now);
        }
        let due: Vec<_> = sockets.into_iter().filter(|socket| socket.is_due(now)).collect();
        if !due.is_empty() {
            for socket in &due {
                socket.checking.set(true);
            }
            rt::spawn(check(due));
        }
        if is_idle {
            drop(running);
            return;
        }
    }
}

impl Worker {
    /// The sockets that are still there, and whether there is nothing left to look at.
    fn look(&mut self, now: Instant) -> (Vec<Rc<Watched>>, bool) {
        let sockets: Vec<_> = self.sockets.iter().filter_map(Weak::upgrade).collect();
        self.sockets.retain(|socket| socket.strong_count() > 0);
        self.farewells.retain(|farewell| {
            if farewell.until > now {
                return true;
            }
            farewell.hangup.hang_up();
            farewell.waker.wake_by_ref();
            false
        });
        for (count, direction) in [(&mut self.frames_in, "in"), (&mut self.frames_out, "out")] {
            let count = std::mem::take(count);
            metrics::counter!("alveole_socket_frames_total", "direction" => direction)
                .increment(count);
        }
        (sockets, self.sockets.is_empty() && self.farewells.is_empty())
    }
}

/// Spreads the closing of sockets over most of the time that the server has to stop, so that their
/// clients don't all come back to the other replicas in one second.
fn drain(sockets: &[Rc<Watched>], now: Instant) {
    let Some(first) = sockets.first() else { return };
    if !first.state.is_draining() {
        return;
    }
    let left: Vec<_> = sockets.iter().filter(|socket| socket.drained_at.get().is_none()).collect();
    let span = first.state.limits.drain.mul_f64(DRAINED_OVER);
    for (place, socket) in left.iter().enumerate() {
        let part = (place + 1) as f64 / left.len() as f64;
        socket.drained_at.set(Some(now + span.mul_f64(part)));
    }
}
