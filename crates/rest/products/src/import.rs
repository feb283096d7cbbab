//! Import from CSV: the body is read as it comes, parsed on a thread of its own, and written when the
//! whole file was read.

use std::io::Read;

use actix_web::{FromRequest, HttpRequest, dev::Payload, post, web::Data};
use bytes::Bytes;
use csv::{ByteRecord, ReaderBuilder};
use futures_util::StreamExt as _;
use kernel::{ErrorKind, FieldError, Patch, Permission};
use products::{
    ProductError, Products,
    commands::{
        CreateProduct, IMPORT_FAULTS_MAX, IMPORT_ROWS_MAX, Import, ImportAction, ImportMode,
        ImportRow, RowError, UpdateProduct,
    },
    error::PRICE_MISSING,
    values::{Brand, LongText, Model, Specifications, Status},
};
use rest::{
    call::Call,
    fields::Reason,
    incoming,
    problem::Problem,
    reply::{self, Envelope},
    state::State,
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tokio::{sync::mpsc, time::timeout};
use utoipa::{IntoParams, ToSchema};

use super::{
    csv_lines,
    dto::{self, ReportBody},
};
use crate::Answer;

/// Bytes of a file.
const BYTES_MAX: usize = 32 << 20;
/// Pieces of the body that wait for the parser: what comes faster has to wait at the socket.
const WAITING: usize = 8;

/// What a column can be called.
const COLUMNS: [&str; 15] = [
    "id",
    "name",
    "category_id",
    "category_slug",
    "brand",
    "model",
    "description",
    "price",
    "currency",
    "stock",
    "warranty_months",
    "warranty_conditions",
    "manufacturer_website",
    "specifications",
    "status",
];

/// What happens to good rows beside bad ones.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModeWord {
    /// Every row is taken, or none.
    All,
    /// The good ones are taken.
    Valid,
}

/// How a file is taken.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportParams {
    /// What happens to good rows beside bad ones; `all` when not said.
    #[param(inline, nullable = false)]
    pub mode: Option<ModeWord>,
}

/// Import products
///
/// A CSV file (RFC 4180, UTF-8, separated by commas, semicolons or tabs) whose first row names the columns, in any
/// case: `id` or `name`, and any of `category_id` or `category_slug`, `brand, model, description, price, currency, stock,
/// warranty_months, warranty_conditions, manufacturer_website, specifications` (JSON) and `status`; an empty cell says
/// nothing. A row with an `id` changes that product, any other one makes a product. At most 100 000 rows and 32 MiB. With
/// `mode=all` one bad row refuses the whole file (422, every fault under `/rows/{row}/{column}`, where `row` is the line
/// in an editor); with `mode=valid` the good rows are taken and the bad ones reported.
///
/// Either way everything that is taken becomes visible in one moment; until then no list, search or other answer shows
/// any of it, and an import that is interrupted leaves nothing behind. A large file is written in many short steps, so
/// that other requests need not wait for it; it may take longer than other requests may, at most ten minutes. Because
/// changes of existing products cannot be prepared like that, at most 1 000 rows with 512 KiB of text may change products
/// (413 `products.import_too_many_changes`). Until the import has ended, its categories count as not empty.
#[utoipa::path(
    tag = "catalog",
    operation_id = "admin_products_import",
    params(ImportParams),
    request_body(
        content = String, content_type = "text/csv",
        example = "name,brand,price,stock\nTalas MK-2,Talas Audio,39900,12\n"
    ),
    responses(
        (status = 200, description = "The report", body = Envelope<ReportBody>),
        (status = 413, description = "The file has too many bytes or rows, or changes too many products"),
        (status = 422, description = "Rows have faults, or the Idempotency-Key was used for another request")
    ),
    extensions(("x-alveole" = json!({"permission": "catalog:manage", "idempotent": true})))
)]
#[post("/admin/products/import")]
pub(crate) async fn import(call: Call, products: Data<Products>, upload: Upload) -> Answer {
    let actor = call.actor()?;
    // Before anything is read of what may be large.
    if !actor.may(Permission::CatalogManage) {
        let permission = Permission::CatalogManage.as_str();
        return Err(ProductError::MissingPermission(permission).into());
    }
    let mut query = call.query();
    let mode = query.optional("mode", |raw| match raw {
        "all" => Ok(ImportMode::All),
        "valid" => Ok(ImportMode::Valid),
        _ => Err(("products.import_mode_unknown", "must be all or valid".to_owned())),
    });
    query.finish()?;
    let mode = mode.unwrap_or(ImportMode::All);
    let (sink, source) = mpsc::channel(WAITING);
    let parsing =
        tokio::task::spawn_blocking(move || parse(Source { source, piece: Bytes::new() }, mode));
    let digest = upload.pour(&call, sink).await?;
    let parsed = parsing.await.map_err(|error| {
        tracing::error!(%error, "an import was not parsed");
        Problem::new(ErrorKind::Internal, "internal", "Something went wrong on our side.")
    })?;
    let idempotent = reply::idempotent_for(&call, &digest, dto::imported)?;
    let outcome = products.import(&actor, idempotent, parsed?).await?;
    reply::outcome(outcome, dto::imported)
}

