//! Access tokens: JWT signed with HS256 or EdDSA, nothing left to the library's defaults (RFC 8725),
//! and opaque secrets.
//!
//! Algorithm, issuer, audience and kind (`typ`) are pinned; `exp`, `nbf`, `iat`, `iss`, `aud` and
//! `sub` must be there; times are judged against the clock that the caller gives. What a header says
//! chooses one of our own keys by name, and that key says the algorithm: a header can neither bring a
//! key nor another way of checking one.
//!
//! Reading a token is on the path of every request. A header that is letter for letter the one we
//! write need not be parsed again; then comes the signature, and only what is signed is looked into.

#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use aws_lc_rs::signature::{ED25519, ParsedPublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, crypto, dangerous::insecure_decode_claims,
    decode_header,
};
use kernel::{Role, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use users::{
    ports::{AccessClaims, HashError, TokenError, Tokens},
    values::Digest,
};

use crate::keys::{self, KeyRing, KeyState, TokenKey};

/// Every kind of token that our keys sign. Each has its own `typ`, and whoever reads a token says
/// which kind is wanted, so that none passes for another (RFC 8725 §3.11 and §3.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Lets requests in (RFC 9068).
    Access,
    /// Opens a stream or a socket.
    Ticket,
    /// In the links of mails.
    Link,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Access, Self::Ticket, Self::Link];

    /// Its `typ`.
    pub const fn typ(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Ticket => "ticket+jwt",
            Self::Link => "link+jwt",
        }
    }
}

/// Clocks of several servers may differ by this much.
pub const LEEWAY: Duration = Duration::from_secs(5);
/// The shortest secret: as long as the hash (RFC 7518 §3.2).
pub const KEY_MIN: usize = 32;

/// The secret cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing secret has fewer than 32 bytes")]
pub struct WeakKey;

/// Checks tokens that name it. Name and algorithm are one thing, so that no token can have a key
/// used in another way than it was made for.
struct Checker {
    kid: Option<String>,
    with: With,
    // The header as it stands before the first dot of every access token of this key.
    written: String,
}

enum With {
    Secret(DecodingKey),
    Public(ParsedPublicKey),
}

impl Checker {
    fn secret(key: DecodingKey) -> Self {
        let written = header(Algorithm::HS256, None, Kind::Access);
        Self { kid: None, with: With::Secret(key), written }
    }

    fn public(key: &TokenKey) -> Option<Self> {
        Some(Self {
            kid: Some(key.kid().to_owned()),
            with: With::Public(ParsedPublicKey::new(&ED25519, key.public()).ok()?),
            written: header(Algorithm::EdDSA, Some(key.kid()), Kind::Access),
        })
    }

    fn algorithm(&self) -> Algorithm {
        match self.with {
            With::Secret(_) => Algorithm::HS256,
            With::Public(_) => Algorithm::EdDSA,
        }
    }

    fn genuine(&self, message: &[u8], signature: &str) -> bool {
        match &self.with {
            With::Secret(key) => {
                matches!(crypto::verify(signature, message, key, Algorithm::HS256), Ok(true))
            }
            With::Public(key) => URL_SAFE_NO_PAD
                .decode(signature)
                .is_ok_and(|signature| key.verify_sig(message, &signature).is_ok()),
        }
    }
}

enum Signer {
    Secret(EncodingKey),
    Private(TokenKey),
}

/// What signs and checks at the moment.
struct Keys {
    signer: Signer,
    checkers: Vec<Checker>,
    public_set: String,
    says: Vec<(KeyState, String)>,
}

impl Keys {
    /// The keys of a ring, and the secret of the time before it.
    fn of(ring: KeyRing, before: Option<&DecodingKey>) -> Option<Self> {
        let (public_set, says) = (ring.public_set(), ring.says());
        let mut checkers = Vec::new();
        let mut signer = None;
        for (state, key) in ring.into_parts() {
            checkers.push(Checker::public(&key)?);
            if state == KeyState::Signing {
                signer = Some(Signer::Private(key));
            }
        }
        checkers.extend(before.cloned().map(Checker::secret));
        Some(Self { signer: signer?, checkers, public_set, says })
    }

