#![doc = include_str!("../README.md")]
//!
//! | module | holds |
//! |---|---|
//! | `http` | requests, and how answers become errors |
//! | [`open_meteo`], [`open_weather_map`] | weather |
//! | [`binance`], [`coin_gecko`] | prices |
//! | [`deepl`], [`libre_translate`] | translations |

pub mod binance;
pub mod coin_gecko;
pub mod deepl;
mod http;
pub mod libre_translate;
pub mod open_meteo;
pub mod open_weather_map;

use kernel::BoxFuture;

pub use self::{
    binance::Binance,
    coin_gecko::CoinGecko,
    deepl::DeepL,
    http::{Client, client},
    libre_translate::LibreTranslate,
    open_meteo::OpenMeteo,
    open_weather_map::OpenWeatherMap,
};

/// Runs calls on the runtime of whoever asks first.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioSpawn;

impl integrations::outbound::Spawn for TokioSpawn {
    fn spawn(&self, work: BoxFuture<'static, ()>) {
        tokio::spawn(work);
    }
}
