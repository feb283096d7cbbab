//! What administrators and operators do with other people's accounts.

use kernel::{Actor, Permission, Permissions, Role, SessionId, UserId, actor::Origin};

use super::{AuditedAction, Users, another_remains, at_version, open_sessions, profile::erase};
use crate::{
    audit::AuditOutcome,
    commands::{Administer, Register, UpdateProfile},
    error::UserError,
    policy,
    ports::UsersTx,
    user::{NewUser, User},
    values::{PasswordHash, Provider, Status},
};

impl Users {
    /// Changes somebody's profile, only at version `expected` when that is said.
    pub async fn update(
        &self,
        actor: &Actor,
        id: UserId,
        expected: Option<i64>,
        update: UpdateProfile,
        origin: Origin,
    ) -> Result<User, UserError> {
        if update.email.is_some() || update.username.is_some() {
            // Whoever changes these can make the account theirs.
            self.by_session(actor, "users.updated", &origin).await?;
        }
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (actor, inside) = (actor.clone(), audited.clone());
        let result = self
            .work
            .write(move |tx| {
                let actor = as_of_now(tx, &actor)?;
                let before = tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
                manageable(tx, &actor, &before)?;
                let mut user = at_version(before, expected)?;
                let changed = user.update(&update, inside.at);
                if changed.is_empty() {
                    return Ok((user, Vec::new()));
                }
                tx.users().save(&mut user)?;
                tx.outbox().append(&inside.cause().updated(&user))?;
                let detail = Some(changed.join(", "));
                inside.record(tx, "users.updated", Some(id), AuditOutcome::Success, detail)?;
                let sessions = open_sessions(tx, id, inside.at)?;
                Ok((user, sessions))
            })
            .await;
        let result = self.denied(audited, "users.updated", id, None, result).await;
        self.administered(id, result).await
    }

    /// Changes somebody's role or status. Whoever is suspended loses every session.
    pub async fn administer(
        &self,
        actor: &Actor,
        id: UserId,
        expected: Option<i64>,
        administer: Administer,
        origin: Origin,
    ) -> Result<User, UserError> {
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (actor, inside) = (actor.clone(), audited.clone());
        let result = self
            .work
            .write(move |tx| {
                // Before any other lock: who takes from a super_admin, and who gives, wait here.
                let holders = tx.users().lock_role(Role::SuperAdmin)?;
                let actor = as_of_now(tx, &actor)?;
                let before = tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
                manageable(tx, &actor, &before)?;
                policy::may_administer(&actor, before.role, administer)?;
                policy::may_hold(&before, administer.role, Permissions::NONE)?;
                let before = at_version(before, expected)?;
                if is_no_change(&before, administer) {
                    return Ok((before, Vec::new()));
                }
                change_account(tx, &holders, &before, administer, &inside)
            })
            .await;
        let (action, detail) = attempt(administer);
        let result = self.denied(audited, action, id, Some(detail), result).await;
        self.administered(id, result).await
    }

    /// Removes somebody's account.
    pub async fn remove(
        &self,
        actor: &Actor,
        id: UserId,
        expected: Option<i64>,
        origin: Origin,
    ) -> Result<(), UserError> {
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (actor, inside) = (actor.clone(), audited.clone());
        let result = self
            .work
            .write(move |tx| {
                let holders = tx.users().lock_role(Role::SuperAdmin)?;
                let actor = as_of_now(tx, &actor)?;
                let user = tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
                manageable(tx, &actor, &user)?;
                let user = at_version(user, expected)?;
                erase(tx, &user, &holders, &inside)
            })
            .await;
        let result = self.denied(audited, "users.deleted", id, None, result).await;
        self.forget(id, result.as_deref().unwrap_or_default()).await;
        result.map(|_| ())
    }

    /// Makes an account with any role; for whoever operates the server.
    pub async fn create_by_operator(
        &self,
        register: Register,
        role: Role,
    ) -> Result<User, UserError> {
        let hash = self.judged_and_hashed(&register).await?;
        let audited = AuditedAction::anonymous(&register.origin, self.clock.now());
        let new = operators_account(&register, role, &audited);
        self.work.write(move |tx| create(tx, &new, Some(&hash), &audited, "users.created")).await
    }

    /// The hash of a newcomer's password, if it is one to take.
    pub(crate) async fn judged_and_hashed(
        &self,
        register: &Register,
    ) -> Result<PasswordHash, UserError> {
        self.judge("/password", &register.password, &register.username, &register.email).await?;
        Ok(self.passwords.hash(register.password.clone()).await?)
    }

    /// Puts an attempt on record that a rule refused, in a transaction of its own.
    pub(crate) async fn denied<T>(
        &self,
        audited: AuditedAction,
        action: &'static str,
        target: impl Into<Option<UserId>>,
        detail: Option<String>,
        result: Result<T, UserError>,
    ) -> Result<T, UserError> {
        if let Err(
            UserError::MissingPermission(_)
            | UserError::AboveYourRole
            | UserError::LastSuperAdmin
            | UserError::ServiceAccountLimit,
        ) = &result
        {
            self.record_alone(audited, action, target.into(), AuditOutcome::Denied, detail).await?;
        }
        result
    }

