//! How documents are found and indexed.
//!
//! The functions take a transaction's ports and not a unit of work, so that whoever calls them reads index, sources
//! and memberships in one.

use std::collections::BTreeSet;

use kernel::{SearchQuery, StoreError};

use crate::{
    document::{Document, known_words},
    pattern::{Ask, Meant, Tier, clauses},
    ports::{IndexStore, Sources},
    rank::{place, score},
    snippet::{Snippet, snippet},
    typos::Dictionary,
    values::{DocKey, Kind, Label},
};

/// Documents of a kind that are looked at for an answer, the newest of each tier.
pub const CANDIDATES: u32 = 200;
/// Documents in a step of filling the index.
pub const STEP: u32 = 200;

/// What somebody wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The words.
    pub query: SearchQuery,
    /// Of these kinds, in this order.
    pub kinds: Vec<Kind>,
    /// At most so many of each kind, and at the top.
    pub limit: u32,
}

/// A document that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Which one.
    pub key: DocKey,
    /// Its title.
    pub title: String,
    /// Where it was found.
    pub snippet: Snippet,
    /// How well it answers.
    pub score: u32,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// By kind, the best first.
    pub groups: Vec<(Kind, Vec<Hit>)>,
    /// The best of all kinds: the first of each kind, then the second of each.
    pub top: Vec<Hit>,
}

/// Finds what somebody with these labels may see.
///
/// The index says what may answer, and each document's source whether it is there, may be seen and still answers: what is
/// shown is what the source says now.
pub fn find(
    index: &mut dyn IndexStore,
    sources: &mut dyn Sources,
    dictionary: &Dictionary,
    question: &Question,
    labels: &[Label],
) -> Result<Answer, StoreError> {
    let Question { query, kinds, limit } = question;
    let mut asking = Asking { index, question, labels };
    let none = Meant::new();
    let exact = asking.candidates(kinds, Tier::Parts, &none)?;
    let mut found: Vec<(Kind, Shown)> = Vec::new();
    for kind in kinds {
        let mut of_kind: Vec<Document> =
            exact.iter().filter(|document| document.key.kind == *kind).cloned().collect();
        if of_kind.len() >= CANDIDATES as usize {
            // There are older ones that may be better.
            of_kind.extend(asking.ask(&[*kind], Tier::Words, &none)?);
            of_kind.extend(asking.ask(&[*kind], Tier::Titles, &none)?);
        }
        let mut shown = Shown::default();
        show(sources, question, labels, &none, of_kind, &mut shown)?;
        found.push((*kind, shown));
    }
    let is_short = |shown: &Shown| shown.hits.len() < *limit as usize;
    let short = found.iter().filter(|(_, shown)| is_short(shown)).map(|(kind, _)| *kind);
    let short: Vec<Kind> = short.collect();
    if !short.is_empty() {
        let near = query.words().map(|word| (word.to_owned(), dictionary.meant(word)));
        let meant: Meant = near.filter(|(_, near)| !near.is_empty()).collect();
        if !meant.is_empty() {
            let more = asking.candidates(&short, Tier::Typos, &meant)?;
            for (kind, shown) in found.iter_mut().filter(|(kind, _)| short.contains(kind)) {
                let of_kind = more.iter().filter(|document| document.key.kind == *kind);
                show(sources, question, labels, &meant, of_kind.cloned().collect(), shown)?;
            }
        }
    }
    let mut answer = Answer::default();
    let mut top = Vec::new();
    for (kind, shown) in found {
        top.extend(shown.hits.iter().cloned().enumerate());
        answer.groups.push((kind, shown.hits));
    }
    // The reciprocal rank, and of equal ones the better: scores of kinds say little about each other.
    top.sort_by_key(|(rank, hit)| (*rank, std::cmp::Reverse(hit.score), hit.key.kind));
    answer.top = top.into_iter().map(|(_, hit)| hit).take(*limit as usize).collect();
    Ok(answer)
}

/// What was seen of a kind, and what of it is shown.
#[derive(Default)]
struct Shown {
    seen: BTreeSet<DocKey>,
    hits: Vec<Hit>,
}

/// A question to the index.
struct Asking<'a> {
    index: &'a mut dyn IndexStore,
    question: &'a Question,
    labels: &'a [Label],
}

