//! The one way in: whatever somebody proved first, a session begins here, or they are asked for their
//! second factor here.

use std::{sync::Arc, time::Duration};

use kernel::{KeyedDigest, SessionId, StoreError, Timestamp, UserId, actor::Origin};
use sha2::{Digest as _, Sha256};

use super::{SignedIn, attempt::network_mark};
use crate::{
    audit::AuditOutcome,
    email_templates,
    error::UserError,
    events::NEW_DEVICE,
    external::{ProviderName, Subject},
    factor::{CHALLENGE_TTL, Challenge, FirstKind},
    one_time_token::fingerprint,
    policy::{self, Denial, Proof},
    ports::{AccessClaims, UsersTx},
    service::{AuditedAction, Users, notify_owner},
    session::{Live, NewSession, RefreshState, RefreshToken},
    user::User,
    values::{Digest, PasswordHash},
};

/// What a door opens to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// They are in.
    Open(Box<SignedIn>),
    /// They are asked for their second factor.
    Factor(Asked),
}

impl Entry {
    /// The pair of tokens of who is in.
    pub fn open(self) -> Option<SignedIn> {
        match self {
            Self::Open(signed_in) => Some(*signed_in),
            Self::Factor(_) => None,
        }
    }
}

/// The question for the second factor.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    /// Stands for what was proved first.
    pub token: String,
    /// How long the answer may take.
    pub expires_in: Duration,
}

/// Never shows the token.
impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asked").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// What somebody proved first.
#[derive(Debug, Clone)]
pub(crate) enum First {
    /// That they know the password with this stored hash.
    Password(PasswordHash),
    /// That they are somebody at another provider, by a code of ours when there is one: it is spent
    /// with what is made of it.
    Identity { provider: ProviderName, subject: Subject, code: Option<Digest> },
}

impl First {
    const fn kind(&self) -> FirstKind {
        match self {
            Self::Password(_) => FirstKind::Password,
            Self::Identity { .. } => FirstKind::Identity,
        }
    }

    /// By which it is known again; says nothing of it.
    fn mark(&self) -> Digest {
        match self {
            Self::Password(stored) => mark_of(FirstKind::Password, stored.expose()),
            Self::Identity { provider, subject, .. } => mark_of_identity(provider, subject),
        }
    }

    /// What the door is asked with.
    const fn proof(&self) -> Proof<'static> {
        match self {
            Self::Password(_) => Proof::Password,
            Self::Identity { .. } => Proof::Identity,
        }
    }

    /// By which provider, for the trail.
    fn detail(&self) -> Option<String> {
        match self {
            Self::Password(_) => None,
            Self::Identity { provider, .. } => Some(provider.as_str().to_owned()),
        }
    }

    /// Whether a code that works once still does.
    fn is_unspent(&self, tx: &mut dyn UsersTx) -> Result<bool, StoreError> {
        let Self::Identity { code: Some(code), .. } = self else { return Ok(true) };
        let found = tx.identities().lock_code(code)?;
        Ok(found.is_some_and(|found| found.spent_at.is_none()))
    }

    /// Uses up what works once.
    fn spend(
        &self,
        tx: &mut dyn UsersTx,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Self::Identity { code: Some(code), .. } = self else { return Ok(()) };
        tx.identities().spend_code(code, session, now)
    }
}

fn mark_of(kind: FirstKind, what: &str) -> Digest {
    let mut hash = Sha256::new();
    hash.update(kind.as_str());
    hash.update([0]);
    hash.update(what);
    hash.finalize().into()
}

fn mark_of_identity(provider: &ProviderName, subject: &Subject) -> Digest {
    mark_of(FirstKind::Identity, &format!("{} {}", provider.as_str(), subject.as_str()))
}

/// Whether what somebody proved first is still true of a locked account.
pub(super) fn still_true(
    tx: &mut dyn UsersTx,
    user: UserId,
    first: FirstKind,
    mark: &Digest,
) -> Result<bool, StoreError> {
    match first {
        FirstKind::Password => {
            let stored = tx.users().password(user)?;
            Ok(stored.is_some_and(|stored| mark_of(first, stored.expose()) == *mark))
        }
        FirstKind::Identity => {
            let known = tx.identities().of_user(user)?;
            Ok(known.iter().any(|own| mark_of_identity(&own.provider, &own.subject) == *mark))
        }
    }
}

/// How the transaction of a sign-in ended; all of these are kept.
enum Opened {
    Yes(Box<Live>),
    Asked,
    NoLongerTrue,
    Denied(Denial),
}

/// What a new session begins with.
pub(super) struct Start {
    /// Of the secret that is handed out: a refresh token, or the one of a challenge.
    pub(super) digest: Digest,
    pub(super) origin: Origin,
    pub(super) now: Timestamp,
    pub(super) expires_at: Timestamp,
    /// What the caller's network is digested with.
    pub(super) digests: Arc<dyn KeyedDigest>,
}

