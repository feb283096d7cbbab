//! Coming in by way of another provider: there, back, and through the one door.
//!
//! Who goes to a provider leaves an [`Attempt`] here and keeps a secret in the browser; who comes
//! back must bring the state of the one and the secret of the other, and the attempt is used up
//! whatever is decided. Nothing waits for a provider inside a transaction.

mod account_linking;
mod authorization_codes;
mod links;

use std::time::Duration;

use kernel::{SessionId, StoreError, Timestamp, UserId, actor::Origin};

use self::account_linking::AccountResolution;
pub use self::authorization_codes::Exchange;
use super::{Entry, First, login::at_the_door};
use crate::{
    audit::AuditOutcome,
    error::UserError,
    external::{Attempt, ExternalIdentity, FrontEnd, ProviderName, Purpose},
    one_time_token::OneTimeTokenKind,
    ports::{Answer, Ask, ProviderError},
    service::{AuditedAction, Users},
    user::User,
};

/// How long somebody may take at a provider.
pub const ATTEMPT_TTL: Duration = Duration::from_secs(10 * 60);
/// How often it is settled anew because somebody else took a name or an identity meanwhile.
const ATTEMPTS: usize = 5;

/// Somebody may go.
#[derive(Clone, PartialEq, Eq)]
pub struct Begun {
    /// To here.
    pub url: String,
    /// The browser must keep this and bring it back.
    pub browser: String,
}

/// Never shows the secrets.
impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begun").finish_non_exhaustive()
    }
}

/// Somebody comes back.
#[derive(Clone)]
pub struct Return {
    /// What the answer says is its state.
    pub state: Option<String>,
    /// What the browser kept.
    pub browser: Option<String>,
    /// The provider's code; none when it says no.
    pub code: Option<String>,
    /// `iss` of the answer.
    pub issuer: Option<String>,
    /// Where from.
    pub origin: Origin,
}

/// Somebody came back out of an attempt of theirs.
#[derive(Debug)]
pub struct Arrival {
    /// Where the browser goes in the end; without one it gets the answer.
    pub front: Option<FrontEnd>,
    /// What became of it.
    pub outcome: Result<Arrived, UserError>,
}

/// What came of an attempt.
#[derive(Debug)]
pub enum Arrived {
    /// They are in, or are asked for their second factor.
    In(Entry),
    /// The front-end gets this one-time code.
    Code(String),
    /// The identity was added to the account.
    Linked(Box<User>),
}

impl Users {
    /// The providers that somebody can sign in with.
    pub fn providers(&self) -> Vec<ProviderName> {
        self.providers.names()
    }

    /// Sends somebody to a provider to come in. `browser` is what their browser keeps already: it
    /// goes on to be good for what it was given for.
    pub async fn begin_sign_in(
        &self,
        provider: &str,
        browser: Option<String>,
        front: Option<FrontEnd>,
    ) -> Result<Begun, UserError> {
        let provider = self.provider(provider)?;
        if let Some(front) = &front
            && front.challenge.is_none()
        {
            return Err(UserError::FrontEndUnknown);
        }
        self.begin(provider, browser, front, Purpose::SignIn).await
    }

    /// Takes up somebody who comes back. Whoever has no attempt here is refused; what else goes
    /// wrong is told to the front-end that the attempt names.
    pub async fn arrive(&self, provider: &str, back: Return) -> Result<Arrival, UserError> {
        let provider = self.provider(provider)?;
        let attempt = self.take_attempt(&provider, &back).await?;
        let front = attempt.front.clone();
        let outcome = self.handle_callback(attempt, back).await;
        Ok(Arrival { front, outcome })
    }

    /// A provider that is there.
    fn provider(&self, raw: &str) -> Result<ProviderName, UserError> {
        let name = ProviderName::parse(raw).map_err(|_| UserError::ProviderUnknown)?;
        if self.providers.names().contains(&name) {
            Ok(name)
        } else {
            Err(UserError::ProviderUnknown)
        }
    }

    async fn begin(
        &self,
        provider: ProviderName,
        browser: Option<String>,
        front: Option<FrontEnd>,
        purpose: Purpose,
    ) -> Result<Begun, UserError> {
        if let Some(front) = &front
            && !self.front_ends.contains(&front.redirect_uri)
        {
            return Err(UserError::FrontEndUnknown);
        }
        let (state, nonce) = (self.tokens.secret(), self.tokens.secret());
        let verifier = self.tokens.secret();
        let browser = browser.unwrap_or_else(|| self.tokens.secret());
        let ask = Ask { state: &state, nonce: &nonce, verifier: &verifier };
        let url = self.providers.begin(&provider, ask).ok_or(UserError::ProviderUnknown)?;
        let attempt = Attempt {
            state: self.tokens.digest(&state),
            browser: self.tokens.digest(&browser),
            provider,
            verifier,
            nonce,
            purpose,
            front,
            expires_at: self.clock.now().plus(ATTEMPT_TTL),
        };
        self.work
            .write(move |tx| Ok::<_, UserError>(tx.identities().insert_attempt(&attempt)?))
            .await?;
        Ok(Begun { url, browser })
    }

