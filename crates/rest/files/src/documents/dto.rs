//! Reads documents, and tells every fault of one at once.

use files::document::{
    Align, Cell, Column, Contact, Currency, Document, Grid, Invoice, InvoiceDraft, Item, Language,
    Line, Party, Price, Profile, ProfileDraft, ProfileSection, Prose, Quantity, Report,
    ReportDraft, ReportSection, Table, TableDraft, TaxRate, Template,
};
use files::service::{MissingGlyphs, NewDocument};
use kernel::{Date, FieldError, locale::preferred, text::TextError};
use rest::{
    call::Body,
    fields::{Fields, Misread, Reason, TextCodes, string},
    problem::Problem,
};
use serde_json::Value;

/// Faults told of one list; what is wrong with a hundred items is likely wrong with all.
const MAX_FAULTS: usize = 100;
/// Digits that a number in JSON is sure to keep.
const SURE_DIGITS: usize = 15;

const TEXT: TextCodes =
    TextCodes { empty: "files.document_text_empty", too_long: "files.document_text_too_long" };

/// `POST /generate-pdf`. `accepted` is the header `Accept-Language`.
pub fn generate(body: &Body, accepted: Option<&str>) -> Result<NewDocument, Problem> {
    read(body.fields()?, accepted)
}

fn read(mut fields: Fields, accepted: Option<&str>) -> Result<NewDocument, Problem> {
    let template = fields.required(
        "template",
        string(|raw| {
            let words = "must be invoice, profile, report or table".to_owned();
            Template::parse(raw).ok_or(("files.document_template_unknown", words))
        }),
    );
    let filename = fields.optional(
        "filename",
        string(|raw| kernel::text::trimmed(raw, 1, 255).map_err(|error| TEXT.reason(error))),
    );
    let language = fields.optional("lang", string(language));
    let strict = fields.optional("strict", |value| match value {
        Value::Bool(strict) => Ok(strict),
        other => Err(Misread::Type("true or false", other)),
    });
    let missing = if strict == Some(true) { MissingGlyphs::Refused } else { MissingGlyphs::Shown };
    // Without a template there is nothing to measure the data by.
    let document = match template {
        Some(template) => must(&mut fields, "", "data", |data, base| match template {
            Template::Invoice => invoice(data, base).map(Document::Invoice),
            Template::Profile => profile(data, base).map(Document::Profile),
            Template::Report => report(data, base).map(Document::Report),
            Template::Table => table(data, base).map(Document::Table),
        }),
        None => {
            fields.take("data");
            None
        }
    };
    let language = language.or_else(|| preferred(accepted?, Language::of_tag)).unwrap_or_default();
    let read = document.map(|document| NewDocument { document, language, name: filename, missing });
    fields.finish(read)
}

/// Takes a document that its room has judged, or notes why it is none. What is wrong with a whole
/// (rows of another length, too many of something) is told when each value of it could be read.
fn judged<T>(fields: &mut Fields, outcome: Result<T, Vec<FieldError>>) -> Option<T> {
    outcome.map_err(|faults| fields.faults(faults)).ok()
}

fn invoice(data: &mut Fields, base: &str) -> Option<Invoice> {
    let number = data.required("number", string(line));
    let written = data.required("date", string(date));
    let due = data.optional("due_date", string(date));
    let currency = data.required("currency", string(currency));
    let seller = must(data, base, "seller", party);
    let buyer = must(data, base, "buyer", party);
    let items = list(data, base, "items", true, |value, base| nested(value, base, item));
    let notes = data.optional("notes", string(prose));
    let draft = InvoiceDraft {
        number: number?,
        date: written?,
        due_date: due,
        currency: currency?,
        seller: seller?,
        buyer: buyer?,
        items: items?,
        notes,
    };
    judged(data, Invoice::parse(draft))
}

fn party(fields: &mut Fields, base: &str) -> Option<Party> {
    let name = fields.required("name", string(line));
    let address = list(fields, base, "address", false, |value, base| single(value, base, line));
    let tax_id = fields.optional("tax_id", string(line));
    Some(Party { name: name?, address: address?, tax_id })
}

