//! The services that weather, prices and translations come from, to test against: one server that answers as each of
//! them documents, and can be told to fail.

use std::{collections::HashMap, sync::Mutex};

use serde_json::{Value, json};

pub use crate::fake::Instead;
use crate::{
    fake::{Fake, locked},
    idp::wire::{Asked, Told},
};

/// What was asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// `/v1/search`.
    pub path: String,
    /// The parameters.
    pub query: HashMap<String, String>,
    /// The headers, names in small letters.
    pub headers: HashMap<String, String>,
    /// The body.
    pub body: String,
}

#[derive(Default)]
struct State {
    questions: Vec<Question>,
    instead: HashMap<String, Instead>,
}

/// All of them, on one port.
pub struct Providers(Fake<State>);

impl Providers {
    /// Starts them.
    pub fn start() -> Self {
        Self(Fake::start(answer))
    }

    /// The address of each.
    pub fn base(&self) -> String {
        self.0.base()
    }

    /// What a server needs to be told to use them, as environment variables.
    pub fn settings(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = ["WEATHER", "CRYPTO", "TRANSLATE"]
            .map(|what| (format!("ALVEOLE__INTEGRATIONS__{what}__BASE_URL"), self.base()))
            .into();
        all.push(("ALVEOLE__INTEGRATIONS__TRANSLATE__PROVIDER".into(), "libretranslate".into()));
        all
    }

    /// What is said at a path from now on; nothing: the usual.
    pub fn say(&self, path: &str, instead: Option<Instead>) {
        let mut state = self.0.lock();
        match instead {
            Some(instead) => state.instead.insert(path.to_owned(), instead),
            None => state.instead.remove(path),
        };
    }

    /// Every question so far.
    pub fn questions(&self) -> Vec<Question> {
        self.0.lock().questions.clone()
    }

    /// How often a path was asked.
    pub fn count(&self, path: &str) -> usize {
        self.0.lock().questions.iter().filter(|question| question.path == path).count()
    }
}

fn answer(state: &Mutex<State>, asked: &Asked) -> Told {
    let instead = {
        let mut state = locked(state);
        state.questions.push(Question {
            path: asked.path.clone(),
            query: asked.query.clone(),
            headers: asked.headers.clone(),
            body: asked.body.clone(),
        });
        state.instead.get(&asked.path).cloned()
    };
    instead.map_or_else(|| usual(asked), |instead| instead.told())
}

fn usual(asked: &Asked) -> Told {
    let get = |name: &str| asked.query.get(name).map_or("", String::as_str);
    let json = |body: &Value| Told::json(200, body);
    match asked.path.as_str() {
        "/v1/search" if get("name") == "Nowhere" => json(&json!({"generationtime_ms": 0.4})),
        "/v1/search" => json(&json!({"results": [{
            "id": 1, "name": get("name"), "latitude": 14.69, "longitude": -17.44,
            "country_code": "SN", "timezone": "Africa/Dakar"
        }]})),
        "/v1/forecast" => json(&json!({
            "utc_offset_seconds": 3600,
            "current": {
                "time": "2026-11-22T11:00", "interval": 900, "temperature_2m": 27.4,
                "apparent_temperature": 29.1, "relative_humidity_2m": 74, "pressure_msl": 1012.3,
                "wind_speed_10m": 5.2, "weather_code": 2
            }
        })),
        "/data/2.5/weather" if get("q") == "Nowhere" => {
            Told::json(404, &json!({"cod": "404", "message": "city not found"}))
        }
        "/data/2.5/weather" => json(&json!({
            "weather": [{"id": 802, "main": "Clouds", "description": "scattered clouds"}],
            "main": {"temp": 27.4, "feels_like": 29.1, "pressure": 1012, "humidity": 74},
            "wind": {"speed": 5.2}, "dt": 1_795_341_600, "sys": {"country": "SN"},
            "name": get("q"), "cod": 200
        })),
        "/api/v3/ticker/price" if get("symbol").starts_with("NOPE") => {
            Told::json(400, &json!({"code": -1121, "msg": "Invalid symbol."}))
        }
        "/api/v3/ticker/price" => {
            json(&json!({"symbol": get("symbol"), "price": "56000.10000000"}))
        }
        "/api/v3/search" => json(&json!({"coins": [
            {"id": "bitcoin-of-another", "symbol": "BTC", "market_cap_rank": null},
            {"id": "bitcoin", "symbol": "BTC", "market_cap_rank": 1},
            {"id": "wrapped-bitcoin", "symbol": "WBTC", "market_cap_rank": 12}
        ]})),
        "/api/v3/simple/price" if get("ids") == "bitcoin" => Told::text(
            200,
            &format!(
                r#"{{"bitcoin":{{"{}":56000.10,"last_updated_at":1795341600}}}}"#,
                get("vs_currencies")
            ),
        ),
        "/api/v3/simple/price" => json(&json!({})),
        "/v2/translate" => json(&json!({
            "translations": [{"detected_source_language": "FR", "text": "Hello"}]
        })),
        "/translate" => json(&json!({
            "translatedText": "Hello", "detectedLanguage": {"confidence": 90, "language": "fr"}
        })),
        _ => Told::text(404, "nothing is here"),
    }
}
