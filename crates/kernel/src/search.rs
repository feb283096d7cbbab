//! How texts are cut into words for full-text search. The cutting is ours and not the database's,
//! so that every store finds the same rows: words are runs of letters and digits, in lower case and
//! without accents; every word of a query must begin some word of the text.
//!
//! * Spellings: accents, widths and cases are no difference, in every script (`folded`).
//! * Chinese, Japanese and Korean have no spaces between words. A run of their characters is cut into overlapping pairs,
//!   in texts and in queries, so that 监控 finds 系统监控. A single character of a query begins a pair.
//! * What one sign joins is found with the sign, with a space and without either: USB-C by `usb-c`, `usb c` and `usbc`;
//!   and USBC by `usb-c`.
//! * Plurals of English and French find their singulars, and the other way round.
//!
//! In *names* a word of a query is found inside of words, too ("phone" in "Smartphone"). A store needs
//! nothing but beginnings for it, because it keeps the [inner endings](SearchDocument::endings) of the words
//! besides: what begins an ending is inside of the word. Their number is bounded by [`INNER_MAX`].
//!
//! Whoever changes these rules raises [`SEARCH_RULES`]: stores cut what they hold again when they find that they hold
//! words of older rules.

mod cut;
mod fold;

use self::cut::Piece;

/// Which rules words are cut by. 1: Latin accents only. 2: every script, pairs, joined spellings, plurals.
pub const SEARCH_RULES: i64 = 2;
/// Characters of a word that count.
pub const WORD_MAX: usize = 64;
/// Characters that a word of a query has at least to be looked for inside of words; those of an inner
/// ending, therefore.
pub const INNER_MIN: usize = 3;
/// Inner endings of one name that count, in the order of the text. Two hundred characters of prose have
/// fewer; what is behind them in a name of long words is found by the beginnings of its words.
pub const INNER_MAX: usize = 128;
/// Words of a query; a run of Chinese, Japanese or Korean is one.
pub const QUERY_WORDS_MAX: usize = 10;
/// Pairs of Chinese, Japanese and Korean characters of a query.
pub const QUERY_PAIRS_MAX: usize = 40;
/// Characters of a query.
pub const QUERY_MAX: usize = 200;

/// The words of a text, in order: folded, cut to [`WORD_MAX`] characters, or pairs of characters.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for piece in cut::chunks(text).iter().flat_map(|chunk| &chunk.pieces) {
        match piece {
            Piece::Word(word) => words.push(word.clone()),
            Piece::Run(run) => words.extend(cut::pairs(run).map(str::to_owned)),
        }
    }
    words
}

/// The words of a text, and behind them what it is found by besides: joined spellings, singulars that do not begin their
/// plural, the last character of each run of pairs.
fn found_by(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut words, mut more) = (Vec::new(), Vec::new());
    for chunk in cut::chunks(text) {
        more.extend(chunk.joined());
        for piece in chunk.pieces {
            match piece {
                Piece::Word(word) => {
                    let singulars = cut::singulars(&word);
                    more.extend(singulars.into_iter().filter(|one| !word.starts_with(one)));
                    words.push(word);
                }
                Piece::Run(run) => {
                    words.extend(cut::pairs(&run).map(str::to_owned));
                    more.extend(cut::last(&run).map(str::to_owned));
                }
            }
        }
    }
    (words, more)
}

/// What a search looks into: the words of one or more texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchDocument {
    /// The words, and what else the text is found by.
    words: Vec<String>,
    /// Inner endings: of which word, from which byte on.
    endings: Vec<(usize, usize)>,
}

impl SearchDocument {
    /// With the words of a name besides; they are found by their beginning and inside.
    pub fn name(mut self, text: &str) -> Self {
        let (words, more) = found_by(text);
        let added = words.iter().enumerate().map(|(at, word)| (self.words.len() + at, word));
        let endings = added.flat_map(|(at, word)| inner(word).map(move |start| (at, start)));
        self.endings.extend(endings.take(INNER_MAX));
        self.words.extend(words.into_iter().chain(more));
        self
    }

    /// With the words of a text besides; they are found by their beginning.
    pub fn text(mut self, text: &str) -> Self {
        let (words, more) = found_by(text);
        self.words.extend(words.into_iter().chain(more));
        self
    }

    /// With all of another besides.
    pub fn and(mut self, other: Self) -> Self {
        let before = self.words.len();
        self.words.extend(other.words);
        self.endings.extend(other.endings.into_iter().map(|(at, start)| (before + at, start)));
        self
    }

