#![doc = include_str!("../README.md")]
//!
//! | module | holds |
//! |---|---|
//! | [`notification`] | the notification |
//! | [`kind`] | what notifications are about |
//! | [`notice`] | what reactions to events hand in |
//! | [`text`] | what a notification says |
//! | [`preferences`], [`quiet`], [`settings`] | what people choose |
//! | [`delivery`] | how notifications leave the inbox |
//! | [`sending`] | what becomes of a notification outside of the inbox |
//! | [`report`], [`reports`] | reports of each day |
//! | [`texting`] | notifications as text messages |
//! | [`values`] | what it is made of |
//! | [`query`] | filter and order of lists |
//! | [`record`] | the stored form |
//! | [`events`] | what clients hear |
//! | [`policy`] | who may do what |
//! | [`error`] | what can go wrong |
//! | [`ports`] | what this domain needs of a store |
//! | [`service`] | the use cases |
//! | `kit` | (feature) the conformance kit of the ports |

pub mod delivery;
pub mod error;
pub mod events;
pub mod kind;
#[cfg(feature = "kit")]
pub mod kit;
pub mod notice;
pub mod notification;
pub mod policy;
pub mod ports;
pub mod preferences;
pub mod query;
pub mod quiet;
pub mod record;
pub mod report;
mod report_text;
pub mod reports;
pub mod sending;
pub mod service;
pub mod settings;
pub mod text;
pub mod texting;
pub mod values;
mod webhook;

pub use error::NotificationError;
pub use kind::{Category, Kind};
pub use notice::{Notice, Recipient};
pub use notification::{Notification, Shown};
pub use ports::{
    NotificationStore, NotificationsTx, People, ReportStore, RoomReaders, SendingStore,
    SettingsStore,
};
pub use service::Notifications;
pub use values::NotificationId;
