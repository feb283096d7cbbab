//! ID tokens, good and forged. Written out by hand, so that nothing keeps a forgery from being made.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::Quirk;

/// How ID tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// RSA with SHA-256, as Google does.
    Rs256,
    /// ECDSA on P-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Signature {
    const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// The keys of a provider, one for each algorithm, and one that nobody knows.
pub(super) struct KeyPairs {
    name: String,
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
    secret: Ed25519KeyPair,
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl KeyPairs {
    pub(super) fn generate() -> Self {
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key");
        let name = encode(&rsa.public_key().as_ref()[20..28]);
        Self {
            name,
            rsa,
            ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("an EC key"),
            ed: Ed25519KeyPair::generate().expect("an Ed25519 key"),
            secret: Ed25519KeyPair::generate().expect("an Ed25519 key"),
        }
    }

    fn kid(&self, signature: Signature) -> String {
        format!("{}-{}", signature.name(), self.name)
    }

    /// What stands at the provider's `jwks_url`, with a shared secret that must not be used.
    pub(super) fn published(&self) -> Value {
        let public = self.rsa.public_key();
        let point = self.ec.public_key().as_ref();
        let half = |from: usize| encode(&point[from..from + 32]);
        json!({"keys": [
            {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": "shared"},
            {
                "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid(Signature::Rs256),
                "n": encode(public.modulus().big_endian_without_leading_zero()),
                "e": encode(public.exponent().big_endian_without_leading_zero()),
            },
            {
                "kty": "EC", "crv": "P-256", "use": "sig", "kid": self.kid(Signature::Es256),
                "x": half(1), "y": half(33),
            },
            {
                "kty": "OKP", "crv": "Ed25519", "kid": self.kid(Signature::EdDsa),
                "x": encode(self.ed.public_key()),
            },
        ]})
    }

    /// An ID token, forged as `quirk` says.
    pub(super) fn sign(&self, claims: &Value, signature: Signature, quirk: Quirk) -> String {
        let mut header = json!({"typ": "JWT", "alg": signature.name(), "kid": self.kid(signature)});
        match quirk {
            Quirk::AlgNone => header["alg"] = json!("none"),
            Quirk::HmacByPublicKey => header["alg"] = json!("HS256"),
            Quirk::UnknownKey => header["kid"] = json!("nobody-knows-it"),
            Quirk::OwnKey => {
                header["alg"] = json!("EdDSA");
                header["jwk"] = json!({
                    "kty": "OKP", "crv": "Ed25519", "x": encode(self.secret.public_key()),
                });
            }
            _ => {}
        }
        let text = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let bytes = text.as_bytes();
        let signed = match quirk {
            Quirk::AlgNone => Vec::new(),
            Quirk::HmacByPublicKey => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.rsa.public_key().as_ref());
                hmac::sign(&key, bytes).as_ref().to_vec()
            }
            Quirk::OtherKey | Quirk::OwnKey => self.secret.sign(bytes).as_ref().to_vec(),
            _ => self.signed(bytes, signature),
        };
        format!("{text}.{}", encode(signed))
    }

    fn signed(&self, bytes: &[u8], signature: Signature) -> Vec<u8> {
        let random = SystemRandom::new();
        match signature {
            Signature::Rs256 => {
                let mut signed = vec![0; self.rsa.public_modulus_len()];
                self.rsa
                    .sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signed)
                    .expect("an RSA signature");
                signed
            }
            Signature::Es256 => {
                self.ec.sign(&random, bytes).expect("an EC signature").as_ref().to_vec()
            }
            Signature::EdDsa => self.ed.sign(bytes).as_ref().to_vec(),
        }
    }
}
