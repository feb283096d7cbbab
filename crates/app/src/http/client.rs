//! Who is at the other end of the connection. Forwarding headers are believed only from proxies
//! that the configuration names; anybody else can write them.

use std::net::IpAddr;

use actix_web::HttpRequest;
use kernel::actor::Origin;

use crate::config::Cidr;

/// The client's address: the peer, or, behind trusted proxies, the last address in
/// `X-Forwarded-For` that is not itself a trusted proxy.
pub fn address(peer: Option<IpAddr>, forwarded: Option<&str>, trusted: &[Cidr]) -> Option<IpAddr> {
    let peer = peer.map(|ip| ip.to_canonical())?;
    let is_trusted = |ip: IpAddr| trusted.iter().any(|range| range.contains(ip));
    if !is_trusted(peer) {
        return Some(peer);
    }
    let mut client = peer;
    for part in forwarded.unwrap_or_default().rsplit(',') {
        let Ok(ip) = part.trim().parse::<IpAddr>() else { break };
        client = ip.to_canonical();
        if !is_trusted(client) {
            break;
        }
    }
    Some(client)
}

/// The address as the request path keeps it.
#[derive(Debug, Clone, Copy)]
pub struct ClientIp(pub Option<IpAddr>);

/// The origin of a call, for the audit trail and the session list.
pub fn origin(request: &HttpRequest, ip: ClientIp, request_id: &str) -> Origin {
    let device = request
        .headers()
        .get("user-agent")
        .and_then(|value| value.to_str().ok())
        .map(|text| text.chars().take(255).collect());
    Origin { ip: ip.0.map(|ip| ip.to_string()), device, request_id: Some(request_id.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(raw: &str) -> IpAddr {
        raw.parse().unwrap()
    }

    #[test]
    fn strangers_cannot_choose_their_address() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let find =
            |peer: &str, forwarded: Option<&str>| address(Some(ip(peer)), forwarded, &trusted);
        assert_eq!(find("198.51.100.7", Some("203.0.113.1")), Some(ip("198.51.100.7")));
        assert_eq!(find("10.0.0.1", Some("203.0.113.1")), Some(ip("203.0.113.1")));
        assert_eq!(
            find("10.0.0.1", Some("192.0.2.9, 203.0.113.1, 10.0.0.2")),
            Some(ip("203.0.113.1"))
        );
        assert_eq!(find("10.0.0.1", Some("junk")), Some(ip("10.0.0.1")));
        assert_eq!(find("10.0.0.1", None), Some(ip("10.0.0.1")));
        assert_eq!(find("::ffff:198.51.100.7", None), Some(ip("198.51.100.7")));
    }
}