/// A CSV body that has not been read yet, and what is wrong with its type: who may not send any is
/// told that first.
pub(crate) struct Upload {
    payload: Payload,
    announced: Option<u64>,
    checked: Result<(), Problem>,
}

impl FromRequest for Upload {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self {
            payload: payload.take(),
            announced: incoming::announced(request.headers()),
            checked: check_media_type(request),
        }))
    }
}

fn check_media_type(request: &HttpRequest) -> Result<(), Problem> {
    let refuse = |detail: String| {
        Err(Problem::new(ErrorKind::UnsupportedMedia, "request.media_type", detail))
    };
    let header = |name: &str| {
        request.headers().get(name).map(|value| value.to_str().unwrap_or("?").to_ascii_lowercase())
    };
    if let Some(coding) = header("content-encoding").filter(|coding| coding != "identity") {
        return refuse(format!("Bodies coded as {coding} are not taken."));
    }
    let kind = header("content-type").unwrap_or_default();
    let mut parts = kind.split(';').map(str::trim);
    if parts.next() != Some("text/csv") {
        return refuse("The body must be `text/csv`.".to_owned());
    }
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    match charset.map(|name| name.trim_matches('"')) {
        None | Some("utf-8" | "utf8") => Ok(()),
        Some(other) => refuse(format!("The body must be UTF-8, not {other}.")),
    }
}

impl Upload {
    /// Hands the body over piece by piece, no faster than it is parsed; gives its hash.
    async fn pour(self, call: &Call, sink: mpsc::Sender<Bytes>) -> Result<Vec<u8>, Problem> {
        if self.announced.is_some_and(|length| length > BYTES_MAX as u64) {
            return Err(incoming::too_large(BYTES_MAX as u64));
        }
        self.checked?;
        let state: &State = call.state();
        let time = state.limits.request_timeout / 2;
        timeout(time, pour(self.payload, sink)).await.map_err(|_| incoming::too_slow())?
    }
}

async fn pour(mut payload: Payload, sink: mpsc::Sender<Bytes>) -> Result<Vec<u8>, Problem> {
    let mut hash = Sha256::new();
    let mut size = 0;
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|error| incoming::unreadable(&error))?;
        if piece.contains(&0) {
            let message = "the file must not contain the NUL character";
            return Err(Problem::field("", "text.nul", message));
        }
        size += piece.len();
        if size > BYTES_MAX {
            return Err(incoming::too_large(BYTES_MAX as u64));
        }
        hash.update(&piece);
        // Whoever parses may have seen enough; the rest is still counted and hashed.
        let _ = sink.send(piece).await;
    }
    Ok(hash.finalize().to_vec())
}

/// The body, as something to read from on a thread that may wait.
struct Source {
    source: mpsc::Receiver<Bytes>,
    piece: Bytes,
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.piece.is_empty() {
            match self.source.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let count = into.len().min(self.piece.len());
        let taken = self.piece.split_to(count);
        if let Some(place) = into.get_mut(..count) {
            place.copy_from_slice(&taken);
        }
        Ok(count)
    }
}

