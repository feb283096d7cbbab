use jsonwebtoken::{encode, jwk::Jwk};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const KIND: &str = Kind::Access.typ();
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
    assert!(sign(r#"{ "alg": "HS256", "typ": "AT+JWT" }"#));
    for header in [
        r#"{"alg":"HS256","typ":"at+jwt","kid":"1"}"#,
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
        let message = format!("{}.{}", super::header(Algorithm::HS256, None, Kind::Access), URL_SAFE_NO_PAD.encode(&raw));
        let signature =
            crypto::sign(message.as_bytes(), &EncodingKey::from_secret(KEY), Algorithm::HS256);
        let token = format!("{message}.{}", signature.unwrap());
        prop_assert_eq!(tokens().verify(&token, now()), Err(TokenError::Invalid));
    }
}

/// Forgeries against a ring, one by one.
mod ring {
    use super::*;

    const OLD: &[u8] = b"fedcba9876543210fedcba9876543210";

    /// A signing key, one to come and one that signed before.
    struct Ring {
        keys: [TokenKey; 3],
    }

    impl Ring {
        fn make() -> Self {
            Self { keys: std::array::from_fn(|_| TokenKey::generate().unwrap()) }
        }

        fn ring(&self, states: [KeyState; 3]) -> KeyRing {
            let copies = self.keys.iter().map(|key| key.to_pem().unwrap());
            let keys = copies.map(|pem| TokenKey::from_pem(&pem).unwrap());
            KeyRing::new(states.into_iter().zip(keys).collect()).unwrap()
        }

        fn tokens(&self) -> JwtTokens {
            self.accepting(None)
        }

        fn accepting(&self, before: Option<&[u8]>) -> JwtTokens {
            let ring = self.ring([KeyState::Signing, KeyState::Next, KeyState::Verifying]);
            JwtTokens::eddsa(ring, before, "alveole", "alveole-api").unwrap()
        }

        fn header(&self, number: usize) -> Value {
            json!({"alg": "EdDSA", "typ": KIND, "kid": self.keys[number].kid()})
        }

        /// A token with this header, signed by one of the keys.
        fn signed(&self, header: &Value, number: usize) -> String {
            let message = message(header);
            let signature = self.keys[number].sign(message.as_bytes()).unwrap();
            format!("{message}.{signature}")
        }
    }

    fn message(header: &Value) -> String {
        let body = json!({
            "sub": "7", "user_id": 7, "username": "ada", "role": "admin", "sid": 9, "gen": 3,
            "iss": "alveole", "aud": "alveole-api", "iat": now().seconds(),
            "nbf": now().seconds(), "exp": now().seconds() + 60
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}", part(header), part(&body))
    }

    fn by_secret(header: &Value, secret: &[u8]) -> String {
        let message = message(header);
        let key = EncodingKey::from_secret(secret);
        let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
        format!("{message}.{signature}")
    }

    #[track_caller]
    fn refused(tokens: &JwtTokens, token: &str) {
        assert_eq!(tokens.verify(token, now()), Err(TokenError::Invalid), "{token}");
    }

    #[test]
    fn what_was_signed_is_read_back() {
        let tokens = Ring::make().tokens();
        let token = tokens.sign(&claims()).unwrap();
        assert_eq!(tokens.verify(&token, now()), Ok(claims()));
        let header = decode_header(&token).unwrap();
        assert_eq!(header.alg, Algorithm::EdDSA);
        assert_eq!(header.typ.as_deref(), Some(KIND));
    }

    #[test]
    fn every_key_of_the_ring_checks_and_one_signs() {
        let ring = Ring::make();
        let tokens = ring.tokens();
        for number in 0..3 {
            assert!(tokens.verify(&ring.signed(&ring.header(number), number), now()).is_ok());
        }
        let kid = decode_header(tokens.sign(&claims()).unwrap()).unwrap().kid;
        assert_eq!(kid.as_deref(), Some(ring.keys[0].kid()));
    }

    #[test]
    fn the_order_of_the_header_and_other_members_do_not_matter() {
        let ring = Ring::make();
        let mut header = ring.header(0);
        header["cty"] = json!("x");
        header["typ"] = json!("AT+JWT");
        assert!(ring.tokens().verify(&ring.signed(&header, 0), now()).is_ok());
    }

    #[test]
    fn a_public_key_is_no_secret_to_sign_with() {
        let ring = Ring::make();
        let public = ring.keys[0].public();
        let pem = {
            // SubjectPublicKeyInfo, as a library would read it from a file.
            let mut der = vec![0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
            der.extend(public);
            let body = base64::engine::general_purpose::STANDARD.encode(der);
            format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
        };
        let jwk = ring.tokens().public_set();
        let x = URL_SAFE_NO_PAD.encode(public);
        for tokens in [ring.tokens(), ring.accepting(Some(OLD))] {
            for secret in [public, pem.as_bytes(), jwk.as_bytes(), x.as_bytes()] {
                for algorithm in ["HS256", "EdDSA"] {
                    let mut header = ring.header(0);
                    header["alg"] = json!(algorithm);
                    refused(&tokens, &by_secret(&header, secret));
                    header.as_object_mut().unwrap().remove("kid");
                    refused(&tokens, &by_secret(&header, secret));
                }
            }
        }
    }

    #[test]
    fn the_algorithm_is_the_keys_not_the_tokens() {
        let ring = Ring::make();
        for algorithm in ["none", "None", "NONE", "HS256", "HS512", "ES256", "RS256", "eddsa", ""] {
            let mut header = ring.header(0);
            header["alg"] = json!(algorithm);
            let token = ring.signed(&header, 0);
            refused(&ring.tokens(), &token);
            let (message, _) = token.rsplit_once('.').unwrap();
            refused(&ring.tokens(), &format!("{message}."));
            refused(&ring.tokens(), message);
        }
        let mut header = ring.header(0);
        header.as_object_mut().unwrap().remove("alg");
        refused(&ring.tokens(), &ring.signed(&header, 0));
    }

    #[test]
    fn a_key_must_be_named_and_known() {
        let ring = Ring::make();
        let kids = [json!(TokenKey::generate().unwrap().kid()), json!(""), json!("../x"), json!(1)];
        for kid in kids {
            let mut header = ring.header(0);
            header["kid"] = kid;
            refused(&ring.tokens(), &ring.signed(&header, 0));
        }
        let mut header = ring.header(0);
        header.as_object_mut().unwrap().remove("kid");
        refused(&ring.tokens(), &ring.signed(&header, 0));
    }

    #[test]
    fn a_key_does_not_sign_in_the_name_of_another() {
        let ring = Ring::make();
        refused(&ring.tokens(), &ring.signed(&ring.header(0), 1));
        let stranger = Ring::make();
        refused(&ring.tokens(), &stranger.signed(&ring.header(0), 0));
        refused(&ring.tokens(), &stranger.signed(&stranger.header(0), 0));
    }

    /// RFC 8725 §3.10: what a token brings is not to be trusted; RFC 7515 §4.1.11: what must be
    /// understood and is not, refuses the token.
    #[test]
    fn a_token_brings_no_key_and_no_extension() {
        let ring = Ring::make();
        let set: Value = serde_json::from_str(&ring.tokens().public_set()).unwrap();
        for (name, value) in [
            ("jku", json!("https://evil.example/jwks.json")),
            ("x5u", json!("https://evil.example/cert.pem")),
            ("x5c", json!(["AA=="])),
            ("jwk", set["keys"][0].clone()),
            ("crit", json!(["exp"])),
            ("crit", json!([])),
        ] {
            let mut header = ring.header(0);
            header[name] = value;
            refused(&ring.tokens(), &ring.signed(&header, 0));
        }
        // Its own key, in the header: the classic.
        let stranger = Ring::make();
        let mut header = stranger.header(0);
        let own: Value = serde_json::from_str(&stranger.tokens().public_set()).unwrap();
        header["jwk"] = own["keys"][0].clone();
        refused(&ring.tokens(), &stranger.signed(&header, 0));
    }

    #[test]
    fn kinds_exclude_one_another() {
        let ring = Ring::make();
        for tokens in [ring.tokens(), super::tokens()] {
            for made in Kind::ALL {
                let token = tokens.seal(made, &json!({"a": 1})).unwrap();
                for wanted in Kind::ALL {
                    let read = tokens.open::<Value>(wanted, &token);
                    assert_eq!(read.is_some(), made == wanted, "{made:?} as {wanted:?}");
                }
            }
        }
        let mut header = ring.header(0);
        for kind in
            [json!("JWT"), json!(""), json!(null), json!("mfa+jwt"), json!("application/at+jwt")]
        {
            header["typ"] = kind;
            refused(&ring.tokens(), &ring.signed(&header, 0));
        }
    }

    #[test]
    fn algorithms_of_the_other_configuration_are_refused() {
        let ring = Ring::make();
        refused(&super::tokens(), &ring.tokens().sign(&claims()).unwrap());
        refused(&ring.tokens(), &super::tokens().sign(&claims()).unwrap());
    }

    #[test]
    fn the_secret_of_before_is_taken_while_it_is_wanted() {
        let ring = Ring::make();
        let old = JwtTokens::hs256(OLD, "alveole", "alveole-api").unwrap();
        let token = old.sign(&claims()).unwrap();
        assert_eq!(ring.accepting(Some(OLD)).verify(&token, now()), Ok(claims()));
        refused(&ring.tokens(), &token);
        refused(&ring.accepting(Some(KEY)), &token);
        // It has no name, and takes none.
        refused(
            &ring.accepting(Some(OLD)),
            &by_secret(
                &{
                    let mut header = ring.header(0);
                    header["alg"] = json!("HS256");
                    header
                },
                OLD,
            ),
        );
        assert!(
            JwtTokens::eddsa(
                ring.ring([KeyState::Signing, KeyState::Next, KeyState::Next]),
                Some(b"short"),
                "a",
                "b"
            )
            .is_err()
        );
    }

    #[test]
    fn another_ring_is_used_immediately() {
        let ring = Ring::make();
        let tokens = ring.accepting(Some(OLD));
        let old = tokens.sign(&claims()).unwrap();
        let same = ring.ring([KeyState::Signing, KeyState::Next, KeyState::Verifying]);
        assert!(!tokens.use_ring(same));
        assert!(tokens.use_ring(ring.ring([
            KeyState::Verifying,
            KeyState::Signing,
            KeyState::Verifying
        ])));
        assert!(tokens.verify(&old, now()).is_ok());
        let new = tokens.sign(&claims()).unwrap();
        assert_eq!(decode_header(&new).unwrap().kid.as_deref(), Some(ring.keys[1].kid()));
        assert!(tokens.use_ring(ring.ring([
            KeyState::Retired,
            KeyState::Signing,
            KeyState::Retired
        ])));
        refused(&tokens, &old);
        assert!(tokens.verify(&new, now()).is_ok());
        assert!(!tokens.public_set().contains(ring.keys[0].kid()));
        let before = JwtTokens::hs256(OLD, "alveole", "alveole-api").unwrap();
        assert!(tokens.verify(&before.sign(&claims()).unwrap(), now()).is_ok(), "still taken");
    }

    #[test]
    fn no_letter_of_a_token_can_be_changed_or_left_out() {
        let tokens = Ring::make().tokens();
        let good = tokens.sign(&claims()).unwrap();
        for (at, letter) in good.char_indices() {
            let other = if letter == 'A' { 'B' } else { 'A' };
            refused(&tokens, &format!("{}{other}{}", &good[..at], &good[at + 1..]));
            refused(&tokens, &format!("{}{}", &good[..at], &good[at + 1..]));
        }
        refused(&tokens, &format!("{good}="));
        refused(&tokens, &format!("{good}."));
    }

    /// What we publish is what others need: the library's own way from a JWK to a verdict.
    #[test]
    fn the_published_set_verifies_our_tokens() {
        let ring = Ring::make();
        let tokens = ring.tokens();
        let token = tokens.sign(&claims()).unwrap();
        let set: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&tokens.public_set()).unwrap();
        assert_eq!(set.keys.len(), 3);
        let kid = decode_header(&token).unwrap().kid.unwrap();
        let jwk: &Jwk = set.find(&kid).unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let key = DecodingKey::from_jwk(jwk).unwrap();
        let genuine = crypto::verify(signature, message.as_bytes(), &key, Algorithm::EdDSA);
        assert!(matches!(genuine, Ok(true)));
        assert_eq!(super::tokens().public_set(), r#"{"keys":[]}"#);
    }
}
