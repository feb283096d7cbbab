//! Second factors: time-based one-time passwords (RFC 6238 over RFC 4226), and recovery codes.
//!
//! Codes have six digits of HMAC-SHA-1 and change every 30 seconds: that is what every app reads;
//! several ignore it when a URL asks for anything else.
//!
//! Two keys are derived from the one that the operator gives (HKDF-SHA-256): one encrypts secrets
//! (AES-256-GCM, bound to their account), the other keys the hashes of recovery codes. So a copy of
//! the database alone gives no code, and a secret that is moved to another account opens nothing. A
//! third value that is derived in the same way marks the key, so that servers can compare theirs.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    constant_time::verify_slices_are_equal,
    error::Unspecified,
    hkdf, hmac,
};
use kernel::{Timestamp, UserId};
use users::{
    factor::{RECOVERY_ALPHABET, RECOVERY_LENGTH, Sealed},
    ports::{Factors, HashError, NewSecret},
    values::{Digest, Username},
};

use crate::picture;

/// Bytes of a secret: 160 bits, as long as the hash (RFC 4226 §4, R6).
const SECRET: usize = 20;
/// How long a code stands on a device, in seconds.
const PERIOD: i64 = 30;
/// How many steps a device's clock, or the way here, may be off.
const SLACK: i64 = 1;
/// The form of what is sealed, so that another one can come.
const FORM: u8 = 1;
/// The shortest key.
pub const KEY_MIN: usize = 32;

/// The key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the encryption key has fewer than 32 bytes")]
pub struct WeakEncryptionKey;

/// Makes and reads second factors.
pub struct TotpFactors {
    seal: LessSafeKey,
    digests: hmac::Key,
    mark: Digest,
    issuer: String,
}

fn failed(what: &'static str) -> impl Fn(Unspecified) -> HashError {
    move |_| HashError::Failed(what.to_owned())
}

/// So many random bytes.
#[expect(clippy::expect_used, reason = "without randomness nothing here is safe to go on")]
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// What a sealed secret is bound to.
fn bound_to(user: UserId) -> Aad<Vec<u8>> {
    Aad::from(format!("totp {user}").into_bytes())
}

impl TotpFactors {
    /// With the operator's key of at least 32 bytes; `issuer` is how devices call us.
    pub fn new(key: &[u8], issuer: &str) -> Result<Self, WeakEncryptionKey> {
        if key.len() < KEY_MIN {
            return Err(WeakEncryptionKey);
        }
        let keys = hkdf::Salt::new(hkdf::HKDF_SHA256, b"alveole.factors.v1").extract(key);
        let seal = keys.expand(&[b"seal"], &AES_256_GCM).map_err(|_| WeakEncryptionKey)?;
        let digests =
            keys.expand(&[b"recovery"], hmac::HMAC_SHA256).map_err(|_| WeakEncryptionKey)?;
        let mut mark = Digest::default();
        let marked = keys.expand(&[b"mark"], hmac::HMAC_SHA256).map_err(|_| WeakEncryptionKey)?;
        let tag = hmac::sign(&hmac::Key::from(marked), b"which key");
        mark.copy_from_slice(tag.as_ref());
        Ok(Self {
            seal: LessSafeKey::new(UnboundKey::from(seal)),
            digests: hmac::Key::from(digests),
            mark,
            issuer: issuer.to_owned(),
        })
    }

    fn seal(&self, user: UserId, secret: &[u8]) -> Result<Sealed, HashError> {
        // Random: 2^32 secrets under one key are far away.
        let nonce: [u8; NONCE_LEN] = random();
        let mut text = secret.to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.seal
            .seal_in_place_append_tag(unique, bound_to(user), &mut text)
            .map_err(failed("the secret cannot be sealed"))?;
        let mut sealed = vec![FORM];
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut text);
        Ok(Sealed::new(sealed))
    }

    fn open(&self, user: UserId, sealed: &Sealed) -> Result<Vec<u8>, HashError> {
        let wrong =
            failed("a second factor's secret cannot be read: was auth.encryption_key changed?");
        let Some((&FORM, rest)) = sealed.expose().split_first() else {
            return Err(wrong(Unspecified));
        };
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(Unspecified).map_err(&wrong)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(&wrong)?;
        let mut text = text.to_vec();
        let secret = self.seal.open_in_place(nonce, bound_to(user), &mut text).map_err(&wrong)?;
        Ok(secret.to_vec())
    }
}

