//! Leaving with a way back, and taking one's data along.

use kernel::{BoxFuture, PageRequest, Role};
use pollster::block_on;
use users::{
    UserError,
    audit::AuditOutcome,
    commands::Administer,
    query::{DEFAULT_ORDER, UserFilter},
    service::Side,
    values::{Password, Status},
};

use crate::fixture::{DAY, Fixture, PASSWORD, by_name, origin, password, together};

const ADA: &str = "ada@example.com";

#[test]
fn a_closed_account_is_shut_and_hidden_and_can_be_had_back() {
    block_on(async {
        let fixture = Fixture::with_grace(7 * DAY);
        let user = fixture.proven("ada").await;
        fixture.person("grace").await;
        let grace = fixture.actor("grace").await;
        let pair = fixture.sign_in("ada").await;
        let ada = fixture.users.authenticate(&pair.access_token, None).await.unwrap().actor;
        let until = fixture.users.remove_me(&ada, password(PASSWORD), origin()).await.unwrap();
        assert_eq!(until, Some(fixture.clock_now().plus(7 * DAY)));
        let entry = fixture.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.target), ("users.closed", Some(user.id)));
        let email = fixture.emails(ADA).await.pop().unwrap();
        assert_eq!(email.subject(), "Your account was closed");
        assert!(email.text().contains("2026-11-28 08:00 UTC"), "{}", email.text());

        assert!(!fixture.lives(&pair.access_token).await);
        let refreshed = fixture.users.refresh(&pair.refresh_token, origin()).await;
        assert!(matches!(refreshed, Err(UserError::Closed)), "{refreshed:?}");
        let shut = fixture.users.sign_in(by_name("ada", PASSWORD)).await;
        assert!(matches!(shut, Err(UserError::Closed)), "{shut:?}");
        let wrong = fixture.users.sign_in(by_name("ada", "wrong")).await;
        assert!(matches!(wrong, Err(UserError::BadCredentials)), "told only to its owner");
        let seen = fixture.users.get(&grace, user.id).await;
        assert!(matches!(seen, Err(UserError::NotFound(_))), "{seen:?}");
        let page = PageRequest::default();
        let order = DEFAULT_ORDER.to_vec();
        let listed = fixture.users.list(&grace, UserFilter::default(), order, page).await.unwrap();
        assert!(listed.items.iter().all(|listed| listed.id != user.id));
        assert_eq!(fixture.users.purge_closed().await.unwrap(), 0);

        let wrong = fixture.users.restore_account(by_name("ada", "wrong")).await;
        assert!(matches!(wrong, Err(UserError::BadCredentials)), "{wrong:?}");
        let entry = fixture.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.outcome),
            ("users.restored", AuditOutcome::Failure)
        );
        fixture.users.restore_account(by_name("ada", PASSWORD)).await.unwrap();
        let entry = fixture.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.outcome),
            ("users.restored", AuditOutcome::Success)
        );
        assert!(!fixture.lives(&pair.access_token).await, "sessions do not come back");
        fixture.sign_in("ada").await;
        // an open account stays as it is
        let version = fixture.user(user.id).await.version;
        fixture.users.restore_account(by_name("ada", PASSWORD)).await.unwrap();
        assert_eq!(fixture.user(user.id).await.version, version);
        fixture.clock.advance(30 * DAY);
        assert_eq!(fixture.users.purge_closed().await.unwrap(), 0);
    });
}

#[test]
fn a_closed_account_goes_when_its_time_is_over() {
    block_on(async {
        let fixture = Fixture::with_grace(7 * DAY);
        let mut ids = Vec::new();
        for name in ["ada", "grace"] {
            ids.push(fixture.person(name).await.id);
            let actor = fixture.actor(name).await;
            fixture.users.remove_me(&actor, password(PASSWORD), origin()).await.unwrap();
            fixture.clock.advance(DAY);
        }
        fixture.clock.advance(5 * DAY);
        assert_eq!(fixture.events().await.len(), 2, "nobody has heard that they go");
        let late = fixture.users.restore_account(by_name("ada", PASSWORD)).await;
        assert!(matches!(late, Err(UserError::BadCredentials)), "{late:?}");
        let racers = (0..4).map(|_| -> BoxFuture<'_, u64> {
            Box::pin(async { fixture.users.purge_closed().await.unwrap() })
        });
        let gone: u64 = together(racers.collect()).await.into_iter().sum();
        assert_eq!(gone, 1, "the other has a day to go");
        let event = fixture.events().await.pop().unwrap();
        assert_eq!((event.name.as_str(), event.subject), (users::events::DELETED, ids[0].get()));
        let entry = fixture.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.actor), ("users.deleted", None));
        assert_ne!(fixture.person("ada").await.id, ids[0], "the name is free");
        fixture.users.restore_account(by_name("grace", PASSWORD)).await.unwrap();
    });
}

