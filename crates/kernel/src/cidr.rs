//! Ranges of addresses, as the configuration names them, and which of them are public.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

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

/// The ranges of RFC 6890 and of the IANA registries that are not on the public Internet, and the ranges
/// that carry an IPv4 address in an IPv6 one. By hand, because libraries differ: some call NAT64 global.
const NOT_PUBLIC_V4: [([u8; 4], u32); 14] = [
    ([0, 0, 0, 0], 8),       // this network
    ([10, 0, 0, 0], 8),      // private
    ([100, 64, 0, 0], 10),   // carrier-grade NAT
    ([127, 0, 0, 0], 8),     // loopback
    ([169, 254, 0, 0], 16),  // link-local, metadata of clouds
    ([172, 16, 0, 0], 12),   // private
    ([192, 0, 0, 0], 24),    // protocol assignments
    ([192, 0, 2, 0], 24),    // documentation
    ([192, 88, 99, 0], 24),  // relays of 6to4
    ([192, 168, 0, 0], 16),  // private
    ([198, 18, 0, 0], 15),   // benchmarking
    ([198, 51, 100, 0], 24), // documentation
    ([203, 0, 113, 0], 24),  // documentation
    ([224, 0, 0, 0], 3),     // multicast, reserved, broadcast
];

/// Of IPv6, only `2000::/3` is given to anyone; these are the parts of it that are not public. What is
/// outside, such as loopback, NAT64, unique local, link-local, SRv6 and multicast, is not public either.
const NOT_PUBLIC_V6: [([u16; 2], u32); 4] = [
    ([0x2001, 0], 23),     // protocol assignments, Teredo and benchmarking among them
    ([0x2001, 0xdb8], 32), // documentation
    ([0x2002, 0], 16),     // 6to4
    ([0x3fff, 0], 20),     // documentation
];

/// True when `address` belongs to the public Internet. An IPv4-mapped IPv6 address counts as IPv4.
pub fn is_public(address: IpAddr) -> bool {
    let of_v4 =
        |(octets, length): ([u8; 4], u32)| Cidr::new(Ipv4Addr::from(octets).into(), 96 + length);
    let of_v6 = |([a, b], length): ([u16; 2], u32)| {
        Cidr::new(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0).into(), length)
    };
    match address.to_canonical() {
        v4 @ IpAddr::V4(_) => !NOT_PUBLIC_V4.map(of_v4).iter().any(|range| range.contains(v4)),
        v6 @ IpAddr::V6(_) => {
            of_v6(([0x2000, 0], 3)).contains(v6)
                && !NOT_PUBLIC_V6.map(of_v6).iter().any(|range| range.contains(v6))
        }
    }
}

/// Which addresses may be called when the caller of an API chooses the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressRules {
    /// Ranges that may be called although they are not public.
    pub allow: Vec<Cidr>,
}

impl AddressRules {
    /// True when `address` is public or lies in a range that is allowed.
    pub fn permit(&self, address: IpAddr) -> bool {
        is_public(address) || self.allow.iter().any(|range| range.contains(address))
    }
}

/// IPv4 addresses are compared in their IPv6-mapped form.
fn wide(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Cidr {
    /// The range of this length in bits of IPv6, at most 128: that of an IPv4 range is 96 greater.
    fn new(base: IpAddr, length: u32) -> Self {
        let mask = u128::MAX.checked_shl(128_u32.saturating_sub(length)).unwrap_or(0);
        Self { base: wide(base) & mask, mask }
    }

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
        Ok(Self::new(ip, 128 - full + length))
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

    #[test]
    fn only_public_addresses_are_public() {
        let public = |raw: &str| is_public(raw.parse().unwrap());
        for raw in "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 \
             169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 \
             192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 \
             239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 \
             ::ffff:10.0.0.1 ::ffff:a9fe:a9fe 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 \
             100::1 2001::1 2001:2::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3fff::1 \
             4000::1 5f00::1 fc00::1 fdff::1 fe80::1 fec0::1 ff02::1"
            .split_whitespace()
        {
            assert!(!public(raw), "{raw}");
        }
        for raw in "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 \
             126.255.255.255 128.0.0.0 169.253.255.255 172.15.255.255 172.32.0.0 192.0.1.0 \
             192.167.255.255 198.17.255.255 198.20.0.0 223.255.255.255 ::ffff:8.8.8.8 \
             2001:200::1 2001:4860:4860::8888 2606:4700::1111 3ffe::1"
            .split_whitespace()
        {
            assert!(public(raw), "{raw}");
        }
    }

    #[test]
    fn a_range_can_be_allowed() {
        let rules = AddressRules { allow: vec!["127.0.0.0/8".parse().unwrap()] };
        assert!(rules.permit("127.0.0.1".parse().unwrap()));
        assert!(rules.permit("::ffff:127.0.0.1".parse().unwrap()));
        assert!(rules.permit("1.1.1.1".parse().unwrap()));
        for raw in ["::1", "10.0.0.1", "169.254.169.254"] {
            assert!(!rules.permit(raw.parse().unwrap()), "{raw}");
        }
        assert!(!AddressRules::default().permit("127.0.0.1".parse().unwrap()));
    }
}
