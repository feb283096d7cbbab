//! The consumers, each in the file of its name, by the domain that it commands.

#[cfg(feature = "files")]
#[path = "forget_files.rs"]
pub mod forget_files;
#[cfg(feature = "products")]
#[path = "forget_owner.rs"]
pub mod forget_owner;
#[cfg(feature = "tasks")]
#[path = "forget_user.rs"]
pub mod forget_user;
