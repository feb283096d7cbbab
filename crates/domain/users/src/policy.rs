//! Who may do what to whom, and who may come in. Pure: everything that
//! is decided here is decided from its arguments alone.
//!
//! Who may not know of an account is told that it is not there; who may know of it and may not
//! touch it is told so.

use kernel::{Actor, Entitlement, Permission, Permissions, Role, Timestamp};

use crate::{
    commands::Administer,
    error::UserError,
    personal_access_token::PersonalAccessToken,
    session::Session,
    user::User,
    values::{EmailAddress, Password, Provider, Status, Username},
};

/// The highest role of a service account.
const MACHINES_MOST: Role = Role::Admin;

/// How much of an account somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Names, bio, avatar and when the account was made: for everyone who is signed in.
    Public,
    /// Everything: for oneself and for administrators.
    Private,
}

/// How much of `user` the caller sees.
pub fn visibility(actor: &Actor, user: &User) -> Visibility {
    if actor.user == user.id || actor.may(Permission::UsersManage) {
        Visibility::Private
    } else {
        Visibility::Public
    }
}

/// Asks for a sign-in. A token acts for its owner, and must not be enough to take the account over:
/// what opens doors (passwords, addresses, second factors, other tokens) is closed to it.
pub fn require_session(actor: &Actor) -> Result<(), UserError> {
    if actor.token.is_none() { Ok(()) } else { Err(UserError::SessionNeeded) }
}

/// Asks for what an operation needs.
pub fn entitled(actor: &Actor, needs: Entitlement) -> Result<(), UserError> {
    if needs.session {
        require_session(actor)?;
    }
    if let Some(permission) = needs.permission {
        actor.require(permission)?;
    }
    Ok(())
}

/// Nobody gives what they do not hold by way of this call.
pub fn may_give(actor: &Actor, given: Permissions) -> Result<(), UserError> {
    match given.without(actor.permissions).iter().next() {
        Some(missing) => Err(UserError::MissingPermission(missing.as_str())),
        None => Ok(()),
    }
}

/// May the caller see that the account is there? Suspended and closed ones are hidden from those who
/// do not manage them.
pub fn may_see(actor: &Actor, user: &User) -> Result<(), UserError> {
    actor.require(Permission::UsersRead)?;
    if may_be_used(user).is_ok() || visibility(actor, user) == Visibility::Private {
        Ok(())
    } else {
        Err(UserError::NotFound(user.id))
    }
}

/// May the caller change or remove the account of somebody with this role?
pub fn may_manage(actor: &Actor, target: Role) -> Result<(), UserError> {
    actor.require(Permission::UsersManage)?;
    if actor.role == Role::SuperAdmin || target < actor.role {
        Ok(())
    } else {
        Err(UserError::AboveYourRole)
    }
}

/// May the caller act on somebody who holds these permissions besides those of their base role?
/// Whoever changes an account can make it theirs, so it must not hold more than they do.
pub fn may_reach(actor: &Actor, target: Role, extra: Permissions) -> Result<(), UserError> {
    let own = actor.permissions.union(target.permissions());
    if actor.role == Role::SuperAdmin || own.covers(extra) {
        Ok(())
    } else {
        Err(UserError::AboveYourRole)
    }
}

/// May the caller make a service account with this role? Always one below their own, so that none
/// is a `super_admin`.
pub fn may_create_service_account(actor: &Actor, role: Role) -> Result<(), UserError> {
    actor.require(Permission::UsersManage)?;
    if role >= actor.role {
        return Err(UserError::AboveYourRole);
    }
    may_give(actor, role.permissions())
}

/// Who calls by this account, and what they may do: what its role allows and what custom roles add
/// (`extra`). A service account acts as an `admin` at most, whatever is stored about it.
pub fn acting(user: &User, extra: Permissions) -> Actor {
    let actor = Actor::new(user.id, user.role);
    let permissions = actor.permissions.union(extra);
    if user.provider != Provider::Service {
        return Actor { permissions, ..actor };
    }
    let permissions = permissions.intersection(MACHINES_MOST.permissions());
    Actor { role: user.role.min(MACHINES_MOST), permissions, ..actor }
}

