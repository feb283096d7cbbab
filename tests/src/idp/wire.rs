//! As much HTTP as a provider needs.

use std::{
    collections::HashMap,
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

/// A request.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: HashMap<String, String>,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    /// Nothing when somebody only knocked.
    pub(crate) fn read(stream: &TcpStream) -> Option<Self> {
        stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut parts = line.split_whitespace();
        let (method, target) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).ok()?;
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        Some(Self {
            method,
            path: path.to_owned(),
            query: decode_pairs(query),
            headers,
            body: String::from_utf8(body).ok()?,
        })
    }

    fn authorization(&self, scheme: &str) -> Option<&str> {
        self.headers.get("authorization")?.strip_prefix(scheme)?.strip_prefix(' ')
    }

    /// Client and secret of the `Authorization` header (RFC 6749 §2.3.1).
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let bytes = STANDARD.decode(self.authorization("Basic")?).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (id, secret) = text.split_once(':')?;
        Some((decode(id), decode(secret)))
    }

    /// The token of the `Authorization` header.
    pub(crate) fn bearer(&self) -> Option<String> {
        self.authorization("Bearer").map(str::to_owned)
    }
}

/// An answer.
pub(crate) struct Told {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Told {
    pub(crate) fn text(status: u16, body: &str) -> Self {
        let headers = vec![("content-type", "text/html".to_owned())];
        Self { status, headers, body: body.to_owned() }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: body.to_string() }
    }

    pub(crate) fn found(location: &str) -> Self {
        Self { status: 302, headers: vec![("location", location.to_owned())], body: String::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Sends it; whoever has gone does not get it.
    pub(crate) fn write(self, mut stream: TcpStream) {
        let mut head = format!("HTTP/1.1 {} Told\r\nconnection: close\r\n", self.status);
        for (name, value) in self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let _ = write!(head, "content-length: {}\r\n\r\n", self.body.len());
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(self.body.as_bytes());
    }
}

/// Serves each connection on a thread of its own, until `over`.
pub(crate) fn serve(
    listener: TcpListener,
    over: Arc<AtomicBool>,
    serve: impl Fn(TcpStream) + Clone + Send + 'static,
) {
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if over.load(Ordering::SeqCst) {
                return;
            }
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
}

/// The pairs of a query or a form.
pub fn decode_pairs(raw: &str) -> HashMap<String, String> {
    let pairs = raw.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(raw: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&digits, 16).unwrap_or(b'?')
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A text as it stands in a query.
pub fn encode(raw: &str) -> String {
    raw.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
