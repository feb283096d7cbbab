//! What bytes are, whatever they are called. Bytes are looked at as they pass; of a file of any size
//! only its beginning is kept.

use crate::{media::Media, values::FileName};

/// Bytes of the beginning that are kept: the members of an office document begin in them.
const HEAD: usize = 64 * 1024;
/// Bytes after which the format of anything but archives and text is plain.
pub const ENOUGH: usize = 16;

/// What bytes turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniffed {
    /// A format that is known.
    Known(Media),
    /// Text that a browser would render or run: HTML, SVG, XML and their kin.
    Markup,
    /// Nothing at all.
    Empty,
    /// Anything else.
    Unknown,
}

/// Looks at bytes as they pass.
#[derive(Debug, Clone)]
pub struct Sniffer {
    head: Vec<u8>,
    /// The beginning of a character that the next bytes go on with.
    cut: Vec<u8>,
    text: bool,
}

impl Default for Sniffer {
    fn default() -> Self {
        Self { head: Vec::new(), cut: Vec::new(), text: true }
    }
}

impl Sniffer {
    /// More bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len());
        self.head.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        if self.text {
            self.text = self.still_text(bytes);
        }
    }

    /// The beginning, so far.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    fn still_text(&mut self, bytes: &[u8]) -> bool {
        let plain = |text: &str| {
            !text
                .chars()
                .any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{85}'))
        };
        let mut rest = bytes;
        // A character that was cut by the end of the last bytes is finished first.
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

    /// The format, when the beginning alone says it.
    pub fn by_magic(&self) -> Option<Media> {
        let head = self.head.as_slice();
        let at = |from: usize, magic: &[u8]| head.get(from..from + magic.len()) == Some(magic);
        Some(if at(0, b"\xff\xd8\xff") {
            Media::Jpeg
        } else if at(0, b"\x89PNG\r\n\x1a\n") {
            Media::Png
        } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
            Media::Gif
        } else if at(0, b"RIFF") && at(8, b"WEBP") {
            Media::WebP
        } else if at(0, b"RIFF") && at(8, b"WAVE") {
            Media::Wav
        } else if at(0, b"%PDF-") {
            Media::Pdf
        } else if at(0, b"fLaC") {
            Media::Flac
        } else if at(0, b"OggS") {
            Media::Ogg
        } else if at(0, b"ID3") || is_mpeg_frame(head) {
            Media::Mp3
        } else if at(4, b"ftyp") && is_mp4(head) {
            Media::M4a
        } else if at(0, b"\x1a\x45\xdf\xa3") && head.windows(4).take(64).any(|w| w == b"webm") {
            Media::Weba
        } else if at(0, b"PK\x03\x04") {
            archive(head)
        } else {
            return None;
        })
    }

    /// What it was, when all bytes have passed. A name only tells kinds of text apart.
    pub fn finish(&self, name: &FileName) -> Sniffed {
        if self.head.is_empty() {
            return Sniffed::Empty;
        }
        if let Some(media) = self.by_magic() {
            return Sniffed::Known(media);
        }
        if !self.text || !self.cut.is_empty() {
            return Sniffed::Unknown;
        }
        if is_markup(&self.head) {
            return Sniffed::Markup;
        }
        Sniffed::Known(match name.extension().as_deref() {
            Some("csv") => Media::Csv,
            Some("json") if looks_like_json(&self.head) => Media::Json,
            _ => Media::Text,
        })
    }
}

/// The header of a frame of MPEG audio layer III, without a tag before it.
fn is_mpeg_frame(head: &[u8]) -> bool {
    let [0xff, second, third, _, ..] = head else { return false };
    // Sync, version (not reserved), layer III; bit rate and sampling rate neither bad nor reserved.
    second & 0xe0 == 0xe0
        && second & 0x18 != 0x08
        && second & 0x06 == 0x02
        && !matches!(third >> 4, 0 | 15)
        && third & 0x0c != 0x0c
}

/// The brands of MPEG-4 that carry sound.
fn is_mp4(head: &[u8]) -> bool {
    const BRANDS: [&[u8]; 8] =
        [b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"iso5", b"dash"];
    head.get(8..12).is_some_and(|brand| BRANDS.contains(&brand))
}

/// The kind of an archive, by the names of its first members.
fn archive(head: &[u8]) -> Media {
    let mut rest = head;
    let mut office = false;
    while let Some(at) = rest.windows(4).position(|window| window == b"PK\x03\x04") {
        rest = rest.get(at..).unwrap_or_default();
        let length = rest.get(26..28).map_or(0, |two| match two {
            [low, high] => usize::from(*low) | usize::from(*high) << 8,
            _ => 0,
        });
        let extra = rest.get(28..30).map_or(0, |two| match two {
            [low, high] => usize::from(*low) | usize::from(*high) << 8,
            _ => 0,
        });
        let name = rest.get(30..30 + length).unwrap_or_default();
        let content = rest.get(30 + length + extra..).unwrap_or_default();
        if name == b"mimetype" {
            if content.starts_with(b"application/vnd.oasis.opendocument.text") {
                return Media::Odt;
            }
            if content.starts_with(b"application/vnd.oasis.opendocument.spreadsheet") {
                return Media::Ods;
            }
        }
        office |= name == b"[Content_Types].xml" || name.starts_with(b"_rels/");
        for (prefix, media) in [("word/", Media::Docx), ("xl/", Media::Xlsx), ("ppt/", Media::Pptx)]
        {
            if name.starts_with(prefix.as_bytes()) && office {
                return media;
            }
        }
        rest = rest.get(4..).unwrap_or_default();
    }
    Media::Zip
}

