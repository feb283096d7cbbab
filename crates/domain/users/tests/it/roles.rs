//! Roles that somebody made.

use kernel::{Actor, BoxFuture, Outcome, Permission, Permissions, Role, StoreError, UserId};
use pollster::block_on;
use users::{
    UserError,
    audit::AuditOutcome,
    commands::{Administer, CreateServiceAccount, UpdateRole},
    role::{CustomRole, NewRole},
    values::{RoleDescription, RoleName, Status, Username},
};

use crate::{
    fixture::{Fixture, origin, start, together},
    personal_access_tokens::{set, token},
};

use Permission::{AuditRead, RolesManage, TagsManage, TasksRead, UsersManage};

fn name(text: &str) -> RoleName {
    RoleName::parse(text).unwrap()
}

fn new(text: &str, permissions: &[Permission]) -> NewRole {
    NewRole {
        name: name(text),
        description: RoleDescription::parse("").unwrap(),
        permissions: set(permissions),
        created_at: start(),
    }
}

async fn make(
    fixture: &Fixture,
    actor: &Actor,
    text: &str,
    permissions: &[Permission],
) -> CustomRole {
    match fixture.users.make_role(actor, None, new(text, permissions), origin()).await.unwrap() {
        Outcome::Executed(role) => role,
        Outcome::Replayed(_) => panic!("nobody made {text} before"),
    }
}

async fn give(
    fixture: &Fixture,
    actor: &Actor,
    id: UserId,
    names: &[&str],
) -> Result<Vec<CustomRole>, UserError> {
    let names = names.iter().map(|text| name(text)).collect();
    let answer = fixture.users.assign_roles(actor, id, None, names, origin()).await;
    answer.map(|(_, roles)| roles)
}

fn allow(permissions: &[Permission]) -> UpdateRole {
    UpdateRole { permissions: Some(set(permissions)), ..UpdateRole::default() }
}

#[test]
fn a_role_is_felt_without_a_new_sign_in_and_so_is_its_end() {
    block_on(async {
        let fixture = Fixture::new();
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let ada = fixture.person("ada").await;
        let pair = fixture.sign_in("ada").await;
        let held = async || -> Permissions {
            let caller = fixture.users.authenticate(&pair.access_token, None).await.unwrap();
            caller.actor.permissions
        };
        let base = held().await;
        assert_eq!(base, Role::User.permissions());
        make(&fixture, &root, "auditors", &[AuditRead]).await;
        assert_eq!(fixture.last_entry().await.detail.as_deref(), Some("auditors: audit:read"));
        let roles = give(&fixture, &root, ada.id, &["auditors", "auditors"]).await.unwrap();
        assert_eq!(roles.len(), 1, "each role once");
        let entry = fixture.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.target), ("users.roles_assigned", Some(ada.id)));
        assert_eq!(entry.detail.as_deref(), Some("none -> auditors"));
        assert_eq!(held().await, base.union(set(&[AuditRead])));
        let actor = fixture.users.authenticate(&pair.access_token, None).await.unwrap().actor;
        assert_eq!(
            (actor.role, fixture.users.own_roles(&actor).await.unwrap().len()),
            (Role::User, 1)
        );

        let change =
            |update| fixture.users.change_role(&root, name("auditors"), None, update, origin());
        change(allow(&[AuditRead, TagsManage])).await.unwrap();
        assert_eq!(held().await, base.union(set(&[AuditRead, TagsManage])));
        assert!(fixture.users.still_valid(&actor).await, "more is no reason to begin anew");
        let changed = change(allow(&[TagsManage])).await.unwrap();
        let entry = fixture.last_entry().await;
        let told = "auditors: tags:manage audit:read -> tags:manage";
        assert_eq!((entry.action.as_str(), entry.detail.as_deref()), ("roles.updated", Some(told)));
        assert_eq!(held().await, base.union(set(&[TagsManage])));
        assert!(!fixture.users.still_valid(&actor).await, "less is");
        assert_eq!((changed.version, change(allow(&[TagsManage])).await.unwrap().version), (3, 3));

        fixture.users.remove_role(&root, name("auditors"), Some(3), origin()).await.unwrap();
        assert_eq!(fixture.last_entry().await.action, "roles.deleted");
        assert_eq!(held().await, base);
        make(&fixture, &root, "auditors", &[AuditRead]).await;
        assert_eq!(held().await, base, "another role of the same name is another role");
    });
}

