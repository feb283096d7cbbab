//! A phone number that waits for its code. Pure: time is an argument.
//!
//! The code goes to the number, so who types it in has the phone. It has six digits, which is little: it works
//! for ten minutes, bears five tries, and is kept only as a keyed digest that binds it to account and number.

use std::{fmt, time::Duration};

use kernel::{KeyedDigest, PhoneNumber, Timestamp, UserId};

use crate::values::Digest;

/// How long a request waits for its text to be sent.
pub const REQUEST_TTL: Duration = Duration::from_secs(60 * 60);
/// How long a code works.
pub const CODE_TTL: Duration = Duration::from_secs(10 * 60);
/// The wrong codes that a request bears. Another text of the same request brings no more.
pub const TRIES: u32 = 5;

/// What codes are digested for.
const PURPOSE: &str = "phone code";
/// As many codes as there are.
const CODES: u64 = 1_000_000;

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the six digits of the text message")]
pub struct PhoneCodeError;

/// Six digits.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneCode(String);

impl PhoneCode {
    /// The only way in; trimmed.
    pub fn parse(raw: &str) -> Result<Self, PhoneCodeError> {
        let raw = raw.trim();
        if raw.len() == 6 && raw.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(raw.to_owned()))
        } else {
            Err(PhoneCodeError)
        }
    }

    /// Made of random bytes. Of 2^64 numbers each code has as many as any other, but for one in 10^13.
    pub fn draw(random: &Digest) -> Self {
        let (first, _) = random.split_at(8);
        let number = first.iter().fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        Self(format!("{:06}", number % CODES))
    }

    /// For the text message only.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What stores keep of it.
    pub fn digest(&self, digests: &dyn KeyedDigest, user: UserId, phone: &PhoneNumber) -> Digest {
        let user = user.get().to_be_bytes();
        digests.digest(PURPOSE, &[&user, phone.as_str().as_bytes(), self.0.as_bytes()])
    }
}

/// Never shows the code.
impl fmt::Debug for PhoneCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneCode(…)")
    }
}

/// A number that waits for its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneChange {
    /// Whose number it is to be.
    pub user: UserId,
    /// The number.
    pub phone: PhoneNumber,
    /// The digest of the code that was drawn last; none before the first.
    pub code: Option<Digest>,
    /// Wrong codes so far.
    pub failed: u32,
    /// When it was asked for, which tells one request from another.
    pub asked_at: Timestamp,
    /// When the code ends; before there is one, when the request does.
    pub expires_at: Timestamp,
}

/// What a try was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// The right code.
    Right,
    /// A wrong one; it counts.
    Wrong,
    /// It was not judged: the code is over, was tried too often, or was never drawn.
    Void,
}

impl PhoneChange {
    /// A request, without a code yet.
    pub fn asked(user: UserId, phone: PhoneNumber, at: Timestamp) -> Self {
        let expires_at = at.plus(REQUEST_TTL);
        Self { user, phone, code: None, failed: 0, asked_at: at, expires_at }
    }

    /// True while a text of it may still be sent.
    pub fn may_be_sent(&self, now: Timestamp) -> bool {
        now < self.asked_at.plus(REQUEST_TTL) && self.failed < TRIES
    }

    /// With a new code, which voids the one before. The tries stay counted.
    #[must_use]
    pub fn with_code(self, digest: Digest, now: Timestamp) -> Self {
        Self { code: Some(digest), expires_at: now.plus(CODE_TTL), ..self }
    }

    /// Judges a code by its digest, and counts it if it is wrong.
    pub fn judge(&mut self, digest: &Digest, now: Timestamp) -> Tried {
        let Some(right) = self.code.filter(|_| now < self.expires_at && self.failed < TRIES) else {
            return Tried::Void;
        };
        // As long for every digest.
        if right.iter().zip(digest).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0 {
            Tried::Right
        } else {
            self.failed += 1;
            Tried::Wrong
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-23T12:00:00Z").unwrap()
    }

    fn change() -> PhoneChange {
        let phone = PhoneNumber::parse("+33612345678").unwrap();
        PhoneChange::asked(UserId::parse(1).unwrap(), phone, now())
    }

    #[test]
    fn a_code_is_six_digits() {
        for right in ["000000", "123456", " 999999 "] {
            assert_eq!(PhoneCode::parse(right).unwrap().expose(), right.trim());
        }
        for wrong in ["", "12345", "1234567", "12 456", "-12345", "١٢٣٤٥٦"] {
            assert!(PhoneCode::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(PhoneCode::draw(&[0; 32]).expose(), "000000");
        assert_eq!(PhoneCode::draw(&[255; 32]).expose(), "551615");
        let mut one = [0; 32];
        one[7] = 42;
        assert_eq!(PhoneCode::draw(&one).expose(), "000042");
        assert!(!format!("{:?}", PhoneCode::draw(&one)).contains("42"));
    }

    #[test]
    fn a_code_bears_five_tries_and_ten_minutes() {
        let mut none = change();
        assert_eq!((none.judge(&[1; 32], now()), none.failed), (Tried::Void, 0));
        let drawn = change().with_code([1; 32], now());
        let mut tried = drawn.clone();
        for _ in 0..TRIES {
            assert_eq!(tried.judge(&[2; 32], now()), Tried::Wrong);
        }
        assert_eq!((tried.judge(&[1; 32], now()), tried.failed), (Tried::Void, TRIES));
        // Another text of the same request brings no more tries.
        assert!(!tried.may_be_sent(now()));
        assert_eq!(tried.with_code([1; 32], now()).judge(&[1; 32], now()), Tried::Void);
        let last = now().plus(CODE_TTL).minus(Duration::from_micros(1));
        assert_eq!(drawn.clone().judge(&[1; 32], last), Tried::Right);
        assert_eq!(drawn.clone().judge(&[1; 32], now().plus(CODE_TTL)), Tried::Void);
        assert!(drawn.may_be_sent(last) && !drawn.may_be_sent(now().plus(REQUEST_TTL)));
    }
}
