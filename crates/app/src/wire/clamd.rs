//! Malware is looked for by ClamAV (feature `clamd`).

use std::sync::Arc;

use adapter_clamd::Clamd;
use files::outbound::Scanner;

use crate::{
    config::{ClamdAt, Config},
    dependencies::{Ask, Watched},
};

/// The scanner, and how it is, if the configuration names one.
pub(super) fn scanner(config: &Config) -> Option<(Arc<dyn Scanner>, Watched)> {
    let clamd = match config.files.clamd.clone()? {
        ClamdAt::Tcp(address) => Clamd::tcp(address),
        ClamdAt::Unix(path) => Clamd::unix(path),
    };
    Some((Arc::new(clamd.clone()), ask(clamd)))
}

fn ask(clamd: Clamd) -> Watched {
    let ask: Ask = Box::new(move || {
        let clamd = clamd.clone();
        Box::pin(async move {
            if clamd.ping().await { Ok(()) } else { Err("clamd does not answer".to_owned()) }
        })
    });
    Watched { name: "scanner", kind: "clamd", needed: false, probed: true, ask }
}
