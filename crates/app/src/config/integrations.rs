//! `integrations.<what>.*`: who is asked for weather, prices and translations.

use super::{Secret, checks, reader::Reader};

/// Who answers one kind of question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// The provider that is asked first.
    pub first: ProviderConfig,
    /// The one that is asked when the first gives nothing.
    pub fallback: Option<ProviderConfig>,
}

/// One provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderConfig {
    /// Its name.
    pub name: &'static str,
    /// Where it is, when not at its public address.
    pub base_url: Option<String>,
    /// The key.
    pub api_key: Option<Secret>,
    /// The name of the setting with the key.
    pub key_setting: &'static str,
}

/// `integrations.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntegrationsConfig {
    /// `integrations.weather.*`.
    pub weather: Topic,
    /// `integrations.crypto.*`.
    pub crypto: Topic,
    /// `integrations.translate.*`.
    pub translate: Topic,
}

/// The names of the settings of one kind of question.
struct Names {
    provider: &'static str,
    base_url: &'static str,
    api_key: &'static str,
    fallback: &'static str,
    fallback_base_url: &'static str,
    fallback_api_key: &'static str,
}

macro_rules! names {
    ($what:literal) => {
        Names {
            provider: concat!("integrations.", $what, ".provider"),
            base_url: concat!("integrations.", $what, ".base_url"),
            api_key: concat!("integrations.", $what, ".api_key"),
            fallback: concat!("integrations.", $what, ".fallback"),
            fallback_base_url: concat!("integrations.", $what, ".fallback_base_url"),
            fallback_api_key: concat!("integrations.", $what, ".fallback_api_key"),
        }
    };
}

pub(super) fn integrations(reader: &mut Reader) -> IntegrationsConfig {
    IntegrationsConfig {
        weather: topic(reader, &names!("weather"), ["open-meteo", "openweathermap"]),
        crypto: topic(reader, &names!("crypto"), ["binance", "coingecko"]),
        translate: topic(reader, &names!("translate"), ["deepl", "libretranslate"]),
    }
}

/// The first of `known` is the default.
fn topic(reader: &mut Reader, names: &Names, known: [&'static str; 2]) -> Topic {
    let [default, other] = known;
    let name = reader.word(names.provider, default, &[(default, default), (other, other)]);
    let find = |raw: &str| {
        let found = known.into_iter().find(|known| *known == raw);
        found.ok_or_else(|| format!("must be one of {}", known.join(", ")))
    };
    let fallback = reader.optional(names.fallback, find);
    if fallback == Some(name) {
        reader.fault(format!("{} must not be {}, too", names.fallback, names.provider));
    }
    let mut provider = |name, base_url, key_setting| ProviderConfig {
        name,
        base_url: reader.optional(base_url, checks::endpoint),
        api_key: reader.secret(key_setting).map(|(secret, _)| Secret(secret)),
        key_setting,
    };
    let first = provider(name, names.base_url, names.api_key);
    let spare =
        provider(fallback.unwrap_or(other), names.fallback_base_url, names.fallback_api_key);
    Topic { first, fallback: fallback.map(|_| spare) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Config, ConfigError};

    fn load(env: &[(&str, &str)]) -> Result<IntegrationsConfig, ConfigError> {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(None, &[], env, Path::new("/nonexistent")).map(|config| config.integrations)
    }

    #[test]
    fn those_without_a_key_are_the_default() {
        let config = load(&[]).unwrap();
        let names = [&config.weather, &config.crypto, &config.translate].map(|one| one.first.name);
        assert_eq!(names, ["open-meteo", "binance", "deepl"]);
        assert!(config.weather.fallback.is_none());
        assert_eq!(config.translate.first.key_setting, "integrations.translate.api_key");
    }

    #[test]
    fn a_second_provider_has_settings_of_its_own() {
        let config = load(&[
            ("ALVEOLE__INTEGRATIONS__WEATHER__FALLBACK", "openweathermap"),
            ("ALVEOLE__INTEGRATIONS__WEATHER__FALLBACK_API_KEY", "quite a secret"),
        ]);
        let fallback = config.unwrap().weather.fallback.unwrap();
        assert_eq!(fallback.name, "openweathermap");
        assert_eq!(fallback.api_key.unwrap().expose(), "quite a secret");
    }

    #[test]
    fn what_cannot_work_is_reported_at_the_start() {
        for (name, value, why) in [
            ("ALVEOLE__INTEGRATIONS__WEATHER__PROVIDER", "yahoo", "open-meteo, openweathermap"),
            ("ALVEOLE__INTEGRATIONS__CRYPTO__FALLBACK", "deepl", "binance, coingecko"),
            ("ALVEOLE__INTEGRATIONS__CRYPTO__FALLBACK", "binance", "must not be"),
            ("ALVEOLE__INTEGRATIONS__TRANSLATE__BASE_URL", "http://example.com", "https"),
            ("ALVEOLE__INTEGRATIONS__TRANSLATE__KEY", "x", "integrations.translate"),
        ] {
            let faults = load(&[(name, value)]).unwrap_err().faults;
            assert!(faults.len() == 1 && faults[0].contains(why), "{faults:?}");
        }
    }
}
