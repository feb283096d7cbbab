//! Proving an address, and a password for who forgot it.

use std::time::Duration;

use kernel::{BoxFuture, DomainError, ErrorKind, Role};
use pollster::block_on;
use users::{
    UserError,
    audit::AuditOutcome,
    commands::{Administer, SignIn, UpdateProfile},
    signin::Entry,
    values::{EmailAddress, Password, Status},
};

use crate::fixture::{
    DAY, Fixture, MINUTE, PASSWORD, by_name, by_password, origin, password, start, together,
    token_in,
};

const ADA: &str = "ada@example.com";
const NEW: &str = "a better horse, a newer staple";

fn new_password() -> Password {
    Password::parse(NEW).unwrap()
}

async fn forgot(fixture: &Fixture, address: &str) {
    fixture.users.forgot_password(address, origin()).await.unwrap();
}

async fn reset(fixture: &Fixture, token: &str) -> Result<(), UserError> {
    fixture.users.reset_password(token, new_password(), origin()).await
}

async fn verify(fixture: &Fixture, token: &str) -> Result<(), UserError> {
    fixture.users.verify_email(token, by_password(PASSWORD), origin()).await.map(|_| ())
}

#[track_caller]
fn is_bad(result: &Result<(), UserError>) {
    let error = result.as_ref().unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Refused, "auth.bad_link"));
}

#[test]
fn registering_sends_a_link_that_proves_the_address_once() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let emails = fixture.emails(ADA).await;
        assert_eq!(emails.len(), 1);
        assert_eq!(emails[0].subject(), "Confirm your mail address");
        let token = token_in(&emails[0]);
        let link = format!("https://app.example.com/verify-email?token={token}");
        assert!(emails[0].text().contains(&link) && emails[0].html().contains(&link));

        let caller = fixture.actor("ada").await;
        assert!(!fixture.users.me(&caller).await.unwrap().email_verified);
        is_bad(&verify(&fixture, "secret-none").await);
        is_bad(&reset(&fixture, &token).await);
        verify(&fixture, &token).await.unwrap();
        let me = fixture.users.me(&caller).await.unwrap();
        assert!(me.email_verified, "the cache forgot the old one");
        assert_eq!(me.version, ada.version + 1);
        assert_eq!(fixture.events().await.last().unwrap().name, users::events::UPDATED);
        let entry = fixture.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.target), ("auth.email_verified", Some(ada.id)));
        assert_eq!(entry.actor, Some(ada.id));
        is_bad(&verify(&fixture, &token).await);
    });
}

#[test]
fn a_link_proves_the_address_it_was_sent_to_and_no_other() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let token = fixture.token(ADA).await;
        let admin = fixture.with_role("admin", Role::Admin).await;
        let email = Some(EmailAddress::parse("else@example.com").unwrap());
        let update = UpdateProfile { email, ..UpdateProfile::default() };
        fixture.users.update(&admin, ada.id, None, update, origin()).await.unwrap();
        is_bad(&verify(&fixture, &token).await);
        assert!(!fixture.user(ada.id).await.email_verified);
        // nor does it set a password
        forgot(&fixture, "else@example.com").await;
        let token = fixture.token("else@example.com").await;
        let email = Some(EmailAddress::parse(ADA).unwrap());
        let update = UpdateProfile { email, ..UpdateProfile::default() };
        fixture.users.update(&admin, ada.id, None, update, origin()).await.unwrap();
        is_bad(&reset(&fixture, &token).await);
    });
}

#[test]
fn links_end_when_their_time_is_over() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let token = fixture.token(ADA).await;
        fixture.clock.advance(DAY);
        is_bad(&verify(&fixture, &token).await);
        forgot(&fixture, ADA).await;
        let token = fixture.token(ADA).await;
        fixture.clock.advance(60 * MINUTE);
        is_bad(&reset(&fixture, &token).await);
        assert_eq!(fixture.users.purge(DAY).await.unwrap(), 1, "the other one was replaced");
        fixture.clock.advance(Duration::from_micros(1));
        assert_eq!(fixture.users.purge(DAY).await.unwrap(), 1);
    });
}

