//! Lines: where a text is broken.

use crate::font::{Face, Fonts};

/// Breaks a text into lines no wider than `width` points. What the text breaks is broken; then
/// after spaces, hyphens and slashes; a word that is too long where it must be, but not in front of
/// a mark that belongs to the character before. No character is lost but the spaces at a break.
pub(crate) fn wrap(text: &str, face: Face, size: f32, width: f32, fonts: &Fonts) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\t', "    ");
    let broken =
        |c: char| matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let mut lines = Vec::new();
    for paragraph in text.split(broken) {
        fill(paragraph, face, size, width, fonts, &mut lines);
    }
    lines
}

fn fill(
    paragraph: &str,
    face: Face,
    size: f32,
    width: f32,
    fonts: &Fonts,
    lines: &mut Vec<String>,
) {
    let mut line = String::new();
    let mut used = 0.0;
    // Where the line can be broken: bytes, and the width up to there.
    let mut chance: Option<(usize, f32)> = None;
    for character in paragraph.chars() {
        let advance = fonts.shape(character, face).advance() * size;
        let space = matches!(character, ' ' | '\u{200b}' | '\u{3000}');
        let attached = advance <= 0.0;
        // A space at the end of a line is not seen and needs no room.
        if used + advance > width && !space && !attached && !line.is_empty() {
            match chance {
                Some((end, before)) => {
                    let rest = line.split_off(end);
                    lines.push(line.trim_end_matches(' ').to_owned());
                    used -= before;
                    line = rest;
                }
                None => {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
            }
            chance = None;
            // The rest of a long word may still be too long for a line.
            if used + advance > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
        }
        line.push(character);
        used += advance;
        if space
            || matches!(character, '-' | '/' | '\u{2010}' | '\u{2013}' | '\u{2014}')
            || wide(character)
        {
            chance = Some((line.len(), used));
        }
    }
    lines.push(line.trim_end_matches(' ').to_owned());
}

/// Scripts that have no spaces are broken behind any character.
fn wide(character: char) -> bool {
    matches!(u32::from(character), 0x2E80..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, width: f32) -> Vec<String> {
        wrap(text, Face::Regular, 10.0, width, &Fonts::load().unwrap())
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
        ];
        for text in texts {
            for width in [15.0, 23.0, 40.0, 77.0, 150.0] {
                let lines = wrap(text, Face::Regular, 10.0, width, &fonts);
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
}