#[test]
fn tokens_have_what_their_owners_roles_give_and_no_longer() {
    block_on(async {
        let fixture = Fixture::new();
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let ada = fixture.person("ada").await;
        make(&fixture, &root, "auditors", &[AuditRead]).await;
        give(&fixture, &root, ada.id, &["auditors"]).await.unwrap();
        let actor = fixture.actor("ada").await;
        let made = token(&fixture, &actor, &[TasksRead, AuditRead]).await;
        let held = async || {
            fixture.users.authenticate(&made.secret, None).await.unwrap().actor.permissions
        };
        assert_eq!(held().await, set(&[TasksRead, AuditRead]));
        give(&fixture, &root, ada.id, &[]).await.unwrap();
        assert_eq!(held().await, set(&[TasksRead]));
    });
}

#[test]
fn nobody_gives_takes_or_shapes_what_they_do_not_hold() {
    block_on(async {
        let fixture = Fixture::new();
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let admin = fixture.with_role("admin", Role::Admin).await;
        let ada = fixture.person("ada").await;
        make(&fixture, &root, "heads", &[RolesManage]).await;
        make(&fixture, &root, "auditors", &[AuditRead]).await;
        let users = &fixture.users;
        let denied = async |action: &str| {
            let entry = fixture.last_entry().await;
            assert_eq!((entry.action.as_str(), entry.outcome), (action, AuditOutcome::Denied));
            let kind = entry.resource.map(|resource| resource.kind);
            let expected = action.starts_with("roles.").then(|| "role".to_owned());
            assert_eq!(kind, expected, "{action}");
        };
        // an administrator alone has nothing to do with roles
        let answer = give(&fixture, &admin, ada.id, &["auditors"]).await;
        assert!(matches!(answer, Err(UserError::MissingPermission("roles:manage"))), "{answer:?}");
        denied("users.roles_assigned").await;
        let answer = users.make_role(&admin, None, new("more", &[]), origin()).await;
        assert!(matches!(answer, Err(UserError::MissingPermission("roles:manage"))), "{answer:?}");
        denied("roles.created").await;

        // one who keeps the house with a token of few scopes gives no more than these
        let made = token(&fixture, &root, &[RolesManage, TagsManage]).await;
        let by_token = users.authenticate(&made.secret, None).await.unwrap().actor;
        let answer = give(&fixture, &by_token, ada.id, &["auditors"]).await;
        assert!(matches!(answer, Err(UserError::MissingPermission("audit:read"))), "{answer:?}");
        let answer = users.make_role(&by_token, None, new("more", &[UsersManage]), origin()).await;
        assert!(matches!(answer, Err(UserError::MissingPermission("users:manage"))), "{answer:?}");
        let auditors = name("auditors");
        let change = users.change_role(&by_token, auditors.clone(), None, allow(&[]), origin());
        let answer = change.await;
        assert!(matches!(answer, Err(UserError::MissingPermission("audit:read"))), "{answer:?}");
        denied("roles.updated").await;
        let answer = users.remove_role(&by_token, auditors, None, origin()).await;
        assert!(matches!(answer, Err(UserError::MissingPermission("audit:read"))), "{answer:?}");
        denied("roles.deleted").await;
        give(&fixture, &root, ada.id, &["auditors"]).await.unwrap();
        let answer = give(&fixture, &by_token, ada.id, &[]).await;
        assert!(matches!(answer, Err(UserError::MissingPermission("audit:read"))), "{answer:?}");

        // an administrator who may manage roles does so below themselves
        give(&fixture, &root, admin.user, &["heads"]).await.unwrap();
        let admin = fixture.actor("admin").await;
        give(&fixture, &admin, ada.id, &["heads"]).await.unwrap();
        for above in [admin.user, root.user] {
            let answer = give(&fixture, &admin, above, &[]).await;
            assert!(matches!(answer, Err(UserError::AboveYourRole)), "{answer:?}");
        }
        // ada holds it as well, and has nobody below
        let ada = fixture.actor("ada").await;
        let answer = give(&fixture, &ada, ada.user, &[]).await;
        assert!(matches!(answer, Err(UserError::AboveYourRole)), "{answer:?}");
        // taken a moment ago is taken
        give(&fixture, &root, admin.user, &[]).await.unwrap();
        let answer = give(&fixture, &admin, ada.user, &[]).await;
        assert!(matches!(answer, Err(UserError::MissingPermission("roles:manage"))), "{answer:?}");
    });
}

