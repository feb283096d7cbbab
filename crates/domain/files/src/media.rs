//! The formats that are known. What is not known is not kept, so that nobody can be served what
//! nobody looked at.

use kernel::words;

use crate::{
    outbound::PictureFormat,
    text_type::TextName,
    values::{FileKind, FileName},
};

words!(
    /// A format, known by its content.
    Media {
        /// JPEG.
        Jpeg = 0 "image/jpeg",
        /// PNG.
        Png = 1 "image/png",
        /// WebP.
        WebP = 2 "image/webp",
        /// GIF.
        Gif = 3 "image/gif",
        /// PDF.
        Pdf = 4 "application/pdf",
        /// Word.
        Docx = 5 "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        /// Excel.
        Xlsx = 6 "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        /// PowerPoint.
        Pptx = 7 "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        /// OpenDocument text.
        Odt = 8 "application/vnd.oasis.opendocument.text",
        /// OpenDocument spreadsheet.
        Ods = 9 "application/vnd.oasis.opendocument.spreadsheet",
        /// An archive.
        Zip = 10 "application/zip",
        /// Text.
        Text = 11 "text/plain",
        /// Comma-separated values.
        Csv = 12 "text/csv",
        /// JSON.
        Json = 13 "application/json",
        /// MP3.
        Mp3 = 14 "audio/mpeg",
        /// FLAC.
        Flac = 15 "audio/flac",
        /// Ogg.
        Ogg = 16 "audio/ogg",
        /// WAV.
        Wav = 17 "audio/wav",
        /// MPEG-4 audio.
        M4a = 18 "audio/mp4",
        /// Matroska or WebM audio.
        Weba = 19 "audio/webm",
    }
);

impl Media {
    /// The extensions that names of such files have, the usual one first.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Png => &["png"],
            Self::WebP => &["webp"],
            Self::Gif => &["gif"],
            Self::Pdf => &["pdf"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
            Self::Pptx => &["pptx"],
            Self::Odt => &["odt"],
            Self::Ods => &["ods"],
            Self::Zip => &["zip"],
            Self::Text => &["txt", "text", "md", "log"],
            Self::Csv => &["csv"],
            Self::Json => &["json"],
            Self::Mp3 => &["mp3"],
            Self::Flac => &["flac"],
            Self::Ogg => &["ogg", "oga", "opus"],
            Self::Wav => &["wav"],
            Self::M4a => &["m4a", "mp4"],
            Self::Weba => &["weba", "webm"],
        }
    }

    /// Other names of the same format that clients use.
    const fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["image/jpg", "image/pjpeg"],
            Self::Pdf => &["application/x-pdf"],
            Self::Zip => &["application/x-zip-compressed", "application/x-zip"],
            Self::Text => &["text/markdown", "text/x-markdown"],
            Self::Csv => &["application/csv", "application/vnd.ms-excel", "text/plain"],
            Self::Json => &["text/json", "text/plain"],
            Self::Mp3 => &["audio/mp3"],
            Self::Flac => &["audio/x-flac"],
            Self::Ogg => &["application/ogg", "audio/opus"],
            Self::Wav => &["audio/x-wav", "audio/wave", "audio/vnd.wave"],
            Self::M4a => &["audio/x-m4a", "audio/m4a", "video/mp4", "audio/aac"],
            Self::Weba => &["video/webm"],
            _ => &[],
        }
    }

    /// As a picture that can be drawn.
    pub const fn picture(self) -> Option<PictureFormat> {
        match self {
            Self::Jpeg => Some(PictureFormat::Jpeg),
            Self::Png => Some(PictureFormat::Png),
            Self::WebP => Some(PictureFormat::WebP),
            Self::Gif => Some(PictureFormat::Gif),
            _ => None,
        }
    }

    /// The format of a picture.
    pub const fn of_picture(format: PictureFormat) -> Self {
        match format {
            PictureFormat::Jpeg => Self::Jpeg,
            PictureFormat::Png => Self::Png,
            PictureFormat::WebP => Self::WebP,
            PictureFormat::Gif => Self::Gif,
        }
    }

    const fn is_audio(self) -> bool {
        matches!(self, Self::Mp3 | Self::Flac | Self::Ogg | Self::Wav | Self::M4a | Self::Weba)
    }

    const fn is_readable(self) -> bool {
        !self.is_audio() && self.picture().is_none() && !matches!(self, Self::Zip)
    }

    /// True when a file of this kind may have this format.
    pub const fn fits(self, kind: FileKind) -> bool {
        match kind {
            FileKind::Image | FileKind::Avatar => self.picture().is_some(),
            FileKind::Audio => self.is_audio(),
            FileKind::Document => self.is_readable(),
            FileKind::Manual | FileKind::Warranty | FileKind::Invoice => {
                self.is_readable() || self.picture().is_some()
            }
            FileKind::Export => self.is_readable() || matches!(self, Self::Zip),
            FileKind::Attachment => true,
        }
    }

    /// What a person calls it.
    const fn label(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
            Self::Pdf => "PDF",
            Self::Docx => "DOCX",
            Self::Xlsx => "XLSX",
            Self::Pptx => "PPTX",
            Self::Odt => "ODT",
            Self::Ods => "ODS",
            Self::Zip => "ZIP",
            Self::Text => "text (UTF-8, UTF-16 or Windows-1252)",
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Mp3 => "MP3",
            Self::Flac => "FLAC",
            Self::Ogg => "Ogg",
            Self::Wav => "WAV",
            Self::M4a => "M4A",
            Self::Weba => "WebM audio",
        }
    }

    /// A sentence that lists the formats of a file of this kind.
    pub fn kept_as(kind: FileKind) -> String {
        let formats = Self::ALL.iter().filter(|media| media.fits(kind)).map(|media| media.label());
        let formats: Vec<&str> = formats.collect();
        format!("A file of the type `{}` can be {}.", kind.as_str(), formats.join(", "))
    }

    /// What is wrong with a claim about content of this format: the media type that a client
    /// declared, or the extension of the name. What claims nothing is never wrong.
    pub fn contradicts(self, declared: Option<&str>, name: &FileName) -> Option<String> {
        let essence = declared
            .map(|raw| raw.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        if let Some(essence) = essence
            && !essence.is_empty()
            && essence != "application/octet-stream"
            && essence != self.as_str()
            && !(self == Self::Text && TextName::parse(&essence).is_some())
            && !self.aliases().contains(&essence.as_str())
        {
            return Some(format!("it is declared as {essence}"));
        }
        let extension = name.extension()?;
        // Only what names a format claims anything: `report.final` does not.
        let claims = Self::ALL.iter().any(|media| media.extensions().contains(&extension.as_str()))
            || ACTIVE.contains(&extension.as_str());
        if claims && !self.extensions().contains(&extension.as_str()) {
            return Some(format!("its name ends in .{extension}"));
        }
        None
    }
}

