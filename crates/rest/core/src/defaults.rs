//! Ports for a program that brings nothing but its users: no limits, and digests that last as long as
//! the process. A program with several replicas, or one whose idempotency keys survive a restart,
//! brings its own.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use kernel::{
    Actor, Attempt, AuthError, Authenticator, BoxFuture, Caller, Entitlement, ErrorKind,
    KeyedDigest, LimitDecision, Limiter, Quota, SystemClock, actor::Origin,
};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use crate::{api::Ports, live::LiveFeed};

impl Ports {
    /// Everything but the users of the program.
    pub fn new(authenticator: Arc<dyn Authenticator>) -> Self {
        Self {
            authenticator,
            limiter: Arc::new(Unlimited),
            digests: Arc::new(ProcessDigests::default()),
            clock: Arc::new(SystemClock),
            live_feed: Arc::new(LiveFeed::default()),
            probe: Arc::new(|| Box::pin(async { Vec::new() })),
            scrape: Arc::new(String::new),
            draining: watch::channel(false).1,
        }
    }
}

/// Allows every call.
struct Unlimited;

#[async_trait]
impl Limiter for Unlimited {
    async fn check(&self, _: &'static str, _: &str) -> LimitDecision {
        let quota = Quota { calls: u32::MAX, per: Duration::from_secs(1) };
        let (retry_after, reset_after) = (Duration::ZERO, Duration::ZERO);
        LimitDecision { allowed: true, quota, remaining: u32::MAX, retry_after, reset_after }
    }
}

/// Callers with fixed tokens, for examples, tests and programs without accounts.
#[derive(Debug, Clone, Default)]
pub struct FixedTokens(HashMap<String, Actor>);

impl FixedTokens {
    /// Adds a caller.
    #[must_use]
    pub fn with(mut self, token: &str, actor: Actor) -> Self {
        self.0.insert(token.to_owned(), actor);
        self
    }
}

#[async_trait]
impl Authenticator for FixedTokens {
    async fn authenticate(&self, token: &str, id: Option<Arc<str>>) -> Result<Caller, AuthError> {
        let actor = self.0.get(token).cloned().ok_or(AuthError {
            kind: ErrorKind::Unauthenticated,
            code: "auth.bad_token",
            detail: "The token is not valid.".into(),
            permission: None,
            cause: None,
        })?;
        let actor = Actor { request_id: id, ..actor };
        Ok(Caller { actor, expires_at: None, detail: Arc::new(()) })
    }

    async fn redeem_ticket(&self, ticket: &str, id: Option<Arc<str>>) -> Result<Caller, AuthError> {
        self.authenticate(ticket, id).await
    }

    fn check(&self, caller: &Caller, needs: Entitlement) -> Result<(), AuthError> {
        let missing = needs.permission.filter(|permission| !caller.actor.may(*permission));
        missing.map_or(Ok(()), |permission| {
            Err(AuthError {
                kind: ErrorKind::Forbidden,
                code: "auth.missing_permission",
                detail: format!("This needs the permission `{}`.", permission.as_str()).into(),
                permission: Some(permission.as_str()),
                cause: None,
            })
        })
    }

    async fn record_denial(
        &self,
        _: &Caller,
        _: &AuthError,
        _: Attempt,
        _: &Origin,
    ) -> Result<(), AuthError> {
        Ok(())
    }

    async fn still_valid(&self, _: &Actor) -> bool {
        true
    }

    fn note_use(
        &self,
        _: &Caller,
        _: Option<String>,
    ) -> Option<BoxFuture<'static, Result<(), AuthError>>> {
        None
    }
}

/// SHA-256 under a key that this process made.
struct ProcessDigests([u64; 4]);

impl Default for ProcessDigests {
    fn default() -> Self {
        Self(std::array::from_fn(|at| RandomState::new().hash_one(at)))
    }
}

impl KeyedDigest for ProcessDigests {
    fn digest(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut hash = Sha256::new();
        for word in self.0 {
            hash.update(word.to_le_bytes());
        }
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}
