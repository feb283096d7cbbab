//! Documents as clients describe them. These types are for the description of the API; what is sent
//! is read in [`super::dto`].

use serde::Serialize;
use utoipa::ToSchema;

/// A document to typeset.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::GeneratePdf, example = json!({
    "template": "table",
    "data": {
        "title": "Stock",
        "columns": [{"label": "Article"}, {"label": "Pieces", "align": "right"}],
        "rows": [["Käse", 12], ["Brot", 7]]
    },
    "filename": "stock.pdf"
}))]
pub struct GeneratePdfBody {
    /// Which kind of document.
    pub template: TemplateWord,
    /// What it says, as its template asks. Unknown fields are refused.
    pub data: DocumentBody,
    /// What the file is called; made of the template and the title when not said.
    #[schema(min_length = 1, max_length = 255, example = "invoice-2026-0042.pdf")]
    pub filename: Option<String>,
    /// What its labels are written in; what `Accept-Language` prefers when not said, and English when
    /// that is none of these.
    pub lang: Option<LanguageWord>,
    /// True to have the document refused (422) when no font has one of its characters. When not said,
    /// such a character is shown as a box with its number, and `warnings` names it.
    #[schema(default = false)]
    pub strict: Option<bool>,
}

/// What labels are written in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::PdfLanguage)]
pub enum LanguageWord {
    /// English.
    #[serde(rename = "en")]
    En,
    /// French.
    #[serde(rename = "fr")]
    Fr,
    /// German.
    #[serde(rename = "de")]
    De,
    /// Chinese in simplified characters.
    #[serde(rename = "zh-Hans")]
    ZhHans,
}

/// A kind of document.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = files::PdfTemplate)]
pub enum TemplateWord {
    /// What is owed.
    Invoice,
    /// Who somebody is.
    Profile,
    /// What was found out.
    Report,
    /// Rows.
    Table,
}

/// What a document says, by its template. At most 1 000 000 characters in all.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = files::PdfData)]
pub enum DocumentBody {
    /// For `invoice`.
    Invoice(InvoiceBody),
    /// For `profile`.
    Profile(ProfileBody),
    /// For `report`.
    Report(ReportBody),
    /// For `table`.
    Table(TableBody),
}

/// An invoice. Each item is quantity times price, rounded to the currency's minor unit, half a unit
/// away from zero; tax is computed and rounded once for each rate, on the sum of its items.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::PdfInvoice)]
pub struct InvoiceBody {
    /// Its number.
    #[schema(min_length = 1, max_length = 200, example = "2026-0042")]
    pub number: String,
    /// When it was written.
    #[schema(format = Date, example = "2026-11-21")]
    pub date: String,
    /// When it is to be paid; not before its date.
    #[schema(format = Date, example = "2026-12-21")]
    pub due_date: Option<String>,
    /// ISO 4217; says how many decimals the sums have.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    pub currency: String,
    /// Who sells.
    pub seller: PartyBody,
    /// Who buys.
    pub buyer: PartyBody,
    /// What is sold.
    #[schema(min_items = 1, max_items = 1000)]
    pub items: Vec<ItemBody>,
    /// What is to be said besides.
    #[schema(min_length = 1, max_length = 10000)]
    pub notes: Option<String>,
}

/// Who sells or buys.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::PdfParty)]
pub struct PartyBody {
    /// Their name.
    #[schema(min_length = 1, max_length = 200, example = "Bäckerei Müller GmbH")]
    pub name: String,
    /// Their address, line by line.
    #[schema(max_items = 8, example = json!(["Große Straße 1", "10115 Berlin"]))]
    pub address: Option<Vec<String>>,
    /// Their number at the tax office.
    #[schema(min_length = 1, max_length = 200, example = "DE123456789")]
    pub tax_id: Option<String>,
}

/// What is sold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::PdfInvoiceItem)]
pub struct ItemBody {
    /// In words.
    #[schema(min_length = 1, max_length = 200, example = "Bread")]
    pub description: String,
    /// How many: a decimal, at most 3 decimals, more than 0. A number, or a string for more than 15 digits.
    #[schema(value_type = DecimalBody, example = "2")]
    pub quantity: DecimalBody,
    /// The price of one without tax: a decimal, at most 4 decimals; below 0 for what is taken off.
    #[schema(value_type = DecimalBody, example = "3.50")]
    pub unit_price: DecimalBody,
    /// Percent, 0 to 100, at most 3 decimals; no tax when not said.
    #[schema(value_type = Option<DecimalBody>, example = "7")]
    pub tax_rate: Option<DecimalBody>,
}

