//! Another mail address for one's account.

use kernel::{Actor, BoxFuture, Fault, Kind, Role};
use pollster::block_on;
use users::{
    UserError,
    audit::Outcome,
    commands::UpdateProfile,
    service::Confirmed,
    values::{Email, Password},
};

use crate::world::{DAY, MINUTE, PASSWORD, World, by_password, origin, password, together};

const OLD: &str = "ada@example.com";
const NEW: &str = "countess@example.org";

async fn ask(world: &World, actor: &Actor, new: &str) -> Result<(), UserError> {
    let new = Email::parse(new).unwrap();
    world.users.ask_email_change(actor, new, password(PASSWORD), origin()).await
}

async fn confirm(world: &World, token: &str) -> Result<Confirmed, UserError> {
    world.users.confirm_email_change(token, origin()).await
}

#[track_caller]
fn is_bad(result: &Result<Confirmed, UserError>) {
    assert!(matches!(result, Err(UserError::BadLink)), "{result:?}");
}

#[test]
fn the_address_changes_when_both_confirmed_in_either_order() {
    block_on(async {
        for new_first in [true, false] {
            let world = World::new();
            world.proven("ada").await;
            let ada = world.actor("ada").await;
            ask(&world, &ada, NEW).await.unwrap();
            let (new, old) = (world.token(NEW).await, world.token(OLD).await);
            assert!(world.letters(OLD).await.pop().unwrap().text().contains(NEW));
            let (first, second) = if new_first { (new, old) } else { (old, new) };
            assert_eq!(confirm(&world, &first).await.unwrap(), Confirmed::Waiting);
            is_bad(&confirm(&world, &first).await);
            assert_eq!(world.users.me(&ada).await.unwrap().email.as_str(), OLD);
            assert_eq!(confirm(&world, &second).await.unwrap(), Confirmed::Changed);
            let me = world.users.me(&ada).await.unwrap();
            assert_eq!((me.email.as_str(), me.email_verified), (NEW, true));
            let told = world.subjects(OLD).await.pop().unwrap();
            assert_eq!(told, "Your mail address was changed");
            let actions: Vec<String> =
                world.trail().await.into_iter().map(|entry| entry.action).collect();
            assert_eq!(
                actions[actions.len() - 3..],
                ["auth.email_change_asked", "auth.email_change_confirmed", "auth.email_changed"]
            );
            assert!(
                world
                    .trail()
                    .await
                    .iter()
                    .all(|entry| { !entry.detail.as_deref().unwrap_or_default().contains('@') })
            );
            is_bad(&confirm(&world, &second).await);
        }
    });
}

#[test]
fn an_address_that_nobody_proved_is_not_asked_but_told() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let ada = world.actor("ada").await;
        ask(&world, &ada, NEW).await.unwrap();
        assert_eq!(world.subjects(OLD).await, ["Confirm your mail address"]);
        let verify = world.token(OLD).await;
        let done = confirm(&world, &world.token(NEW).await).await.unwrap();
        assert_eq!(done, Confirmed::Changed);
        assert_eq!(world.subjects(OLD).await.pop().unwrap(), "Your mail address was changed");
        let late = world.users.verify_email(&verify, by_password(PASSWORD), origin()).await;
        assert!(matches!(late, Err(UserError::BadLink)), "{late:?}");
    });
}

#[test]
fn it_takes_the_password_a_new_address_and_some_patience() {
    block_on(async {
        let world = World::new();
        world.proven("ada").await;
        world.person("grace").await;
        let ada = world.actor("ada").await;
        let wrong = world
            .users
            .ask_email_change(&ada, Email::parse(NEW).unwrap(), password("wrong"), origin())
            .await;
        assert!(matches!(wrong, Err(UserError::WrongPassword)), "{wrong:?}");
        let entry = world.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.outcome),
            ("auth.email_change_asked", Outcome::Failure)
        );
        let same = ask(&world, &ada, "ADA@example.com").await.unwrap_err();
        assert_eq!(
            (same.fields()[0].field.as_str(), &*same.fields()[0].code),
            ("/new_email", "users.email_same")
        );
        let taken = ask(&world, &ada, "GRACE@example.com").await;
        assert!(matches!(taken, Err(UserError::EmailTaken)), "{taken:?}");

        ask(&world, &ada, NEW).await.unwrap();
        let (first_new, first_old) = (world.token(NEW).await, world.token(OLD).await);
        let soon = ask(&world, &ada, NEW).await.unwrap_err();
        assert_eq!((soon.kind(), soon.code()), (Kind::TooMany, "auth.too_soon"));
        world.clock.advance(MINUTE);
        ask(&world, &ada, "other@example.org").await.unwrap();
        // the links of the one before are dead, and both of the new one are needed
        is_bad(&confirm(&world, &first_new).await);
        is_bad(&confirm(&world, &first_old).await);
        let old = world.token(OLD).await;
        assert_eq!(confirm(&world, &old).await.unwrap(), Confirmed::Waiting);
        let new = world.token("other@example.org").await;
        assert_eq!(confirm(&world, &new).await.unwrap(), Confirmed::Changed);
    });
}

#[test]
fn of_two_who_want_one_address_the_first_to_confirm_gets_it() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        world.person("grace").await;
        let (ada, grace) = (world.actor("ada").await, world.actor("grace").await);
        ask(&world, &ada, NEW).await.unwrap();
        let for_ada = world.token(NEW).await;
        ask(&world, &grace, NEW).await.unwrap();
        let for_grace = world.token(NEW).await;
        let racers =
            [&for_ada, &for_grace].map(|token| -> BoxFuture<'_, Result<Confirmed, UserError>> {
                Box::pin(confirm(&world, token))
            });
        let results = together(racers.into_iter().collect()).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        let lost = results.into_iter().find_map(Result::err).unwrap();
        assert_eq!((lost.kind(), lost.code()), (Kind::Conflict, "users.email_taken"));
        // a refused change used nothing up: it works when the address is free again
        world.users.remove_me(&ada, password(PASSWORD), origin()).await.unwrap();
        assert_eq!(confirm(&world, &for_grace).await.unwrap(), Confirmed::Changed);
    });
}

#[test]
fn a_change_is_void_when_the_account_changed_or_its_time_is_over() {
    block_on(async {
        let world = World::new();
        let user = world.proven("ada").await;
        let ada = world.actor("ada").await;
        ask(&world, &ada, NEW).await.unwrap();
        let (new, old) = (world.token(NEW).await, world.token(OLD).await);
        let admin = world.with_role("admin", Role::Admin).await;
        let email = Some(Email::parse("third@example.org").unwrap());
        let update = UpdateProfile { email, ..UpdateProfile::default() };
        world.users.update(&admin, user.id, None, update, origin()).await.unwrap();
        is_bad(&confirm(&world, &new).await);
        is_bad(&confirm(&world, &old).await);

        world.proven("grace").await;
        let grace = world.actor("grace").await;
        ask(&world, &grace, NEW).await.unwrap();
        let late = world.token(NEW).await;
        world.clock.advance(DAY);
        is_bad(&confirm(&world, &late).await);
    });
}

#[test]
fn a_new_password_by_mail_voids_what_somebody_else_asked_for() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let thief = world.actor("ada").await;
        ask(&world, &thief, NEW).await.unwrap();
        let stolen = world.token(NEW).await;
        world.users.forgot_password(OLD, origin()).await.unwrap();
        let new = Password::parse("a newer staple").unwrap();
        let token = world.token(OLD).await;
        world.users.reset_password(&token, new, origin()).await.unwrap();
        is_bad(&confirm(&world, &stolen).await);
    });
}
