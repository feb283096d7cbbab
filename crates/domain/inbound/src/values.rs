//! The values of this domain.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::{id, number, text, words};
use sha2::{Digest as _, Sha256};

id!(
    /// An event that another program sent.
    InboundEventId
);
id!(
    /// A payment that a provider reported.
    PaymentId
);

words!(
    /// How a source signs what it sends.
    Scheme {
        /// `Stripe-Signature`: a time and one or more signatures.
        Stripe = 0 "stripe",
        /// The header of GitHub, which has the hexadecimal HMAC-SHA256 of the body.
        Github = 1 "github",
        /// Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature`.
        Standard = 2 "standard",
        /// The hexadecimal HMAC-SHA256 of the body, in a header that the source names.
        Hmac = 3 "hmac",
    }
);

words!(
    /// How far an event has come.
    State {
        /// It is stored, and its job has not ended.
        Received = 0 "received",
        /// Its effect happened.
        Processed = 1 "processed",
        /// Nothing is done with events of its type.
        Ignored = 2 "ignored",
        /// A newer event of the same object was applied before.
        Superseded = 3 "superseded",
        /// Its job was given up.
        Failed = 4 "failed",
    }
);

words!(
    /// What became of a payment. Of two reports of one moment the later word here wins.
    PaymentState {
        /// The provider could not collect it; another attempt may succeed.
        Failed = 0 "failed",
        /// The money was collected.
        Succeeded = 1 "succeeded",
        /// A part was paid back.
        PartiallyRefunded = 2 "partially_refunded",
        /// All of it was paid back.
        Refunded = 3 "refunded",
    }
);

number!(
    /// How many bytes a delivery of a source may have: 1 to 26 214 400 (25 MiB, GitHub's bound).
    MaxBytes,
    1,
    26_214_400
);

impl MaxBytes {
    /// What sources of a scheme have that say nothing else.
    pub const fn of(scheme: Scheme) -> Self {
        match scheme {
            Scheme::Github => Self(Self::MAX),
            Scheme::Stripe | Scheme::Standard | Scheme::Hmac => Self(1 << 20),
        }
    }
}

text!(
    /// What a sender calls an event of its own: 1–255 characters without control characters.
    ExternalId,
    bounded,
    1,
    255
);
text!(
    /// What kind of event it is, in the words of the sender: 1–200 characters.
    EventType,
    bounded,
    1,
    200
);
text!(
    /// What an event is about, such as `payment:pi_1`: 1–255 characters.
    ObjectKey,
    bounded,
    1,
    255
);

fn is_plain(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// The SHA-256 of bytes as a text that no sender chooses.
fn digest(bytes: &[u8]) -> ExternalId {
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        use fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
    }
    ExternalId(text)
}

impl ExternalId {
    /// The id that the sender gave. One that cannot be kept as it is, because it is too long or has control
    /// characters, is kept as its digest, and so is the body of an event without an id.
    pub fn of(given: Option<&str>, body: &[u8]) -> Self {
        match given.filter(|id| !id.is_empty()) {
            Some(id) => match Self::parse(id) {
                Ok(id) if is_plain(id.as_str()) => id,
                _ => digest(id.as_bytes()),
            },
            None => digest(body),
        }
    }
}

impl EventType {
    /// The type of an event that says none, or none that can be kept.
    pub const UNKNOWN: &'static str = "unknown";

    /// The type that the sender gave.
    pub fn of(given: Option<&str>) -> Self {
        let given = given.and_then(|name| Self::parse(name).ok());
        let plain = given.filter(|name| is_plain(name.as_str()));
        plain.unwrap_or_else(|| Self(Self::UNKNOWN.to_owned()))
    }
}

/// Names that paths of outbound webhooks have.
pub const RESERVED: [&str; 3] = ["endpoints", "deliveries", "event-types"];

/// The name of a source, which is the last part of its URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceName(String);

/// Why a text is no name of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SourceNameError {
    /// It has another form.
    #[error("must be 1 to 50 lowercase ASCII letters, digits and hyphens, and begin with a letter")]
    Form,
    /// It is the path of something else.
    #[error(
        "must not be endpoints, deliveries or event-types, which are paths of outbound webhooks"
    )]
    Reserved,
}