impl Asking<'_> {
    fn ask(
        &mut self,
        kinds: &[Kind],
        tier: Tier,
        meant: &Meant,
    ) -> Result<Vec<Document>, StoreError> {
        let words = clauses(&self.question.query, tier, meant);
        let (kinds, labels) = (kinds.to_vec(), self.labels.to_vec());
        self.index.find(&Ask { kinds, labels, words, limit: CANDIDATES })
    }

    /// Of each kind as many as are looked at. Mostly all kinds together have fewer, and it takes one question.
    fn candidates(
        &mut self,
        kinds: &[Kind],
        tier: Tier,
        meant: &Meant,
    ) -> Result<Vec<Document>, StoreError> {
        let found = self.ask(kinds, tier, meant)?;
        if found.len() < CANDIDATES as usize || kinds.len() <= 1 {
            return Ok(found);
        }
        let mut all = Vec::new();
        for kind in kinds {
            all.extend(self.ask(&[*kind], tier, meant)?);
        }
        Ok(all)
    }
}

/// Adds the best that their sources confirm, up to the limit.
fn show(
    sources: &mut dyn Sources,
    question: &Question,
    labels: &[Label],
    meant: &Meant,
    found: Vec<Document>,
    Shown { seen, hits }: &mut Shown,
) -> Result<(), StoreError> {
    let query = &question.query;
    let fresh = found.into_iter().filter(|document| seen.insert(document.key));
    let mut ranked: Vec<_> =
        fresh.filter_map(|document| Some((score(&document, query, meant)?, document))).collect();
    ranked.sort_by_key(|(score, document)| place(*score, document));
    let mut confirmed = Vec::new();
    for (_, indexed) in ranked {
        if hits.len() + confirmed.len() >= question.limit as usize {
            break;
        }
        let Some(now) = sources.read(indexed.key)? else { continue };
        if !now.is_seen_by(labels) {
            continue;
        }
        let Some(score) = score(&now, query, meant) else { continue };
        confirmed.push((score, now));
    }
    confirmed.sort_by_key(|(score, document)| place(*score, document));
    hits.extend(confirmed.into_iter().map(|(score, document)| {
        let text = if document.body.is_empty() { &document.title } else { &document.body };
        let snippet = snippet(text, query, meant);
        Hit { key: document.key, title: document.title, snippet, score }
    }));
    Ok(())
}

/// Titles that somebody may go on to type: those of documents that they may see, the best first, each once.
pub fn suggest(
    index: &mut dyn IndexStore,
    sources: &mut dyn Sources,
    dictionary: &Dictionary,
    question: &Question,
    labels: &[Label],
) -> Result<Vec<String>, StoreError> {
    let answer = find(index, sources, dictionary, question, labels)?;
    let mut known = BTreeSet::new();
    let titles = answer.top.into_iter().map(|hit| hit.title);
    Ok(titles.filter(|title| !title.is_empty() && known.insert(title.to_lowercase())).collect())
}

/// Makes the index agree with the source of one document. Events only say which document to look at, so it does not matter
/// how often they come, nor in which order: whoever holds the lock reads what is newest.
pub fn renew(
    index: &mut dyn IndexStore,
    sources: &mut dyn Sources,
    key: DocKey,
) -> Result<(), StoreError> {
    index.lock(key)?;
    match sources.read(key)? {
        Some(document) if !document.acl.is_empty() => index.put(&document),
        _ => index.remove(key),
    }
}

/// Makes the index agree with the next documents of a kind behind a number; returns how far it came, and nothing when there
/// are no more.
///
/// To build the index anew is to do so for each kind from 0 on. It is done in place: the documents that were not reached yet
/// answer as before, those that were as they are now, and no change can be lost between two indexes, because there
/// is one.
pub fn fill(
    index: &mut dyn IndexStore,
    sources: &mut dyn Sources,
    kind: Kind,
    behind: i64,
) -> Result<Option<i64>, StoreError> {
    let there = sources.numbers(kind, behind, STEP)?;
    let indexed = index.keys(kind, behind, STEP)?;
    // As far as both lists reach: a full one has more behind its last.
    let is_full = |list: &[i64]| list.len() >= STEP as usize;
    let ends = [&there, &indexed].into_iter().filter(|list| is_full(list));
    let end = ends.filter_map(|list| list.last().copied()).min().unwrap_or(i64::MAX);
    let all: BTreeSet<i64> = there.into_iter().chain(indexed).filter(|id| *id <= end).collect();
    for id in &all {
        renew(index, sources, DocKey { kind, id: *id })?;
    }
    Ok(all.last().copied())
}

/// Teaches a dictionary what was put behind a place; returns the place up to which it knows everything.
pub fn learn(
    index: &mut dyn IndexStore,
    dictionary: &mut Dictionary,
    place: i64,
    limit: u32,
) -> Result<i64, StoreError> {
    let texts = index.behind(place, limit)?;
    let end = texts.last().map_or(place, |(place, _)| *place);
    dictionary.add(texts.iter().flat_map(|(_, text)| known_words(text)));
    Ok(end)
}
