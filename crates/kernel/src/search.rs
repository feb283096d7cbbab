//! How texts are cut into words for full-text search. The cutting is ours and not the database's,
//! so that every store finds the same rows: words are runs of letters and digits, in lower case and
//! without accents; every word of a query must begin some word of the text.
//!
//! Accents are folded by a table of the Latin-1 Supplement and Latin Extended-A, and combining marks
//! (U+0300–036F) are dropped, so that `é` is found whether it was written as one character or two.

/// Characters of a word that count.
pub const WORD_MAX: usize = 64;
/// Words of a query.
pub const QUERY_WORDS_MAX: usize = 10;
/// Characters of a query.
pub const QUERY_MAX: usize = 200;

/// The words of a text, in order, lower-cased, without accents, cut to [`WORD_MAX`] characters.
pub fn words(text: &str) -> Vec<String> {
    // A combining mark is neither letter nor digit, but does not end a word either.
    text.split(|c: char| !c.is_alphanumeric() && !is_mark(c))
        .map(|word| word.chars().flat_map(char::to_lowercase).filter(|c| !is_mark(*c)))
        .map(|word| word.flat_map(folded).take(WORD_MAX).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect()
}

/// A combining diacritical mark.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// A lower-case letter without its accent, as one or two letters; any other character as it is.
fn folded(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ª' => ('a', None),
        'æ' => ('a', Some('e')),
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => ('c', None),
        'ð' | 'ď' | 'đ' => ('d', None),
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => ('e', None),
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => ('g', None),
        'ĥ' | 'ħ' => ('h', None),
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => ('i', None),
        'ĳ' => ('i', Some('j')),
        'ĵ' => ('j', None),
        'ķ' | 'ĸ' => ('k', None),
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => ('l', None),
        'ñ' | 'ń' | 'ņ' | 'ň' | 'ŉ' | 'ŋ' => ('n', None),
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'º' => ('o', None),
        'œ' => ('o', Some('e')),
        'ŕ' | 'ŗ' | 'ř' => ('r', None),
        'ś' | 'ŝ' | 'ş' | 'š' | 'ſ' => ('s', None),
        'ß' => ('s', Some('s')),
        'ţ' | 'ť' | 'ŧ' => ('t', None),
        'þ' => ('t', Some('h')),
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => ('u', None),
        'ŵ' => ('w', None),
        'ý' | 'ÿ' | 'ŷ' => ('y', None),
        'ź' | 'ż' | 'ž' => ('z', None),
        other => (other, None),
    };
    std::iter::once(first).chain(second)
}

/// What somebody searches for: one to ten words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery(Vec<String>);

/// Why a text cannot be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SearchQueryError {
    /// No letter and no digit in it.
    #[error("must contain at least one letter or digit")]
    Empty,
    /// Too many characters.
    #[error("must have at most 200 characters")]
    TooLong,
    /// Too many words.
    #[error("must have at most 10 words")]
    TooManyWords,
}

impl SearchQuery {
    /// Cuts a query into words.
    pub fn parse(raw: &str) -> Result<Self, SearchQueryError> {
        if raw.chars().count() > QUERY_MAX {
            return Err(SearchQueryError::TooLong);
        }
        let words = words(raw);
        if words.is_empty() {
            return Err(SearchQueryError::Empty);
        }
        if words.len() > QUERY_WORDS_MAX {
            return Err(SearchQueryError::TooManyWords);
        }
        Ok(Self(words))
    }

    /// The words; letters and digits only, so that no store can mistake them for syntax.
    pub fn words(&self) -> &[String] {
        &self.0
    }

    /// True when every word begins some word of `text`.
    pub fn matches(&self, text: &str) -> bool {
        let words = words(text);
        self.0.iter().all(|wanted| words.iter().any(|word| word.starts_with(wanted.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_prefixes_joined_by_and() {
        let query = SearchQuery::parse("Rep, DÉC").unwrap();
        assert!(query.matches("The décembre report"));
        assert!(!query.matches("The report"));
        assert!(!SearchQuery::parse("port").unwrap().matches("report"));
    }

    #[test]
    fn accents_are_no_difference() {
        for (text, query) in [
            ("décembre", "decembre"),
            ("decembre", "DÉCEMB"),
            ("de\u{301}cembre", "décembre"),
            ("Straße", "strasse"),
            ("STRASSE", "straß"),
            ("Øresund Łódź Žižek", "oresund lodz zizek"),
            ("Œuvre Ærø Þór", "oeuvre aero thor"),
            ("İstanbul ılık", "istanbul ilik"),
        ] {
            assert!(SearchQuery::parse(query).unwrap().matches(text), "{query} in {text}");
        }
        assert!(!SearchQuery::parse("embre").unwrap().matches("décembre"), "one word, not two");
        assert_eq!(words("a\u{301}"), ["a"]);
        assert_eq!(SearchQuery::parse("\u{301}"), Err(SearchQueryError::Empty));
    }

    /// The whole of the two blocks, in both cases.
    #[test]
    fn every_latin_letter_becomes_plain() {
        for c in ('\u{c0}'..='\u{17f}').filter(|c| c.is_alphabetic()) {
            let found = words(&c.to_string());
            assert!(found.iter().all(|word| word.is_ascii()), "{c}: {found:?}");
            assert_eq!(found.len(), 1, "{c}");
        }
    }

    proptest! {
        #[test]
        fn words_are_cut_the_same_again(text in "\\PC{0,80}") {
            let once = words(&text);
            prop_assert_eq!(words(&once.join(" ")), once);
        }

        #[test]
        fn a_word_is_found_by_its_beginning(text in "[a-zà-ÿĀ-ſ\u{300}-\u{36f}0-9]{1,40}", cut in 1_usize..40) {
            let start: String = text.chars().take(cut).collect();
            if let Ok(query) = SearchQuery::parse(&start) {
                prop_assert!(query.matches(&text), "{start:?} in {text:?}");
            }
        }

        #[test]
        fn marks_change_nothing(text in "[a-zà-ÿ]{1,20}", mark in "[\u{300}-\u{36f}]") {
            let marked: String = text.chars().flat_map(|c| std::iter::once(c).chain(mark.chars())).collect();
            prop_assert_eq!(words(&marked), words(&text));
        }
    }

    #[test]
    fn syntax_of_search_engines_is_just_punctuation() {
        assert_eq!(SearchQuery::parse("a* OR \"b\":*").unwrap().words(), ["a", "or", "b"]);
        assert_eq!(SearchQuery::parse("%_'"), Err(SearchQueryError::Empty));
    }
}
