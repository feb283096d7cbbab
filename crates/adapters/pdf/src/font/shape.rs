//! Texts to glyphs: directions, scripts, the font of each run.

use std::{ops::Range, rc::Rc};

use harfrust::{
    BufferClusterLevel, Direction, Script as Tagged, ShapeOptions, ShapePlan, Tag, UnicodeBuffer,
};
use unicode_bidi::{Level, ParagraphBidiInfo, get_base_direction};
use unicode_script::{Script, UnicodeScript as _};
use unicode_segmentation::UnicodeSegmentation as _;

use super::{BOX_MARGIN, Face, FontId, Fonts, Region};

/// A glyph, in ems. Several may have one range of the text, and one may have several characters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Glyph {
    pub(crate) id: u32,
    pub(crate) advance: f32,
    pub(crate) right: f32,
    pub(crate) up: f32,
    pub(crate) text: Range<usize>,
}

/// Part of a line, from left to right as it is seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    /// Glyphs of one font.
    Glyphs { font: FontId, glyphs: Vec<Glyph> },
    /// A character without a glyph: a box with the digits of its code point in two rows, so many
    /// across.
    Code { character: char, text: Range<usize>, across: usize, advance: f32 },
}

impl Piece {
    /// How wide it is, in ems.
    pub(crate) fn advance(&self) -> f32 {
        match self {
            Self::Glyphs { glyphs, .. } => glyphs.iter().map(|glyph| glyph.advance).sum(),
            Self::Code { advance, .. } => *advance,
        }
    }
}

/// What is broken into lines as a whole: its place in the text, and how wide it is in ems.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cluster {
    pub(crate) text: Range<usize>,
    pub(crate) advance: f32,
}

/// True for a paragraph that begins at the right: its first letter is of such a script.
pub(crate) fn from_right(paragraph: &str) -> bool {
    may_turn(paragraph) && matches!(get_base_direction(paragraph), unicode_bidi::Direction::Rtl)
}

/// True when something in the text may run from right to left.
fn may_turn(text: &str) -> bool {
    text.chars().any(|character| {
        matches!(
            character,
            '\u{590}'..='\u{8ff}'
                | '\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{fb1d}'..='\u{fdff}'
                | '\u{fe70}'..='\u{fefe}'
                | '\u{10800}'..='\u{10fff}'
                | '\u{1e800}'..='\u{1efff}'
        )
    })
}

impl Fonts {
    /// The glyphs of a line, from left to right as they are seen. `from_right` says where its
    /// paragraph begins.
    pub(crate) fn pieces(&self, line: &str, face: Face, from_right: bool) -> Vec<Piece> {
        let mut pieces = Vec::new();
        if self.others_have_more() {
            let regular = FontId::Embedded(Face::Regular);
            line.chars().filter(|c| !self.covers(regular, *c)).for_each(|c| self.lacks(c));
            return pieces;
        }
        for (range, turned) in directions(line, from_right) {
            let mut runs = scripts(line, range);
            if turned {
                runs.reverse();
            }
            for (range, script) in runs {
                self.run(line, range, script, turned, face, &mut pieces);
            }
        }
        pieces
    }

    /// The clusters of a paragraph, in the order they are read.
    pub(crate) fn clusters(&self, paragraph: &str, face: Face, from_right: bool) -> Vec<Cluster> {
        let plain = paragraph.char_indices().map(|(at, character)| {
            let (_, _, advance) = self.plain(character, face)?;
            Some(Cluster { text: at..at + character.len_utf8(), advance })
        });
        plain.collect::<Option<Vec<_>>>().unwrap_or_else(|| {
            let mut clusters: Vec<Cluster> = Vec::new();
            for piece in self.pieces(paragraph, face, from_right) {
                match piece {
                    Piece::Code { text, advance, .. } => clusters.push(Cluster { text, advance }),
                    Piece::Glyphs { glyphs, .. } => {
                        for Glyph { text, advance, .. } in glyphs {
                            match clusters.last_mut().filter(|last| last.text == text) {
                                Some(last) => last.advance += advance,
                                None => clusters.push(Cluster { text, advance }),
                            }
                        }
                    }
                }
            }
            clusters.sort_by_key(|cluster| cluster.text.start);
            clusters
        })
    }

