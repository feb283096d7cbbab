//! The values of a notification.

use std::collections::BTreeMap;

use kernel::{id, text};

id!(
    /// A notification.
    NotificationId
);
text!(
    /// What makes a notification of one kind the same as another: 1–100 characters, such as `event:42`.
    Dedupe,
    bounded,
    1,
    100
);

/// The most characters of one parameter; longer ones are cut.
const LONGEST: usize = 200;

/// What the text of a notification is made of, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Params(BTreeMap<String, String>);

impl Params {
    /// With one more parameter, cut to 200 characters.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let value = value.chars().filter(|c| *c != '\0').take(LONGEST).collect();
        self.0.insert(name.to_owned(), value);
        self
    }

    /// A parameter; empty when it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// All of them.
    pub const fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// As stores keep them.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// From how stores keep them.
    pub fn from_json(raw: &str) -> Option<Self> {
        serde_json::from_str(raw).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_cut_and_read_back() {
        let params = Params::default().with("title", &"ü".repeat(300)).with("odd", "a\0\"b");
        assert_eq!(params.get("title").chars().count(), 200);
        assert_eq!((params.get("odd"), params.get("none")), ("a\"b", ""));
        assert_eq!(Params::from_json(&params.to_json()), Some(params));
        assert_eq!(Params::from_json("[]"), None);
    }
}
