//! `CoinGecko`: prices, with a key or without. It knows coins by ids, so a symbol is looked up first, in its own
//! search.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use integrations::{
    facts::{Pair, Price},
    outbound::{Provider, ProviderError},
    values::Decimal,
};
use kernel::Timestamp;
use serde::Deserialize;

use crate::http::{Api, Client};

/// How long the id of a symbol is believed.
const KNOWN: Duration = Duration::from_hours(24);
/// Ids that are remembered.
const MOST: usize = 10_000;

/// The provider.
pub struct CoinGecko {
    api: Api,
    key: Option<String>,
    ids: Mutex<HashMap<String, (Instant, String)>>,
}

#[derive(Deserialize)]
struct Search {
    coins: Vec<Coin>,
}

#[derive(Deserialize)]
struct Coin {
    id: String,
    symbol: String,
    market_cap_rank: Option<u64>,
}

impl CoinGecko {
    /// At its public address, or at `base`; with a demo key, or none.
    pub fn new(client: Client, base: Option<String>, key: Option<String>) -> Self {
        let api = Api::new(client, base, "https://api.coingecko.com");
        Self { api, key, ids: Mutex::new(HashMap::new()) }
    }

    fn headers(&self) -> Vec<(&str, &str)> {
        // Paid keys have a host of their own.
        let name = if self.api.base.contains("pro-api.") {
            "x-cg-pro-api-key"
        } else {
            "x-cg-demo-api-key"
        };
        self.key.iter().map(|key| (name, key.as_str())).collect()
    }

    /// The id of a symbol; the symbol itself where its search does not know it, for it may be an id.
    async fn id(&self, symbol: &str, within: Duration) -> Result<String, ProviderError> {
        let known = {
            let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
            ids.get(symbol).filter(|(at, _)| at.elapsed() < KNOWN).map(|(_, id)| id.clone())
        };
        if let Some(id) = known {
            return Ok(id);
        }
        let params = [("query", symbol)];
        let answer = self.api.get("/api/v3/search", &params, &self.headers(), within).await?;
        let coins = match answer.status() {
            404 => Vec::new(),
            _ => answer.json::<Search>()?.coins,
        };
        let id = coins
            .into_iter()
            .filter(|coin| coin.symbol.eq_ignore_ascii_case(symbol))
            .min_by_key(|coin| coin.market_cap_rank.unwrap_or(u64::MAX))
            .map_or_else(|| symbol.to_ascii_lowercase(), |coin| coin.id);
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        if ids.len() >= MOST {
            ids.clear();
        }
        ids.insert(symbol.to_owned(), (Instant::now(), id.clone()));
        Ok(id)
    }
}

#[async_trait]
impl Provider<Pair, Price> for CoinGecko {
    fn name(&self) -> &'static str {
        "coingecko"
    }

    async fn ask(&self, pair: &Pair, within: Duration) -> Result<Price, ProviderError> {
        let began = Instant::now();
        let id = self.id(pair.symbol.as_str(), within).await?;
        let quote = pair.quote.as_str().to_ascii_lowercase();
        let params = [
            ("ids", id.as_str()),
            ("vs_currencies", quote.as_str()),
            ("include_last_updated_at", "true"),
        ];
        let left = within.saturating_sub(began.elapsed());
        let answer = self.api.get("/api/v3/simple/price", &params, &self.headers(), left).await?;
        // An unknown coin is an empty object, and so is the price in an unknown currency.
        let told: HashMap<String, HashMap<String, f64>> = answer.json()?;
        let coin = told.get(&id).ok_or(ProviderError::Unknown)?;
        coin.get(&quote).ok_or(ProviderError::Unknown)?;
        let amount = digits(&answer.text(), &quote).and_then(|raw| Decimal::parse(&raw));
        let amount =
            amount.ok_or_else(|| ProviderError::Useless("it answered with no price".to_owned()))?;
        let as_of = digits(&answer.text(), "last_updated_at").and_then(|seconds| {
            let seconds: i64 = seconds.parse().ok()?;
            Timestamp::from_micros(seconds.checked_mul(1_000_000)?).ok()
        });
        Ok(Price { quote: pair.quote.as_str().to_owned(), amount, as_of })
    }
}

/// The number of a member as it was written: read as a binary fraction it would lose digits.
fn digits(json: &str, name: &str) -> Option<String> {
    let quoted = format!("\"{name}\"");
    json.split(quoted.as_str()).skip(1).find_map(|rest| {
        let value = rest.trim_start().strip_prefix(':')?.trim_start();
        let number = |letter: char| letter.is_ascii_digit() || ".eE+-".contains(letter);
        let end = value.find(|letter| !number(letter)).unwrap_or(value.len());
        value.get(..end).filter(|digits| !digits.is_empty()).map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stay_as_they_were_written() {
        let json = r#"{"eur": {"eur" : 0.100000000000000000001, "last_updated_at":7}}"#;
        assert_eq!(digits(json, "eur").as_deref(), Some("0.100000000000000000001"));
        assert_eq!(digits(json, "last_updated_at").as_deref(), Some("7"));
        assert_eq!(digits(json, "usd"), None);
    }
}