    /// The words of each text, and behind them what it is found by besides.
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

/// A word of a query.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Term {
    /// It begins a word of the text, or is [inside](looks_inside) of a word of a name.
    pub word: String,
    /// Or one of these is a word of the text.
    pub singulars: Vec<String>,
}

/// Words of a query that stand together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// All of these are found,
    pub terms: Vec<Term>,
    /// or this begins a word of the text: their spelling without the signs between them.
    pub joined: Option<String>,
}

/// What somebody searches for: one to ten words. Each [`Wanted`] of it must be found.
///
/// Every word is of letters and digits only, so that no store can mistake one for syntax.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SearchQuery(Vec<Wanted>);

/// Why a text cannot be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SearchQueryError {
    /// No letter and no digit in it.
    #[error("must contain at least one letter or digit")]
    Empty,
    /// Too many characters.
    #[error("must have at most 200 characters")]
    TooLong,
    /// Too many words, or too many pairs of characters.
    #[error("must have at most 10 words, and of Chinese, Japanese or Korean at most 40 characters")]
    TooManyWords,
}

impl SearchQuery {
    /// Cuts a query into words.
    pub fn parse(raw: &str) -> Result<Self, SearchQueryError> {
        if raw.chars().count() > QUERY_MAX {
            return Err(SearchQueryError::TooLong);
        }
        let (mut wanted, mut words, mut pairs) = (Vec::new(), 0, 0);
        for chunk in cut::chunks(raw) {
            words += chunk.pieces.len();
            // A spelling of some of the words stands for none of the others.
            let is_whole = chunk.pieces.len() <= cut::JOINED_MAX && !chunk.has_run();
            let joined = chunk.joined().next().filter(|_| is_whole);
            let mut terms = Vec::new();
            for piece in chunk.pieces {
                match piece {
                    Piece::Word(word) => {
                        terms.push(Term { singulars: cut::singulars(&word), word });
                    }
                    Piece::Run(run) => {
                        let cut = cut::pairs(&run).map(str::to_owned);
                        terms.extend(cut.map(|word| Term { word, singulars: Vec::new() }));
                        pairs += run.chars().count();
                    }
                }
            }
            wanted.push(Wanted { terms, joined });
        }
        if words == 0 {
            return Err(SearchQueryError::Empty);
        }
        if words > QUERY_WORDS_MAX || pairs > QUERY_PAIRS_MAX {
            return Err(SearchQueryError::TooManyWords);
        }
        Ok(Self(wanted))
    }

    /// What must be found, all of it.
    pub fn wanted(&self) -> &[Wanted] {
        &self.0
    }

