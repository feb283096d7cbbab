//! Coming in by way of another provider: whose an identity is, and who gets it when many ask.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use kernel::{Actor, BoxFuture, Clock as _, DomainError, ErrorKind, Permission, Role, StoreError};
use pollster::block_on;
use users::{
    IdentityProviders, User, UserError,
    audit::AuditOutcome,
    external::{ExternalIdentity, FrontEnd, ProviderName, Subject},
    ports::{Answer, Ask, ProviderError},
    role::NewRole,
    service::Opener,
    signin::{
        Entry, SignedIn,
        external::{ATTEMPT_TTL, Arrival, Arrived, Begun, Exchange, Return},
    },
    values::{EmailAddress, PersonName, Provider, RoleDescription, RoleName, Status},
};

use crate::fixture::{
    ACCESS, DAY, Fixture, MINUTE, PASSWORD, PERIOD, by_email, by_name, code_at, origin, password,
    start, together,
};

mod linking;

const FRONT: &str = "https://app.example.com/in";
/// SHA-256 of `verifier`.
const CHALLENGE: [u8; 32] = [
    0x88, 0xc9, 0xea, 0xe6, 0x8e, 0xb3, 0x00, 0xb2, 0x97, 0x1a, 0x2b, 0xec, 0x9e, 0x5a, 0x26, 0xff,
    0x41, 0x79, 0xfd, 0x66, 0x1d, 0x6b, 0x7d, 0x86, 0x1e, 0x4c, 0x65, 0x57, 0xb9, 0xaa, 0xee, 0x14,
];

/// Says of everybody what it was told to say. The code is the subject.
#[derive(Default)]
struct Told {
    email: Mutex<Option<(String, bool)>>,
    fails: Mutex<Option<ProviderError>>,
    asked: Mutex<Vec<(String, String)>>,
}

#[async_trait]
impl IdentityProviders for Told {
    fn names(&self) -> Vec<ProviderName> {
        ["google", "github", "acme"].map(|name| ProviderName::parse(name).unwrap()).to_vec()
    }

    fn begin(&self, provider: &ProviderName, ask: Ask<'_>) -> Option<String> {
        self.asked.lock().unwrap().push((ask.verifier.to_owned(), ask.nonce.to_owned()));
        Some(format!("{}:{}", provider.as_str(), ask.state))
    }

    async fn finish(
        &self,
        provider: &ProviderName,
        answer: Answer,
    ) -> Result<ExternalIdentity, ProviderError> {
        let known = (answer.verifier, answer.nonce);
        assert!(self.asked.lock().unwrap().contains(&known), "what went along must come back");
        if let Some(error) = self.fails.lock().unwrap().clone() {
            return Err(error);
        }
        let email = self.email.lock().unwrap().clone();
        Ok(ExternalIdentity {
            provider: provider.clone(),
            subject: Subject::parse(&answer.code).unwrap(),
            email_verified: email.as_ref().is_some_and(|(_, verified)| *verified),
            email: email.map(|(raw, _)| EmailAddress::parse(&raw).unwrap()),
            username: Some("octo cat".to_owned()),
            first_name: PersonName::parse("Octo").unwrap(),
            last_name: PersonName::parse("Cat").unwrap(),
            avatar: None,
        })
    }
}

/// A world with providers.
struct Stage {
    fixture: Fixture,
    told: Arc<Told>,
}

impl Stage {
    fn new() -> Self {
        Self::on(Fixture::new())
    }

    fn on(fixture: Fixture) -> Self {
        let told = Arc::<Told>::default();
        let users = fixture.replica().with_providers(told.clone(), vec![FRONT.to_owned()]);
        Self { fixture: Fixture { users, ..fixture }, told }
    }

    /// What the provider says from now on.
    fn says(&self, email: &str, verified: bool) {
        *self.told.email.lock().unwrap() = Some((email.to_owned(), verified));
    }

    fn fails(&self, error: ProviderError) {
        *self.told.fails.lock().unwrap() = Some(error);
    }

    async fn go(&self, provider: &str) -> Begun {
        self.fixture.users.begin_sign_in(provider, None, None).await.unwrap()
    }

