//! PostgreSQL's own tools, which know every version of it: `pg_dump` and `pg_restore`.

use std::{
    io::{self, BufWriter, Read, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use diesel::{
    PgConnection, RunQueryDsl,
    connection::SimpleConnection as _,
    sql_query,
    sql_types::{BigInt, Text},
};

use super::{Key, PAGE, failed, fresh, page_of_keys, refused};
use crate::{DbError, engine::connect_postgres};

/// What a dump in the custom format begins with.
const MAGIC: &[u8] = b"PGDMP";
/// How much of what a tool says is shown.
const SAID: usize = 2000;

#[derive(diesel::QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Dumps the database into a new file, and writes the names of its objects as the same snapshot has them.
pub(super) fn snapshot(url: &str, dump: &Path, keys: &Path) -> Result<(), DbError> {
    let mut conn = connect_postgres(url)?;
    conn.batch_execute(
        "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; \
         BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    )
    .map_err(failed)?;
    let found: Vec<Name> =
        sql_query("SELECT pg_export_snapshot() AS name").load(&mut conn).map_err(failed)?;
    let Some(Name { name }) = found.into_iter().next() else {
        return Err(failed("the server exports no snapshot"));
    };
    write_keys(&mut conn, keys)?;
    // For its owner only; pg_dump writes into what is there.
    drop(fresh(dump)?);
    let mut command = Tool::PgDump.command(url);
    command.args(["--format=custom", "--no-owner", "--no-privileges"]);
    command.arg(format!("--snapshot={name}")).arg("--file").arg(dump).stdin(Stdio::null());
    Tool::PgDump.run(command, None).map_err(failed)?;
    conn.batch_execute("ROLLBACK").map_err(failed)?;
    let mut file = std::fs::File::open(dump)?;
    Tool::PgRestore.list(&mut file).map_err(failed)
}

fn write_keys(conn: &mut PgConnection, keys: &Path) -> Result<(), DbError> {
    let mut out = BufWriter::new(fresh(keys)?);
    let known = count(conn, "SELECT count(to_regclass('blobs')) AS count").map_err(failed)? > 0;
    let mut after = String::new();
    if !known {
        return Ok(out.flush()?);
    }
    loop {
        // Byte order, as SQLite has it: the next page begins where this one ended.
        let sql = page_of_keys("$1 COLLATE \"C\"")
            .replace("ORDER BY object_key", "ORDER BY object_key COLLATE \"C\"");
        let page: Vec<Key> = sql_query(sql).bind::<Text, _>(&after).load(conn).map_err(failed)?;
        for key in &page {
            writeln!(out, "{}", key.object_key)?;
        }
        let is_last = page.len() < PAGE;
        match page.into_iter().next_back() {
            Some(last) if !is_last => after = last.object_key,
            _ => break,
        }
    }
    Ok(out.flush()?)
}

fn count(conn: &mut PgConnection, sql: &str) -> diesel::QueryResult<i64> {
    let found: Vec<Count> = sql_query(sql).load(conn)?;
    Ok(found.first().map_or(0, |row| row.count))
}

pub(super) fn has_tables(url: &str) -> Result<bool, DbError> {
    let mut conn = connect_postgres(url)?;
    let tables = "SELECT count(*) AS count FROM pg_tables WHERE schemaname = current_schema()";
    Ok(count(&mut conn, tables).map_err(refused)? > 0)
}

pub(super) fn is_empty(url: &str) -> Result<(), DbError> {
    if has_tables(url)? {
        return Err(refused(
            "the database has tables: make an empty one, and name it in database.url",
        ));
    }
    Ok(())
}

/// Whether it is a dump is checked here; that every byte of it is as it was written, the archive knows.
pub(super) fn stage(copy: &mut dyn Read) -> Result<(), DbError> {
    let mut head = Vec::new();
    copy.take(MAGIC.len() as u64).read_to_end(&mut head)?;
    if head == MAGIC { Ok(()) } else { Err(refused("it is no dump of PostgreSQL")) }
}

/// All of it or nothing: one transaction.
pub(super) fn install(url: &str, copy: &mut dyn Read) -> Result<(), DbError> {
    is_empty(url)?;
    let mut command = Tool::PgRestore.command(url);
    command.args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]);
    Tool::PgRestore.run(command, Some(copy)).map_err(refused)?;
    let mut conn = connect_postgres(url)?;
    if count(&mut conn, "SELECT count(to_regclass('feed_state')) AS count").map_err(refused)? > 0 {
        conn.batch_execute(
            "UPDATE feed_state SET epoch = greatest(epoch + 1, \
             (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)",
        )
        .map_err(refused)?;
    }
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum Tool {
    PgDump,
    PgRestore,
}

impl Tool {
    const fn name(self) -> &'static str {
        match self {
            Self::PgDump => "pg_dump",
            Self::PgRestore => "pg_restore",
        }
    }

    /// The tool, connected to the database. Its password is in the environment: everyone on a machine sees
    /// the arguments of a process.
    fn command(self, url: &str) -> Command {
        let (url, password) = without_password(url);
        let mut command = Command::new(self.name());
        command.arg("--no-password").arg("--dbname").arg(url);
        command.env("PGAPPNAME", "alveole").env("PGCONNECT_TIMEOUT", "10");
        if let Some(password) = password {
            command.env("PGPASSWORD", password);
        }
        command
    }

    /// Reads the table of contents of a dump.
    fn list(self, dump: &mut dyn Read) -> Result<(), String> {
        let mut command = Command::new(self.name());
        command.arg("--list");
        self.run(command, Some(dump))
    }

    fn run(self, mut command: Command, input: Option<&mut dyn Read>) -> Result<(), String> {
        let name = self.name();
        let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
        command.stdin(stdin).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!(
                "PostgreSQL needs {name}, which is not installed here: install the client \
                 programs of PostgreSQL, of the server's version or newer"
            ),
            _ => format!("{name} does not start: {error}"),
        })?;
        let fed = match (input, child.stdin.take()) {
            // One that has seen enough, or failed, reads no further; its end says which.
            (Some(input), Some(mut stdin)) => match io::copy(input, &mut stdin) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                fed => fed.map(drop),
            },
            _ => Ok(()),
        };
        let output = child.wait_with_output().map_err(|error| format!("{name}: {error}"))?;
        fed.map_err(|error| format!("{name} could not be fed: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim();
        let end = said.floor_char_boundary(SAID.min(said.len()));
        Err(format!("{name} failed: {}", said.get(..end).unwrap_or_default()))
    }
}