fn item(fields: &mut Fields, _base: &str) -> Option<Item> {
    let description = fields.required("description", string(line));
    let quantity = fields.required("quantity", decimal(quantity));
    let unit_price = fields.required("unit_price", decimal(price));
    let tax_rate = fields.optional("tax_rate", decimal(tax_rate));
    Some(Item { description: description?, quantity: quantity?, unit_price: unit_price?, tax_rate })
}

fn profile(data: &mut Fields, base: &str) -> Option<Profile> {
    let name = data.required("name", string(line));
    let title = data.optional("title", string(line));
    let contact = list(data, base, "contact", false, |value, base| {
        nested(value, base, |fields, _| {
            let label = fields.required("label", string(line));
            let value = fields.required("value", string(line));
            Some(Contact { label: label?, value: value? })
        })
    });
    let sections = list(data, base, "sections", false, |value, base| {
        nested(value, base, |fields, base| {
            let heading = fields.required("heading", string(line));
            let paragraphs = proses(fields, base, "paragraphs");
            let items = proses(fields, base, "items");
            Some(ProfileSection { heading: heading?, paragraphs: paragraphs?, items: items? })
        })
    });
    let draft = ProfileDraft { name: name?, title, contact: contact?, sections: sections? };
    judged(data, Profile::parse(draft))
}

fn report(data: &mut Fields, base: &str) -> Option<Report> {
    let title = data.required("title", string(line));
    let author = data.optional("author", string(line));
    let written = data.optional("date", string(date));
    let sections = list(data, base, "sections", true, |value, base| {
        nested(value, base, |fields, base| {
            let heading = fields.required("heading", string(line));
            let paragraphs = proses(fields, base, "paragraphs");
            let table = match fields.take("table") {
                None | Some(Value::Null) => Some(None),
                Some(value) => {
                    let table = nested(value, &format!("{base}/table"), grid);
                    table.map(Some).map_err(|faults| fields.faults(faults)).ok()
                }
            };
            Some(ReportSection { heading: heading?, paragraphs: paragraphs?, table: table? })
        })
    });
    let draft = ReportDraft { title: title?, author, date: written, sections: sections? };
    judged(data, Report::parse(draft))
}

fn table(data: &mut Fields, base: &str) -> Option<Table> {
    let title = data.required("title", string(line));
    let grid = grid(data, base);
    let draft = TableDraft { title: title?, grid: grid? };
    judged(data, Table::parse(draft))
}

fn grid(fields: &mut Fields, base: &str) -> Option<Grid> {
    let columns = list(fields, base, "columns", true, |value, base| {
        nested(value, base, |fields, _| {
            let label = fields.required("label", string(line));
            let align = fields.optional("align", string(align));
            Some(Column { label: label?, align })
        })
    });
    let rows = list(fields, base, "rows", true, |value, base| match value {
        Value::Array(cells) => items(cells, base, cell),
        _ => Err(wrong_type(base, "an array of cells")),
    });
    Some(Grid { columns: columns?, rows: rows? })
}

/// A nested object that must be there.
fn must<T>(
    fields: &mut Fields,
    base: &str,
    name: &str,
    read: impl FnOnce(&mut Fields, &str) -> Option<T>,
) -> Option<T> {
    let Some(value) = fields.take(name) else {
        fields.fault(name, "request.missing_field", "must be given");
        return None;
    };
    nested(value, &format!("{base}/{name}"), read).map_err(|faults| fields.faults(faults)).ok()
}

/// An object: all of its fields, and none that is unknown.
fn nested<T>(
    value: Value,
    base: &str,
    read: impl FnOnce(&mut Fields, &str) -> Option<T>,
) -> Result<T, Vec<FieldError>> {
    let mut inner = Fields::nested(value, base.to_owned()).map_err(|fault| vec![fault])?;
    let read = read(&mut inner, base);
    let faults = inner.close();
    match read {
        Some(read) if faults.is_empty() => Ok(read),
        _ => Err(faults),
    }
}

/// A list, empty when it may be absent and is.
fn list<T>(
    fields: &mut Fields,
    base: &str,
    name: &str,
    must: bool,
    read: impl Fn(Value, &str) -> Result<T, Vec<FieldError>>,
) -> Option<Vec<T>> {
    let base = format!("{base}/{name}");
    match fields.take(name) {
        Some(Value::Array(values)) => {
            items(values, &base, read).map_err(|faults| fields.faults(faults)).ok()
        }
        None | Some(Value::Null) if !must => Some(Vec::new()),
        None => {
            fields.fault(name, "request.missing_field", "must be given");
            None
        }
        Some(_) => {
            fields.faults(wrong_type(&base, "an array"));
            None
        }
    }
}

