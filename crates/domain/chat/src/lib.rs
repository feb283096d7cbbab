#![doc = include_str!("../README.md")]
//!
//! | module | holds |
//! |---|---|
//! | [`room`], [`member`], [`message`], [`invitation`] | what there is, and how it changes |
//! | [`log`] | what happens in a room, in its order |
//! | [`values`] | what they are made of, each with `parse` |
//! | [`commands`], [`query`] | what callers can ask for |
//! | [`record`] | the stored form |
//! | [`events`] | what other domains and clients hear |
//! | [`policy`] | who may do what |
//! | [`error`] | what can go wrong |
//! | [`ports`] | what this domain needs of a store |
//! | [`outbound`] | the ports that know who is online, and that carry hints between processes |
//! | [`presence`] | who is online, over processes that share a database |
//! | [`live`] | those who listen to rooms now |
//! | [`service`] | the use cases |
//! | `kit` | (feature) the conformance kit of the ports |

pub mod commands;
pub mod error;
pub mod events;
pub mod invitation;
#[cfg(feature = "kit")]
pub mod kit;
pub mod live;
pub mod log;
pub mod member;
pub mod message;
pub mod outbound;
pub mod policy;
pub mod ports;
pub mod presence;
pub mod query;
pub mod record;
pub mod room;
pub mod service;
pub mod values;

pub use error::ChatError;
pub use invitation::Invitation;
pub use member::Member;
pub use message::Message;
pub use ports::{
    BlockStore, ChatTx, InvitationStore, MemberStore, MessageStore, OnlineStore, OwnedFiles,
    People, ReactionStore, RoomLog, RoomStore,
};
pub use room::Room;
pub use service::Chat;
pub use values::{InvitationId, MessageId, RoomId};
