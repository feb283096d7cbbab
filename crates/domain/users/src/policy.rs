//! Who may do what to whom, who may come in, and which passwords are taken. Pure: everything that
//! is decided here is decided from its arguments alone.
//!
//! Who may not know of an account is told that it is not there; who may know of it and may not
//! touch it is told so.

use kernel::{Actor, Permission, Role, Timestamp};

use crate::{
    commands::Govern,
    common_passwords,
    error::UserError,
    session::Session,
    user::User,
    values::{Email, Password, PasswordError, Status, Username},
};

/// How much of an account somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// What everybody who is signed in sees.
    Public,
    /// The address, the status and the sign-ins as well.
    Private,
}

/// How much of `user` the caller sees.
pub fn sight(actor: &Actor, user: &User) -> Sight {
    if actor.user == user.id || actor.may(Permission::UsersManage) {
        Sight::Private
    } else {
        Sight::Public
    }
}

/// Asks for a permission.
pub fn require(actor: &Actor, permission: Permission) -> Result<(), UserError> {
    if actor.may(permission) {
        Ok(())
    } else {
        Err(UserError::MissingPermission(permission.as_str()))
    }
}

/// May the caller see that the account is there? Suspended ones are hidden from those who do not
/// manage them.
pub fn may_see(actor: &Actor, user: &User) -> Result<(), UserError> {
    require(actor, Permission::UsersRead)?;
    if user.status == Status::Active || sight(actor, user) == Sight::Private {
        Ok(())
    } else {
        Err(UserError::NotFound(user.id))
    }
}

/// May the caller change or remove the account of somebody with this role?
pub fn may_manage(actor: &Actor, target: Role) -> Result<(), UserError> {
    require(actor, Permission::UsersManage)?;
    if actor.role == Role::SuperAdmin || target < actor.role {
        Ok(())
    } else {
        Err(UserError::AboveYourRole)
    }
}

/// May the caller do this to the role and status of somebody with this role? Nobody raises anyone
/// to or above their own role; a `super_admin` has nobody above, so makes others.
pub fn may_govern(actor: &Actor, target: Role, govern: Govern) -> Result<(), UserError> {
    may_manage(actor, target)?;
    match govern.role {
        Some(role) if actor.role != Role::SuperAdmin && role >= actor.role => {
            Err(UserError::AboveYourRole)
        }
        _ => Ok(()),
    }
}

/// Does an active `super_admin` cease to be one by this change?
pub fn loses_super_admin(before: &User, after: &User) -> bool {
    let counts = |user: &User| user.role == Role::SuperAdmin && user.status == Status::Active;
    counts(before) && !counts(after)
}

