//! Proving an address, and a password for who forgot it.

use std::time::Duration;

use kernel::{BoxFuture, Fault, Kind, Role};
use pollster::block_on;
use users::{
    UserError,
    audit::Outcome,
    commands::{Govern, SignIn, UpdateProfile},
    signin::Entry,
    values::{Email, Password, Status},
};

use crate::world::{
    DAY, MINUTE, PASSWORD, World, by_name, by_password, origin, password, start, together, token_in,
};

const ADA: &str = "ada@example.com";
const NEW: &str = "a better horse, a newer staple";

fn new_password() -> Password {
    Password::parse(NEW).unwrap()
}

async fn forgot(world: &World, address: &str) {
    world.users.forgot_password(address, origin()).await.unwrap();
}

async fn reset(world: &World, token: &str) -> Result<(), UserError> {
    world.users.reset_password(token, new_password(), origin()).await
}

async fn verify(world: &World, token: &str) -> Result<(), UserError> {
    world.users.verify_email(token, by_password(PASSWORD), origin()).await.map(|_| ())
}

#[track_caller]
fn is_bad(result: &Result<(), UserError>) {
    let error = result.as_ref().unwrap_err();
    assert_eq!((error.kind(), error.code()), (Kind::Refused, "auth.bad_link"));
}

#[test]
fn registering_sends_a_link_that_proves_the_address_once() {
    block_on(async {
        let world = World::new();
        let ada = world.person("ada").await;
        let letters = world.letters(ADA).await;
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].subject(), "Confirm your mail address");
        let token = token_in(&letters[0]);
        let link = format!("https://app.example.com/verify-email?token={token}");
        assert!(letters[0].text().contains(&link) && letters[0].html().contains(&link));

        let caller = world.actor("ada").await;
        assert!(!world.users.me(&caller).await.unwrap().email_verified);
        is_bad(&verify(&world, "secret-none").await);
        is_bad(&reset(&world, &token).await);
        verify(&world, &token).await.unwrap();
        let me = world.users.me(&caller).await.unwrap();
        assert!(me.email_verified, "the cache forgot the old one");
        assert_eq!(me.version, ada.version + 1);
        assert_eq!(world.events().await.last().unwrap().name, users::events::UPDATED);
        let entry = world.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.target), ("auth.email_verified", Some(ada.id)));
        assert_eq!(entry.actor, Some(ada.id));
        is_bad(&verify(&world, &token).await);
    });
}

#[test]
fn a_link_proves_the_address_it_was_sent_to_and_no_other() {
    block_on(async {
        let world = World::new();
        let ada = world.person("ada").await;
        let token = world.token(ADA).await;
        let admin = world.with_role("admin", Role::Admin).await;
        let email = Some(Email::parse("else@example.com").unwrap());
        let update = UpdateProfile { email, ..UpdateProfile::default() };
        world.users.update(&admin, ada.id, None, update, origin()).await.unwrap();
        is_bad(&verify(&world, &token).await);
        assert!(!world.user(ada.id).await.email_verified);
        // nor does it set a password
        forgot(&world, "else@example.com").await;
        let token = world.token("else@example.com").await;
        let email = Some(Email::parse(ADA).unwrap());
        let update = UpdateProfile { email, ..UpdateProfile::default() };
        world.users.update(&admin, ada.id, None, update, origin()).await.unwrap();
        is_bad(&reset(&world, &token).await);
    });
}

#[test]
fn links_end_when_their_time_is_over() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let token = world.token(ADA).await;
        world.clock.advance(DAY);
        is_bad(&verify(&world, &token).await);
        forgot(&world, ADA).await;
        let token = world.token(ADA).await;
        world.clock.advance(60 * MINUTE);
        is_bad(&reset(&world, &token).await);
        assert_eq!(world.users.purge(DAY).await.unwrap(), 1, "the other one was replaced");
        world.clock.advance(Duration::from_micros(1));
        assert_eq!(world.users.purge(DAY).await.unwrap(), 1);
    });
}

#[test]
fn a_new_link_kills_the_old_one_and_none_comes_too_soon() {
    block_on(async {
        let world = World::new();
        let ada = world.person("ada").await;
        let first = world.token(ADA).await;
        let ask = async || world.users.resend_verification(" ADA@example.com ", origin()).await;
        ask().await.unwrap();
        assert_eq!(world.letters(ADA).await.len(), 1, "a moment ago there was one");
        let entry = world.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.target),
            ("auth.verification_asked", Some(ada.id))
        );
        assert_eq!((entry.outcome, entry.detail.as_deref()), (Outcome::Denied, Some("too soon")));
        world.clock.advance(MINUTE);
        ask().await.unwrap();
        assert_eq!(world.letters(ADA).await.len(), 2);
        assert_eq!(world.last_entry().await.outcome, Outcome::Success);
        is_bad(&verify(&world, &first).await);
        verify(&world, &world.token(ADA).await).await.unwrap();
        // who is proven needs none
        world.clock.advance(MINUTE);
        ask().await.unwrap();
        assert_eq!(world.letters(ADA).await.len(), 2);
    });
}