    fn run(
        &self,
        line: &str,
        range: Range<usize>,
        script: Script,
        turned: bool,
        face: Face,
        pieces: &mut Vec<Piece>,
    ) {
        if !turned && self.unshaped(line, range.clone(), face, pieces) {
            return;
        }
        let mut parts = self.choose(line, range, script, face);
        if turned {
            parts.reverse();
        }
        for (range, font) in parts {
            match font {
                Some(font) => {
                    let glyphs = self.shaped(line, range, font, script, turned);
                    pieces.push(Piece::Glyphs { font, glyphs });
                }
                None => {
                    let start = range.start;
                    let mut codes: Vec<Piece> = line[range]
                        .char_indices()
                        .filter(|(_, character)| !is_invisible(*character))
                        .map(|(at, character)| self.code(start + at, character))
                        .collect();
                    if turned {
                        codes.reverse();
                    }
                    pieces.append(&mut codes);
                }
            }
        }
    }

    /// The box of a character without a glyph. It is remembered as missing.
    fn code(&self, at: usize, character: char) -> Piece {
        self.lacks(character);
        let across = if u32::from(character) > 0xFFFF { 3 } else { 2 };
        let digits: f32 = (0..across).map(|_| self.digit_advance()).sum();
        let text = at..at + character.len_utf8();
        Piece::Code { character, text, across, advance: digits + 4.0 * BOX_MARGIN }
    }

    /// A glyph for each character, when each of them stands for itself.
    fn unshaped(
        &self,
        line: &str,
        range: Range<usize>,
        face: Face,
        pieces: &mut Vec<Piece>,
    ) -> bool {
        let start = range.start;
        let plain: Option<Vec<_>> = line[range]
            .char_indices()
            .map(|(at, character)| {
                let (face, id, advance) = self.plain(character, face)?;
                let text = start + at..start + at + character.len_utf8();
                Some((FontId::Embedded(face), Glyph { id, advance, right: 0.0, up: 0.0, text }))
            })
            .collect();
        let Some(plain) = plain else { return false };
        for (font, glyph) in plain {
            match pieces.last_mut() {
                Some(Piece::Glyphs { font: last, glyphs }) if *last == font => glyphs.push(glyph),
                _ => pieces.push(Piece::Glyphs { font, glyphs: vec![glyph] }),
            }
        }
        true
    }

    /// The font of each part of a run: one for all of it where a font has all; else for each
    /// character, as readers see them, the font before it if it has it, or the first that has.
    fn choose(
        &self,
        line: &str,
        range: Range<usize>,
        script: Script,
        face: Face,
    ) -> Vec<(Range<usize>, Option<FontId>)> {
        let run = &line[range.clone()];
        let region = match script {
            Script::Hangul => Some(Region::Korea),
            Script::Han if run.chars().any(is_kana) => Some(Region::Japan),
            _ => None,
        };
        let covers = |id: &FontId, text: &str| {
            text.chars().all(|character| is_invisible(character) || self.covers(*id, character))
        };
        let first = |text: &str, lead: char| {
            let candidates = self.candidates(lead, face, region);
            candidates.into_iter().find(|id| covers(id, text) && self.usable(*id))
        };
        let lead = run.chars().find(|character| !is_neutral(character.script()));
        if let Some(font) = lead.and_then(|lead| first(run, lead)) {
            return vec![(range, Some(font))];
        }
        let mut parts: Vec<(Range<usize>, Option<FontId>)> = Vec::new();
        let mut add = |text: Range<usize>, font: Option<FontId>| match parts.last_mut() {
            Some((part, last)) if *last == font => part.end = text.end,
            _ => parts.push((text, font)),
        };
        let mut last = None;
        for (at, grapheme) in run.grapheme_indices(true) {
            let start = range.start + at;
            let text = start..start + grapheme.len();
            let lead = grapheme.chars().find(|character| !is_invisible(*character));
            let same = last.filter(|id| covers(id, grapheme));
            let whole = same.or_else(|| lead.and_then(|lead| first(grapheme, lead)));
            if whole.is_some() {
                last = whole;
                add(text, whole);
                continue;
            }
            // No font has all of it: then each part of it by itself.
            for (at, character) in grapheme.char_indices() {
                let part = start + at..start + at + character.len_utf8();
                add(part, first(&grapheme[at..at + character.len_utf8()], character));
            }
        }
        parts
    }

