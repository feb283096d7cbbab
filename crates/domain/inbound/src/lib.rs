#![doc = include_str!("../README.md")]
//!
//! | module | holds |
//! |---|---|
//! | [`source`] | who sends: a name, a scheme, secrets |
//! | [`signature`] | the schemes of signatures |
//! | [`envelope`] | what is read of a delivery before it is stored |
//! | [`inbox`] | the event as it was received |
//! | [`handlers`] | what events of Stripe and GitHub mean |
//! | [`payment`] | payments that providers reported |
//! | [`values`] | what all of these are made of |
//! | [`query`] | filters and orders of lists |
//! | [`record`] | the stored forms, and the forms of what senders send |
//! | [`events`] | what clients hear |
//! | [`policy`] | who may do what |
//! | [`error`] | what can go wrong |
//! | [`ports`] | what this domain needs of a store |
//! | [`service`] | the use cases |
//! | `kit` | (feature) the conformance kit of the ports |

pub mod envelope;
pub mod error;
pub mod events;
pub mod handlers;
pub mod inbox;
#[cfg(feature = "kit")]
pub mod kit;
pub mod payment;
pub mod policy;
pub mod ports;
pub mod query;
pub mod record;
pub mod service;
pub mod signature;
pub mod source;
pub mod values;

pub use error::InboundError;
pub use inbox::InboundEvent;
pub use payment::Payment;
pub use ports::{InboundStore, InboundTx, MarkStore, PaymentStore, SourceStore};
pub use service::Inbound;
pub use source::{OpenSource, Source, Verified};
pub use values::{InboundEventId, PaymentId, Scheme, Secret, SourceName, State};

/// The README's example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
