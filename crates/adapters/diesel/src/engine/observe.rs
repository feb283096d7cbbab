//! What an operator sees of units of work: how long they wait, run and take to commit, and, where
//! traces are taken, a span for each of them and for each of its statements.
//!
//! The spans have the target `otel`, so that who writes the log leaves them out and who exports
//! traces takes nothing else.

use std::fmt::{self, Write as _};

use diesel::{
    Connection,
    connection::{DebugQuery, Instrumentation, InstrumentationEvent},
    result::Error,
};
use kernel::Access;
use metrics::{Histogram, histogram};
use tracing::{Span, field};

/// The most bytes that a span holds of a statement's text.
const TEXT: usize = 2048;
/// What Diesel writes between a statement's text and the values bound in it.
const BINDS: &str = " -- binds: ";

/// The times of a lane. Looked up once, because a look-up costs more than a measurement.
pub(super) struct Meter {
    name: &'static str,
    lane: &'static str,
    pub(super) wait: Histogram,
    pub(super) run: Histogram,
}

impl Meter {
    pub(super) fn new(access: Access) -> Self {
        let (lane, name) = match access {
            Access::Write => ("write", "db write"),
            Access::Read => ("read", "db read"),
            Access::Slow => ("slow", "db slow read"),
        };
        Self {
            name,
            lane,
            wait: histogram!("alveole_db_unit_wait_seconds", "lane" => lane),
            run: histogram!("alveole_db_unit_run_seconds", "lane" => lane),
        }
    }

    /// The span of a unit of work, from its queueing to its answer.
    pub(super) fn span(&self) -> Span {
        tracing::info_span!(
            target: "otel",
            "unit of work",
            otel.name = self.name,
            lane = self.lane,
            wait_ms = field::Empty,
            commit_ms = field::Empty,
            otel.status_code = field::Empty,
        )
    }
}

/// How long a group of writes, or one, takes to be on disk.
pub(super) fn commits() -> Histogram {
    histogram!("alveole_db_commit_seconds")
}

/// Gives each statement of a unit of work a span.
pub(super) fn statements(conn: &mut impl Connection, system: &'static str) {
    conn.set_instrumentation(Statements { system, running: None });
}

struct Statements {
    system: &'static str,
    running: Option<Span>,
}

impl Instrumentation for Statements {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            // Outside of a unit there is nothing it would be a part of: a group's commit, say.
            InstrumentationEvent::StartQuery { query, .. } if !Span::current().is_none() => {
                self.running = Some(span(self.system, query));
            }
            InstrumentationEvent::FinishQuery { error, .. } => {
                if let (Some(span), Some(error)) = (self.running.take(), error) {
                    span.record("otel.status_code", "ERROR");
                    span.record("error.type", kind(error));
                }
            }
            _ => {}
        }
    }
}

fn span(system: &'static str, query: &dyn DebugQuery) -> Span {
    let text = text(query);
    let operation = text.split_whitespace().next().unwrap_or_default();
    tracing::info_span!(
        target: "otel",
        "statement",
        otel.name = operation,
        otel.kind = "client",
        db.system.name = system,
        db.operation.name = operation,
        db.query.text = text,
        otel.status_code = field::Empty,
        error.type = field::Empty,
    )
}

/// The kind of a failure; its words may hold values.
fn kind(error: &Error) -> String {
    match error {
        Error::DatabaseError(kind, _) => format!("{kind:?}"),
        _ => "other".to_owned(),
    }
}

/// The text of a statement, cut to [`TEXT`] bytes, without the values bound in it: they are other
/// people's data.
fn text(query: &dyn fmt::Display) -> String {
    let mut text = Bounded(String::new());
    // Ends with an error as soon as it has enough.
    let _ = write!(text, "{query}");
    let Bounded(mut text) = text;
    if let Some(end) = text.find(BINDS) {
        text.truncate(end);
    }
    text
}

struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let Self(text) = self;
        let room = TEXT.saturating_sub(text.len());
        text.push_str(part.get(..part.floor_char_boundary(room)).unwrap_or_default());
        // Not even formatted, values cannot leak.
        if part.len() > room || part == BINDS { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use diesel::{ExpressionMethods as _, QueryDsl as _, debug_query, pg::Pg, sqlite::Sqlite};

    use super::*;
    use crate::schema::users;

    #[test]
    fn a_statement_is_shown_without_its_values() {
        let query = users::table.filter(users::email.eq("ada@example.com")).select(users::id);
        let shown = text(&debug_query::<Sqlite, _>(&query));
        assert!(shown.starts_with("SELECT `users`.`id`"), "{shown}");
        assert!(shown.ends_with("= ?)"), "{shown}");
        let shown = text(&debug_query::<Pg, _>(&query));
        assert!(shown.ends_with("= $1)"), "{shown}");
    }

    #[test]
    fn a_value_that_looks_like_the_mark_is_not_shown_either() {
        let query = users::table.filter(users::email.eq(format!("a{BINDS}b"))).select(users::id);
        assert!(text(&debug_query::<Sqlite, _>(&query)).ends_with("= ?)"));
    }

    #[test]
    fn long_texts_are_cut_between_letters() {
        assert_eq!(text(&"ä".repeat(5000)).len(), TEXT);
        assert_eq!(text(&format!("x{}", "ä".repeat(5000))).len(), TEXT - 1);
    }
}
