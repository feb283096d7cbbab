//! What is indexed, and the entries of the index that it has.
//!
//! A store keeps for each document a set of short texts, its *entries*, and is asked for documents that have some of them
//! ([`pattern`](crate::pattern)). Words, who may see the document and its kind are all entries of one index, told apart
//! by the sign before them. So whoever may not see a document does not find it: there is no list that is
//! filtered afterwards. No word has one of the signs, because none of them is a letter or a digit.

use std::collections::BTreeSet;

use kernel::{Timestamp, search::SearchDocument};

use crate::values::{DocKey, Kind, Label};

/// Characters of a title that count.
pub const TITLE_MAX: usize = 300;
/// Characters of a body that count.
pub const BODY_MAX: usize = 4000;

/// Stands before a word of the title. The word is an entry without it, too.
pub(crate) const TITLE: char = '\u{a7}';
/// Stands before an inner ending of a word of the title.
pub(crate) const INSIDE: char = '\u{b7}';
/// Stands before a label.
const LABEL: char = '\u{a4}';
/// Stands before the name of a kind.
const KIND: char = '\u{b6}';

/// What is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Which one.
    pub key: DocKey,
    /// Its name: found by beginnings of words and inside of words.
    pub title: String,
    /// What else it says: found by beginnings of words.
    pub body: String,
    /// Who may see it, in order; nobody when it is empty.
    pub acl: Vec<Label>,
    /// When it was changed last, or made: of two that answer as well, the newer one is first.
    pub at: Timestamp,
    /// From 0 to 100: how much it counts among documents of its kind.
    pub weight: i16,
}

impl Document {
    /// A document of texts of any length, cut to what counts. Control characters become spaces: no store refuses them
    /// then, and offsets stay.
    pub fn new(key: DocKey, title: &str, body: &str, acl: &[Label], at: Timestamp) -> Self {
        let plain = |text: &str, most| {
            let characters = text.chars().take(most);
            characters.map(|c| if c.is_control() { ' ' } else { c }).collect()
        };
        let mut acl = acl.to_vec();
        acl.sort_unstable();
        acl.dedup();
        Self {
            key,
            title: plain(title, TITLE_MAX),
            body: plain(body, BODY_MAX),
            acl,
            at,
            weight: 0,
        }
    }

    /// Whether somebody with these labels may see it.
    pub fn is_seen_by(&self, labels: &[Label]) -> bool {
        labels.iter().any(|label| self.acl.contains(label))
    }

    /// The entries of its words.
    pub fn words(&self) -> BTreeSet<String> {
        let title = SearchDocument::default().name(&self.title);
        let body = SearchDocument::default().text(&self.body);
        let mut entries: BTreeSet<String> = body.words().iter().cloned().collect();
        for word in title.words() {
            entries.insert(format!("{TITLE}{word}"));
            entries.insert(word.clone());
        }
        entries.extend(title.endings().map(|ending| format!("{INSIDE}{ending}")));
        entries
    }

    /// All of its entries.
    pub fn entries(&self) -> BTreeSet<String> {
        let mut entries = self.words();
        entries.extend(self.acl.iter().map(|label| label_entry(*label)));
        entries.insert(kind_entry(self.key.kind));
        entries
    }
}

/// The entry of who may see a document.
pub(crate) fn label_entry(label: Label) -> String {
    format!("{LABEL}{label}")
}

/// The entry of what a document is of.
pub(crate) fn kind_entry(kind: Kind) -> String {
    format!("{KIND}{}", kind.name())
}

/// The words of a text as they are in the dictionary of what may have been meant.
pub fn known_words(text: &str) -> Vec<String> {
    SearchDocument::default().text(text).words().to_vec()
}
