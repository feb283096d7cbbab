//! Another mail address for one's account.
//!
//! The new address must be proven, and the present one must agree if it was proven: who took over a
//! session and knows the password cannot take the account away from who reads its mail. A present
//! address that nobody proved is asked nothing; it hears of the change when it has happened.

use kernel::{Actor, FieldError, UserId, actor::Origin};

use super::{
    AuditedAction, Users, emails::notify, links::taken, open_sessions, profile::confirmed,
};
use crate::{
    audit::AuditOutcome,
    email_templates,
    error::UserError,
    one_time_token::{EmailChange, OneTimeTokenKind},
    policy,
    ports::UsersTx,
    user::User,
    values::{Digest, EmailAddress, Password},
};

/// How far a change of address has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// The other address has not answered yet.
    Waiting,
    /// The account has its new address.
    Changed,
}

impl Users {
    /// Asks for another address: links go to both addresses. A change that waits already is
    /// replaced, and its links die.
    pub async fn ask_email_change(
        &self,
        actor: &Actor,
        new: EmailAddress,
        current: Password,
        origin: Origin,
    ) -> Result<(), UserError> {
        self.by_session(actor, "auth.email_change_asked", &origin).await?;
        let id = actor.user;
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (_, stored) = self.own_password(actor).await?;
        self.confirm(actor, &audited, "auth.email_change_asked", Some(current), stored.clone())
            .await?;
        let to_new = self.sending(OneTimeTokenKind::ChangeEmailNew, None, audited.at);
        let to_old = self.sending(OneTimeTokenKind::ChangeEmailOld, Some(&new), audited.at);
        let (pause, life) = (self.links.pause, self.links.verify_ttl);
        self.work
            .write(move |tx| {
                let user = confirmed(tx, id, stored.as_ref(), audited.at)?;
                if new.key() == user.email.key() {
                    let fault = "is your address already";
                    return Err(UserError::Invalid(vec![FieldError::new(
                        "/new_email",
                        "users.email_same",
                        fault,
                    )]));
                }
                if let Some(before) = tx.one_time_tokens().change(id)? {
                    let again = before.asked_at.plus(pause);
                    if !pause.is_zero() && audited.at < again {
                        return Err(UserError::TooSoon(again.since(audited.at)));
                    }
                }
                if tx.users().find_by_email(new.as_str())?.is_some() {
                    return Err(UserError::EmailTaken);
                }
                tx.one_time_tokens().revoke(id, Some(OneTimeTokenKind::ChangeEmailOld))?;
                tx.one_time_tokens().propose(&EmailChange {
                    user: id,
                    from: user.email.clone(),
                    to: new.clone(),
                    from_agreed: !user.email_verified,
                    to_proven: false,
                    asked_at: audited.at,
                    expires_at: audited.at.plus(life),
                })?;
                to_new.send(tx, id, &new, user.locale)?;
                if user.email_verified {
                    to_old.send(tx, id, &user.email, user.locale)?;
                }
                let action = "auth.email_change_asked";
                Ok(audited.record(tx, action, Some(id), AuditOutcome::Success, None)?)
            })
            .await
    }

    /// Confirms a change of address by the link that went to one of the two. With the second of
    /// them the account has its new address, if nobody else has it by now.
    pub async fn confirm_email_change(
        &self,
        token: &str,
        origin: Origin,
    ) -> Result<Confirmed, UserError> {
        let (digest, now) = (self.tokens.digest(token), self.clock.now());
        let (id, kind) = self
            .work
            .read(move |tx| {
                for kind in [OneTimeTokenKind::ChangeEmailNew, OneTimeTokenKind::ChangeEmailOld] {
                    if let Some(link) = tx.one_time_tokens().find(&digest, kind, now)? {
                        return Ok((link.user, kind));
                    }
                }
                Err(UserError::BadLink)
            })
            .await?;
        let audited = AuditedAction::of(id, &origin, now);
        let result = self
            .work
            .write(move |tx| {
                let (user, change) = agreed(tx, id, &digest, kind, &audited)?;
                if !(change.from_agreed && change.to_proven) {
                    tx.one_time_tokens().propose(&change)?;
                    let action = "auth.email_change_confirmed";
                    audited.record(tx, action, Some(id), AuditOutcome::Success, None)?;
                    return Ok((Confirmed::Waiting, Vec::new()));
                }
                move_in(tx, user, change, &audited)?;
                Ok((Confirmed::Changed, open_sessions(tx, id, now)?))
            })
            .await;
        let sessions = result.as_ref().map_or(&[][..], |(_, sessions)| sessions);
        self.forget(id, sessions).await;
        result.map(|(confirmed, _)| confirmed)
    }
}

/// Takes the link; gives its account, locked, and the change with this answer in it.
fn agreed(
    tx: &mut dyn UsersTx,
    id: UserId,
    digest: &Digest,
    kind: OneTimeTokenKind,
    audited: &AuditedAction,
) -> Result<(User, EmailChange), UserError> {
    let user = taken(tx, id, digest, kind, audited.at)?;
    policy::may_be_used(&user).map_err(|_| UserError::BadLink)?;
    let change = tx.one_time_tokens().change(id)?;
    // Somebody else may have given the account another address meanwhile.
    let change =
        change.filter(|change| change.from == user.email && audited.at < change.expires_at);
    let mut change = change.ok_or(UserError::BadLink)?;
    match kind {
        OneTimeTokenKind::ChangeEmailOld => change.from_agreed = true,
        _ => change.to_proven = true,
    }
    Ok((user, change))
}

/// Gives a locked account its new address. Links that went to the old one die.
fn move_in(
    tx: &mut dyn UsersTx,
    mut user: User,
    change: EmailChange,
    audited: &AuditedAction,
) -> Result<(), UserError> {
    user.email = change.to;
    user.email_verified = true;
    user.updated_at = audited.at;
    tx.users().save(&mut user)?;
    tx.outbox().append(&audited.cause().updated(&user))?;
    tx.one_time_tokens().revoke(user.id, None)?;
    tx.one_time_tokens().withdraw(user.id)?;
    notify(
        tx,
        user.id,
        &change.from,
        &email_templates::email_changed(user.locale, audited.at),
        audited.at,
    )?;
    Ok(audited.record(tx, "auth.email_changed", Some(user.id), AuditOutcome::Success, None)?)
}
