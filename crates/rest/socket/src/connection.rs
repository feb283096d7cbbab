//! One socket: the body of the answer 101. The connection's task polls it when it can write, and by that
//! it also reads the client's frames and drives the session: one task per socket.

use std::{
    convert::Infallible,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Instant,
};

use actix_web::{
    body::{BodySize, MessageBody},
    web,
};
use bytes::Bytes;
use futures_util::{Stream as _, future::LocalBoxFuture};

use crate::{
    close,
    reader::{Item, Reader},
    sender::{Next, Phase},
    session::Session,
    sockets::Place,
    ticker::{self, Watched},
};

pub(crate) struct Connection<S: Session> {
    payload: web::Payload,
    reader: Reader,
    /// Bytes that have arrived and aren't read yet.
    chunk: Bytes,
    /// None where the socket is closed before it began.
    session: Option<Rc<S>>,
    /// What the session does with the last message.
    work: Option<LocalBoxFuture<'static, ()>>,
    bucket: Bucket,
    watched: Rc<Watched>,
    _place: Place,
}

impl<S: Session> Connection<S> {
    pub(crate) fn new(
        payload: web::Payload,
        session: Option<Rc<S>>,
        watched: Rc<Watched>,
        place: Place,
    ) -> Self {
        let limits = &watched.limits;
        Self {
            payload,
            reader: Reader::new(limits.max_message_bytes, S::BINARY),
            chunk: Bytes::new(),
            work: session.as_ref().map(|session| Rc::clone(session).begin()),
            session,
            bucket: Bucket::new(limits.frames_per_second),
            watched,
            _place: place,
        }
    }

    /// Reads what the client sent, up to the next frame.
    fn read(&mut self, phase: Phase, context: &mut Context<'_>) -> Poll<()> {
        let shared = &self.watched.shared;
        if self.chunk.is_empty() {
            match ready!(Pin::new(&mut self.payload).poll_next(context)) {
                Some(Ok(bytes)) => {
                    self.watched.heard();
                    self.chunk = bytes;
                }
                Some(Err(_)) | None => {
                    shared.end(close::BROKEN);
                    return Poll::Ready(());
                }
            }
        }
        if phase != Phase::Open {
            if self.reader.skip(&mut self.chunk) {
                shared.echo(None);
            }
            return Poll::Ready(());
        }
        match self.reader.next(&mut self.chunk) {
            Ok(None) => {}
            Ok(Some(item)) => self.take(item),
            Err(fault) if self.reader.is_closing() => shared.refuse_close(fault.code, fault.reason),
            Err(fault) => shared.cut(fault.code, fault.reason),
        }
        Poll::Ready(())
    }

    fn take(&mut self, item: Item) {
        ticker::count_in();
        let shared = &self.watched.shared;
        if !self.bucket.take(Instant::now()) {
            shared.cut(close::FLOODING, "too many frames in a second");
            return;
        }
        let session = || self.session.clone();
        match item {
            Item::Text(text) => self.work = session().map(|session| session.receive(text)),
            Item::Binary(bytes) => {
                self.work = session().map(|session| session.receive_binary(bytes));
            }
            Item::Ping(payload) => shared.pong(&payload),
            Item::Fragment | Item::Pong => {}
            Item::Close(code) => shared.echo(code),
        }
    }
}

impl<S: Session> MessageBody for Connection<S> {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    /// The next frame. They aren't joined here: the connection copies them into one buffer anyway, and
    /// writes that. Writing goes first, so that a client that doesn't read its answers isn't read.
    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let this = self.get_mut();
        this.watched.asked();
        loop {
            let phase = match this.watched.shared.next(context.waker()) {
                Next::Bytes(bytes) => {
                    ticker::count_out();
                    return Poll::Ready(Some(Ok(bytes)));
                }
                Next::Nothing(Phase::Over) => return Poll::Ready(None),
                Next::Nothing(phase) => phase,
            };
            if let Some(work) = &mut this.work {
                if work.as_mut().poll(context).is_ready() {
                    this.work = None;
                    continue;
                }
                if phase == Phase::Open {
                    return Poll::Pending;
                }
            }
            ready!(this.read(phase, context));
        }
    }
}

impl<S: Session> Drop for Connection<S> {
    fn drop(&mut self) {
        let (code, waker) = self.watched.shared.gone();
        metrics::counter!("alveole_socket_closes_total", "code" => close::label(code)).increment(1);
        if let (Some(hangup), Some(waker)) = (self.watched.hangup.clone(), waker) {
            ticker::farewell(hangup, waker, self.watched.limits.close_wait);
        }
    }
}

/// Counts frames: so many a second, and so many together.
struct Bucket {
    per_second: f64,
    left: f64,
    filled: Instant,
}

impl Bucket {
    fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second);
        Self { per_second, left: per_second, filled: Instant::now() }
    }

    fn take(&mut self, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.filled).as_secs_f64() * self.per_second;
        self.left = (self.left + gained).min(self.per_second);
        self.filled = now;
        if self.left < 1.0 {
            return false;
        }
        self.left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_fills_as_time_passes() {
        let mut bucket = Bucket::new(2);
        let start = bucket.filled;
        assert!(bucket.take(start) && bucket.take(start) && !bucket.take(start));
        let later = start + Duration::from_millis(500);
        assert!(bucket.take(later) && !bucket.take(later));
        let much_later = start + Duration::from_secs(60);
        assert!(bucket.take(much_later) && bucket.take(much_later) && !bucket.take(much_later));
    }
}
