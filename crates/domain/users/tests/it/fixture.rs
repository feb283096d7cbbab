//! A small world to test in.

use std::{
    future::poll_fn,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    task::Poll,
    time::Duration,
};

use async_trait::async_trait;
use kernel::{
    Actor, BoxFuture, Cache, Clock, Email, Event, KeyedDigest, Limiter, Outcome, PageRequest,
    Quota, Role, SessionId, StoreError, Timestamp, UnitOfWork, UserId, actor::Origin,
    time::FixedClock,
};
use memory::{MemoryCache, MemoryDb, MemoryLimiter};
use users::{
    Passwords, Tokens, User, UserError, Users, UsersTx,
    audit::{Audit, AuditFilter},
    commands::{Login, Register, SignIn},
    factor::{FactorCode, Sealed},
    inactivity::Inactivity,
    policy::Roles,
    ports::{AccessClaims, Factors, HashError, HashTurn, Match, NewSecret, TokenError},
    service::{Dependencies, LinkSettings, Opener, Settings},
    session::Live,
    signin::{Entry, SignedIn},
    values::{Digest, EmailAddress, Password, PasswordHash, PersonName, Username},
};

pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
pub(crate) const ACCESS: Duration = Duration::from_secs(60 * 60);
pub(crate) const REFRESH: Duration = Duration::from_secs(7 * 24 * 60 * 60);
pub(crate) const SESSION: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Hashes in no time. Hashes that begin with `old$` are of yesterday; `password` is common.
#[derive(Default, Clone)]
pub(crate) struct QuickPasswords {
    pub(crate) verified: Arc<AtomicU32>,
    /// Refuses every turn.
    pub(crate) busy: Arc<AtomicBool>,
}

#[async_trait]
impl Passwords for QuickPasswords {
    async fn turn(&self) -> Result<Box<dyn HashTurn>, HashError> {
        if self.busy.load(Ordering::SeqCst) {
            return Err(HashError::Overloaded(Duration::from_secs(1)));
        }
        Ok(Box::new(self.clone()))
    }
}

#[async_trait]
impl HashTurn for QuickPasswords {
    async fn is_common(&self, password: Password) -> Result<bool, HashError> {
        let common = ["password", "password123", "summer2026"];
        Ok(common.contains(&password.expose().to_lowercase().as_str()))
    }

    async fn hash(&self, password: Password) -> Result<PasswordHash, HashError> {
        Ok(PasswordHash::parse(&format!("new${}", password.expose())).unwrap())
    }

