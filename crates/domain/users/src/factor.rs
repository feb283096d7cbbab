//! The second factor: what is kept of it, and how wrong codes are held off.
//!
//! The factor is a time-based one-time password (RFC 6238) with recovery codes for the day when the
//! device is lost. An account has one at most. It begins as *pending*, when its secret is shown, and
//! is *on* once somebody proved with a code that a device has the secret.
//!
//! Whoever tries codes at an account's door has proved something else first, so strangers cannot
//! make the account wait. What is counted here is kept with the account: neither another server nor
//! a restart begins anew.

use std::time::Duration;

use kernel::{Timestamp, UserId};

use crate::values::Digest;

/// How long a secret that was shown waits for its first code.
pub const PENDING: Duration = Duration::from_secs(10 * 60);
/// How long somebody who proved one thing may take for the second.
pub const CHALLENGE_TTL: Duration = Duration::from_secs(5 * 60);
/// Wrong codes that one challenge bears.
pub const CHALLENGE_TRIES: u32 = 5;
/// How many recovery codes there are.
pub const RECOVERY_CODES: usize = 10;
/// Wrong codes in a row before an account has to wait.
const FREE_TRIES: u32 = 5;
/// The first wait; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// A secret as stores keep it: encrypted, and bound to its account.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Wraps what was sealed or kept.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// For who seals and for the store only.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed(…)")
    }
}

/// The second factor of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// Whose.
    pub user: UserId,
    /// What the device has, too.
    pub secret: Sealed,
    /// When the secret was shown.
    pub created_at: Timestamp,
    /// When a device proved to have it; until then nobody is asked for codes.
    pub confirmed_at: Option<Timestamp>,
    /// The step of the newest code that was taken: no code of it or before it is taken again.
    pub last_step: i64,
    /// Wrong codes in a row.
    pub failed: u32,
    /// Until when no code is looked at.
    pub blocked_until: Option<Timestamp>,
}

impl Factor {
    /// One that waits for its first code.
    pub fn pending(user: UserId, secret: Sealed, now: Timestamp) -> Self {
        Self {
            user,
            secret,
            created_at: now,
            confirmed_at: None,
            last_step: 0,
            failed: 0,
            blocked_until: None,
        }
    }

    /// Whether it is asked for.
    pub const fn is_on(&self) -> bool {
        self.confirmed_at.is_some()
    }

    /// Whether it waits for its first code, and has not waited too long.
    pub fn is_pending(&self, now: Timestamp) -> bool {
        !self.is_on() && now < self.created_at.plus(PENDING)
    }

    /// How long no code will be looked at; `None` when one may be tried.
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        self.blocked_until.filter(|until| now < *until).map(|until| until.since(now))
    }

    /// A code was wrong.
    pub fn fail(&mut self, now: Timestamp) {
        self.failed = self.failed.saturating_add(1);
        if let Some(doublings) = self.failed.checked_sub(FREE_TRIES) {
            self.blocked_until = Some(now.plus(doubled(FIRST_WAIT, doublings, LONGEST_WAIT)));
        }
    }

    /// A code was right; `step` is its step if it was one of the device's.
    pub fn succeed(&mut self, step: Option<i64>) {
        self.last_step = step.map_or(self.last_step, |step| step.max(self.last_step));
        self.failed = 0;
        self.blocked_until = None;
    }
}

/// A time doubled so many times, but never more than `most`.
pub(crate) fn doubled(first: Duration, doublings: u32, most: Duration) -> Duration {
    1_u32.checked_shl(doublings).map_or(most, |factor| first.saturating_mul(factor).min(most))
}

/// What somebody proved first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FirstKind {
    /// That they know the password.
    Password,
    /// That they are somebody at another provider.
    Identity,
}

impl FirstKind {
    /// Every one; stores keep the place in this list.
    pub const ALL: [Self; 2] = [Self::Password, Self::Identity];

    /// The word on the trail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Identity => "identity",
        }
    }
}

/// Somebody who proved one thing and is asked for the second. Known by the digest of a secret only
/// they have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Of the secret.
    pub digest: Digest,
    /// Who they say they are.
    pub user: UserId,
    /// What they proved first.
    pub first: FirstKind,
    /// Of what they proved: when the account's differs by now, this is void.
    pub mark: Digest,
    /// Wrong codes so far.
    pub failed: u32,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A code as somebody typed it.