#[test]
fn a_new_link_kills_the_old_one_and_none_comes_too_soon() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let first = fixture.token(ADA).await;
        let ask = async || fixture.users.resend_verification(" ADA@example.com ", origin()).await;
        ask().await.unwrap();
        assert_eq!(fixture.emails(ADA).await.len(), 1, "a moment ago there was one");
        let entry = fixture.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.target),
            ("auth.verification_asked", Some(ada.id))
        );
        assert_eq!(
            (entry.outcome, entry.detail.as_deref()),
            (AuditOutcome::Denied, Some("too soon"))
        );
        fixture.clock.advance(MINUTE);
        ask().await.unwrap();
        assert_eq!(fixture.emails(ADA).await.len(), 2);
        assert_eq!(fixture.last_entry().await.outcome, AuditOutcome::Success);
        is_bad(&verify(&fixture, &first).await);
        verify(&fixture, &fixture.token(ADA).await).await.unwrap();
        // who is proven needs none
        fixture.clock.advance(MINUTE);
        ask().await.unwrap();
        assert_eq!(fixture.emails(ADA).await.len(), 2);
    });
}

#[test]
fn who_is_not_there_gets_the_same_answer_and_an_entry() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let long = format!("{}@example.com", "x".repeat(300));
        for nobody in ["eve@example.com", "", "no address", "a\0b@example.com", long.as_str()] {
            let entries = fixture.audit_log().await.len();
            forgot(&fixture, nobody).await;
            fixture.users.resend_verification(nobody, origin()).await.unwrap();
            assert_eq!(fixture.audit_log().await.len(), entries + 2);
            let entry = fixture.last_entry().await;
            assert_eq!((entry.target, entry.outcome), (None, AuditOutcome::Failure));
            assert_eq!(entry.detail, None, "never an address");
        }
        assert_eq!(fixture.emails("eve@example.com").await, []);
    });
}

#[test]
fn a_new_password_ends_every_session_and_proves_the_address() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let pair = fixture.sign_in("ada").await;
        let verify_token = fixture.token(ADA).await;
        forgot(&fixture, ADA).await;
        let token = fixture.token(ADA).await;
        assert!(fixture.lives(&pair.access_token).await, "asking ends nothing");
        fixture.sign_in("ada").await;

        reset(&fixture, &token).await.unwrap();
        assert!(!fixture.lives(&pair.access_token).await);
        let old = fixture.users.sign_in(by_name("ada", PASSWORD)).await;
        assert!(matches!(old, Err(UserError::BadCredentials)), "{old:?}");
        let entry = fixture.audit_log().await.into_iter().rev().nth(1).unwrap();
        assert_eq!((entry.action.as_str(), entry.actor), ("auth.password_reset", Some(ada.id)));
        fixture.users.sign_in(by_name("ada", NEW)).await.unwrap();
        assert!(fixture.user(ada.id).await.email_verified);
        assert_eq!(
            fixture.subjects(ADA).await.last().map(String::as_str),
            Some("Your password was changed")
        );
        is_bad(&reset(&fixture, &token).await);
        is_bad(&verify(&fixture, &verify_token).await);
    });
}

#[test]
fn a_refused_password_leaves_the_link_as_it_was() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        forgot(&fixture, ADA).await;
        let token = fixture.token(ADA).await;
        for (bad, code) in
            [("password", "users.password_common"), (ADA, "users.password_same_as_name")]
        {
            let bad = Password::parse(bad).unwrap();
            let error = fixture.users.reset_password(&token, bad, origin()).await.unwrap_err();
            assert_eq!(error.fields()[0].field, "/new_password");
            assert_eq!(error.fields()[0].code, code);
        }
        reset(&fixture, &token).await.unwrap();
    });
}

