//! The event as it was received.

use bytes::Bytes;
use kernel::{JobId, Timestamp};
use serde_json::Value;

use crate::values::{EventType, ExternalId, InboundEventId, ObjectKey, Scheme, SourceName, State};

/// The most headers that are kept, and the most bytes of the value of each.
const MOST_HEADERS: usize = 20;
const LONGEST_VALUE: usize = 4096;

/// The headers of a delivery that are stored. Names are lowercase.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The first 20 of these, their values cut to 4096 bytes. Control characters become spaces.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let pairs = pairs.into_iter().take(MOST_HEADERS).map(|(name, value)| {
            let value = value.replace(char::is_control, " ");
            let end = value.floor_char_boundary(LONGEST_VALUE);
            (name.to_ascii_lowercase(), value.get(..end).unwrap_or_default().to_owned())
        });
        Self(pairs.collect())
    }

    /// A header's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All of them, in the order in which they were given.
    pub fn all(&self) -> &[(String, String)] {
        &self.0
    }

    /// As stores keep them.
    pub fn to_json(&self) -> String {
        let pairs: Vec<[&str; 2]> =
            self.0.iter().map(|(name, value)| [name.as_str(), value.as_str()]).collect();
        serde_json::json!(pairs).to_string()
    }

    /// From how stores keep them.
    pub fn from_json(raw: &str) -> Option<Self> {
        let pairs: Vec<(String, String)> = serde_json::from_str(raw).ok()?;
        Some(Self(pairs))
    }
}

/// What came, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The headers that are kept.
    pub headers: Headers,
    /// The body, byte for byte.
    pub body: Bytes,
}

impl Content {
    /// The JSON of the body: GitHub can send it as a field of a form.
    pub(crate) fn json(&self) -> Bytes {
        let kind = self.headers.get("content-type").unwrap_or_default();
        if !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            return self.body.clone();
        }
        let mut fields = self.body.split(|byte| *byte == b'&');
        let payload = fields.find_map(|field| field.strip_prefix(b"payload="));
        payload.map_or_else(Bytes::new, |coded| decoded(coded).into())
    }
}

/// The value of a field of a form. A `%` without two digits stands for itself.
fn decoded(coded: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(coded.len());
    let mut rest = coded.iter();
    while let Some(byte) = rest.next() {
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|n| u8::try_from(n).ok());
        match (byte, rest.as_slice()) {
            (b'+', _) => plain.push(b' '),
            (b'%', [high, low, ..]) => match (digit(high), digit(low)) {
                (Some(high), Some(low)) => {
                    plain.push(high << 4 | low);
                    let _ = rest.nth(1);
                }
                _ => plain.push(b'%'),
            },
            (byte, _) => plain.push(*byte),
        }
    }
    plain
}

/// An event that another program sent. What it said is apart ([`Content`]), so that lists do not read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundEvent {
    /// Its number.
    pub id: InboundEventId,
    /// Who sent it.
    pub source: SourceName,
    /// How it was signed, and with it what its types mean.
    pub scheme: Scheme,
    /// What the sender calls it. One source has one event of each.
    pub external_id: ExternalId,
    /// What kind of event it is.
    pub kind: EventType,
    /// What it is about. Events of one object are processed one at a time.
    pub object: Option<ObjectKey>,
    /// When it happened, by the sender's clock.
    pub occurred_at: Option<Timestamp>,
    /// When it came.
    pub received_at: Timestamp,
    /// How far it has come.
    pub state: State,
    /// The job that processes it; none for types that nothing is done with.
    pub job: Option<JobId>,
    /// When it reached its state; none while it is received.
    pub settled_at: Option<Timestamp>,
}

impl InboundEvent {
    /// The same, in another state.
    pub(crate) fn come_to(&mut self, state: State, now: Timestamp) {
        self.state = state;
        self.settled_at = (state != State::Received).then_some(now);
    }
}

/// An event that is about to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the event's field of that name")]
pub struct NewInboundEvent {
    pub source: SourceName,
    pub scheme: Scheme,
    pub external_id: ExternalId,
    pub kind: EventType,
    pub object: Option<ObjectKey>,
    pub occurred_at: Option<Timestamp>,
    pub received_at: Timestamp,
    pub state: State,
    pub content: Content,
}

impl NewInboundEvent {
    /// The event as it is stored.
    pub fn stored(&self, id: InboundEventId) -> InboundEvent {
        let Self {
            source,
            scheme,
            external_id,
            kind,
            object,
            occurred_at,
            received_at,
            state,
            content: _,
        } = self;
        InboundEvent {
            id,
            source: source.clone(),
            scheme: *scheme,
            external_id: external_id.clone(),
            kind: kind.clone(),
            object: object.clone(),
            occurred_at: *occurred_at,
            received_at: *received_at,
            state: *state,
            job: None,
            settled_at: (*state != State::Received).then_some(*received_at),
        }
    }
}

/// An object of JSON, or nothing.
pub(crate) fn object(raw: &[u8]) -> Option<Value> {
    serde_json::from_slice::<Value>(raw).ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(kind: &str, body: &'static [u8]) -> Content {
        let headers = Headers::new([("Content-Type".to_owned(), kind.to_owned())]);
        Content { headers, body: Bytes::from_static(body) }
    }

    #[test]
    fn a_form_of_github_has_its_json_in_one_field() {
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        let read = |body| content(form, body).json();
        assert_eq!(
            &read(b"a=1&payload=%7B%22a%22%3A+%22%C3%BC%22%7D&b=2")[..],
            "{\"a\": \"ü\"}".as_bytes()
        );
        assert_eq!(&read(b"payload=%")[..], b"%");
        assert_eq!(&read(b"payload=%4")[..], b"%4");
        assert_eq!(&read(b"payload=%zz%41")[..], b"%zzA");
        assert!(read(b"a=1").is_empty() && read(b"").is_empty());
        assert_eq!(&content("application/json", b"payload=%41").json()[..], b"payload=%41");
    }

    #[test]
    fn headers_are_bounded_and_come_back() {
        let many = (0..30).map(|n| (format!("X-{n}"), "ü".repeat(3000)));
        let headers = Headers::new(many);
        assert_eq!(headers.all().len(), 20);
        assert_eq!(headers.get("x-0").unwrap().len(), 4096);
        assert_eq!(Headers::from_json(&headers.to_json()), Some(headers));
        assert_eq!(Headers::from_json("{}"), None);
        assert_eq!(Headers::new([("A".to_owned(), "b\nc\0".to_owned())]).get("a"), Some("b c "));
    }
}