/// A decimal number: `12.5` or, exact at any length, `"12.50"`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = files::Decimal)]
pub enum DecimalBody {
    /// As text.
    Text(String),
    /// As a number.
    Number(f64),
}

/// A person or a company.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::PdfProfile)]
pub struct ProfileBody {
    /// Whose it is.
    #[schema(min_length = 1, max_length = 200, example = "Ada Lovelace")]
    pub name: String,
    /// What they are.
    #[schema(min_length = 1, max_length = 200, example = "Mathematician")]
    pub title: Option<String>,
    /// How to reach them.
    #[schema(max_items = 20)]
    pub contact: Option<Vec<ContactBody>>,
    /// The rest.
    #[schema(max_items = 100)]
    pub sections: Option<Vec<ProfileSectionBody>>,
}

/// A way to reach somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::PdfContact)]
pub struct ContactBody {
    /// Which.
    #[schema(min_length = 1, max_length = 200, example = "Mail")]
    pub label: String,
    /// The address or the number.
    #[schema(min_length = 1, max_length = 200, example = "ada@example.com")]
    pub value: String,
}

/// A section of a profile.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::PdfProfileSection)]
pub struct ProfileSectionBody {
    /// What it is about.
    #[schema(min_length = 1, max_length = 200, example = "Work")]
    pub heading: String,
    /// In prose, 1 to 10 000 characters each; line breaks are kept.
    #[schema(max_items = 500)]
    pub paragraphs: Option<Vec<String>>,
    /// Point by point, after the prose.
    #[schema(max_items = 500)]
    pub items: Option<Vec<String>>,
}

/// Titled sections of prose and tables.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::PdfReport)]
pub struct ReportBody {
    /// What it is called.
    #[schema(min_length = 1, max_length = 200, example = "Third quarter")]
    pub title: String,
    /// Who wrote it.
    #[schema(min_length = 1, max_length = 200, example = "Ada Lovelace")]
    pub author: Option<String>,
    /// When.
    #[schema(format = Date, example = "2026-11-21")]
    pub date: Option<String>,
    /// What it says. All tables together have at most 10 000 rows.
    #[schema(min_items = 1, max_items = 100)]
    pub sections: Vec<ReportSectionBody>,
}

/// A section of a report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::PdfReportSection)]
pub struct ReportSectionBody {
    /// What it is about.
    #[schema(min_length = 1, max_length = 200, example = "Sales")]
    pub heading: String,
    /// In prose, 1 to 10 000 characters each; line breaks are kept.
    #[schema(max_items = 500)]
    pub paragraphs: Option<Vec<String>>,
    /// In numbers, after the prose.
    pub table: Option<GridBody>,
}

/// Columns and rows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::PdfGrid)]
pub struct GridBody {
    /// The columns.
    #[schema(min_items = 1, max_items = 20)]
    pub columns: Vec<ColumnBody>,
    /// The rows, each with a cell for every column.
    #[schema(max_items = 10000)]
    pub rows: Vec<Vec<CellBody>>,
}

/// A column.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::PdfColumn)]
pub struct ColumnBody {
    /// What stands above it.
    #[schema(min_length = 1, max_length = 200, example = "Article")]
    pub label: String,
    /// How its cells are set; when not said, at the side where their text begins.
    pub align: Option<AlignWord>,
}

/// To which side cells are set.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = files::PdfAlignment)]
pub enum AlignWord {
    /// Text.
    Left,
    /// Marks.
    Center,
    /// Numbers.
    Right,
}

/// A cell: a text of at most 2000 characters, a number, true or false, or null for an empty one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = files::PdfCell)]
pub enum CellBody {
    /// A text.
    Text(String),
    /// A number, shown as it is written.
    Number(f64),
    /// True or false.
    Truth(bool),
}

/// A table.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::PdfTable)]
pub struct TableBody {
    /// What it is called.
    #[schema(min_length = 1, max_length = 200, example = "Stock")]
    pub title: String,
    /// The columns.
    #[schema(min_items = 1, max_items = 20)]
    pub columns: Vec<ColumnBody>,
    /// The rows, each with a cell for every column.
    #[schema(max_items = 10000)]
    pub rows: Vec<Vec<CellBody>>,
}
