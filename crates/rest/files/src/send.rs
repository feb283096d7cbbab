//! Sends content: conditions and ranges as RFC 9110 has them, in blocks, under headers that leave a
//! browser nothing to do with it but to keep it.

use std::{collections::VecDeque, fmt::Write as _, ops::Range, sync::Arc};

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    body::SizedStream,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use bytes::Bytes;
use files::{
    File, Files,
    outbound::ObjectReader,
    service::Content,
    values::{FileName, Hash, Visibility},
};
use futures_util::stream;
use kernel::ErrorKind;
use rest::{call::Call, etag, problem::Problem, reply};

use crate::{Answer, Failure};

/// Ranges of one request; who asks for more gets the whole.
const RANGES: usize = 16;

/// What is to be sent.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Parts(Vec<Range<u64>>),
    Nothing,
}

/// What the conditions of the request make of it before any byte is read: an answer, if it ends here.
pub(super) fn precondition(
    call: &Call,
    file: &File,
    name: &FileName,
    hash: Hash,
) -> Result<Option<HttpResponse>, Problem> {
    let etag = tag(hash);
    if let Some(list) = call.header("if-match")?
        && !etag::matches_strongly(list, &etag)?
    {
        return Err(Problem::new(
            ErrorKind::Stale,
            "files.stale",
            "The content is another than `If-Match` names.",
        )
        .with_header(header::ETAG, &etag));
    }
    if reply::knows(call, &etag)? {
        return Ok(Some(common(file, name, &etag, StatusCode::NOT_MODIFIED).finish()));
    }
    Ok(None)
}

fn tag(hash: Hash) -> String {
    format!("\"{hash}\"")
}

/// Sends content, or what of it was asked for.
pub(super) async fn send(call: &Call, files: Arc<Files>, content: Content) -> Answer {
    if let Some(answer) = precondition(call, &content.file, &content.name, content.hash)? {
        return Ok(answer);
    }
    let etag = tag(content.hash);
    let head = |status| common(&content.file, &content.name, &etag, status);
    let asked = match (call.is_head(), call.header("range").ok().flatten()) {
        (false, Some(range)) if call.header("if-range")?.is_none_or(|tag| tag == etag) => {
            parse(range, content.size)
        }
        _ => Asked::Whole,
    };
    match asked {
        Asked::Nothing => {
            let of = format!("bytes */{}", content.size);
            Err(Problem::new(
                ErrorKind::Invalid,
                "files.range_not_satisfiable",
                "No part asked for is within the content.",
            )
            .with_status(StatusCode::RANGE_NOT_SATISFIABLE)
            .with_header(header::CONTENT_RANGE, &of)
            .into())
        }
        Asked::Whole => {
            let mut response = head(StatusCode::OK);
            response.insert_header((header::CONTENT_TYPE, content.content_type.as_str()));
            let size = content.size;
            let parts = if call.is_head() { vec![] } else { vec![Piece::Span(0..size)] };
            Ok(body(files, content, response, size, parts).await?)
        }
        Asked::Parts(parts) => match parts.as_slice() {
            [only] => {
                let mut response = head(StatusCode::PARTIAL_CONTENT);
                response.insert_header((header::CONTENT_TYPE, content.content_type.as_str()));
                response.insert_header((header::CONTENT_RANGE, range_of(only, content.size)));
                let (size, span) = (only.end - only.start, only.clone());
                Ok(body(files, content, response, size, vec![Piece::Span(span)]).await?)
            }
            several => {
                let mut response = head(StatusCode::PARTIAL_CONTENT);
                let (kind, size, pieces) = byteranges(&content, several);
                response.insert_header((header::CONTENT_TYPE, kind));
                Ok(body(files, content, response, size, pieces).await?)
            }
        },
    }
}

/// The headers of every answer.
fn common(file: &File, name: &FileName, etag: &str, status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponseBuilder::new(status);
    // A public file closes with its owner's account, so a shared cache asks again after 5 seconds.
    let keep = match file.visibility {
        Visibility::Public => "public, max-age=5, must-revalidate",
        Visibility::Private => "private, no-cache",
    };
    response.insert_header((header::ETAG, etag));
    response.insert_header((header::CACHE_CONTROL, keep));
    response.insert_header((header::ACCEPT_RANGES, "bytes"));
    response.insert_header((header::CONTENT_DISPOSITION, disposition(name)));
    // What is stored is sent as it is: a coding would change the bytes that tag and ranges speak of.
    response.insert_header((header::CONTENT_ENCODING, "identity"));
    response.insert_header((
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static(match file.visibility {
            Visibility::Public => "cross-origin",
            Visibility::Private => "same-site",
        }),
    ));
    response
}

