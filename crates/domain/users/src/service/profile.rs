//! What people do with their own account.

use kernel::{
    Actor, FieldError, Permission, Role, SessionId, StoreError, Timestamp, UserId, actor::Origin,
};

use super::{
    AuditedAction, Users, another_remains, at_version, notify_owner, open_sessions, origin_of,
};
use crate::{
    audit::AuditOutcome,
    commands::UpdateProfile,
    email_templates,
    error::UserError,
    login_throttle::Keys,
    one_time_token::OneTimeTokenKind,
    policy::{self, Denial, Proof},
    ports::{Match, UsersTx},
    signin::external::is_fresh,
    user::User,
    values::{Password, PasswordHash},
};

impl Users {
    /// Changes the caller's profile, only at version `expected` when that is said. A change that
    /// changes nothing is no change: no new version, no event. Addresses are for those who manage
    /// accounts to change.
    pub async fn update_me(
        &self,
        actor: &Actor,
        expected: Option<i64>,
        update: UpdateProfile,
    ) -> Result<User, UserError> {
        let origin = origin_of(actor);
        self.by_session(actor, "users.updated", &origin).await?;
        if update.email.is_some() {
            self.permit(actor, Permission::UsersManage, "users.updated", &origin).await?;
        }
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let id = actor.user;
        let result = self
            .work
            .write(move |tx| {
                let before = tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
                let mut user = at_version(before, expected)?;
                let changed = user.update(&update, audited.at);
                if changed.is_empty() {
                    return Ok((user, Vec::new()));
                }
                tx.users().save(&mut user)?;
                tx.outbox().append(&audited.cause().updated(&user))?;
                // By these somebody signs in.
                if changed.contains(&"email") || changed.contains(&"username") {
                    let detail = Some(changed.join(", "));
                    audited.record(tx, "users.updated", Some(id), AuditOutcome::Success, detail)?;
                }
                let sessions = open_sessions(tx, id, audited.at)?;
                Ok::<_, UserError>((user, sessions))
            })
            .await;
        // Also after a failure: a failed commit may have happened, and a caller with an old version
        // may have it from the cache.
        let sessions = result.as_ref().map_or(&[][..], |(_, sessions)| sessions);
        self.forget(id, sessions).await;
        result.map(|(user, _)| user)
    }

    /// Says where the caller's picture is, or that there is none; gives the account and where the
    /// picture was before. Of two at once each is given what the other left.
    pub async fn set_avatar(
        &self,
        actor: &Actor,
        avatar: Option<String>,
    ) -> Result<(User, Option<String>), UserError> {
        let origin = origin_of(actor);
        self.by_session(actor, "users.updated", &origin).await?;
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let id = actor.user;
        let result = self
            .work
            .write(move |tx| {
                let mut user = tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
                let former = std::mem::replace(&mut user.avatar, avatar.clone());
                if former == user.avatar {
                    return Ok((user, None, Vec::new()));
                }
                user.updated_at = audited.at;
                tx.users().save(&mut user)?;
                tx.outbox().append(&audited.cause().updated(&user))?;
                let sessions = open_sessions(tx, id, audited.at)?;
                Ok::<_, UserError>((user, former, sessions))
            })
            .await;
        let sessions = result.as_ref().map_or(&[][..], |(_, _, sessions)| sessions);
        self.forget(id, sessions).await;
        result.map(|(user, former, _)| (user, former))
    }

    /// Replaces the caller's password and ends every other session. Their owner is told.
    pub async fn change_password(
        &self,
        actor: &Actor,
        current: Password,
        new: Password,
        origin: Origin,
    ) -> Result<(), UserError> {
        self.by_session(actor, "auth.password_changed", &origin).await?;
        let (id, except) = (actor.user, actor.session);
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (user, stored) = self.own_password(actor).await?;
        self.judge("/new_password", &new, &user.username, &user.email).await?;
        self.confirm(actor, &audited, "auth.password_changed", Some(current), stored.clone())
            .await?;
        let hash = self.passwords.hash(new).await?;
        let ended = self
            .work
            .write(move |tx| {
                let user = confirmed(tx, id, stored.as_ref(), audited.at)?;
                tx.users().set_password(id, Some(&hash))?;
                let ended = tx.sessions().revoke_all(id, except, audited.at)?;
                tx.one_time_tokens().revoke(id, Some(OneTimeTokenKind::ResetPassword))?;
                // Someone else who knew the old password may have asked for it.
                tx.phone_changes().remove(id)?;
                notify_owner(
                    tx,
                    &user,
                    &email_templates::password_changed(user.locale, audited.at),
                    audited.at,
                )?;
                audited.record(
                    tx,
                    "auth.password_changed",
                    Some(id),
                    AuditOutcome::Success,
                    None,
                )?;
                Ok::<_, UserError>(ended)
            })
            .await?;
        self.forget(id, &ended).await;
        Ok(())
    }

