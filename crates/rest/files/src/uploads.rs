//! Uploads that may come in several requests, by the protocol tus 1.0 (tus.io): creation,
//! termination, checksum, expiration.

use std::time::Duration;

use actix_web::{
    HttpResponse, HttpResponseBuilder, delete, get,
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    patch, post,
    web::{Data, Payload},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use files::{
    FileError, Files, UploadId,
    file::Attached,
    service::{Append, Appended, NewUpload},
    session::{Checksum, UploadSession},
    values::{FileKind, FileName, Visibility},
};
use futures_util::StreamExt as _;
use kernel::{ErrorKind, FieldError, OwnedId, TaskId};
use rest::{
    call::Call,
    fields::Reason,
    incoming,
    problem::Problem,
    reply::{self, Envelope, Reply},
    state::State,
};
use tracing::Instrument as _;

use super::dto::{self, KindWord, UploadBody, VisibilityWord};
use crate::{Answer, Failure};

const ROOT: &str = "/api/v1/files/uploads";
const VERSION: &str = "1.0.0";
const EXTENSIONS: &str = "creation,termination,checksum,expiration";
/// The media type of bytes that continue an upload.
const BYTES: &str = "application/offset+octet-stream";
/// Characters of `Upload-Metadata`.
const METADATA: usize = 2048;

/// The name of the header that says how large an upload may be, and of its value in the module.
pub const TUS_MAX_SIZE: &str = "tus-max-size";

/// What every answer here says, and what the server can do when it is asked.
pub fn describe(headers: &mut HeaderMap, method: &str, state: &State) {
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("tus-resumable", VERSION);
    if method == "OPTIONS" {
        set("tus-version", VERSION);
        set("tus-extension", EXTENSIONS);
        set("tus-checksum-algorithm", &Checksum::ALGORITHMS.join(","));
        if let Some(most) = state.values.get(TUS_MAX_SIZE) {
            set(TUS_MAX_SIZE, most);
        }
    }
}

fn location(upload: &UploadSession) -> String {
    format!("{ROOT}/{}", upload.id)
}

/// When an upload is forgotten, as HTTP writes times.
fn expires(upload: &UploadSession) -> String {
    let seconds = u64::try_from(upload.expires_at.seconds()).unwrap_or_default();
    let at = std::time::UNIX_EPOCH + Duration::from_secs(seconds);
    header::HttpDate::from(at).to_string()
}

fn created(upload: &UploadSession) -> Reply {
    Reply::created(UploadBody::from(upload), location(upload), None)
        .with_header("upload-expires", &expires(upload))
        .with_header("upload-offset", &upload.received.to_string())
}

/// A client of another version would not understand the rest.
fn speaks(call: &Call) -> Result<(), Problem> {
    let detail = match call.header("tus-resumable")? {
        Some(VERSION) => return Ok(()),
        Some(_) => "This server speaks tus 1.0.0 and no other version.",
        None => "`Tus-Resumable: 1.0.0` must be said.",
    };
    Err(Problem::new(ErrorKind::Stale, "files.tus_version", detail)
        .with_header(HeaderName::from_static("tus-version"), VERSION))
}

/// A header that is a number of bytes.
fn bytes(call: &Call, name: &'static str) -> Result<u64, FieldError> {
    let fault = |message: &str| FieldError::new("", "files.upload_header", message);
    match call.header(name) {
        Ok(Some(raw)) if !raw.is_empty() && raw.bytes().all(|b| b.is_ascii_digit()) => {
            raw.parse().map_err(|_| fault(&format!("`{name}` is too large")))
        }
        Ok(None) => Err(fault(&format!("`{name}` must be given"))),
        _ => Err(fault(&format!("`{name}` must be a number of bytes"))),
    }
}

/// What a client says of an upload: names, each with what it stands for.
fn pairs(raw: &str) -> Result<Vec<(&str, String)>, String> {
    if raw.len() > METADATA {
        return Err(format!("`Upload-Metadata` has at most {METADATA} characters"));
    }
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for pair in raw.split(',').filter(|_| !raw.trim().is_empty()) {
        let mut words = pair.split_ascii_whitespace();
        let (name, value) = (words.next(), words.next().unwrap_or_default());
        let (Some(name), None) = (name, words.next()) else {
            return Err("`Upload-Metadata` must be `name value` pairs between commas".to_owned());
        };
        let value = STANDARD.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let Some(value) = value else {
            return Err(format!("the value of `{name}` must be Base64 of a text"));
        };
        if value.contains('\0') {
            return Err(format!("the value of `{name}` must not contain the NUL character"));
        }
        if pairs.iter().any(|(known, _)| *known == name) {
            return Err(format!("`{name}` is given twice"));
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// Reads what the bytes of a request must add up to.
fn checksum(call: &Call) -> Result<Option<Checksum>, Problem> {
    let Some(raw) = call.header("upload-checksum")? else { return Ok(None) };
    let fault = |message: &str| Problem::field("", "files.checksum_invalid", message);
    let Some((algorithm, digest)) = raw.trim().split_once(' ') else {
        return Err(fault("`Upload-Checksum` must be an algorithm and a digest in Base64"));
    };
    if !Checksum::ALGORITHMS.contains(&algorithm) {
        return Err(fault("`Upload-Checksum` knows the algorithms sha1 and sha256"));
    }
    let digest = STANDARD.decode(digest.trim()).unwrap_or_default();
    match Checksum::parse(algorithm, &digest) {
        Some(checksum) => Ok(Some(checksum)),
        None => Err(fault("the digest of `Upload-Checksum` must be the algorithm's, in Base64")),
    }
}

/// Begin an upload in several requests
///
/// The protocol is tus 1.0 with creation, termination, checksum and expiration; any of its clients
/// will do. Room for the whole is held from now on. `filename` and `filetype` of `Upload-Metadata`
/// name the file and its media type; what else is there is given back as it came. Send the bytes by
/// `PATCH` to `Location`; with the last of them the file comes into being.
#[utoipa::path(
    tag = "files",
    operation_id = "files_uploads_create",
    params(
        ("Tus-Resumable" = String, Header, description = "The version of the protocol", pattern = "^1\\.0\\.0$", example = "1.0.0"),
        ("Upload-Length" = u64, Header, description = "Bytes of the whole", minimum = 1, example = 12345),
        ("Upload-Metadata" = Option<String>, Header, nullable = false, description = "Names, each with its value in Base64", max_length = 2048, example = "filename cmVwb3J0LnBkZg==,filetype YXBwbGljYXRpb24vcGRm"),
        ("type" = Option<KindWord>, Query, nullable = false, description = "What it is for; `attachment` when not said"),
        ("visibility" = Option<VisibilityWord>, Query, nullable = false, description = "Who may read it; `private` when not said"),
        ("task_id" = Option<i64>, Query, nullable = false, minimum = 1, description = "The task to attach it to"),
        ("product_id" = Option<i64>, Query, nullable = false, minimum = 1, description = "What one owns and it is to be attached to")
    ),
    responses(
        (status = 201, description = "The upload", body = Envelope<UploadBody>, headers(
            ("Tus-Resumable" = String, description = "The version of the protocol"),
            ("Upload-Expires" = String, description = "When it is forgotten unless more comes")
        )),
        (status = 404, description = "What it is to be attached to is not there, or not the caller's to see"),
        (status = 412, description = "`Tus-Resumable` is missing or names another version"),
        (status = 413, description = "More bytes than a file of this type may have"),
        (status = 422, description = "No room is left, or many uploads are unfinished, or the Idempotency-Key was used for another request")
    ),
    extensions(("x-alveole" = json!({"permission": "files:write", "idempotent": true, "codes": ["files.tus_version"]})))
)]
#[post("/files/uploads")]
pub(crate) async fn create(call: Call, files: Data<Files>) -> Answer {
    let actor = call.actor()?;
    speaks(&call)?;
    let mut query = call.query();
    let kind = query.optional("type", dto::kind);
    let visibility = query.optional("visibility", dto::visibility);
    let task = query.optional("task_id", number::<TaskId>);
    let owned = query.optional("product_id", number::<OwnedId>);
    if task.is_some() && owned.is_some() {
        query.fault("product_id", "files.two_places", "cannot stand beside `task_id`");
    }
    query.finish()?;
    let mut faults = Vec::new();
    let length = bytes(&call, "upload-length").map_err(|fault| faults.push(fault)).ok();
    if call.header("upload-defer-length")?.is_some() {
        let message = "`Upload-Defer-Length` is not known here: say `Upload-Length`";
        faults.push(FieldError::new("", "files.upload_header", message));
    }
    let metadata = call.header("upload-metadata")?.unwrap_or_default();
    let said = pairs(metadata).unwrap_or_else(|message| {
        faults.push(FieldError::new("", "files.upload_metadata", message));
        Vec::new()
    });
    let (Some(length), true) = (length, faults.is_empty()) else {
        return Err(Problem::invalid(faults).into());
    };
    let value = |wanted: &[&str]| {
        let mut all = wanted.iter().filter_map(|name| said.iter().find(|(known, _)| known == name));
        all.next().map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    };
    let what = NewUpload {
        kind: kind.unwrap_or(FileKind::Attachment),
        visibility: visibility.unwrap_or(Visibility::Private),
        name: FileName::tamed(&value(&["filename", "name"]).unwrap_or_default()),
        declared: value(&["filetype", "type"]),
        attached: match (task, owned) {
            (Some(task), _) => Some(Attached::Task(task.get())),
            (None, owned) => owned.map(Attached::Owned),
        },
        at_least: length,
        kind_follows: false,
    };
    let words = format!("{length} {metadata}");
    let idempotent = reply::idempotent_for(&call, words.as_bytes(), created)?;
    let outcome = files.open_upload(&actor, what, length, metadata.to_owned(), idempotent).await?;
    reply::outcome(outcome, created)
}

fn number<T: std::str::FromStr<Err = kernel::IdError>>(raw: &str) -> Result<T, Reason> {
    raw.parse().map_err(|error: kernel::IdError| ("id.invalid", error.to_string()))
}

/// See how far an upload is
///
/// `HEAD` says it in headers, as tus has it. An upload whose file is there is remembered for as long
/// as one that is not.
#[utoipa::path(
    tag = "files",
    operation_id = "files_uploads_read",
    params(
        ("Tus-Resumable" = Option<String>, Header, nullable = false, description = "The version of the protocol", pattern = "^1\\.0\\.0$", example = "1.0.0"),
    ),
    responses(
        (status = 200, description = "The upload", body = Envelope<UploadBody>, headers(
            ("Tus-Resumable" = String, description = "The version of the protocol"),
            ("Upload-Offset" = u64, description = "Bytes that are kept"),
            ("Upload-Length" = u64, description = "Bytes of the whole"),
            ("Upload-Metadata" = String, description = "What the client said of it"),
            ("Upload-Expires" = String, description = "When it is forgotten unless more comes")
        )),
        (status = 412, description = "`Tus-Resumable` names another version")
    ),
    extensions(("x-alveole" = json!({"permission": "files:write", "codes": ["files.tus_version"]})))
)]
#[get("/files/uploads/{id}")]
pub(crate) async fn read(call: Call, files: Data<Files>) -> Answer {
    let actor = call.actor()?;
    if call.header("tus-resumable")?.is_some() {
        speaks(&call)?;
    }
    let id: UploadId = call.id("id")?;
    call.no_query()?;
    let upload = files.upload(&actor, id).await?;
    let mut response = HttpResponseBuilder::new(StatusCode::OK);
    response.insert_header(("upload-length", upload.length.to_string()));
    if !upload.metadata.is_empty() {
        response.insert_header(("upload-metadata", upload.metadata.as_str()));
    }
    progress(&mut response, &upload);
    // A client that lost the answer must not be told an older one (tus).
    Ok(reply::secret_with(response, UploadBody::from(&upload)))
}