    fn header(&self, kind: Kind) -> String {
        match &self.signer {
            Signer::Secret(_) => header(Algorithm::HS256, None, kind),
            Signer::Private(key) => header(Algorithm::EdDSA, Some(key.kid()), kind),
        }
    }

    fn sign(&self, message: &[u8]) -> Option<String> {
        match &self.signer {
            Signer::Secret(key) => crypto::sign(message, key, Algorithm::HS256).ok(),
            Signer::Private(key) => key.sign(message),
        }
    }

    /// The key that a header names, if algorithm and kind are that key's. Extensions that must be
    /// understood (`crit`) are not; a key or the way to one (`jwk`, `jku`, `x5u`, `x5c`) is never
    /// taken from a token (RFC 8725 §3.10), and none of ours brings one.
    fn checker(&self, token: &str, written: &str, kind: Kind) -> Option<&Checker> {
        if kind == Kind::Access {
            let ours = self.checkers.iter().find(|checker| checker.written == written);
            if ours.is_some() {
                return ours;
            }
        }
        let header = decode_header(token).ok()?;
        let brings_a_key = header.jwk.is_some()
            || header.jku.is_some()
            || header.x5u.is_some()
            || header.x5c.is_some();
        let right_kind = header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case(kind.typ()));
        if header.crit.is_some() || brings_a_key || !right_kind {
            return None;
        }
        let named = self.checkers.iter().find(|checker| checker.kid == header.kid)?;
        (named.algorithm() == header.alg).then_some(named)
    }
}

fn header(algorithm: Algorithm, kid: Option<&str>, kind: Kind) -> String {
    let mut header = Header::new(algorithm);
    header.typ = Some(kind.typ().to_owned());
    header.kid = kid.map(str::to_owned);
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).unwrap_or_default())
}

/// Makes and reads tokens.
pub struct JwtTokens {
    keys: RwLock<Arc<Keys>>,
    before: Option<DecodingKey>,
    issuer: String,
    audience: String,
}

#[derive(Serialize)]
struct Issued<'a> {
    sub: String,
    user_id: i64,
    username: &'a str,
    role: &'static str,
    sid: i64,
    r#gen: i64,
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
}

#[derive(Deserialize)]
struct Presented {
    sub: String,
    user_id: i64,
    username: String,
    role: String,
    sid: i64,
    r#gen: i64,
    iss: String,
    aud: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

fn long_enough(secret: &[u8]) -> Result<DecodingKey, WeakKey> {
    if secret.len() < KEY_MIN { Err(WeakKey) } else { Ok(DecodingKey::from_secret(secret)) }
}

impl JwtTokens {
    /// Signs with HS256. The secret must have at least 32 bytes.
    pub fn hs256(secret: &[u8], issuer: &str, audience: &str) -> Result<Self, WeakKey> {
        let keys = Keys {
            checkers: vec![Checker::secret(long_enough(secret)?)],
            signer: Signer::Secret(EncodingKey::from_secret(secret)),
            public_set: keys::empty_set(),
            says: Vec::new(),
        };
        Ok(Self::with(keys, None, issuer, audience))
    }

    /// Signs with EdDSA. Tokens that were signed with `before` by HS256 are still taken.
    pub fn eddsa(
        ring: KeyRing,
        before: Option<&[u8]>,
        issuer: &str,
        audience: &str,
    ) -> Result<Self, WeakKey> {
        let before = before.map(long_enough).transpose()?;
        let keys = Keys::of(ring, before.as_ref()).ok_or(WeakKey)?;
        Ok(Self::with(keys, before, issuer, audience))
    }

    fn with(keys: Keys, before: Option<DecodingKey>, issuer: &str, audience: &str) -> Self {
        Self {
            keys: RwLock::new(Arc::new(keys)),
            before,
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        }
    }