impl SourceName {
    /// The only way in.
    pub fn parse(raw: &str) -> Result<Self, SourceNameError> {
        let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let begins = raw.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if !begins || raw.len() > 50 || !raw.bytes().all(is_part) {
            return Err(SourceNameError::Form);
        }
        if RESERVED.contains(&raw) {
            return Err(SourceNameError::Reserved);
        }
        Ok(Self(raw.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The lowercase name of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderName(String);

/// Why a text is no name of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be 1 to 100 ASCII letters, digits and hyphens; Authorization and Cookie are not allowed"
)]
pub struct HeaderNameError;

impl HeaderName {
    /// The only way in.
    pub fn parse(raw: &str) -> Result<Self, HeaderNameError> {
        let name = raw.to_ascii_lowercase();
        let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let fits = (1..=100).contains(&name.len()) && name.bytes().all(is_part);
        // Headers that are read are kept with the event.
        if !fits || ["authorization", "cookie"].contains(&name.as_str()) {
            return Err(HeaderNameError);
        }
        Ok(Self(name))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a source and this server both know. It is not shown, neither by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    text: String,
    key: Vec<u8>,
}

/// Why a text is no secret of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It is too short or too long, or has other characters.
    #[error("must have 16 to 255 printable ASCII characters, without a space at either end")]
    Form,
    /// It is not one of Standard Webhooks.
    #[error("must be `whsec_` and the base64 of 24 to 64 bytes")]
    Standard,
}

/// What secrets of Standard Webhooks begin with.
const PREFIX: &str = "whsec_";

impl Secret {
    /// The only way in. What the key of the signature is depends on the scheme.
    pub fn parse(raw: &str, scheme: Scheme) -> Result<Self, SecretError> {
        let is_printable = raw.bytes().all(|b| (b' '..=b'~').contains(&b));
        if !(16..=255).contains(&raw.len()) || !is_printable || raw.trim() != raw {
            return Err(SecretError::Form);
        }
        let key = match scheme {
            Scheme::Standard => {
                let coded = raw.strip_prefix(PREFIX).ok_or(SecretError::Standard)?;
                let key = STANDARD.decode(coded).map_err(|_| SecretError::Standard)?;
                if !(24..=64).contains(&key.len()) {
                    return Err(SecretError::Standard);
                }
                key
            }
            Scheme::Stripe | Scheme::Github | Scheme::Hmac => raw.as_bytes().to_vec(),
        };
        Ok(Self { text: raw.to_owned(), key })
    }

    /// The text, which is sealed before it is stored.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }

    /// The key of the signature.
    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }

    /// The last four characters, by which an administrator knows it again.
    pub fn hint(&self) -> String {
        self.text.get(self.text.len().saturating_sub(4)..).unwrap_or_default().to_owned()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parts_of_paths_and_not_reserved() {
        for good in ["stripe", "github", "a", "shop-2", &"x".repeat(50)] {
            assert_eq!(SourceName::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "Stripe", "2shops", "-a", "a_b", "a/b", "ü", "a\0", &"x".repeat(51)] {
            assert_eq!(SourceName::parse(bad), Err(SourceNameError::Form), "{bad}");
        }
        for taken in RESERVED {
            assert_eq!(SourceName::parse(taken), Err(SourceNameError::Reserved), "{taken}");
        }
    }

    #[test]
    fn headers_that_hold_credentials_are_refused() {
        assert_eq!(HeaderName::parse("X-Shop-Signature").unwrap().as_str(), "x-shop-signature");
        for bad in ["", "a b", "a:", "Cookie", "Authorization", &"x".repeat(101)] {
            assert_eq!(HeaderName::parse(bad), Err(HeaderNameError), "{bad}");
        }
    }

    #[test]
    fn secrets_have_a_least_length_and_are_not_shown() {
        let secret = Secret::parse("It's a Secret to Everybody", Scheme::Github).unwrap();
        assert_eq!((secret.hint().as_str(), format!("{secret:?}").as_str()), ("body", "Secret(…)"));
        for bad in
            ["", "fifteen letters", "with a trailing ", "ünïcödé ünïcödé ü", &"x".repeat(256)]
        {
            assert_eq!(Secret::parse(bad, Scheme::Stripe), Err(SecretError::Form), "{bad}");
        }
        let standard = |raw: &str| Secret::parse(raw, Scheme::Standard);
        assert_eq!(standard("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap().key().len(), 24);
        for bad in
            ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTw", "whsec_not base64 !!!"]
        {
            assert_eq!(standard(bad), Err(SecretError::Standard), "{bad}");
        }
    }

    #[test]
    fn ids_that_cannot_be_kept_become_digests() {
        assert_eq!(ExternalId::of(Some("evt_1"), b"x").as_str(), "evt_1");
        let long = "x".repeat(256);
        for odd in [long.as_str(), "a\0b", "a\nb"] {
            let id = ExternalId::of(Some(odd), b"x");
            assert!(id.as_str().starts_with("sha256:") && id.as_str().len() == 71, "{id:?}");
            assert_eq!(id, ExternalId::of(Some(odd), b"another body"));
        }
        assert_ne!(ExternalId::of(None, b"x"), ExternalId::of(None, b"y"));
        assert_eq!(ExternalId::of(Some(""), b"x"), ExternalId::of(None, b"x"));
        assert_eq!(EventType::of(Some("a\0b")).as_str(), "unknown");
        assert_eq!(EventType::of(Some("push")).as_str(), "push");
    }
}
