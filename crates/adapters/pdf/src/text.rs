//! Lines: where a text is broken.

use crate::font::{Cluster, Face, Fonts, from_right};

/// A line, and the side that its paragraph begins at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrapped {
    pub(crate) text: String,
    pub(crate) from_right: bool,
}

/// Breaks a text into lines no wider than `width` points. What the text breaks is broken; then
/// after spaces, hyphens and slashes; a word that is too long where it must be, but not in front of
/// a mark that belongs to the character before. No character is lost but the spaces at a break.
pub(crate) fn wrap(text: &str, face: Face, size: f32, width: f32, fonts: &Fonts) -> Vec<Wrapped> {
    let text = untabbed(text);
    let mut lines = Vec::new();
    for paragraph in text.split(is_break) {
        let from_right = from_right(paragraph);
        let clusters = fonts.clusters(paragraph, face, from_right);
        let broken = fill(paragraph, &clusters, width / size);
        lines.extend(broken.into_iter().map(|text| Wrapped { text, from_right }));
    }
    lines
}

/// How wide the longest line of a text would be if only its own breaks broke it, and the longest
/// part without spaces, in ems.
pub(crate) fn extent(text: &str, face: Face, fonts: &Fonts) -> (f32, f32) {
    let (mut line, mut word) = (0.0_f32, 0.0_f32);
    for paragraph in untabbed(text).split(is_break) {
        let (mut used, mut begun) = (0.0, 0.0);
        for cluster in fonts.clusters(paragraph, face, from_right(paragraph)) {
            used += cluster.advance;
            // Not at no-break spaces, which part the digits of a number.
            if paragraph[cluster.text].chars().all(|character| character == ' ') {
                begun = used;
            }
            word = word.max(used - begun);
        }
        line = line.max(used);
    }
    (line, word)
}

fn untabbed(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\t', "    ")
}

const fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Lines no wider than `width` ems.
fn fill(paragraph: &str, clusters: &[Cluster], width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    // The line reaches from here to the cluster at hand, and is this wide.
    let (mut start, mut used) = (0, 0.0);
    // Where the line can be broken, and its width up to there.
    let mut chance: Option<(usize, f32)> = None;
    let mut before: Option<char> = None;
    let mut push = |from: usize, to: usize| {
        lines.push(paragraph[from..to].trim_end_matches(' ').to_owned());
    };
    for Cluster { text, advance } in clusters {
        let shown = &paragraph[text.clone()];
        let (first, last) = (shown.chars().next(), shown.chars().last());
        if before.is_some_and(parts_after)
            && !first.is_some_and(stays_with_what_is_before)
            && text.start > start
        {
            chance = Some((text.start, used));
        }
        let space = shown.chars().all(is_space);
        let attached = *advance <= 0.0;
        // A space at the end of a line is not seen and needs no room.
        if used + advance > width && !space && !attached && text.start > start {
            let (end, done) = chance.take().unwrap_or((text.start, used));
            push(start, end);
            (start, used) = (end, used - done);
            // The rest of a long word may still be too long for a line.
            if used + advance > width && text.start > start {
                push(start, text.start);
                (start, used) = (text.start, 0.0);
            }
        }
        used += advance;
        before = last;
    }
    push(start, paragraph.len());
    lines
}

const fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\u{200b}' | '\u{3000}')
}

/// Characters after which a line can be broken.
fn parts_after(character: char) -> bool {
    is_space(character)
        || matches!(character, '-' | '/' | '\u{2010}' | '\u{2013}' | '\u{2014}')
        || wide(character)
            && !matches!(character, '\u{3008}' | '\u{300a}' | '\u{300c}' | '\u{300e}' | '\u{3010}')
}

/// Characters that begin no line, such as the full stop of Chinese, unless they must.
const fn stays_with_what_is_before(character: char) -> bool {
    matches!(
        character,
        '\u{3001}'
            | '\u{3002}'
            | '\u{3009}'
            | '\u{300b}'
            | '\u{300d}'
            | '\u{300f}'
            | '\u{3011}'
            | '\u{30fc}'
            | '\u{ff01}'
            | '\u{ff09}'
            | '\u{ff0c}'
            | '\u{ff0e}'
            | '\u{ff1a}'
            | '\u{ff1b}'
            | '\u{ff1f}'
            | ')'
            | ','
            | '.'
            | ':'
            | ';'
            | '!'
            | '?'
    )
}

/// Scripts that have no spaces are broken behind any character.
fn wide(character: char) -> bool {
    matches!(u32::from(character), 0x2E80..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, width: f32) -> Vec<String> {
        let lines = wrap(text, Face::Regular, 10.0, width, &Fonts::load().unwrap());
        lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn texts_are_broken_at_spaces_and_where_they_say() {
        assert_eq!(lines("one two three", 50.0), ["one two", "three"]);
        assert_eq!(lines("one\n\ntwo\r\nthree", 500.0), ["one", "", "two", "three"]);
        assert_eq!(lines("", 50.0), [""]);
        assert_eq!(lines("well-known things", 45.0), ["well-", "known", "things"]);
        assert_eq!(lines("no\u{a0}break here", 55.0), ["no\u{a0}break", "here"]);
    }

    #[test]
    fn nothing_is_lost_and_nothing_juts_out() {
        let fonts = Fonts::load().unwrap();
        let texts = [
            "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
            "a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh iiiiiiiii jjjjjjjjjj kkkkkkkkkkk",
            "中文没有空格所以可以在任何地方换行中文没有空格所以可以在任何地方换行",
            "mixed 中文 and Ελληνικά and https://example.com/a/very/long/path?with=parameters&more=1",
            "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}",
            "שלום עולם, זה משפט ארוך עם 12 מספרים וגם English באמצע",
        ];
        for text in texts {
            for width in [15.0, 23.0, 40.0, 77.0, 150.0] {
                let lines = wrap(text, Face::Regular, 10.0, width, &fonts);
                let lines: Vec<String> = lines.into_iter().map(|line| line.text).collect();
                let kept: String = lines.concat().replace(' ', "");
                assert_eq!(kept, text.replace(' ', ""), "{width}");
                for line in &lines {
                    assert!(
                        fonts.width(line, Face::Regular, 10.0) <= width + 0.01,
                        "{line} {width}"
                    );
                    assert!(!line.starts_with('\u{301}'));
                }
            }
        }
    }

    #[test]
    fn a_line_narrower_than_a_character_holds_one() {
        assert_eq!(lines("abc", 0.0), ["a", "b", "c"]);
    }

    #[test]
    fn all_lines_of_a_paragraph_begin_at_its_side() {
        let fonts = Fonts::load().unwrap();
        let sides = |text: &str| -> Vec<bool> {
            let lines = wrap(text, Face::Regular, 10.0, 60.0, &fonts);
            lines.into_iter().map(|line| line.from_right).collect()
        };
        assert_eq!(sides("שלום עולם English words only here"), [true; 4]);
        assert_eq!(sides("English first שלום עולם"), [false; 2]);
        assert_eq!(sides("English\nשלום"), [false, true]);
    }

    #[test]
    fn a_full_stop_of_chinese_begins_no_line() {
        for width in [20.0, 30.0, 45.0] {
            for line in lines("中文。中文。中文。中文。", width) {
                assert!(!line.starts_with('。'), "{line} {width}");
            }
        }
    }
}
