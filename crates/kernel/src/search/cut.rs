//! How a text is cut: into words, into pairs of characters where a script has no spaces, and into what one sign joins.

use super::{WORD_MAX, fold};

/// Words of one [`Chunk`] that its joined spellings are made of.
pub(super) const JOINED_MAX: usize = 8;

/// What stands together: one word, or several with one sign between each two, such as `USB-C` and `L'Oréal`.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// Its pieces, in order.
    pub(super) pieces: Vec<Piece>,
}

/// A run of letters and digits of one kind.
#[derive(Debug)]
pub(super) enum Piece {
    /// Of a script with spaces between words: cut to [`WORD_MAX`] characters.
    Word(String),
    /// Of a script without: all of its characters.
    Run(String),
}

impl Chunk {
    /// True when some piece of it is of a script without spaces.
    pub(super) fn has_run(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Run(_)))
    }

    /// The spellings without the signs: from each word but the last to the end, so that whatever is joined begins one of
    /// them.
    pub(super) fn joined(&self) -> impl Iterator<Item = String> + '_ {
        let words = || {
            self.pieces.iter().map_while(|piece| match piece {
                Piece::Word(word) => Some(word.as_str()),
                Piece::Run(_) => None,
            })
        };
        let count = words().take(JOINED_MAX).count();
        (1..count).map(move |left| {
            let from = words().take(count).skip(left - 1);
            from.flat_map(str::chars).take(WORD_MAX).collect()
        })
    }
}

/// The chunks of a text, in order.
pub(super) fn chunks(text: &str) -> Vec<Chunk> {
    let text = fold::folded(text);
    let mut chunks: Vec<Chunk> = Vec::new();
    // The signs between the last word and the next one: one that is no space joins them.
    let mut between: Option<(usize, char)> = None;
    let mut word = String::new();
    let is_part = |c: char| c.is_alphanumeric() || fold::is_accent(c);
    for c in text.chars().chain(std::iter::once(' ')) {
        if is_part(c) {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            let joins = matches!(between, Some((1, sign)) if !sign.is_whitespace());
            if !joins {
                chunks.push(Chunk::default());
            }
            if let Some(chunk) = chunks.last_mut() {
                chunk.pieces.extend(pieces(&word));
            }
            word.clear();
            between = Some((0, c));
        }
        between = between.map(|(count, sign)| (count + 1, sign));
    }
    chunks
}

/// A run of letters and digits, cut where the kind of script changes.
fn pieces(word: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let of_kind = |c: char| fold::is_cjk(c) == fold::is_cjk(first);
        let end = rest.find(|c| !of_kind(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        pieces.push(if fold::is_cjk(first) {
            Piece::Run(run.to_owned())
        } else {
            Piece::Word(run.chars().take(WORD_MAX).collect())
        });
        rest = after;
    }
    pieces
}

/// The overlapping pairs of a run; the character itself where there is just one.
pub(super) fn pairs(run: &str) -> impl Iterator<Item = &str> {
    let ends = || run.char_indices().map(|(start, c)| (start, start + c.len_utf8()));
    let alone = ends().nth(1).is_none().then_some(run);
    ends().zip(ends().skip(1)).filter_map(|((start, _), (_, end))| run.get(start..end)).chain(alone)
}

/// The last character of a run.
pub(super) fn last(run: &str) -> Option<&str> {
    run.char_indices().next_back().and_then(|(start, _)| run.get(start..))
}

/// What a word may be the plural of, in English or in French. Some of these are no words; nothing begins with them alone,
/// so they find nothing.
pub(super) fn singulars(word: &str) -> Vec<String> {
    if word.len() < 4 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut with = |ending: &str, other: &str| {
        if let Some(stem) = word.strip_suffix(ending) {
            found.push(format!("{stem}{other}"));
        }
    };
    if !word.ends_with("ss") {
        with("s", "");
    }
    for ending in ["ses", "xes", "zes", "ches", "shes"] {
        with(ending, ending.trim_end_matches("es"));
    }
    with("ies", "y");
    with("aux", "al");
    for ending in ["aux", "eux", "oux"] {
        with(ending, ending.trim_end_matches('x'));
    }
    found
}
