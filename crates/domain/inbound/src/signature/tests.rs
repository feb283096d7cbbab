use super::*;

const HELLO: &[u8] = b"Hello, World!";
/// GitHub's documentation, "Testing the webhook payload validation".
const GITHUB: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
/// The test vector that the libraries of Standard Webhooks share.
const STANDARD_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const STANDARD_SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const STANDARD_BODY: &[u8] = br#"{"test": 2432232314}"#;
/// Made by Stripe's own library for Python.
const STRIPE_BODY: &[u8] = br#"{"id": "evt_test_webhook", "object": "event"}"#;
const STRIPE: &str = "0cac46e9221c2ad9559c2bed6e1e315d29151cd528f5b7a641b0d382a2ef34c2";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000).unwrap()
}

fn headers(pairs: &[(&str, &str)]) -> Headers {
    Headers::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn secret(raw: &str, scheme: Scheme) -> Secret {
    Secret::parse(raw, scheme).unwrap()
}

fn github(value: &str, body: &[u8]) -> Result<(), SignatureError> {
    let headers = headers(&[("x-hub-signature-256", value)]);
    let secrets = ["another secret of the source", "It's a Secret to Everybody"]
        .map(|raw| secret(raw, Scheme::Github));
    Claim::read(Scheme::Github, None, &headers, at(0))?.verify(&secrets, body)
}

fn standard(id: &str, time: &str, value: &str, now: i64) -> Result<(), SignatureError> {
    let pairs = [("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", value)];
    let claim = Claim::read(Scheme::Standard, None, &headers(&pairs), at(now))?;
    claim.verify(&[secret(STANDARD_SECRET, Scheme::Standard)], STANDARD_BODY)
}

fn stripe(value: &str, now: i64) -> Result<(), SignatureError> {
    let claim =
        Claim::read(Scheme::Stripe, None, &headers(&[("stripe-signature", value)]), at(now))?;
    claim.verify(&[secret("whsec_test_secret", Scheme::Stripe)], STRIPE_BODY)
}

#[test]
fn v1_githubs_published_vector_verifies_and_nothing_near_it() {
    assert_eq!(github(&format!("sha256={GITHUB}"), HELLO), Ok(()));
    assert_eq!(github(&format!("sha256={}", GITHUB.to_uppercase()), HELLO), Ok(()));
    for place in 0..HELLO.len() {
        let mut altered = HELLO.to_vec();
        altered[place] ^= 1;
        let answer = github(&format!("sha256={GITHUB}"), &altered);
        assert_eq!(answer, Err(SignatureError::Invalid), "byte {place}");
    }
    for value in ["", "sha256=", GITHUB, &format!("sha1={GITHUB}"), &format!("sha256={GITHUB}0")] {
        assert_eq!(github(value, HELLO), Err(SignatureError::Invalid), "{value}");
    }
    let none = Claim::read(Scheme::Github, None, &headers(&[]), at(0));
    assert_eq!(none, Err(SignatureError::Missing));
}

#[test]
fn v1_the_published_vector_of_standard_webhooks_verifies() {
    let (id, now) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330);
    assert_eq!(standard(id, "1614265330", STANDARD_SIGNATURE, now), Ok(()));
    let several = format!("v1a,xx v1,AAAA {STANDARD_SIGNATURE} v1,");
    assert_eq!(standard(id, "1614265330", &several, now + 300), Ok(()));
    for (id, time) in [("msg_other", "1614265330"), (id, "1614265331"), (id, "01614265330")] {
        let answer = standard(id, time, STANDARD_SIGNATURE, now);
        assert_eq!(answer, Err(SignatureError::Invalid), "{id} {time}");
    }
    for apart in [301, -301] {
        let answer = standard(id, "1614265330", STANDARD_SIGNATURE, now + apart);
        assert_eq!(answer, Err(SignatureError::TimestampOutside));
    }
    for time in ["", "x", "-1", "1614265330.0", "9999999999999999999999"] {
        let answer = standard(id, time, STANDARD_SIGNATURE, now);
        assert_eq!(answer, Err(SignatureError::Invalid), "{time}");
    }
}

#[test]
fn v1_stripes_header_has_one_time_and_any_number_of_signatures() {
    let (now, other) = (1_760_000_000, "0".repeat(64));
    assert_eq!(stripe(&format!("t=1760000000,v1={STRIPE}"), now), Ok(()));
    let several = format!("t=1760000000,v0={other},v1={other},v1={STRIPE},v2=x");
    assert_eq!(stripe(&several, now - 300), Ok(()));
    for value in [
        format!("v1={STRIPE}"),
        "t=1760000000".to_owned(),
        format!("t=1760000000,v0={STRIPE}"),
        format!("t=1760000001,v1={STRIPE}"),
        format!("t=1760000000,t=1760000000,v1={STRIPE}"),
        format!("t=x,v1={STRIPE}"),
        String::new(),
    ] {
        assert_eq!(stripe(&value, now), Err(SignatureError::Invalid), "{value}");
    }
    let old = stripe(&format!("t=1760000000,v1={STRIPE}"), now + 301);
    assert_eq!(old, Err(SignatureError::TimestampOutside));
}

#[test]
fn v1_a_plain_hmac_is_hexadecimal_in_the_header_that_the_source_names() {
    let key = [secret("It's a Secret to Everybody", Scheme::Hmac)];
    let shop = HeaderName::parse("X-Shop-Signature").unwrap();
    for (header, sent) in [(Some(&shop), "x-shop-signature"), (None, DEFAULT_HEADER)] {
        for value in [GITHUB.to_owned(), format!("sha256={GITHUB}")] {
            let claim =
                Claim::read(Scheme::Hmac, header, &headers(&[(sent, &value)]), at(0)).unwrap();
            assert_eq!(claim.verify(&key, HELLO), Ok(()));
            assert_eq!(claim.verify(&key, b"Hello, world!"), Err(SignatureError::Invalid));
            assert_eq!(claim.verify(&[], HELLO), Err(SignatureError::Invalid));
        }
    }
}
