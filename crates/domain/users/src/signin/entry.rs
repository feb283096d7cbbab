//! The one way in: whatever somebody proved first, a session begins here.

use kernel::{StoreError, Timestamp, UserId, actor::Origin};

use super::SignedIn;
use crate::{
    audit::Outcome,
    error::UserError,
    letters,
    link::fingerprint,
    policy::{self, Denial, Proof},
    ports::{AccessClaims, UsersTx},
    service::{Deed, Users, tell},
    session::{Live, NewSession, RefreshState, RefreshToken},
    user::User,
    values::{Digest, PasswordHash},
};

/// What somebody proved first.
#[derive(Debug, Clone)]
pub(crate) enum First {
    /// That they know the password with this stored hash.
    Password(PasswordHash),
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
            user,
        })
    }
}

fn open(tx: &mut dyn UsersTx, opening: &Opening) -> Result<Opened, StoreError> {
    let (id, now) = (opening.user, opening.now);
    let Some(mut user) = tx.users().lock(id)? else {
        return Ok(Opened::NoLongerTrue);
    };
    let First::Password(stored) = &opening.first;
    if tx.users().password(id)?.as_ref() != Some(stored) {
        return Ok(Opened::NoLongerTrue);
    }
    let deed = Deed::of(id, &opening.origin, now);
    if let Err(denial) = policy::decide(&user, Proof::Password, now) {
        deed.note(tx, "auth.login", Some(id), Outcome::Denied, None)?;
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
    tx.users().note_login(id, now)?;
    user.last_login_at = Some(now);
    let detail = meet_device(tx, &user, opening)?.then(|| "new device".to_owned());
    deed.note(tx, "auth.login", Some(id), Outcome::Success, detail)?;
    Ok(Opened::Yes(Box::new(Live::opened(session, user))))
}

/// Whether the account is used from a device that it does not know, and then its owner is told. The
/// first one of all is no news.
fn meet_device(tx: &mut dyn UsersTx, user: &User, opening: &Opening) -> Result<bool, StoreError> {
    let Opening { origin, now, .. } = opening;
    let device = origin.device.as_deref();
    let met = tx.devices().meet(user.id, &fingerprint(user.id, device), *now)?;
    let is_new = met.any && !met.known;
    if is_new {
        tell(tx, user, &letters::new_device(*now, device, origin.ip.as_deref()), *now)?;
    }
    Ok(is_new)
}

/// A denial in the words of somebody who proved who they are.
const fn at_the_door(denial: Denial) -> UserError {
    match denial {
        Denial::Suspended => UserError::Suspended,
        Denial::Closed => UserError::Closed,
        Denial::Machine | Denial::Ended | Denial::Superseded => UserError::BadCredentials,
    }
}
