use super::*;

/// RFC 8037, appendix A.
const D: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const KID: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
/// What `openssl genpkey` would write of the same key.
const PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";

fn set(jwk: &str) -> String {
    format!(r#"{{"keys":[{jwk}]}}"#)
}

fn private() -> String {
    format!(
        r#"{{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"{KID}","x":"{X}","d":"{D}","state":"signing"}}"#
    )
}

#[test]
fn the_key_of_rfc_8037_has_the_name_and_the_signature_that_stand_there() {
    let key = TokenKey::from_pem(PEM).unwrap();
    assert_eq!((key.kid(), key.x.as_str()), (KID, X));
    assert_eq!(key.to_pem().unwrap(), PEM);
    let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    assert_eq!(
        key.sign(message).unwrap(),
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    );
}

#[test]
fn a_ring_goes_through_its_private_set_and_back() {
    let keys = [KeyState::Verifying, KeyState::Signing, KeyState::Next]
        .map(|state| (state, TokenKey::generate().unwrap()));
    let ring = KeyRing::new(keys.into()).unwrap();
    let back = KeyRing::from_private_set(&ring.to_private_set().unwrap()).unwrap();
    assert_eq!(ring.says(), back.says());
    assert_eq!(ring.public_set(), back.public_set());
}

#[test]
fn nothing_private_is_published_or_shown() {
    let ring = KeyRing::from_private_set(&set(&private())).unwrap();
    let published = ring.public_set();
    assert!(published.contains(X) && published.contains(KID));
    for text in [published, format!("{ring:?}")] {
        assert!(!text.contains(D) && !text.contains("\"d\""), "{text}");
    }
}

#[test]
fn sets_that_make_no_ring_are_refused_without_showing_them() {
    let good = private();
    assert!(KeyRing::from_private_set(&set(&good)).is_ok());
    let wrong = [
        String::new(),
        "{}".to_owned(),
        set(""),
        set(&format!("{good},{good}")),
        set(&good.replace("signing", "next")),
        set(&good.replace("signing", "retired")),
        set(&good.replace(r#","state":"signing""#, "")),
        set(&good.replace("EdDSA", "HS256")),
        set(&good.replace("Ed25519", "X25519")),
        set(&good.replace("OKP", "EC")),
        set(&good.replace("\"sig\"", "\"enc\"")),
        set(&good.replace(KID, &KID.replace("kPrK", "kPrL"))),
        set(&good.replace(X, &X.replace("11qY", "11qZ"))),
        set(&good.replace(&format!(r#","d":"{D}""#), "")),
        set(&good.replace(D, &D[..40])),
    ];
    for text in wrong {
        let error = KeyRing::from_private_set(&text).unwrap_err().to_string();
        assert!(!error.contains("nWGxne"), "{error}");
    }
}

#[test]
fn texts_that_are_no_key_are_refused() {
    let rsa = PEM.replace("MC4CAQAwBQYDK2Vw", "MC4CAQAwBQYDK2Vx");
    for text in ["", "x", PEM_HEAD, &PEM.replace("MC4", "MC5"), &rsa, &PEM[..60]] {
        assert_eq!(TokenKey::from_pem(text).unwrap_err(), KeyError::Pem, "{text}");
    }
}
