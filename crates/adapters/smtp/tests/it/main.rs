//! Both ways of a letter, to a server that can misbehave and into a folder.
#![expect(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]

use std::{fs, time::Duration};

use adapter_smtp::{
    FolderMailer, Sender, SmtpMailer,
    sink::{Mood, Received, Sink},
};
use kernel::{
    Timestamp,
    email::{Email, EmailId, Mailer, SendError},
};

fn sender() -> Sender {
    Sender::parse("Alveole <alveole@example.org>").unwrap()
}

fn smtp(sink: &Sink, timeout: Duration) -> SmtpMailer {
    SmtpMailer::new(&sink.url(), sender(), timeout).unwrap()
}

const UNSUBSCRIBE: &str = "https://api.example.com/a/rather/long/address/below/which/one/gets/no/more?token=0123456789abcdef";

fn email() -> Email {
    let text = format!("Grüße 你好\r\n.\r\n..dots\r\n{}\r\nend", "long ".repeat(400));
    Email::new(
        "ada@example.com",
        "Grüße an Ada: 你好, “quoted” and quite long altogether",
        text,
        "<p>Grüße</p>",
    )
    .and_then(|email| email.with_unsubscribe(UNSUBSCRIBE))
    .unwrap()
}

fn id() -> EmailId {
    EmailId::parse(7).unwrap()
}

fn at() -> Timestamp {
    Timestamp::parse("2026-11-21T12:00:00Z").unwrap()
}

const LONG: Duration = Duration::from_secs(20);

fn as_it_was_written(received: &Received) {
    let email = email();
    assert_eq!(received.subject(), email.subject());
    assert_eq!(received.text().trim_end(), email.text());
    assert_eq!(received.html().trim_end(), email.html());
    assert_eq!(received.header("from"), "Alveole <alveole@example.org>");
    assert_eq!(received.header("to"), "ada@example.com");
    assert_eq!(received.header("message-id"), format!("<{}.7@example.org>", at().micros()));
    assert_eq!(received.header("auto-submitted"), "auto-generated");
    assert_eq!(received.header("list-unsubscribe"), format!("<{UNSUBSCRIBE}>"));
    assert_eq!(received.header("list-unsubscribe-post"), "List-Unsubscribe=One-Click");
    assert!(received.header("date").contains("21 Nov 2026 12:00:00"));
    for line in received.data.split("\r\n") {
        assert!(line.len() <= 998, "a line of {} bytes (RFC 5322 §2.1.1)", line.len());
    }
}

#[tokio::test]
async fn an_email_arrives_over_smtp_as_it_was_written() {
    let sink = Sink::start();
    smtp(&sink, LONG).send(&email(), id(), at()).await.unwrap();
    let received = sink.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].from, "alveole@example.org");
    assert_eq!(received[0].to, "ada@example.com");
    as_it_was_written(&received[0]);
}

#[tokio::test]
async fn an_email_in_the_folder_is_the_same_and_readable_by_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = folder.path().join("data/outbox");
    let mailer = FolderMailer::new(&outbox, sender());
    mailer.send(&email(), id(), at()).await.unwrap();
    mailer.send(&email(), id(), at()).await.unwrap();
    let files: Vec<_> = fs::read_dir(&outbox).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "sent twice it is still one: {files:?}");
    assert_eq!(files[0].extension().unwrap(), "eml");
    let data = fs::read_to_string(&files[0]).unwrap();
    as_it_was_written(&Received { from: String::new(), to: String::new(), data });
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&files[0]).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn what_a_server_says_of_an_email_is_final_and_what_it_says_of_itself_is_not() {
    let sink = Sink::start();
    let mailer = smtp(&sink, LONG);
    for (code, is_final) in [(550, true), (553, true), (450, false), (452, false), (535, false)] {
        sink.set(Mood::Answers(code));
        let error = mailer.send(&email(), id(), at()).await.unwrap_err();
        assert_eq!(matches!(error, SendError::Refused(_)), is_final, "{code}: {error}");
    }
    sink.set(Mood::Willing);
    mailer.send(&email(), id(), at()).await.unwrap();
    assert_eq!(sink.count("ada@example.com", "Grüße"), 1);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_waited_for() {
    let sink = Sink::start();
    sink.set(Mood::Silent);
    let mailer = smtp(&sink, Duration::from_secs(1));
    let error = mailer.send(&email(), id(), at()).await;
    assert!(matches!(error, Err(SendError::Unavailable(_))), "{error:?}");
    sink.set(Mood::Willing);
    mailer.send(&email(), id(), at()).await.unwrap();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mailer = SmtpMailer::new(&format!("smtp://{nobody}"), sender(), LONG).unwrap();
    let error = mailer.send(&email(), id(), at()).await;
    assert!(matches!(error, Err(SendError::Unavailable(_))), "{error:?}");
}

#[tokio::test]
async fn an_email_with_an_unknown_outcome_is_sent_again_under_the_same_id() {
    let sink = Sink::start();
    let mailer = smtp(&sink, LONG);
    sink.set(Mood::HangsUp);
    let error = mailer.send(&email(), id(), at()).await;
    assert!(matches!(error, Err(SendError::Unavailable(_))), "{error:?}");
    sink.set(Mood::Willing);
    mailer.send(&email(), id(), at()).await.unwrap();
    let ids: Vec<String> = sink.received().iter().map(|l| l.header("message-id")).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_for_good() {
    let sink = Sink::start();
    for to in ["a@b@c", "<ada@example.com>", "ada@-", "\"a\"b@example.com"] {
        let email = Email::new(to, "s", "t", "h").unwrap();
        let error = smtp(&sink, LONG).send(&email, id(), at()).await;
        assert!(matches!(error, Err(SendError::Refused(_))), "{to}: {error:?}");
    }
    assert!(sink.received().is_empty());
}

#[test]
fn senders_and_addresses_that_cannot_be_read_are_said() {
    for bad in ["", "alveole", "Alveole <>", "a@b\r\nBcc: eve@example.com"] {
        assert!(Sender::parse(bad).is_err(), "{bad:?}");
    }
    let error = SmtpMailer::new("smtp://user:secret@", sender(), LONG).unwrap_err();
    assert!(!error.to_string().contains("secret"));
}