/// The number that a code of so many digits shows at a step (RFC 4226 §5.3).
fn code_at(secret: &[u8], step: i64, digits: usize) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let hash = tag.as_ref();
    let at = usize::from(hash.last().copied().unwrap_or_default() & 0x0f);
    let word = hash.iter().skip(at).take(4).fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    let number = u64::from(word & 0x7fff_ffff) % 10_u64.pow(u32::try_from(digits).unwrap_or(6));
    format!("{number:0digits$}")
}

/// RFC 4648 §6, without padding.
fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    for group in bytes.chunks(5) {
        let word = group.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        let word = word << (8 * (5 - group.len()));
        for place in 0..(group.len() * 8).div_ceil(5) {
            let index = (word >> (35 - 5 * place)) & 31;
            let letter = usize::try_from(index).ok().and_then(|index| ALPHABET.get(index));
            text.extend(letter.map(|letter| char::from(*letter)));
        }
    }
    text
}

/// Everything but letters, digits and `-._~` (RFC 3986 §2.3).
fn percent(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

impl Factors for TotpFactors {
    fn secret(&self, user: UserId) -> Result<NewSecret, HashError> {
        let secret: [u8; SECRET] = random();
        Ok(NewSecret { text: base32(&secret), sealed: self.seal(user, &secret)? })
    }

    fn step(
        &self,
        user: UserId,
        secret: &Sealed,
        code: &str,
        after: i64,
        now: Timestamp,
    ) -> Result<Option<i64>, HashError> {
        let secret = self.open(user, secret)?;
        let current = now.seconds().div_euclid(PERIOD);
        // All are looked at, whichever it is.
        let mut found = None;
        for step in current - SLACK..=current + SLACK {
            let right = code_at(&secret, step, 6);
            let equal = verify_slices_are_equal(right.as_bytes(), code.as_bytes()).is_ok();
            if equal && step > after {
                found = Some(step);
            }
        }
        Ok(found)
    }

    fn url(&self, account: &Username, secret: &str) -> String {
        let (issuer, account) = (percent(&self.issuer), percent(account.as_str()));
        format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}\
             &algorithm=SHA1&digits=6&period={PERIOD}"
        )
    }

    fn picture(&self, url: &str) -> Result<String, HashError> {
        picture::data_url(url)
            .ok_or_else(|| HashError::Failed("the URL does not fit into a QR code".to_owned()))
    }

    fn recovery_code(&self) -> String {
        let random: [u8; RECOVERY_LENGTH] = random();
        // 32 letters, so each five bits are one, and all alike.
        let letter = |byte: &u8| RECOVERY_ALPHABET.get(usize::from(byte & 31)).copied();
        random.iter().filter_map(letter).map(char::from).collect()
    }

    fn key_mark(&self) -> Digest {
        self.mark
    }

    fn recovery_digest(&self, user: UserId, code: &str) -> Digest {
        let tag = hmac::sign(&self.digests, format!("{user} {code}").as_bytes());
        let mut digest = [0; 32];
        digest.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        digest
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const KEY: &[u8] = b"a key of thirty-two bytes or more";

    fn factors() -> TotpFactors {
        TotpFactors::new(KEY, "Alveole & friends").unwrap()
    }

    fn user(id: i64) -> UserId {
        UserId::parse(id).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    /// RFC 4226, appendix D.
    #[test]
    fn counters_give_the_codes_of_the_standard() {
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (counter, code) in (0..).zip(expected) {
            assert_eq!(code_at(b"12345678901234567890", counter, 6), code);
        }
    }

    /// RFC 6238, appendix B (SHA-1).
    #[test]
    fn times_give_the_codes_of_the_standard() {
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000_i64, "65353130"),
        ] {
            assert_eq!(code_at(b"12345678901234567890", seconds / PERIOD, 8), code);
            // and through the port, with the six last digits
            let factors = factors();
            let sealed = factors.seal(user(1), b"12345678901234567890").unwrap();
            let step = factors.step(user(1), &sealed, &code[2..], 0, at(seconds)).unwrap();
            assert_eq!(step, Some(seconds / PERIOD));
        }
    }

    /// RFC 4648, §10.
    #[test]
    fn secrets_are_written_as_the_standard_says() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_and_late_and_never_before_the_last() {
        let factors = factors();
        let secret = [7; SECRET];
        let sealed = factors.seal(user(1), &secret).unwrap();
        let now = at(30 * 1000 + 29);
        let step = |step: i64, after: i64| {
            let code = code_at(&secret, step, 6);
            factors.step(user(1), &sealed, &code, after, now).unwrap()
        };
        for (of, good) in [(998, false), (999, true), (1000, true), (1001, true), (1002, false)] {
            assert_eq!(step(of, 0), good.then_some(of), "{of}");
        }
        assert_eq!((step(999, 999), step(1000, 1000), step(1000, 999)), (None, None, Some(1000)));
        for wrong in ["", "12345", "1234567", "      "] {
            assert_eq!(factors.step(user(1), &sealed, wrong, 0, now).unwrap(), None);
        }
    }

    #[test]
    fn a_secret_opens_for_its_account_and_key_only() {
        let ours = factors();
        let NewSecret { text, sealed } = ours.secret(user(1)).unwrap();
        assert_eq!(text.len(), 32);
        assert_eq!(base32(&ours.open(user(1), &sealed).unwrap()), text);
        assert!(ours.open(user(2), &sealed).is_err(), "it is bound to its account");
        let others = TotpFactors::new(b"another key of thirty-two bytes or", "x").unwrap();
        assert!(others.open(user(1), &sealed).is_err());
        for place in 0..sealed.expose().len() {
            let mut bytes = sealed.expose().to_vec();
            bytes[place] ^= 1;
            assert!(ours.open(user(1), &Sealed::new(bytes)).is_err(), "byte {place}");
        }
        for length in 0..sealed.expose().len() {
            let short = Sealed::new(sealed.expose()[..length].to_vec());
            assert!(ours.step(user(1), &short, "123456", 0, at(0)).is_err());
        }
        assert_ne!(sealed, ours.seal(user(1), &ours.open(user(1), &sealed).unwrap()).unwrap());
        assert!(TotpFactors::new(&KEY[..31], "x").is_err());
    }

    #[test]
    fn recovery_codes_differ_and_their_digests_are_keyed() {
        let ours = factors();
        let codes: BTreeSet<String> = (0..1000).map(|_| ours.recovery_code()).collect();
        assert_eq!(codes.len(), 1000);
        for code in &codes {
            let read = users::factor::FactorCode::parse(code);
            assert_eq!(read, Ok(users::factor::FactorCode::Recovery(code.clone())));
        }
        let digest = ours.recovery_digest(user(1), "7kq2mx9d4t");
        assert_eq!(digest, factors().recovery_digest(user(1), "7kq2mx9d4t"));
        assert_ne!(digest, ours.recovery_digest(user(2), "7kq2mx9d4t"));
        let others = TotpFactors::new(b"another key of thirty-two bytes or", "x").unwrap();
        assert_ne!(digest, others.recovery_digest(user(1), "7kq2mx9d4t"));
    }

    #[test]
    fn the_url_names_issuer_and_account() {
        let account = Username::parse("Ada.Lovelace-1_2").unwrap();
        let url = factors().url(&account, "MZXW6YTBOI");
        assert_eq!(
            url,
            "otpauth://totp/Alveole%20%26%20friends:Ada.Lovelace-1_2?secret=MZXW6YTBOI\
             &issuer=Alveole%20%26%20friends&algorithm=SHA1&digits=6&period=30"
        );
        assert!(factors().picture(&url).unwrap().starts_with("data:image/png;base64,"));
        assert!(factors().picture(&"x".repeat(5000)).is_err());
    }
}
