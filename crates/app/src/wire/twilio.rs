//! Text messages by Twilio (feature `twilio`).

use std::{sync::Arc, time::Duration};

use adapter_sms::{Twilio, TwilioSettings};
use anyhow::Context as _;
use kernel::TextSender;

use crate::config::TwilioAccount;

/// What sends by it. It asks nothing yet.
pub(super) fn sender(
    account: &TwilioAccount,
    timeout: Duration,
) -> anyhow::Result<Arc<dyn TextSender>> {
    let twilio = Twilio::new(TwilioSettings {
        base_url: account.base_url.clone(),
        account: account.account.clone(),
        token: account.token.expose().to_owned(),
        from: account.from.clone(),
        timeout,
    });
    Ok(Arc::new(twilio.context("sms.provider")?))
}
