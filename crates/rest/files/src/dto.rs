//! Files as clients see and send them.

use files::{
    File, FileId,
    file::{Attached, Share, UpdateFile, Uploaded},
    media::Media,
    query::{FileFilter, VisibleTo},
    session::UploadSession,
    text_type::TextName,
    values::{FileKind, FileName, VariantName, Visibility},
};
use kernel::SearchQuery;
use rest::{
    call::{Body, Call},
    etag,
    fields::{Reason, search, string},
    problem::Problem,
    query::Query,
    reply::Reply,
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// A file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::StoredFile)]
pub struct FileBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// Whose it is.
    #[schema(minimum = 1, example = 1)]
    pub owner_id: i64,
    /// Its name: what was sent, without what cannot stand in a name.
    #[schema(min_length = 1, max_length = 255, example = "report.pdf")]
    pub filename: String,
    /// What it is for.
    #[schema(value_type = KindWord)]
    pub r#type: &'static str,
    /// Its format, by its content; of a text, the `text/*` that was declared.
    #[schema(example = "application/pdf")]
    pub mime_type: String,
    /// Bytes.
    #[schema(minimum = 1, example = 12345)]
    pub size: u64,
    /// SHA-256 of its content; the `ETag` of the download without its quotes.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
    /// Pixels across, of a picture.
    #[schema(minimum = 1)]
    pub width: Option<u32>,
    /// Pixels down, of a picture.
    #[schema(minimum = 1)]
    pub height: Option<u32>,
    /// What the owner owns and it is attached to.
    #[schema(minimum = 1)]
    pub product_id: Option<i64>,
    /// The task it is attached to.
    #[schema(minimum = 1)]
    pub task_id: Option<i64>,
    /// Who may read it.
    #[schema(value_type = VisibilityWord)]
    pub visibility: &'static str,
    /// When it was uploaded.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub uploaded_at: String,
    /// When it last changed.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub updated_at: String,
    /// Where its content is.
    #[schema(example = "/api/v1/files/1/download")]
    pub url: String,
    /// Counts the changes; the `ETag` without its quotes.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
    /// What of it is not as it was sent or asked for. Only in the answer that created it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub warnings: Vec<WarningBody>,
}

/// Something that an uploader should know of a file that was kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::FileWarning)]
pub struct WarningBody {
    /// Which.
    #[schema(example = "files.animation_not_kept")]
    pub code: &'static str,
    /// In words.
    #[schema(example = "The picture moves; only its first frame was kept.")]
    pub message: String,
}

/// What a file is for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = files::FileType)]
pub enum KindWord {
    /// How something is used.
    Manual,
    /// What a maker promises.
    Warranty,
    /// What was paid.
    Invoice,
    /// A picture.
    Image,
    /// Anything to read.
    Document,
    /// Anything to hear.
    Audio,
    /// A picture of a person.
    Avatar,
    /// Anything else.
    Attachment,
    /// Data that was taken out of here.
    Export,
}

/// Who may read a file.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = files::FileVisibility)]
pub enum VisibilityWord {
    /// Its owner, and whoever sees what it is attached to.
    Private,
    /// Anybody who has its address.
    Public,
}

/// Which edition of a file.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VariantWord {
    /// 200 × 200, filled.
    Thumb,
    /// Fits into 800 × 800.
    Small,
    /// As it is kept.
    Original,
}

/// The task and the thing that something is attached to.
const fn places(attached: Option<Attached>) -> (Option<i64>, Option<i64>) {
    match attached {
        Some(Attached::Task(task)) => (Some(task), None),
        Some(Attached::Owned(owned)) => (None, Some(owned.get())),
        None => (None, None),
    }
}

impl From<&File> for FileBody {
    fn from(file: &File) -> Self {
        let (task_id, product_id) = places(file.attached);
        Self {
            id: file.id.get(),
            owner_id: file.owner.get(),
            filename: file.name.as_str().to_owned(),
            r#type: file.kind.as_str(),
            mime_type: file.mime().to_owned(),
            size: file.size,
            sha256: file.hash.to_string(),
            width: file.pixels.map(|(width, _)| width),
            height: file.pixels.map(|(_, height)| height),
            product_id,
            task_id,
            visibility: file.visibility.as_str(),
            uploaded_at: file.uploaded_at.to_string(),
            updated_at: file.updated_at.to_string(),
            url: url(file),
            version: file.version,
            warnings: Vec::new(),
        }
    }
}

/// Where a file's content is.
pub fn url(file: &File) -> String {
    format!("/api/v1/files/{}/download", file.id)
}

/// `201` for a new file.
pub fn created(uploaded: &Uploaded) -> Reply {
    let Uploaded { file, warnings } = uploaded;
    let location = format!("/api/v1/files/{}", file.id);
    let warnings = warnings
        .iter()
        .map(|warning| WarningBody { code: warning.code, message: warning.message.clone() })
        .collect();
    let body = FileBody { warnings, ..FileBody::from(file) };
    Reply::created(body, location, Some(etag::of(file.version, "")))
}

