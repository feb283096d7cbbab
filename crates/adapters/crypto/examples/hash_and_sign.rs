//! Hashes a password, compares it, and signs and reads an access token.
#![expect(clippy::disallowed_macros, reason = "an example prints")]

use std::time::Duration;

use crypto::{BcryptPasswords, JwtTokens};
use kernel::{Clock as _, Role, SessionId, SystemClock, UserId};
use users::{
    ports::{AccessClaims, Match, Passwords as _, Tokens as _},
    values::Password,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cost 4 is for examples; 12 is the default of the server.
    let hasher = BcryptPasswords::new(4, 1, 16);
    let hash = hasher.hash(Password::parse("a long enough secret")?).await?;
    let verdict = hasher.verify(Password::attempt("a long enough secret"), Some(hash)).await?;
    assert_eq!(verdict, Match::Yes);

    let tokens = JwtTokens::hs256(&[42; 32], "alveole", "alveole-api")?;
    let now = SystemClock.now();
    let token = tokens.sign(&AccessClaims {
        user: UserId::parse(1)?,
        username: "ada".to_owned(),
        role: Role::User,
        session: SessionId::parse(1)?,
        generation: 1,
        issued_at: now,
        expires_at: now.plus(Duration::from_secs(3600)),
    })?;
    let read = tokens.verify(&token, now)?;
    println!("{} signed in, token of {} characters", read.username, token.len());
    Ok(())
}
