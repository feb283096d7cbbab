//! What administrators may do, and what no role allows.

use kernel::{Actor, BoxFuture, Role, UserId};
use pollster::block_on;
use users::{
    User, UserError,
    audit::AuditOutcome,
    commands::{Administer, UpdateProfile},
    values::{EmailAddress, PersonName, Status},
};

use crate::fixture::{Fixture, PASSWORD, by_name, origin, password, register, together};

fn role(role: Role) -> Administer {
    Administer { role: Some(role), status: None }
}

const SUSPEND: Administer = Administer { role: None, status: Some(Status::Suspended) };
const ACTIVATE: Administer = Administer { role: None, status: Some(Status::Active) };

async fn administer(
    fixture: &Fixture,
    actor: &Actor,
    id: UserId,
    administer: Administer,
) -> Result<User, UserError> {
    fixture.users.administer(actor, id, None, administer, origin()).await
}

#[test]
fn a_role_changes_immediately_and_is_on_record() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let pair = fixture.sign_in("ada").await;
        let actor = fixture.users.authenticate(&pair.access_token, None).await.unwrap().actor;
        assert_eq!(actor.role, Role::User);
        let admin = fixture.with_role("admin", Role::Admin).await;
        let changed = administer(&fixture, &admin, ada.id, role(Role::Moderator)).await.unwrap();
        assert_eq!((changed.role, changed.version), (Role::Moderator, 2));
        let entry = fixture.last_entry().await;
        assert_eq!(entry.action, "users.role_changed");
        assert_eq!((entry.actor, entry.target), (Some(admin.user), Some(ada.id)));
        assert_eq!(entry.detail.as_deref(), Some("user -> moderator"));
        let caller = fixture.users.authenticate(&pair.access_token, None).await.unwrap();
        assert_eq!(caller.actor.role, Role::Moderator, "the session goes on with the new role");
        assert!(!fixture.users.still_valid(&actor).await, "a stream begins anew");
        assert_eq!(fixture.events().await.pop().unwrap().payload["role"], "moderator");

        // the same again is no change, and an old version is refused
        let events = fixture.events().await.len();
        administer(&fixture, &admin, ada.id, role(Role::Moderator)).await.unwrap();
        assert_eq!(fixture.events().await.len(), events);
        let stale = fixture.users.administer(&admin, ada.id, Some(1), SUSPEND, origin()).await;
        assert!(matches!(stale, Err(UserError::Stale(_))), "{stale:?}");
    });
}

#[test]
fn a_suspension_ends_every_session_and_says_so_only_after_the_right_password() {
    block_on(async {
        let fixture = Fixture::new();
        let eve = fixture.person("eve").await;
        let pair = fixture.sign_in("eve").await;
        assert!(fixture.lives(&pair.access_token).await);
        let admin = fixture.with_role("admin", Role::Admin).await;
        administer(&fixture, &admin, eve.id, SUSPEND).await.unwrap();
        let entry = fixture.last_entry().await;
        assert_eq!(entry.action, "users.status_changed");
        assert_eq!(entry.detail.as_deref(), Some("active -> suspended"));
        assert!(!fixture.lives(&pair.access_token).await);
        let refresh = fixture.users.refresh(&pair.refresh_token, origin()).await;
        assert!(matches!(refresh, Err(UserError::Suspended)), "{refresh:?}");
        let wrong = fixture.users.sign_in(by_name("eve", "wrong")).await;
        assert!(matches!(wrong, Err(UserError::BadCredentials)), "{wrong:?}");
        let right = fixture.users.sign_in(by_name("eve", PASSWORD)).await;
        assert!(matches!(right, Err(UserError::Suspended)), "{right:?}");
        let entry = fixture.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.outcome), ("auth.login", AuditOutcome::Denied));

        administer(&fixture, &admin, eve.id, ACTIVATE).await.unwrap();
        assert!(!fixture.lives(&pair.access_token).await, "what ended stays ended");
        fixture.sign_in("eve").await;
    });
}

