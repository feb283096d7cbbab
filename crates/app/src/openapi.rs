//! The OpenAPI document of the built-in modules.

use rest::{ApiError, api, codes::Codes, openapi::About};

use crate::modules;

/// Where the API is mounted.
pub const BASE: &str = "/api/v1";

/// What the document says of the program.
pub const ABOUT: About = About {
    title: "Alveole",
    description: "An all-in-one backend: accounts and sign-in, tasks, products, and the rooms to come.\n\n\
        Every success is `{\"success\": true, \"data\": …}`; every failure is a problem \
        (RFC 9457) whose `type` leads to a page that explains it.\n\n\
        To try it: `POST /auth/register`, `POST /auth/login`, then *Authorize* with the \
        `access_token`.",
    version: env!("CARGO_PKG_VERSION"),
    license: "MIT",
};

/// The document as text, and the problem codes.
///
/// # Errors
/// When the modules contradict one another.
pub fn describe() -> Result<(String, Codes), ApiError> {
    api::describe(&ABOUT, BASE, modules::descriptions())
}

/// The document as it is served; none where it has to be generated. A release binary carries the
/// committed file, which a test holds equal to what the routes say: generating it at every start
/// would cost 30 MiB of memory that the allocator keeps.
pub const SERVED: Option<&str> =
    if cfg!(debug_assertions) { None } else { Some(include_str!("../../../openapi/openapi.json")) };
