//! Notes: a domain from outside Alveole's repository, with a table, permissions, events, a setting and
//! operations of its own. Limits, idempotency, ETags, the OpenAPI document, problem pages and the
//! export of personal data come from Alveole.

pub mod http;
pub mod service;
pub mod store;

use std::sync::Arc;

use adapter_diesel::Migrations;
use alveole::{Extension, Setting};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// What a program adds to have notes.
pub fn extension() -> Extension {
    Extension::new(http::description(), |host| {
        let longest = usize::try_from(host.number("notes.max_characters")?)?;
        let notes = service::Notes::new(host.db(), host.clock(), longest)?;
        Ok(http::module(Arc::new(notes)))
    })
    .setting(Setting::number("notes.max_characters", 10_000, 1, 1_000_000))
    .migrations(Migrations { namespace: "notes", sqlite: &SQLITE, postgres: &POSTGRES })
}
