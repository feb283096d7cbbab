//! Profiles, lists and leaving.

use kernel::{Actor, PageRequest, Role, SearchQuery};
use pollster::block_on;
use users::{
    UserError,
    audit::{AuditFilter, AuditOutcome},
    commands::{Administer, UpdateProfile},
    query::{DEFAULT_ORDER, SearchIn, UserFilter},
    values::{Bio, EmailAddress, PersonName, Status, Username},
};

use crate::fixture::{Fixture, MINUTE, PASSWORD, origin, password, start};

fn first_name(text: &str) -> UpdateProfile {
    UpdateProfile { first_name: Some(PersonName::parse(text).unwrap()), ..Default::default() }
}

#[test]
fn profiles_change_field_by_field() {
    block_on(async {
        let fixture = Fixture::new();
        let before = fixture.person("ada").await;
        let ada = fixture.actor("ada").await;
        fixture.clock.advance(MINUTE);
        let update = UpdateProfile {
            username: Some(Username::parse("countess").unwrap()),
            last_name: Some(PersonName::parse("Lovelace").unwrap()),
            bio: Some(Bio::parse("Mathematician").unwrap()),
            ..first_name("Ada")
        };
        let after = fixture.users.update_me(&ada, Some(1), update.clone()).await.unwrap();
        assert_eq!((after.version, after.updated_at), (2, start().plus(MINUTE)));
        assert_eq!(after.username.as_str(), "countess");
        assert_eq!((after.first_name.as_str(), after.last_name.as_str()), ("Ada", "Lovelace"));
        assert_eq!(after.bio.as_str(), "Mathematician");
        assert_eq!(after.email, before.email);
        assert_eq!(*fixture.users.me(&ada).await.unwrap(), after, "the cache forgot the old one");
        assert_eq!(fixture.events().await.last().unwrap().name, users::events::UPDATED);

        // the same again is no change
        let events = fixture.events().await.len();
        let same = fixture.users.update_me(&ada, Some(2), update.clone()).await.unwrap();
        assert_eq!(same, after);
        assert_eq!(fixture.events().await.len(), events);

        let stale = fixture.users.update_me(&ada, Some(1), first_name("late")).await;
        let Err(UserError::Stale(current)) = stale else { panic!("{stale:?}") };
        assert_eq!(*current, after);
        let taken = UpdateProfile {
            username: Some(Username::parse("GRACE").unwrap()),
            ..UpdateProfile::default()
        };
        fixture.person("grace").await;
        let taken = fixture.users.update_me(&ada, None, taken).await;
        assert!(matches!(taken, Err(UserError::UsernameTaken)), "{taken:?}");
    });
}

#[test]
fn addresses_are_for_administrators_to_change_and_are_unproven_then() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let ada = fixture.actor("ada").await;
        let update = UpdateProfile {
            email: Some(EmailAddress::parse("new@example.com").unwrap()),
            ..UpdateProfile::default()
        };
        let refused = fixture.users.update_me(&ada, None, update.clone()).await;
        assert!(matches!(refused, Err(UserError::MissingPermission("users:manage"))));
        let admin = fixture.with_role("admin", Role::Admin).await;
        assert!(fixture.users.me(&admin).await.unwrap().email_verified);
        let changed = fixture.users.update_me(&admin, None, update).await.unwrap();
        assert!(!changed.email_verified);
        let entry = fixture.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.detail.as_deref()),
            ("users.updated", Some("email"))
        );
    });
}

#[test]
fn suspended_accounts_are_hidden_from_those_who_do_not_manage_them() {
    block_on(async {
        let fixture = Fixture::new();
        let eve = fixture.person("eve").await;
        fixture.person("ada").await;
        let ada = fixture.actor("ada").await;
        let admin = fixture.with_role("admin", Role::Admin).await;
        assert_eq!(fixture.users.get(&ada, eve.id).await.unwrap().id, eve.id);
        let administer = Administer { status: Some(Status::Suspended), role: None };
        fixture.users.administer(&admin, eve.id, None, administer, origin()).await.unwrap();
        let hidden = fixture.users.get(&ada, eve.id).await;
        assert!(matches!(hidden, Err(UserError::NotFound(id)) if id == eve.id), "{hidden:?}");
        assert_eq!(fixture.users.get(&admin, eve.id).await.unwrap().status, Status::Suspended);
        let nobody = kernel::UserId::parse(99).unwrap();
        let missing = fixture.users.get(&admin, nobody).await;
        assert!(matches!(missing, Err(UserError::NotFound(_))), "{missing:?}");
    });
}

