//! What happens when the world outside fails.

use std::{
    future::ready,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use kernel::{
    Access, BoxFuture, DomainError, ErrorKind, StoreError, Timestamp, UnitOfWork, Work,
    time::FixedClock,
};
use memory::{MemoryCache, MemoryDb, MemoryLimiter};
use mockall::predicate::{always, eq};
use pollster::block_on;
use users::{
    Passwords, Tokens, UserError, Users, UsersTx,
    ports::{AccessClaims, HashError, HashTurn, Match, TokenError},
    service::Dependencies,
    values::{Digest, Password, PasswordHash},
};

use crate::fixture::{
    Fixture, MINUTE, OpenDigests, OpenTokens, PASSWORD, QuickPasswords, SETTINGS, by_name, links,
    origin, password, register, start,
};

mockall::mock! {
    Hasher {}
    #[async_trait]
    impl HashTurn for Hasher {
        async fn hash(&self, password: Password) -> Result<PasswordHash, HashError>;
        async fn is_common(&self, password: Password) -> Result<bool, HashError>;
        async fn verify(
            &self,
            password: Password,
            stored: Option<PasswordHash>,
        ) -> Result<Match, HashError>;
    }
}

/// Gives every caller a turn with the same hasher; none is common.
struct Turns<T>(Arc<T>);

#[async_trait]
impl<T: HashTurn + 'static> Passwords for Turns<T> {
    async fn turn(&self) -> Result<Box<dyn HashTurn>, HashError> {
        Ok(Box::new(Turns(Arc::clone(&self.0))))
    }
}

#[async_trait]
impl<T: HashTurn> HashTurn for Turns<T> {
    async fn hash(&self, password: Password) -> Result<PasswordHash, HashError> {
        self.0.hash(password).await
    }
    async fn is_common(&self, _: Password) -> Result<bool, HashError> {
        Ok(false)
    }
    async fn verify(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<Match, HashError> {
        self.0.verify(password, stored).await
    }
}

fn hashing_with<T: HashTurn + 'static>(hasher: T) -> Fixture {
    Fixture::hashing_with(Arc::new(Turns(Arc::new(hasher))))
}

mockall::mock! {
    Signer {}
    impl Tokens for Signer {
        fn sign(&self, claims: &AccessClaims) -> Result<String, HashError>;
        fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError>;
        fn secret(&self) -> String;
        fn digest(&self, secret: &str) -> Digest;
    }
}

fn stored() -> PasswordHash {
    PasswordHash::parse("new$stored").unwrap()
}

#[test]
fn a_full_queue_is_answered_as_overload() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.passwords.busy.store(true, Ordering::SeqCst);
        for error in [
            fixture.users.register(None, register("ada")).await.unwrap_err(),
            fixture.users.sign_in(by_name("ada", PASSWORD)).await.unwrap_err(),
        ] {
            assert!(matches!(error, UserError::Overloaded(_)), "{error:?}");
            assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, "auth.overloaded"));
        }
        assert!(fixture.audit_log().await.is_empty(), "nothing was tried, so nothing failed");
    });
}

#[test]
fn a_hasher_that_fails_is_our_fault_and_keeps_its_reasons() {
    block_on(async {
        let mut hasher = MockHasher::new();
        hasher.expect_hash().returning(|_| Err(HashError::Failed("out of entropy".to_owned())));
        let fixture = hashing_with(hasher);
        let error = fixture.users.register(None, register("ada")).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Internal, "internal"));
        assert!(!error.to_string().contains("entropy"));
    });
}

#[test]
fn a_password_is_compared_once_also_for_nobody() {
    block_on(async {
        let mut hasher = MockHasher::new();
        hasher.expect_verify().with(always(), eq(None)).times(1).returning(|_, _| Ok(Match::No));
        let fixture = hashing_with(hasher);
        let error = fixture.users.sign_in(by_name("nobody", PASSWORD)).await.unwrap_err();
        assert!(matches!(error, UserError::BadCredentials), "{error:?}");
    });
}

