//! Proving the address of a new account.
//!
//! Anyone can register with anyone's address and wait until its owner opens the link. So the link alone
//! proves the address, and nothing about who made the account: opened out of a session of the account,
//! or with its password, everything stays; opened elsewhere, everything that was set up before ends and
//! a new password must be set.

use std::time::Duration;

use kernel::{Actor, SessionId, StoreError, UserId, actor::Origin};

use super::{
    AuditedAction, Users,
    links::{disown, prove, taken},
    open_sessions,
};
use crate::{
    audit::AuditOutcome,
    commands::Login,
    error::UserError,
    one_time_token::{OneTimeToken, OneTimeTokenKind},
    policy::{self, Proof},
    ports::{Match, UsersTx},
    signin::attempt::Judged,
    user::User,
    values::{Password, PasswordHash},
};

/// Who opens a link that proves an address, as far as they say.
#[derive(Debug, Clone, Default)]
pub struct Opener {
    /// The caller, when they are signed in.
    pub actor: Option<Actor>,
    /// The password of the account.
    pub password: Option<Password>,
}

/// What became of an account whose address was proven.
#[derive(Clone, PartialEq, Eq)]
pub enum Verified {
    /// Everything stays as it is.
    Kept,
    /// Everything that was set up before ended, and the account has no password.
    Claimed {
        /// Sets a new password, once, as the token of an email for who forgot it.
        reset_token: String,
        /// How long it works.
        expires_in: Duration,
    },
}

/// Never shows the token.
impl std::fmt::Debug for Verified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Kept => "Kept",
            Self::Claimed { .. } => "Claimed(…)",
        })
    }
}

const ACTION: &str = "auth.email_verified";

impl Users {
    /// Marks the address of an account as proven. See the head of this file for what ends.
    ///
    /// Errors: `BadLink`; `WrongPassword` and `SlowDown` for the password, and `SessionNeeded` for a
    /// caller with a personal access token, all of which leave the link as it was.
    pub async fn verify_email(
        &self,
        token: &str,
        opener: Opener,
        origin: Origin,
    ) -> Result<Verified, UserError> {
        if let Some(actor) = &opener.actor {
            policy::require_session(actor)?;
        }
        let kind = OneTimeTokenKind::VerifyEmail;
        let (digest, now) = (self.tokens.digest(token), self.clock.now());
        let holder = self.holder(digest, kind, now).await?;
        let (id, audited) = (holder.id, AuditedAction::of(holder.id, &origin, now));
        let known = match opener.password {
            None => None,
            Some(password) => Some(self.known_password(&holder, password, &origin).await?),
        };
        let secret = self.tokens.secret();
        let reset = OneTimeToken {
            digest: self.tokens.digest(&secret),
            kind: OneTimeTokenKind::ResetPassword,
            user: id,
            address: holder.email,
            created_at: now,
            expires_at: now.plus(self.links.reset_ttl),
        };
        let session = opener.actor.and_then(|actor| actor.session);
        let result = self
            .work
            .write(move |tx| {
                let mut user = taken(tx, id, &digest, kind, now)?;
                policy::may_be_used(&user).map_err(|_| UserError::BadLink)?;
                let claimed = !user.email_verified
                    && !is_session_of(tx, &user, session, &audited)?
                    && !is_password_of(tx, id, known.as_ref())?;
                let sessions = if claimed {
                    claim(tx, &mut user, &reset, &audited)?
                } else {
                    open_sessions(tx, id, now)?
                };
                prove(tx, &mut user, &audited)?;
                tx.one_time_tokens().revoke(id, Some(kind))?;
                audited.record(tx, ACTION, Some(id), AuditOutcome::Success, None)?;
                Ok::<_, UserError>((claimed, sessions))
            })
            .await;
        let sessions = result.as_ref().map_or(&[][..], |(_, sessions)| sessions);
        self.forget(id, sessions).await;
        let (claimed, _) = result?;
        let expires_in = self.links.reset_ttl;
        Ok(if claimed {
            Verified::Claimed { reset_token: secret, expires_in }
        } else {
            Verified::Kept
        })
    }

    /// What is stored of the password of an account, if `password` is the right one. Tries are counted
    /// as they are at a sign-in.
    async fn known_password(
        &self,
        user: &User,
        password: Password,
        origin: &Origin,
    ) -> Result<PasswordHash, UserError> {
        let (id, login) = (user.id, Login::Username(user.username.as_str().to_owned()));
        let Judged { stored, matched, admitted, .. } =
            self.judge_login(&login, &password, origin).await?;
        let now = self.clock.now();
        let (Some(stored), Match::Yes | Match::YesButOutdated) = (stored, matched) else {
            self.failed(admitted, AuditedAction::anonymous(origin, now), ACTION, Some(id)).await?;
            return Err(UserError::WrongPassword);
        };
        self.succeeded(admitted, now).await?;
        Ok(stored)
    }
}

/// Is this an open session of the locked account?
fn is_session_of(
    tx: &mut dyn UsersTx,
    user: &User,
    session: Option<SessionId>,
    audited: &AuditedAction,
) -> Result<bool, StoreError> {
    let Some(session) = session else { return Ok(false) };
    let session = tx.sessions().get(session)?;
    Ok(session.is_some_and(|it| policy::decide(user, Proof::Session(&it), audited.at).is_ok()))
}

/// Is what was judged still what is stored?
fn is_password_of(
    tx: &mut dyn UsersTx,
    id: UserId,
    known: Option<&PasswordHash>,
) -> Result<bool, StoreError> {
    let Some(known) = known else { return Ok(false) };
    Ok(tx.users().password(id)?.as_ref() == Some(known))
}

/// Ends what was set up in a locked account before its address was proven; gives the sessions that
/// ended.
fn claim(
    tx: &mut dyn UsersTx,
    user: &mut User,
    reset: &OneTimeToken,
    audited: &AuditedAction,
) -> Result<Vec<SessionId>, UserError> {
    let ended = tx.sessions().revoke_all(user.id, None, audited.at)?;
    tx.users().set_password(user.id, None)?;
    disown(tx, user, audited)?;
    tx.one_time_tokens().insert(reset)?;
    let detail = Some(format!("by email, {} sessions ended", ended.len()));
    audited.record(tx, "auth.claimed", Some(user.id), AuditOutcome::Success, detail)?;
    Ok(ended)
}
