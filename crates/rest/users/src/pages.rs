//! The pages behind the links of emails, for programs without a front-end of their own. Each has a form;
//! its button does what the operation of the API does.

use std::sync::Arc;

use actix_web::{HttpResponse, guard, web, web::Data};
use kernel::actor::Origin;
use rest::{
    Module,
    call::{Call, Form},
    forms::{FormPage, FormPassword},
    problem::Problem,
    routes::Page,
};
use users::{
    Users,
    service::{Confirmed, Opener, Verified},
    values::Password,
};

use crate::{accounts::dto, present};

const VERIFY: FormPage = FormPage {
    path: "/verify-email",
    title: "Confirm your email address",
    about: "Type in the password of your account, so that everything in it stays. Without it, whatever was set up \
            in this account before ends, and you get a link for a new password.",
    button: "Confirm",
    password: Some(FormPassword {
        name: "password",
        label: "Password (not needed)",
        required: false,
        autocomplete: "current-password",
    }),
};
const RESET: FormPage = FormPage {
    path: "/reset-password",
    title: "Set a new password",
    about: "All sessions end, and you sign in with the new password.",
    button: "Set the password",
    password: Some(FormPassword {
        name: "new_password",
        label: "New password (8 to 128 characters)",
        required: true,
        autocomplete: "new-password",
    }),
};
const CONFIRM: FormPage = FormPage {
    path: "/confirm-email",
    title: "Confirm the change of your email address",
    about: "The address changes when both links were confirmed: that of the present and that of the new one.",
    button: "Confirm",
    password: None,
};

const PAGES: &[Page] = &[VERIFY.page(), RESET.page(), CONFIRM.page()];

/// The same module with the pages.
pub fn with_pages(mut module: Module) -> Module {
    module.pages = PAGES;
    module.services.push(Arc::new(|config| {
        for page in [VERIFY, RESET, CONFIRM] {
            let open = move |call: Call| std::future::ready(page.open(&call));
            config.service(web::resource(page.path).guard(guard::Get()).to(open));
        }
        let posted = |page: FormPage| web::resource(page.path).guard(guard::Post());
        config.service(posted(VERIFY).to(verify));
        config.service(posted(RESET).to(reset));
        config.service(posted(CONFIRM).to(confirm));
    }));
    module
}

/// What was sent: the token and the password, if there is one.
struct Sent {
    token: String,
    password: Option<String>,
    origin: Origin,
}

fn sent(call: &Call, form: &Form, field: &str) -> Sent {
    let mut pairs = form.pairs().unwrap_or_default();
    let (token, password) = (pairs.remove("token").unwrap_or_default(), pairs.remove(field));
    Sent { token, password, origin: call.origin() }
}

async fn verify(call: Call, users: Data<Users>, form: Form) -> HttpResponse {
    let Sent { token, password, origin } = sent(&call, &form, "password");
    let password = password.map(|password| Password::attempt(&password));
    let done = users.verify_email(&token, Opener { actor: None, password }, origin).await;
    match done {
        Ok(Verified::Kept) => VERIFY.answer("", Ok("Your email address is confirmed.".to_owned())),
        // The account has no password any more: the next form sets one.
        Ok(Verified::Claimed { reset_token, .. }) => RESET.answer(
            &reset_token,
            Err(Problem::new(
                kernel::ErrorKind::Refused,
                "auth.password_required",
                "Your email address is confirmed. Now set a password.",
            )
            .with_status(actix_web::http::StatusCode::OK)),
        ),
        Err(error) => VERIFY.answer(&token, Err(present(error))),
    }
}

async fn reset(call: Call, users: Data<Users>, form: Form) -> HttpResponse {
    let Sent { token, password, origin } = sent(&call, &form, "new_password");
    let password = dto::new_password(password.as_deref().unwrap_or_default());
    let done = match password {
        Err((code, message)) => Err(Problem::field("/new_password", code, message)),
        Ok(password) => users.reset_password(&token, password, origin).await.map_err(present),
    };
    RESET.answer(&token, done.map(|()| "Your password is set. Sign in with it.".to_owned()))
}

async fn confirm(call: Call, users: Data<Users>, form: Form) -> HttpResponse {
    let Sent { token, origin, .. } = sent(&call, &form, "");
    let done = users.confirm_email_change(&token, origin).await.map_err(present);
    let said = |confirmed| match confirmed {
        Confirmed::Waiting => "Confirmed. The link in the email to the other address is missing.",
        Confirmed::Changed => "Your email address is changed.",
    };
    CONFIRM.answer(&token, done.map(|confirmed| said(confirmed).to_owned()))
}
