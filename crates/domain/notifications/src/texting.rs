//! Notifications as text messages.
//!
//! A text is sent by a job of its own, whose arguments name the notification and nothing else. The job checks
//! everything again: it sends nothing if the notification was read, texts were switched off or the number was removed. A process
//! that dies between the provider's answer and the note of it sends the text again: at least once.
//!
//! A text that fails makes no dead job. Administrators hear of dead jobs, perhaps by text, which would fail, too.

use std::{sync::Arc, time::Duration};

use kernel::{
    JobKind, NewJob, PhoneNumber, StoreError, TextOutcome, TextSender, Timestamp,
    job::{DEFAULT_QUEUE, JobContext, JobDone, JobError, MAX_ATTEMPTS, Priority},
};
use serde_json::{Value, json};

use crate::{
    delivery::{not_yet, unwanted},
    error::NotificationError,
    notification::{Notification, Shown},
    ports::NotificationsTx,
    preferences::{Channel, Mode, Why},
    sending::{Reason, Sending, State},
    service::{Notifications, names, shown},
    settings::Settings,
    text,
    values::NotificationId,
};

/// The kind of jobs that send text messages.
pub const TEXT: &str = "notifications.text";
/// How long a text is tried that the provider asks to put off.
const GIVE_UP_AFTER: Duration = Duration::from_hours(24);
/// Characters of the GSM alphabet in two segments.
const GSM_MOST: usize = 2 * 153;
/// UTF-16 units in two segments, for texts with other characters.
const UCS2_MOST: usize = 2 * 67;
/// What stands where a text was cut; in the GSM alphabet, unlike the character for it.
const CUT: &str = "...";

/// How texts are sent.
#[derive(Clone)]
pub struct TextSettings {
    /// The provider.
    pub sender: Arc<dyn TextSender>,
    /// Where people read their notifications, if there are pages: texts end with it.
    pub link: Option<Arc<str>>,
}

/// The kind of jobs that send text messages.
pub(crate) fn kind(notifications: &Arc<Notifications>) -> JobKind {
    let notifications = Arc::clone(notifications);
    JobKind {
        max_attempts: Some(MAX_ATTEMPTS),
        timeout: Duration::from_secs(60),
        ..JobKind::new(TEXT, move |context: JobContext| {
            let notifications = Arc::clone(&notifications);
            async move { notifications.run_text(context).await }
        })
    }
}

/// The lane keeps the texts of one person in their order (N4); other people's do not wait for them (N7).
fn text_job(notification: &Notification) -> NewJob {
    let job = NewJob {
        kind: TEXT.to_owned(),
        queue: DEFAULT_QUEUE.to_owned(),
        priority: Priority::Normal,
        max_attempts: MAX_ATTEMPTS,
        args: json!({ "notification_id": notification.id.get() }),
        run_at: None,
        lane: None,
        unique: None,
        schedule: None,
        tick_at: None,
    };
    job.in_lane(format!("text:{}", notification.owner))
}

fn read_args(args: &Value) -> Option<NotificationId> {
    NotificationId::parse(args.get("notification_id")?.as_i64()?).ok()
}

/// What is next for a text.
enum Next {
    /// It goes to this number.
    Go(PhoneNumber),
    /// It waits or stays.
    Stop(State, Reason, Timestamp),
}

/// Whether a notification goes out as a text now (N4, N7, N9).
fn judge(
    tx: &mut dyn NotificationsTx,
    settings: &Settings,
    notification: &Notification,
    now: Timestamp,
    was_held: bool,
) -> Result<Next, StoreError> {
    if let Some(reason) = unwanted(tx, settings, notification, Channel::Sms)? {
        return Ok(Next::Stop(State::Skipped, reason, now));
    }
    let Some(phone) = tx.people().phone(notification.owner)? else {
        return Ok(Next::Stop(State::Skipped, Reason::NoAddress, now));
    };
    let wait = not_yet(tx, settings, notification, Channel::Sms, now, was_held)?;
    Ok(match wait {
        Some((state, reason, due_at)) => Next::Stop(state, reason, due_at),
        None => Next::Go(phone),
    })
}

/// Enqueues the job that sends a notification, or notes why it waits or stays. Where the owner never asked for texts it
/// notes nothing: a second row for every notification would say what the preferences say.
pub(crate) fn send_text(
    tx: &mut dyn NotificationsTx,
    settings: &Settings,
    notification: &Notification,
    now: Timestamp,
    was_held: bool,
) -> Result<(), StoreError> {
    let wished = settings.preferences.effective(notification.kind, Channel::Sms);
    if (wished.mode, wished.why) == (Mode::Off, Why::Default) && !was_held {
        return Ok(());
    }
    let (state, reason, due_at) = match judge(tx, settings, notification, now, was_held)? {
        Next::Go(_) => {
            tx.jobs().enqueue(&text_job(notification), now)?;
            (State::Pending, None, now)
        }
        Next::Stop(state, reason, due_at) => (state, Some(reason), due_at),
    };
    let Notification { id, owner, .. } = *notification;
    let channel = Channel::Sms;
    tx.sendings().put(&Sending { notification: id, owner, channel, state, reason, due_at })
}

