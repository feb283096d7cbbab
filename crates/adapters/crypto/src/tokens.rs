//! Access tokens: JWT signed with HS256, nothing left to the library's defaults (RFC 8725), and
//! opaque secrets.
//!
//! The algorithm, issuer, audience and kind (`typ: at+jwt`, RFC 9068) are pinned; `exp`, `nbf`, `iat`,
//! `iss`, `aud` and `sub` must be there; times are judged against the clock that the caller gives.
//!
//! Reading a token is on the path of every request. A header that is letter for letter the one we
//! write need not be parsed again; then comes the signature, and only what is signed is looked into.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, crypto, dangerous::insecure_decode_claims,
    decode_header, encode,
};
use kernel::{Role, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use users::{
    ports::{AccessClaims, HashError, TokenError, Tokens},
    values::Digest,
};

/// The kind of our access tokens; other kinds to come have other words, so that none passes for
/// another.
const KIND: &str = "at+jwt";
/// Clocks of several servers may differ by this much.
const LEEWAY: Duration = Duration::from_secs(5);
/// The shortest key: as long as the hash (RFC 7518 §3.2).
pub const KEY_MIN: usize = 32;

/// The key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing secret has fewer than 32 bytes")]
pub struct WeakKey;

/// Makes and reads access tokens.
pub struct JwtTokens {
    header: Header,
    // The header as it stands before the first dot of every token we make.
    written_header: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
    issuer: String,
    audience: String,
}

#[derive(Serialize)]
struct Issued<'a> {
    sub: String,
    user_id: i64,
    username: &'a str,
    role: &'static str,
    sid: i64,
    r#gen: i64,
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
}

#[derive(Deserialize)]
struct Presented {
    sub: String,
    user_id: i64,
    username: String,
    role: String,
    sid: i64,
    r#gen: i64,
    iss: String,
    aud: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl JwtTokens {
    /// Signs with HS256. The secret must have at least 32 bytes.
    pub fn hs256(secret: &[u8], issuer: &str, audience: &str) -> Result<Self, WeakKey> {
        if secret.len() < KEY_MIN {
            return Err(WeakKey);
        }
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(KIND.to_owned());
        let encoding = EncodingKey::from_secret(secret);
        let probe = encode(&header, &(), &encoding).map_err(|_| WeakKey)?;
        let written_header = probe.split('.').next().unwrap_or_default().to_owned();
        Ok(Self {
            header,
            written_header,
            encoding,
            decoding: DecodingKey::from_secret(secret),
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        })
    }

    /// Algorithm and kind must be ours. Extensions that must be understood (`crit`) are not.
    fn knows(&self, token: &str, header: &str) -> bool {
        header == self.written_header
            || decode_header(token).is_ok_and(|header| {
                header.alg == Algorithm::HS256
                    && header.crit.is_none()
                    && header.typ.is_some_and(|kind| kind.eq_ignore_ascii_case(KIND))
            })
    }

    /// What a token says, once its header and signature have been found to be ours.
    fn signed(&self, token: &str) -> Option<Presented> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, _) = message.split_once('.')?;
        if !self.knows(token, header) {
            return None;
        }
        let genuine =
            crypto::verify(signature, message.as_bytes(), &self.decoding, Algorithm::HS256);
        if !matches!(genuine, Ok(true)) {
            return None;
        }
        insecure_decode_claims(token).ok()
    }

    /// Judges the claims of a token that is genuine.
    fn claims(&self, presented: Presented, now: Timestamp) -> Result<AccessClaims, TokenError> {
        let invalid = TokenError::Invalid;
        if presented.iss != self.issuer || presented.aud != self.audience {
            return Err(invalid);
        }
        let moment = |seconds: i64| {
            let micros = seconds.checked_mul(1_000_000).ok_or(invalid)?;
            Timestamp::from_micros(micros).map_err(|_| invalid)
        };
        if presented.sub != presented.user_id.to_string() {
            return Err(invalid);
        }
        let expires_at = moment(presented.exp)?;
        if moment(presented.nbf)? > now.plus(LEEWAY) {
            return Err(invalid);
        }
        if expires_at.plus(LEEWAY) <= now {
            return Err(TokenError::Expired);
        }
        Ok(AccessClaims {
            user: UserId::parse(presented.user_id).map_err(|_| invalid)?,
            username: presented.username,
            role: Role::parse(&presented.role).ok_or(invalid)?,
            session: SessionId::parse(presented.sid).map_err(|_| invalid)?,
            generation: presented.r#gen,
            issued_at: moment(presented.iat)?,
            expires_at,
        })
    }
}