/// How far an upload is, and what came of it.
fn progress(response: &mut HttpResponseBuilder, upload: &UploadSession) {
    response.insert_header(("upload-offset", upload.received.to_string()));
    response.insert_header(("upload-expires", expires(upload)));
    if let Some(file) = upload.file {
        response.insert_header((header::CONTENT_LOCATION, format!("/api/v1/files/{file}")));
    }
}

/// Continue an upload
///
/// Bytes are taken from where the upload ends. What came before a connection broke is kept, unless
/// there is an `Upload-Checksum`, with which all bytes of the request are kept or none. With the last
/// byte the file comes into being, and `Content-Location` says where; content that is not kept here
/// is refused then, or as soon as its beginning tells, and the upload is over.
#[utoipa::path(
    tag = "files",
    operation_id = "files_uploads_append",
    params(
        ("Tus-Resumable" = String, Header, description = "The version of the protocol", pattern = "^1\\.0\\.0$", example = "1.0.0"),
        ("Upload-Offset" = u64, Header, description = "Where the bytes begin: where the upload ends", example = 0),
        ("Upload-Checksum" = Option<String>, Header, nullable = false, description = "An algorithm (sha1, sha256) and the digest of the bytes in Base64", example = "sha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    ),
    request_body(content = dto::ContentBytes, content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "The bytes are kept", headers(
            ("Tus-Resumable" = String, description = "The version of the protocol"),
            ("Upload-Offset" = u64, description = "Bytes that are kept"),
            ("Upload-Expires" = String, description = "When it is forgotten unless more comes"),
            ("Content-Location" = String, description = "The file, when it is there"),
            ("Upload-Warnings" = String, description = "Codes of what in the file is not as it was sent, such as `files.animation_not_kept`; `warnings` of a plain upload has them, too")
        )),
        (status = 409, description = "The upload ends elsewhere; `Upload-Offset` says where"),
        (status = 412, description = "`Tus-Resumable` is missing or names another version"),
        (status = 413, description = "More bytes than were announced, or than a file of this type may have"),
        (status = 415, description = "The body is not `application/offset+octet-stream`, or the content is of no format that is kept"),
        (status = 422, description = "The picture cannot be read, or no room is left"),
        (status = 460, description = "The bytes do not have the checksum; none was kept")
    ),
    extensions(("x-alveole" = json!({"permission": "files:write", "codes": ["files.upload_offset", "files.tus_version", "files.bad_picture"]})))
)]
#[patch("/files/uploads/{id}")]
pub(crate) async fn resume(call: Call, files: Data<Files>, mut payload: Payload) -> Answer {
    // A client that goes away must not take with it what is on its way to the storage: the bytes go
    // on by themselves, whether or not anybody waits for the answer.
    let taking = actix_web::rt::spawn(
        async move { take(&call, &files, &mut payload).await }.in_current_span(),
    );
    let ended =
        || Problem::new(ErrorKind::Internal, "internal", "Something went wrong on our side.");
    let Appended { upload, warnings } = taking.await.map_err(|_| ended())??;
    let mut response = HttpResponse::NoContent();
    progress(&mut response, &upload);
    if !warnings.is_empty() {
        let codes: Vec<&str> = warnings.iter().map(|warning| warning.code).collect();
        response.insert_header(("upload-warnings", codes.join(", ")));
    }
    Ok(response.finish())
}

