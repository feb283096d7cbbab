//! `OpenWeatherMap`: weather with a key.

use std::time::Duration;

use async_trait::async_trait;
use integrations::{
    facts::Weather,
    outbound::{Provider, ProviderError},
    values::City,
};
use kernel::Timestamp;
use serde::Deserialize;

use crate::http::{Api, Client};

/// The provider.
pub struct OpenWeatherMap {
    api: Api,
    key: String,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    weather: Vec<Sky>,
    main: Main,
    wind: Option<Wind>,
    sys: Option<Sys>,
    dt: i64,
    name: String,
}

#[derive(Deserialize)]
struct Sky {
    description: String,
}

#[derive(Deserialize)]
struct Main {
    temp: f64,
    feels_like: Option<f64>,
    pressure: Option<f64>,
    humidity: Option<f64>,
}

#[derive(Deserialize)]
struct Wind {
    speed: Option<f64>,
}

#[derive(Deserialize)]
struct Sys {
    country: Option<String>,
}

impl OpenWeatherMap {
    /// With this key, at its public address or at `base`.
    pub fn new(client: Client, base: Option<String>, key: String) -> Self {
        Self { api: Api::new(client, base, "https://api.openweathermap.org"), key }
    }
}

#[async_trait]
impl Provider<City, Weather> for OpenWeatherMap {
    fn name(&self) -> &'static str {
        "openweathermap"
    }

    async fn ask(&self, city: &City, within: Duration) -> Result<Weather, ProviderError> {
        let params = [("q", city.as_str()), ("appid", self.key.as_str()), ("units", "metric")];
        let answer = self.api.get("/data/2.5/weather", &params, &[], within).await?;
        if answer.status() == 404 {
            return Err(ProviderError::Unknown);
        }
        let told: Told = answer.json()?;
        let observed =
            told.dt.checked_mul(1_000_000).and_then(|at| Timestamp::from_micros(at).ok());
        Ok(Weather {
            city: told.name,
            country: told.sys.and_then(|sys| sys.country),
            temperature: told.main.temp,
            feels_like: told.main.feels_like,
            humidity: told.main.humidity,
            pressure: told.main.pressure,
            wind_speed: told.wind.and_then(|wind| wind.speed),
            description: told
                .weather
                .into_iter()
                .next()
                .map_or_else(|| "unknown".to_owned(), |sky| sky.description),
            observed_at: observed.ok_or_else(|| {
                ProviderError::Useless("it answered in words that we do not know".to_owned())
            })?,
        })
    }
}
