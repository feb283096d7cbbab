//! Who sends: a name, a scheme, secrets.

use std::fmt;

use bytes::Bytes;
use kernel::Timestamp;

use crate::{
    envelope::Envelope,
    inbox::{Content, Headers, NewInboundEvent},
    signature::{Claim, DEFAULT_HEADER, SignatureError},
    values::{HeaderName, MaxBytes, Scheme, Secret, SourceName, State},
};

/// The most secrets of a source: the old and the new one while they are exchanged, and some more.
pub const MOST_SECRETS: usize = 5;
/// The most sources.
pub const MOST_SOURCES: u64 = 100;

/// The secrets of a source as they are stored: sealed, and bound to its name.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecrets(pub Vec<u8>);

impl fmt::Debug for SealedSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedSecrets(…)")
    }
}

/// A program whose deliveries are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The last part of its URL.
    pub name: SourceName,
    /// How it signs.
    pub scheme: Scheme,
    /// Where plain signatures are; none: `X-Signature`.
    pub header: Option<HeaderName>,
    /// Where plain deliveries have their id; none: the digest of the body is the id.
    pub id_header: Option<HeaderName>,
    /// The bound of a body.
    pub max_bytes: MaxBytes,
    /// The secrets.
    pub secrets: SealedSecrets,
    /// The last four characters of each secret.
    pub hints: Vec<String>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// What secrets of this source are sealed for. Under another name they do not open.
pub(crate) fn purpose(name: &SourceName) -> String {
    format!("webhook source {name}")
}

/// Headers of deliveries that are kept, whatever the scheme.
const KEPT: &[&str] = &["content-type", "user-agent"];

/// A source whose secrets were opened.
#[derive(Debug, Clone)]
pub struct OpenSource {
    name: SourceName,
    scheme: Scheme,
    header: Option<HeaderName>,
    id_header: Option<HeaderName>,
    max_bytes: MaxBytes,
    secrets: Vec<Secret>,
}

impl OpenSource {
    /// A source without a store, for programs that only verify signatures.
    pub fn new(name: SourceName, scheme: Scheme, secrets: Vec<Secret>) -> Self {
        let max_bytes = MaxBytes::of(scheme);
        Self { name, scheme, header: None, id_header: None, max_bytes, secrets }
    }

    /// The same, with its signatures and its ids in these headers. They count for plain signatures only.
    #[must_use]
    pub fn with_headers(
        mut self,
        header: Option<HeaderName>,
        id_header: Option<HeaderName>,
    ) -> Self {
        self.header = header;
        self.id_header = id_header;
        self
    }

    pub(crate) fn opened(source: Source, secrets: Vec<Secret>) -> Self {
        let Source { name, scheme, header, id_header, max_bytes, .. } = source;
        Self { name, scheme, header, id_header, max_bytes, secrets }
    }

    /// Its name.
    pub const fn name(&self) -> &SourceName {
        &self.name
    }

    /// How many bytes a delivery may have.
    pub fn max_bytes(&self) -> usize {
        usize::try_from(self.max_bytes.get()).unwrap_or(usize::MAX)
    }

    /// The headers that are read and kept. Each may be there once.
    pub fn headers(&self) -> Vec<&str> {
        let scheme: &[&str] = match self.scheme {
            Scheme::Stripe => &["stripe-signature"],
            Scheme::Github => &["x-hub-signature-256", "x-github-delivery", "x-github-event"],
            Scheme::Standard => &["webhook-id", "webhook-timestamp", "webhook-signature"],
            Scheme::Hmac => &[],
        };
        let mut names: Vec<&str> = scheme.iter().chain(KEPT).copied().collect();
        if self.scheme == Scheme::Hmac {
            names.push(self.header.as_ref().map_or(DEFAULT_HEADER, HeaderName::as_str));
            names.extend(self.id_header.as_ref().map(HeaderName::as_str));
        }
        names
    }

    /// Whether the headers can be those of a signed delivery, before the body is read.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn claim(&self, headers: &Headers, now: Timestamp) -> Result<Claim, SignatureError> {
        Claim::read(self.scheme, self.header.as_ref(), headers, now)
    }

    /// Checks the signature of a delivery on its raw bytes. What is read of the body is read afterwards (V1).
    ///
    /// # Errors
    ///
    /// Why it is not what the source sent.
    pub fn verify(
        &self,
        headers: Headers,
        body: Bytes,
        now: Timestamp,
    ) -> Result<Verified, SignatureError> {
        self.claim(&headers, now)?.verify(&self.secrets, &body)?;
        let content = Content { headers, body };
        let envelope = Envelope::read(self.scheme, self.id_header.as_ref(), &content);
        Ok(Verified { source: self.name.clone(), scheme: self.scheme, envelope, content })
    }
}

/// A delivery whose signature was right. There is no other way to make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    source: SourceName,
    scheme: Scheme,
    envelope: Envelope,
    content: Content,
}

impl Verified {
    /// Who sent it.
    pub const fn source(&self) -> &SourceName {
        &self.source
    }

    /// What was read of it.
    pub const fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The event to be stored.
    pub(crate) fn event(self, now: Timestamp) -> NewInboundEvent {
        let Self { source, scheme, envelope, content } = self;
        let Envelope { external_id, kind, object, occurred_at, is_handled } = envelope;
        NewInboundEvent {
            source,
            scheme,
            external_id,
            kind,
            object,
            occurred_at,
            received_at: now,
            state: if is_handled { State::Received } else { State::Ignored },
            content,
        }
    }
}