/// What to change of a file.
#[derive(Debug, ToSchema)]
#[schema(as = files::UpdateFile, example = json!({"filename": "report 2026"}))]
pub struct UpdateFileBody {
    /// Its name; what it ends in must fit the content.
    #[schema(
        min_length = 1,
        max_length = 255,
        example = "report.pdf",
        required = false,
        nullable = false
    )]
    pub filename: Option<String>,
    /// What it is for.
    #[schema(required = false, nullable = false, value_type = KindWord)]
    pub r#type: Option<KindWord>,
    /// Who may read it; what is attached to a task or a product stays private.
    #[schema(required = false, nullable = false, value_type = VisibilityWord)]
    pub visibility: Option<VisibilityWord>,
}

/// Reads a change of a file.
pub fn update(body: &Body) -> Result<UpdateFile, Problem> {
    let mut fields = body.fields()?;
    let name = fields.keep("filename", string(filename));
    let kind = fields.keep("type", string(kind));
    let visibility = fields.keep("visibility", string(visibility));
    fields.finish(Some(UpdateFile { name, kind, visibility }))
}

fn filename(raw: &str) -> Result<FileName, Reason> {
    let trimmed = raw.trim();
    FileName::parse(trimmed).ok_or_else(|| {
        let tamed = FileName::tamed(trimmed);
        let message = format!(
            "must be a name of 1 to {} bytes that every system takes, such as `{}`",
            FileName::MAX,
            tamed.as_str()
        );
        ("files.filename_invalid", message)
    })
}

/// A new file, as a form.
#[derive(Debug, ToSchema)]
#[schema(as = files::UploadFile)]
pub struct UploadForm {
    /// What it is for; `attachment` when not said.
    // Swagger UI fills in the default; without one it would be the first of all kinds, which takes PDFs only.
    #[schema(default = "attachment")]
    pub r#type: Option<KindWord>,
    /// Who may read it; `private` when not said.
    #[schema(default = "private")]
    pub visibility: Option<VisibilityWord>,
    /// The content, with its name.
    #[schema(value_type = String, format = Binary)]
    pub file: Vec<u8>,
}

/// A file of something that is owned, as a form.
#[derive(Debug, ToSchema)]
#[schema(as = files::AttachFile)]
pub struct OwnedFileForm {
    /// What it is for; `attachment` when not said.
    // Swagger UI fills in the default; without one it would be the first of all kinds, which takes PDFs only.
    #[schema(default = "attachment")]
    pub r#type: Option<KindWord>,
    /// The content, with its name.
    #[schema(value_type = String, format = Binary)]
    pub file: Vec<u8>,
}

/// A file of a task, as a form.
#[derive(Debug, ToSchema)]
#[schema(as = files::AttachTaskFile)]
pub struct TaskFileForm {
    /// The content, with its name.
    #[schema(value_type = String, format = Binary)]
    pub file: Vec<u8>,
}

/// A picture, as a form.
#[derive(Debug, ToSchema)]
#[schema(as = files::UploadAvatar)]
pub struct PictureForm {
    /// JPEG, PNG, WebP or GIF.
    #[schema(value_type = String, format = Binary)]
    pub file: Vec<u8>,
}

/// The bytes of a file.
#[derive(Debug, ToSchema)]
#[schema(as = files::FileContent, value_type = String, format = Binary)]
pub struct ContentBytes(pub Vec<u8>);

/// An upload that may come in several requests.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::UploadSession)]
pub struct UploadBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// What the file will be called.
    #[schema(min_length = 1, max_length = 255, example = "report.pdf")]
    pub filename: String,
    /// What it will be for.
    #[schema(value_type = KindWord)]
    pub r#type: &'static str,
    /// Who will read it.
    #[schema(value_type = VisibilityWord)]
    pub visibility: &'static str,
    /// What the caller owns and it will be attached to.
    #[schema(minimum = 1)]
    pub product_id: Option<i64>,
    /// The task it will be attached to.
    #[schema(minimum = 1)]
    pub task_id: Option<i64>,
    /// Bytes of the whole.
    #[schema(minimum = 1, example = 12345)]
    pub length: u64,
    /// Bytes that are kept.
    #[schema(minimum = 0, example = 0)]
    pub offset: u64,
    /// What came of it.
    #[schema(minimum = 1)]
    pub file_id: Option<i64>,
    /// When it was begun.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub created_at: String,
    /// When it is forgotten unless more comes.
    #[schema(format = DateTime, example = "2026-11-22T08:00:00Z")]
    pub expires_at: String,
}

impl From<&UploadSession> for UploadBody {
    fn from(upload: &UploadSession) -> Self {
        let (task_id, product_id) = places(upload.attached);
        Self {
            id: upload.id.get(),
            filename: upload.name.as_str().to_owned(),
            r#type: upload.kind.as_str(),
            visibility: upload.visibility.as_str(),
            product_id,
            task_id,
            length: upload.length,
            offset: upload.received,
            file_id: upload.file.map(FileId::get),
            created_at: upload.created_at.to_string(),
            expires_at: upload.expires_at.to_string(),
        }
    }
}

