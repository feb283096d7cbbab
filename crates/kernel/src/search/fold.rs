//! One spelling for what people write in many: lower case, no accents, one width.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

/// The characters of a text in lower case, without accents, in their usual width (NFKD without marks, then NFC). Marks
/// that make another letter of theirs, as the voicing of kana and the vowels of Indic scripts, stay.
pub(super) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let apart = DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(text.chars());
    let lower = apart.flat_map(char::to_lowercase).filter(|c| !is_accent(*c)).flat_map(plain);
    ComposingNormalizerBorrowed::new_nfc().normalize_iter(lower).collect()
}

/// A mark above or below a letter, which is the same letter without it.
pub(super) const fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}')
}

/// Letters that Unicode takes apart into no letter and an accent, as one or two plain ones.
fn plain(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'æ' => ('a', Some('e')),
        'đ' | 'ð' => ('d', None),
        'ħ' => ('h', None),
        'ı' => ('i', None),
        'ĸ' => ('k', None),
        'ł' => ('l', None),
        'ŋ' => ('n', None),
        'ø' => ('o', None),
        'œ' => ('o', Some('e')),
        'ß' => ('s', Some('s')),
        'ŧ' => ('t', None),
        'þ' => ('t', Some('h')),
        'ς' => ('σ', None),
        // An apostrophe that counts as a letter.
        '\u{2bc}' => ('\'', None),
        other => (other, None),
    };
    std::iter::once(first).chain(second)
}

/// True for scripts without spaces between words: Han, kana, hangul.
pub(super) const fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11ff}' // hangul jamo
        | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30ff}' // kana
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' // hangul
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}')
}
