//! The values this room is made of. Each is parsed once, at the door.

use kernel::{id, number, search, text, words};
use serde_json::Value;

id!(
    /// A category.
    CategoryId
);
id!(
    /// A product of the catalogue.
    ProductId
);
id!(
    /// A movement of stock.
    MovementId
);
text!(
    /// 1–100 characters, trimmed.
    CategoryName,
    trimmed,
    1,
    100
);
text!(
    /// 1–200 characters, trimmed.
    ProductName,
    trimmed,
    1,
    200
);
text!(
    /// Who makes it: at most 100 characters, trimmed; may be empty.
    Brand,
    trimmed,
    0,
    100
);
text!(
    /// What its maker calls it: at most 100 characters, trimmed; may be empty.
    Model,
    trimmed,
    0,
    100
);
text!(
    /// At most 10 000 characters.
    LongText,
    bounded,
    0,
    10_000
);
text!(
    /// Why stock moved: 1–200 characters, trimmed.
    Reason,
    trimmed,
    1,
    200
);
text!(
    /// Which edition of a product somebody has: at most 50 characters, trimmed; may be empty.
    Edition,
    trimmed,
    0,
    50
);
text!(
    /// At most 100 characters, trimmed; may be empty.
    SerialNumber,
    trimmed,
    0,
    100
);

impl Brand {
    /// None.
    pub const fn empty() -> Self {
        Self(String::new())
    }

    /// What brands are compared by: case tells none apart.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl Model {
    /// None.
    pub const fn empty() -> Self {
        Self(String::new())
    }
}

impl LongText {
    /// Nothing.
    pub const fn empty() -> Self {
        Self(String::new())
    }
}

impl Edition {
    /// None.
    pub const fn empty() -> Self {
        Self(String::new())
    }
}

impl SerialNumber {
    /// None.
    pub const fn empty() -> Self {
        Self(String::new())
    }
}

/// What a category is called in addresses: `audio-interfaces`. 1–100 of `a-z`, `0-9` and `-`, no
/// `-` at an end or beside another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

/// Why a text is no slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 100 of a-z, 0-9 and single '-' between them")]
pub struct SlugError;

impl Slug {
    /// The greatest number of characters.
    pub const MAX: usize = 100;

