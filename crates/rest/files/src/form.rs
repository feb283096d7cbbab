//! Forms with a file, read as they come: what is wrong is said before the bytes are taken, and
//! nothing but the file is ever large.

use std::{cell::Cell, rc::Rc, time::Duration};

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{HttpRequest, error::PayloadError, http::header, web::Payload};
use bytes::Bytes;
use files::{
    FileError, Files,
    file::Attached,
    service::{NewUpload, Upload},
    values::{FileKind, FileName, Visibility},
};
use futures_util::{Stream, StreamExt as _};
use kernel::{Actor, ErrorKind, FieldError};
use rest::{call::Call, fields::Reason, incoming, problem::Problem, query::Query, suggest};

use super::dto;
use crate::Failure;

/// Bytes of a form that are not the file: heads of fields, their values, what is between them.
const AROUND: u64 = 64 * 1024;
/// Bytes that may have come and not been taken yet.
const IN_FLIGHT: u64 = 4 << 20;
/// Bytes of a field that is not the file.
const WORD: usize = 64;
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
    faults: Vec<FieldError>,
}

impl Said {
    fn fault(&mut self, name: &str, code: &'static str, message: impl std::fmt::Display) {
        self.faults.push(FieldError::new(format!("/{name}"), code, message));
    }

    /// Notes that a field was given, which may be once.
    fn once(&mut self, name: &str) {
        if self.names.iter().any(|known| known == name) {
            self.fault(name, "request.duplicate", "is given twice");
        }
        self.names.push(name.to_owned());
    }

    /// Takes a word that was read.
    fn read<T>(&mut self, name: &str, read: Result<T, Reason>) -> Option<T> {
        self.once(name);
        read.map_err(|(code, message)| self.fault(name, code, message)).ok()
    }
}

/// The bytes of a form, no more of them than may be: those of the file are allowed again as they
/// are taken out.
fn bounded(
    payload: Payload,
    allowed: Rc<Cell<u64>>,
) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    payload.map(move |chunk| {
        let chunk = chunk?;
        let left = allowed.get().checked_sub(chunk.len() as u64);
        allowed.set(left.ok_or(PayloadError::Overflow)?);
        Ok(chunk)
    })
}

/// Reads a form and takes its file in. What comes of it is not a file yet.
pub(super) async fn receive(
    call: &Call,
    files: &Files,
    request: &HttpRequest,
    payload: Payload,
    actor: &Actor,
    fixed: Fixed,
) -> Result<Upload, Failure> {
    fits(files, request, actor, fixed.kind)?;
    is_form(request)?;
    let mut said = parameters(call, &fixed)?;
    fits(files, request, actor, fixed.kind.or(said.kind))?;
    let idle = call.state().limits.request_timeout;
    // What is in flight between the socket and the form counts too, and is more while the storage is
    // slow.
    let allowed = Rc::new(Cell::new(AROUND + IN_FLIGHT));
    let stream = Box::pin(bounded(payload, Rc::clone(&allowed)));
    let mut form = Multipart::new(request.headers(), stream);
    let mut upload = None;
    for _ in 0..=FIELDS {
        let next =
            tokio::time::timeout(idle, form.next()).await.map_err(|_| incoming::too_slow())?;
        let Some(field) = next else { return ended(files, said, upload) };
        let mut field = field.map_err(|error| broken(&error))?;
        check_head(&field)?;
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "file" => {
                let Some(first) = chunk(&mut field, idle).await? else {
                    // A form without a choice of file sends an empty part without a name.
                    if named(&field).is_empty() {
                        continue;
                    }
                    return Err(FileError::Empty.into());
                };
                said.once("file");
                if !said.faults.is_empty() {
                    return Err(Problem::invalid(said.faults).into());
                }
                let what = described(&field, request, &fixed, &said);
                let mut begun = files.begin(actor, what).await?;
                take(files, &mut field, first, &mut begun, &allowed, idle).await?;
                upload = Some(begun);
            }
            "type" if fixed.kind.is_none() => {
                let word = word(&mut field, idle).await?;
                if !word.is_empty() {
                    said.kind = said.read("type", dto::kind(&word));
                }
            }
            "visibility" if fixed.visibility.is_none() => {
                let word = word(&mut field, idle).await?;
                if !word.is_empty() {
                    said.visibility = said.read("visibility", dto::visibility(&word));
                }
            }
            _ => {
                let known = ["file", "type", "visibility"];
                let hint = suggest::hint(&name, known);
                let message = format!("is not a field of this form{hint}");
                said.fault(&name, "request.unknown_field", message);
                return Err(Problem::invalid(said.faults).into());
            }
        }
    }
    said.fault("", "files.form_malformed", format!("the form has more than {FIELDS} fields"));
    Err(Problem::invalid(said.faults).into())
}

