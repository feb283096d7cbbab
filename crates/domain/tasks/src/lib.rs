//! Tasks: what is to be done, by whom, until when.
//!
//! | module | holds |
//! |---|---|
//! | [`task`] | the task and the comment, and how they change |
//! | [`values`] | titles, statuses, tags …, each with `parse` |
//! | [`commands`] | what can be asked of this room |
//! | [`query`] | filters, sort fields, statistics |
//! | [`record`] | the stored forms |
//! | [`events`] | what this room tells the others |
//! | [`policy`] | who may do what |
//! | [`error`] | what can go wrong |
//! | [`ports`] | what this room needs of a store |
//! | [`service`] | the use cases |
//! | `kit` | (feature) the conformance suite of the ports |

pub mod commands;
pub mod error;
pub mod events;
#[cfg(feature = "kit")]
pub mod kit;
pub mod policy;
pub mod ports;
pub mod query;
pub mod record;
pub mod service;
pub mod task;
pub mod values;

pub use error::TaskError;
pub use ports::{CommentStore, People, TaskStore, TasksTx};
pub use service::Tasks;
pub use task::{Comment, Task};
pub use values::{CommentId, TaskId};
