//! Which document answers better. Everything is counted in whole numbers, so that every machine comes to the same order.
//!
//! Exact words come before beginnings, those before insides, those before one edit, that before two: by the
//! worst word of the query. Then the title counts before the body, words that stand together before those that stand apart,
//! and a title without other words before one with them.

use std::{cmp::Reverse, collections::BTreeSet};

use kernel::{
    SearchQuery,
    search::{Term, Wanted, looks_inside, words},
};

use crate::{
    document::{Document, INSIDE, TITLE},
    pattern::{Meant, Probe},
    values::DocKey,
};

/// Of a document that could not answer better.
pub const BEST: u32 = 10_000;
/// What each step from exact to two edits costs.
const STEP: u32 = 2000;
/// What it costs when no word is in the title.
const BODY: u32 = 1000;
/// Words between two that count.
const FAR: u32 = 20;
/// What a word between two costs, and another word of the title.
const APART: u32 = 15;

/// How well a word was found. The smaller the better: a level, and whether it is in the title.
type Found = (u32, bool);

/// How well a document answers, up to [`BEST`]; nothing when it does not.
pub fn score(document: &Document, query: &SearchQuery, meant: &Meant) -> Option<u32> {
    let entries = document.words();
    let mut all = Vec::new();
    for wanted in query.wanted() {
        all.extend(of_wanted(wanted, &entries, meant)?);
    }
    let worst = all.iter().map(|(level, _)| *level).max().unwrap_or_default();
    let in_body = all.iter().filter(|(_, is_title)| !is_title).count() as u32;
    let body = BODY * in_body / (all.len() as u32).max(1);
    let title = words(&document.title);
    let mut apart = 0;
    let mut asked = query.words();
    if let (Some(first), Some(second)) = (asked.next(), asked.next()) {
        let near = between(&title, first, second);
        let near = near.or_else(|| between(&words(&document.body), first, second));
        apart = near.unwrap_or(FAR).min(FAR) * APART;
    }
    let others = (title.len() as u32).saturating_sub(all.len() as u32).min(FAR);
    let cost = worst * STEP + body + apart + others * APART;
    let weight = u32::from(document.weight.clamp(0, 100).unsigned_abs());
    Some(BEST.saturating_sub(cost) + weight)
}

/// How well what is wanted was found: each of its words, or all of them joined.
fn of_wanted(wanted: &Wanted, entries: &BTreeSet<String>, meant: &Meant) -> Option<Vec<Found>> {
    let apart: Option<Vec<Found>> =
        wanted.terms.iter().map(|term| of_term(term, entries, meant)).collect();
    let joined = wanted.joined.as_ref().and_then(|joined| {
        let term = Term { word: joined.clone(), singulars: Vec::new() };
        let found = of_term(&term, entries, &Meant::new())?;
        Some(vec![found; wanted.terms.len()])
    });
    let worst = |all: &Vec<Found>| all.iter().max_by_key(|found| order(**found)).copied();
    [apart, joined].into_iter().flatten().min_by_key(|all| worst(all).map(order))
}

const fn order(found: Found) -> (u32, bool) {
    (found.0, !found.1)
}

fn of_term(term: &Term, entries: &BTreeSet<String>, meant: &Meant) -> Option<Found> {
    let title = |word: &str| format!("{TITLE}{word}");
    let has = |text: String, begins| Probe { text, begins }.is_in(entries);
    let exact = || std::iter::once(&term.word).chain(&term.singulars);
    let inside = || looks_inside(&term.word) && has(format!("{INSIDE}{}", term.word), true);
    let near = || {
        let near = meant.get(&term.word).into_iter().flatten();
        near.filter_map(|(word, edits)| {
            let level = 2 + u32::from(*edits);
            if has(title(word), false) {
                Some((level, true))
            } else {
                has(word.clone(), false).then_some((level, false))
            }
        })
        .min_by_key(|found| order(*found))
    };
    if exact().any(|word| has(title(word), false)) {
        Some((0, true))
    } else if exact().any(|word| has(word.clone(), false)) {
        Some((0, false))
    } else if has(title(&term.word), true) {
        Some((1, true))
    } else if has(term.word.clone(), true) {
        Some((1, false))
    } else if inside() {
        Some((2, true))
    } else {
        near()
    }
}

/// How many words are between two, the other way round one more.
fn between(words: &[String], first: &str, second: &str) -> Option<u32> {
    let places = |asked: &str| -> Vec<u32> {
        let all = (0_u32..).zip(words);
        all.filter(|(_, word)| word.starts_with(asked)).map(|(at, _)| at).collect()
    };
    let seconds = places(second);
    let pairs = places(first).into_iter().flat_map(|one| {
        let next = seconds.partition_point(|two| *two <= one);
        let after = seconds.get(next).map(|two| two - one - 1);
        let before = next.checked_sub(1).and_then(|at| seconds.get(at));
        let before = before.filter(|two| **two < one).map(|two| one - two);
        [after, before]
    });
    pairs.flatten().min()
}

/// In which order documents answer: the best first, then the newest, then those of the first kind, then the greater number.
pub fn place(score: u32, document: &Document) -> impl Ord + use<> {
    let DocKey { kind, id } = document.key;
    (Reverse(score), Reverse(document.at), kind, Reverse(id))
}