/// May this account be given this role, or custom roles that add these permissions? A service account
/// is never a `super_admin`, nor does it hold what only a `super_admin` holds.
///
/// Errors: `ServiceAccountLimit`.
pub fn may_hold(user: &User, role: Option<Role>, extra: Permissions) -> Result<(), UserError> {
    let fits =
        role.is_none_or(|role| role <= MACHINES_MOST) && MACHINES_MOST.permissions().covers(extra);
    if fits || user.provider != Provider::Service {
        Ok(())
    } else {
        Err(UserError::ServiceAccountLimit)
    }
}

/// May the caller say which roles somebody with this role has besides?
pub fn may_assign_roles(actor: &Actor, target: Role) -> Result<(), UserError> {
    actor.require(Permission::RolesManage)?;
    if actor.role == Role::SuperAdmin || target < actor.role {
        Ok(())
    } else {
        Err(UserError::AboveYourRole)
    }
}

/// May the caller do this to the role and status of somebody with this role? Nobody raises anyone
/// to or above their own role; a `super_admin` has nobody above, so makes others. Who comes with a
/// token gives no more than its scopes.
pub fn may_administer(
    actor: &Actor,
    target: Role,
    administer: Administer,
) -> Result<(), UserError> {
    may_manage(actor, target)?;
    match administer.role {
        Some(role) if actor.role != Role::SuperAdmin && role >= actor.role => {
            Err(UserError::AboveYourRole)
        }
        Some(role) => may_give(actor, role.permissions().without(target.permissions())),
        None => Ok(()),
    }
}

/// Is this somebody who keeps the house open: an active `super_admin` who can sign in?
pub fn is_the_last_super_admin(user: &User) -> bool {
    user.role == Role::SuperAdmin && may_be_used(user).is_ok() && user.provider != Provider::Service
}

/// May the caller take the second factor from somebody with this role? From those below only, so that
/// nobody takes their own in this way, without a code.
pub fn may_reset_factor(actor: &Actor, target: Role) -> Result<(), UserError> {
    actor.require(Permission::UsersManage)?;
    if target < actor.role { Ok(()) } else { Err(UserError::AboveYourRole) }
}

/// A set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Roles(u8);

impl Roles {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// True when `role` is among them.
    pub const fn contains(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |set, role| set | 1 << role as u8))
    }
}

/// Is this account without the second factor that its role must have? Then it may do nothing but get
/// itself one. Machines have none: they come by tokens only.
pub fn lacks_factor(user: &User, must_have: Roles) -> bool {
    must_have.contains(user.role) && !user.two_factor_enabled && user.provider != Provider::Service
}

/// Does an active `super_admin` cease to be one by this change?
pub fn loses_super_admin(before: &User, after: &User) -> bool {
    is_the_last_super_admin(before) && !is_the_last_super_admin(after)
}

