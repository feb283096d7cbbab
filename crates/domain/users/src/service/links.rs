//! What is done by one-time links: proving an address, and a password for who forgot it.
//!
//! Who asks for a link is told the same whatever there is at that address, after the same work: one
//! secret, one transaction, one entry on the trail.

use std::{sync::Arc, time::Duration};

use kernel::{StoreError, Timestamp, UserId, actor::Origin};

use super::{
    Deed, Users,
    emails::{Class, post, tell},
};
use crate::{
    audit::Outcome,
    error::UserError,
    letters::{self, Letter, Way},
    link::{Link, LinkKind},
    policy,
    ports::UsersTx,
    signin::grants,
    user::User,
    values::{Digest, Email, Password},
};

/// How links are made.
#[derive(Debug, Clone)]
pub struct LinkSettings {
    /// What they begin with.
    pub base: Arc<str>,
    /// Life of a link that proves an address.
    pub verify_ttl: Duration,
    /// Life of a link that lets set a password.
    pub reset_ttl: Duration,
    /// An account gets no second letter of one kind within this time, so that nobody can fill
    /// anybody's mailbox through us.
    pub pause: Duration,
    /// The most emails with links, of whatever kind, that go to one address within 24 hours; at zero
    /// there is no bound.
    pub per_day: u32,
}

/// A link that is about to go out.
#[derive(Clone)]
pub(crate) struct Sending {
    kind: LinkKind,
    digest: Digest,
    letter: Letter,
    at: Timestamp,
    expires_at: Timestamp,
    pause: Duration,
    per_day: u32,
}

impl Sending {
    /// Puts it into the queue, to `address`; the earlier ones of its kind die. Returns false, and
    /// leaves those as they are, when the address had as many emails as it gets in a day.
    pub(crate) fn send(
        &self,
        tx: &mut dyn UsersTx,
        user: UserId,
        address: &Email,
    ) -> Result<bool, StoreError> {
        let class = Class::Link { per_day: self.per_day };
        if !post(tx, user, address, &self.letter, class, self.at)? {
            return Ok(false);
        }
        tx.links().revoke(user, Some(self.kind))?;
        tx.links().insert(&Link {
            digest: self.digest,
            kind: self.kind,
            user,
            address: address.clone(),
            created_at: self.at,
            expires_at: self.expires_at,
        })?;
        Ok(true)
    }

    /// True when one of its kind went out a moment ago. The account must be locked.
    pub(crate) fn is_too_soon(
        &self,
        tx: &mut dyn UsersTx,
        user: UserId,
    ) -> Result<bool, StoreError> {
        // Who waited for the account may come after one who began later.
        if self.pause.is_zero() {
            return Ok(false);
        }
        let newest = tx.links().newest(user, self.kind)?;
        Ok(newest.is_some_and(|newest| self.at < newest.plus(self.pause)))
    }
}

/// Sends what was asked for, if there is somebody to send it to.
fn answer(
    tx: &mut dyn UsersTx,
    sending: &Sending,
    address: &str,
    wants: fn(&User) -> bool,
) -> Result<(Option<UserId>, Outcome, Option<&'static str>), StoreError> {
    let Some(found) = tx.users().find_by_email(address)? else {
        return Ok((None, Outcome::Failure, None));
    };
    let (id, target) = (found.id, Some(found.id));
    // It may have another address by the time it is ours.
    let user = tx.users().lock(id)?.filter(|user| user.email.key() == found.email.key());
    let Some(user) = user.filter(wants) else {
        return Ok((target, Outcome::Denied, None));
    };
    if sending.is_too_soon(tx, id)? {
        return Ok((target, Outcome::Denied, Some("too soon")));
    }
    if !sending.send(tx, id, &user.email)? {
        return Ok((target, Outcome::Denied, Some("too many today")));
    }
    Ok((target, Outcome::Success, None))
}

impl Users {
    /// A new link with its letter.
    pub(crate) fn sending(&self, kind: LinkKind, to: Option<&Email>, at: Timestamp) -> Sending {
        let token = self.tokens.secret();
        let life = match kind {
            LinkKind::ResetPassword => self.links.reset_ttl,
            LinkKind::VerifyEmail | LinkKind::ChangeEmailOld | LinkKind::ChangeEmailNew => {
                self.links.verify_ttl
            }
        };
        let way = Way { base: &self.links.base, token: &token, life };
        let letter = match (kind, to) {
            (LinkKind::VerifyEmail, _) => letters::verify_email(way),
            (LinkKind::ResetPassword, _) => letters::reset_password(way),
            (LinkKind::ChangeEmailOld, Some(to)) => letters::confirm_old_email(way, to),
            (LinkKind::ChangeEmailNew | LinkKind::ChangeEmailOld, _) => {
                letters::confirm_new_email(way)
            }
        };
        Sending {
            kind,
            digest: self.tokens.digest(&token),
            letter,
            at,
            expires_at: at.plus(life),
            pause: self.links.pause,
            per_day: self.links.per_day,
        }
    }

    /// Sends a link that lets set a new password, if that address is of an account that is not
    /// suspended. One that its owner closed gets it too: who forgot the password could not have it
    /// back otherwise.
    pub async fn forgot_password(&self, address: &str, origin: Origin) -> Result<(), UserError> {
        let wants = |user: &User| policy::may_reset(user);
        let kind = LinkKind::ResetPassword;
        self.ask(kind, address, "auth.password_forgotten", wants, origin).await
    }

