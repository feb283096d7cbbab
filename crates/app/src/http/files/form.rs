//! Forms with a file, read as they come: what is wrong is said before the bytes are taken, and
//! nothing but the file is ever large.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{
    HttpRequest,
    error::PayloadError,
    http::{StatusCode, header},
    web::Payload,
};
use bytes::Bytes;
use files::{
    file::Attached,
    service::{NewUpload, Upload},
    values::{FileKind, FileName, Visibility},
};
use futures_util::{Stream, StreamExt as _, future, stream};
use kernel::{Actor, FieldFault, Kind};

use super::dto;
use crate::http::{call::Call, problem::Problem, query::Query};

/// Bytes of a form that are not the file: heads of fields, their values, what is between them.
const AROUND: u64 = 64 * 1024;
/// Bytes that may have come and not been taken yet.
const IN_FLIGHT: u64 = 4 << 20;
/// Bytes of a field that is not the file.
const WORD: usize = 64;
/// Bytes of a refused body that are still taken.
const DRAINED: usize = 4 << 20;
/// Fields of a form.
const FIELDS: usize = 8;

/// What the route says by itself.
pub(super) struct Fixed {
    /// The type, where the form has none.
    pub(super) kind: Option<FileKind>,
    /// Who may read it, where the form does not say.
    pub(super) visibility: Option<Visibility>,
    /// What it is attached to.
    pub(super) attached: Option<Attached>,
}

/// What was said so far.
#[derive(Default)]
struct Said {
    kind: Option<FileKind>,
    visibility: Option<Visibility>,
    names: Vec<String>,
    faults: Vec<FieldFault>,
}

impl Said {
    fn fault(&mut self, name: &str, code: &'static str, message: impl std::fmt::Display) {
        self.faults.push(FieldFault::new(format!("/{name}"), code, message));
    }
}

/// The bytes of a form, no more of them than may be: those of the file are allowed again as they
/// are taken out.
fn bounded(
    payload: Rc<RefCell<Payload>>,
    allowed: Rc<Cell<u64>>,
) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    stream::poll_fn(move |context| payload.borrow_mut().poll_next_unpin(context)).map(
        move |chunk| {
            let chunk = chunk?;
            let left = allowed.get().checked_sub(chunk.len() as u64);
            allowed.set(left.ok_or(PayloadError::Overflow)?);
            Ok(chunk)
        },
    )
}

