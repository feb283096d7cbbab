//! Accounts that someone else may have made with an address: what stays and what ends when the owner
//! of the address comes.

use kernel::{Actor, Permission, Role, StoreError, Timestamp, UserId};
use pollster::block_on;
use users::{
    User, UserError,
    commands::MakeToken,
    external::{Identity, ProviderName, Subject},
    personal_access_token::MadeToken,
    service::{Opener, Verified},
    signin::{Entry, SignedIn},
    values::{Password, TokenName},
};

use crate::fixture::{Fixture, MINUTE, PASSWORD, by_name, by_password, origin, password};

const ADA: &str = "ada@example.com";
const NEW: &str = "a better horse, a newer staple";

/// An account with everything that opens it: a session, a token, an identity and a second factor.
struct Furnished {
    fixture: Fixture,
    user: User,
    pair: SignedIn,
    actor: Actor,
    token: MadeToken,
}

impl Furnished {
    async fn new() -> Self {
        Self::of(Fixture::new(), false).await
    }

    async fn of(fixture: Fixture, proven: bool) -> Self {
        let user = if proven { fixture.proven("ada").await } else { fixture.person("ada").await };
        let id = user.id;
        let pair = fixture.sign_in("ada").await;
        let actor = fixture.users.authenticate(&pair.access_token, None).await.unwrap().actor;
        let make = MakeToken {
            name: TokenName::parse("ci").unwrap(),
            scopes: [Permission::TasksRead].into_iter().collect(),
            expires_at: None,
            origin: origin(),
        };
        let token = fixture.users.make_token(&actor, make).await.unwrap();
        let done: Result<(), StoreError> = fixture
            .work
            .write(move |tx| {
                tx.identities().insert(&Identity {
                    provider: ProviderName::parse("google").unwrap(),
                    subject: Subject::parse("1").unwrap(),
                    user: id,
                    linked_at: Timestamp::MIN,
                })
            })
            .await;
        done.unwrap();
        fixture.turn_on(&actor).await;
        Self { fixture, user, pair, actor, token }
    }

    async fn verify(&self, opener: Opener) -> Result<Verified, UserError> {
        let token = self.verify_token().await;
        self.fixture.users.verify_email(&token, opener, origin()).await
    }

    async fn verify_token(&self) -> String {
        let emails = self.fixture.emails(ADA).await;
        crate::fixture::token_in(emails.first().unwrap())
    }

    /// Whether each still opens the account: session, token, identity, second factor, password.
    async fn open(&self) -> [bool; 5] {
        let fixture = &self.fixture;
        let id: UserId = self.user.id;
        let (identities, factor): (Vec<Identity>, bool) = {
            let found: Result<_, StoreError> = fixture
                .work
                .read(move |tx| Ok((tx.identities().of_user(id)?, tx.factors().get(id)?.is_some())))
                .await;
            found.unwrap()
        };
        assert_eq!(factor, fixture.user(id).await.two_factor_enabled);
        [
            fixture.lives(&self.pair.access_token).await,
            fixture.lives(&self.token.secret).await,
            !identities.is_empty(),
            factor,
            fixture.stored_hash(id).await.is_some(),
        ]
    }

    async fn reset(&self, token: &str) -> Result<(), UserError> {
        self.fixture.users.reset_password(token, Password::parse(NEW).unwrap(), origin()).await
    }
}

fn by_session(actor: &Actor) -> Opener {
    Opener { actor: Some(actor.clone()), password: None }
}

#[test]
fn opened_with_the_session_or_the_password_everything_stays() {
    block_on(async {
        let by_its_session = Furnished::new().await;
        let opener = by_session(&by_its_session.actor);
        assert_eq!(by_its_session.verify(opener).await.unwrap(), Verified::Kept);
        let by_its_password = Furnished::new().await;
        let kept = by_its_password.verify(by_password(PASSWORD)).await.unwrap();
        assert_eq!(kept, Verified::Kept);
        for furnished in [by_its_session, by_its_password] {
            assert_eq!(furnished.open().await, [true; 5]);
            assert!(furnished.fixture.user(furnished.user.id).await.email_verified);
        }
    });
}

