//! Status, headers and errors of the integrations, in process, with providers that do what a test says.
#![expect(clippy::unwrap_used, reason = "failing loudly is what tests are for")]

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use integrations::{
    Integrations,
    facts::{Pair, Price, TranslateText, Translation, Weather},
    outbound::{Provider, ProviderError, Spawn},
    pipeline::{Slot, World},
    service::Topic,
    values::{City, Decimal},
};
use kernel::{Actor, BoxFuture, KeyedDigest, Role, SystemClock, Timestamp, UserId};
use memory::{MemoryCache, MemoryLimiter};
use rest::{
    defaults::FixedTokens,
    testing::{Answer, TestApp},
};
use serde_json::json;

struct Fake;

#[async_trait]
impl Provider<City, Weather> for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    async fn ask(&self, city: &City, _: Duration) -> Result<Weather, ProviderError> {
        match city.as_str() {
            "Nowhere" => Err(ProviderError::Unknown),
            "Away" => Err(ProviderError::Useless("it did not answer in time".to_owned())),
            name => Ok(Weather {
                city: name.to_owned(),
                country: None,
                temperature: 27.4,
                feels_like: None,
                humidity: None,
                pressure: None,
                wind_speed: None,
                description: "clear sky".to_owned(),
                observed_at: Timestamp::parse("2026-11-21T08:00:00Z").unwrap(),
            }),
        }
    }
}

#[async_trait]
impl Provider<Pair, Price> for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    async fn ask(&self, pair: &Pair, _: Duration) -> Result<Price, ProviderError> {
        if pair.symbol.as_str() == "NOPE" {
            return Err(ProviderError::Unknown);
        }
        let amount = Decimal::parse("56000.10").unwrap();
        Ok(Price { quote: pair.quote.as_str().to_owned(), amount, as_of: None })
    }
}

#[async_trait]
impl Provider<TranslateText, Translation> for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    async fn ask(&self, wanted: &TranslateText, _: Duration) -> Result<Translation, ProviderError> {
        match wanted.to.as_str() {
            "xx" => Err(ProviderError::LanguageUnsupported),
            "yy" => Err(ProviderError::Refused),
            _ => Ok(Translation { text: "Hello".to_owned(), from: Some("fr".to_owned()) }),
        }
    }
}

struct Threads;

impl Spawn for Threads {
    fn spawn(&self, work: BoxFuture<'static, ()>) {
        std::thread::spawn(move || pollster::block_on(work));
    }
}

struct Digest;

impl KeyedDigest for Digest {
    fn digest(&self, _: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut digest = [0; 32];
        for (place, byte) in digest.iter_mut().zip(parts.concat()) {
            *place = byte;
        }
        digest
    }
}

fn topic<Q, A: Send + Sync + 'static>(slot: Slot<Q, A>) -> Topic<Q, A> {
    let kept = Arc::new(MemoryCache::new(100, Duration::from_hours(1)));
    Topic { providers: vec![slot], kept }
}

fn app(translations: Slot<TranslateText, Translation>) -> TestApp {
    let mut tokens = FixedTokens::default();
    for (id, role) in [(1, Role::User), (2, Role::Admin), (3, Role::SuperAdmin)] {
        tokens = tokens.with(role.as_str(), Actor::new(UserId::parse(id).unwrap(), role));
    }
    let world = World {
        clock: Arc::new(SystemClock),
        limiter: Arc::new(MemoryLimiter::new([])),
        spawn: Arc::new(Threads),
    };
    let integrations = Arc::new(Integrations::new(
        topic(Slot::Ready(Arc::new(Fake))),
        topic(Slot::Ready(Arc::new(Fake))),
        topic(translations),
        Arc::new(Digest),
        world,
    ));
    TestApp::new(tokens, vec![rest_integrations::module(integrations)])
}

fn ready() -> TestApp {
    app(Slot::Ready(Arc::new(Fake)))
}

async fn get(app: &TestApp, path: &str) -> Answer {
    app.get(&format!("/api/v1{path}")).token("user").send().await
}

