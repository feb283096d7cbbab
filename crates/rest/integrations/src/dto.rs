//! Foreign facts as clients see them and ask for them.

use std::fmt::Display;

use integrations::{
    facts::{Pair, Price, TranslateText, Translation, Weather},
    pipeline::{Found, ProviderStatus},
    values::{City, Language, Quote, SHORT_TEXT_MAX, SourceText, Symbol},
};
use rest::{
    call::Body,
    fields::{Reason, string},
    problem::Problem,
    query::Query,
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// The weather in a city.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = integrations::Weather)]
pub struct WeatherBody {
    /// The city as the provider knows it.
    #[schema(example = "Dakar")]
    pub city: String,
    /// Its country, as a code of two letters.
    #[schema(example = "SN")]
    pub country: Option<String>,
    /// In degrees Celsius.
    #[schema(example = 27.4)]
    pub temperature: f64,
    /// In degrees Celsius.
    #[schema(example = 29.1)]
    pub feels_like: Option<f64>,
    /// In per cent.
    #[schema(example = 74.0)]
    pub humidity: Option<f64>,
    /// At sea level, in hectopascal.
    #[schema(example = 1012.3)]
    pub pressure: Option<f64>,
    /// In metres a second.
    #[schema(example = 5.2)]
    pub wind_speed: Option<f64>,
    /// In a few English words.
    #[schema(example = "partly cloudy")]
    pub description: String,
    /// When it was measured.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub observed_at: String,
    /// Who says so.
    #[schema(example = "open-meteo")]
    pub provider: &'static str,
    /// When we asked.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub fetched_at: String,
    /// True when it is older than a minute, because no provider answers; at most an hour.
    pub stale: bool,
}

impl From<Found<Weather>> for WeatherBody {
    fn from(found: Found<Weather>) -> Self {
        let Found { answer, provider, fetched_at, age: _, stale } = found;
        Self {
            city: answer.city,
            country: answer.country,
            temperature: answer.temperature,
            feels_like: answer.feels_like,
            humidity: answer.humidity,
            pressure: answer.pressure,
            wind_speed: answer.wind_speed,
            description: answer.description,
            observed_at: answer.observed_at.to_string(),
            provider,
            fetched_at: fetched_at.to_string(),
            stale,
        }
    }
}

/// The price of one unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = integrations::Price)]
pub struct PriceBody {
    /// What is bought.
    #[schema(example = "BTC")]
    pub symbol: String,
    /// What the price is in. A market may know another currency of the same worth, such as USDT for USD.
    #[schema(example = "EUR")]
    pub currency: String,
    /// The price, as an exact decimal number.
    #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$", example = "56000.10")]
    pub price: String,
    /// When it was last seen on the market, where the provider tells.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub as_of: Option<String>,
    /// Who says so.
    #[schema(example = "binance")]
    pub provider: &'static str,
    /// When we asked.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub fetched_at: String,
    /// True when it is older than a minute, because no provider answers; at most ten minutes.
    pub stale: bool,
}

impl PriceBody {
    /// Of the symbol that was asked for.
    pub fn new(symbol: &Symbol, found: Found<Price>) -> Self {
        let Found { answer, provider, fetched_at, age: _, stale } = found;
        Self {
            symbol: symbol.as_str().to_owned(),
            currency: answer.quote,
            price: answer.amount.as_str().to_owned(),
            as_of: answer.as_of.map(|at| at.to_string()),
            provider,
            fetched_at: fetched_at.to_string(),
            stale,
        }
    }
}

/// A translated text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = integrations::Translation)]
pub struct TranslationBody {
    /// The text in the language asked for.
    #[schema(example = "Hello")]
    pub translation: String,
    /// The language of the original, as given or found out.
    #[schema(example = "fr")]
    pub from: Option<String>,
    /// The language asked for.
    #[schema(example = "en")]
    pub to: String,
    /// Who translated it.
    #[schema(example = "deepl")]
    pub provider: &'static str,
    /// When we asked.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub fetched_at: String,
    /// True when it is older than a minute, because no provider answers; at most thirty days.
    pub stale: bool,
}

impl TranslationBody {
    /// In the language that was asked for.
    pub fn new(to: &Language, found: Found<Translation>) -> Self {
        let Found { answer, provider, fetched_at, age: _, stale } = found;
        Self {
            translation: answer.text,
            from: answer.from,
            to: to.as_str().to_owned(),
            provider,
            fetched_at: fetched_at.to_string(),
            stale,
        }
    }
}

/// Whether a provider is asked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = integrations::State)]
pub enum StateWord {
    /// It is asked.
    Closed,
    /// One question finds out whether it answers again.
    HalfOpen,
    /// It failed too often.
    Open,
    /// We asked too often.
    Limited,
    /// It does not take our key.
    Parked,
}

/// How a provider is, as this replica sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = integrations::Provider)]
pub struct ProviderBody {
    /// What it is asked for: `weather`, `crypto` or `translate`.
    #[schema(example = "weather")]
    pub what: &'static str,
    /// Its name.
    #[schema(example = "open-meteo")]
    pub provider: &'static str,
    /// The setting that it lacks.
    #[schema(example = json!(null))]
    pub missing: Option<&'static str>,
    /// Whether it is asked.
    #[schema(value_type = StateWord)]
    pub state: &'static str,
    /// Until when it is left alone.
    #[schema(format = DateTime)]
    pub until: Option<String>,
    /// Calls that were answered since the start.
    #[schema(minimum = 0, example = 12)]
    pub answered: u64,
    /// Calls that failed since the start.
    #[schema(minimum = 0, example = 0)]
    pub failed: u64,
    /// What failed last.
    pub last_error: Option<String>,
}

impl From<ProviderStatus> for ProviderBody {
    fn from(status: ProviderStatus) -> Self {
        Self {
            what: status.what,
            provider: status.provider,
            missing: status.missing,
            state: status.state.as_str(),
            until: status.until.map(|until| until.to_string()),
            answered: status.answered,
            failed: status.failed,
            last_error: status.last_error,
        }
    }
}

/// A text to translate.
#[derive(Debug, ToSchema)]
#[schema(
    as = integrations::TranslateText,
    example = json!({"text": "Bonjour", "to": "en", "from": "fr"})
)]
pub struct TranslateBody {
    /// The text.
    #[schema(min_length = 1, max_length = 5000, example = "Bonjour")]
    pub text: String,
    /// The language wanted.
    #[schema(example = "en")]
    pub to: String,
    /// The language of the text; without it the provider finds out.
    #[schema(example = "fr")]
    pub from: Option<String>,
}

