//! The Alveole server, and what programs are made of that extend it.
//!
//! A program of your own adds modules to the built-in ones: [`Program`]. `examples/notes` in the
//! repository is a whole one.
//!
//! | module | holds |
//! |---|---|
//! | [`backup`] | back-ups: the database and its files in one archive |
//! | [`cli`] | the command line |
//! | [`config`] | settings: defaults, file, environment, flags |
//! | [`secrets`] | secrets that are made once and kept |
//! | [`keys`] | the command line of the token keys |
//! | [`telemetry`] | logs, metrics and traces |
//! | [`program`] | a program of built-in modules and modules from outside |
//! | [`process`] | what the operating system knows of this process |
//! | [`wire`] | the only place that names adapters |
//! | [`serve`] | the HTTP server: start, run, drain |
//! | [`listener`] | sockets, worker threads, how connections are kept |
//! | [`drivers`] | the event feed, its consumers, schedules, jobs and emails |
//! | [`modules`] | the built-in modules: the only list of domains |
//! | [`openapi`] | the document |
//! | [`seed`] | sample data |

pub mod backup;
pub mod cli;
pub mod config;
pub mod dependencies;
pub mod drivers;
pub mod keys;
pub mod listener;
pub mod measured;
pub mod modules;
pub mod openapi;
pub mod process;
pub mod program;
pub mod secrets;
pub mod seed;
pub mod serve;
pub mod telemetry;
pub mod wire;

pub use crate::{
    config::Setting,
    program::{Extension, Host, Program},
};
