//! What the servers that stand for other people's services have in common.

use std::{
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crate::idp::wire::{self, Asked, Told};

/// What is said instead of the usual.
#[derive(Debug, Clone)]
pub struct Instead {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// The header `Retry-After`.
    pub retry_after: Option<&'static str>,
    /// How long it takes.
    pub delay: Duration,
}

impl Instead {
    /// At once, with this status and body.
    pub fn of(status: u16, body: &str) -> Self {
        Self { status, body: body.to_owned(), retry_after: None, delay: Duration::ZERO }
    }

    /// With the header `Retry-After`.
    #[must_use]
    pub fn retry_after(self, seconds: &'static str) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// After so long.
    #[must_use]
    pub fn delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// The answer, when its time has come.
    pub(crate) fn told(&self) -> Told {
        thread::sleep(self.delay);
        let told = Told::text(self.status, &self.body);
        match self.retry_after {
            Some(seconds) => told.with("retry-after", seconds),
            None => told,
        }
    }
}

/// A server on a port of its own; it ends with this value.
pub(crate) struct Fake<S> {
    port: u16,
    state: Arc<Mutex<S>>,
    over: Arc<AtomicBool>,
}

impl<S: Default + Send + 'static> Fake<S> {
    /// Answers each request by `answer`.
    pub(crate) fn start(answer: fn(&Mutex<S>, &Asked) -> Told) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let (state, over) = (Arc::<Mutex<S>>::default(), Arc::<AtomicBool>::default());
        let kept = Arc::clone(&state);
        wire::serve(listener, Arc::clone(&over), move |stream: TcpStream| {
            if let Some(asked) = Asked::read(&stream) {
                answer(&kept, &asked).write(stream);
            }
        });
        Self { port, state, over }
    }
}

impl<S> Fake<S> {
    /// What addresses begin with.
    pub(crate) fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it knows.
    pub(crate) fn lock(&self) -> MutexGuard<'_, S> {
        locked(&self.state)
    }
}

impl<S> Drop for Fake<S> {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// What a server knows, also after a test failed.
pub(crate) fn locked<S>(state: &Mutex<S>) -> MutexGuard<'_, S> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