/// Text that a browser might render: it begins with a tag, or has one of the telling ones near its
/// beginning, where browsers look.
fn is_markup(head: &[u8]) -> bool {
    let near = head.get(..head.len().min(4096)).unwrap_or_default();
    let text = String::from_utf8_lossy(near).to_ascii_lowercase();
    let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    let begins = ["<?xml", "<!doctype", "<!--", "<html", "<svg", "<?php", "<%", "#!"];
    let has = [
        "<html",
        "<svg",
        "<script",
        "<iframe",
        "<body",
        "<head",
        "<object",
        "<embed",
        "<style",
        "<img",
        "<form",
        "<meta",
        "<link",
        "<base",
        "<video",
        "<audio",
        "javascript:",
    ];
    begins.iter().any(|tag| text.starts_with(tag)) || has.iter().any(|tag| text.contains(tag))
}

fn looks_like_json(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head.get(..head.len().min(64)).unwrap_or_default());
    text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '['])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sniffed(bytes: &[u8], name: &str) -> Sniffed {
        let mut sniffer = Sniffer::default();
        sniffer.feed(bytes);
        sniffer.finish(&FileName::tamed(name))
    }

    /// A local header of an archive, with a member that is stored.
    fn member(name: &str, content: &str) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
        bytes.extend((content.len() as u32).to_le_bytes());
        bytes.extend((content.len() as u32).to_le_bytes());
        bytes.extend((name.len() as u16).to_le_bytes());
        bytes.extend([0, 0]);
        bytes.extend(name.as_bytes());
        bytes.extend(content.as_bytes());
        bytes
    }

    #[test]
    fn formats_are_known_by_their_content() {
        let docx = [member("[Content_Types].xml", "<Types/>"), member("word/document.xml", "x")];
        let odt = member("mimetype", "application/vnd.oasis.opendocument.text");
        let fake = member("word/document.xml", "x");
        for (bytes, media) in [
            (b"\xff\xd8\xff\xe0rest".to_vec(), Media::Jpeg),
            (b"\x89PNG\r\n\x1a\nrest".to_vec(), Media::Png),
            (b"GIF89arest".to_vec(), Media::Gif),
            (b"RIFF....WEBPVP8 ".to_vec(), Media::WebP),
            (b"RIFF....WAVEfmt ".to_vec(), Media::Wav),
            (b"%PDF-1.7\n".to_vec(), Media::Pdf),
            (b"fLaC....".to_vec(), Media::Flac),
            (b"OggS....".to_vec(), Media::Ogg),
            (b"ID3\x04....".to_vec(), Media::Mp3),
            (b"\xff\xfb\x90\x44".to_vec(), Media::Mp3),
            (b"\0\0\0\x20ftypM4A ....".to_vec(), Media::M4a),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm".to_vec(), Media::Weba),
            (docx.concat(), Media::Docx),
            (odt, Media::Odt),
            (fake, Media::Zip),
            (b"hello".to_vec(), Media::Text),
        ] {
            assert_eq!(sniffed(&bytes, "x"), Sniffed::Known(media), "{media:?}");
        }
        assert_eq!(sniffed(b"a,b\n1,2\n", "x.csv"), Sniffed::Known(Media::Csv));
        assert_eq!(sniffed(b" {\"a\": 1}", "x.json"), Sniffed::Known(Media::Json));
        assert_eq!(sniffed(b"no json", "x.json"), Sniffed::Known(Media::Text));
    }

    #[test]
    fn what_a_browser_would_render_is_markup() {
        for text in [
            "<!DOCTYPE html><p>x",
            "\u{feff}  <svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            "<?xml version=\"1.0\"?><x/>",
            "harmless?\n<ScRiPt>alert(1)</ScRiPt>",
            "#!/bin/sh\nrm -rf /",
            "<!-- --><html>",
        ] {
            assert_eq!(sniffed(text.as_bytes(), "x.txt"), Sniffed::Markup, "{text}");
        }
        assert_eq!(sniffed(b"1 < 2 and 3 > 2", "x.txt"), Sniffed::Known(Media::Text));
    }

    #[test]
    fn what_is_neither_is_unknown() {
        assert_eq!(sniffed(b"", "x.txt"), Sniffed::Empty);
        assert_eq!(sniffed(b"MZ\x90\0\x03", "x.exe"), Sniffed::Unknown);
        assert_eq!(sniffed(b"\x7fELF\x02", "x"), Sniffed::Unknown);
        assert_eq!(sniffed(b"text\0with nul", "x.txt"), Sniffed::Unknown);
        assert_eq!(sniffed(b"cut \xe2\x82", "x.txt"), Sniffed::Unknown);
        assert_eq!(sniffed(b"latin \xe9t\xe9", "x.txt"), Sniffed::Unknown);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(text in "\\PC{0,60}", cuts in proptest::collection::vec(1_usize..5, 0..80)) {
            let bytes = text.as_bytes();
            let mut sniffer = Sniffer::default();
            let mut rest = bytes;
            for cut in cuts.into_iter().chain([usize::MAX]) {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                sniffer.feed(piece);
                rest = after;
            }
            prop_assert_eq!(sniffer.finish(&FileName::tamed("x")), sniffed(bytes, "x"));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = sniffed(&bytes, "x.txt");
            let _ = sniffed(&[b"PK\x03\x04".as_slice(), &bytes].concat(), "x");
        }
    }
}