fn items<T>(
    values: Vec<Value>,
    base: &str,
    read: impl Fn(Value, &str) -> Result<T, Vec<FieldError>>,
) -> Result<Vec<T>, Vec<FieldError>> {
    let mut all = Vec::with_capacity(values.len());
    let mut faults: Vec<FieldError> = Vec::new();
    for (at, value) in values.into_iter().enumerate() {
        match read(value, &format!("{base}/{at}")) {
            Ok(one) => all.push(one),
            Err(more) => faults.extend(more),
        }
        if faults.len() >= MAX_FAULTS {
            break;
        }
    }
    if faults.is_empty() { Ok(all) } else { Err(faults) }
}

fn proses(fields: &mut Fields, base: &str, name: &str) -> Option<Vec<Prose>> {
    list(fields, base, name, false, |value, base| single(value, base, prose))
}

/// A string in a list.
fn single<T>(
    value: Value,
    base: &str,
    parse: impl FnOnce(&str) -> Result<T, Reason>,
) -> Result<T, Vec<FieldError>> {
    match value {
        Value::String(raw) => {
            parse(&raw).map_err(|(code, message)| vec![FieldError::new(base, code, message)])
        }
        _ => Err(wrong_type(base, "a string")),
    }
}

fn wrong_type(pointer: &str, wanted: &str) -> Vec<FieldError> {
    vec![FieldError::new(pointer, "request.wrong_type", format!("must be {wanted}"))]
}