/// Even a hasher that says yes lets nobody in who is not there.
#[test]
fn a_match_without_an_account_is_no_match() {
    block_on(async {
        let mut hasher = MockHasher::new();
        hasher.expect_verify().returning(|_, _| Ok(Match::Yes));
        let fixture = hashing_with(hasher);
        let error = fixture.users.sign_in(by_name("nobody", PASSWORD)).await.unwrap_err();
        assert!(matches!(error, UserError::BadCredentials), "{error:?}");
    });
}

#[test]
fn a_sign_in_outlives_a_renewal_that_fails() {
    block_on(async {
        let mut hasher = MockHasher::new();
        hasher.expect_hash().times(1).returning(|_| Ok(stored()));
        hasher.expect_hash().returning(|_| Err(HashError::Overloaded(MINUTE)));
        hasher.expect_verify().returning(|_, _| Ok(Match::YesButOutdated));
        let fixture = hashing_with(hasher);
        let ada = fixture.person("ada").await;
        fixture.sign_in("ada").await;
        assert_eq!(fixture.stored_hash(ada.id).await, Some(stored()));
    });
}

/// A hasher during whose work something else happens to the store.
struct Meddler<F> {
    meddle: F,
    answer: Match,
}

#[async_trait]
impl<F: Fn() -> BoxFuture<'static, ()> + Send + Sync> HashTurn for Meddler<F> {
    async fn hash(&self, _: Password) -> Result<PasswordHash, HashError> {
        Ok(stored())
    }
    async fn is_common(&self, _: Password) -> Result<bool, HashError> {
        Ok(false)
    }
    async fn verify(&self, _: Password, _: Option<PasswordHash>) -> Result<Match, HashError> {
        (self.meddle)().await;
        Ok(self.answer)
    }
}

type Hook = Arc<Mutex<Option<Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>>>>;

/// A world whose hasher runs `hook`, once it is set.
fn meddled() -> (Fixture, Hook) {
    let hook: Hook = Arc::default();
    let inside = Arc::clone(&hook);
    let meddle = move || match &*inside.lock().unwrap() {
        Some(meddle) => meddle(),
        None => Box::pin(ready(())),
    };
    (hashing_with(Meddler { meddle, answer: Match::Yes }), hook)
}

/// Replaces the password of the first account by one that is always new.
fn replacing(
    fixture: &Fixture,
    id: kernel::UserId,
) -> Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync> {
    let (work, turn) = (Arc::clone(&fixture.work), std::sync::atomic::AtomicU32::new(0));
    Box::new(move || {
        let (work, turn) = (Arc::clone(&work), turn.fetch_add(1, Ordering::SeqCst));
        Box::pin(async move {
            let done: Result<(), StoreError> = work
                .write(move |tx| {
                    let hash = PasswordHash::parse(&format!("new$turn{turn}")).unwrap();
                    tx.users().set_password(id, Some(&hash))
                })
                .await;
            done.unwrap();
        })
    })
}

#[test]
fn a_password_that_is_replaced_while_it_is_compared_lets_nobody_in() {
    block_on(async {
        let (fixture, hook) = meddled();
        let ada = fixture.person("ada").await;
        let actor = fixture.actor("ada").await;
        let sessions = fixture.users.sessions(&actor).await.unwrap().len();
        *hook.lock().unwrap() = Some(replacing(&fixture, ada.id));
        for error in [
            fixture.users.sign_in(by_name("ada", PASSWORD)).await.unwrap_err(),
            fixture.users.remove_me(&actor, password(PASSWORD), origin()).await.unwrap_err(),
            fixture
                .users
                .change_password(&actor, password(PASSWORD), password("a long walk"), origin())
                .await
                .unwrap_err(),
        ] {
            assert!(matches!(error, UserError::Store(StoreError::Contention)), "{error:?}");
        }
        assert_eq!(fixture.users.sessions(&actor).await.unwrap().len(), sessions);
        *hook.lock().unwrap() = None;
        fixture.sign_in("ada").await;
    });
}

