//! The line of refresh tokens.

use kernel::{BoxFuture, UserId};
use pollster::block_on;
use users::{UserError, Users, audit::Outcome, signin::SignedIn};

use crate::world::{MINUTE, REFRESH, SESSION, World, origin, together};

async fn refresh(users: &Users, pair: &SignedIn) -> Result<SignedIn, UserError> {
    users.refresh(&pair.refresh_token, origin()).await
}

async fn reused(world: &World, pair: &SignedIn) -> UserId {
    assert!(matches!(refresh(&world.users, pair).await, Err(UserError::RefreshReused)));
    let entry = world.last_entry().await;
    assert_eq!((entry.action.as_str(), entry.outcome), ("auth.refresh_reused", Outcome::Denied));
    assert_eq!(entry.actor, None);
    entry.target.unwrap()
}

#[test]
fn a_refresh_gives_the_next_pair() {
    block_on(async {
        let world = World::new();
        let ada = world.person("ada").await;
        let first = world.sign_in("ada").await;
        world.clock.advance(MINUTE);
        let second = refresh(&world.users, &first).await.unwrap();
        assert_ne!(first.refresh_token, second.refresh_token);
        assert_ne!(first.access_token, second.access_token);
        assert_eq!(second.user.id, ada.id);
        let actor = world.users.authenticate(&second.access_token, None).await.unwrap().actor;
        let sessions = world.users.sessions(&actor).await.unwrap();
        assert_eq!(sessions.len(), 1);
        assert_eq!(sessions[0].last_used_at, sessions[0].created_at.plus(MINUTE));
        assert_eq!(sessions[0].expires_at, sessions[0].last_used_at.plus(REFRESH));
        // the access token before it is good until the next turn
        assert!(world.lives(&first.access_token).await);
        let third = refresh(&world.users, &second).await.unwrap();
        assert!(!world.lives(&first.access_token).await);
        assert!(world.lives(&second.access_token).await);
        assert!(world.lives(&third.access_token).await);
    });
}

#[test]
fn a_session_lives_as_long_as_it_is_refreshed_and_no_longer() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let mut pair = world.sign_in("ada").await;
        for _ in 0..3 {
            world.clock.advance(REFRESH / 2);
            pair = refresh(&world.users, &pair).await.unwrap();
        }
        world.clock.advance(REFRESH);
        let late = refresh(&world.users, &pair).await;
        assert!(matches!(late, Err(UserError::BadRefreshToken)), "{late:?}");
    });
}

#[test]
fn an_unknown_token_changes_nothing() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let pair = world.sign_in("ada").await;
        for odd in ["", "nonsense", "secret-999999", pair.access_token.as_str(), "\0"] {
            let answer = world.users.refresh(odd, origin()).await;
            assert!(matches!(answer, Err(UserError::BadRefreshToken)), "{odd}: {answer:?}");
        }
        refresh(&world.users, &pair).await.unwrap();
    });
}

#[test]
fn a_lost_answer_can_be_asked_for_again_and_again() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let first = world.sign_in("ada").await;
        let lost = refresh(&world.users, &first).await.unwrap();
        let also_lost = refresh(&world.users, &first).await.unwrap();
        let third = refresh(&world.users, &first).await.unwrap();
        assert!(!world.lives(&lost.access_token).await);
        assert!(!world.lives(&also_lost.access_token).await);
        // the parent's access token was no use of a successor
        assert!(world.lives(&first.access_token).await);
        assert!(world.lives(&third.access_token).await);
        refresh(&world.users, &third).await.unwrap();
    });
}

#[test]
fn a_used_token_ends_the_session_when_its_successor_was_refreshed() {
    block_on(async {
        let world = World::new();
        let ada = world.person("ada").await;
        let first = world.sign_in("ada").await;
        let second = refresh(&world.users, &first).await.unwrap();
        let third = refresh(&world.users, &second).await.unwrap();
        assert_eq!(reused(&world, &first).await, ada.id);
        for pair in [&first, &second, &third] {
            assert!(!world.lives(&pair.access_token).await);
            let answer = refresh(&world.users, pair).await;
            assert!(matches!(answer, Err(UserError::BadRefreshToken)), "{answer:?}");
        }
        // another session of the same person goes on
        let other = world.sign_in("ada").await;
        assert!(world.lives(&other.access_token).await);
    });
}

#[test]
fn a_used_token_ends_the_session_when_its_successors_access_token_was_used() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let first = world.sign_in("ada").await;
        let second = refresh(&world.users, &first).await.unwrap();
        assert!(world.lives(&second.access_token).await);
        reused(&world, &first).await;
        assert!(!world.lives(&second.access_token).await);
        let answer = refresh(&world.users, &second).await;
        assert!(matches!(answer, Err(UserError::BadRefreshToken)), "{answer:?}");
    });
}