#[test]
fn what_a_rule_refuses_changes_nothing_and_is_on_record() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let user = fixture.actor("ada").await;
        let admin = fixture.with_role("admin", Role::Admin).await;
        let other = fixture.with_role("other", Role::Admin).await;
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        for (actor, target, change, code) in [
            (&user, user.user, role(Role::Admin), "users:manage"),
            (&admin, ada.id, role(Role::Admin), "role"),
            (&admin, ada.id, role(Role::SuperAdmin), "role"),
            (&admin, other.user, SUSPEND, "role"),
            (&admin, admin.user, role(Role::SuperAdmin), "role"),
            (&admin, root.user, role(Role::User), "role"),
            (&root, root.user, role(Role::Admin), "last"),
            (&root, root.user, SUSPEND, "last"),
        ] {
            let before = fixture.audit_log().await.len();
            let error = administer(&fixture, actor, target, change).await.unwrap_err();
            let matched = match error {
                UserError::MissingPermission(permission) => permission,
                UserError::AboveYourRole => "role",
                UserError::LastSuperAdmin => "last",
                other => panic!("{other:?}"),
            };
            assert_eq!(matched, code);
            let entry = fixture.last_entry().await;
            assert_eq!((entry.outcome, entry.target), (AuditOutcome::Denied, Some(target)));
            assert_eq!(fixture.audit_log().await.len(), before + 1);
            assert!(entry.detail.unwrap().starts_with("-> "));
        }
        for (actor, target) in [(&admin, other.user), (&user, admin.user), (&root, root.user)] {
            fixture.users.remove(actor, target, None, origin()).await.unwrap_err();
            let entry = fixture.last_entry().await;
            assert_eq!(
                (entry.action.as_str(), entry.outcome),
                ("users.deleted", AuditOutcome::Denied)
            );
        }
        let account_deletion = fixture.users.remove_me(&root, password(PASSWORD), origin()).await;
        assert!(matches!(account_deletion, Err(UserError::LastSuperAdmin)), "{account_deletion:?}");
        assert_eq!(fixture.users.get(&root, ada.id).await.unwrap().version, 1);
    });
}

#[test]
fn administrators_change_profiles_below_them() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let admin = fixture.with_role("admin", Role::Admin).await;
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let update = UpdateProfile {
            email: Some(EmailAddress::parse("countess@example.com").unwrap()),
            first_name: Some(PersonName::parse("Ada").unwrap()),
            ..UpdateProfile::default()
        };
        let change = |actor, id, expected, update: &UpdateProfile| {
            fixture.users.update(actor, id, expected, update.clone(), origin())
        };
        let changed = change(&admin, ada.id, Some(1), &update).await.unwrap();
        assert_eq!((changed.email.as_str(), changed.version), ("countess@example.com", 2));
        let entry = fixture.last_entry().await;
        assert_eq!(entry.action, "users.updated");
        assert_eq!(entry.detail.as_deref(), Some("email, first_name"));
        // nothing new is no change
        assert_eq!(change(&admin, ada.id, Some(2), &update).await.unwrap(), changed);
        let stale = change(&admin, ada.id, Some(1), &update).await;
        assert!(matches!(stale, Err(UserError::Stale(_))), "{stale:?}");
        let above = change(&admin, root.user, None, &update).await;
        assert!(matches!(above, Err(UserError::AboveYourRole)), "{above:?}");
        assert_eq!(fixture.last_entry().await.outcome, AuditOutcome::Denied);
        let taken = change(&root, admin.user, None, &update).await;
        assert!(matches!(taken, Err(UserError::EmailTaken)), "{taken:?}");
        let nobody = UserId::parse(99).unwrap();
        let missing = change(&admin, nobody, None, &update).await;
        assert!(matches!(missing, Err(UserError::NotFound(_))), "{missing:?}");
    });
}

#[test]
fn administrators_remove_accounts_below_them() {
    block_on(async {
        let fixture = Fixture::new();
        let eve = fixture.person("eve").await;
        let pair = fixture.sign_in("eve").await;
        assert!(fixture.lives(&pair.access_token).await);
        let admin = fixture.with_role("admin", Role::Admin).await;
        let stale = fixture.users.remove(&admin, eve.id, Some(7), origin()).await;
        assert!(matches!(stale, Err(UserError::Stale(_))), "{stale:?}");
        fixture.users.remove(&admin, eve.id, Some(1), origin()).await.unwrap();
        assert_eq!(fixture.events().await.pop().unwrap().name, users::events::DELETED);
        assert!(!fixture.lives(&pair.access_token).await);
        let again = fixture.users.remove(&admin, eve.id, None, origin()).await;
        assert!(matches!(again, Err(UserError::NotFound(_))), "{again:?}");
    });
}