/// A text that is about to be sent.
struct Outgoing {
    sending: Sending,
    phone: PhoneNumber,
    text: String,
}

impl Notifications {
    async fn run_text(&self, context: JobContext) -> Result<JobDone, JobError> {
        let Some(id) = read_args(&context.job.args) else {
            return Err(JobError::Discard("its arguments name no notification".to_owned()));
        };
        let now = self.clock.now();
        let (link, inside) =
            (self.texts.as_ref().and_then(|texts| texts.link.clone()), context.clone());
        let prepared: Result<Result<Outgoing, JobDone>, StoreError> = self
            .work
            .write(move |tx| match prepare(tx, id, link.as_deref(), now)? {
                Some(outgoing) => Ok(Ok(outgoing)),
                None => inside.finish(tx, now).map(Err),
            })
            .await;
        let outgoing = match prepared.map_err(failed)? {
            Ok(outgoing) => outgoing,
            Err(done) => return Ok(done),
        };
        let Some(texts) = &self.texts else {
            return self
                .note(context, outgoing.sending, State::Failed, Some(Reason::Unreachable))
                .await;
        };
        let Outgoing { sending, phone, text } = outgoing;
        let is_last = context.job.attempt >= context.job.max_attempts
            || sending.due_at.plus(GIVE_UP_AFTER) <= now;
        match texts.sender.send(&phone, &text).await {
            TextOutcome::Sent => self.note(context, sending, State::Sent, None).await,
            TextOutcome::Never(_) => {
                self.note(context, sending, State::Failed, Some(Reason::Refused)).await
            }
            TextOutcome::Later { .. } if is_last => {
                self.note(context, sending, State::Failed, Some(Reason::Unreachable)).await
            }
            TextOutcome::Later { after: Some(after), .. } => Ok(JobDone::RetryAt(now.plus(after))),
            TextOutcome::Later { reason, after: None } => Err(JobError::Failed(reason)),
        }
    }

    /// Notes what became of a text, in the unit that ends its job. A notification that was deleted meanwhile takes
    /// no note.
    async fn note(
        &self,
        context: JobContext,
        sending: Sending,
        state: State,
        reason: Option<Reason>,
    ) -> Result<JobDone, JobError> {
        let now = self.clock.now();
        let sending = Sending { state, reason, due_at: now, ..sending };
        let noted: Result<JobDone, StoreError> = self
            .work
            .write(move |tx| {
                tx.sendings().change(&sending)?;
                context.finish(tx, now)
            })
            .await;
        noted.map_err(failed)
    }
}

fn failed(error: StoreError) -> JobError {
    JobError::Failed(NotificationError::Store(error).to_string())
}

/// What a job has to send; none when there is nothing to send any more, which is noted.
fn prepare(
    tx: &mut dyn NotificationsTx,
    id: NotificationId,
    link: Option<&str>,
    now: Timestamp,
) -> Result<Option<Outgoing>, StoreError> {
    let all = tx.sendings().sendings(id)?;
    let pending = |one: &Sending| (one.channel, one.state) == (Channel::Sms, State::Pending);
    let Some(sending) = all.into_iter().find(pending) else { return Ok(None) };
    let Some(notification) = tx.notifications().get(sending.owner, id)? else { return Ok(None) };
    let settings = tx.settings().of(sending.owner)?;
    match judge(tx, &settings, &notification, now, true)? {
        Next::Go(phone) => {
            let names = names(tx, std::slice::from_ref(&notification))?;
            let locale = tx.people().locale(sending.owner)?;
            let text = compose(&shown(&names, locale, notification), link);
            Ok(Some(Outgoing { sending, phone, text }))
        }
        Next::Stop(state, reason, due_at) => {
            tx.sendings().change(&Sending { state, reason: Some(reason), due_at, ..sending })?;
            Ok(None)
        }
    }
}

/// What a text says: the sentence of the notification and a link, in two segments at most. The sentence is cut where
/// it is too long, the link never is.
pub fn compose(shown: &Shown, link: Option<&str>) -> String {
    // Other control characters than these would be of no alphabet; a title may have any.
    let said: String =
        text::render(shown).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let whole = with_link(&said, link);
    if fits(&whole) {
        return whole;
    }
    let ends: Vec<usize> = said.char_indices().map(|(at, _)| at).collect();
    // The longest beginning that fits.
    let (mut fitting, mut longest) = (0, ends.len());
    while fitting + 1 < longest {
        let middle = usize::midpoint(fitting, longest);
        let end = ends.get(middle).copied().unwrap_or(said.len());
        if fits(&cut(&said, end, link)) { fitting = middle } else { longest = middle }
    }
    cut(&said, ends.get(fitting).copied().unwrap_or_default(), link)
}

