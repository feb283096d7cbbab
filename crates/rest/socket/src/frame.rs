//! Frames that the server sends.

use bytes::Bytes;
use serde::Serialize;

/// What a frame carries (RFC 6455 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

impl Opcode {
    /// None for an opcode that is reserved.
    pub(crate) const fn of(byte: u8) -> Option<Self> {
        Some(match byte & 0x0f {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    pub(crate) const fn is_control(self) -> bool {
        self as u8 & 8 != 0
    }
}

/// A frame of the server, encoded once: header and payload, unmasked (RFC 6455 §5.1). A clone shares
/// the bytes, so that a message to a thousand sockets is in memory once.
#[derive(Debug, Clone)]
pub struct Frame {
    bytes: Bytes,
    header: u8,
}

impl Frame {
    /// A text message.
    pub fn text(text: &str) -> Self {
        Self::encode(Opcode::Text, text.as_bytes())
    }

    /// A text message of JSON. A value that cannot be serialized, such as a map whose keys are no texts,
    /// is `null`; a derived `Serialize` has none.
    pub fn json<T: Serialize>(value: &T) -> Self {
        let text = serde_json::to_vec(value);
        debug_assert!(text.is_ok(), "a frame cannot be serialized: {:?}", text.err());
        Self::encode(Opcode::Text, text.as_deref().unwrap_or(b"null"))
    }

    /// A binary message.
    pub fn binary(bytes: &[u8]) -> Self {
        Self::encode(Opcode::Binary, bytes)
    }

    /// Bytes on the wire.
    #[expect(clippy::len_without_is_empty, reason = "a frame has a header at least")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// What is behind the header.
    pub fn payload(&self) -> &[u8] {
        self.bytes.get(usize::from(self.header)..).unwrap_or_default()
    }

    /// A ping without a payload.
    pub(crate) fn ping() -> Self {
        Self::encode(Opcode::Ping, &[])
    }

    pub(crate) fn pong(payload: &[u8]) -> Self {
        Self::encode(Opcode::Pong, payload)
    }

    /// A close frame with a status code and a reason of at most 123 bytes; without a code it is empty
    /// (RFC 6455 §5.5.1).
    pub(crate) fn close(code: Option<u16>, reason: &str) -> Self {
        let Some(code) = code else { return Self::encode(Opcode::Close, &[]) };
        let mut end = reason.len().min(123);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        let mut payload = code.to_be_bytes().to_vec();
        payload.extend_from_slice(reason.get(..end).unwrap_or_default().as_bytes());
        Self::encode(Opcode::Close, &payload)
    }

    fn encode(opcode: Opcode, payload: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(payload.len() + 10);
        bytes.push(0x80 | opcode as u8);
        match payload.len() {
            length @ 0..=125 => bytes.push(length as u8),
            length @ 126..=0xffff => {
                bytes.push(126);
                bytes.extend_from_slice(&(length as u16).to_be_bytes());
            }
            length => {
                bytes.push(127);
                bytes.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        let header = bytes.len() as u8;
        bytes.extend_from_slice(payload);
        Self { bytes: bytes.into(), header }
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_encoded_in_the_fewest_bytes() {
        for (length, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let frame = Frame::text(&"x".repeat(length));
            assert_eq!((frame.len(), frame.payload().len()), (header + length, length));
        }
        let bytes = Frame::json(&["é"]).into_bytes();
        assert_eq!(&bytes[..], b"\x81\x06[\"\xc3\xa9\"]");
    }

    #[test]
    fn a_reason_is_cut_between_characters() {
        let long = "é".repeat(70);
        let frame = Frame::close(Some(1008), &long);
        assert_eq!(frame.payload().len(), 2 + 122);
        assert!(std::str::from_utf8(&frame.payload()[2..]).is_ok());
        assert_eq!(&Frame::close(None, "").into_bytes()[..], b"\x88\x00");
    }
}
