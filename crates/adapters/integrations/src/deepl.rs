//! `DeepL`: translations with a key. Keys that end in `:fx` belong to the free service, which has a host of its own.

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
pub struct DeepL {
    api: Api,
    authorization: String,
}

#[derive(Deserialize)]
struct Told {
    translations: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    detected_source_language: Option<String>,
    text: String,
}

impl DeepL {
    /// With this key, at the address that belongs to it or at `base`.
    pub fn new(client: Client, base: Option<String>, key: &str) -> Self {
        let default = if key.ends_with(":fx") {
            "https://api-free.deepl.com"
        } else {
            "https://api.deepl.com"
        };
        let authorization = format!("DeepL-Auth-Key {key}");
        Self { api: Api::new(client, base, default), authorization }
    }
}

#[async_trait]
impl Provider<TranslateText, Translation> for DeepL {
    fn name(&self) -> &'static str {
        "deepl"
    }

    async fn ask(
        &self,
        wanted: &TranslateText,
        within: Duration,
    ) -> Result<Translation, ProviderError> {
        // As a target, English and Portuguese need a region.
        let to = match wanted.to.as_str() {
            "en" => "EN-GB".to_owned(),
            "pt" => "PT-PT".to_owned(),
            other => other.to_ascii_uppercase(),
        };
        let mut body = json!({"text": [wanted.text.as_str()], "target_lang": to});
        if let (Some(from), Some(body)) = (&wanted.from, body.as_object_mut()) {
            // A source has no region.
            let language = from.as_str().split('-').next().unwrap_or_default();
            body.insert("source_lang".to_owned(), json!(language.to_ascii_uppercase()));
        }
        let headers = [("authorization", self.authorization.as_str())];
        let answer = self.api.post("/v2/translate", &headers, &body, within).await?;
        if answer.status() == 400 && (answer.says("target_lang") || answer.says("source_lang")) {
            return Err(ProviderError::LanguageUnsupported);
        }
        let told: Told = answer.json()?;
        let one = told.translations.into_iter().next();
        let one = one.ok_or_else(|| {
            ProviderError::Useless("it answered without a translation".to_owned())
        })?;
        Ok(Translation {
            text: one.text,
            from: one.detected_source_language.map(|language| language.to_ascii_lowercase()),
        })
    }
}
