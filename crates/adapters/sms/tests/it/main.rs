//! The folder, and Twilio against a server that checks each request as the real one documents it.
#![expect(clippy::panic, clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::{fs, sync::Arc, time::Duration};

use adapter_sms::{FolderTexts, Twilio, TwilioSettings};
use alveole_tests::{
    FakeTwilio,
    fake_twilio::{self, Instead},
    ports,
};
use kernel::{PhoneNumber, SystemClock, TextOutcome, TextSender};

const TEXT: &str = "Your code & more: 012345 = é 验证码?\n+1";

fn number() -> PhoneNumber {
    PhoneNumber::parse("+33612345678").unwrap()
}

fn settings(fake: &FakeTwilio) -> TwilioSettings {
    TwilioSettings {
        base_url: format!("{}/", fake.base()),
        account: fake.account().to_owned(),
        token: fake.token().to_owned(),
        from: fake.from().to_owned(),
        timeout: Duration::from_millis(500),
    }
}

async fn answered(say: Instead) -> TextOutcome {
    let fake = FakeTwilio::start();
    fake.say(Some(say));
    let outcome = Twilio::new(settings(&fake)).unwrap().send(&number(), TEXT).await;
    let shown = format!("{outcome:?}");
    for secret in [number().as_str(), "33612345678", "012345", fake.token()] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(fake.sent(), []);
    outcome
}

fn reason(outcome: TextOutcome) -> (String, Option<Duration>) {
    match outcome {
        TextOutcome::Later { reason, after } => (reason, after),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn twilio_takes_a_text_as_it_is() {
    let fake = FakeTwilio::start();
    let twilio = Twilio::new(settings(&fake)).unwrap();
    assert_eq!(twilio.send(&number(), TEXT).await, TextOutcome::Sent);
    assert_eq!(fake.sent(), [(number().as_str().to_owned(), TEXT.to_owned())]);
    assert_eq!(fake.refused(), Vec::<String>::new());
}

#[tokio::test]
async fn a_wrong_token_loses_no_text() {
    let fake = FakeTwilio::start();
    let twilio = Twilio::new(TwilioSettings { token: "wrong".to_owned(), ..settings(&fake) });
    let (why, after) = reason(twilio.unwrap().send(&number(), TEXT).await);
    assert!(why.contains("401") && why.contains("sms.token"), "{why}");
    assert_eq!((after, fake.sent()), (None, vec![]));
}

#[tokio::test]
async fn a_refusal_with_a_code_is_for_ever() {
    let words = "The 'To' number +33612345678 is not a valid phone number.";
    let outcome = answered(fake_twilio::error(400, 21211, words)).await;
    assert_eq!(outcome, TextOutcome::Never("Twilio refuses it with code 21211".to_owned()));
    let (why, _) = reason(answered(Instead::of(400, "<html>+33612345678</html>")).await);
    assert!(why.contains("without a code"), "{why}");
}

#[tokio::test]
async fn what_may_work_later_is_later() {
    let (why, after) = reason(answered(Instead::of(429, "").retry_after("7")).await);
    assert!(why.contains("429"), "{why}");
    assert_eq!(after, Some(Duration::from_secs(7)));
    let (_, after) = reason(answered(Instead::of(429, "").retry_after("999999999")).await);
    assert_eq!(after, Some(Duration::from_secs(3600)));
    let (_, after) = reason(answered(Instead::of(429, "").retry_after("soon")).await);
    assert_eq!(after, None);
    for status in [500, 503] {
        let (why, after) =
            reason(answered(fake_twilio::error(status, 20500, "+33612345678")).await);
        assert!(why.contains(&status.to_string()), "{why}");
        assert_eq!(after, None);
    }
    // Neither is a text that was sent.
    for status in [200, 302] {
        reason(answered(Instead::of(status, "{}")).await);
    }
}

#[tokio::test]
async fn an_answer_ends() {
    let (why, _) = reason(answered(Instead::of(500, &"x".repeat(100_000))).await);
    assert!(why.contains("bytes"), "{why}");
    let (why, _) = reason(answered(Instead::of(500, "").delay(Duration::from_secs(2))).await);
    assert!(why.contains("in time"), "{why}");
    let nowhere = format!("http://127.0.0.1:{}", ports::free());
    let fake = FakeTwilio::start();
    let twilio = Twilio::new(TwilioSettings { base_url: nowhere, ..settings(&fake) }).unwrap();
    let (why, _) = reason(twilio.send(&number(), TEXT).await);
    assert!(why.contains("reached"), "{why}");
}

#[tokio::test]
async fn a_folder_has_a_file_for_each_text() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("texts");
    let texts = FolderTexts::new(&folder, Arc::new(SystemClock));
    for text in ["first", TEXT] {
        assert_eq!(texts.send(&number(), text).await, TextOutcome::Sent);
    }
    let mut files: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let contents: Vec<String> =
        files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    assert_eq!(
        contents,
        ["To: +33612345678\n\nfirst\n".to_owned(), format!("To: +33612345678\n\n{TEXT}\n")]
    );
    #[cfg(unix)]
    for path in files.iter().chain([&folder]) {
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
    // Where nothing can be written the text waits.
    let file = data.path().join("file");
    fs::write(&file, "").unwrap();
    let texts = FolderTexts::new(file.join("texts"), Arc::new(SystemClock));
    reason(texts.send(&number(), TEXT).await);
}
