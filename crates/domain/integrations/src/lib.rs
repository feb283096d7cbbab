#![doc = include_str!("../README.md")]
//!
//! | module | holds |
//! |---|---|
//! | [`values`] | what callers may ask for |
//! | [`facts`] | what providers tell |
//! | [`policy`] | who may do what |
//! | [`error`] | what can go wrong |
//! | [`outbound`] | the providers, as ports |
//! | [`gate`] | when a provider is left alone |
//! | [`pipeline`] | from a question to an answer |
//! | [`service`] | the use cases |

pub mod error;
pub mod facts;
mod flight;
pub mod gate;
pub mod outbound;
pub mod pipeline;
pub mod policy;
pub mod service;
pub mod values;

pub use error::IntegrationsError;
pub use service::Integrations;
