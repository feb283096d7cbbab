//! `oauth.<name>.*`: providers that people can sign in with. The name stands in paths
//! (`/api/v1/auth/<name>`); `google` and `github` have their public addresses as defaults.

use super::{ServerConfig, checks, reader::Reader, values::Secret};

/// Words that stand in the place of a provider's name in other paths, or will.
const RESERVED: [&str; 24] = [
    "2fa",
    "callback",
    "check",
    "email",
    "forgot-password",
    "identities",
    "link",
    "local",
    "login",
    "logout",
    "logout-all",
    "me",
    "mfa",
    "openid",
    "password",
    "providers",
    "refresh",
    "register",
    "reset-password",
    "sessions",
    "ticket",
    "token",
    "tokens",
    "verify-email",
];

/// One provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthProvider {
    /// Its name here.
    pub name: String,
    /// What it calls us.
    pub client_id: String,
    /// What it knows us by.
    pub client_secret: Secret,
    /// Where browsers are sent.
    pub authorize_url: String,
    /// Where codes are redeemed.
    pub token_url: String,
    /// Where browsers come back to.
    pub redirect_url: String,
    /// Where it tells who somebody is.
    pub userinfo_url: Option<String>,
    /// GitHub: where it tells their addresses.
    pub emails_url: Option<String>,
    /// Where its public keys are.
    pub jwks_url: Option<String>,
    /// Its name in ID tokens.
    pub issuer: Option<String>,
}

/// The addresses of a provider that are known without being said.
#[derive(Default)]
struct Known {
    authorize_url: Option<&'static str>,
    token_url: Option<&'static str>,
    userinfo_url: Option<&'static str>,
    emails_url: Option<&'static str>,
    jwks_url: Option<&'static str>,
    issuer: Option<&'static str>,
}

impl Known {
    fn of(name: &str) -> Self {
        match name {
            "google" => Self {
                authorize_url: Some("https://accounts.google.com/o/oauth2/v2/auth"),
                token_url: Some("https://oauth2.googleapis.com/token"),
                userinfo_url: Some("https://openidconnect.googleapis.com/v1/userinfo"),
                jwks_url: Some("https://www.googleapis.com/oauth2/v3/certs"),
                issuer: Some("https://accounts.google.com"),
                emails_url: None,
            },
            "github" => Self {
                authorize_url: Some("https://github.com/login/oauth/authorize"),
                token_url: Some("https://github.com/login/oauth/access_token"),
                userinfo_url: Some("https://api.github.com/user"),
                emails_url: Some("https://api.github.com/user/emails"),
                ..Self::default()
            },
            _ => Self::default(),
        }
    }
}

/// How clients reach us, when nobody said so: as on a developer's machine.
pub(super) fn base(server: &ServerConfig) -> String {
    server.public_url.clone().unwrap_or_else(|| {
        let host = match server.host.parse::<std::net::IpAddr>() {
            Ok(ip) if ip.is_unspecified() => "localhost".to_owned(),
            Ok(std::net::IpAddr::V6(ip)) => format!("[{ip}]"),
            _ => server.host.clone(),
        };
        format!("http://{host}:{}", server.port)
    })
}

pub(super) fn oauth(reader: &mut Reader, server: &ServerConfig) -> Vec<OAuthProvider> {
    let mut names = reader.names_below("oauth.");
    names.extend(["google".to_owned(), "github".to_owned()]);
    let base = base(server);
    names.into_iter().filter_map(|name| provider(reader, &name, &base)).collect()
}

fn provider(reader: &mut Reader, name: &str, base: &str) -> Option<OAuthProvider> {
    let key = |setting: &str| format!("oauth.{name}.{setting}");
    let known = Known::of(name);
    let is_github = name == "github";
    let client_id = reader.optional(&key("client_id"), word);
    let client_secret = reader.secret(&key("client_secret"));
    let mut url = |setting: &str, known: Option<&'static str>| {
        reader.optional_or(&key(setting), known, checks::endpoint)
    };
    let authorize_url = url("authorize_url", known.authorize_url);
    let token_url = url("token_url", known.token_url);
    let userinfo_url = url("userinfo_url", known.userinfo_url);
    let emails_url = if is_github { url("emails_url", known.emails_url) } else { None };
    let jwks_url = if is_github { None } else { url("jwks_url", known.jwks_url) };
    let redirect_url = url("redirect_url", None);
    let issuer =
        if is_github { None } else { reader.optional_or(&key("issuer"), known.issuer, word) };
    let wanted = !matches!(name, "google" | "github");
    if !wanted && client_id.is_none() && client_secret.is_none() {
        return None;
    }
    if users::external::ProviderName::parse(name).is_err() || RESERVED.contains(&name) {
        reader.fault(format!(
            "oauth.{name}: this name cannot be used: it must have 2 to 32 of a-z, 0-9, '-' and \
             '_', a letter first, and not stand for something else in /api/v1/auth"
        ));
        return None;
    }
    let mut missing = Vec::new();
    let mut need = |setting: &str, there: bool| {
        if !there {
            missing.push(key(setting));
        }
    };
    need("client_id", client_id.is_some());
    need("client_secret", client_secret.is_some());
    need("authorize_url", authorize_url.is_some());
    need("token_url", token_url.is_some());
    need("issuer", is_github || issuer.is_some());
    need("jwks_url", is_github || jwks_url.is_some());
    if !missing.is_empty() {
        reader.fault(format!("{} must be set to sign in with {name}", missing.join(", ")));
    }
    Some(OAuthProvider {
        client_id: client_id?,
        client_secret: Secret(client_secret?.0),
        authorize_url: authorize_url?,
        token_url: token_url?,
        redirect_url: redirect_url.unwrap_or_else(|| format!("{base}/api/v1/auth/{name}/callback")),
        userinfo_url,
        emails_url,
        jwks_url,
        issuer,
        name: name.to_owned(),
    })
}

