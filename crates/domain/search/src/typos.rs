//! Words that somebody may have meant: those of the index that are one or two edits from theirs, the first letter
//! included. Two neighbours that changed places are one edit.
//!
//! The dictionary has words of documents that not everybody may see. It is used to ask the index, which looks
//! at permissions; nothing of it is ever shown.

use std::collections::BTreeSet;

use fst::{IntoStreamer as _, Set, SetBuilder, Streamer as _, set::OpBuilder};
use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder};

/// Words that one word of a query may stand for.
pub const MEANT_MAX: usize = 20;
/// Words that are looked at for them.
const LOOKED_AT: usize = 5000;
/// Characters from which on one edit is forgiven, and two.
pub const ONE_EDIT: usize = 5;
/// See [`ONE_EDIT`].
pub const TWO_EDITS: usize = 9;

/// The words of the index.
pub struct Dictionary {
    words: Set<Vec<u8>>,
    one: LevenshteinAutomatonBuilder,
    two: LevenshteinAutomatonBuilder,
}

impl Default for Dictionary {
    fn default() -> Self {
        Self {
            words: Set::default(),
            one: LevenshteinAutomatonBuilder::new(1, true),
            two: LevenshteinAutomatonBuilder::new(2, true),
        }
    }
}

/// How many edits are forgiven in a word.
pub fn forgiven(word: &str) -> u8 {
    match word.chars().count() {
        0..ONE_EDIT => 0,
        ONE_EDIT..TWO_EDITS => 1,
        _ => 2,
    }
}

impl Dictionary {
    /// Adds words. It takes as long as reading all words once, so add many at a time.
    pub fn add(&mut self, words: impl IntoIterator<Item = String>) {
        let more: BTreeSet<String> = words.into_iter().collect();
        if more.is_empty() {
            return;
        }
        // Both are in order, so neither can fail.
        let Ok(more) = Set::from_iter(more) else { return };
        let mut builder = SetBuilder::memory();
        let both = OpBuilder::new().add(&self.words).add(&more).union();
        if builder.extend_stream(both).is_ok() {
            self.words = builder.into_set();
        }
    }

    /// How many words it has.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Words that may have been meant, and by how many edits they are away: the nearest first, then those that the word
    /// would be the beginning of, the shortest first. Not the word itself.
    pub fn meant(&self, word: &str) -> Vec<(String, u8)> {
        let builder = match forgiven(word) {
            0 => return Vec::new(),
            1 => &self.one,
            _ => &self.two,
        };
        let (whole, beginning) = (builder.build_dfa(word), builder.build_prefix_dfa(word));
        let mut found: Vec<(u8, usize, String, u8)> = Vec::new();
        for (dfa, is_whole) in [(&whole, true), (&beginning, false)] {
            let mut near = self.words.search(dfa).into_stream();
            let mut looked_at = 0;
            while let Some(bytes) = near.next() {
                looked_at += 1;
                if looked_at > LOOKED_AT {
                    break;
                }
                let Ok(near) = std::str::from_utf8(bytes) else { continue };
                let Some(edits) = edits(dfa, near).filter(|edits| *edits > 0) else { continue };
                if found.iter().any(|(_, _, known, _)| known == near) {
                    continue;
                }
                let order = if is_whole { edits } else { edits + 2 };
                found.push((order, near.chars().count(), near.to_owned(), edits));
            }
            // Whole words come first, so there is no need for longer ones.
            if found.len() >= MEANT_MAX {
                break;
            }
        }
        found.sort();
        found.truncate(MEANT_MAX);
        found.into_iter().map(|(_, _, word, edits)| (word, edits)).collect()
    }
}

fn edits(dfa: &DFA, word: &str) -> Option<u8> {
    match dfa.eval(word) {
        Distance::Exact(edits) => Some(edits),
        Distance::AtLeast(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(word: &str) -> Vec<(String, u8)> {
        let mut dictionary = Dictionary::default();
        let words = ["widget", "wireless", "headphones", "samsung", "cable", "cabled", "监控"];
        dictionary.add(words.map(str::to_owned));
        dictionary.add(["widgets".to_owned(), "widget".to_owned()]);
        assert_eq!(dictionary.len(), 8);
        dictionary.meant(word)
    }

    #[test]
    fn edits_are_forgiven_by_the_length_of_the_word() {
        let is_meant = |word: &str, other: &str| meant(word).iter().any(|(near, _)| near == other);
        for (typed, other) in [
            ("wigdet", "widget"),
            ("qidget", "widget"),
            ("idget", "widget"),
            ("widgett", "widgets"),
            ("sansung", "samsung"),
            ("haedphonse", "headphones"),
            ("wirless", "wireless"),
            ("xable", "cable"),
        ] {
            assert!(is_meant(typed, other), "{typed} means {other}");
        }
        assert!(!is_meant("cabl", "cable"), "four letters are too few");
        assert!(!is_meant("wgidte", "widget"), "two edits in six letters");
        assert!(meant("监控监控监").is_empty());
    }

    #[test]
    fn the_nearest_comes_first() {
        assert_eq!(meant("widgit"), [("widget".to_owned(), 1), ("widgets".to_owned(), 1)]);
        assert_eq!(meant("cable"), [("cabled".to_owned(), 1)], "not the word itself");
        let mut dictionary = Dictionary::default();
        dictionary.add((0..100).map(|number| format!("widget{number}")));
        assert_eq!(dictionary.meant("wigdet").len(), MEANT_MAX);
    }
}
