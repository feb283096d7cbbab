//! Entity tags: how they are written, and what `If-Match` and `If-None-Match` say (RFC 9110 §13.1).

use super::problem::Problem;

/// An entity tag out of a header.
struct Tag<'a> {
    weak: bool,
    value: &'a str,
}

/// Whether `If-None-Match` names this tag (RFC 9110 §13.1.2, weak comparison).
pub fn matches(list: &str, etag: &str) -> Result<bool, Problem> {
    Ok(list == "*" || tags(list)?.iter().any(|tag| tag.value == etag))
}

/// Whether `If-Match` names this tag (RFC 9110 §13.1.1, strong comparison).
pub fn matches_strongly(list: &str, etag: &str) -> Result<bool, Problem> {
    if list.trim() == "*" {
        return Ok(true);
    }
    Ok(tags(list)?.iter().any(|tag| !tag.weak && tag.value == etag))
}

/// Splits `"a", W/"b"`; the quotes stay.
fn tags(list: &str) -> Result<Vec<Tag<'_>>, Problem> {
    let malformed =
        || Problem::field("", "etag.malformed", "an entity tag must be quoted, or be `*`");
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
        let number = text.split('.').next().unwrap_or_default();
        if tag.weak { 0 } else { number.parse().unwrap_or(0) }
    };
    Ok(tags(list)?.iter().map(version).max())
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
        assert_eq!(expected_version(Some("W/\"3\"")).unwrap(), Some(0));
        assert_eq!(expected_version(Some("\"other\"")).unwrap(), Some(0));
        for raw in ["3", "\"3", "", "\"3\" \"4\""] {
            assert!(expected_version(Some(raw)).is_err(), "{raw}");
        }
    }
}