    /// Sends a link that proves the address, if it is of an account and not proven yet.
    pub async fn resend_verification(
        &self,
        address: &str,
        origin: Origin,
    ) -> Result<(), UserError> {
        let wants = |user: &User| policy::may_be_used(user).is_ok() && !user.email_verified;
        self.ask(LinkKind::VerifyEmail, address, "auth.verification_asked", wants, origin).await
    }

    async fn ask(
        &self,
        kind: LinkKind,
        address: &str,
        action: &'static str,
        wants: fn(&User) -> bool,
        origin: Origin,
    ) -> Result<(), UserError> {
        // What can be nobody's address is looked for all the same.
        let address = Email::parse(address).map(|email| email.key()).unwrap_or_default();
        let deed = Deed::anonymous(&origin, self.clock.now());
        let sending = self.sending(kind, None, deed.at);
        self.work
            .write(move |tx| {
                let (target, outcome, detail) = answer(tx, &sending, &address, wants)?;
                Ok(deed.note(tx, action, target, outcome, detail.map(str::to_owned))?)
            })
            .await
    }

    /// The account that a link of this kind is of, if it still has the address that the link went
    /// to. The link stays.
    pub(super) async fn holder(
        &self,
        digest: Digest,
        kind: LinkKind,
        now: Timestamp,
    ) -> Result<User, UserError> {
        self.work
            .read(move |tx| {
                let link = tx.links().find(&digest, kind, now)?.ok_or(UserError::BadLink)?;
                let user = tx.users().get(link.user)?;
                user.filter(|user| user.email == link.address).ok_or(UserError::BadLink)
            })
            .await
    }

    /// Sets a new password by a link. That proves the address as well, ends every session and deletes
    /// every personal access token; it signs nobody in. Where the address had never been proven, the
    /// second factor and the identities go as well: someone else may have set them. A password that is
    /// not taken leaves the link as it was.
    pub async fn reset_password(
        &self,
        token: &str,
        new: Password,
        origin: Origin,
    ) -> Result<(), UserError> {
        let kind = LinkKind::ResetPassword;
        let (digest, now) = (self.tokens.digest(token), self.clock.now());
        let holder = self.holder(digest, kind, now).await?;
        self.judge("/new_password", &new, &holder.username, &holder.email).await?;
        let hash = self.passwords.hash(new).await?;
        let id = holder.id;
        let deed = Deed::of(id, &origin, now);
        let result = self
            .work
            .write(move |tx| {
                let mut user = taken(tx, id, &digest, kind, now)?;
                if !policy::may_reset(&user) {
                    return Err(UserError::BadLink);
                }
                tx.users().set_password(id, Some(&hash))?;
                if user.email_verified {
                    grants::remove_all(tx, id, &deed)?;
                } else {
                    disown(tx, &mut user, &deed)?;
                }
                prove(tx, &mut user, &deed)?;
                let ended = tx.sessions().revoke_all(id, None, now)?;
                // What somebody else may have asked for in the owner's name is void.
                tx.links().revoke(id, None)?;
                tx.links().withdraw(id)?;
                tell(tx, &user, &letters::password_changed(now), now)?;
                deed.note(tx, "auth.password_reset", Some(id), Outcome::Success, None)?;
                Ok(ended)
            })
            .await;
        self.forget(id, result.as_deref().unwrap_or_default()).await;
        result.map(|_| ())
    }
}

/// Takes a link and gives its account, locked. The account comes first, so that all who work on one
/// account's links wait in one place.
pub(super) fn taken(
    tx: &mut dyn UsersTx,
    id: UserId,
    digest: &Digest,
    kind: LinkKind,
    now: Timestamp,
) -> Result<User, UserError> {
    let user = tx.users().lock(id)?.ok_or(UserError::BadLink)?;
    let link = tx.links().take(digest, kind, now)?.ok_or(UserError::BadLink)?;
    let own = link.user == id && (link.address == user.email || kind == LinkKind::ChangeEmailNew);
    if own { Ok(user) } else { Err(UserError::BadLink) }
}

/// Takes from a locked account whose address nobody proved what a stranger may have put into it while
/// waiting for its owner: tokens, identities, the second factor, links. Whoever proves the address has
/// it alone. The caller saves the account, of which this changes `two_factor_enabled`.
pub(crate) fn disown(tx: &mut dyn UsersTx, user: &mut User, deed: &Deed) -> Result<(), UserError> {
    let id = user.id;
    grants::remove_all(tx, id, deed)?;
    for identity in tx.identities().of_user(id)? {
        tx.identities().remove(id, &identity.provider)?;
    }
    tx.factors().remove(id)?;
    user.two_factor_enabled = false;
    tx.links().revoke(id, None)?;
    tx.links().withdraw(id)?;
    Ok(())
}

/// Notes that the address of a locked account is its owner's.
pub(super) fn prove(tx: &mut dyn UsersTx, user: &mut User, deed: &Deed) -> Result<(), UserError> {
    if user.email_verified {
        return Ok(());
    }
    user.email_verified = true;
    user.updated_at = deed.at;
    tx.users().save(user)?;
    Ok(tx.outbox().append(&deed.cause().updated(user))?)
}
