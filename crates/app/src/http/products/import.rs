//! Import from CSV: the body is read as it comes, parsed on a thread of its own, and what was read is
//! written in one transaction.

use std::io::Read;

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, post};
use bytes::Bytes;
use csv::{ByteRecord, ErrorKind, ReaderBuilder};
use futures_util::StreamExt as _;
use kernel::{FieldFault, Kind, Permission};
use products::{
    ProductError,
    commands::{
        CreateProduct, IMPORT_FAULTS_MAX, IMPORT_ROWS_MAX, Import, ImportMode, ImportRow, RowFault,
    },
    values::{Brand, LongText, Model, Specifications, Status},
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tokio::{sync::mpsc, time::timeout};
use utoipa::{IntoParams, ToSchema};

use super::dto::{self, ReportBody};
use crate::http::{
    call::Call,
    fields::Reason,
    problem::{Answer, Problem},
    reply::{self, Envelope},
    state::State,
};

/// Bytes of a file.
const BYTES_MAX: usize = 32 << 20;
/// Pieces of the body that wait for the parser: what comes faster has to wait at the socket.
const WAITING: usize = 8;

/// What a column can be called.
const COLUMNS: [&str; 13] = [
    "name",
    "category_id",
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
/// A CSV file (RFC 4180, UTF-8) whose first row names the columns: `name` and any of `category_id, brand,
/// model, description, price, currency, stock, warranty_months, warranty_conditions,
/// manufacturer_website, specifications` (JSON) and `status`; an empty cell says nothing. At most
/// 100 000 rows and 32 MiB. Every row makes a product. With `mode=all` one bad row refuses the
/// whole file (422, every fault under `/rows/{row}/{column}`); with `mode=valid` the good rows are taken and the bad ones
/// reported. Either way what is taken is taken at once.
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_products_import",
    params(ImportParams),
    request_body(
        content = String, content_type = "text/csv",
        example = "name,brand,price,stock\nTalas MK-2,Talas Audio,39900,12\n"
    ),
    responses(
        (status = 200, description = "The report", body = Envelope<ReportBody>),
        (status = 422, description = "Rows have faults, or the Idempotency-Key was used for another request")
    ),
    extensions(("x-alveole" = json!({"permission": "catalog:manage", "idempotent": true})))
)]
#[post("/admin/products/import")]
pub(crate) async fn import(call: Call, upload: Upload) -> Answer {
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
        Problem::new(Kind::Internal, "internal", "Something went wrong on our side.")
    })?;
    let once = reply::once_of(&call, &digest, dto::imported)?;
    let settled = call.state().products.import(&actor, once, parsed?).await?;
    reply::settled(settled, dto::imported)
}

/// A CSV body that has not been read yet, and what is wrong with its type: who may not send any is
/// told that first.
pub(crate) struct Upload {
    payload: Payload,
    checked: Result<(), Problem>,
}

impl FromRequest for Upload {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self { payload: payload.take(), checked: check_media_type(request) }))
    }
}

fn check_media_type(request: &HttpRequest) -> Result<(), Problem> {
    let refuse =
        |detail: String| Err(Problem::new(Kind::UnsupportedMedia, "request.media_type", detail));
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
        self.checked?;
        let state: &State = call.state();
        let time = state.limits.request_timeout / 2;
        let too_slow = || {
            Problem::new(Kind::Invalid, "request.body_timeout", "The body did not arrive in time.")
                .with_status(StatusCode::REQUEST_TIMEOUT)
        };
        timeout(time, pour(self.payload, sink)).await.map_err(|_| too_slow())?
    }
}

