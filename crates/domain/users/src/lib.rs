//! Accounts and sign-in: who somebody is, and whether they may come in.
//!
//! | module | holds |
//! |---|---|
//! | [`user`] | the account |
//! | [`letters`] | every letter that goes out by mail |
//! | [`link`] | one-time links, changes of address, known devices |
//! | [`session`] | sessions and the line of refresh tokens |
//! | [`factor`] | the second factor, challenges and codes |
//! | [`tries`] | wrong passwords and the waits that grow with them |
//! | [`audit`] | the audit trail |
//! | [`chain`] | what makes it one line that nobody can change unseen |
//! | [`grant`] | personal access tokens |
//! | [`role`] | roles that somebody made |
//! | [`external`] | identities at other providers |
//! | [`values`] | usernames, addresses, passwords …, each with `parse` |
//! | [`commands`] | what can be asked of this room |
//! | [`query`] | filters and sort fields |
//! | [`record`] | the stored form of an account |
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
pub mod error;
pub mod events;
pub mod external;
pub mod factor;
pub mod grant;
#[cfg(feature = "kit")]
pub mod kit;
pub mod letters;
pub mod link;
pub mod policy;
pub mod ports;
pub mod query;
pub mod record;
pub mod role;
pub mod service;
pub mod session;
pub mod signin;
pub mod trail;
pub mod tries;
pub mod user;
pub mod values;

pub use error::UserError;
pub use ports::{
    AuditStore, DeviceStore, EmailCountStore, FactorStore, Factors, GrantStore, IdentityProviders,
    IdentityStore, LinkStore, Passwords, RoleStore, SessionStore, Tokens, TriesStore, UserStore,
    UsersTx,
};
pub use service::Users;
pub use trail::Trail;
pub use user::User;
