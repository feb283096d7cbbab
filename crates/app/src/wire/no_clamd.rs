//! A program without the feature `clamd`: nothing looks for malware.

use std::sync::Arc;

use files::outbound::Scanner;

use crate::{config::Config, dependencies::Watched};

pub(super) fn scanner(_: &Config) -> Option<(Arc<dyn Scanner>, Watched)> {
    None
}
