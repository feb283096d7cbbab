//! The index of words. `kernel::search` cuts texts into words; the databases only look them up.
//!
//! PostgreSQL keeps them in a `tsvector` column of the row. SQLite keeps them in an FTS5 table, and
//! that table is told of a change at the end of the transaction, outside of every savepoint:
//! opening a savepoint makes FTS5 write out what it has gathered, which would cost each unit of a
//! group commit a segment of its own.

use diesel::{RunQueryDsl, SqliteConnection};
use kernel::{
    SearchQuery, StoreError,
    search::{SearchDocument, Term, Wanted, looks_inside},
};

use crate::{constraint::Attempt, statement::Statement};

/// Stands before an inner ending, so that one index has words and endings apart. No word has it,
/// because it is no letter, and the tokenizer `ascii` does not end a word at it, because it is not
/// ASCII.
const INSIDE: char = '\u{b7}';

/// Whose words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Index {
    Files,
    Messages,
    Tasks,
    Users,
    Products,
    Docs,
}

/// What the index is to be told.
#[derive(Debug, Clone)]
struct Entry {
    index: Index,
    id: i64,
    /// True when there may be something to forget first.
    known: bool,
    /// The words of the first and (not for tasks) of the second column; `None`: just forget.
    words: Option<(String, String)>,
}

/// What SQLite's index of words has not been told yet.
#[derive(Debug, Default)]
pub(crate) struct PendingTerms {
    entries: Vec<Entry>,
    /// Where the entries of the present unit begin.
    mark: usize,
    /// Entries of earlier units that were written in the savepoint of the present one.
    early: Vec<Entry>,
}

impl PendingTerms {
    /// A new unit begins; what is here belongs to units before it, which stand.
    pub(crate) fn begin(&mut self) {
        self.mark = self.entries.len();
        self.early.clear();
    }

    /// The present unit was rolled back.
    pub(crate) fn roll_back(&mut self) {
        self.entries.truncate(self.mark);
        if !self.early.is_empty() {
            self.entries = std::mem::take(&mut self.early);
        }
        self.mark = self.entries.len();
    }

    /// Nothing of all this happened.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn add(&mut self, index: Index, id: i64, words: (String, String)) {
        self.entries.push(Entry { index, id, known: false, words: Some(words) });
    }

    pub(crate) fn replace(&mut self, index: Index, id: i64, words: (String, String)) {
        self.entries.push(Entry { index, id, known: true, words: Some(words) });
    }

    pub(crate) fn remove(&mut self, index: Index, id: i64) {
        self.entries.push(Entry { index, id, known: true, words: None });
    }

    /// Tells the index.
    pub(crate) fn write(&mut self, conn: &mut SqliteConnection) -> Result<(), StoreError> {
        if self.entries.is_empty() {
            return Ok(());
        }
        for entry in &self.entries {
            entry.write(conn)?;
        }
        self.early.extend(self.entries.drain(..self.mark));
        self.entries.clear();
        self.mark = 0;
        Ok(())
    }
}

impl Entry {
    fn write(&self, conn: &mut SqliteConnection) -> Result<(), StoreError> {
        let table = match self.index {
            Index::Files => "files_words",
            Index::Messages => "messages_words",
            Index::Tasks => "tasks_words",
            Index::Users => "users_words",
            Index::Products => "products_words",
            Index::Docs => "search_docs_words",
        };
        if self.known {
            let mut statement: Statement = Statement::new();
            statement.sql("DELETE FROM ").sql(table).sql(" WHERE rowid = ").number(self.id);
            statement.execute(conn).doing("search_index.remove")?;
        }
        let Some((first, second)) = &self.words else { return Ok(()) };
        let mut statement: Statement = Statement::new();
        match self.index {
            Index::Files => {
                statement.sql("INSERT INTO files_words (rowid, words) VALUES (");
                statement.number(self.id).sql(", ").text(first.as_str());
            }
            Index::Messages => {
                statement.sql("INSERT INTO messages_words (rowid, words) VALUES (");
                statement.number(self.id).sql(", ").text(first.as_str());
            }
            Index::Tasks => {
                statement.sql("INSERT INTO tasks_words (rowid, words) VALUES (");
                statement.number(self.id).sql(", ").text(first.as_str());
            }
            Index::Docs => {
                statement.sql("INSERT INTO search_docs_words (rowid, words) VALUES (");
                statement.number(self.id).sql(", ").text(first.as_str());
            }
            Index::Users => {
                statement.sql("INSERT INTO users_words (rowid, names, email) VALUES (");
                statement.number(self.id).sql(", ").text(first.as_str());
                statement.sql(", ").text(second.as_str());
            }
            Index::Products => {
                statement.sql("INSERT INTO products_words (rowid, names, others) VALUES (");
                statement.number(self.id).sql(", ").text(first.as_str());
                statement.sql(", ").text(second.as_str());
            }
        }
        statement.sql(")");
        statement.execute(conn).doing("search_index.add")?;
        Ok(())
    }
}

/// The words and the marked inner endings, joined by spaces: what both indexes are filled with.
pub(crate) fn joined(document: &SearchDocument) -> String {
    let mut words: Vec<&str> = document.words().iter().map(String::as_str).collect();
    words.sort_unstable();
    words.dedup();
    let mut endings: Vec<&str> = document.endings().collect();
    endings.sort_unstable();
    endings.dedup();
    let mut joined = words.join(" ");
    for ending in endings {
        joined.push(' ');
        joined.push(INSIDE);
        joined.push_str(ending);
    }
    joined
}

/// Where the words of a query are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// At the beginnings of words.
    Beginnings,
    /// Inside of the words of names, too.
    Insides,
}

/// How an engine writes down a question.
struct Language {
    and: &'static str,
    or: &'static str,
    /// A word, or the beginning of one.
    word: fn(&str, bool) -> String,
}

/// A query in the language of FTS5: every word quoted.
pub(crate) fn fts(query: &SearchQuery, reach: Reach) -> String {
    let word = |word: &str, begins| format!("\"{word}\"{}", if begins { "*" } else { "" });
    asked(query, reach, &Language { and: " AND ", or: " OR ", word })
}

/// The same in the language of `tsquery`.
pub(crate) fn tsquery(query: &SearchQuery, reach: Reach) -> String {
    let word = |word: &str, begins| format!("'{word}'{}", if begins { ":*" } else { "" });
    asked(query, reach, &Language { and: " & ", or: " | ", word })
}

/// Everything that is wanted: all words of it, each in one of the ways that it may be found, or their joined spelling.
fn asked(query: &SearchQuery, reach: Reach, language: &Language) -> String {
    let Language { and, or, word } = language;
    let term = |term: &Term| {
        let mut ways = vec![word(&term.word, true)];
        if reach == Reach::Insides && looks_inside(&term.word) {
            ways.push(word(&format!("{INSIDE}{}", term.word), true));
        }
        ways.extend(term.singulars.iter().map(|singular| word(singular, false)));
        one_of(&ways, or)
    };
    let wanted = |wanted: &Wanted| {
        let all = wanted.terms.iter().map(term).collect::<Vec<_>>().join(and);
        match &wanted.joined {
            Some(joined) => one_of(&[format!("({all})"), word(joined, true)], or),
            None => all,
        }
    };
    query.wanted().iter().map(wanted).collect::<Vec<_>>().join(and)
}

fn one_of(ways: &[String], or: &str) -> String {
    match ways {
        [way] => way.clone(),
        ways => format!("({})", ways.join(or)),
    }
}
