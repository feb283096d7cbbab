//! What events mean. Pure: from the bytes that came to what is to be done, without a store.

pub mod github;
pub mod stripe;

use crate::{
    inbox::{Content, InboundEvent},
    payment::PaymentReport,
    values::Scheme,
};

/// What is to be done with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A payment came to another state.
    Payment(PaymentReport),
    /// Commits were pushed to a repository.
    Push(github::Push),
    /// A pull request changed.
    PullRequest(github::PullRequest),
    /// Nothing.
    None,
}

/// The body does not have what events of this type have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body lacks `{0}`, or has something else there")]
pub struct Unreadable(pub &'static str);

/// Reads an event.
///
/// # Errors
///
/// What the body lacks; no other attempt would change that.
pub fn read(event: &InboundEvent, content: &Content) -> Result<Effect, Unreadable> {
    match event.scheme {
        Scheme::Stripe => stripe::read(event.kind.as_str(), content),
        Scheme::Github => github::read(event.kind.as_str(), content),
        Scheme::Standard | Scheme::Hmac => Ok(Effect::None),
    }
}
