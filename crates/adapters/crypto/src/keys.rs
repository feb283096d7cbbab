//! Ed25519 keys that sign and check tokens, and the ring of them.
//!
//! A key's name (`kid`) is its RFC 7638 thumbprint, so a name can belong to one key only, and that
//! key to one algorithm.

#[cfg(test)]
mod tests;

use aws_lc_rs::{
    encoding::AsBigEndian as _,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The only algorithm of a ring's keys.
pub const ALGORITHM: &str = "EdDSA";
const CURVE: &str = "Ed25519";
const FAMILY: &str = "OKP";
const PEM_HEAD: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_FOOT: &str = "-----END PRIVATE KEY-----";

/// Why a key or a ring cannot be used. Nothing of a key is ever in the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The operating system gave no randomness.
    #[error("no key could be made")]
    NotMade,
    /// The text is no private key of Ed25519.
    #[error("is not an Ed25519 private key in PKCS#8 PEM")]
    Pem,
    /// The text is no JWK set of ours.
    #[error("is not a JWK set of Ed25519 private keys with a state each: {0}")]
    Set(String),
    /// The key is not the one that its name says.
    #[error("the key called {0} has another thumbprint")]
    Name(String),
    /// Two keys are one.
    #[error("the key {0} is there twice")]
    Twice(String),
    /// One key must sign.
    #[error("{0} keys are in state `signing`; it must be one")]
    Signing(usize),
}

/// What a key is for at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Known to everybody who checks, not signing yet.
    Next,
    /// Signs new tokens.
    Signing,
    /// Signed tokens that may still be alive.
    Verifying,
    /// Gone: its private half is deleted and its tokens are refused.
    Retired,
}

impl KeyState {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Signing => "signing",
            Self::Verifying => "verifying",
            Self::Retired => "retired",
        }
    }
}

/// One key with its private half.
pub struct TokenKey {
    pair: Ed25519KeyPair,
    x: String,
    kid: String,
}

/// What can be told of a key; the private half cannot.
impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// A key as JSON (RFC 8037). `state` is ours; other readers pass over it.
#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    alg: String,
    #[serde(rename = "use")]
    purpose: String,
    kid: String,
    x: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    d: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<KeyState>,
}

#[derive(Serialize, Deserialize)]
struct JwkSet {
    keys: Vec<Jwk>,
}

impl TokenKey {
    /// A key that nobody else has.
    pub fn generate() -> Result<Self, KeyError> {
        Ok(Self::of(Ed25519KeyPair::generate().map_err(|_| KeyError::NotMade)?))
    }

    fn of(pair: Ed25519KeyPair) -> Self {
        let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        // RFC 7638 §3.2: these members, in this order, without a space.
        let members = format!(r#"{{"crv":"{CURVE}","kty":"{FAMILY}","x":"{x}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes()));
        Self { pair, x, kid }
    }

    /// Reads PKCS#8 PEM, as we write it or as `openssl genpkey -algorithm ED25519` does.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let body = text
            .trim()
            .strip_prefix(PEM_HEAD)
            .and_then(|rest| rest.strip_suffix(PEM_FOOT))
            .ok_or(KeyError::Pem)?;
        let packed: String = body.split_ascii_whitespace().collect();
        let der = STANDARD.decode(packed).map_err(|_| KeyError::Pem)?;
        Ed25519KeyPair::from_pkcs8(&der).map(Self::of).map_err(|_| KeyError::Pem)
    }