    async fn verify(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<Match, HashError> {
        self.verified.fetch_add(1, Ordering::SeqCst);
        let stored = stored.as_ref().and_then(|stored| stored.expose().split_once('$'));
        Ok(match stored {
            Some(("new", right)) if right == password.expose() => Match::Yes,
            Some(("old", right)) if right == password.expose() => Match::YesButOutdated,
            _ => Match::No,
        })
    }
}

/// Signs nothing: the claims stand in the token.
#[derive(Default)]
pub(crate) struct OpenTokens {
    secrets: AtomicU64,
}

impl Tokens for OpenTokens {
    fn sign(&self, claims: &AccessClaims) -> Result<String, HashError> {
        let (role, issued, expires) =
            (claims.role.as_str(), claims.issued_at.micros(), claims.expires_at.micros());
        let (user, name) = (claims.user, &claims.username);
        Ok(format!(
            "{user} {name} {role} {} {} {issued} {expires}",
            claims.session, claims.generation
        ))
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError> {
        let parts: Vec<&str> = token.split(' ').collect();
        let [user, username, role, session, generation, issued, expires] = parts.as_slice() else {
            return Err(TokenError::Invalid);
        };
        let moment = |text: &str| Timestamp::from_micros(text.parse().unwrap()).unwrap();
        let claims = AccessClaims {
            user: user.parse().unwrap(),
            username: (*username).to_owned(),
            role: Role::parse(role).unwrap(),
            session: session.parse().unwrap(),
            generation: generation.parse().unwrap(),
            issued_at: moment(issued),
            expires_at: moment(expires),
        };
        if now < claims.expires_at { Ok(claims) } else { Err(TokenError::Expired) }
    }

    fn secret(&self) -> String {
        format!("secret-{}", self.secrets.fetch_add(1, Ordering::SeqCst))
    }

    fn digest(&self, secret: &str) -> Digest {
        let mut digest = [0; 32];
        for (index, part) in digest.chunks_mut(8).enumerate() {
            let mut hasher = DefaultHasher::new();
            (index, secret).hash(&mut hasher);
            part.copy_from_slice(&hasher.finish().to_be_bytes());
        }
        digest
    }
}

/// Keyed with nothing: the digest of a text that shows the bounds of its parts.
pub(crate) struct OpenDigests;

impl KeyedDigest for OpenDigests {
    fn digest(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        OpenTokens::default().digest(&format!("{purpose} {parts:?}"))
    }
}

/// The allowance of one account: ten judged tries an hour.
pub(crate) const ALLOWANCE: u32 = 10;

/// Knows no policy, so everything is allowed.
fn boundless() -> Arc<dyn Limiter> {
    Arc::new(MemoryLimiter::new([]))
}

fn limiter() -> Arc<dyn Limiter> {
    let quota = Quota { calls: ALLOWANCE, per: MINUTE * 60 };
    Arc::new(MemoryLimiter::new([("account", quota)]))
}

/// The code of a step is its number, whatever the secret; sealed is what is written backwards.
#[derive(Default)]
pub(crate) struct OpenFactors {
    made: AtomicU64,
    key: u8,
}

pub(crate) const PERIOD: Duration = Duration::from_secs(30);

/// The code of the step that lies so many steps from `at`.
pub(crate) fn code_at(at: Timestamp, steps: i64) -> FactorCode {
    let step = at.seconds().div_euclid(30) + steps;
    FactorCode::parse(&format!("{:06}", step.rem_euclid(1_000_000))).unwrap()
}

/// A code that no step near has.
pub(crate) fn wrong_code(at: Timestamp) -> FactorCode {
    code_at(at, 500)
}

impl Factors for OpenFactors {
    fn secret(&self, user: UserId) -> Result<NewSecret, HashError> {
        let text = format!("secret of {user}, {}", self.made.fetch_add(1, Ordering::SeqCst));
        let sealed = Sealed::new(text.bytes().rev().collect());
        Ok(NewSecret { text, sealed })
    }

    fn step(
        &self,
        user: UserId,
        secret: &Sealed,
        code: &str,
        after: i64,
        now: Timestamp,
    ) -> Result<Option<i64>, HashError> {
        let opened: Vec<u8> = secret.expose().iter().rev().copied().collect();
        let bound = format!("secret of {user},");
        assert!(opened.starts_with(bound.as_bytes()), "a secret of somebody else");
        let current = now.seconds().div_euclid(30);
        let steps = (current - 1..=current + 1).rev();
        let is = |step: &i64| format!("{:06}", step.rem_euclid(1_000_000)) == code;
        Ok(steps.filter(|step| *step > after).find(is))
    }

    fn url(&self, account: &Username, secret: &str) -> String {
        format!("otpauth://totp/{}?secret={secret}", account.as_str())
    }

    fn picture(&self, url: &str) -> Result<String, HashError> {
        Ok(format!("data:,{url}"))
    }

    fn recovery_code(&self) -> String {
        format!("{:010}", self.made.fetch_add(1, Ordering::SeqCst))
    }

    fn key_mark(&self) -> Digest {
        [self.key; 32]
    }

    fn recovery_digest(&self, user: UserId, code: &str) -> Digest {
        OpenTokens::default().digest(&format!("{user} {code}"))
    }
}
pub(crate) const SETTINGS: Settings = Settings {
    access_ttl: ACCESS,
    refresh_ttl: REFRESH,
    session_ttl: SESSION,
    token_max_ttl: Some(SESSION),
    deletion_grace: Duration::ZERO,
    inactivity: None,
    factor_roles: Roles::NONE,
};

pub(crate) struct Fixture {
    pub(crate) work: Arc<dyn UnitOfWork<dyn UsersTx>>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) passwords: Arc<QuickPasswords>,
    pub(crate) live: Arc<dyn Cache<SessionId, Live>>,
    pub(crate) users: Users,
    pub(crate) settings: Settings,
}

pub(crate) fn start() -> Timestamp {
    Timestamp::parse("2026-11-21T08:00:00Z").unwrap()
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let passwords = Arc::new(QuickPasswords::default());
        let db = MemoryDb::new();
        Self::on(db, passwords.clone(), passwords, Duration::ZERO)
    }

