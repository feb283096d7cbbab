//! Every letter that goes out, in one place. Pure: a letter follows from its arguments alone.
//!
//! The text part and the HTML part are made from the same paragraphs, so that they say the same.
//! A link shows its secret a second time by itself, for whoever has no page behind the link.
//! Letters that go to an address which nobody proved carry nothing that anybody typed: a stranger may
//! have given it, and nobody shall be able to send words of their own through us.

use std::{fmt::Write as _, time::Duration};

use kernel::Timestamp;

use crate::values::EmailAddress;

/// A letter.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailTemplate {
    /// What it is about.
    pub subject: &'static str,
    /// For who reads plain text.
    pub text: String,
    /// For who reads HTML.
    pub html: String,
}

/// Links in it are secrets.
impl std::fmt::Debug for EmailTemplate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmailTemplate").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// A way to prove something by mail.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    /// What links begin with.
    pub base: &'a str,
    /// The secret.
    pub token: &'a str,
    /// How long it works.
    pub life: Duration,
}

/// The characters of a client's name that a letter shows.
const DEVICE_MAX: usize = 120;

/// To a new account, and to who asks again.
pub fn verify_email(way: Way<'_>) -> EmailTemplate {
    let mut draft = Draft::new("Confirm your mail address");
    draft.say("Somebody, probably you, made an account with this mail address. Please confirm it:");
    draft.way(way, "verify-email", "email/verify");
    draft
        .say("If that was not you, ignore this letter: without you the address stays unconfirmed.");
    draft.done()
}

/// To who forgot the password.
pub fn reset_password(way: Way<'_>) -> EmailTemplate {
    let mut draft = Draft::new("Set a new password");
    draft
        .say("Somebody, probably you, asked for a new password for the account with this address:");
    draft.way(way, "reset-password", "password/reset");
    draft.say("If that was not you, ignore this letter: your password stays as it is.");
    draft.done()
}

/// To the address that an account is to have.
pub fn confirm_new_email(way: Way<'_>) -> EmailTemplate {
    let mut draft = Draft::new("Confirm your new mail address");
    draft.say("Somebody, probably you, wants to use this mail address for an account:");
    draft.way(way, "confirm-email", "email/confirm");
    draft.say("If that was not you, ignore this letter: the address will not be used.");
    draft.done()
}

/// To the address that an account still has.
pub fn confirm_old_email(way: Way<'_>, to: &EmailAddress) -> EmailTemplate {
    let mut draft = Draft::new("Agree to a change of your mail address");
    draft.say("Somebody, probably you, wants your account to have another mail address:");
    draft.fact("New address", to.as_str());
    draft.say("The change happens when you agree to it here and the new address is confirmed too:");
    draft.way(way, "confirm-email", "email/confirm");
    draft.say(
        "If that was not you, do not agree, and change your password: whoever asked for this knows \
         it.",
    );
    draft.done()
}

/// To the address that an account had.
pub fn email_changed(at: Timestamp) -> EmailTemplate {
    let mut draft = Draft::new("Your mail address was changed");
    draft.say("Your account has another mail address from now on; letters no longer come here.");
    draft.fact("When", &minute(at));
    draft.say("If that was not you, turn to whoever runs this service at once.");
    draft.done()
}

/// After a password was changed or set.
pub fn password_changed(at: Timestamp) -> EmailTemplate {
    let mut draft = Draft::new("Your password was changed");
    draft.say("The password of your account was changed, and other sessions were ended.");
    draft.fact("When", &minute(at));
    draft.say("If that was not you, ask for a new password at once (\"forgot password\").");
    draft.done()
}

/// After a sign-in from where there never was one.
pub fn new_device(at: Timestamp, device: Option<&str>, ip: Option<&str>) -> EmailTemplate {
    let mut draft = Draft::new("New sign-in to your account");
    draft.say("Somebody signed in to your account from a device that was not seen before:");
    draft.fact("When", &minute(at));
    draft.fact("Device", &shown(device));
    draft.fact("Address", &shown(ip));
    draft.say(
        "If that was you, all is well. If not, ask for a new password at once (\"forgot \
         password\"): that ends every session.",
    );
    draft.done()
}

/// After a sign-in with another provider was added.
pub fn identity_linked(provider: &str, at: Timestamp) -> EmailTemplate {
    let mut draft = Draft::new("A new way to sign in to your account");
    draft.say("From now on it is possible to sign in to your account with another provider:");
    draft.fact("Provider", provider);
    draft.fact("When", &minute(at));
    draft.say(
        "If that was not you, ask for a new password at once (\"forgot password\"), sign in with it \
         and unlink the provider.",
    );
    draft.done()
}

/// After an account was closed that can still be had back.
pub fn account_closed(until: Timestamp) -> EmailTemplate {
    let mut draft = Draft::new("Your account was closed");
    draft.say("Your account was closed as you asked. Until then you can have it back:");
    draft.fact("Until", &minute(until));
    draft.say(
        "Send your name and password to POST /api/v1/auth/restore-account. If you forgot the \
         password, ask for a new one first. After that moment all that is yours is deleted for good.",
    );
    draft.say("If you did not close it, have it back and change your password.");
    draft.done()
}

/// A letter in the making.
struct Draft {
    subject: &'static str,
    text: String,
    html: String,
}

