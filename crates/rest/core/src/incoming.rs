//! Request bodies: how slowly they may arrive, and what happens to a body that no handler reads.
//!
//! The framework discards a chunked body that was dropped unread for as long as the client sends it.
//! So the payload stays here until the answer has left. While it is here and unread, the framework
//! stops reading from the socket, and it closes the connection after the answer.

use std::{
    cell::{Cell, RefCell},
    io,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::{InternalError, PayloadError},
    http::{
        ConnectionType, StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
    web,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, future};
use kernel::ErrorKind;
use tokio::time::{Instant, Sleep};

use super::{problem::Problem, state::State};

/// Bytes that are still taken of a body after the answer to its request.
const DRAINED_BYTES: usize = 64 << 10;
/// How long a connection stays open for such a body. Its client can read the answer meanwhile.
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// How slowly a body may arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long the server waits for bytes before the rate counts.
    pub grace: Duration,
    /// Bytes a second on average; 0 means any.
    pub min_rate: u64,
}

impl Pace {
    /// How long the server may have waited in all for a body of which `bytes` have arrived.
    fn allows(self, bytes: u64) -> Option<Duration> {
        let seconds = bytes.checked_div(self.min_rate)?;
        Some(self.grace.max(Duration::from_secs(seconds)))
    }
}

/// The moment at which a client that sent `Expect: 100-continue` is asked for the body.
#[derive(Debug, Clone, Default)]
pub struct Invitation(Rc<Invited>);

