//! A text as a QR code in a PNG, small enough to travel in a JSON answer.
//!
//! A PNG of two colours is a head, the rows and an end, each with a check sum; that is less to write
//! than a library for all pictures is to take along.

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, Crc, write::ZlibEncoder};
use qrcodegen::{QrCode, QrCodeEcc};

/// Pixels a module.
const SCALE: u32 = 5;
/// Modules of white around the code (ISO/IEC 18004 asks for four).
const QUIET: i32 = 4;

/// A text as a `data:` URL of a PNG; `None` when it is too long for a QR code.
pub fn data_url(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    Some(format!("data:image/png;base64,{}", STANDARD.encode(png(&code)?)))
}

fn png(code: &QrCode) -> Option<Vec<u8>> {
    let modules = code.size() + 2 * QUIET;
    let side = u32::try_from(modules).ok()? * SCALE;
    let mut head = Vec::new();
    head.extend_from_slice(&side.to_be_bytes());
    head.extend_from_slice(&side.to_be_bytes());
    // One bit a pixel, grey, and the only ways there are to compress, filter and order.
    head.extend_from_slice(&[1, 0, 0, 0, 0]);
    let mut rows = ZlibEncoder::new(Vec::new(), Compression::best());
    for y in 0..modules {
        let row = row(code, y - QUIET, modules);
        for _ in 0..SCALE {
            rows.write_all(&row).ok()?;
        }
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &head);
    chunk(&mut png, b"IDAT", &rows.finish().ok()?);
    chunk(&mut png, b"IEND", &[]);
    Some(png)
}

/// A row of pixels, the leftmost in the highest bit, after the byte that says it is not filtered.
fn row(code: &QrCode, y: i32, modules: i32) -> Vec<u8> {
    // Outside of the code `get_module` says white.
    let white = (0..modules).flat_map(|x| {
        let white = !code.get_module(x - QUIET, y);
        (0..SCALE).map(move |_| white)
    });
    let pixels: Vec<bool> = white.collect();
    let bits = |eight: &[bool]| {
        let byte = eight.iter().fold(0_u8, |byte, white| byte << 1 | u8::from(*white));
        byte << (8 - eight.len())
    };
    std::iter::once(0).chain(pixels.chunks(8).map(bits)).collect()
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    png.extend_from_slice(&length.to_be_bytes());
    let mut sum = Crc::new();
    for part in [kind.as_slice(), data] {
        sum.update(part);
        png.extend_from_slice(part);
    }
    png.extend_from_slice(&sum.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::ZlibDecoder;

    use super::*;

    /// Reads a picture of ours: its side and its pixels, row by row, true for black.
    fn read(png: &[u8]) -> (usize, Vec<Vec<bool>>) {
        let mut rest = png.strip_prefix(b"\x89PNG\r\n\x1a\n").unwrap();
        let mut chunks = Vec::new();
        while !rest.is_empty() {
            let length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
            let mut sum = Crc::new();
            sum.update(&rest[4..8 + length]);
            assert_eq!(sum.sum().to_be_bytes(), rest[8 + length..12 + length]);
            chunks.push((&rest[4..8], &rest[8..8 + length]));
            rest = &rest[12 + length..];
        }
        let kinds: Vec<&[u8]> = chunks.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [b"IHDR", b"IDAT", b"IEND"]);
        let side = u32::from_be_bytes(chunks[0].1[..4].try_into().unwrap()) as usize;
        let mut bytes = Vec::new();
        ZlibDecoder::new(chunks[1].1).read_to_end(&mut bytes).unwrap();
        let width = 1 + side.div_ceil(8);
        assert_eq!(bytes.len(), side * width);
        let black = |row: &[u8], x: usize| row[1 + x / 8] >> (7 - x % 8) & 1 == 0;
        let rows = bytes.chunks(width).map(|row| (0..side).map(|x| black(row, x)).collect());
        (side, rows.collect())
    }

    #[test]
    fn every_module_is_where_it_belongs_with_white_around() {
        let text =
            "otpauth://totp/alveole:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=alveole";
        let url = data_url(text).unwrap();
        let png = STANDARD.decode(url.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        let (side, rows) = read(&png);
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
        let scale = SCALE as usize;
        assert_eq!(side, (code.size() + 2 * QUIET) as usize * scale);
        for (y, row) in rows.iter().enumerate() {
            for (x, black) in row.iter().enumerate() {
                let module = |pixel: usize| (pixel / scale) as i32 - QUIET;
                assert_eq!(*black, code.get_module(module(x), module(y)), "{x} {y}");
            }
        }
    }

    #[test]
    fn the_longest_names_still_make_a_small_picture() {
        let issuer = "x".repeat(60);
        let text = format!(
            "otpauth://totp/{issuer}:{}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
            "y".repeat(50),
            "Z".repeat(32)
        );
        let url = data_url(&text).unwrap();
        assert!(url.len() <= 4096, "{}", url.len());
        assert!(data_url(&"x".repeat(3000)).is_none());
    }
}
