//! A reader of event streams: one connection, read by hand, so that tests see exactly when an
//! event arrives.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::Value;

/// An open event stream.
pub struct Sse {
    stream: TcpStream,
    /// Bytes of the connection that were not decoded yet.
    raw: Vec<u8>,
    /// Decoded text that was not cut into events yet.
    text: String,
    chunked: bool,
    /// The status of the answer.
    pub status: u16,
    /// The head of the answer, as it came.
    pub head: String,
    /// Comments that went by (heartbeats).
    pub comments: usize,
    /// True once the server has ended the stream as the protocol wants it: no connection broke.
    pub complete: bool,
    ended: bool,
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct SseEvent {
    /// The cursor to resume from.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its data as JSON.
    pub data: Value,
}

impl SseEvent {
    /// Its place in the feed, without the feed's epoch.
    pub fn place(&self) -> u64 {
        let place = self.id.rsplit('.').next().unwrap_or_default();
        place.parse().expect("a place in the feed")
    }
}

impl Sse {
    /// Opens a stream and reads the head of the answer.
    pub fn open(port: u16, path: &str, headers: &[(&str, &str)]) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
        let mut request =
            format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n");
        for (name, value) in headers {
            request.extend([name, ": ", value, "\r\n"]);
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut sse = Self {
            stream,
            raw: Vec::new(),
            text: String::new(),
            chunked: false,
            status: 0,
            head: String::new(),
            comments: 0,
            complete: false,
            ended: false,
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(end) = find(&sse.raw, b"\r\n\r\n") {
                let rest = sse.raw.split_off(end + 4);
                sse.head = String::from_utf8_lossy(&sse.raw).into_owned();
                sse.raw = rest;
                break;
            }
            assert!(sse.fill(deadline), "no answer to GET {path}");
        }
        sse.chunked = sse.head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        sse.status = sse
            .head
            .split_whitespace()
            .nth(1)
            .and_then(|code| code.parse().ok())
            .expect("a status line");
        sse
    }

    /// Opens the task stream as the holder of `token`, from `last` on.
    pub fn tasks(port: u16, token: &str, last: Option<&str>) -> Self {
        let authorization = format!("Bearer {token}");
        let mut headers = vec![("Authorization", authorization.as_str())];
        if let Some(last) = last {
            headers.push(("Last-Event-ID", last));
        }
        let sse = Self::open(port, "/api/v1/tasks/events", &headers);
        assert_eq!(sse.status, 200, "{}", sse.head);
        sse
    }

    /// The next event, unless none comes within `patience` or the stream ends.
    pub fn next_within(&mut self, patience: Duration) -> Option<SseEvent> {
        let deadline = Instant::now() + patience;
        loop {
            self.decode();
            if let Some(event) = self.cut() {
                return Some(event);
            }
            if self.ended || !self.fill(deadline) {
                return None;
            }
        }
    }

    /// The next event, which must come soon.
    #[track_caller]
    pub fn next_event(&mut self) -> SseEvent {
        self.next_within(Duration::from_secs(10)).expect("an event within ten seconds")
    }

    /// True when the server ends the stream within `patience`.
    pub fn ends_within(&mut self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while !self.ended && self.fill(deadline) {
            self.decode();
        }
        self.ended
    }

    /// Reads once more; false when the time is over or the stream ended.
    fn fill(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        self.stream.set_read_timeout(Some(left)).expect("a read timeout");
        let mut buffer = [0; 8192];
        match self.stream.read(&mut buffer) {
            Ok(0) => {
                self.ended = true;
                false
            }
            Ok(count) => {
                self.raw.extend(buffer.iter().take(count));
                true
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                false
            }
            Err(_) => {
                self.ended = true;
                false
            }
        }
    }

    /// Moves whole chunks from `raw` to `text`.
    fn decode(&mut self) {
        if !self.chunked {
            let all = std::mem::take(&mut self.raw);
            self.text.push_str(&String::from_utf8_lossy(&all));
            return;
        }
        while let Some(line_end) = find(&self.raw, b"\r\n") {
            let line: Vec<u8> = self.raw.iter().take(line_end).copied().collect();
            let size = usize::from_str_radix(String::from_utf8_lossy(&line).trim(), 16)
                .expect("a chunk size");
            let start = line_end + 2;
            if self.raw.len() < start + size + 2 {
                return;
            }
            if size == 0 {
                self.complete = true;
                self.ended = true;
                return;
            }
            let rest = self.raw.split_off(start + size + 2);
            let chunk: Vec<u8> = self.raw.iter().skip(start).take(size).copied().collect();
            self.text.push_str(&String::from_utf8_lossy(&chunk));
            self.raw = rest;
        }
    }

    /// Takes the next whole event out of `text`, counting comments on the way.
    fn cut(&mut self) -> Option<SseEvent> {
        while let Some(end) = self.text.find("\n\n") {
            let rest = self.text.split_off(end + 2);
            let block = std::mem::replace(&mut self.text, rest);
            let field = |name: &str| {
                block
                    .lines()
                    .filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                    .map(str::trim_start)
                    .collect::<Vec<_>>()
                    .join("\n")
            };
            let data = field("data");
            if data.is_empty() {
                self.comments += 1;
                continue;
            }
            return Some(SseEvent {
                id: field("id"),
                name: field("event"),
                data: serde_json::from_str(&data).unwrap_or(Value::String(data)),
            });
        }
        None
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
