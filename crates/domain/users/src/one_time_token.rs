//! One-time links, a change of address that waits for them, and the devices of an account.
//!
//! A link is an opaque secret that goes out by mail: whoever brings it back reads that address. The
//! store knows its digest only.

use kernel::{Timestamp, UserId};
use sha2::{Digest as _, Sha256};

use crate::values::{Digest, EmailAddress};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OneTimeTokenKind {
    /// Proves the account's address.
    VerifyEmail,
    /// Lets set a new password.
    ResetPassword,
    /// Agrees to a change of address, from the present one.
    ChangeEmailOld,
    /// Proves the new address of a change.
    ChangeEmailNew,
}

impl OneTimeTokenKind {
    /// Every one.
    pub const ALL: [Self; 4] =
        [Self::VerifyEmail, Self::ResetPassword, Self::ChangeEmailOld, Self::ChangeEmailNew];

    /// As stores keep it.
    pub const fn rank(self) -> i16 {
        match self {
            Self::VerifyEmail => 0,
            Self::ResetPassword => 1,
            Self::ChangeEmailOld => 2,
            Self::ChangeEmailNew => 3,
        }
    }

    /// From how stores keep it.
    pub const fn from_rank(rank: i16) -> Option<Self> {
        match rank {
            0 => Some(Self::VerifyEmail),
            1 => Some(Self::ResetPassword),
            2 => Some(Self::ChangeEmailOld),
            3 => Some(Self::ChangeEmailNew),
            _ => None,
        }
    }
}

/// A link that works once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeToken {
    /// SHA-256 of the secret.
    pub digest: Digest,
    /// What it is for.
    pub kind: OneTimeTokenKind,
    /// Whose.
    pub user: UserId,
    /// Where it was sent. It proves this address and no other.
    pub address: EmailAddress,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it no longer works.
    pub expires_at: Timestamp,
}

/// A change of address that is not confirmed yet; an account has one at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailChange {
    /// Whose.
    pub user: UserId,
    /// The address at the time of asking; the change is void when it is another one by now.
    pub from: EmailAddress,
    /// The address to be.
    pub to: EmailAddress,
    /// Whether the present address agreed, or need not.
    pub from_agreed: bool,
    /// Whether the new one is proven.
    pub to_proven: bool,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// From when on it is void.
    pub expires_at: Timestamp,
}

/// What the store knew of a device before it met it once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meeting {
    /// Whether the account was used from this device before.
    pub known: bool,
    /// Whether it was used from any.
    pub any: bool,
}

/// What is kept of a device: a digest of the account and of what its client calls itself without
/// versions, so that an update makes no new device.
pub fn fingerprint(user: UserId, device: Option<&str>) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(b"alveole-device-1\n");
    hasher.update(user.get().to_be_bytes());
    hasher.update(without_versions(device.unwrap_or_default()));
    hasher.finalize().into()
}

/// A `User-Agent` without its numbers: `Firefox/115.0` becomes `firefox`, and a comment such as
/// `(Macintosh; Intel Mac OS X 10_15_7)` loses its last word.
fn without_versions(device: &str) -> String {
    let apart = |c: char| c.is_whitespace() || matches!(c, '/' | ':' | '(' | ')' | ';' | ',');
    let words = device.split(apart).filter(|word| {
        let begins = word.trim_start_matches(['v', 'V']).chars().next();
        begins.is_some_and(|c| !c.is_ascii_digit())
    });
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_read_back() {
        for kind in OneTimeTokenKind::ALL {
            assert_eq!(OneTimeTokenKind::from_rank(kind.rank()), Some(kind));
        }
        assert_eq!(OneTimeTokenKind::from_rank(4), None);
    }

    #[test]
    fn an_update_makes_no_new_device() {
        for (before, after) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.3",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1",
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 11_2) AppleWebKit/616.2 Safari/616.2",
            ),
            ("curl/8.5.0", "curl/8.6.0-DEV"),
            ("app v1.2", "app v2"),
        ] {
            assert_eq!(without_versions(before), without_versions(after));
        }
        assert_eq!(without_versions("curl/8.5.0"), "curl");
        assert_eq!(without_versions("1.0 /2"), "");
    }

    #[test]
    fn devices_and_accounts_are_distinguished() {
        let id = |id| UserId::parse(id).unwrap();
        let one = fingerprint(id(1), Some("curl/8"));
        assert_eq!(one, fingerprint(id(1), Some("CURL/9")));
        assert_ne!(one, fingerprint(id(2), Some("curl/8")));
        assert_ne!(one, fingerprint(id(1), Some("wget/8")));
        assert_ne!(one, fingerprint(id(1), None));
        let on = |system| format!("Mozilla/5.0 ({system}) Firefox/115.0");
        let (linux, windows) = (on("X11; Linux x86_64"), on("Windows NT 10.0"));
        assert_ne!(fingerprint(id(1), Some(&linux)), fingerprint(id(1), Some(&windows)));
    }
}
