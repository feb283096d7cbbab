//! The use cases: coming in, staying in, going out.

mod access;
mod entry;
pub mod external;
mod refresh;
mod sessions;

use std::{sync::Arc, time::Duration};

use kernel::{Actor, Once, Settled, StoreError, Timestamp, UserId, once};

pub(crate) use self::entry::First;
use crate::{
    audit::Outcome,
    commands::{Login, Register, SignIn},
    error::UserError,
    ports::{Match, UsersTx},
    service::{Deed, Users, create, newcomer},
    session::{Live, Session},
    user::User,
    values::{Password, PasswordHash},
};

/// Longer than any username or address; what is longer is nobody's.
const LOGIN_MAX: usize = 254;
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
    /// The session and account it was decided by.
    pub live: Arc<Live>,
    /// When the access token ends; none for a ticket.
    pub expires_at: Option<Timestamp>,
}

impl Users {
    /// Makes an account. The password is judged and hashed before any transaction.
    pub async fn register(
        &self,
        once: Option<Once<User>>,
        register: Register,
    ) -> Result<Settled<User>, UserError> {
        let hash = self.judged_and_hashed(&register).await?;
        let deed = Deed::anonymous(&register.origin, self.clock.now());
        let new = newcomer(&register, &deed);
        self.work
            .write(move |tx| {
                once::settle(tx, once.as_ref(), deed.at, |tx| {
                    create(tx, &new, Some(&hash), &deed, "auth.register")
                })
            })
            .await
    }

    /// Signs in with a password. An unknown account and a wrong password get the same answer after
    /// the same work; that an account is suspended is told only to who knew its password.
    pub async fn sign_in(&self, sign_in: SignIn) -> Result<SignedIn, UserError> {
        let SignIn { login, password, origin } = sign_in;
        for _ in 0..ATTEMPTS {
            let (user, stored) = self.find(&login).await?;
            let matched = self.passwords.verify(password.clone(), stored.clone()).await?;
            let now = self.clock.now();
            let (Some(user), Some(stored), Match::Yes | Match::YesButOutdated) =
                (user, stored, matched)
            else {
                let deed = Deed::anonymous(&origin, now);
                self.note_alone(deed, "auth.login", user, Outcome::Failure, None).await?;
                return Err(UserError::BadCredentials);
            };
            let entered = self.enter(user, First::Password(stored.clone()), &origin, now).await?;
            if let Some(signed_in) = entered {
                if matched == Match::YesButOutdated {
                    self.rehash(user, password, stored).await;
                }
                return Ok(signed_in);
            }
        }
        Err(StoreError::Contention.into())
    }

    /// The account of this name and its stored password. A text that can be nobody's name finds
    /// nothing without being asked for.
    async fn find(
        &self,
        login: &Login,
    ) -> Result<(Option<UserId>, Option<PasswordHash>), UserError> {
        let (Login::Email(name) | Login::Username(name)) = login;
        let name = name.trim();
        if name.is_empty() || name.len() > LOGIN_MAX || name.contains('\0') {
            return Ok((None, None));
        }
        let (name, by_email) = (name.to_owned(), matches!(login, Login::Email(_)));
        self.work
            .read(move |tx| {
                let found = if by_email {
                    tx.users().find_by_email(&name)?
                } else {
                    tx.users().find_by_username(&name)?
                };
                let Some(user) = found else { return Ok((None, None)) };
                Ok((Some(user.id), tx.users().password(user.id)?))
            })
            .await
    }

    /// Makes the stored hash as strong as today's. Nobody is kept out because this fails: it is
    /// tried again at the next sign-in.
    async fn rehash(&self, id: UserId, password: Password, stored: PasswordHash) {
        let Ok(hash) = self.passwords.hash(password).await else { return };
        let _: Result<(), UserError> = self
            .work
            .write(move |tx| {
                tx.users().lock(id)?;
                if tx.users().password(id)?.as_ref() == Some(&stored) {
                    tx.users().set_password(id, Some(&hash))?;
                }
                Ok(())
            })
            .await;
    }
}

/// Ends a locked session.
fn close(tx: &mut dyn UsersTx, session: &mut Session, now: Timestamp) -> Result<(), StoreError> {
    session.revoked_at = Some(now);
    tx.sessions().save(session)
}
