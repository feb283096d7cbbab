//! What settings are made of.

use std::{net::IpAddr, str::FromStr};

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub(super) String);

impl Secret {
    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl serde::Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("…")
    }
}

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
