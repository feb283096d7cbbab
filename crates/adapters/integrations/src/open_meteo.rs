//! Open-Meteo: weather without a key. A city is looked up first, then its weather.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use integrations::{
    facts::Weather,
    outbound::{Provider, ProviderError},
    values::City,
};
use kernel::Timestamp;
use serde::Deserialize;

use crate::http::{Api, Client};

/// What is asked for, in its names.
const CURRENT: &str = "temperature_2m,apparent_temperature,relative_humidity_2m,pressure_msl,\
wind_speed_10m,weather_code";

/// The provider.
pub struct OpenMeteo {
    places: Api,
    forecast: Api,
}

#[derive(Deserialize)]
struct Cities {
    /// Absent when there is none.
    #[serde(default)]
    results: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    name: String,
    latitude: f64,
    longitude: f64,
    country_code: Option<String>,
}

#[derive(Deserialize)]
struct Forecast {
    #[serde(default)]
    utc_offset_seconds: i64,
    current: Current,
}

#[derive(Deserialize)]
struct Current {
    /// Without zone; see the offset.
    time: String,
    temperature_2m: f64,
    apparent_temperature: Option<f64>,
    relative_humidity_2m: Option<f64>,
    pressure_msl: Option<f64>,
    wind_speed_10m: Option<f64>,
    weather_code: Option<u16>,
}

impl OpenMeteo {
    /// At its public addresses, or with both services below `base`.
    pub fn new(client: Client, base: Option<String>) -> Self {
        Self {
            places: Api::new(client.clone(), base.clone(), "https://geocoding-api.open-meteo.com"),
            forecast: Api::new(client, base, "https://api.open-meteo.com"),
        }
    }
}

#[async_trait]
impl Provider<City, Weather> for OpenMeteo {
    fn name(&self) -> &'static str {
        "open-meteo"
    }

    async fn ask(&self, city: &City, within: Duration) -> Result<Weather, ProviderError> {
        let began = Instant::now();
        let params = [("name", city.as_str()), ("count", "1")];
        let places: Cities = self.places.get("/v1/search", &params, &[], within).await?.json()?;
        let place = places.results.into_iter().next().ok_or(ProviderError::Unknown)?;
        let (latitude, longitude) = (place.latitude.to_string(), place.longitude.to_string());
        let params = [
            ("latitude", latitude.as_str()),
            ("longitude", longitude.as_str()),
            ("current", CURRENT),
            ("wind_speed_unit", "ms"),
        ];
        let left = within.saturating_sub(began.elapsed());
        let forecast: Forecast =
            self.forecast.get("/v1/forecast", &params, &[], left).await?.json()?;
        let Forecast { utc_offset_seconds, current } = forecast;
        Ok(Weather {
            city: place.name,
            country: place.country_code,
            temperature: current.temperature_2m,
            feels_like: current.apparent_temperature,
            humidity: current.relative_humidity_2m,
            pressure: current.pressure_msl,
            wind_speed: current.wind_speed_10m,
            description: current.weather_code.map_or("unknown", words).to_owned(),
            observed_at: moment(&current.time, utc_offset_seconds).ok_or_else(|| {
                ProviderError::Useless("it answered in words that we do not know".to_owned())
            })?,
        })
    }
}

/// `2026-11-22T10:15` at an offset.
fn moment(local: &str, offset: i64) -> Option<Timestamp> {
    let seconds = if local.len() == "2026-11-22T10:15".len() { ":00" } else { "" };
    let time = Timestamp::parse(&format!("{local}{seconds}Z")).ok()?;
    Timestamp::from_micros(time.micros().checked_sub(offset.checked_mul(1_000_000)?)?).ok()
}

/// The codes of the World Meteorological Organization (table 4677), as Open-Meteo uses them.
const fn words(code: u16) -> &'static str {
    match code {
        0 => "clear sky",
        1 => "mainly clear",
        2 => "partly cloudy",
        3 => "overcast",
        45 | 48 => "fog",
        51 | 53 | 55 => "drizzle",
        56 | 57 => "freezing drizzle",
        61 => "slight rain",
        63 => "rain",
        65 => "heavy rain",
        66 | 67 => "freezing rain",
        71 => "slight snow",
        73 => "snow",
        75 => "heavy snow",
        77 => "snow grains",
        80..=82 => "rain showers",
        85 | 86 => "snow showers",
        95 => "thunderstorm",
        96 | 99 => "thunderstorm with hail",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_time_becomes_a_moment() {
        let read = |local, offset| moment(local, offset).map(|time| time.to_string());
        assert_eq!(read("2026-11-22T10:15", 0).as_deref(), Some("2026-11-22T10:15:00Z"));
        assert_eq!(read("2026-11-22T00:15", 3600).as_deref(), Some("2026-11-21T23:15:00Z"));
        assert_eq!(read("yesterday", 0), None);
        assert_eq!(read("2026-11-22T10:15", i64::MAX), None);
    }
}