/// What somebody holds up to come in or to stay.
#[derive(Debug, Clone, Copy)]
pub enum Proof<'a> {
    /// The right password, and nothing else.
    Password,
    /// One thing that would let in by itself, and the second factor.
    Factor,
    /// The right password once more, from inside a session.
    Again,
    /// An identity of the account at another provider.
    Identity,
    /// A ticket or refresh token of a session.
    Session(&'a Session),
    /// An access token: its session and its generation.
    Access(&'a Session, i64),
    /// A personal access token.
    Token(&'a PersonalAccessToken),
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The account is suspended.
    Suspended,
    /// The account has a second factor, and it was not held up.
    FactorMissing,
    /// Its owner closed the account.
    Closed,
    /// It is a service account, and this is a door for people.
    ServiceAccount,
    /// The session or token ended, expired, or is somebody else's.
    Ended,
    /// The token belongs to a pair that others have taken the place of.
    Superseded,
}

/// May the account be used at all, by whatever proof?
pub fn may_be_used(user: &User) -> Result<(), Denial> {
    match user.status {
        Status::Suspended => Err(Denial::Suspended),
        Status::Active if user.purge_at.is_some() => Err(Denial::Closed),
        Status::Active => Ok(()),
    }
}

/// May a password be set by mail? Also for an account that its owner closed: who forgot the password
/// could not have it back otherwise. Machines have none.
pub fn may_reset(user: &User) -> bool {
    user.status == Status::Active && user.provider != Provider::Service
}

/// The one function that decides every sign-in, whatever the door, so that no second door is
/// weaker than the first.
pub fn decide(user: &User, proof: Proof<'_>, now: Timestamp) -> Result<(), Denial> {
    may_be_used(user)?;
    let session = match proof {
        Proof::Token(token) if token.user != user.id || token.is_over(now) => {
            return Err(Denial::Ended);
        }
        Proof::Token(_) => return Ok(()),
        _ if user.provider == Provider::Service => return Err(Denial::ServiceAccount),
        Proof::Password | Proof::Identity if user.two_factor_enabled => {
            return Err(Denial::FactorMissing);
        }
        Proof::Password | Proof::Identity | Proof::Factor | Proof::Again => return Ok(()),
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

/// Whether a new password is the account's username, its email address, or the part of that before
/// the `@`, without regard to case.
pub fn is_a_name(password: &Password, username: &Username, email: &EmailAddress) -> bool {
    let lower = password.expose().to_lowercase();
    let address = email.key();
    let local = address.rsplit_once('@').map_or(address.as_str(), |(local, _)| local);
    lower == username.key() || lower == address || lower == local
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kernel::{SessionId, TokenId, UserId};

    use super::*;
    use crate::values::{Bio, PersonName, TokenName};

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-21T12:00:00Z").unwrap()
    }

    fn user(id: i64, role: Role, status: Status) -> User {
        User {
            id: UserId::parse(id).unwrap(),
            username: Username::parse("ada").unwrap(),
            email: EmailAddress::parse("ada@example.com").unwrap(),
            role,
            status,
            first_name: PersonName::parse("").unwrap(),
            last_name: PersonName::parse("").unwrap(),
            bio: Bio::parse("").unwrap(),
            avatar: None,
            locale: kernel::Locale::DEFAULT,
            provider: Provider::Local,
            email_verified: false,
            phone: None,
            two_factor_enabled: false,
            created_at: now(),
            updated_at: now(),
            last_login_at: None,
            purge_at: None,
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

    fn token(user: i64, expires_at: Option<Timestamp>) -> PersonalAccessToken {
        PersonalAccessToken {
            id: TokenId::parse(9).unwrap(),
            user: UserId::parse(user).unwrap(),
            name: TokenName::parse("ci").unwrap(),
            scopes: Permissions::NONE,
            expires_at,
            created_at: now(),
            last_used_at: None,
            last_used_ip: None,
        }
    }

    fn only(permissions: &[Permission]) -> Permissions {
        permissions.iter().copied().collect()
    }

    /// An administrator who comes with a token of these scopes.
    fn by_token(role: Role, scopes: &[Permission]) -> Actor {
        let actor = actor(1, role);
        let permissions = actor.permissions.intersection(only(scopes));
        Actor { token: Some(TokenId::parse(9).unwrap()), permissions, ..actor }
    }

    #[test]
    fn a_token_is_no_sign_in() {
        assert!(require_session(&actor(1, Role::User)).is_ok());
        let token = by_token(Role::SuperAdmin, &Permission::BUILT_IN);
        assert!(matches!(require_session(&token), Err(UserError::SessionNeeded)));
    }

    #[test]
    fn nobody_gives_what_they_do_not_hold() {
        use Permission::{AuditRead, RolesManage, UsersManage};
        assert!(may_give(&actor(1, Role::Admin), only(&[AuditRead])).is_ok());
        let more = may_give(&actor(1, Role::Admin), only(&[AuditRead, RolesManage]));
        assert!(matches!(more, Err(UserError::MissingPermission("roles:manage"))), "{more:?}");
        // a token gives no more than its scopes, whatever the rank of who made it
        let token = by_token(Role::SuperAdmin, &[UsersManage]);
        let raise = Administer { role: Some(Role::Admin), status: None };
        let raised = may_administer(&token, Role::User, raise);
        assert!(matches!(raised, Err(UserError::MissingPermission(_))), "{raised:?}");
        let lower = Administer { role: Some(Role::User), status: None };
        assert!(may_administer(&token, Role::Admin, lower).is_ok());
        assert!(may_create_service_account(&token, Role::User).is_err());
        assert!(may_create_service_account(&actor(1, Role::Admin), Role::Moderator).is_ok());
        assert!(may_create_service_account(&actor(1, Role::Admin), Role::Admin).is_err());
        assert!(may_create_service_account(&actor(1, Role::SuperAdmin), Role::SuperAdmin).is_err());
        assert!(may_create_service_account(&actor(1, Role::Moderator), Role::User).is_err());
    }

    #[test]
    fn who_holds_more_by_a_role_is_out_of_reach() {
        use Permission::{RolesManage, TasksWrite, UsersManage};
        let admin = actor(1, Role::Admin);
        assert!(may_reach(&admin, Role::User, only(&[UsersManage])).is_ok());
        let more = may_reach(&admin, Role::User, only(&[RolesManage]));
        assert!(matches!(more, Err(UserError::AboveYourRole)), "{more:?}");
        assert!(may_reach(&actor(1, Role::SuperAdmin), Role::User, only(&[RolesManage])).is_ok());
        // what the base role gives anyway is no more
        let token = by_token(Role::Admin, &[UsersManage]);
        assert!(may_reach(&token, Role::User, only(&[TasksWrite])).is_ok());
    }

    #[test]
    fn roles_are_given_by_who_may_and_to_those_below() {
        assert!(may_assign_roles(&actor(1, Role::Admin), Role::User).is_err());
        assert!(may_assign_roles(&actor(1, Role::SuperAdmin), Role::SuperAdmin).is_ok());
        let extra = only(&[Permission::RolesManage]);
        let admin = Actor { permissions: extra, ..actor(1, Role::Admin) };
        assert!(may_assign_roles(&admin, Role::Moderator).is_ok());
        assert!(may_assign_roles(&admin, Role::Admin).is_err());
    }

    #[test]
    fn a_token_must_be_the_accounts_own_and_in_its_time() {
        let ada = user(1, Role::User, Status::Active);
        let later = now().plus(Duration::from_secs(1));
        for good in [token(1, None), token(1, Some(later))] {
            assert_eq!(decide(&ada, Proof::Token(&good), now()), Ok(()));
        }
        for bad in [token(2, None), token(1, Some(now()))] {
            assert_eq!(decide(&ada, Proof::Token(&bad), now()), Err(Denial::Ended));
        }
        let eve = user(1, Role::User, Status::Suspended);
        let suspended = decide(&eve, Proof::Token(&token(1, None)), now());
        assert_eq!(suspended, Err(Denial::Suspended));
    }

    #[test]
    fn a_service_account_comes_in_by_token_only() {
        let bot = User { provider: Provider::Service, ..user(1, Role::User, Status::Active) };
        let open = session(1);
        for proof in [Proof::Password, Proof::Session(&open), Proof::Access(&open, 5)] {
            assert_eq!(decide(&bot, proof, now()), Err(Denial::ServiceAccount), "{proof:?}");
        }
        assert_eq!(decide(&bot, Proof::Token(&token(1, None)), now()), Ok(()));
        // and does not keep the house open
        let root = user(1, Role::SuperAdmin, Status::Active);
        assert!(loses_super_admin(&root, &User { provider: Provider::Service, ..root.clone() }));
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

    /// What `may_administer` says, for every caller, target and new role.
    #[test]
    fn nobody_raises_anyone_to_or_above_their_own_role() {
        for caller in Role::ALL {
            for target in Role::ALL {
                for role in Role::ALL {
                    let administer = Administer { role: Some(role), status: None };
                    let allowed = caller == Role::SuperAdmin
                        || (caller == Role::Admin && target < caller && role < caller);
                    assert_eq!(
                        may_administer(&actor(1, caller), target, administer).is_ok(),
                        allowed,
                        "{caller:?} makes {target:?} {role:?}"
                    );
                }
                let suspend = Administer { role: None, status: Some(Status::Suspended) };
                assert_eq!(
                    may_administer(&actor(1, caller), target, suspend).is_ok(),
                    may_manage(&actor(1, caller), target).is_ok()
                );
            }
        }
    }

    #[test]
    fn private_data_is_for_oneself_and_administrators() {
        let ada = user(1, Role::User, Status::Active);
        assert_eq!(visibility(&actor(1, Role::User), &ada), Visibility::Private);
        assert_eq!(visibility(&actor(2, Role::User), &ada), Visibility::Public);
        assert_eq!(visibility(&actor(2, Role::Moderator), &ada), Visibility::Public);
        assert_eq!(visibility(&actor(2, Role::Admin), &ada), Visibility::Private);
        assert_eq!(visibility(&actor(2, Role::SuperAdmin), &ada), Visibility::Private);
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
        let first = [Proof::Password, Proof::Identity, Proof::Factor, Proof::Again];
        for proof in first.into_iter().chain([Proof::Session(&open), Proof::Access(&open, 5)]) {
            assert_eq!(decide(&eve, proof, now()), Err(Denial::Suspended), "{proof:?}");
        }
    }

    #[test]
    fn a_password_alone_does_not_open_an_account_with_a_second_factor() {
        let ada = User { two_factor_enabled: true, ..user(1, Role::User, Status::Active) };
        let open = session(1);
        assert_eq!(decide(&ada, Proof::Password, now()), Err(Denial::FactorMissing));
        for proof in [Proof::Factor, Proof::Again, Proof::Session(&open), Proof::Access(&open, 5)] {
            assert_eq!(decide(&ada, proof, now()), Ok(()), "{proof:?}");
        }
        let eve = User { status: Status::Suspended, ..ada };
        assert_eq!(decide(&eve, Proof::Password, now()), Err(Denial::Suspended));
    }

    #[test]
    fn a_factor_is_taken_only_from_those_below() {
        for caller in Role::ALL {
            for target in Role::ALL {
                let allowed = caller >= Role::Admin && target < caller;
                assert_eq!(may_reset_factor(&actor(1, caller), target).is_ok(), allowed);
            }
        }
    }

    #[test]
    fn roles_that_must_have_a_factor_lack_it_until_it_is_on() {
        let must: Roles = [Role::Admin, Role::SuperAdmin].into_iter().collect();
        for role in Role::ALL {
            let ada = user(1, role, Status::Active);
            assert_eq!(lacks_factor(&ada, must), role >= Role::Admin);
            assert!(!lacks_factor(&ada, Roles::NONE));
            assert!(!lacks_factor(&User { two_factor_enabled: true, ..ada }, must));
        }
    }

    #[test]
    fn a_closed_account_is_hidden_shut_and_no_super_admin() {
        let open = session(1);
        let ada = User { purge_at: Some(now()), ..user(1, Role::SuperAdmin, Status::Active) };
        for proof in [Proof::Password, Proof::Session(&open), Proof::Access(&open, 5)] {
            assert_eq!(decide(&ada, proof, now()), Err(Denial::Closed), "{proof:?}");
        }
        assert!(may_see(&actor(2, Role::User), &ada).is_err());
        assert!(may_see(&actor(2, Role::Admin), &ada).is_ok());
        assert!(loses_super_admin(&user(1, Role::SuperAdmin, Status::Active), &ada));
        let both = User { status: Status::Suspended, ..ada };
        assert_eq!(may_be_used(&both), Err(Denial::Suspended), "the harder of the two is told");
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

    #[test]
    fn a_password_is_neither_the_name_nor_the_address() {
        let is_a_name = |raw: &str| {
            is_a_name(
                &Password::parse(raw).unwrap(),
                &Username::parse("Ada.Lovelace").unwrap(),
                &EmailAddress::parse("Countess@Example.com").unwrap(),
            )
        };
        for same in ["Ada.Lovelace", "ADA.LOVELACE", "countess@example.com", "cOUNTESS"] {
            assert!(is_a_name(same), "{same}");
        }
        for other in ["Ada.Lovelace+", "countess@example.org", "my name is Ada.Lovelace"] {
            assert!(!is_a_name(other), "{other}");
        }
    }
}
