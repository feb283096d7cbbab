//! A program without the feature `redis`.

use std::sync::Arc;

use ::chat::outbound::Notifier;
use kernel::BoxFuture;

use super::redis::Connection;

pub(super) fn notifier(
    link: &Arc<Connection>,
    _: &mut Vec<BoxFuture<'static, ()>>,
) -> Arc<dyn Notifier> {
    match **link {}
}
