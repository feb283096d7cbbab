//! What callers may ask for.

kernel::text!(
    /// The name of a city, as people write it.
    City, trimmed, 1, 100
);

kernel::text!(
    /// A text to translate, in characters; how much a single request may carry is bounded further.
    SourceText, bounded, 1, 5000
);

/// Characters of a text in a query parameter.
pub const SHORT_TEXT_MAX: usize = 500;

/// Why a word was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// No symbol.
    #[error("must have 1 to 30 letters, digits, '-', '_' or '.'")]
    Symbol,
    /// No currency.
    #[error("must have 2 to 10 letters or digits, such as USD")]
    Currency,
    /// No language.
    #[error("must be a language such as en, fr or pt-BR")]
    Language,
}

/// The symbol of a currency of the crypto markets, such as `BTC`; in capitals.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Symbol(String);

impl Symbol {
    /// Reads it; small letters become capitals.
    pub fn parse(raw: &str) -> Result<Self, WordError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        word(raw, 1..=30, fits).map(Self).ok_or(WordError::Symbol)
    }

    /// The symbol.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a price is expressed in, such as `USD`; in capitals.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Quote(String);

impl Quote {
    /// Reads it; small letters become capitals.
    pub fn parse(raw: &str) -> Result<Self, WordError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric();
        word(raw, 2..=10, fits).map(Self).ok_or(WordError::Currency)
    }

    /// The currency.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Quote {
    fn default() -> Self {
        Self("USD".to_owned())
    }
}

fn word(
    raw: &str,
    lengths: std::ops::RangeInclusive<usize>,
    fits: impl Fn(u8) -> bool,
) -> Option<String> {
    let raw = raw.trim();
    (lengths.contains(&raw.len()) && raw.bytes().all(fits)).then(|| raw.to_ascii_uppercase())
}

/// A language, and perhaps a region or a script (BCP 47): `en`, `pt-BR`, `zh-Hans`. The language is in small
/// letters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Language(String);

impl Language {
    /// Reads it.
    pub fn parse(raw: &str) -> Result<Self, WordError> {
        let raw = raw.trim();
        let (language, rest) = match raw.split_once(['-', '_']) {
            Some((language, rest)) => (language, Some(rest)),
            None => (raw, None),
        };
        let letters = |text: &str, from: usize, to: usize| {
            (from..=to).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let fits = letters(language, 2, 3)
            && language.bytes().all(|byte| byte.is_ascii_alphabetic())
            && rest.is_none_or(|rest| letters(rest, 2, 4));
        if !fits {
            return Err(WordError::Language);
        }
        let language = language.to_ascii_lowercase();
        Ok(Self(match rest {
            None => language,
            // A region in capitals, a script with one capital.
            Some(region) if region.len() < 4 => format!("{language}-{}", region.to_uppercase()),
            Some(script) => {
                let (first, others) = script.split_at(1);
                format!("{language}-{}{}", first.to_uppercase(), others.to_lowercase())
            }
        }))
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An exact decimal number, as a text without exponent: prices never become binary fractions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal(String);

/// Decimal places that an exponent may ask for.
const LONGEST_EXPONENT: i32 = 40;

impl Decimal {
    /// Reads a number as JSON writes it, `65000.10` or `1.2e-7`; not negative, at most 60 bytes.
    pub fn parse(raw: &str) -> Option<Self> {
        if raw.len() > 60 {
            return None;
        }
        let (digits, exponent) = match raw.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
            None => (raw, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let bare = whole.is_empty() || (digits.contains('.') && fraction.is_empty());
        if bare || !all(whole) || !all(fraction) || exponent.abs() > LONGEST_EXPONENT {
            return None;
        }
        if exponent == 0 {
            return Some(Self(digits.to_owned()));
        }
        // The point moves by the exponent, over zeros where there are no digits.
        let point = i32::try_from(whole.len()).ok()? + exponent;
        let mut digits = format!("{whole}{fraction}");
        while i32::try_from(digits.len()).ok()? < point {
            digits.push('0');
        }
        let zeros = usize::try_from(1 - point.min(1)).ok()?;
        digits.insert_str(0, &"0".repeat(zeros));
        let point = usize::try_from(point.max(1)).ok()?;
        let (whole, fraction) = digits.split_at(point);
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            trimmed => trimmed,
        };
        Some(Self(match fraction {
            "" => whole.to_owned(),
            fraction => format!("{whole}.{fraction}"),
        }))
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_and_currencies_are_capitals() {
        assert_eq!(Symbol::parse(" btc ").unwrap().as_str(), "BTC");
        assert_eq!(Quote::parse("eur").unwrap().as_str(), "EUR");
        for raw in ["", " ", "B&C", "b/c", &"x".repeat(31), "é"] {
            assert_eq!(Symbol::parse(raw), Err(WordError::Symbol), "{raw}");
        }
        for raw in ["", "x", "US$", "U-D", &"x".repeat(11)] {
            assert_eq!(Quote::parse(raw), Err(WordError::Currency), "{raw}");
        }
    }

    #[test]
    fn languages_have_one_spelling() {
        let read = |raw: &str| Language::parse(raw).unwrap().0;
        assert_eq!(["EN", "pt-br", "zh_hans", "fil"].map(read), ["en", "pt-BR", "zh-Hans", "fil"]);
        for raw in ["", "e", "engl", "en-", "e1", "en-x", "en-US-x", "../x", "éé"] {
            assert_eq!(Language::parse(raw), Err(WordError::Language), "{raw}");
        }
    }

    #[test]
    fn a_decimal_keeps_its_digits() {
        let read = |raw: &str| Decimal::parse(raw).map(|number| number.0);
        for same in ["0", "65000.10", "0.00000001", "123456789012345678901234567890"] {
            assert_eq!(read(same).as_deref(), Some(same));
        }
        for (raw, plain) in [
            ("1e3", "1000"),
            ("1.5e3", "1500"),
            ("1.5e0", "1.5"),
            ("1.2e-7", "0.00000012"),
            ("12.5E-1", "1.25"),
            ("123e-2", "1.23"),
            ("1.234e2", "123.4"),
        ] {
            assert_eq!(read(raw).as_deref(), Some(plain), "{raw}");
        }
        for none in ["", "-1", "+1", ".5", "5.", "1e99", "1e", "NaN", "1,5", "0x1", " 1"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
