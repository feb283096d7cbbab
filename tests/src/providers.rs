//! The services that weather, prices and translations come from, to test against: one server that answers as each of
//! them documents, and can be told to fail.

use std::{
    collections::HashMap,
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::idp::wire::{self, Asked, Told};

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

/// What is said instead of the usual.
#[derive(Debug, Clone)]
pub struct Instead {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// The header `Retry-After`.
    pub retry_after: Option<&'static str>,
    /// How long it takes.
    pub delay: Duration,
}

impl Instead {
    /// At once, with this status and body.
    pub fn of(status: u16, body: &str) -> Self {
        Self { status, body: body.to_owned(), retry_after: None, delay: Duration::ZERO }
    }
}

#[derive(Default)]
struct State {
    questions: Vec<Question>,
    instead: HashMap<String, Instead>,
}

/// All of them, on one port.
pub struct Providers {
    port: u16,
    state: Arc<Mutex<State>>,
    over: Arc<AtomicBool>,
}

impl Providers {
    /// Starts them.
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let (state, over) = (Arc::<Mutex<State>>::default(), Arc::<AtomicBool>::default());
        let kept = Arc::clone(&state);
        wire::serve(listener, Arc::clone(&over), move |stream| serve(&kept, stream));
        Self { port, state, over }
    }

    /// The address of each.
    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
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
        let mut state = self.lock();
        match instead {
            Some(instead) => state.instead.insert(path.to_owned(), instead),
            None => state.instead.remove(path),
        };
    }

    /// Every question so far.
    pub fn questions(&self) -> Vec<Question> {
        self.lock().questions.clone()
    }

    /// How often a path was asked.
    pub fn count(&self, path: &str) -> usize {
        self.lock().questions.iter().filter(|question| question.path == path).count()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Providers {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(state: &Mutex<State>, stream: TcpStream) {
    let Some(asked) = Asked::read(&stream) else { return };
    let instead = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.questions.push(Question {
            path: asked.path.clone(),
            query: asked.query.clone(),
            headers: asked.headers.clone(),
            body: asked.body.clone(),
        });
        state.instead.get(&asked.path).cloned()
    };
    let told = match instead {
        Some(instead) => {
            thread::sleep(instead.delay);
            let told = Told::text(instead.status, &instead.body);
            match instead.retry_after {
                Some(seconds) => told.with("retry-after", seconds),
                None => told,
            }
        }
        None => usual(&asked),
    };
    told.write(stream);
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