#[test]
fn opened_elsewhere_everything_ends_and_a_new_password_is_asked() {
    block_on(async {
        let ada = Furnished::new().await;
        let fixture = &ada.fixture;
        let replica = fixture.replica();
        replica.authenticate(&ada.pair.access_token, None).await.unwrap();
        let claimed = ada.verify(Opener::default()).await.unwrap();
        let Verified::Claimed { reset_token, expires_in } = &claimed else {
            panic!("{claimed:?}");
        };
        assert_eq!(*expires_in, 60 * MINUTE);
        assert!(!format!("{claimed:?}").contains(reset_token), "a secret is not shown");
        assert_eq!(ada.open().await, [false; 5]);
        assert!(fixture.user(ada.user.id).await.email_verified);
        let old = fixture.users.sign_in(by_name("ada", PASSWORD)).await;
        assert!(matches!(old, Err(UserError::BadCredentials)), "{old:?}");
        assert!(fixture.users.refresh(&ada.pair.refresh_token, origin()).await.is_err());
        let actions: Vec<String> =
            fixture.audit_log().await.into_iter().map(|entry| entry.action).collect();
        assert!(actions.iter().any(|action| action == "auth.claimed"), "{actions:?}");

        ada.reset(reset_token).await.unwrap();
        let entry = fixture.users.sign_in(by_name("ada", NEW)).await.unwrap();
        assert!(matches!(entry, Entry::Open(_)), "no factor of a stranger is asked for");
        assert!(matches!(ada.reset(reset_token).await, Err(UserError::BadLink)), "it works once");
        assert!(matches!(ada.verify(Opener::default()).await, Err(UserError::BadLink)));
    });
}

#[test]
fn the_session_of_another_account_is_elsewhere_and_so_is_one_that_ended() {
    block_on(async {
        let ada = Furnished::new().await;
        ada.fixture.person("eve").await;
        let eve = ada.fixture.actor("eve").await;
        let claimed = ada.verify(by_session(&eve)).await.unwrap();
        assert!(matches!(claimed, Verified::Claimed { .. }), "{claimed:?}");
        assert!(ada.fixture.users.still_valid(&eve).await, "nothing of hers ended");

        let grace = Furnished::new().await;
        grace.fixture.users.sign_out_everywhere(&grace.actor, origin()).await.unwrap();
        let claimed = grace.verify(by_session(&grace.actor)).await.unwrap();
        assert!(matches!(claimed, Verified::Claimed { .. }), "{claimed:?}");
    });
}

#[test]
fn a_wrong_password_or_a_token_leaves_link_and_account_as_they_were() {
    block_on(async {
        let ada = Furnished::new().await;
        let wrong = ada.verify(by_password("wrong, wrong, wrong")).await;
        assert!(matches!(wrong, Err(UserError::WrongPassword)), "{wrong:?}");
        let by_token = ada.fixture.users.authenticate(&ada.token.secret, None).await.unwrap().actor;
        let refused = ada.verify(by_session(&by_token)).await;
        assert!(matches!(refused, Err(UserError::SessionNeeded)), "{refused:?}");
        assert_eq!(ada.open().await, [true; 5]);
        assert!(!ada.fixture.user(ada.user.id).await.email_verified);
        assert_eq!(ada.verify(by_password(PASSWORD)).await.unwrap(), Verified::Kept);
    });
}

#[test]
fn wrong_passwords_beside_a_link_are_counted_as_at_a_sign_in() {
    block_on(async {
        let ada = Furnished::new().await;
        let mut refused = Vec::new();
        for _ in 0..30 {
            refused.push(ada.verify(by_password("wrong, wrong, wrong")).await.unwrap_err());
        }
        assert!(matches!(refused.pop(), Some(UserError::SlowDown(_))), "{refused:?}");
        let entry = ada.fixture.users.sign_in(by_name("ada", PASSWORD)).await;
        assert!(matches!(entry, Err(UserError::SlowDown(_))), "it is one count");
    });
}

#[test]
fn a_reset_by_email_deletes_tokens_and_where_nothing_was_proven_all_else() {
    block_on(async {
        for (proven, after) in
            [(true, [false, false, true, true, true]), (false, [false, false, false, false, true])]
        {
            let ada = Furnished::of(Fixture::new(), proven).await;
            ada.fixture.clock.advance(MINUTE);
            ada.fixture.users.forgot_password(ADA, origin()).await.unwrap();
            ada.reset(&ada.fixture.token(ADA).await).await.unwrap();
            assert_eq!(ada.open().await, after, "proven before: {proven}");
            assert!(ada.fixture.user(ada.user.id).await.email_verified);
        }
    });
}

#[test]
fn an_operators_account_keeps_its_factor_at_a_reset() {
    block_on(async {
        let fixture = Fixture::new();
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        fixture.turn_on(&root).await;
        fixture.users.forgot_password("root@example.com", origin()).await.unwrap();
        let token = fixture.token("root@example.com").await;
        let new = password(NEW);
        fixture.users.reset_password(&token, new, origin()).await.unwrap();
        let entry = fixture.users.sign_in(by_name("root", NEW)).await.unwrap();
        assert!(matches!(entry, Entry::Factor(_)), "{entry:?}");
    });
}