/// Fails if the caller may not upload, or the form is announced as longer than one with a file of
/// this type can be. Nothing of it has been read then.
fn fits(
    files: &Files,
    request: &HttpRequest,
    actor: &Actor,
    kind: Option<FileKind>,
) -> Result<(), Failure> {
    let limit = files.upload_limit(actor, kind)?;
    match (incoming::announced(request.headers()), kind) {
        (Some(length), Some(kind)) if length.saturating_sub(AROUND) > limit => {
            Err(FileError::TooLarge { kind, limit }.into())
        }
        (Some(length), None) if length.saturating_sub(AROUND) > limit => {
            Err(incoming::too_large(limit.saturating_add(AROUND)).into())
        }
        _ => Ok(()),
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

/// What came of the whole form. What stood behind the file counts now.
fn ended(files: &Files, mut said: Said, upload: Option<Upload>) -> Result<Upload, Failure> {
    let Some(mut upload) = upload else {
        said.fault("file", "request.missing_field", "must be given");
        return Err(Problem::invalid(said.faults).into());
    };
    if !said.faults.is_empty() {
        return Err(Problem::invalid(said.faults).into());
    }
    files.describe(&mut upload, said.kind, said.visibility)?;
    Ok(upload)
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

/// The file's name as the client sent it.
fn named(field: &Field) -> String {
    let disposition = field.content_disposition();
    let extended = disposition.and_then(|all| all.get_filename_ext());
    let extended = extended.map(|name| String::from_utf8_lossy(&name.value).into_owned());
    let plain = disposition.and_then(|all| all.get_filename()).map(str::to_owned);
    extended.or(plain).unwrap_or_default()
}

fn described(field: &Field, request: &HttpRequest, fixed: &Fixed, said: &Said) -> NewUpload {
    let length = incoming::announced(request.headers()).unwrap_or_default();
    let kind = fixed.kind.or(said.kind);
    NewUpload {
        kind: kind.unwrap_or(FileKind::Attachment),
        visibility: fixed.visibility.or(said.visibility).unwrap_or(Visibility::Private),
        name: FileName::tamed(&named(field)),
        declared: field.content_type().map(ToString::to_string),
        attached: fixed.attached,
        at_least: length.saturating_sub(AROUND),
        kind_follows: kind.is_none(),
    }
}

/// Takes the file in, piece by piece.
async fn take(
    files: &Files,
    field: &mut Field,
    first: Bytes,
    upload: &mut Upload,
    allowed: &Cell<u64>,
    idle: Duration,
) -> Result<(), Failure> {
    let mut next = Some(first);
    while let Some(chunk) = next {
        allowed.set(allowed.get().saturating_add(chunk.len() as u64));
        files.feed(upload, chunk).await?;
        next = self::chunk(field, idle).await?;
    }
    Ok(())
}

/// The next bytes of a field, which are some.
async fn chunk(field: &mut Field, idle: Duration) -> Result<Option<Bytes>, Problem> {
    loop {
        let next =
            tokio::time::timeout(idle, field.next()).await.map_err(|_| incoming::too_slow())?;
        match next.transpose().map_err(|error| broken(&error))? {
            Some(chunk) if chunk.is_empty() => {}
            other => return Ok(other),
        }
    }
}

/// The value of a field that is a word.
async fn word(field: &mut Field, idle: Duration) -> Result<String, Problem> {
    let mut word = Vec::new();
    while let Some(chunk) = chunk(field, idle).await? {
        word.extend_from_slice(&chunk);
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
    let refuse = |detail: String| {
        Err(Problem::new(ErrorKind::UnsupportedMedia, "request.media_type", detail))
    };
    if let Some(coding) = header("content-encoding").filter(|coding| coding != "identity") {
        return refuse(format!("Bodies coded as {coding} are not taken."));
    }
    let kind = header("content-type").unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("multipart/form-data") {
        return refuse("The body must be `multipart/form-data`.".to_owned());
    }
    Ok(())
}

/// Why a form cannot be read.
fn broken(error: &MultipartError) -> Problem {
    match error {
        MultipartError::Payload(PayloadError::Overflow) => Problem::new(
            ErrorKind::TooLarge,
            "request.body_too_large",
            "The form has too much besides the file.",
        ),
        MultipartError::Payload(error) if incoming::is_too_slow(error) => incoming::too_slow(),
        MultipartError::Payload(_) | MultipartError::Incomplete => {
            crate::present(FileError::CutShort)
        }
        _ => Problem::field("", "files.form_malformed", "the form cannot be read"),
    }
}
