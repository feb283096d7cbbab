//! Whose an identity is. Each function is one transaction.
//!
//! An identity that nobody has is given to an account only when both sides are proven: the address
//! at the provider, and the same address here. An account whose address nobody ever proved may have
//! been made by a stranger who waits for its owner to come (pre-hijacking), so it is not shared: who
//! proves the address at a provider gets it alone, and the stranger's password, sessions and
//! identities end.

use kernel::{Permissions, Role, SessionId, StoreError, UserId};
use sha2::{Digest as _, Sha256};

use crate::{
    audit::AuditOutcome,
    email_templates,
    error::UserError,
    external::{ExternalIdentity, Identity},
    policy::{self, Denial, Proof},
    ports::UsersTx,
    service::{AuditedAction, Sending, create, disown, notify_owner, open_sessions},
    user::{NewUser, User},
    values::{EmailAddress, Username},
};

/// Names that are tried before somebody else is to blame.
const NAMES: u32 = 20;

/// How it was settled; all of these are kept.
pub(super) enum AccountResolution {
    /// It is this account's, as before.
    Known(UserId),
    /// It is this account's since now, and these sessions ended.
    Changed(UserId, Vec<SessionId>),
    /// It would be the one of an account that nobody may use.
    Shut(Denial),
}

/// Finds the account of an identity, or gives it one.
pub(super) fn resolve_account(
    tx: &mut dyn UsersTx,
    identity: &ExternalIdentity,
    link: &Sending,
    audited: &AuditedAction,
) -> Result<AccountResolution, UserError> {
    if let Some(known) = tx.identities().find(&identity.provider, &identity.subject)? {
        return Ok(AccountResolution::Known(known.user));
    }
    let email = identity.email.as_ref().ok_or(UserError::AddressMissing)?;
    let Some(found) = tx.users().find_by_email(email.as_str())? else {
        return make(tx, identity, email, link, audited);
    };
    // Read again under the lock: the address may be somebody else's by now.
    let user = tx.users().lock(found.id)?.filter(|user| user.email.key() == email.key());
    let user = user.ok_or(StoreError::Stale)?;
    // So may the identity be this account's: somebody came with it between our two looks.
    if let Some(known) = tx.identities().find(&identity.provider, &identity.subject)? {
        return Ok(AccountResolution::Known(known.user));
    }
    if !identity.email_verified {
        return Err(UserError::AddressTaken);
    }
    // Who runs the place is not known by what somebody else's server says: they link by themselves.
    let more = tx.roles().permissions_of(user.id)?;
    if user.role != Role::User || more != Permissions::NONE {
        return Err(UserError::AddressTaken);
    }
    if let Err(denial) = policy::decide(&user, Proof::Again, audited.at) {
        let detail = Some(identity.provider.as_str().to_owned());
        audited.record(tx, "auth.login", Some(user.id), AuditOutcome::Denied, detail)?;
        return Ok(AccountResolution::Shut(denial));
    }
    if user.email_verified {
        // An account without this provider; with it, the identity would have been another one's.
        add(tx, &user, identity, audited)?;
        return Ok(AccountResolution::Changed(user.id, Vec::new()));
    }
    claim(tx, user, identity, audited)
}

/// An account that nobody had before. It has no password. An address that nobody proved yet gets the
/// link that does.
fn make(
    tx: &mut dyn UsersTx,
    identity: &ExternalIdentity,
    email: &EmailAddress,
    link: &Sending,
    audited: &AuditedAction,
) -> Result<AccountResolution, UserError> {
    let new = NewUser {
        username: free_name(tx, identity)?,
        email: email.clone(),
        role: Role::User,
        first_name: identity.first_name.clone(),
        last_name: identity.last_name.clone(),
        locale: audited.locale(),
        provider: identity.provider.provenance(),
        email_verified: identity.email_verified,
        created_at: audited.at,
    };
    let mut user = create(tx, &new, None, audited, "auth.register")?;
    if !user.email_verified {
        link.send(tx, user.id, &user.email, user.locale)?;
    }
    if let Some(avatar) = &identity.avatar {
        user.avatar = Some(avatar.clone());
        tx.users().save(&mut user)?;
    }
    give(tx, user.id, identity, audited)?;
    Ok(AccountResolution::Changed(user.id, Vec::new()))
}

/// Gives an account whose address nobody proved to who proves it now, and to nobody else.
fn claim(
    tx: &mut dyn UsersTx,
    mut user: User,
    identity: &ExternalIdentity,
    audited: &AuditedAction,
) -> Result<AccountResolution, UserError> {
    let ended = tx.sessions().revoke_all(user.id, None, audited.at)?;
    tx.users().set_password(user.id, None)?;
    disown(tx, &mut user, audited)?;
    prove(tx, &mut user, audited)?;
    let detail = Some(format!("{}, {} sessions ended", identity.provider.as_str(), ended.len()));
    audited.record(tx, "auth.claimed", Some(user.id), AuditOutcome::Success, detail)?;
    add(tx, &user, identity, audited)?;
    Ok(AccountResolution::Changed(user.id, ended))
}