#[test]
fn who_is_not_there_gets_the_same_answer_and_an_entry() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let long = format!("{}@example.com", "x".repeat(300));
        for nobody in ["eve@example.com", "", "no address", "a\0b@example.com", long.as_str()] {
            let entries = world.trail().await.len();
            forgot(&world, nobody).await;
            world.users.resend_verification(nobody, origin()).await.unwrap();
            assert_eq!(world.trail().await.len(), entries + 2);
            let entry = world.last_entry().await;
            assert_eq!((entry.target, entry.outcome), (None, Outcome::Failure));
            assert_eq!(entry.detail, None, "never an address");
        }
        assert_eq!(world.letters("eve@example.com").await, []);
    });
}

#[test]
fn a_new_password_ends_every_session_and_proves_the_address() {
    block_on(async {
        let world = World::new();
        let ada = world.person("ada").await;
        let pair = world.sign_in("ada").await;
        let verify_token = world.token(ADA).await;
        forgot(&world, ADA).await;
        let token = world.token(ADA).await;
        assert!(world.lives(&pair.access_token).await, "asking ends nothing");
        world.sign_in("ada").await;

        reset(&world, &token).await.unwrap();
        assert!(!world.lives(&pair.access_token).await);
        let old = world.users.sign_in(by_name("ada", PASSWORD)).await;
        assert!(matches!(old, Err(UserError::BadCredentials)), "{old:?}");
        let entry = world.trail().await.into_iter().rev().nth(1).unwrap();
        assert_eq!((entry.action.as_str(), entry.actor), ("auth.password_reset", Some(ada.id)));
        world.users.sign_in(by_name("ada", NEW)).await.unwrap();
        assert!(world.user(ada.id).await.email_verified);
        assert_eq!(
            world.subjects(ADA).await.last().map(String::as_str),
            Some("Your password was changed")
        );
        is_bad(&reset(&world, &token).await);
        is_bad(&verify(&world, &verify_token).await);
    });
}

#[test]
fn a_refused_password_leaves_the_link_as_it_was() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        forgot(&world, ADA).await;
        let token = world.token(ADA).await;
        for (bad, code) in
            [("password", "users.password_common"), (ADA, "users.password_same_as_name")]
        {
            let bad = Password::parse(bad).unwrap();
            let error = world.users.reset_password(&token, bad, origin()).await.unwrap_err();
            assert_eq!(error.fields()[0].field, "/new_password");
            assert_eq!(error.fields()[0].code, code);
        }
        reset(&world, &token).await.unwrap();
    });
}

#[test]
fn of_many_who_use_one_link_one_succeeds() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        forgot(&world, ADA).await;
        let token = world.token(ADA).await;
        let racers = (0..20).map(|number| -> BoxFuture<'_, Option<String>> {
            let (world, token) = (&world, token.as_str());
            Box::pin(async move {
                let new = format!("a newer staple {number}");
                let parsed = Password::parse(&new).unwrap();
                let result = world.users.reset_password(token, parsed, origin()).await;
                result.is_ok().then_some(new)
            })
        });
        let won: Vec<String> = together(racers.collect()).await.into_iter().flatten().collect();
        assert_eq!(won.len(), 1);
        world.users.sign_in(by_name("ada", &won[0])).await.unwrap();
    });
}

#[test]
fn of_many_who_ask_at_once_one_gets_a_letter() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let racers = (0..20).map(|_| -> BoxFuture<'_, ()> { Box::pin(forgot(&world, ADA)) });
        together(racers.collect()).await;
        assert_eq!(world.letters(ADA).await.len(), 2, "one when registering, one now");
        reset(&world, &world.token(ADA).await).await.unwrap();
    });
}

#[test]
fn a_letter_is_no_way_around_the_second_factor() {
    block_on(async {
        let world = World::new();
        world.proven("ada").await;
        let actor = world.actor("ada").await;
        world.turn_on(&actor).await;
        world.users.forgot_password(ADA, origin()).await.unwrap();
        reset(&world, &world.token(ADA).await).await.unwrap();
        let entry = world.users.sign_in(by_name("ada", NEW)).await.unwrap();
        assert!(matches!(entry, Entry::Factor(_)), "{entry:?}");
    });
}

/// Who asked first may be served last, and the clocks of two servers differ a little.
#[test]
fn without_a_pause_every_asking_gets_its_letter_whatever_the_clocks_say() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let (early, late) = (start(), start().plus(MINUTE));
        for now in [late, early, late, early] {
            let before = world.letters(ADA).await.len();
            world.impatient(now).forgot_password(ADA, origin()).await.unwrap();
            assert_eq!(world.letters(ADA).await.len(), before + 1, "{now}");
        }
        let actor = world.actor("ada").await;
        for now in [late, early] {
            let new = Email::parse("new@example.org").unwrap();
            let users = world.impatient(now);
            users.ask_email_change(&actor, new, password(PASSWORD), origin()).await.unwrap();
        }
        assert_eq!(world.letters("new@example.org").await.len(), 2);
        reset(&world, &world.token(ADA).await).await.unwrap();
    });
}

