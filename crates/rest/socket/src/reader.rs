//! Reads the client's frames (RFC 6455 §5). What is refused is refused by the header, before any byte of
//! its payload is kept.

use bytes::{Buf as _, Bytes};

use crate::{close, frame::Opcode};

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Text(String),
    Binary(Bytes),
    /// A part of a message that isn't its last.
    Fragment,
    Ping(Vec<u8>),
    Pong,
    /// A close frame with its code, if it has one.
    Close(Option<u16>),
}

/// Why the connection fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
}

const fn broken(reason: &'static str) -> Violation {
    Violation { code: close::PROTOCOL, reason }
}

const NOT_UTF8: Violation = Violation { code: close::NOT_UTF8, reason: "not UTF-8" };
const TOO_LARGE: Violation =
    Violation { code: close::TOO_LARGE, reason: "the message is too large" };
const UNSUPPORTED: Violation = Violation { code: close::UNSUPPORTED, reason: "only text is taken" };

/// The longest payload of a control frame (RFC 6455 §5.5).
const MAX_CONTROL: u64 = 125;

/// The longest header: two bytes, eight of length, four of mask.
const MAX_HEADER: usize = 14;

/// A header, complete but not judged.
#[derive(Debug, Clone, Copy)]
struct Header {
    first: u8,
    masked: bool,
    mask: [u8; 4],
    length: u64,
    /// Whether the length is encoded in the fewest bytes.
    minimal: bool,
}

impl Header {
    /// How many bytes a header has that begins so; `None` while that is unknown.
    fn size(head: &[u8]) -> Option<usize> {
        let second = *head.get(1)?;
        let length = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        Some(2 + length + if second & 0x80 != 0 { 4 } else { 0 })
    }

    /// Reads a header of which every byte is there.
    fn parse(mut head: &[u8]) -> Self {
        let (first, second) = (head.get_u8(), head.get_u8());
        let (length, minimal) = match second & 0x7f {
            126 => {
                let length = u64::from(head.get_u16());
                (length, length > 125)
            }
            127 => {
                let length = head.get_u64();
                (length, length > 0xffff)
            }
            short => (u64::from(short), true),
        };
        let masked = second & 0x80 != 0;
        let mask = if masked { head.get_u32().to_be_bytes() } else { [0; 4] };
        Self { first, masked, mask, length, minimal }
    }

    const fn is_last(self) -> bool {
        self.first & 0x80 != 0
    }
}

/// A frame whose payload is being read.
#[derive(Debug, Clone, Copy)]
struct Open {
    opcode: Opcode,
    last: bool,
    mask: [u8; 4],
    /// Bytes of the payload that are still to come.
    left: u64,
}

/// A message whose fragments are being read.
#[derive(Debug)]
struct Message {
    opcode: Opcode,
    payload: Vec<u8>,
    /// How much of a text is known to be UTF-8.
    valid: usize,
}

/// Reads frames from chunks that are cut anywhere.
pub(crate) struct Reader {
    max_message: usize,
    binary: bool,
    head: [u8; MAX_HEADER],
    /// Bytes of `head` that have arrived.
    have: usize,
    frame: Option<Open>,
    message: Option<Message>,
    control: Vec<u8>,
    /// Whether the last frame is a close frame.
    closing: bool,
}

impl Reader {
    /// For messages of at most `max_message` bytes, fragments taken together.
    pub(crate) fn new(max_message: usize, binary: bool) -> Self {
        Self {
            max_message,
            binary,
            head: [0; MAX_HEADER],
            have: 0,
            frame: None,
            message: None,
            control: Vec::new(),
            closing: false,
        }
    }

    /// Whether the client has sent a close frame, be it a faulty one: no other will come.
    pub(crate) const fn is_closing(&self) -> bool {
        self.closing
    }

