//! Signatures of Standard Webhooks 1.0.0.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What secrets begin with.
const PREFIX: &str = "whsec_";

/// The secret that an endpoint's messages are signed with: 24 to 64 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

/// Why a text is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be whsec_ and the Base64 of 24 to 64 bytes")]
pub struct SecretError;

impl SigningSecret {
    /// A secret of random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes.to_vec())
    }

    /// The secret of this text.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(raw: &str) -> Result<Self, SecretError> {
        let encoded = raw.strip_prefix(PREFIX).ok_or(SecretError)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SecretError)?;
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(SecretError) }
    }

    /// The text that receivers configure: `whsec_` and Base64. It must not be logged.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// The header `webhook-signature`: a signature for each secret, of which a receiver needs one to be valid.
/// `timestamp` is in seconds since 1970.
pub fn sign(secrets: &[SigningSecret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let one = |secret: &SigningSecret| {
        // HMAC takes keys of any length.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&secret.0) else { return String::new() };
        let head = format!("{id}.{timestamp}.");
        let code = mac.chain_update(head).chain_update(body).finalize().into_bytes();
        format!("v1,{}", STANDARD.encode(code))
    };
    secrets.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the Standard Webhooks libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    #[test]
    fn w3_a_signature_is_that_of_the_published_example() {
        let secret = SigningSecret::parse(SECRET).unwrap();
        let header = sign(&[secret], ID, 1_614_265_330, BODY);
        assert_eq!(header, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn w3_while_secrets_rotate_there_are_two_signatures() {
        let secrets = [SigningSecret::from_bytes([7; 32]), SigningSecret::parse(SECRET).unwrap()];
        let header = sign(&secrets, ID, 1_614_265_330, BODY);
        let parts: Vec<_> = header.split(' ').collect();
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[0], sign(&secrets[..1], ID, 1_614_265_330, BODY));
        assert_eq!(parts[1], sign(&secrets[1..], ID, 1_614_265_330, BODY));
        assert_ne!(parts[0], sign(&secrets[..1], ID, 1_614_265_331, BODY));
        assert_ne!(parts[0], sign(&secrets[..1], ID, 1_614_265_330, b"{}"));
    }

    #[test]
    fn secrets_are_read_as_they_are_shown() {
        assert_eq!(SigningSecret::parse(SECRET).unwrap().expose(), SECRET);
        let longest = format!("whsec_{}", STANDARD.encode([1; 64]));
        assert!(SigningSecret::parse(&longest).is_ok());
        for raw in [
            "",
            "whsec_",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La",
        ] {
            assert_eq!(SigningSecret::parse(raw), Err(SecretError), "{raw}");
        }
        let too_long = format!("whsec_{}", STANDARD.encode([1; 65]));
        assert_eq!(SigningSecret::parse(&too_long), Err(SecretError));
        assert_eq!(format!("{:?}", SigningSecret::from_bytes([1; 32])), "SigningSecret(…)");
    }
}
