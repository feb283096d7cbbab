//! Emails to a mail server (feature `smtp`).

use std::{sync::Arc, time::Duration};

use adapter_smtp::{Sender, SmtpMailer};
use anyhow::Context as _;
use kernel::Mailer;

use super::authorities;
use crate::{
    config::Config,
    dependencies::{Ask, Watched},
};

/// The way to the mail server.
pub(super) type Server = SmtpMailer;

/// The mail server, if the configuration names one.
pub(super) fn open(
    config: &Config,
    sender: &Sender,
    timeout: Duration,
) -> anyhow::Result<Option<Arc<Server>>> {
    let mail = &config.mail;
    let Some(url) = &mail.smtp_url else { return Ok(None) };
    let authorities = authorities("mail.ca_file", mail.ca_file.as_deref())?;
    let mailer =
        SmtpMailer::trusting(url.expose(), sender.clone(), timeout, authorities.as_deref());
    Ok(Some(Arc::new(mailer.context("mail.smtp_url")?)))
}

/// What sends to it.
pub(super) fn mailer(server: &Arc<Server>) -> Arc<dyn Mailer> {
    Arc::<SmtpMailer>::clone(server)
}

/// How it is.
pub(super) fn ask(mailer: Arc<Server>) -> Watched {
    let ask: Ask = Box::new(move || {
        let mailer = Arc::clone(&mailer);
        Box::pin(async move { mailer.ping().await.map_err(|error| error.to_string()) })
    });
    Watched { name: "email", kind: "smtp", needed: false, probed: false, ask }
}
