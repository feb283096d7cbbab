//! The adapter against a provider of its own: what is asked, what is believed, what is kept.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

use adapter_oauth2::{Kind, OAuthProviders, ProviderConfig};
use alveole_tests::{
    Idp,
    idp::{CLIENT, Quirk, Signature, Visitor, decode_pairs},
};
use users::{
    IdentityProviders as _,
    external::{ExternalIdentity, ProviderName},
    ports::{Answer, Ask, ProviderError},
};

const CALLBACK: &str = "https://api.example.com/api/v1/auth/it/callback";
const STATE: &str = "a-state-that-is-as-long-as-those-of-the-server";
const VERIFIER: &str = "a-verifier-that-is-as-long-as-those-of-the-server";
const NONCE: &str = "a-nonce";

fn name() -> ProviderName {
    ProviderName::parse("it").unwrap()
}

fn openid(idp: &Idp) -> Kind {
    let base = idp.issuer();
    Kind::OpenId {
        issuer: base.clone(),
        jwks_url: format!("{base}/keys"),
        userinfo_url: Some(format!("{base}/userinfo")),
    }
}

fn github(idp: &Idp) -> Kind {
    let base = idp.issuer();
    Kind::GitHub { userinfo_url: format!("{base}/user"), emails_url: format!("{base}/user/emails") }
}

fn adapter(idp: &Idp, kind: Kind) -> OAuthProviders {
    let base = idp.issuer();
    OAuthProviders::new(vec![ProviderConfig {
        name: name(),
        client_id: CLIENT.0.to_owned(),
        client_secret: CLIENT.1.to_owned(),
        authorize_url: format!("{base}/authorize"),
        token_url: format!("{base}/token"),
        redirect_url: CALLBACK.to_owned(),
        kind,
    }])
    .unwrap()
}

/// Goes there and gives the code that comes back.
fn code(idp: &Idp, adapter: &OAuthProviders) -> String {
    let ask = Ask { state: STATE, nonce: NONCE, verifier: VERIFIER };
    let back = idp.visit(&adapter.begin(&name(), ask).unwrap());
    let pairs = decode_pairs(back.strip_prefix(&format!("{CALLBACK}?")).unwrap());
    assert_eq!(pairs["state"], STATE);
    pairs["code"].clone()
}

async fn come(idp: &Idp, adapter: &OAuthProviders) -> Result<ExternalIdentity, ProviderError> {
    let answer = Answer {
        code: code(idp, adapter),
        issuer: None,
        verifier: VERIFIER.to_owned(),
        nonce: NONCE.to_owned(),
    };
    adapter.finish(&name(), answer).await
}

#[tokio::test]
async fn every_algorithm_that_providers_sign_by_is_read() {
    let idp = Idp::start();
    let adapter = adapter(&idp, openid(&idp));
    for signature in [Signature::Rs256, Signature::Es256, Signature::EdDsa] {
        idp.sign_by(signature);
        let who = come(&idp, &adapter).await.unwrap_or_else(|e| panic!("{signature:?}: {e}"));
        assert_eq!(who.subject.as_str(), "1");
        assert_eq!(who.email.unwrap().as_str(), "visitor1@example.com");
        assert!(who.email_verified);
        assert_eq!(who.username.as_deref(), Some("visitor1"));
        assert_eq!((who.first_name.as_str(), who.last_name.as_str()), ("Given", "Family"));
        assert_eq!(who.avatar.as_deref(), Some("https://img.example.com/1.png"));
    }
    let asked = idp.requests();
    let keys = asked.iter().filter(|request| *request == "GET /keys").count();
    assert_eq!(keys, 1, "the keys are kept: {asked:?}");
    assert!(!asked.iter().any(|request| request.contains("userinfo")), "{asked:?}");
}

#[tokio::test]
async fn unknown_names_of_keys_make_us_ask_once_a_minute() {
    let idp = Idp::start();
    let adapter = adapter(&idp, openid(&idp));
    come(&idp, &adapter).await.unwrap();
    idp.misbehave(Quirk::UnknownKey);
    for _ in 0..5 {
        let error = come(&idp, &adapter).await.unwrap_err();
        assert!(matches!(error, ProviderError::Refused(_)), "{error}");
    }
    let keys = idp.requests().iter().filter(|request| *request == "GET /keys").count();
    assert_eq!(keys, 1);
    // New keys right after they were asked for are a matter of the next minute.
    idp.misbehave(Quirk::None);
    idp.rotate();
    assert!(come(&idp, &adapter).await.is_err());
    // Who asks for the first time gets them.
    let fresh = self::adapter(&idp, openid(&idp));
    come(&idp, &fresh).await.unwrap();
}

