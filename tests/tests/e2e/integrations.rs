//! Weather, prices and translations, from services that answer as the real ones document.

use std::time::Duration;

use alveole_tests::{Backend, Providers, Server, providers::Instead, simultaneously};
use serde_json::json;

fn server(backend: Backend, providers: &Providers, more: &[(&str, &str)]) -> Server {
    let settings = providers.settings();
    let settings = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let settings: Vec<(&str, &str)> = settings.chain(more.iter().copied()).collect();
    Server::with(backend, &settings)
}

pub(crate) fn facts_come_from_their_providers(backend: Backend) {
    let providers = Providers::start();
    let server = server(backend, &providers, &[]);
    let ada = server.person("ada");
    let weather = ada.client.get("/api/v1/weather?city=Dakar").expect(200);
    assert_eq!(weather.at("/data/temperature"), 27.4);
    assert_eq!(weather.at("/data/provider"), "open-meteo");
    ada.client.get("/api/v1/weather?city=dakar").expect(200);
    assert_eq!(providers.count("/v1/search"), 1, "the second answer was remembered");
    ada.client.get("/api/v1/weather?city=Nowhere").expect(404);
    let price = ada.client.get("/api/v1/crypto?symbol=BTC&currency=EUR").expect(200);
    assert_eq!(price.at("/data/price"), "56000.10000000");
    let text = "a text that is nobody's business";
    let body = json!({"text": text, "to": "en"});
    let translation = ada.client.post("/api/v1/translate", &body).expect(200);
    assert_eq!(translation.at("/data/translation"), "Hello");
    assert!(!server.log().contains(text), "{}", server.log());
    let status = server.admin().client.get("/api/v1/admin/integrations").expect(200);
    assert_eq!(status.at("/data/0/state"), "closed");
    assert_eq!(status.at("/data/0/answered"), 2);
    ada.client.get("/api/v1/admin/integrations").expect(403);
}

pub(crate) fn many_callers_cause_one_call(backend: Backend) {
    const CALLERS: usize = 200;
    let providers = Providers::start();
    let server = server(backend, &providers, &[]);
    let ada = server.person("ada");
    let slow = Instead {
        delay: Duration::from_millis(700),
        ..Instead::of(200, r#"{"symbol":"BTCEUR","price":"1.50"}"#)
    };
    providers.say("/api/v3/ticker/price", Some(slow));
    let answers = simultaneously(CALLERS, |_| {
        let answer = ada.client.clone().get("/api/v1/crypto?symbol=BTC&currency=EUR").expect(200);
        answer.at("/data/price").clone()
    });
    assert!(answers.iter().all(|price| price == "1.50"), "{answers:?}");
    assert_eq!(providers.count("/api/v3/ticker/price"), 1);
}

pub(crate) fn a_provider_that_refuses_the_key_is_replaced(backend: Backend) {
    const KEY: &str = "a-key-that-must-not-be-shown";
    let providers = Providers::start();
    let base = providers.base();
    let server = server(
        backend,
        &providers,
        &[
            ("ALVEOLE__INTEGRATIONS__WEATHER__PROVIDER", "openweathermap"),
            ("ALVEOLE__INTEGRATIONS__WEATHER__API_KEY", KEY),
            ("ALVEOLE__INTEGRATIONS__WEATHER__FALLBACK", "open-meteo"),
            ("ALVEOLE__INTEGRATIONS__WEATHER__FALLBACK_BASE_URL", &base),
        ],
    );
    let ada = server.person("ada");
    let refusal = r#"{"cod":401,"message":"Invalid API key"}"#;
    providers.say("/data/2.5/weather", Some(Instead::of(401, refusal)));
    for city in ["Dakar", "Paris"] {
        let weather = ada.client.get(&format!("/api/v1/weather?city={city}")).expect(200);
        assert_eq!(weather.at("/data/provider"), "open-meteo");
    }
    assert_eq!(providers.count("/data/2.5/weather"), 1, "it is left alone");
    let status = server.admin().client.get("/api/v1/admin/integrations").expect(200);
    assert_eq!(status.at("/data/0/state"), "parked");
    assert_eq!(status.at("/data/0/last_error"), "it refuses our key: it answered 401");
    assert!(!status.to_string().contains(KEY) && !server.log().contains(KEY));
}

pub(crate) fn what_is_missing_is_named(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let body = json!({"text": "Bonjour", "to": "en"});
    let answer = ada.client.post("/api/v1/translate", &body).expect(503);
    assert_eq!(answer.at("/code"), "integrations.not_configured");
    let detail = answer.at("/detail").as_str().unwrap();
    assert!(detail.contains("integrations.translate.api_key"), "{detail}");
}
