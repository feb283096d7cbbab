//! What is done by one-time links: proving an address, and a password for who forgot it.
//!
//! Who asks for a link is told the same whatever there is at that address, after the same work: one
//! secret, one transaction, one entry on the trail.

use std::{sync::Arc, time::Duration};

use kernel::{EmailDraft, Locale, StoreError, Timestamp, UserId, actor::Origin};

use super::{
    AuditedAction, Users,
    emails::{Class, enqueue, notify_owner},
    phone,
};
use crate::{
    audit::AuditOutcome,
    email_templates::{self, Way},
    error::UserError,
    one_time_token::{OneTimeToken, OneTimeTokenKind},
    policy,
    ports::UsersTx,
    signin::personal_access_tokens,
    user::User,
    values::{Digest, EmailAddress, Password},
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

impl LinkSettings {
    /// Where to sign in: the beginning of the front-end, or of this server.
    pub(super) fn sign_in(&self) -> String {
        format!("{}/", self.base)
    }
}

/// A link that is about to go out.
#[derive(Clone)]
pub(crate) struct Sending {
    kind: OneTimeTokenKind,
    digest: Digest,
    token: String,
    base: Arc<str>,
    /// The address that a change is to, where the email names it.
    to: Option<EmailAddress>,
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
        address: &EmailAddress,
        locale: Locale,
    ) -> Result<bool, StoreError> {
        let class = Class::Link { per_day: self.per_day };
        if !enqueue(tx, user, address, &self.email(locale), class, self.at)? {
            return Ok(false);
        }
        tx.one_time_tokens().revoke(user, Some(self.kind))?;
        tx.one_time_tokens().insert(&OneTimeToken {
            digest: self.digest,
            kind: self.kind,
            user,
            address: address.clone(),
            created_at: self.at,
            expires_at: self.expires_at,
        })?;
        Ok(true)
    }

    fn email(&self, locale: Locale) -> EmailDraft {
        let life = self.expires_at.since(self.at);
        let way = Way { base: &self.base, token: &self.token, life };
        match (self.kind, &self.to) {
            (OneTimeTokenKind::VerifyEmail, _) => email_templates::verify_email(locale, way),
            (OneTimeTokenKind::ResetPassword, _) => email_templates::reset_password(locale, way),
            (OneTimeTokenKind::ChangeEmailOld, Some(to)) => {
                email_templates::confirm_old_email(locale, way, to)
            }
            (OneTimeTokenKind::ChangeEmailNew | OneTimeTokenKind::ChangeEmailOld, _) => {
                email_templates::confirm_new_email(locale, way)
            }
        }
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
        let newest = tx.one_time_tokens().newest(user, self.kind)?;
        Ok(newest.is_some_and(|newest| self.at < newest.plus(self.pause)))
    }
}

/// Sends what was asked for, if there is somebody to send it to.
fn answer(
    tx: &mut dyn UsersTx,
    sending: &Sending,
    address: &str,
    wants: fn(&User) -> bool,
) -> Result<(Option<UserId>, AuditOutcome, Option<&'static str>), StoreError> {
    let Some(found) = tx.users().find_by_email(address)? else {
        return Ok((None, AuditOutcome::Failure, None));
    };
    let (id, target) = (found.id, Some(found.id));
    // It may have another address by the time it is ours.
    let user = tx.users().lock(id)?.filter(|user| user.email.key() == found.email.key());
    let Some(user) = user.filter(wants) else {
        return Ok((target, AuditOutcome::Denied, None));
    };
    if sending.is_too_soon(tx, id)? {
        return Ok((target, AuditOutcome::Denied, Some("too soon")));
    }
    if !sending.send(tx, id, &user.email, user.locale)? {
        return Ok((target, AuditOutcome::Denied, Some("too many today")));
    }
    Ok((target, AuditOutcome::Success, None))
}

