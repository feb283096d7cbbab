//! The text of a CSV file: what separates its cells, and on which line of an editor a row begins.

use std::io::{Chain, Cursor, Read};

use csv::{ByteRecord, Reader};

/// Bytes of a head at most.
const HEAD: usize = 64 * 1024;

/// A file whose head was looked at.
pub(super) struct Opened<R> {
    /// The whole file, which ends with a line break.
    pub(super) text: Chain<Chain<Cursor<Vec<u8>>, R>, &'static [u8]>,
    /// What separates cells: the separator that the head has most of.
    pub(super) separator: u8,
    /// Where rows begin.
    pub(super) lines: Lines,
}

/// Counts lines. The reader says where the blank lines before a row begin, not the row.
pub(super) struct Lines {
    /// The reader is still on a row's last line when it has read it: a carriage return ended it.
    stays: bool,
}

/// Looks at the head of a file.
pub(super) fn open<R: Read>(mut source: R) -> std::io::Result<Opened<R>> {
    let mut head = Vec::new();
    let mut piece = [0; 4096];
    let end = loop {
        if let Some(end) = head.iter().position(|byte| *byte == b'\n') {
            break end;
        }
        let count = source.read(&mut piece)?;
        if count == 0 || head.len() >= HEAD {
            break head.len();
        }
        head.extend_from_slice(piece.get(..count).unwrap_or_default());
    };
    let first = head.get(..end).unwrap_or_default();
    let stays = first.ends_with(b"\r");
    let mut quoted = false;
    let mut counts = [0_usize; 3];
    for byte in first {
        quoted ^= *byte == b'"';
        let [commas, semicolons, tabs] = &mut counts;
        match byte {
            b',' if !quoted => *commas += 1,
            b';' if !quoted => *semicolons += 1,
            b'\t' if !quoted => *tabs += 1,
            _ => {}
        }
    }
    let [commas, semicolons, tabs] = counts;
    let separator = if tabs > commas.max(semicolons) {
        b'\t'
    } else if semicolons > commas {
        b';'
    } else {
        b','
    };
    let last: &'static [u8] = if stays { b"\r\n" } else { b"\n" };
    Ok(Opened {
        text: Cursor::new(head).chain(source).chain(last),
        separator,
        lines: Lines { stays },
    })
}

impl Lines {
    /// The line on which the record begins that was read last.
    pub(super) fn of<R: Read>(&mut self, reader: &Reader<R>, record: &ByteRecord) -> u64 {
        let inside = record.iter().flatten().filter(|byte| **byte == b'\n').count() as u64;
        let below = inside + u64::from(!self.stays);
        reader.position().line().saturating_sub(below).max(1)
    }
}