/// `attachment` with a name that every client can read (RFC 6266, RFC 8187).
fn disposition(name: &FileName) -> String {
    let plain: String = name
        .as_str()
        .chars()
        .map(|c| if c.is_ascii_graphic() && !"\"\\%".contains(c) || c == ' ' { c } else { '_' })
        .collect();
    let mut extended = String::new();
    for byte in name.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            extended.push(char::from(byte));
        } else {
            let _ = write!(extended, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{extended}")
}

fn range_of(range: &Range<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1))
}

/// Reads `Range` (RFC 9110 §14.1). What is not understood asks for the whole; parts that overlap or
/// touch become one.
fn parse(header: &str, size: u64) -> Asked {
    let Some((unit, set)) = header.split_once('=') else { return Asked::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Asked::Whole;
    }
    let mut parts = Vec::new();
    let specs: Vec<&str> = set.split(',').map(str::trim).filter(|spec| !spec.is_empty()).collect();
    if specs.is_empty() || specs.len() > RANGES {
        return Asked::Whole;
    }
    for spec in specs {
        let Some((first, last)) = spec.split_once('-') else { return Asked::Whole };
        let (Ok(first), Ok(last)) = (number(first), number(last)) else { return Asked::Whole };
        let part = match (first, last) {
            (Some(first), Some(last)) if first > last => return Asked::Whole,
            (Some(first), last) => {
                first..last.map_or(size, |last| last.saturating_add(1).min(size))
            }
            (None, Some(count)) => size.saturating_sub(count)..size,
            (None, None) => return Asked::Whole,
        };
        if part.start < part.end {
            parts.push(part);
        }
    }
    parts = joined(parts);
    let wanted: u64 = parts.iter().map(|part| part.end - part.start).sum();
    match parts.len() {
        0 => Asked::Nothing,
        1 => Asked::Parts(parts),
        _ if wanted >= size => Asked::Whole,
        _ => Asked::Parts(parts),
    }
}

/// Digits only; nothing is nothing.
fn number(raw: &str) -> Result<Option<u64>, ()> {
    if raw.is_empty() {
        return Ok(None);
    }
    if !raw.bytes().all(|b| b.is_ascii_digit()) {
        return Err(());
    }
    // What is beyond any size is beyond this one.
    Ok(Some(raw.parse().unwrap_or(u64::MAX)))
}

/// Parts in the order they were asked for, those that overlap or touch as one.
fn joined(parts: Vec<Range<u64>>) -> Vec<Range<u64>> {
    let touch = |a: &Range<u64>, b: &Range<u64>| a.start <= b.end && b.start <= a.end;
    let mut kept: Vec<Range<u64>> = Vec::new();
    for mut part in parts {
        let mut place = None;
        while let Some(at) = kept.iter().position(|one| touch(one, &part)) {
            let other = kept.remove(at);
            part = part.start.min(other.start)..part.end.max(other.end);
            place = Some(place.map_or(at, |known: usize| known.min(at)));
        }
        kept.insert(place.unwrap_or(kept.len()), part);
    }
    kept
}

/// A piece of a body.
enum Piece {
    Text(Bytes),
    Span(Range<u64>),
}

/// `multipart/byteranges` (RFC 9110 §14.6): its media type, its size, its pieces.
fn byteranges(content: &Content, parts: &[Range<u64>]) -> (String, u64, Vec<Piece>) {
    // The hash of the content can hardly stand in it.
    let hash = content.hash.to_string();
    let boundary = hash.get(..32).unwrap_or(&hash).to_owned();
    let mut pieces = Vec::new();
    let mut size = 0;
    let mut add = |piece: Piece| {
        size += match &piece {
            Piece::Text(text) => text.len() as u64,
            Piece::Span(span) => span.end - span.start,
        };
        pieces.push(piece);
    };
    for part in parts {
        add(Piece::Text(Bytes::from(format!(
            "\r\n--{boundary}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n",
            content.content_type.as_str(),
            range_of(part, content.size)
        ))));
        add(Piece::Span(part.clone()));
    }
    add(Piece::Text(Bytes::from(format!("\r\n--{boundary}--\r\n"))));
    (format!("multipart/byteranges; boundary={boundary}"), size, pieces)
}