/// Extensions that a system may run or a browser may render; no format of ours has them.
const ACTIVE: [&str; 33] = [
    "apk", "app", "bat", "bin", "chm", "cmd", "com", "cpl", "dll", "dmg", "exe", "hta", "htm",
    "html", "iso", "jar", "js", "lnk", "mjs", "msi", "php", "ps1", "reg", "scr", "sh", "shtml",
    "svg", "svgz", "vbs", "wsf", "xhtml", "xht", "xml",
];

/// True when a name ends in something that a system may run or a browser may render.
pub fn is_active(name: &FileName) -> bool {
    name.extension().is_some_and(|extension| ACTIVE.contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(raw: &str) -> FileName {
        FileName::tamed(raw)
    }

    #[test]
    fn claims_must_fit_and_silence_is_no_claim() {
        assert_eq!(Media::Pdf.contradicts(Some("application/pdf; x=y"), &name("a.PDF")), None);
        assert_eq!(Media::Pdf.contradicts(None, &name("a")), None);
        assert_eq!(Media::Pdf.contradicts(Some("application/octet-stream"), &name("a.b")), None);
        assert!(Media::Pdf.contradicts(Some("image/png"), &name("a.pdf")).is_some());
        assert!(Media::Pdf.contradicts(None, &name("a.png")).is_some());
        assert!(Media::Text.contradicts(None, &name("a.html")).is_some());
        assert!(Media::Jpeg.contradicts(Some("image/jpg"), &name("a.jpeg")).is_none());
        assert!(is_active(&name("a.SVG")) && !is_active(&name("svg")));
    }

    #[test]
    fn every_format_has_words_and_fits_somewhere() {
        for media in Media::ALL {
            assert_eq!(Media::parse(media.as_str()), Some(*media));
            assert_eq!(Media::from_rank(media.rank()), Some(*media));
            assert!(media.fits(FileKind::Attachment) && !media.extensions().is_empty());
        }
        assert!(!Media::Zip.fits(FileKind::Document) && !Media::Pdf.fits(FileKind::Avatar));
    }
}
