//! ID tokens (OpenID Connect Core 1.0 §3.1.3.7).

use std::sync::Arc;

use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;
use users::{
    external::{ExternalIdentity, ProviderName, Subject},
    ports::ProviderError,
    values::{EmailAddress, PersonName},
};

use crate::{http::Http, keys::Keys};

/// How far clocks may be apart, in seconds.
const LEEWAY: u64 = 60;
/// The longest address of a picture.
const LONGEST_URL: usize = 1024;

/// What providers say of somebody, in ID tokens and elsewhere.
#[derive(Debug, Default, Deserialize)]
struct Claims {
    sub: String,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    aud: Value,
    #[serde(default)]
    email: Option<String>,
    /// Some say `"true"`.
    #[serde(default)]
    email_verified: Value,
    #[serde(default)]
    preferred_username: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    given_name: Option<String>,
    #[serde(default)]
    family_name: Option<String>,
    #[serde(default)]
    picture: Option<String>,
}

/// An OpenID provider.
pub(crate) struct OpenId {
    name: ProviderName,
    client_id: String,
    issuer: String,
    userinfo_url: Option<String>,
    keys: Keys,
    http: Arc<Http>,
}

impl OpenId {
    pub(crate) fn new(
        name: ProviderName,
        client_id: String,
        issuer: String,
        jwks_url: String,
        userinfo_url: Option<String>,
        http: Arc<Http>,
    ) -> Self {
        let keys = Keys::new(jwks_url, Arc::clone(&http));
        Self { name, client_id, issuer, userinfo_url, keys, http }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Who an ID token is of. The address may come from elsewhere, if that speaks of the same one.
    pub(crate) async fn who(
        &self,
        id_token: &str,
        nonce: &str,
        access_token: &str,
    ) -> Result<ExternalIdentity, ProviderError> {
        let mut claims = self.checked(id_token, nonce).await?;
        if claims.email.is_none()
            && let Some(url) = &self.userinfo_url
        {
            let told: Claims = self.http.json(url, "application/json", Some(access_token)).await?;
            if told.sub != claims.sub {
                return Err(refused("it tells of somebody else"));
            }
            claims = told;
        }
        self.identity(claims)
    }

    async fn checked(&self, id_token: &str, nonce: &str) -> Result<Claims, ProviderError> {
        // Which key it names is all that is read of it before its signature is checked.
        let header = decode_header(id_token).map_err(|_| refused("the ID token cannot be read"))?;
        let key = self.keys.find(header.kid.as_deref()).await?;
        let mut rules = Validation::new(key.algorithm);
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[&self.client_id]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        rules.validate_nbf = true;
        rules.leeway = LEEWAY;
        let claims = decode::<Claims>(id_token, &key.verifies, &rules)
            .map_err(|error| refused(&format!("the ID token: {error}")))?
            .claims;
        if claims.nonce.as_deref() != Some(nonce) {
            return Err(refused("the ID token is of another sign-in"));
        }
        // For others as well: then it must say that we asked for it.
        let shared = claims.aud.as_array().is_some_and(|all| all.len() > 1);
        let for_us = claims.azp.as_ref().is_none_or(|party| *party == self.client_id);
        if !for_us || (shared && claims.azp.is_none()) {
            return Err(refused("the ID token is somebody else's"));
        }
        Ok(claims)
    }

    fn identity(&self, claims: Claims) -> Result<ExternalIdentity, ProviderError> {
        let subject = Subject::parse(&claims.sub).map_err(|_| refused("the subject is no text"))?;
        let verified =
            claims.email_verified == Value::Bool(true) || claims.email_verified == "true";
        let email = claims.email.as_deref().and_then(|raw| EmailAddress::parse(raw).ok());
        let (first, last) = names(claims.given_name, claims.family_name, claims.name.as_deref())?;
        Ok(ExternalIdentity {
            provider: self.name.clone(),
            subject,
            email_verified: verified && email.is_some(),
            email,
            username: claims.preferred_username,
            first_name: first,
            last_name: last,
            avatar: picture(claims.picture),
        })
    }
}

fn refused(why: &str) -> ProviderError {
    ProviderError::Refused(why.to_owned())
}

/// First and last name; a whole name is divided at its last space.
pub(crate) fn names(
    given: Option<String>,
    family: Option<String>,
    whole: Option<&str>,
) -> Result<(PersonName, PersonName), ProviderError> {
    let whole = whole.unwrap_or_default().trim();
    let (first, last) = match (given, family) {
        (None, None) => match whole.rsplit_once(char::is_whitespace) {
            Some((first, last)) => (first.to_owned(), last.to_owned()),
            None => (whole.to_owned(), String::new()),
        },
        (given, family) => (given.unwrap_or_default(), family.unwrap_or_default()),
    };
    Ok((name(&first)?, name(&last)?))
}

/// As much of a text as fits into a name.
fn name(raw: &str) -> Result<PersonName, ProviderError> {
    let plain: String = raw.trim().chars().filter(|c| *c != '\0').take(PersonName::MAX).collect();
    PersonName::parse(&plain).map_err(|_| refused("a name is no name"))
}

/// The address of a picture, if browsers can be sent there.
pub(crate) fn picture(raw: Option<String>) -> Option<String> {
    raw.filter(|url| {
        url.starts_with("https://")
            && url.len() <= LONGEST_URL
            && url.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\`".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(given: Option<&str>, family: Option<&str>, whole: Option<&str>) -> (String, String) {
        let (first, last) =
            names(given.map(str::to_owned), family.map(str::to_owned), whole).unwrap();
        (first.as_str().to_owned(), last.as_str().to_owned())
    }

    #[test]
    fn names_are_taken_as_far_as_they_fit() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(parts(Some("Ada"), Some("Lovelace"), Some("X Y")), pair("Ada", "Lovelace"));
        assert_eq!(parts(Some(" Ada\0 "), None, Some("X Y")), pair("Ada", ""));
        assert_eq!(parts(None, None, Some("Ada King Lovelace")), pair("Ada King", "Lovelace"));
        assert_eq!(parts(None, None, Some("Ada")), pair("Ada", ""));
        assert_eq!(parts(None, None, None), pair("", ""));
        let long = "é".repeat(300);
        assert_eq!(parts(Some(&long), None, None).0.chars().count(), 100);
    }

    #[test]
    fn pictures_are_addresses_that_cannot_run() {
        let fine = "https://img.example.com/a.png?s=96".to_owned();
        assert_eq!(picture(Some(fine.clone())), Some(fine));
        for bad in ["http://a/b", "javascript:alert(1)", "https://a/\"onload", "https://a b", ""] {
            assert_eq!(picture(Some(bad.to_owned())), None, "{bad}");
        }
        assert_eq!(picture(Some(format!("https://a/{}", "x".repeat(2000)))), None);
    }
}
