//! Hints to and from other processes on PostgreSQL: that the feed has grown, that jobs are due, and what domains say. Business
//! transactions send none, because a pending notification holds a lock of the whole server while it
//! commits. Those of the feed are sent by the sequencer; those of jobs from here, after the commit, many
//! commits in one. A hint that is lost costs little, because every process looks by itself, too.

use std::{
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Weak, atomic::Ordering},
    thread,
    time::Duration,
};

use diesel::{PgConnection, RunQueryDsl as _, connection::SimpleConnection};

use super::{
    Shared,
    postgres::connect,
    texts::{Texts, guard},
};
use crate::{DbError, statement::Statement, uow::Signals};

/// From one look at what arrived to the next. A look asks the socket and nothing else.
const LOOK: Duration = Duration::from_millis(10);
/// How long to wait after a connection could not be made or broke.
const AGAIN: Duration = Duration::from_secs(2);
/// The channel of the feed; the sequencer sends to it.
const FEED: &str = "alveole_feed";
/// The channel of jobs.
const JOBS: &str = "alveole_jobs";
/// The channel of what domains say.
const TEXTS: &str = "alveole_hints";

/// Listens until the database is dropped.
pub(super) fn listen(url: &str, shared: &Arc<Shared>) -> io::Result<()> {
    let (url, shared) = (url.to_owned(), Arc::downgrade(shared));
    let work = move || {
        while shared.strong_count() > 0 {
            match open(&url) {
                Ok(conn) => exchange(conn, &shared),
                Err(error) => tracing::debug!(%error, "hints of other processes are not heard"),
            }
            thread::sleep(AGAIN);
        }
    };
    thread::Builder::new().name("postgres-hints".to_owned()).spawn(work).map(drop)
}

fn open(url: &str) -> Result<PgConnection, DbError> {
    let mut conn = connect(url)?;
    // A hint is not worth waiting for the disk.
    let listen = format!(
        "SET application_name = 'alveole'; SET synchronous_commit = off; LISTEN {FEED}; LISTEN {JOBS}; \
         LISTEN {TEXTS}"
    );
    conn.batch_execute(&listen).map_err(|error| DbError::Unreachable(error.to_string()))?;
    Ok(conn)
}

/// Passes hints on and sends them until the connection breaks or the database is dropped.
fn exchange(mut conn: PgConnection, shared: &Weak<Shared>) {
    if let Some(shared) = shared.upgrade() {
        // Hints that waited for a connection are old.
        drop(shared.texts.take());
    }
    loop {
        thread::sleep(LOOK);
        let Some(shared) = shared.upgrade() else { return };
        let mut heard = Signals::default();
        for notification in conn.notifications_iter() {
            match notification {
                Ok(notification) if notification.payload == shared.instance => {}
                Ok(notification) if notification.channel == TEXTS => {
                    let told = notification.payload.split_once(' ');
                    if let Some((_, text)) = told.filter(|(by, _)| *by != shared.instance) {
                        shared.texts.hear(text);
                    }
                }
                Ok(notification) => {
                    let signals = Signals {
                        events: notification.channel == FEED,
                        jobs: notification.channel == JOBS,
                    };
                    heard = heard.and(signals);
                }
                Err(error) => {
                    tracing::debug!(%error, "hints of other processes are not heard");
                    return;
                }
            }
        }
        shared.notify(heard);
        if shared.jobs_hint.swap(false, Ordering::AcqRel)
            && let Err(error) = tell(&mut conn, &shared.instance)
        {
            tracing::debug!(%error, "other processes were not told of jobs");
            return;
        }
        let texts = shared.texts.take();
        if !texts.is_empty()
            && let Err(error) = say(&mut conn, &shared.instance, &texts)
        {
            tracing::debug!(%error, "other processes were not told");
            return;
        }
    }
}

impl Texts {
    /// Takes what waits.
    fn take(&self) -> VecDeque<String> {
        std::mem::take(&mut *guard(&self.waiting))
    }

    fn hear(&self, text: &str) {
        let listeners = guard(&self.listeners).clone();
        for heard in listeners {
            // The thread that listens hears for everyone.
            let _ = catch_unwind(AssertUnwindSafe(|| heard(text)));
        }
    }
}

/// Says all of this to other processes, in one statement.
fn say(
    conn: &mut PgConnection,
    instance: &str,
    texts: &VecDeque<String>,
) -> diesel::QueryResult<()> {
    let mut hint: Statement = Statement::new();
    hint.not_kept().sql("SELECT ");
    for (index, text) in texts.iter().enumerate() {
        hint.sql(if index == 0 {
            "pg_notify('alveole_hints', "
        } else {
            ", pg_notify('alveole_hints', "
        });
        hint.text(format!("{instance} {text}")).sql(")");
    }
    hint.execute(conn).map(drop)
}

/// Tells other processes that jobs are due.
fn tell(conn: &mut PgConnection, instance: &str) -> diesel::QueryResult<()> {
    let mut hint: Statement = Statement::new();
    hint.sql("SELECT pg_notify('alveole_jobs', ").text(instance).sql(")");
    hint.execute(conn).map(drop)
}
