//! Mail. A letter is put into the queue by the transaction that is its reason, and is sent after
//! that committed: never inside a request, never for something that did not happen.

use std::fmt;

use async_trait::async_trait;

use crate::{
    StoreError, Timestamp,
    claim::{Claim, ClaimQueue, Claimed},
    id,
};

id!(
    /// A letter in the queue.
    EmailId
);

/// Characters of an address (RFC 5321 §4.5.3.1.3).
const TO_MAX: usize = 254;
/// Characters of a subject: what fits into one line of a header (RFC 5322 §2.1.1) with room to
/// spare.
pub(crate) const SUBJECT_MAX: usize = 200;
/// Bytes of an address for unsubscribing, which is one line of a header (RFC 5322 §2.1.1).
const UNSUBSCRIBE_MAX: usize = 900;
/// Bytes of each body.
const BODY_MAX: usize = 256 * 1024;

/// Why a letter cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// The address is empty, too long, or has characters that do not belong there.
    #[error("the address of a mail must be 3 to {TO_MAX} characters without spaces or controls")]
    To,
    /// The subject is empty, too long, or has line breaks or other control characters.
    #[error("the subject of a mail must be 1 to {SUBJECT_MAX} characters without line breaks")]
    Subject,
    /// The address for unsubscribing is none.
    #[error("the address for unsubscribing must begin with http and have no spaces or brackets")]
    Unsubscribe,
    /// A body is empty or too long.
    #[error("each body of a mail must be 1 to {BODY_MAX} bytes")]
    Body,
}

/// A letter to one person, as text and as HTML that says the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    to: String,
    subject: String,
    text: String,
    html: String,
    unsubscribe: Option<String>,
}

impl Email {
    /// Refuses what could break out of a header, and what nobody would take.
    pub fn new(
        to: impl Into<String>,
        subject: impl Into<String>,
        text: impl Into<String>,
        html: impl Into<String>,
    ) -> Result<Self, EmailError> {
        let email = Self {
            to: to.into(),
            subject: subject.into(),
            text: text.into(),
            html: html.into(),
            unsubscribe: None,
        };
        let odd = |c: char| c.is_control() || c.is_whitespace();
        if !(3..=TO_MAX).contains(&email.to.chars().count())
            || email.to.contains(odd)
            || !email.to.contains('@')
        {
            return Err(EmailError::To);
        }
        if !(1..=SUBJECT_MAX).contains(&email.subject.chars().count())
            || email.subject.contains(char::is_control)
        {
            return Err(EmailError::Subject);
        }
        let fits = |body: &str| (1..=BODY_MAX).contains(&body.len()) && !body.contains('\0');
        if !fits(&email.text) || !fits(&email.html) {
            return Err(EmailError::Body);
        }
        Ok(email)
    }

    /// With an address that takes the reader off the list by one POST (RFC 8058).
    pub fn with_unsubscribe(mut self, url: impl Into<String>) -> Result<Self, EmailError> {
        let url = url.into();
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | ',');
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        if !is_web || url.len() > UNSUBSCRIBE_MAX || !url.chars().all(plain) {
            return Err(EmailError::Unsubscribe);
        }
        self.unsubscribe = Some(url);
        Ok(self)
    }

    /// The address that takes the reader off the list.
    pub fn unsubscribe(&self) -> Option<&str> {
        self.unsubscribe.as_deref()
    }

    /// The address.
    pub fn to(&self) -> &str {
        &self.to
    }

    /// The subject.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What is read where HTML is not shown.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is read elsewhere.
    pub fn html(&self) -> &str {
        &self.html
    }
}

/// Shows neither the address nor the bodies: links in letters are secrets.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Email").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// An email that a process has claimed to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its number in the queue.
    pub id: EmailId,
    /// The number of this claim.
    pub run: i64,
    /// The letter.
    pub email: Email,
    /// When it was put into the queue.
    pub at: Timestamp,
    /// How often it was taken out, this time included.
    pub attempts: u32,
}

