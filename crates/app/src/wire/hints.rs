//! Hints that the chat's processes send each other by Redis.

use std::sync::Arc;

use ::chat::outbound::Notifier;
use adapter_redis::RedisNotifier;
use kernel::BoxFuture;

use super::redis::Connection;

pub(super) fn notifier(
    link: &Arc<Connection>,
    background: &mut Vec<BoxFuture<'static, ()>>,
) -> Arc<dyn Notifier> {
    let (notifier, notifications) = RedisNotifier::new(Arc::clone(link));
    background.push(Box::pin(notifications.run()));
    notifier
}