    async fn back(&self, begun: Begun, subject: &str) -> Result<Arrival, UserError> {
        let (provider, state) = begun.url.split_once(':').unwrap();
        let back = Return {
            state: Some(state.to_owned()),
            browser: Some(begun.browser),
            code: Some(subject.to_owned()),
            issuer: None,
            origin: origin(),
        };
        self.fixture.users.arrive(provider, back).await
    }

    async fn come(&self, provider: &str, subject: &str) -> Result<SignedIn, UserError> {
        let arrival = self.back(self.go(provider).await, subject).await.unwrap();
        match arrival.outcome? {
            Arrived::In(entry) => Ok(entry.open().unwrap()),
            other => panic!("{other:?}"),
        }
    }

    async fn refused(&self, provider: &str, subject: &str) -> UserError {
        match self.come(provider, subject).await {
            Ok(pair) => panic!("{pair:?}"),
            Err(error) => error,
        }
    }

    /// A code for the front-end.
    async fn code(&self, subject: &str) -> String {
        let front = FrontEnd {
            redirect_uri: FRONT.to_owned(),
            state: None,
            client_id: Some("web".to_owned()),
            challenge: Some(CHALLENGE),
        };
        let begun = self.fixture.users.begin_sign_in("google", None, Some(front)).await.unwrap();
        match self.back(begun, subject).await.unwrap().outcome.unwrap() {
            Arrived::Code(code) => code,
            other => panic!("{other:?}"),
        }
    }

    async fn redeem(&self, code: &str) -> Result<SignedIn, UserError> {
        Ok(self.fixture.users.exchange(exchange(code)).await?.open().unwrap())
    }

    async fn link(&self, actor: &Actor, provider: &str, subject: &str) -> Result<User, UserError> {
        let secret = Some(password(PASSWORD));
        let users = &self.fixture.users;
        let begun = users.begin_link(actor, provider, secret, None, None, origin()).await?;
        match self.back(begun, subject).await?.outcome? {
            Arrived::Linked(user) => Ok(*user),
            other => panic!("{other:?}"),
        }
    }

    /// Lets an address count as proven.
    async fn prove(&self, user: &User) {
        let mut user = user.clone();
        user.email_verified = true;
        let done: Result<(), StoreError> =
            self.fixture.work.write(move |tx| tx.users().save(&mut user.clone())).await;
        done.unwrap();
    }

    async fn actions(&self) -> Vec<(String, AuditOutcome)> {
        let audit_log = self.fixture.audit_log().await;
        audit_log.into_iter().map(|entry| (entry.action, entry.outcome)).collect()
    }
}

fn exchange(code: &str) -> Exchange {
    Exchange {
        code: code.to_owned(),
        redirect_uri: FRONT.to_owned(),
        client_id: Some("web".to_owned()),
        verifier: "verifier".to_owned(),
        origin: origin(),
    }
}

#[test]
fn somebody_new_gets_an_account_without_a_password() {
    block_on(async {
        let stage = Stage::new();
        for (provider, verified, provenance) in [
            ("google", true, Provider::Google),
            ("github", false, Provider::GitHub),
            ("acme", true, Provider::OpenId),
        ] {
            stage.says(&format!("{provider}@example.com"), verified);
            let user = stage.come(provider, "1").await.unwrap().user;
            assert_eq!((user.provider, user.email_verified), (provenance, verified));
            assert_eq!(user.role, Role::User);
            assert!(user.username.as_str().starts_with("octocat"), "{:?}", user.username);
            assert_eq!(stage.fixture.stored_hash(user.id).await, None);
            // With another address and another name: the same account.
            stage.says("else@example.com", false);
            assert_eq!(stage.come(provider, "1").await.unwrap().user.id, user.id);
        }
        let acts = stage.actions().await;
        let of_first: Vec<&str> = acts.iter().take(3).map(|(action, _)| action.as_str()).collect();
        assert_eq!(of_first, ["auth.register", "auth.linked", "auth.login"]);
        let entry = stage.fixture.last_entry().await;
        assert_eq!(entry.detail.as_deref(), Some("acme"));
        let events = stage.fixture.events().await;
        assert!(events.iter().all(|event| event.name == users::events::CREATED));
        assert_eq!(events.len(), 3);
    });
}