    /// The caller's account and stored password.
    pub(crate) async fn own_password(
        &self,
        actor: &Actor,
    ) -> Result<(User, Option<PasswordHash>), UserError> {
        let id = actor.user;
        self.work
            .read(move |tx| {
                let user = tx.users().get(id)?.ok_or(UserError::NotFound(id))?;
                Ok((user, tx.users().password(id)?))
            })
            .await
    }

    /// Asks for the caller's own password once more. A wrong one is on record, and each makes this
    /// session wait longer for the next. An account that has none is believed as long as its session
    /// is fresh: it has just proven itself elsewhere.
    pub(crate) async fn confirm(
        &self,
        actor: &Actor,
        audited: &AuditedAction,
        action: &'static str,
        password: Option<Password>,
        stored: Option<PasswordHash>,
    ) -> Result<(), UserError> {
        if stored.is_none() {
            return self.confirm_fresh(actor, audited.at).await;
        }
        let missing = || FieldError::new("/current_password", MISSING, "must be given");
        let password = password.ok_or_else(|| UserError::Invalid(vec![missing()]))?;
        let keys = Keys::inside(actor.user, actor.session, &*self.digests);
        let (admitted, turn) = self.admit(keys, None).await?;
        let matched = match turn.verify(password, stored).await {
            Ok(matched) => matched,
            Err(error) => {
                self.unjudged(admitted).await;
                return Err(error.into());
            }
        };
        drop(turn);
        match matched {
            Match::Yes | Match::YesButOutdated => self.succeeded(admitted, audited.at).await,
            Match::No => {
                self.failed(admitted, audited.clone(), action, audited.actor()).await?;
                Err(UserError::WrongPassword)
            }
        }
    }

    async fn confirm_fresh(&self, actor: &Actor, now: Timestamp) -> Result<(), UserError> {
        let Some(id) = actor.session else { return Err(UserError::SessionTooOld) };
        let session = self.work.read(move |tx| Ok::<_, UserError>(tx.sessions().get(id)?)).await?;
        match session {
            Some(session) if is_fresh(session.created_at, now) => Ok(()),
            _ => Err(UserError::SessionTooOld),
        }
    }
}

/// The code of a field that must be there.
const MISSING: &str = "request.missing_field";

/// The account, locked, if it may be used and its password is still the one that was confirmed.
pub(super) fn confirmed(
    tx: &mut dyn UsersTx,
    id: UserId,
    stored: Option<&PasswordHash>,
    now: Timestamp,
) -> Result<User, UserError> {
    let user = tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
    policy::decide(&user, Proof::Again, now).map_err(|denial| match denial {
        Denial::Closed => UserError::Closed,
        _ => UserError::Suspended,
    })?;
    if tx.users().password(id)?.as_ref() == stored {
        Ok(user)
    } else {
        // Somebody else replaced it meanwhile: whoever asks again is judged by the new one.
        Err(StoreError::Contention.into())
    }
}

/// Removes a locked account with everything that is live of it; gives the sessions that died.
pub(super) fn erase(
    tx: &mut dyn UsersTx,
    user: &User,
    holders: &[UserId],
    audited: &AuditedAction,
) -> Result<Vec<SessionId>, UserError> {
    if user.role == Role::SuperAdmin {
        another_remains(tx, holders, user.id)?;
    }
    let sessions = open_sessions(tx, user.id, audited.at)?;
    tx.users().remove(user.id, audited.at)?;
    tx.outbox().append(&audited.cause().deleted(user))?;
    audited.record(tx, "users.deleted", Some(user.id), AuditOutcome::Success, None)?;
    Ok(sessions)
}
