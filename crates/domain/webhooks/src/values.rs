//! The values of endpoints. `parse` is the only constructor of each.

use kernel::{id, number, text};

id!(
    /// An endpoint.
    EndpointId
);
id!(
    /// What is sent for one event, to whichever endpoints.
    MessageId
);
id!(
    /// One message on its way to one endpoint.
    DeliveryId
);
text!(
    /// At most 500 characters.
    Description,
    bounded,
    0,
    500
);
text!(
    /// A URL in its canonical form, as [`UrlRules::parse`](crate::address::UrlRules::parse) returns it.
    EndpointUrl,
    bounded,
    1,
    2048
);
number!(
    /// Requests a second, at most.
    Rate,
    1,
    1000
);

/// The most patterns of one endpoint.
pub const PATTERNS_MAX: usize = 50;
/// The most characters of a pattern.
pub const PATTERN_CHARS: usize = 100;

/// Which types of events: `task.created.v1`, `task.*`, or `*` for all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern(String);

/// Why a text is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a type of event such as task.created.v1, its beginning with .* as in task.*, or *"
)]
pub struct PatternError;

impl Pattern {
    /// Words of lowercase letters, digits and `_`, joined by dots; the last one may be `*`.
    pub fn parse(raw: &str) -> Result<Self, PatternError> {
        let is_word = |word: &str| {
            let plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            !word.is_empty() && word.bytes().all(plain)
        };
        let start = if raw == "*" { None } else { Some(raw.strip_suffix(".*").unwrap_or(raw)) };
        let is_whole = start.is_none_or(|start| start.split('.').all(is_word));
        // A word alone is the kind of a thing, which no event is called.
        let is_type = raw.contains('.') || raw == "*";
        if raw.len() <= PATTERN_CHARS && is_whole && is_type {
            Ok(Self(raw.to_owned()))
        } else {
            Err(PatternError)
        }
    }

    /// The pattern.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when events of this name are meant.
    pub fn matches(&self, name: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => self.0 == name,
        }
    }
}

/// The patterns of an endpoint: 1 to 50, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns(Vec<Pattern>);

/// Why patterns cannot be those of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must name 1 to {PATTERNS_MAX} types of events")]
pub struct PatternsError;

impl Patterns {
    /// In the given order, without repeats.
    pub fn new(all: Vec<Pattern>) -> Result<Self, PatternsError> {
        let mut unique: Vec<Pattern> = Vec::with_capacity(all.len().min(PATTERNS_MAX));
        for pattern in all {
            if !unique.contains(&pattern) {
                unique.push(pattern);
            }
        }
        if (1..=PATTERNS_MAX).contains(&unique.len()) {
            Ok(Self(unique))
        } else {
            Err(PatternsError)
        }
    }

    /// As a store keeps them: separated by spaces.
    pub fn parse(raw: &str) -> Result<Self, PatternsError> {
        let all: Result<Vec<Pattern>, PatternError> = raw.split(' ').map(Pattern::parse).collect();
        Self::new(all.map_err(|_| PatternsError)?)
    }

    /// The patterns.
    pub fn all(&self) -> &[Pattern] {
        &self.0
    }

    /// True when events of this name are meant.
    pub fn matches(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(name))
    }
}

impl std::fmt::Display for Patterns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<&str> = self.0.iter().map(Pattern::as_str).collect();
        f.write_str(&words.join(" "))
    }
}

impl Description {
    /// The empty description.
    pub const fn empty() -> Self {
        Self(String::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_one_type_or_all_that_begin_alike() {
        for raw in ["*", "task.*", "task.created.v1", "task.created.*", "a_b.c1"] {
            assert_eq!(Pattern::parse(raw).unwrap().as_str(), raw);
        }
        let long = format!("task.{}", "x".repeat(PATTERN_CHARS));
        for raw in [
            "",
            "task",
            "task*",
            "*.v1",
            "task.*.v1",
            "Task.*",
            "task..v1",
            ".*",
            "**",
            " *",
            &long,
        ] {
            assert_eq!(Pattern::parse(raw), Err(PatternError), "{raw}");
        }
        let tasks = Pattern::parse("task.*").unwrap();
        assert!(tasks.matches("task.created.v1") && !tasks.matches("tasks.created.v1"));
        let one = Pattern::parse("task.created.v1").unwrap();
        assert!(one.matches("task.created.v1") && !one.matches("task.created.v12"));
        assert!(Pattern::parse("*").unwrap().matches("user.deleted.v1"));
    }

    #[test]
    fn an_endpoint_has_one_to_fifty_patterns() {
        let numbered = |count: usize| {
            Patterns::new((0..count).map(|n| Pattern::parse(&format!("a.b{n}")).unwrap()).collect())
        };
        assert!(numbered(0).is_err() && numbered(51).is_err() && numbered(50).is_ok());
        let twice = Patterns::parse("task.* file.* task.*").unwrap();
        assert_eq!(twice.to_string(), "task.* file.*");
        assert_eq!(Patterns::parse(&twice.to_string()), Ok(twice));
        assert!(Patterns::parse("").is_err());
    }
}
