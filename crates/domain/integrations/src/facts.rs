//! What providers tell.

use kernel::Timestamp;

use crate::values::{Decimal, Language, Quote, SourceText, Symbol};

/// The weather in a city.
#[derive(Debug, Clone, PartialEq)]
pub struct Weather {
    /// The city as the provider knows it.
    pub city: String,
    /// Its country, as a code of two letters where the provider tells.
    pub country: Option<String>,
    /// In degrees Celsius.
    pub temperature: f64,
    /// In degrees Celsius.
    pub feels_like: Option<f64>,
    /// In per cent.
    pub humidity: Option<f64>,
    /// At sea level, in hectopascal.
    pub pressure: Option<f64>,
    /// In metres a second.
    pub wind_speed: Option<f64>,
    /// In a few English words.
    pub description: String,
    /// When it was measured.
    pub observed_at: Timestamp,
}

/// What is bought, and what with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pair {
    /// What is bought.
    pub symbol: Symbol,
    /// What it is paid with.
    pub quote: Quote,
}

/// The price of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// What it is paid with; the market may know another currency of the same worth, such as USDT for USD.
    pub quote: String,
    /// The amount.
    pub amount: Decimal,
    /// When it was last seen on the market, where the provider tells.
    pub as_of: Option<Timestamp>,
}

/// A text to translate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranslateText {
    /// The text.
    pub text: SourceText,
    /// Its language; none: the provider finds out.
    pub from: Option<Language>,
    /// The language wanted.
    pub to: Language,
}

/// A translated text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// The text.
    pub text: String,
    /// The language of the original, as given or found out.
    pub from: Option<String>,
}
