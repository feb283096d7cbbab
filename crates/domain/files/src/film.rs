//! Tells films from sound in the formats that carry both. Bytes are looked at as they pass, because
//! an MPEG-4 file may describe its tracks behind its samples.

/// Bytes around the type of a track's handler: `hdlr`, version and flags, a reserved field, the type.
const HANDLER: usize = 16;

/// Looks for a track of pictures among the boxes of an MPEG-4 file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tracks {
    /// The head of the next box, as far as it has come.
    head: Vec<u8>,
    /// Bytes of the present box that are still to come, and whether it describes tracks.
    left: u64,
    describes: bool,
    /// The last bytes of a description.
    tail: Vec<u8>,
    film: bool,
}

impl Tracks {
    /// More bytes.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() && !self.film {
            if self.left == 0 {
                rest = self.begin(rest);
                continue;
            }
            let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest.len());
            let (inside, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            if self.describes {
                self.look(inside);
            }
            self.left = self.left.saturating_sub(count as u64);
            rest = after;
        }
    }

    /// True when a track of pictures was described.
    pub(crate) const fn is_film(&self) -> bool {
        self.film
    }

    /// Reads the head of a box; gives the bytes behind it.
    fn begin<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let wanted = if self.head.starts_with(&[0, 0, 0, 1]) { 16 } else { 8 };
        let count = (wanted - self.head.len().min(wanted)).min(bytes.len());
        let (more, after) = bytes.split_at_checked(count).unwrap_or((bytes, &[]));
        self.head.extend_from_slice(more);
        let (size, length) = match self.head.as_slice() {
            [0, 0, 0, 1, _, _, _, _, long @ ..] => {
                let Ok(long) = long.try_into() else { return after };
                (u64::from_be_bytes(long), 16)
            }
            // To the end of the file.
            [0, 0, 0, 0, _, _, _, _] => (u64::MAX, 8),
            [a, b, c, d, _, _, _, _] => (u64::from(u32::from_be_bytes([*a, *b, *c, *d])), 8),
            _ => return after,
        };
        self.describes = self.head.get(4..8) == Some(b"moov");
        self.tail.clear();
        // What is shorter than its own head is no box; nothing behind it can be read.
        self.left = size.checked_sub(length).unwrap_or(u64::MAX);
        self.head.clear();
        after
    }

    fn look(&mut self, bytes: &[u8]) {
        let kept = self.tail.len();
        self.tail.extend_from_slice(bytes.get(..HANDLER.min(bytes.len())).unwrap_or_default());
        let shows = |window: &[u8]| window.starts_with(b"hdlr") && window.ends_with(b"vide");
        self.film = self.tail.windows(HANDLER).any(shows) || bytes.windows(HANDLER).any(shows);
        self.tail.truncate(kept);
        let last = bytes.get(bytes.len().saturating_sub(HANDLER - 1)..).unwrap_or_default();
        self.tail.extend_from_slice(last);
        let surplus = self.tail.len().saturating_sub(HANDLER - 1);
        self.tail.drain(..surplus);
    }
}

/// True when the beginning of a WebM file names a codec of pictures.
pub(crate) fn is_webm_film(head: &[u8]) -> bool {
    head.windows(4).any(|window| matches!(window, [0x86, 0x80..=0xFE, b'V', b'_']))
}

/// True when the beginning of an Ogg file names a codec of pictures.
pub(crate) fn is_ogg_film(head: &[u8]) -> bool {
    let codecs: [&[u8]; 3] = [b"\x80theora", b"OVP80", b"BBCD\0"];
    codecs.iter().any(|codec| head.windows(codec.len()).any(|window| window == *codec))
}

/// True for formats that carry nothing but films here.
pub(crate) fn is_film(head: &[u8]) -> bool {
    let at = |from: usize, magic: &[u8]| head.get(from..from + magic.len()) == Some(magic);
    at(0, b"\x1a\x45\xdf\xa3")
        || at(0, b"RIFF") && at(8, b"AVI ")
        || at(0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11")
        || at(0, b"FLV\x01")
        || at(0, &[0, 0, 1, 0xBA])
        || at(4, b"ftyp")
            && [&b"qt  "[..], b"M4V ", b"3gp4", b"3gp5", b"3g2a"].iter().any(|b| at(8, b))
}

/// True for pictures as telephones write them.
pub(crate) fn is_heic(head: &[u8]) -> bool {
    const BRANDS: [&[u8]; 7] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"];
    head.get(4..8) == Some(b"ftyp") && head.get(8..12).is_some_and(|brand| BRANDS.contains(&brand))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(name: &[u8; 4], inside: &[u8]) -> Vec<u8> {
        let size = u32::try_from(inside.len() + 8).unwrap().to_be_bytes();
        [&size[..], name, inside].concat()
    }

    fn handler(kind: &[u8; 4]) -> Vec<u8> {
        boxed(b"hdlr", &[&[0; 8][..], kind, b"name"].concat())
    }

    fn is_film_in_pieces(bytes: &[u8], size: usize) -> bool {
        let mut tracks = Tracks::default();
        bytes.chunks(size).for_each(|piece| tracks.feed(piece));
        tracks.is_film()
    }

    #[test]
    fn a_track_of_pictures_is_found_before_and_behind_the_samples() {
        let ftyp = boxed(b"ftyp", b"isom....");
        let sound = boxed(b"moov", &handler(b"soun"));
        let film = boxed(b"moov", &[handler(b"soun"), handler(b"vide")].concat());
        // Samples that look like a description.
        let mdat = boxed(b"mdat", &[&[7; 300][..], &film].concat());
        for size in [1, 2, 3, 7, 15, 16, 17, 64, 10_000] {
            for (bytes, expected) in [
                ([&ftyp[..], &sound, &mdat].concat(), false),
                ([&ftyp[..], &film, &mdat].concat(), true),
                ([&ftyp[..], &mdat, &film].concat(), true),
                ([&ftyp[..], &mdat, &sound].concat(), false),
                ([&ftyp[..], &[0, 0, 0, 3], b"junk", &film].concat(), false),
            ] {
                assert_eq!(is_film_in_pieces(&bytes, size), expected, "{size}");
            }
        }
        let long = [&[0, 0, 0, 1][..], b"mdat", &24_u64.to_be_bytes(), &[0; 8]].concat();
        assert!(is_film_in_pieces(&[&ftyp[..], &long, &film].concat(), 5));
    }
}
