//! How texts are cut into words for full-text search. The cutting is ours and not the database's,
//! so that every store finds the same rows: words are runs of letters and digits, in lower case and
//! without accents; every word of a query must begin some word of the text.
//!
//! In *names* a word of a query is found inside of words, too ("phone" in "Smartphone"). A store needs
//! nothing but beginnings for it, because it keeps the [inner endings](SearchDocument::endings) of the words
//! besides: what begins an ending is inside of the word. Their number is bounded by [`INNER_MAX`].
//!
//! Accents are folded by a table of the Latin-1 Supplement and Latin Extended-A, and combining marks
//! (U+0300–036F) are dropped, so that `é` is found whether it was written as one character or two.

/// Characters of a word that count.
pub const WORD_MAX: usize = 64;
/// Characters that a word of a query has at least to be looked for inside of words; those of an inner
/// ending, therefore.
pub const INNER_MIN: usize = 3;
/// Inner endings of one name that count, in the order of the text. Two hundred characters of prose have
/// fewer; what is behind them in a name of long words is found by the beginnings of its words.
pub const INNER_MAX: usize = 128;
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

/// What a search looks into: the words of one or more texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchDocument {
    words: Vec<String>,
    /// Inner endings: of which word, from which byte on.
    endings: Vec<(usize, usize)>,
}

impl SearchDocument {
    /// With the words of a name besides; they are found by their beginning and inside.
    pub fn name(mut self, text: &str) -> Self {
        let before = self.words.len();
        self.words.extend(words(text));
        let added = self.words.iter().enumerate().skip(before);
        let endings = added.flat_map(|(at, word)| inner(word).map(move |start| (at, start)));
        self.endings.extend(endings.take(INNER_MAX));
        self
    }

    /// With the words of a text besides; they are found by their beginning.
    pub fn text(mut self, text: &str) -> Self {
        self.words.extend(words(text));
        self
    }

    /// With all of another besides.
    pub fn and(mut self, other: Self) -> Self {
        let before = self.words.len();
        self.words.extend(other.words);
        self.endings.extend(other.endings.into_iter().map(|(at, start)| (before + at, start)));
        self
    }

    /// The words, in order.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The inner endings of the words of names: all that is left of a word when one or more characters
    /// are taken from its front, as long as [`INNER_MIN`] are left, and of each name the first
    /// [`INNER_MAX`].
    pub fn endings(&self) -> impl Iterator<Item = &str> {
        self.endings.iter().filter_map(|&(at, start)| self.words.get(at)?.get(start..))
    }
}

/// The bytes that inner endings of a word begin at.
fn inner(word: &str) -> impl Iterator<Item = usize> + '_ {
    let count = word.chars().count().saturating_sub(INNER_MIN);
    word.char_indices().map(|(start, _)| start).skip(1).take(count)
}

/// True when this word of a query is looked for inside of words, too.
pub fn looks_inside(word: &str) -> bool {
    word.chars().count() >= INNER_MIN
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

    /// True when some word is looked for inside of words.
    pub fn looks_inside(&self) -> bool {
        self.0.iter().any(|word| looks_inside(word))
    }

    /// True when every word begins some word of `text`.
    pub fn matches(&self, text: &str) -> bool {
        self.finds(&SearchDocument::default().text(text))
    }

    /// True when every word begins some word, or is inside of some word of a name.
    pub fn finds(&self, document: &SearchDocument) -> bool {
        self.0.iter().all(|wanted| {
            document.words.iter().any(|word| word.starts_with(wanted.as_str()))
                || looks_inside(wanted)
                    && document.endings().any(|ending| ending.starts_with(wanted.as_str()))
        })
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

    fn found(query: &str, document: &SearchDocument) -> bool {
        SearchQuery::parse(query).unwrap().finds(document)
    }

    #[test]
    fn names_are_searched_inside_of_their_words() {
        let document = SearchDocument::default().name("Smartphone SN-9315X").text("waterproof");
        for query in ["phone", "PHONE smart", "315", "15x", "tpho water"] {
            assert!(found(query, &document), "{query}");
        }
        for query in ["ne", "5x", "x", "proof", "phones", "phonesn", "marphone"] {
            assert!(!found(query, &document), "{query}");
        }
        let accents = SearchDocument::default().name("Großbäckerei Œuvre");
        for query in ["bäck", "BACKER", "ossb", "euv", "ßback"] {
            assert!(found(query, &accents), "{query}");
        }
    }

    #[test]
    fn endings_are_those_of_each_name_up_to_the_bound() {
        let document = SearchDocument::default().text("sixths").name("abcde abc ab").name("wxyz");
        assert_eq!(document.endings().collect::<Vec<_>>(), ["bcde", "cde", "xyz"]);
        let both = SearchDocument::default().name("abcd").and(document);
        assert_eq!(both.endings().collect::<Vec<_>>(), ["bcd", "bcde", "cde", "xyz"]);

        let long = "a".repeat(WORD_MAX - 3) + "bcde";
        let document = SearchDocument::default().name(&long);
        assert_eq!(document.endings().count(), WORD_MAX - INNER_MIN);
        assert!(found("abcd", &document) && found("bcd", &document), "up to the 64th character");
        assert!(!found("cde", &document), "not behind it");

        let many = format!("{0} {0} {0} {1}", "x".repeat(WORD_MAX), "telescope");
        let document = SearchDocument::default().name(&many);
        assert_eq!(document.endings().count(), INNER_MAX);
        assert!(found("tele", &document) && !found("scope", &document));
        let document = document.name("telescope");
        assert!(found("scope", &document), "each name has its own bound");
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

        /// What is promised, without endings: a word begins with it or, from three characters on, has it.
        #[test]
        fn names_are_found_by_what_is_in_them(
            name in "[a-cA-Cäöß·%_ ]{0,30}",
            other in "[a-cä ]{0,20}",
            query in "[a-cäß]{1,4}( [a-cä]{1,4})?",
        ) {
            let document = SearchDocument::default().name(&name).text(&other);
            prop_assume!(document.endings().count() < INNER_MAX);
            let query = SearchQuery::parse(&query).unwrap();
            let (names, others) = (words(&name), words(&other));
            let wanted = query.words().iter().all(|wanted| {
                names.iter().chain(&others).any(|word| word.starts_with(wanted))
                    || wanted.chars().count() >= 3 && names.iter().any(|word| word.contains(wanted))
            });
            prop_assert_eq!(query.finds(&document), wanted);
        }

        #[test]
        fn endings_are_bounded(name in "\\PC{0,300}") {
            let document = SearchDocument::default().name(&name);
            prop_assert!(document.endings().count() <= INNER_MAX);
            for ending in document.endings() {
                prop_assert!((INNER_MIN..WORD_MAX).contains(&ending.chars().count()), "{ending}");
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
