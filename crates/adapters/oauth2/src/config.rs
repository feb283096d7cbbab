//! What has to be known of a provider.

use users::external::ProviderName;

/// One provider. Every address is used as it is; none is found out from another.
#[derive(Clone)]
pub struct ProviderConfig {
    /// Its name here.
    pub name: ProviderName,
    /// What it calls us.
    pub client_id: String,
    /// What it knows us by.
    pub client_secret: String,
    /// Where browsers are sent.
    pub authorize_url: String,
    /// Where codes are redeemed.
    pub token_url: String,
    /// Where browsers come back to; this provider's alone (RFC 9700 §4.4).
    pub redirect_url: String,
    /// How it says who somebody is.
    pub kind: Kind,
}

/// How a provider says who somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// By a signed ID token.
    OpenId {
        /// Its name in ID tokens, letter by letter.
        issuer: String,
        /// Where its public keys are.
        jwks_url: String,
        /// Where to ask for an address that the ID token does not tell.
        userinfo_url: Option<String>,
    },
    /// As GitHub does: an API that tells.
    GitHub {
        /// Where to ask who somebody is.
        userinfo_url: String,
        /// Where to ask for their addresses.
        emails_url: String,
    },
}

/// Never shows the secret.
impl std::fmt::Debug for ProviderConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderConfig")
            .field("name", &self.name)
            .field("client_id", &self.client_id)
            .field("authorize_url", &self.authorize_url)
            .field("token_url", &self.token_url)
            .field("redirect_url", &self.redirect_url)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Why the providers could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A setting is no URL.
    #[error("oauth.{provider}.{setting} is no URL")]
    Url {
        /// Of which provider.
        provider: String,
        /// Which setting.
        setting: &'static str,
    },
    /// There is no way to make HTTPS requests.
    #[error("no HTTPS client: {0}")]
    Http(String),
}
