//! What bytes are, whatever they are called. Bytes are looked at as they pass; of a file of any size
//! only its beginning is kept.

use crate::{
    film,
    media::Media,
    text_type::{Charset, Reader},
    values::FileName,
};

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
    /// A film, which is no sound.
    Film,
    /// A picture as telephones write them.
    Heic,
    /// Nothing at all.
    Empty,
    /// Anything else.
    Unknown,
}

/// Looks at bytes as they pass.
#[derive(Debug, Clone, Default)]
pub struct Sniffer {
    head: Vec<u8>,
    text: Reader,
    tracks: film::Tracks,
}

impl Sniffer {
    /// More bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len());
        self.head.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        self.text.feed(&self.head, bytes);
        self.tracks.feed(bytes);
    }

    /// The beginning, so far.
    pub fn head(&self) -> &[u8] {
        &self.head
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

    /// How the characters of a text are coded, when all bytes have passed.
    pub fn charset(&self) -> Charset {
        self.text.finish().unwrap_or(Charset::Utf8)
    }

    /// True for a film in a format that carries sound, too.
    fn is_film(&self, media: Media) -> bool {
        match media {
            Media::M4a => {
                // Books have pictures of their chapters.
                let book = matches!(self.head.get(8..12), Some(b"M4A " | b"M4B "));
                !book && self.tracks.is_film()
            }
            Media::Weba => film::is_webm_film(&self.head),
            Media::Ogg => film::is_ogg_film(&self.head),
            _ => false,
        }
    }

    /// What it was, when all bytes have passed. A name only tells kinds of text apart.
    pub fn finish(&self, name: &FileName) -> Sniffed {
        if self.head.is_empty() {
            return Sniffed::Empty;
        }
        match self.by_magic() {
            Some(media) if self.is_film(media) => return Sniffed::Film,
            Some(media) => return Sniffed::Known(media),
            None if film::is_heic(&self.head) => return Sniffed::Heic,
            None if film::is_film(&self.head) => return Sniffed::Film,
            None => {}
        }
        let Some(charset) = self.text.finish() else { return Sniffed::Unknown };
        if is_markup(&self.head, charset, name) {
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
fn is_markup(head: &[u8], charset: Charset, name: &FileName) -> bool {
    let near = head.get(..head.len().min(4096)).unwrap_or_default();
    let text = match charset {
        // The bytes of all tags are the same in both.
        Charset::Utf8 | Charset::Windows1252 => String::from_utf8_lossy(near),
        Charset::Utf16 => utf16(near).into(),
    };
    let text = text.to_ascii_lowercase();
    // A browser does not run these, and a name that says so claims nothing else.
    let source = matches!(name.extension().as_deref(), Some("py" | "rb" | "pl" | "awk"));
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
    begins.iter().any(|tag| text.starts_with(tag) && !(source && *tag == "#!"))
        || has.iter().any(|tag| text.contains(tag))
}

fn utf16(bytes: &[u8]) -> String {
    let little = bytes.first() == Some(&0xFF);
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [a, b] if little => u16::from_le_bytes([*a, *b]),
        [a, b] => u16::from_be_bytes([*a, *b]),
        _ => 0,
    });
    char::decode_utf16(units).map(|one| one.unwrap_or('\u{fffd}')).collect()
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
            (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm\x86\x86A_OPUS".to_vec(), Media::Weba),
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
        assert_eq!(sniffed(b"#!/usr/bin/env python3\n", "x.py"), Sniffed::Known(Media::Text));
        let hidden = "\u{feff}x <script>alert(1)</script>".encode_utf16();
        let hidden: Vec<u8> = hidden.flat_map(u16::to_le_bytes).collect();
        assert_eq!(sniffed(&hidden, "x.txt"), Sniffed::Markup);
    }

    #[test]
    fn what_is_neither_is_unknown() {
        assert_eq!(sniffed(b"", "x.txt"), Sniffed::Empty);
        assert_eq!(sniffed(b"MZ\x90\0\x03", "x.exe"), Sniffed::Unknown);
        assert_eq!(sniffed(b"\x7fELF\x02", "x"), Sniffed::Unknown);
        assert_eq!(sniffed(b"text\0with nul", "x.txt"), Sniffed::Unknown);
        assert_eq!(sniffed(b"\x81 and \x8d are nothing", "x.txt"), Sniffed::Unknown);
    }

    #[test]
    fn text_of_the_west_and_of_two_bytes_is_text() {
        let utf16: Vec<u8> = "\u{feff}été".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, charset) in [
            (&b"latin \xe9t\xe9"[..], Charset::Windows1252),
            (&utf16, Charset::Utf16),
            ("été".as_bytes(), Charset::Utf8),
        ] {
            let mut sniffer = Sniffer::default();
            sniffer.feed(bytes);
            assert_eq!(sniffer.finish(&FileName::tamed("x")), Sniffed::Known(Media::Text));
            assert_eq!(sniffer.charset(), charset);
        }
    }

    #[test]
    fn films_and_pictures_of_telephones_have_words_of_their_own() {
        let handler = b"\0\0\0\x30moov\0\0\0\x28hdlr\0\0\0\0\0\0\0\0vide............";
        let mp4 = [&b"\0\0\0\x10ftypisom...."[..], handler].concat();
        for film in [
            &mp4[..],
            b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm\x86\x85V_VP9",
            b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska",
            b"OggS............\x80theora",
            b"RIFF....AVI LIST",
            b"\0\0\0\x14ftypqt  ....",
        ] {
            assert_eq!(sniffed(film, "x"), Sniffed::Film, "{film:?}");
        }
        assert_eq!(sniffed(b"\0\0\0\x18ftypheic....", "x.heic"), Sniffed::Heic);
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
