//! Accounts that no one uses.

use std::time::Duration;

use kernel::{BoxFuture, Permissions, Role};
use pollster::block_on;
use users::{
    UserError, Users,
    audit::AuditOutcome,
    commands::{Administer, MakeToken},
    inactivity::Inactivity,
    user::User,
    values::{Status, TokenName},
};

use crate::fixture::{DAY, Fixture, PASSWORD, by_name, origin, together};

const ADA: &str = "ada@example.com";
const RULE: Inactivity =
    Inactivity { after: DAY.saturating_mul(365), warning: DAY.saturating_mul(30) };
const WARNING: &str = "Your account will be closed unless you use it";
const CLOSED: &str = "Your unused account was closed";

/// Ada, who has signed in once, and a server that closes accounts.
async fn ada() -> (Fixture, Users, User) {
    let fixture = Fixture::new();
    let user = fixture.proven("ada").await;
    fixture.sign_in("ada").await;
    let users = fixture.closing(RULE);
    (fixture, users, user)
}

async fn count(fixture: &Fixture, subject: &str) -> usize {
    fixture.subjects(ADA).await.iter().filter(|found| *found == subject).count()
}

async fn is_closed(fixture: &Fixture, user: &User) -> bool {
    fixture.user(user.id).await.purge_at.is_some()
}

#[test]
fn an_unused_account_is_warned_of_and_then_closed() {
    block_on(async {
        let (fixture, users, user) = ada().await;
        fixture.clock.advance(334 * DAY);
        assert_eq!(users.close_inactive().await.unwrap(), 0);
        fixture.clock.advance(DAY);
        assert_eq!(users.close_inactive().await.unwrap(), 1);
        assert_eq!(users.close_inactive().await.unwrap(), 0, "once");
        let email = fixture.emails(ADA).await.pop().unwrap();
        assert_eq!(email.subject(), WARNING);
        for said in ["2026-11-21 08:00 UTC", "2027-11-21 08:00 UTC", "https://app.example.com/"] {
            assert!(email.text().contains(said), "{said}: {}", email.text());
        }
        fixture.clock.advance(Duration::from_secs(30 * 86_400 - 1));
        assert_eq!(users.close_inactive().await.unwrap(), 0);
        fixture.clock.advance(Duration::from_secs(1));
        assert_eq!(users.close_inactive().await.unwrap(), 1);
        let closed = fixture.user(user.id).await;
        assert_eq!(closed.purge_at, Some(fixture.clock_now().plus(30 * DAY)), "it can be had back");
        let entry = fixture.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.target), ("users.closed", Some(user.id)));
        assert_eq!((entry.actor, entry.outcome), (None, AuditOutcome::Success));
        assert_eq!(entry.detail.as_deref(), Some("not used since 2026-11-21T08:00:00Z"));
        assert_eq!(fixture.subjects(ADA).await.pop().as_deref(), Some(CLOSED));
        let shut = users.sign_in(by_name("ada", PASSWORD)).await;
        assert!(matches!(shut, Err(UserError::Closed)), "{shut:?}");

        // Having it back counts as use.
        users.restore_account(by_name("ada", PASSWORD)).await.unwrap();
        fixture.clock.advance(DAY);
        assert_eq!(users.close_inactive().await.unwrap(), 0);
        assert!(!is_closed(&fixture, &user).await);
    });
}

#[test]
fn without_the_rule_nothing_is_closed_and_with_it_a_warning_comes_first() {
    block_on(async {
        let (fixture, users, user) = ada().await;
        fixture.clock.advance(5000 * DAY);
        assert_eq!(fixture.users.close_inactive().await.unwrap(), 0, "off by default");
        // Switched on after years: the warning has its whole time.
        assert_eq!(users.close_inactive().await.unwrap(), 1);
        assert_eq!(count(&fixture, WARNING).await, 1);
        for _ in 0..29 {
            fixture.clock.advance(DAY);
            assert_eq!(users.close_inactive().await.unwrap(), 0);
        }
        assert!(!is_closed(&fixture, &user).await);
        // Nothing ran for long: what was said so long ago is said again.
        fixture.clock.advance(32 * DAY);
        assert_eq!(users.close_inactive().await.unwrap(), 1);
        assert_eq!(count(&fixture, WARNING).await, 2);
        fixture.clock.advance(30 * DAY);
        assert_eq!(users.close_inactive().await.unwrap(), 1);
        assert!(is_closed(&fixture, &user).await);
    });
}

