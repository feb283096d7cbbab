//! Query strings and forms: `application/x-www-form-urlencoded`, both ways.

/// Splits `a=1&b=2` and decodes both sides (`application/x-www-form-urlencoded`).
pub fn pairs(raw: &str) -> impl Iterator<Item = (String, String)> + '_ {
    raw.split('&').filter(|part| !part.is_empty()).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(name), decode(value))
    })
}

/// Percent-decoding with `+` for a space; bytes that are no UTF-8 become U+FFFD.
fn decode(raw: &str) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => match tail {
                [high, low, after @ ..] => match (hex(*high), hex(*low)) {
                    (Some(high), Some(low)) => {
                        bytes.push(high * 16 + low);
                        rest = after;
                    }
                    _ => bytes.push(b'%'),
                },
                _ => bytes.push(b'%'),
            },
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// A query string with one parameter replaced, percent-encoded.
pub fn replace_parameter(query: &str, name: &str, value: &str) -> String {
    let mut pairs: Vec<(String, String)> =
        pairs(query).filter(|(known, _)| known != name).collect();
    pairs.push((name.to_owned(), value.to_owned()));
    encode_pairs(&pairs)
}

/// A query string, percent-encoded.
pub fn encode_pairs<N: AsRef<str>>(pairs: &[(N, String)]) -> String {
    let part = |(name, value): &(N, String)| format!("{}={}", encode(name.as_ref()), encode(value));
    pairs.iter().map(part).collect::<Vec<_>>().join("&")
}

fn encode(raw: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(raw.len());
    for byte in raw.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded() {
        let pairs: Vec<_> = pairs("a=1%202&b=%C3%A4+x&c&d=%zz&e=%4").collect();
        let expected = [("a", "1 2"), ("b", "ä x"), ("c", ""), ("d", "%zz"), ("e", "%4")];
        assert_eq!(pairs, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn a_parameter_is_replaced_where_it_stands() {
        assert_eq!(replace_parameter("page=1&q=a%20b", "page", "2"), "q=a%20b&page=2");
    }
}
