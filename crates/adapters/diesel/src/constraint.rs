//! What a failure of the database means. The only place that looks into Diesel's errors.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};
use kernel::StoreError;

use crate::domains::CONSTRAINTS;

/// Constraints and what breaking them means, of the tables of one domain.
pub(crate) struct Constraints {
    /// Name, how SQLite says it, and meaning. SQLite names the columns of a unique rule instead of
    /// the rule.
    pub(crate) unique: &'static [(&'static str, &'static str, &'static str)],
    /// Name and meaning of foreign keys. SQLite does not name them (see [`FOREIGN_KEY`]).
    pub(crate) missing: &'static [(&'static str, &'static str)],
}

/// What `Missing` names when the database did not say which foreign key was broken; the store
/// that gets it asks for itself.
pub(crate) const FOREIGN_KEY: &str = "a row pointed to";

/// Turns a failed statement into what the ports speak. There is no `From`: whoever runs a
/// statement says what it was for.
pub trait Attempt<T> {
    /// What `what` was, such as `tasks.insert`, goes into the message.
    ///
    /// # Errors
    ///
    /// What the failure means to a port.
    fn doing(self, what: &'static str) -> Result<T, StoreError>;
}

impl<T> Attempt<T> for Result<T, Error> {
    fn doing(self, what: &'static str) -> Result<T, StoreError> {
        self.map_err(|error| explain(&error, what))
    }
}

pub(crate) fn explain(error: &Error, what: &str) -> StoreError {
    let Error::DatabaseError(kind, info) = error else {
        return StoreError::Internal(format!("{what}: {error}"));
    };
    match kind {
        DatabaseErrorKind::UniqueViolation => {
            duplicate(&**info).map_or_else(|| internal(what, &**info), StoreError::Duplicate)
        }
        DatabaseErrorKind::ForeignKeyViolation => StoreError::Missing(missing(&**info)),
        DatabaseErrorKind::SerializationFailure => StoreError::Contention,
        DatabaseErrorKind::ClosedConnection => unavailable(what, &**info),
        _ => by_message(what, &**info),
    }
}

fn duplicate(info: &dyn DatabaseErrorInformation) -> Option<&'static str> {
    let name = info.constraint_name();
    let columns = info.message().strip_prefix("UNIQUE constraint failed: ");
    let rule = CONSTRAINTS.iter().flat_map(|domain| domain.unique).find(|(rule, broken, _)| {
        name == Some(*rule) || columns.is_some_and(|columns| columns == *broken)
    });
    rule.map(|(_, _, meaning)| *meaning)
}

fn missing(info: &dyn DatabaseErrorInformation) -> &'static str {
    let name = info.constraint_name();
    let rule =
        CONSTRAINTS.iter().flat_map(|domain| domain.missing).find(|(rule, _)| name == Some(*rule));
    rule.map_or(FOREIGN_KEY, |(_, meaning)| *meaning)
}

/// Neither Diesel nor SQLite's messages carry a code for these; PostgreSQL's messages are the
/// English ones unless an operator chose other ones for the server.
fn by_message(what: &str, info: &dyn DatabaseErrorInformation) -> StoreError {
    let message = info.message();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["deadlock detected"]) {
        StoreError::Contention
    } else if says(&["due to statement timeout", "due to lock timeout", "interrupted"]) {
        // Not run again: who waited so long once would most likely wait again.
        StoreError::Timeout(format!("{what}: {message}"))
    } else if says(&[
        "database is locked",
        "database or disk is full",
        "disk I/O error",
        "server closed the connection",
        "terminating connection",
        "connection to server",
        "no connection to the server",
        "could not connect",
        "the database system is",
        "too many clients",
        "remaining connection slots",
        "SSL connection has been closed",
    ]) {
        unavailable(what, info)
    } else {
        internal(what, info)
    }
}

fn unavailable(what: &str, info: &dyn DatabaseErrorInformation) -> StoreError {
    StoreError::Unavailable(format!("{what}: {}", info.message().trim_end()))
}

fn internal(what: &str, info: &dyn DatabaseErrorInformation) -> StoreError {
    StoreError::Internal(format!("{what}: {}", info.message().trim_end()))
}
