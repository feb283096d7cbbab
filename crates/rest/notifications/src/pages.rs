//! The page behind the link in emails, for programs without a front-end of their own.

use std::sync::Arc;

use actix_web::{HttpResponse, guard, web, web::Data};
use notifications::Notifications;
use rest::{
    Module,
    call::{Call, Form},
    forms::FormPage,
    problem::Problem,
    routes::Page,
};

use crate::Failure;

const UNSUBSCRIBE: FormPage = FormPage {
    path: "/unsubscribe",
    title: "Get no more emails",
    about: "You get no more emails of this category. Your inbox still has the notifications.",
    button: "Unsubscribe",
    password: None,
};

const PAGES: &[Page] = &[UNSUBSCRIBE.page()];

/// The same module with the page.
pub fn with_pages(mut module: Module) -> Module {
    module.pages = PAGES;
    module.services.push(Arc::new(|config| {
        let open = |call: Call| std::future::ready(UNSUBSCRIBE.open(&call));
        let at = || web::resource(UNSUBSCRIBE.path);
        config.service(at().guard(guard::Get()).to(open));
        config.service(at().guard(guard::Post()).to(unsubscribe));
    }));
    module
}

async fn unsubscribe(notifications: Data<Notifications>, form: Form) -> HttpResponse {
    let mut pairs = form.pairs().unwrap_or_default();
    let token = pairs.remove("token").unwrap_or_default();
    let done = notifications.unsubscribe(&token).await;
    let done = done.map_err(|error| Problem::from(Failure::from(error)));
    let said = |about: Vec<notifications::Category>| {
        let names: Vec<&str> = about.iter().map(|category| category.as_str()).collect();
        format!("You get no more emails about {}.", names.join(", "))
    };
    UNSUBSCRIBE.answer(&token, done.map(said))
}