/// Which city.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CityParams {
    /// The name of the city.
    #[param(min_length = 1, max_length = 100, example = "Dakar")]
    pub city: String,
}

/// Which price.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PairParams {
    /// What is bought.
    #[param(pattern = "^[A-Za-z0-9._-]{1,30}$", example = "BTC")]
    pub symbol: String,
    /// What the price is in; default USD.
    #[param(nullable = false, pattern = "^[A-Za-z0-9]{2,10}$", example = "EUR")]
    pub currency: Option<String>,
}

/// What to translate.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TextParams {
    /// The text.
    #[param(min_length = 1, max_length = 500, example = "Bonjour")]
    pub text: String,
    /// The language wanted.
    #[param(example = "en")]
    pub to: String,
    /// The language of the text; without it the provider finds out.
    #[param(nullable = false, example = "fr")]
    pub from: Option<String>,
}

fn because<T, E: Display>(code: &'static str, read: Result<T, E>) -> Result<T, Reason> {
    read.map_err(|error| (code, error.to_string()))
}

fn language(raw: &str) -> Result<Language, Reason> {
    because("integrations.language_invalid", Language::parse(raw))
}

fn text(raw: &str) -> Result<SourceText, Reason> {
    because("integrations.text_invalid", SourceText::parse(raw))
}

/// `GET /weather`.
pub fn city(mut query: Query) -> Result<City, Problem> {
    let read = |raw: &str| because("integrations.city_invalid", City::parse(raw));
    let city = query.required("city", read);
    finish(query, city)
}

/// `GET /crypto`.
pub fn pair(mut query: Query) -> Result<Pair, Problem> {
    let read = |raw: &str| because("integrations.symbol_invalid", Symbol::parse(raw));
    let symbol = query.required("symbol", read);
    let read = |raw: &str| because("integrations.currency_invalid", Quote::parse(raw));
    let quote = query.optional("currency", read).unwrap_or_default();
    finish(query, symbol.map(|symbol| Pair { symbol, quote }))
}

/// `GET /translate`.
pub fn short_text(mut query: Query) -> Result<TranslateText, Problem> {
    let short = |raw: &str| {
        if raw.chars().count() > SHORT_TEXT_MAX {
            let most =
                format!("must have at most {SHORT_TEXT_MAX} characters here; POST takes more");
            return Err(("integrations.text_invalid", most));
        }
        text(raw)
    };
    let text = query.required("text", short);
    let to = query.required("to", language);
    let from = query.optional("from", language);
    finish(query, text.zip(to).map(|(text, to)| TranslateText { text, from, to }))
}

/// A value is absent only with a fault.
fn finish<T>(query: Query, value: Option<T>) -> Result<T, Problem> {
    query.finish()?;
    value.ok_or_else(|| Problem::invalid(Vec::new()))
}

/// `POST /translate`.
pub fn translate(body: &Body) -> Result<TranslateText, Problem> {
    let mut fields = body.fields()?;
    let text = fields.required("text", string(text));
    let to = fields.required("to", string(language));
    let from = fields.optional("from", string(language));
    fields.finish(text.zip(to).map(|(text, to)| TranslateText { text, from, to }))
}
