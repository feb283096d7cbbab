//! The request path: access tokens and tickets.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use kernel::{
    Actor, Permissions, SessionId, Standing, StoreError, Timestamp, actor::Origin,
    cache::get_or_load,
};

use super::{Caller, Held};
use crate::{
    error::UserError,
    personal_access_token::PREFIX,
    policy::{self, Denial, Proof},
    ports::{AccessClaims, TokenError},
    service::Users,
    session::Live,
    user::User,
};

/// How long a ticket lives.
const TICKET_TTL: Duration = Duration::from_secs(30);

pub(super) const ENDED: UserError = UserError::BadToken("The session has ended; sign in again.");

impl Users {
    /// Who an access token is of, at this moment: one signature check and one look into the cache.
    /// A personal access token is taken as well, for one read of the store.
    pub async fn authenticate(
        &self,
        token: &str,
        request_id: Option<Arc<str>>,
    ) -> Result<Caller, UserError> {
        if token.starts_with(PREFIX) {
            return self.authenticate_token(token, request_id).await;
        }
        let now = self.clock.now();
        let claims = self.tokens.verify(token, now).map_err(|error| match error {
            TokenError::Expired => UserError::TokenExpired,
            TokenError::Invalid => UserError::BadToken("The access token is not valid."),
        })?;
        let mut live = self.live_session(claims.session).await?.ok_or(ENDED)?;
        if claims.generation > live.session.last_generation {
            // The pair is newer than what we remember: another replica made it.
            self.live.evict(&claims.session).await;
            live = self.live_session(claims.session).await?.ok_or(ENDED)?;
        }
        if policy::may_be_used(&live.user).is_err() {
            // The account may have been opened again since this was cached: then the session has ended,
            // and its account is not suspended any more.
            live = self.session_now(claims.session).await?.ok_or(ENDED)?;
        }
        admit(&live, &claims, now)?;
        if claims.generation > live.session.seen {
            live = self.mark_seen(&claims, now).await?;
        }
        Ok(self.by_session_of(live, request_id, Some(claims.expires_at)))
    }

    /// Notes, before anything is answered, that this pair was used: from now on its parent's
    /// refresh token is stolen goods. Happens once for each pair.
    async fn mark_seen(
        &self,
        claims: &AccessClaims,
        now: Timestamp,
    ) -> Result<Arc<Live>, UserError> {
        let (id, inside) = (claims.session, claims.clone());
        let result = self
            .work
            .write(move |tx| {
                let mut session = tx.sessions().lock(id)?.ok_or(ENDED)?;
                let live = tx.sessions().live(id)?.ok_or(ENDED)?;
                admit(&live, &inside, now)?;
                if inside.generation > session.seen {
                    session.seen = inside.generation;
                    tx.sessions().save(&session)?;
                }
                Ok(Live { session, ..live })
            })
            .await;
        self.live.evict(&id).await;
        result.map(Arc::new)
    }

    /// A secret that stands for the caller's session once, for 30 seconds, where no header can.
    pub async fn ticket(
        &self,
        actor: &Actor,
        origin: &Origin,
    ) -> Result<(String, Duration), UserError> {
        self.by_session(actor, "auth.ticket", origin).await?;
        let session = actor.session.ok_or(ENDED)?;
        let now = self.clock.now();
        let secret = self.tokens.secret();
        let digest = self.tokens.digest(&secret);
        let must_have = self.settings.factor_roles;
        self.work
            .write(move |tx| {
                let live = tx.sessions().live(session)?.ok_or(ENDED)?;
                decide(&live, Proof::Session(&live.session), now)?;
                if policy::lacks_factor(&live.user, must_have) {
                    return Err(UserError::FactorRequired);
                }
                tx.sessions().insert_ticket(&digest, session, now.plus(TICKET_TTL))?;
                Ok::<_, UserError>(())
            })
            .await?;
        Ok((secret, TICKET_TTL))
    }

    /// Who a ticket is of. It is used up, whatever is decided.
    pub async fn redeem_ticket(
        &self,
        ticket: &str,
        request_id: Option<Arc<str>>,
    ) -> Result<Caller, UserError> {
        let digest = self.tokens.digest(ticket);
        let now = self.clock.now();
        let live = self
            .work
            .write(move |tx| {
                let Some(session) = tx.sessions().take_ticket(&digest, now)? else {
                    return Ok(None);
                };
                let live = tx.sessions().live(session)?;
                Ok::<_, UserError>(live.filter(|live| {
                    policy::decide(&live.user, Proof::Session(&live.session), now).is_ok()
                }))
            })
            .await?;
        let live = Arc::new(live.ok_or(UserError::BadTicket)?);
        let caller = self.by_session_of(live, request_id, None);
        // Nothing that a ticket opens is part of getting a second factor.
        if caller.lacks_factor { Err(UserError::FactorRequired) } else { Ok(caller) }
    }

    /// Whether a long stream may go on: the caller is still who they were when it began. When that
    /// cannot be known it may not, and the client comes back. Reads past the cache, so that the age of
    /// a cached session does not add to the interval between two questions.
    pub async fn still_valid(&self, actor: &Actor) -> bool {
        self.standing(actor).await == Standing::Valid
    }

