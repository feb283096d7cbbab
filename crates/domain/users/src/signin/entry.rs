//! The one way in: whatever somebody proved first, a session begins here.

use kernel::{SessionId, StoreError, Timestamp, UserId, actor::Origin};

use super::SignedIn;
use crate::{
    audit::Outcome,
    error::UserError,
    external::{ProviderName, Subject},
    policy::{self, Denial, Proof},
    ports::{AccessClaims, UsersTx},
    service::{Deed, Users},
    session::{Live, NewSession, RefreshState, RefreshToken},
    values::{Digest, PasswordHash},
};

/// What somebody proved first.
#[derive(Debug, Clone)]
pub(crate) enum First {
    /// That they know the password with this stored hash.
    Password(PasswordHash),
    /// That they are somebody at another provider, by a code of ours when there is one: it is spent
    /// with what is made of it.
    Identity { provider: ProviderName, subject: Subject, grant: Option<Digest> },
}

impl First {
    /// Whether it still holds for a locked account.
    fn holds(&self, tx: &mut dyn UsersTx, id: UserId) -> Result<bool, StoreError> {
        match self {
            Self::Password(stored) => Ok(tx.users().password(id)?.as_ref() == Some(stored)),
            Self::Identity { provider, subject, grant } => {
                if let Some(code) = grant {
                    let grant = tx.identities().lock_grant(code)?;
                    if grant.is_none_or(|grant| grant.spent_at.is_some()) {
                        return Ok(false);
                    }
                }
                let owner = tx.identities().find(provider, subject)?;
                Ok(owner.is_some_and(|owner| owner.user == id))
            }
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

    /// Uses up what works once.
    fn spend(
        &self,
        tx: &mut dyn UsersTx,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match self {
            Self::Identity { grant: Some(code), .. } => {
                tx.identities().spend_grant(code, session, now)
            }
            _ => Ok(()),
        }
    }
}

/// How the transaction of a sign-in ended; all of these are kept.
enum Opened {
    Yes(Box<Live>),
    NoLongerTrue,
    Denied(Denial),
}

/// What a new session begins with.
struct Opening {
    user: UserId,
    first: First,
    digest: Digest,
    origin: Origin,
    now: Timestamp,
    expires_at: Timestamp,
}

impl Users {
    /// Lets somebody in, if the account as it is now allows it. `None` when what they proved is no
    /// longer true: then they are to be judged anew.
    pub(crate) async fn enter(
        &self,
        user: UserId,
        first: First,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<Option<SignedIn>, UserError> {
        let secret = self.tokens.secret();
        let opening = Opening {
            user,
            first,
            digest: self.tokens.digest(&secret),
            origin: origin.clone(),
            now,
            expires_at: self.settings.session_end(now, now),
        };
        match self.work.write(move |tx| open(tx, &opening)).await? {
            Opened::NoLongerTrue => Ok(None),
            Opened::Denied(denial) => Err(at_the_door(denial)),
            Opened::Yes(live) => {
                self.cache.evict(&user).await;
                self.pair(*live, secret, now).map(Some)
            }
        }
    }

    /// The tokens of a session's live generation.
    pub(super) fn pair(
        &self,
        live: Live,
        secret: String,
        now: Timestamp,
    ) -> Result<SignedIn, UserError> {
        let Live { session, user } = live;
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
            user,
        })
    }
}

fn open(tx: &mut dyn UsersTx, opening: &Opening) -> Result<Opened, StoreError> {
    let (id, now) = (opening.user, opening.now);
    let Some(mut user) = tx.users().lock(id)? else {
        return Ok(Opened::NoLongerTrue);
    };
    if !opening.first.holds(tx, id)? {
        return Ok(Opened::NoLongerTrue);
    }
    let deed = Deed::of(id, &opening.origin, now);
    if let Err(denial) = policy::decide(&user, opening.first.proof(), now) {
        opening.first.spend(tx, None, now)?;
        deed.note(tx, "auth.login", Some(id), Outcome::Denied, opening.first.detail())?;
        return Ok(Opened::Denied(denial));
    }
    let session = tx.sessions().insert(&NewSession {
        user: id,
        device: opening.origin.device.clone(),
        ip: opening.origin.ip.clone(),
        created_at: now,
        expires_at: opening.expires_at,
    })?;
    tx.sessions().insert_refresh(&RefreshToken {
        session: session.id,
        generation: session.generation,
        digest: opening.digest,
        state: RefreshState::Live,
        expires_at: opening.expires_at,
    })?;
    opening.first.spend(tx, Some(session.id), now)?;
    tx.users().note_login(id, now)?;
    user.last_login_at = Some(now);
    deed.note(tx, "auth.login", Some(id), Outcome::Success, opening.first.detail())?;
    Ok(Opened::Yes(Box::new(Live { session, user })))
}

/// A denial in the words of somebody who proved who they are.
const fn at_the_door(denial: Denial) -> UserError {
    match denial {
        Denial::Suspended => UserError::Suspended,
        Denial::Ended | Denial::Superseded => UserError::BadCredentials,
    }
}
