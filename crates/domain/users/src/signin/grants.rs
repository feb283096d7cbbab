//! Personal access tokens: made, shown, deleted and used.

use std::{sync::Arc, time::Duration};

use kernel::{Actor, FieldFault, GrantId, Permissions, Timestamp, UserId, actor::Origin};

use super::{
    Caller, Held,
    access::{ENDED, decide},
};
use crate::{
    audit::Outcome,
    commands::MakeGrant,
    error::UserError,
    grant::{Grant, LiveGrant, MAX_PER_ACCOUNT, MadeGrant, NewGrant, PREFIX},
    policy::{self, Denial, Proof},
    ports::UsersTx,
    service::{Deed, Users},
    values::Digest,
};

/// How exactly it is known when a token was last used.
const NOTED_EVERY: Duration = Duration::from_secs(60);

const INVALID: UserError = UserError::BadToken("The access token is not valid.");

impl Users {
    /// Makes a token for the caller, from a sign-in. It names no more than what the caller holds.
    pub async fn make_token(&self, actor: &Actor, make: MakeGrant) -> Result<MadeGrant, UserError> {
        self.by_session(actor, "auth.token_created", &make.origin).await?;
        let deed = Deed::by(actor, &make.origin, self.clock.now());
        let minting = self.minting(actor.user, &make, deed.clone())?;
        let (actor, new) = (actor.clone(), minting.new.clone());
        let result = self
            .work
            .write(move |tx| {
                let user = tx.users().lock(new.user)?.ok_or(INVALID)?;
                still_signed_in(tx, &actor, new.created_at)?;
                let held = policy::acting(&user, tx.roles().permissions_of(user.id)?);
                let permissions = actor.permissions.intersection(held.permissions);
                policy::may_give(&Actor { permissions, ..actor.clone() }, new.scopes)?;
                insert(tx, &new, &deed)
            })
            .await;
        self.minted(minting, result).await
    }

    /// The caller's tokens, newest first.
    pub async fn tokens(&self, actor: &Actor) -> Result<Vec<Grant>, UserError> {
        policy::require_session(actor)?;
        let id = actor.user;
        self.work.read(move |tx| Ok(tx.grants().of_user(id)?)).await
    }

    /// Deletes one of the caller's tokens; those of others are not there to them.
    pub async fn delete_token(
        &self,
        actor: &Actor,
        id: GrantId,
        origin: Origin,
    ) -> Result<(), UserError> {
        self.by_session(actor, "auth.token_deleted", &origin).await?;
        let (user, deed) = (actor.user, Deed::by(actor, &origin, self.clock.now()));
        self.work.write(move |tx| remove(tx, user, id, &deed)).await
    }

    /// Who a personal access token is of. Everything is read anew at each call: so its deletion, a
    /// suspension and a change of role are felt at once by every replica, for the price of one
    /// short read.
    pub(super) async fn authenticate_grant(
        &self,
        token: &str,
        request_id: Option<Arc<str>>,
    ) -> Result<Caller, UserError> {
        let digest = self.tokens.digest(token);
        let live: Option<LiveGrant> =
            self.work.read(move |tx| Ok::<_, UserError>(tx.grants().live(&digest)?)).await?;
        let live = live.ok_or(INVALID)?;
        policy::decide(&live.user, Proof::Grant(&live.grant), self.clock.now()).map_err(refused)?;
        let actor = Actor { request_id, ..actor_of(&live) };
        let expires_at = live.grant.expires_at;
        Ok(self.caller(Held::Grant(Arc::new(live)), actor, expires_at))
    }

    /// The token whose use should be noted: at most once a minute each.
    pub fn unnoted(&self, caller: &Caller) -> Option<GrantId> {
        let noted_since = self.clock.now().minus(NOTED_EVERY);
        let grant = caller.grant()?;
        let noted = grant.last_used_at.is_some_and(|at| at >= noted_since);
        (!noted).then_some(grant.id)
    }

    /// Notes when and where from a token was used. Nobody waits for this, and it may fail.
    pub async fn note_token_use(&self, id: GrantId, ip: Option<String>) -> Result<bool, UserError> {
        let now = self.clock.now();
        let since = now.minus(NOTED_EVERY);
        self.work.write(move |tx| Ok(tx.grants().note_use(id, now, ip.as_deref(), since)?)).await
    }

    /// Whether a long stream that a token opened may go on.
    pub(super) async fn grant_still_welcome(&self, actor: &Actor, id: GrantId) -> bool {
        let found: Result<Option<LiveGrant>, UserError> =
            self.work.read(move |tx| Ok(tx.grants().live_of(id)?)).await;
        let Ok(Some(live)) = found else { return false };
        let now = actor_of(&live);
        now.user == actor.user
            && now.role == actor.role
            && now.permissions.covers(actor.permissions)
            && !policy::lacks_factor(&live.user, self.settings.factor_roles)
            && policy::decide(&live.user, Proof::Grant(&live.grant), self.clock.now()).is_ok()
    }