#[test]
fn an_unproven_address_leads_to_no_account_that_is_there() {
    block_on(async {
        let stage = Stage::new();
        let ada = stage.fixture.person("ada").await;
        stage.says("ADA@example.com", false);
        assert!(matches!(stage.refused("google", "1").await, UserError::AddressTaken));
        stage.prove(&ada).await;
        let error = stage.refused("google", "1").await;
        assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "oauth.email_taken"));
        *stage.told.email.lock().unwrap() = None;
        assert!(matches!(stage.refused("google", "1").await, UserError::AddressMissing));
        stage.fixture.sign_in("ada").await;
    });
}

#[test]
fn an_address_that_is_proven_on_both_sides_joins_them() {
    block_on(async {
        let stage = Stage::new();
        let ada = stage.fixture.person("ada").await;
        let open = stage.fixture.sign_in("ada").await;
        stage.prove(&ada).await;
        stage.says("Ada@Example.com", true);
        assert_eq!(stage.come("google", "1").await.unwrap().user.id, ada.id);
        assert_eq!(stage.come("github", "1").await.unwrap().user.id, ada.id);
        // nothing of hers is lost by it
        assert!(stage.fixture.lives(&open.access_token).await);
        stage.fixture.sign_in("ada").await;
        // but a second one of the same provider is for her to link
        assert!(matches!(stage.refused("google", "2").await, UserError::ProviderLinked));
    });
}

#[test]
fn an_account_whose_address_nobody_proved_is_its_owners_alone() {
    block_on(async {
        let stage = Stage::new();
        let fixture = &stage.fixture;
        let eve = fixture.person("eve").await;
        let open = fixture.users.sign_in(by_name("eve", PASSWORD)).await.unwrap();
        let actor = fixture
            .users
            .authenticate(&open.clone().open().unwrap().access_token, None)
            .await
            .unwrap()
            .actor;
        stage.says("other@example.com", false);
        stage.link(&actor, "acme", "eve").await.unwrap();
        // Eve is even on the way to link another one.
        let secret = Some(password(PASSWORD));
        let begun =
            fixture.users.begin_link(&actor, "github", secret, None, None, origin()).await.unwrap();

        stage.says("eve@example.com", true);
        let owner = stage.come("google", "1").await.unwrap();
        assert_eq!(owner.user.id, eve.id);
        assert!(owner.user.email_verified);
        assert!(!fixture.lives(&open.open().unwrap().access_token).await);
        assert!(fixture.lives(&owner.access_token).await);
        assert_eq!(fixture.stored_hash(eve.id).await, None);
        let error = fixture.users.sign_in(by_name("eve", PASSWORD)).await.unwrap_err();
        assert!(matches!(error, UserError::BadCredentials));
        let outcome = stage.back(begun, "eve-2").await.unwrap().outcome.unwrap_err();
        assert!(matches!(outcome, UserError::BadToken(_)), "{outcome:?}");
        stage.says("other@example.com", false);
        let elsewhere = stage.come("acme", "eve").await.unwrap();
        assert_ne!(elsewhere.user.id, eve.id, "that identity is not the account's any more");
        let acts = stage.actions().await;
        assert!(acts.contains(&("auth.claimed".to_owned(), AuditOutcome::Success)));
    });
}

#[test]
fn who_runs_the_place_is_not_known_by_an_address() {
    block_on(async {
        let stage = Stage::new();
        for (name, role) in [("mod", Role::Moderator), ("root", Role::SuperAdmin)] {
            let actor = stage.fixture.with_role(name, role).await;
            stage.says(&format!("{name}@example.com"), true);
            assert!(matches!(stage.refused("google", name).await, UserError::AddressTaken));
            stage.fixture.sign_in(name).await;
            // they link by themselves
            let linked = stage.link(&actor, "google", name).await.unwrap();
            assert_eq!(stage.come("google", name).await.unwrap().user.id, linked.id);
        }
    });
}

