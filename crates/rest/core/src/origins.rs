//! The origins (RFC 6454) whose pages may call: the rule for everything that CORS doesn't protect.

/// The end of an origin that may have any port: `http://localhost:*`.
pub(crate) const ANY_PORT: &str = ":*";

/// The origins whose pages may call.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    exact: Vec<String>,
    any_port: Vec<String>,
}

impl Origins {
    /// Those of the configuration, and the server's own.
    pub fn new(allowed: &[String], base_url: &str) -> Self {
        let mut origins = Self { exact: vec![origin_of(base_url)], any_port: Vec::new() };
        for origin in allowed {
            match origin.strip_suffix(ANY_PORT) {
                Some(host) => origins.any_port.push(host.to_ascii_lowercase()),
                None => origins.exact.push(origin_of(origin)),
            }
        }
        origins
    }

    /// Whether a page of this origin may call. `host` is the request's `Host`: a page that this server
    /// sent may always call back, by whatever name it was reached.
    pub fn allow(&self, origin: &str, host: Option<&str>) -> bool {
        let origin = origin.to_ascii_lowercase();
        let own = origin.split_once("://").map(|(_, authority)| authority);
        self.exact.contains(&origin)
            || self.any_port.iter().any(|host| has_any_port(host, &origin))
            || own.is_some_and(|own| host.is_some_and(|host| host.eq_ignore_ascii_case(own)))
    }
}

/// Whether an origin is this one with any port, or with none.
pub(crate) fn has_any_port(host: &str, origin: &str) -> bool {
    let port = origin.strip_prefix(host).map(|rest| rest.strip_prefix(':').unwrap_or(rest));
    port.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `https://Example.org:443/base/` as a browser writes it: `https://example.org`.
fn origin_of(url: &str) -> String {
    let url = url.to_ascii_lowercase();
    let Some((scheme, rest)) = url.split_once("://") else { return url };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let default_port = match scheme {
        "https" => ":443",
        _ => ":80",
    };
    let authority = authority.strip_suffix(default_port).unwrap_or(authority);
    format!("{scheme}://{authority}")
}

#[cfg(test)]
mod tests {
    use super::Origins;

    #[test]
    fn pages_of_named_origins_and_of_this_server_may_call() {
        let allowed = ["https://app.example.org".to_owned(), "http://localhost:*".to_owned()];
        let origins = Origins::new(&allowed, "https://API.example.org:443/base");
        for (origin, host) in [
            ("https://app.example.org", None),
            ("https://api.example.org", None),
            ("http://localhost", None),
            ("http://localhost:5173", None),
            ("http://10.0.0.7:8080", Some("10.0.0.7:8080")),
        ] {
            assert!(origins.allow(origin, host), "{origin}");
        }
        for (origin, host) in [
            ("null", Some("null")),
            ("", Some("")),
            ("https://app.example.org.evil.example", Some("api.example.org")),
            ("http://app.example.org", None),
            ("https://api.example.org:8443", Some("api.example.org")),
            ("http://localhost.evil.example", None),
            ("http://localhost:80x", None),
        ] {
            assert!(!origins.allow(origin, host), "{origin}");
        }
    }
}
