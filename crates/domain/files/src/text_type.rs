//! Kinds of text beside those that have a format of their own, and how their characters are coded.

use kernel::words;

use crate::{media::Media, values::FileName};

words!(
    /// How the characters of a text are coded.
    Charset {
        /// UTF-8, and anything that is no text.
        Utf8 = 0 "utf-8",
        /// UTF-16 with a byte order mark.
        Utf16 = 1 "utf-16",
        /// Windows-1252, of which ISO 8859-1 is a part.
        Windows1252 = 2 "windows-1252",
    }
);

/// The media type of a text, such as `text/calendar`: what its uploader declared, or what its name
/// says. Never that of a known format, and never one that a browser renders or runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TextName(String);

/// Types outside of `text/` that are nothing but text.
const APPLICATIONS: [&str; 9] = [
    "application/sql",
    "application/x-sql",
    "application/toml",
    "application/yaml",
    "application/x-yaml",
    "application/x-subrip",
    "application/x-python",
    "application/x-tex",
    "application/ndjson",
];

/// Types that browsers render or run, or apply to pages.
const ACTIVE: [&str; 9] = [
    "text/html",
    "text/xml",
    "text/xsl",
    "text/css",
    "text/javascript",
    "text/ecmascript",
    "text/jscript",
    "text/livescript",
    "text/vbscript",
];

/// What names say where nothing is declared.
const BY_EXTENSION: [(&str, &str); 9] = [
    ("ics", "text/calendar"),
    ("ifb", "text/calendar"),
    ("tsv", "text/tab-separated-values"),
    ("vcf", "text/vcard"),
    ("sql", "application/sql"),
    ("py", "text/x-python"),
    ("toml", "application/toml"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
];

impl TextName {
    /// A media type in lower case, without parameters.
    pub fn parse(raw: &str) -> Option<Self> {
        let known = Media::parse(raw).is_some() || ACTIVE.contains(&raw);
        let subtype = raw.strip_prefix("text/").unwrap_or_default();
        let token =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "!#$&-^_.+".contains(c);
        let is_text = !subtype.is_empty() && raw.len() <= 100 && subtype.chars().all(token);
        let scripts = ["javascript", "ecmascript", "html", "xml"];
        let runs = scripts.iter().any(|script| subtype.contains(script));
        (!known && !runs && (is_text || APPLICATIONS.contains(&raw))).then(|| Self(raw.to_owned()))
    }

    /// The type of a text with this name that was declared as `declared`.
    pub fn of(declared: Option<&str>, name: &FileName) -> Option<Self> {
        let essence = declared
            .map(|raw| raw.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        match essence.as_deref() {
            None | Some("" | "application/octet-stream" | "text/plain") => {
                let extension = name.extension()?;
                let found = BY_EXTENSION.iter().find(|(known, _)| *known == extension)?;
                Self::parse(found.1)
            }
            Some(essence) => Self::parse(essence),
        }
    }

    /// The media type.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Finds out how the characters of a text are coded, as its bytes pass.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    utf8: Option<Utf8>,
    utf16: Option<Utf16>,
    windows: Option<Windows>,
    begun: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            utf8: Some(Utf8::default()),
            utf16: None,
            windows: Some(Windows::default()),
            begun: false,
        }
    }
}

impl Reader {
    /// More bytes. `head` is the beginning of the file, these among them.
    pub(crate) fn feed(&mut self, head: &[u8], bytes: &[u8]) {
        if !self.begun && head.len() >= 2 {
            self.begun = true;
            if let [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] = head {
                let mut utf16 = Utf16 { little: head.first() == Some(&0xFF), ..Utf16::default() };
                let before = head.len().saturating_sub(bytes.len());
                let fine = utf16.feed(head.get(..before.min(head.len())).unwrap_or_default());
                self.utf16 = fine.then_some(utf16);
            }
        }
        keep(&mut self.utf8, |one| one.feed(bytes));
        keep(&mut self.utf16, |one| one.feed(bytes));
        keep(&mut self.windows, |one| one.feed(bytes));
    }

    /// How all that passed is coded, if it is text.
    pub(crate) fn finish(&self) -> Option<Charset> {
        if self.utf8.as_ref().is_some_and(Utf8::is_whole) {
            Some(Charset::Utf8)
        } else if self.utf16.as_ref().is_some_and(Utf16::is_whole) {
            Some(Charset::Utf16)
        } else if self.windows.as_ref().is_some_and(Windows::is_plausible) {
            Some(Charset::Windows1252)
        } else {
            None
        }
    }
}

fn keep<T>(slot: &mut Option<T>, still: impl FnOnce(&mut T) -> bool) {
    if slot.as_mut().is_some_and(|one| !still(one)) {
        *slot = None;
    }
}

fn is_plain(c: char) -> bool {
    !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{85}')
}

#[derive(Debug, Clone, Default)]
struct Utf8 {
    /// The beginning of a character that the next bytes go on with.
    cut: Vec<u8>,
}

