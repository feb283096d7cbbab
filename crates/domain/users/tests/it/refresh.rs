//! The line of refresh tokens.

use kernel::{BoxFuture, UserId};
use pollster::block_on;
use users::{UserError, Users, audit::AuditOutcome, signin::SignedIn};

use crate::fixture::{Fixture, MINUTE, REFRESH, SESSION, origin, together};

async fn refresh(users: &Users, pair: &SignedIn) -> Result<SignedIn, UserError> {
    users.refresh(&pair.refresh_token, origin()).await
}

async fn reused(fixture: &Fixture, pair: &SignedIn) -> UserId {
    assert!(matches!(refresh(&fixture.users, pair).await, Err(UserError::RefreshReused)));
    let entry = fixture.last_entry().await;
    assert_eq!(
        (entry.action.as_str(), entry.outcome),
        ("auth.refresh_reused", AuditOutcome::Denied)
    );
    assert_eq!(entry.actor, None);
    entry.target.unwrap()
}

#[test]
fn a_refresh_gives_the_next_pair() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let first = fixture.sign_in("ada").await;
        fixture.clock.advance(MINUTE);
        let second = refresh(&fixture.users, &first).await.unwrap();
        assert_ne!(first.refresh_token, second.refresh_token);
        assert_ne!(first.access_token, second.access_token);
        assert_eq!(second.user.id, ada.id);
        let actor = fixture.users.authenticate(&second.access_token, None).await.unwrap().actor;
        let sessions = fixture.users.sessions(&actor).await.unwrap();
        assert_eq!(sessions.len(), 1);
        assert_eq!(sessions[0].last_used_at, sessions[0].created_at.plus(MINUTE));
        assert_eq!(sessions[0].expires_at, sessions[0].last_used_at.plus(REFRESH));
        // the access token before it is good until the next turn
        assert!(fixture.lives(&first.access_token).await);
        let third = refresh(&fixture.users, &second).await.unwrap();
        assert!(!fixture.lives(&first.access_token).await);
        assert!(fixture.lives(&second.access_token).await);
        assert!(fixture.lives(&third.access_token).await);
    });
}

#[test]
fn a_session_lives_as_long_as_it_is_refreshed_and_no_longer() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let mut pair = fixture.sign_in("ada").await;
        for _ in 0..3 {
            fixture.clock.advance(REFRESH / 2);
            pair = refresh(&fixture.users, &pair).await.unwrap();
        }
        fixture.clock.advance(REFRESH);
        let late = refresh(&fixture.users, &pair).await;
        assert!(matches!(late, Err(UserError::BadRefreshToken)), "{late:?}");
    });
}

#[test]
fn an_unknown_token_changes_nothing() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let pair = fixture.sign_in("ada").await;
        for odd in ["", "nonsense", "secret-999999", pair.access_token.as_str(), "\0"] {
            let answer = fixture.users.refresh(odd, origin()).await;
            assert!(matches!(answer, Err(UserError::BadRefreshToken)), "{odd}: {answer:?}");
        }
        refresh(&fixture.users, &pair).await.unwrap();
    });
}

#[test]
fn a_lost_answer_can_be_asked_for_again_and_again() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let first = fixture.sign_in("ada").await;
        let lost = refresh(&fixture.users, &first).await.unwrap();
        let also_lost = refresh(&fixture.users, &first).await.unwrap();
        let third = refresh(&fixture.users, &first).await.unwrap();
        assert!(!fixture.lives(&lost.access_token).await);
        assert!(!fixture.lives(&also_lost.access_token).await);
        // the parent's access token was no use of a successor
        assert!(fixture.lives(&first.access_token).await);
        assert!(fixture.lives(&third.access_token).await);
        refresh(&fixture.users, &third).await.unwrap();
    });
}

#[test]
fn a_used_token_ends_the_session_when_its_successor_was_refreshed() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let first = fixture.sign_in("ada").await;
        let second = refresh(&fixture.users, &first).await.unwrap();
        let third = refresh(&fixture.users, &second).await.unwrap();
        assert_eq!(reused(&fixture, &first).await, ada.id);
        for pair in [&first, &second, &third] {
            assert!(!fixture.lives(&pair.access_token).await);
            let answer = refresh(&fixture.users, pair).await;
            assert!(matches!(answer, Err(UserError::BadRefreshToken)), "{answer:?}");
        }
        // another session of the same person goes on
        let other = fixture.sign_in("ada").await;
        assert!(fixture.lives(&other.access_token).await);
    });
}

#[test]
fn a_used_token_ends_the_session_when_its_successors_access_token_was_used() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let first = fixture.sign_in("ada").await;
        let second = refresh(&fixture.users, &first).await.unwrap();
        assert!(fixture.lives(&second.access_token).await);
        reused(&fixture, &first).await;
        assert!(!fixture.lives(&second.access_token).await);
        let answer = refresh(&fixture.users, &second).await;
        assert!(matches!(answer, Err(UserError::BadRefreshToken)), "{answer:?}");
    });
}

