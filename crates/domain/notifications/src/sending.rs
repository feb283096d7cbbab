//! What becomes of a notification on its way out of the inbox.

use std::{fmt::Write as _, sync::Arc};

use kernel::{Email, KeyedDigest, Timestamp, UserId};

use crate::{
    kind::Category, notification::Shown, preferences::Channel, text, values::NotificationId,
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
        /// Its owner has no proven address.
        NoAddress = 3 "no_address",
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
    /// Why, where it was not sent.
    pub reason: Option<Reason>,
    /// When it is looked at again, where it is held; else when this was decided.
    pub due_at: Timestamp,
}

/// The most characters of a subject that are taken from a text.
const SUBJECT_MAX: usize = 150;
/// What tokens are digested for.
const PURPOSE: &str = "unsubscribe from notifications";

/// How emails are written.
#[derive(Clone)]
pub struct EmailSettings {
    /// What addresses of pages begin with.
    pub pages: Arc<str>,
    /// What addresses of the API begin with.
    pub api: Arc<str>,
    /// Signs the links that unsubscribe.
    pub digests: Arc<dyn KeyedDigest>,
}

impl EmailSettings {
    /// Stands for the wish of `user` not to hear of `category`. It never ends: an old email must be able to
    /// unsubscribe, too.
    pub fn token(&self, user: UserId, category: Category) -> String {
        let mut token = format!("{user}-{}-", category.as_str());
        for byte in self.digest(user, category) {
            // Writing to a text cannot fail.
            let _ = write!(token, "{byte:02x}");
        }
        token
    }

    /// Who does not want to hear of what, if the token is one of ours.
    pub fn read_token(&self, token: &str) -> Option<(UserId, Category)> {
        let mut parts = token.split('-');
        let user = UserId::parse(parts.next()?.parse().ok()?).ok()?;
        let category = Category::parse(parts.next()?)?;
        let expected = self.token(user, category);
        // As long for every token of this length, so that its bytes cannot be guessed one by one.
        let differs = expected.bytes().zip(token.bytes()).fold(0, |seen, (a, b)| seen | (a ^ b));
        (differs == 0 && expected.len() == token.len()).then_some((user, category))
    }

    fn digest(&self, user: UserId, category: Category) -> [u8; 32] {
        let user = user.get().to_be_bytes();
        self.digests.digest(PURPOSE, &[&user, category.as_str().as_bytes()])
    }

    /// The email of a notification. `None` when the address is none.
    pub fn email(&self, shown: &Shown, to: &str) -> Option<Email> {
        let said = text::render(shown);
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let subject: String = said.chars().map(plain).take(SUBJECT_MAX).collect();
        let category = shown.notification.kind.category();
        let token = self.token(shown.notification.owner, category);
        let page = format!("{}/unsubscribe?token={token}", self.pages);
        let one_click = format!("{}/api/v1/notifications/unsubscribe?token={token}", self.api);
        let less = format!("To get no more emails about {}, go to:", category.as_str());
        if shown.notification.kind.is_required() {
            let html = format!("<!DOCTYPE html>\n<p>{}</p>\n", escaped(&said));
            return Email::new(to, subject, format!("{said}\n"), html).ok();
        }
        let body = format!("{said}\n\n{less}\n{page}\n");
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n\
             <body>\n<p>{}</p>\n<p><a href=\"{}\">No more emails about {}</a></p>\n</body>\n</html>\n",
            escaped(&subject),
            escaped(&said),
            escaped(&page),
            category.as_str()
        );
        let email = Email::new(to, subject, body, html).ok()?;
        email.with_unsubscribe(one_click).ok()
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
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
        let settings = EmailSettings { pages: "p".into(), api: "a".into(), digests: Arc::new(Sum) };
        let ada = UserId::parse(17).unwrap();
        let token = settings.token(ada, Category::Tasks);
        assert_eq!(settings.read_token(&token), Some((ada, Category::Tasks)));
        let other = token.replace("17-", "18-");
        let products = token.replace("tasks", "products");
        let short = token.get(..token.len() - 1).unwrap();
        let long = format!("{token}0");
        for forged in [other.as_str(), &products, short, &long, "", "17", "17-tasks", "17-tasks-"] {
            assert_eq!(settings.read_token(forged), None, "{forged}");
        }
    }
}
