//! What a module holds on a person, for `/users/me/export`.

use std::sync::Arc;

use kernel::{Actor, BoxFuture};
use serde::Serialize;

use crate::problem::Problem;

/// One page of a list.
#[derive(Debug, Default)]
pub struct ExportPage {
    /// The rows as JSON, separated by commas.
    pub rows: String,
    /// Where the next page begins; none behind the last one.
    pub next: Option<String>,
}

impl ExportPage {
    /// Renders a page.
    pub fn new<T: Serialize>(rows: impl Iterator<Item = T>, next: Option<String>) -> Self {
        let rows = rows.filter_map(|row| serde_json::to_string(&row).ok());
        Self { rows: rows.collect::<Vec<_>>().join(","), next }
    }
}

/// Reads a page of what is held on the actor; `after` is the `next` of the page before.
pub type ReadPage =
    dyn Fn(Actor, Option<String>) -> BoxFuture<'static, Result<ExportPage, Problem>> + Send + Sync;

/// One list of the export.
#[derive(Debug, Clone, Copy)]
pub struct ExportList {
    /// The member of the document.
    pub name: &'static str,
    /// What it holds, for the OpenAPI document.
    pub about: &'static str,
    /// The name of a row's schema in the OpenAPI document.
    pub schema: &'static str,
}

/// A list with what reads it.
#[derive(Clone)]
pub struct ExportPart {
    /// The list.
    pub list: ExportList,
    /// Reads it.
    pub page: Arc<ReadPage>,
}

impl ExportPart {
    /// A list that `page` reads.
    pub fn new<F, R>(list: ExportList, page: F) -> Self
    where
        F: Fn(Actor, Option<String>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<ExportPage, Problem>> + Send + 'static,
    {
        Self { list, page: Arc::new(move |actor, after| Box::pin(page(actor, after))) }
    }
}