impl Users {
    /// Lets somebody in, or asks for their second factor, if the account as it is now allows it.
    /// `None` when what they proved is no longer true: then they are to be judged anew.
    pub(crate) async fn enter(
        &self,
        user: UserId,
        first: First,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<Option<Entry>, UserError> {
        let secret = self.tokens.secret();
        let start = self.start(&secret, origin, now);
        match self.work.write(move |tx| open(tx, user, &first, &start)).await? {
            Opened::NoLongerTrue => Ok(None),
            Opened::Denied(denial) => Err(at_the_door(denial)),
            Opened::Asked => {
                Ok(Some(Entry::Factor(Asked { token: secret, expires_in: CHALLENGE_TTL })))
            }
            Opened::Yes(live) => {
                self.cache.evict(&user).await;
                let signed_in = self.pair(*live, secret, now)?;
                Ok(Some(Entry::Open(Box::new(signed_in))))
            }
        }
    }

    pub(super) fn start(&self, secret: &str, origin: &Origin, now: Timestamp) -> Start {
        Start {
            digest: self.tokens.digest(secret),
            origin: origin.clone(),
            now,
            expires_at: self.settings.session_end(now, now),
            digests: Arc::clone(&self.digests),
        }
    }

    /// The tokens of a session's live generation.
    pub(super) fn pair(
        &self,
        live: Live,
        secret: String,
        now: Timestamp,
    ) -> Result<SignedIn, UserError> {
        let Live { session, user, .. } = live;
        let access_token = self.tokens.sign(&AccessClaims {
            user: user.id,
            username: user.username.as_str().to_owned(),
            role: user.role,
            session: session.id,
            generation: session.generation,
            issued_at: now,
            expires_at: now.plus(self.settings.access_ttl),
        })?;
        Ok(SignedIn {
            access_token,
            refresh_token: secret,
            expires_in: self.settings.access_ttl,
            session_life: session.expires_at.since(now),
            user,
        })
    }
}

fn open(
    tx: &mut dyn UsersTx,
    id: UserId,
    first: &First,
    start: &Start,
) -> Result<Opened, StoreError> {
    let Some(user) = tx.users().lock(id)? else {
        return Ok(Opened::NoLongerTrue);
    };
    let (kind, mark) = (first.kind(), first.mark());
    if !first.is_unspent(tx)? || !still_true(tx, id, kind, &mark)? {
        return Ok(Opened::NoLongerTrue);
    }
    let audited = AuditedAction::of(id, &start.origin, start.now);
    match policy::decide(&user, first.proof(), start.now) {
        Ok(()) => {
            let live = begin(tx, user, start, first.detail())?;
            first.spend(tx, Some(live.session.id), start.now)?;
            Ok(Opened::Yes(Box::new(live)))
        }
        Err(Denial::FactorMissing) => {
            first.spend(tx, None, start.now)?;
            tx.factors().add_challenge(&Challenge {
                digest: start.digest,
                user: id,
                first: kind,
                mark,
                failed: 0,
                expires_at: start.now.plus(CHALLENGE_TTL),
            })?;
            let detail = Some(format!("after {}", kind.as_str()));
            audited.record(tx, "auth.two_factor_asked", Some(id), AuditOutcome::Success, detail)?;
            Ok(Opened::Asked)
        }
        Err(denial) => {
            first.spend(tx, None, start.now)?;
            audited.record(tx, "auth.login", Some(id), AuditOutcome::Denied, first.detail())?;
            Ok(Opened::Denied(denial))
        }
    }
}

/// Begins a session of a locked account that [`policy::decide`] lets in.
pub(super) fn begin(
    tx: &mut dyn UsersTx,
    mut user: User,
    start: &Start,
    detail: Option<String>,
) -> Result<Live, StoreError> {
    let (id, now) = (user.id, start.now);
    let session = tx.sessions().insert(&NewSession {
        user: id,
        device: start.origin.device.clone(),
        ip: start.origin.ip.clone(),
        created_at: now,
        expires_at: start.expires_at,
    })?;
    tx.sessions().insert_refresh(&RefreshToken {
        session: session.id,
        generation: session.generation,
        digest: start.digest,
        state: RefreshState::Live,
        expires_at: start.expires_at,
    })?;
    tx.users().note_login(id, now)?;
    tx.activity().note(id, now, now)?;
    user.last_login_at = Some(now);
    let met = meet_device(tx, &user, start)?.then(|| "new device".to_owned());
    // After the device: the first device of all is no news.
    if let Some(mark) = network_mark(&*start.digests, id, &start.origin) {
        tx.devices().meet(id, &mark, now)?;
    }
    let detail = match (detail, met) {
        (Some(how), Some(met)) => Some(format!("{how}, {met}")),
        (how, met) => how.or(met),
    };
    let audited = AuditedAction::of(id, &start.origin, now);
    audited.record(tx, "auth.login", Some(id), AuditOutcome::Success, detail)?;
    Ok(Live::opened(session, user))
}

/// Whether the account is used from a device that it does not know, and then its owner is told. The
/// first one of all is no news.
fn meet_device(tx: &mut dyn UsersTx, user: &User, start: &Start) -> Result<bool, StoreError> {
    let Start { origin, now, .. } = start;
    let device = origin.device.as_deref();
    let met = tx.devices().meet(user.id, &fingerprint(user.id, device), *now)?;
    let is_new = met.any && !met.known;
    if is_new {
        let cause = AuditedAction::of(user.id, origin, *now).cause();
        tx.outbox().append(&cause.security(user.id, NEW_DEVICE))?;
        notify_owner(
            tx,
            user,
            &email_templates::new_device(user.locale, *now, device, origin.ip.as_deref()),
            *now,
        )?;
    }
    Ok(is_new)
}

/// A denial in the words of somebody who proved who they are.
pub(super) const fn at_the_door(denial: Denial) -> UserError {
    match denial {
        Denial::Suspended => UserError::Suspended,
        Denial::Closed => UserError::Closed,
        Denial::ServiceAccount | Denial::Ended | Denial::Superseded | Denial::FactorMissing => {
            UserError::BadCredentials
        }
    }
}
