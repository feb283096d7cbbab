//! A mail server for tests: it takes everything, keeps it, and can be told to misbehave.
#![expect(clippy::expect_used, clippy::panic, reason = "a test harness fails by panicking")]

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// How long is waited for a letter.
const PATIENCE: Duration = Duration::from_secs(20);

/// How the server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It takes everything.
    Willing,
    /// It answers each recipient with this code.
    Answers(u16),
    /// It takes the letter, keeps it, and hangs up instead of saying so.
    HangsUp,
    /// It says nothing at all.
    Silent,
}

/// A letter as it came.
#[derive(Debug, Clone)]
pub struct Received {
    /// Of the envelope.
    pub from: String,
    /// Of the envelope.
    pub to: String,
    /// Headers and bodies.
    pub data: String,
}

struct State {
    mood: Mood,
    received: Vec<Received>,
}

/// The server. It listens as long as the test's process lives.
pub struct Sink {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Sink {
    /// A server on a port of its own.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State { mood: Mood::Willing, received: Vec::new() }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // Whoever hangs up ends the conversation.
                thread::spawn(move || drop(converse(client, &state)));
            }
        });
        Self { port, state }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// From now on.
    pub fn set(&self, mood: Mood) {
        lock(&self.state).mood = mood;
    }

    /// Everything that came.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.state).received.clone()
    }

    /// The newest letter to `to` whose subject contains `subject`, waiting for it.
    #[track_caller]
    pub fn wait_for(&self, to: &str, subject: &str) -> Received {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let fits = |email: &&Received| email.to == to && email.subject().contains(subject);
            if let Some(email) = self.received().iter().rev().find(fits) {
                return email.clone();
            }
            if Instant::now() > deadline {
                let seen: Vec<_> =
                    self.received().iter().map(|l| format!("{}: {}", l.to, l.subject())).collect();
                panic!("no letter `{subject}` to {to} came; these did: {seen:#?}");
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// How many letters to `to` have this in their subject.
    pub fn count(&self, to: &str, subject: &str) -> usize {
        let received = self.received();
        received.iter().filter(|l| l.to == to && l.subject().contains(subject)).count()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn converse(client: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut client = client;
    let mut say = |text: &str| client.write_all(format!("{text}\r\n").as_bytes());
    if lock(state).mood == Mood::Silent {
        thread::sleep(PATIENCE);
        return Ok(());
    }
    say("220 sink")?;
    let (mut from, mut to) = (String::new(), String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        let address = || {
            let inside = line.split('<').nth(1).and_then(|rest| rest.split('>').next());
            inside.unwrap_or_default().to_owned()
        };
        let mood = lock(state).mood;
        match verb.as_str() {
            "EHLO" => say("250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8")?,
            "MAIL" => {
                from = address();
                say("250 ok")?;
            }
            "RCPT" => match mood {
                Mood::Answers(code) => say(&format!("{code} not now, or never"))?,
                _ => {
                    to = address();
                    say("250 ok")?;
                }
            },
            "DATA" => {
                say("354 go on")?;
                let data = body(&mut reader)?;
                let email = Received { from: from.clone(), to: to.clone(), data };
                lock(state).received.push(email);
                if mood == Mood::HangsUp {
                    return Ok(());
                }
                say("250 kept")?;
            }
            "QUIT" => return say("221 bye"),
            _ => say("250 ok")?,
        }
    }
}

/// Everything up to the line with nothing but a dot; lines with one dot more lose it.
fn body(reader: &mut impl std::io::BufRead) -> std::io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == ".\r\n" {
            return Ok(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

impl Received {
    /// A header's value, unfolded; empty when it is not there.
    pub fn header(&self, name: &str) -> String {
        let head = self.data.split("\r\n\r\n").next().unwrap_or_default();
        header_of(head, name)
    }

    /// The subject as people read it.
    pub fn subject(&self) -> String {
        let raw = self.header("subject");
        let mut text = String::new();
        let mut after_word = false;
        for part in raw.split(' ') {
            let word = part.strip_prefix("=?utf-8?b?").and_then(|rest| rest.strip_suffix("?="));
            let word = word.and_then(|word| STANDARD.decode(word).ok());
            let word = word.and_then(|bytes| String::from_utf8(bytes).ok());
            // Blanks between two encoded words are not part of the text (RFC 2047 §6.2).
            let joined = after_word && word.is_some();
            if !text.is_empty() && !joined {
                text.push(' ');
            }
            after_word = word.is_some();
            text.push_str(word.as_deref().unwrap_or(part));
        }
        text
    }

    /// The part as text.
    pub fn text(&self) -> String {
        self.part("text/plain")
    }

    /// The part as HTML.
    pub fn html(&self) -> String {
        self.part("text/html")
    }

    /// The value of `?token=` in the first link of the text.
    #[track_caller]
    pub fn token(&self) -> String {
        let text = self.text();
        let rest = text.split("token=").nth(1).unwrap_or_else(|| panic!("no token in:\n{text}"));
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
    }

    fn part(&self, kind: &str) -> String {
        let kind_of_all = self.header("content-type");
        let boundary = kind_of_all.split("boundary=\"").nth(1).and_then(|b| b.split('"').next());
        let boundary = format!("--{}", boundary.unwrap_or_default());
        for part in self.data.split(&boundary) {
            let Some((head, body)) = part.trim_start().split_once("\r\n\r\n") else { continue };
            if header_of(head, "content-type").starts_with(kind) {
                let body = body.strip_suffix("\r\n").unwrap_or(body);
                return match header_of(head, "content-transfer-encoding").as_str() {
                    "quoted-printable" => quoted_printable(body),
                    "base64" => {
                        let whole: String = body.split_whitespace().collect();
                        String::from_utf8(STANDARD.decode(whole).unwrap_or_default())
                            .unwrap_or_default()
                    }
                    _ => body.to_owned(),
                };
            }
        }
        panic!("no part {kind} in:\n{}", self.data)
    }
}

fn header_of(head: &str, name: &str) -> String {
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let value = unfolded.split("\r\n").find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    });
    value.unwrap_or_default()
}

fn quoted_printable(body: &str) -> String {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::with_capacity(joined.len());
    let mut rest = joined.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let digits: Vec<u8> = rest.by_ref().take(2).collect();
            let digits = String::from_utf8(digits).unwrap_or_default();
            bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