#[test]
fn a_suspended_account_is_not_entered_and_not_changed() {
    block_on(async {
        let stage = Stage::new();
        let root = stage.fixture.with_role("root", Role::SuperAdmin).await;
        let ada = stage.fixture.person("ada").await;
        stage.says("linked@example.com", true);
        let linked = stage.come("google", "1").await.unwrap().user;
        let code = stage.code("1").await;
        for id in [ada.id, linked.id] {
            let administer =
                users::commands::Administer { role: None, status: Some(Status::Suspended) };
            stage.fixture.users.administer(&root, id, None, administer, origin()).await.unwrap();
        }
        assert!(matches!(stage.refused("google", "1").await, UserError::Suspended));
        assert!(matches!(stage.redeem(&code).await, Err(UserError::Suspended)));
        assert!(matches!(stage.redeem(&code).await, Err(UserError::BadGrant)), "it is spent");
        stage.says("ada@example.com", true);
        assert!(matches!(stage.refused("google", "2").await, UserError::Suspended));
        assert!(stage.fixture.stored_hash(ada.id).await.is_some());
        let last = stage.fixture.last_entry().await;
        assert_eq!((last.action.as_str(), last.outcome), ("auth.login", AuditOutcome::Denied));
        assert_eq!(last.target, Some(ada.id));
    });
}

#[test]
fn of_many_who_come_with_one_new_identity_all_get_one_account() {
    block_on(async {
        let stage = Stage::new();
        stage.says("ada@example.com", true);
        let mut begun = Vec::new();
        for _ in 0..8 {
            begun.push(stage.go("google").await);
        }
        let racers = begun.into_iter().map(|begun| -> BoxFuture<'_, User> {
            Box::pin(async {
                match stage.back(begun, "1").await.unwrap().outcome.unwrap() {
                    Arrived::In(entry) => entry.open().unwrap().user,
                    other => panic!("{other:?}"),
                }
            })
        });
        let users = together(racers.collect()).await;
        assert!(users.iter().all(|user| user.id == users.first().unwrap().id));
    });
}

#[test]
fn an_attempt_is_used_up_by_whoever_presents_it() {
    block_on(async {
        let stage = Stage::new();
        stage.says("ada@example.com", true);
        let bad = |result: Result<Arrival, UserError>| {
            assert!(matches!(result, Err(UserError::BadState)), "{result:?}");
        };
        let begun = stage.go("google").await;
        bad(stage.back(Begun { browser: "another".to_owned(), ..begun.clone() }, "1").await);
        bad(stage.back(begun, "1").await);
        let begun = stage.go("google").await;
        let at_another = begun.url.replace("google", "acme");
        bad(stage.back(Begun { url: at_another, ..begun.clone() }, "1").await);
        bad(stage.back(begun, "1").await);
        let begun = stage.go("google").await;
        stage.back(begun.clone(), "1").await.unwrap();
        bad(stage.back(begun, "1").await);
        let late = stage.go("google").await;
        stage.fixture.clock.advance(ATTEMPT_TTL);
        bad(stage.back(late, "1").await);
        for unknown in ["nobody", "Google", ""] {
            let error = stage.fixture.users.begin_sign_in(unknown, None, None).await.unwrap_err();
            assert!(matches!(error, UserError::ProviderUnknown), "{unknown}");
        }
        // what a browser keeps already is good for the next attempt
        let first = stage.go("google").await;
        let users = &stage.fixture.users;
        let second = users.begin_sign_in("acme", Some(first.browser.clone()), None).await.unwrap();
        assert_eq!(first.browser, second.browser);
    });
}

#[test]
fn a_failing_provider_differs_from_a_lying_one() {
    block_on(async {
        let stage = Stage::new();
        stage.fails(ProviderError::Unavailable("secret".to_owned()));
        let error = stage.refused("google", "1").await;
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::Unavailable, "oauth.provider_unavailable")
        );
        assert!(stage.actions().await.is_empty(), "nobody tried anything");
        stage.fails(ProviderError::Refused("secret".to_owned()));
        let error = stage.refused("google", "1").await;
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::Unauthenticated, "oauth.provider_refused")
        );
        assert_eq!(stage.actions().await, [("auth.login".to_owned(), AuditOutcome::Failure)]);
    });
}