#[derive(Clone, PartialEq, Eq)]
pub enum FactorCode {
    /// Six digits from a device.
    Device(String),
    /// One of the recovery codes, without the dash.
    Recovery(String),
}

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the six digits of your device or a recovery code such as 7kq2m-x9d4t")]
pub struct FactorCodeError;

/// The characters of recovery codes (Crockford's): none looks like another.
pub const RECOVERY_ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of a recovery code: 50 bits.
pub const RECOVERY_LENGTH: usize = 10;

impl FactorCode {
    /// Reads what somebody typed. White space and dashes do not count, nor does case, and what looks
    /// like a digit is taken for one.
    pub fn parse(raw: &str) -> Result<Self, FactorCodeError> {
        if raw.len() > 64 {
            return Err(FactorCodeError);
        }
        let plain: String =
            raw.chars().filter(|c| !c.is_whitespace() && *c != '-').map(typed).collect();
        if plain.len() == 6 && plain.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Self::Device(plain));
        }
        if plain.len() == RECOVERY_LENGTH && plain.bytes().all(|b| RECOVERY_ALPHABET.contains(&b)) {
            return Ok(Self::Recovery(plain));
        }
        Err(FactorCodeError)
    }
}

fn typed(c: char) -> char {
    match c.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    }
}

/// Codes are secrets.
impl std::fmt::Debug for FactorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Device(_) => "Device(…)",
            Self::Recovery(_) => "Recovery(…)",
        })
    }
}

/// A recovery code as it is shown: `xxxxx-xxxxx`.
pub(crate) fn shown(code: &str) -> String {
    match code.split_at_checked(RECOVERY_LENGTH / 2) {
        Some((left, right)) => format!("{left}-{right}"),
        None => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-21T12:00:00Z").unwrap()
    }

    fn factor() -> Factor {
        Factor::pending(UserId::parse(1).unwrap(), Sealed::new(vec![1]), now())
    }

    #[test]
    fn waits_double_from_the_fifth_wrong_code_on_and_end_at_a_quarter_of_an_hour() {
        let mut factor = factor();
        let mut waits = Vec::new();
        for _ in 0..40 {
            factor.fail(now());
            waits.push(factor.wait(now()).unwrap_or_default().as_secs());
        }
        assert_eq!(waits[..10], [0, 0, 0, 0, 30, 60, 120, 240, 480, 900]);
        assert!(waits[10..].iter().all(|wait| *wait == 900));
        assert_eq!(factor.wait(now().plus(LONGEST_WAIT)), None);
        factor.succeed(Some(7));
        assert_eq!((factor.failed, factor.wait(now()), factor.last_step), (0, None, 7));
        factor.succeed(None);
        factor.succeed(Some(3));
        assert_eq!(factor.last_step, 7, "steps never go back");
    }

    #[test]
    fn a_secret_that_was_shown_waits_ten_minutes() {
        let factor = factor();
        assert!(factor.is_pending(now()) && !factor.is_on());
        assert!(!factor.is_pending(now().plus(PENDING)));
        let on = Factor { confirmed_at: Some(now()), ..factor };
        assert!(on.is_on() && !on.is_pending(now()));
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        let device = |raw: &str| FactorCode::parse(raw) == Ok(FactorCode::Device("012345".into()));
        for fine in ["012345", " 012 345 ", "012-345", "O12345"] {
            assert!(device(fine), "{fine}");
        }
        let recovery = FactorCode::Recovery("7kq2m01d4t".into());
        for fine in ["7kq2m-01d4t", "7KQ2M01D4T", " 7kq2m - oid4t ", "7kq2molD4T"] {
            assert_eq!(FactorCode::parse(fine), Ok(recovery.clone()), "{fine}");
        }
        for bad in
            ["", "12345", "1234567", "7kq2m-x9d4u", "７８９０１２", "12345a", &"1".repeat(65)]
        {
            assert_eq!(FactorCode::parse(bad), Err(FactorCodeError), "{bad}");
        }
        assert_eq!(shown("7kq2mx9d4t"), "7kq2m-x9d4t");
    }

    #[test]
    fn secrets_are_not_shown() {
        let code = FactorCode::parse("123456").unwrap();
        let recovery = FactorCode::parse("7kq2m-x9d4t").unwrap();
        let shown = format!("{code:?} {recovery:?} {:?}", Sealed::new(b"hush".to_vec()));
        assert_eq!(shown, "Device(…) Recovery(…) Sealed(…)");
    }
}
