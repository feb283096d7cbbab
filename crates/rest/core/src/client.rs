//! Who is at the other end of the connection. Forwarding headers are believed only from proxies
//! that the configuration names; anybody else can write them.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::HttpRequest;
use kernel::{Locale, actor::Origin, cidr::Cidr};

/// The client's address: the peer, or, behind trusted proxies, the last address in
/// `X-Forwarded-For` that is not itself a trusted proxy. Several lines of that header are one list.
pub fn address<'h>(
    peer: Option<IpAddr>,
    forwarded: impl IntoIterator<Item = &'h [u8]>,
    trusted: &[Cidr],
) -> Option<IpAddr> {
    let peer = peer.map(|ip| ip.to_canonical())?;
    let is_trusted = |ip: IpAddr| trusted.iter().any(|range| range.contains(ip));
    if !is_trusted(peer) {
        return Some(peer);
    }
    let entries = forwarded.into_iter().flat_map(|line| line.split(|byte| *byte == b','));
    let entries: Vec<&[u8]> = entries.map(<[u8]>::trim_ascii).filter(|e| !e.is_empty()).collect();
    let mut client = peer;
    for raw in entries.into_iter().rev() {
        // What stands before an entry that cannot be read may be invented.
        let Some(ip) = std::str::from_utf8(raw).ok().and_then(entry) else { break };
        client = ip.to_canonical();
        if !is_trusted(client) {
            break;
        }
    }
    Some(client)
}

/// An entry of `X-Forwarded-For`: an address that may be quoted, in brackets and followed by a port.
fn entry(raw: &str) -> Option<IpAddr> {
    let raw = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(raw);
    let bracketed = || raw.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok();
    let with_port = || raw.parse::<SocketAddr>().ok();
    raw.parse::<IpAddr>()
        .ok()
        .or_else(|| bracketed().map(IpAddr::V6))
        .or_else(|| with_port().map(|address| address.ip()))
}

/// The address as the request path keeps it.
#[derive(Debug, Clone, Copy)]
pub struct ClientIp(pub Option<IpAddr>);

impl ClientIp {
    /// What stands for the address where callers are counted: of IPv6 the /64, which one customer
    /// has as a whole.
    pub fn key(self) -> String {
        self.0.map(|ip| kernel::net::client_network(ip).to_string()).unwrap_or_default()
    }
}

/// The origin of a call, for the audit trail and the session list.
pub fn origin(request: &HttpRequest, ip: ClientIp, request_id: &str) -> Origin {
    let device = request
        .headers()
        .get("user-agent")
        .and_then(|value| value.to_str().ok())
        .map(|text| text.chars().take(255).collect());
    let languages = request.headers().get("accept-language");
    Origin {
        ip: ip.0.map(|ip| ip.to_string()),
        device,
        request_id: Some(request_id.to_owned()),
        locale: languages.and_then(|raw| Locale::preferred(raw.to_str().ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(raw: &str) -> IpAddr {
        raw.parse().unwrap()
    }

    fn find(peer: &str, forwarded: &[&str]) -> Option<IpAddr> {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        address(Some(ip(peer)), forwarded.iter().map(|line| line.as_bytes()), &trusted)
    }

    #[test]
    fn strangers_cannot_choose_their_address() {
        for (peer, forwarded, client) in [
            ("198.51.100.7", &["203.0.113.1"][..], "198.51.100.7"),
            ("10.0.0.1", &["203.0.113.1"], "203.0.113.1"),
            ("10.0.0.1", &["192.0.2.9, 203.0.113.1, 10.0.0.2"], "203.0.113.1"),
            ("10.0.0.1", &["junk"], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.1, junk, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("::ffff:198.51.100.7", &[], "198.51.100.7"),
        ] {
            assert_eq!(find(peer, forwarded), Some(ip(client)), "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn several_lines_are_one_list() {
        assert_eq!(find("10.0.0.1", &["192.0.2.9", "203.0.113.1"]), Some(ip("203.0.113.1")));
        assert_eq!(find("10.0.0.1", &["203.0.113.1,", " , 10.0.0.2"]), Some(ip("203.0.113.1")));
        let unreadable = [b"203.0.113.1".as_slice(), b"\xff"];
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        assert_eq!(address(Some(ip("10.0.0.1")), unreadable, &trusted), Some(ip("10.0.0.1")));
    }

    #[test]
    fn an_entry_may_carry_a_port() {
        for (raw, client) in [
            ("203.0.113.1:4711", "203.0.113.1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("\"203.0.113.1\"", "203.0.113.1"),
            ("[::ffff:203.0.113.1]:5", "203.0.113.1"),
        ] {
            assert_eq!(find("10.0.0.1", &[raw]), Some(ip(client)), "{raw}");
        }
        for junk in
            ["203.0.113.1:", "203.0.113.1:x", "203.0.113.1:70000", "[2001:db8::1", "\"\"", "[]:1"]
        {
            assert_eq!(find("10.0.0.1", &[junk]), Some(ip("10.0.0.1")), "{junk}");
        }
    }
}