    /// Where deleted accounts can be had back for so long.
    pub(crate) fn with_grace(grace: Duration) -> Self {
        let passwords = Arc::new(QuickPasswords::default());
        Self::on(MemoryDb::new(), passwords.clone(), passwords, grace)
    }

    /// Another server on the same store, where accounts that no one uses are closed.
    pub(crate) fn closing(&self, inactivity: Inactivity) -> Users {
        let settings = Settings { inactivity: Some(inactivity), ..self.settings };
        let passwords = self.passwords.clone();
        replica(&self.work, &self.clock, passwords, settings, links(), boundless()).0
    }

    /// Where each account has [`ALLOWANCE`].
    pub(crate) fn limited() -> Self {
        let fixture = Self::new();
        let (users, live) = replica(
            &fixture.work,
            &fixture.clock,
            fixture.passwords.clone(),
            fixture.settings,
            links(),
            limiter(),
        );
        Self { live, users, ..fixture }
    }

    /// With another hasher.
    pub(crate) fn hashing_with(passwords: Arc<dyn Passwords>) -> Self {
        Self::on(MemoryDb::new(), Arc::default(), passwords, Duration::ZERO)
    }

    fn on(
        work: Arc<dyn UnitOfWork<dyn UsersTx>>,
        quick: Arc<QuickPasswords>,
        passwords: Arc<dyn Passwords>,
        grace: Duration,
    ) -> Self {
        let clock = Arc::new(FixedClock::at(start()));
        let settings = Settings { deletion_grace: grace, ..SETTINGS };
        let (users, live) = replica(&work, &clock, passwords, settings, links(), boundless());
        Self { work, clock, passwords: quick, live, users, settings }
    }

    /// Where these roles must have a second factor.
    pub(crate) fn asking(must_have: &[Role]) -> Self {
        let fixture = Self::new();
        let settings = Settings { factor_roles: must_have.iter().copied().collect(), ..SETTINGS };
        let (users, live) = replica(
            &fixture.work,
            &fixture.clock,
            fixture.passwords.clone(),
            settings,
            links(),
            boundless(),
        );
        Self { live, users, ..fixture }
    }

    /// Another server on the same store, with caches of its own.
    pub(crate) fn replica(&self) -> Users {
        replica(
            &self.work,
            &self.clock,
            self.passwords.clone(),
            self.settings,
            links(),
            boundless(),
        )
        .0
    }

    /// Another server on the same store, where letters follow one another at once and it is `now`.
    pub(crate) fn impatient(&self, now: Timestamp) -> Users {
        let clock = Arc::new(FixedClock::at(now));
        let links = LinkSettings { pause: Duration::ZERO, ..links() };
        replica(&self.work, &clock, self.passwords.clone(), self.settings, links, boundless()).0
    }

    /// Another server on the same store, where so many emails with links go to one address in a day.
    pub(crate) fn with_emails_per_day(&self, per_day: u32) -> Users {
        let links = LinkSettings { per_day, pause: Duration::ZERO, ..links() };
        replica(&self.work, &self.clock, self.passwords.clone(), self.settings, links, boundless())
            .0
    }

    /// Another server on the same store, with this encryption key or none.
    pub(crate) fn with_key(&self, key: Option<u8>) -> Users {
        let (dependencies, _) = dependencies(
            &self.work,
            &self.clock,
            self.passwords.clone(),
            self.settings,
            links(),
            boundless(),
        );
        let factors = key.map(|key| -> Arc<dyn Factors> {
            Arc::new(OpenFactors { key, ..OpenFactors::default() })
        });
        Users::new(Dependencies { factors, ..dependencies })
    }

    pub(crate) async fn person(&self, name: &str) -> User {
        match self.users.register(None, register(name)).await.unwrap() {
            Outcome::Executed(user) => user,
            Outcome::Replayed(_) => panic!("nobody registered {name} before"),
        }
    }

    /// An account with a role, and a caller who is signed in to it.
    pub(crate) async fn with_role(&self, name: &str, role: Role) -> Actor {
        self.users.create_by_operator(register(name), role).await.unwrap();
        self.actor(name).await
    }