#[test]
fn of_many_who_use_one_link_one_succeeds() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        forgot(&fixture, ADA).await;
        let token = fixture.token(ADA).await;
        let racers = (0..20).map(|number| -> BoxFuture<'_, Option<String>> {
            let (fixture, token) = (&fixture, token.as_str());
            Box::pin(async move {
                let new = format!("a newer staple {number}");
                let parsed = Password::parse(&new).unwrap();
                let result = fixture.users.reset_password(token, parsed, origin()).await;
                result.is_ok().then_some(new)
            })
        });
        let won: Vec<String> = together(racers.collect()).await.into_iter().flatten().collect();
        assert_eq!(won.len(), 1);
        fixture.users.sign_in(by_name("ada", &won[0])).await.unwrap();
    });
}

#[test]
fn of_many_simultaneous_requests_one_sends_an_email() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let racers = (0..20).map(|_| -> BoxFuture<'_, ()> { Box::pin(forgot(&fixture, ADA)) });
        together(racers.collect()).await;
        assert_eq!(fixture.emails(ADA).await.len(), 2, "one when registering, one now");
        reset(&fixture, &fixture.token(ADA).await).await.unwrap();
    });
}

#[test]
fn an_email_is_no_way_around_the_second_factor() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.proven("ada").await;
        let actor = fixture.actor("ada").await;
        fixture.turn_on(&actor).await;
        fixture.users.forgot_password(ADA, origin()).await.unwrap();
        reset(&fixture, &fixture.token(ADA).await).await.unwrap();
        let entry = fixture.users.sign_in(by_name("ada", NEW)).await.unwrap();
        assert!(matches!(entry, Entry::Factor(_)), "{entry:?}");
    });
}

/// Who asked first may be served last, and the clocks of two servers differ a little.
#[test]
fn without_a_pause_every_request_sends_its_email_whatever_the_clocks_say() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let (early, late) = (start(), start().plus(MINUTE));
        for now in [late, early, late, early] {
            let before = fixture.emails(ADA).await.len();
            fixture.impatient(now).forgot_password(ADA, origin()).await.unwrap();
            assert_eq!(fixture.emails(ADA).await.len(), before + 1, "{now}");
        }
        let actor = fixture.actor("ada").await;
        for now in [late, early] {
            let new = EmailAddress::parse("new@example.org").unwrap();
            let users = fixture.impatient(now);
            users.ask_email_change(&actor, new, password(PASSWORD), origin()).await.unwrap();
        }
        assert_eq!(fixture.emails("new@example.org").await.len(), 2);
        reset(&fixture, &fixture.token(ADA).await).await.unwrap();
    });
}

#[test]
fn a_suspended_account_gets_no_email_and_no_new_password() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        forgot(&fixture, ADA).await;
        let token = fixture.token(ADA).await;
        let verify_token = token_in(&fixture.emails(ADA).await[0]);
        let admin = fixture.with_role("admin", Role::Admin).await;
        let suspend = |status| Administer { role: None, status: Some(status) };
        let administer = async |status| {
            let users = &fixture.users;
            users.administer(&admin, ada.id, None, suspend(status), origin()).await.unwrap();
        };
        administer(Status::Suspended).await;
        is_bad(&reset(&fixture, &token).await);
        is_bad(&verify(&fixture, &verify_token).await);
        fixture.clock.advance(MINUTE);
        let emails = fixture.emails(ADA).await.len();
        forgot(&fixture, ADA).await;
        fixture.users.resend_verification(ADA, origin()).await.unwrap();
        assert_eq!(fixture.emails(ADA).await.len(), emails);
        assert_eq!(fixture.last_entry().await.outcome, AuditOutcome::Denied);
        // the refused tries used nothing up
        administer(Status::Active).await;
        reset(&fixture, &token).await.unwrap();
    });
}

