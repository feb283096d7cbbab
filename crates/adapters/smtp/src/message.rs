//! What a letter looks like on its way.

use std::time::{Duration, UNIX_EPOCH};

use kernel::{
    Timestamp,
    email::{Email, EmailId, SendError},
};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};

/// Why a text is no sender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an address, like `Alveole <alveole@example.com>`")]
pub struct SenderError;

/// Says that no person wrote this, so that no machine answers it (RFC 3834 §5).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Where one POST takes the reader off the list (RFC 8058 §3.1).
#[derive(Debug, Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(raw: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(raw.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        let value = format!("<{}>", self.0);
        // One address must stay one line: it has no place to fold at.
        HeaderValue::dangerous_new_pre_encoded(Self::name(), value.clone(), value)
    }
}

/// Says that the POST needs no page and no sign-in.
#[derive(Debug, Clone)]
struct ListUnsubscribePost;

impl Header for ListUnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}

/// Who letters are from.
#[derive(Debug, Clone)]
pub struct Sender(Mailbox);

impl Sender {
    /// Reads `name@host` or `Name <name@host>`.
    pub fn parse(raw: &str) -> Result<Self, SenderError> {
        raw.parse().map(Self).map_err(|_| SenderError)
    }

    /// The letter with all its headers. Its Message-ID says which one it is, however often it is
    /// sent.
    pub(crate) fn message(
        &self,
        email: &Email,
        id: EmailId,
        at: Timestamp,
    ) -> Result<Message, SendError> {
        let refused = |what: &str| SendError::Refused(what.to_owned());
        let to: Address = email.to().parse().map_err(|_| refused("it is no mail address"))?;
        let since = Duration::from_micros(u64::try_from(at.micros()).unwrap_or_default());
        let mut message = Message::builder()
            .from(self.0.clone())
            .to(Mailbox::new(None, to))
            .subject(email.subject())
            .message_id(Some(format!("<{}.{id}@{}>", at.micros(), self.0.email.domain())))
            .date(UNIX_EPOCH + since)
            .header(AutoSubmitted);
        if let Some(url) = email.unsubscribe() {
            message = message.header(ListUnsubscribe(url.to_owned())).header(ListUnsubscribePost);
        }
        message
            .multipart(MultiPart::alternative_plain_html(
                email.text().to_owned(),
                email.html().to_owned(),
            ))
            .map_err(|error| refused(&error.to_string()))
    }
}
