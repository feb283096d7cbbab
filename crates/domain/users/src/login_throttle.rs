//! Wrong passwords, counted by who tries and at whom, and the waits that grow with them.
//!
//! Whoever tries is known by their network (an address; of IPv6 its /64), or by their session when
//! they are asked for their own password again. Wrong passwords make their own network wait and no
//! other, so a stranger cannot lock an account from outside. The username and the email address of
//! an account are one target; a name that no account has is counted like any other.
//!
//! A device that signed in to the account lately counts apart from the other devices of its network:
//! a stranger behind the same address does not make it wait.
//!
//! Up to the limit, tries are let through as they come. Beyond it each try is counted when its turn
//! to be judged has come and before it is judged, so that of many at the same time one is judged and
//! the others wait. A try that is refused unjudged is not counted.

use std::{net::IpAddr, time::Duration};

use kernel::{KeyedDigest, SessionId, Timestamp, UserId, net::client_network};

use crate::{factor::doubled, values::Digest};

/// How long after the last wrong password all is forgotten.
pub const MEMORY: Duration = Duration::from_secs(60 * 60);
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// What one key bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// Wrong passwords that cost nothing.
    free: u32,
    /// The longest wait.
    longest: Duration,
    /// One wrong password is forgotten each time this goes by without another.
    forgives: Duration,
}

/// One who tries, at one account.
const PAIR: Patience =
    Patience { free: 5, longest: Duration::from_secs(15 * 60), forgives: MEMORY };
/// One address, at whatever accounts. A whole office may share it, so it bears more, never waits long
/// and forgives soon.
const ADDRESS: Patience =
    Patience { free: 50, longest: Duration::from_secs(60), forgives: Duration::from_secs(60) };

/// What was counted under one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginThrottle {
    /// Wrong passwords in a row.
    pub failed: u32,
    /// When the last one was.
    pub last_at: Timestamp,
    /// Until when nothing is judged.
    pub blocked_until: Option<Timestamp>,
}

impl LoginThrottle {
    /// Nothing yet.
    pub const fn none(now: Timestamp) -> Self {
        Self { failed: 0, last_at: now, blocked_until: None }
    }

    /// How many are not forgotten at this moment; after [`MEMORY`], none.
    fn left(self, patience: Patience, now: Timestamp) -> u32 {
        let gone = now.since(self.last_at);
        if gone >= MEMORY {
            return 0;
        }
        let forgiven = gone.as_secs() / patience.forgives.as_secs().max(1);
        self.failed.saturating_sub(u32::try_from(forgiven).unwrap_or(u32::MAX))
    }

    /// Whether tries are counted before they are judged.
    pub(crate) fn is_suspect(self, patience: Patience, now: Timestamp) -> bool {
        self.left(patience, now) >= patience.free
    }

    /// How long to wait; `None` when a try will be judged.
    pub(crate) fn wait(self, now: Timestamp) -> Option<Duration> {
        self.blocked_until.filter(|until| now < *until).map(|until| until.since(now))
    }

    /// Without the last one, which was counted before it was found to be right.
    pub(crate) fn refunded(self) -> Self {
        Self { failed: self.failed.saturating_sub(1), blocked_until: None, ..self }
    }

    /// With one more wrong password.
    pub(crate) fn failed(self, patience: Patience, now: Timestamp) -> Self {
        let failed = self.left(patience, now).saturating_add(1);
        let wait = failed.checked_sub(patience.free);
        let wait = wait.map(|doublings| doubled(FIRST_WAIT, doublings, patience.longest));
        Self { failed, last_at: now, blocked_until: wait.map(|wait| now.plus(wait)) }
    }
}

/// Under which keys a try is counted, in the order in which they are locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keys(pub(crate) Vec<(Digest, Patience)>);

/// A try with a name and a password: at whom, and what is known of the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Door {
    /// The account that has the name, or the name that no account has, in one form.
    target: String,
    /// See [`network`].
    network: String,
    /// Whether the account was signed in to from this network lately.
    network_known: bool,
    /// The digest of the device, if the account was signed in to from it lately.
    device: Option<Digest>,
}