async fn pour(mut payload: Payload, sink: mpsc::Sender<Bytes>) -> Result<Vec<u8>, Problem> {
    let mut hash = Sha256::new();
    let mut size = 0;
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|_| {
            Problem::field("", "request.body_malformed", "the body ended too early")
        })?;
        if piece.contains(&0) {
            let message = "the file must not contain the NUL character";
            return Err(Problem::field("", "text.nul", message));
        }
        size += piece.len();
        if size > BYTES_MAX {
            return Err(Problem::new(
                Kind::TooLarge,
                "request.body_too_large",
                format!("The body has more than {BYTES_MAX} bytes."),
            ));
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
    let mut reader = ReaderBuilder::new().has_headers(true).from_reader(source);
    let columns = head(reader.byte_headers().map_err(|error| unreadable(&error))?)?;
    let mut file = Import { rows: Vec::new(), failed: 0, faults: Vec::new(), mode };
    let mut record = ByteRecord::new();
    for row in 1.. {
        let mut line = Row { row, faults: Vec::new() };
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                if let Some(command) = line.read(&columns, &record) {
                    file.rows.push(ImportRow { row, command });
                }
            }
            Err(error) => match error.kind() {
                ErrorKind::UnequalLengths { expected_len, len, .. } => line.fault(
                    "",
                    "products.import_row_malformed",
                    format!("must have {expected_len} cells, not {len}"),
                ),
                _ => return Err(unreadable(&error)),
            },
        }
        if row > IMPORT_ROWS_MAX {
            return Err(Problem::new(
                Kind::TooLarge,
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
        match COLUMNS.into_iter().find(|known| *known == name.trim()) {
            Some(known) if columns.contains(&known) => {
                let message = format!("the column `{known}` is there twice");
                faults.push(FieldFault::new("/head", "products.import_column_twice", message));
            }
            Some(known) => columns.push(known),
            None => {
                let shown: String = name.trim().chars().take(50).collect();
                let message = format!("the column `{shown}` is none of {}", COLUMNS.join(", "));
                faults.push(FieldFault::new("/head", "products.import_column_unknown", message));
            }
        }
    }
    if !columns.contains(&"name") {
        let message = "the first row must name the columns, `name` among them";
        faults.push(FieldFault::new("/head", "products.import_column_missing", message));
    }
    if faults.is_empty() { Ok(columns) } else { Err(Problem::invalid(faults)) }
}

/// A row that is being read.
struct Row {
    row: u64,
    faults: Vec<RowFault>,
}

impl Row {
    fn fault(&mut self, column: &'static str, code: &'static str, message: String) {
        self.faults.push(RowFault { row: self.row, column, code, message });
    }

    /// Every cell, so that every fault of the row is told at once.
    fn read(&mut self, columns: &[&'static str], record: &ByteRecord) -> Option<CreateProduct> {
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
        let name = cells.name();
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
        if !self.faults.is_empty() {
            return None;
        }
        Some(CreateProduct {
            category,
            brand: brand.unwrap_or(Brand::empty()),
            model: model.unwrap_or(Model::empty()),
            description: description.unwrap_or(LongText::empty()),
            price: price.unwrap_or_default(),
            currency,
            stock: stock.unwrap_or_default(),
            warranty_months: warranty_months.unwrap_or_default(),
            warranty_conditions: warranty_conditions.unwrap_or(LongText::empty()),
            website,
            specifications: specifications.unwrap_or_else(Specifications::empty),
            status: status.unwrap_or(Status::Active),
            ..CreateProduct::named(name?)
        })
    }
}

/// The cells of a row.
struct Cells<'a> {
    row: &'a mut Row,
    cells: Vec<(&'static str, &'a str)>,
}

impl Cells<'_> {
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
        let (_, raw) = self.cells.iter().find(|(name, _)| *name == "name")?;
        match dto::name(raw) {
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
        let lamp = &file.rows[0];
        assert_eq!((lamp.row, lamp.command.name.as_str()), (1, "Lamp, blue"));
        assert_eq!((lamp.command.price.get(), lamp.command.stock.get()), (1999, 3));
        assert_eq!(lamp.command.specifications.as_str(), "{\"w\":5}");
        assert_eq!(lamp.command.status, Status::Draft);
        let plain = &file.rows[1].command;
        assert_eq!((plain.name.as_str(), plain.price.get()), ("x", 0));
    }

    #[test]
    fn every_fault_of_every_row_is_told() {
        let found = codes("name,price,stock,status\na,19.99,-1,gone\n,1,1,\nb,1,1,\nc,1\n");
        let expected = [
            (1, "price", "products.import_number"),
            (1, "stock", "products.stock_invalid"),
            (1, "status", "products.status_unknown"),
            (2, "name", "products.name_empty"),
            (4, "", "products.import_row_malformed"),
        ];
        assert_eq!(found, expected);
        let file = parse(&b"name\n\xff\xfe\nok\n"[..], ImportMode::Valid).unwrap();
        assert_eq!((file.failed, file.rows.len()), (1, 1));
        assert_eq!(file.faults[0].code, "products.import_not_utf8");
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
    fn faults_are_counted_beyond_those_that_are_told() {
        let text = format!("name,price\n{}", "x,no\n".repeat(1500));
        let file = read(&text).unwrap();
        assert_eq!((file.failed, file.faults.len(), file.rows.len()), (1500, 1000, 0));
        let text = format!("name\n{}", "x\n".repeat(100_001));
        assert_eq!(read(&text).unwrap_err().code(), "products.import_too_many_rows");
    }
}