async fn take(call: &Call, files: &Files, payload: &mut Payload) -> Result<Appended, Failure> {
    let actor = call.actor()?;
    speaks(call)?;
    let id: UploadId = call.id("id")?;
    call.no_query()?;
    let coding = call.header("content-encoding")?.unwrap_or("identity");
    if call.header("content-type")? != Some(BYTES) || !coding.eq_ignore_ascii_case("identity") {
        let detail = format!("The body must be `{BYTES}`, not coded in any way.");
        return Err(Problem::new(ErrorKind::UnsupportedMedia, "request.media_type", detail).into());
    }
    let offset = bytes(call, "upload-offset").map_err(|fault| Problem::invalid(vec![fault]))?;
    let checksum = checksum(call)?;
    let announced = call.header("content-length")?.and_then(|raw| raw.parse().ok());
    let mut append = files.append(&actor, id, offset, announced, checksum).await?;
    let idle = call.state().limits.request_timeout;
    let came = feed(files, &mut append, payload, idle).await?;
    let whole = came.whole && announced.is_none_or(|announced| announced == came.bytes);
    let ended = files.end_part(append, whole).await;
    if came.stalled { Err(incoming::too_slow().into()) } else { Ok(ended?) }
}

/// What came of a body.
struct Came {
    bytes: u64,
    /// It ended by itself.
    whole: bool,
    /// Nothing came for too long, or too little.
    stalled: bool,
}