#[actix_web::test]
async fn an_answer_says_who_gave_it_and_how_old_it_is() {
    let app = ready();
    let weather = get(&app, "/weather?city=%20Dakar%20").await.expect(200);
    assert_eq!(weather.header("age"), "0");
    assert_eq!(weather.at("/data/city"), "Dakar");
    assert_eq!(
        (weather.at("/data/provider"), weather.at("/data/stale")),
        (&json!("fake"), &json!(false))
    );
    let price = get(&app, "/crypto?symbol=btc").await.expect(200);
    assert_eq!(
        (price.at("/data/symbol"), price.at("/data/currency")),
        (&json!("BTC"), &json!("USD"))
    );
    assert_eq!(price.at("/data/price"), "56000.10");
    let euros = get(&app, "/crypto?symbol=BTC&currency=eur").await.expect(200);
    assert_eq!(euros.at("/data/currency"), "EUR");
    let short = get(&app, "/translate?text=Bonjour&to=EN").await.expect(200);
    assert_eq!(
        (short.at("/data/translation"), short.at("/data/to")),
        (&json!("Hello"), &json!("en"))
    );
    let body = json!({"text": "Bonjour", "to": "en", "from": "fr"});
    let long = app.post("/api/v1/translate").token("user").json(&body).send().await.expect(200);
    assert_eq!(long.at("/data/from"), "fr");
}

#[actix_web::test]
async fn what_is_not_known_is_404_or_422() {
    let app = ready();
    get(&app, "/weather?city=Nowhere").await.problem(404, "integrations.unknown_city");
    get(&app, "/crypto?symbol=NOPE").await.problem(404, "integrations.unknown_symbol");
    get(&app, "/translate?text=a&to=xx").await.problem(422, "integrations.language_unsupported");
    let refused = json!({"text": "a", "to": "yy"});
    let refused = app.post("/api/v1/translate").token("user").json(&refused).send().await;
    refused.problem(422, "integrations.refused");
}

#[actix_web::test]
async fn a_provider_that_is_away_is_503_with_a_time() {
    let app = ready();
    let away = get(&app, "/weather?city=Away").await;
    assert!(away.header("retry-after").parse::<u64>().unwrap() >= 1);
    away.problem(503, "integrations.unavailable");
    let app = app_without_key();
    let missing = get(&app, "/translate?text=a&to=en").await;
    let missing = missing.problem(503, "integrations.not_configured");
    let detail = missing.at("/detail").as_str().unwrap();
    assert!(detail.contains("integrations.translate.api_key"), "{detail}");
}

fn app_without_key() -> TestApp {
    app(Slot::Missing { provider: "deepl", setting: "integrations.translate.api_key" })
}

#[actix_web::test]
async fn every_fault_is_named() {
    let app = ready();
    for (path, codes) in [
        ("/weather", vec!["request.missing_field"]),
        ("/weather?city=", vec!["integrations.city_invalid"]),
        ("/weather?city=a&town=b", vec!["request.unknown_parameter"]),
        ("/weather?city=a&city=b", vec!["request.duplicate"]),
        ("/crypto?currency=%24", vec!["request.missing_field", "integrations.currency_invalid"]),
        ("/crypto?symbol=a/b", vec!["integrations.symbol_invalid"]),
        ("/translate?to=e", vec!["request.missing_field", "integrations.language_invalid"]),
        (
            "/translate?text=&to=en&from=-",
            vec!["integrations.text_invalid", "integrations.language_invalid"],
        ),
    ] {
        let answer = get(&app, path).await.expect(400);
        assert_eq!(answer.codes(), codes, "{path}");
    }
    let long = format!("/translate?text={}&to=en", "a".repeat(501));
    get(&app, &long).await.problem(400, "integrations.text_invalid");
    let body = json!({"text": "a".repeat(5001), "to": 7});
    let answer = app.post("/api/v1/translate").token("user").json(&body).send().await.expect(400);
    assert_eq!(answer.codes(), ["integrations.text_invalid", "request.wrong_type"]);
}

#[actix_web::test]
async fn administrators_see_how_providers_are() {
    let app = app_without_key();
    for _ in 0..2 {
        get(&app, "/weather?city=Away").await.expect(503);
    }
    get(&app, "/admin/integrations").await.expect(403);
    let status = app.get("/api/v1/admin/integrations").token("admin").send().await.expect(200);
    assert_eq!(
        (status.at("/data/0/what"), status.at("/data/0/failed")),
        (&json!("weather"), &json!(2))
    );
    assert_eq!(status.at("/data/0/last_error"), "it did not answer in time");
    assert_eq!(status.at("/data/2/missing"), "integrations.translate.api_key");
    app.get("/api/v1/weather?city=Dakar").send().await.expect(401);
}
