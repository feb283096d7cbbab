//! Exact money: whole numbers of minor units (cents), never binary fractions.

/// A currency: three capital letters of ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

/// Why a text is no amount, quantity, rate or currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// No currency.
    #[error("must be three capital letters such as EUR")]
    Currency,
    /// No price.
    #[error("must be a decimal such as 12.50, at most 4 decimals, within ±999999999999.9999")]
    Price,
    /// No quantity.
    #[error("must be a decimal such as 1.5, more than 0, at most 3 decimals and 999999999.999")]
    Quantity,
    /// No rate of tax.
    #[error("must be a percentage such as 19 or 5.5, 0 to 100, at most 3 decimals")]
    TaxRate,
}

impl Currency {
    /// Three capital letters. Whether they are in use is not asked: that changes.
    pub fn parse(raw: &str) -> Result<Self, MoneyError> {
        match raw.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|byte| byte.is_ascii_uppercase()) => {
                Ok(Self([*a, *b, *c]))
            }
            _ => Err(MoneyError::Currency),
        }
    }

    /// The letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Decimals of its minor unit, by ISO 4217: 2 for most.
    pub const fn digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG"
            | b"RWF" | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }

    /// An amount of minor units as text: `-1 234.50`, groups of three parted by no-break spaces.
    pub fn show(self, minor: i128) -> String {
        fixed(minor, self.digits(), self.digits())
    }
}

/// The price of one: ten-thousandths of the currency's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Price(i64);

/// How many: thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quantity(i64);

/// A rate of tax: thousandths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaxRate(i64);

impl Price {
    /// A decimal with at most 4 decimals; below zero for what is taken off.
    pub fn parse(raw: &str) -> Result<Self, MoneyError> {
        let limit = 9_999_999_999_999_999;
        let price = scaled(raw, 4).filter(|price| (-limit..=limit).contains(price));
        price.map(Self).ok_or(MoneyError::Price)
    }

    /// As text, with as many decimals as the currency has and more only if needed.
    pub fn show(self, currency: Currency) -> String {
        fixed(i128::from(self.0), 4, currency.digits())
    }

    /// The price of so many, in minor units; half a unit is rounded away from zero.
    pub fn times(self, quantity: Quantity, currency: Currency) -> i128 {
        let exact = i128::from(self.0) * i128::from(quantity.0) * 10_i128.pow(currency.digits());
        rounded(exact, 10_000 * 1_000)
    }
}

impl Quantity {
    /// A decimal above zero with at most 3 decimals.
    pub fn parse(raw: &str) -> Result<Self, MoneyError> {
        let quantity = scaled(raw, 3).filter(|quantity| (1..=999_999_999_999).contains(quantity));
        quantity.map(Self).ok_or(MoneyError::Quantity)
    }

    /// As text, without zeros at the end.
    pub fn show(self) -> String {
        fixed(i128::from(self.0), 3, 0)
    }
}

impl TaxRate {
    /// Percent, 0 to 100, with at most 3 decimals.
    pub fn parse(raw: &str) -> Result<Self, MoneyError> {
        let rate = scaled(raw, 3).filter(|rate| (0..=100_000).contains(rate));
        rate.map(Self).ok_or(MoneyError::TaxRate)
    }

    /// As text, with its sign: `5.5 %`.
    pub fn show(self) -> String {
        format!("{}\u{a0}%", fixed(i128::from(self.0), 3, 0))
    }

    /// The tax on an amount, in minor units; half a unit is rounded away from zero.
    pub fn of(self, minor: i128) -> i128 {
        rounded(minor * i128::from(self.0), 100 * 1_000)
    }
}

/// A decimal times 10 to the `digits`, if it has no more decimals than that.
fn scaled(raw: &str, digits: usize) -> Option<i64> {
    let (negative, rest) = match raw.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, raw),
    };
    let (whole, part) = rest.split_once('.').unwrap_or((rest, "0"));
    let numeric = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !numeric(whole) || !numeric(part) || part.len() > digits || whole.len() > 15 {
        return None;
    }
    let number: i64 = format!("{whole}{part:0<digits$}").parse().ok()?;
    Some(if negative { -number } else { number })
}

/// A division that rounds half a unit away from zero, as merchants do.
fn rounded(dividend: i128, divisor: i128) -> i128 {
    let half = if dividend < 0 { -(divisor / 2) } else { divisor / 2 };
    (dividend + half) / divisor
}

