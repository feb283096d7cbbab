//! Files that are made here.

use kernel::{Actor, Idempotent, Outcome, Permission};

use super::{Files, NewUpload};
use crate::{
    document::{Document, Template},
    error::FileError,
    file::Uploaded,
    values::{FileKind, FileName, Visibility},
};

impl Files {
    /// Typesets a document and keeps it as a private file of the caller's. It is called `name`, or
    /// after its template and title.
    pub async fn generate(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<Uploaded>>,
        document: Document,
        name: Option<&str>,
    ) -> Result<Outcome<Uploaded>, FileError> {
        actor.require(Permission::FilesWrite)?;
        let kind = match document.template() {
            Template::Invoice => FileKind::Invoice,
            Template::Profile | Template::Report | Template::Table => FileKind::Document,
        };
        let name = match name {
            Some(name) => FileName::tamed(name),
            // A title may have what would be taken for a path.
            None => FileName::tamed(&format!(
                "{}-{}.pdf",
                document.template().as_str(),
                document.title().replace(['/', '\\'], "-")
            )),
        };
        let name = match name.extension().as_deref() {
            Some("pdf") => name,
            _ => FileName::tamed(&format!("{}.pdf", name.as_str())),
        };
        let bytes = self.typesetter.typeset(document).await?;
        let what = NewUpload {
            kind,
            visibility: Visibility::Private,
            name,
            declared: None,
            attached: None,
            at_least: bytes.len() as u64,
            kind_follows: false,
        };
        self.keep(actor, what, bytes, idempotent).await
    }
}
