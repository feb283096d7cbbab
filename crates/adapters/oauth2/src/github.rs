//! GitHub, which is no OpenID provider: its API tells who a token is of, and another call of it
//! which address is theirs and proven.

use std::sync::Arc;

use serde::Deserialize;
use users::{
    external::{ExternalIdentity, ProviderName, Subject},
    ports::ProviderError,
    values::EmailAddress,
};

use crate::{
    http::Http,
    openid::{names, picture},
};

const JSON: &str = "application/vnd.github+json";

/// GitHub, or a server like it.
pub(crate) struct GitHub {
    pub(crate) name: ProviderName,
    pub(crate) userinfo_url: String,
    pub(crate) emails_url: String,
    pub(crate) http: Arc<Http>,
}

/// Logins change hands there; numbers do not.
#[derive(Deserialize)]
struct User {
    id: u64,
    login: Option<String>,
    name: Option<String>,
    avatar_url: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

impl GitHub {
    /// Who a token is of. The address is their primary one; what the profile shows is only what
    /// they wrote there.
    pub(crate) async fn who(&self, token: &str) -> Result<ExternalIdentity, ProviderError> {
        let user: User = self.http.json(&self.userinfo_url, JSON, Some(token)).await?;
        let all: Vec<Address> = self.http.json(&self.emails_url, JSON, Some(token)).await?;
        let primary = all.into_iter().find(|address| address.primary);
        let verified = primary.as_ref().is_some_and(|address| address.verified);
        let email = primary.and_then(|address| EmailAddress::parse(&address.email).ok());
        let (first_name, last_name) = names(None, None, user.name.as_deref())?;
        let subject = Subject::parse(&user.id.to_string())
            .map_err(|_| ProviderError::Refused("the number is no text".to_owned()))?;
        Ok(ExternalIdentity {
            provider: self.name.clone(),
            subject,
            email_verified: verified && email.is_some(),
            email,
            username: user.login,
            first_name,
            last_name,
            avatar: picture(user.avatar_url),
        })
    }
}