/// Adds an identity to the account that asks for it, if the session it asked from still lives.
/// Gives the account and the sessions that see it change.
pub(super) fn link(
    tx: &mut dyn UsersTx,
    id: UserId,
    session: SessionId,
    identity: &ExternalIdentity,
    audited: &AuditedAction,
) -> Result<(User, Vec<SessionId>), UserError> {
    const ENDED: UserError = UserError::BadToken("The session has ended; sign in again.");
    let mut user = tx.users().lock(id)?.ok_or(ENDED)?;
    let session = tx.sessions().get(session)?.ok_or(ENDED)?;
    policy::decide(&user, Proof::Session(&session), audited.at).map_err(|_| ENDED)?;
    match tx.identities().find(&identity.provider, &identity.subject)? {
        Some(known) if known.user == id => return Ok((user, Vec::new())),
        Some(_) => return Err(UserError::IdentityTaken),
        None => {}
    }
    add(tx, &user, identity, audited)?;
    let same = identity.email.as_ref().is_some_and(|email| email.key() == user.email.key());
    if same && identity.email_verified && !user.email_verified {
        prove(tx, &mut user, audited)?;
    }
    let sessions = open_sessions(tx, id, audited.at)?;
    Ok((user, sessions))
}

/// The address of this account is proven.
fn prove(tx: &mut dyn UsersTx, user: &mut User, audited: &AuditedAction) -> Result<(), UserError> {
    user.email_verified = true;
    user.updated_at = audited.at;
    tx.users().save(user)?;
    tx.outbox().append(&audited.cause().updated(user))?;
    Ok(())
}

/// Gives an identity to an account that was there before, and tells its owner.
fn add(
    tx: &mut dyn UsersTx,
    user: &User,
    identity: &ExternalIdentity,
    audited: &AuditedAction,
) -> Result<(), UserError> {
    give(tx, user.id, identity, audited)?;
    let email =
        email_templates::identity_linked(user.locale, identity.provider.as_str(), audited.at);
    Ok(notify_owner(tx, user, &email, audited.at)?)
}

/// Gives an identity to an account that has none of this provider.
fn give(
    tx: &mut dyn UsersTx,
    user: UserId,
    identity: &ExternalIdentity,
    audited: &AuditedAction,
) -> Result<(), UserError> {
    let known = tx.identities().of_user(user)?;
    if known.iter().any(|known| known.provider == identity.provider) {
        return Err(UserError::ProviderLinked);
    }
    tx.identities().insert(&Identity {
        provider: identity.provider.clone(),
        subject: identity.subject.clone(),
        user,
        linked_at: audited.at,
    })?;
    let detail = Some(identity.provider.as_str().to_owned());
    audited.record(tx, "auth.linked", Some(user), AuditOutcome::Success, detail)?;
    Ok(())
}

/// A username that nobody has, as near as can be to what they call themselves elsewhere. Never made
/// of the address, which is private while usernames are not.
fn free_name(tx: &mut dyn UsersTx, identity: &ExternalIdentity) -> Result<Username, UserError> {
    for turn in 0..NAMES {
        let name = candidate(identity, turn);
        let Ok(name) = Username::parse(&name) else { continue };
        if tx.users().find_by_username(name.as_str())?.is_none() {
            return Ok(name);
        }
    }
    Err(StoreError::Contention.into())
}

/// What they wish for; then the same with something behind it that is theirs.
fn candidate(identity: &ExternalIdentity, turn: u32) -> String {
    const LONGEST: usize = 40;
    let wish = identity.username.as_deref().filter(|wish| !wish.contains('@'));
    let wish = wish.unwrap_or_else(|| identity.first_name.as_str());
    let plain: String = wish
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "_.-".contains(*c))
        .take(LONGEST)
        .collect();
    let plain = plain.trim_matches(['_', '.', '-']);
    let (base, turn) = if plain.len() < 3 { ("user", turn + 1) } else { (plain, turn) };
    if turn == 0 {
        return base.to_owned();
    }
    let seed = format!("{} {} {turn}", identity.provider.as_str(), identity.subject.as_str());
    let digest = Sha256::digest(seed);
    let tail = digest.iter().take(3).fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    format!("{base}-{tail:06x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        external::{ProviderName, Subject},
        values::PersonName,
    };

    fn named(wish: Option<&str>, first: &str) -> ExternalIdentity {
        ExternalIdentity {
            provider: ProviderName::parse("acme").unwrap(),
            subject: Subject::parse("s-1").unwrap(),
            email: None,
            email_verified: false,
            username: wish.map(str::to_owned),
            first_name: PersonName::parse(first).unwrap(),
            last_name: PersonName::parse("").unwrap(),
            avatar: None,
        }
    }

    #[test]
    fn a_wish_is_kept_as_far_as_it_is_a_username() {
        let long = "x".repeat(80);
        for (wish, first, name) in [
            (Some("octocat"), "", "octocat"),
            (Some("Ada Lovelace"), "", "AdaLovelace"),
            (Some("-ada-"), "", "ada"),
            (None, "Grace", "Grace"),
            (Some("grace@example.com"), "Grace", "Grace"),
            (Some(long.as_str()), "", &long[..40]),
        ] {
            assert_eq!(candidate(&named(wish, first), 0), name);
        }
        for wish in
            [None, Some(""), Some("a"), Some("ädä"), Some("日本語"), Some("..."), Some("a@b")]
        {
            let name = candidate(&named(wish, ""), 0);
            assert!(name.starts_with("user-"), "{wish:?}: {name}");
        }
    }

    #[test]
    fn every_candidate_is_a_username_and_another_one() {
        for wish in [Some("octocat"), Some("日本"), None, Some(&*"y".repeat(60))] {
            let names: std::collections::BTreeSet<String> = (0..NAMES)
                .map(|turn| candidate(&named(wish, ""), turn))
                .inspect(|name| assert!(Username::parse(name).is_ok(), "{name}"))
                .collect();
            assert_eq!(names.len(), NAMES as usize);
        }
    }
}