/// Takes some of what is still on its way and forgets it: a client that is busy sending would not
/// hear why it was refused.
pub(super) async fn drain(
    mut next: impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, PayloadError>>>,
) {
    let mut left = DRAINED;
    let rest = async {
        while let Some(Ok(chunk)) = future::poll_fn(&mut next).await {
            left = left.saturating_sub(chunk.len());
            if left == 0 {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(2), rest).await;
}

/// Reads a form and takes its file in. What comes of it is not a file yet.
pub(super) async fn receive(
    call: &Call,
    request: &HttpRequest,
    payload: Payload,
    actor: &Actor,
    fixed: Fixed,
) -> Result<Upload, Problem> {
    let payload = Rc::new(RefCell::new(payload));
    let received = read(call, request, Rc::clone(&payload), actor, fixed).await;
    if received.is_err() {
        drain(|context| payload.borrow_mut().poll_next_unpin(context)).await;
    }
    received
}

async fn read(
    call: &Call,
    request: &HttpRequest,
    payload: Rc<RefCell<Payload>>,
    actor: &Actor,
    fixed: Fixed,
) -> Result<Upload, Problem> {
    is_form(request)?;
    let mut said = parameters(call, &fixed)?;
    let idle = call.state().limits.request_timeout;
    // What is in flight between the socket and the form counts too, and is more while the storage is
    // slow.
    let allowed = Rc::new(Cell::new(AROUND + IN_FLIGHT));
    let stream = Box::pin(bounded(payload, Rc::clone(&allowed)));
    let mut form = Multipart::new(request.headers(), stream);
    let mut upload = None;
    for _ in 0..=FIELDS {
        let next = tokio::time::timeout(idle, form.next()).await.map_err(|_| too_slow())?;
        let Some(field) = next else { return ended(said, upload) };
        let mut field = field.map_err(|error| broken(&error))?;
        check_head(&field)?;
        let name = field.name().unwrap_or_default().to_owned();
        if said.names.contains(&name) {
            said.fault(&name, "request.duplicate", "is given twice");
            return Err(Problem::invalid(said.faults));
        }
        said.names.push(name.clone());
        match name.as_str() {
            "file" => {
                if !said.faults.is_empty() {
                    return Err(Problem::invalid(said.faults));
                }
                let what = described(&field, request, &fixed, &said);
                let mut begun = call.state().files.begin(actor, what).await?;
                take(call, &mut field, &mut begun, &allowed, idle).await?;
                upload = Some(begun);
            }
            "type" if fixed.kind.is_none() => {
                let word = word(&mut field, idle).await?;
                said.late("type", upload.is_some());
                match dto::kind(&word) {
                    Ok(kind) => said.kind = Some(kind),
                    Err((code, message)) => said.fault("type", code, message),
                }
            }
            "visibility" if fixed.visibility.is_none() => {
                let word = word(&mut field, idle).await?;
                said.late("visibility", upload.is_some());
                match dto::visibility(&word) {
                    Ok(visibility) => said.visibility = Some(visibility),
                    Err((code, message)) => said.fault("visibility", code, message),
                }
            }
            _ => {
                said.fault(&name, "request.unknown_field", "is not a field of this form");
                return Err(Problem::invalid(said.faults));
            }
        }
    }
    said.fault("", "files.form_malformed", format!("the form has more than {FIELDS} fields"));
    Err(Problem::invalid(said.faults))
}

impl Said {
    /// What says how the file is taken must be known when it comes.
    fn late(&mut self, name: &str, taken: bool) {
        if taken {
            let message = "must come before `file`, or stand in the query";
            self.fault(name, "files.field_order", message);
        }
    }
}

/// `type` and `visibility` may also stand in the query.
fn parameters(call: &Call, fixed: &Fixed) -> Result<Said, Problem> {
    let mut query: Query = call.query();
    let mut said = Said::default();
    if fixed.kind.is_none() {
        said.kind = query.optional("type", dto::kind);
        said.names.extend(said.kind.map(|_| "type".to_owned()));
    }
    if fixed.visibility.is_none() {
        said.visibility = query.optional("visibility", dto::visibility);
        said.names.extend(said.visibility.map(|_| "visibility".to_owned()));
    }
    query.finish()?;
    Ok(said)
}

fn ended(mut said: Said, upload: Option<Upload>) -> Result<Upload, Problem> {
    if upload.is_none() {
        said.fault("file", "request.missing_field", "must be given");
    }
    match upload {
        Some(upload) if said.faults.is_empty() => Ok(upload),
        _ => Err(Problem::invalid(said.faults)),
    }
}

/// Refuses a part that is described twice, or whose file name has the NUL character.
fn check_head(field: &Field) -> Result<(), Problem> {
    if field.headers().get_all(header::CONTENT_DISPOSITION).count() > 1 {
        let message = "a part of the form has two `Content-Disposition` headers";
        return Err(Problem::field("", "files.form_malformed", message));
    }
    let named = field.content_disposition().and_then(|all| all.get_filename_ext());
    if named.is_some_and(|name| name.value.contains(&0)) {
        let message = "must not have a name with the NUL character";
        return Err(Problem::field("/file", "text.nul", message));
    }
    Ok(())
}

fn described(field: &Field, request: &HttpRequest, fixed: &Fixed, said: &Said) -> NewUpload {
    let disposition = field.content_disposition();
    let extended = disposition.and_then(|all| all.get_filename_ext());
    let extended = extended.map(|name| String::from_utf8_lossy(&name.value).into_owned());
    let plain = disposition.and_then(|all| all.get_filename()).map(str::to_owned);
    let length = request.headers().get("content-length").and_then(|value| value.to_str().ok());
    let length: u64 = length.and_then(|value| value.parse().ok()).unwrap_or_default();
    NewUpload {
        kind: fixed.kind.or(said.kind).unwrap_or(FileKind::Attachment),
        visibility: fixed.visibility.or(said.visibility).unwrap_or(Visibility::Private),
        name: FileName::tamed(&extended.or(plain).unwrap_or_default()),
        declared: field.content_type().map(ToString::to_string),
        attached: fixed.attached,
        at_least: length.saturating_sub(AROUND),
    }
}

/// Takes the file in, piece by piece.
async fn take(
    call: &Call,
    field: &mut Field,
    upload: &mut Upload,
    allowed: &Cell<u64>,
    idle: Duration,
) -> Result<(), Problem> {
    loop {
        let next = tokio::time::timeout(idle, field.next()).await.map_err(|_| too_slow())?;
        let Some(chunk) = next else { return Ok(()) };
        let chunk = chunk.map_err(|error| broken(&error))?;
        allowed.set(allowed.get().saturating_add(chunk.len() as u64));
        call.state().files.feed(upload, chunk).await?;
    }
}

/// The value of a field that is a word.
async fn word(field: &mut Field, idle: Duration) -> Result<String, Problem> {
    let mut word = Vec::new();
    loop {
        let next = tokio::time::timeout(idle, field.next()).await.map_err(|_| too_slow())?;
        let Some(chunk) = next else { break };
        word.extend_from_slice(&chunk.map_err(|error| broken(&error))?);
        if word.len() > WORD {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&word).into_owned())
}

fn is_form(request: &HttpRequest) -> Result<(), Problem> {
    let header = |name: &str| {
        let value = request.headers().get(name)?;
        Some(value.to_str().unwrap_or("?").to_ascii_lowercase())
    };
    let refuse =
        |detail: String| Err(Problem::new(Kind::UnsupportedMedia, "request.media_type", detail));
    if let Some(coding) = header("content-encoding").filter(|coding| coding != "identity") {
        return refuse(format!("Bodies coded as {coding} are not taken."));
    }
    let kind = header("content-type").unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("multipart/form-data") {
        return refuse("The body must be `multipart/form-data`.".to_owned());
    }
    Ok(())
}

pub(super) fn too_slow() -> Problem {
    Problem::new(Kind::Invalid, "request.body_timeout", "The body did not arrive in time.")
        .with_status(StatusCode::REQUEST_TIMEOUT)
}

/// Why a form cannot be read.
fn broken(error: &MultipartError) -> Problem {
    match error {
        MultipartError::Payload(PayloadError::Overflow) => Problem::new(
            Kind::TooLarge,
            "request.body_too_large",
            "The form has too much besides the file.",
        ),
        MultipartError::Payload(_) | MultipartError::Incomplete => {
            Problem::from(files::FileError::CutShort)
        }
        _ => Problem::field("", "files.form_malformed", "the form cannot be read"),
    }
}
