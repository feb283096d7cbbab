//! Linking identities to an account, and unlinking them.

use super::*;

impl Stage {
    pub(super) async fn link_plain(&self, actor: &Actor) {
        self.says("plain@example.com", false);
        self.link(actor, "google", "1").await.unwrap();
    }
}

#[test]
fn linking_asks_for_the_password_or_for_a_fresh_session() {
    block_on(async {
        let stage = Stage::new();
        stage.fixture.person("ada").await;
        let actor = stage.fixture.actor("ada").await;
        let users = &stage.fixture.users;
        let begin = |actor: Actor, secret: Option<&'static str>| async move {
            users.begin_link(&actor, "google", secret.map(password), None, None, origin()).await
        };
        let error = begin(actor.clone(), None).await.unwrap_err();
        assert_eq!(error.fields()[0].field, "/current_password");
        let error = begin(actor.clone(), Some("wrong")).await.unwrap_err();
        assert!(matches!(error, UserError::WrongPassword));
        let last = stage.fixture.last_entry().await;
        assert_eq!((last.action.as_str(), last.outcome), ("auth.linked", AuditOutcome::Failure));
        begin(actor, Some(PASSWORD)).await.unwrap();

        // Without a password: for ten minutes.
        stage.says("grace@example.com", true);
        let pair = stage.come("google", "grace").await.unwrap();
        let grace = users.authenticate(&pair.access_token, None).await.unwrap().actor;
        let others = |actor: Actor| async move {
            users.begin_link(&actor, "github", None, None, None, origin()).await
        };
        others(grace.clone()).await.unwrap();
        assert!(matches!(
            users.unlink(&grace, "google", origin()).await,
            Err(UserError::LastWayIn)
        ));
        stage.fixture.clock.advance(Duration::from_secs(10 * 60).min(ACCESS));
        let error = others(grace.clone()).await.unwrap_err();
        assert_eq!(error.code(), "auth.session_too_old");
        // the same holds for leaving
        let error = users.remove_me(&grace, password("x"), origin()).await.unwrap_err();
        assert_eq!(error.code(), "auth.session_too_old");
        let pair = stage.come("google", "grace").await.unwrap();
        let grace = users.authenticate(&pair.access_token, None).await.unwrap().actor;
        users.remove_me(&grace, password("x"), origin()).await.unwrap();
        stage.says("else@example.com", true);
        assert_ne!(stage.come("google", "grace").await.unwrap().user.id, grace.user);
    });
}

#[test]
fn an_identity_is_linked_once_and_proves_the_address_it_shares() {
    block_on(async {
        let stage = Stage::new();
        let (ada, grace) = (stage.fixture.person("ada").await, stage.fixture.person("grace").await);
        let hers = stage.fixture.actor("ada").await;
        stage.says("ada@example.com", true);
        let linked = stage.link(&hers, "google", "1").await.unwrap();
        assert!(linked.email_verified && !ada.email_verified);
        // seen at once
        assert!(stage.fixture.users.me(&hers).await.unwrap().email_verified);
        stage.link(&hers, "google", "1").await.unwrap();
        assert!(matches!(stage.link(&hers, "google", "2").await, Err(UserError::ProviderLinked)));
        let theirs = stage.fixture.actor("grace").await;
        assert!(matches!(stage.link(&theirs, "google", "1").await, Err(UserError::IdentityTaken)));
        // an address that is not the account's own proves nothing
        stage.says("ada@example.com", true);
        let other = stage.link(&theirs, "github", "9").await.unwrap();
        assert_eq!((other.id, other.email_verified), (grace.id, false));
        assert!(matches!(
            stage.fixture.users.unlink(&theirs, "acme", origin()).await,
            Err(UserError::NotLinked)
        ));
        // unlinking ends the other sessions
        let open = stage.fixture.sign_in("ada").await;
        stage.fixture.users.unlink(&hers, "google", origin()).await.unwrap();
        assert!(!stage.fixture.lives(&open.access_token).await);
        assert!(stage.fixture.users.me(&hers).await.is_ok());
    });
}

#[test]
fn two_who_unlink_simultaneously_leave_one_way_in() {
    block_on(async {
        let stage = Stage::new();
        stage.says("ada@example.com", true);
        stage.come("google", "1").await.unwrap();
        let pair = stage.come("github", "1").await.unwrap();
        let actor = stage.fixture.users.authenticate(&pair.access_token, None).await.unwrap().actor;
        let racers = ["google", "github"].map(|provider| -> BoxFuture<'_, bool> {
            let users = &stage.fixture.users;
            let actor = &actor;
            Box::pin(async move { users.unlink(actor, provider, origin()).await.is_ok() })
        });
        let done = together(racers.into_iter().collect()).await;
        assert_eq!(done.into_iter().filter(|done| *done).count(), 1);
        assert_eq!(stage.fixture.users.identities(&actor).await.unwrap().len(), 1);
    });
}