impl Door {
    /// At a name that no account has.
    pub(crate) fn of_nobody(name: &str, network: String) -> Self {
        let target = format!("name {}", name.trim().to_lowercase());
        Self { target, network, network_known: false, device: None }
    }

    /// At an account.
    pub(crate) fn of(
        user: UserId,
        network: String,
        network_known: bool,
        device: Option<Digest>,
    ) -> Self {
        Self { target: format!("account {user}"), network, network_known, device }
    }

    /// Under which key of the limiter the try counts: callers that signed in lately have an
    /// allowance that strangers cannot use up.
    pub(crate) fn allowance(&self, digests: &dyn KeyedDigest) -> String {
        use std::fmt::Write as _;
        let target = self.target.as_bytes();
        let digest = match &self.device {
            _ if self.network_known => {
                digests.digest("account limit", &[target, b"network", self.network.as_bytes()])
            }
            Some(device) => digests.digest("account limit", &[target, b"device", device]),
            None => digests.digest("account limit", &[target]),
        };
        digest.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// The purpose of the digests that are keys of tries.
const PURPOSE: &str = "login throttle";

impl Keys {
    /// Of a caller who names an account.
    pub(crate) fn at_the_door(door: &Door, digests: &dyn KeyedDigest) -> Self {
        let network = door.network.as_bytes();
        let device = door.device.as_ref().map_or(&[][..], |device| device);
        let pair = digests.digest(PURPOSE, &[door.target.as_bytes(), network, device]);
        let mut keys = vec![(pair, PAIR)];
        // Strangers behind the same address do not make an owner wait who is known here.
        if !(door.network_known && door.device.is_some()) {
            // The address comes last: it is what tries at several accounts have in common.
            keys.push((digests.digest(PURPOSE, &[network]), ADDRESS));
        }
        Self(keys)
    }

    /// Of a caller who is signed in and is asked for their password again.
    pub(crate) fn inside(
        user: UserId,
        session: Option<SessionId>,
        digests: &dyn KeyedDigest,
    ) -> Self {
        let session = session.map_or(0, SessionId::get).to_be_bytes();
        Self(vec![(
            digests.digest(PURPOSE, &[b"inside", &user.get().to_be_bytes(), &session]),
            PAIR,
        )])
    }

    /// Whether a right password clears the key at this place. That of an address stays: somebody
    /// with one account could otherwise try at all others for ever.
    pub(crate) const fn clears(place: usize) -> bool {
        place == 0
    }
}

/// What stands for a client's address.
pub(crate) fn network(address: Option<&str>) -> String {
    let address = address.and_then(|raw| raw.parse::<IpAddr>().ok());
    address.map_or_else(|| "nowhere".to_owned(), |ip| client_network(ip).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-21T12:00:00Z").unwrap()
    }

    /// Keeps what was digested apart; keyed with nothing.
    struct Plain;

    impl KeyedDigest for Plain {
        fn digest(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
            use sha2::Digest as _;
            let mut sha = sha2::Sha256::new();
            for part in [purpose.as_bytes()].iter().chain(parts) {
                sha.update(part.len().to_be_bytes());
                sha.update(part);
            }
            sha.finalize().into()
        }
    }

    fn user(id: i64) -> UserId {
        UserId::parse(id).unwrap()
    }

    #[test]
    fn waits_double_from_the_fifth_on() {
        let mut login_throttle = LoginThrottle::none(now());
        let mut waits = Vec::new();
        for _ in 0..40 {
            login_throttle = login_throttle.failed(PAIR, now());
            waits.push(login_throttle.wait(now()).unwrap_or_default().as_secs());
        }
        assert_eq!(waits[..8], [0, 0, 0, 0, 1, 2, 4, 8]);
        assert_eq!((waits[13], waits[14], waits[39]), (512, 900, 900));
    }

    #[test]
    fn an_hour_later_nothing_counts_any_more() {
        let login_throttle = (0..9).fold(LoginThrottle::none(now()), |login_throttle, _| {
            login_throttle.failed(PAIR, now())
        });
        assert!(login_throttle.is_suspect(PAIR, now()));
        let later = now().plus(MEMORY);
        assert!(!login_throttle.is_suspect(PAIR, later));
        assert_eq!(login_throttle.wait(later), None);
        assert_eq!(login_throttle.failed(PAIR, later).failed, 1);
    }

    #[test]
    fn an_address_bears_more_and_waits_less() {
        let login_throttle = (0..49).fold(LoginThrottle::none(now()), |login_throttle, _| {
            login_throttle.failed(ADDRESS, now())
        });
        assert_eq!(login_throttle.wait(now()), None);
        let login_throttle =
            (0..50).fold(login_throttle, |login_throttle, _| login_throttle.failed(ADDRESS, now()));
        assert_eq!(login_throttle.wait(now()), Some(Duration::from_secs(60)));
        // one is forgiven each minute
        let later = |minutes: u64| now().plus(Duration::from_secs(60 * minutes));
        assert!(
            login_throttle.is_suspect(ADDRESS, later(49))
                && !login_throttle.is_suspect(ADDRESS, later(50))
        );
        // who was right has not tried in vain
        assert_eq!(login_throttle.refunded().failed, 98);
        assert_eq!(login_throttle.refunded().wait(now()), None);
    }

    fn keys(door: &Door) -> Vec<Digest> {
        Keys::at_the_door(door, &Plain).0.into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn keys_are_of_one_name_and_one_network() {
        let at = |name: &str, address: &str| Door::of_nobody(name, network(Some(address)));
        let home = at("ada", "192.0.2.1");
        assert_eq!(home, at(" ADA ", "192.0.2.1"));
        assert_eq!(home, at("ada", "::ffff:192.0.2.1"));
        for other in [at("ada", "192.0.2.2"), at("grace", "192.0.2.1"), at("ada", "?")] {
            assert_ne!(keys(&other)[0], keys(&home)[0]);
        }
        assert_eq!(keys(&at("grace", "192.0.2.1"))[1], keys(&home)[1]);
        // one customer, one network
        let v6 = at("ada", "2001:db8:1:2::1");
        assert_eq!(v6, at("ada", "2001:db8:1:2:ffff::9"));
        assert_ne!(v6, at("ada", "2001:db8:1:3::1"));
        // a name cannot be made to look like an account
        let account = Door::of(user(1), network(Some("192.0.2.1")), false, None);
        assert_ne!(keys(&at("account 1", "192.0.2.1"))[0], keys(&account)[0]);
        assert_ne!(at("account 1", "x").allowance(&Plain), account.allowance(&Plain));
    }

    #[test]
    fn who_signed_in_lately_counts_apart() {
        let door = |id, address: &str, network_known, device: Option<u8>| {
            let device = device.map(|byte| [byte; 32]);
            Door::of(user(id), network(Some(address)), network_known, device)
        };
        let allowance = |door: &Door| door.allowance(&Plain);
        let stranger = door(1, "192.0.2.1", false, None);
        // Strangers share one allowance, wherever they are.
        assert_eq!(allowance(&stranger), allowance(&door(1, "192.0.2.2", false, None)));
        assert_ne!(allowance(&stranger), allowance(&door(2, "192.0.2.1", false, None)));
        let (at_home, with_device) =
            (door(1, "192.0.2.1", true, None), door(1, "192.0.2.1", false, Some(7)));
        assert_ne!(allowance(&at_home), allowance(&stranger));
        assert_ne!(allowance(&with_device), allowance(&stranger));
        assert_ne!(allowance(&with_device), allowance(&at_home));
        assert_eq!(allowance(&with_device), allowance(&door(1, "192.0.2.2", false, Some(7))));
        // Behind one address, the known device waits for its own wrong passwords only.
        let both = door(1, "192.0.2.1", true, Some(7));
        assert_eq!(allowance(&both), allowance(&at_home));
        assert_ne!(keys(&both)[0], keys(&at_home)[0]);
        assert_eq!((keys(&both).len(), keys(&at_home).len(), keys(&with_device).len()), (1, 2, 2));
    }

    #[test]
    fn inside_each_session_is_its_own() {
        let session = |id| SessionId::parse(id).ok();
        let one = Keys::inside(user(1), session(1), &Plain);
        assert_eq!(one.0.len(), 1);
        assert_ne!(one, Keys::inside(user(1), session(2), &Plain));
        assert_ne!(one, Keys::inside(user(2), session(1), &Plain));
        assert_ne!(one, Keys::inside(user(1), None, &Plain));
    }
}