#[test]
fn a_code_gives_one_session_and_ends_it_when_it_comes_again() {
    block_on(async {
        let stage = Stage::new();
        stage.says("ada@example.com", true);
        let code = stage.code("1").await;
        let pair = stage.redeem(&code).await.unwrap();
        assert!(stage.fixture.lives(&pair.access_token).await);
        assert!(matches!(stage.redeem(&code).await, Err(UserError::BadGrant)));
        assert!(!stage.fixture.lives(&pair.access_token).await);
        let last = stage.fixture.last_entry().await;
        assert_eq!(
            (last.action.as_str(), last.outcome),
            ("auth.code_reused", AuditOutcome::Denied)
        );
        // late, or not as it was asked for
        let code = stage.code("1").await;
        stage.fixture.clock.advance(Duration::from_secs(60));
        assert!(matches!(stage.redeem(&code).await, Err(UserError::BadGrant)));
        type Change = fn(&mut Exchange);
        let changes: [Change; 4] = [
            |asked| asked.verifier = "Verifier".to_owned(),
            |asked| asked.redirect_uri.push('/'),
            |asked| asked.client_id = None,
            |asked| asked.client_id = Some("other".to_owned()),
        ];
        for change in changes {
            let code = stage.code("1").await;
            let mut asked = exchange(&code);
            change(&mut asked);
            let error = stage.fixture.users.exchange(asked).await.unwrap_err();
            assert!(matches!(error, UserError::BadGrant));
            assert!(matches!(stage.redeem(&code).await, Err(UserError::BadGrant)), "used up");
        }
        assert!(matches!(stage.redeem("invented").await, Err(UserError::BadGrant)));
    });
}

#[test]
fn of_many_who_redeem_one_code_nobody_keeps_a_session() {
    block_on(async {
        let stage = Stage::new();
        stage.says("ada@example.com", true);
        let code = stage.code("1").await;
        let racers = (0..6).map(|_| -> BoxFuture<'_, Option<SignedIn>> {
            Box::pin(async { stage.redeem(&code).await.ok() })
        });
        let pairs: Vec<SignedIn> = together(racers.collect()).await.into_iter().flatten().collect();
        assert!(pairs.len() <= 1);
        for pair in pairs {
            assert!(!stage.fixture.lives(&pair.access_token).await);
        }
    });
}

#[test]
fn an_identity_that_was_unlinked_meanwhile_opens_nothing() {
    block_on(async {
        let stage = Stage::new();
        let ada = stage.fixture.person("ada").await;
        let actor = stage.fixture.actor("ada").await;
        stage.link_plain(&actor).await;
        let code = stage.code("1").await;
        stage.fixture.users.unlink(&actor, "google", origin()).await.unwrap();
        assert!(matches!(stage.redeem(&code).await, Err(UserError::BadGrant)));
        assert!(stage.fixture.users.identities(&actor).await.unwrap().is_empty());
        // and it is somebody new who comes with it
        stage.says("new@example.com", true);
        assert_ne!(stage.come("google", "1").await.unwrap().user.id, ada.id);
    });
}

#[test]
fn only_known_front_ends_get_codes() {
    block_on(async {
        let stage = Stage::new();
        let front = |redirect_uri: &str, challenge| FrontEnd {
            redirect_uri: redirect_uri.to_owned(),
            state: None,
            client_id: None,
            challenge,
        };
        for (uri, challenge) in [
            ("https://evil.example.com", Some(CHALLENGE)),
            ("https://app.example.com/in/", Some(CHALLENGE)),
            ("https://APP.example.com/in", Some(CHALLENGE)),
            (FRONT, None),
        ] {
            let asked =
                stage.fixture.users.begin_sign_in("google", None, Some(front(uri, challenge)));
            assert!(matches!(asked.await, Err(UserError::FrontEndUnknown)), "{uri}");
        }
        // nobody who configured nothing has providers
        let bare = Fixture::new();
        assert!(bare.users.providers().is_empty());
        let error = bare.users.begin_sign_in("google", None, None).await.unwrap_err();
        assert!(matches!(error, UserError::ProviderUnknown));
    });
}

#[test]
fn what_never_came_back_is_pruned() {
    block_on(async {
        let stage = Stage::new();
        stage.says("ada@example.com", true);
        stage.go("google").await;
        stage.code("1").await;
        let day = Duration::from_secs(24 * 60 * 60);
        assert_eq!(stage.fixture.users.purge(day).await.unwrap(), 0);
        stage.fixture.clock.advance(Duration::from_secs(2 * 60 * 60));
        assert_eq!(stage.fixture.users.purge(day).await.unwrap(), 2);
    });
}

