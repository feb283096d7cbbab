//! What the operator of the server does on its command line: there is no caller, and no rule of roles
//! but those that keep the server usable.

use kernel::{Page, PageRequest, Permissions, Role, actor::Origin};

use super::{
    AuditedAction, Users,
    admin::{change_account, is_no_change},
    emails::notify_owner,
};
use crate::{
    audit::AuditOutcome,
    commands::Administer,
    email_templates,
    error::UserError,
    policy,
    query::{DEFAULT_ORDER, UserFilter},
    user::User,
    values::{Password, Provider, Username},
};

impl Users {
    /// A page of all accounts.
    pub async fn list_by_operator(&self, page: PageRequest) -> Result<Page<User>, UserError> {
        let filter = UserFilter::default();
        self.work.read_slow(move |tx| Ok(tx.users().list(&filter, &DEFAULT_ORDER, &page)?)).await
    }

    /// Changes the role or status of an account; `None` when there is no account of that name.
    ///
    /// # Errors
    ///
    /// `LastSuperAdmin` when no super_admin would remain, `ServiceAccountLimit` for a role above what
    /// a service account may hold.
    pub async fn administer_by_operator(
        &self,
        name: &Username,
        administer: Administer,
    ) -> Result<Option<User>, UserError> {
        let audited = AuditedAction::anonymous(&Origin::default(), self.clock.now());
        let name = name.clone();
        let changed = self
            .work
            .write(move |tx| {
                let holders = tx.users().lock_role(Role::SuperAdmin)?;
                let Some(found) = tx.users().find_by_username(name.as_str())? else {
                    return Ok(None);
                };
                let before = tx.users().lock(found.id)?.ok_or(UserError::NotFound(found.id))?;
                policy::may_hold(&before, administer.role, Permissions::NONE)?;
                if is_no_change(&before, administer) {
                    return Ok(Some((before, Vec::new())));
                }
                change_account(tx, &holders, &before, administer, &audited).map(Some)
            })
            .await?;
        let Some((user, sessions)) = changed else { return Ok(None) };
        self.forget(user.id, &sessions).await;
        Ok(Some(user))
    }

    /// Sets the password of an account and ends its sessions; false when there is no account of that
    /// name. Its owner gets an email. A service account has no password (`ServiceAccountLimit`).
    pub async fn set_password_by_operator(
        &self,
        name: &Username,
        new: Password,
    ) -> Result<bool, UserError> {
        let wanted = name.clone();
        let found = self
            .work
            .read(move |tx| Ok::<_, UserError>(tx.users().find_by_username(wanted.as_str())?))
            .await?;
        let Some(user) = found else { return Ok(false) };
        if user.provider == Provider::Service {
            return Err(UserError::ServiceAccountLimit);
        }
        self.judge("/password", &new, &user.username, &user.email).await?;
        let hash = self.passwords.hash(new).await?;
        let (id, now) = (user.id, self.clock.now());
        let audited = AuditedAction::anonymous(&Origin::default(), now);
        let ended = self
            .work
            .write(move |tx| {
                let user = tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
                tx.users().set_password(id, Some(&hash))?;
                let ended = tx.sessions().revoke_all(id, None, now)?;
                tx.one_time_tokens().revoke(id, None)?;
                notify_owner(tx, &user, &email_templates::password_changed(user.locale, now), now)?;
                let outcome = AuditOutcome::Success;
                audited.record(tx, "users.password_set", Some(id), outcome, None)?;
                Ok::<_, UserError>(ended)
            })
            .await?;
        self.forget(id, &ended).await;
        Ok(true)
    }
}