    /// Uses another ring from now on; true when it is not the one in use. Requests that are being
    /// answered end with the keys that they began with.
    pub fn use_ring(&self, ring: KeyRing) -> bool {
        if self.keys().says == ring.says() {
            return false;
        }
        let Some(keys) = Keys::of(ring, self.before.as_ref()) else { return false };
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        true
    }

    /// The public keys as a JWK set (RFC 7517); empty with HS256.
    pub fn public_set(&self) -> String {
        self.keys().public_set.clone()
    }

    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Signs claims as a token of this kind.
    pub fn seal(&self, kind: Kind, claims: &impl Serialize) -> Result<String, HashError> {
        let failed = |why: String| HashError::Failed(why);
        let claims = serde_json::to_vec(claims).map_err(|error| failed(error.to_string()))?;
        let keys = self.keys();
        let message = format!("{}.{}", keys.header(kind), URL_SAFE_NO_PAD.encode(claims));
        let signature = keys
            .sign(message.as_bytes())
            .ok_or_else(|| failed("the key does not sign".to_owned()))?;
        Ok(format!("{message}.{signature}"))
    }

    /// What a token says, once its header and signature have been found to be ours and of this kind.
    pub fn open<T: DeserializeOwned>(&self, kind: Kind, token: &str) -> Option<T> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, _) = message.split_once('.')?;
        let keys = self.keys();
        let checker = keys.checker(token, header, kind)?;
        if !checker.genuine(message.as_bytes(), signature) {
            return None;
        }
        insecure_decode_claims(token).ok()
    }

    /// Judges the claims of a token that is genuine.
    fn claims(&self, presented: Presented, now: Timestamp) -> Result<AccessClaims, TokenError> {
        let invalid = TokenError::Invalid;
        if presented.iss != self.issuer || presented.aud != self.audience {
            return Err(invalid);
        }
        let moment = |seconds: i64| {
            let micros = seconds.checked_mul(1_000_000).ok_or(invalid)?;
            Timestamp::from_micros(micros).map_err(|_| invalid)
        };
        if presented.sub != presented.user_id.to_string() {
            return Err(invalid);
        }
        let expires_at = moment(presented.exp)?;
        if moment(presented.nbf)? > now.plus(LEEWAY) {
            return Err(invalid);
        }
        if expires_at.plus(LEEWAY) <= now {
            return Err(TokenError::Expired);
        }
        Ok(AccessClaims {
            user: UserId::parse(presented.user_id).map_err(|_| invalid)?,
            username: presented.username,
            role: Role::parse(&presented.role).ok_or(invalid)?,
            session: SessionId::parse(presented.sid).map_err(|_| invalid)?,
            generation: presented.r#gen,
            issued_at: moment(presented.iat)?,
            expires_at,
        })
    }
}

impl Tokens for JwtTokens {
    fn sign(&self, claims: &AccessClaims) -> Result<String, HashError> {
        self.seal(
            Kind::Access,
            &Issued {
                sub: claims.user.to_string(),
                user_id: claims.user.get(),
                username: &claims.username,
                role: claims.role.as_str(),
                sid: claims.session.get(),
                r#gen: claims.generation,
                iss: &self.issuer,
                aud: &self.audience,
                iat: claims.issued_at.seconds(),
                nbf: claims.issued_at.seconds(),
                exp: claims.expires_at.seconds(),
                jti: format!("{}.{}", claims.session, claims.generation),
            },
        )
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError> {
        self.claims(self.open(Kind::Access, token).ok_or(TokenError::Invalid)?, now)
    }

    #[expect(clippy::expect_used, reason = "without randomness nothing here is safe to go on")]
    fn secret(&self) -> String {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).expect("the operating system gives randomness");
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn digest(&self, secret: &str) -> Digest {
        Sha256::digest(secret.as_bytes()).into()
    }
}
