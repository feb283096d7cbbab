//! What an address of PostgreSQL says about TLS, and the address without it.

use std::{path::PathBuf, time::Duration};

/// Why an address cannot be used with TLS. It may hold a password, so little of it is shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsUrlError {
    /// `sslmode` is none that there is.
    #[error(
        "sslmode must be one of disable, allow, prefer, require, verify-ca, verify-full, not {0:?}"
    )]
    Mode(String),
    /// A parameter that would be ignored.
    #[error("the parameter {0} is not supported")]
    Parameter(String),
    /// There is no host to speak TLS with.
    #[error("sslmode needs the name of a host: a Unix socket has no TLS")]
    NoHost,
    /// A port is no number.
    #[error("the port {0:?} is no port")]
    Port(String),
}

/// What is checked of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    Nothing,
    Authority,
    AuthorityAndHost,
}

/// An address that asks for TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) hosts: Vec<(String, u16)>,
    pub(crate) check: Check,
    /// The file with the authorities; `None` means the system's.
    pub(crate) roots: Option<PathBuf>,
    pub(crate) connect_timeout: Duration,
    pub(crate) user_timeout: Duration,
    /// `user:password`, as it is written.
    login: Option<String>,
    /// The database, with its slash, as it is written.
    database: String,
    /// What else it says.
    parameters: Vec<(String, String)>,
}

impl Address {
    /// Reads a URL; `None` when it asks for no TLS.
    pub(crate) fn parse(url: &str) -> Result<Option<Self>, TlsUrlError> {
        let Some((_, rest)) = url.split_once("://") else { return Ok(None) };
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = match place.find('/') {
            Some(at) => place.split_at(at),
            None => (place, ""),
        };
        let (login, mut hosts) = match authority.rsplit_once('@') {
            Some((login, hosts)) => (Some(login.to_owned()), hosts.to_owned()),
            None => (None, authority.to_owned()),
        };
        let (mut mode, mut roots, mut ports) = (String::new(), None, None);
        let (mut connect_timeout, mut user_timeout) = (None, None);
        let mut parameters = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, raw) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decoded(raw);
            match name {
                "sslmode" => mode = value,
                "sslrootcert" => roots = Some(value).filter(|file| file != "system"),
                "host" => hosts = value,
                "port" => ports = Some(value),
                "sslcompression" | "sslsni" | "sslnegotiation" if value != "direct" => {}
                "channel_binding" if value != "require" => {}
                "hostaddr" | "channel_binding" => {
                    return refused_with_tls(&mode, query, name);
                }
                _ if name.starts_with("ssl") => return refused_with_tls(&mode, query, name),
                _ => {
                    match name {
                        "connect_timeout" => connect_timeout = value.parse().ok(),
                        "tcp_user_timeout" => user_timeout = value.parse().ok(),
                        _ => {}
                    }
                    parameters.push((name.to_owned(), raw.to_owned()));
                }
            }
        }
        let Some(check) = check_of(&mode, roots.is_some())? else { return Ok(None) };
        Ok(Some(Self {
            hosts: hosts_of(&hosts, ports.as_deref())?,
            check,
            roots: roots.map(PathBuf::from),
            connect_timeout: Duration::from_secs(connect_timeout.unwrap_or(3).max(1)),
            user_timeout: Duration::from_millis(user_timeout.unwrap_or(15_000)),
            login,
            database: database.to_owned(),
            parameters,
        }))
    }

    /// The address for libpq: sockets in `folder`, whose ports are the places of the hosts in the list.
    pub(crate) fn through(&self, folder: &str) -> String {
        let login = self.login.as_deref().map(|login| format!("{login}@")).unwrap_or_default();
        let count = self.hosts.len();
        let folders = vec![encoded(folder); count].join(",");
        let ports: Vec<String> = (1..=count).map(|port| port.to_string()).collect();
        let mut url = format!(
            "postgres://{login}{}?host={folders}&port={}",
            if self.database.is_empty() { "/" } else { &self.database },
            ports.join(",")
        );
        for (name, value) in &self.parameters {
            url.extend(["&", name, "=", value]);
        }
        url
    }
}

fn check_of(mode: &str, has_roots: bool) -> Result<Option<Check>, TlsUrlError> {
    Ok(match mode {
        "" | "disable" | "allow" | "prefer" => None,
        "require" if !has_roots => Some(Check::Nothing),
        "require" | "verify-ca" => Some(Check::Authority),
        "verify-full" => Some(Check::AuthorityAndHost),
        other => return Err(TlsUrlError::Mode(other.to_owned())),
    })
}