    fn shaped(
        &self,
        line: &str,
        range: Range<usize>,
        font: FontId,
        script: Script,
        turned: bool,
    ) -> Vec<Glyph> {
        let tag = script.as_iso15924_tag();
        let direction = if turned { Direction::RightToLeft } else { Direction::LeftToRight };
        let tagged = Tagged::from_iso15924_tag(Tag::from_be_bytes(tag.to_be_bytes()));
        let shaped = self.with(font, |cut| {
            let reference = cut.reference()?;
            let shaper = cut.shaper.shaper(&reference).build();
            let key = (font, tag, turned);
            let known = self.state.borrow().plans.get(&key).map(Rc::clone);
            let plan = known
                .unwrap_or_else(|| Rc::new(ShapePlan::new(&shaper, direction, tagged, None, &[])));
            self.state.borrow_mut().plans.insert(key, Rc::clone(&plan));
            let mut buffer = UnicodeBuffer::new();
            buffer.push_str(&line[range.clone()]);
            buffer.set_direction(direction);
            if turned {
                // Readers turn such text around letter by letter: an accent is one of them.
                buffer.set_cluster_level(BufferClusterLevel::MonotoneCharacters);
            }
            if let Some(script) = tagged {
                buffer.set_script(script);
            }
            let options = ShapeOptions::new().plan(Some(&*plan));
            Some((shaper.shape(buffer, options), cut.units))
        });
        let Some((buffer, units)) = shaped.flatten() else { return Vec::new() };
        let infos = buffer.glyph_infos();
        let mut starts: Vec<usize> = infos.iter().map(|info| info.cluster as usize).collect();
        starts.sort_unstable();
        starts.dedup();
        let ems = |value: i32| value as f32 / units;
        infos
            .iter()
            .zip(buffer.glyph_positions())
            .map(|(info, position)| {
                let from = info.cluster as usize;
                let next = starts.get(starts.partition_point(|start| *start <= from));
                let to = next.copied().unwrap_or(range.len());
                Glyph {
                    // A glyph beyond what a font can have is that of a missing character.
                    id: if info.glyph_id > 0xFFFF { 0 } else { info.glyph_id },
                    advance: ems(position.x_advance),
                    right: ems(position.x_offset),
                    up: ems(position.y_offset),
                    text: range.start + from..range.start + to,
                }
            })
            .collect()
    }
}

/// The parts of a line that run in one direction, from left to right as they are seen, and whether
/// that is from right to left.
fn directions(line: &str, from_right: bool) -> Vec<(Range<usize>, bool)> {
    if line.is_empty() {
        return Vec::new();
    }
    if !from_right && !may_turn(line) {
        return vec![(0..line.len(), false)];
    }
    let level = if from_right { Level::rtl() } else { Level::ltr() };
    let info = ParagraphBidiInfo::new(line, Some(level));
    let (levels, runs) = info.visual_runs(0..line.len());
    let turned = |at: usize| levels.get(at).is_some_and(|level: &Level| level.is_rtl());
    runs.into_iter().map(|run| (run.clone(), turned(run.start))).collect()
}

/// The parts of a text that are of one script. What belongs to none goes with what stands before it.
fn scripts(line: &str, range: Range<usize>) -> Vec<(Range<usize>, Script)> {
    let mut runs: Vec<(Range<usize>, Script)> = Vec::new();
    for (at, character) in line[range.clone()].char_indices() {
        let start = range.start + at;
        let end = start + character.len_utf8();
        let script = match character.script() {
            Script::Hiragana | Script::Katakana | Script::Bopomofo => Script::Han,
            script => script,
        };
        match runs.last_mut() {
            Some((run, last)) if is_neutral(script) || *last == script => run.end = end,
            Some((run, last)) if is_neutral(*last) => {
                run.end = end;
                *last = script;
            }
            _ => runs.push((start..end, script)),
        }
    }
    runs
}

