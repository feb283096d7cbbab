//! Personal access tokens: made, shown, deleted and used.

use std::{sync::Arc, time::Duration};

use kernel::{Actor, FieldError, Permissions, Standing, Timestamp, TokenId, UserId, actor::Origin};

use super::{
    Caller, Held,
    access::{ENDED, decide},
};
use crate::{
    audit::AuditOutcome,
    commands::MakeToken,
    error::UserError,
    personal_access_token::{
        LiveToken, MAX_PER_ACCOUNT, MadeToken, NewToken, PREFIX, PersonalAccessToken,
    },
    policy::{self, Denial, Proof},
    ports::UsersTx,
    service::{AuditedAction, Users, note_activity},
    values::Digest,
};

/// How exactly it is known when a token was last used.
const NOTED_EVERY: Duration = Duration::from_secs(60);

const INVALID: UserError = UserError::BadToken("The access token is not valid.");

impl Users {
    /// Makes a token for the caller, from a sign-in. It names no more than what the caller holds.
    pub async fn make_token(&self, actor: &Actor, make: MakeToken) -> Result<MadeToken, UserError> {
        self.by_session(actor, "auth.token_created", &make.origin).await?;
        let audited = AuditedAction::by(actor, &make.origin, self.clock.now());
        let minting = self.minting(actor.user, &make, audited.clone())?;
        let (actor, new) = (actor.clone(), minting.new.clone());
        let result = self
            .work
            .write(move |tx| {
                let user = tx.users().lock(new.user)?.ok_or(INVALID)?;
                still_signed_in(tx, &actor, new.created_at)?;
                let held = policy::acting(&user, tx.roles().permissions_of(user.id)?);
                let permissions = actor.permissions.intersection(held.permissions);
                policy::may_give(&Actor { permissions, ..actor.clone() }, new.scopes)?;
                insert(tx, &new, &audited)
            })
            .await;
        self.minted(minting, result).await
    }

    /// The caller's tokens, newest first.
    pub async fn tokens(&self, actor: &Actor) -> Result<Vec<PersonalAccessToken>, UserError> {
        policy::require_session(actor)?;
        let id = actor.user;
        self.work.read(move |tx| Ok(tx.personal_access_tokens().of_user(id)?)).await
    }

    /// Deletes one of the caller's tokens; those of others are not there to them.
    pub async fn delete_token(
        &self,
        actor: &Actor,
        id: TokenId,
        origin: Origin,
    ) -> Result<(), UserError> {
        self.by_session(actor, "auth.token_deleted", &origin).await?;
        let (user, audited) = (actor.user, AuditedAction::by(actor, &origin, self.clock.now()));
        self.work.write(move |tx| remove(tx, user, id, &audited)).await
    }

    /// Who a personal access token is of. Everything is read anew at each call: so its deletion, a
    /// suspension and a change of role are felt at once by every replica, for the price of one
    /// short read.
    pub(super) async fn authenticate_token(
        &self,
        token: &str,
        request_id: Option<Arc<str>>,
    ) -> Result<Caller, UserError> {
        let digest = self.tokens.digest(token);
        let live: Option<LiveToken> = self
            .work
            .read(move |tx| Ok::<_, UserError>(tx.personal_access_tokens().live(&digest)?))
            .await?;
        let live = live.ok_or(INVALID)?;
        policy::decide(&live.user, Proof::Token(&live.token), self.clock.now()).map_err(refused)?;
        let actor = Actor { request_id, ..actor_of(&live) };
        let expires_at = live.token.expires_at;
        Ok(self.caller(Held::Token(Arc::new(live)), actor, expires_at))
    }

    /// The token whose use should be noted: at most once a minute each.
    pub fn unnoted(&self, caller: &Caller) -> Option<TokenId> {
        let noted_since = self.clock.now().minus(NOTED_EVERY);
        let token = caller.token()?;
        let noted = token.last_used_at.is_some_and(|at| at >= noted_since);
        (!noted).then_some(token.id)
    }

    /// Notes when and where from a token was used. Nobody waits for this, and it may fail.
    pub fn note_token_use(
        &self,
        id: TokenId,
        ip: Option<String>,
    ) -> impl Future<Output = Result<bool, UserError>> + Send + use<> {
        let (work, now) = (Arc::clone(&self.work), self.clock.now());
        let since = now.minus(NOTED_EVERY);
        async move {
            work.write(move |tx| {
                let Some(live) = tx.personal_access_tokens().live_of(id)? else {
                    return Ok(false);
                };
                note_activity(tx, live.user.id, now)?;
                Ok(tx.personal_access_tokens().note_use(id, now, ip.as_deref(), since)?)
            })
            .await
        }
    }