#[test]
fn who_is_suspended_gets_no_letter_and_no_new_password() {
    block_on(async {
        let world = World::new();
        let ada = world.person("ada").await;
        forgot(&world, ADA).await;
        let token = world.token(ADA).await;
        let verify_token = token_in(&world.letters(ADA).await[0]);
        let admin = world.with_role("admin", Role::Admin).await;
        let suspend = |status| Govern { role: None, status: Some(status) };
        let govern = async |status| {
            let users = &world.users;
            users.govern(&admin, ada.id, None, suspend(status), origin()).await.unwrap();
        };
        govern(Status::Suspended).await;
        is_bad(&reset(&world, &token).await);
        is_bad(&verify(&world, &verify_token).await);
        world.clock.advance(MINUTE);
        let letters = world.letters(ADA).await.len();
        forgot(&world, ADA).await;
        world.users.resend_verification(ADA, origin()).await.unwrap();
        assert_eq!(world.letters(ADA).await.len(), letters);
        assert_eq!(world.last_entry().await.outcome, Outcome::Denied);
        // the refused tries used nothing up
        govern(Status::Active).await;
        reset(&world, &token).await.unwrap();
    });
}

#[test]
fn a_changed_password_kills_the_link_and_is_told() {
    block_on(async {
        let world = World::new();
        world.proven("ada").await;
        let ada = world.actor("ada").await;
        forgot(&world, ADA).await;
        let token = world.token(ADA).await;
        let users = &world.users;
        users.change_password(&ada, password(PASSWORD), new_password(), origin()).await.unwrap();
        is_bad(&reset(&world, &token).await);
        assert_eq!(
            world.subjects(ADA).await.last().map(String::as_str),
            Some("Your password was changed")
        );
        // an address that nobody proved hears nothing
        world.person("grace").await;
        let grace = world.actor("grace").await;
        users.change_password(&grace, password(PASSWORD), new_password(), origin()).await.unwrap();
        assert_eq!(world.letters("grace@example.com").await.len(), 1);
    });
}

#[test]
fn an_account_without_a_password_gets_one_by_mail() {
    block_on(async {
        let world = World::new();
        let ada = world.person("ada").await;
        let cleared: Result<(), kernel::StoreError> =
            world.work.write(move |tx| tx.users().set_password(ada.id, None)).await;
        cleared.unwrap();
        forgot(&world, ADA).await;
        reset(&world, &world.token(ADA).await).await.unwrap();
        world.users.sign_in(by_name("ada", NEW)).await.unwrap();
    });
}

fn from(device: &str) -> SignIn {
    let mut sign_in = by_name("ada", PASSWORD);
    sign_in.origin.device = Some(device.to_owned());
    sign_in
}

#[test]
fn a_new_device_is_told_once_and_not_the_first() {
    block_on(async {
        const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Firefox/115.0";
        let world = World::new();
        world.proven("ada").await;
        let before = world.letters(ADA).await.len();
        let sign_in = async |device| world.users.sign_in(from(device)).await.unwrap();
        sign_in("curl/8.5.0").await;
        sign_in("curl/8.6.1").await;
        assert_eq!(world.letters(ADA).await.len(), before);
        sign_in(FIREFOX).await;
        let letter = world.letters(ADA).await.pop().unwrap();
        assert_eq!(letter.subject(), "New sign-in to your account");
        for told in [FIREFOX, "192.0.2.1", "2026-11-21 08:00 UTC"] {
            assert!(letter.text().contains(told), "{told}: {}", letter.text());
        }
        assert_eq!(world.last_entry().await.detail.as_deref(), Some("new device"));
        let newer = FIREFOX.replace("115", "128");
        sign_in(&newer).await;
        sign_in("curl/9").await;
        assert_eq!(world.letters(ADA).await.len(), before + 1);
        assert_eq!(world.last_entry().await.detail, None);
        // it is known when its sessions are long swept, and forgotten when it was long not used
        world.clock.advance(300 * DAY);
        world.users.purge(DAY).await.unwrap();
        sign_in("curl/9").await;
        assert_eq!(world.letters(ADA).await.len(), before + 1);
        world.clock.advance(200 * DAY);
        world.users.purge(DAY).await.unwrap();
        sign_in(FIREFOX).await;
        assert_eq!(world.letters(ADA).await.len(), before + 2);
    });
}

#[test]
fn an_address_that_nobody_proved_hears_of_no_device() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        for device in ["one/1", "two/1", "visit https://evil.example"] {
            world.users.sign_in(from(device)).await.unwrap();
        }
        assert_eq!(world.subjects(ADA).await, ["Confirm your mail address"]);
    });
}

#[test]
fn a_failed_sign_in_teaches_no_device() {
    block_on(async {
        let world = World::new();
        world.proven("ada").await;
        world.users.sign_in(from("one/1")).await.unwrap();
        let wrong = SignIn { password: password("wrong"), ..from("two/1") };
        world.users.sign_in(wrong).await.unwrap_err();
        let before = world.letters(ADA).await.len();
        world.users.sign_in(from("two/1")).await.unwrap();
        assert_eq!(world.letters(ADA).await.len(), before + 1);
    });
}