    /// Takes bytes off `chunk` up to the next item; `None` when there aren't enough. After a fault only
    /// [`Self::skip`] may follow.
    pub(crate) fn next(&mut self, chunk: &mut Bytes) -> Result<Option<Item>, Violation> {
        loop {
            let Some(frame) = self.frame else {
                let Some(header) = self.header(chunk) else { return Ok(None) };
                self.closing = Opcode::of(header.first) == Some(Opcode::Close);
                // A fault leaves the frame open, so that its payload can be skipped.
                self.frame = Some(Open {
                    opcode: Opcode::of(header.first).unwrap_or(Opcode::Pong),
                    last: header.is_last(),
                    mask: header.mask,
                    left: header.length,
                });
                self.judge(header)?;
                continue;
            };
            if frame.left > 0 && chunk.is_empty() {
                return Ok(None);
            }
            let take = usize::try_from(frame.left).unwrap_or(usize::MAX).min(chunk.len());
            let part = chunk.split_to(take);
            let left = frame.left - take as u64;
            let mut mask = frame.mask;
            mask.rotate_left(take % 4);
            self.frame = Some(Open { mask, left, ..frame });
            if frame.opcode.is_control() {
                unmask(&part, frame.mask, &mut self.control);
                if left == 0 {
                    self.frame = None;
                    let payload = std::mem::take(&mut self.control);
                    return control(frame.opcode, payload).map(Some);
                }
            } else {
                self.keep(&part, frame.mask)?;
                if left == 0 {
                    self.frame = None;
                    let item = if frame.last { self.finish()? } else { Item::Fragment };
                    return Ok(Some(item));
                }
            }
        }
    }

    /// Skips frames unread, by their headers, up to the client's close frame. True once it has begun.
    pub(crate) fn skip(&mut self, chunk: &mut Bytes) -> bool {
        (self.message, self.control) = (None, Vec::new());
        loop {
            if let Some(frame) = self.frame {
                let take = usize::try_from(frame.left).unwrap_or(usize::MAX).min(chunk.len());
                chunk.advance(take);
                let left = frame.left - take as u64;
                if left > 0 {
                    self.frame = Some(Open { left, ..frame });
                    return false;
                }
                self.frame = None;
            }
            let Some(header) = self.header(chunk) else { return false };
            let opcode = Opcode::of(header.first).unwrap_or(Opcode::Pong);
            if opcode == Opcode::Close {
                return true;
            }
            let (last, mask, left) = (header.is_last(), header.mask, header.length);
            self.frame = Some(Open { opcode, last, mask, left });
        }
    }

    /// Completes the header of the next frame.
    fn header(&mut self, chunk: &mut Bytes) -> Option<Header> {
        loop {
            let known = self.head.get(..self.have).unwrap_or_default();
            let size = Header::size(known).unwrap_or(2);
            if self.have == size {
                let header = Header::parse(known);
                self.have = 0;
                return Some(header);
            }
            let take = (size - self.have).min(chunk.len());
            if take == 0 {
                return None;
            }
            let part = chunk.split_to(take);
            if let Some(place) = self.head.get_mut(self.have..self.have + take) {
                place.copy_from_slice(&part);
            }
            self.have += take;
        }
    }

    /// Whether a frame with this header may come now. Opens the message that a first fragment begins.
    fn judge(&mut self, header: Header) -> Result<(), Violation> {
        if header.first & 0x70 != 0 {
            return Err(broken("reserved bits are set"));
        }
        let Some(opcode) = Opcode::of(header.first) else {
            return Err(broken("the opcode is reserved"));
        };
        if !header.masked {
            return Err(broken("the frame isn't masked"));
        }
        if !header.minimal || header.length >> 63 != 0 {
            return Err(broken("the length isn't encoded in the fewest bytes"));
        }
        if opcode.is_control() {
            return match () {
                () if !header.is_last() => Err(broken("a control frame is fragmented")),
                () if header.length > MAX_CONTROL => Err(broken("a control frame is too long")),
                () => Ok(()),
            };
        }
        let before = match (&self.message, opcode) {
            (None, Opcode::Continuation) => return Err(broken("there is nothing to continue")),
            (None, Opcode::Binary) if !self.binary => return Err(UNSUPPORTED),
            (None, _) => 0,
            (Some(message), Opcode::Continuation) => message.payload.len(),
            (Some(_), _) => return Err(broken("a message begins inside another")),
        };
        if header.length > self.max_message.saturating_sub(before) as u64 {
            return Err(TOO_LARGE);
        }
        if self.message.is_none() {
            self.message = Some(Message { opcode, payload: Vec::new(), valid: 0 });
        }
        Ok(())
    }