    /// What became of a caller who came with a token.
    pub(super) async fn token_standing(&self, actor: &Actor, id: TokenId) -> Standing {
        let found: Result<Option<LiveToken>, UserError> =
            self.work.read(move |tx| Ok(tx.personal_access_tokens().live_of(id)?)).await;
        match found {
            Ok(Some(live)) => {
                let proof = Proof::Token(&live.token);
                self.standing_of(actor, &actor_of(&live), &live.user, proof)
            }
            Ok(None) => Standing::Ended,
            Err(_) => Standing::Unknown,
        }
    }

    /// A token in the making, for an account.
    pub(crate) fn minting(
        &self,
        user: UserId,
        make: &MakeToken,
        audited: AuditedAction,
    ) -> Result<Minting, UserError> {
        let secret = format!("{PREFIX}{}", self.tokens.secret());
        let digest: Digest = self.tokens.digest(&secret);
        let new = NewToken {
            user,
            name: make.name.clone(),
            scopes: make.scopes,
            digest,
            expires_at: self.token_end(make.expires_at, audited.at)?,
            created_at: audited.at,
        };
        Ok(Minting { new, secret, audited })
    }

    /// The token with its secret; a refusal is put on record.
    pub(crate) async fn minted(
        &self,
        minting: Minting,
        result: Result<PersonalAccessToken, UserError>,
    ) -> Result<MadeToken, UserError> {
        let Minting { new, secret, audited } = minting;
        let detail = Some(format!("-> {}", words(new.scopes)));
        let result = self.denied(audited, "auth.token_created", new.user, detail, result).await;
        result.map(|token| MadeToken { token, secret })
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
        let fault = FieldError::new("/expires_at", "auth.token_expiry_invalid", message);
        Err(UserError::Invalid(vec![fault]))
    }
}

/// A token that is not stored yet, and its secret.
pub(crate) struct Minting {
    pub(crate) new: NewToken,
    secret: String,
    audited: AuditedAction,
}

/// What a call by this token may do at this moment.
fn actor_of(live: &LiveToken) -> Actor {
    let actor = policy::acting(&live.user, live.extra);
    let permissions = actor.permissions.intersection(live.token.scopes);
    Actor { token: Some(live.token.id), permissions, ..actor }
}

fn refused(denial: Denial) -> UserError {
    match denial {
        Denial::Suspended => UserError::BadToken("This account is suspended."),
        Denial::Closed => UserError::BadToken("This account is closed."),
        Denial::Ended => UserError::TokenExpired,
        Denial::ServiceAccount | Denial::Superseded | Denial::FactorMissing => INVALID,
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
    new: &NewToken,
    audited: &AuditedAction,
) -> Result<PersonalAccessToken, UserError> {
    if tx.personal_access_tokens().of_user(new.user)?.len() >= MAX_PER_ACCOUNT {
        return Err(UserError::TooManyGrants);
    }
    let token = tx.personal_access_tokens().insert(new)?;
    let detail = Some(format!("token {}: {}", token.id, words(token.scopes)));
    audited.record(tx, "auth.token_created", Some(new.user), AuditOutcome::Success, detail)?;
    Ok(token)
}

/// Deletes a token of an account.
pub(crate) fn remove(
    tx: &mut dyn UsersTx,
    user: UserId,
    id: TokenId,
    audited: &AuditedAction,
) -> Result<(), UserError> {
    let token = tx.personal_access_tokens().remove(user, id)?.ok_or(UserError::TokenNotFound)?;
    let detail = Some(format!("token {}", token.id));
    audited.record(tx, "auth.token_deleted", Some(user), AuditOutcome::Success, detail)?;
    Ok(())
}

/// Deletes every token of an account.
pub(crate) fn remove_all(
    tx: &mut dyn UsersTx,
    user: UserId,
    audited: &AuditedAction,
) -> Result<(), UserError> {
    for token in tx.personal_access_tokens().of_user(user)? {
        remove(tx, user, token.id, audited)?;
    }
    Ok(())
}

/// Permissions as the trail names them.
pub(crate) fn words(permissions: Permissions) -> String {
    permissions.iter().map(kernel::Permission::as_str).collect::<Vec<_>>().join(" ")
}
