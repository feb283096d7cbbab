//! A client of the chat's socket, on a published WebSocket library.
#![expect(
    clippy::indexing_slicing,
    reason = "the index of a JSON value gives null, it does not panic"
)]

use std::{
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use rest::testing::record_status;
use serde_json::{Value, json};
use tungstenite::{
    Error, Message, WebSocket, client::IntoClientRequest as _, handshake::client::Request,
};

/// How long a frame may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open socket.
pub struct ChatSocket {
    inner: WebSocket<TcpStream>,
}

impl ChatSocket {
    /// Opens a socket of the chat with an access token; a refusal fails the test.
    #[track_caller]
    pub fn open(port: u16, token: &str) -> Self {
        let authorization = format!("Bearer {token}");
        let headers = [("Authorization", authorization.as_str())];
        Self::try_open(port, "/api/v1/chat/ws", &headers).expect("an open socket")
    }

    /// Opens a socket.
    ///
    /// # Errors
    /// The status of a refusal, and its body.
    pub fn try_open(
        port: u16,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, (u16, String)> {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
        let url = format!("ws://127.0.0.1:{port}{path}");
        let mut request: Request = url.into_client_request().expect("a request");
        for (name, value) in headers {
            let name = tungstenite::http::HeaderName::from_bytes(name.as_bytes()).expect("a name");
            request.headers_mut().insert(name, value.parse().expect("a value"));
        }
        match tungstenite::client(request, stream) {
            Ok((inner, answer)) => {
                record_status("GET", path, answer.status().as_u16());
                Ok(Self { inner })
            }
            Err(tungstenite::HandshakeError::Failure(Error::Http(answer))) => {
                record_status("GET", path, answer.status().as_u16());
                let body = answer.body().as_deref().unwrap_or_default();
                Err((answer.status().as_u16(), String::from_utf8_lossy(body).into_owned()))
            }
            Err(error) => panic!("no handshake: {error}"),
        }
    }

    /// Sends a frame.
    #[track_caller]
    pub fn send(&mut self, frame: &Value) {
        self.text(&frame.to_string());
    }

    /// Sends a frame; false when the connection is broken.
    pub fn try_send(&mut self, frame: &Value) -> bool {
        self.inner.send(Message::text(frame.to_string())).is_ok()
    }

    /// Sends a text.
    #[track_caller]
    pub fn text(&mut self, text: &str) {
        self.inner.send(Message::text(text)).expect("a frame that is sent");
    }

    /// Listens to a room; gives the data of the answer.
    #[track_caller]
    pub fn join(&mut self, room: &Value) -> Value {
        self.send(&json!({"type": "join", "room": room, "id": "join"}));
        let joined = self.next_of("joined");
        assert_eq!(joined["id"], "join", "{joined}");
        joined["data"].clone()
    }

    /// Says something in a room under an id; gives the data of the answer.
    #[track_caller]
    pub fn say(&mut self, room: &Value, content: &str, id: &str) -> Value {
        self.send(&json!({"type": "message", "room": room, "content": content, "id": id}));
        loop {
            let frame = self.frame();
            if frame["id"] == id {
                assert_eq!(frame["type"], "message", "{frame}");
                return frame["data"].clone();
            }
        }
    }

    /// The next frame. Its absence fails the test, and so does a close.
    #[track_caller]
    pub fn frame(&mut self) -> Value {
        match self.read(PATIENCE) {
            Ok(Some(frame)) => frame,
            Ok(None) => panic!("no frame came"),
            Err(code) => panic!("the socket was closed with {code}"),
        }
    }

    /// The next frame of a type; others are passed over.
    #[track_caller]
    pub fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.frame();
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// A frame of one of these types that comes within this time.
    #[track_caller]
    pub fn within(&mut self, time: Duration, kinds: &[&str]) -> Option<Value> {
        let end = Instant::now() + time;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            match self.read(left) {
                Ok(Some(frame)) if kinds.iter().any(|kind| frame["type"] == *kind) => {
                    return Some(frame);
                }
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(code) => panic!("the socket was closed with {code}"),
            }
        }
        None
    }

    /// The code with which the server closes the socket; frames before that are passed over.
    #[track_caller]
    pub fn closed(&mut self) -> u16 {
        loop {
            match self.read(PATIENCE) {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the socket stays open"),
                Err(code) => return code,
            }
        }
    }

    /// Breaks the connection without a word.
    pub fn cut(self) {
        // It may be broken already.
        let _ = self.inner.get_ref().shutdown(Shutdown::Both);
    }

    /// The next frame within a time.
    ///
    /// # Errors
    /// The code of a close, 1006 without one.
    #[track_caller]
    pub fn read(&mut self, time: Duration) -> Result<Option<Value>, u16> {
        let end = Instant::now() + time;
        loop {
            let Some(left) = end.checked_duration_since(Instant::now()) else { return Ok(None) };
            let left = left.max(Duration::from_millis(1));
            self.inner.get_ref().set_read_timeout(Some(left)).expect("a time-out");
            match self.inner.read() {
                Ok(Message::Text(text)) => {
                    return Ok(Some(serde_json::from_str(&text).expect("a frame of JSON")));
                }
                Ok(Message::Close(frame)) => {
                    // The answer to it may find nobody.
                    let _ = self.inner.flush();
                    return Err(frame.map_or(1005, |frame| frame.code.into()));
                }
                Ok(_) => {}
                Err(Error::Io(error))
                    if matches!(
                        error.kind(),
                        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                    ) => {}
                Err(_) => return Err(1006),
            }
        }
    }
}