fn cut(said: &str, end: usize, link: Option<&str>) -> String {
    with_link(&format!("{}{CUT}", said.get(..end).unwrap_or_default().trim_end()), link)
}

fn with_link(said: &str, link: Option<&str>) -> String {
    link.map_or_else(|| said.to_owned(), |link| format!("{said} {link}"))
}

fn fits(text: &str) -> bool {
    let gsm: Option<usize> = text.chars().map(septets).sum();
    gsm.map_or_else(|| text.encode_utf16().count() <= UCS2_MOST, |length| length <= GSM_MOST)
}

/// How many places a character takes in the GSM alphabet (3GPP TS 23.038); none when it is not in it.
const fn septets(c: char) -> Option<usize> {
    match c {
        '^' | '{' | '}' | '[' | ']' | '~' | '|' | '\\' | '€' => Some(2),
        ' '..='_'
        | 'a'..='~'
        | '£'
        | '¥'
        | 'è'
        | 'é'
        | 'ù'
        | 'ì'
        | 'ò'
        | 'Ç'
        | 'Ø'
        | 'ø'
        | 'Å'
        | 'å'
        | 'Δ'
        | 'Φ'
        | 'Γ'
        | 'Λ'
        | 'Ω'
        | 'Π'
        | 'Ψ'
        | 'Σ'
        | 'Θ'
        | 'Ξ'
        | 'Æ'
        | 'æ'
        | 'ß'
        | 'É'
        | '¤'
        | '¡'
        | 'Ä'
        | 'Ö'
        | 'Ñ'
        | 'Ü'
        | '§'
        | '¿'
        | 'ä'
        | 'ö'
        | 'ñ'
        | 'ü'
        | 'à' => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Locale, UserId};

    use super::*;
    use crate::{kind::Kind, values::Params};

    fn commented(title: &str, locale: Locale) -> Shown {
        Shown {
            notification: Notification {
                id: NotificationId::parse(1).unwrap(),
                owner: UserId::parse(1).unwrap(),
                kind: Kind::TaskCommented,
                subject: None,
                actor: None,
                params: Params::default().with("title", title),
                created_at: Timestamp::from_micros(0).unwrap(),
                read_at: None,
            },
            actor_name: Some("eve".to_owned()),
            locale,
        }
    }

    #[test]
    fn a_text_is_the_sentence_and_the_link() {
        let link = Some("https://app.example.com");
        assert_eq!(
            compose(&commented("Paint", Locale::En), link),
            "eve commented on the task \"Paint\". https://app.example.com"
        );
        assert_eq!(
            compose(&commented("a\r\nb\u{7}", Locale::En), None),
            "eve commented on the task \"a  b \"."
        );
    }

    fn by(who: String, locale: Locale) -> Shown {
        Shown { actor_name: Some(who), ..commented("Paint", locale) }
    }

    #[test]
    fn a_text_is_two_segments_at_most_and_keeps_its_link() {
        let link = "https://app.example.com";
        for (who, most) in [
            ("x".repeat(1000), GSM_MOST),
            ("{}".repeat(500), GSM_MOST),
            ("日本".repeat(500), UCS2_MOST),
            ("👩‍👩‍👧‍👦".repeat(100), UCS2_MOST),
            ("x".repeat(280) + "é日", GSM_MOST),
        ] {
            for locale in Locale::ALL {
                let text = compose(&by(who.clone(), *locale), Some(link));
                assert!(fits(&text), "{text}");
                assert!(text.ends_with(&format!("{CUT} {link}")), "{text}");
                let gsm: Option<usize> = text.chars().map(septets).sum();
                let length = gsm.unwrap_or_else(|| text.encode_utf16().count());
                // A character more, of two places at most, would not fit.
                assert!(length + 2 > most, "{length}: {text}");
            }
        }
        let exact = "x".repeat(GSM_MOST - " commented on the task \"Paint\".".len());
        assert!(!compose(&by(exact.clone(), Locale::En), None).contains(CUT));
        assert!(compose(&by(exact + "x", Locale::En), None).contains(CUT));
    }

    #[test]
    fn places_are_those_of_the_alphabet() {
        for (c, expected) in
            [('a', Some(1)), ('@', Some(1)), ('$', Some(1)), ('é', Some(1)), ('€', Some(2))]
        {
            assert_eq!(septets(c), expected, "{c}");
        }
        for c in ['`', '’', '«', '…', 'ê', '日', '\u{7f}'] {
            assert_eq!(septets(c), None, "{c}");
        }
    }
}
