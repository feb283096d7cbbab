//! Weather, prices and translations (feature `integrations`).

use std::{sync::Arc, time::Duration};

use adapter_integrations::{
    Binance, CoinGecko, DeepL, LibreTranslate, OpenMeteo, OpenWeatherMap, TokioSpawn, client,
};
use integrations::{
    Integrations,
    outbound::Provider,
    pipeline::{Slot, World},
    service::{PRICE_STALE, TRANSLATION_STALE, Topic, WEATHER_STALE},
};
use kernel::{Clock, KeyedDigest, Limiter, Quota};
use memory::MemoryCache;

use crate::config::{self, Config, ProviderConfig};

/// Answers of each kind that are remembered.
const REMEMBERED: u64 = 10_000;

/// How often each provider may be asked, over all replicas: what it allows without a contract, where it says so.
pub(super) const BUDGETS: [(&str, Quota); 6] = [
    ("open-meteo", per_minute(600)),
    ("openweathermap", per_minute(60)),
    ("binance", per_minute(1000)),
    ("coingecko", per_minute(30)),
    ("deepl", per_minute(600)),
    ("libretranslate", per_minute(80)),
];

const fn per_minute(calls: u32) -> Quota {
    Quota { calls, per: Duration::from_secs(60) }
}

/// The service over the configured providers.
pub(super) fn wire(
    config: &Config,
    clock: &Arc<dyn Clock>,
    limiter: &Arc<dyn Limiter>,
    digests: &Arc<dyn KeyedDigest>,
) -> anyhow::Result<Arc<Integrations>> {
    let client = client()?;
    let settings = &config.integrations;
    let weather = topic(&settings.weather, WEATHER_STALE, |one| {
        let (client, base) = (client.clone(), one.base_url.clone());
        match (one.name, key(one)) {
            ("openweathermap", None) => missing(one, "openweathermap"),
            ("openweathermap", Some(key)) => ready(OpenWeatherMap::new(client, base, key)),
            _ => ready(OpenMeteo::new(client, base)),
        }
    });
    let prices = topic(&settings.crypto, PRICE_STALE, |one| {
        let (client, base) = (client.clone(), one.base_url.clone());
        match one.name {
            "coingecko" => ready(CoinGecko::new(client, base, key(one))),
            _ => ready(Binance::new(client, base)),
        }
    });
    let translations = topic(&settings.translate, TRANSLATION_STALE, |one| {
        let (client, base) = (client.clone(), one.base_url.clone());
        match (one.name, key(one)) {
            // A server of one's own may need no key.
            ("libretranslate", None) if base.is_none() => missing(one, "libretranslate"),
            ("libretranslate", key) => ready(LibreTranslate::new(client, base, key)),
            (_, None) => missing(one, "deepl"),
            (_, Some(key)) => ready(DeepL::new(client, base, &key)),
        }
    });
    let world = World {
        clock: Arc::clone(clock),
        limiter: Arc::clone(limiter),
        spawn: Arc::new(TokioSpawn),
    };
    let digests = Arc::clone(digests);
    Ok(Arc::new(Integrations::new(weather, prices, translations, digests, world)))
}

fn key(one: &ProviderConfig) -> Option<String> {
    one.api_key.as_ref().map(|key| key.expose().to_owned())
}

fn ready<Q, A>(provider: impl Provider<Q, A> + 'static) -> Slot<Q, A> {
    Slot::Ready(Arc::new(provider))
}

fn missing<Q, A>(one: &ProviderConfig, provider: &'static str) -> Slot<Q, A> {
    Slot::Missing { provider, setting: one.key_setting }
}

fn topic<Q, A: Send + Sync + 'static>(
    settings: &config::Topic,
    stale: Duration,
    slot: impl Fn(&ProviderConfig) -> Slot<Q, A>,
) -> Topic<Q, A> {
    let all = std::iter::once(&settings.first).chain(&settings.fallback);
    Topic {
        providers: all.map(slot).collect(),
        kept: Arc::new(MemoryCache::new(REMEMBERED, stale)),
    }
}
