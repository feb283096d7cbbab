//! Wrong passwords, and who has to wait for them.

use std::{sync::atomic::Ordering, time::Duration};

use kernel::{BoxFuture, actor::Origin};
use pollster::block_on;
use users::{UserError, commands::SignIn, signin::Entry};

use crate::world::{PASSWORD, World, by_email, by_name, origin, password, together};

fn from(address: &str, sign_in: SignIn) -> SignIn {
    SignIn { origin: Origin { ip: Some(address.to_owned()), ..origin() }, ..sign_in }
}

/// How a try ends: `wrong`, `in`, or for how many seconds it has to wait.
async fn tried(world: &World, sign_in: SignIn) -> String {
    match world.users.sign_in(sign_in).await {
        Ok(Entry::Open(_)) => "in".to_owned(),
        Err(UserError::BadCredentials) => "wrong".to_owned(),
        Err(UserError::SlowDown(wait)) => wait.as_secs().to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn waits_grow_for_who_tries_and_for_nobody_else() {
    block_on(async {
        for name in ["ada", "nobody"] {
            let world = World::new();
            world.person("ada").await;
            let guess = || tried(&world, by_name(name, "wrong"));
            for _ in 0..5 {
                assert_eq!(guess().await, "wrong");
            }
            let hashed = || world.passwords.verified.load(Ordering::SeqCst);
            let before = hashed();
            // The same answer for whom there is and whom there is not, and no work for either.
            for wait in [1_u64, 2, 4, 8] {
                assert_eq!(guess().await, wait.to_string(), "{name}");
                world.clock.advance(Duration::from_secs(wait));
                assert_eq!(guess().await, "wrong", "{name}");
            }
            assert_eq!(hashed(), before + 4);
            // the owner elsewhere knows nothing of it
            assert_eq!(tried(&world, from("198.51.100.7", by_name("ada", PASSWORD))).await, "in");
            // nor does anybody else at this address
            assert_eq!(tried(&world, by_name("grace", "wrong")).await, "wrong");
            world.clock.advance(Duration::from_secs(60 * 60));
            for _ in 0..5 {
                assert_eq!(guess().await, "wrong", "after an hour all is forgotten");
            }
        }
    });
}

#[test]
fn the_right_password_clears_what_was_counted() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        for _ in 0..3 {
            for _ in 0..4 {
                assert_eq!(tried(&world, by_name("ada", "wrong")).await, "wrong");
            }
            assert_eq!(tried(&world, by_name("ADA ", PASSWORD)).await, "in");
        }
        for _ in 0..5 {
            assert_eq!(tried(&world, by_name("ada", "wrong")).await, "wrong");
        }
        assert_eq!(tried(&world, by_name("ada", PASSWORD)).await, "1", "right, and too early");
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(tried(&world, by_name("ada", PASSWORD)).await, "in");
        assert_eq!(tried(&world, by_name("ada", "wrong")).await, "wrong");
    });
}

#[test]
fn of_many_tries_at_once_one_is_judged_once_there_were_too_many() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        for _ in 0..5 {
            assert_eq!(tried(&world, by_name("ada", "wrong")).await, "wrong");
        }
        world.clock.advance(Duration::from_secs(1));
        let racers = (0..8)
            .map(|_| -> BoxFuture<'_, String> { Box::pin(tried(&world, by_name("ada", "wrong"))) });
        let answers = together(racers.collect()).await;
        assert_eq!(answers.iter().filter(|answer| *answer == "wrong").count(), 1, "{answers:?}");
    });
}

#[test]
fn many_who_are_right_at_once_all_get_in() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let racers = (0..12).map(|_| -> BoxFuture<'_, String> {
            Box::pin(tried(&world, by_name("ada", PASSWORD)))
        });
        assert!(together(racers.collect()).await.iter().all(|answer| answer == "in"));
    });
}

#[test]
fn an_address_that_tries_at_everybody_has_to_wait_too() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        for number in 0..50 {
            assert_eq!(
                tried(&world, by_email(&format!("p{number}@x.org"), "wrong")).await,
                "wrong"
            );
        }
        assert_eq!(tried(&world, by_name("ada", PASSWORD)).await, "1");
        assert_eq!(tried(&world, from("198.51.100.7", by_name("ada", PASSWORD))).await, "in");
        world.clock.advance(Duration::from_secs(1));
        // who is right there does not make it worse for the others, and does not wipe it out
        for _ in 0..3 {
            assert_eq!(tried(&world, by_name("ada", PASSWORD)).await, "in");
        }
        assert_eq!(tried(&world, by_name("nobody", "wrong")).await, "wrong");
        assert_eq!(tried(&world, by_name("nobody", "wrong")).await, "2");
        // one is forgiven each minute
        world.clock.advance(Duration::from_secs(180));
        for _ in 0..2 {
            assert_eq!(tried(&world, by_name("grace", "wrong")).await, "wrong");
        }
    });
}

#[test]
fn inside_a_session_wrong_passwords_make_this_session_wait() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let (thief, ada) = (world.actor("ada").await, world.actor("ada").await);
        let change = |actor: &kernel::Actor, given: &str| {
            let (actor, given, new) = (actor.clone(), password(given), password(PASSWORD));
            let users = &world.users;
            async move { users.change_password(&actor, given, new, origin()).await }
        };
        for _ in 0..5 {
            assert!(matches!(change(&thief, "wrong").await, Err(UserError::WrongPassword)));
        }
        for held in [
            change(&thief, PASSWORD).await,
            world.users.remove_me(&thief, password(PASSWORD), origin()).await.map(drop),
            world.users.set_up_factor(&thief, Some(password(PASSWORD)), origin()).await.map(|_| ()),
        ] {
            assert!(matches!(held, Err(UserError::SlowDown(_))), "{held:?}");
        }
        change(&ada, PASSWORD).await.unwrap();
        assert_eq!(tried(&world, by_name("ada", PASSWORD)).await, "in");
    });
}

#[test]
fn what_is_forgotten_is_swept() {
    block_on(async {
        let world = World::new();
        assert_eq!(tried(&world, by_name("nobody", "wrong")).await, "wrong");
        assert_eq!(world.users.purge(Duration::ZERO).await.unwrap(), 0);
        world.clock.advance(Duration::from_secs(60 * 60 + 1));
        // the pair, and the address
        assert_eq!(world.users.purge(Duration::ZERO).await.unwrap(), 2);
    });
}
