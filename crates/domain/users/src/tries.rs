//! Wrong passwords, counted by who tries and at whom, and the waits that grow with them.
//!
//! Whoever tries is known by their address (of IPv6, the network of 64 bits that one customer has), or
//! by their session when they are asked for their own password again. A stranger's wrong passwords
//! make the stranger wait and nobody else, so nobody can lock an account from outside. A name
//! that is nobody's is counted like any other.
//!
//! Up to the limit, tries are let through as they come. Beyond it each try is counted *before* it is
//! judged, so that of many at once one is judged and the others wait.

use std::{net::IpAddr, time::Duration};

use kernel::{SessionId, Timestamp, UserId, net::client_network};

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
pub struct Tries {
    /// Wrong passwords in a row.
    pub failed: u32,
    /// When the last one was.
    pub last_at: Timestamp,
    /// Until when nothing is judged.
    pub blocked_until: Option<Timestamp>,
}

impl Tries {
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

impl Keys {
    /// Of somebody at the door, who names an account.
    pub(crate) fn at_the_door(
        name: &str,
        address: Option<&str>,
        digest: impl Fn(&str) -> Digest,
    ) -> Self {
        let (name, from) = (name.trim().to_lowercase(), network(address));
        // The address comes last: it is what tries at several accounts have in common.
        Self(vec![
            (digest(&format!("tries at {} {name} from {from}", name.len())), PAIR),
            (digest(&format!("tries from {from}")), ADDRESS),
        ])
    }

    /// Of somebody who is in, and is asked for their password again.
    pub(crate) fn inside(
        user: UserId,
        session: Option<SessionId>,
        digest: impl Fn(&str) -> Digest,
    ) -> Self {
        let session = session.map_or(0, SessionId::get);
        Self(vec![(digest(&format!("tries by {user} in {session}")), PAIR)])
    }

    /// Whether a right password clears the key at this place. That of an address stays: somebody
    /// with one account could otherwise try at all others for ever.
    pub(crate) const fn clears(place: usize) -> bool {
        place == 0
    }
}

/// What stands for a client's address.
fn network(address: Option<&str>) -> String {
    let address = address.and_then(|raw| raw.parse::<IpAddr>().ok());
    address.map_or_else(|| "nowhere".to_owned(), |ip| client_network(ip).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-21T12:00:00Z").unwrap()
    }

    fn digest(text: &str) -> Digest {
        use sha2::Digest as _;
        sha2::Sha256::digest(text.as_bytes()).into()
    }

    #[test]
    fn waits_double_from_the_fifth_on() {
        let mut tries = Tries::none(now());
        let mut waits = Vec::new();
        for _ in 0..40 {
            tries = tries.failed(PAIR, now());
            waits.push(tries.wait(now()).unwrap_or_default().as_secs());
        }
        assert_eq!(waits[..8], [0, 0, 0, 0, 1, 2, 4, 8]);
        assert_eq!((waits[13], waits[14], waits[39]), (512, 900, 900));
    }

    #[test]
    fn an_hour_later_all_is_forgotten() {
        let tries = (0..9).fold(Tries::none(now()), |tries, _| tries.failed(PAIR, now()));
        assert!(tries.is_suspect(PAIR, now()));
        let later = now().plus(MEMORY);
        assert!(!tries.is_suspect(PAIR, later));
        assert_eq!(tries.wait(later), None);
        assert_eq!(tries.failed(PAIR, later).failed, 1);
    }

    #[test]
    fn an_address_bears_more_and_waits_less() {
        let tries = (0..49).fold(Tries::none(now()), |tries, _| tries.failed(ADDRESS, now()));
        assert_eq!(tries.wait(now()), None);
        let tries = (0..50).fold(tries, |tries, _| tries.failed(ADDRESS, now()));
        assert_eq!(tries.wait(now()), Some(Duration::from_secs(60)));
        // one is forgiven each minute
        let later = |minutes: u64| now().plus(Duration::from_secs(60 * minutes));
        assert!(tries.is_suspect(ADDRESS, later(49)) && !tries.is_suspect(ADDRESS, later(50)));
        // who was right has not tried in vain
        assert_eq!(tries.refunded().failed, 98);
        assert_eq!(tries.refunded().wait(now()), None);
    }

    #[test]
    fn keys_are_of_one_name_and_one_network() {
        let keys = |name: &str, address: &str| Keys::at_the_door(name, Some(address), digest);
        let home = keys("ada", "192.0.2.1");
        assert_eq!(home, keys(" ADA ", "192.0.2.1"));
        assert_eq!(home, keys("ada", "::ffff:192.0.2.1"));
        let pair = |keys: &Keys| keys.0[0].0;
        for other in [keys("ada", "192.0.2.2"), keys("grace", "192.0.2.1"), keys("ada", "?")] {
            assert_ne!(pair(&other), pair(&home));
        }
        // one customer, one network
        let v6 = keys("ada", "2001:db8:1:2::1");
        assert_eq!(v6, keys("ada", "2001:db8:1:2:ffff::9"));
        assert_ne!(v6, keys("ada", "2001:db8:1:3::1"));
        // names cannot be made to look like a name and an address
        assert_ne!(
            pair(&keys("ada from 192.0.2.2", "192.0.2.1")),
            pair(&keys("ada", "192.0.2.2 from 192.0.2.1"))
        );
    }

    #[test]
    fn inside_each_session_is_its_own() {
        let user = |id| UserId::parse(id).unwrap();
        let session = |id| SessionId::parse(id).ok();
        let one = Keys::inside(user(1), session(1), digest);
        assert_eq!(one.0.len(), 1);
        assert_ne!(one, Keys::inside(user(1), session(2), digest));
        assert_ne!(one, Keys::inside(user(2), session(1), digest));
        assert_ne!(one, Keys::inside(user(1), None, digest));
    }
}