/// A stranger registered with another person's address, and closed the account.
#[test]
fn the_owner_of_the_mailbox_can_restore_a_closed_account() {
    block_on(async {
        let fixture = Fixture::with_grace(7 * DAY);
        fixture.person("ada").await;
        let stranger = fixture.actor("ada").await;
        fixture.users.remove_me(&stranger, password(PASSWORD), origin()).await.unwrap();
        assert_eq!(fixture.emails(ADA).await.len(), 1, "no notice to who proved nothing");
        fixture.users.forgot_password(ADA, origin()).await.unwrap();
        let new = Password::parse("mine from now on").unwrap();
        let token = fixture.token(ADA).await;
        fixture.users.reset_password(&token, new, origin()).await.unwrap();
        let still = fixture.users.sign_in(by_name("ada", "mine from now on")).await;
        assert!(matches!(still, Err(UserError::Closed)), "{still:?}");
        fixture.users.restore_account(by_name("ada", "mine from now on")).await.unwrap();
        fixture.users.sign_in(by_name("ada", "mine from now on")).await.unwrap();
        let old = fixture.users.restore_account(by_name("ada", PASSWORD)).await;
        assert!(matches!(old, Err(UserError::BadCredentials)), "{old:?}");
    });
}

#[test]
fn a_suspended_account_is_not_had_back() {
    block_on(async {
        let fixture = Fixture::with_grace(7 * DAY);
        let user = fixture.person("ada").await;
        let ada = fixture.actor("ada").await;
        fixture.users.remove_me(&ada, password(PASSWORD), origin()).await.unwrap();
        let admin = fixture.with_role("admin", Role::Admin).await;
        let suspend = Administer { role: None, status: Some(Status::Suspended) };
        fixture.users.administer(&admin, user.id, None, suspend, origin()).await.unwrap();
        let refused = fixture.users.restore_account(by_name("ada", PASSWORD)).await;
        assert!(matches!(refused, Err(UserError::Suspended)), "{refused:?}");
        let entry = fixture.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.outcome),
            ("users.restored", AuditOutcome::Denied)
        );
        // an administrator need not wait
        fixture.users.remove(&admin, user.id, None, origin()).await.unwrap();
    });
}

#[test]
fn the_last_super_admin_does_not_close_either() {
    block_on(async {
        let fixture = Fixture::with_grace(7 * DAY);
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let other = fixture.with_role("other", Role::SuperAdmin).await;
        fixture.users.remove_me(&other, password(PASSWORD), origin()).await.unwrap();
        let last = fixture.users.remove_me(&root, password(PASSWORD), origin()).await;
        assert!(matches!(last, Err(UserError::LastSuperAdmin)), "a closed one does not count");
        let entry = fixture.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.outcome), ("users.closed", AuditOutcome::Denied));
        fixture.clock.advance(7 * DAY);
        assert_eq!(fixture.users.purge_closed().await.unwrap(), 1);
    });
}

#[test]
fn an_export_shows_what_is_about_the_caller_and_nothing_of_others() {
    block_on(async {
        let fixture = Fixture::new();
        let user = fixture.proven("ada").await;
        fixture.person("grace").await;
        let ada = fixture.actor("ada").await;
        fixture.users.sign_in(by_name("ada", "wrong")).await.unwrap_err();
        let admin = fixture.with_role("admin", Role::Admin).await;
        let administer = Administer { role: Some(Role::Moderator), status: None };
        fixture.users.administer(&admin, user.id, None, administer, origin()).await.unwrap();

        let held = fixture.users.begin_export(&ada, origin()).await.unwrap();
        assert_eq!((held.user.id, held.sessions.len()), (user.id, 1));
        assert_eq!(held.email_change, None);
        assert_eq!(fixture.last_entry().await.action, "users.exported");
        let actions = async |side| {
            let (found, next) = fixture.users.export_audit_log(&ada, side, None).await.unwrap();
            assert_eq!(next, None);
            found
        };
        let own = actions(Side::Own).await;
        assert!(own.iter().all(|entry| entry.actor == Some(user.id)));
        let names: Vec<&str> = own.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(names, ["auth.email_verified", "auth.login", "users.exported"]);
        let others = actions(Side::Others).await;
        let names: Vec<&str> = others.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(names, ["auth.register", "auth.login", "users.role_changed"]);
        assert!(others.iter().all(|entry| entry.actor.is_none()));
        assert_eq!(others[1].ip.as_deref(), Some("192.0.2.1"), "somebody tried the password");
        assert_eq!((&others[2].ip, &others[2].request_id), (&None, &None), "the administrator's");
    });
}