/// `number` over 10 to the `scale`, with at least `least` decimals, zeros beyond them left away.
fn fixed(number: i128, scale: u32, least: u32) -> String {
    let unit = 10_u128.pow(scale);
    let (whole, part) = (number.unsigned_abs() / unit, number.unsigned_abs() % unit);
    let digits = whole.to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    let mut decimals = if scale == 0 {
        String::new()
    } else {
        format!("{part:0width$}", width = usize::try_from(scale).unwrap_or(0))
    };
    while decimals.len() > usize::try_from(least).unwrap_or(0) && decimals.ends_with('0') {
        decimals.pop();
    }
    while decimals.len() < usize::try_from(least).unwrap_or(0) {
        decimals.push('0');
    }
    if !decimals.is_empty() {
        text.push('.');
        text.push_str(&decimals);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(price: &str, quantity: &str, currency: &str) -> i128 {
        let currency = Currency::parse(currency).unwrap();
        Price::parse(price).unwrap().times(Quantity::parse(quantity).unwrap(), currency)
    }

    #[test]
    fn half_a_cent_goes_up_and_below_zero_down() {
        assert_eq!(line("0.05", "0.1", "EUR"), 1);
        assert_eq!(line("-0.05", "0.1", "EUR"), -1);
        assert_eq!(line("0.049", "0.1", "EUR"), 0);
        assert_eq!(line("10.10", "3", "EUR"), 3030);
        assert_eq!(line("1.005", "1", "EUR"), 101);
        assert_eq!(line("99.5", "1", "JPY"), 100);
        assert_eq!(line("0.0005", "1", "KWD"), 1);
        assert_eq!(
            line("999999999999.9999", "999999999.999", "EUR"),
            99_999_999_999_899_990_000_000
        );
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for raw in ["", "-", ".5", "5.", "1e3", "1,5", "+1", " 1", "1.00000", "٣", "--1", "1.2.3"]
        {
            assert_eq!(Price::parse(raw), Err(MoneyError::Price), "{raw}");
        }
        for raw in ["0", "-1", "1.0001", "1000000000"] {
            assert_eq!(Quantity::parse(raw), Err(MoneyError::Quantity), "{raw}");
        }
        for raw in ["-1", "100.001", "5.5555"] {
            assert_eq!(TaxRate::parse(raw), Err(MoneyError::TaxRate), "{raw}");
        }
        for raw in ["eur", "EU", "EURO", "€", "E1R"] {
            assert_eq!(Currency::parse(raw), Err(MoneyError::Currency), "{raw}");
        }
    }

    #[test]
    fn numbers_are_shown_with_the_decimals_of_their_currency() {
        let euro = Currency::parse("EUR").unwrap();
        assert_eq!(euro.show(123_456_789), "1\u{a0}234\u{a0}567.89");
        assert_eq!(euro.show(-5), "-0.05");
        assert_eq!(Currency::parse("JPY").unwrap().show(1000), "1\u{a0}000");
        assert_eq!(Currency::parse("TND").unwrap().show(1), "0.001");
        assert_eq!(Price::parse("0.0125").unwrap().show(euro), "0.0125");
        assert_eq!(Price::parse("12.5").unwrap().show(euro), "12.50");
        assert_eq!(Price::parse("-3").unwrap().show(Currency::parse("JPY").unwrap()), "-3");
        assert_eq!(Quantity::parse("1.50").unwrap().show(), "1.5");
        assert_eq!(Quantity::parse("1000").unwrap().show(), "1\u{a0}000");
        assert_eq!(TaxRate::parse("5.5").unwrap().show(), "5.5\u{a0}%");
    }

    #[test]
    fn tax_is_rounded_once() {
        assert_eq!(TaxRate::parse("19").unwrap().of(250), 48);
        assert_eq!(TaxRate::parse("19").unwrap().of(-250), -48);
        assert_eq!(TaxRate::parse("8.875").unwrap().of(10_000), 888);
        assert_eq!(TaxRate::parse("0").unwrap().of(10_000), 0);
    }

    proptest! {
        #[test]
        fn rounding_is_never_off_by_more_than_half(dividend in -1_000_000_000_i64..1_000_000_000, divisor in 1_i64..100_000) {
            let (dividend, divisor) = (i128::from(dividend), i128::from(divisor) * 2);
            let off = (rounded(dividend, divisor) * divisor - dividend).abs();
            prop_assert!(off * 2 <= divisor);
        }

        #[test]
        fn what_is_shown_is_what_was_read(whole in 0_i64..1_000_000_000, part in 0_i64..1000) {
            let raw = format!("{whole}.{part:03}");
            if let Ok(quantity) = Quantity::parse(&raw) {
                let shown = quantity.show().replace('\u{a0}', "");
                prop_assert_eq!(Quantity::parse(&shown), Ok(quantity));
            }
        }
    }
}