#[test]
fn a_second_factor_is_asked_for_at_this_door_too() {
    block_on(async {
        let stage = Stage::new();
        let fixture = &stage.fixture;
        let (ada, _) = fixture.with_factor("ada").await;
        stage.link_plain(&ada).await;
        let sessions = async || fixture.users.sessions(&ada).await.unwrap().len();
        let before = sessions().await;

        // Without a front-end: the question, and the answer to it.
        let begun = stage.go("google").await;
        let outcome = stage.back(begun, "1").await.unwrap().outcome.unwrap();
        let Arrived::In(Entry::Factor(asked)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(sessions().await, before, "no session begins");
        let entry = fixture.last_entry().await;
        assert_eq!(entry.detail.as_deref(), Some("after identity"));
        fixture.clock.advance(PERIOD);
        let code = code_at(fixture.clock.now(), 0);
        let pair = fixture.users.verify_factor(&asked.token, code, origin()).await.unwrap();
        assert!(fixture.lives(&pair.access_token).await);

        // With one: its code is used up by the question.
        let front_code = stage.code("1").await;
        let entry = fixture.users.exchange(exchange(&front_code)).await.unwrap();
        let Entry::Factor(asked) = entry else { panic!("{entry:?}") };
        let again = fixture.users.exchange(exchange(&front_code)).await;
        assert!(matches!(again, Err(UserError::BadGrant)), "{again:?}");

        // What was proved first is not true any more.
        fixture.users.unlink(&ada, "google", origin()).await.unwrap();
        fixture.clock.advance(PERIOD);
        let code = code_at(fixture.clock.now(), 0);
        let late = fixture.users.verify_factor(&asked.token, code, origin()).await;
        assert!(matches!(late, Err(UserError::BadChallenge)), "{late:?}");
    });
}

#[test]
fn nothing_that_a_stranger_left_behind_opens_a_claimed_account() {
    block_on(async {
        let stage = Stage::new();
        let fixture = &stage.fixture;
        let (eve, _) = fixture.with_factor("eve").await;
        let token =
            crate::personal_access_tokens::token(fixture, &eve, &[Permission::TasksRead]).await;
        fixture.users.authenticate(&token.secret, None).await.unwrap();
        stage.says("eve@example.com", true);
        let owner = stage.come("google", "1").await.unwrap();
        assert_eq!(owner.user.id, eve.user);
        assert!(!owner.user.two_factor_enabled, "the device was the stranger's");
        assert!(!fixture.lives(&token.secret).await);
        // the owner is told of it, at an address that is theirs
        let subjects = fixture.subjects("eve@example.com").await;
        assert!(
            subjects.iter().any(|subject| subject.contains("new way to sign in")),
            "{subjects:?}"
        );
    });
}

/// The other way to prove an address shuts strangers out just so.
#[test]
fn a_new_password_by_email_ends_identities_of_an_unproven_account() {
    block_on(async {
        let stage = Stage::new();
        let fixture = &stage.fixture;
        stage.says("victim@example.com", false);
        let squatter = stage.come("acme", "eve").await.unwrap();
        fixture.users.forgot_password("victim@example.com", origin()).await.unwrap();
        let token = fixture.token("victim@example.com").await;
        fixture.users.reset_password(&token, password(PASSWORD), origin()).await.unwrap();
        assert!(!fixture.lives(&squatter.access_token).await);
        assert!(matches!(stage.refused("acme", "eve").await, UserError::AddressTaken));
        // what the owner linked stays when the password is set anew
        let owner = fixture.users.sign_in(by_email("victim@example.com", PASSWORD)).await.unwrap();
        let owner = owner.open().unwrap();
        let actor = fixture.users.authenticate(&owner.access_token, None).await.unwrap().actor;
        stage.says("else@example.com", false);
        stage.link(&actor, "google", "mine").await.unwrap();
        fixture.clock.advance(MINUTE);
        fixture.users.forgot_password("victim@example.com", origin()).await.unwrap();
        let token = fixture.token("victim@example.com").await;
        fixture.users.reset_password(&token, password(PASSWORD), origin()).await.unwrap();
        assert_eq!(stage.come("google", "mine").await.unwrap().user.id, owner.user.id);
    });
}

#[test]
fn a_personal_access_token_neither_links_nor_unlinks() {
    block_on(async {
        let stage = Stage::new();
        let fixture = &stage.fixture;
        fixture.person("ada").await;
        let ada = fixture.actor("ada").await;
        stage.link_plain(&ada).await;
        let token =
            crate::personal_access_tokens::token(fixture, &ada, &[Permission::TasksRead]).await;
        let caller = fixture.users.authenticate(&token.secret, None).await.unwrap().actor;
        let secret = Some(password(PASSWORD));
        let linked =
            fixture.users.begin_link(&caller, "github", secret, None, None, origin()).await;
        assert!(matches!(linked, Err(UserError::SessionNeeded)), "{linked:?}");
        let unlinked = fixture.users.unlink(&caller, "google", origin()).await;
        assert!(matches!(unlinked, Err(UserError::SessionNeeded)), "{unlinked:?}");
    });
}

#[test]
fn an_account_that_was_closed_stays_closed_at_this_door() {
    block_on(async {
        let stage = Stage::on(Fixture::with_grace(DAY));
        let fixture = &stage.fixture;
        stage.says("ada@example.com", true);
        let pair = stage.come("google", "1").await.unwrap();
        let actor = fixture.users.authenticate(&pair.access_token, None).await.unwrap().actor;
        fixture.users.remove_me(&actor, password("none"), origin()).await.unwrap();
        assert!(matches!(stage.refused("google", "1").await, UserError::Closed));
        assert!(matches!(stage.refused("github", "1").await, UserError::Closed));
    });
}

/// Who has a role that somebody made runs a part of the place.
#[test]
fn who_has_more_than_their_base_role_is_not_known_by_an_address() {
    block_on(async {
        let stage = Stage::new();
        let fixture = &stage.fixture;
        let ada = fixture.person("ada").await;
        let name = RoleName::parse("auditors").unwrap();
        let role = NewRole {
            name: name.clone(),
            description: RoleDescription::parse("").unwrap(),
            permissions: [Permission::AuditRead].into_iter().collect(),
            created_at: start(),
        };
        let done: Result<(), StoreError> = fixture
            .work
            .write(move |tx| {
                tx.roles().insert(&role)?;
                tx.roles().assign(ada.id, std::slice::from_ref(&name))
            })
            .await;
        done.unwrap();
        stage.says("ada@example.com", true);
        assert!(matches!(stage.refused("google", "1").await, UserError::AddressTaken));
        fixture.sign_in("ada").await;
    });
}

/// An account that its owner closed is not taken over while it waits.
#[test]
fn a_closed_account_is_neither_claimed_nor_linked_by_its_address() {
    block_on(async {
        let stage = Stage::on(Fixture::with_grace(DAY));
        let fixture = &stage.fixture;
        let ada = fixture.person("ada").await;
        let actor = fixture.actor("ada").await;
        fixture.users.remove_me(&actor, password(PASSWORD), origin()).await.unwrap();
        stage.says("ada@example.com", true);
        assert!(matches!(stage.refused("google", "1").await, UserError::Closed));
        assert!(fixture.stored_hash(ada.id).await.is_some(), "it can still be had back");
    });
}

#[test]
fn an_unproven_address_gets_the_link_that_proves_it() {
    block_on(async {
        let stage = Stage::new();
        stage.says("new@example.com", false);
        let pair = stage.come("google", "1").await.unwrap();
        assert!(!pair.user.email_verified);
        let token = stage.fixture.token("new@example.com").await;
        let caller = stage.fixture.users.authenticate(&pair.access_token, None).await.unwrap();
        let opener = Opener { actor: Some(caller.actor), password: None };
        stage.fixture.users.verify_email(&token, opener, origin()).await.unwrap();
        assert_eq!(stage.come("google", "1").await.unwrap().user.id, pair.user.id, "all stays");
        assert!(stage.fixture.user(pair.user.id).await.email_verified);
        // a proven one needs none
        stage.says("sure@example.com", true);
        stage.come("google", "2").await.unwrap();
        assert!(stage.fixture.emails("sure@example.com").await.is_empty());
    });
}
