//! Ranges of addresses, as the configuration names them.

use std::{net::IpAddr, str::FromStr};

/// A range of addresses, such as `10.0.0.0/8` or a single one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    base: u128,
    mask: u128,
}

/// Why a text is no range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an address or a range such as 10.0.0.0/8")]
pub struct CidrError;

/// IPv4 addresses are compared in their IPv6-mapped form.
fn wide(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Cidr {
    /// True when `ip` lies in it.
    pub fn contains(&self, ip: IpAddr) -> bool {
        wide(ip) & self.mask == self.base
    }
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(raw: &str) -> Result<Self, CidrError> {
        let (address, length) = match raw.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (raw, None),
        };
        let ip: IpAddr = address.trim().parse().map_err(|_| CidrError)?;
        let full: u32 = if ip.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => full,
            Some(text) => text.parse().ok().filter(|l| *l <= full).ok_or(CidrError)?,
        };
        let mask = u128::MAX.checked_shl(full - length).unwrap_or(0);
        Ok(Self { base: wide(ip) & mask, mask })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_what_they_say() {
        let range = |raw: &str| raw.parse::<Cidr>();
        let ip = |raw: &str| raw.parse::<IpAddr>().unwrap();
        assert!(range("10.0.0.0/8").unwrap().contains(ip("10.200.1.1")));
        assert!(!range("10.0.0.0/8").unwrap().contains(ip("11.0.0.1")));
        assert!(range("192.0.2.7").unwrap().contains(ip("192.0.2.7")));
        assert!(range("0.0.0.0/0").unwrap().contains(ip("8.8.8.8")));
        assert!(range("::/0").unwrap().contains(ip("2001:db8::1")));
        assert!(range("2001:db8::/32").unwrap().contains(ip("2001:db8::1")));
        for raw in ["", "10.0.0.0/33", "10.0.0", "x/8", "10.0.0.0/-1"] {
            assert!(range(raw).is_err(), "{raw}");
        }
    }
}