#[derive(Debug, Default)]
struct Invited {
    wanted: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Invitation {
    fn send(&self) {
        self.0.wanted.set(true);
        let waker = self.0.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// True once a handler has begun to read the body; else `context` is woken then.
    pub fn is_sent(&self, context: &Context<'_>) -> bool {
        self.0.waker.replace(Some(context.waker().clone()));
        self.0.wanted.get()
    }
}

/// The body of a request, shared by its reader and by what happens after the answer.
#[derive(Clone)]
struct Incoming(Rc<RefCell<Body>>);

struct Body {
    payload: Payload,
    pace: Pace,
    invitation: Option<Invitation>,
    /// Nothing more will come: the end was read, or a failure.
    ended: bool,
    taken: u64,
    /// How long the reader has waited for bytes.
    waited: Duration,
    waiting_since: Option<Instant>,
    alarm: Option<Pin<Box<Sleep>>>,
}

type Chunk = Option<Result<Bytes, PayloadError>>;

impl Body {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Chunk> {
        if self.ended {
            return Poll::Ready(None);
        }
        let chunk = ready!(self.payload.poll_next_unpin(context));
        match &chunk {
            Some(Ok(bytes)) => self.taken = self.taken.saturating_add(bytes.len() as u64),
            None | Some(Err(_)) => self.ended = true,
        }
        Poll::Ready(chunk)
    }

    /// As `poll`, for a handler: the client is invited to send, and may not be too slow.
    fn poll_wanted(&mut self, context: &mut Context<'_>) -> Poll<Chunk> {
        if let Some(invitation) = self.invitation.take() {
            invitation.send();
        }
        match self.poll(context) {
            Poll::Ready(chunk) => {
                if let Some(since) = self.waiting_since.take() {
                    self.waited += since.elapsed();
                }
                Poll::Ready(chunk)
            }
            Poll::Pending => self.poll_alarm(context),
        }
    }

    /// Only the time in which the reader waits counts, not the time in which the server is busy.
    fn poll_alarm(&mut self, context: &mut Context<'_>) -> Poll<Chunk> {
        let Some(allowed) = self.pace.allows(self.taken) else { return Poll::Pending };
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let deadline = since + allowed.saturating_sub(self.waited);
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if alarm.deadline() != deadline {
            alarm.as_mut().reset(deadline);
        }
        ready!(alarm.as_mut().poll(context));
        Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
    }
}

impl Stream for Incoming {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Chunk> {
        self.0.borrow_mut().poll_wanted(context)
    }
}

impl Incoming {
    /// Takes the body out of a request and puts a guarded one in its place; `None` without a body.
    fn guard(request: &mut ServiceRequest) -> Option<Self> {
        let payload = request.take_payload();
        if matches!(payload, Payload::None) {
            return None;
        }
        let state = request.app_data::<web::Data<Arc<State>>>();
        let pace = state.map_or(Pace { grace: Duration::ZERO, min_rate: 0 }, |s| s.limits.pace);
        let incoming = Self(Rc::new(RefCell::new(Body {
            payload,
            pace,
            invitation: request.extensions_mut().remove(),
            ended: false,
            taken: 0,
            waited: Duration::ZERO,
            waiting_since: None,
            alarm: None,
        })));
        let stream: Pin<Box<dyn Stream<Item = _>>> = Box::pin(incoming.clone());
        request.set_payload(Payload::from(stream));
        request.extensions_mut().insert(incoming.clone());
        Some(incoming)
    }

    /// True if the body has ended, also if its end arrived without having been read. Bytes that are
    /// here already are discarded, up to `DRAINED_BYTES`; nothing is waited for.
    async fn has_ended(&self) -> bool {
        if self.0.borrow().ended {
            return true;
        }
        // The framework hands over what has arrived when the handler waits for the first time.
        tokio::task::yield_now().await;
        let mut left = DRAINED_BYTES;
        future::poll_fn(|context| {
            while left > 0 {
                match self.0.borrow_mut().poll(context) {
                    Poll::Ready(Some(Ok(bytes))) => left = left.saturating_sub(bytes.len()),
                    Poll::Ready(_) => return Poll::Ready(true),
                    Poll::Pending => break,
                }
            }
            Poll::Ready(false)
        })
        .await
    }

    /// The answer as it is sent when the body has not ended: the last one on its connection.
    fn close(self, response: HttpResponse) -> HttpResponse {
        let mut response = response;
        response.head_mut().set_connection_type(ConnectionType::Close);
        response.map_body(|_, body| {
            let drain = Drain { incoming: self, left: DRAINED_BYTES, end: None };
            BoxBody::new(Draining { body, sent: false, drain })
        })
    }
}

/// The outermost middleware: every body is guarded, and every answer that leaves before its request's
/// body closes the connection.
pub async fn incoming(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(incoming) = Incoming::guard(&mut request) else { return next.call(request).await };
    let answer = next.call(request).await;
    // Behind a change of protocol the body is the other protocol's.
    if is_upgraded(answer.as_ref()) || incoming.has_ended().await {
        return answer;
    }
    match answer {
        Ok(response) => {
            let (request, response) = response.into_parts();
            incoming.drain_before(&response).await;
            Ok(ServiceResponse::new(request, incoming.close(response)))
        }
        Err(error) => {
            let response = incoming.close(error.error_response());
            Err(InternalError::from_response(error, response).into())
        }
    }
}

/// An inner middleware: answers that leave early are not compressed, because the end of a compressed
/// one would wait for the drain, and the client for that end.
pub async fn uncompressed(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let incoming = request.extensions().get::<Incoming>().cloned();
    let mut response = next.call(request).await?;
    if let Some(incoming) = incoming
        && !is_upgraded(Ok(&response))
        && !incoming.has_ended().await
        && !response.headers().contains_key(header::CONTENT_ENCODING)
    {
        let identity = HeaderValue::from_static("identity");
        response.headers_mut().insert(header::CONTENT_ENCODING, identity);
    }
    Ok(response)
}

fn is_upgraded(answer: Result<&ServiceResponse<BoxBody>, &Error>) -> bool {
    answer.is_ok_and(|response| response.status() == StatusCode::SWITCHING_PROTOCOLS)
}

/// Lets the bytes behind this request arrive as slowly as they like: they are another protocol's.
pub fn let_wait(request: &HttpRequest) {
    if let Some(incoming) = request.extensions().get::<Incoming>() {
        incoming.0.borrow_mut().pace.min_rate = 0;
    }
}

impl Incoming {
    /// An answer without a body has nothing behind which the drain could stand, so it waits for it.
    async fn drain_before(&self, response: &HttpResponse) {
        if matches!(response.body().size(), BodySize::None | BodySize::Sized(0)) {
            let mut drain = Drain { incoming: self.clone(), left: DRAINED_BYTES, end: None };
            future::poll_fn(|context| drain.poll(context)).await;
        }
    }
}

/// The rest of a body, which is discarded.
struct Drain {
    incoming: Incoming,
    left: usize,
    end: Option<Pin<Box<Sleep>>>,
}

impl Drain {
    /// Ready when the body has ended or the time is up. Once `DRAINED_BYTES` were taken the rest is
    /// left unread, and the client has the remaining time to read its answer.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.left > 0 {
            match self.incoming.0.borrow_mut().poll(context) {
                Poll::Ready(Some(Ok(bytes))) => self.left = self.left.saturating_sub(bytes.len()),
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        let end = self.end.get_or_insert_with(|| Box::pin(tokio::time::sleep(DRAIN_TIME)));
        end.as_mut().poll(context)
    }
}

/// The body of an answer, and behind it the drain. All bytes of the answer have been handed to the
/// connection, which sends them, when the drain begins.
struct Draining {
    body: BoxBody,
    sent: bool,
    drain: Drain,
}

impl MessageBody for Draining {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        if !this.sent {
            if let Some(chunk) = ready!(Pin::new(&mut this.body).poll_next(context)) {
                return Poll::Ready(Some(chunk));
            }
            this.sent = true;
        }
        ready!(this.drain.poll(context));
        Poll::Ready(None)
    }
}

/// True for the failure of a body that arrives too slowly.
pub fn is_too_slow(error: &PayloadError) -> bool {
    matches!(error, PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut)
}

/// 408.
pub fn too_slow() -> Problem {
    Problem::new(ErrorKind::Invalid, "request.body_timeout", "The body did not arrive in time.")
        .with_status(StatusCode::REQUEST_TIMEOUT)
}

/// Why a body was not read to its end.
pub fn unreadable(error: &PayloadError) -> Problem {
    if is_too_slow(error) {
        return too_slow();
    }
    Problem::field("", "request.body_malformed", "the body ended too early")
}

/// 413, for a body of more than `limit` bytes.
pub fn too_large(limit: u64) -> Problem {
    let detail = format!("The body has more than {limit} bytes.");
    Problem::new(ErrorKind::TooLarge, "request.body_too_large", detail)
}

/// The length that a request announces.
pub fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_counts_after_the_grace() {
        let pace = Pace { grace: Duration::from_secs(30), min_rate: 1024 };
        assert_eq!(pace.allows(0), Some(Duration::from_secs(30)));
        assert_eq!(pace.allows(30 * 1024), Some(Duration::from_secs(30)));
        assert_eq!(pace.allows(1 << 20), Some(Duration::from_secs(1024)));
        assert_eq!(Pace { min_rate: 0, ..pace }.allows(0), None);
    }
}
