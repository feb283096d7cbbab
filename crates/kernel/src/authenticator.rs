//! Who is calling: the port that every entrance (HTTP, WebSocket, gRPC) asks, so that none of them
//! is weaker than another.

use std::{any::Any, borrow::Cow, sync::Arc};

use async_trait::async_trait;

use crate::{
    Actor, BoxFuture, DomainError, ErrorKind, FieldError, Permission, Timestamp, UserId,
    actor::Origin,
};

/// A caller who proved who they are.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The caller as domains know them.
    pub actor: Actor,
    /// When the credential ends, if it has an end of its own: connections that were opened by it end then.
    pub expires_at: Option<Timestamp>,
    /// What the implementation of [`Authenticator`] knows of the caller, for its own routes.
    pub detail: Arc<dyn Any + Send + Sync>,
}

/// What an operation asks of its caller.
#[derive(Debug, Clone, Copy, Default)]
pub struct Entitlement {
    /// Whether the caller must come with a session rather than with a personal access token.
    pub session: bool,
    /// The permission that the caller needs.
    pub permission: Option<Permission>,
    /// Whether a caller who still lacks a required second factor is let in.
    pub without_factor: bool,
}

/// Why a caller was refused.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{detail}")]
pub struct AuthError {
    /// The kind of failure.
    pub kind: ErrorKind,
    /// Its code.
    pub code: &'static str,
    /// For the client.
    pub detail: Cow<'static, str>,
    /// The permission that is missing.
    pub permission: Option<&'static str>,
    /// For the log.
    pub cause: Option<String>,
}

impl AuthError {
    /// The public part of a failure, and its cause.
    pub fn of(error: &impl DomainError) -> Self {
        Self {
            kind: error.kind(),
            code: error.code(),
            detail: error.to_string().into(),
            permission: None,
            cause: std::error::Error::source(error).map(ToString::to_string),
        }
    }
}

impl DomainError for AuthError {
    fn kind(&self) -> ErrorKind {
        self.kind
    }

    fn code(&self) -> &'static str {
        self.code
    }

    fn fields(&self) -> &[FieldError] {
        &[]
    }
}

/// What a refused caller tried, for the audit log.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// The action that was refused.
    pub action: &'static str,
    /// The account it was aimed at.
    pub target: Option<UserId>,
}

/// What became of a caller who was let in earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The caller may stay, with at least the same permissions.
    Valid,
    /// The credential has ended, or grants less than before: a fresh one may help.
    Ended,
    /// The account is suspended or closed: no credential helps.
    Suspended,
    /// The store does not answer.
    Unknown,
}

/// Decides who a caller is and what they may call.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// The caller that an access token belongs to.
    ///
    /// Errors: `Unauthenticated`, `Unavailable`.
    async fn authenticate(
        &self,
        token: &str,
        request_id: Option<Arc<str>>,
    ) -> Result<Caller, AuthError>;

    /// The caller that a single-use ticket belongs to. The ticket is used up.
    ///
    /// Errors: `Unauthenticated`, `Unavailable`.
    async fn redeem_ticket(
        &self,
        ticket: &str,
        request_id: Option<Arc<str>>,
    ) -> Result<Caller, AuthError>;

    /// Whether a caller may call an operation.
    ///
    /// Errors: `Forbidden`.
    fn check(&self, caller: &Caller, needs: Entitlement) -> Result<(), AuthError>;

    /// Records in the audit log that a caller was refused.
    ///
    /// Errors: `Unavailable`.
    async fn record_denial(
        &self,
        caller: &Caller,
        denial: &AuthError,
        attempt: Attempt,
        origin: &Origin,
    ) -> Result<(), AuthError>;

    /// Whether a caller who was let in earlier may still stay, with at least the same permissions.
    async fn still_valid(&self, actor: &Actor) -> bool;

    /// The same with the reason, for connections that say why they close.
    async fn standing(&self, actor: &Actor) -> Standing {
        if self.still_valid(actor).await { Standing::Valid } else { Standing::Ended }
    }

    /// The same of several callers, in their order: connections that are looked at together cost fewer questions.
    async fn standings(&self, actors: &[&Actor]) -> Vec<Standing> {
        let mut standings = Vec::with_capacity(actors.len());
        for actor in actors {
            standings.push(self.standing(actor).await);
        }
        standings
    }

    /// Records the use of a caller's credential; to be run beside the call. `None` when there is
    /// nothing to record.
    ///
    /// Errors: `Unavailable`.
    fn note_use(
        &self,
        caller: &Caller,
        ip: Option<String>,
    ) -> Option<BoxFuture<'static, Result<(), AuthError>>>;
}
