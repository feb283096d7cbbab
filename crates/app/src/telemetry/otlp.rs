//! Traces that leave for a collector (feature `otlp`).

mod export;
mod traceparent;
pub mod traces;

pub use self::export::Export;
