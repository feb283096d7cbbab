//! A program without the feature `twilio`: text messages are files in a folder.

use std::{sync::Arc, time::Duration};

use kernel::TextSender;

use crate::config::TwilioAccount;

/// The settings refuse this before.
pub(super) fn sender(_: &TwilioAccount, _: Duration) -> anyhow::Result<Arc<dyn TextSender>> {
    anyhow::bail!("sms.provider needs the feature `twilio`, which this program was built without")
}
