//! Binance: prices without a key. Markets are named by both sides: `BTCEUR`.

use std::time::Duration;

use async_trait::async_trait;
use integrations::{
    facts::{Pair, Price},
    outbound::{Provider, ProviderError},
    values::Decimal,
};
use serde::Deserialize;

use crate::http::{Api, Client};

/// "Invalid symbol."
const NO_SUCH_MARKET: &str = "-1121";
/// "Illegal characters found in parameter."
const NO_SUCH_NAME: &str = "-1100";

/// The provider.
pub struct Binance {
    api: Api,
}

#[derive(Deserialize)]
struct Ticker {
    price: String,
}

impl Binance {
    /// At its public address, or at `base`.
    pub fn new(client: Client, base: Option<String>) -> Self {
        Self { api: Api::new(client, base, "https://api.binance.com") }
    }
}

#[async_trait]
impl Provider<Pair, Price> for Binance {
    fn name(&self) -> &'static str {
        "binance"
    }

    async fn ask(&self, pair: &Pair, within: Duration) -> Result<Price, ProviderError> {
        // It has no US dollars, and Tether instead.
        let quote = match pair.quote.as_str() {
            "USD" => "USDT",
            other => other,
        };
        let market = format!("{}{quote}", pair.symbol.as_str());
        let params = [("symbol", market.as_str())];
        let answer = self.api.get("/api/v3/ticker/price", &params, &[], within).await?;
        if answer.status() == 400 && (answer.says(NO_SUCH_MARKET) || answer.says(NO_SUCH_NAME)) {
            return Err(ProviderError::Unknown);
        }
        let ticker: Ticker = answer.json()?;
        let amount = Decimal::parse(&ticker.price)
            .ok_or_else(|| ProviderError::Useless("it answered with no price".to_owned()))?;
        Ok(Price { quote: quote.to_owned(), amount, as_of: None })
    }
}
