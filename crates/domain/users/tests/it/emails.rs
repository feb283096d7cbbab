//! How many emails one address gets in a day.

use kernel::BoxFuture;
use pollster::block_on;
use users::{Users, audit::AuditOutcome, commands::SignIn, values::EmailAddress};

use crate::fixture::{DAY, Fixture, MINUTE, PASSWORD, by_name, origin, password, together};

const ADA: &str = "ada@example.com";

async fn forgot(users: &Users, address: &str) {
    users.forgot_password(address, origin()).await.unwrap();
}

#[test]
fn an_address_gets_so_many_emails_a_day_over_all_kinds() {
    block_on(async {
        let fixture = Fixture::new();
        let users = fixture.with_emails_per_day(3);
        fixture.person("ada").await;
        forgot(&users, ADA).await;
        users.resend_verification(ADA, origin()).await.unwrap();
        assert_eq!(fixture.emails(ADA).await.len(), 3);
        let last = fixture.token(ADA).await;
        for _ in 0..2 {
            forgot(&users, "ADA@example.com").await;
            users.resend_verification(ADA, origin()).await.unwrap();
        }
        assert_eq!(fixture.emails(ADA).await.len(), 3, "the answer is the same, no email goes out");
        let audit_log = fixture.audit_log().await;
        let dropped: Vec<_> =
            audit_log.iter().filter(|entry| entry.action == "auth.email_dropped").collect();
        assert_eq!(dropped.len(), 4);
        assert!(dropped.iter().all(|entry| entry.outcome == AuditOutcome::Denied));
        assert_eq!(dropped[0].detail.as_deref(), Some("Set a new password"));
        assert_eq!(audit_log.last().unwrap().detail.as_deref(), Some("too many today"));
        // what was sent before still works
        let kept = crate::fixture::by_password(PASSWORD);
        users.verify_email(&last, kept, origin()).await.unwrap();
        fixture.clock.advance(DAY);
        forgot(&users, ADA).await;
        assert_eq!(fixture.emails(ADA).await.len(), 4, "another day");
    });
}

#[test]
fn many_accounts_cannot_send_more_to_one_address() {
    block_on(async {
        let fixture = Fixture::new();
        let users = fixture.with_emails_per_day(3);
        for name in ["ada", "eve", "mallory", "trent", "oscar"] {
            fixture.person(name).await;
            let actor = fixture.actor(name).await;
            let victim = EmailAddress::parse("victim@example.org").unwrap();
            let asked = users.ask_email_change(&actor, victim, password(PASSWORD), origin()).await;
            asked.unwrap();
        }
        assert_eq!(fixture.emails("victim@example.org").await.len(), 3);
    });
}

#[test]
fn of_many_that_ask_simultaneously_no_more_get_through() {
    block_on(async {
        let fixture = Fixture::new();
        let users = fixture.with_emails_per_day(5);
        fixture.person("ada").await;
        let racers = (0..20).map(|_| -> BoxFuture<'_, ()> { Box::pin(forgot(&users, ADA)) });
        together(racers.collect()).await;
        assert_eq!(fixture.emails(ADA).await.len(), 5);
    });
}

#[test]
fn at_zero_there_is_no_bound() {
    block_on(async {
        let fixture = Fixture::new();
        let users = fixture.with_emails_per_day(0);
        fixture.person("ada").await;
        for _ in 0..20 {
            forgot(&users, ADA).await;
        }
        assert_eq!(fixture.emails(ADA).await.len(), 21);
    });
}

#[test]
fn security_notices_have_a_bound_of_their_own() {
    block_on(async {
        let fixture = Fixture::new();
        let users = fixture.with_emails_per_day(3);
        fixture.proven("ada").await;
        for _ in 0..5 {
            forgot(&users, ADA).await;
        }
        assert_eq!(fixture.emails(ADA).await.len(), 3);
        let from = |device: String| {
            let mut sign_in: SignIn = by_name("ada", PASSWORD);
            sign_in.origin.device = Some(device);
            sign_in
        };
        for letter in 'a'..='m' {
            users.sign_in(from(format!("browser-{letter}"))).await.unwrap();
        }
        let notices = async || {
            let subjects = fixture.subjects(ADA).await;
            subjects.iter().filter(|subject| *subject == "New sign-in to your account").count()
        };
        assert_eq!(notices().await, 10, "the first device is no news, ten of the others are told");
        fixture.clock.advance(DAY);
        users.sign_in(from("browser-z".to_owned())).await.unwrap();
        assert_eq!(notices().await, 11);
        fixture.clock.advance(DAY + MINUTE);
        let pruned = users.purge(DAY).await.unwrap();
        assert!(pruned >= 2, "{pruned}");
    });
}
