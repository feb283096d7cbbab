//! Small pages with one form, behind the links of emails. They have no script; opening one changes
//! nothing, because programs that look into emails open links, too. Its button does.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};

use crate::{call::Call, problem::Problem, routes::Page};

/// No script, no other origin, and forms that are sent to this one.
const POLICY: &str = "default-src 'none'; style-src 'sha256-mvw4CnoO6PcXD5czmsXiO9DpBNbb2dV/SXFgufbinn0='; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// The style of every form; [`POLICY`] has its digest.
const STYLE: &str = "body{font:16px/1.5 system-ui;max-width:32rem;margin:3rem auto;padding:0 1rem}label,input,button{display:block;font:inherit}input{width:100%;margin:.2rem 0 1rem;padding:.4rem}button{padding:.5rem 1.2rem}";

/// A page with a form.
#[derive(Debug, Clone, Copy)]
pub struct FormPage {
    /// Where it is, outside the API's base path.
    pub path: &'static str,
    /// What it is for.
    pub title: &'static str,
    /// What the button does, in a sentence or two.
    pub about: &'static str,
    /// What stands on the button.
    pub button: &'static str,
    /// What has to be typed in.
    pub password: Option<FormPassword>,
}

/// A password to be typed in.
#[derive(Debug, Clone, Copy)]
pub struct FormPassword {
    /// The name of the field.
    pub name: &'static str,
    /// What stands above it.
    pub label: &'static str,
    /// Whether the form can be sent without it.
    pub required: bool,
    /// `current-password` or `new-password`, so that browsers fill in the right one.
    pub autocomplete: &'static str,
}

impl FormPage {
    /// Its route, for [`crate::Module::pages`].
    pub const fn page(self) -> Page {
        Page { template: self.path, content_security: Some(POLICY), form: true }
    }

    /// The form, for whoever opened the link.
    pub fn open(self, call: &Call) -> HttpResponse {
        let token = call.query().take("token").unwrap_or_default();
        self.show(StatusCode::OK, &token, None)
    }

    /// What became of a form that was sent: a sentence, or the form once more with what is wrong.
    pub fn answer(self, token: &str, done: Result<String, Problem>) -> HttpResponse {
        match done {
            Ok(said) => html(StatusCode::OK, self.title, &format!("<p>{}</p>", escape(&said))),
            Err(problem) => self.show(problem.status(), token, Some(&problem)),
        }
    }

    fn show(self, status: StatusCode, token: &str, problem: Option<&Problem>) -> HttpResponse {
        let said = problem.map_or_else(String::new, |problem| {
            let faults = problem.faults().iter().map(|fault| fault.message.as_str());
            let all: Vec<&str> = [problem.detail()].into_iter().chain(faults).collect();
            format!("<p><strong>{}</strong></p>", escape(&all.join(" ")))
        });
        let password = self.password.map_or_else(String::new, FormPassword::input);
        let body = format!(
            "<p>{}</p>{said}<form method=\"post\" action=\"{}\">\
             <input type=\"hidden\" name=\"token\" value=\"{}\">{password}\
             <button type=\"submit\">{}</button></form>",
            escape(self.about),
            self.path,
            escape(token),
            escape(self.button)
        );
        html(status, self.title, &body)
    }
}

impl FormPassword {
    fn input(self) -> String {
        let Self { name, label, required, autocomplete } = self;
        let required = if required { " required" } else { "" };
        format!(
            "<label for=\"{name}\">{}</label><input type=\"password\" id=\"{name}\" \
             name=\"{name}\" maxlength=\"128\" autocomplete=\"{autocomplete}\"{required}>",
            escape(label)
        )
    }
}

fn html(status: StatusCode, title: &str, body: &str) -> HttpResponse {
    let title = escape(title);
    // A link is a secret: the page that shows it is kept nowhere.
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title} · Alveole</title>\
             <style>{STYLE}</style></head><body><h1>{title}</h1>{body}</body></html>"
        ))
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn the_policy_has_the_digest_of_the_style() {
        let digest = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
        assert!(POLICY.contains(&digest), "{digest}");
    }

    #[test]
    fn nothing_breaks_out_of_the_page() {
        assert_eq!(
            escape("<a href=\"x\" id='y'>&"),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;"
        );
    }
}
