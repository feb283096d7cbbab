//! The use cases.

use std::{sync::Arc, time::Duration};

use kernel::{Actor, Cache, KeyedDigest};

use crate::{
    error::IntegrationsError,
    facts::{Pair, Price, TranslateText, Translation, Weather},
    pipeline::{Found, Kept, Pipeline, ProviderStatus, Slot, World},
    policy,
    values::City,
};

/// How old the weather may be when no provider answers.
pub const WEATHER_STALE: Duration = Duration::from_hours(1);
/// How old a price may be.
pub const PRICE_STALE: Duration = Duration::from_mins(10);
/// How old a translation may be.
pub const TRANSLATION_STALE: Duration = Duration::from_hours(30 * 24);

/// A question's providers, and what remembers their answers.
pub struct Topic<Q, A> {
    /// The providers, the first one first.
    pub providers: Vec<Slot<Q, A>>,
    /// Keeps what it is given for as long as it may be stale.
    pub kept: Arc<dyn Cache<String, Kept<A>>>,
}

/// Foreign facts.
pub struct Integrations {
    weather: Arc<Pipeline<City, Weather>>,
    prices: Arc<Pipeline<Pair, Price>>,
    translations: Arc<Pipeline<TranslateText, Translation>>,
    digests: Arc<dyn KeyedDigest>,
}

impl Integrations {
    /// Over these providers.
    pub fn new(
        weather: Topic<City, Weather>,
        prices: Topic<Pair, Price>,
        translations: Topic<TranslateText, Translation>,
        digests: Arc<dyn KeyedDigest>,
        world: World,
    ) -> Self {
        Self {
            weather: Arc::new(Pipeline::new(
                "weather",
                weather.providers,
                WEATHER_STALE,
                IntegrationsError::UnknownCity,
                weather.kept,
                world.clone(),
            )),
            prices: Arc::new(Pipeline::new(
                "crypto",
                prices.providers,
                PRICE_STALE,
                IntegrationsError::UnknownSymbol,
                prices.kept,
                world.clone(),
            )),
            translations: Arc::new(Pipeline::new(
                "translate",
                translations.providers,
                TRANSLATION_STALE,
                IntegrationsError::LanguageUnsupported,
                translations.kept,
                world,
            )),
            digests,
        }
    }

    /// The weather in a city. In capitals or not, it is the same city.
    pub async fn weather(&self, city: City) -> Result<Found<Weather>, IntegrationsError> {
        let words: Vec<&str> = city.as_str().split_whitespace().collect();
        self.weather.get(words.join(" ").to_lowercase(), city).await
    }

    /// The price of a symbol.
    pub async fn price(&self, pair: Pair) -> Result<Found<Price>, IntegrationsError> {
        let key = format!("{}/{}", pair.symbol.as_str(), pair.quote.as_str());
        self.prices.get(key, pair).await
    }

    /// A text in another language. The text is neither logged nor kept as a key, only its digest is.
    pub async fn translate(
        &self,
        wanted: TranslateText,
    ) -> Result<Found<Translation>, IntegrationsError> {
        let from = wanted.from.as_ref().map_or("", |from| from.as_str());
        let parts =
            [from.as_bytes(), wanted.to.as_str().as_bytes(), wanted.text.as_str().as_bytes()];
        let digest = self.digests.digest("integrations.translate", &parts);
        let (high, low) = digest.split_at(16);
        let key = [high, low].map(|half| {
            half.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte)).to_string()
        });
        self.translations.get(key.join("-"), wanted).await
    }

    /// How the providers are, for administrators.
    pub fn status(&self, actor: &Actor) -> Result<Vec<ProviderStatus>, IntegrationsError> {
        policy::may_look(actor)?;
        Ok(self.providers())
    }

    /// How the providers are, for metrics.
    pub fn providers(&self) -> Vec<ProviderStatus> {
        let mut all = self.weather.status();
        all.extend(self.prices.status());
        all.extend(self.translations.status());
        all
    }
}
