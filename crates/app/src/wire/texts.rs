//! Text messages.

use std::{sync::Arc, time::Duration};

use adapter_sms::FolderTexts;
use kernel::{Clock, PhoneNumber, TextOutcome, TextSender};

use super::twilio;
use crate::config::{Config, TextProvider};

/// What sends text messages; none when the configuration says so.
pub(super) fn texts(
    config: &Config,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Option<Arc<dyn TextSender>>> {
    // Counters that appear with their first event hide it from `increase()`.
    for outcome in ["sent", "later", "never"] {
        count(outcome, 0);
    }
    let inner: Arc<dyn TextSender> = match &config.sms.provider {
        TextProvider::None => return Ok(None),
        TextProvider::File => {
            Arc::new(FolderTexts::new(config.server.data_dir.join("texts"), Arc::clone(clock)))
        }
        TextProvider::Twilio(account) => {
            twilio::sender(account, Duration::from_secs(config.sms.timeout_seconds))?
        }
    };
    Ok(Some(Arc::new(MeasuredTexts { inner })))
}

/// Counts what becomes of texts, in `alveole_texts_total`, and logs what fails. The reasons name neither the number nor
/// the text.
struct MeasuredTexts {
    inner: Arc<dyn TextSender>,
}

fn count(outcome: &'static str, more: u64) {
    metrics::counter!("alveole_texts_total", "outcome" => outcome).increment(more);
}

#[async_trait::async_trait]
impl TextSender for MeasuredTexts {
    async fn send(&self, to: &PhoneNumber, text: &str) -> TextOutcome {
        let outcome = self.inner.send(to, text).await;
        match &outcome {
            TextOutcome::Sent => count("sent", 1),
            TextOutcome::Later { reason, .. } => {
                count("later", 1);
                tracing::warn!(reason, "a text message could not be sent; it is tried again");
            }
            TextOutcome::Never(reason) => {
                count("never", 1);
                tracing::warn!(reason, "a text message was refused");
            }
        }
        outcome
    }
}
