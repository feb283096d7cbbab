//! Foreign facts: parse, call, present.

use std::time::Duration;

use actix_web::{
    HttpResponse, get,
    http::header::{AGE, HeaderValue},
    post,
    web::Data,
};
use integrations::Integrations;
use rest::{
    call::{Body, Call},
    reply::{self, Envelope},
};
use serde::Serialize;

use crate::{
    Answer,
    dto::{
        self, CityParams, PairParams, PriceBody, ProviderBody, TextParams, TranslateBody,
        TranslationBody, WeatherBody,
    },
};

/// Read the weather in a city
///
/// Answers are kept for a minute. When no provider answers, one of the last hour is given and says so.
#[utoipa::path(
    tag = "integrations",
    operation_id = "weather_read",
    params(CityParams),
    responses(
        (status = 200, description = "The weather", body = Envelope<WeatherBody>,
         headers(("Age" = u64, description = "Seconds since a provider was asked"))),
        (status = 404, description = "No provider knows the city")
    ),
    extensions(("x-alveole" = json!({
        "permission": "signed-in",
        "codes": ["integrations.unknown_city", "integrations.not_configured", "integrations.unavailable"]
    })))
)]
#[get("/weather")]
pub(crate) async fn weather(call: Call, integrations: Data<Integrations>) -> Answer {
    call.actor()?;
    let city = dto::city(call.query())?;
    let found = integrations.weather(city).await?;
    Ok(aged(found.age, WeatherBody::from(found)))
}

/// Read the price of a crypto currency
///
/// Answers are kept for a minute. When no provider answers, one of the last ten minutes is given and says so.
#[utoipa::path(
    tag = "integrations",
    operation_id = "crypto_read",
    params(PairParams),
    responses(
        (status = 200, description = "The price", body = Envelope<PriceBody>,
         headers(("Age" = u64, description = "Seconds since a provider was asked"))),
        (status = 404, description = "No provider knows the price")
    ),
    extensions(("x-alveole" = json!({
        "permission": "signed-in",
        "codes": ["integrations.unknown_symbol", "integrations.not_configured", "integrations.unavailable"]
    })))
)]
#[get("/crypto")]
pub(crate) async fn crypto(call: Call, integrations: Data<Integrations>) -> Answer {
    call.actor()?;
    let pair = dto::pair(call.query())?;
    let symbol = pair.symbol.clone();
    let found = integrations.price(pair).await?;
    Ok(aged(found.age, PriceBody::new(&symbol, found)))
}

/// Translate a short text
///
/// `POST /translate` takes longer ones, and keeps texts out of the logs of proxies.
#[utoipa::path(
    tag = "integrations",
    operation_id = "translate_read",
    params(TextParams),
    responses(
        (status = 200, description = "The translation", body = Envelope<TranslationBody>,
         headers(("Age" = u64, description = "Seconds since a provider was asked"))),
        (status = 422, description = "The provider does not take the text or the language")
    ),
    extensions(("x-alveole" = json!({
        "permission": "signed-in",
        "codes": ["integrations.language_unsupported", "integrations.not_configured",
                  "integrations.unavailable", "integrations.refused"]
    })))
)]
#[get("/translate")]
pub(crate) async fn translate_short(call: Call, integrations: Data<Integrations>) -> Answer {
    call.actor()?;
    let wanted = dto::short_text(call.query())?;
    let to = wanted.to.clone();
    let found = integrations.translate(wanted).await?;
    Ok(aged(found.age, TranslationBody::new(&to, found)))
}

/// Translate a text
#[utoipa::path(
    tag = "integrations",
    operation_id = "translate",
    request_body = TranslateBody,
    responses(
        (status = 200, description = "The translation", body = Envelope<TranslationBody>,
         headers(("Age" = u64, description = "Seconds since a provider was asked"))),
        (status = 422, description = "The provider does not take the text or the language")
    ),
    extensions(("x-alveole" = json!({
        "permission": "signed-in",
        "codes": ["integrations.language_unsupported", "integrations.not_configured",
                  "integrations.unavailable", "integrations.refused"]
    })))
)]
#[post("/translate")]
pub(crate) async fn translate(call: Call, integrations: Data<Integrations>, body: Body) -> Answer {
    call.actor()?;
    call.no_query()?;
    let wanted = dto::translate(&body)?;
    let to = wanted.to.clone();
    let found = integrations.translate(wanted).await?;
    Ok(aged(found.age, TranslationBody::new(&to, found)))
}

/// List the providers
///
/// How they are, as this replica sees them.
#[utoipa::path(
    tag = "integrations",
    operation_id = "integrations_status",
    responses((status = 200, description = "The providers", body = Envelope<Vec<ProviderBody>>)),
    extensions(("x-alveole" = json!({"permission": "integrations:manage"})))
)]
#[get("/admin/integrations")]
pub(crate) async fn status(call: Call, integrations: Data<Integrations>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let status = integrations.status(&actor)?;
    Ok(reply::ok(status.into_iter().map(ProviderBody::from).collect::<Vec<_>>()))
}

/// An answer that says how old it is (RFC 9111 §5.1).
fn aged(age: Duration, body: impl Serialize) -> HttpResponse {
    let mut response = reply::ok(body);
    response.headers_mut().insert(AGE, HeaderValue::from(age.as_secs()));
    response
}