/// Where a body stands.
struct Sending {
    files: Arc<Files>,
    content: Content,
    reader: Option<Box<dyn ObjectReader>>,
    pieces: VecDeque<Piece>,
}

impl Sending {
    async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            if let Some(reader) = &mut self.reader {
                match reader.next().await.map_err(files::FileError::from)? {
                    Some(block) => return Ok(Some(block)),
                    None => self.reader = None,
                }
            }
            match self.pieces.pop_front() {
                None => return Ok(None),
                Some(Piece::Text(text)) => return Ok(Some(text)),
                Some(Piece::Span(span)) => {
                    self.reader = Some(self.files.open(&self.content, span).await?);
                }
            }
        }
    }
}

async fn body(
    files: Arc<Files>,
    content: Content,
    mut response: HttpResponseBuilder,
    size: u64,
    pieces: Vec<Piece>,
) -> Answer {
    let mut sending = Sending { files, content, reader: None, pieces: pieces.into() };
    // The first block is read before the answer begins, so that a failure still has a status.
    let first = sending.next().await?;
    let blocks = stream::unfold((first, Some(sending)), |(first, sending)| async move {
        if let Some(first) = first {
            return Some((Ok(first), (None, sending)));
        }
        let mut sending = sending?;
        match sending.next().await {
            Ok(None) => None,
            Ok(Some(block)) => Some((Ok(block), (None, Some(sending)))),
            Err(failure) => {
                let problem = Problem::from(failure);
                // The status is out: breaking the connection is all that still can be told.
                tracing::error!(code = problem.code(), "a download ended early");
                Some((Err(std::io::Error::other("download failed")), (None, None)))
            }
        }
    });
    let response: HttpResponse = response.body(SizedStream::new(size, Box::pin(blocks)));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(header: &str) -> Asked {
        parse(header, 1000)
    }

    #[test]
    #[expect(clippy::single_range_in_vec_init, reason = "one range is meant, not what is in it")]
    fn ranges_are_read_as_the_rfc_has_them() {
        for (header, expected) in [
            ("bytes=0-499", vec![0..500]),
            ("bytes=500-", vec![500..1000]),
            ("bytes=-1", vec![999..1000]),
            ("bytes=-5000", vec![0..1000]),
            ("bytes=900-5000", vec![900..1000]),
            ("Bytes = 0-0 , 2-2", vec![0..1, 2..3]),
            ("bytes=5-9,0-1", vec![5..10, 0..2]),
            ("bytes=0-4,3-9,20-29,10-19", vec![0..30]),
            ("bytes=2000-,1-2", vec![1..3]),
            ("bytes=0-99999999999999999999999", vec![0..1000]),
        ] {
            assert_eq!(parts(header), Asked::Parts(expected), "{header}");
        }
        for header in [
            "items=0-1",
            "bytes",
            "bytes=",
            "bytes=a-b",
            "bytes=5-4",
            "bytes=-",
            "bytes=0-499,500-999,x",
        ] {
            assert_eq!(parts(header), Asked::Whole, "{header}");
        }
        for header in ["bytes=1000-", "bytes=-0", "bytes=2000-3000"] {
            assert_eq!(parts(header), Asked::Nothing, "{header}");
        }
        assert_eq!(parse("bytes=0-", 0), Asked::Nothing);
        let many: Vec<String> = (0..20).map(|n| format!("{0}-{0}", n * 2)).collect();
        assert_eq!(parts(&format!("bytes={}", many.join(","))), Asked::Whole);
    }

    #[test]
    fn any_name_can_be_sent() {
        let name = FileName::tamed("Grüße, 100%\u{202e} \"x\".txt");
        let told = disposition(&name);
        assert_eq!(
            told,
            "attachment; filename=\"Gr__e, 100_ x.txt\"; \
             filename*=UTF-8''Gr%C3%BC%C3%9Fe%2C%20100%25%20x.txt"
        );
        assert!(HeaderValue::from_str(&told).is_ok());
    }
}