/// A cell: what is no text is shown as JSON writes it.
fn cell(value: Value, base: &str) -> Result<Cell, Vec<FieldError>> {
    let text = match value {
        Value::Null => String::new(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text,
        _ => return Err(wrong_type(base, "a string, a number, true, false or null")),
    };
    single(Value::String(text), base, |raw| texts(Cell::parse(raw)))
}

/// A decimal as text or as a number. A number that JSON may not have kept is not guessed at.
fn decimal<T>(
    parse: impl FnOnce(&str) -> Result<T, Reason>,
) -> impl FnOnce(Value) -> Result<T, Misread> {
    move |value| match value {
        Value::String(raw) => parse(&raw).map_err(Misread::Reason),
        Value::Number(number) => {
            let text = number.to_string();
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            if number.is_f64() && digits > SURE_DIGITS {
                let message = "must be a string when it has more than 15 digits".to_owned();
                return Err(Misread::Reason(("files.document_decimal_inexact", message)));
            }
            parse(&text).map_err(Misread::Reason)
        }
        other => Err(Misread::Type("a decimal", other)),
    }
}

fn texts<T>(outcome: Result<T, TextError>) -> Result<T, Reason> {
    outcome.map_err(|error| TEXT.reason(error))
}

fn line(raw: &str) -> Result<Line, Reason> {
    texts(Line::parse(raw))
}

fn prose(raw: &str) -> Result<Prose, Reason> {
    texts(Prose::parse(raw))
}

fn date(raw: &str) -> Result<Date, Reason> {
    Date::parse(raw).map_err(|error| ("files.document_date_invalid", error.to_string()))
}

fn currency(raw: &str) -> Result<Currency, Reason> {
    Currency::parse(raw).map_err(|error| ("files.document_currency_invalid", error.to_string()))
}

fn quantity(raw: &str) -> Result<Quantity, Reason> {
    Quantity::parse(raw).map_err(|error| ("files.document_quantity_invalid", error.to_string()))
}

fn price(raw: &str) -> Result<Price, Reason> {
    Price::parse(raw).map_err(|error| ("files.document_price_invalid", error.to_string()))
}

fn tax_rate(raw: &str) -> Result<TaxRate, Reason> {
    TaxRate::parse(raw).map_err(|error| ("files.document_tax_rate_invalid", error.to_string()))
}

fn language(raw: &str) -> Result<Language, Reason> {
    let words = || "must be en, fr, de or zh-Hans".to_owned();
    Language::parse(raw).ok_or_else(|| ("files.document_language_unknown", words()))
}

fn align(raw: &str) -> Result<Align, Reason> {
    let words = || "must be left, center or right".to_owned();
    Align::parse(raw).ok_or_else(|| ("files.document_align_unknown", words()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(body: &Value) -> Result<NewDocument, Vec<(String, String)>> {
        let told = |problem: &Problem| -> Vec<(String, String)> {
            let faults = problem.faults();
            faults.iter().map(|fault| (fault.field.clone(), fault.code.to_string())).collect()
        };
        let fields = Fields::parse(body.to_string().as_bytes()).unwrap_or_else(|_| panic!("JSON"));
        read(fields, None).map_err(|problem| told(&problem))
    }

    fn fields(body: &Value) -> Vec<String> {
        parsed(body).unwrap_err().into_iter().map(|(field, _)| field).collect()
    }

    fn invoice_body() -> Value {
        json!({
            "template": "invoice",
            "filename": "bill.pdf",
            "data": {
                "number": "2026-1", "date": "2026-11-21", "due_date": "2026-12-21",
                "currency": "EUR",
                "seller": {"name": "Ada", "address": ["A street 1", "A town"], "tax_id": "X1"},
                "buyer": {"name": "Bob"},
                "items": [
                    {"description": "Bread", "quantity": 2, "unit_price": "3.50", "tax_rate": 7},
                    {"description": "Cheese", "quantity": "0.333", "unit_price": 12.5}
                ],
                "notes": "Thank you."
            }
        })
    }

    #[test]
    fn an_invoice_is_read_exactly() {
        let read = parsed(&invoice_body()).unwrap();
        assert_eq!(read.name.as_deref(), Some("bill.pdf"));
        let Document::Invoice(invoice) = read.document else { panic!("{:?}", read.document) };
        let totals = invoice.totals();
        assert_eq!((totals.net, totals.gross), (700 + 416, 700 + 416 + 49));
    }

    #[test]
    fn the_language_is_the_one_asked_for_else_the_one_preferred() {
        let told = |lang: Value, accepted: Option<&str>| {
            let mut body = invoice_body();
            body["lang"] = lang;
            let fields = Fields::parse(body.to_string().as_bytes()).unwrap_or_else(|_| panic!());
            read(fields, accepted).map(|new| new.language).map_err(|problem| {
                let codes: Vec<_> =
                    problem.faults().iter().map(|one| one.code.to_string()).collect();
                codes
            })
        };
        assert_eq!(told(json!("fr"), Some("de")), Ok(Language::Fr));
        assert_eq!(told(json!("zh-Hans"), None), Ok(Language::ZhHans));
        assert_eq!(told(Value::Null, None), Ok(Language::En));
        for (accepted, expected) in [
            ("de-AT,de;q=0.9,en;q=0.8", Language::De),
            ("pt-BR, fr;q=0.4, de;q=0.5", Language::De),
            ("zh-TW, zh-Hant;q=0.9, fr;q=0.1", Language::Fr),
            ("zh-CN,zh;q=0.9", Language::ZhHans),
            ("de;q=0, *;q=0.5", Language::En),
            ("de;q=much, fr", Language::Fr),
            ("", Language::En),
        ] {
            assert_eq!(told(Value::Null, Some(accepted)), Ok(expected), "{accepted}");
        }
        assert_eq!(
            told(json!("zh"), None),
            Err(vec!["files.document_language_unknown".to_owned()])
        );
        assert_eq!(told(json!(1), None), Err(vec!["request.wrong_type".to_owned()]));
    }

    #[test]
    fn strict_is_true_or_false() {
        let mut body = invoice_body();
        assert_eq!(parsed(&body).unwrap().missing, MissingGlyphs::Shown);
        body["strict"] = json!(true);
        assert_eq!(parsed(&body).unwrap().missing, MissingGlyphs::Refused);
        body["strict"] = json!("true");
        assert_eq!(fields(&body), ["/strict"]);
    }

    #[test]
    fn every_template_is_read() {
        let bodies = [
            json!({"template": "profile", "data": {"name": "Ada"}}),
            json!({"template": "profile", "data": {
                "name": "Ada", "title": "Countess", "contact": [{"label": "Mail", "value": "a@b.c"}],
                "sections": [{"heading": "Work", "paragraphs": ["Much."], "items": ["One", "Two"]}]
            }}),
            json!({"template": "report", "data": {
                "title": "Q3", "author": null, "date": "2026-11-21",
                "sections": [{"heading": "Sales", "table": {
                    "columns": [{"label": "A"}, {"label": "B", "align": "right"}],
                    "rows": [["x", 1], [null, 2.5], [true, ""]]
                }}]
            }}),
            json!({"template": "table", "data": {
                "title": "T", "columns": [{"label": "A"}], "rows": []
            }}),
        ];
        for body in bodies {
            let read = parsed(&body).unwrap();
            assert_eq!(Some(read.document.template().as_str()), body["template"].as_str());
        }
    }

    #[test]
    fn all_errors_are_reported_together_with_their_place() {
        let body = json!({
            "template": "invoice",
            "data": {
                "number": "", "date": "21.11.2026", "currency": "eur", "typo": 1,
                "seller": {"name": 5, "street": "x"},
                "items": [
                    {"description": "ok", "quantity": 0, "unit_price": "1,50"},
                    7,
                    {"description": "ok", "quantity": 1, "unit_price": 1, "tax_rate": 101}
                ]
            },
            "more": true
        });
        let expected = [
            ("/data/number", "files.document_text_empty"),
            ("/data/date", "files.document_date_invalid"),
            ("/data/currency", "files.document_currency_invalid"),
            ("/data/seller/name", "request.wrong_type"),
            ("/data/seller/street", "request.unknown_field"),
            ("/data/buyer", "request.missing_field"),
            ("/data/items/0/quantity", "files.document_quantity_invalid"),
            ("/data/items/0/unit_price", "files.document_price_invalid"),
            ("/data/items/1", "request.wrong_type"),
            ("/data/items/2/tax_rate", "files.document_tax_rate_invalid"),
            ("/data/typo", "request.unknown_field"),
            ("/more", "request.unknown_field"),
        ];
        let expected = expected.map(|(field, code)| (field.to_owned(), code.to_owned()));
        assert_eq!(parsed(&body).unwrap_err(), expected);
    }

    #[test]
    fn what_is_wrong_with_the_whole_is_reported_where_it_is() {
        let body = json!({"template": "report", "data": {"title": "Q", "sections": [
            {"heading": "A", "table": {"columns": [{"label": "A"}], "rows": [["x"], ["x", "y"]]}}
        ]}});
        assert_eq!(fields(&body), ["/data/sections/0/table/rows/1"]);
        let mut body = invoice_body();
        body["data"]["items"] = json!([]);
        body["data"]["due_date"] = json!("2020-01-01");
        assert_eq!(fields(&body), ["/data/items", "/data/due_date"]);
    }

    #[test]
    fn a_cell_takes_what_json_has_but_lists() {
        let body = json!({"template": "table", "data": {
            "title": "T", "columns": [{"label": "A", "align": "top"}], "rows": [[[]], [{}], "x"]
        }});
        let expected =
            ["/data/columns/0/align", "/data/rows/0/0", "/data/rows/1/0", "/data/rows/2"];
        assert_eq!(fields(&body), expected);
    }

    #[test]
    fn a_number_that_was_not_kept_is_refused() {
        let mut body = invoice_body();
        body["data"]["items"][0]["unit_price"] = json!(12_345_678_901.234_567);
        assert_eq!(
            parsed(&body).unwrap_err(),
            [("/data/items/0/unit_price".to_owned(), "files.document_decimal_inexact".to_owned())]
        );
        body["data"]["items"][0]["unit_price"] = json!("999999999999.9999");
        assert!(parsed(&body).is_ok());
    }

    #[test]
    fn without_a_template_the_data_is_not_judged() {
        assert_eq!(fields(&json!({"data": {"x": 1}})), ["/template"]);
        assert_eq!(fields(&json!({"template": "letter", "data": 1})), ["/template"]);
        assert_eq!(fields(&json!({"template": "table"})), ["/data"]);
        assert_eq!(fields(&json!({"template": "table", "data": []})), ["/data"]);
    }

    #[test]
    fn at_most_a_hundred_errors_of_a_list_are_reported() {
        let body = json!({"template": "table", "data": {
            "title": "T", "columns": [{"label": "A"}], "rows": vec![json!([[]]); 5000]
        }});
        assert_eq!(parsed(&body).unwrap_err().len(), 100);
    }
}
