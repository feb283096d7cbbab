//! Roles that somebody made, and who has them. They only add permissions; nobody gives, takes or
//! changes what they do not hold themselves.

use kernel::{
    Actor, FieldError, Idempotent, Outcome, Permission, Permissions, SessionId, StoreError, UserId,
    actor::Origin, idempotency,
};

use super::{AuditedAction, Users, as_of_now, at_version, open_sessions};
use crate::{
    audit::AuditOutcome,
    commands::UpdateRole,
    error::UserError,
    policy,
    ports::UsersTx,
    role::{CustomRole, MAX_ROLES, NewRole},
    signin::personal_access_tokens::words,
    user::User,
    values::RoleName,
};

/// The most sessions that are told at once of a change of their role. The others hear of it as soon
/// as what is cached of them ends, which takes five seconds at most.
const TOLD_AT_ONCE: u32 = 1000;

impl Users {
    /// Every role that somebody made, by name.
    pub async fn roles(&self, actor: &Actor) -> Result<Vec<CustomRole>, UserError> {
        actor.require(Permission::RolesManage)?;
        self.work.read(move |tx| Ok(tx.roles().list()?)).await
    }

    /// A role.
    pub async fn role(&self, actor: &Actor, name: RoleName) -> Result<CustomRole, UserError> {
        actor.require(Permission::RolesManage)?;
        self.work.read(move |tx| tx.roles().get(&name)?.ok_or(UserError::RoleNotFound)).await
    }

    /// The roles of the caller besides their base role.
    pub async fn own_roles(&self, actor: &Actor) -> Result<Vec<CustomRole>, UserError> {
        let id = actor.user;
        self.work.read(move |tx| Ok(tx.roles().of_user(id)?)).await
    }

    /// Makes a role.
    pub async fn make_role(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<CustomRole>>,
        new: NewRole,
        origin: Origin,
    ) -> Result<Outcome<CustomRole>, UserError> {
        let audited = AuditedAction::by(actor, &origin, self.clock.now()).on_role(&new.name);
        let (actor, inside) = (actor.clone(), audited.clone());
        let detail = Some(format!("{}: {}", new.name.as_str(), words(new.permissions)));
        let noted = detail.clone();
        let result = self
            .work
            .write(move |tx| {
                may_shape(tx, &actor, new.permissions)?;
                idempotency::run_once(tx, idempotent.as_ref(), inside.at, |tx| {
                    if tx.roles().list()?.len() >= MAX_ROLES {
                        return Err(UserError::TooManyRoles);
                    }
                    let role = tx.roles().insert(&new)?;
                    inside.record(
                        tx,
                        "roles.created",
                        None,
                        AuditOutcome::Success,
                        noted.clone(),
                    )?;
                    Ok(role)
                })
            })
            .await;
        self.denied(audited, "roles.created", None, detail, result).await
    }

    /// Changes a role, only at version `expected` when that is said. Who has it feels it within
    /// five seconds.
    pub async fn change_role(
        &self,
        actor: &Actor,
        name: RoleName,
        expected: Option<i64>,
        update: UpdateRole,
        origin: Origin,
    ) -> Result<CustomRole, UserError> {
        let audited = AuditedAction::by(actor, &origin, self.clock.now()).on_role(&name);
        let (actor, inside) = (actor.clone(), audited.clone());
        let detail = Some(name.as_str().to_owned());
        let result = self
            .work
            .write(move |tx| {
                let before = tx.roles().lock(&name)?;
                let wanted = update.permissions.unwrap_or(Permissions::NONE);
                let held = before.as_ref().map_or(Permissions::NONE, |role| role.permissions);
                may_shape(tx, &actor, wanted.union(held))?;
                let before = role_at(before, expected)?;
                let mut role = before.clone();
                role.permissions = update.permissions.unwrap_or(role.permissions);
                role.description = update.description.clone().unwrap_or(role.description);
                if role == before {
                    return Ok((role, Vec::new()));
                }
                role.updated_at = inside.at;
                tx.roles().save(&mut role)?;
                let sessions = tx.roles().sessions_of_holders(&name, inside.at, TOLD_AT_ONCE)?;
                let detail = changed(&before, &role);
                inside.record(tx, "roles.updated", None, AuditOutcome::Success, Some(detail))?;
                Ok((role, sessions))
            })
            .await;
        self.told(audited, "roles.updated", detail, result).await
    }

    /// Removes a role from the house and from everybody who has it.
    pub async fn remove_role(
        &self,
        actor: &Actor,
        name: RoleName,
        expected: Option<i64>,
        origin: Origin,
    ) -> Result<(), UserError> {
        let audited = AuditedAction::by(actor, &origin, self.clock.now()).on_role(&name);
        let (actor, inside) = (actor.clone(), audited.clone());
        let detail = Some(name.as_str().to_owned());
        let noted = detail.clone();
        let result = self
            .work
            .write(move |tx| {
                let role = tx.roles().lock(&name)?;
                let held = role.as_ref().map_or(Permissions::NONE, |role| role.permissions);
                may_shape(tx, &actor, held)?;
                role_at(role, expected)?;
                let sessions = tx.roles().sessions_of_holders(&name, inside.at, TOLD_AT_ONCE)?;
                tx.roles().remove(&name)?;
                inside.record(tx, "roles.deleted", None, AuditOutcome::Success, noted.clone())?;
                Ok(((), sessions))
            })
            .await;
        self.told(audited, "roles.deleted", detail, result).await
    }

