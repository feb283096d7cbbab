//! A provider's public keys: asked for when they are needed, kept for an hour, and asked for again
//! when a token names one that is not there, but not more than once a minute, whatever names tokens
//! think of.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use users::ports::ProviderError;

use crate::http::Http;

/// How long keys are believed without asking again.
const KEPT: Duration = Duration::from_hours(1);
/// How often a name that is not known makes us ask.
const PATIENCE: Duration = Duration::from_mins(1);

/// One key, and the only algorithm it is used with, whatever tokens say (RFC 8725 §3.1).
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) algorithm: Algorithm,
    pub(crate) verifies: DecodingKey,
    kid: Option<String>,
}

/// The keys as of some moment.
struct Known {
    asked: Instant,
    keys: Vec<Key>,
}

/// The keys of one provider.
pub(crate) struct Keys {
    url: String,
    http: Arc<Http>,
    /// Held while we ask, so that many who wait are one question.
    known: Mutex<Option<Known>>,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

impl Keys {
    pub(crate) fn new(url: String, http: Arc<Http>) -> Self {
        Self { url, http, known: Mutex::new(None) }
    }

    /// The key of this name; without a name the only one there is.
    pub(crate) async fn find(&self, kid: Option<&str>) -> Result<Key, ProviderError> {
        let mut known = self.known.lock().await;
        if let Some(set) = known.as_ref().filter(|set| set.asked.elapsed() < KEPT) {
            if let Some(key) = pick(&set.keys, kid) {
                return Ok(key);
            }
            if set.asked.elapsed() < PATIENCE {
                return Err(unknown());
            }
        }
        let set: Set = self.http.json(&self.url, "application/json", None).await?;
        // A key that we cannot use does no harm to the others.
        let keys: Vec<Key> = set.keys.into_iter().filter_map(usable).collect();
        let found = pick(&keys, kid);
        *known = Some(Known { asked: Instant::now(), keys });
        found.ok_or_else(unknown)
    }
}

fn unknown() -> ProviderError {
    ProviderError::Refused("the ID token names no key of the provider's".to_owned())
}

fn pick(keys: &[Key], kid: Option<&str>) -> Option<Key> {
    match (kid, keys) {
        (Some(kid), _) => keys.iter().find(|key| key.kid.as_deref() == Some(kid)).cloned(),
        (None, [only]) => Some(only.clone()),
        (None, _) => None,
    }
}

/// A key that signs by an algorithm we take. Shared secrets are none.
fn usable(value: Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    let signs = jwk.common.public_key_use.as_ref().is_none_or(|u| *u == PublicKeyUse::Signature);
    let fits = jwk.common.key_algorithm.is_none_or(|said| said == name);
    let verifies = DecodingKey::from_jwk(&jwk).ok()?;
    (signs && fits).then_some(Key { algorithm, verifies, kid: jwk.common.key_id })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    #[test]
    fn a_key_has_one_algorithm_and_secrets_are_no_keys() {
        let ed = |more: Value| {
            let mut key = json!({"kty": "OKP", "crv": "Ed25519", "x": X, "kid": "a"});
            key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            usable(key).map(|key| key.algorithm)
        };
        assert_eq!(ed(json!({})), Some(Algorithm::EdDSA));
        assert_eq!(ed(json!({"alg": "EdDSA", "use": "sig"})), Some(Algorithm::EdDSA));
        assert_eq!(ed(json!({"alg": "RS256"})), None);
        assert_eq!(ed(json!({"use": "enc"})), None);
        let rsa = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "r"});
        assert_eq!(usable(rsa).map(|key| key.algorithm), Some(Algorithm::RS256));
        for none in [
            json!({"kty": "oct", "k": "c2VjcmV0", "kid": "a", "alg": "HS256"}),
            json!({"kty": "EC", "crv": "P-384", "x": X, "y": X}),
            json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "RS512"}),
            json!({"kty": "new", "kid": "a"}),
            json!("key"),
        ] {
            assert!(usable(none.clone()).is_none(), "{none}");
        }
    }

    #[test]
    fn without_a_name_only_a_single_key_will_do() {
        let key = |kid: &str| {
            usable(json!({"kty": "OKP", "crv": "Ed25519", "x": X, "kid": kid})).unwrap()
        };
        let named = |keys: &[Key], kid| pick(keys, kid).and_then(|key| key.kid);
        assert_eq!(named(&[key("a")], None).as_deref(), Some("a"));
        assert_eq!(named(&[key("a"), key("b")], None), None);
        assert_eq!(named(&[key("a"), key("b")], Some("b")).as_deref(), Some("b"));
        assert_eq!(named(&[key("a")], Some("b")), None);
    }
}
