//! Hearing a channel.

use std::time::Duration;

use deadpool_redis::redis;
use futures_util::StreamExt as _;
use tokio::time::timeout;

use crate::connection::RedisConnection;

/// How often a silent connection is asked whether it is still there.
const PING: Duration = Duration::from_secs(2);

/// Hears a channel until its connection breaks. `begun` is called once messages are heard.
pub(crate) async fn hear<F: Future<Output = ()>>(
    connection: &RedisConnection,
    channel: &str,
    begun: impl FnOnce(),
    heard: impl Fn(String) -> F,
) {
    let patience = connection.timeout() * 4;
    let Some(listener) = connection.listener().await else { return };
    let (mut sink, mut stream) = listener.split();
    if !matches!(timeout(patience, sink.subscribe(channel)).await, Ok(Ok(()))) {
        return;
    }
    begun();
    loop {
        match timeout(PING, stream.next()).await {
            Ok(Some(message)) => {
                if let Ok(text) = message.get_payload::<String>() {
                    heard(text).await;
                }
            }
            Ok(None) => return,
            // Silence: from a connection that is gone there would be no other sign.
            Err(_) => {
                let pong = timeout(patience, sink.ping::<redis::Value>()).await;
                if !matches!(pong, Ok(Ok(_))) {
                    return;
                }
            }
        }
    }
}