#[test]
fn a_dead_token_that_is_used_after_all_ends_the_session() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let first = world.sign_in("ada").await;
        let stolen = refresh(&world.users, &first).await.unwrap();
        let kept = refresh(&world.users, &first).await.unwrap();
        reused(&world, &stolen).await;
        assert!(!world.lives(&kept.access_token).await);
    });
}

#[test]
fn a_ticket_counts_as_use_because_it_was_got_by_an_access_token() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let first = world.sign_in("ada").await;
        let second = refresh(&world.users, &first).await.unwrap();
        let caller = world.users.authenticate(&second.access_token, None).await.unwrap();
        let (ticket, _) = world.users.ticket(&caller.actor, &origin()).await.unwrap();
        reused(&world, &first).await;
        let answer = world.users.redeem_ticket(&ticket, None).await;
        assert!(matches!(answer, Err(UserError::BadTicket)), "{answer:?}");
    });
}

#[test]
fn of_fifty_at_once_at_most_one_branch_lives() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let first = world.sign_in("ada").await;
        let racers = (0..50).map(|_| -> BoxFuture<'_, Result<SignedIn, UserError>> {
            Box::pin(refresh(&world.users, &first))
        });
        let answers = together(racers.collect()).await;
        let pairs: Vec<SignedIn> = answers.into_iter().filter_map(Result::ok).collect();
        assert!(!pairs.is_empty(), "somebody must win");
        let mut access_lives = 0;
        for pair in &pairs {
            access_lives += usize::from(world.lives(&pair.access_token).await);
        }
        assert_eq!(access_lives, 1);
        let mut refresh_lives = 0;
        for pair in &pairs {
            refresh_lives += usize::from(refresh(&world.users, pair).await.is_ok());
        }
        assert!(refresh_lives <= 1, "{refresh_lives} refresh tokens live");
    });
}

#[test]
fn a_suspended_account_gets_no_pair() {
    block_on(async {
        let world = World::new();
        let ada = world.person("ada").await;
        let pair = world.sign_in("ada").await;
        let id = ada.id;
        let done: Result<(), kernel::StoreError> = world
            .work
            .write(move |tx| {
                let mut user = tx.users().lock(id)?.unwrap();
                user.status = users::values::Status::Suspended;
                tx.users().save(&mut user)
            })
            .await;
        done.unwrap();
        let answer = refresh(&world.users, &pair).await;
        assert!(matches!(answer, Err(UserError::Suspended)), "{answer:?}");
    });
}

/// A replica whose cache is older than a pair does not turn the pair away.
#[test]
fn a_pair_is_good_on_every_replica_at_once() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let there = world.replica();
        let first = world.sign_in("ada").await;
        there.authenticate(&first.access_token, None).await.unwrap();
        there.authenticate(&first.access_token, None).await.unwrap();
        let second = refresh(&world.users, &first).await.unwrap();
        let third = refresh(&world.users, &second).await.unwrap();
        there.authenticate(&third.access_token, None).await.unwrap();
    });
}

/// Its cache still says that the pair was never used; the store knows better.
#[test]
fn a_dead_branch_stays_dead_on_a_replica_that_remembers_it() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let there = world.replica();
        let first = world.sign_in("ada").await;
        let lost = refresh(&world.users, &first).await.unwrap();
        // fills the replica's cache without using the lost pair
        there.authenticate(&first.access_token, None).await.unwrap();
        refresh(&world.users, &first).await.unwrap();
        let answer = there.authenticate(&lost.access_token, None).await;
        assert!(matches!(answer, Err(UserError::BadToken(_))), "{answer:?}");
    });
}

#[test]
fn no_refresh_carries_a_session_beyond_its_life() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let mut pair = world.sign_in("ada").await;
        let begun = kernel::Clock::now(&*world.clock);
        let end = begun.plus(SESSION);
        while kernel::Clock::now(&*world.clock).plus(REFRESH) < end {
            world.clock.advance(REFRESH / 2);
            pair = world.users.refresh(&pair.refresh_token, origin()).await.unwrap();
        }
        // The last one is shorter than it would be.
        let actor = world.users.authenticate(&pair.access_token, None).await.unwrap().actor;
        let sessions = world.users.sessions(&actor).await.unwrap();
        assert_eq!(sessions[0].expires_at, end);
        world.clock.advance(end.since(kernel::Clock::now(&*world.clock)));
        world.live.evict(&actor.session.unwrap()).await;
        assert!(!world.lives(&pair.access_token).await);
        assert!(world.users.refresh(&pair.refresh_token, origin()).await.is_err());
        assert!(world.lives(&world.sign_in("ada").await.access_token).await);
    });
}
