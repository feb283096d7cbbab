//! What can be typeset: documents made of parsed values only. Whatever is one can be drawn; what
//! is wrong with the data of one is told field by field, under `/data`.
//!
//! | module | holds |
//! |---|---|
//! | [`money`] | currencies, exact amounts in minor units, prices, quantities, tax rates |
//! | [`invoice`] | an invoice and its totals |
//! | [`profile`] | a person or a company on a page or two |
//! | [`report`] | titled sections of prose and tables |
//! | [`table`] | columns and rows |

pub mod invoice;
pub mod money;
pub mod profile;
pub mod report;
pub mod table;

use kernel::{FieldError, text};

pub use self::{
    invoice::{Invoice, InvoiceDraft, Item, Party, TaxShare, Totals},
    money::{Currency, MoneyError, Price, Quantity, TaxRate},
    profile::{Contact, Profile, ProfileDraft, ProfileSection},
    report::{Report, ReportDraft, ReportSection},
    table::{Align, Column, Grid, Table, TableDraft},
};

text!(
    /// A line of text: a name, a heading, a label. 1–200 characters, trimmed.
    Line,
    trimmed,
    1,
    200
);
text!(
    /// A paragraph, 1–10 000 characters, trimmed. Line breaks are kept.
    Prose,
    trimmed,
    1,
    10_000
);
text!(
    /// What stands in a cell of a table, at most 2000 characters.
    Cell,
    bounded,
    0,
    2_000
);

/// Characters of a document, all of its texts together.
pub const MAX_CHARACTERS: usize = 1_000_000;

/// The kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Template {
    /// An [`Invoice`].
    Invoice,
    /// A [`Profile`].
    Profile,
    /// A [`Report`].
    Report,
    /// A [`Table`].
    Table,
}

impl Template {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Invoice, Self::Profile, Self::Report, Self::Table];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::Profile => "profile",
            Self::Report => "report",
            Self::Table => "table",
        }
    }

    /// From the word on the wire.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.as_str() == raw)
    }
}

/// What the labels of a document are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
    /// German.
    De,
    /// Chinese in simplified characters.
    ZhHans,
}

impl Language {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::En, Self::Fr, Self::De, Self::ZhHans];

    /// The tag of BCP 47, which is the word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
            Self::De => "de",
            Self::ZhHans => "zh-Hans",
        }
    }

    /// From the word on the wire.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == raw)
    }

    /// The first of these that a language of BCP 47 is a kind of: `de` for `de-AT`, simplified
    /// Chinese for all Chinese that is not traditional.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let tag = tag.to_ascii_lowercase();
        let mut parts = tag.split('-');
        match parts.next()? {
            "en" => Some(Self::En),
            "fr" => Some(Self::Fr),
            "de" => Some(Self::De),
            "zh" => {
                let traditional = |part: &str| matches!(part, "hant" | "tw" | "hk" | "mo");
                (!parts.any(traditional)).then_some(Self::ZhHans)
            }
            _ => None,
        }
    }
}

/// A document that can be typeset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// What is owed.
    Invoice(Invoice),
    /// Who somebody is.
    Profile(Profile),
    /// What was found out.
    Report(Report),
    /// Rows.
    Table(Table),
}

impl Document {
    /// Its kind.
    pub const fn template(&self) -> Template {
        match self {
            Self::Invoice(_) => Template::Invoice,
            Self::Profile(_) => Template::Profile,
            Self::Report(_) => Template::Report,
            Self::Table(_) => Template::Table,
        }
    }

    /// What it is called: the number of an invoice, the name of a profile, the title of the rest.
    pub fn title(&self) -> &str {
        match self {
            Self::Invoice(invoice) => invoice.content().number.as_str(),
            Self::Profile(profile) => profile.content().name.as_str(),
            Self::Report(report) => report.content().title.as_str(),
            Self::Table(table) => table.content().title.as_str(),
        }
    }
}

/// Gathers what is wrong with a document.
#[derive(Debug, Default)]
pub(crate) struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Notes a list that is too long or, where something must be in it, empty.
    pub(crate) fn count(&mut self, pointer: &str, found: usize, min: usize, max: usize) {
        if found < min {
            let message = format!("must have at least {min}");
            self.0.push(FieldError::new(pointer, "files.document_empty", message));
        } else if found > max {
            let message = format!("must have at most {max}");
            self.0.push(FieldError::new(pointer, "files.document_too_many", message));
        }
    }

    /// Notes a fault.
    pub(crate) fn note(&mut self, pointer: &str, code: &'static str, message: impl ToString) {
        self.0.push(FieldError::new(pointer, code, message.to_string()));
    }

    /// Notes a document that is too long.
    pub(crate) fn characters<'a>(&mut self, texts: impl Iterator<Item = &'a str>) {
        let total: usize = texts.map(|text| text.chars().count()).sum();
        if total > MAX_CHARACTERS {
            let message = format!("must have at most {MAX_CHARACTERS} characters in all");
            self.note("/data", "files.document_too_long", message);
        }
    }

    /// The document, if nothing was wrong.
    pub(crate) fn finish<T>(self, document: T) -> Result<T, Vec<FieldError>> {
        if self.0.is_empty() { Ok(document) } else { Err(self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_read_as_they_are_written() {
        for template in Template::ALL {
            assert_eq!(Template::parse(template.as_str()), Some(template));
        }
        assert_eq!(Template::parse("letter"), None);
    }

    #[test]
    fn a_document_has_a_greatest_length() {
        let part = "ä".repeat(MAX_CHARACTERS / 2);
        let mut faults = FieldErrors::default();
        faults.characters([part.as_str(), part.as_str()].into_iter());
        assert_eq!(faults.finish(()), Ok(()));
        let mut faults = FieldErrors::default();
        faults.characters([part.as_str(), part.as_str(), "a"].into_iter());
        assert_eq!(faults.finish(()).unwrap_err()[0].field, "/data");
    }
}
