//! What signing and reading a token costs with each algorithm:
//! `cargo run --release -p alveole-adapter-crypto --example token_cost`.
#![expect(clippy::disallowed_macros, reason = "an example prints")]

use std::time::{Duration, Instant};

use crypto::{JwtTokens, KeyRing, KeyState, TokenKey};
use kernel::{Clock as _, Role, SessionId, SystemClock, UserId};
use users::ports::{AccessClaims, Tokens};

const ROUNDS: u32 = 20_000;
const TRIES: u32 = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret = JwtTokens::hs256(&[42; 32], "alveole", "alveole-api")?;
    let states = [KeyState::Verifying, KeyState::Signing, KeyState::Next];
    let mut keys = Vec::new();
    for state in states {
        keys.push((state, TokenKey::generate()?));
    }
    let ring = JwtTokens::eddsa(KeyRing::new(keys)?, None, "alveole", "alveole-api")?;
    measure("HS256", &secret)?;
    measure("EdDSA", &ring)
}

fn measure(name: &str, tokens: &dyn Tokens) -> Result<(), Box<dyn std::error::Error>> {
    let now = SystemClock.now();
    let claims = AccessClaims {
        user: UserId::parse(1)?,
        username: "ada".to_owned(),
        role: Role::User,
        session: SessionId::parse(1)?,
        generation: 1,
        issued_at: now,
        expires_at: now.plus(Duration::from_secs(3600)),
    };
    let token = tokens.sign(&claims)?;
    let sign = best(|| tokens.sign(&claims).is_ok());
    let verify = best(|| tokens.verify(&token, now).is_ok());
    println!("{name}: {sign:.1} µs to sign, {verify:.1} µs to read, {} letters", token.len());
    Ok(())
}

/// Microseconds a call, of the quickest of several runs: the others were disturbed.
fn best(call: impl Fn() -> bool) -> f64 {
    let run = || {
        let began = Instant::now();
        let good = (0..ROUNDS).filter(|_| call()).count();
        assert_eq!(good, ROUNDS as usize);
        began.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS)
    };
    (0..TRIES).map(|_| run()).fold(f64::INFINITY, f64::min)
}