async fn names(
    fixture: &Fixture,
    actor: &Actor,
    filter: UserFilter,
) -> Result<Vec<String>, UserError> {
    let page = PageRequest::default();
    let page = fixture.users.list(actor, filter, DEFAULT_ORDER.to_vec(), page).await?;
    Ok(page.items.iter().map(|user| user.username.as_str().to_owned()).collect())
}

#[test]
fn lists_show_what_the_caller_may_see() {
    block_on(async {
        let fixture = Fixture::new();
        let eve = fixture.person("eve").await;
        fixture.person("ada").await;
        let ada = fixture.actor("ada").await;
        let admin = fixture.with_role("admin", Role::Admin).await;
        let administer = Administer { status: Some(Status::Suspended), role: None };
        fixture.users.administer(&admin, eve.id, None, administer, origin()).await.unwrap();

        let all = UserFilter::default();
        assert_eq!(names(&fixture, &ada, all.clone()).await.unwrap(), ["ada", "admin"]);
        assert_eq!(names(&fixture, &admin, all.clone()).await.unwrap(), ["eve", "ada", "admin"]);
        let except = UserFilter { except: Some(ada.user), ..all.clone() };
        assert_eq!(names(&fixture, &ada, except).await.unwrap(), ["admin"]);

        // who asks for addresses gets them by permission, not by asking
        let search = UserFilter {
            search: Some((SearchQuery::parse("example").unwrap(), SearchIn::NamesAndEmail)),
            ..all.clone()
        };
        assert_eq!(names(&fixture, &ada, search.clone()).await.unwrap(), [""; 0]);
        assert_eq!(names(&fixture, &admin, search).await.unwrap().len(), 3);

        let by_role = UserFilter { role: Some(Role::Admin), ..all.clone() };
        let by_status = UserFilter { status: Some(Status::Suspended), ..all };
        for filter in [&by_role, &by_status] {
            let refused = names(&fixture, &ada, filter.clone()).await;
            assert!(matches!(refused, Err(UserError::MissingPermission("users:manage"))));
        }
        assert_eq!(names(&fixture, &admin, by_role).await.unwrap(), ["admin"]);
        assert_eq!(names(&fixture, &admin, by_status).await.unwrap(), ["eve"]);
    });
}

#[test]
fn the_audit_log_is_for_administrators() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let ada = fixture.actor("ada").await;
        let admin = fixture.with_role("admin", Role::Admin).await;
        let ask = |actor| {
            fixture.users.audit(actor, AuditFilter::default(), PageRequest::default(), origin())
        };
        let refused = ask(&ada).await;
        assert!(matches!(refused, Err(UserError::MissingPermission("audit:read"))));
        let page = ask(&admin).await.unwrap();
        assert_eq!(page.total, Some(5));
        let refusal = &page.items[0];
        assert_eq!(
            (refusal.action.as_str(), refusal.outcome),
            ("audit.read", AuditOutcome::Denied)
        );
        assert_eq!(refusal.detail.as_deref(), Some("needs audit:read"));
        for entry in &page.items {
            assert!(!format!("{entry:?}").contains('@'), "no address: {entry:?}");
        }
    });
}

#[test]
fn deleting_an_account_asks_for_the_password_and_frees_the_name() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let pair = fixture.sign_in("ada").await;
        let ada = fixture.users.authenticate(&pair.access_token, None).await.unwrap().actor;
        let wrong = fixture.users.remove_me(&ada, password("wrong"), origin()).await;
        assert!(matches!(wrong, Err(UserError::WrongPassword)), "{wrong:?}");
        let entry = fixture.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.outcome),
            ("users.deleted", AuditOutcome::Failure)
        );
        assert!(fixture.lives(&pair.access_token).await);

        fixture.users.remove_me(&ada, password(PASSWORD), origin()).await.unwrap();
        let entry = fixture.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.outcome),
            ("users.deleted", AuditOutcome::Success)
        );
        let event = fixture.events().await.pop().unwrap();
        assert_eq!((event.name.as_str(), event.subject), (users::events::DELETED, ada.user.get()));
        assert!(!fixture.lives(&pair.access_token).await);
        let gone = fixture.users.me(&ada).await;
        assert!(matches!(gone, Err(UserError::NotFound(_))), "{gone:?}");
        let again = fixture.users.remove_me(&ada, password(PASSWORD), origin()).await;
        assert!(matches!(again, Err(UserError::NotFound(_))), "{again:?}");
        assert_ne!(fixture.person("ada").await.id, ada.user);
    });
}
