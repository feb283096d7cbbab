//! The Alveole server.
//!
//! | module | holds |
//! |---|---|
//! | [`cli`] | the command line |
//! | [`config`] | settings: defaults, file, environment, flags |
//! | [`secrets`] | secrets that are made once and kept |
//! | [`telemetry`] | logs and metrics |
//! | [`wire`] | the only place that names adapters |
//! | [`serve`] | the HTTP server: start, run, drain |
//! | [`background`] | the outbox pump and the timers |
//! | [`http`] | routes, handlers, the contract of `SPEC.md` §1 |
//! | [`openapi`] | the document |
//! | [`seed`] | sample data |

pub mod background;
pub mod cli;
pub mod config;
pub mod http;
pub mod openapi;
pub mod secrets;
pub mod seed;
pub mod serve;
pub mod telemetry;
pub mod wire;
