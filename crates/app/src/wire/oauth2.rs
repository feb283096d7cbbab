//! Sign-in with other providers (feature `oauth2`).

use std::sync::Arc;

use adapter_oauth2::{Kind as Speaks, OAuthProviders, ProviderConfig};
use anyhow::Context as _;
use users::{Users, external::ProviderName};

use crate::config::Config;

/// Accounts that people can sign in to with the configured providers.
pub(super) fn with_providers(users: Users, config: &Config) -> anyhow::Result<Users> {
    Ok(users.with_providers(Arc::new(providers(config)?), config.front_ends()))
}

/// The providers that people can sign in with.
fn providers(config: &Config) -> anyhow::Result<OAuthProviders> {
    let mut all = Vec::new();
    for one in config.oauth.iter().cloned() {
        let lacks = |setting: &str| anyhow::anyhow!("oauth.{}.{setting} must be set", one.name);
        let kind = match one.emails_url {
            Some(emails_url) => Speaks::GitHub {
                userinfo_url: one.userinfo_url.ok_or_else(|| lacks("userinfo_url"))?,
                emails_url,
            },
            None => Speaks::OpenId {
                issuer: one.issuer.ok_or_else(|| lacks("issuer"))?,
                jwks_url: one.jwks_url.ok_or_else(|| lacks("jwks_url"))?,
                userinfo_url: one.userinfo_url,
            },
        };
        all.push(ProviderConfig {
            name: ProviderName::parse(&one.name)?,
            client_id: one.client_id,
            client_secret: one.client_secret.expose().to_owned(),
            authorize_url: one.authorize_url,
            token_url: one.token_url,
            redirect_url: one.redirect_url,
            kind,
        });
    }
    OAuthProviders::new(all).context("the sign-in with other providers")
}