impl Tokens for JwtTokens {
    fn sign(&self, claims: &AccessClaims) -> Result<String, HashError> {
        let issued = Issued {
            sub: claims.user.to_string(),
            user_id: claims.user.get(),
            username: &claims.username,
            role: claims.role.as_str(),
            sid: claims.session.get(),
            r#gen: claims.generation,
            iss: &self.issuer,
            aud: &self.audience,
            iat: claims.issued_at.seconds(),
            nbf: claims.issued_at.seconds(),
            exp: claims.expires_at.seconds(),
            jti: format!("{}.{}", claims.session, claims.generation),
        };
        encode(&self.header, &issued, &self.encoding)
            .map_err(|error| HashError::Failed(error.to_string()))
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError> {
        self.claims(self.signed(token).ok_or(TokenError::Invalid)?, now)
    }

    #[expect(clippy::expect_used, reason = "without randomness nothing here is safe to go on")]
    fn secret(&self) -> String {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).expect("the operating system gives randomness");
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn digest(&self, secret: &str) -> Digest {
        Sha256::digest(secret.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn tokens() -> JwtTokens {
        JwtTokens::hs256(KEY, "alveole", "alveole-api").unwrap()
    }

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-21T08:00:00Z").unwrap()
    }

    fn claims() -> AccessClaims {
        AccessClaims {
            user: UserId::parse(7).unwrap(),
            username: "ada".to_owned(),
            role: Role::Admin,
            session: SessionId::parse(9).unwrap(),
            generation: 3,
            issued_at: now(),
            expires_at: now().plus(Duration::from_secs(3600)),
        }
    }

    /// A token of these claims with this header, signed with our key.
    fn forged(header: &Header, change: impl FnOnce(&mut Value)) -> String {
        let mut body = json!({
            "sub": "7", "user_id": 7, "username": "ada", "role": "admin", "sid": 9, "gen": 3,
            "iss": "alveole", "aud": "alveole-api", "iat": now().seconds(),
            "nbf": now().seconds(), "exp": now().seconds() + 60, "jti": "x"
        });
        change(&mut body);
        encode(header, &body, &EncodingKey::from_secret(KEY)).unwrap()
    }

    fn header() -> Header {
        Header { typ: Some(KIND.to_owned()), ..Header::new(Algorithm::HS256) }
    }

    #[test]
    fn what_was_signed_is_read_back() {
        let token = tokens().sign(&claims()).unwrap();
        assert_eq!(tokens().verify(&token, now()), Ok(claims()));
    }

    #[test]
    fn times_are_judged_by_the_given_clock() {
        let token = tokens().sign(&claims()).unwrap();
        let at = |seconds: u64| tokens().verify(&token, now().plus(Duration::from_secs(seconds)));
        assert!(at(3600).is_ok(), "within the leeway");
        assert_eq!(at(3606), Err(TokenError::Expired));
        let early = now().minus(Duration::from_secs(60));
        assert_eq!(tokens().verify(&token, early), Err(TokenError::Invalid));
    }

    #[test]
    fn every_pinned_claim_is_demanded() {
        assert!(tokens().verify(&forged(&header(), |_| {}), now()).is_ok());
        let changes: [(&str, Option<Value>); 21] = [
            ("iss", None),
            ("iss", Some(json!("somebody"))),
            ("aud", None),
            ("aud", Some(json!("another-api"))),
            ("exp", None),
            ("exp", Some(json!("soon"))),
            ("exp", Some(json!(i64::MAX))),
            ("nbf", None),
            ("sub", None),
            ("sub", Some(json!("8"))),
            ("user_id", Some(json!(0))),
            ("role", Some(json!("root"))),
            ("sid", Some(json!(-1))),
            ("gen", None),
            ("iat", None),
            ("aud", Some(json!(["alveole-api", "another-api"]))),
            ("iss", Some(json!(7))),
            ("sub", Some(json!("07"))),
            ("sub", Some(json!(7))),
            ("nbf", Some(json!(now().seconds() + 6))),
            ("username", None),
        ];
        for (name, value) in changes {
            let token = forged(&header(), |body| match value.clone() {
                Some(value) => body[name] = value,
                None => {
                    body.as_object_mut().unwrap().remove(name);
                }
            });
            assert_eq!(tokens().verify(&token, now()), Err(TokenError::Invalid), "{name}");
        }
    }

    #[test]
    fn other_algorithms_kinds_and_keys_are_refused() {
        let refuse = |token: &str| {
            assert_eq!(tokens().verify(token, now()), Err(TokenError::Invalid), "{token}");
        };
        refuse(&forged(&Header { typ: Some("JWT".to_owned()), ..header() }, |_| {}));
        refuse(&forged(&Header { typ: None, ..header() }, |_| {}));
        refuse(&forged(
            &Header { typ: Some(KIND.to_owned()), ..Header::new(Algorithm::HS384) },
            |_| {},
        ));
        let good = forged(&header(), |_| {});
        let parts: Vec<&str> = good.split('.').collect();
        for algorithm in ["none", "None", "RS256", "HS512"] {
            let head = json!({"alg": algorithm, "typ": KIND}).to_string();
            let head = URL_SAFE_NO_PAD.encode(head);
            refuse(&format!("{head}.{}.{}", parts[1], parts[2]));
            refuse(&format!("{head}.{}.", parts[1]));
        }
        let other = JwtTokens::hs256(&[9; 32], "alveole", "alveole-api").unwrap();
        refuse(&other.sign(&claims()).unwrap());
        refuse(&good[..good.len() - 1]);
        refuse(&format!("{}.{}", parts[0], parts[1]));
        let body = URL_SAFE_NO_PAD.encode(r#"{"user_id": 1}"#);
        refuse(&format!("{}.{body}.{}", parts[0], parts[2]));
    }

    /// Other libraries write the same header in another order; that is no reason to refuse it.
    #[test]
    fn the_header_is_judged_by_what_it_says() {
        let sign = |header: &str| {
            let body = URL_SAFE_NO_PAD.encode(
                json!({
                    "sub": "7", "user_id": 7, "username": "ada", "role": "admin", "sid": 9,
                    "gen": 3, "iss": "alveole", "aud": "alveole-api", "iat": now().seconds(),
                    "nbf": now().seconds(), "exp": now().seconds() + 60
                })
                .to_string(),
            );
            let message = format!("{}.{body}", URL_SAFE_NO_PAD.encode(header));
            let key = EncodingKey::from_secret(KEY);
            let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
            tokens().verify(&format!("{message}.{signature}"), now()).is_ok()
        };
        assert!(sign(r#"{"alg":"HS256","typ":"at+jwt"}"#));
        assert!(sign(r#"{ "alg": "HS256", "typ": "AT+JWT", "kid": "1" }"#));
        for header in [
            r#"{"alg":"HS256"}"#,
            r#"{"alg":"HS256","typ":"JWT"}"#,
            r#"{"alg":"HS256","typ":"at+jwt","crit":["exp"]}"#,
            r#"{"alg":"HS256","alg":"none","typ":"at+jwt"}"#,
            r#"{"alg":"none","typ":"at+jwt"}"#,
            r#"{"alg":"HS384","typ":"at+jwt"}"#,
            r#"{"alg":"RS256","typ":"at+jwt"}"#,
            r#"{"typ":"at+jwt"}"#,
            "[]",
            "",
        ] {
            assert!(!sign(header), "{header}");
        }
    }

    #[test]
    fn no_letter_of_a_token_can_be_changed_or_left_out() {
        let good = tokens().sign(&claims()).unwrap();
        for (at, letter) in good.char_indices() {
            let other = if letter == 'A' { 'B' } else { 'A' };
            let changed = format!("{}{other}{}", &good[..at], &good[at + 1..]);
            let cut = format!("{}{}", &good[..at], &good[at + 1..]);
            assert!(tokens().verify(&changed, now()).is_err(), "{changed}");
            assert!(tokens().verify(&cut, now()).is_err(), "{cut}");
            assert!(tokens().verify(&good[..at], now()).is_err(), "{}", &good[..at]);
        }
        assert!(tokens().verify(&format!("{good}."), now()).is_err());
        assert!(tokens().verify(&format!("{good}="), now()).is_err());
        assert!(tokens().verify(&format!(" {good}"), now()).is_err());
        assert!(tokens().verify(&format!("x.{good}"), now()).is_err());
    }

    #[test]
    fn short_keys_are_refused() {
        assert!(JwtTokens::hs256(&[1; 31], "a", "b").is_err());
    }

    #[test]
    fn secrets_are_long_and_never_the_same() {
        let (a, b) = (tokens().secret(), tokens().secret());
        assert_eq!(a.len(), 43);
        assert_ne!(a, b);
        assert_ne!(tokens().digest(&a), tokens().digest(&b));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn no_text_is_a_token_and_none_panics(raw in ".{0,200}") {
            prop_assert_eq!(tokens().verify(&raw, now()), Err(TokenError::Invalid));
        }

        /// The same, past the header and the signature.
        #[test]
        fn no_payload_panics(raw in ".{0,200}", number in any::<i64>(), name in 0_usize..7) {
            let key = ["exp", "nbf", "iat", "sid", "user_id", "gen", "sub"][name];
            let token = forged(&header(), |body| body[key] = json!(number));
            let _ = tokens().verify(&token, now());
            let message = format!("{}.{}", tokens().written_header, URL_SAFE_NO_PAD.encode(&raw));
            let signature =
                crypto::sign(message.as_bytes(), &EncodingKey::from_secret(KEY), Algorithm::HS256);
            let token = format!("{message}.{}", signature.unwrap());
            prop_assert_eq!(tokens().verify(&token, now()), Err(TokenError::Invalid));
        }
    }
}
