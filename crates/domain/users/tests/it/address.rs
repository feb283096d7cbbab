//! Another mail address for one's account.

use kernel::{Actor, BoxFuture, DomainError, ErrorKind, Role};
use pollster::block_on;
use users::{
    UserError,
    audit::AuditOutcome,
    commands::UpdateProfile,
    service::Confirmed,
    values::{EmailAddress, Password},
};

use crate::fixture::{DAY, Fixture, MINUTE, PASSWORD, by_password, origin, password, together};

const OLD: &str = "ada@example.com";
const NEW: &str = "countess@example.org";

async fn ask(fixture: &Fixture, actor: &Actor, new: &str) -> Result<(), UserError> {
    let new = EmailAddress::parse(new).unwrap();
    fixture.users.ask_email_change(actor, new, password(PASSWORD), origin()).await
}

async fn confirm(fixture: &Fixture, token: &str) -> Result<Confirmed, UserError> {
    fixture.users.confirm_email_change(token, origin()).await
}

#[track_caller]
fn is_bad(result: &Result<Confirmed, UserError>) {
    assert!(matches!(result, Err(UserError::BadLink)), "{result:?}");
}

#[test]
fn the_address_changes_when_both_confirmed_in_either_order() {
    block_on(async {
        for new_first in [true, false] {
            let fixture = Fixture::new();
            fixture.proven("ada").await;
            let ada = fixture.actor("ada").await;
            ask(&fixture, &ada, NEW).await.unwrap();
            let (new, old) = (fixture.token(NEW).await, fixture.token(OLD).await);
            assert!(fixture.emails(OLD).await.pop().unwrap().text().contains(NEW));
            let (first, second) = if new_first { (new, old) } else { (old, new) };
            assert_eq!(confirm(&fixture, &first).await.unwrap(), Confirmed::Waiting);
            is_bad(&confirm(&fixture, &first).await);
            assert_eq!(fixture.users.me(&ada).await.unwrap().email.as_str(), OLD);
            assert_eq!(confirm(&fixture, &second).await.unwrap(), Confirmed::Changed);
            let me = fixture.users.me(&ada).await.unwrap();
            assert_eq!((me.email.as_str(), me.email_verified), (NEW, true));
            let told = fixture.subjects(OLD).await.pop().unwrap();
            assert_eq!(told, "Your mail address was changed");
            let actions: Vec<String> =
                fixture.audit_log().await.into_iter().map(|entry| entry.action).collect();
            assert_eq!(
                actions[actions.len() - 3..],
                ["auth.email_change_asked", "auth.email_change_confirmed", "auth.email_changed"]
            );
            assert!(
                fixture
                    .audit_log()
                    .await
                    .iter()
                    .all(|entry| { !entry.detail.as_deref().unwrap_or_default().contains('@') })
            );
            is_bad(&confirm(&fixture, &second).await);
        }
    });
}

#[test]
fn an_unproven_address_is_not_asked_but_informed() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let ada = fixture.actor("ada").await;
        ask(&fixture, &ada, NEW).await.unwrap();
        assert_eq!(fixture.subjects(OLD).await, ["Confirm your mail address"]);
        let verify = fixture.token(OLD).await;
        let done = confirm(&fixture, &fixture.token(NEW).await).await.unwrap();
        assert_eq!(done, Confirmed::Changed);
        assert_eq!(fixture.subjects(OLD).await.pop().unwrap(), "Your mail address was changed");
        let late = fixture.users.verify_email(&verify, by_password(PASSWORD), origin()).await;
        assert!(matches!(late, Err(UserError::BadLink)), "{late:?}");
    });
}