    /// The same with the reason. A suspended or closed account goes before an ended session.
    pub async fn standing(&self, actor: &Actor) -> Standing {
        if let Some(token) = actor.token {
            return self.token_standing(actor, token).await;
        }
        let Some(session) = actor.session else { return Standing::Valid };
        match self.session_now(session).await {
            Ok(live) => self.standing_in(actor, live.as_deref()),
            Err(_) => Standing::Unknown,
        }
    }

    /// The same of several callers, in their order. Their sessions are read in one unit, each once.
    pub async fn standings(&self, actors: &[&Actor]) -> Vec<Standing> {
        let by_session = actors.iter().filter(|actor| actor.token.is_none());
        let sessions: BTreeSet<SessionId> = by_session.filter_map(|actor| actor.session).collect();
        let sessions: Vec<SessionId> = sessions.into_iter().collect();
        let read = self.work.read(move |tx| tx.sessions().lives(&sessions)).await;
        let read = match read {
            Ok(found) => {
                let by_id = found.into_iter().map(|live| (live.session.id, live));
                Some(by_id.collect::<BTreeMap<SessionId, Live>>())
            }
            // One row that cannot be read hides nothing of the others: each is asked by itself.
            Err(StoreError::Corrupt { .. }) => None,
            Err(_) => return vec![Standing::Unknown; actors.len()],
        };
        let mut standings = Vec::with_capacity(actors.len());
        for actor in actors {
            let live = actor.session.filter(|_| actor.token.is_none());
            standings.push(match (&read, live) {
                (Some(sessions), Some(session)) => self.standing_in(actor, sessions.get(&session)),
                _ => self.standing(actor).await,
            });
        }
        standings
    }

    /// What became of a caller whose session is this now; `None` when it is gone.
    fn standing_in(&self, actor: &Actor, live: Option<&Live>) -> Standing {
        let Some(live) = live else { return Standing::Ended };
        let now = policy::acting(&live.user, live.extra);
        self.standing_of(actor, &now, &live.user, Proof::Session(&live.session))
    }

    /// What became of a caller whose account and proof are these now.
    pub(super) fn standing_of(
        &self,
        actor: &Actor,
        now: &Actor,
        user: &User,
        proof: Proof<'_>,
    ) -> Standing {
        match policy::decide(user, proof, self.clock.now()) {
            Err(Denial::Suspended | Denial::Closed) => return Standing::Suspended,
            Err(_) => return Standing::Ended,
            Ok(()) => {}
        }
        let stays = now.user == actor.user
            && now.role == actor.role
            && now.permissions.covers(actor.permissions)
            && !policy::lacks_factor(user, self.settings.factor_roles);
        if stays { Standing::Valid } else { Standing::Ended }
    }

    fn by_session_of(
        &self,
        live: Arc<Live>,
        request_id: Option<Arc<str>>,
        expires_at: Option<Timestamp>,
    ) -> Caller {
        let actor = actor_of(&live, request_id);
        self.caller(Held::Session(live), actor, expires_at)
    }

    /// Somebody who was let in. A role that must have a second factor and has none holds no
    /// permission.
    pub(super) fn caller(
        &self,
        held: Held,
        mut actor: Actor,
        expires_at: Option<Timestamp>,
    ) -> Caller {
        let user = match &held {
            Held::Session(live) => &live.user,
            Held::Token(live) => &live.user,
        };
        let lacks_factor = policy::lacks_factor(user, self.settings.factor_roles);
        if lacks_factor {
            actor.permissions = Permissions::NONE;
        }
        Caller { actor, held, expires_at, lacks_factor }
    }

    /// A session as it is stored at this moment.
    async fn session_now(&self, id: SessionId) -> Result<Option<Arc<Live>>, StoreError> {
        let live = self.work.read(move |tx| tx.sessions().live(id)).await?;
        Ok(live.map(Arc::new))
    }

    async fn live_session(&self, id: SessionId) -> Result<Option<Arc<Live>>, StoreError> {
        let load = || self.work.read(move |tx| tx.sessions().live(id));
        get_or_load(&*self.live, id, load).await
    }
}

/// Is the token of this session and account, and are they well?
fn admit(live: &Live, claims: &AccessClaims, now: Timestamp) -> Result<(), UserError> {
    if live.user.id != claims.user {
        return Err(ENDED);
    }
    decide(live, Proof::Access(&live.session, claims.generation), now)
}

pub(super) fn decide(live: &Live, proof: Proof<'_>, now: Timestamp) -> Result<(), UserError> {
    policy::decide(&live.user, proof, now).map_err(|denial| match denial {
        Denial::Suspended => UserError::BadToken("This account is suspended."),
        Denial::Closed => UserError::BadToken("This account is closed."),
        Denial::ServiceAccount | Denial::Ended | Denial::Superseded | Denial::FactorMissing => {
            ENDED
        }
    })
}

fn actor_of(live: &Live, request_id: Option<Arc<str>>) -> Actor {
    let actor = policy::acting(&live.user, live.extra);
    Actor { session: Some(live.session.id), request_id, ..actor }
}
