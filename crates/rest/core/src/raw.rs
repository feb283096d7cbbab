//! Bodies as they came, for operations that check a signature on the bytes before anything is parsed.

use std::{sync::Arc, time::Duration};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use kernel::ErrorKind;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{incoming, problem::Problem, state::State};

/// The unit in which a room is counted.
const UNIT: usize = 1 << 10;

/// How many bytes of raw bodies are in memory at one moment, over all calls that share it.
#[derive(Debug)]
pub struct Room(Arc<Semaphore>);

impl Room {
    /// Of so many bytes, rounded up to KiB.
    pub fn of_bytes(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.div_ceil(UNIT).min(Semaphore::MAX_PERMITS))))
    }

    fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
        Arc::clone(&self.0).try_acquire_many_owned(units).map_err(|_| {
            let detail = "The server holds as many bodies as it can; try again shortly.";
            Problem::new(ErrorKind::Unavailable, "server.overloaded", detail)
        })
    }
}

/// The part of a [`Room`] that a body takes, until this is dropped.
#[derive(Debug)]
pub struct Held(#[expect(dead_code, reason = "it is held")] Option<OwnedSemaphorePermit>);

/// A body that was not read yet.
pub struct RawBody {
    payload: Payload,
    time: Duration,
    announced: u64,
    coding: Option<String>,
}

impl RawBody {
    /// Refuses what the headers say already.
    ///
    /// # Errors
    ///
    /// 413 for more than `limit` bytes, 415 for a coded body.
    pub fn check(&self, limit: usize) -> Result<(), Problem> {
        if let Some(coding) = &self.coding {
            let detail = format!("Bodies coded as {coding} are not taken.");
            return Err(Problem::new(ErrorKind::UnsupportedMedia, "request.media_type", detail));
        }
        if self.announced > limit as u64 {
            return Err(incoming::too_large(limit as u64));
        }
        Ok(())
    }

    /// Reads it whole.
    ///
    /// # Errors
    ///
    /// Those of [`RawBody::check`], 408 when it is slow, 503 when the room is full.
    pub async fn read(self, limit: usize, room: &Room) -> Result<(Bytes, Held), Problem> {
        self.check(limit)?;
        let reading = read(self.payload, limit, room);
        tokio::time::timeout(self.time, reading).await.map_err(|_| incoming::too_slow())?
    }
}

impl FromRequest for RawBody {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<Arc<State>>>();
        let time = state.map_or(Duration::from_secs(15), |state| state.limits.request_timeout / 2);
        let coding = request.headers().get(header::CONTENT_ENCODING);
        let coding = coding.map(|value| value.to_str().unwrap_or("?").to_ascii_lowercase());
        std::future::ready(Ok(Self {
            payload: payload.take(),
            time,
            announced: incoming::announced(request.headers()).unwrap_or_default(),
            coding: coding.filter(|coding| coding != "identity"),
        }))
    }
}

async fn read(mut payload: Payload, limit: usize, room: &Room) -> Result<(Bytes, Held), Problem> {
    let (mut body, mut held) = (BytesMut::new(), None::<OwnedSemaphorePermit>);
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| incoming::unreadable(&error))?;
        if body.len() + chunk.len() > limit {
            return Err(incoming::too_large(limit as u64));
        }
        let more = room.take(chunk.len())?;
        match &mut held {
            Some(held) => held.merge(more),
            None => held = Some(more),
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body.freeze(), Held(held)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_holds_so_many_bytes_and_no_more() {
        let room = Room::of_bytes(4 * UNIT);
        let first = room.take(3 * UNIT).unwrap();
        assert_eq!(room.take(2 * UNIT).unwrap_err().code(), "server.overloaded");
        let second = room.take(1).unwrap();
        drop(first);
        assert!(room.take(3 * UNIT).is_ok());
        drop(second);
    }
}