/// Reads a whole file. What is wrong with the head or the size refuses it; what is wrong with a row
/// is a fault of that row.
fn parse(source: impl Read, mode: ImportMode) -> Result<Import, Problem> {
    let opened = csv_lines::open(source).map_err(|error| unreadable(&error.into()))?;
    let mut lines = opened.lines;
    let mut builder = ReaderBuilder::new();
    let mut reader = builder.delimiter(opened.separator).has_headers(true).from_reader(opened.text);
    let columns = head(reader.byte_headers().map_err(|error| unreadable(&error))?)?;
    let mut file = Import { rows: Vec::new(), failed: 0, faults: Vec::new(), mode };
    let mut record = ByteRecord::new();
    for number in 1.. {
        let read = reader.read_byte_record(&mut record);
        let mut line = Row { row: lines.of(&reader, &record), faults: Vec::new() };
        match read {
            Ok(false) => break,
            Ok(true) => file.rows.extend(line.read(&columns, &record)),
            Err(error) => match error.kind() {
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => line.fault(
                    "",
                    "products.import_row_malformed",
                    format!("must have {expected_len} cells, not {len}"),
                ),
                _ => return Err(unreadable(&error)),
            },
        }
        if number > IMPORT_ROWS_MAX {
            return Err(Problem::new(
                ErrorKind::TooLarge,
                "products.import_too_many_rows",
                format!("The file has more than {IMPORT_ROWS_MAX} rows."),
            ));
        }
        if !line.faults.is_empty() {
            file.failed += 1;
            let room = IMPORT_FAULTS_MAX.saturating_sub(file.faults.len());
            file.faults.extend(line.faults.into_iter().take(room));
        }
    }
    Ok(file)
}

fn unreadable(error: &csv::Error) -> Problem {
    Problem::field("", "products.import_malformed", format!("the file cannot be read: {error}"))
}

/// Which column stands where; every fault of the head at once.
fn head(names: &ByteRecord) -> Result<Vec<&'static str>, Problem> {
    let mut columns: Vec<&'static str> = Vec::new();
    let mut faults = Vec::new();
    for (index, raw) in names.iter().enumerate() {
        let raw = String::from_utf8_lossy(raw);
        let name = if index == 0 { raw.trim_start_matches('\u{feff}') } else { &raw };
        match COLUMNS.into_iter().find(|known| name.trim().eq_ignore_ascii_case(known)) {
            Some(known) if columns.contains(&known) => {
                let message = format!("the column `{known}` is there twice");
                faults.push(FieldError::new("/head", "products.import_column_twice", message));
            }
            Some(known) => columns.push(known),
            None => {
                let shown: String = name.trim().chars().take(50).collect();
                let message = format!("the column `{shown}` is none of {}", COLUMNS.join(", "));
                faults.push(FieldError::new("/head", "products.import_column_unknown", message));
            }
        }
    }
    if !columns.contains(&"name") && !columns.contains(&"id") {
        let message = "the first row must name the columns, `name` or `id` among them";
        faults.push(FieldError::new("/head", "products.import_column_missing", message));
    }
    if faults.is_empty() { Ok(columns) } else { Err(Problem::invalid(faults)) }
}

/// A row that is being read.
struct Row {
    row: u64,
    faults: Vec<RowError>,
}

impl Row {
    fn fault(&mut self, column: &'static str, code: &'static str, message: String) {
        self.faults.push(RowError { row: self.row, column, code, message });
    }

    /// A cell without a price that was no number has its own fault already.
    fn price_missing(&mut self) {
        if self.faults.iter().all(|fault| fault.column != "price") {
            let (code, message) = PRICE_MISSING;
            self.fault("price", code, message.to_owned());
        }
    }

