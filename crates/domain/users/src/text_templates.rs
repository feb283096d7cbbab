//! Every text message about an account, in each language. Pure. One segment each: 160 characters of the GSM
//! alphabet, or 70 of any.

use kernel::Locale;

/// To a number that is to be proven. It says what the code is for, so that who was asked for it by a stranger
/// can tell.
pub fn phone_code(locale: Locale, code: &str) -> String {
    match locale {
        Locale::En => format!(
            "{code} is your Alveole code to confirm this phone number. It works for 10 minutes. Never give it to anyone."
        ),
        Locale::Fr => format!(
            "{code} est votre code Alveole pour confirmer ce numéro. Il est valable 10 minutes. Ne le donnez à personne."
        ),
        Locale::ZhHans => format!(
            "{code} 是您用于确认此手机号码的 Alveole 验证码，10 分钟内有效。请勿告诉任何人。"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_one_segment_with_the_code() {
        for locale in Locale::ALL {
            let text = phone_code(*locale, "012345");
            // `é` and `à` are in the GSM alphabet.
            let is_gsm = text.chars().all(|c| c.is_ascii() || matches!(c, 'é' | 'à'));
            let most = if is_gsm { 160 } else { 70 };
            assert!(text.encode_utf16().count() <= most, "{text}");
            assert!(text.starts_with("012345 ") && text.contains("10 "), "{text}");
        }
    }
}