#[test]
fn a_dead_token_that_is_used_after_all_ends_the_session() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let first = fixture.sign_in("ada").await;
        let stolen = refresh(&fixture.users, &first).await.unwrap();
        let kept = refresh(&fixture.users, &first).await.unwrap();
        reused(&fixture, &stolen).await;
        assert!(!fixture.lives(&kept.access_token).await);
    });
}

#[test]
fn a_ticket_counts_as_use_because_it_was_got_by_an_access_token() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let first = fixture.sign_in("ada").await;
        let second = refresh(&fixture.users, &first).await.unwrap();
        let caller = fixture.users.authenticate(&second.access_token, None).await.unwrap();
        let (ticket, _) = fixture.users.ticket(&caller.actor, &origin()).await.unwrap();
        reused(&fixture, &first).await;
        let answer = fixture.users.redeem_ticket(&ticket, None).await;
        assert!(matches!(answer, Err(UserError::BadTicket)), "{answer:?}");
    });
}

#[test]
fn of_fifty_simultaneously_at_most_one_branch_lives() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let first = fixture.sign_in("ada").await;
        let racers = (0..50).map(|_| -> BoxFuture<'_, Result<SignedIn, UserError>> {
            Box::pin(refresh(&fixture.users, &first))
        });
        let answers = together(racers.collect()).await;
        let pairs: Vec<SignedIn> = answers.into_iter().filter_map(Result::ok).collect();
        assert!(!pairs.is_empty(), "somebody must win");
        let mut access_lives = 0;
        for pair in &pairs {
            access_lives += usize::from(fixture.lives(&pair.access_token).await);
        }
        assert_eq!(access_lives, 1);
        let mut refresh_lives = 0;
        for pair in &pairs {
            refresh_lives += usize::from(refresh(&fixture.users, pair).await.is_ok());
        }
        assert!(refresh_lives <= 1, "{refresh_lives} refresh tokens live");
    });
}

#[test]
fn a_suspended_account_gets_no_pair() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let pair = fixture.sign_in("ada").await;
        let id = ada.id;
        let done: Result<(), kernel::StoreError> = fixture
            .work
            .write(move |tx| {
                let mut user = tx.users().lock(id)?.unwrap();
                user.status = users::values::Status::Suspended;
                tx.users().save(&mut user)
            })
            .await;
        done.unwrap();
        let answer = refresh(&fixture.users, &pair).await;
        assert!(matches!(answer, Err(UserError::Suspended)), "{answer:?}");
    });
}

/// A replica whose cache is older than a pair does not turn the pair away.
#[test]
fn a_pair_is_good_on_every_replica_immediately() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let there = fixture.replica();
        let first = fixture.sign_in("ada").await;
        there.authenticate(&first.access_token, None).await.unwrap();
        there.authenticate(&first.access_token, None).await.unwrap();
        let second = refresh(&fixture.users, &first).await.unwrap();
        let third = refresh(&fixture.users, &second).await.unwrap();
        there.authenticate(&third.access_token, None).await.unwrap();
    });
}

/// Its cache still says that the pair was never used; the store knows better.
#[test]
fn a_dead_branch_stays_dead_on_a_replica_that_remembers_it() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let there = fixture.replica();
        let first = fixture.sign_in("ada").await;
        let lost = refresh(&fixture.users, &first).await.unwrap();
        // fills the replica's cache without using the lost pair
        there.authenticate(&first.access_token, None).await.unwrap();
        refresh(&fixture.users, &first).await.unwrap();
        let answer = there.authenticate(&lost.access_token, None).await;
        assert!(matches!(answer, Err(UserError::BadToken(_))), "{answer:?}");
    });
}

#[test]
fn no_refresh_carries_a_session_beyond_its_life() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let mut pair = fixture.sign_in("ada").await;
        let begun = kernel::Clock::now(&*fixture.clock);
        let end = begun.plus(SESSION);
        while kernel::Clock::now(&*fixture.clock).plus(REFRESH) < end {
            fixture.clock.advance(REFRESH / 2);
            pair = fixture.users.refresh(&pair.refresh_token, origin()).await.unwrap();
        }
        // The last one is shorter than it would be.
        let actor = fixture.users.authenticate(&pair.access_token, None).await.unwrap().actor;
        let sessions = fixture.users.sessions(&actor).await.unwrap();
        assert_eq!(sessions[0].expires_at, end);
        fixture.clock.advance(end.since(kernel::Clock::now(&*fixture.clock)));
        fixture.live.evict(&actor.session.unwrap()).await;
        assert!(!fixture.lives(&pair.access_token).await);
        assert!(fixture.users.refresh(&pair.refresh_token, origin()).await.is_err());
        assert!(fixture.lives(&fixture.sign_in("ada").await.access_token).await);
    });
}
