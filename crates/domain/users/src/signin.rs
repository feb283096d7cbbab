//! The use cases: coming in, staying in, going out.

mod access;
pub(crate) mod attempt;
pub mod external;
mod factor;
mod login;
pub(crate) mod personal_access_tokens;
mod refresh;
mod restore;
mod sessions;

use std::{sync::Arc, time::Duration};

use kernel::{Actor, Idempotent, Outcome, StoreError, Timestamp, UserId, idempotency};

use self::attempt::Judged;
pub use self::login::{Asked, Entry};
pub(crate) use self::{
    factor::{Tried, try_code},
    login::First,
};
use crate::{
    commands::{Register, SignIn},
    error::UserError,
    one_time_token::OneTimeTokenKind,
    personal_access_token::{LiveToken, PersonalAccessToken},
    ports::{Match, UsersTx},
    service::{AuditedAction, Users, create, newcomer},
    session::{Live, Session},
    user::User,
    values::{Password, PasswordHash},
};

/// How often a sign-in is judged anew because the password was replaced meanwhile.
const ATTEMPTS: usize = 3;

/// A pair of tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// For every call.
    pub access_token: String,
    /// For the next pair.
    pub refresh_token: String,
    /// How long the access token lives.
    pub expires_in: Duration,
    /// How long the session lives unless it is refreshed, and the refresh token with it.
    pub session_life: Duration,
    /// Whose.
    pub user: User,
}

/// Never shows the tokens.
impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn")
            .field("expires_in", &self.expires_in)
            .field("user", &self.user.id)
            .finish_non_exhaustive()
    }
}

/// Somebody who was let in.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who asks.
    pub actor: Actor,
    /// What it was decided by.
    pub held: Held,
    /// When the access token ends; none for a ticket and for a token without an end.
    pub expires_at: Option<Timestamp>,
    /// Whether their role must have a second factor that is not there: then they hold no permission,
    /// and may do nothing but set one up, see who they are, and leave.
    pub lacks_factor: bool,
}

/// What a caller was let in by, as it was at that moment.
#[derive(Debug, Clone)]
pub enum Held {
    /// A session.
    Session(Arc<Live>),
    /// A personal access token.
    Token(Arc<LiveToken>),
}

impl Caller {
    /// The account.
    pub fn user(&self) -> &User {
        match &self.held {
            Held::Session(live) => &live.user,
            Held::Token(live) => &live.user,
        }
    }

    /// The session, if it was one.
    pub fn session(&self) -> Option<&Session> {
        match &self.held {
            Held::Session(live) => Some(&live.session),
            Held::Token(_) => None,
        }
    }

    /// The personal access token, if it was one.
    pub fn token(&self) -> Option<&PersonalAccessToken> {
        match &self.held {
            Held::Session(_) => None,
            Held::Token(live) => Some(&live.token),
        }
    }
}

impl Users {
    /// Makes an account, and sends a link to prove its address. The password is judged and hashed before any transaction.
    pub async fn register(
        &self,
        idempotent: Option<Idempotent<User>>,
        register: Register,
    ) -> Result<Outcome<User>, UserError> {
        let hash = self.judged_and_hashed(&register).await?;
        let audited = AuditedAction::anonymous(&register.origin, self.clock.now());
        let new = newcomer(&register, &audited);
        let link = self.sending(OneTimeTokenKind::VerifyEmail, None, audited.at);
        self.work
            .write(move |tx| {
                idempotency::run_once(tx, idempotent.as_ref(), audited.at, |tx| {
                    let user = create(tx, &new, Some(&hash), &audited, "auth.register")?;
                    link.send(tx, user.id, &user.email, user.locale)?;
                    Ok(user)
                })
            })
            .await
    }

    /// Signs in with a password. An unknown account and a wrong password get the same answer after
    /// the same work; that an account is suspended, or has a second factor, is told only to who knew
    /// its password. After some wrong passwords, whoever tries on has to wait.
    pub async fn sign_in(&self, sign_in: SignIn) -> Result<Entry, UserError> {
        let SignIn { login, password, origin } = sign_in;
        let Judged { mut user, mut stored, mut matched, admitted } =
            self.judge_login(&login, &password, &origin).await?;
        for _ in 0..ATTEMPTS {
            let now = self.clock.now();
            let (Some(id), Some(known), Match::Yes | Match::YesButOutdated) =
                (user, stored, matched)
            else {
                let audited = AuditedAction::anonymous(&origin, now);
                self.failed(admitted, audited, "auth.login", user).await?;
                return Err(UserError::BadCredentials);
            };
            // Before the door: a challenge is void when what is stored changes after it.
            let known = match matched {
                Match::YesButOutdated => self.rehash(id, password.clone(), known).await,
                Match::Yes | Match::No => known,
            };
            if let Some(entry) = self.enter(id, First::Password(known), &origin, now).await? {
                // Nobody is kept out because this fails: what is not cleared is forgotten in time.
                let _: Result<(), UserError> = self.succeeded(admitted, now).await;
                return Ok(entry);
            }
            // The password was replaced meanwhile: the one of now decides.
            (user, stored) = self.find(&login).await?;
            matched = self.passwords.verify(password.clone(), stored.clone()).await?;
        }
        Err(StoreError::Contention.into())
    }

    /// Makes the stored hash as strong as today's; gives what is stored now. Nobody is kept out because
    /// this fails: it is tried again at the next sign-in.
    async fn rehash(&self, id: UserId, password: Password, stored: PasswordHash) -> PasswordHash {
        let Ok(hash) = self.passwords.hash(password).await else { return stored };
        let (old, new) = (stored.clone(), hash.clone());
        let replaced: Result<bool, UserError> = self
            .work
            .write(move |tx| {
                tx.users().lock(id)?;
                let same = tx.users().password(id)?.as_ref() == Some(&old);
                if same {
                    tx.users().set_password(id, Some(&new))?;
                }
                Ok(same)
            })
            .await;
        if matches!(replaced, Ok(true)) { hash } else { stored }
    }
}

/// Ends a locked session.
fn close(tx: &mut dyn UsersTx, session: &mut Session, now: Timestamp) -> Result<(), StoreError> {
    session.revoked_at = Some(now);
    tx.sessions().save(session)
}
