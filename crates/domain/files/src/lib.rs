//! Files: uploads that one can trust with anything.
//!
//! | module | holds |
//! |---|---|
//! | [`values`] | ids, types, names of files, hashes |
//! | [`text_type`] | kinds of text, and how their characters are coded |
//! | [`animation`] | whether a picture moves |
//! | [`media`] | the formats that are known, and which of them each type takes |
//! | [`sniff`] | what bytes are, whatever they are called |
//! | [`file`] | the file, its content, its variants, its links |
//! | [`session`] | uploads that may come in several requests |
//! | [`query`] | filters and sort fields |
//! | [`policy`] | who may do what |
//! | [`events`] | what this room tells the others |
//! | [`error`] | what can go wrong |
//! | [`ports`] | what this room needs of a store |
//! | [`outbound`] | what this room needs of the world: bytes kept, pictures drawn, documents typeset, malware found |
//! | [`seal`] | what this room needs of cryptography: fresh names and signatures |
//! | [`document`] | what can be typeset |
//! | [`service`] | the use cases |
//! | `kit` | (feature) the conformance suite of the ports |

pub mod animation;
pub mod document;
pub mod error;
pub mod events;
pub mod file;
mod film;
#[cfg(feature = "kit")]
pub mod kit;
pub mod link_signer;
pub mod media;
pub mod outbound;
pub mod policy;
pub mod ports;
pub mod query;
pub mod service;
pub mod session;
pub mod sniff;
pub mod text_type;
pub mod values;

pub use error::FileError;
pub use file::File;
pub use ports::{
    BlobStore, ChatFiles, FileStore, FilesTx, ProductOwners, ShareStore, UploadStore, UsageStore,
};
pub use service::Files;
pub use values::{FileId, ShareId, UploadId};
