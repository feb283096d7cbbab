//! What single settings must look like.

use tracing_subscriber::EnvFilter;

/// An origin exactly as browsers send it, for they are compared letter by letter.
pub(super) fn origin(raw: &str) -> Result<String, &'static str> {
    const WRONG: &str = "must be an origin such as https://app.example.com, in small letters, \
                         without a path and without *";
    let rest = raw.strip_prefix("https://").or_else(|| raw.strip_prefix("http://"));
    let authority = rest.filter(|rest| is_authority(rest) && !rest.contains(char::is_uppercase));
    authority.map(|_| raw.to_owned()).ok_or(WRONG)
}

/// A base for links. A slash at its end is taken off.
pub(super) fn public_url(raw: &str) -> Result<String, &'static str> {
    const WRONG: &str = "must be a URL such as https://api.example.com";
    let url = raw.trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let (authority, path) =
        rest.map(|rest| rest.split_once('/').unwrap_or((rest, ""))).ok_or(WRONG)?;
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '\\' | '"' | '<' | '>');
    if is_authority(authority) && path.chars().all(plain) { Ok(url.to_owned()) } else { Err(WRONG) }
}

/// An address of somebody else's server, or of a front-end: with TLS, unless it is on this machine.
/// It is compared and used letter by letter.
pub(super) fn endpoint(raw: &str) -> Result<String, &'static str> {
    const WRONG: &str = "must be a URL such as https://app.example.com/signed-in, with https \
                         unless it is on this machine, and without a #";
    let (authority, tls) = match (raw.strip_prefix("https://"), raw.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (None, Some(rest)) => (rest, false),
        (None, None) => return Err(WRONG),
    };
    let authority = authority.split(['/', '?']).next().unwrap_or_default();
    let name = authority.rsplit_once(':').map_or(authority, |(name, _)| name);
    let here = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '#' | '\\' | '"' | '<' | '>');
    if is_authority(authority) && raw.chars().all(plain) && (tls || here) {
        Ok(raw.to_owned())
    } else {
        Err(WRONG)
    }
}

/// A name or an address, without a port.
pub(super) fn host(raw: &str) -> Result<(), &'static str> {
    if raw.parse::<std::net::IpAddr>().is_ok() || is_name(raw) {
        Ok(())
    } else {
        Err("must be an address or a host name, without scheme and port")
    }
}

/// Who mails are from. What exactly an address may be is for the mail library to say; this keeps
/// what cannot be one from getting that far.
pub(super) fn sender(raw: &str) -> Result<(), &'static str> {
    let address = match raw.strip_suffix('>') {
        Some(rest) => rest.rsplit_once('<').map_or("", |(_, address)| address),
        None => raw,
    };
    let (name, host) = address.rsplit_once('@').unwrap_or(("", ""));
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>');
    if !name.is_empty() && !name.contains(odd) && is_name(host) && !raw.contains(char::is_control) {
        Ok(())
    } else {
        Err("must be an address, like Alveole <alveole@example.com>")
    }
}

/// Goes into keys and into patterns of keys.
pub(super) fn redis_prefix(raw: &str) -> Result<(), &'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if (1..=64).contains(&raw.len()) && raw.chars().all(plain) {
        Ok(())
    } else {
        Err("must be 1 to 64 letters, digits, '-', '_' or '.'")
    }
}

/// `info`, or directives such as `warn,alveole=debug`. A lone word that is no level would be taken
/// for the name of a module and show everything of nothing.
pub(super) fn log_level(raw: &str) -> Result<(), String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let known = |part: &str| {
        part.contains(['=', '[', ':'])
            || LEVELS.iter().any(|level| level.eq_ignore_ascii_case(part))
    };
    if raw.split(',').all(|part| known(part.trim())) && EnvFilter::try_new(raw).is_ok() {
        Ok(())
    } else {
        Err(format!(
            "must be one of {}, or directives such as warn,alveole=debug",
            LEVELS.join(", ")
        ))
    }
}

/// `name`, `name:port`, `[v6]` or `[v6]:port`.
fn is_authority(raw: &str) -> bool {
    let (host, port) = match raw.strip_prefix('[') {
        Some(rest) => {
            let Some((address, rest)) = rest.split_once(']') else { return false };
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            ("v6", rest)
        }
        None => raw.split_at(raw.find(':').unwrap_or(raw.len())),
    };
    let port_ok = match port.strip_prefix(':') {
        Some(number) => number.parse::<u16>().is_ok_and(|number| number > 0),
        None => port.is_empty(),
    };
    is_name(host) && port_ok
}

fn is_name(raw: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    raw.len() <= 253 && raw.split('.').all(label)
}