    /// The key as PKCS#8 PEM.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let der = self.pair.to_pkcs8v1().map_err(|_| KeyError::Pem)?;
        // 48 bytes are 64 letters: one line.
        Ok(format!("{PEM_HEAD}\n{}\n{PEM_FOOT}\n", STANDARD.encode(der.as_ref())))
    }

    fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        let wrong = |what: &str| KeyError::Set(what.to_owned());
        if (jwk.kty.as_str(), jwk.crv.as_str(), jwk.alg.as_str(), jwk.purpose.as_str())
            != (FAMILY, CURVE, ALGORITHM, "sig")
        {
            return Err(wrong("a key is not of kty OKP, crv Ed25519, alg EdDSA and use sig"));
        }
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        let seed = jwk.d.as_deref().and_then(decode).ok_or_else(|| wrong("a key has no `d`"))?;
        let public = decode(&jwk.x).ok_or_else(|| wrong("a key has no `x`"))?;
        let key = Ed25519KeyPair::from_seed_and_public_key(&seed, &public)
            .map(Self::of)
            .map_err(|_| wrong("`d` and `x` of a key do not belong together"))?;
        if key.kid == jwk.kid { Ok(key) } else { Err(KeyError::Name(jwk.kid.clone())) }
    }

    fn jwk(&self) -> Jwk {
        Jwk {
            kty: FAMILY.to_owned(),
            crv: CURVE.to_owned(),
            alg: ALGORITHM.to_owned(),
            purpose: "sig".to_owned(),
            kid: self.kid.clone(),
            x: self.x.clone(),
            d: None,
            state: None,
        }
    }

    /// The key's name: its thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Option<String> {
        self.pair.try_sign(message).ok().map(|signature| URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

/// The keys in use: one signs, and all of them check.
#[derive(Debug)]
pub struct KeyRing {
    keys: Vec<(KeyState, TokenKey)>,
}

impl KeyRing {
    /// A ring of these keys; retired ones are left out.
    pub fn new(keys: Vec<(KeyState, TokenKey)>) -> Result<Self, KeyError> {
        let keys: Vec<_> =
            keys.into_iter().filter(|(state, _)| *state != KeyState::Retired).collect();
        let signing = keys.iter().filter(|(state, _)| *state == KeyState::Signing).count();
        if signing != 1 {
            return Err(KeyError::Signing(signing));
        }
        let mut names = std::collections::HashSet::new();
        for (_, key) in &keys {
            if !names.insert(key.kid()) {
                return Err(KeyError::Twice(key.kid.clone()));
            }
        }
        Ok(Self { keys })
    }

    /// Reads what [`KeyRing::to_private_set`] writes.
    pub fn from_private_set(text: &str) -> Result<Self, KeyError> {
        // The reader's own words could show a piece of the secret.
        let set: JwkSet = serde_json::from_str(text)
            .map_err(|error| KeyError::Set(format!("line {}", error.line())))?;
        let keys = set.keys.iter().map(|jwk| {
            let state = jwk.state.ok_or_else(|| KeyError::Set("a key has no `state`".into()))?;
            Ok((state, TokenKey::from_jwk(jwk)?))
        });
        Self::new(keys.collect::<Result<_, KeyError>>()?)
    }

    /// All keys with their private halves and states, as a JWK set: a secret.
    pub fn to_private_set(&self) -> Result<String, KeyError> {
        let keys = self.keys.iter().map(|(state, key)| {
            let seed = key.pair.seed().map_err(|_| KeyError::Pem)?;
            let seed = seed.as_be_bytes().map_err(|_| KeyError::Pem)?;
            let d = Some(URL_SAFE_NO_PAD.encode(seed.as_ref()));
            Ok(Jwk { d, state: Some(*state), ..key.jwk() })
        });
        Ok(written(&JwkSet { keys: keys.collect::<Result<_, KeyError>>()? }))
    }

    /// The public halves as a JWK set.
    pub fn public_set(&self) -> String {
        written(&JwkSet { keys: self.keys.iter().map(|(_, key)| key.jwk()).collect() })
    }

    /// Every key with its state.
    pub(crate) fn into_parts(self) -> Vec<(KeyState, TokenKey)> {
        self.keys
    }

    /// Every key's name with its state: two rings that say the same are the same.
    pub fn says(&self) -> Vec<(KeyState, String)> {
        self.keys.iter().map(|(state, key)| (*state, key.kid.clone())).collect()
    }
}

/// The set when there is no public key.
pub(crate) fn empty_set() -> String {
    written(&JwkSet { keys: Vec::new() })
}

fn written(set: &JwkSet) -> String {
    serde_json::to_string(set).unwrap_or_default()
}
