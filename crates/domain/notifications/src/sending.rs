//! What becomes of a notification on its way out of the inbox.

use std::{collections::BTreeSet, fmt::Write as _, sync::Arc, time::Duration};

use kernel::{Email, EmailDraft, KeyedDigest, Locale, Timestamp, UserId};

use crate::{
    kind::Category, notification::Shown, preferences::Channel, report_text, text,
    values::NotificationId,
};

kernel::words!(
    /// How far a notification has come on a channel.
    State {
        /// It waits.
        Held = 0 "held",
        /// It is in the channel's own queue.
        Sent = 1 "sent",
        /// It does not go out.
        Skipped = 2 "skipped",
        /// It waits for others, to go out with them.
        Batched = 3 "batched",
        /// A job is to send it, or is sending it.
        Pending = 4 "pending",
        /// It was tried and given up.
        Failed = 5 "failed",
    }
);

kernel::words!(
    /// Why a notification waits or does not go out (N7).
    Reason {
        /// Its owner does not want it.
        Preference = 0 "preference",
        /// These are quiet hours, or an earlier one waits for their end.
        Quiet = 1 "quiet",
        /// Its owner has read it meanwhile.
        Read = 2 "read",
        /// Its owner has no proven address, or no proven number.
        NoAddress = 3 "no_address",
        /// The provider refuses it.
        Refused = 4 "refused",
        /// The provider was away for too long.
        Unreachable = 5 "unreachable",
    }
);

/// A notification on one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// Which notification.
    pub notification: NotificationId,
    /// Whose.
    pub owner: UserId,
    /// By which channel.
    pub channel: Channel,
    /// How far it has come.
    pub state: State,
    /// Why, where it waits, was not sent or failed.
    pub reason: Option<Reason>,
    /// When it is looked at again, where it is held or batched; since when it waits, where it is pending; else when
    /// this was decided.
    pub due_at: Timestamp,
}

/// What tokens are digested for.
const PURPOSE: &str = "unsubscribe from notifications";
/// What stands between the categories of a token.
const AND: char = '.';

/// How emails are written.
#[derive(Clone)]
pub struct EmailSettings {
    /// What addresses of pages begin with.
    pub pages: Arc<str>,
    /// What addresses of the API begin with.
    pub api: Arc<str>,
    /// Signs the links that unsubscribe.
    pub digests: Arc<dyn KeyedDigest>,
    /// How long a digest collects after the first notification.
    pub digest_after: Duration,
}

impl EmailSettings {
    /// Stands for the wish of `user` not to hear of these categories. It never ends: an old email must be
    /// able to unsubscribe, too.
    pub fn token(&self, user: UserId, about: &[Category]) -> String {
        let names: Vec<&str> = about.iter().map(|category| category.as_str()).collect();
        let names = names.join(&AND.to_string());
        let mut token = format!("{user}-{names}-");
        for byte in self.digest(user, &names) {
            // Writing to a text cannot fail.
            let _ = write!(token, "{byte:02x}");
        }
        token
    }

    /// Who does not want to hear of what, if the token is one of ours.
    pub fn read_token(&self, token: &str) -> Option<(UserId, Vec<Category>)> {
        let mut parts = token.split('-');
        let user = UserId::parse(parts.next()?.parse().ok()?).ok()?;
        let names = parts.next()?.split(AND).map(Category::parse);
        let about: Vec<Category> = names.collect::<Option<_>>()?;
        let expected = self.token(user, &about);
        // As long for every token of this length, so that its bytes cannot be guessed one by one.
        let differs = expected.bytes().zip(token.bytes()).fold(0, |seen, (a, b)| seen | (a ^ b));
        (differs == 0 && expected.len() == token.len()).then_some((user, about))
    }

    fn digest(&self, user: UserId, names: &str) -> [u8; 32] {
        let user = user.get().to_be_bytes();
        self.digests.digest(PURPOSE, &[&user, names.as_bytes()])
    }

    /// The email of a notification. `None` when the address is none.
    pub fn email(&self, shown: &Shown, to: &str) -> Option<Email> {
        let draft = draft(shown);
        let about = [shown.notification.kind.category()];
        let less = if shown.notification.kind.is_required() { &[][..] } else { &about };
        self.finish(draft, shown.notification.owner, less, shown.locale, to)
    }

    /// The email of several notifications of one person. `None` when there are none, or the address is none.
    pub fn digest_email(&self, all: &[Shown], to: &str) -> Option<Email> {
        let first = all.first()?;
        let (owner, locale) = (first.notification.owner, first.locale);
        let mut draft = EmailDraft::new(locale, &text::digest(all.len(), locale));
        let lines: Vec<String> = all.iter().map(text::render).collect();
        draft.list(lines.iter().map(String::as_str));
        let about: BTreeSet<Category> =
            all.iter().map(|shown| shown.notification.kind.category()).collect();
        self.finish(draft, owner, &about.into_iter().collect::<Vec<_>>(), locale, to)
    }

    /// Adds how to get no more emails about some categories.
    fn finish(
        &self,
        mut draft: EmailDraft,
        owner: UserId,
        about: &[Category],
        locale: Locale,
        to: &str,
    ) -> Option<Email> {
        if about.is_empty() {
            return draft.email(to).ok();
        }
        let token = self.token(owner, about);
        draft.say(&text::less(about, locale));
        draft.link(&format!("{}/unsubscribe?token={token}", self.pages));
        let one_click = format!("{}/api/v1/notifications/unsubscribe?token={token}", self.api);
        draft.email(to).ok()?.with_unsubscribe(one_click).ok()
    }
}

/// What an email of one notification says. A report has a line for each figure.
fn draft(shown: &Shown) -> EmailDraft {
    let facts = report_text::facts(shown);
    if facts.is_empty() {
        let said = text::render(shown);
        let mut draft = EmailDraft::new(shown.locale, &said);
        draft.say(&said);
        return draft;
    }
    let Shown { notification, locale, .. } = shown;
    let headline = report_text::headline(notification.kind, &notification.params, *locale);
    let mut draft = EmailDraft::new(*locale, &headline);
    for (name, value) in facts {
        draft.fact(name, &value);
    }
    draft
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sum;

    impl KeyedDigest for Sum {
        fn digest(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
            let bytes = parts.iter().flat_map(|part| part.iter()).chain(purpose.as_bytes());
            let mut digest = [7; 32];
            for (place, byte) in bytes.enumerate() {
                digest[place % 32] ^= byte.rotate_left(u32::try_from(place / 32).unwrap());
            }
            digest
        }
    }

    #[test]
    fn n8_a_token_is_for_one_person_and_category() {
        let settings = EmailSettings {
            pages: "p".into(),
            api: "a".into(),
            digests: Arc::new(Sum),
            digest_after: Duration::from_secs(60),
        };
        let ada = UserId::parse(17).unwrap();
        let both = vec![Category::Tasks, Category::Products];
        assert_eq!(settings.read_token(&settings.token(ada, &both)), Some((ada, both)));
        let token = settings.token(ada, &[Category::Tasks]);
        assert_eq!(settings.read_token(&token), Some((ada, vec![Category::Tasks])));
        let other = token.replace("17-", "18-");
        let products = token.replace("tasks", "products");
        let short = token.get(..token.len() - 1).unwrap();
        let long = format!("{token}0");
        let more = token.replace("tasks", "tasks.products");
        let none = token.replace("tasks", "");
        for forged in
            [&other, &products, short, &long, &more, &none, "", "17", "17-tasks", "17-tasks-"]
        {
            assert_eq!(settings.read_token(forged), None, "{forged}");
        }
    }
}
