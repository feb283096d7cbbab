//! Where an endpoint may be.

use std::net::IpAddr;

use kernel::cidr::AddressRules;
use url::{Host, Url};

/// How long the URL of an endpoint may be, in bytes.
pub const MAX_URL_BYTES: usize = 2048;

/// Which URLs endpoints may have.
#[derive(Debug, Clone, Default)]
pub struct UrlRules {
    /// The addresses that may be called.
    pub addresses: AddressRules,
    /// True in production: an endpoint has to have TLS.
    pub https_only: bool,
}

/// Why a URL is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It cannot be parsed, or has no host.
    #[error("must be an absolute URL")]
    Invalid,
    /// It has more than [`MAX_URL_BYTES`] bytes.
    #[error("must have at most {MAX_URL_BYTES} bytes")]
    TooLong,
    /// Neither `https` nor, outside production, `http`.
    #[error("must begin with https://")]
    Scheme,
    /// It carries a user name or a password. They would be shown with the endpoint.
    #[error("must not contain a user name or a password")]
    Credentials,
    /// It has a fragment, which is not sent.
    #[error("must not have a fragment")]
    Fragment,
    /// Its host is an address that is not public.
    #[error("must not lead to a private or reserved address")]
    Forbidden,
}

impl UrlRules {
    /// The URL in its canonical form. Addresses in unusual notations, such as `http://0x7f.1/`, are judged
    /// by that form. Names are judged when they are resolved.
    ///
    /// # Errors
    /// See [`UrlError`].
    pub fn parse(&self, raw: &str) -> Result<Url, UrlError> {
        if raw.len() > MAX_URL_BYTES {
            return Err(UrlError::TooLong);
        }
        let url = Url::parse(raw).map_err(|_| UrlError::Invalid)?;
        match url.scheme() {
            "https" => {}
            "http" if !self.https_only => {}
            _ => return Err(UrlError::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        if url.fragment().is_some() {
            return Err(UrlError::Fragment);
        }
        match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => {}
            Some(Host::Ipv4(address)) => self.judge(address.into())?,
            Some(Host::Ipv6(address)) => self.judge(address.into())?,
            _ => return Err(UrlError::Invalid),
        }
        if url.as_str().len() > MAX_URL_BYTES {
            return Err(UrlError::TooLong);
        }
        Ok(url)
    }

    fn judge(&self, address: IpAddr) -> Result<(), UrlError> {
        self.addresses.permit(address).then_some(()).ok_or(UrlError::Forbidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<String, UrlError> {
        UrlRules::default().parse(raw).map(String::from)
    }

    #[test]
    fn w9_an_address_is_judged_in_every_notation() {
        for host in "127.0.0.1 127.1 2130706433 0x7f000001 0x7f.1 0177.0.0.1 127.0.0.1. 1\u{ff12}7.0.0.1 \
                     %31%32%37.0.0.1 0 10.0.0.1 169.254.169.254 [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] \
                     [0:0:0:0:0:ffff:a9fe:a9fe] [64:ff9b::7f00:1] [2002:7f00:1::] [fe80::1] [fd00::1] \
                     [::127.0.0.1] ①②⑦.0.0.1"
            .split_whitespace()
        {
            assert_eq!(parse(&format!("https://{host}/x")), Err(UrlError::Forbidden), "{host}");
        }
        assert_eq!(parse("https://1.1.1.1/x").as_deref(), Ok("https://1.1.1.1/x"));
        assert_eq!(parse("https://0x01010101/x").as_deref(), Ok("https://1.1.1.1/x"));
        assert_eq!(
            parse("https://[2606:4700::1111]:8443/").as_deref(),
            Ok("https://[2606:4700::1111]:8443/")
        );
    }

    #[test]
    fn what_is_no_url_of_an_endpoint_is_named() {
        for (raw, why) in [
            ("", UrlError::Invalid),
            ("example.com/hook", UrlError::Invalid),
            ("/hook", UrlError::Invalid),
            ("https://", UrlError::Invalid),
            ("https://exa mple.com/", UrlError::Invalid),
            ("ftp://example.com/", UrlError::Scheme),
            ("file:///etc/passwd", UrlError::Scheme),
            ("javascript:alert(1)", UrlError::Scheme),
            ("https://ada@example.com/", UrlError::Credentials),
            ("https://:secret@example.com/", UrlError::Credentials),
            ("https://example.com/#part", UrlError::Fragment),
        ] {
            assert_eq!(parse(raw), Err(why), "{raw}");
        }
        let long = format!("https://example.com/{}", "a".repeat(MAX_URL_BYTES));
        assert_eq!(parse(&long), Err(UrlError::TooLong));
        // It is longer in its canonical form.
        let long = format!("https://example.com/{}", "é".repeat(600));
        assert_eq!(parse(&long), Err(UrlError::TooLong));
    }

    #[test]
    fn plain_http_is_for_development() {
        let rules = UrlRules { https_only: true, ..UrlRules::default() };
        assert_eq!(rules.parse("http://example.com/"), Err(UrlError::Scheme));
        assert!(rules.parse("https://example.com/").is_ok());
        assert_eq!(parse("HTTP://Example.COM:80/A?b=c").as_deref(), Ok("http://example.com/A?b=c"));
    }

    #[test]
    fn a_network_can_be_allowed() {
        let addresses = AddressRules { allow: vec!["127.0.0.0/8".parse().unwrap()] };
        let rules = UrlRules { addresses, https_only: false };
        assert!(rules.parse("http://127.0.0.1:9000/hook").is_ok());
        assert_eq!(rules.parse("http://10.0.0.1/hook"), Err(UrlError::Forbidden));
    }
}
