//! Entity tags: how they are written, and what `If-Match` and `If-None-Match` say (RFC 9110 §13.1).

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    middleware::Next,
};

use super::problem::Problem;

/// What stands between a version and the coding of its representation: `"7;br"` is the tag of what is
/// sent compressed, so that a cache never takes one for the other (RFC 9110 §8.8.3.3).
const CODING: char = ';';

/// An entity tag out of a header.
struct Tag<'a> {
    weak: bool,
    /// With its quotes.
    value: &'a str,
}

impl Tag<'_> {
    /// Whether this is a tag of the same representation in any coding.
    fn is_of(&self, etag: &str) -> bool {
        same(self.value, etag)
    }
}

/// Whether two quoted tags are of one representation in any coding.
fn same(one: &str, other: &str) -> bool {
    fn plain(tag: &str) -> &str {
        let inner = tag.trim_matches('"');
        inner.rsplit_once(CODING).map_or(inner, |(plain, _)| plain)
    }
    plain(one) == plain(other)
}

/// The middleware around the one that compresses: gives each coding of a representation a strong tag
/// of its own, and a client that knows one the tag that it knows.
pub async fn per_coding<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let headers = response.headers();
    let Some(etag) = headers.get(header::ETAG).and_then(|value| value.to_str().ok()) else {
        return Ok(response);
    };
    let coding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let own = match coding.filter(|coding| *coding != "identity") {
        Some(coding) if etag.starts_with('"') => {
            Some(format!("{}{CODING}{coding}\"", etag.trim_end_matches('"')))
        }
        None if response.status() == StatusCode::NOT_MODIFIED => {
            let known = response.request().headers().get(header::IF_NONE_MATCH);
            let known = known.and_then(|list| tags(list.to_str().ok()?, "If-None-Match").ok());
            let known = known.unwrap_or_default();
            known.iter().find(|tag| !tag.weak && tag.is_of(etag)).map(|tag| tag.value.to_owned())
        }
        _ => None,
    };
    if let Some(own) = own.and_then(|own| HeaderValue::from_str(&own).ok()) {
        response.headers_mut().insert(header::ETAG, own);
    }
    Ok(response)
}

/// Whether `If-None-Match` names this tag (RFC 9110 §13.1.2, weak comparison).
pub fn matches(list: &str, etag: &str) -> Result<bool, Problem> {
    Ok(list.trim() == "*" || tags(list, "If-None-Match")?.iter().any(|tag| tag.is_of(etag)))
}

/// Whether `If-Match` names this tag (RFC 9110 §13.1.1, strong comparison).
pub fn matches_strongly(list: &str, etag: &str) -> Result<bool, Problem> {
    if list.trim() == "*" {
        return Ok(true);
    }
    Ok(tags(list, "If-Match")?.iter().any(|tag| !tag.weak && tag.is_of(etag)))
}

/// Splits `"a", W/"b"`, the value of this header; the quotes stay.
fn tags<'a>(list: &'a str, header: &str) -> Result<Vec<Tag<'a>>, Problem> {
    let malformed = || {
        let message = format!("`{header}` must be `*` or quoted entity tags, such as `\"7\"`");
        Problem::field("", "etag.malformed", message)
    };
    let mut tags = Vec::new();
    let mut rest = list.trim();
    while !rest.is_empty() {
        let (weak, quoted) = match rest.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, rest),
        };
        let inner = quoted.strip_prefix('"').ok_or_else(malformed)?;
        let end = inner.find('"').ok_or_else(malformed)?;
        let (value, after) = quoted.split_at_checked(end + 2).ok_or_else(malformed)?;
        tags.push(Tag { weak, value });
        rest = after.trim_start();
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix(',').ok_or_else(malformed)?.trim_start();
    }
    if tags.is_empty() { Err(malformed()) } else { Ok(tags) }
}

/// A tag of a version, and of what else shows in the representation.
pub fn of(version: i64, rest: &str) -> String {
    if rest.is_empty() { format!("\"{version}\"") } else { format!("\"{version}.{rest}\"") }
}

/// The version a writer expects by `If-Match` (RFC 9110 §13.1.1, strong comparison). Of several
/// tags the newest counts: versions only grow, so an older one cannot be current. `*` and an
/// absent header expect nothing in particular.
pub fn expected_version(header: Option<&str>) -> Result<Option<i64>, Problem> {
    let Some(list) = header else { return Ok(None) };
    if list.trim() == "*" {
        return Ok(None);
    }
    // A tag that is weak or not ours matches nothing; no resource has version 0.
    let version = |tag: &Tag<'_>| {
        let text = tag.value.trim_matches('"');
        let number = text.split(['.', CODING]).next().unwrap_or_default();
        if tag.weak { 0 } else { number.parse().unwrap_or(0) }
    };
    Ok(tags(list, "If-Match")?.iter().map(version).max())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_names_a_version() {
        assert_eq!(expected_version(None).unwrap(), None);
        assert_eq!(expected_version(Some("*")).unwrap(), None);
        assert_eq!(expected_version(Some("\"3\"")).unwrap(), Some(3));
        assert_eq!(expected_version(Some("\"3.x\" , \"7\"")).unwrap(), Some(7));
        assert_eq!(expected_version(Some("\"3;br\"")).unwrap(), Some(3));
        assert_eq!(expected_version(Some("\"3.x;gzip\"")).unwrap(), Some(3));
        assert_eq!(expected_version(Some("W/\"3\"")).unwrap(), Some(0));
        assert_eq!(expected_version(Some("\"other\"")).unwrap(), Some(0));
        for raw in ["3", "\"3", "", "\"3\" \"4\""] {
            let refused = expected_version(Some(raw)).unwrap_err();
            assert!(refused.to_string().starts_with("`If-Match` must be"), "{raw}: {refused}");
        }
    }

    #[test]
    fn a_tag_of_one_coding_is_known_for_all() {
        for known in ["\"3\"", "\"3;br\"", "W/\"3;gzip\"", "\"1\", \"3;br\"", " * "] {
            assert!(matches(known, "\"3\"").unwrap(), "{known}");
        }
        for other in ["\"3.x\"", "\"br\"", "\"33;br\""] {
            assert!(!matches(other, "\"3\"").unwrap(), "{other}");
        }
        assert!(!matches_strongly("W/\"3\"", "\"3\"").unwrap());
        assert!(matches_strongly("\"3;br\"", "\"3\"").unwrap());
    }
}
