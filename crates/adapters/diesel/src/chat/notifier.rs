//! `Notifier` by `NOTIFY` of PostgreSQL. On SQLite no other process has the database, and nothing is sent.

use std::sync::Arc;

use chat::outbound::{Heard, Hint, Notifier};

use crate::Db;

impl Notifier for Db {
    fn notify(&self, hint: Hint) {
        self.send_hint(hint.to_string());
    }

    fn listen(&self, heard: Heard) {
        self.on_hint(Arc::new(move |text: &str| {
            if let Some(hint) = Hint::parse(text) {
                heard(hint);
            }
        }));
    }
}