    /// A caller who has just signed in.
    pub(crate) async fn actor(&self, name: &str) -> Actor {
        let pair = self.sign_in(name).await;
        self.users.authenticate(&pair.access_token, None).await.unwrap().actor
    }

    pub(crate) async fn sign_in(&self, name: &str) -> SignedIn {
        self.users.sign_in(by_name(name, PASSWORD)).await.unwrap().open().unwrap()
    }

    /// Somebody with a second factor: a session of theirs and the recovery codes. The code of now is
    /// used.
    pub(crate) async fn with_factor(&self, name: &str) -> (Actor, Vec<String>) {
        self.person(name).await;
        let actor = self.actor(name).await;
        let codes = self.turn_on(&actor).await;
        (actor, codes)
    }

    pub(crate) async fn turn_on(&self, actor: &Actor) -> Vec<String> {
        let right = Some(password(PASSWORD));
        self.users.set_up_factor(actor, right, origin()).await.unwrap();
        let code = code_at(self.clock.now(), 0);
        self.users.enable_factor(actor, code, origin()).await.unwrap()
    }

    /// The token of a challenge, for who knows the password.
    pub(crate) async fn asked(&self, name: &str) -> String {
        match self.users.sign_in(by_name(name, PASSWORD)).await.unwrap() {
            Entry::Factor(asked) => asked.token,
            Entry::Open(_) => panic!("nobody asked {name} for a second factor"),
        }
    }

