//! Another mail address for one's account.
//!
//! The new address must be proven, and the present one must agree if it was proven: who took over a
//! session and knows the password cannot take the account away from who reads its mail. A present
//! address that nobody proved is asked nothing; it hears of the change when it has happened.

use kernel::{Actor, FieldFault, UserId, actor::Origin};

use super::{Deed, Users, emails::notify, links::taken, open_sessions, profile::confirmed};
use crate::{
    audit::Outcome,
    error::UserError,
    letters,
    link::{EmailChange, LinkKind},
    policy,
    ports::UsersTx,
    user::User,
    values::{Digest, Email, Password},
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
        new: Email,
        current: Password,
        origin: Origin,
    ) -> Result<(), UserError> {
        self.by_session(actor, "auth.email_change_asked", &origin).await?;
        let id = actor.user;
        let deed = Deed::by(actor, &origin, self.clock.now());
        let (_, stored) = self.own_password(actor).await?;
        self.confirm(actor, &deed, "auth.email_change_asked", Some(current), stored.clone())
            .await?;
        let to_new = self.sending(LinkKind::ChangeEmailNew, None, deed.at);
        let to_old = self.sending(LinkKind::ChangeEmailOld, Some(&new), deed.at);
        let (pause, life) = (self.links.pause, self.links.verify_ttl);
        self.work
            .write(move |tx| {
                let user = confirmed(tx, id, stored.as_ref(), deed.at)?;
                if new.key() == user.email.key() {
                    let fault = "is your address already";
                    return Err(UserError::Invalid(vec![FieldFault::new(
                        "/new_email",
                        "users.email_same",
                        fault,
                    )]));
                }
                if let Some(before) = tx.links().change(id)? {
                    let again = before.asked_at.plus(pause);
                    if !pause.is_zero() && deed.at < again {
                        return Err(UserError::TooSoon(again.since(deed.at)));
                    }
                }
                if tx.users().find_by_email(new.as_str())?.is_some() {
                    return Err(UserError::EmailTaken);
                }
                tx.links().revoke(id, Some(LinkKind::ChangeEmailOld))?;
                tx.links().propose(&EmailChange {
                    user: id,
                    from: user.email.clone(),
                    to: new.clone(),
                    from_agreed: !user.email_verified,
                    to_proven: false,
                    asked_at: deed.at,
                    expires_at: deed.at.plus(life),
                })?;
                to_new.send(tx, id, &new)?;
                if user.email_verified {
                    to_old.send(tx, id, &user.email)?;
                }
                let action = "auth.email_change_asked";
                Ok(deed.note(tx, action, Some(id), Outcome::Success, None)?)
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
                for kind in [LinkKind::ChangeEmailNew, LinkKind::ChangeEmailOld] {
                    if let Some(link) = tx.links().find(&digest, kind, now)? {
                        return Ok((link.user, kind));
                    }
                }
                Err(UserError::BadLink)
            })
            .await?;
        let deed = Deed::of(id, &origin, now);
        let result = self
            .work
            .write(move |tx| {
                let (user, change) = agreed(tx, id, &digest, kind, &deed)?;
                if !(change.from_agreed && change.to_proven) {
                    tx.links().propose(&change)?;
                    let action = "auth.email_change_confirmed";
                    deed.note(tx, action, Some(id), Outcome::Success, None)?;
                    return Ok((Confirmed::Waiting, Vec::new()));
                }
                move_in(tx, user, change, &deed)?;
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
    kind: LinkKind,
    deed: &Deed,
) -> Result<(User, EmailChange), UserError> {
    let user = taken(tx, id, digest, kind, deed.at)?;
    policy::may_be_used(&user).map_err(|_| UserError::BadLink)?;
    let change = tx.links().change(id)?;
    // Somebody else may have given the account another address meanwhile.
    let change = change.filter(|change| change.from == user.email && deed.at < change.expires_at);
    let mut change = change.ok_or(UserError::BadLink)?;
    match kind {
        LinkKind::ChangeEmailOld => change.from_agreed = true,
        _ => change.to_proven = true,
    }
    Ok((user, change))
}

/// Gives a locked account its new address. Links that went to the old one die.
fn move_in(
    tx: &mut dyn UsersTx,
    mut user: User,
    change: EmailChange,
    deed: &Deed,
) -> Result<(), UserError> {
    user.email = change.to;
    user.email_verified = true;
    user.updated_at = deed.at;
    tx.users().save(&mut user)?;
    tx.outbox().append(&deed.cause().updated(&user))?;
    tx.links().revoke(user.id, None)?;
    tx.links().withdraw(user.id)?;
    notify(tx, user.id, &change.from, &letters::email_changed(deed.at), deed.at)?;
    Ok(deed.note(tx, "auth.email_changed", Some(user.id), Outcome::Success, None)?)
}