impl Claimed for Queued {
    type Id = EmailId;

    fn claim(&self) -> Claim<EmailId> {
        Claim { id: self.id, run: self.run }
    }
}

/// How many letters there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Those to be sent.
    pub waiting: u64,
    /// Those that were given up.
    pub dead: u64,
}

/// The emails that are to be sent, claimed as every [`ClaimQueue`] is.
///
/// * X1 an email is in the queue exactly when the unit that enqueued it committed, every field as
///   given; each claim adds one to its attempts;
/// * X2 an email that was `sent` is gone;
/// * X3 an email that was given up is never due again, and nothing is left of it but the count, until
///   a `prune` of those given up before a moment, at most `limit` of them.
pub trait EmailQueue: ClaimQueue<Queued> {
    /// Puts an email into the queue, due now.
    fn enqueue(&mut self, email: &Email, now: Timestamp) -> Result<(), StoreError>;
    /// Removes an email. Errors: Stale (Q4).
    fn sent(&mut self, claim: Claim<EmailId>) -> Result<(), StoreError>;
    /// Never tries an email again. Address, subject and bodies are removed. Errors: Stale (Q4).
    fn give_up(&mut self, claim: Claim<EmailId>, now: Timestamp) -> Result<(), StoreError>;
    /// How many there are.
    fn waiting(&mut self) -> Result<Waiting, StoreError>;
    /// Forgets those that were given up before `before`; returns how many.
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// Why a letter was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Nobody takes it, today or tomorrow.
    #[error("the mail was refused: {0}")]
    Refused(String),
    /// It may go later.
    #[error("the mail could not be sent: {0}")]
    Unavailable(String),
}

/// Sends letters.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends a letter. The same `id` and `at` give the same Message-ID, so that a letter that was
    /// sent twice because of a crash can be told.
    async fn send(&self, email: &Email, id: EmailId, at: Timestamp) -> Result<(), SendError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_header() {
        for to in ["", "a", "ada", "a@b\r\nBcc: eve@example.com", "a b@example.com", "a@b\0"] {
            assert_eq!(Email::new(to, "s", "t", "h"), Err(EmailError::To), "{to:?}");
        }
        assert_eq!(
            Email::new(format!("a@{}", "b".repeat(253)), "s", "t", "h"),
            Err(EmailError::To)
        );
        for subject in ["", "a\nb", "a\r\nBcc: eve@example.com", "a\u{7f}"] {
            assert_eq!(
                Email::new("a@example.com", subject, "t", "h"),
                Err(EmailError::Subject),
                "{subject:?}"
            );
        }
        let email = || Email::new("ada@example.com", "s", "t", "h").unwrap();
        for url in ["", "mailto:a@b", "https://a\r\nBcc: eve", "https://a>b", "https://a b"] {
            assert_eq!(email().with_unsubscribe(url), Err(EmailError::Unsubscribe), "{url:?}");
        }
        let less = email().with_unsubscribe("https://a.example/u?token=1").unwrap();
        assert_eq!(less.unsubscribe(), Some("https://a.example/u?token=1"));
        let long = "x".repeat(BODY_MAX + 1);
        for (text, html) in [("", "h"), ("t", ""), ("t", long.as_str()), ("a\0b", "h")] {
            assert_eq!(Email::new("a@example.com", "s", text, html), Err(EmailError::Body));
        }
        assert!(Email::new("ada@example.com", "Grüße: 你好", "a\r\nb", "<p>").is_ok());
    }

    #[test]
    fn secrets_are_not_shown() {
        let email = Email::new("ada@example.com", "Reset", "the-link", "the-link").unwrap();
        let shown = format!("{email:?}");
        assert!(shown.contains("Reset") && !shown.contains("ada") && !shown.contains("the-link"));
    }
}
