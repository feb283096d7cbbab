//! The part of a text that is shown: around the first place that was found, as text with offsets. It is never HTML, so
//! whoever shows it decides how, and nothing in it can be taken for a tag.

use kernel::{
    SearchQuery,
    search::{Term, looks_inside, words},
};

use crate::pattern::Meant;

/// Characters of a snippet.
pub const SNIPPET_MAX: usize = 160;
/// Characters before the first place that was found.
const BEFORE: usize = 40;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The text.
    pub text: String,
    /// What was found in it: from which character (Unicode scalar value) up to which one, in order, apart.
    pub matched: Vec<(usize, usize)>,
}

/// The part of a text that shows best why it was found.
pub fn snippet(text: &str, query: &SearchQuery, meant: &Meant) -> Snippet {
    let characters: Vec<char> = text.chars().collect();
    let all = places(&characters, query, meant);
    let first = all.first().map_or(0, |place| place.0);
    let latest = characters.len().saturating_sub(SNIPPET_MAX);
    let mut start = first.saturating_sub(BEFORE).min(latest);
    // Words are not cut at the front, when there is a space near.
    if start > 0 {
        let ahead = characters.iter().skip(start).take(first.saturating_sub(start));
        let space = ahead.enumerate().find(|(_, c)| c.is_whitespace()).map(|(at, _)| at + 1);
        start += space.unwrap_or_default();
    }
    let end = characters.len().min(start + SNIPPET_MAX);
    let inside = all.into_iter().filter(|(from, to)| *from >= start && *to <= end);
    Snippet {
        text: characters.iter().skip(start).take(end - start).collect(),
        matched: inside.map(|(from, to)| (from - start, to - start)).collect(),
    }
}

/// What was found in a text, in order; places that touch are one.
fn places(text: &[char], query: &SearchQuery, meant: &Meant) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut add = |from: usize, to: usize| match found.last_mut() {
        Some(last) if from <= last.1 => last.1 = last.1.max(to),
        _ => found.push((from, to)),
    };
    let mut at = 0;
    for run in text.split(|c| !c.is_alphanumeric() && words(&format!("a{c}b")).len() != 1) {
        let cut = words(&run.iter().collect::<String>());
        match cut.as_slice() {
            [] => {}
            [word] if is_found(word, query, meant) => add(at, at + run.len()),
            [_] => {}
            _ => {
                for (offset, pair) in run.windows(2).enumerate() {
                    let cut = words(&pair.iter().collect::<String>());
                    if cut.iter().any(|word| is_found(word, query, meant)) {
                        add(at + offset, at + offset + 2);
                    }
                }
            }
        }
        at += run.len() + 1;
    }
    found
}

fn is_found(word: &str, query: &SearchQuery, meant: &Meant) -> bool {
    let term = |term: &Term| {
        word.starts_with(&term.word)
            || term.singulars.iter().any(|singular| singular == word)
            || looks_inside(&term.word) && word.contains(&term.word)
            || meant.get(&term.word).into_iter().flatten().any(|(near, _)| near == word)
    };
    query.wanted().iter().any(|wanted| {
        wanted.terms.iter().any(term)
            || wanted.joined.as_ref().is_some_and(|joined| word.starts_with(joined))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, query: &str) -> (String, Vec<String>) {
        let query = SearchQuery::parse(query).unwrap();
        let Snippet { text, matched } = snippet(text, &query, &Meant::new());
        let of = |(from, to): &(usize, usize)| text.chars().skip(*from).take(to - from).collect();
        let found = matched.iter().map(of).collect();
        (text, found)
    }

    #[test]
    fn what_was_found_is_named_by_characters() {
        let (text, found) = shown("Le café est <b>fermé</b> aujourd'hui", "ferme cafe");
        assert_eq!(text, "Le café est <b>fermé</b> aujourd'hui");
        assert_eq!(found, ["café", "fermé"]);
        assert_eq!(shown("🐝🐝 系统监控中心", "监控").1, ["监控"]);
        assert_eq!(shown("Smartphone", "phone").1, ["Smartphone"]);
        assert_eq!(shown("nothing here", "else"), ("nothing here".to_owned(), vec![]));
    }

    #[test]
    fn a_long_text_is_cut_around_the_first_place() {
        let long = format!("{} needle {}", "hay ".repeat(100), "straw ".repeat(100));
        let (text, found) = shown(&long, "needle");
        assert_eq!(text.chars().count(), SNIPPET_MAX);
        assert!(text.starts_with("hay "));
        assert_eq!(found, ["needle"]);
        let (text, found) = shown(&"x".repeat(1000), "needle");
        assert_eq!((text.len(), found.len()), (SNIPPET_MAX, 0));
    }
}