/// What somebody holds up to come in or to stay.
#[derive(Debug, Clone, Copy)]
pub enum Proof<'a> {
    /// The right password.
    Password,
    /// An identity of the account at another provider.
    Identity,
    /// A ticket or refresh token of a session.
    Session(&'a Session),
    /// An access token: its session and its generation.
    Access(&'a Session, i64),
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The account is suspended.
    Suspended,
    /// The session ended, expired, or is somebody else's.
    Ended,
    /// The token belongs to a pair that others have taken the place of.
    Superseded,
}

/// The one function that decides every sign-in, whatever the door, so that no second door is
/// weaker than the first.
pub fn decide(user: &User, proof: Proof<'_>, now: Timestamp) -> Result<(), Denial> {
    if user.status != Status::Active {
        return Err(Denial::Suspended);
    }
    let session = match proof {
        Proof::Password | Proof::Identity => return Ok(()),
        Proof::Session(session) | Proof::Access(session, _) => session,
    };
    if session.user != user.id || !session.is_open(now) {
        return Err(Denial::Ended);
    }
    match proof {
        Proof::Access(session, generation) if !session.accepts(generation) => {
            Err(Denial::Superseded)
        }
        _ => Ok(()),
    }
}

/// Judges a password that somebody wants to have. There are no rules about which characters it is
/// made of; it must only not be among the first that anybody would try.
pub fn accept_password(
    password: &Password,
    username: &Username,
    email: &Email,
) -> Result<(), PasswordError> {
    let lower = password.expose().to_lowercase();
    let address = email.key();
    let local = address.rsplit_once('@').map_or(address.as_str(), |(local, _)| local);
    if lower == username.key() || lower == address || lower == local {
        return Err(PasswordError::SameAsName);
    }
    if common_passwords::is_common(&lower) {
        return Err(PasswordError::Common);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kernel::{SessionId, UserId};

    use super::*;
    use crate::values::{Bio, PersonName, Provider};

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-21T12:00:00Z").unwrap()
    }

    fn user(id: i64, role: Role, status: Status) -> User {
        User {
            id: UserId::parse(id).unwrap(),
            username: Username::parse("ada").unwrap(),
            email: Email::parse("ada@example.com").unwrap(),
            role,
            status,
            first_name: PersonName::parse("").unwrap(),
            last_name: PersonName::parse("").unwrap(),
            bio: Bio::parse("").unwrap(),
            avatar: None,
            provider: Provider::Local,
            email_verified: false,
            two_factor_enabled: false,
            created_at: now(),
            updated_at: now(),
            last_login_at: None,
            version: 1,
        }
    }

    fn actor(id: i64, role: Role) -> Actor {
        Actor::new(UserId::parse(id).unwrap(), role)
    }

    fn session(user: i64) -> Session {
        Session {
            id: SessionId::parse(7).unwrap(),
            user: UserId::parse(user).unwrap(),
            device: None,
            ip: None,
            created_at: now(),
            last_used_at: now(),
            expires_at: now().plus(Duration::from_secs(60)),
            revoked_at: None,
            generation: 5,
            parent: 3,
            seen: 3,
            last_generation: 5,
        }
    }

    /// What `may_manage` says, for every pair of roles.
    #[test]
    fn only_administrators_manage_and_only_those_below_them() {
        use Role::{Admin, Moderator, SuperAdmin, User};
        for caller in Role::ALL {
            for target in Role::ALL {
                let allowed = match (caller, target) {
                    (User | Moderator, _) => Err("permission"),
                    (Admin, User | Moderator) | (SuperAdmin, _) => Ok(()),
                    (Admin, Admin | SuperAdmin) => Err("role"),
                };
                let answer = may_manage(&actor(1, caller), target).map_err(|error| match error {
                    UserError::MissingPermission("users:manage") => "permission",
                    UserError::AboveYourRole => "role",
                    _ => "other",
                });
                assert_eq!(answer, allowed, "{caller:?} on {target:?}");
            }
        }
    }

    /// What `may_govern` says, for every caller, target and new role.
    #[test]
    fn nobody_raises_anyone_to_or_above_their_own_role() {
        for caller in Role::ALL {
            for target in Role::ALL {
                for role in Role::ALL {
                    let govern = Govern { role: Some(role), status: None };
                    let allowed = caller == Role::SuperAdmin
                        || (caller == Role::Admin && target < caller && role < caller);
                    assert_eq!(
                        may_govern(&actor(1, caller), target, govern).is_ok(),
                        allowed,
                        "{caller:?} makes {target:?} {role:?}"
                    );
                }
                let suspend = Govern { role: None, status: Some(Status::Suspended) };
                assert_eq!(
                    may_govern(&actor(1, caller), target, suspend).is_ok(),
                    may_manage(&actor(1, caller), target).is_ok()
                );
            }
        }
    }

    #[test]
    fn private_data_is_for_oneself_and_administrators() {
        let ada = user(1, Role::User, Status::Active);
        assert_eq!(sight(&actor(1, Role::User), &ada), Sight::Private);
        assert_eq!(sight(&actor(2, Role::User), &ada), Sight::Public);
        assert_eq!(sight(&actor(2, Role::Moderator), &ada), Sight::Public);
        assert_eq!(sight(&actor(2, Role::Admin), &ada), Sight::Private);
        assert_eq!(sight(&actor(2, Role::SuperAdmin), &ada), Sight::Private);
    }

    #[test]
    fn a_suspended_account_is_hidden_from_those_who_do_not_manage_it() {
        let eve = user(1, Role::User, Status::Suspended);
        for (role, seen) in [
            (Role::User, false),
            (Role::Moderator, false),
            (Role::Admin, true),
            (Role::SuperAdmin, true),
        ] {
            assert_eq!(may_see(&actor(2, role), &eve).is_ok(), seen, "{role:?}");
        }
        let ada = user(1, Role::User, Status::Active);
        assert!(may_see(&actor(2, Role::User), &ada).is_ok());
    }

    #[test]
    fn a_super_admin_is_lost_by_lowering_and_by_suspending() {
        let before = user(1, Role::SuperAdmin, Status::Active);
        assert!(loses_super_admin(&before, &user(1, Role::Admin, Status::Active)));
        assert!(loses_super_admin(&before, &user(1, Role::SuperAdmin, Status::Suspended)));
        assert!(!loses_super_admin(&before, &before));
        let admin = user(1, Role::Admin, Status::Active);
        assert!(!loses_super_admin(&admin, &user(1, Role::User, Status::Active)));
    }

    #[test]
    fn every_door_asks_for_an_active_account() {
        let eve = user(1, Role::SuperAdmin, Status::Suspended);
        let open = session(1);
        for proof in
            [Proof::Password, Proof::Identity, Proof::Session(&open), Proof::Access(&open, 5)]
        {
            assert_eq!(decide(&eve, proof, now()), Err(Denial::Suspended), "{proof:?}");
        }
    }

    #[test]
    fn a_session_must_be_open_and_the_accounts_own() {
        let ada = user(1, Role::User, Status::Active);
        assert_eq!(decide(&ada, Proof::Password, now()), Ok(()));
        assert_eq!(decide(&ada, Proof::Identity, now()), Ok(()));
        assert_eq!(decide(&ada, Proof::Session(&session(1)), now()), Ok(()));
        let revoked = Session { revoked_at: Some(now()), ..session(1) };
        let expired = Session { expires_at: now(), ..session(1) };
        for bad in [session(2), revoked, expired] {
            for proof in [Proof::Session(&bad), Proof::Access(&bad, 5)] {
                assert_eq!(decide(&ada, proof, now()), Err(Denial::Ended), "{proof:?}");
            }
        }
    }

    #[test]
    fn access_tokens_of_the_live_pair_and_of_its_parent_are_good() {
        let ada = user(1, Role::User, Status::Active);
        let open = session(1);
        for generation in [-1, 0, 1, 2, 3, 4, 5, 6] {
            let expected =
                if [3, 5].contains(&generation) { Ok(()) } else { Err(Denial::Superseded) };
            assert_eq!(decide(&ada, Proof::Access(&open, generation), now()), expected);
        }
        // the first pair has no parent, and 0 is no generation
        let first = Session { generation: 1, parent: 0, ..session(1) };
        assert_eq!(decide(&ada, Proof::Access(&first, 0), now()), Err(Denial::Superseded));
    }

    fn judged(raw: &str) -> Result<(), PasswordError> {
        accept_password(
            &Password::parse(raw).unwrap(),
            &Username::parse("Ada.Lovelace").unwrap(),
            &Email::parse("Countess@Example.com").unwrap(),
        )
    }

    #[test]
    fn a_password_is_neither_the_name_nor_the_address() {
        for same in ["Ada.Lovelace", "ADA.LOVELACE", "countess@example.com", "cOUNTESS"] {
            assert_eq!(judged(same), Err(PasswordError::SameAsName), "{same}");
        }
        for other in ["Ada.Lovelace+", "countess@example.org", "my name is Ada.Lovelace"] {
            assert_eq!(judged(other), Ok(()), "{other}");
        }
    }

    #[test]
    fn common_passwords_are_refused_in_any_case() {
        for common in ["password", "PassWord1", "QWERTYUIOP", "iloveyou", "trustno1", "12345678"] {
            assert_eq!(judged(common), Err(PasswordError::Common), "{common}");
        }
        assert_eq!(judged("correct horse battery staple"), Ok(()));
    }
}
