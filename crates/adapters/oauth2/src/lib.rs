//! Signing in with Google, GitHub and any other OpenID provider: the port
//! [`users::IdentityProviders`] on the `oauth2` crate.
//!
//! | module | holds |
//! |---|---|
//! | [`config`] | what has to be known of a provider |
//! | `http` | the way to providers: no redirects, time-outs, answers of bounded size |
//! | `provider` | one provider: authorization request, code exchange (PKCE S256) |
//! | `openid` | ID tokens: whose, for whom, signed by which key, when |
//! | `keys` | the provider's public keys, kept for a while |
//! | `github` | GitHub, which is no OpenID provider |
//!
//! Nothing that a provider says is believed unless it came straight from one of its configured
//! addresses over TLS, or is signed by one of its keys; and nothing of it is logged but error codes.

pub mod config;
mod github;
mod http;
mod keys;
mod openid;
mod provider;

use std::sync::Arc;

use async_trait::async_trait;
use users::{
    IdentityProviders,
    external::{ExternalIdentity, ProviderName},
    ports::{Answer, Ask, ProviderError},
};

pub use crate::config::{Kind, ProviderConfig, SetupError};
use crate::{http::Http, provider::Provider};

/// The example of the README, so that it is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The configured providers.
pub struct OAuthProviders {
    providers: Vec<Provider>,
}

impl OAuthProviders {
    /// Prepares everything; asks nobody yet.
    pub fn new(configs: Vec<ProviderConfig>) -> Result<Self, SetupError> {
        let http = Arc::new(Http::new()?);
        let providers = configs.into_iter().map(|config| Provider::new(config, Arc::clone(&http)));
        Ok(Self { providers: providers.collect::<Result<_, _>>()? })
    }

    fn find(&self, name: &ProviderName) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.name() == name)
    }
}

#[async_trait]
impl IdentityProviders for OAuthProviders {
    fn names(&self) -> Vec<ProviderName> {
        self.providers.iter().map(|provider| provider.name().clone()).collect()
    }

    fn begin(&self, provider: &ProviderName, ask: Ask<'_>) -> Option<String> {
        self.find(provider).map(|provider| provider.authorize_url(ask))
    }

    async fn finish(
        &self,
        provider: &ProviderName,
        answer: Answer,
    ) -> Result<ExternalIdentity, ProviderError> {
        let found = self.find(provider);
        let found = found.ok_or_else(|| ProviderError::Unavailable("not configured".to_owned()))?;
        let result = found.finish(answer).await;
        if let Err(ProviderError::Refused(why)) = &result {
            tracing::warn!(provider = provider.as_str(), why, "a provider's answer was refused");
        }
        result
    }
}
