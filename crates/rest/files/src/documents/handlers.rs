//! `POST /generate-pdf`: parse, call, present.

use actix_web::{post, web::Data};
use files::Files;
use rest::{
    call::{Body, Call},
    reply::{self, Envelope},
};

use super::{body::GeneratePdfBody, dto};
use crate::{
    Answer,
    dto::{self as file_dto, FileBody},
};

/// Typeset a document
///
/// An invoice, a profile, a report or a table becomes a PDF among the caller's files. Unknown fields are refused.
/// Equal documents give equal files. Labels are in English, French, German or Chinese. Every script
/// is shown that the server has a font for, from right to left where it runs so. A character that no
/// font has is shown as a box with its number and named in `warnings` (`files.glyphs_missing`); with
/// `strict` the document is refused (422). What is copied out of the file is the text in any case.
#[utoipa::path(
    tag = "files",
    operation_id = "files_generate_pdf",
    params(("Accept-Language" = Option<String>, Header, nullable = false, description = "Languages for the labels, when `lang` does not name one.")),
    request_body(content = GeneratePdfBody, examples(
        ("invoice" = (summary = "An invoice", value = json!({
            "template": "invoice",
            "data": {
                "number": "2026-0042", "date": "2026-11-21", "due_date": "2026-12-21", "currency": "EUR",
                "seller": {"name": "Bäckerei Müller GmbH", "address": ["Große Straße 1", "10115 Berlin"], "tax_id": "DE123456789"},
                "buyer": {"name": "Ada Lovelace", "address": ["12 St James's Square", "London"]},
                "items": [
                    {"description": "Bread", "quantity": 2, "unit_price": "3.50", "tax_rate": 7},
                    {"description": "Baking, by the hour", "quantity": "1.5", "unit_price": "60", "tax_rate": 19}
                ],
                "notes": "Thank you."
            },
            "filename": "invoice-2026-0042.pdf", "lang": "de"
        }))),
        ("profile" = (summary = "A profile", value = json!({
            "template": "profile",
            "data": {
                "name": "Ada Lovelace", "title": "Mathematician",
                "contact": [{"label": "Mail", "value": "ada@example.com"}],
                "sections": [{"heading": "Work", "paragraphs": ["Wrote the first program."], "items": ["Notes on the Analytical Engine"]}]
            }
        }))),
        ("report" = (summary = "A report", value = json!({
            "template": "report",
            "data": {
                "title": "Third quarter", "author": "Ada Lovelace", "date": "2026-11-21",
                "sections": [{
                    "heading": "Sales", "paragraphs": ["They rose."],
                    "table": {"columns": [{"label": "Region"}, {"label": "Pieces", "align": "right"}], "rows": [["North", 12], ["South", 7]]}
                }]
            }
        }))),
        ("table" = (summary = "A table", value = json!({
            "template": "table",
            "data": {
                "title": "Stock",
                "columns": [{"label": "Article"}, {"label": "Pieces", "align": "right"}],
                "rows": [["Käse", 12], ["Brot", 7]]
            },
            "filename": "stock.pdf"
        })))
    )),
    responses((status = 201, description = "The new file", body = Envelope<FileBody>)),
    extensions(("x-alveole" = json!({"permission": "files:write", "idempotent": true, "tagged": true})))
)]
#[post("/generate-pdf")]
pub(crate) async fn generate_pdf(call: Call, files: Data<Files>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let document = dto::generate(&body, call.header("accept-language")?)?;
    let idempotent = reply::idempotent(&call, &body, file_dto::created)?;
    let outcome = files.generate(&actor, idempotent, document).await?;
    reply::outcome(outcome, file_dto::created)
}