#[test]
fn a_changed_password_ends_the_link_and_is_reported() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.proven("ada").await;
        let ada = fixture.actor("ada").await;
        forgot(&fixture, ADA).await;
        let token = fixture.token(ADA).await;
        let users = &fixture.users;
        users.change_password(&ada, password(PASSWORD), new_password(), origin()).await.unwrap();
        is_bad(&reset(&fixture, &token).await);
        assert_eq!(
            fixture.subjects(ADA).await.last().map(String::as_str),
            Some("Your password was changed")
        );
        // an address that nobody proved hears nothing
        fixture.person("grace").await;
        let grace = fixture.actor("grace").await;
        users.change_password(&grace, password(PASSWORD), new_password(), origin()).await.unwrap();
        assert_eq!(fixture.emails("grace@example.com").await.len(), 1);
    });
}

#[test]
fn an_account_without_a_password_gets_one_by_email() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let cleared: Result<(), kernel::StoreError> =
            fixture.work.write(move |tx| tx.users().set_password(ada.id, None)).await;
        cleared.unwrap();
        forgot(&fixture, ADA).await;
        reset(&fixture, &fixture.token(ADA).await).await.unwrap();
        fixture.users.sign_in(by_name("ada", NEW)).await.unwrap();
    });
}

fn from(device: &str) -> SignIn {
    let mut sign_in = by_name("ada", PASSWORD);
    sign_in.origin.device = Some(device.to_owned());
    sign_in
}

#[test]
fn a_new_device_is_reported_once_and_not_the_first() {
    block_on(async {
        const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Firefox/115.0";
        let fixture = Fixture::new();
        fixture.proven("ada").await;
        let before = fixture.emails(ADA).await.len();
        let sign_in = async |device| fixture.users.sign_in(from(device)).await.unwrap();
        sign_in("curl/8.5.0").await;
        sign_in("curl/8.6.1").await;
        assert_eq!(fixture.emails(ADA).await.len(), before);
        sign_in(FIREFOX).await;
        let email = fixture.emails(ADA).await.pop().unwrap();
        assert_eq!(email.subject(), "New sign-in to your account");
        for told in [FIREFOX, "192.0.2.1", "2026-11-21 08:00 UTC"] {
            assert!(email.text().contains(told), "{told}: {}", email.text());
        }
        assert_eq!(fixture.last_entry().await.detail.as_deref(), Some("new device"));
        let newer = FIREFOX.replace("115", "128");
        sign_in(&newer).await;
        sign_in("curl/9").await;
        assert_eq!(fixture.emails(ADA).await.len(), before + 1);
        assert_eq!(fixture.last_entry().await.detail, None);
        // it is known when its sessions are long swept, and forgotten when it was long not used
        fixture.clock.advance(300 * DAY);
        fixture.users.purge(DAY).await.unwrap();
        sign_in("curl/9").await;
        assert_eq!(fixture.emails(ADA).await.len(), before + 1);
        fixture.clock.advance(200 * DAY);
        fixture.users.purge(DAY).await.unwrap();
        sign_in(FIREFOX).await;
        assert_eq!(fixture.emails(ADA).await.len(), before + 2);
    });
}

#[test]
fn an_address_that_nobody_proved_hears_of_no_device() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        for device in ["one/1", "two/1", "visit https://evil.example"] {
            fixture.users.sign_in(from(device)).await.unwrap();
        }
        assert_eq!(fixture.subjects(ADA).await, ["Confirm your mail address"]);
    });
}

#[test]
fn a_failed_sign_in_teaches_no_device() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.proven("ada").await;
        fixture.users.sign_in(from("one/1")).await.unwrap();
        let wrong = SignIn { password: password("wrong"), ..from("two/1") };
        fixture.users.sign_in(wrong).await.unwrap_err();
        let before = fixture.emails(ADA).await.len();
        fixture.users.sign_in(from("two/1")).await.unwrap();
        assert_eq!(fixture.emails(ADA).await.len(), before + 1);
    });
}