impl Users {
    /// A new link with its letter.
    pub(crate) fn sending(
        &self,
        kind: OneTimeTokenKind,
        to: Option<&EmailAddress>,
        at: Timestamp,
    ) -> Sending {
        let token = self.tokens.secret();
        let life = match kind {
            OneTimeTokenKind::ResetPassword => self.links.reset_ttl,
            OneTimeTokenKind::VerifyEmail
            | OneTimeTokenKind::ChangeEmailOld
            | OneTimeTokenKind::ChangeEmailNew => self.links.verify_ttl,
        };
        Sending {
            kind,
            digest: self.tokens.digest(&token),
            token,
            base: Arc::clone(&self.links.base),
            to: to.cloned(),
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
        let kind = OneTimeTokenKind::ResetPassword;
        self.ask(kind, address, "auth.password_forgotten", wants, origin).await
    }

    /// Sends a link that proves the address, if it is of an account and not proven yet.
    pub async fn resend_verification(
        &self,
        address: &str,
        origin: Origin,
    ) -> Result<(), UserError> {
        let wants = |user: &User| policy::may_be_used(user).is_ok() && !user.email_verified;
        self.ask(OneTimeTokenKind::VerifyEmail, address, "auth.verification_asked", wants, origin)
            .await
    }

    async fn ask(
        &self,
        kind: OneTimeTokenKind,
        address: &str,
        action: &'static str,
        wants: fn(&User) -> bool,
        origin: Origin,
    ) -> Result<(), UserError> {
        // What can be nobody's address is looked for all the same.
        let address = EmailAddress::parse(address).map(|email| email.key()).unwrap_or_default();
        let audited = AuditedAction::anonymous(&origin, self.clock.now());
        let sending = self.sending(kind, None, audited.at);
        self.work
            .write(move |tx| {
                let (target, outcome, detail) = answer(tx, &sending, &address, wants)?;
                Ok(audited.record(tx, action, target, outcome, detail.map(str::to_owned))?)
            })
            .await
    }

    /// The account that a link of this kind is of, if it still has the address that the link went
    /// to. The link stays.
    pub(super) async fn holder(
        &self,
        digest: Digest,
        kind: OneTimeTokenKind,
        now: Timestamp,
    ) -> Result<User, UserError> {
        self.work
            .read(move |tx| {
                let link =
                    tx.one_time_tokens().find(&digest, kind, now)?.ok_or(UserError::BadLink)?;
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
        let kind = OneTimeTokenKind::ResetPassword;
        let (digest, now) = (self.tokens.digest(token), self.clock.now());
        let holder = self.holder(digest, kind, now).await?;
        self.judge("/new_password", &new, &holder.username, &holder.email).await?;
        let hash = self.passwords.hash(new).await?;
        let id = holder.id;
        let audited = AuditedAction::of(id, &origin, now);
        let result = self
            .work
            .write(move |tx| {
                let mut user = taken(tx, id, &digest, kind, now)?;
                if !policy::may_reset(&user) {
                    return Err(UserError::BadLink);
                }
                tx.users().set_password(id, Some(&hash))?;
                if user.email_verified {
                    personal_access_tokens::remove_all(tx, id, &audited)?;
                } else {
                    disown(tx, &mut user, &audited)?;
                }
                prove(tx, &mut user, &audited)?;
                let ended = tx.sessions().revoke_all(id, None, now)?;
                // What somebody else may have asked for in the owner's name is void.
                tx.one_time_tokens().revoke(id, None)?;
                tx.one_time_tokens().withdraw(id)?;
                tx.phone_changes().remove(id)?;
                notify_owner(tx, &user, &email_templates::password_changed(user.locale, now), now)?;
                audited.record(tx, "auth.password_reset", Some(id), AuditOutcome::Success, None)?;
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
    kind: OneTimeTokenKind,
    now: Timestamp,
) -> Result<User, UserError> {
    let user = tx.users().lock(id)?.ok_or(UserError::BadLink)?;
    let link = tx.one_time_tokens().take(digest, kind, now)?.ok_or(UserError::BadLink)?;
    let own =
        link.user == id && (link.address == user.email || kind == OneTimeTokenKind::ChangeEmailNew);
    if own { Ok(user) } else { Err(UserError::BadLink) }
}

/// Takes from a locked account whose address nobody proved what a stranger may have put into it while
/// waiting for its owner: tokens, identities, the second factor, the phone number, links. Whoever proves the address has
/// it alone. The caller saves the account, of which this changes `two_factor_enabled` and `phone`.
pub(crate) fn disown(
    tx: &mut dyn UsersTx,
    user: &mut User,
    audited: &AuditedAction,
) -> Result<(), UserError> {
    let id = user.id;
    personal_access_tokens::remove_all(tx, id, audited)?;
    for identity in tx.identities().of_user(id)? {
        tx.identities().remove(id, &identity.provider)?;
    }
    tx.factors().remove(id)?;
    user.two_factor_enabled = false;
    phone::disown(tx, user)?;
    tx.one_time_tokens().revoke(id, None)?;
    tx.one_time_tokens().withdraw(id)?;
    Ok(())
}

/// Notes that the address of a locked account is its owner's.
pub(super) fn prove(
    tx: &mut dyn UsersTx,
    user: &mut User,
    audited: &AuditedAction,
) -> Result<(), UserError> {
    if user.email_verified {
        return Ok(());
    }
    user.email_verified = true;
    user.updated_at = audited.at;
    tx.users().save(user)?;
    Ok(tx.outbox().append(&audited.cause().updated(user))?)
}
