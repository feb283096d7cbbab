//! The codes of documents that are to be typeset.

use rest::codes::{Code, code};

/// In alphabetical order.
pub const CODES: &[Code] = &[
    code(
        "files.document_align_unknown",
        400,
        "Alignment unknown",
        "Cells are set `left`, `center` or `right`.",
    ),
    code(
        "files.document_currency_invalid",
        400,
        "Currency not valid",
        "Give three capital letters of ISO 4217, such as EUR.",
    ),
    code("files.document_date_invalid", 400, "Date not valid", "Give a date such as 2026-02-01."),
    code(
        "files.document_decimal_inexact",
        400,
        "Number may not be exact",
        "Numbers in JSON keep 15 digits. Give longer ones as a string.",
    ),
    code(
        "files.document_due_early",
        400,
        "Due too early",
        "An invoice is not due before its date.",
    ),
    code(
        "files.document_empty",
        400,
        "Nothing in it",
        "The list must hold at least one: items of an invoice, sections of a report, columns of a table.",
    ),
    code(
        "files.document_language_unknown",
        400,
        "Language unknown",
        "Labels are written in `en`, `fr`, `de` or `zh-Hans`.",
    ),
    code(
        "files.document_price_invalid",
        400,
        "Price not valid",
        "Give a decimal such as 12.50, at most 4 decimals, within ±999999999999.9999.",
    ),
    code(
        "files.document_quantity_invalid",
        400,
        "Quantity not valid",
        "Give a decimal such as 1.5, more than 0, at most 3 decimals and 999999999.999.",
    ),
    code(
        "files.document_row_length",
        400,
        "Row of another length",
        "A row has one cell for each column.",
    ),
    code(
        "files.document_tax_rate_invalid",
        400,
        "Tax rate not valid",
        "Give a percentage such as 19 or 5.5, from 0 to 100, at most 3 decimals.",
    ),
    code(
        "files.document_template_unknown",
        400,
        "Template unknown",
        "Templates are `invoice`, `profile`, `report` and `table`.",
    ),
    code(
        "files.document_text_empty",
        400,
        "Text empty",
        "The text must hold at least one character besides white space.",
    ),
    code(
        "files.document_text_too_long",
        400,
        "Text too long",
        "Names, headings and labels have at most 200 characters, cells 2000, paragraphs 10 000.",
    ),
    code(
        "files.document_too_long",
        400,
        "Document too long",
        "All texts of a document together have at most 1 000 000 characters. Make several documents of it.",
    ),
    code(
        "files.document_too_many",
        400,
        "Too many",
        "A list of the document holds more than it may; the message says how many. Make several documents of it.",
    ),
];