    /// Every cell, so that every fault of the row is told at once.
    fn read(&mut self, columns: &[&'static str], record: &ByteRecord) -> Option<ImportRow> {
        let mut cells: Vec<(&'static str, &str)> = Vec::with_capacity(columns.len());
        for (column, raw) in columns.iter().zip(record) {
            match std::str::from_utf8(raw) {
                Ok(text) => cells.push((column, text)),
                Err(_) => {
                    let message = "must be UTF-8".to_owned();
                    self.fault(column, "products.import_not_utf8", message);
                }
            }
        }
        let mut cells = Cells { row: self, cells };
        let id = cells.number("id", dto::product);
        let updates = id.is_some() || cells.says("id");
        let name = if updates && !cells.says("name") { None } else { cells.name() };
        let category_slug = cells.text("category_slug", |raw| dto::slug(raw.trim()));
        let category = cells.number("category_id", dto::category);
        let brand = cells.text("brand", dto::brand);
        let model = cells.text("model", dto::model);
        let description = cells.text("description", dto::long);
        let price = cells.number("price", dto::price);
        let currency = cells.text("currency", |raw| dto::currency(raw.trim()));
        let stock = cells.number("stock", dto::stock);
        let warranty_months = cells.number("warranty_months", dto::months);
        let warranty_conditions = cells.text("warranty_conditions", dto::long);
        let website = cells.text("manufacturer_website", dto::website);
        let specifications = cells.text("specifications", |raw| {
            Specifications::parse(raw)
                .map_err(|error| ("products.specifications_invalid", error.to_string()))
        });
        let status = cells.text("status", |raw| dto::status(raw.trim()));
        if !updates && price.is_none() && status.is_some_and(|status| status != Status::Draft) {
            cells.row.price_missing();
        }
        if !self.faults.is_empty() {
            return None;
        }
        if let Some(id) = id {
            let update = UpdateProduct {
                name,
                category: category.map_or(Patch::Keep, Patch::Set),
                brand,
                model,
                description,
                price: price.map_or(Patch::Keep, Patch::Set),
                currency,
                warranty_months,
                warranty_conditions,
                website: website.map_or(Patch::Keep, Patch::Set),
                specifications,
                status,
            };
            let action = ImportAction::Update { id, update: Box::new(update), stock };
            return Some(ImportRow { row: self.row, category_slug, action });
        }
        let command = CreateProduct {
            category,
            brand: brand.unwrap_or(Brand::empty()),
            model: model.unwrap_or(Model::empty()),
            description: description.unwrap_or(LongText::empty()),
            price,
            currency,
            stock: stock.unwrap_or_default(),
            warranty_months: warranty_months.unwrap_or_default(),
            warranty_conditions: warranty_conditions.unwrap_or(LongText::empty()),
            website,
            specifications: specifications.unwrap_or_else(Specifications::empty),
            status: status.unwrap_or_else(|| CreateProduct::usual_status(price)),
            ..CreateProduct::named(name?)
        };
        let action = ImportAction::Create(Box::new(command));
        Some(ImportRow { row: self.row, category_slug, action })
    }
}

/// The cells of a row.
struct Cells<'a> {
    row: &'a mut Row,
    cells: Vec<(&'static str, &'a str)>,
}

impl Cells<'_> {
    /// False for an empty cell, and for a column that is not there.
    fn says(&self, column: &str) -> bool {
        self.cells.iter().any(|(name, raw)| *name == column && !raw.trim().is_empty())
    }