    /// A token in the making, for an account.
    pub(crate) fn minting(
        &self,
        user: UserId,
        make: &MakeGrant,
        deed: Deed,
    ) -> Result<Minting, UserError> {
        let secret = format!("{PREFIX}{}", self.tokens.secret());
        let digest: Digest = self.tokens.digest(&secret);
        let new = NewGrant {
            user,
            name: make.name.clone(),
            scopes: make.scopes,
            digest,
            expires_at: self.token_end(make.expires_at, deed.at)?,
            created_at: deed.at,
        };
        Ok(Minting { new, secret, deed })
    }

    /// The token with its secret; a refusal is put on record.
    pub(crate) async fn minted(
        &self,
        minting: Minting,
        result: Result<Grant, UserError>,
    ) -> Result<MadeGrant, UserError> {
        let Minting { new, secret, deed } = minting;
        let detail = Some(format!("-> {}", words(new.scopes)));
        let result = self.denied(deed, "auth.token_created", new.user, detail, result).await;
        result.map(|grant| MadeGrant { grant, secret })
    }

    /// When a token ends: as asked for, and otherwise as late as can be.
    fn token_end(
        &self,
        wanted: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, UserError> {
        let latest = self.settings.token_max_ttl.map(|ttl| now.plus(ttl));
        let Some(end) = wanted else { return Ok(latest) };
        let message = match latest {
            _ if end <= now => "must be in the future".to_owned(),
            Some(latest) if end > latest => format!("must not be after {latest}"),
            _ => return Ok(Some(end)),
        };
        let fault = FieldFault::new("/expires_at", "auth.token_expiry_invalid", message);
        Err(UserError::Invalid(vec![fault]))
    }
}

/// A token that is not stored yet, and its secret.
pub(crate) struct Minting {
    pub(crate) new: NewGrant,
    secret: String,
    deed: Deed,
}

/// What a call by this token may do at this moment.
fn actor_of(live: &LiveGrant) -> Actor {
    let actor = policy::acting(&live.user, live.extra);
    let permissions = actor.permissions.intersection(live.grant.scopes);
    Actor { grant: Some(live.grant.id), permissions, ..actor }
}

fn refused(denial: Denial) -> UserError {
    match denial {
        Denial::Suspended => UserError::BadToken("This account is suspended."),
        Denial::Closed => UserError::BadToken("This account is closed."),
        Denial::Ended => UserError::TokenExpired,
        Denial::Machine | Denial::Superseded | Denial::FactorMissing => INVALID,
    }
}

/// Is the caller's session open at this moment? A token outlives the session that made it, so what
/// was true some seconds ago is not enough.
pub(crate) fn still_signed_in(
    tx: &mut dyn UsersTx,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), UserError> {
    let Some(session) = actor.session else { return Ok(()) };
    let live = tx.sessions().live(session)?.ok_or(ENDED)?;
    decide(&live, Proof::Session(&live.session), now)
}

/// Stores a token of a locked account.
pub(crate) fn insert(
    tx: &mut dyn UsersTx,
    new: &NewGrant,
    deed: &Deed,
) -> Result<Grant, UserError> {
    if tx.grants().of_user(new.user)?.len() >= MAX_PER_ACCOUNT {
        return Err(UserError::TooManyGrants);
    }
    let grant = tx.grants().insert(new)?;
    let detail = Some(format!("token {}: {}", grant.id, words(grant.scopes)));
    deed.note(tx, "auth.token_created", Some(new.user), Outcome::Success, detail)?;
    Ok(grant)
}

/// Deletes a token of an account.
pub(crate) fn remove(
    tx: &mut dyn UsersTx,
    user: UserId,
    id: GrantId,
    deed: &Deed,
) -> Result<(), UserError> {
    let grant = tx.grants().remove(user, id)?.ok_or(UserError::GrantNotFound)?;
    let detail = Some(format!("token {}", grant.id));
    deed.note(tx, "auth.token_deleted", Some(user), Outcome::Success, detail)?;
    Ok(())
}

/// Deletes every token of an account.
pub(crate) fn remove_all(tx: &mut dyn UsersTx, user: UserId, deed: &Deed) -> Result<(), UserError> {
    for grant in tx.grants().of_user(user)? {
        remove(tx, user, grant.id, deed)?;
    }
    Ok(())
}

/// Permissions as the trail names them.
pub(crate) fn words(permissions: Permissions) -> String {
    permissions.iter().map(kernel::Permission::as_str).collect::<Vec<_>>().join(" ")
}