/// The address without its password, and the password.
fn without_password(url: &str) -> (String, Option<String>) {
    let plain = (url.to_owned(), None);
    let Some((scheme, rest)) = url.split_once("://") else { return plain };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let Some((user_info, _)) = authority.rsplit_once('@') else { return plain };
    let Some((user, password)) = user_info.split_once(':') else { return plain };
    let behind = rest.get(user_info.len()..).unwrap_or_default();
    (format!("{scheme}://{user}{behind}"), Some(decoded(password)))
}

/// Percent-encoded bytes of an address.
fn decoded(raw: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(raw.len()), raw.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        let hex = behind.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_no_argument() {
        for (url, wanted, password) in [
            (
                "postgres://ada:s%40c%2Fr@db:5432/a?sslmode=require",
                "postgres://ada@db:5432/a?sslmode=require",
                Some("s@c/r"),
            ),
            ("postgres://ada@db/a", "postgres://ada@db/a", None),
            ("postgresql://db/a?host=/tmp", "postgresql://db/a?host=/tmp", None),
            ("postgres://ada:100%@db", "postgres://ada@db", Some("100%")),
        ] {
            let (shown, found) = without_password(url);
            assert_eq!((shown.as_str(), found.as_deref()), (wanted, password), "{url}");
        }
    }

    #[test]
    fn a_tool_that_is_not_there_is_named() {
        let missing = Tool::PgDump.run(Command::new("/nonexistent/pg_dump"), None).unwrap_err();
        assert!(
            missing.starts_with("PostgreSQL needs pg_dump, which is not installed"),
            "{missing}"
        );
    }
}