#[tokio::test]
async fn github_returns_the_primary_address_and_whether_it_is_proven() {
    let idp = Idp::start();
    let adapter = adapter(&idp, github(&idp));
    idp.welcome(Visitor::new("4711", "ada@example.com"));
    let who = come(&idp, &adapter).await.unwrap();
    assert_eq!(who.subject.as_str(), "4711");
    assert_eq!(who.email.unwrap().as_str(), "ada@example.com");
    assert!(who.email_verified);
    assert_eq!(who.username.as_deref(), Some("visitor4711"));
    idp.welcome(Visitor::new("4711", "ada@example.com").unproven());
    assert!(!come(&idp, &adapter).await.unwrap().email_verified);
    idp.welcome(Visitor { email: None, ..Visitor::new("4711", "") });
    let who = come(&idp, &adapter).await.unwrap();
    assert_eq!((who.email, who.email_verified), (None, false));
}

#[tokio::test]
async fn an_address_from_elsewhere_must_be_of_the_same_one() {
    let idp = Idp::start();
    let adapter = adapter(&idp, openid(&idp));
    idp.misbehave(Quirk::EmailInUserinfo);
    let who = come(&idp, &adapter).await.unwrap();
    assert!(who.email_verified, "some say \"true\"");
    assert_eq!(who.email.unwrap().as_str(), "visitor1@example.com");
    idp.misbehave(Quirk::OtherUserinfo);
    assert!(matches!(come(&idp, &adapter).await, Err(ProviderError::Refused(_))));
}

#[tokio::test]
async fn errors_here_differ_from_errors_there() {
    let idp = Idp::start();
    let good = adapter(&idp, openid(&idp));
    // a code that is not theirs to bring
    let answer = Answer {
        code: "invented".to_owned(),
        issuer: None,
        verifier: VERIFIER.to_owned(),
        nonce: NONCE.to_owned(),
    };
    let error = good.finish(&name(), answer.clone()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused(_)), "{error}");
    // a verifier of somebody else
    let stolen = Answer {
        code: code(&idp, &good),
        verifier: "another-verifier-that-is-long-enough-for-a-verifier".to_owned(),
        ..answer.clone()
    };
    let error = good.finish(&name(), stolen).await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused(_)), "{error}");
    // a secret that is wrong in the settings
    let base = idp.issuer();
    let unknown = OAuthProviders::new(vec![ProviderConfig {
        name: name(),
        client_id: CLIENT.0.to_owned(),
        client_secret: "wrong".to_owned(),
        authorize_url: format!("{base}/authorize"),
        token_url: format!("{base}/token"),
        redirect_url: CALLBACK.to_owned(),
        kind: openid(&idp),
    }])
    .unwrap();
    let error = come(&idp, &unknown).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unavailable(_)), "{error}");
    // somebody else's name, or none
    let issuer = Some("https://evil.example.com".to_owned());
    let other = Answer { code: code(&idp, &good), issuer, ..answer };
    let error = good.finish(&name(), other).await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused(_)), "{error}");
    let nobody = ProviderName::parse("nobody").unwrap();
    let ask = Ask { state: STATE, nonce: NONCE, verifier: VERIFIER };
    assert_eq!(good.begin(&nobody, ask), None);
}

#[test]
fn a_secret_is_never_shown_and_a_wrong_address_is_named() {
    let config = |token_url: &str| ProviderConfig {
        name: name(),
        client_id: "me".to_owned(),
        client_secret: "hush".to_owned(),
        authorize_url: "https://example.com/authorize".to_owned(),
        token_url: token_url.to_owned(),
        redirect_url: CALLBACK.to_owned(),
        kind: Kind::GitHub { userinfo_url: String::new(), emails_url: String::new() },
    };
    assert!(!format!("{:?}", config("https://example.com/token")).contains("hush"));
    let error = OAuthProviders::new(vec![config("token")]).err().unwrap().to_string();
    assert_eq!(error, "oauth.it.token_url is no URL");
}
