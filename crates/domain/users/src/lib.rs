//! Accounts and sign-in: who somebody is, and whether they may come in.
//!
//! | module | holds |
//! |---|---|
//! | [`user`] | the account |
//! | [`email_templates`] | the text of every email |
//! | [`link`] | one-time links, changes of address, known devices |
//! | [`session`] | sessions and the line of refresh tokens |
//! | [`factor`] | the second factor, challenges and codes |
//! | [`inactivity`] | accounts that no one uses |
//! | [`login_throttle`] | wrong passwords and the waits that grow with them |
//! | [`audit`] | the audit trail |
//! | [`chain`] | what makes it one line that nobody can change unseen |
//! | [`token`] | personal access tokens |
//! | [`role`] | roles that somebody made |
//! | [`external`] | identities at other providers |
//! | [`phone`] | numbers that wait for their code |
//! | [`text_templates`] | the text of every text message |
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
//! | [`audit_log`] | the use cases: the audit trail walked, checked and cut |
//! | `kit` | (feature) the conformance suite of the store ports |

pub mod audit;
pub mod audit_log;
mod authenticator;
pub mod chain;
pub mod commands;
pub mod email_templates;
pub mod error;
pub mod events;
pub mod external;
pub mod factor;
pub mod inactivity;
#[cfg(feature = "kit")]
pub mod kit;
pub mod login_throttle;
pub mod one_time_token;
pub mod personal_access_token;
pub mod phone;
pub mod policy;
pub mod ports;
pub mod query;
pub mod record;
pub mod role;
pub mod service;
pub mod session;
pub mod signin;
pub mod text_templates;
pub mod user;
pub mod values;

pub use audit_log::AuditLog;
pub use error::UserError;
pub use ports::{
    ActivityStore, AuditStore, DeviceStore, EmailCountStore, FactorStore, Factors,
    IdentityProviders, IdentityStore, LoginThrottleStore, OneTimeTokenStore, Passwords,
    PhoneChangeStore, RoleStore, SessionStore, TokenStore, Tokens, UserStore, UsersTx,
};
pub use service::Users;
pub use user::User;