/// Takes bytes until there are no more. Of those that do not fit nothing is kept any more.
async fn feed(
    files: &Files,
    append: &mut Append,
    payload: &mut Payload,
    idle: Duration,
) -> Result<Came, FileError> {
    let mut bytes = 0;
    loop {
        match tokio::time::timeout(idle, payload.next()).await {
            Ok(Some(Ok(chunk))) => {
                bytes += chunk.len() as u64;
                files.feed_part(append, chunk).await?;
            }
            Ok(Some(Err(error))) => {
                let stalled = incoming::is_too_slow(&error);
                return Ok(Came { bytes, whole: false, stalled });
            }
            Ok(None) => return Ok(Came { bytes, whole: true, stalled: false }),
            Err(_) => return Ok(Came { bytes, whole: false, stalled: true }),
        }
    }
}

/// Give an upload up
///
/// What came of it so far is removed. One that has its file is forgotten; the file stays.
#[utoipa::path(
    tag = "files",
    operation_id = "files_uploads_delete",
    params(
        ("Tus-Resumable" = String, Header, description = "The version of the protocol", pattern = "^1\\.0\\.0$", example = "1.0.0"),
    ),
    responses(
        (status = 204, description = "It is gone", headers(
            ("Tus-Resumable" = String, description = "The version of the protocol")
        )),
        (status = 412, description = "`Tus-Resumable` is missing or names another version")
    ),
    extensions(("x-alveole" = json!({"permission": "files:write", "codes": ["files.tus_version"]})))
)]
#[delete("/files/uploads/{id}")]
pub(crate) async fn terminate(call: Call, files: Data<Files>) -> Answer {
    let actor = call.actor()?;
    speaks(&call)?;
    let id: UploadId = call.id("id")?;
    call.no_query()?;
    files.abandon(&actor, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