const fn is_neutral(script: Script) -> bool {
    matches!(script, Script::Common | Script::Inherited | Script::Unknown)
}

pub(super) const fn is_kana(character: char) -> bool {
    matches!(character, '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}')
}

/// Characters that are never seen and need no glyph.
pub(crate) const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(line: &str, from_right: bool) -> String {
        let fonts = Fonts::load().unwrap();
        let mut text = String::new();
        for piece in fonts.pieces(line, Face::Regular, from_right) {
            match piece {
                Piece::Code { character, .. } => text.push(character),
                Piece::Glyphs { glyphs, .. } => {
                    let mut last = None;
                    for glyph in glyphs {
                        if last.replace(glyph.text.clone()) != Some(glyph.text.clone()) {
                            text.push_str(&line[glyph.text]);
                        }
                    }
                }
            }
        }
        text
    }

    #[test]
    fn letters_run_from_right_to_left_and_numbers_within_them_do_not() {
        assert!(from_right("שלום 123") && !from_right("abc שלום") && !from_right("123"));
        assert_eq!(seen("אבג 123 דה", true), "הד 123 גבא");
        assert_eq!(seen("abc אבג 12", false), "abc 12 גבא");
        // Brackets are drawn mirrored: the first one opens, at the left.
        assert_eq!(seen("אבג (abc)", true), ")abc( גבא");
        assert_eq!(seen("plain text", false), "plain text");
        assert_eq!(seen("", true), "");
    }

    #[test]
    fn joined_letters_are_glyphs_of_their_own() {
        let fonts = Fonts::load().unwrap();
        let ids = |text: &str| -> Vec<u32> {
            let pieces = fonts.pieces(text, Face::Regular, true);
            let glyphs = pieces.into_iter().flat_map(|piece| match piece {
                Piece::Glyphs { glyphs, .. } => glyphs,
                Piece::Code { character, .. } => panic!("{character:?} has no glyph"),
            });
            glyphs.map(|glyph| glyph.id).collect()
        };
        let alone: Vec<u32> = ["ب", "ي", "ت"].into_iter().flat_map(&ids).collect();
        let mut joined = ids("بيت");
        joined.reverse();
        assert_eq!(joined.len(), 3);
        assert!(joined.iter().zip(&alone).any(|(a, b)| a != b), "{joined:?} {alone:?}");
        // Lam and alef are one glyph.
        assert_eq!(ids("لا").len(), 1);
    }

    #[test]
    fn loose_accents_stand_on_their_letters() {
        let fonts = Fonts::load().unwrap();
        let clusters = fonts.clusters("e\u{301}x", Face::Regular, false);
        assert_eq!(clusters.iter().map(|one| one.text.clone()).collect::<Vec<_>>(), [0..3, 3..4]);
        let bare = fonts.width("ex", Face::Regular, 10.0);
        assert!((fonts.width("e\u{301}x", Face::Regular, 10.0) - bare).abs() < 0.2);
    }

    #[test]
    fn what_is_never_seen_is_never_missing() {
        let fonts = Fonts::load().unwrap();
        fonts.pieces("a\u{200d}b \u{fe0f}\u{2066}c\u{2069}\u{e0041}", Face::Bold, false);
        assert!(fonts.missing().is_empty());
        fonts.pieces("👩\u{200d}🚀\u{fe0f}", Face::Bold, false);
        assert_eq!(fonts.missing(), ['👩', '🚀']);
    }

    #[test]
    fn runs_of_a_script_take_their_punctuation_along() {
        let text = "日本の, abc हिन्दी।";
        let runs: Vec<_> = scripts(text, 0..text.len());
        let found: Vec<_> =
            runs.iter().map(|(range, script)| (&text[range.clone()], *script)).collect();
        let expected =
            [("日本の, ", Script::Han), ("abc ", Script::Latin), ("हिन्दी।", Script::Devanagari)];
        assert_eq!(found, expected);
    }
}