#[test]
fn it_takes_the_password_a_new_address_and_some_patience() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.proven("ada").await;
        fixture.person("grace").await;
        let ada = fixture.actor("ada").await;
        let wrong = fixture
            .users
            .ask_email_change(&ada, EmailAddress::parse(NEW).unwrap(), password("wrong"), origin())
            .await;
        assert!(matches!(wrong, Err(UserError::WrongPassword)), "{wrong:?}");
        let entry = fixture.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.outcome),
            ("auth.email_change_asked", AuditOutcome::Failure)
        );
        let same = ask(&fixture, &ada, "ADA@example.com").await.unwrap_err();
        assert_eq!(
            (same.fields()[0].field.as_str(), &*same.fields()[0].code),
            ("/new_email", "users.email_same")
        );
        let taken = ask(&fixture, &ada, "GRACE@example.com").await;
        assert!(matches!(taken, Err(UserError::EmailTaken)), "{taken:?}");

        ask(&fixture, &ada, NEW).await.unwrap();
        let (first_new, first_old) = (fixture.token(NEW).await, fixture.token(OLD).await);
        let soon = ask(&fixture, &ada, NEW).await.unwrap_err();
        assert_eq!((soon.kind(), soon.code()), (ErrorKind::TooMany, "auth.too_soon"));
        fixture.clock.advance(MINUTE);
        ask(&fixture, &ada, "other@example.org").await.unwrap();
        // the links of the one before are dead, and both of the new one are needed
        is_bad(&confirm(&fixture, &first_new).await);
        is_bad(&confirm(&fixture, &first_old).await);
        let old = fixture.token(OLD).await;
        assert_eq!(confirm(&fixture, &old).await.unwrap(), Confirmed::Waiting);
        let new = fixture.token("other@example.org").await;
        assert_eq!(confirm(&fixture, &new).await.unwrap(), Confirmed::Changed);
    });
}

#[test]
fn of_two_who_want_one_address_the_first_to_confirm_gets_it() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        fixture.person("grace").await;
        let (ada, grace) = (fixture.actor("ada").await, fixture.actor("grace").await);
        ask(&fixture, &ada, NEW).await.unwrap();
        let for_ada = fixture.token(NEW).await;
        ask(&fixture, &grace, NEW).await.unwrap();
        let for_grace = fixture.token(NEW).await;
        let racers =
            [&for_ada, &for_grace].map(|token| -> BoxFuture<'_, Result<Confirmed, UserError>> {
                Box::pin(confirm(&fixture, token))
            });
        let results = together(racers.into_iter().collect()).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        let lost = results.into_iter().find_map(Result::err).unwrap();
        assert_eq!((lost.kind(), lost.code()), (ErrorKind::Conflict, "users.email_taken"));
        // a refused change used nothing up: it works when the address is free again
        fixture.users.remove_me(&ada, password(PASSWORD), origin()).await.unwrap();
        assert_eq!(confirm(&fixture, &for_grace).await.unwrap(), Confirmed::Changed);
    });
}

#[test]
fn a_change_is_void_when_the_account_changed_or_its_time_is_over() {
    block_on(async {
        let fixture = Fixture::new();
        let user = fixture.proven("ada").await;
        let ada = fixture.actor("ada").await;
        ask(&fixture, &ada, NEW).await.unwrap();
        let (new, old) = (fixture.token(NEW).await, fixture.token(OLD).await);
        let admin = fixture.with_role("admin", Role::Admin).await;
        let email = Some(EmailAddress::parse("third@example.org").unwrap());
        let update = UpdateProfile { email, ..UpdateProfile::default() };
        fixture.users.update(&admin, user.id, None, update, origin()).await.unwrap();
        is_bad(&confirm(&fixture, &new).await);
        is_bad(&confirm(&fixture, &old).await);

        fixture.proven("grace").await;
        let grace = fixture.actor("grace").await;
        ask(&fixture, &grace, NEW).await.unwrap();
        let late = fixture.token(NEW).await;
        fixture.clock.advance(DAY);
        is_bad(&confirm(&fixture, &late).await);
    });
}

#[test]
fn a_new_password_by_email_voids_what_others_asked_for() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let thief = fixture.actor("ada").await;
        ask(&fixture, &thief, NEW).await.unwrap();
        let stolen = fixture.token(NEW).await;
        fixture.users.forgot_password(OLD, origin()).await.unwrap();
        let new = Password::parse("a newer staple").unwrap();
        let token = fixture.token(OLD).await;
        fixture.users.reset_password(&token, new, origin()).await.unwrap();
        is_bad(&confirm(&fixture, &stolen).await);
    });
}
