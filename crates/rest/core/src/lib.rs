#![doc = include_str!("../README.md")]
//!
//! | module | holds |
//! |---|---|
//! | [`module`] | what a domain registers: [`Module`] |
//! | [`api`] | modules put together: [`Api`] |
//! | [`call`], [`raw`] | what a handler gets: the call and its body |
//! | [`fields`], [`query`] | readers of bodies and query strings |
//! | [`reply`], [`etag`], [`stream`] | answers |
//! | [`problem`], [`codes`] | failures (RFC 9457) and the words that explain them |
//! | [`routes`], [`rules`] | the route table and what routes ask of the middlewares |
//! | [`context`], [`gate`], [`incoming`], [`expect`] | the middlewares |
//! | [`client`], [`url`], [`origins`] | addresses, URLs and origins |
//! | [`state`], [`live`], [`trace`] | what handlers share |
//! | [`events`], [`follow`] | the event feed as an operation, and who is shown what |
//! | [`openapi`], [`docs`], [`ops`] | the document and the pages beside the API |
//! | [`defaults`] | ports for a program that brings nothing but its users |
//! | [`export`] | personal data, list by list |
//! | `testing` | (feature `kit`) an API in process, for the HTTP tests of REST crates |

pub mod api;
pub mod asyncapi;
pub mod call;
pub mod client;
pub mod codes;
pub mod context;
pub mod dashboard;
pub mod defaults;
pub mod docs;
pub mod etag;
pub mod events;
pub mod expect;
pub mod export;
pub mod failure;
pub mod fields;
pub mod follow;
pub mod forms;
pub mod gate;
pub mod incoming;
pub mod live;
pub mod module;
pub mod openapi;
pub mod ops;
pub mod origins;
pub mod problem;
pub mod query;
pub mod quiet;
pub mod raw;
pub mod refusal;
pub mod reply;
pub mod routes;
pub mod rules;
pub mod state;
pub mod stream;
pub mod suggest;
#[cfg(feature = "kit")]
pub mod testing;
pub mod trace;
pub mod url;

pub use api::{Api, ApiError};
pub use module::Module;

// For the macro `failure!`.
#[doc(hidden)]
pub use actix_web::{Error as HttpError, HttpResponse};
