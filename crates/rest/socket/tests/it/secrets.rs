//! No token and no ticket is in a log line, a trace or an answer.

use std::{
    fmt::{self, Write as _},
    sync::{Mutex, Once},
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
};

use crate::{
    client::Client,
    server::{Server, TOKEN, eventually},
};

/// Every line and span of this process, as text.
static LINES: Mutex<String> = Mutex::new(String::new());

struct Lines;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl Lines {
    fn write(name: &str, record: impl FnOnce(&mut Line)) {
        let mut line = Line(name.to_owned());
        record(&mut line);
        let mut lines = LINES.lock().unwrap();
        lines.push_str(&line.0);
        lines.push('\n');
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        Self::write(span.metadata().name(), |line| span.record(line));
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        Self::write("record", |line| values.record(line));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        Self::write(event.metadata().target(), |line| event.record(line));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// Keeps every log line of this process from now on.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Lines).unwrap());
}

#[test]
fn no_credential_is_written_anywhere() {
    const WRONG: &str = "wrong-5ec2e7";
    let server = Server::start();
    let path = "/api/v1/socket";
    let mut answers = String::new();
    for secret in [TOKEN, WRONG] {
        for (query, line) in [
            (format!("?token={secret}"), String::new()),
            (format!("?ticket=ticket-{secret}"), String::new()),
            (format!("?token={secret}&unknown={secret}"), String::new()),
            (format!("?ticket={secret}&ticket={secret}"), String::new()),
            (String::new(), format!("Sec-WebSocket-Protocol: bearer, {secret}")),
            (String::new(), format!("Authorization: Bearer {secret}")),
        ] {
            let line = if line.is_empty() { "X-Request-Id: secrets" } else { &line };
            let mut client = Client::connect(&server);
            let answer = client.upgrade(&format!("{path}{query}"), &[line]);
            let _ = write!(answers, "{} {}", answer.head, answer.json);
            if answer.status == 101 {
                client.leave();
            }
            // Also where no socket is opened.
            let answer =
                Client::connect(&server).request("GET", &format!("{path}{query}"), &[line]);
            let _ = write!(answers, "{} {}", answer.head, answer.json);
        }
    }
    server.expect_nothing_left();
    let lines = || LINES.lock().unwrap().clone();
    eventually("the requests were not logged", || {
        lines().matches("request_id=\"secrets\"").count() >= 16
    });
    for secret in [TOKEN, WRONG] {
        for (place, text) in [("an answer", &answers), ("the log", &lines())] {
            let found = text.lines().find(|line| line.contains(secret));
            assert_eq!(found, None, "{place} has a credential");
        }
    }
}
