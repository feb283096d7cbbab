//! What the index is asked.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{
    SearchQuery,
    search::{Term, looks_inside},
};

use crate::{
    document::{INSIDE, TITLE, kind_entry, label_entry},
    values::{Kind, Label},
};

/// An entry that is looked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Probe {
    /// The entry.
    pub text: String,
    /// True when it may be the beginning of one.
    pub begins: bool,
}

impl Probe {
    /// An entry as a whole.
    fn whole(text: impl Into<String>) -> Self {
        Self { text: text.into(), begins: false }
    }

    /// Entries that begin so.
    fn begins(text: impl Into<String>) -> Self {
        Self { text: text.into(), begins: true }
    }

    /// Whether one of these entries is what is looked for.
    pub fn is_in(&self, entries: &BTreeSet<String>) -> bool {
        if self.begins {
            let from = entries.range(self.text.clone()..).next();
            from.is_some_and(|entry| entry.starts_with(&self.text))
        } else {
            entries.contains(&self.text)
        }
    }
}

/// How near to the words of the query a document must be. Each has all documents of those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Every word is a word of the title.
    Titles,
    /// Every word is a word of title or body.
    Words,
    /// Every word begins a word of title or body, or is inside of a word of the title.
    Parts,
    /// The same, and words that were meant are words as well.
    Typos,
}

/// Words that may have been meant, with the number of edits, by the word of the query.
pub type Meant = BTreeMap<String, Vec<(String, u8)>>;

/// What a store is asked for: the newest documents that have one entry of each clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Of these kinds.
    pub kinds: Vec<Kind>,
    /// That somebody with one of these labels may see.
    pub labels: Vec<Label>,
    /// With these words.
    pub words: Vec<Vec<Probe>>,
    /// At most so many.
    pub limit: u32,
}

impl Ask {
    /// Everything that must be found, one of each clause; empty clauses find nothing.
    pub fn clauses(&self) -> Vec<Vec<Probe>> {
        let mut clauses = self.words.clone();
        clauses.push(self.labels.iter().map(|label| Probe::whole(label_entry(*label))).collect());
        clauses.push(self.kinds.iter().map(|kind| Probe::whole(kind_entry(*kind))).collect());
        clauses
    }

    /// Whether a document with these entries is asked for.
    pub fn finds(&self, entries: &BTreeSet<String>) -> bool {
        self.clauses().iter().all(|clause| clause.iter().any(|probe| probe.is_in(entries)))
    }
}

/// The words of a query as clauses. What is joined (`usb-c`) may stand for each of its words, which is the same as to
/// stand for all of them.
pub fn clauses(query: &SearchQuery, tier: Tier, meant: &Meant) -> Vec<Vec<Probe>> {
    let mut clauses = Vec::new();
    for wanted in query.wanted() {
        for term in &wanted.terms {
            let mut ways = ways(term, tier, meant);
            if let Some(joined) = &wanted.joined {
                ways.push(match tier {
                    Tier::Titles => Probe::whole(format!("{TITLE}{joined}")),
                    Tier::Words => Probe::whole(joined),
                    Tier::Parts | Tier::Typos => Probe::begins(joined),
                });
            }
            clauses.push(ways);
        }
    }
    clauses
}

fn ways(term: &Term, tier: Tier, meant: &Meant) -> Vec<Probe> {
    let whole = std::iter::once(&term.word).chain(&term.singulars);
    match tier {
        Tier::Titles => whole.map(|word| Probe::whole(format!("{TITLE}{word}"))).collect(),
        Tier::Words => whole.map(Probe::whole).collect(),
        Tier::Parts | Tier::Typos => {
            let mut ways = vec![Probe::begins(&term.word)];
            if looks_inside(&term.word) {
                ways.push(Probe::begins(format!("{INSIDE}{}", term.word)));
            }
            ways.extend(term.singulars.iter().map(Probe::whole));
            if tier == Tier::Typos {
                let near = meant.get(&term.word).into_iter().flatten();
                ways.extend(near.map(|(word, _)| Probe::whole(word)));
            }
            ways
        }
    }
}
