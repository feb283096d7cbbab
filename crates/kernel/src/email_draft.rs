//! What emails are made of: the only template of the program. A draft is a list of paragraphs, and the text
//! part and the HTML part are written from the same list, so that they say the same. The HTML has no
//! images and loads nothing, and takes the colours of the reader's program, dark ones, too.
//!
//! A template engine (the alternative) would bring files and a language of its own for ten paragraphs.

use std::fmt::Write as _;

use crate::{
    Email, Locale,
    email::{EmailError, SUBJECT_MAX},
};

/// Everything that gives an email its look. No rule names a file.
const STYLE: &str = ":root{color-scheme:light dark}\
    body{font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:1.5em auto;padding:0 1em;\
    background:#ffffff;color:#1a1a1a}a{color:#0b57d0}code{word-break:break-all}\
    @media (prefers-color-scheme:dark){body{background:#16181c;color:#e6e6e6}a{color:#8ab4f8}}";

/// An email in the making.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailDraft {
    subject: String,
    text: String,
    html: String,
}

/// Links in it may be secrets.
impl std::fmt::Debug for EmailDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmailDraft").field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl EmailDraft {
    /// An empty one. The subject is cut to one line.
    pub fn new(locale: Locale, subject: &str) -> Self {
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let subject: String = subject.chars().map(plain).take(SUBJECT_MAX).collect();
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <meta name=\"color-scheme\" content=\"light dark\">\
             <meta name=\"supported-color-schemes\" content=\"light dark\"><title>{}</title>\
             <style>{STYLE}</style></head>\n<body>\n",
            locale.as_str(),
            escaped(&subject)
        );
        Self { subject, text: String::new(), html }
    }

    /// A paragraph.
    pub fn say(&mut self, words: &str) {
        self.space();
        self.text.push_str(words);
        self.text.push('\n');
        // Writing to a text cannot fail.
        let _ = writeln!(self.html, "<p>{}</p>", escaped(words));
    }

    /// A name and a value.
    pub fn fact(&mut self, name: &str, value: &str) {
        self.space();
        let _ = writeln!(self.text, "{name}: {value}");
        let _ = writeln!(self.html, "<p>{}: <b>{}</b></p>", escaped(name), escaped(value));
    }

    /// A link that shows where it leads.
    pub fn link(&mut self, url: &str) {
        self.space();
        let _ = writeln!(self.text, "{url}");
        let shown = escaped(url);
        let _ = writeln!(self.html, "<p><a href=\"{shown}\">{shown}</a></p>");
    }

    /// Something to copy.
    pub fn code(&mut self, code: &str) {
        self.space();
        let _ = writeln!(self.text, "{code}");
        let _ = writeln!(self.html, "<p><code>{}</code></p>", escaped(code));
    }

    /// A line for each.
    pub fn list<'a>(&mut self, lines: impl IntoIterator<Item = &'a str>) {
        self.space();
        self.html.push_str("<ul>\n");
        for line in lines {
            let _ = writeln!(self.text, "- {line}");
            let _ = writeln!(self.html, "<li>{}</li>", escaped(line));
        }
        self.html.push_str("</ul>\n");
    }

    /// What it is about.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What is read where HTML is not shown.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is read elsewhere.
    pub fn html(&self) -> String {
        format!("{}</body>\n</html>\n", self.html)
    }

    /// The email, to an address.
    ///
    /// # Errors
    ///
    /// As [`Email::new`].
    pub fn email(&self, address: &str) -> Result<Email, EmailError> {
        Email::new(address, self.subject(), self.text(), self.html())
    }

    fn space(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
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

    fn full(locale: Locale) -> EmailDraft {
        let odd = "<script>alert('1')</script> & \"more\"";
        let mut draft = EmailDraft::new(locale, "Grüße: 你好\r\nBcc: eve@example.com");
        draft.say(odd);
        draft.fact("Device", odd);
        draft.link("https://app.example.com/a?b=1&c=2");
        draft.code("t-o_k3n");
        draft.list(["one", odd]);
        draft
    }

    /// The HTML part as a person reads it.
    fn read(html: &str) -> String {
        let body = html.split_once("<body>").unwrap().1;
        let (mut text, mut inside) = (String::new(), false);
        for c in body.replace("<li>", "- ").chars() {
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
    fn both_parts_say_the_same_and_what_others_typed_is_text() {
        for locale in Locale::ALL {
            let draft = full(*locale);
            let text = draft.text().split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(read(&draft.html()), text);
            let html = draft.html();
            assert!(!html.contains("<script") && !draft.subject().contains(char::is_control));
            assert!(html.contains(&format!("<html lang=\"{}\">", locale.as_str())));
            let email = draft.email("ada@example.com").unwrap();
            assert_eq!((email.text(), email.html()), (draft.text(), html.as_str()));
        }
    }

    #[test]
    fn the_html_loads_nothing_and_knows_dark_programs() {
        let html = full(Locale::En).html();
        for loads in ["<img", "src=", "url(", "@import", "<link", "<script"] {
            assert!(!html.contains(loads), "{loads}");
        }
        assert!(html.contains("prefers-color-scheme:dark") && html.contains("\"color-scheme\""));
        assert_eq!(html.matches("http").count(), 2, "the one link, and where it leads");
    }

    #[test]
    fn secrets_are_not_shown() {
        assert!(!format!("{:?}", full(Locale::En)).contains("t-o_k3n"));
    }
}
