//! Wrong passwords, and who has to wait for them.

use std::{sync::atomic::Ordering, time::Duration};

use kernel::{BoxFuture, DomainError as _, ErrorKind, actor::Origin};
use pollster::block_on;
use users::{UserError, commands::SignIn, signin::Entry};

use crate::fixture::{
    ALLOWANCE, DAY, Fixture, PASSWORD, by_email, by_name, origin, password, together,
};

fn from(address: &str, sign_in: SignIn) -> SignIn {
    SignIn { origin: Origin { ip: Some(address.to_owned()), ..origin() }, ..sign_in }
}

/// How a try ends: `wrong`, `in`, or for how many seconds it has to wait.
async fn tried(fixture: &Fixture, sign_in: SignIn) -> String {
    match fixture.users.sign_in(sign_in).await {
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
            let fixture = Fixture::new();
            fixture.person("ada").await;
            let guess = || tried(&fixture, by_name(name, "wrong"));
            for _ in 0..5 {
                assert_eq!(guess().await, "wrong");
            }
            let hashed = || fixture.passwords.verified.load(Ordering::SeqCst);
            let before = hashed();
            // The same answer for whom there is and whom there is not, and no work for either.
            for wait in [1_u64, 2, 4, 8] {
                assert_eq!(guess().await, wait.to_string(), "{name}");
                fixture.clock.advance(Duration::from_secs(wait));
                assert_eq!(guess().await, "wrong", "{name}");
            }
            assert_eq!(hashed(), before + 4);
            // the owner elsewhere knows nothing of it
            assert_eq!(tried(&fixture, from("198.51.100.7", by_name("ada", PASSWORD))).await, "in");
            // nor does anybody else at this address
            assert_eq!(tried(&fixture, by_name("grace", "wrong")).await, "wrong");
            fixture.clock.advance(Duration::from_secs(60 * 60));
            for _ in 0..5 {
                assert_eq!(guess().await, "wrong", "after an hour all is forgotten");
            }
        }
    });
}

#[test]
fn the_right_password_clears_what_was_counted() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        for _ in 0..3 {
            for _ in 0..4 {
                assert_eq!(tried(&fixture, by_name("ada", "wrong")).await, "wrong");
            }
            assert_eq!(tried(&fixture, by_name("ADA ", PASSWORD)).await, "in");
        }
        for _ in 0..5 {
            assert_eq!(tried(&fixture, by_name("ada", "wrong")).await, "wrong");
        }
        assert_eq!(tried(&fixture, by_name("ada", PASSWORD)).await, "1", "right, and too early");
        fixture.clock.advance(Duration::from_secs(1));
        assert_eq!(tried(&fixture, by_name("ada", PASSWORD)).await, "in");
        assert_eq!(tried(&fixture, by_name("ada", "wrong")).await, "wrong");
    });
}

#[test]
fn of_many_tries_simultaneously_one_is_judged_once_there_were_too_many() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        for _ in 0..5 {
            assert_eq!(tried(&fixture, by_name("ada", "wrong")).await, "wrong");
        }
        fixture.clock.advance(Duration::from_secs(1));
        let racers = (0..8).map(|_| -> BoxFuture<'_, String> {
            Box::pin(tried(&fixture, by_name("ada", "wrong")))
        });
        let answers = together(racers.collect()).await;
        assert_eq!(answers.iter().filter(|answer| *answer == "wrong").count(), 1, "{answers:?}");
    });
}

#[test]
fn many_who_are_right_simultaneously_all_get_in() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let racers = (0..12).map(|_| -> BoxFuture<'_, String> {
            Box::pin(tried(&fixture, by_name("ada", PASSWORD)))
        });
        assert!(together(racers.collect()).await.iter().all(|answer| answer == "in"));
    });
}

#[test]
fn an_address_that_tries_at_everybody_has_to_wait_too() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        for number in 0..50 {
            assert_eq!(
                tried(&fixture, by_email(&format!("p{number}@x.org"), "wrong")).await,
                "wrong"
            );
        }
        assert_eq!(tried(&fixture, by_name("ada", PASSWORD)).await, "1");
        assert_eq!(tried(&fixture, from("198.51.100.7", by_name("ada", PASSWORD))).await, "in");
        fixture.clock.advance(Duration::from_secs(1));
        // who is right there does not make it worse for the others, and does not wipe it out
        for _ in 0..3 {
            assert_eq!(tried(&fixture, by_name("ada", PASSWORD)).await, "in");
        }
        assert_eq!(tried(&fixture, by_name("nobody", "wrong")).await, "wrong");
        assert_eq!(tried(&fixture, by_name("nobody", "wrong")).await, "2");
        // one is forgiven each minute
        fixture.clock.advance(Duration::from_secs(180));
        for _ in 0..2 {
            assert_eq!(tried(&fixture, by_name("grace", "wrong")).await, "wrong");
        }
    });
}

