//! `files.*`, `images.*`, `pdf.*`: how large files may be, how long what nobody needs is kept, and how
//! much is drawn and typeset at once.

use std::path::PathBuf;

use super::{reader::Reader, size};

/// 1 TiB: more than any one file here.
const MOST: u64 = 1 << 40;

/// `files.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesConfig {
    /// Bytes of a file of most types, and of every picture.
    pub max_file_bytes: u64,
    /// Bytes of a document.
    pub max_document_bytes: u64,
    /// Bytes of an audio file.
    pub max_audio_bytes: u64,
    /// Bytes of all files of one person; 0: as many as there is room for.
    pub quota_bytes: u64,
    /// Pixels of the longer edge that pictures are scaled down to.
    pub max_edge: u32,
    /// How long bytes without a row are left alone.
    pub orphan_grace_seconds: u64,
    /// How long an upload in several requests is kept after its last bytes.
    pub upload_ttl_seconds: u64,
    /// Where ClamAV's daemon is; nothing is looked at for malware when it is nothing.
    pub clamd: Option<ClamdAt>,
}

pub(super) fn files(reader: &mut Reader) -> FilesConfig {
    let max_edge = reader.number("files.max_edge", 4096, 16, 8192);
    FilesConfig {
        max_file_bytes: reader.number("files.max_file_bytes", 10 << 20, 1, 1 << 30),
        max_document_bytes: reader.number("files.max_document_bytes", 50 << 20, 1, MOST),
        max_audio_bytes: reader.number("files.max_audio_bytes", 200 << 20, 1, MOST),
        quota_bytes: reader.number("files.quota_bytes", 1 << 30, 0, MOST << 20),
        max_edge: u32::try_from(max_edge).unwrap_or(4096),
        orphan_grace_seconds: reader.number("files.orphan_grace_seconds", 3600, 10, 31_536_000),
        clamd: reader.optional("files.clamd_url", clamd_at),
        upload_ttl_seconds: reader.number("files.upload_ttl_seconds", 86_400, 1, 31_536_000),
    }
}

/// Where ClamAV's daemon is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClamdAt {
    /// `host:port`.
    Tcp(String),
    /// A socket of this machine.
    Unix(PathBuf),
}

fn clamd_at(raw: &str) -> Result<ClamdAt, &'static str> {
    if let Some(path) = raw.strip_prefix("unix://").filter(|path| path.starts_with('/')) {
        return Ok(ClamdAt::Unix(PathBuf::from(path)));
    }
    let address = raw.strip_prefix("tcp://").unwrap_or_default();
    match address.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
            Ok(ClamdAt::Tcp(address.to_owned()))
        }
        _ => Err("must be like tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl"),
    }
}

/// `images.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagesConfig {
    /// Pixels of a picture that is read, across times down.
    pub max_pixels: u64,
    /// Bytes of memory that reading one may need.
    pub max_bytes: u64,
    /// Bytes of memory that all pictures and documents together may need; a quarter of the memory of
    /// the process when not set.
    pub memory_bytes: Option<u64>,
    /// How many are drawn at once.
    pub places: usize,
    /// How many may wait for that.
    pub queue: usize,
    /// How well JPEG is written, 1 to 100.
    pub jpeg_quality: u8,
    /// How well WebP is written, 1 to 100.
    pub webp_quality: u8,
}

pub(super) fn images(reader: &mut Reader) -> ImagesConfig {
    let quality = |number| u8::try_from(number).unwrap_or(80);
    ImagesConfig {
        max_pixels: reader.number("images.max_pixels", 50_000_000, 1, 1 << 30),
        max_bytes: reader.number("images.max_bytes", 512 << 20, 1 << 20, 1 << 34),
        memory_bytes: Some(reader.number("images.memory_bytes", 0, 0, 1 << 40))
            .filter(|bytes| *bytes > 0),
        places: size(reader.number("images.places", 2, 1, 256)),
        queue: size(reader.number("images.queue", 64, 0, 10_000)),
        jpeg_quality: quality(reader.number("images.jpeg_quality", 82, 1, 100)),
        webp_quality: quality(reader.number("images.webp_quality", 80, 1, 100)),
    }
}

/// `pdf.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PdfConfig {
    /// How many documents are typeset at once.
    pub places: usize,
    /// How many may wait for that.
    pub queue: usize,
    /// Folders of fonts that are preferred to those of the system.
    pub font_dirs: Vec<PathBuf>,
}

pub(super) fn pdf(reader: &mut Reader) -> PdfConfig {
    PdfConfig {
        font_dirs: reader.list("pdf.font_dirs", |raw| {
            let folder = PathBuf::from(raw);
            if folder.is_absolute() { Ok(folder) } else { Err("must be an absolute path") }
        }),
        places: size(reader.number("pdf.places", 2, 1, 256)),
        queue: size(reader.number("pdf.queue", 32, 0, 10_000)),
    }
}
