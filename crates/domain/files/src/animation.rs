//! Whether a picture moves. Only its first picture is kept, and its uploader hears of it.

use crate::outbound::PictureFormat;

/// True when the picture has more than one frame. What cannot be read does not move.
pub fn is_animated(bytes: &[u8], format: PictureFormat) -> bool {
    match format {
        PictureFormat::Jpeg => false,
        PictureFormat::Png => png(bytes),
        PictureFormat::WebP => webp(bytes),
        PictureFormat::Gif => gif(bytes).unwrap_or(false),
    }
}

/// A chunk `acTL` before the pixels.
fn png(bytes: &[u8]) -> bool {
    let mut chunks = bytes.get(8..).unwrap_or_default();
    while let [a, b, c, d, name @ ..] = chunks {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        match name.get(..4) {
            Some(b"acTL") => return true,
            None | Some(b"IDAT") => return false,
            Some(_) => chunks = chunks.get(length.saturating_add(12)..).unwrap_or_default(),
        }
    }
    false
}

/// The flag of the extended header.
fn webp(bytes: &[u8]) -> bool {
    bytes.get(12..16) == Some(b"VP8X") && bytes.get(20).is_some_and(|flags| flags & 0x02 != 0)
}

/// A second image descriptor.
fn gif(bytes: &[u8]) -> Option<bool> {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at = 13 + table(*bytes.get(10)?);
    let mut frames = 0;
    loop {
        match *bytes.get(at)? {
            0x21 => at = behind_blocks(bytes, at + 2)?,
            0x2C => {
                frames += 1;
                if frames > 1 {
                    return Some(true);
                }
                at = behind_blocks(bytes, at + 11 + table(*bytes.get(at + 9)?))?;
            }
            _ => return Some(false),
        }
    }
}

/// The place behind a row of blocks, each with its length before it.
fn behind_blocks(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        match usize::from(*bytes.get(at)?) {
            0 => return Some(at + 1),
            length => at += 1 + length,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gif_of(frames: usize) -> Vec<u8> {
        let mut bytes = b"GIF89a\x01\0\x01\0\x80\0\0".to_vec();
        bytes.extend([0; 6]);
        for _ in 0..frames {
            bytes.extend([0x21, 0xF9, 4, 0, 1, 0, 0, 0]);
            bytes.extend([0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 0x2C, 0]);
        }
        bytes.push(0x3B);
        bytes
    }

    #[test]
    fn more_than_one_frame_is_an_animation() {
        assert!(!is_animated(&gif_of(1), PictureFormat::Gif));
        assert!(is_animated(&gif_of(2), PictureFormat::Gif));
        assert!(!is_animated(b"GIF89a that moves about", PictureFormat::Gif));
        let webp = |flags: u8| [&b"RIFF....WEBPVP8X\x0a\0\0\0"[..], &[flags, 0, 0, 0]].concat();
        assert!(is_animated(&webp(0x12), PictureFormat::WebP));
        assert!(!is_animated(&webp(0x10), PictureFormat::WebP));
        let chunk = |name: &[u8; 4]| [&[0, 0, 0, 0][..], name, &[0; 4]].concat();
        let png = |chunks: &[Vec<u8>]| [&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat();
        assert!(is_animated(&png(&[chunk(b"IHDR"), chunk(b"acTL")]), PictureFormat::Png));
        assert!(!is_animated(
            &png(&[chunk(b"IHDR"), chunk(b"IDAT"), chunk(b"acTL")]),
            PictureFormat::Png
        ));
        for end in 0..gif_of(2).len() {
            let _ = is_animated(&gif_of(2)[..end], PictureFormat::Gif);
        }
    }
}