    /// Keeps a part of the message that is being read. A text that can't become UTF-8 any more fails
    /// here, before its end arrives.
    fn keep(&mut self, part: &[u8], mask: [u8; 4]) -> Result<(), Violation> {
        let Some(message) = &mut self.message else { return Ok(()) };
        unmask(part, mask, &mut message.payload);
        if message.opcode == Opcode::Text {
            let new = message.payload.get(message.valid..).unwrap_or_default();
            match std::str::from_utf8(new) {
                Ok(new) => message.valid += new.len(),
                Err(error) if error.error_len().is_none() => message.valid += error.valid_up_to(),
                Err(_) => return Err(NOT_UTF8),
            }
        }
        Ok(())
    }

    /// The message, which has ended.
    fn finish(&mut self) -> Result<Item, Violation> {
        let message = self.message.take().ok_or_else(|| broken("there is no message"))?;
        match message.opcode {
            Opcode::Text => {
                String::from_utf8(message.payload).map(Item::Text).map_err(|_| NOT_UTF8)
            }
            _ => Ok(Item::Binary(message.payload.into())),
        }
    }
}

fn unmask(part: &[u8], mask: [u8; 4], into: &mut Vec<u8>) {
    into.extend(part.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

fn control(opcode: Opcode, payload: Vec<u8>) -> Result<Item, Violation> {
    match opcode {
        Opcode::Ping => Ok(Item::Ping(payload)),
        Opcode::Close => match payload.as_slice() {
            [] => Ok(Item::Close(None)),
            [high, low, reason @ ..] => {
                let code = u16::from_be_bytes([*high, *low]);
                if !close::is_valid(code) {
                    return Err(broken("the close code isn't valid"));
                }
                std::str::from_utf8(reason).map_err(|_| NOT_UTF8)?;
                Ok(Item::Close(Some(code)))
            }
            [_] => Err(broken("half a close code")),
        },
        _ => Ok(Item::Pong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

    /// A frame of a client, in the fewest bytes.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![first];
        match payload.len() {
            length @ 0..=125 => bytes.push(0x80 | length as u8),
            length @ 126..=0xffff => {
                bytes.push(0xfe);
                bytes.extend((length as u16).to_be_bytes());
            }
            length => {
                bytes.push(0xff);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        bytes.extend(MASK);
        unmask(payload, MASK, &mut bytes);
        bytes
    }

    /// The items of these bytes, read in pieces of `piece` bytes, and the fault behind them.
    fn read(bytes: &[u8], piece: usize) -> (Vec<Item>, Option<u16>) {
        let (mut reader, mut items) = (Reader::new(1000, true), Vec::new());
        for piece in bytes.chunks(piece) {
            let mut chunk = Bytes::copy_from_slice(piece);
            loop {
                match reader.next(&mut chunk) {
                    Ok(Some(Item::Fragment)) => {}
                    Ok(Some(item)) => items.push(item),
                    Ok(None) => break,
                    Err(fault) => return (items, Some(fault.code)),
                }
            }
            assert!(chunk.is_empty());
        }
        (items, None)
    }

    #[test]
    fn frames_are_read_wherever_they_are_cut() {
        let mut bytes = frame(0x81, "héllo".as_bytes());
        bytes.extend(frame(0x01, "a€".as_bytes().get(..2).unwrap()));
        bytes.extend(frame(0x89, b"ping"));
        bytes.extend(frame(0x00, &"a€".as_bytes()[2..]));
        bytes.extend(frame(0x80, &[b'x'; 300]));
        bytes.extend(frame(0x82, &[7; 200]));
        bytes.extend(frame(0x8a, b""));
        bytes.extend(frame(0x81, b""));
        bytes.extend(frame(0x88, b"\x03\xe8bye"));
        let expected = [
            Item::Text("héllo".to_owned()),
            Item::Ping(b"ping".to_vec()),
            Item::Text(format!("a€{}", "x".repeat(300))),
            Item::Binary(Bytes::from_static(&[7; 200])),
            Item::Pong,
            Item::Text(String::new()),
            Item::Close(Some(1000)),
        ];
        for piece in [1, 2, 3, 5, 7, 64, 10_000] {
            let (items, fault) = read(&bytes, piece);
            assert_eq!((items.as_slice(), fault), (&expected[..], None), "pieces of {piece}");
        }
    }

    #[test]
    fn what_is_refused_is_refused_by_its_header() {
        let header_only = |bytes: &[u8]| read(bytes, 1);
        for (bytes, code, why) in [
            (&[0x91_u8, 0x80, 0, 0, 0, 0][..], 1002, "a reserved bit"),
            (&[0x83, 0x80, 0, 0, 0, 0], 1002, "a reserved opcode"),
            (&[0x8b, 0x80, 0, 0, 0, 0], 1002, "a reserved control opcode"),
            (&[0x81, 0x05], 1002, "no mask"),
            (&[0x81, 0xfe, 0, 5, 0, 0, 0, 0], 1002, "a length in too many bytes"),
            (&[0x81, 0xff, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0], 1002, "the same"),
            (&[0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1002, "a negative length"),
            (&[0x09, 0x80, 0, 0, 0, 0], 1002, "a fragmented ping"),
            (&[0x89, 0xfe, 0, 200, 0, 0, 0, 0], 1002, "a long ping"),
            (&[0x80, 0x80, 0, 0, 0, 0], 1002, "nothing to continue"),
            (&[0x81, 0xfe, 3, 0xe9, 0, 0, 0, 0], 1009, "a byte too many"),
            (&[0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], 1009, "4 GiB"),
        ] {
            assert_eq!(header_only(bytes), (vec![], Some(code)), "{why}");
        }
        let mut twice = frame(0x01, b"a");
        twice.extend(frame(0x81, b"b"));
        assert_eq!(read(&twice, 3), (vec![], Some(1002)), "a message inside another");
        let mut together = frame(0x01, &[b'x'; 600]);
        together.extend([0x80, 0xfe, 1, 0x91, 0, 0, 0, 0]);
        assert_eq!(read(&together, 3), (vec![], Some(1009)), "fragments count together");
    }

    #[test]
    fn binary_is_refused_where_only_text_is_taken() {
        let mut reader = Reader::new(1000, false);
        let fault = reader.next(&mut Bytes::from_static(&[0x82, 0x85, 0, 0, 0, 0])).unwrap_err();
        assert_eq!(fault.code, 1003);
    }

    #[test]
    fn text_that_cannot_become_utf8_fails_before_its_end() {
        let mut bytes = frame(0x01, b"a\xf4");
        bytes.extend(frame(0x00, b"\x90"));
        assert_eq!(read(&bytes, 1), (vec![], Some(1007)));
        let cut_off = frame(0x81, "a€".as_bytes().get(..3).unwrap());
        assert_eq!(read(&cut_off, 100), (vec![], Some(1007)), "the end is missing");
    }

    #[test]
    fn close_frames_are_checked() {
        for (payload, expected) in [
            (&b""[..], Ok(None)),
            (b"\x03\xe8", Ok(Some(1000))),
            (b"\x0f\xa0why", Ok(Some(4000))),
            (b"\x03", Err(1002)),
            (b"\x03\xe7", Err(1002)),
            (b"\x03\xed", Err(1002)),
            (b"\x03\xee", Err(1002)),
            (b"\x03\xf7", Err(1002)),
            (b"\x13\x88", Err(1002)),
            (b"\x03\xe8\xff", Err(1007)),
        ] {
            let (items, fault) = read(&frame(0x88, payload), 100);
            match expected {
                Ok(code) => assert_eq!((items, fault), (vec![Item::Close(code)], None)),
                Err(code) => assert_eq!((items, fault), (vec![], Some(code)), "{payload:?}"),
            }
        }
    }

    #[test]
    fn skipping_ends_at_the_close_frame() {
        let mut reader = Reader::new(10, true);
        let mut large = Bytes::from(frame(0x81, &[b'x'; 200]));
        let mut tail = large.split_off(100);
        assert_eq!(reader.next(&mut large).unwrap_err().code, 1009);
        assert!(!reader.skip(&mut large) && !reader.skip(&mut tail));
        assert!(!reader.skip(&mut Bytes::from(frame(0x89, b"ping"))));
        let close = frame(0x88, b"\x03\xe8");
        assert!(!reader.skip(&mut Bytes::copy_from_slice(&close[..3])));
        assert!(reader.skip(&mut Bytes::copy_from_slice(&close[3..])));
    }
}
