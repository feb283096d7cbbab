//! A client written by hand: it sends any bytes, also those that no library would send.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    time::Duration,
};

use crate::server::{Server, TOKEN};

pub(crate) const TEXT: u8 = 0x81;
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8a;

/// The key of RFC 6455 §1.3 and the answer to it.
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub(crate) const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];

pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) json: serde_json::Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) {
        assert_eq!((self.status, &self.json["code"]), (status, &code.into()), "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
    }
}

/// The header of a client's frame of any length, in the fewest bytes.
pub(crate) fn header(first: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        0..=125 => bytes.push(0x80 | length as u8),
        126..=0xffff => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes
}

/// A client's frame.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = header(first, payload.len() as u64);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

impl Client {
    pub(crate) fn connect(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
        Self { stream, buffer: Vec::new() }
    }

    /// A socket of the user 1.
    pub(crate) fn open(server: &Server) -> Self {
        Self::open_as(server, TOKEN)
    }

    pub(crate) fn open_as(server: &Server, token: &str) -> Self {
        let mut client = Self::connect(server);
        let authorization = format!("Authorization: Bearer {token}");
        let answer = client.upgrade("/api/v1/socket", &[&authorization]);
        assert_eq!(answer.status, 101, "{answer:?}");
        client
    }

    /// A socket of events.
    pub(crate) fn follow(server: &Server) -> Self {
        let mut client = Self::connect(server);
        let authorization = format!("Authorization: Bearer {TOKEN}");
        let answer = client.upgrade("/api/v1/ws", &[&authorization]);
        assert_eq!(answer.status, 101, "{answer:?}");
        client
    }

    /// Asks for a socket as a library would, with these lines in the head.
    pub(crate) fn upgrade(&mut self, path: &str, more: &[&str]) -> Answer {
        let key = format!("Sec-WebSocket-Key: {KEY}");
        let mut lines =
            vec!["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", &key];
        lines.extend(more);
        self.request("GET", path, &lines)
    }

    pub(crate) fn request(&mut self, method: &str, path: &str, lines: &[&str]) -> Answer {
        let host = self.stream.peer_addr().unwrap();
        let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        self.raw(format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n").as_bytes());
        self.answer()
    }

    pub(crate) fn answer(&mut self) -> Answer {
        let end = loop {
            let end = self.buffer.windows(4).position(|window| window == b"\r\n\r\n");
            match end {
                Some(end) => break end + 4,
                None => assert!(self.more(), "no answer: {:?}", self.buffer),
            }
        };
        let head = String::from_utf8(self.buffer.drain(..end).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head, json: serde_json::Value::Null };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        while self.buffer.len() < length {
            assert!(self.more(), "the answer is too short");
        }
        let body: Vec<u8> = self.buffer.drain(..length).collect();
        answer.json = serde_json::from_slice(&body).unwrap_or_default();
        answer
    }

    /// Sends bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    pub(crate) fn send(&mut self, first: u8, payload: &[u8]) {
        self.raw(&frame(first, payload));
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.send(TEXT, text.as_bytes());
    }

    /// Reads more; false at the end.
    fn more(&mut self) -> bool {
        let mut bytes = [0; 64 << 10];
        match self.stream.read(&mut bytes) {
            Ok(0) => false,
            Ok(count) => {
                self.buffer.extend(&bytes[..count]);
                true
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("nothing to read: {error}"),
        }
    }

    /// The next frame: its first byte and its payload; none at the end.
    pub(crate) fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some((header, length)) = self.length()
                && self.buffer.len() >= header + length
            {
                let first = self.buffer[0];
                self.buffer.drain(..header);
                return Some((first, self.buffer.drain(..length).collect()));
            }
            if !self.more() {
                assert!(self.buffer.is_empty(), "half a frame: {:?}", self.buffer);
                return None;
            }
        }
    }

    /// The length of the next header and of the payload behind it, if they have arrived.
    fn length(&self) -> Option<(usize, usize)> {
        let second = *self.buffer.get(1)?;
        assert_eq!(second & 0x80, 0, "a server never masks (RFC 6455 §5.1)");
        Some(match second {
            126 => {
                let length = self.buffer.get(2..4)?;
                (4, usize::from(u16::from_be_bytes(length.try_into().unwrap())))
            }
            127 => {
                let length = self.buffer.get(2..10)?;
                (10, u64::from_be_bytes(length.try_into().unwrap()).try_into().unwrap())
            }
            short => (2, usize::from(short)),
        })
    }

    #[track_caller]
    pub(crate) fn expect(&mut self, first: u8, payload: &[u8]) {
        let next = self.next();
        let payload = String::from_utf8_lossy(payload);
        let seen = next.as_ref().map(|(first, seen)| (*first, String::from_utf8_lossy(seen)));
        assert_eq!(seen, Some((first, payload)));
    }

    #[track_caller]
    pub(crate) fn expect_text(&mut self, text: &str) {
        self.expect(TEXT, text.as_bytes());
    }

    /// Fails unless the next frame is a close frame with this code.
    #[track_caller]
    pub(crate) fn expect_close(&mut self, code: u16) -> String {
        let (first, payload) = self.next().expect("a close frame");
        assert_eq!(first, CLOSE, "{:?}", String::from_utf8_lossy(&payload));
        assert_eq!(payload.get(..2), Some(&code.to_be_bytes()[..]), "{payload:?}");
        String::from_utf8(payload[2..].to_vec()).unwrap()
    }

    /// Fails unless the server ends the connection without another frame.
    #[track_caller]
    pub(crate) fn expect_end(&mut self) {
        assert_eq!(self.next(), None);
    }

    /// Fails unless the server closes with this code, and ends once it was answered.
    #[track_caller]
    pub(crate) fn expect_closed(mut self, code: u16) {
        self.expect_close(code);
        self.send(CLOSE, &code.to_be_bytes());
        self.expect_end();
    }

    /// Leaves in an orderly way.
    #[track_caller]
    pub(crate) fn leave(mut self) {
        self.send(CLOSE, &1000_u16.to_be_bytes());
        self.expect_close(1000);
        self.expect_end();
    }

    /// Ends the half of the connection that the client writes.
    pub(crate) fn end_writing(&self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }
}