#[test]
fn an_account_that_is_removed_while_its_password_is_compared_is_unknown() {
    block_on(async {
        let (fixture, hook) = meddled();
        let id = fixture.person("ada").await.id;
        let work = Arc::clone(&fixture.work);
        *hook.lock().unwrap() = Some(Box::new(move || {
            let work = Arc::clone(&work);
            Box::pin(async move {
                let done: Result<bool, StoreError> =
                    work.write(move |tx| tx.users().remove(id, start())).await;
                done.unwrap();
            })
        }));
        let error = fixture.users.sign_in(by_name("ada", PASSWORD)).await.unwrap_err();
        assert!(matches!(error, UserError::BadCredentials), "{error:?}");
    });
}

/// A store that can be switched off.
struct Switched {
    inner: Arc<MemoryDb>,
    off: Arc<AtomicBool>,
}

impl UnitOfWork<dyn UsersTx> for Switched {
    fn run(
        &self,
        access: Access,
        work: Work<dyn UsersTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        if self.off.load(Ordering::SeqCst) {
            return Box::pin(ready(Err(StoreError::Unavailable("switched off".to_owned()))));
        }
        UnitOfWork::<dyn UsersTx>::run(&*self.inner, access, work)
    }
}

fn users_on(work: Arc<dyn UnitOfWork<dyn UsersTx>>, tokens: Arc<dyn Tokens>) -> Users {
    Users::new(Dependencies {
        work,
        clock: Arc::new(FixedClock::at(start())),
        passwords: Arc::new(QuickPasswords::default()),
        limiter: Arc::new(MemoryLimiter::new([])),
        digests: Arc::new(OpenDigests),
        tokens,
        factors: None,
        live: Arc::new(MemoryCache::new(10, MINUTE)),
        cache: Arc::new(MemoryCache::new(10, MINUTE)),
        settings: SETTINGS,
        links: links(),
    })
}

#[test]
fn a_store_that_is_down_differs_from_a_bad_token() {
    block_on(async {
        let off = Arc::new(AtomicBool::new(false));
        let work = Arc::new(Switched { inner: MemoryDb::new(), off: Arc::clone(&off) });
        let users = users_on(work, Arc::new(OpenTokens::default()));
        users.register(None, register("ada")).await.unwrap();
        let pair = users.sign_in(by_name("ada", PASSWORD)).await.unwrap().open().unwrap();
        off.store(true, Ordering::SeqCst);
        let error = users.authenticate(&pair.access_token, None).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, "store.unavailable"));
        assert!(!error.to_string().contains("switched"));
        // what needs no store still says what is wrong
        let error = users.authenticate("nonsense", None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        for kind in [
            users.sign_in(by_name("ada", "wrong")).await.unwrap_err().kind(),
            users.refresh(&pair.refresh_token, origin()).await.unwrap_err().kind(),
        ] {
            assert_eq!(kind, ErrorKind::Unavailable);
        }
        off.store(false, Ordering::SeqCst);
        let actor = users.authenticate(&pair.access_token, None).await.unwrap().actor;
        off.store(true, Ordering::SeqCst);
        let error = users.me(&actor).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(!users.still_valid(&actor).await, "when it cannot be known, nobody stays");
    });
}

/// The pair is lost, so the token that asked for it must go on working.
#[test]
fn a_signer_that_fails_after_the_commit_is_a_lost_answer() {
    block_on(async {
        let db: Arc<dyn UnitOfWork<dyn UsersTx>> = MemoryDb::new();
        let good = users_on(Arc::clone(&db), Arc::new(OpenTokens::default()));
        good.register(None, register("ada")).await.unwrap();
        let pair = good.sign_in(by_name("ada", PASSWORD)).await.unwrap().open().unwrap();
        let mut signer = MockSigner::new();
        signer.expect_sign().returning(|_| Err(HashError::Failed("no key".to_owned())));
        signer.expect_secret().returning(|| "other".to_owned());
        let digests = OpenTokens::default();
        signer.expect_digest().returning(move |secret| digests.digest(secret));
        let broken = users_on(db, Arc::new(signer));
        let error = broken.refresh(&pair.refresh_token, origin()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        let next = good.refresh(&pair.refresh_token, origin()).await.unwrap();
        good.authenticate(&next.access_token, None).await.unwrap();
    });
}