    /// The attempt that somebody comes back out of. It is used up, also by a wrong browser, by none, and by
    /// an answer of another provider.
    async fn take_attempt(
        &self,
        provider: &ProviderName,
        back: &Return,
    ) -> Result<Attempt, UserError> {
        let state = self.tokens.digest(back.state.as_ref().ok_or(UserError::BadState)?);
        let browser = back.browser.as_ref().map(|secret| self.tokens.digest(secret));
        let now = self.clock.now();
        let attempt = self
            .work
            .write(move |tx| Ok::<_, UserError>(tx.identities().take_attempt(&state, now)?))
            .await?;
        attempt
            .filter(|attempt| attempt.provider == *provider && Some(attempt.browser) == browser)
            .ok_or(UserError::BadState)
    }

    async fn handle_callback(&self, attempt: Attempt, back: Return) -> Result<Arrived, UserError> {
        let Return { code, issuer, origin, .. } = back;
        let Attempt { provider, verifier, nonce, purpose, front, .. } = attempt;
        let code = code.ok_or(UserError::ProviderDenied)?;
        let answer = Answer { code, issuer, verifier, nonce };
        let identity = match self.providers.finish(&provider, answer).await {
            Ok(identity) => identity,
            Err(error @ ProviderError::Unavailable(_)) => {
                return Err(UserError::ProviderUnavailable(error));
            }
            Err(error @ ProviderError::Refused(_)) => {
                let audited = AuditedAction::anonymous(&origin, self.clock.now());
                let (action, target, detail) = match purpose {
                    Purpose::SignIn => ("auth.login", None, provider.as_str().to_owned()),
                    Purpose::Link(user, _) => {
                        ("auth.linked", Some(user), provider.as_str().to_owned())
                    }
                };
                self.record_alone(audited, action, target, AuditOutcome::Failure, Some(detail))
                    .await?;
                return Err(UserError::ProviderRefused(error));
            }
        };
        match purpose {
            Purpose::SignIn => self.come_in(identity, front, &origin).await,
            Purpose::Link(user, session) => {
                let user = self.link(user, session, identity, &origin).await?;
                Ok(Arrived::Linked(Box::new(user)))
            }
        }
    }

    /// Finds or makes the account of an identity, and lets it in; or gives the front-end the code
    /// that does.
    async fn come_in(
        &self,
        identity: ExternalIdentity,
        front: Option<FrontEnd>,
        origin: &Origin,
    ) -> Result<Arrived, UserError> {
        for _ in 0..ATTEMPTS {
            let user = self.whose(&identity, origin).await?;
            let now = self.clock.now();
            if let Some(front) = &front {
                let code = self.authorization_code(user, &identity, front, now).await?;
                return Ok(Arrived::Code(code));
            }
            let first = First::Identity {
                provider: identity.provider.clone(),
                subject: identity.subject.clone(),
                code: None,
            };
            if let Some(entry) = self.enter(user, first, origin, now).await? {
                return Ok(Arrived::In(entry));
            }
        }
        Err(StoreError::Contention.into())
    }

    /// The account that an identity belongs to, from now on if not before. Two who come with one
    /// new identity at once get one account: the second finds what the first made.
    async fn whose(
        &self,
        identity: &ExternalIdentity,
        origin: &Origin,
    ) -> Result<UserId, UserError> {
        for _ in 0..ATTEMPTS {
            let (identity, audited) =
                (identity.clone(), AuditedAction::anonymous(origin, self.clock.now()));
            let link = self.sending(OneTimeTokenKind::VerifyEmail, None, audited.at);
            let result = self
                .work
                .write(move |tx| account_linking::resolve_account(tx, &identity, &link, &audited))
                .await;
            match result {
                Ok(AccountResolution::Known(user)) => return Ok(user),
                Ok(AccountResolution::Changed(user, ended)) => {
                    self.forget(user, &ended).await;
                    return Ok(user);
                }
                Ok(AccountResolution::Shut(denial)) => return Err(at_the_door(denial)),
                Err(error) if somebody_was_first(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Contention.into())
    }

    /// Adds an identity to an account, out of the session that asked for it.
    async fn link(
        &self,
        user: UserId,
        session: SessionId,
        identity: ExternalIdentity,
        origin: &Origin,
    ) -> Result<User, UserError> {
        for _ in 0..ATTEMPTS {
            let (identity, audited) =
                (identity.clone(), AuditedAction::of(user, origin, self.clock.now()));
            let linked = self
                .work
                .write(move |tx| account_linking::link(tx, user, session, &identity, &audited))
                .await;
            match linked {
                Err(error) if somebody_was_first(&error) => {}
                Err(error) => return Err(error),
                Ok((user, sessions)) => {
                    self.forget(user.id, &sessions).await;
                    return Ok(user);
                }
            }
        }
        Err(StoreError::Contention.into())
    }
}

/// Somebody else wrote between our look and our write: looking again shows it.
fn somebody_was_first(error: &UserError) -> bool {
    matches!(
        error,
        UserError::UsernameTaken
            | UserError::EmailTaken
            | UserError::Store(
                StoreError::Duplicate("identities.subject" | "identities.provider")
                    | StoreError::Stale
            )
    )
}

/// A session that began just now stands for the password that an account does not have.
pub(crate) const FRESH: Duration = Duration::from_secs(10 * 60);

/// Whether a session began so short a time ago.
pub(crate) fn is_fresh(begun: Timestamp, now: Timestamp) -> bool {
    now < begun.plus(FRESH)
}
