//! The room alone, on the in-memory store: register, sign in, refresh, sign out.
//!
//! The hasher and the signer here are toys: a real program takes those of the crypto adapter.
#![expect(clippy::disallowed_macros, reason = "an example shows what it does")]

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use kernel::{Clock, KeyedDigest, Role, SystemClock, Timestamp, actor::Origin};
use memory::{MemoryCache, MemoryDb, MemoryLimiter};
use users::{
    Passwords, Tokens, Users,
    commands::{Login, Register, SignIn},
    policy::Roles,
    ports::{AccessClaims, HashError, HashTurn, Match, TokenError},
    service::{Dependencies, LinkSettings, Settings},
    values::{Digest, EmailAddress, Password, PasswordHash, PersonName, Username},
};

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let five_seconds = Duration::from_secs(5);
    let users = Users::new(Dependencies {
        work: MemoryDb::new(),
        clock,
        passwords: Arc::new(ToyPasswords),
        limiter: Arc::new(MemoryLimiter::new([])),
        digests: Arc::new(ToyDigests),
        tokens: Arc::new(ToyTokens(AtomicU64::new(1))),
        factors: None,
        live: Arc::new(MemoryCache::new(1000, five_seconds)),
        cache: Arc::new(MemoryCache::new(1000, five_seconds)),
        settings: Settings {
            access_ttl: Duration::from_secs(60 * 60),
            refresh_ttl: Duration::from_secs(7 * 24 * 60 * 60),
            session_ttl: Duration::from_secs(90 * 24 * 60 * 60),
            token_max_ttl: None,
            factor_roles: Roles::NONE,
            deletion_grace: Duration::ZERO,
            inactivity: None,
        },
        links: LinkSettings {
            base: Arc::from("http://localhost:8080"),
            verify_ttl: Duration::from_secs(24 * 60 * 60),
            reset_ttl: Duration::from_secs(60 * 60),
            pause: Duration::from_secs(60),
            per_day: 10,
        },
    });

    let register = Register {
        username: Username::parse("ada")?,
        email: EmailAddress::parse("ada@example.com")?,
        password: Password::parse("correct horse battery staple")?,
        first_name: PersonName::parse("Ada")?,
        last_name: PersonName::parse("Lovelace")?,
        origin: Origin::default(),
    };
    users.register(None, register).await?;

    let entry = users
        .sign_in(SignIn {
            login: Login::Email("ADA@example.com".to_owned()),
            password: Password::attempt("correct horse battery staple"),
            origin: Origin::default(),
        })
        .await?;
    // Otherwise `entry` is the question for the second factor, for `verify_factor`.
    let pair = entry.open().ok_or("ada has no second factor")?;
    println!("{} signed in.", pair.user.username.as_str());

    let next = users.refresh(&pair.refresh_token, Origin::default()).await?;
    let caller = users.authenticate(&next.access_token, None).await?;
    println!(
        "Role: {}, {} permissions.",
        caller.actor.role.as_str(),
        caller.actor.permissions.iter().count()
    );

    users.sign_out(&caller.actor, Origin::default()).await?;
    let answer = users.authenticate(&next.access_token, None).await;
    println!("Afterwards: {}", answer.err().ok_or("the session must have ended")?);
    Ok(())
}

/// Compares, and protects nothing.
#[derive(Clone, Copy)]
struct ToyPasswords;

#[async_trait]
impl Passwords for ToyPasswords {
    async fn turn(&self) -> Result<Box<dyn HashTurn>, HashError> {
        Ok(Box::new(*self))
    }
}

#[async_trait]
impl HashTurn for ToyPasswords {
    async fn is_common(&self, password: Password) -> Result<bool, HashError> {
        Ok(password.expose() == "password")
    }

    async fn hash(&self, password: Password) -> Result<PasswordHash, HashError> {
        PasswordHash::parse(&format!("toy${}", password.expose()))
            .map_err(|error| HashError::Failed(error.to_string()))
    }

    async fn verify(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<Match, HashError> {
        let wanted = HashTurn::hash(self, password).await?;
        Ok(if stored == Some(wanted) { Match::Yes } else { Match::No })
    }
}

/// Tells texts apart, and hides nothing.
struct ToyDigests;

impl KeyedDigest for ToyDigests {
    fn digest(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        ToyTokens(AtomicU64::new(0)).digest(&format!("{purpose} {parts:?}"))
    }
}

/// Counts secrets, and signs nothing: the claims stand in the token.
struct ToyTokens(AtomicU64);

impl Tokens for ToyTokens {
    fn sign(&self, claims: &AccessClaims) -> Result<String, HashError> {
        let AccessClaims { user, session, generation, expires_at, .. } = claims;
        Ok(format!("{user} {session} {generation} {}", expires_at.micros()))
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError> {
        let numbers: Vec<&str> = token.split(' ').collect();
        let [user, session, generation, expires] = numbers.as_slice() else {
            return Err(TokenError::Invalid);
        };
        let number = |text: &str| text.parse::<i64>().map_err(|_| TokenError::Invalid);
        let expires_at =
            Timestamp::from_micros(number(expires)?).map_err(|_| TokenError::Invalid)?;
        if now >= expires_at {
            return Err(TokenError::Expired);
        }
        Ok(AccessClaims {
            user: user.parse().map_err(|_| TokenError::Invalid)?,
            username: String::new(),
            role: Role::User,
            session: session.parse().map_err(|_| TokenError::Invalid)?,
            generation: number(generation)?,
            issued_at: now,
            expires_at,
        })
    }

    fn secret(&self) -> String {
        format!("toy-{}", self.0.fetch_add(1, Ordering::SeqCst))
    }

    fn digest(&self, secret: &str) -> Digest {
        let mut digest = [0; 32];
        for (place, byte) in digest.iter_mut().zip(secret.bytes()) {
            *place = byte;
        }
        digest
    }
}
