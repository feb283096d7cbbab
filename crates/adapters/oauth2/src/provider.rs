//! One provider: the request that browsers carry to it, and the redemption of what they bring back.

use std::sync::Arc;

use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields,
    EndpointNotSet, EndpointSet, ExtraTokenFields, HttpRequest, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, StandardRevocableToken,
    StandardTokenIntrospectionResponse, StandardTokenResponse, TokenResponse as _, TokenUrl,
    basic::{
        BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenType,
    },
};
use serde::{Deserialize, Serialize};
use users::{
    external::{ExternalIdentity, ProviderName},
    ports::{Answer, Ask, ProviderError},
};

use crate::{
    config::{Kind, ProviderConfig, SetupError},
    github::GitHub,
    http::{Http, Trouble},
    openid::OpenId,
};

/// What OpenID providers add to the answer of RFC 6749 §5.1.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct IdTokenField {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdTokenField {}

type Tokens = StandardTokenResponse<IdTokenField, BasicTokenType>;
type Client = oauth2::Client<
    BasicErrorResponse,
    Tokens,
    StandardTokenIntrospectionResponse<EmptyExtraTokenFields, BasicTokenType>,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// How it says who somebody is.
enum Teller {
    OpenId(OpenId),
    GitHub(GitHub),
}

/// One provider.
pub(crate) struct Provider {
    name: ProviderName,
    client: Client,
    http: Arc<Http>,
    teller: Teller,
}

impl Provider {
    pub(crate) fn new(config: ProviderConfig, http: Arc<Http>) -> Result<Self, SetupError> {
        let ProviderConfig { name, client_id, client_secret, .. } = config;
        let wrong = |setting| {
            let provider = name.as_str().to_owned();
            move |_| SetupError::Url { provider, setting }
        };
        // GitHub takes the secret in the body, OpenID providers in the header, as they must.
        let auth = match config.kind {
            Kind::GitHub { .. } => AuthType::RequestBody,
            Kind::OpenId { .. } => AuthType::BasicAuth,
        };
        let client = oauth2::Client::new(ClientId::new(client_id.clone()))
            .set_client_secret(ClientSecret::new(client_secret))
            .set_auth_type(auth)
            .set_auth_uri(AuthUrl::new(config.authorize_url).map_err(wrong("authorize_url"))?)
            .set_token_uri(TokenUrl::new(config.token_url).map_err(wrong("token_url"))?)
            .set_redirect_uri(
                RedirectUrl::new(config.redirect_url).map_err(wrong("redirect_url"))?,
            );
        let teller = match config.kind {
            Kind::OpenId { issuer, jwks_url, userinfo_url } => Teller::OpenId(OpenId::new(
                name.clone(),
                client_id,
                issuer,
                jwks_url,
                userinfo_url,
                Arc::clone(&http),
            )),
            Kind::GitHub { userinfo_url, emails_url } => Teller::GitHub(GitHub {
                name: name.clone(),
                userinfo_url,
                emails_url,
                http: Arc::clone(&http),
            }),
        };
        Ok(Self { name, client, http, teller })
    }

    pub(crate) const fn name(&self) -> &ProviderName {
        &self.name
    }

    /// Where the browser goes.
    pub(crate) fn authorize_url(&self, ask: Ask<'_>) -> String {
        let verifier = PkceCodeVerifier::new(ask.verifier.to_owned());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let state = ask.state.to_owned();
        let request =
            self.client.authorize_url(|| CsrfToken::new(state)).set_pkce_challenge(challenge);
        let request = match &self.teller {
            Teller::OpenId(_) => request
                .add_scopes(["openid", "email", "profile"].map(|name| Scope::new(name.to_owned())))
                .add_extra_param("nonce", ask.nonce),
            Teller::GitHub(_) => request
                .add_scopes(["read:user", "user:email"].map(|name| Scope::new(name.to_owned()))),
        };
        request.url().0.into()
    }

    /// Redeems a code and finds out whose it is.
    pub(crate) async fn finish(&self, answer: Answer) -> Result<ExternalIdentity, ProviderError> {
        if let (Teller::OpenId(openid), Some(issuer)) = (&self.teller, &answer.issuer)
            && issuer != openid.issuer()
        {
            return Err(ProviderError::Refused("another issuer answered".to_owned()));
        }
        let tokens = self.redeem(answer.code, answer.verifier).await?;
        let access = tokens.access_token().secret();
        match &self.teller {
            Teller::OpenId(openid) => {
                let id_token = tokens.extra_fields().id_token.as_deref();
                let id_token = id_token
                    .ok_or_else(|| ProviderError::Refused("there is no ID token".to_owned()))?;
                openid.who(id_token, &answer.nonce, access).await
            }
            Teller::GitHub(github) => github.who(access).await,
        }
    }

    async fn redeem(&self, code: String, verifier: String) -> Result<Tokens, ProviderError> {
        let http = Arc::clone(&self.http);
        let send = move |request: HttpRequest| {
            let http = Arc::clone(&http);
            async move { http.send(request).await }
        };
        let request = self
            .client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier));
        request.request_async(&send).await.map_err(|error| explain(&error))
    }
}

/// What a failed redemption means: that the code is wrong is the caller's matter, that we are not
/// known is ours, and that there is no answer nobody's here.
fn explain(error: &RequestTokenError<Trouble, BasicErrorResponse>) -> ProviderError {
    match error {
        RequestTokenError::ServerResponse(answer) => judge(answer.error()),
        RequestTokenError::Request(trouble) => ProviderError::Unavailable(trouble.0.clone()),
        // GitHub refuses with status 200.
        RequestTokenError::Parse(_, body) => serde_json::from_slice::<BasicErrorResponse>(body)
            .map_or_else(
                |_| ProviderError::Unavailable("its tokens cannot be read".to_owned()),
                |answer| judge(answer.error()),
            ),
        RequestTokenError::Other(_) => ProviderError::Unavailable("it gave no tokens".to_owned()),
    }
}

fn judge(code: &BasicErrorResponseType) -> ProviderError {
    /// What GitHub says when the settings are wrong.
    const OURS: [&str; 2] = ["incorrect_client_credentials", "redirect_uri_mismatch"];
    let word: String = code.as_ref().chars().filter(char::is_ascii_graphic).take(60).collect();
    match code {
        BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => {
            ProviderError::Unavailable(format!("it does not know us: {word}"))
        }
        BasicErrorResponseType::Extension(name) if OURS.contains(&name.as_str()) => {
            ProviderError::Unavailable(format!("it does not know us: {word}"))
        }
        _ => ProviderError::Refused(format!("it does not take the code: {word}")),
    }
}
