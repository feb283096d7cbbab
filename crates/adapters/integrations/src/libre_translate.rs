//! `LibreTranslate`: translations by a public service with a key, or by a server of one's own.

use std::time::Duration;

use async_trait::async_trait;
use integrations::{
    facts::{TranslateText, Translation},
    outbound::{Provider, ProviderError},
};
use serde::Deserialize;
use serde_json::json;

use crate::http::{Api, Client};

/// The provider.
pub struct LibreTranslate {
    api: Api,
    key: Option<String>,
}

#[derive(Deserialize)]
struct Told {
    #[serde(rename = "translatedText")]
    text: String,
    #[serde(rename = "detectedLanguage")]
    detected: Option<Detected>,
}

#[derive(Deserialize)]
struct Detected {
    language: String,
}

impl LibreTranslate {
    /// At its public address, or at `base`; servers of one's own may need no key.
    pub fn new(client: Client, base: Option<String>, key: Option<String>) -> Self {
        Self { api: Api::new(client, base, "https://libretranslate.com"), key }
    }
}

#[async_trait]
impl Provider<TranslateText, Translation> for LibreTranslate {
    fn name(&self) -> &'static str {
        "libretranslate"
    }

    async fn ask(
        &self,
        wanted: &TranslateText,
        within: Duration,
    ) -> Result<Translation, ProviderError> {
        let mut body = json!({
            "q": wanted.text.as_str(),
            "source": wanted.from.as_ref().map_or("auto", |from| from.as_str()),
            "target": wanted.to.as_str(),
            "format": "text"
        });
        if let (Some(key), Some(body)) = (&self.key, body.as_object_mut()) {
            body.insert("api_key".to_owned(), json!(key));
        }
        let answer = self.api.post("/translate", &[], &body, within).await?;
        if answer.status() == 400 {
            if answer.says("api key") {
                return Err(ProviderError::Rejected("it wants an API key".to_owned()));
            }
            if answer.says("not supported") || answer.says("not available as a target") {
                return Err(ProviderError::LanguageUnsupported);
            }
        }
        let told: Told = answer.json()?;
        let letters = |text: &str| text.chars().any(char::is_alphabetic);
        if letters(wanted.text.as_str()) && !letters(&told.text) {
            return Err(ProviderError::Useless("it answered without a translation".to_owned()));
        }
        let from = told.detected.map(|detected| detected.language);
        let given = || wanted.from.as_ref().map(|from| from.as_str().to_owned());
        Ok(Translation { text: told.text, from: from.or_else(given) })
    }
}