#[test]
fn inside_a_session_wrong_passwords_make_this_session_wait() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let (thief, ada) = (fixture.actor("ada").await, fixture.actor("ada").await);
        let change = |actor: &kernel::Actor, given: &str| {
            let (actor, given, new) = (actor.clone(), password(given), password(PASSWORD));
            let users = &fixture.users;
            async move { users.change_password(&actor, given, new, origin()).await }
        };
        for _ in 0..5 {
            assert!(matches!(change(&thief, "wrong").await, Err(UserError::WrongPassword)));
        }
        for held in [
            change(&thief, PASSWORD).await,
            fixture.users.remove_me(&thief, password(PASSWORD), origin()).await.map(drop),
            fixture
                .users
                .set_up_factor(&thief, Some(password(PASSWORD)), origin())
                .await
                .map(|_| ()),
        ] {
            assert!(matches!(held, Err(UserError::SlowDown(_))), "{held:?}");
        }
        change(&ada, PASSWORD).await.unwrap();
        assert_eq!(tried(&fixture, by_name("ada", PASSWORD)).await, "in");
    });
}

#[test]
fn what_no_longer_counts_is_pruned() {
    block_on(async {
        let fixture = Fixture::new();
        assert_eq!(tried(&fixture, by_name("nobody", "wrong")).await, "wrong");
        assert_eq!(fixture.users.purge(Duration::ZERO).await.unwrap(), 0);
        fixture.clock.advance(Duration::from_secs(60 * 60 + 1));
        // the pair, and the address
        assert_eq!(fixture.users.purge(Duration::ZERO).await.unwrap(), 2);
    });
}

/// An origin that no account was signed in to from.
fn elsewhere(number: usize) -> Origin {
    Origin {
        ip: Some(format!("203.0.113.{number}")),
        device: Some("stranger/1".to_owned()),
        ..origin()
    }
}

/// Wrong passwords of strangers, each from an address of their own, until the account's allowance is
/// used up.
async fn used_up(fixture: &Fixture, name: &str) {
    for number in 0..ALLOWANCE as usize {
        let sign_in = SignIn { origin: elsewhere(number), ..by_name(name, "wrong") };
        let wrong = fixture.users.sign_in(sign_in).await.unwrap_err();
        assert!(matches!(wrong, UserError::BadCredentials | UserError::AccountLimit(_)));
        // A sign-in of the owner may have taken one.
        assert!(number + 1 >= ALLOWANCE as usize - 1 || matches!(wrong, UserError::BadCredentials));
    }
    let sign_in = SignIn { origin: elsewhere(200), ..by_name(name, PASSWORD) };
    let refused = fixture.users.sign_in(sign_in).await.unwrap_err();
    assert!(matches!(refused, UserError::AccountLimit(_)), "{refused:?}");
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::TooMany, "rate_limit.exceeded"));
}

#[test]
fn strangers_do_not_lock_out_an_owner_who_signed_in_lately() {
    block_on(async {
        let fixture = Fixture::limited();
        for name in ["ada", "grace"] {
            fixture.person(name).await;
        }
        fixture.sign_in("ada").await;
        for name in ["ada", "grace", "nobody"] {
            used_up(&fixture, name).await;
        }
        // from the network, from the device, and after a while
        assert_eq!(tried(&fixture, by_name("ada", PASSWORD)).await, "in");
        let same_network = Origin { device: None, ..origin() };
        let sign_in = SignIn { origin: same_network, ..by_name("ada", PASSWORD) };
        assert_eq!(tried(&fixture, sign_in).await, "in");
        let sign_in = from("198.51.100.7", by_name("ada", PASSWORD));
        assert_eq!(tried(&fixture, sign_in).await, "in");
        // grace never signed in, so nothing shows that she is no stranger
        let refused = fixture.users.sign_in(by_name("grace", PASSWORD)).await.unwrap_err();
        assert!(matches!(refused, UserError::AccountLimit(_)), "{refused:?}");
    });
}

