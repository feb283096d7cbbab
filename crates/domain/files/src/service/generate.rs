//! Files that are made here.

use kernel::{Actor, Idempotent, Outcome, Permission};

use super::{Files, NewUpload};
use crate::{
    document::{Document, Language, Template},
    error::FileError,
    file::{Uploaded, Warning},
    values::{FileKind, FileName, Visibility},
};

/// Characters that are named when no font has them; there may be many more.
const MOST_NAMED: usize = 20;

/// A document that is to be typeset and kept.
#[derive(Debug)]
pub struct NewDocument {
    /// What it says.
    pub document: Document,
    /// What its labels are written in.
    pub language: Language,
    /// What the file is called; made of the template and the title when not said.
    pub name: Option<String>,
    /// What happens to characters that no font has.
    pub missing: MissingGlyphs,
}

/// What happens to characters that no font has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingGlyphs {
    /// They are shown in a fall-back form, and a warning names them.
    #[default]
    Shown,
    /// The document is refused.
    Refused,
}

impl Files {
    /// Typesets a document and keeps it as a private file of the caller's.
    ///
    /// Errors: `MissingPermission` without `files:write`, `MissingGlyphs`, and those of an upload.
    pub async fn generate(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<Uploaded>>,
        new: NewDocument,
    ) -> Result<Outcome<Uploaded>, FileError> {
        actor.require(Permission::FilesWrite)?;
        let NewDocument { document, language, name, missing } = new;
        let kind = match document.template() {
            Template::Invoice => FileKind::Invoice,
            Template::Profile | Template::Report | Template::Table => FileKind::Document,
        };
        let name = match name {
            Some(name) => FileName::tamed(&name),
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
        let typeset = self.typesetter.typeset(document, language).await?;
        let names = named(&typeset.missing);
        let warnings = match missing {
            _ if typeset.missing.is_empty() => Vec::new(),
            MissingGlyphs::Refused => return Err(FileError::MissingGlyphs(names)),
            MissingGlyphs::Shown => {
                let message =
                    format!("No font here has {names}: shown as boxes with their numbers.");
                vec![Warning { code: "files.glyphs_missing", message }]
            }
        };
        let bytes = typeset.bytes;
        let what = NewUpload {
            kind,
            visibility: Visibility::Private,
            name,
            declared: None,
            attached: None,
            at_least: bytes.len() as u64,
            kind_follows: false,
        };
        self.keep_warned(actor, what, bytes, idempotent, warnings).await
    }
}

/// Characters by themselves and by their numbers.
fn named(characters: &[char]) -> String {
    let named: Vec<String> = characters
        .iter()
        .take(MOST_NAMED)
        .map(|character| {
            let code = u32::from(*character);
            if character.is_control() {
                format!("U+{code:04X}")
            } else {
                format!("{character} (U+{code:04X})")
            }
        })
        .collect();
    match characters.len().saturating_sub(MOST_NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more characters", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn characters_are_named_by_themselves_and_their_numbers() {
        assert_eq!(named(&['🦀', '\u{7}']), "🦀 (U+1F980), U+0007");
        let many: Vec<char> = ('\u{4e00}'..='\u{4e20}').collect();
        assert!(named(&many).ends_with("(U+4E13) and 13 more characters"), "{}", named(&many));
    }
}
