//! Accounts and sign-in: who somebody is, and whether they may come in.
//!
//! | module | holds |
//! |---|---|
//! | [`user`] | the account |
//! | [`session`] | sessions and the line of refresh tokens |
//! | [`audit`] | the audit trail |
//! | [`chain`] | what makes it one line that nobody can change unseen |
//! | [`external`] | identities at other providers |
//! | [`values`] | usernames, addresses, passwords …, each with `parse` |
//! | [`commands`] | what can be asked of this room |
//! | [`query`] | filters and sort fields |
//! | [`events`] | what this room tells the others |
//! | [`policy`] | who may do what; which passwords are taken |
//! | [`error`] | what can go wrong |
//! | [`ports`] | what this room needs of a store and of the world |
//! | [`service`] | the use cases: accounts |
//! | [`signin`] | the use cases: coming in, staying in, going out |
//! | [`trail`] | the use cases: the audit trail walked, checked and cut |
//! | `kit` | (feature) the conformance suite of the store ports |

pub mod audit;
pub mod chain;
pub mod commands;
mod common_passwords;
pub mod error;
pub mod events;
pub mod external;
#[cfg(feature = "kit")]
pub mod kit;
pub mod policy;
pub mod ports;
pub mod query;
pub mod service;
pub mod session;
pub mod signin;
pub mod trail;
pub mod user;
pub mod values;

pub use error::UserError;
pub use ports::{
    AuditStore, IdentityProviders, IdentityStore, Passwords, SessionStore, Tokens, UserStore,
    UsersTx,
};
pub use service::Users;
pub use trail::Trail;
pub use user::User;
