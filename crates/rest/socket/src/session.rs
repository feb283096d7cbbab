//! What a program does with a socket.

use std::{future::ready, rc::Rc};

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;

/// One socket as its program sees it. It is made when the socket opens, and dropped on every way out:
/// after a close by either side, when the connection breaks, when the client is gone silently, and when
/// the server stops. `Drop` is the place to leave what the socket has joined.
pub trait Session: 'static {
    /// Whether binary messages are taken. Otherwise the first one closes the socket with 1003, by its
    /// header.
    const BINARY: bool = false;

    /// Runs before the first message is read, while sending goes on already.
    fn begin(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(ready(()))
    }

    /// Takes a text message. The next frame of this socket isn't read until this ends, so messages keep
    /// their order and a client that is faster than the server is slowed down; sending goes on
    /// meanwhile. It should end in less than [`Limits::dead_after`](crate::Limits::dead_after), because
    /// pongs aren't read either.
    fn receive(self: Rc<Self>, text: String) -> LocalBoxFuture<'static, ()>;

    /// The same for a binary message.
    fn receive_binary(self: Rc<Self>, _bytes: Bytes) -> LocalBoxFuture<'static, ()> {
        Box::pin(ready(()))
    }
}