    /// The only way in.
    pub fn parse(raw: &str) -> Result<Self, SlugError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let sane = |part: &str| !part.is_empty() && part.bytes().all(plain);
        if raw.len() <= Self::MAX && raw.split('-').all(sane) {
            Ok(Self(raw.to_owned()))
        } else {
            Err(SlugError)
        }
    }

    /// Made from a name: its words without accents, joined by `-`. A name without a Latin letter or
    /// a digit gives `category`.
    pub fn of(name: &CategoryName) -> Self {
        let mut slug = String::new();
        for word in search::words(name.as_str()) {
            let plain: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
            let room = Self::MAX.saturating_sub(slug.len() + 1);
            if plain.is_empty() || plain.len() > room {
                continue;
            }
            if !slug.is_empty() {
                slug.push('-');
            }
            slug.push_str(&plain);
        }
        if slug.is_empty() { Self("category".to_owned()) } else { Self(slug) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where the maker is found on the web: `http` or `https`, at most 255 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Website(String);

/// Why a text is no address on the web.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an http or https address of at most 255 characters, without a user or password")]
pub struct WebsiteError;

impl Website {
    /// The only way in. Only these two schemes: the address is shown as a link.
    pub fn parse(raw: &str) -> Result<Self, WebsiteError> {
        let rest = ["https://", "http://"].into_iter().find_map(|scheme| {
            let head = raw.get(..scheme.len())?;
            head.eq_ignore_ascii_case(scheme).then(|| raw.get(scheme.len()..)).flatten()
        });
        let rest = rest.ok_or(WebsiteError)?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let sound = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c) || !c.is_ascii();
        let spaced = raw.chars().any(|c| c.is_whitespace() || c.is_control());
        let named = host.chars().any(char::is_alphanumeric) && !host.contains('@');
        if raw.chars().count() > 255 || spaced || !named || !rest.chars().all(sound) {
            return Err(WebsiteError);
        }
        Ok(Self(raw.to_owned()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The currencies of ISO 4217 that money is kept in, in alphabetical order.
const CURRENCIES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND \
     BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN \
     ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD \
     JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT \
     MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR \
     RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND \
     TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL";

/// A currency of ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

/// Why a text is no currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a currency of ISO 4217 such as EUR")]
pub struct CurrencyError;

impl Currency {
    /// `EUR`, what money is in unless something else is said.
    pub const EUR: Self = Self(*b"EUR");

    /// Three capital letters that stand in ISO 4217.
    pub fn parse(raw: &str) -> Result<Self, CurrencyError> {
        let code: [u8; 3] = raw.as_bytes().try_into().map_err(|_| CurrencyError)?;
        let known = CURRENCIES.split(' ').any(|known| known == raw);
        if known { Ok(Self(code)) } else { Err(CurrencyError) }
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

number!(
    /// An amount of money in the minor unit of its currency (cents), never negative.
    Price,
    0,
    1_000_000_000_000
);
number!(
    /// How many there are.
    Stock,
    0,
    1_000_000_000
);
number!(
    /// How long a warranty lasts.
    Months,
    0,
    1200
);

/// By how much stock moves: anything but nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Delta(i64);

/// Why a number moves no stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be -1000000000 to 1000000000, and not 0")]
pub struct DeltaError;

impl Delta {
    /// The only way in.
    pub const fn parse(raw: i64) -> Result<Self, DeltaError> {
        if raw != 0 && raw >= -Stock::MAX && raw <= Stock::MAX {
            Ok(Self(raw))
        } else {
            Err(DeltaError)
        }
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// An amount and its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// How much, in the currency's minor unit; a draft may have none.
    pub amount: Option<Price>,
    /// Of what.
    pub currency: Currency,
}

/// What a product can do and is made of: a JSON object, of bounded size and depth. Kept as its
/// compact text, so that every store gives back the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Specifications(String);

/// Why specifications were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpecificationsError {
    /// Not a JSON object.
    #[error("must be a JSON object")]
    NoObject,
    /// Too many bytes.
    #[error("must have at most 16384 bytes as compact JSON")]
    TooLarge,
    /// Objects in objects in objects.
    #[error("must be nested at most 5 deep")]
    TooDeep,
    /// More members and items than are looked after.
    #[error("must have at most 500 members and items in all")]
    TooMany,
    /// U+0000 somewhere, which PostgreSQL cannot store.
    #[error("must not contain the NUL character")]
    Nul,
}

impl Specifications {
    /// The greatest number of bytes.
    pub const MAX_BYTES: usize = 16_384;
    /// How deep objects and arrays may lie in one another.
    pub const MAX_DEPTH: usize = 5;
    /// Members and items in all.
    pub const MAX_ITEMS: usize = 500;

    /// None.
    pub fn empty() -> Self {
        Self("{}".to_owned())
    }

    /// From JSON that was read.
    pub fn of(value: &Value) -> Result<Self, SpecificationsError> {
        check(value)?;
        let text = value.to_string();
        if text.len() > Self::MAX_BYTES {
            Err(SpecificationsError::TooLarge)
        } else {
            Ok(Self(text))
        }
    }

    /// From JSON text.
    pub fn parse(raw: &str) -> Result<Self, SpecificationsError> {
        // White space may make it longer than what is kept, but not without end.
        if raw.len() > 4 * Self::MAX_BYTES {
            return Err(SpecificationsError::TooLarge);
        }
        let value: Value = serde_json::from_str(raw).map_err(|_| SpecificationsError::NoObject)?;
        Self::of(&value)
    }

    /// From what was kept: the same checks, and the text stays as it is, so that no number is
    /// written in another way than before.
    pub fn kept(raw: &str) -> Result<Self, SpecificationsError> {
        if raw == "{}" {
            return Ok(Self::empty());
        }
        if raw.len() > Self::MAX_BYTES {
            return Err(SpecificationsError::TooLarge);
        }
        let value: Value = serde_json::from_str(raw).map_err(|_| SpecificationsError::NoObject)?;
        check(&value)?;
        Ok(Self(raw.to_owned()))
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(value: &Value) -> Result<(), SpecificationsError> {
    if !value.is_object() {
        return Err(SpecificationsError::NoObject);
    }
    let mut items = 0;
    // Level by level, so that depth costs no stack.
    let mut level = vec![value];
    let mut depth = 0;
    while !level.is_empty() {
        depth += 1;
        let mut below = Vec::new();
        for value in level {
            match value {
                Value::Object(members) => {
                    if members.keys().any(|name| name.contains('\0')) {
                        return Err(SpecificationsError::Nul);
                    }
                    below.extend(members.values());
                }
                Value::Array(all) => below.extend(all),
                Value::String(text) if text.contains('\0') => {
                    return Err(SpecificationsError::Nul);
                }
                _ => {}
            }
        }
        items += below.len();
        if items > Specifications::MAX_ITEMS {
            return Err(SpecificationsError::TooMany);
        }
        let nested = below.iter().any(|value| value.is_object() || value.is_array());
        if nested && depth == Specifications::MAX_DEPTH {
            return Err(SpecificationsError::TooDeep);
        }
        level = below;
    }
    Ok(())
}

words!(
    /// Whether a product is to be had.
    Status {
        /// Listed.
        Active = 0 "active",
        /// No longer listed, still shown to who asks for it.
        Discontinued = 1 "discontinued",
        /// Not shown to the public.
        Draft = 2 "draft",
    }
);
words!(
    /// What became of something that somebody owns.
    OwnedStatus {
        /// In use.
        Active = 0 "active",
        /// Somebody else's now.
        Sold = 1 "sold",
        /// Does not work.
        Broken = 2 "broken",
        /// Put away.
        Archived = 3 "archived",
    }
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn slug(name: &str) -> String {
        Slug::of(&CategoryName::parse(name).unwrap()).as_str().to_owned()
    }

    #[test]
    fn slugs_are_made_of_names() {
        assert_eq!(slug("Audio Interfaces"), "audio-interfaces");
        assert_eq!(slug("  Électroménager & Co. "), "electromenager-co");
        assert_eq!(slug("日本"), "category");
        assert!(Slug::parse("a--b").is_err() && Slug::parse("-a").is_err());
        assert!(Slug::parse("A").is_err() && Slug::parse("").is_err());
        assert!(Slug::parse(&"a".repeat(101)).is_err() && Slug::parse("a1-b2").is_ok());
    }

    #[test]
    fn websites_are_links_and_nothing_else() {
        for good in ["https://example.com", "HTTP://example.com/a?b=c#d", "https://münchen.de/ü"]
        {
            assert!(Website::parse(good).is_ok(), "{good}");
        }
        let long = format!("https://e.com/{}", "x".repeat(250));
        for bad in [
            "javascript:alert(1)",
            "ftp://e.com",
            "https://",
            "https:///x",
            "https://u:p@e.com",
            "https://e.com/a b",
            "https://e.com/\"onclick",
            "example.com",
            &long,
        ] {
            assert!(Website::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn currencies_are_those_of_the_standard() {
        assert_eq!(Currency::parse("EUR"), Ok(Currency::EUR));
        assert_eq!(Currency::parse("JPY").unwrap().as_str(), "JPY");
        for bad in ["eur", "EURO", "XYZ", "", "E R", "AED AFN"] {
            assert!(Currency::parse(bad).is_err(), "{bad}");
        }
        assert!(CURRENCIES.split(' ').is_sorted());
    }

    #[test]
    fn numbers_keep_their_bounds() {
        assert!(Price::parse(-1).is_err() && Price::parse(Price::MAX + 1).is_err());
        assert_eq!(Price::parse(19_999).map(Price::get), Ok(19_999));
        assert!(Delta::parse(0).is_err() && Delta::parse(i64::MIN).is_err());
        assert_eq!(Delta::parse(-3).map(Delta::get), Ok(-3));
        assert!(Months::parse(1201).is_err() && Stock::parse(-1).is_err());
    }

    #[test]
    fn specifications_are_bounded_in_every_direction() {
        let nested = |depth: usize| (1..depth).fold(json!({}), |inner, _| json!({"a": inner}));
        assert!(Specifications::of(&nested(5)).is_ok());
        assert_eq!(Specifications::of(&nested(6)), Err(SpecificationsError::TooDeep));
        assert_eq!(Specifications::of(&json!([1])), Err(SpecificationsError::NoObject));
        assert_eq!(Specifications::of(&json!({"a": "x\0"})), Err(SpecificationsError::Nul));
        assert_eq!(Specifications::of(&json!({"\0": 1})), Err(SpecificationsError::Nul));
        assert!(Specifications::of(&json!({"a": vec![0; 499]})).is_ok());
        assert_eq!(
            Specifications::of(&json!({"a": vec![0; 500]})),
            Err(SpecificationsError::TooMany)
        );
        let text = json!({"a": "x".repeat(Specifications::MAX_BYTES)});
        assert_eq!(Specifications::of(&text), Err(SpecificationsError::TooLarge));
        assert_eq!(Specifications::parse("[1"), Err(SpecificationsError::NoObject));
        assert_eq!(Specifications::parse(" { \"a\" : 1.50 } ").unwrap().as_str(), "{\"a\":1.5}");
    }

    #[test]
    fn words_and_ranks_lead_back() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(*status));
            assert_eq!(Status::from_rank(status.rank()), Some(*status));
        }
        for status in OwnedStatus::ALL {
            assert_eq!(OwnedStatus::parse(status.as_str()), Some(*status));
            assert_eq!(OwnedStatus::from_rank(status.rank()), Some(*status));
        }
        assert_eq!((Status::from_rank(3), OwnedStatus::parse("Sold")), (None, None));
    }

    proptest! {
        #[test]
        fn a_slug_made_of_a_name_is_a_slug(name in ".{1,100}") {
            if let Ok(name) = CategoryName::parse(&name) {
                let slug = Slug::of(&name);
                prop_assert_eq!(Slug::parse(slug.as_str()), Ok(slug.clone()));
            }
        }

        #[test]
        fn what_was_kept_stays_as_it_was(number in any::<f64>(), text in "[^\0]{0,40}") {
            let value = json!({"n": number, "t": text, "l": [true, null]});
            let kept = Specifications::of(&value).unwrap();
            prop_assert_eq!(Specifications::kept(kept.as_str()), Ok(kept.clone()));
        }
    }
}