#[test]
fn a_sign_in_of_long_ago_makes_nobody_known() {
    block_on(async {
        let fixture = Fixture::limited();
        fixture.person("ada").await;
        fixture.sign_in("ada").await;
        fixture.clock.advance(DAY * 30);
        used_up(&fixture, "ada").await;
        let refused = fixture.users.sign_in(by_name("ada", PASSWORD)).await.unwrap_err();
        assert!(matches!(refused, UserError::AccountLimit(_)), "{refused:?}");
    });
}

#[test]
fn a_stranger_behind_the_owners_address_makes_only_their_own_device_wait() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        fixture.sign_in("ada").await;
        let stranger = || Origin { device: Some("stranger/1".to_owned()), ..origin() };
        let guess = || SignIn { origin: stranger(), ..by_name("ada", "wrong") };
        for _ in 0..5 {
            assert_eq!(tried(&fixture, guess()).await, "wrong");
        }
        assert_eq!(tried(&fixture, guess()).await, "1");
        assert_eq!(tried(&fixture, by_name("ada", PASSWORD)).await, "in");
        // and if they try at fifty others, the address waits, but not the owner
        for number in 0..60 {
            let name = format!("p{number}");
            tried(&fixture, SignIn { origin: stranger(), ..by_name(&name, "wrong") }).await;
        }
        let other = SignIn { origin: stranger(), ..by_name("p99", "wrong") };
        assert_ne!(tried(&fixture, other).await, "wrong");
        assert_eq!(tried(&fixture, by_name("ada", PASSWORD)).await, "in");
    });
}

#[test]
fn the_username_and_the_address_of_an_account_are_one_target() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let by_address = || by_email("ADA@example.com", "wrong");
        for _ in 0..2 {
            assert_eq!(tried(&fixture, by_name("ada", "wrong")).await, "wrong");
            assert_eq!(tried(&fixture, by_address()).await, "wrong");
        }
        assert_eq!(tried(&fixture, by_name("ADA ", "wrong")).await, "wrong");
        assert_eq!(tried(&fixture, by_address()).await, "1");
        assert_eq!(tried(&fixture, by_name("ada", "wrong")).await, "1");

        let fixture = Fixture::limited();
        fixture.person("ada").await;
        used_up(&fixture, "ada").await;
        let sign_in = SignIn { origin: elsewhere(100), ..by_address() };
        let refused = fixture.users.sign_in(sign_in).await.unwrap_err();
        assert!(matches!(refused, UserError::AccountLimit(_)), "{refused:?}");
    });
}

#[test]
fn a_try_that_is_refused_unjudged_is_not_counted() {
    block_on(async {
        let fixture = Fixture::limited();
        fixture.person("ada").await;
        let busy = |now: bool| fixture.passwords.busy.store(now, Ordering::SeqCst);
        let overloaded = async |number: usize| {
            let sign_in = SignIn { origin: elsewhere(number), ..by_name("ada", "wrong") };
            let refused = fixture.users.sign_in(sign_in).await.unwrap_err();
            assert!(matches!(refused, UserError::Overloaded(_)), "{refused:?}");
        };
        busy(true);
        for number in 0..40 {
            overloaded(number).await;
        }
        busy(false);
        used_up(&fixture, "ada").await;
        // Those who have to wait use nothing up either.
        let fixture = Fixture::limited();
        fixture.person("ada").await;
        for _ in 0..5 {
            assert_eq!(tried(&fixture, by_name("ada", "wrong")).await, "wrong");
        }
        for _ in 0..40 {
            assert_eq!(tried(&fixture, by_name("ada", "wrong")).await, "1");
        }
        for number in 0..ALLOWANCE as usize - 5 {
            let sign_in = SignIn { origin: elsewhere(number), ..by_name("ada", "wrong") };
            assert_eq!(tried(&fixture, sign_in).await, "wrong");
        }
    });
}

#[test]
fn a_try_that_the_account_refuses_does_not_make_its_caller_wait_longer() {
    block_on(async {
        let fixture = Fixture::limited();
        fixture.person("ada").await;
        for _ in 0..5 {
            assert_eq!(tried(&fixture, by_name("ada", "wrong")).await, "wrong");
        }
        for number in 0..ALLOWANCE as usize - 5 {
            let sign_in = SignIn { origin: elsewhere(number), ..by_name("ada", "wrong") };
            assert_eq!(tried(&fixture, sign_in).await, "wrong");
        }
        fixture.clock.advance(Duration::from_secs(1));
        for _ in 0..20 {
            let refused = fixture.users.sign_in(by_name("ada", "wrong")).await.unwrap_err();
            assert!(matches!(refused, UserError::AccountLimit(_)), "{refused:?}");
        }
    });
}