    pub(crate) async fn lives(&self, access_token: &str) -> bool {
        match self.users.authenticate(access_token, None).await {
            Ok(_) => true,
            Err(UserError::BadToken(_) | UserError::TokenExpired) => false,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// The trail from its beginning: action, outcome, target and detail.
    pub(crate) async fn audit_log(&self) -> Vec<Audit> {
        let page = PageRequest { limit: 100, ..PageRequest::default() };
        let page: Result<_, StoreError> =
            self.work.read(move |tx| tx.audit().list(&AuditFilter::default(), &page)).await;
        page.unwrap().items.into_iter().rev().collect()
    }

    pub(crate) async fn last_entry(&self) -> Audit {
        self.audit_log().await.pop().unwrap()
    }

    pub(crate) fn clock_now(&self) -> Timestamp {
        kernel::Clock::now(&*self.clock)
    }

    /// The letters to this address that wait to be sent, oldest first.
    pub(crate) async fn emails(&self, to: &str) -> Vec<Email> {
        let queued: Result<_, StoreError> =
            self.work.write(|tx| tx.emails().claim(Timestamp::MAX, Timestamp::MIN, 1000)).await;
        let mut queued = queued.unwrap();
        queued.sort_by_key(|queued| queued.id);
        let emails = queued.into_iter().map(|queued| queued.email);
        emails.filter(|email| email.to() == to).collect()
    }

    /// The subjects of the letters to this address.
    pub(crate) async fn subjects(&self, to: &str) -> Vec<String> {
        self.emails(to).await.iter().map(|email| email.subject().to_owned()).collect()
    }

    /// The secret in the newest letter to this address.
    pub(crate) async fn token(&self, to: &str) -> String {
        token_in(&self.emails(to).await.pop().unwrap())
    }

    /// Proves the address of an account that has just registered.
    pub(crate) async fn proven(&self, name: &str) -> User {
        let user = self.person(name).await;
        let token = self.token(user.email.as_str()).await;
        self.users.verify_email(&token, by_password(PASSWORD), origin()).await.unwrap();
        self.user(user.id).await
    }

    pub(crate) async fn user(&self, id: UserId) -> User {
        let user: Result<_, StoreError> = self.work.read(move |tx| tx.users().get(id)).await;
        user.unwrap().unwrap()
    }

    /// Every event but those of security.
    pub(crate) async fn events(&self) -> Vec<Event> {
        let mut events = self.all_events().await;
        events.retain(|event| event.name != users::events::SECURITY);
        events
    }

    pub(crate) async fn all_events(&self) -> Vec<Event> {
        let events: Result<_, StoreError> =
            self.work.read(|tx| tx.outbox().after(None, 1000)).await;
        events.unwrap()
    }

    pub(crate) async fn stored_hash(&self, id: UserId) -> Option<PasswordHash> {
        let hash: Result<_, StoreError> = self.work.read(move |tx| tx.users().password(id)).await;
        hash.unwrap()
    }

    /// As no use case does.
    pub(crate) async fn make_stored_super_admin(&self, id: UserId) {
        let raised: Result<(), StoreError> = self
            .work
            .write(move |tx| {
                let mut user = tx.users().get(id)?.unwrap();
                user.role = Role::SuperAdmin;
                tx.users().save(&mut user)
            })
            .await;
        raised.unwrap();
    }

    pub(crate) async fn set_hash(&self, id: UserId, hash: &'static str) {
        let done: Result<(), StoreError> = self
            .work
            .write(move |tx| tx.users().set_password(id, Some(&PasswordHash::parse(hash).unwrap())))
            .await;
        done.unwrap();
    }
}

fn replica(
    work: &Arc<dyn UnitOfWork<dyn UsersTx>>,
    clock: &Arc<FixedClock>,
    passwords: Arc<dyn Passwords>,
    settings: Settings,
    links: LinkSettings,
    limiter: Arc<dyn Limiter>,
) -> (Users, Arc<dyn Cache<SessionId, Live>>) {
    let (dependencies, live) = dependencies(work, clock, passwords, settings, links, limiter);
    (Users::new(dependencies), live)
}

fn dependencies(
    work: &Arc<dyn UnitOfWork<dyn UsersTx>>,
    clock: &Arc<FixedClock>,
    passwords: Arc<dyn Passwords>,
    settings: Settings,
    links: LinkSettings,
    limiter: Arc<dyn Limiter>,
) -> (Dependencies, Arc<dyn Cache<SessionId, Live>>) {
    let live = Arc::new(MemoryCache::new(1000, MINUTE));
    let dependencies = Dependencies {
        work: Arc::clone(work),
        clock: clock.clone(),
        passwords,
        limiter,
        digests: Arc::new(OpenDigests),
        // Secrets of all replicas differ.
        tokens: Arc::new(OpenTokens { secrets: AtomicU64::new(next_block()) }),
        factors: Some(Arc::new(OpenFactors::default())),
        live: live.clone(),
        cache: Arc::new(MemoryCache::new(1000, MINUTE)),
        settings,
        links,
    };
    (dependencies, live)
}

pub(crate) fn links() -> LinkSettings {
    LinkSettings {
        base: Arc::from("https://app.example.com"),
        verify_ttl: DAY,
        reset_ttl: 60 * MINUTE,
        pause: MINUTE,
        per_day: 10,
    }
}

/// Who opens a link and knows the password.
pub(crate) fn by_password(raw: &str) -> Opener {
    Opener { actor: None, password: Some(password(raw)) }
}

/// The secret that a letter shows by itself.
pub(crate) fn token_in(email: &Email) -> String {
    email.text().lines().find(|line| line.starts_with("secret-")).unwrap().to_owned()
}

fn next_block() -> u64 {
    static BLOCK: AtomicU64 = AtomicU64::new(0);
    BLOCK.fetch_add(1 << 32, Ordering::SeqCst)
}

pub(crate) fn origin() -> Origin {
    Origin {
        ip: Some("192.0.2.1".to_owned()),
        device: Some("test/1".to_owned()),
        request_id: Some("r-1".to_owned()),
        locale: None,
    }
}

pub(crate) fn register(name: &str) -> Register {
    Register {
        username: Username::parse(name).unwrap(),
        email: EmailAddress::parse(&format!("{name}@example.com")).unwrap(),
        password: Password::parse(PASSWORD).unwrap(),
        first_name: PersonName::parse("First").unwrap(),
        last_name: PersonName::parse("Last").unwrap(),
        origin: origin(),
    }
}

pub(crate) fn by_name(name: &str, password: &str) -> SignIn {
    SignIn {
        login: Login::Username(name.to_owned()),
        password: Password::attempt(password),
        origin: origin(),
    }
}

pub(crate) fn by_email(address: &str, password: &str) -> SignIn {
    SignIn { login: Login::Email(address.to_owned()), ..by_name("", password) }
}

pub(crate) fn password(text: &str) -> Password {
    Password::attempt(text)
}

/// Runs many futures at once.
pub(crate) async fn together<T: Send>(mut futures: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    let mut done: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, slot) in futures.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(context)
            {
                *slot = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}
