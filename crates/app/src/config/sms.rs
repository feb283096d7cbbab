//! `sms.*`: how text messages are sent.

use kernel::PhoneNumber;

use super::{Mode, Secret, TWILIO, checks, reader::Reader};

/// Where Twilio is.
const TWILIO_URL: &str = "https://api.twilio.com";

/// Who sends text messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextProvider {
    /// Nobody: there are no phone numbers.
    None,
    /// They are written into a folder.
    File,
    /// Twilio.
    Twilio(TwilioAccount),
}

/// How Twilio is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwilioAccount {
    /// `sms.base_url`.
    pub base_url: String,
    /// `sms.account`.
    pub account: String,
    /// `sms.token`.
    pub token: Secret,
    /// `sms.from`.
    pub from: String,
}

/// `sms.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsConfig {
    /// `sms.provider` with what it needs.
    pub provider: TextProvider,
    /// How long one text may take.
    pub timeout_seconds: u64,
    /// The most codes to one number within 24 hours; 0: no bound.
    pub max_per_number_per_day: u32,
    /// The most codes for one account within 24 hours; 0: no bound.
    pub max_per_account_per_day: u32,
}

pub(super) fn sms(reader: &mut Reader, mode: Mode) -> SmsConfig {
    let default = if mode == Mode::Production { "none" } else { "file" };
    let provider = reader.optional_or("sms.provider", Some(default), provider);
    let base_url = reader.optional_or("sms.base_url", Some(TWILIO_URL), checks::endpoint);
    let account = reader.optional("sms.account", account);
    let token = reader.secret("sms.token").map(|(token, _)| token);
    let from = reader.optional("sms.from", from);
    let provider = match provider.as_deref() {
        Some("twilio") => {
            let missing = [
                ("sms.account", account.is_none()),
                ("sms.token", token.is_none()),
                ("sms.from", from.is_none()),
            ];
            for (name, _) in missing.into_iter().filter(|(_, is_missing)| *is_missing) {
                reader.fault(format!("{name} must be set, because sms.provider is twilio"));
            }
            TextProvider::Twilio(TwilioAccount {
                base_url: base_url.unwrap_or_default(),
                account: account.unwrap_or_default(),
                token: Secret(token.unwrap_or_default()),
                from: from.unwrap_or_default(),
            })
        }
        Some("file") => TextProvider::File,
        _ => TextProvider::None,
    };
    let mut per_day = |name, default| {
        u32::try_from(reader.number(name, default, 0, 1_000_000)).unwrap_or_default()
    };
    let max_per_number_per_day = per_day("sms.max_per_number_per_day", 3);
    let max_per_account_per_day = per_day("sms.max_per_account_per_day", 5);
    SmsConfig {
        provider,
        timeout_seconds: reader.number("sms.timeout_seconds", 10, 1, 30),
        max_per_number_per_day,
        max_per_account_per_day,
    }
}

fn provider(raw: &str) -> Result<String, &'static str> {
    match raw {
        "twilio" if !TWILIO => {
            Err("needs the feature `twilio`, which this program was built without")
        }
        "none" | "file" | "twilio" => Ok(raw.to_owned()),
        _ => Err("must be one of file, twilio, none"),
    }
}

/// It stands in a path.
fn account(raw: &str) -> Result<String, &'static str> {
    let plain = (1..=64).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_alphanumeric());
    if plain {
        Ok(raw.to_owned())
    } else {
        Err("must be 1 to 64 letters and digits, such as AC…")
    }
}

/// A number, a short code or a name (GSM 03.40 has eleven characters for it).
fn from(raw: &str) -> Result<String, &'static str> {
    let is_name = (1..=11).contains(&raw.len())
        && raw.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ');
    if is_name || PhoneNumber::parse(raw).is_ok() {
        Ok(raw.to_owned())
    } else {
        Err("must be a number such as +15005550006, or 1 to 11 letters, digits and spaces")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Config, ConfigError};

    fn load(env: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(None, &[], env, Path::new("/nonexistent"))
    }

    const SETTINGS: [(&str, &str); 4] = [
        ("ALVEOLE__SMS__PROVIDER", "twilio"),
        ("ALVEOLE__SMS__ACCOUNT", "AC01"),
        ("ALVEOLE__SMS__TOKEN", "quite a secret"),
        ("ALVEOLE__SMS__FROM", "+15005550006"),
    ];

    #[test]
    fn without_settings_texts_are_files_but_in_production() {
        let config = load(&[]).unwrap().sms;
        assert_eq!(config.provider, TextProvider::File);
        assert_eq!((config.max_per_number_per_day, config.max_per_account_per_day), (3, 5));
        let production = [
            ("ALVEOLE__SERVER__MODE", "production"),
            ("JWT_SECRET", "4f9c2d7a81b6e35089ffcd1245aa9e73"),
        ];
        assert_eq!(load(&production).unwrap().sms.provider, TextProvider::None);
        assert_eq!(
            load(&[("ALVEOLE__SMS__PROVIDER", "none")]).unwrap().sms.provider,
            TextProvider::None
        );
    }

    #[test]
    fn twilio_needs_an_account_and_shows_no_token() {
        let config = load(&SETTINGS).unwrap();
        let TextProvider::Twilio(twilio) = &config.sms.provider else { panic!("{:?}", config.sms) };
        assert_eq!(twilio.base_url, "https://api.twilio.com");
        assert_eq!((twilio.account.as_str(), twilio.from.as_str()), ("AC01", "+15005550006"));
        assert_eq!(twilio.token.expose(), "quite a secret");
        assert!(!config.effective().contains("quite"), "{}", config.effective());
        assert!(!format!("{config:?}").contains("quite"));
        for left_out in 1..SETTINGS.len() {
            let mut some = SETTINGS.to_vec();
            let (name, _) = some.remove(left_out);
            let setting = name.replace("ALVEOLE__SMS__", "sms.").to_lowercase();
            let faults = load(&some).unwrap_err().faults;
            assert!(faults.len() == 1 && faults[0].starts_with(&setting), "{faults:?}");
        }
    }

    #[test]
    fn what_cannot_work_is_reported_at_the_start() {
        for (name, value, why) in [
            ("ALVEOLE__SMS__PROVIDER", "fax", "file, twilio, none"),
            ("ALVEOLE__SMS__BASE_URL", "http://example.com", "https"),
            ("ALVEOLE__SMS__ACCOUNT", "../x", "letters and digits"),
            ("ALVEOLE__SMS__FROM", "+0", "a number such as"),
            ("ALVEOLE__SMS__FROM", "a name too long", "a number such as"),
            ("ALVEOLE__SMS__TOKEN_FILE", "/nonexistent", "cannot be read"),
            ("ALVEOLE__SMS__SENDER", "x", "sms."),
        ] {
            let faults = load(&[(name, value)]).unwrap_err().faults;
            assert!(faults.len() == 1 && faults[0].contains(why), "{faults:?}");
        }
    }
}
