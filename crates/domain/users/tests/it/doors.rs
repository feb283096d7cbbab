//! Doors that must not be weaker than the first: remembered state, tokens, service accounts, keys.

use kernel::{Actor, Outcome, Permission, Permissions, Role, UserId};
use pollster::block_on;
use users::{
    User, UserError,
    audit::AuditOutcome,
    commands::{Administer, CreateServiceAccount, MakeToken, UpdateRole},
    role::NewRole,
    service::KeyCheck,
    values::{RoleDescription, RoleName, Status, TokenName, Username},
};

use crate::fixture::{DAY, Fixture, PASSWORD, by_name, origin, password, start};

async fn set_status(fixture: &Fixture, admin: &Actor, id: UserId, status: Status) {
    let administer = Administer { role: None, status: Some(status) };
    fixture.users.administer(admin, id, None, administer, origin()).await.unwrap();
}

/// Why an access token is refused.
async fn refusal(users: &users::Users, access_token: &str) -> &'static str {
    match users.authenticate(access_token, None).await {
        Err(UserError::BadToken(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn after_a_reactivation_no_older_session_hears_that_its_account_is_suspended() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let admin = fixture.with_role("admin", Role::Admin).await;
        let pair = fixture.sign_in("ada").await;
        let replica = fixture.replica();
        set_status(&fixture, &admin, ada.id, Status::Suspended).await;
        for users in [&fixture.users, &replica] {
            assert_eq!(refusal(users, &pair.access_token).await, "This account is suspended.");
        }
        set_status(&fixture, &admin, ada.id, Status::Active).await;
        for users in [&fixture.users, &replica] {
            let why = refusal(users, &pair.access_token).await;
            assert_eq!(why, "The session has ended; sign in again.");
        }
    });
}

#[test]
fn after_a_restoration_no_older_session_hears_that_its_account_is_closed() {
    block_on(async {
        let fixture = Fixture::with_grace(DAY);
        fixture.person("ada").await;
        let pair = fixture.sign_in("ada").await;
        let actor = fixture.users.authenticate(&pair.access_token, None).await.unwrap().actor;
        let replica = fixture.replica();
        fixture.users.remove_me(&actor, password(PASSWORD), origin()).await.unwrap();
        for users in [&fixture.users, &replica] {
            assert_eq!(refusal(users, &pair.access_token).await, "This account is closed.");
        }
        fixture.users.restore_account(by_name("ada", PASSWORD)).await.unwrap();
        for users in [&fixture.users, &replica] {
            let why = refusal(users, &pair.access_token).await;
            assert_eq!(why, "The session has ended; sign in again.");
        }
    });
}

#[test]
fn a_stream_ends_whatever_a_replica_remembers() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let pair = fixture.sign_in("ada").await;
        let replica = fixture.replica();
        let actor = replica.authenticate(&pair.access_token, None).await.unwrap().actor;
        assert!(replica.still_valid(&actor).await);
        fixture.users.sign_out(&actor, origin()).await.unwrap();
        assert!(!replica.still_valid(&actor).await, "the replica's cache is a minute old at most");
    });
}

#[test]
fn identities_are_shown_to_a_sign_in_only() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let actor = fixture.actor("ada").await;
        let make = MakeToken {
            name: TokenName::parse("ci").unwrap(),
            scopes: [Permission::TasksRead].into_iter().collect(),
            expires_at: None,
            origin: origin(),
        };
        let made = fixture.users.make_token(&actor, make).await.unwrap();
        let by_token = fixture.users.authenticate(&made.secret, None).await.unwrap().actor;
        let refused = fixture.users.identities(&by_token).await;
        assert!(matches!(refused, Err(UserError::SessionNeeded)), "{refused:?}");
        assert!(fixture.users.identities(&actor).await.unwrap().is_empty());
    });
}