fn word(raw: &str) -> Result<String, &'static str> {
    if !raw.is_empty() && raw.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(raw.to_owned())
    } else {
        Err("must be one word")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::{Config, ConfigError};

    fn load(env: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(None, &[], env, Path::new("/nonexistent"))
    }

    const ID: (&str, &str) = ("ALVEOLE__OAUTH__GOOGLE__CLIENT_ID", "me");
    const SECRET: (&str, &str) = ("ALVEOLE__OAUTH__GOOGLE__CLIENT_SECRET", "hush-hush");

    #[test]
    fn nobody_is_a_provider_unless_somebody_says_so() {
        assert!(load(&[]).unwrap().oauth.is_empty());
    }

    #[test]
    fn for_google_and_github_a_client_and_a_secret_are_enough() {
        let config = load(&[
            ID,
            SECRET,
            ("ALVEOLE__OAUTH__GITHUB__CLIENT_ID", "me"),
            ("ALVEOLE__OAUTH__GITHUB__CLIENT_SECRET", "hush-hush"),
            ("ALVEOLE__SERVER__PUBLIC_URL", "https://api.example.com/"),
        ])
        .unwrap();
        let names: Vec<&str> = config.oauth.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["github", "google"]);
        let google = &config.oauth[1];
        assert_eq!(google.redirect_url, "https://api.example.com/api/v1/auth/google/callback");
        assert_eq!(google.issuer.as_deref(), Some("https://accounts.google.com"));
        assert_eq!(
            config.oauth[0].emails_url.as_deref(),
            Some("https://api.github.com/user/emails")
        );
        let shown = format!("{} {:?}", config.effective(), config.oauth);
        assert!(!shown.contains("hush"), "{shown}");
    }

    #[test]
    fn half_a_provider_is_an_error_that_names_the_rest() {
        let faults = load(&[ID]).unwrap_err().faults;
        assert!(
            faults.len() == 1 && faults[0].contains("oauth.google.client_secret"),
            "{faults:?}"
        );
        let faults = load(&[("ALVEOLE__OAUTH__ACME__CLIENT_ID", "me")]).unwrap_err().faults;
        for name in ["client_secret", "authorize_url", "token_url", "issuer", "jwks_url"] {
            assert!(faults[0].contains(&format!("oauth.acme.{name}")), "{faults:?}");
        }
    }

    #[test]
    fn wrong_names_settings_and_addresses_are_reported() {
        for (name, value, why) in [
            ("ALVEOLE__OAUTH__SESSIONS__CLIENT_ID", "me", "cannot be used"),
            ("ALVEOLE__OAUTH__X__CLIENT_ID", "me", "cannot be used"),
            ("ALVEOLE__OAUTH__GOOGLE__COLOUR", "red", "is no setting"),
            ("ALVEOLE__OAUTH__GITHUB__ISSUER", "https://x", "is no setting"),
            ("ALVEOLE__OAUTH__GOOGLE__TOKEN_URL", "http://example.com/token", "https"),
            ("ALVEOLE__OAUTH__GOOGLE__TOKEN_URL", "token", "https"),
            ("ALVEOLE__OAUTH__GOOGLE__CLIENT_ID", "a b", "one word"),
            ("ALVEOLE__AUTH__FRONTEND_URLS", "https://app.example.com/in#x", "https"),
            ("ALVEOLE__AUTH__FRONTEND_URLS", "//app.example.com/in", "https"),
        ] {
            let faults = load(&[(name, value)]).unwrap_err().faults;
            assert!(faults.iter().any(|fault| fault.contains(why)), "{name}: {faults:?}");
        }
    }

    #[test]
    fn front_ends_are_those_that_are_named_and_our_own() {
        let config = load(&[
            (
                "ALVEOLE__AUTH__FRONTEND_URLS",
                "https://app.example.com/in, http://localhost:3000/in",
            ),
            ("ALVEOLE__SERVER__PUBLIC_URL", "https://api.example.com"),
        ])
        .unwrap();
        assert_eq!(
            config.front_ends(),
            [
                "https://app.example.com/in",
                "http://localhost:3000/in",
                "https://api.example.com/docs/oauth2-redirect.html",
                "https://api.example.com/console/signed-in",
            ]
        );
        let local = load(&[]).unwrap().front_ends();
        let own = ["docs/oauth2-redirect.html", "console/signed-in"];
        assert_eq!(local, own.map(|page| format!("http://127.0.0.1:8080/{page}")));
    }

    #[test]
    fn a_secret_can_come_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "hush-hush\n").unwrap();
        let file = ("ALVEOLE__OAUTH__GOOGLE__CLIENT_SECRET_FILE", path.to_str().unwrap());
        let config = load(&[ID, file]).unwrap();
        assert_eq!(config.oauth[0].client_secret.expose(), "hush-hush");
        assert!(load(&[ID, SECRET, file]).unwrap_err().faults[0].contains("choose one"));
    }
}