impl Utf8 {
    fn feed(&mut self, bytes: &[u8]) -> bool {
        let plain = |text: &str| text.chars().all(is_plain);
        let mut rest = bytes;
        while !self.cut.is_empty() {
            match std::str::from_utf8(&self.cut) {
                Ok(text) => {
                    if !plain(text) {
                        return false;
                    }
                    self.cut.clear();
                }
                Err(error) if error.error_len().is_some() || self.cut.len() >= 4 => return false,
                Err(_) => {
                    let Some((&byte, after)) = rest.split_first() else { return true };
                    self.cut.push(byte);
                    rest = after;
                }
            }
        }
        match std::str::from_utf8(rest) {
            Ok(text) => plain(text),
            Err(error) => {
                let (whole, tail) = rest.split_at_checked(error.valid_up_to()).unwrap_or_default();
                self.cut.extend_from_slice(tail);
                error.error_len().is_none() && std::str::from_utf8(whole).is_ok_and(plain)
            }
        }
    }

    fn is_whole(&self) -> bool {
        self.cut.is_empty()
            || std::str::from_utf8(&self.cut).is_ok_and(|text| text.chars().all(is_plain))
    }
}

#[derive(Debug, Clone, Default)]
struct Utf16 {
    little: bool,
    /// The first byte of a unit.
    half: Option<u8>,
    /// The first unit of a pair.
    high: Option<u16>,
}

impl Utf16 {
    fn feed(&mut self, bytes: &[u8]) -> bool {
        bytes.iter().all(|byte| match self.half.take() {
            None => {
                self.half = Some(*byte);
                true
            }
            Some(first) => {
                let pair = [first, *byte];
                self.unit(if self.little {
                    u16::from_le_bytes(pair)
                } else {
                    u16::from_be_bytes(pair)
                })
            }
        })
    }

    fn unit(&mut self, unit: u16) -> bool {
        match (self.high.take(), unit) {
            (None, 0xD800..=0xDBFF) => {
                self.high = Some(unit);
                true
            }
            (Some(_), 0xDC00..=0xDFFF) => true,
            (Some(_), _) | (None, 0xDC00..=0xDFFF) => false,
            (None, unit) => char::from_u32(u32::from(unit)).is_some_and(is_plain),
        }
    }

    const fn is_whole(&self) -> bool {
        self.half.is_none() && self.high.is_none()
    }
}

/// Any byte is something in Windows-1252, so a text must look like one: no controls, and not mostly
/// characters that are rare in every language.
#[derive(Debug, Clone, Default)]
struct Windows {
    bytes: u64,
    high: u64,
}

impl Windows {
    fn feed(&mut self, bytes: &[u8]) -> bool {
        self.bytes += bytes.len() as u64;
        self.high += bytes.iter().filter(|byte| **byte >= 0x80).count() as u64;
        bytes.iter().all(|byte| {
            !matches!(byte, 0..=8 | 0x0B | 0x0E..=0x1F | 0x7F | 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)
        })
    }

    const fn is_plausible(&self) -> bool {
        self.high * 2 <= self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charset(bytes: &[u8], size: usize) -> Option<Charset> {
        let mut reader = Reader::default();
        let mut head = Vec::new();
        for piece in bytes.chunks(size) {
            head.extend_from_slice(piece);
            reader.feed(&head, piece);
        }
        reader.finish()
    }

    #[test]
    fn three_codings_are_told_apart_whatever_the_pieces() {
        let units = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
        for size in [1, 2, 3, 5, 100] {
            assert_eq!(charset("Käse, 中文 🦀".as_bytes(), size), Some(Charset::Utf8));
            assert_eq!(charset(b"K\xe4se \x96 5 \x80", size), Some(Charset::Windows1252));
            assert_eq!(charset(&units("\u{feff}Käse, 中文 🦀"), size), Some(Charset::Utf16));
            assert_eq!(charset(&big("\u{feff}Käse, 中文 🦀"), size), Some(Charset::Utf16));
            assert_eq!(charset(&units("\u{feff}a\0b"), size), None, "a control");
            assert_eq!(charset(&units("\u{feff}abc")[..7], size), None, "half a character");
            assert_eq!(charset(&units("abc"), size), None, "without a mark");
            assert_eq!(charset(b"MZ\x90\0\x03", size), None);
            assert_eq!(charset(b"\xe4\xf6\xfc\xdf\xc4\xd6", size), None, "hardly a language");
        }
    }

    #[test]
    fn a_text_is_what_was_declared_unless_a_browser_would_run_it() {
        let of = |declared: Option<&str>, name: &str| {
            TextName::of(declared, &FileName::tamed(name)).map(|one| one.0)
        };
        assert_eq!(of(Some("Text/Calendar; charset=utf-8"), "x").as_deref(), Some("text/calendar"));
        assert_eq!(of(Some("text/x-python"), "x.py").as_deref(), Some("text/x-python"));
        assert_eq!(of(Some("application/x-sql"), "x.sql").as_deref(), Some("application/x-sql"));
        assert_eq!(of(None, "x.tsv").as_deref(), Some("text/tab-separated-values"));
        assert_eq!(of(Some("application/octet-stream"), "x.VCF").as_deref(), Some("text/vcard"));
        assert_eq!(of(None, "notes.txt"), None);
        for active in ["text/html", "text/javascript", "text/css", "text/x-javascript", "text/xml"]
        {
            assert_eq!(of(Some(active), "x"), None, "{active}");
        }
        assert_eq!(TextName::parse("text/a b"), None);
        assert_eq!(TextName::parse("text/plain"), None, "a format of its own");
    }
}