    /// An account and the roles it has besides its base role.
    pub async fn roles_of(
        &self,
        actor: &Actor,
        id: UserId,
    ) -> Result<(User, Vec<CustomRole>), UserError> {
        actor.require(Permission::RolesManage)?;
        self.work
            .read(move |tx| {
                let user = tx.users().get(id)?.ok_or(UserError::NotFound(id))?;
                Ok((user, tx.roles().of_user(id)?))
            })
            .await
    }

    /// Gives an account exactly these roles besides its base role. It is a change of the account,
    /// which grows its version; the same roles again are none.
    pub async fn assign_roles(
        &self,
        actor: &Actor,
        id: UserId,
        expected: Option<i64>,
        names: Vec<RoleName>,
        origin: Origin,
    ) -> Result<(User, Vec<CustomRole>), UserError> {
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (actor, inside) = (actor.clone(), audited.clone());
        let detail = Some(format!("-> {}", listed(names.iter())));
        let result =
            self.work.write(move |tx| assign(tx, &actor, id, expected, &names, &inside)).await;
        let result = self.denied(audited, "users.roles_assigned", id, detail, result).await;
        let sessions = result.as_ref().map_or(&[][..], |(_, _, sessions)| sessions);
        self.forget(id, sessions).await;
        result.map(|(user, roles, _)| (user, roles))
    }

    /// The outcome of a change of a role, after a refusal was put on record and the sessions that
    /// have it are to be read anew.
    async fn told<T>(
        &self,
        audited: AuditedAction,
        action: &'static str,
        detail: Option<String>,
        result: Result<(T, Vec<SessionId>), UserError>,
    ) -> Result<T, UserError> {
        let (outcome, sessions) = self.denied(audited, action, None, detail, result).await?;
        for session in sessions {
            self.live.evict(&session).await;
        }
        Ok(outcome)
    }
}

/// May the caller make, change or remove a role that allows this?
fn may_shape(
    tx: &mut dyn UsersTx,
    actor: &Actor,
    permissions: Permissions,
) -> Result<(), UserError> {
    actor.require(Permission::RolesManage)?;
    let actor = as_of_now(tx, actor)?;
    actor.require(Permission::RolesManage)?;
    policy::may_give(&actor, permissions)
}

/// The role, if it is there and at the version that the caller knows.
fn role_at(role: Option<CustomRole>, expected: Option<i64>) -> Result<CustomRole, UserError> {
    let role = role.ok_or(UserError::RoleNotFound)?;
    match expected {
        Some(version) if version != role.version => Err(UserError::RoleStale(Box::new(role))),
        _ => Ok(role),
    }
}

fn assign(
    tx: &mut dyn UsersTx,
    actor: &Actor,
    id: UserId,
    expected: Option<i64>,
    names: &[RoleName],
    audited: &AuditedAction,
) -> Result<(User, Vec<CustomRole>, Vec<SessionId>), UserError> {
    actor.require(Permission::RolesManage)?;
    let actor = as_of_now(tx, actor)?;
    let user = tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
    policy::may_assign_roles(&actor, user.role)?;
    let mut user = at_version(user, expected)?;
    let before = tx.roles().of_user(id)?;
    let after = wanted(tx, names)?;
    let differ = |a: &[CustomRole], b: &[CustomRole]| -> Permissions {
        let only_in_a = a.iter().filter(|role| !b.iter().any(|other| other.name == role.name));
        only_in_a.fold(Permissions::NONE, |all, role| all.union(role.permissions))
    };
    policy::may_give(&actor, differ(&after, &before).union(differ(&before, &after)))?;
    policy::may_hold(&user, None, differ(&after, &[]))?;
    if after.iter().map(|role| &role.name).eq(before.iter().map(|role| &role.name)) {
        return Ok((user, after, Vec::new()));
    }
    let names: Vec<RoleName> = after.iter().map(|role| role.name.clone()).collect();
    tx.roles().assign(id, &names).map_err(|error| match error {
        // It was there a moment ago.
        StoreError::Missing("roles.name") => StoreError::Contention.into(),
        other => UserError::from(other),
    })?;
    user.updated_at = audited.at;
    tx.users().save(&mut user)?;
    tx.outbox().append(&audited.cause().updated(&user))?;
    let detail =
        format!("{} -> {}", listed(before.iter().map(|role| &role.name)), listed(names.iter()));
    audited.record(tx, "users.roles_assigned", Some(id), AuditOutcome::Success, Some(detail))?;
    let sessions = open_sessions(tx, id, audited.at)?;
    Ok((user, after, sessions))
}

/// The roles of these names, each once, by name; all of those that are not there are told.
fn wanted(tx: &mut dyn UsersTx, names: &[RoleName]) -> Result<Vec<CustomRole>, UserError> {
    let mut roles: Vec<CustomRole> = Vec::new();
    let mut faults = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match tx.roles().get(name)? {
            Some(role) if roles.iter().any(|known| known.name == role.name) => {}
            Some(role) => roles.push(role),
            None => faults.push(FieldError::new(
                format!("/roles/{index}"),
                "users.custom_role_unknown",
                "is not the name of a role that somebody made",
            )),
        }
    }
    if !faults.is_empty() {
        return Err(UserError::Invalid(faults));
    }
    roles.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(roles)
}

fn listed<'a>(names: impl Iterator<Item = &'a RoleName>) -> String {
    let names: Vec<&str> = names.map(RoleName::as_str).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// What was changed about a role, for the trail.
fn changed(before: &CustomRole, after: &CustomRole) -> String {
    let name = after.name.as_str();
    if before.permissions == after.permissions {
        format!("{name}: description")
    } else {
        format!("{name}: {} -> {}", words(before.permissions), words(after.permissions))
    }
}
