//! Bounded text. Lengths are counted in characters (Unicode scalar values).

/// Why a text was refused. `Display` is written for the person who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Empty, or nothing but white space where that is trimmed.
    #[error("must not be empty")]
    Empty,
    /// Fewer characters than asked for.
    #[error("must have at least {min} characters")]
    TooShort {
        /// The least number of characters.
        min: usize,
    },
    /// More characters than allowed.
    #[error("must have at most {max} characters")]
    TooLong {
        /// The greatest number of characters.
        max: usize,
    },
    /// Contains U+0000, which PostgreSQL cannot store, so that no store of ours does.
    #[error("must not contain the NUL character")]
    Nul,
}

/// Text of `min..=max` characters, trimmed of surrounding white space.
pub fn trimmed(raw: &str, min: usize, max: usize) -> Result<String, TextError> {
    bounded(raw.trim(), min, max)
}

/// Text of `min..=max` characters, kept as it came.
pub fn bounded(raw: &str, min: usize, max: usize) -> Result<String, TextError> {
    if raw.contains('\0') {
        return Err(TextError::Nul);
    }
    if min > 0 && raw.is_empty() {
        return Err(TextError::Empty);
    }
    // A text has at most as many characters as bytes: count only when it may be too long.
    let count = if raw.len() > max || raw.len() < min.saturating_mul(4) {
        raw.chars().count()
    } else {
        raw.len()
    };
    if count > max {
        return Err(TextError::TooLong { max });
    }
    if count < min {
        return Err(TextError::TooShort { min });
    }
    Ok(raw.to_owned())
}

/// Declares a text type: constructor `parse`, read with `as_str`.
#[macro_export]
macro_rules! text {
    ($(#[$meta:meta])* $name:ident, $how:ident, $min:expr, $max:expr) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The least number of characters.
            pub const MIN: usize = $min;
            /// The greatest number of characters.
            pub const MAX: usize = $max;

            /// The only way in.
            pub fn parse(raw: &str) -> Result<Self, $crate::text::TextError> {
                $crate::text::$how(raw, $min, $max).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_characters_not_bytes() {
        let umlauts = "ä".repeat(200);
        assert_eq!(bounded(&umlauts, 1, 200), Ok(umlauts.clone()));
        assert_eq!(bounded(&umlauts, 1, 199), Err(TextError::TooLong { max: 199 }));
        assert_eq!(bounded("ää", 3, 9), Err(TextError::TooShort { min: 3 }));
    }

    #[test]
    fn white_space_alone_is_empty_when_trimmed() {
        assert_eq!(trimmed(" \t\n\u{a0}", 1, 9), Err(TextError::Empty));
        assert_eq!(trimmed("  a b ", 1, 9), Ok("a b".to_owned()));
    }

    #[test]
    fn nul_is_refused_everywhere() {
        assert_eq!(bounded("a\0b", 0, 9), Err(TextError::Nul));
    }
}
