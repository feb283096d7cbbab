//! All that this room holds on a person, for that person.

use kernel::{Actor, actor::Origin};

use super::{AuditedAction, Users};
use crate::{
    audit::{Audit, AuditFilter, AuditOutcome},
    audit_log,
    error::UserError,
    external::Identity,
    one_time_token::EmailChange,
    personal_access_token::PersonalAccessToken,
    phone::PhoneChange,
    session::Session,
    user::User,
    values::{AuditId, RoleName},
};

/// What is not the trail. Hashes and secrets are in none of it.
#[derive(Debug, Clone)]
pub struct PersonalData {
    /// The account.
    pub user: User,
    /// Its open sessions.
    pub sessions: Vec<Session>,
    /// A change of address that waits.
    pub email_change: Option<EmailChange>,
    /// A phone number that waits for its code.
    pub phone_change: Option<PhoneChange>,
    /// Its personal access tokens, without their secrets.
    pub personal_access_tokens: Vec<PersonalAccessToken>,
    /// Who it is at other providers.
    pub identities: Vec<Identity>,
    /// The roles it has besides its base role.
    pub roles: Vec<RoleName>,
}

/// Which entries of the trail are about somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What they did.
    Own,
    /// What others did to them, and what was done in their name by who was not signed in.
    Others,
}

impl Users {
    /// Begins an export of the caller's own data, which is itself an act on the trail. A personal access
    /// token is not enough for all of somebody's data at once.
    pub async fn begin_export(
        &self,
        actor: &Actor,
        origin: Origin,
    ) -> Result<PersonalData, UserError> {
        self.by_session(actor, "users.exported", &origin).await?;
        let id = actor.user;
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        self.work
            .write(move |tx| {
                let user = tx.users().get(id)?.ok_or(UserError::NotFound(id))?;
                audited.record(tx, "users.exported", Some(id), AuditOutcome::Success, None)?;
                let roles = tx.roles().of_user(id)?;
                Ok(PersonalData {
                    user,
                    sessions: tx.sessions().of_user(id, audited.at)?,
                    email_change: tx.one_time_tokens().change(id)?,
                    phone_change: tx.phone_changes().get(id)?,
                    personal_access_tokens: tx.personal_access_tokens().of_user(id)?,
                    identities: tx.identities().of_user(id)?,
                    roles: roles.into_iter().map(|role| role.name).collect(),
                })
            })
            .await
    }

    /// The next entries of the trail that are about the caller, oldest first, and where to go on.
    /// Of what others did neither their address nor their request is told, nor who they are.
    pub async fn export_audit_log(
        &self,
        actor: &Actor,
        side: Side,
        after: Option<AuditId>,
    ) -> Result<(Vec<Audit>, Option<AuditId>), UserError> {
        let me = Some(actor.user);
        let filter = match side {
            Side::Own => AuditFilter { actor: me, ..AuditFilter::default() },
            Side::Others => AuditFilter { target: me, ..AuditFilter::default() },
        };
        let mut found = self.audit_log().page(filter, after, audit_log::PAGE).await?;
        let full = found.len() >= audit_log::PAGE as usize;
        let next = found.last().map(|entry| entry.id).filter(|_| full);
        if side == Side::Others {
            found.retain(|entry| entry.actor != me);
            for entry in found.iter_mut().filter(|entry| entry.actor.is_some()) {
                entry.actor = None;
                entry.ip = None;
                entry.request_id = None;
            }
        }
        Ok((found, next))
    }
}