/// Reads a type.
pub fn kind(raw: &str) -> Result<FileKind, Reason> {
    FileKind::parse(raw).ok_or_else(|| {
        let words: Vec<&str> = FileKind::ALL.iter().map(|kind| kind.as_str()).collect();
        ("files.type_unknown", format!("must be one of {}", words.join(", ")))
    })
}

/// Reads who may read a file.
pub fn visibility(raw: &str) -> Result<Visibility, Reason> {
    Visibility::parse(raw)
        .ok_or_else(|| ("files.visibility_unknown", "must be private or public".to_owned()))
}

/// Reads which edition.
pub fn edition(raw: &str) -> Result<files::service::Edition, Reason> {
    use files::service::Edition;
    if raw == "original" {
        return Ok(Edition::Original);
    }
    VariantName::parse(raw)
        .map(Edition::Variant)
        .ok_or_else(|| ("files.variant_unknown", "must be thumb, small or original".to_owned()))
}

/// Which files.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterParams {
    /// Of this type.
    #[param(nullable = false)]
    pub r#type: Option<KindWord>,
    /// Of this format.
    #[param(nullable = false, example = "application/pdf")]
    pub mime: Option<String>,
    /// Words that begin words of the name, or from three characters on are inside of them, in any
    /// order.
    #[param(min_length = 1, max_length = 200, nullable = false)]
    pub q: Option<String>,
    /// `uploaded_at, size, filename, id`, separated by commas, `-` in front for descending; ties go
    /// by id. Default `-uploaded_at`.
    #[param(nullable = false, example = "-uploaded_at")]
    pub sort: Option<String>,
}

/// Reads the filter; sight is the service's.
pub fn filter(call: &Call, query: &mut Query) -> Result<FileFilter, Problem> {
    let me = call.actor()?.user;
    let text = |q: &str| -> Result<SearchQuery, Reason> { search("files.search_invalid")(q) };
    let mime = |raw: &str| match (Media::parse(raw), TextName::parse(raw)) {
        (None, None) => {
            Err(("files.mime_unknown", "must be a media type that files here have".to_owned()))
        }
        known => Ok(known),
    };
    let kind = query.optional("type", kind);
    let (media, text_name) = query.optional("mime", mime).unwrap_or_default();
    Ok(FileFilter {
        kind,
        media,
        text_name,
        text: query.optional("q", text),
        ..FileFilter::all(VisibleTo::Of(me))
    })
}

/// A link that opens a file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::NewShareLink)]
pub struct NewShareBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// The link. It is shown this once.
    #[schema(example = "http://localhost:8080/api/v1/files/1/shared?exp=1795219200&sig=1.00")]
    pub url: String,
    /// When it ends.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// A link, without what opens the file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::ShareLink)]
pub struct ShareBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// Who made it.
    #[schema(minimum = 1, example = 1)]
    pub created_by: i64,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it ends.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

impl From<&Share> for ShareBody {
    fn from(share: &Share) -> Self {
        Self {
            id: share.id.get(),
            created_by: share.by.get(),
            created_at: share.created_at.to_string(),
            expires_at: share.expires_at.to_string(),
        }
    }
}

/// How long a link is good.
#[derive(Debug, ToSchema)]
#[schema(as = files::CreateShareLink, example = json!({"expires_in": 3600}))]
pub struct ShareRequestBody {
    /// Seconds, at most 30 days.
    #[schema(minimum = 1, maximum = 2_592_000)]
    pub expires_in: i64,
}

/// How a picture is fitted into a box.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = files::VariantFit)]
pub enum FitWord {
    /// As large as fits inside, nothing cut off.
    Inside,
    /// Fills the box; what juts out is cut off evenly.
    Cover,
}

/// What a picture is written in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = files::VariantFormat)]
pub enum FormatWord {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

/// How a picture is wanted. It is never enlarged.
#[derive(Debug, ToSchema)]
#[schema(as = files::CreateVariantLink, example = json!({"width": 640, "height": 480, "fit": "inside", "format": "webp"}))]
pub struct VariantRequestBody {
    /// Pixels across, at most.
    #[schema(minimum = 1, maximum = 2048)]
    pub width: i64,
    /// Pixels down, at most.
    #[schema(minimum = 1, maximum = 2048)]
    pub height: i64,
    /// How it is fitted into that box.
    pub fit: FitWord,
    /// What it is written in; that of the file when not said.
    pub format: Option<FormatWord>,
}

/// A link under which a picture is drawn.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = files::VariantLink)]
pub struct VariantLinkBody {
    /// The link.
    #[schema(
        example = "http://localhost:8080/api/v1/files/1/variant?w=640&h=480&fit=inside&format=webp&sig=00"
    )]
    pub url: String,
}
