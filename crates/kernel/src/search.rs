//! How texts are cut into words for full-text search. The cutting is ours and not the database's,
//! so that every store finds the same rows: words are runs of letters and digits, in lower case;
//! every word of a query must begin some word of the text.

/// Characters of a word that count.
pub const WORD_MAX: usize = 64;
/// Words of a query.
pub const QUERY_WORDS_MAX: usize = 10;
/// Characters of a query.
pub const QUERY_MAX: usize = 200;

/// The words of a text, in order, lower-cased, cut to [`WORD_MAX`] characters.
pub fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().flat_map(char::to_lowercase).take(WORD_MAX).collect())
        .collect()
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
    use super::*;

    #[test]
    fn words_are_prefixes_joined_by_and() {
        let query = SearchQuery::parse("Rep, DÉC").unwrap();
        assert!(query.matches("The décembre report"));
        assert!(!query.matches("The report"));
        assert!(!SearchQuery::parse("port").unwrap().matches("report"));
    }

    #[test]
    fn syntax_of_search_engines_is_just_punctuation() {
        assert_eq!(SearchQuery::parse("a* OR \"b\":*").unwrap().words(), ["a", "or", "b"]);
        assert_eq!(SearchQuery::parse("%_'"), Err(SearchQueryError::Empty));
    }
}
