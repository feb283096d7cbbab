//! Hints from other processes on PostgreSQL that the feed has grown. Only the sequencer sends them:
//! a pending notification holds a lock of the whole server while it commits, which business
//! transactions must not do to one another. A hint that is lost costs little, because every process
//! looks at the feed by itself, too.

use std::{
    io,
    sync::{Arc, Weak},
    thread,
    time::Duration,
};

use diesel::{PgConnection, connection::SimpleConnection};

use super::{Shared, postgres::connect};
use crate::DbError;

/// From one look at what arrived to the next. A look asks the socket and nothing else.
const LOOK: Duration = Duration::from_millis(10);
/// How long to wait after a connection could not be made or broke.
const AGAIN: Duration = Duration::from_secs(2);

/// Listens until the database is dropped.
pub(super) fn listen(url: &str, shared: &Arc<Shared>) -> io::Result<()> {
    let (url, shared) = (url.to_owned(), Arc::downgrade(shared));
    let work = move || {
        while shared.strong_count() > 0 {
            match open(&url) {
                Ok(conn) => hear(conn, &shared),
                Err(error) => tracing::debug!(%error, "hints of the event feed are not heard"),
            }
            thread::sleep(AGAIN);
        }
    };
    thread::Builder::new().name("postgres-hints".to_owned()).spawn(work).map(drop)
}

fn open(url: &str) -> Result<PgConnection, DbError> {
    let mut conn = connect(url)?;
    let listen = "SET application_name = 'alveole'; LISTEN alveole_feed";
    conn.batch_execute(listen).map_err(|error| DbError::Unreachable(error.to_string()))?;
    Ok(conn)
}

/// Passes hints on until the connection breaks or the database is dropped.
fn hear(mut conn: PgConnection, shared: &Weak<Shared>) {
    loop {
        thread::sleep(LOOK);
        let Some(shared) = shared.upgrade() else { return };
        let mut heard = false;
        for notification in conn.notifications_iter() {
            match notification {
                Ok(notification) => heard |= notification.payload != shared.instance,
                Err(error) => {
                    tracing::debug!(%error, "hints of the event feed are not heard");
                    return;
                }
            }
        }
        if heard {
            shared.notify();
        }
    }
}
