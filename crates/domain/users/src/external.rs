//! Identities elsewhere: who somebody is at another provider (Google, GitHub, any OpenID provider),
//! and what is remembered while they are on their way there and back.
//!
//! An account is found by (provider, subject) and by nothing else: names and addresses change
//! hands at a provider, subjects do not.

use kernel::{SessionId, Timestamp, UserId, text};

use crate::values::{Digest, EmailAddress, PersonName, Provider};

text!(
    /// Who somebody is at a provider: 1–255 characters, compared letter by letter.
    Subject,
    bounded,
    1,
    255
);

/// The name of a provider in settings and paths: `google`, `github`, or another one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderName(String);

/// Why a text names no provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 2 to 32 of a-z, 0-9, '-' and '_', a letter first")]
pub struct ProviderNameError;

impl ProviderName {
    /// The only way in.
    pub fn parse(raw: &str) -> Result<Self, ProviderNameError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
        let begins = raw.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if begins && (2..=32).contains(&raw.len()) && raw.bytes().all(plain) {
            Ok(Self(raw.to_owned()))
        } else {
            Err(ProviderNameError)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What accounts that come from there say of themselves.
    pub fn provenance(&self) -> Provider {
        match self.as_str() {
            "google" => Provider::Google,
            "github" => Provider::GitHub,
            _ => Provider::OpenId,
        }
    }
}

/// What a provider says of somebody, after all it said was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalIdentity {
    /// Which provider.
    pub provider: ProviderName,
    /// Who they are there.
    pub subject: Subject,
    /// Their address.
    pub email: Option<EmailAddress>,
    /// Whether the provider says that they proved it.
    pub email_verified: bool,
    /// What they call themselves there; only a wish, and perhaps no username at all.
    pub username: Option<String>,
    /// May be empty.
    pub first_name: PersonName,
    /// May be empty.
    pub last_name: PersonName,
    /// Where their picture is.
    pub avatar: Option<String>,
}

/// An identity that belongs to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Which provider.
    pub provider: ProviderName,
    /// Who they are there.
    pub subject: Subject,
    /// Whose it is here.
    pub user: UserId,
    /// Since when.
    pub linked_at: Timestamp,
}

/// What somebody is on the way to a provider for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To come in.
    SignIn,
    /// To add the identity to an account, out of this session.
    Link(UserId, SessionId),
}

/// Where the browser goes in the end, and what the front-end there needs to know it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontEnd {
    /// One of those that are allowed.
    pub redirect_uri: String,
    /// Given back as it is.
    pub state: Option<String>,
    /// What the front-end calls itself.
    pub client_id: Option<String>,
    /// The SHA-256 of the secret that the code is redeemed with (RFC 7636, S256).
    pub challenge: Option<Digest>,
}

/// Somebody on the way to a provider; taken when they come back.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Digest of the `state` that went along.
    pub state: Digest,
    /// Digest of the secret that the browser keeps: only the same one may come back.
    pub browser: Digest,
    /// Where to; an answer of another provider does not count.
    pub provider: ProviderName,
    /// What the provider's code is redeemed with (RFC 7636).
    pub verifier: String,
    /// What the provider's ID token must say again.
    pub nonce: String,
    /// What for.
    pub purpose: Purpose,
    /// Where the browser goes in the end; without one the answer is given to it.
    pub front: Option<FrontEnd>,
    /// When they need not come back any more.
    pub expires_at: Timestamp,
}

/// Never shows the secrets.
impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt")
            .field("provider", &self.provider)
            .field("purpose", &self.purpose)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A one-time code that a front-end redeems for a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// Digest of the code.
    pub code: Digest,
    /// Who comes in.
    pub user: UserId,
    /// By which provider.
    pub provider: ProviderName,
    /// As whom.
    pub subject: Subject,
    /// See [`FrontEnd::challenge`].
    pub challenge: Digest,
    /// See [`FrontEnd::redirect_uri`].
    pub redirect_uri: String,
    /// See [`FrontEnd::client_id`].
    pub client_id: Option<String>,
    /// When it can no longer be redeemed.
    pub expires_at: Timestamp,
    /// When it was presented.
    pub spent_at: Option<Timestamp>,
    /// The session that was made of it.
    pub session: Option<SessionId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_providers_are_plain_words() {
        for fine in ["google", "github", "my-idp_2", "ab", &"x".repeat(32)] {
            assert_eq!(ProviderName::parse(fine).unwrap().as_str(), fine);
        }
        for bad in ["", "a", "Google", "2fa", "-x", "a b", "a/b", "ä1", "a.b", &"x".repeat(33)] {
            assert_eq!(ProviderName::parse(bad), Err(ProviderNameError), "{bad}");
        }
    }

    #[test]
    fn only_google_and_github_have_words_of_their_own() {
        let of = |name| ProviderName::parse(name).unwrap().provenance();
        assert_eq!(of("google"), Provider::Google);
        assert_eq!(of("github"), Provider::GitHub);
        assert_eq!(of("acme"), Provider::OpenId);
    }

    #[test]
    fn subjects_are_compared_letter_by_letter() {
        let subject = |raw| Subject::parse(raw);
        assert_ne!(subject("Abc"), subject("abc"));
        assert_ne!(subject(" a"), subject("a"));
        assert!(subject("").is_err() && subject(&"x".repeat(256)).is_err());
    }
}
