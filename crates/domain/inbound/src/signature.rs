//! The schemes of signatures. A signature is checked on the raw bytes, in constant time, against every secret
//! of the source.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::Timestamp;
use sha2::Sha256;

use crate::{
    inbox::Headers,
    values::{HeaderName, Scheme, Secret},
};

/// How far the time in a signature may be from ours, in seconds.
pub const TOLERANCE_SECONDS: i64 = 300;
/// Signatures of one delivery that are looked at; the rest is left out.
const MOST_CANDIDATES: usize = 10;
/// Where plain signatures are when the source names no header.
pub const DEFAULT_HEADER: &str = "x-signature";

/// Why a delivery is not what the source sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A header of the scheme is absent.
    #[error("The header of the signature is missing.")]
    Missing,
    /// No signature is that of these bytes under a secret of the source.
    #[error("The signature does not match.")]
    Invalid,
    /// The time in the signature is too far from ours.
    #[error("The time of the signature is more than 300 seconds from the time of the server.")]
    TimestampOutside,
}

type Code = [u8; 32];

/// What the headers say, before the body is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What stands before the body in what is signed.
    prefix: Vec<u8>,
    /// The signatures. One must be right.
    candidates: Vec<Code>,
}

impl Claim {
    /// Reads the headers of a scheme. `header` is where plain signatures are.
    ///
    /// # Errors
    ///
    /// `Missing` without a header, `Invalid` when it has another form, `TimestampOutside`.
    pub fn read(
        scheme: Scheme,
        header: Option<&HeaderName>,
        headers: &Headers,
        now: Timestamp,
    ) -> Result<Self, SignatureError> {
        let get = |name: &str| headers.get(name).ok_or(SignatureError::Missing);
        match scheme {
            Scheme::Stripe => Self::stripe(get("stripe-signature")?, now),
            Scheme::Github => {
                let coded = get("x-hub-signature-256")?.strip_prefix("sha256=");
                let code = coded.and_then(hex).ok_or(SignatureError::Invalid)?;
                Ok(Self { prefix: Vec::new(), candidates: vec![code] })
            }
            Scheme::Standard => {
                let (id, at) = (get("webhook-id")?, get("webhook-timestamp")?);
                let signatures = get("webhook-signature")?;
                is_near(at, now)?;
                let candidates = signatures.split(' ').filter_map(|one| {
                    let code = STANDARD.decode(one.strip_prefix("v1,")?).ok()?;
                    Code::try_from(code).ok()
                });
                Self::with(format!("{id}.{at}."), candidates)
            }
            Scheme::Hmac => {
                let value = get(header.map_or(DEFAULT_HEADER, HeaderName::as_str))?;
                let coded = value.strip_prefix("sha256=").unwrap_or(value);
                let code = hex(coded).ok_or(SignatureError::Invalid)?;
                Ok(Self { prefix: Vec::new(), candidates: vec![code] })
            }
        }
    }

    /// `t=1492774577,v1=5257…,v0=6ffb…`: the time once, `v1` at least once; other parts are left out.
    fn stripe(value: &str, now: Timestamp) -> Result<Self, SignatureError> {
        let parts = || value.split(',').filter_map(|part| part.trim().split_once('='));
        let mut times = parts().filter(|(name, _)| *name == "t").map(|(_, at)| at);
        let (Some(at), None) = (times.next(), times.next()) else {
            return Err(SignatureError::Invalid);
        };
        is_near(at, now)?;
        let codes = parts().filter(|(name, _)| *name == "v1").filter_map(|(_, code)| hex(code));
        Self::with(format!("{at}."), codes)
    }

    fn with(
        prefix: String,
        candidates: impl Iterator<Item = Code>,
    ) -> Result<Self, SignatureError> {
        let candidates: Vec<Code> = candidates.take(MOST_CANDIDATES).collect();
        if candidates.is_empty() {
            return Err(SignatureError::Invalid);
        }
        Ok(Self { prefix: prefix.into_bytes(), candidates })
    }

    /// Whether one of the signatures is that of this body under one of the secrets. Every secret and every
    /// signature is looked at, whichever is right.
    ///
    /// # Errors
    ///
    /// `Invalid` when none is.
    pub fn verify(&self, secrets: &[Secret], body: &[u8]) -> Result<(), SignatureError> {
        let mut found = false;
        for secret in secrets {
            let mut mac = keyed(secret.key())?;
            mac.update(&self.prefix);
            mac.update(body);
            for candidate in &self.candidates {
                found |= mac.clone().verify_slice(candidate).is_ok();
            }
        }
        if found { Ok(()) } else { Err(SignatureError::Invalid) }
    }
}

fn keyed(key: &[u8]) -> Result<Hmac<Sha256>, SignatureError> {
    // HMAC takes keys of every length, so this does not fail.
    Hmac::<Sha256>::new_from_slice(key).map_err(|_| SignatureError::Invalid)
}

/// The hexadecimal code of these parts, for tests and for programs that sign.
pub fn hex_of(secret: &Secret, parts: &[&[u8]]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    if let Ok(mut mac) = keyed(secret.key()) {
        for part in parts {
            mac.update(part);
        }
        for byte in mac.finalize().into_bytes() {
            let _ = write!(text, "{byte:02x}");
        }
    }
    text
}

/// Whether a time in whole seconds is near ours.
fn is_near(seconds: &str, now: Timestamp) -> Result<(), SignatureError> {
    if !(1..=12).contains(&seconds.len()) || !seconds.bytes().all(|b| b.is_ascii_digit()) {
        return Err(SignatureError::Invalid);
    }
    let at: i64 = seconds.parse().map_err(|_| SignatureError::Invalid)?;
    if at.abs_diff(now.seconds()) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(SignatureError::TimestampOutside);
    }
    Ok(())
}

/// 64 hexadecimal digits.
fn hex(text: &str) -> Option<Code> {
    let mut code = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, digits) in code.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        for digit in digits {
            let value = char::from(*digit).to_digit(16)?;
            *byte = *byte << 4 | u8::try_from(value).ok()?;
        }
    }
    Some(code)
}

#[cfg(test)]
mod tests;
