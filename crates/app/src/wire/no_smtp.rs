//! A program without the feature `smtp`: emails are files in a folder.

use std::{sync::Arc, time::Duration};

use adapter_smtp::Sender;
use kernel::Mailer;

use crate::{config::Config, dependencies::Watched};

/// There is none.
pub(super) enum Server {}

pub(super) fn open(_: &Config, _: &Sender, _: Duration) -> anyhow::Result<Option<Arc<Server>>> {
    Ok(None)
}

pub(super) fn mailer(server: &Arc<Server>) -> Arc<dyn Mailer> {
    match **server {}
}

pub(super) fn ask(server: Arc<Server>) -> Watched {
    match *server {}
}
