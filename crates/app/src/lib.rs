//! The Alveole server.
//!
//! | module | holds |
//! |---|---|
//! | [`cli`] | the command line |
//! | [`config`] | settings: defaults, file, environment, flags |
//! | [`secrets`] | secrets that are made once and kept |
//! | [`keys`] | the command line of the token keys |
//! | [`telemetry`] | logs, metrics and traces |
//! | [`process`] | what the operating system knows of this process |
//! | [`wire`] | the only place that names adapters |
//! | [`serve`] | the HTTP server: start, run, drain |
//! | [`listener`] | sockets, worker threads, how connections are kept |
//! | [`drivers`] | the event feed, its consumers, the chores and the emails |
//! | [`modules`] | the built-in modules: the only list of domains |
//! | [`openapi`] | the document |
//! | [`seed`] | sample data |

pub mod cli;
pub mod config;
pub mod drivers;
pub mod keys;
pub mod listener;
pub mod measured;
pub mod modules;
pub mod openapi;
pub mod process;
pub mod secrets;
pub mod seed;
pub mod serve;
pub mod telemetry;
pub mod wire;