    /// What a cell says; nothing when it is empty.
    fn text<T>(
        &mut self,
        column: &'static str,
        read: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Option<T> {
        let (_, raw) = self.cells.iter().find(|(name, _)| *name == column)?;
        if raw.trim().is_empty() {
            return None;
        }
        match read(raw) {
            Ok(value) => Some(value),
            Err((code, message)) => {
                self.row.fault(column, code, message);
                None
            }
        }
    }

    fn number<T>(
        &mut self,
        column: &'static str,
        read: impl FnOnce(i64) -> Result<T, Reason>,
    ) -> Option<T> {
        self.text(column, |raw| {
            let number = raw.trim().parse::<i64>();
            let whole = || ("products.import_number", "must be a whole number".to_owned());
            number.map_err(|_| whole()).and_then(read)
        })
    }

    /// The one cell that must say something.
    fn name(&mut self) -> Option<products::values::ProductName> {
        let found = self.cells.iter().find(|(name, _)| *name == "name");
        match dto::name(found.map_or("", |(_, raw)| raw)) {
            Ok(name) => Some(name),
            Err((code, message)) => {
                self.row.fault("name", code, message);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use products::values::Price;

    use super::*;

    fn read(text: &str) -> Result<Import, Problem> {
        parse(text.as_bytes(), ImportMode::All)
    }

    fn codes(text: &str) -> Vec<(u64, &'static str, &'static str)> {
        let file = read(text).unwrap();
        file.faults.iter().map(|fault| (fault.row, fault.column, fault.code)).collect()
    }

    #[test]
    fn cells_are_read_as_the_api_reads_fields() {
        let file = read(
            "\u{feff}name,price , stock,specifications,status\r\n\
             \"Lamp, blue\",1999,3,\"{\"\"w\"\": 5}\",draft\r\n x ,,,,\r\n",
        )
        .unwrap();
        assert_eq!((file.rows.len(), file.failed), (2, 0));
        let made = |row: usize| match &file.rows[row].action {
            ImportAction::Create(command) => (file.rows[row].row, (**command).clone()),
            ImportAction::Update { .. } => panic!("it has no id"),
        };
        let (row, lamp) = made(0);
        assert_eq!((row, lamp.name.as_str()), (2, "Lamp, blue"));
        assert_eq!((lamp.price.map(Price::get), lamp.stock.get()), (Some(1999), 3));
        assert_eq!(lamp.specifications.as_str(), "{\"w\":5}");
        assert_eq!(lamp.status, Status::Draft);
        let (row, plain) = made(1);
        assert_eq!(row, 3);
        assert_eq!((plain.name.as_str(), plain.price, plain.status), ("x", None, Status::Draft));
    }

    #[test]
    fn every_error_of_every_row_is_reported() {
        let found = codes(
            "name,price,stock,status\na,19.99,-1,gone\n,1,1,\nb,1,1,\nc,1\nd,,1,active\ne,x,1,active\n",
        );
        let expected = [
            (2, "price", "products.import_number"),
            (2, "stock", "products.stock_invalid"),
            (2, "status", "products.status_unknown"),
            (3, "name", "products.name_empty"),
            (5, "", "products.import_row_malformed"),
            (6, "price", "products.price_missing"),
            (7, "price", "products.import_number"),
        ];
        assert_eq!(found, expected);
        let file = parse(&b"name\n\xff\xfe\nok\n"[..], ImportMode::Valid).unwrap();
        assert_eq!((file.failed, file.rows.len()), (1, 1));
        assert_eq!(file.faults[0].code, "products.import_not_utf8");
    }

    #[test]
    fn separators_cases_and_lines_are_those_of_the_file() {
        for (text, lines) in [
            ("Name;PRICE\na;1\n\n\"b\nb\";2\nc;3", vec![2, 4, 6]),
            ("NAME\tPrice\r\na\t1\r\n\r\n\"b\r\nb\"\t2\r\nc\t3", vec![2, 4, 6]),
            ("name,price\r\n\r\n\r\na,1\r\nb,\"2\"\r\n", vec![4, 5]),
            ("name,\"x;y;z\"\n", vec![]),
        ] {
            let found = read(text);
            if lines.is_empty() {
                assert_eq!(found.unwrap_err().code(), "products.import_column_unknown");
                continue;
            }
            let rows: Vec<u64> = found.unwrap().rows.iter().map(|row| row.row).collect();
            assert_eq!(rows, lines, "{text:?}");
        }
        let found = codes("name;price\na;1\n\nb;2;3\nc;x\n");
        assert_eq!(
            found,
            [(4, "", "products.import_row_malformed"), (5, "price", "products.import_number")]
        );
    }

    #[test]
    fn a_row_with_a_number_is_a_change() {
        let file = read("id;name;price;category_slug\n7;;5;light\n;x;1;\n8;y;;\n").unwrap();
        let kinds: Vec<Option<i64>> = file
            .rows
            .iter()
            .map(|row| match &row.action {
                ImportAction::Update { id, .. } => Some(id.get()),
                ImportAction::Create(_) => None,
            })
            .collect();
        assert_eq!(kinds, [Some(7), None, Some(8)]);
        assert_eq!(codes("id,name\nx,y\n"), [(2, "id", "products.import_number")]);
        assert_eq!(codes("id,price\n,1\n"), [(2, "name", "products.name_empty")]);
    }

    #[test]
    fn a_head_that_is_not_understood_refuses_the_file() {
        for (text, code) in [
            ("", "products.import_column_missing"),
            ("price\n1\n", "products.import_column_missing"),
            ("name,prize\nx,1\n", "products.import_column_unknown"),
            ("name,name\nx,y\n", "products.import_column_twice"),
        ] {
            assert_eq!(read(text).unwrap_err().code(), code, "{text:?}");
        }
    }

    #[test]
    fn errors_are_counted_beyond_those_that_are_reported() {
        let text = format!("name,price\n{}", "x,no\n".repeat(1500));
        let file = read(&text).unwrap();
        assert_eq!((file.failed, file.faults.len(), file.rows.len()), (1500, 1000, 0));
        let text = format!("name\n{}", "x\n".repeat(100_001));
        assert_eq!(read(&text).unwrap_err().code(), "products.import_too_many_rows");
    }
}