/// A parameter that only matters with TLS; without it libpq is left to judge.
fn refused_with_tls<T>(mode: &str, query: &str, name: &str) -> Result<Option<T>, TlsUrlError> {
    let mode = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("sslmode="))
        .map_or_else(|| mode.to_owned(), decoded);
    match check_of(&mode, false)? {
        Some(_) => Err(TlsUrlError::Parameter(name.to_owned())),
        None => Ok(None),
    }
}

fn hosts_of(hosts: &str, ports: Option<&str>) -> Result<Vec<(String, u16)>, TlsUrlError> {
    let ports: Vec<&str> = ports.map(|ports| ports.split(',').collect()).unwrap_or_default();
    let port = |raw: &str| match raw {
        "" => Ok(5432),
        raw => raw.parse().map_err(|_| TlsUrlError::Port(raw.to_owned())),
    };
    let mut all = Vec::new();
    for (n, one) in hosts.split(',').enumerate() {
        let (host, own) = match one.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']').ok_or(TlsUrlError::NoHost)?;
                (host.to_owned(), rest.strip_prefix(':').unwrap_or_default())
            }
            None if one.matches(':').count() > 1 => (one.to_owned(), ""),
            None => {
                let (host, port) = one.split_once(':').unwrap_or((one, ""));
                (decoded(host), port)
            }
        };
        if host.is_empty() || host.starts_with(['/', '@']) {
            return Err(TlsUrlError::NoHost);
        }
        // As libpq has it: one port stands for all hosts.
        let given = ports.get(n).or(ports.last().filter(|_| ports.len() == 1)).copied();
        all.push((host, port(given.unwrap_or(own))?));
    }
    Ok(all)
}

/// Percent signs undone; what is no escape stays.
fn decoded(raw: &str) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn encoded(raw: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    raw.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Address {
        Address::parse(url).unwrap().unwrap()
    }

    #[test]
    fn an_address_says_what_is_checked() {
        for (url, check) in [
            ("postgres://db/x?sslmode=require", Check::Nothing),
            ("postgres://db/x?sslmode=require&sslrootcert=/ca.pem", Check::Authority),
            ("postgres://db/x?sslmode=verify-ca", Check::Authority),
            ("postgres://db/x?sslmode=verify-full", Check::AuthorityAndHost),
        ] {
            assert_eq!(parse(url).check, check, "{url}");
        }
        for url in [
            "postgres://db/x",
            "postgres://db/x?sslmode=prefer",
            "postgres://db/x?sslmode=disable&sslcert=/a.pem",
            "sqlite:///tmp/a.db",
        ] {
            assert_eq!(Address::parse(url), Ok(None), "{url}");
        }
        for (url, why) in [
            ("postgres://db/x?sslmode=full", "verify-full, not \"full\""),
            ("postgres://db/x?sslmode=require&sslcert=/a.pem", "sslcert"),
            ("postgres://db/x?channel_binding=require&sslmode=require", "channel_binding"),
            ("postgres:///x?sslmode=require", "Unix socket"),
            ("postgres:///x?host=/run&sslmode=require", "Unix socket"),
            ("postgres://db:a/x?sslmode=require", "port"),
        ] {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(error.contains(why), "{url}: {error}");
        }
    }

    #[test]
    fn all_but_the_place_and_tls_is_left_to_libpq() {
        let url = "postgresql://ada:p%40ss@db.example.com:6432/shop?sslmode=verify-full\
                   &sslrootcert=%2Fca%20x.pem&options=-c%20a%3D1&connect_timeout=7";
        let address = parse(url);
        assert_eq!(address.hosts, [("db.example.com".to_owned(), 6432)]);
        assert_eq!(address.roots, Some(PathBuf::from("/ca x.pem")));
        assert_eq!(address.connect_timeout, Duration::from_secs(7));
        assert_eq!(
            address.through("/tmp/a b"),
            "postgres://ada:p%40ss@/shop?host=/tmp/a%20b&port=1&options=-c%20a%3D1&connect_timeout=7"
        );
        let two = parse("postgres://one,[::1]:7000/x?sslmode=require&target_session_attrs=any");
        assert_eq!(two.hosts, [("one".to_owned(), 5432), ("::1".to_owned(), 7000)]);
        assert_eq!(two.through("/t"), "postgres:///x?host=/t,/t&port=1,2&target_session_attrs=any");
        let named = parse("postgres:///?host=a,b&port=1234&sslmode=require&sslrootcert=system");
        assert_eq!(named.hosts, [("a".to_owned(), 1234), ("b".to_owned(), 1234)]);
        assert_eq!(named.roots, None);
    }
}