/// The role that came in with the call may be seconds old; the rule asks for the one of now.
#[test]
fn who_was_lowered_a_moment_ago_manages_nobody() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let admin = fixture.with_role("admin", Role::Admin).await;
        administer(&fixture, &root, admin.user, role(Role::User)).await.unwrap();
        let late = administer(&fixture, &admin, ada.id, SUSPEND).await;
        assert!(matches!(late, Err(UserError::MissingPermission("users:manage"))), "{late:?}");
        fixture.users.remove(&root, admin.user, None, origin()).await.unwrap();
        let gone = administer(&fixture, &admin, ada.id, SUSPEND).await;
        assert!(matches!(gone, Err(UserError::MissingPermission("users:manage"))), "{gone:?}");
    });
}

#[test]
fn of_super_admins_who_lower_one_another_simultaneously_the_last_stays() {
    block_on(async {
        let fixture = Fixture::new();
        let mut actors = Vec::new();
        for number in 0..8 {
            let name = format!("root{number}");
            actors.push(fixture.with_role(&name, Role::SuperAdmin).await);
        }
        let turns = actors.iter().enumerate().map(|(number, actor)| -> BoxFuture<'_, ()> {
            let (fixture, target) = (&fixture, actor.user);
            Box::pin(async move {
                // each in another way: by rank, by status, by removal, by leaving
                let _ = match number % 4 {
                    0 => administer(fixture, actor, target, role(Role::User)).await.map(|_| ()),
                    1 => administer(fixture, actor, target, SUSPEND).await.map(|_| ()),
                    2 => fixture.users.remove(actor, target, None, origin()).await,
                    _ => fixture
                        .users
                        .remove_me(actor, password(PASSWORD), origin())
                        .await
                        .map(|_| ()),
                };
            })
        });
        together(turns.collect()).await;
        let mut left = 0;
        for number in 0..8 {
            let sign_in = by_name(&format!("root{number}"), PASSWORD);
            if let Ok(entry) = fixture.users.sign_in(sign_in).await {
                let pair = entry.open().unwrap();
                left += usize::from(pair.user.role == Role::SuperAdmin);
            }
        }
        assert_eq!(left, 1);
    });
}

/// A suspended one cannot make another, so does not count.
#[test]
fn a_suspended_super_admin_does_not_count() {
    block_on(async {
        let fixture = Fixture::new();
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let spare = fixture.with_role("spare", Role::SuperAdmin).await;
        administer(&fixture, &root, spare.user, SUSPEND).await.unwrap();
        let last = administer(&fixture, &root, root.user, role(Role::User)).await;
        assert!(matches!(last, Err(UserError::LastSuperAdmin)), "{last:?}");
        administer(&fixture, &root, spare.user, ACTIVATE).await.unwrap();
        administer(&fixture, &root, root.user, role(Role::User)).await.unwrap();
    });
}

#[test]
fn the_first_super_admin_is_made_once() {
    block_on(async {
        let fixture = Fixture::new();
        let made = fixture.users.ensure_super_admin(register("root")).await.unwrap().unwrap();
        assert_eq!((made.role, made.email_verified), (Role::SuperAdmin, true));
        let entry = fixture.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.actor), ("users.created", None));
        assert_eq!(entry.detail.as_deref(), Some("super_admin"));
        let again = fixture.users.ensure_super_admin(register("another")).await.unwrap();
        assert_eq!(again, None);

        let fixture = Fixture::new();
        let starts = (0..5).map(|number| -> BoxFuture<'_, bool> {
            let command = register(&format!("root{number}"));
            Box::pin(async { fixture.users.ensure_super_admin(command).await.unwrap().is_some() })
        });
        let made = together(starts.collect()).await;
        assert_eq!(made.into_iter().filter(|made| *made).count(), 1);
    });
}
