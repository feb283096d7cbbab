#![doc = include_str!("../README.md")]
//!
//! | module | holds |
//! |---|---|
//! | [`series`] | the series, readings of them, and what is known of each |
//! | [`ring`] | the samples of the last hour, and how totals become rates |
//! | [`row`] | what is stored of a step, packed |
//! | [`usual`] | what is usual for an hour of the week, and what is not |
//! | [`rule`] | the rule and how it changes |
//! | [`alert`] | the alert and what becomes of it |
//! | [`evaluate`](mod@evaluate) | one evaluation: every rule against every series of every replica |
//! | [`values`] | what they are made of, each with `parse` |
//! | [`commands`] | what callers can ask for |
//! | [`query`] | lists, and how a chart is cut into steps |
//! | [`record`] | the stored forms |
//! | [`events`] | what other domains and clients hear |
//! | [`policy`] | who may do what |
//! | [`error`] | what can go wrong |
//! | [`ports`] | what this domain needs of a store, of the machine and of the program |
//! | [`service`] | the use cases |
//! | `kit` | (feature) the conformance kit of the stores |

pub mod alert;
pub mod commands;
pub mod error;
pub mod evaluate;
pub mod events;
#[cfg(feature = "kit")]
pub mod kit;
pub mod policy;
pub mod ports;
pub mod query;
pub mod record;
pub mod ring;
pub mod row;
pub mod rule;
pub mod series;
pub mod service;
pub mod usual;
pub mod values;

pub use alert::{Alert, AlertContent, Busy, Cause};
pub use error::MonitoringError;
pub use ports::{AlertStore, Meters, MonitoringTx, Probe, RuleStore, SampleStore};
pub use rule::Rule;
pub use series::{Reading, Series};
pub use service::Monitoring;
pub use values::{AlertId, RuleId};
