#![doc = include_str!("../README.md")]
//!
//! | module | holds |
//! |---|---|
//! | [`endpoint`] | the endpoint, its health and how it changes |
//! | [`message`], [`delivery`] | what is sent, and how far it has come |
//! | [`retry`] | when a failed delivery is tried again |
//! | [`signature`], [`secrets`] | Standard Webhooks, and the port that keeps secrets |
//! | [`address`] | where an endpoint may be |
//! | [`values`] | what an endpoint is made of, each with `parse` |
//! | [`commands`], [`query`] | what callers can ask for |
//! | [`settings`] | what an operator sets |
//! | [`record`] | the stored form |
//! | [`events`] | what other domains and clients hear |
//! | [`policy`] | who may do what, and who sees which events |
//! | [`error`] | what can go wrong |
//! | [`ports`] | what this domain needs of a store |
//! | [`outbound`] | the port that sends requests |
//! | [`service`] | the use cases |
//! | `kit` | (feature) the conformance kit of the ports |

pub mod address;
pub mod commands;
pub mod delivery;
pub mod endpoint;
pub mod error;
pub mod events;
#[cfg(feature = "kit")]
pub mod kit;
pub mod message;
pub mod outbound;
pub mod policy;
pub mod ports;
pub mod query;
pub mod record;
pub mod retry;
pub mod secrets;
pub mod service;
pub mod settings;
pub mod signature;
pub mod values;

pub use delivery::Delivery;
pub use endpoint::Endpoint;
pub use error::WebhookError;
pub use ports::{Belonging, DeliveryStore, EndpointStore, Memberships, People, Person, WebhooksTx};
pub use service::Webhooks;
pub use values::{DeliveryId, EndpointId, MessageId};
