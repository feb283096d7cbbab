//! What the framework refuses before it has a request: bytes that are no HTTP, a target that is too
//! long, a head that is too large or too slow. It answers such clients with a bare status. Here the
//! connection puts a problem document in its place, because there the framework has no setting for it.

use std::{
    cell::Cell,
    io,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, ready},
};

use actix_web::{http::StatusCode, rt::net::ActixStream};
use kernel::ErrorKind;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{context, problem::Problem, state::State};

/// How every refusal begins.
const REFUSAL: &[u8] = b"HTTP/1.1 4";
/// What every answer of ours has, and none of the framework's own.
const OURS: &[u8] = b"x-request-id:";

/// A connection that speaks for the framework.
pub struct Connection<S> {
    stream: S,
    state: Arc<State>,
    /// What is being written in place of a bare refusal, and how much of it was.
    instead: Option<(Vec<u8>, usize)>,
    hangup: Hangup,
}

/// Ends a connection whose client neither reads nor leaves, for which the framework has no means. The
/// listener puts it into the data of its connection, where handlers find it.
#[derive(Debug, Clone, Default)]
pub struct Hangup(Rc<Cell<bool>>);

impl Hangup {
    /// Fails what the connection reads or writes next. The caller wakes the connection's task, which then
    /// drops everything that belongs to it.
    pub fn hang_up(&self) {
        self.0.set(true);
    }

    fn check(&self) -> io::Result<()> {
        if self.0.get() { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}

impl<S> Connection<S> {
    /// Wraps a stream.
    pub fn new(stream: S, state: Arc<State>) -> Self {
        Self { stream, state, instead: None, hangup: Hangup::default() }
    }

    /// What ends this connection.
    pub fn hangup(&self) -> Hangup {
        self.hangup.clone()
    }
}

/// The status of an answer that the framework wrote by itself. It is the last of its connection and
/// has no body.
fn bare_status(bytes: &[u8]) -> Option<u16> {
    if !bytes.starts_with(REFUSAL) || !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let is_ours = bytes.windows(OURS.len()).any(|window| window.eq_ignore_ascii_case(OURS));
    let status = bytes.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
    status.filter(|_| !is_ours)?.parse().ok()
}

/// The whole answer with this status.
fn answer(status: u16, state: &State) -> Vec<u8> {
    let (code, detail) = match status {
        408 => ("request.head_timeout", "The head of the request did not arrive in time."),
        431 => ("request.head_too_large", "The head of the request is too large."),
        _ => ("request.unreadable", "The request cannot be read, or its target is too long."),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let id = context::fresh_id();
    tracing::debug!(request_id = id, %status, code, "refused before there was a request");
    let problem = Problem::new(ErrorKind::Invalid, code, detail).with_status(status);
    let body = problem.text("", &id, &state.codes);
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncontent-length: {length}\r\n\
         cache-control: no-store\r\nx-content-type-options: nosniff\r\nx-request-id: {id}\r\n\
         connection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.hangup.check()?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.hangup.check()?;
        let this = &mut *self;
        if this.instead.is_none()
            && let Some(status) = bare_status(bytes)
        {
            this.instead = Some((answer(status, &this.state), 0));
        }
        let Some((instead, written)) = &mut this.instead else {
            return Pin::new(&mut this.stream).poll_write(context, bytes);
        };
        while let Some(rest) = instead.get(*written..).filter(|rest| !rest.is_empty()) {
            let more = ready!(Pin::new(&mut this.stream).poll_write(context, rest))?;
            if more == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *written += more;
        }
        this.instead = None;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.hangup.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: ActixStream> ActixStream for Connection<S> {
    fn poll_read_ready(
        &self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<actix_web::rt::net::Ready>> {
        self.stream.poll_read_ready(context)
    }

    fn poll_write_ready(
        &self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<actix_web::rt::net::Ready>> {
        self.stream.poll_write_ready(context)
    }
}

#[cfg(test)]
mod tests {
    use super::bare_status;

    #[test]
    fn only_refusals_without_a_request_id_are_replaced() {
        let bare = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        assert_eq!(bare_status(bare), Some(400));
        let slow = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(bare_status(slow), Some(408));
        for ours in [
            &b"HTTP/1.1 404 Not Found\r\nX-Request-Id: 1\r\n\r\n"[..],
            b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}",
            b"",
        ] {
            assert_eq!(bare_status(ours), None);
        }
    }
}