fn role_name(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

async fn custom_role(fixture: &Fixture, root: &Actor, name: &str, permissions: &[Permission]) {
    let new = NewRole {
        name: role_name(name),
        description: RoleDescription::parse("").unwrap(),
        permissions: permissions.iter().copied().collect(),
        created_at: start(),
    };
    fixture.users.make_role(root, None, new, origin()).await.unwrap();
}

async fn service_account(fixture: &Fixture, root: &Actor) -> User {
    let username = Username::parse("bot").unwrap();
    let make = CreateServiceAccount { username, role: Role::Admin, origin: origin() };
    match fixture.users.create_service_account(root, None, make).await.unwrap() {
        Outcome::Executed(user) => user,
        Outcome::Replayed(_) => panic!("it was made before"),
    }
}

/// What a service account may do with a token that names everything that its maker may name.
async fn acts_as(fixture: &Fixture, root: &Actor, id: UserId) -> (Role, Permissions) {
    let make = MakeToken {
        name: TokenName::parse("ci").unwrap(),
        scopes: Role::Admin.permissions(),
        expires_at: None,
        origin: origin(),
    };
    let made = fixture.users.create_service_account_token(root, id, make).await.unwrap();
    let actor = fixture.users.authenticate(&made.secret, None).await.unwrap().actor;
    (actor.role, actor.permissions)
}

#[test]
fn a_service_account_is_raised_to_admin_at_most() {
    block_on(async {
        let fixture = Fixture::new();
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let bot = service_account(&fixture, &root).await;
        let raise = Administer { role: Some(Role::SuperAdmin), status: None };
        let raised = fixture.users.administer(&root, bot.id, None, raise, origin()).await;
        assert!(matches!(raised, Err(UserError::ServiceAccountLimit)), "{raised:?}");
        let entry = fixture.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.outcome),
            ("users.role_changed", AuditOutcome::Denied)
        );
        assert_eq!(fixture.user(bot.id).await.role, Role::Admin);
        let make = CreateServiceAccount {
            username: Username::parse("robot").unwrap(),
            role: Role::SuperAdmin,
            origin: origin(),
        };
        assert!(fixture.users.create_service_account(&root, None, make).await.is_err());
        // people can be
        let ada = fixture.person("ada").await;
        fixture.users.administer(&root, ada.id, None, raise, origin()).await.unwrap();
    });
}

#[test]
fn no_custom_role_makes_a_service_account_a_super_admin() {
    block_on(async {
        let fixture = Fixture::new();
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let bot = service_account(&fixture, &root).await;
        custom_role(&fixture, &root, "everything", &Permission::BUILT_IN).await;
        custom_role(&fixture, &root, "auditor", &[Permission::AuditRead]).await;
        let assign = async |name: &str| {
            let names = vec![role_name(name)];
            fixture.users.assign_roles(&root, bot.id, None, names, origin()).await
        };
        let refused = assign("everything").await;
        assert!(matches!(refused, Err(UserError::ServiceAccountLimit)), "{refused:?}");
        assign("auditor").await.unwrap();
        // a role that grows later
        let grown = UpdateRole {
            permissions: Some(Permission::BUILT_IN.into_iter().collect()),
            description: None,
        };
        let name = role_name("auditor");
        fixture.users.change_role(&root, name, None, grown, origin()).await.unwrap();
        let admin = (Role::Admin, Role::Admin.permissions());
        assert_eq!(acts_as(&fixture, &root, bot.id).await, admin);
        let more = MakeToken {
            name: TokenName::parse("ci").unwrap(),
            scopes: [Permission::RolesManage].into_iter().collect(),
            expires_at: None,
            origin: origin(),
        };
        let made = fixture.users.create_service_account_token(&root, bot.id, more).await;
        assert!(matches!(made, Err(UserError::MissingPermission("roles:manage"))), "{made:?}");
    });
}

#[test]
fn a_service_account_that_is_stored_as_super_admin_acts_as_an_admin() {
    block_on(async {
        let fixture = Fixture::new();
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let id = service_account(&fixture, &root).await.id;
        fixture.make_stored_super_admin(id).await;
        let admin = (Role::Admin, Role::Admin.permissions());
        assert_eq!(acts_as(&fixture, &root, id).await, admin);
    });
}

#[test]
fn the_first_encryption_key_of_a_database_is_the_only_one() {
    block_on(async {
        let fixture = Fixture::new();
        let (none, one, two) =
            (fixture.with_key(None), fixture.with_key(Some(1)), fixture.with_key(Some(2)));
        assert_eq!(
            none.check_encryption_key().await.unwrap(),
            KeyCheck::Same,
            "nothing was ever sealed"
        );
        assert_eq!(
            one.check_encryption_key().await.unwrap(),
            KeyCheck::Same,
            "the first settles it"
        );
        assert_eq!(two.check_encryption_key().await.unwrap(), KeyCheck::Different);
        assert_eq!(none.check_encryption_key().await.unwrap(), KeyCheck::Absent);
        assert_eq!(one.check_encryption_key().await.unwrap(), KeyCheck::Same, "it stays");
    });
}
