//! A server that takes webhooks, notes them, and can be told to fail.

use std::{sync::Mutex, time::Instant};

pub use crate::fake::Instead;
use crate::{
    fake::{Fake, locked},
    idp::wire::{Asked, Told},
};

/// A request that came.
#[derive(Debug, Clone)]
pub struct Received {
    /// When.
    pub at: Instant,
    /// The path.
    pub path: String,
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: i64,
    /// `webhook-signature`.
    pub signature: String,
    /// The body, as it came.
    pub body: String,
}

impl Received {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

#[derive(Default)]
struct State {
    received: Vec<Received>,
    instead: Option<Instead>,
}

/// The server.
pub struct Receiver(Fake<State>);

impl Receiver {
    /// Starts it.
    pub fn start() -> Self {
        Self(Fake::start(answer))
    }

    /// Where webhooks go.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.base())
    }

    /// What is said from now on; nothing: 200.
    pub fn say(&self, instead: Option<Instead>) {
        self.0.lock().instead = instead;
    }

    /// What came, in order.
    pub fn received(&self) -> Vec<Received> {
        self.0.lock().received.clone()
    }
}

fn answer(state: &Mutex<State>, asked: &Asked) -> Told {
    let header = |name: &str| asked.headers.get(name).cloned().unwrap_or_default();
    let received = Received {
        at: Instant::now(),
        path: asked.path.clone(),
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp").parse().unwrap_or_default(),
        signature: header("webhook-signature"),
        body: asked.body.clone(),
    };
    let instead = {
        let mut state = locked(state);
        state.received.push(received);
        state.instead.clone()
    };
    match instead {
        Some(instead) => instead.told(),
        None => Told::text(200, "thank you"),
    }
}