impl Draft {
    fn new(subject: &'static str) -> Self {
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{}</title>\
             </head>\n<body>\n",
            escaped(subject)
        );
        Self { subject, text: String::new(), html }
    }

    fn say(&mut self, words: &str) {
        self.space();
        self.text.push_str(words);
        self.text.push('\n');
        // Writing to a text cannot fail.
        let _ = writeln!(self.html, "<p>{}</p>", escaped(words));
    }

    fn fact(&mut self, name: &str, value: &str) {
        self.space();
        let _ = writeln!(self.text, "{name}: {value}");
        let _ = writeln!(self.html, "<p>{}: <b>{}</b></p>", escaped(name), escaped(value));
    }

    /// The link, and the same for who has no page behind it.
    fn way(&mut self, way: Way<'_>, page: &str, endpoint: &str) {
        let Way { base, token, life } = way;
        let link = format!("{base}/{page}?token={token}");
        self.space();
        let _ = writeln!(self.text, "{link}");
        let shown = escaped(&link);
        let _ = writeln!(self.html, "<p><a href=\"{shown}\">{shown}</a></p>");
        self.say(&format!(
            "It works once, for {}. Without the page, send this token to POST \
             /api/v1/auth/{endpoint}:",
            lasting(life)
        ));
        self.space();
        let _ = writeln!(self.text, "{token}");
        let _ = writeln!(self.html, "<p><code>{}</code></p>", escaped(token));
    }

    fn space(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    fn done(mut self) -> EmailTemplate {
        self.html.push_str("</body>\n</html>\n");
        EmailTemplate { subject: self.subject, text: self.text, html: self.html }
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

/// What a client says of itself, short and on one line. Dots that would make a link of it go.
fn shown(raw: Option<&str>) -> String {
    let raw = raw.map(str::trim).filter(|raw| !raw.is_empty()).unwrap_or("unknown");
    let plain = raw.chars().filter(|c| !c.is_control());
    plain.take(DEVICE_MAX).collect::<String>().replace("://", " ")
}

/// `2026-11-21 08:00 UTC`
fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    let whole: String = text.chars().take("2026-11-21T08:00".len()).collect();
    format!("{} UTC", whole.replace('T', " "))
}

fn lasting(life: Duration) -> String {
    let seconds = life.as_secs();
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7200 => (seconds / 60, "minute"),
        7200..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAY: Way<'static> = Way {
        base: "https://app.example.com/a&b",
        token: "t-o_k3n",
        life: Duration::from_secs(86_400),
    };

    fn at() -> Timestamp {
        Timestamp::parse("2026-11-21T08:00:59.999999Z").unwrap()
    }

    fn all() -> Vec<EmailTemplate> {
        let odd = "evil\r\nBcc: eve@example.com <script>alert('1')</script> & \"more\"";
        vec![
            verify_email(WAY),
            reset_password(WAY),
            confirm_new_email(WAY),
            confirm_old_email(WAY, &EmailAddress::parse("o'neil&co@example.com").unwrap()),
            email_changed(at()),
            password_changed(at()),
            new_device(at(), Some(odd), Some("192.0.2.1")),
            new_device(at(), None, None),
            account_closed(at()),
        ]
    }

    /// The HTML part as somebody reads it.
    fn read(html: &str) -> String {
        let body = html.split_once("<body>").unwrap().1;
        let mut text = String::new();
        let mut inside = false;
        for c in body.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                other if !inside => text.push(other),
                _ => {}
            }
        }
        for (code, c) in
            [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        {
            text = text.replace(code, c);
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn both_parts_say_the_same() {
        for email in all() {
            let text = email.text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(read(&email.html), text, "{}", email.subject);
            assert!(email.html.contains(&format!("<title>{}</title>", email.subject)));
        }
    }

    #[test]
    fn what_others_typed_is_text_on_one_line() {
        let odd = "evil\r\nBcc: eve@example.com <script>alert('1')</script>";
        let email = new_device(at(), Some(odd), Some("192.0.2.1"));
        assert!(email.text.contains("Device: evilBcc: eve@example.com <script>"));
        assert!(!email.text.lines().any(|line| line.starts_with("Bcc")));
        assert!(!email.html.contains("<script"), "{}", email.html);
        let long = new_device(at(), Some(&"x".repeat(5000)), None);
        assert!(long.text.len() < 1000);
        assert!(!new_device(at(), Some("https://evil"), None).text.contains("://"));
    }

    #[test]
    fn links_lead_to_the_base_and_show_their_token() {
        for (email, page) in [
            (verify_email(WAY), "verify-email"),
            (reset_password(WAY), "reset-password"),
            (confirm_new_email(WAY), "confirm-email"),
        ] {
            let link = format!("https://app.example.com/a&b/{page}?token=t-o_k3n");
            assert!(email.text.lines().any(|line| line == link), "{}", email.text);
            assert!(email.text.lines().any(|line| line == "t-o_k3n"));
            assert!(email.html.contains(&format!("href=\"{}\"", escaped(&link))));
            assert!(email.text.contains("for 24 hours"), "{}", email.text);
        }
    }

    #[test]
    fn moments_and_lives_are_for_people() {
        assert_eq!(minute(at()), "2026-11-21 08:00 UTC");
        for (seconds, words) in [
            (1, "1 second"),
            (90, "90 seconds"),
            (3600, "60 minutes"),
            (86_400, "24 hours"),
            (604_800, "7 days"),
        ] {
            assert_eq!(lasting(Duration::from_secs(seconds)), words);
        }
        assert!(!format!("{:?}", verify_email(WAY)).contains("t-o_k3n"));
    }
}