    /// The answer to a change, after the caches forgot what was before. Also after a failure: a
    /// failed commit may have happened.
    pub(super) async fn administered(
        &self,
        id: UserId,
        result: Result<(User, Vec<SessionId>), UserError>,
    ) -> Result<User, UserError> {
        let sessions = result.as_ref().map_or(&[][..], |(_, sessions)| sessions);
        self.forget(id, sessions).await;
        result.map(|(user, _)| user)
    }
}

/// The caller with the role of this moment: the one that came in may be some seconds old. Who has
/// neither session nor token is the server itself.
pub(crate) fn as_of_now(tx: &mut dyn UsersTx, actor: &Actor) -> Result<Actor, UserError> {
    if actor.session.is_none() && actor.token.is_none() {
        return Ok(actor.clone());
    }
    match tx.users().get(actor.user)? {
        Some(user) if policy::may_be_used(&user).is_ok() => {
            let now = policy::acting(&user, tx.roles().permissions_of(user.id)?);
            let permissions = actor.permissions.intersection(now.permissions);
            Ok(Actor { role: now.role, permissions, ..actor.clone() })
        }
        _ => Err(UserError::MissingPermission(Permission::UsersManage.as_str())),
    }
}

/// May the caller change or remove this account?
pub(crate) fn manageable(
    tx: &mut dyn UsersTx,
    actor: &Actor,
    user: &User,
) -> Result<(), UserError> {
    policy::may_manage(actor, user.role)?;
    policy::may_reach(actor, user.role, tx.roles().permissions_of(user.id)?)
}

/// True when an account has this role and status already.
pub(super) fn is_no_change(user: &User, administer: Administer) -> bool {
    administer.role.is_none_or(|role| role == user.role)
        && administer.status.is_none_or(|status| status == user.status)
}

/// Saves another role or status of a locked account, with what follows from it. `holders` are the
/// super_admins, locked before.
pub(super) fn change_account(
    tx: &mut dyn UsersTx,
    holders: &[UserId],
    before: &User,
    administer: Administer,
    audited: &AuditedAction,
) -> Result<(User, Vec<SessionId>), UserError> {
    let mut after = before.clone();
    after.role = administer.role.unwrap_or(before.role);
    after.status = administer.status.unwrap_or(before.status);
    if policy::loses_super_admin(before, &after) {
        another_remains(tx, holders, before.id)?;
    }
    after.updated_at = audited.at;
    tx.users().save(&mut after)?;
    let sessions = after_administering(tx, before, &after, audited)?;
    Ok((after, sessions))
}

/// What follows from a change of role or status; gives the sessions that must be read anew.
fn after_administering(
    tx: &mut dyn UsersTx,
    before: &User,
    after: &User,
    audited: &AuditedAction,
) -> Result<Vec<SessionId>, UserError> {
    let target = Some(after.id);
    tx.outbox().append(&audited.cause().updated(after))?;
    if before.role != after.role {
        let detail = format!("{} -> {}", before.role.as_str(), after.role.as_str());
        audited.record(tx, "users.role_changed", target, AuditOutcome::Success, Some(detail))?;
    }
    if before.status == after.status {
        return Ok(open_sessions(tx, after.id, audited.at)?);
    }
    let detail = format!("{} -> {}", before.status.as_str(), after.status.as_str());
    audited.record(tx, "users.status_changed", target, AuditOutcome::Success, Some(detail))?;
    match after.status {
        Status::Suspended => Ok(tx.sessions().revoke_all(after.id, None, audited.at)?),
        Status::Active => {
            // Its owner could not use it, so no one shall close it for that.
            tx.activity().note(after.id, audited.at, audited.at)?;
            Ok(open_sessions(tx, after.id, audited.at)?)
        }
    }
}

/// How an attempt is called in the trail, and what was wanted.
fn attempt(administer: Administer) -> (&'static str, String) {
    let wanted: Vec<&str> =
        [administer.role.map(Role::as_str), administer.status.map(Status::as_str)]
            .into_iter()
            .flatten()
            .collect();
    let action =
        if administer.role.is_some() { "users.role_changed" } else { "users.status_changed" };
    (action, format!("-> {}", wanted.join(", ")))
}

/// An account that an operator vouches for.
pub(super) fn operators_account(
    register: &Register,
    role: Role,
    audited: &AuditedAction,
) -> NewUser {
    NewUser { role, email_verified: true, ..newcomer(register, audited) }
}

/// An account as it begins.
pub(crate) fn newcomer(register: &Register, audited: &AuditedAction) -> NewUser {
    NewUser {
        username: register.username.clone(),
        email: register.email.clone(),
        role: Role::User,
        first_name: register.first_name.clone(),
        last_name: register.last_name.clone(),
        locale: audited.locale(),
        provider: Provider::Local,
        email_verified: false,
        created_at: audited.at,
    }
}

/// Makes an account, tells of it and writes it down.
pub(crate) fn create(
    tx: &mut dyn UsersTx,
    new: &NewUser,
    hash: Option<&PasswordHash>,
    audited: &AuditedAction,
    action: &'static str,
) -> Result<User, UserError> {
    let user = tx.users().insert(new, hash)?;
    tx.outbox().append(&audited.cause().created(&user))?;
    let detail = (user.role != Role::User).then(|| user.role.as_str().to_owned());
    audited.record(tx, action, Some(user.id), AuditOutcome::Success, detail)?;
    Ok(user)
}
