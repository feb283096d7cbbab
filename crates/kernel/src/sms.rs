//! Text messages to phones. A text costs money and reaches a person at once, so it is sent
//! by a job, after the transaction that caused it has committed.

use std::{fmt, time::Duration};

use async_trait::async_trait;

/// Why a text is no phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be + and 7 to 15 digits, of which the first is not 0, such as +33612345678, without spaces, dots, dashes and brackets"
)]
pub struct PhoneNumberError;

/// A phone number as ITU-T E.164 writes it. It has one spelling, so two of them are equal exactly when
/// they are the same number.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// The only way in. Nothing is taken out or added: a number that was read otherwise than it was meant
    /// is a stranger's.
    pub fn parse(raw: &str) -> Result<Self, PhoneNumberError> {
        let digits = raw.strip_prefix('+').ok_or(PhoneNumberError)?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        if plain && (7..=15).contains(&digits.len()) {
            Ok(Self(raw.to_owned()))
        } else {
            Err(PhoneNumberError)
        }
    }

    /// With its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Shows nothing of it: what is printed ends in logs.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

/// What became of a text. The reasons name neither the number nor the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextOutcome {
    /// The provider has taken it.
    Sent,
    /// Not now.
    Later {
        /// What is in the way.
        reason: String,
        /// When to come again, if the provider said it.
        after: Option<Duration>,
    },
    /// The provider refuses this text or this number, and would refuse them again.
    Never(String),
}

/// Sends text messages. One that was sent may be sent again after a crash: the provider's answer and our
/// note of it are not one step.
#[async_trait]
pub trait TextSender: Send + Sync {
    /// Gives a text to the provider.
    async fn send(&self, to: &PhoneNumber, text: &str) -> TextOutcome;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        for right in ["+1234567", "+33612345678", "+999999999999999"] {
            assert_eq!(PhoneNumber::parse(right).unwrap().as_str(), right);
        }
        for wrong in [
            "",
            "+",
            "33612345678",
            "0033612345678",
            "+0612345678",
            "+123456",
            "+1234567890123456",
            "+33 612345678",
            "+33-612345678",
            "+33.612345678",
            "+33(0)612345678",
            " +33612345678",
            "+33612345678\n",
            "+٣٣٦١٢٣٤٥٦٧٨",
            "++33612345678",
            "+3361234567a",
        ] {
            assert_eq!(PhoneNumber::parse(wrong), Err(PhoneNumberError), "{wrong:?}");
        }
    }

    #[test]
    fn a_number_is_not_printed() {
        let number = PhoneNumber::parse("+33612345678").unwrap();
        assert!(!format!("{number:?}").contains("336"));
    }
}
