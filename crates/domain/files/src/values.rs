//! The values a file is made of. Each is parsed once, at the door.

use std::fmt::{self, Display};

pub use kernel::FileId;
use kernel::{id, words};

id!(
    /// Content that one or more files have.
    BlobId
);
id!(
    /// A link by which a file is shared.
    ShareId
);
id!(
    /// An upload that may come in several requests.
    UploadId
);

words!(
    /// What a file is for. It says how large the file may be and which formats it may have.
    FileKind {
        /// How something is used.
        Manual = 0 "manual",
        /// What a maker promises.
        Warranty = 1 "warranty",
        /// What was paid.
        Invoice = 2 "invoice",
        /// A picture.
        Image = 3 "image",
        /// Anything to read.
        Document = 4 "document",
        /// Anything to hear.
        Audio = 5 "audio",
        /// A picture of a person.
        Avatar = 6 "avatar",
        /// Anything else; the default.
        Attachment = 7 "attachment",
        /// Data that was taken out of here.
        Export = 8 "export",
    }
);
impl FileKind {
    /// True for what is to be read: manuals, warranties, invoices and documents.
    pub const fn is_to_be_read(self) -> bool {
        matches!(self, Self::Manual | Self::Warranty | Self::Invoice | Self::Document)
    }
}

words!(
    /// Who may read a file.
    Visibility {
        /// Its owner, and whoever sees what it is attached to.
        Private = 0 "private",
        /// Anybody who has its address.
        Public = 1 "public",
    }
);
words!(
    /// A smaller edition of a picture, made once and kept.
    VariantName {
        /// 200 × 200, filled.
        Thumb = 0 "thumb",
        /// Fits into 800 × 800.
        Small = 1 "small",
    }
);

/// SHA-256 of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash([u8; 32]);

impl Hash {
    /// Of these bytes, which are a hash already.
    pub const fn of(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hexadecimal digits.
    pub fn parse(raw: &str) -> Option<Self> {
        let mut bytes = [0_u8; 32];
        if raw.len() != 64 || !raw.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        {
            return None;
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(raw.get(index * 2..index * 2 + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The name of a file as people see it: no path, nothing that a terminal, a file system or a reader
/// would take for something else, 1–255 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileName(String);

/// Names that Windows keeps for devices, whatever their extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

impl FileName {
    /// The greatest number of bytes.
    pub const MAX: usize = 255;

    /// Makes a name of whatever a client sent: the last part of a path, without what cannot stand
    /// in a name, cut to what fits, and `file` when nothing is left.
    pub fn tamed(raw: &str) -> Self {
        let base = raw.rsplit(['/', '\\']).next().unwrap_or_default();
        let kept: String = base
            .chars()
            .map(|c| if c.is_whitespace() { ' ' } else { c })
            .filter(|c| !is_unfit(*c))
            .collect();
        let name = kept.trim().trim_end_matches(['.', ' ']).trim_start_matches([' ', '~']);
        let name = if name.trim_matches('.').is_empty() { "file" } else { name };
        let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
        let port = |prefix: &str| {
            stem.strip_prefix(prefix).is_some_and(|rest| {
                rest.chars().count() == 1 && rest.chars().all(|c| "0123456789¹²³".contains(c))
            })
        };
        let device = DEVICES.contains(&stem.as_str()) || port("com") || port("lpt");
        let name = if device { format!("_{name}") } else { name.to_owned() };
        Self(shortened(name))
    }

    /// A name as a store keeps it: one that taming leaves as it is.
    pub fn parse(raw: &str) -> Option<Self> {
        let tamed = Self::tamed(raw);
        (tamed.0 == raw).then_some(tamed)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind the last dot, in lower case; nothing when that is the whole name.
    pub fn extension(&self) -> Option<String> {
        let (stem, extension) = self.0.rsplit_once('.')?;
        let plain = !stem.is_empty() && !extension.is_empty() && extension.len() <= 10;
        plain.then(|| extension.to_ascii_lowercase())
    }

    /// The same name with this extension in place of its own.
    pub fn with_extension(&self, extension: &str) -> Self {
        let stem = match self.extension() {
            Some(_) => self.0.rsplit_once('.').map_or(self.0.as_str(), |(stem, _)| stem),
            None => &self.0,
        };
        Self::tamed(&format!("{stem}.{extension}"))
    }
}

/// Control characters, those that turn the direction of writing or are not seen, and those that
/// some file system or shell takes for syntax.
fn is_unfit(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}' | '\u{e0000}'..='\u{e007f}')
        || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '/' | '\\')
}

/// Cuts a name to its bytes, before its extension.
fn shortened(name: String) -> String {
    if name.len() <= FileName::MAX {
        return name;
    }
    let (stem, end) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 10 && !stem.is_empty() => {
            (stem, format!(".{extension}"))
        }
        _ => (name.as_str(), String::new()),
    };
    let room = FileName::MAX - end.len();
    let cut = (0..=room).rev().find(|at| stem.is_char_boundary(*at)).unwrap_or(0);
    let stem = stem.get(..cut).unwrap_or_default().trim_end_matches(['.', ' ']);
    let name = format!("{stem}{end}");
    if stem.is_empty() { "file".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_tamed() {
        for (raw, name) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ada\\Grüße 🦀.txt", "Grüße 🦀.txt"),
            ("a\0b\r\nc.txt", "ab  c.txt"),
            ("evil\u{202e}fdp.exe", "evilfdp.exe"),
            ("", "file"),
            ("..", "file"),
            ("/", "file"),
            (" . ", "file"),
            ("CON", "_CON"),
            ("nul.tar.gz", "_nul.tar.gz"),
            ("com1.txt", "_com1.txt"),
            ("lpt¹", "_lpt¹"),
            ("company.txt", "company.txt"),
            (".bashrc", ".bashrc"),
            ("a<b>\"c\".txt", "abc.txt"),
            ("trailing. . ", "trailing"),
        ] {
            assert_eq!(FileName::tamed(raw).as_str(), name, "{raw:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension() {
        let name = FileName::tamed(&format!("{}.docx", "ü".repeat(300)));
        assert!(name.as_str().len() <= FileName::MAX && name.as_str().ends_with("ü.docx"));
        assert_eq!(name.extension().as_deref(), Some("docx"));
        assert_eq!(name.with_extension("png").extension().as_deref(), Some("png"));
    }

    #[test]
    fn hashes_lead_back() {
        let hash = Hash::of([0xa5; 32]);
        assert_eq!(Hash::parse(&hash.to_string()), Some(hash));
        assert_eq!(Hash::parse(&"A5".repeat(32)), None);
        assert_eq!(Hash::parse("a5"), None);
    }

    proptest! {
        #[test]
        fn a_tamed_name_stays_as_it_is(raw in ".{0,400}") {
            let name = FileName::tamed(&raw);
            prop_assert!((1..=FileName::MAX).contains(&name.as_str().len()));
            prop_assert!(!name.as_str().contains(['/', '\\', '\0', '\n', '"']));
            prop_assert_eq!(FileName::parse(name.as_str()), Some(name.clone()));
        }
    }
}