#[test]
fn every_use_of_an_account_takes_the_warning_back() {
    block_on(async {
        for how in ["sign-in", "refresh", "token"] {
            let fixture = Fixture::new();
            let user = fixture.proven("ada").await;
            let actor = fixture.actor("ada").await;
            let make = MakeToken {
                name: TokenName::parse("ci").unwrap(),
                scopes: Permissions::NONE,
                expires_at: None,
                origin: origin(),
            };
            let token = fixture.users.make_token(&actor, make).await.unwrap();
            let users = fixture.closing(RULE);
            // Warned soon after the last use, so that the session and the token live on.
            let eager = Inactivity { after: DAY, warning: DAY };
            let pair = fixture.sign_in("ada").await;
            let warner = fixture.closing(eager);
            assert_eq!(warner.close_inactive().await.unwrap(), 1, "{how}");
            fixture.clock.advance(DAY);
            match how {
                "sign-in" => {
                    fixture.sign_in("ada").await;
                }
                "refresh" => {
                    fixture.users.refresh(&pair.refresh_token, origin()).await.unwrap();
                }
                _ => {
                    let used = fixture.users.authenticate(&token.secret, None).await.unwrap();
                    let id = fixture.users.unnoted(&used).unwrap();
                    assert!(fixture.users.note_token_use(id, None).await.unwrap());
                }
            }
            assert_eq!(warner.close_inactive().await.unwrap(), 1, "{how}: warned anew, not closed");
            assert!(!is_closed(&fixture, &user).await, "{how}");
            fixture.clock.advance(340 * DAY);
            assert_eq!(users.close_inactive().await.unwrap(), 1, "{how}: an old warning is void");
            assert!(!is_closed(&fixture, &user).await, "{how}");
        }
    });
}

#[test]
fn whoever_has_power_or_cannot_be_warned_stays() {
    block_on(async {
        let (fixture, users, user) = ada().await;
        fixture.with_role("root", Role::SuperAdmin).await;
        fixture.with_role("mod", Role::Moderator).await;
        fixture.person("unproven").await;
        fixture.clock.advance(400 * DAY);
        assert_eq!(users.close_inactive().await.unwrap(), 1, "ada alone");
        // One who is given power meanwhile is not closed.
        let id = user.id;
        let raised = fixture
            .work
            .write(move |tx| {
                let mut user = tx.users().lock(id)?.unwrap();
                user.role = Role::Moderator;
                tx.users().save(&mut user)
            })
            .await;
        let raised: Result<(), kernel::StoreError> = raised;
        raised.unwrap();
        fixture.clock.advance(31 * DAY);
        assert_eq!(users.close_inactive().await.unwrap(), 0);
        assert!(!is_closed(&fixture, &user).await);
    });
}

#[test]
fn a_suspension_does_not_count_as_disuse() {
    block_on(async {
        let (fixture, users, user) = ada().await;
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        for status in [Status::Suspended, Status::Active] {
            let administer = Administer { role: None, status: Some(status) };
            let done = fixture.users.administer(&root, user.id, None, administer, origin()).await;
            assert_eq!(done.unwrap().status, status);
            fixture.clock.advance(if status == Status::Suspended { 400 * DAY } else { DAY });
            assert_eq!(users.close_inactive().await.unwrap(), 0, "{status:?}");
        }
    });
}

#[test]
fn who_signs_in_while_accounts_are_closed_keeps_theirs() {
    block_on(async {
        for _ in 0..10 {
            let (fixture, users, user) = ada().await;
            fixture.clock.advance(335 * DAY);
            assert_eq!(users.close_inactive().await.unwrap(), 1);
            fixture.clock.advance(30 * DAY);
            let (fixture, users) = (&fixture, &users);
            let races: Vec<BoxFuture<'_, bool>> = vec![
                Box::pin(async { users.close_inactive().await.unwrap() > 1 }),
                Box::pin(async { fixture.users.sign_in(by_name("ada", PASSWORD)).await.is_ok() }),
            ];
            let signed_in = together(races).await.pop().unwrap();
            assert_ne!(signed_in, is_closed(fixture, &user).await, "either, and never both");
        }
    });
}