    /// The words, in order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|wanted| &wanted.terms).map(|term| term.word.as_str())
    }

    /// The query in one spelling: two with the same find the same.
    pub fn key(&self) -> String {
        let group = |wanted: &Wanted| {
            let words: Vec<&str> = wanted.terms.iter().map(|term| term.word.as_str()).collect();
            words.join(if wanted.joined.is_some() { "-" } else { " " })
        };
        self.0.iter().map(group).collect::<Vec<_>>().join(" ")
    }

    /// True when some word is looked for inside of words.
    pub fn looks_inside(&self) -> bool {
        self.words().any(looks_inside)
    }

    /// True when `text` is found without looking inside of words.
    pub fn matches(&self, text: &str) -> bool {
        self.finds(&SearchDocument::default().text(text))
    }

    /// True when the document has everything that is wanted.
    pub fn finds(&self, document: &SearchDocument) -> bool {
        let begins = |wanted: &str| document.words.iter().any(|word| word.starts_with(wanted));
        let has = |term: &Term| {
            begins(&term.word)
                || document.words.iter().any(|word| term.singulars.contains(word))
                || looks_inside(&term.word)
                    && document.endings().any(|ending| ending.starts_with(&term.word))
        };
        self.0.iter().all(|wanted| {
            wanted.terms.iter().all(has) || wanted.joined.as_deref().is_some_and(begins)
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

    #[test]
    fn spellings_are_no_difference_in_any_script() {
        for (text, query) in [
            ("București Țepeș", "bucuresti tepes"),
            ("Αθήνα ΟΔΟΣ", "αθηνα οδός"),
            ("Алёна", "алена"),
            ("алена", "АЛЁНА"),
            ("Đà Nẵng", "da nang"),
            ("ＡＢＣ１２３", "abc123"),
            ("ｶﾒﾗ", "カメラ"),
            ("カメラ", "ｶﾒﾗ"),
            ("ﬁancée", "fiancee"),
            ("5 ㎓", "ghz"),
            ("İzmir", "izmir"),
        ] {
            assert!(SearchQuery::parse(query).unwrap().matches(text), "{query} in {text}");
        }
        assert!(!SearchQuery::parse("か").unwrap().matches("が"), "another letter, not an accent");
    }

    #[test]
    fn scripts_without_spaces_are_cut_into_pairs() {
        for (text, query) in [
            ("系统监控", "监控"),
            ("系统监控", "统监"),
            ("系统监控", "控"),
            ("系统监控", "系统监控"),
            ("新iPhone手机壳", "手机"),
            ("新iPhone手机壳", "iphone"),
            ("東京タワー", "タワ"),
            ("서울특별시", "특별"),
            ("茶", "茶"),
        ] {
            assert!(found(query, &SearchDocument::default().text(text)), "{query} in {text}");
        }
        for (text, query) in [("系统监控", "控系"), ("系统监控", "系监"), ("系统 监控", "统监")]
        {
            assert!(!found(query, &SearchDocument::default().name(text)), "{query} in {text}");
        }
        assert_eq!(words("系统监控 a茶"), ["系统", "统监", "监控", "a", "茶"]);
        let long = |characters: usize| SearchQuery::parse(&"茶".repeat(characters));
        assert!(long(QUERY_PAIRS_MAX).is_ok());
        assert_eq!(long(QUERY_PAIRS_MAX + 1), Err(SearchQueryError::TooManyWords));
    }

    #[test]
    fn one_sign_between_words_is_no_difference() {
        for (text, query) in [
            ("USB-C", "usbc"),
            ("USB-C", "usb c"),
            ("USB-C", "usb-c"),
            ("USBC", "usb-c"),
            ("my USB-C-cable", "usbc"),
            ("my-USB-C-cable", "usbcca"),
            ("L'Oréal", "loreal"),
            ("L’Oréal", "l'oréal"),
            ("LOreal", "l'oréal"),
            ("WH-1000XM5", "wh1000xm5"),
            ("WH1000XM5", "wh-1000xm5"),
            ("quarterly_report.pdf", "reportpdf"),
        ] {
            assert!(SearchQuery::parse(query).unwrap().matches(text), "{query} in {text}");
        }
        for (text, query) in
            [("USB, C", "usbc"), ("USB C", "usbc"), ("USBC", "usb c"), ("c-usb", "usbc")]
        {
            assert!(!SearchQuery::parse(query).unwrap().matches(text), "{query} in {text}");
        }
        let [one, other] = ["usb-c", "usb c"].map(|raw| SearchQuery::parse(raw).unwrap().key());
        assert_ne!(one, other);
    }

    #[test]
    fn singulars_and_plurals_find_each_other() {
        for (one, many) in [
            ("cat", "cats"),
            ("battery", "batteries"),
            ("movie", "movies"),
            ("box", "boxes"),
            ("watch", "watches"),
            ("cable", "cables"),
            ("cheval", "chevaux"),
            ("bateau", "bateaux"),
            ("bijou", "bijoux"),
            ("cheveu", "cheveux"),
            ("boîte", "boîtes"),
        ] {
            assert!(SearchQuery::parse(one).unwrap().matches(many), "{one} in {many}");
            assert!(SearchQuery::parse(many).unwrap().matches(one), "{many} in {one}");
        }
        for (query, text) in
            [("cats", "category"), ("news", "newton"), ("glass", "glas"), ("gas", "ga")]
        {
            assert!(!SearchQuery::parse(query).unwrap().matches(text), "{query} in {text}");
        }
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
            name in "[a-cA-Cäöß ]{0,30}",
            other in "[a-cä ]{0,20}",
            query in "[a-cäß]{1,4}( [a-cä]{1,4})?",
        ) {
            let document = SearchDocument::default().name(&name).text(&other);
            prop_assume!(document.endings().count() < INNER_MAX);
            let query = SearchQuery::parse(&query).unwrap();
            let (names, others) = (words(&name), words(&other));
            let wanted = query.words().all(|wanted| {
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
        let query = SearchQuery::parse("a* OR \"b\":*").unwrap();
        assert_eq!(query.words().collect::<Vec<_>>(), ["a", "or", "b"]);
        assert_eq!(SearchQuery::parse("%_'"), Err(SearchQueryError::Empty));
    }
}