/// Whoever changes an account can make it theirs.
#[test]
fn who_holds_more_than_an_administrator_is_out_of_their_reach() {
    block_on(async {
        let fixture = Fixture::new();
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let admin = fixture.with_role("admin", Role::Admin).await;
        let ada = fixture.person("ada").await;
        make(&fixture, &root, "heads", &[RolesManage]).await;
        give(&fixture, &root, ada.id, &["heads"]).await.unwrap();
        let suspend = Administer { role: None, status: Some(Status::Suspended) };
        let users = &fixture.users;
        let answer = users.administer(&admin, ada.id, None, suspend, origin()).await;
        assert!(matches!(answer, Err(UserError::AboveYourRole)), "{answer:?}");
        let answer = users.remove(&admin, ada.id, None, origin()).await;
        assert!(matches!(answer, Err(UserError::AboveYourRole)), "{answer:?}");
        // nor does a machine with such a role get tokens from them, should there be one
        let make = CreateServiceAccount {
            username: Username::parse("bot").unwrap(),
            role: Role::User,
            origin: origin(),
        };
        let Outcome::Executed(bot) =
            users.create_service_account(&admin, None, make).await.unwrap()
        else {
            panic!("it is fresh")
        };
        let assigned: Result<(), StoreError> =
            fixture.work.write(move |tx| tx.roles().assign(bot.id, &[name("heads")])).await;
        assigned.unwrap();
        let wanted = users::commands::MakeToken {
            name: users::values::TokenName::parse("x").unwrap(),
            scopes: set(&[TasksRead]),
            expires_at: None,
            origin: origin(),
        };
        let answer = users.create_service_account_token(&admin, bot.id, wanted).await;
        assert!(matches!(answer, Err(UserError::AboveYourRole)), "{answer:?}");
        users.administer(&root, ada.id, None, suspend, origin()).await.unwrap();
    });
}

#[test]
fn versions_and_names_are_kept_to() {
    block_on(async {
        let fixture = Fixture::new();
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let ada = fixture.person("ada").await;
        make(&fixture, &root, "auditors", &[AuditRead]).await;
        let users = &fixture.users;
        let again = users.make_role(&root, None, new("auditors", &[]), origin()).await;
        assert!(matches!(again, Err(UserError::RoleTaken)), "{again:?}");
        let change = |expected, update| {
            users.change_role(&root, name("auditors"), expected, update, origin())
        };
        change(Some(1), allow(&[])).await.unwrap();
        let stale = change(Some(1), allow(&[TagsManage])).await;
        assert!(matches!(stale, Err(UserError::RoleStale(_))), "{stale:?}");
        let stale = users.remove_role(&root, name("auditors"), Some(1), origin()).await;
        assert!(matches!(stale, Err(UserError::RoleStale(_))), "{stale:?}");
        let described = UpdateRole {
            description: Some(RoleDescription::parse("they look").unwrap()),
            ..UpdateRole::default()
        };
        change(Some(2), described).await.unwrap();
        assert_eq!(fixture.last_entry().await.detail.as_deref(), Some("auditors: description"));
        for missing in [
            users.role(&root, name("gone")).await.map(|_| ()),
            users.remove_role(&root, name("gone"), None, origin()).await,
            users.change_role(&root, name("gone"), None, allow(&[]), origin()).await.map(|_| ()),
        ] {
            assert!(matches!(missing, Err(UserError::RoleNotFound)), "{missing:?}");
        }
        let unknown = give(&fixture, &root, ada.id, &["auditors", "gone", "lost"]).await;
        let Err(UserError::Invalid(faults)) = unknown else { panic!("{unknown:?}") };
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["/roles/1", "/roles/2"]);

        // it is a change of the account
        let names = vec![name("auditors")];
        let assign =
            |expected| users.assign_roles(&root, ada.id, expected, names.clone(), origin());
        let (user, _) = assign(Some(1)).await.unwrap();
        assert_eq!(user.version, 2);
        assert_eq!(fixture.events().await.pop().unwrap().name, users::events::UPDATED);
        let stale = assign(Some(1)).await;
        assert!(matches!(stale, Err(UserError::Stale(_))), "{stale:?}");
        assert_eq!(assign(Some(2)).await.unwrap().0.version, 2, "the same again is none");
        assert_eq!(users.roles_of(&root, ada.id).await.unwrap().1.len(), 1);
    });
}

#[test]
fn of_many_who_change_one_role_at_one_version_one_succeeds() {
    block_on(async {
        let fixture = Fixture::new();
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        make(&fixture, &root, "auditors", &[]).await;
        let racers = (0..8).map(|number| -> BoxFuture<'_, bool> {
            let update = UpdateRole {
                description: Some(RoleDescription::parse(&format!("{number}")).unwrap()),
                ..UpdateRole::default()
            };
            let (fixture, root) = (&fixture, &root);
            Box::pin(async move {
                let change =
                    fixture.users.change_role(root, name("auditors"), Some(1), update, origin());
                change.await.is_ok()
            })
        });
        let won = together(racers.collect()).await;
        assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    });
}
