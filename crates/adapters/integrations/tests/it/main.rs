//! Each provider against a server that speaks as the real one documents: what is asked, what is understood, and how
//! failures are told apart.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::time::Duration;

use adapter_integrations::{
    Binance, CoinGecko, DeepL, LibreTranslate, OpenMeteo, OpenWeatherMap, client,
};
use alveole_tests::{Providers, providers::Instead};
use integrations::{
    facts::{Pair, Price, TranslateText},
    outbound::{Provider, ProviderError},
    values::{City, Language, Quote, SourceText, Symbol},
};

const WITHIN: Duration = Duration::from_secs(3);
const KEY: &str = "a-key-that-must-not-be-shown";

fn city(name: &str) -> City {
    City::parse(name).unwrap()
}

fn pair(symbol: &str, quote: &str) -> Pair {
    Pair { symbol: Symbol::parse(symbol).unwrap(), quote: Quote::parse(quote).unwrap() }
}

fn text(text: &str, from: Option<&str>, to: &str) -> TranslateText {
    TranslateText {
        text: SourceText::parse(text).unwrap(),
        from: from.map(|from| Language::parse(from).unwrap()),
        to: Language::parse(to).unwrap(),
    }
}

fn open_meteo(providers: &Providers) -> OpenMeteo {
    OpenMeteo::new(client().unwrap(), Some(providers.base()))
}

fn coin_gecko(providers: &Providers) -> CoinGecko {
    CoinGecko::new(client().unwrap(), Some(providers.base()), Some(KEY.to_owned()))
}

#[tokio::test]
async fn open_meteo_finds_the_city_and_then_its_weather() {
    let providers = Providers::start();
    let weather = open_meteo(&providers).ask(&city("São Paulo"), WITHIN).await.unwrap();
    assert_eq!((weather.city.as_str(), weather.country.as_deref()), ("São Paulo", Some("SN")));
    assert_eq!((weather.temperature, weather.description.as_str()), (27.4, "partly cloudy"));
    assert_eq!(weather.observed_at.to_string(), "2026-11-22T10:00:00Z");
    let asked = providers.questions();
    assert_eq!(asked[0].query["name"], "São Paulo");
    assert_eq!(asked[1].query["latitude"], "14.69");
    let unknown = open_meteo(&providers).ask(&city("Nowhere"), WITHIN).await;
    assert_eq!(unknown, Err(ProviderError::Unknown));
}

#[tokio::test]
async fn open_weather_map_speaks_metric() {
    let providers = Providers::start();
    let provider = OpenWeatherMap::new(client().unwrap(), Some(providers.base()), KEY.to_owned());
    let weather = provider.ask(&city("Dakar"), WITHIN).await.unwrap();
    assert_eq!((weather.city.as_str(), weather.humidity), ("Dakar", Some(74.0)));
    assert_eq!(weather.description, "scattered clouds");
    let asked = providers.questions();
    assert_eq!(
        (asked[0].query["units"].as_str(), asked[0].query["appid"].as_str()),
        ("metric", KEY)
    );
    assert_eq!(provider.ask(&city("Nowhere"), WITHIN).await, Err(ProviderError::Unknown));
}

#[tokio::test]
async fn binance_keeps_digits_and_has_tether_for_dollars() {
    let providers = Providers::start();
    let provider = Binance::new(client().unwrap(), Some(providers.base()));
    let price = provider.ask(&pair("btc", "usd"), WITHIN).await.unwrap();
    assert_eq!((price.quote.as_str(), price.amount.as_str()), ("USDT", "56000.10000000"));
    assert_eq!(providers.questions()[0].query["symbol"], "BTCUSDT");
    assert_eq!(provider.ask(&pair("NOPE", "EUR"), WITHIN).await, Err(ProviderError::Unknown));
}

#[tokio::test]
async fn coin_gecko_looks_the_symbol_up_once() {
    let providers = Providers::start();
    let provider = coin_gecko(&providers);
    for _ in 0..2 {
        let price: Price = provider.ask(&pair("BTC", "EUR"), WITHIN).await.unwrap();
        assert_eq!(price.amount.as_str(), "56000.10");
        assert_eq!(price.as_of.unwrap().to_string(), "2026-11-22T10:00:00Z");
    }
    assert_eq!(providers.count("/api/v3/search"), 1);
    assert_eq!(providers.questions()[0].headers["x-cg-demo-api-key"], KEY);
    assert_eq!(provider.ask(&pair("DOGE", "EUR"), WITHIN).await, Err(ProviderError::Unknown));
}

#[tokio::test]
async fn deepl_is_told_languages_in_its_way() {
    let providers = Providers::start();
    let provider = DeepL::new(client().unwrap(), Some(providers.base()), KEY);
    let told = provider.ask(&text("Bonjour", Some("fr-CA"), "en"), WITHIN).await.unwrap();
    assert_eq!((told.text.as_str(), told.from.as_deref()), ("Hello", Some("fr")));
    let asked = &providers.questions()[0];
    assert_eq!(asked.headers["authorization"], format!("DeepL-Auth-Key {KEY}"));
    let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!((&body["target_lang"], &body["source_lang"]), (&"EN-GB".into(), &"FR".into()));
    let message = r#"{"message":"Value for 'target_lang' not supported."}"#;
    providers.say("/v2/translate", Some(Instead::of(400, message)));
    let unsupported = provider.ask(&text("Bonjour", None, "xx"), WITHIN).await;
    assert_eq!(unsupported, Err(ProviderError::LanguageUnsupported));
}

#[tokio::test]
async fn libre_translate_must_answer_with_letters() {
    let providers = Providers::start();
    let provider = LibreTranslate::new(client().unwrap(), Some(providers.base()), None);
    let told = provider.ask(&text("Bonjour", None, "en"), WITHIN).await.unwrap();
    assert_eq!((told.text.as_str(), told.from.as_deref()), ("Hello", Some("fr")));
    for (status, body, expected) in [
        (200, r#"{"translatedText":"🙂"}"#, "without a translation"),
        (
            400,
            r#"{"error":"Visit https://portal.libretranslate.com to get an API key"}"#,
            "API key",
        ),
        (400, r#"{"error":"xx is not supported"}"#, "these languages"),
        (400, r#"{"error":"Invalid request: missing q parameter"}"#, "refuses the question"),
    ] {
        providers.say("/translate", Some(Instead::of(status, body)));
        let error = provider.ask(&text("Bonjour", None, "en"), WITHIN).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{body}: {error}");
    }
}

#[tokio::test]
async fn failures_are_told_apart_and_name_neither_key_nor_address() {
    let providers = Providers::start();
    let provider = OpenWeatherMap::new(client().unwrap(), Some(providers.base()), KEY.to_owned());
    let mut errors = Vec::new();
    for (status, retry_after) in [
        (401, None),
        (403, None),
        (429, Some("7")),
        (429, Some("soon")),
        (400, None),
        (500, None),
        (302, None),
    ] {
        let instead = Instead { retry_after, ..Instead::of(status, r#"{"cod":401}"#) };
        providers.say("/data/2.5/weather", Some(instead));
        errors.push(provider.ask(&city("Dakar"), WITHIN).await.unwrap_err());
    }
    let limited = |seconds: Option<u64>| ProviderError::Limited {
        retry_after: seconds.map(Duration::from_secs),
    };
    let said = |status: u16| format!("it answered {status}");
    assert_eq!(
        errors,
        [
            ProviderError::Rejected(said(401)),
            ProviderError::Rejected(said(403)),
            limited(Some(7)),
            limited(None),
            ProviderError::Refused,
            ProviderError::Failed(said(500)),
            ProviderError::Useless(said(302)),
        ]
    );
    providers.say("/data/2.5/weather", Some(Instead::of(200, "<html>")));
    errors.push(provider.ask(&city("Dakar"), WITHIN).await.unwrap_err());
    providers.say("/data/2.5/weather", Some(Instead::of(200, &"x".repeat(300_000))));
    errors.push(provider.ask(&city("Dakar"), WITHIN).await.unwrap_err());
    let slow = Instead { delay: Duration::from_secs(2), ..Instead::of(200, "{}") };
    providers.say("/data/2.5/weather", Some(slow));
    errors.push(provider.ask(&city("Dakar"), Duration::from_millis(200)).await.unwrap_err());
    assert!(matches!(errors.last(), Some(ProviderError::Useless(_))), "{errors:?}");
    drop(providers);
    let gone =
        OpenWeatherMap::new(client().unwrap(), Some("http://127.0.0.1:9".into()), KEY.into());
    let error = gone.ask(&city("Dakar"), WITHIN).await.unwrap_err();
    assert_eq!(error, ProviderError::Failed("it cannot be reached".to_owned()));
    errors.push(error);
    for error in errors {
        let text = format!("{error} {error:?}");
        assert!(
            !text.contains(KEY) && !text.contains("127.0.0.1") && !text.contains("Dakar"),
            "{text}"
        );
    }
}
